//! What may be written about enriching, then what it means.

use std::{num::NonZeroUsize, path::PathBuf, time::Duration};

use entity_core::MIN_CONFIDENCE;
use serde::Deserialize;
use service_kit::config::Check;

/// Folder of statistical models where none is named: the one that `make models` fills.
pub const DEFAULT_MODELS: &str = ".cache/models";

/// What may be written under `enricher`.
#[derive(Clone, Debug, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct RawEnricher {
    /// How long the start may wait for the brokers and the topics; then the process ends with 69. Shorter than a broker's restart makes
    /// the orchestrator restart the enricher over and over. Default `10m`.
    pub start_deadline: String,
    /// Records that may wait between the group's reader and the first batch; beyond, reading pauses. An item is below 400 kB, so this
    /// bounds the memory of the queue. Default 128.
    pub queue_records: usize,
    /// Folder of statistical models, one for each language, as `courant models add` fills it. Where it is not there, or for languages without a
    /// model, items are tagged by dictionary alone. Default `.cache/models`; the image sets its own.
    pub models: String,
    /// What a model may take to read one item. What it has not read by then is left to the dictionary, and the tagged item says so
    /// (`model_partial`). A model reads 64 kB of an item at most, which takes a fifth of a second; this guards the batch on a machine that has no
    /// time for that. Where it strikes, the same text may get other tags another time. Default `1s`.
    pub model_time: String,
    /// File of a lexicon, as `courant entities build` writes it, to link names by. It is mapped: only what is looked up takes memory, and one is
    /// replaced by renaming another over it, never by writing into it, which would end the enricher. Empty for the one that comes with the
    /// product. Used where there is a model. Default empty.
    pub lexicon: String,
    /// Mentions less sure than this, from 0 to 1, are not published. Mentions that say a number are right about as often as it says, so lower
    /// publishes more names and more wrong ones, higher fewer of both; `docs/entities.md` has a table. Above 0.7 also linked names go. Default 0.3.
    pub min_confidence: f32,
    /// How batches are cut.
    pub batch: RawBatch,
}

/// What may be written under `enricher.batch`.
#[derive(Clone, Debug, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct RawBatch {
    /// A batch is cut at this many records. More make fewer transactions; what an abort does again grows with them. Default 1000.
    pub max_records: usize,
    /// A batch is cut once its records hold this many bytes. Some five batches are in memory at a time, so five times this is what the
    /// stages hold. All of a batch must reach the broker within the transaction timeout. Default 4 MiB.
    pub max_bytes: u64,
    /// A batch is cut this long after its first record. Shorter is fresher, longer makes fewer transactions. Default `100ms`.
    pub max_wait: String,
}

/// What the enricher is to do; every value lies within its bounds.
#[derive(Clone, Debug, PartialEq)]
pub struct Settings {
    /// How long the start may wait for the cluster.
    pub start_deadline: Duration,
    /// Records that may wait for the first stage.
    pub queue_records: NonZeroUsize,
    /// What entities are found by.
    pub sources: Sources,
    /// How batches are cut.
    pub batch: Batching,
}

/// What entities are found by besides the dictionary.
#[derive(Clone, Debug, PartialEq)]
pub struct Sources {
    /// Folder of statistical models.
    pub models: PathBuf,
    /// What a model may take for one item.
    pub model_time: Duration,
    /// File of a lexicon; `None` for the bundled one.
    pub lexicon: Option<PathBuf>,
    /// The least sure mention that is published, from 0 to 1.
    pub min_confidence: f32,
}

/// When a batch is cut: at whichever bound comes first.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Batching {
    /// Records.
    pub max_records: NonZeroUsize,
    /// Bytes of keys, values and headers; the record that passes it is still taken.
    pub max_bytes: usize,
    /// Time since the first record.
    pub max_wait: Duration,
}

impl Default for RawEnricher {
    fn default() -> Self {
        Self {
            start_deadline: "10m".into(),
            queue_records: 128,
            models: DEFAULT_MODELS.into(),
            model_time: "1s".into(),
            lexicon: String::new(),
            min_confidence: MIN_CONFIDENCE,
            batch: RawBatch::default(),
        }
    }
}

impl Default for RawBatch {
    fn default() -> Self {
        Self { max_records: 1_000, max_bytes: 4 << 20, max_wait: "100ms".into() }
    }
}

impl Settings {
    /// Checks `raw`, whose keys lie under `enricher` in the configuration.
    pub fn check(raw: &RawEnricher, check: &mut Check) -> Self {
        check.section("enricher", |check| {
            let deadlines = Duration::from_secs(1)..=Duration::from_hours(24);
            Self {
                start_deadline: check.duration("start_deadline", &raw.start_deadline, deadlines),
                queue_records: count(check, "queue_records", raw.queue_records, 100_000),
                sources: Sources::check(raw, check),
                batch: check.section("batch", |check| Batching::check(&raw.batch, check)),
            }
        })
    }
}

impl Sources {
    fn check(raw: &RawEnricher, check: &mut Check) -> Self {
        let times = Duration::from_millis(10)..=Duration::from_mins(1);
        Self {
            models: PathBuf::from(check.text("models", &raw.models)),
            model_time: check.duration("model_time", &raw.model_time, times),
            lexicon: Some(PathBuf::from(&raw.lexicon)).filter(|file| !file.as_os_str().is_empty()),
            min_confidence: check.number("min_confidence", raw.min_confidence, 0.0..=1.0),
        }
    }
}

impl Batching {
    fn check(raw: &RawBatch, check: &mut Check) -> Self {
        let waits = Duration::from_millis(1)..=Duration::from_secs(10);
        let max_bytes = check.bytes("max_bytes", raw.max_bytes, 64 << 10..=64 << 20);
        Self {
            max_records: count(check, "max_records", raw.max_records, 100_000),
            max_bytes: usize::try_from(max_bytes).unwrap_or(usize::MAX),
            max_wait: check.duration("max_wait", &raw.max_wait, waits),
        }
    }
}

fn count(check: &mut Check, key: &str, value: usize, most: usize) -> NonZeroUsize {
    NonZeroUsize::new(check.number(key, value, 1..=most)).unwrap_or(NonZeroUsize::MIN)
}

#[cfg(test)]
mod tests {
    use service_kit::config::{Faults, Sources as Written, load};

    use super::*;

    #[derive(Default, Deserialize)]
    #[serde(default, deny_unknown_fields)]
    struct Raw {
        enricher: RawEnricher,
    }

    fn settings(sources: &Written) -> Result<Settings, Faults> {
        let (raw, mut check) = load::<Raw>(sources).into_check();
        let settings = Settings::check(&raw.enricher, &mut check);
        check.finish(settings)
    }

    #[test]
    fn the_defaults_are_sound() {
        let settings = settings(&Written::new()).unwrap();
        assert_eq!(settings.batch.max_wait, Duration::from_millis(100));
        assert_eq!(settings.batch.max_bytes, 4_194_304);
        assert_eq!((settings.sources.model_time, settings.sources.lexicon), (Duration::from_secs(1), None));
    }

    #[test]
    fn every_fault_is_told_by_its_key() {
        let sources = Written::new()
            .set("enricher.batch.max_records=0")
            .set("enricher.batch.max_wait=1h")
            .set("enricher.model_time=0s")
            .set("enricher.min_confidence=1.5")
            .set("enricher.queue_recods=5");
        let report = settings(&sources).unwrap_err().to_string();
        for key in [
            "enricher.batch.max_records = 0",
            "enricher.batch.max_wait",
            "enricher.model_time",
            "enricher.min_confidence = 1.5",
            "did you mean `enricher.queue_records`?",
        ] {
            assert!(report.contains(key), "{key} is not in {report}");
        }
    }
}
