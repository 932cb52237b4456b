//! Second stage: turns records into tagged items, or into dead letters, on all cores.

use std::{
    any::Any,
    error::Error,
    panic::{AssertUnwindSafe, catch_unwind},
    sync::Arc,
    time::{Duration, Instant},
};

use bytes::Bytes;
use chrono::{DateTime, Utc};
use entity_core::{Dictionary, Document, Lexicon, RULES_VERSION, Tag, Tagger};
use event_log::{Batch, InRecord, MAX_VALUE_BYTES, OutRecord, Part, Stamp, Topic, dead_letter};
use model_store::{Models, open_lexicon};
use news_model::{
    EntityType, Envelope, EventKind, TraceContext, WIRE_VERSION, fit_tagged, from_timestamp, partition_of,
    to_timestamp,
    wire::{Item, ItemEvent, TaggedItem, TaggerVersions},
};
use prost::Message;
use rayon::prelude::*;
use service_kit::{admin::Heartbeat, clock};
use tokio::sync::mpsc;

use crate::{
    batch::{InBatch, InPart},
    config::Sources,
    error::EnricherError,
    metrics::Metrics,
    poison::{Poison, PoisonKind},
};

/// `CloudEvents` source of tagged items.
const SOURCE: &str = "/enricher";

/// What is to be committed, and what to count once it is.
#[derive(Debug)]
pub(crate) struct OutBatch {
    /// The records and offsets.
    pub(crate) batch: Batch,
    /// What became of the records of each part.
    pub(crate) outcomes: Vec<(Stamp, Vec<Outcome>)>,
}

/// What became of one record.
#[derive(Clone, Debug, PartialEq)]
pub(crate) enum Outcome {
    /// It was tagged.
    Tagged {
        /// Labels of the entities found.
        entities: Vec<EntityType>,
        /// Timestamp of the record.
        in_kafka_at: Option<DateTime<Utc>>,
        /// When the body that held the item was read.
        fetched_at: Option<DateTime<Utc>>,
        /// Whether a model read a first part of it only.
        is_partial: bool,
    },
    /// It could not be used.
    DeadLetter(PoisonKind),
}

/// Finds the entities of a document, which declares the language given.
pub(crate) type Find = Box<dyn Fn(&Document<'_>, &str) -> Found + Send + Sync>;

/// What was found in a document.
#[derive(Debug, Default)]
pub(crate) struct Found {
    /// The entities.
    pub(crate) tags: Vec<Tag>,
    /// Name and version of the model that read the document; empty for none.
    pub(crate) model: String,
    /// Whether the model read a first part of it only.
    pub(crate) is_partial: bool,
}

/// The pure transform: a record in, a record out.
pub(crate) struct Transform {
    find: Find,
    made_by: TaggerVersions,
    places: Places,
}

/// Partitions of the topics written to.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Places {
    /// Of the tagged items.
    pub(crate) tagged: u16,
    /// Of the dead letters.
    pub(crate) dead_letters: u16,
}

/// What one record became.
struct Made {
    record: OutRecord,
    outcome: Outcome,
    took: Duration,
}

/// Tags batches until `batches` closes, then closes `tagged`.
///
/// Backpressure: waits while `tagged` is full. Drops nothing while `tagged` is open.
#[tracing::instrument(name = "tag", skip_all)]
pub(crate) async fn run(
    mut batches: mpsc::Receiver<InBatch>,
    tagged: mpsc::Sender<OutBatch>,
    transform: Arc<Transform>,
    pulse: (Arc<Metrics>, Heartbeat),
) -> Result<(), EnricherError> {
    let (metrics, beat) = pulse;
    while let Some(batch) = beat.during(batches.recv()).await {
        beat.now();
        let (transform, metrics) = (transform.clone(), metrics.clone());
        let work = move || transform.batch(batch, clock::now(), |took| metrics.tagging(took));
        let done = tokio::task::spawn_blocking(work).await.map_err(|_| EnricherError::Panicked("tag"))?;
        if beat.during(tagged.send(done)).await.is_err() {
            break; // the next stage is gone; `app` reports why
        }
    }
    Ok(())
}

impl Transform {
    /// The transform by the dictionary that comes with the product, and by `sources`. Takes some hundred milliseconds.
    ///
    /// # Errors
    /// When the dictionary contradicts itself or fits no automaton, or a model or the lexicon cannot be used.
    pub(crate) fn open(sources: &Sources, places: Places) -> Result<Self, Box<dyn Error + Send + Sync>> {
        let dictionary = Dictionary::bundled()?;
        tracing::info!(entities = dictionary.len(), version = dictionary.version(), "dictionary read");
        let folder = sources.models.display();
        let models = Models::open(&sources.models)?.with_longest_read(sources.model_time);
        if models.is_empty() {
            tracing::warn!(%folder, "no statistical model: tagging by dictionary alone");
        } else {
            tracing::info!(%folder, models = ?models.names(), "models read");
        }
        let mut tagger = Tagger::new(dictionary)?.with_min_confidence(sources.min_confidence);
        let lexicon = match &sources.lexicon {
            Some(file) => Some(open_lexicon(file)?),
            // It serves what a model finds; without one it would only take memory.
            None if models.is_empty() => None,
            None => Some(Lexicon::bundled()?),
        };
        if let Some(lexicon) = lexicon {
            tracing::info!(entities = lexicon.len(), version = lexicon.version(), "lexicon read");
            tagger = tagger.with_lexicon(lexicon);
        }
        let versions = (tagger.version(), RULES_VERSION.to_owned());
        let find = Box::new(move |document: &Document<'_>, declared: &str| {
            let read = models.read(document, declared);
            Found { tags: tagger.tag_read(document, &read.spans), model: read.model, is_partial: read.is_partial }
        });
        Ok(Self::new(find, versions, places))
    }

    /// A transform that finds entities by `find`, which is known by its versions of dictionary and rules.
    pub(crate) fn new(find: Find, (dictionary, rules): (String, String), places: Places) -> Self {
        let made_by = TaggerVersions { model: String::new(), dictionary, rules };
        Self { find, made_by, places }
    }

    /// Tags a batch on all cores; `took` hears how long each item took. Records keep their order within each part.
    pub(crate) fn batch(&self, batch: InBatch, now: DateTime<Utc>, took: impl Fn(Duration) + Sync) -> OutBatch {
        let parts: Vec<_> = batch.parts.into_par_iter().map(|part| self.part(&part, now, &took)).collect();
        let (parts, outcomes) = parts.into_iter().unzip();
        OutBatch { batch: Batch { parts }, outcomes }
    }

    fn part(
        &self,
        part: &InPart,
        now: DateTime<Utc>,
        took: &(impl Fn(Duration) + Sync),
    ) -> (Part, (Stamp, Vec<Outcome>)) {
        // An indexed parallel iterator collects in the order of its input.
        let made: Vec<_> = part.records.par_iter().map(|record| self.record(record, now)).collect();
        for made in &made {
            took(made.took);
        }
        let (records, outcomes) = made.into_iter().map(|made| (made.record, made.outcome)).unzip();
        let out = Part { stamp: part.stamp, next_offset: part.next_offset(), records };
        (out, (part.stamp, outcomes))
    }

    /// What `record` becomes. Never panics, whatever it holds.
    fn record(&self, record: &InRecord, now: DateTime<Utc>) -> Made {
        let begun = Instant::now();
        let tagged = catch_unwind(AssertUnwindSafe(|| self.tagged(record, now)))
            .unwrap_or_else(|cause| Err(Poison::TaggerPanicked(panic_text(cause.as_ref()))));
        let (record, outcome) = tagged.unwrap_or_else(|poison| self.dead_letter(record, &poison));
        Made { record, outcome, took: begun.elapsed() }
    }

    fn tagged(&self, record: &InRecord, now: DateTime<Utc>) -> Result<(OutRecord, Outcome), Poison> {
        let (event, item) = event_of(record)?;
        let key = Bytes::from(item.id.clone());
        let document = Document { title: &item.title, summary: &item.summary, content: &item.content };
        let found = (self.find)(&document, &item.language);
        let outcome = Outcome::Tagged {
            entities: found.tags.iter().map(|tag| tag.entity_type).collect(),
            in_kafka_at: record.timestamp_ms.and_then(DateTime::from_timestamp_millis),
            fetched_at: event.fetched_at.as_ref().and_then(from_timestamp),
            is_partial: found.is_partial,
        };
        let envelope = Envelope {
            // The offset sets a withdrawal and a restoration of one revision apart; made again, the record has the same id.
            id: format!("{}.{}.{}", item.id, event.revision, record.offset),
            kind: EventKind::ItemTagged,
            source: SOURCE.to_owned(),
            time: now,
            trace: TraceContext::Parent(record.header("traceparent").unwrap_or_default().to_owned()),
        };
        let mut tagged = TaggedItem {
            version: WIRE_VERSION,
            event: Some(ItemEvent { item: Some(item), ..event }),
            entities: found.tags.into_iter().map(Tag::into_wire).collect(),
            made_by: Some(TaggerVersions { model: found.model, ..self.made_by.clone() }),
            tagged_at: Some(to_timestamp(now)),
            truncated: false,
            model_partial: found.is_partial,
        };
        let _ = fit_tagged(&mut tagged, MAX_VALUE_BYTES);
        let value = Bytes::from(tagged.encode_to_vec());
        if value.len() > MAX_VALUE_BYTES {
            return Err(Poison::TooLarge(value.len()));
        }
        let partition = partition_of(&key, self.places.tagged);
        Ok((OutRecord::new(Topic::Tagged, partition, key, Some(value), &envelope), outcome))
    }

    fn dead_letter(&self, record: &InRecord, poison: &Poison) -> (OutRecord, Outcome) {
        let kind = poison.kind();
        tracing::debug!(partition = record.partition, offset = record.offset, %poison, "dead letter");
        let mut letter = dead_letter(record, &poison.to_string(), poison.stage(), self.places.dead_letters);
        letter.headers.push("courant-error-kind", Some(kind.as_str().as_bytes()));
        (letter, Outcome::DeadLetter(kind))
    }
}

/// The event in `record`, and the item taken out of it.
fn event_of(record: &InRecord) -> Result<(ItemEvent, Item), Poison> {
    let value = record.value.clone().ok_or(Poison::NoValue)?;
    let mut event = ItemEvent::decode(value)?;
    if event.version > WIRE_VERSION {
        return Err(Poison::NewerVersion(event.version));
    }
    let item = event.item.take().ok_or(Poison::NoItem)?;
    if item.id.is_empty() || record.key_text() != Some(&item.id) {
        return Err(Poison::KeyMismatch(item.id.chars().take(80).collect()));
    }
    Ok((event, item))
}

fn panic_text(cause: &(dyn Any + Send)) -> String {
    let text = cause.downcast_ref::<&str>().copied();
    let text = text.or_else(|| cause.downcast_ref::<String>().map(String::as_str));
    text.unwrap_or("no message").to_owned()
}

#[cfg(test)]
mod tests;
