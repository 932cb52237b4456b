//! Metrics that belong together.

use prometheus::{Counter, Gauge, GaugeVec, IntCounter, IntCounterVec, IntGauge, Opts, Registry};

use super::register::{counter, counters, gauge, registered};

/// How the budget of requests is spent.
#[derive(Clone, Debug)]
pub(super) struct BudgetGauges {
    pub(super) polls_per_second: GaugeVec,
    pub(super) price: Gauge,
}

impl BudgetGauges {
    pub(super) fn register(on: &Registry) -> prometheus::Result<Self> {
        let help = "Polls a second: budget, what the feeds may have together; planned, what their intervals come to.";
        let polls = GaugeVec::new(Opts::new("poller_budget_polls_per_second", help), &["kind"])?;
        let help = "Delay of items that a poll must save to be worth it, in item-seconds.";
        let price = Gauge::new("poller_poll_price_seconds", help)?;
        Ok(Self { polls_per_second: registered(on, polls)?, price: registered(on, price)? })
    }
}

/// What it costs to check 304s.
#[derive(Clone, Debug)]
pub(super) struct ValidatorChecks {
    pub(super) polls: IntCounterVec,
    pub(super) bytes: IntCounter,
}

impl ValidatorChecks {
    pub(super) fn register(on: &Registry) -> prometheus::Result<Self> {
        let help = "Polls that left the validators out to check the 304s before, by what they showed.";
        let polls = counters(on, "validator_checks_total", help, "finding")?;
        let help = "Bytes that came over the wire for such checks.";
        Ok(Self { polls, bytes: counter(on, "validator_check_bytes_total", help)? })
    }
}

/// What may have been missed.
#[derive(Clone, Debug)]
pub(super) struct Completeness {
    pub(super) gaps: IntCounterVec,
    pub(super) missed_items: Counter,
    pub(super) ratio: Gauge,
}

impl Completeness {
    pub(super) fn register(on: &Registry) -> prometheus::Result<Self> {
        let help =
            "Bodies that share no item with what was known: closed, older pages filled the gap; open, they did not.";
        let gaps = counters(on, "gaps_total", help, "end")?;
        let help = "Items that may have come and gone in open gaps, at the rates of their feeds.";
        let missed_items = Counter::new("poller_missed_items_total", help)?;
        let help = "Share of items that were published of those and of poller_missed_items_total, since the start; 1 before there are any.";
        let ratio = Gauge::new("poller_completeness_ratio", help)?;
        ratio.set(1.0);
        Ok(Self { gaps, missed_items: registered(on, missed_items)?, ratio: registered(on, ratio)? })
    }
}

/// What should not be.
#[derive(Clone, Debug)]
pub(super) struct Faults {
    pub(super) dead_letters: IntCounter,
    pub(super) catalogue: IntCounter,
    pub(super) dropped_polls: IntCounter,
    pub(super) stuck_parsers: IntGauge,
}

impl Faults {
    pub(super) fn register(on: &Registry) -> prometheus::Result<Self> {
        let help = "Records that the broker refused and a dead letter names.";
        let dead_letters = counter(on, "dead_letters_total", help)?;
        let help = "Records of the catalogue or state that cannot be used.";
        let catalogue = counter(on, "catalogue_faults_total", help)?;
        let help = "Polls whose partition was lost before their commit; its new owner polls again.";
        let dropped_polls = counter(on, "dropped_polls_total", help)?;
        let help = "Threads that read a body for longer than they may and have not ended.";
        Ok(Self { dead_letters, catalogue, dropped_polls, stuck_parsers: gauge(on, "stuck_parsers", help)? })
    }
}
