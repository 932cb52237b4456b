//! The models of a folder, chosen by the language of what is read.

use std::{
    io,
    path::{Path, PathBuf},
    sync::Arc,
    time::{Duration, Instant},
};

use entity_core::{Document, ModelSpans, ModelToken, Reading};
use spacy_core::LoadError;

use crate::{install::installed, recogniser::Recogniser};

/// Bytes of a document that a model reads, the headline first; what is beyond is left to the dictionary. Some ten thousand words take a fraction
/// of a second, so that no text delays its batch. This bound is in bytes and not in time, so that a text always gets the same tags; the bound in
/// time is for machines that have no time for it.
const MAX_MODEL_BYTES: usize = 64 << 10;

/// From this confidence on the language that a text seems to be in decides; below it, the declared one.
const SURE: f64 = 0.6;

/// Why the models of a folder cannot be used.
#[derive(Debug, thiserror::Error)]
pub enum ModelsError {
    /// The folder cannot be read.
    #[error("cannot read the models in {0}")]
    Io(PathBuf, #[source] io::Error),
    /// A model cannot be loaded.
    #[error("the model in {0} cannot be used")]
    Load(PathBuf, #[source] LoadError),
    /// Nothing says which of two models is meant.
    #[error("{0} and {1} are both for the language {2:?}; remove one of them")]
    TwoForOne(PathBuf, PathBuf, String),
}

/// Models by language. Cheap to clone.
#[derive(Clone, Debug, Default)]
pub struct Models {
    recognisers: Arc<[Recogniser]>,
    longest_read: Option<Duration>,
}

/// What a model read in a document.
#[derive(Clone, Debug, Default)]
pub struct Read {
    /// The language that the document was taken for, a BCP 47 tag; empty when nothing tells.
    pub language: String,
    /// Name and version of the model; empty when there is none for the language.
    pub model: String,
    /// What it found.
    pub spans: ModelSpans,
    /// Whether it read a first part of the document only: the document is too long, or took too long.
    pub is_partial: bool,
}

impl Models {
    /// Loads the models in `folder`; one that is not there has none.
    ///
    /// # Errors
    ///
    /// The folder or a model in it cannot be read, or two are for one language.
    pub fn open(folder: &Path) -> Result<Self, ModelsError> {
        let found = installed(folder).map_err(|error| ModelsError::Io(folder.to_owned(), error))?;
        let mut loaded: Vec<(PathBuf, Recogniser)> = Vec::new();
        for installed in found {
            let pipeline = installed.pipeline.map_err(|error| ModelsError::Load(installed.folder.clone(), error))?;
            let language = pipeline.language().to_owned();
            if let Some((other, _)) = loaded.iter().find(|(_, other)| other.pipeline().language() == language) {
                return Err(ModelsError::TwoForOne(other.clone(), installed.folder, language));
            }
            loaded.push((installed.folder, Recogniser::new(pipeline)));
        }
        let recognisers = loaded.into_iter().map(|(_, recogniser)| recogniser).collect();
        Ok(Self { recognisers, longest_read: None })
    }

    /// These models, which break off after `longest` in a document.
    #[must_use]
    pub fn with_longest_read(self, longest: Duration) -> Self {
        Self { longest_read: Some(longest), ..self }
    }

    /// Whether there is none.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.recognisers.is_empty()
    }

    /// Names and versions of the models.
    #[must_use]
    pub fn names(&self) -> Vec<&str> {
        self.recognisers.iter().map(|recogniser| recogniser.pipeline().name()).collect()
    }

    /// The model for `language`, a BCP 47 tag.
    #[must_use]
    pub fn of_language(&self, language: &str) -> Option<&Recogniser> {
        let primary = language.split('-').next().unwrap_or_default();
        self.recognisers.iter().find(|recogniser| recogniser.pipeline().language().eq_ignore_ascii_case(primary))
    }

    /// Reads `document` by the model for its language: the one it is written in where that is plain, else the one it `declared`; a text of
    /// which nothing tells the language is read by the only model there is.
    #[must_use]
    pub fn read(&self, document: &Document<'_>, declared: &str) -> Read {
        let language = language_of(document, declared);
        let Some(recogniser) = self.for_text_in(&language) else {
            return Read { language, ..Read::default() };
        };
        let mut left = MAX_MODEL_BYTES;
        let fields = document.fields().map(|(_, text)| {
            let head = head(text, left);
            left -= head.len();
            head
        });
        let is_cut = fields.iter().zip(document.fields()).any(|(head, (_, text))| head.len() < text.len());
        let deadline = self.longest_read.and_then(|longest| Instant::now().checked_add(longest));
        let (readings, is_broken_off) = recogniser.read_until(&fields, deadline);
        let mut readings = readings.into_iter();
        let mut next = || -> Reading { readings.next().unwrap_or_default() };
        let spans = ModelSpans { title: next(), summary: next(), content: next() };
        Read { is_partial: is_cut || is_broken_off, ..read_by(recogniser, language, spans) }
    }

    /// Reads `text`, whose tokens are given, sentence by sentence, each as a text of its own and to the end; the reading of all is that of the content.
    #[must_use]
    pub fn read_tokens(&self, text: &str, sentences: &[Vec<ModelToken>], declared: &str) -> Read {
        let language = language_of(&Document { content: text, ..Document::default() }, declared);
        let Some(recogniser) = self.for_text_in(&language) else {
            return Read { language, ..Read::default() };
        };
        let mut content = Reading::default();
        for reading in recogniser.read_tokens(text, sentences) {
            content.tokens.extend(reading.tokens);
            content.spans.extend(reading.spans);
        }
        read_by(recogniser, language, ModelSpans { content, ..ModelSpans::default() })
    }

    /// The model for a text in `language`, or the only one there is where that is empty.
    fn for_text_in(&self, language: &str) -> Option<&Recogniser> {
        let only = || self.recognisers.first().filter(|_| language.is_empty() && self.recognisers.len() == 1);
        self.of_language(language).or_else(only)
    }
}

fn read_by(recogniser: &Recogniser, language: String, spans: ModelSpans) -> Read {
    let model = recogniser.pipeline().name().to_owned();
    let language = if language.is_empty() { recogniser.pipeline().language().to_owned() } else { language };
    Read { language, model, spans, is_partial: false }
}

fn language_of(document: &Document<'_>, declared: &str) -> String {
    let longest = document.fields().into_iter().map(|(_, text)| text).max_by_key(|text| text.len()).unwrap_or_default();
    let detected = language_core::detect(longest);
    match detected {
        Some(detected) if detected.confidence >= SURE => detected.language.to_owned(),
        _ => declared.to_owned(),
    }
}

/// The longest start of `text` of at most `bytes` bytes that ends between two words, if it has any.
fn head(text: &str, bytes: usize) -> &str {
    let cut = text.get(..text.floor_char_boundary(bytes)).unwrap_or_default();
    if cut.len() == text.len() {
        return text;
    }
    cut.rfind(char::is_whitespace).and_then(|end| cut.get(..end)).unwrap_or(cut)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_text_is_cut_between_words() {
        assert_eq!(head("one two three", 9), "one two");
        assert_eq!(head("ééé", 3), "é");
        assert_eq!(head("short", 100), "short");
    }

    #[test]
    fn the_language_of_the_text_wins_over_the_declared_one_where_it_is_plain() {
        let text = "Die Regierung hat am Montag in Berlin einen neuen Haushalt beschlossen, sagte der Minister den Journalisten.";
        let document = Document { content: text, ..Document::default() };
        assert_eq!(language_of(&document, "en-gb"), "de");
        let document = Document { title: "Gref 2026", ..Document::default() };
        assert_eq!(language_of(&document, "en-gb"), "en-gb");
    }

    #[test]
    fn without_a_model_nothing_is_found() {
        let read = Models::default().read(&Document { title: "Anna Smith", ..Document::default() }, "en");
        assert_eq!((read.model.as_str(), read.spans), ("", ModelSpans::default()));
    }
}
