//! One model with its labels put into Courant's scheme, for all threads at once.

use std::{
    num::NonZeroUsize,
    sync::{Arc, Mutex, PoisonError},
    thread,
    time::Instant,
};

use entity_core::{ModelSpan, ModelToken, Reading};
use news_model::EntityType;
use spacy_core::{Annotation, Input, Pipeline, Reader, Token};

/// Memory in which all readers together keep what the network computes of single words. There are as many readers as threads that read at once,
/// and each keeps some megabytes in any case, since the words of a batch have to fit.
const CACHE_BYTES: usize = 32 << 20;

/// Memory in which all readers together keep words and how they are cut.
const WORDS_BYTES: usize = 48 << 20;

/// A model, shared by all threads; each takes a reader out of a pool.
#[derive(Debug)]
pub struct Recogniser {
    pipeline: Arc<Pipeline>,
    /// By the pipeline's own labels; those outside the scheme are left out.
    labels: Vec<Option<EntityType>>,
    readers: Mutex<Vec<Reader>>,
    /// Threads that are expected to read at once.
    threads: usize,
}

impl Recogniser {
    /// A recogniser that runs `pipeline`.
    #[must_use]
    pub fn new(pipeline: Pipeline) -> Self {
        let labels = pipeline.labels().iter().map(|label| label_of(label)).collect();
        let threads = thread::available_parallelism().map_or(1, NonZeroUsize::get);
        Self { pipeline: Arc::new(pipeline), labels, readers: Mutex::default(), threads }
    }

    /// The pipeline.
    #[must_use]
    pub fn pipeline(&self) -> &Pipeline {
        &self.pipeline
    }

    /// Reads texts; many at a time are read faster than one.
    #[must_use]
    pub fn read(&self, texts: &[&str]) -> Vec<Reading> {
        self.read_until(texts, None).0
    }

    /// Reads texts, and breaks off within a thousand tokens after `deadline`; tells whether it did.
    #[must_use]
    pub fn read_until(&self, texts: &[&str], deadline: Option<Instant>) -> (Vec<Reading>, bool) {
        let inputs: Vec<_> = texts.iter().map(|text| Input { text, tokens: None }).collect();
        self.read_inputs(&inputs, deadline)
    }

    /// Reads sentences of `text` whose tokens are given, each by itself, as spaCy reads `Doc(vocab, words=…)`.
    #[must_use]
    pub fn read_tokens(&self, text: &str, sentences: &[Vec<ModelToken>]) -> Vec<Reading> {
        let token = |token: &ModelToken| Token { start: token.start, end: token.end };
        let tokens: Vec<Vec<Token>> = sentences.iter().map(|tokens| tokens.iter().map(token).collect()).collect();
        let inputs: Vec<_> = tokens.iter().map(|tokens| Input { text, tokens: Some(tokens) }).collect();
        self.read_inputs(&inputs, None).0
    }

    fn read_inputs(&self, inputs: &[Input<'_>], deadline: Option<Instant>) -> (Vec<Reading>, bool) {
        let pooled = self.readers.lock().unwrap_or_else(PoisonError::into_inner).pop();
        let fresh = || {
            Reader::new(self.pipeline.clone(), CACHE_BYTES / self.threads).with_words_bytes(WORDS_BYTES / self.threads)
        };
        let mut reader = pooled.unwrap_or_else(fresh);
        let goes_on = || deadline.is_none_or(|deadline| Instant::now() < deadline);
        let read = reader.read_inputs_while(inputs, goes_on);
        self.readers.lock().unwrap_or_else(PoisonError::into_inner).push(reader);
        let is_partial = read.iter().any(|annotation| annotation.is_partial);
        (read.iter().map(|annotation| self.reading(annotation)).collect(), is_partial)
    }

    fn reading(&self, annotation: &Annotation) -> Reading {
        let tokens = annotation.tokens.iter().map(|token| ModelToken { start: token.start, end: token.end }).collect();
        let spans = annotation.entities.iter().filter_map(|entity| {
            Some(ModelSpan {
                start: annotation.tokens.get(entity.start)?.start,
                end: annotation.tokens.get(entity.end.checked_sub(1)?)?.end,
                label: self.labels.get(entity.label).copied().flatten()?,
                margin: Some(entity.margin),
            })
        });
        Reading { tokens, spans: spans.collect() }
    }
}

/// The label of Courant's scheme, which is that of `OntoNotes`, for one of any model. Models of other schemes say PER, EVT, PROD and DRV (words
/// derived from names, in Norwegian); MISC says nothing that the scheme could hold.
fn label_of(label: &str) -> Option<EntityType> {
    match label {
        "PER" => Some(EntityType::Person),
        "GPE_LOC" | "GPE_ORG" => Some(EntityType::Gpe),
        "EVT" => Some(EntityType::Event),
        "PROD" => Some(EntityType::Product),
        "DRV" => Some(EntityType::Norp),
        other => other.parse().ok(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn labels_of_other_schemes_find_their_place() {
        assert_eq!(label_of("WORK_OF_ART"), Some(EntityType::WorkOfArt));
        assert_eq!(label_of("PER"), Some(EntityType::Person));
        assert_eq!(label_of("MISC"), None);
    }
}
