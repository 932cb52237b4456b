//! Every metric of the enricher. The names are listed in `metrics.txt`.
//!
//! Counters of items, letters and entities move when the transaction that holds them is committed, so they agree with the topics.

use std::time::Duration;

use chrono::{DateTime, Utc};
use event_log::WriterEvent;
use news_model::EntityType;
use prometheus::{
    Histogram, HistogramOpts, HistogramVec, IntCounter, IntCounterVec, IntGauge, Opts, Registry, core::Collector,
};

use crate::{poison::PoisonKind, tag::Outcome};

const TAGGED: &str = "tagged";
const DEAD_LETTER: &str = "dead_letter";
const KAFKA_TO_TAGGED: &str = "kafka_to_tagged";
const FETCHED_TO_TAGGED: &str = "fetched_to_tagged";

/// From a stage's own work to a day behind.
const FRESHNESS_SECONDS: [f64; 15] =
    [0.05, 0.1, 0.2, 0.5, 1.0, 2.0, 5.0, 10.0, 20.0, 60.0, 300.0, 1_800.0, 7_200.0, 21_600.0, 86_400.0];
/// From a headline to a long text on a machine that has no time for it.
const TAGGING_SECONDS: [f64; 12] =
    [0.000_02, 0.000_05, 0.000_1, 0.000_2, 0.000_5, 0.001, 0.002, 0.005, 0.02, 0.1, 0.5, 2.0];
/// From a broker at hand to the transaction timeout.
const TRANSACTION_SECONDS: [f64; 11] = [0.005, 0.01, 0.02, 0.05, 0.1, 0.2, 0.5, 1.0, 2.0, 5.0, 10.0];

/// What the enricher tells Prometheus.
#[derive(Clone, Debug)]
pub(crate) struct Metrics {
    items: IntCounterVec,
    dead_letters: IntCounterVec,
    entities: IntCounterVec,
    partial_items: IntCounter,
    transactions: IntCounterVec,
    transaction_seconds: Histogram,
    tagging_seconds: Histogram,
    freshness: HistogramVec,
    lag: IntGauge,
    owned_partitions: IntGauge,
}

impl Metrics {
    /// Registers every metric, each with all its label values at zero.
    pub(crate) fn register(registry: &Registry) -> prometheus::Result<Self> {
        let metrics = Self::new()?;
        metrics.start_at_zero();
        let all: [Box<dyn Collector>; 10] = [
            Box::new(metrics.items.clone()),
            Box::new(metrics.dead_letters.clone()),
            Box::new(metrics.entities.clone()),
            Box::new(metrics.partial_items.clone()),
            Box::new(metrics.transactions.clone()),
            Box::new(metrics.transaction_seconds.clone()),
            Box::new(metrics.tagging_seconds.clone()),
            Box::new(metrics.freshness.clone()),
            Box::new(metrics.lag.clone()),
            Box::new(metrics.owned_partitions.clone()),
        ];
        all.into_iter().try_for_each(|metric| registry.register(metric))?;
        Ok(metrics)
    }

    fn new() -> prometheus::Result<Self> {
        Ok(Self {
            items: counters("items_total", "Item events worked through, by outcome.", "outcome")?,
            dead_letters: counters("dead_letters_total", "Records put among the dead letters, by reason.", "reason")?,
            entities: counters("entities_total", "Entities found in items, by OntoNotes label.", "type")?,
            partial_items: IntCounter::new(
                "enricher_partial_items_total",
                "Items of which a model read a first part only, for their length or for want of time.",
            )?,
            transactions: counters("transactions_total", "Ends of attempts to commit a batch, by outcome.", "outcome")?,
            transaction_seconds: histogram(
                "transaction_seconds",
                "Time from begin to commit of a transaction.",
                &TRANSACTION_SECONDS,
            )?,
            tagging_seconds: histogram("tagging_seconds", "Time to tag one item.", &TAGGING_SECONDS)?,
            freshness: HistogramVec::new(
                options(
                    "freshness_seconds",
                    "Age of an item when its tags became visible, by what it is counted from.",
                    &FRESHNESS_SECONDS,
                ),
                &["stage"],
            )?,
            lag: gauge("lag_records", "Records of the owned partitions that wait in the topic.")?,
            owned_partitions: gauge("owned_partitions", "Partitions of the items topic owned by this process.")?,
        })
    }

    /// This became visible at `now`.
    pub(crate) fn committed(&self, outcomes: &[Outcome], now: DateTime<Utc>) {
        for outcome in outcomes {
            match outcome {
                Outcome::Tagged { entities, in_kafka_at, fetched_at, is_partial } => {
                    self.items.with_label_values(&[TAGGED]).inc();
                    self.partial_items.inc_by(u64::from(*is_partial));
                    for entity in entities {
                        self.entities.with_label_values(&[entity.as_str()]).inc();
                    }
                    for (stage, since) in [(KAFKA_TO_TAGGED, in_kafka_at), (FETCHED_TO_TAGGED, fetched_at)] {
                        if let Some(since) = since {
                            self.freshness.with_label_values(&[stage]).observe(seconds_between(*since, now));
                        }
                    }
                }
                Outcome::DeadLetter(kind) => {
                    self.items.with_label_values(&[DEAD_LETTER]).inc();
                    self.dead_letters.with_label_values(&[kind.as_str()]).inc();
                }
            }
        }
    }

    /// The broker would not take this many of the records of a batch that is committed; they are counted as tagged too.
    pub(crate) fn refused(&self, records: usize) {
        let records = u64::try_from(records).unwrap_or(u64::MAX);
        self.dead_letters.with_label_values(&[PoisonKind::RefusedByBroker.as_str()]).inc_by(records);
    }

    /// An attempt to commit came to this.
    pub(crate) fn transaction(&self, event: WriterEvent) {
        if let WriterEvent::Committed(took) = event {
            self.transaction_seconds.observe(took.as_secs_f64());
        }
        if let Some(label) = transaction_label(event) {
            self.transactions.with_label_values(&[label]).inc();
        }
    }

    /// One item took this long.
    pub(crate) fn tagging(&self, took: Duration) {
        self.tagging_seconds.observe(took.as_secs_f64());
    }

    /// So many records wait.
    pub(crate) fn lag(&self, records: u64) {
        self.lag.set(i64::try_from(records).unwrap_or(i64::MAX));
    }

    /// So many partitions are ours.
    pub(crate) fn owned_partitions(&self, partitions: usize) {
        self.owned_partitions.set(i64::try_from(partitions).unwrap_or(i64::MAX));
    }

    /// A series that is there from the start can be told from one that does not work, and its first increment shows in a rate.
    fn start_at_zero(&self) {
        for outcome in [TAGGED, DEAD_LETTER] {
            self.items.with_label_values(&[outcome]);
        }
        for kind in PoisonKind::ALL {
            self.dead_letters.with_label_values(&[kind.as_str()]);
        }
        for label in EntityType::ALL {
            self.entities.with_label_values(&[label.as_str()]);
        }
        let ends = [
            WriterEvent::Committed(Duration::ZERO),
            WriterEvent::Aborted,
            WriterEvent::Replaced,
            WriterEvent::FoundCommitted,
        ];
        for label in ends.into_iter().filter_map(transaction_label) {
            self.transactions.with_label_values(&[label]);
        }
        for stage in [KAFKA_TO_TAGGED, FETCHED_TO_TAGGED] {
            self.freshness.with_label_values(&[stage]);
        }
    }
}

fn transaction_label(event: WriterEvent) -> Option<&'static str> {
    match event {
        WriterEvent::Committed(_) => Some("committed"),
        WriterEvent::Aborted => Some("aborted"),
        WriterEvent::Replaced => Some("replaced"),
        WriterEvent::FoundCommitted => Some("found_committed"),
        WriterEvent::Waiting => None,
    }
}

/// Clocks of several machines take part, so a small negative difference is none.
fn seconds_between(since: DateTime<Utc>, now: DateTime<Utc>) -> f64 {
    (now - since).to_std().unwrap_or_default().as_secs_f64()
}

fn counters(name: &str, help: &str, label: &str) -> prometheus::Result<IntCounterVec> {
    IntCounterVec::new(Opts::new(format!("enricher_{name}"), help), &[label])
}

fn gauge(name: &str, help: &str) -> prometheus::Result<IntGauge> {
    IntGauge::new(format!("enricher_{name}"), help)
}

fn histogram(name: &str, help: &str, buckets: &[f64]) -> prometheus::Result<Histogram> {
    Histogram::with_opts(options(name, help, buckets))
}

fn options(name: &str, help: &str, buckets: &[f64]) -> HistogramOpts {
    HistogramOpts::new(format!("enricher_{name}"), help).buckets(buckets.to_vec())
}

#[cfg(test)]
mod tests {
    use service_kit::config::{Check, Origins};

    use super::*;
    use crate::{RawEnricher, Settings};

    #[test]
    fn the_registry_holds_what_metrics_txt_lists() {
        let registry = Registry::new();
        Metrics::register(&registry).unwrap();

        let families = registry.gather();

        let found: Vec<_> = families.iter().map(prometheus::proto::MetricFamily::name).collect();
        let listed: Vec<_> = include_str!("../metrics.txt").lines().collect();
        assert_eq!(found, listed);
    }

    #[test]
    fn an_item_that_takes_all_its_time_can_be_told_from_one_that_takes_more() {
        let settings = Settings::check(&RawEnricher::default(), &mut Check::new(Origins::default()));
        let most = settings.sources.model_time.as_secs_f64();
        assert!(TAGGING_SECONDS.iter().any(|bound| *bound > most), "{most}");
    }

    #[test]
    fn a_committed_item_counts_once_and_its_age_is_never_negative() {
        let registry = Registry::new();
        let metrics = Metrics::register(&registry).unwrap();
        let now = DateTime::from_timestamp(1_000, 0).unwrap();
        let item = Outcome::Tagged {
            entities: vec![EntityType::Gpe, EntityType::Gpe],
            in_kafka_at: DateTime::from_timestamp(998, 0),
            fetched_at: DateTime::from_timestamp(1_001, 0),
            is_partial: true,
        };

        metrics.committed(&[item, Outcome::DeadLetter(PoisonKind::NoItem)], now);

        assert_eq!(metrics.items.with_label_values(&[TAGGED]).get(), 1);
        assert_eq!(metrics.partial_items.get(), 1);
        assert_eq!(metrics.dead_letters.with_label_values(&["no_item"]).get(), 1);
        assert_eq!(metrics.entities.with_label_values(&["GPE"]).get(), 2);
        let sum = |stage| metrics.freshness.with_label_values(&[stage]).get_sample_sum();
        assert!((sum(KAFKA_TO_TAGGED) - 2.0).abs() < 1e-9);
        assert!(sum(FETCHED_TO_TAGGED).abs() < 1e-9);
    }
}
