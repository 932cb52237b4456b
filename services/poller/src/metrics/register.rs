//! Registers metrics under the poller's name.

use prometheus::{
    Histogram, HistogramOpts, IntCounter, IntCounterVec, IntGauge, IntGaugeVec, Opts, Registry, core::Collector,
};

pub(super) fn registered<C: Collector + Clone + 'static>(registry: &Registry, collector: C) -> prometheus::Result<C> {
    registry.register(Box::new(collector.clone()))?;
    Ok(collector)
}

pub(super) fn counter(registry: &Registry, name: &str, help: &str) -> prometheus::Result<IntCounter> {
    registered(registry, IntCounter::new(format!("poller_{name}"), help)?)
}

pub(super) fn counters(registry: &Registry, name: &str, help: &str, label: &str) -> prometheus::Result<IntCounterVec> {
    registered(registry, IntCounterVec::new(Opts::new(format!("poller_{name}"), help), &[label])?)
}

pub(super) fn gauge(registry: &Registry, name: &str, help: &str) -> prometheus::Result<IntGauge> {
    registered(registry, IntGauge::new(format!("poller_{name}"), help)?)
}

pub(super) fn gauges(registry: &Registry, name: &str, help: &str, label: &str) -> prometheus::Result<IntGaugeVec> {
    registered(registry, IntGaugeVec::new(Opts::new(format!("poller_{name}"), help), &[label])?)
}

pub(super) fn histogram(registry: &Registry, name: &str, help: &str, buckets: &[f64]) -> prometheus::Result<Histogram> {
    let options = HistogramOpts::new(format!("poller_{name}"), help).buckets(buckets.to_vec());
    registered(registry, Histogram::with_opts(options)?)
}
