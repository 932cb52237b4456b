//! Every metric of the poller. No label value comes from the web.

mod groups;
mod register;

use std::time::Duration;

use event_log::{Topic, WriterEvent};
use feed_core::{budget::Price, parse::Reading, trust::Finding};
use news_model::wire::{ItemEventKind, Outcome};
use prometheus::{Histogram, HistogramOpts, HistogramVec, IntCounter, IntCounterVec, IntGauge, IntGaugeVec, Registry};

use self::{
    groups::{BudgetGauges, Completeness, Faults, ValidatorChecks},
    register::{counter, counters, gauge, gauges, histogram, registered},
};
use crate::{budget::Plan, commit::GapTally};

/// What the poller counts.
#[derive(Clone, Debug)]
pub(crate) struct PollerMetrics {
    polls: IntCounterVec,
    items: IntCounterVec,
    poll_seconds: Histogram,
    body_bytes: IntCounter,
    wire_bytes: IntCounter,
    bodies: IntCounterVec,
    checks: ValidatorChecks,
    transactions: IntCounterVec,
    transaction_seconds: Histogram,
    records: IntCounterVec,
    feeds: IntGaugeVec,
    partitions: IntGauge,
    restore_seconds: Histogram,
    schedule_lag_seconds: Histogram,
    freshness_seconds: HistogramVec,
    in_flight_bytes: IntGauge,
    faults: Faults,
    lag_records: IntGauge,
    budget: BudgetGauges,
    completeness: Completeness,
}

/// From a cached answer to the total timeout.
const POLL_SECONDS: [f64; 10] = [0.005, 0.02, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 10.0, 30.0];
/// From a broker at hand to the transaction timeout.
const TRANSACTION_SECONDS: [f64; 11] = [0.005, 0.01, 0.02, 0.05, 0.1, 0.2, 0.5, 1.0, 2.0, 5.0, 10.0];
/// From an empty catalogue to a hundred thousand feeds.
const RESTORE_SECONDS: [f64; 9] = [0.1, 0.25, 0.5, 1.0, 2.5, 5.0, 15.0, 60.0, 180.0];
/// From a timer's slack to a poller that cannot keep up.
const LAG_SECONDS: [f64; 9] = [0.005, 0.02, 0.1, 0.5, 1.0, 5.0, 30.0, 120.0, 600.0];
/// From a stage's own work to a day behind.
const FRESHNESS_SECONDS: [f64; 15] =
    [0.05, 0.1, 0.2, 0.5, 1.0, 2.0, 5.0, 10.0, 20.0, 60.0, 300.0, 1_800.0, 7_200.0, 21_600.0, 86_400.0];

const PUBLISHED_TO_FETCHED: &str = "published_to_fetched";
const FETCHED_TO_KAFKA: &str = "fetched_to_kafka";

impl PollerMetrics {
    /// Registers them all, each with all its label values at zero.
    ///
    /// # Errors
    /// When a name is taken in `registry`.
    pub(crate) fn register(registry: &Registry) -> prometheus::Result<Self> {
        let on = registry;
        let metrics = Self {
            polls: counters(on, "polls_total", "Committed polls by outcome.", "outcome")?,
            items: counters(on, "items_total", "Committed item events by kind.", "kind")?,
            poll_seconds: histogram(
                on,
                "poll_seconds",
                "From sending a request to the end of its answer.",
                &POLL_SECONDS,
            )?,
            body_bytes: counter(on, "body_bytes_total", "Decoded bytes of bodies that were read.")?,
            bodies: counters(
                on,
                "bodies_total",
                "Committed polls whose body was compared, by how it could be read.",
                "reading",
            )?,
            checks: ValidatorChecks::register(on)?,
            wire_bytes: counter(on, "wire_bytes_total", "Bytes of bodies as they came, before they were unpacked.")?,
            transactions: counters(
                on,
                "transactions_total",
                "Ends of attempts to commit a batch, by outcome.",
                "outcome",
            )?,
            transaction_seconds: histogram(on, "transaction_seconds", "From begin to commit.", &TRANSACTION_SECONDS)?,
            records: counters(on, "records_total", "Committed records by topic.", "topic")?,
            feeds: gauges(on, "feeds", "Feeds of this replica by what happens to them.", "state")?,
            partitions: gauge(on, "partitions", "Partitions of the catalogue that this replica owns.")?,
            restore_seconds: histogram(
                on,
                "restore_seconds",
                "From assignment of partitions to their feeds' first polls.",
                &RESTORE_SECONDS,
            )?,
            schedule_lag_seconds: histogram(
                on,
                "schedule_lag_seconds",
                "How late a poll started after it was due and its site had a place free.",
                &LAG_SECONDS,
            )?,
            freshness_seconds: freshness(on)?,
            in_flight_bytes: gauge(on, "in_flight_bytes", "Bytes of records that wait for their commit.")?,
            faults: Faults::register(on)?,
            lag_records: gauge(on, "lag_records", "Changes of the catalogue that were not yet read.")?,
            budget: BudgetGauges::register(on)?,
            completeness: Completeness::register(on)?,
        };
        metrics.start_at_zero();
        Ok(metrics)
    }

    /// A series that is there from the start can be told from one that does not work, and its first increment shows in a rate.
    fn start_at_zero(&self) {
        // Numbers are handed out in blocks, so there are gaps between them.
        let outcomes = (1..=i32::from(u8::MAX)).filter_map(|number| Outcome::try_from(number).ok());
        for outcome in outcomes {
            self.polls.with_label_values(&[outcome_label(outcome)]);
        }
        for reading in [Reading::Standard, Reading::Lenient, Reading::Repaired] {
            self.bodies.with_label_values(&[reading.as_str()]);
        }
        for finding in [Finding::Confirmed, Finding::Contradicted] {
            self.checks.polls.with_label_values(&[finding_label(finding)]);
        }
        for end in ["open", "closed"] {
            self.completeness.gaps.with_label_values(&[end]);
        }
        for kind in
            [ItemEventKind::Published, ItemEventKind::Revised, ItemEventKind::Withdrawn, ItemEventKind::Restored]
        {
            self.items.with_label_values(&[kind_label(kind)]);
        }
        for end in ["committed", "aborted", "replaced", "found_committed"] {
            self.transactions.with_label_values(&[end]);
        }
        for topic in [Topic::Items, Topic::FeedState, Topic::Fetches, Topic::DeadLetters] {
            self.records.with_label_values(&[topic.to_string()]);
        }
        for stage in [PUBLISHED_TO_FETCHED, FETCHED_TO_KAFKA] {
            self.freshness_seconds.with_label_values(&[stage]);
        }
    }

    pub(crate) fn body_read(&self, reading: Reading) {
        self.bodies.with_label_values(&[reading.as_str()]).inc();
    }

    pub(crate) fn fetched(&self, took: Duration, body_bytes: usize, wire_bytes: usize) {
        self.poll_seconds.observe(took.as_secs_f64());
        self.body_bytes.inc_by(u64::try_from(body_bytes).unwrap_or(u64::MAX));
        self.wire_bytes.inc_by(u64::try_from(wire_bytes).unwrap_or(u64::MAX));
    }

    pub(crate) fn validators_checked(&self, finding: Finding, wire_bytes: u64) {
        self.checks.polls.with_label_values(&[finding_label(finding)]).inc();
        self.checks.bytes.inc_by(wire_bytes);
    }

    pub(crate) fn poll_committed(&self, outcome: Outcome) {
        self.polls.with_label_values(&[outcome_label(outcome)]).inc();
    }

    pub(crate) fn item_committed(&self, kind: ItemEventKind) {
        self.items.with_label_values(&[kind_label(kind)]).inc();
    }

    pub(crate) fn gap(&self, gap: GapTally) {
        self.completeness.gaps.with_label_values(&[if gap.closed { "closed" } else { "open" }]).inc();
        self.completeness.missed_items.inc_by(gap.missed.max(0.0));
    }

    pub(crate) fn records_committed(&self, topic: Topic, count: u64) {
        self.records.with_label_values(&[topic.to_string()]).inc_by(count);
    }

    pub(crate) fn writer(&self, event: WriterEvent) {
        let outcome = match event {
            WriterEvent::Committed(took) => {
                self.transaction_seconds.observe(took.as_secs_f64());
                "committed"
            }
            WriterEvent::Aborted => "aborted",
            WriterEvent::Replaced => "replaced",
            WriterEvent::FoundCommitted => "found_committed",
            // Every attempt at a new producer has been counted as a replacement.
            WriterEvent::Waiting => return,
        };
        self.transactions.with_label_values(&[outcome]).inc();
    }

    pub(crate) fn published_to_fetched(&self, age: Duration) {
        self.freshness_seconds.with_label_values(&[PUBLISHED_TO_FETCHED]).observe(age.as_secs_f64());
    }

    pub(crate) fn fetched_to_kafka(&self, age: Duration) {
        self.freshness_seconds.with_label_values(&[FETCHED_TO_KAFKA]).observe(age.as_secs_f64());
    }

    pub(crate) fn schedule_lag(&self, late: Duration) {
        self.schedule_lag_seconds.observe(late.as_secs_f64());
    }

    pub(crate) fn restored(&self, took: Duration) {
        self.restore_seconds.observe(took.as_secs_f64());
    }

    pub(crate) fn dead_letters(&self, count: usize) {
        self.faults.dead_letters.inc_by(u64::try_from(count).unwrap_or(u64::MAX));
    }

    pub(crate) fn catalogue_fault(&self) {
        self.faults.catalogue.inc();
    }

    pub(crate) fn dropped_poll(&self) {
        self.faults.dropped_polls.inc();
    }

    pub(crate) fn partitions(&self, change: i64) {
        self.partitions.add(change);
    }

    pub(crate) fn planned(&self, plan: Plan, price: Price) {
        self.budget.polls_per_second.with_label_values(&["budget"]).set(plan.budget);
        self.budget.polls_per_second.with_label_values(&["planned"]).set(plan.planned);
        self.budget.price.set(price.item_seconds());
    }

    pub(crate) fn stuck_parsers(&self, count: usize) {
        self.faults.stuck_parsers.set(i64::try_from(count).unwrap_or(i64::MAX));
    }

    /// Gauges that are looked at from time to time.
    pub(crate) fn sample(&self, feeds: usize, polling: usize, unsent_bytes: usize, lag: u64) {
        let published = self.items.with_label_values(&[kind_label(ItemEventKind::Published)]).get();
        let published = f64::from(u32::try_from(published).unwrap_or(u32::MAX));
        let all = published + self.completeness.missed_items.get();
        self.completeness.ratio.set(if all > 0.0 { published / all } else { 1.0 });
        let gauge = |value: usize| i64::try_from(value).unwrap_or(i64::MAX);
        self.feeds.with_label_values(&["owned"]).set(gauge(feeds));
        self.feeds.with_label_values(&["polling"]).set(gauge(polling));
        self.in_flight_bytes.set(gauge(unsent_bytes));
        self.lag_records.set(i64::try_from(lag).unwrap_or(i64::MAX));
    }
}

fn finding_label(finding: Finding) -> &'static str {
    match finding {
        Finding::Confirmed => "confirmed",
        Finding::Contradicted => "contradicted",
    }
}

fn outcome_label(outcome: Outcome) -> String {
    outcome.as_str_name().trim_start_matches("OUTCOME_").to_ascii_lowercase()
}

fn kind_label(kind: ItemEventKind) -> &'static str {
    match kind {
        ItemEventKind::Unspecified => "unspecified",
        ItemEventKind::Published => "published",
        ItemEventKind::Revised => "revised",
        ItemEventKind::Withdrawn => "withdrawn",
        ItemEventKind::Restored => "restored",
    }
}

fn freshness(registry: &Registry) -> prometheus::Result<HistogramVec> {
    let help = "Age of an item at a stage: published_to_fetched by the publisher's clock, fetched_to_kafka by ours.";
    let options = HistogramOpts::new("poller_freshness_seconds", help).buckets(FRESHNESS_SECONDS.to_vec());
    registered(registry, HistogramVec::new(options, &["stage"])?)
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use super::*;

    #[test]
    fn the_list_of_metrics_is_complete() {
        let registry = Registry::new();
        let metrics = PollerMetrics::register(&registry).unwrap();
        metrics.poll_committed(Outcome::NewItems);
        metrics.item_committed(ItemEventKind::Published);
        metrics.records_committed(Topic::Items, 1);
        metrics.writer(WriterEvent::Aborted);
        metrics.published_to_fetched(Duration::ZERO);
        metrics.sample(0, 0, 0, 0);
        metrics.planned(Plan { budget: 1.0, planned: 1.0 }, Price::new(1.0));
        let registered: BTreeSet<_> = registry.gather().iter().map(|family| family.name().to_owned()).collect();
        let listed: BTreeSet<_> = include_str!("../metrics.txt").lines().map(str::to_owned).collect();
        assert_eq!(registered, listed);
    }

    #[test]
    fn outcomes_are_labelled_in_lower_case() {
        let registry = Registry::new();
        PollerMetrics::register(&registry).unwrap().poll_committed(Outcome::RateLimited);
        let text = prometheus::TextEncoder::new().encode_to_string(&registry.gather()).unwrap();
        assert!(text.contains("poller_polls_total{outcome=\"rate_limited\"} 1"), "{text}");
    }
}
