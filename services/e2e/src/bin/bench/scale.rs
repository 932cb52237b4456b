//! One poller with 100,000 feeds on 20,000 hosts, each due every 15 minutes, with 30 items known of each.
//!
//! The state is that of feeds that were polled before: every feed is read once by the bench itself, by the parser and the comparison
//! of the poller, and its schedule and seen items are written as the poller writes them, next polls spread over the interval. Then one
//! `courant poller`, default settings but for the interval, restores all of it and polls; every answer is a 304, or the whole
//! feed where the poller checks its 304s. Amid that a second poller joins, takes over half of the feeds, and leaves again, so that the first
//! restores their state once more.
//!
//! ```text
//! scale_memory    what Linux saw resident of the poller at most (VmHWM), restores and Kafka client included   against   300 MB
//! scale_lag_p99   how late a poll starts after it is due and its site has a place free                        against   1 s
//! scale_restore   from the assignment of all partitions to the first polls                                    against   reading both topics bare
//! ```
//!
//! The lag is read from the poller's own histogram: the upper bound of the bucket that holds the 99th percentile.

use std::{
    num::NonZeroU32,
    thread,
    time::{Duration, Instant},
};

use anyhow::{Context, Result, ensure};
use chrono::TimeDelta;
use e2e::{kafka::Kafka, process::Courant, wait, web::Web, world::World};
use newsroom::{Options, Pace, WireOptions};
use service_kit::clock;

use crate::{count, figure::Figure, known, memory};

const SETTINGS: [&str; 11] = [
    "topics.feed_partitions=48",
    "topics.item_partitions=24",
    "topics.log_partitions=6",
    "poller.poll.min_interval=15m",
    "poller.poll.mean_interval=15m",
    "poller.poll.max_interval=15m",
    "poller.poll.first_interval=15m",
    "poller.poll.per_site_spacing=1s",
    "poller.poll.ramp=10s",
    "poller.commit.interval=250ms",
    "kafka.session_timeout=30s",
];
const INTERVAL: TimeDelta = TimeDelta::minutes(15);
const KNOWN_ITEMS: u32 = 30;
const MEMORY_BUDGET_MEGABYTES: f64 = 300.0;
const LAG_BUDGET_SECONDS: f64 = 1.0;
const PATIENCE: Duration = Duration::from_mins(5);
const GRACE: Duration = Duration::from_secs(30);

#[derive(Clone, Copy)]
struct Size {
    feeds: u32,
    hosts: NonZeroU32,
    /// From when every feed was read to the first poll. The poller must run by then, or it would begin with a heap of overdue feeds.
    notice: TimeDelta,
    /// How long the poller is watched from the first poll on.
    watched: Duration,
    /// How long a second poller stays in the middle of that.
    shared: Duration,
}

const FULL: Size = Size {
    feeds: 100_000,
    hosts: NonZeroU32::new(20_000).unwrap(),
    notice: TimeDelta::minutes(2),
    watched: Duration::from_mins(5),
    shared: Duration::from_secs(30),
};
const SMALL: Size = Size {
    feeds: 1_000,
    hosts: NonZeroU32::new(200).unwrap(),
    notice: TimeDelta::seconds(20),
    watched: Duration::from_secs(20),
    shared: Duration::from_secs(5),
};

/// Measures one poller.
///
/// # Errors
/// When anything fails, or the poller polled nothing.
pub(crate) fn run(kafka: &Kafka, quick: bool) -> Result<Vec<Figure>> {
    let size = if quick { SMALL } else { FULL };
    let web = Web::serve(options(size))?;
    let world = World::without_topics("scale", kafka.brokers(), Some(&web))?;
    world.told(&set(&["topics", "apply"]), "")?;
    let begun = Instant::now();
    world.told(&set(&["feeds", "import", "-"]), &web.feed_list())?;
    eprintln!("scale: {} feeds were imported within {:.1?}", size.feeds, begun.elapsed());
    let known = known::read_feeds(&world, &web, INTERVAL)?;
    let first_due = clock::now() + size.notice;
    let state_bytes = known::write_states(&world, known, first_due, INTERVAL)?;
    eprintln!("scale: {state_bytes} bytes of state were written after {:.1?}", begun.elapsed());

    let reading = Instant::now();
    for base in ["feeds.v1", "feed-state.v1"] {
        count::committed(world.brokers(), &world.topic(base))?;
    }
    let bare = reading.elapsed();
    let mut poller = world.start("poller", &set(&[]))?;
    poller.wait_ready(PATIENCE)?;
    let idle =
        (first_due - clock::now()).to_std().context("the poller was ready only after the first feeds were due")?;
    let restored = value(&poller.get("/metrics")?.body, "poller_restore_seconds_sum")?;
    let last_look = Instant::now() + idle + size.watched;
    thread::sleep(idle + size.watched / 2);
    let handed_over = share(&world, &mut poller, size)?;
    thread::sleep(last_look.saturating_duration_since(Instant::now()));
    ensure!(poller.runs()?, "the poller ended by itself");
    let metrics = poller.get("/metrics")?.body;
    let memory = memory::peak_megabytes(poller.id())?;
    poller.terminate(GRACE)?;
    let polls = value(&metrics, "poller_schedule_lag_seconds_count")?;
    ensure!(polls > 0.0, "nothing was polled");
    eprintln!(
        "scale: {polls} polls, restored within {restored:.2} s, bare {bare:.1?}; {handed_over} feeds taken over by a second poller, back and \
         restored within {:.2} s",
        value(&metrics, "poller_restore_seconds_sum")? - restored
    );
    let one = |bench, unit, against, ours, peer| Figure { bench, unit, against, ours: vec![ours], peer: vec![peer] };
    Ok(vec![
        one("scale_memory", "MB at most", "the budget", memory, MEMORY_BUDGET_MEGABYTES),
        one("scale_lag_p99", "s at most", "the budget", percentile_99(&metrics)?, LAG_BUDGET_SECONDS),
        one("scale_restore", "s", "a bare reading of the same records", restored, bare.as_secs_f64()),
    ])
}

/// Lets a second poller take part of the feeds for a while, and waits until `poller` has all of them back; gives how many it took.
fn share(world: &World, poller: &mut Courant, size: Size) -> Result<f64> {
    let feeds = |poller: &Courant| value(&poller.get("/metrics")?.body, "poller_feeds{state=\"owned\"}");
    let second = world.start("poller", &set(&[]))?;
    wait::until_true("a second poller takes feeds over", PATIENCE, || {
        Ok(feeds(&second).is_ok_and(|taken| taken > 0.0))
    })?;
    thread::sleep(size.shared);
    let (kept, taken) = (feeds(poller)?, feeds(&second)?);
    ensure!(kept > 0.0 && taken > 0.0, "of two pollers one has {kept} feeds and the other {taken}");
    second.terminate(GRACE)?;
    wait::until_true("the first poller has all feeds again", PATIENCE, || {
        ensure!(poller.runs()?, "the poller ended by itself");
        Ok(feeds(poller)? >= f64::from(size.feeds))
    })?;
    Ok(taken)
}

fn options(size: Size) -> Options {
    let wire = WireOptions {
        feeds: size.feeds,
        hosts: Some(size.hosts),
        items_per_poll: 0,
        window: KNOWN_ITEMS,
        correct_every: 0,
        editions: None,
        pace: Pace::Confirmed,
        seed: 1,
    };
    Options { bundled: false, wire, ..Options::default() }
}

/// The value of a metric without labels.
fn value(metrics: &str, name: &str) -> Result<f64> {
    let line = metrics.lines().find_map(|line| line.strip_prefix(name)?.strip_prefix(' '));
    Ok(line.with_context(|| format!("no metric {name}"))?.parse()?)
}

/// Upper bound of the bucket of the lag's histogram that holds the 99th percentile, in seconds.
fn percentile_99(metrics: &str) -> Result<f64> {
    let polls = value(metrics, "poller_schedule_lag_seconds_count")?;
    let buckets = metrics.lines().filter_map(|line| {
        let (bound, count) = line.strip_prefix("poller_schedule_lag_seconds_bucket{le=\"")?.split_once("\"} ")?;
        Some((bound.parse::<f64>().ok()?, count.parse::<f64>().ok()?))
    });
    let held = buckets.into_iter().find(|(_, count)| *count >= 0.99 * polls);
    Ok(held.context("the lag's histogram ends before its 99th percentile")?.0)
}

/// `args` with the settings.
fn set<'a>(args: &[&'a str]) -> Vec<&'a str> {
    args.iter().copied().chain(SETTINGS.into_iter().flat_map(|setting| ["--set", setting])).collect()
}
