//! Makes feeds of the catalogue ready for the table: checks them, and joins them with what is stored of them.

use std::{sync::Arc, time::Duration};

use chrono::TimeDelta;
use event_log::Stamp;
use feed_core::due::{demand_at_rest, presumably_due};
use news_model::{Feed, FeedFault, FeedId, Schedule, partition_of, wire};
use prost::Message;
use service_kit::clock;

use crate::{
    config::Poll,
    digest::Mark,
    metrics::PollerMetrics,
    table::{Prepared, Stored, StoredState, Table, Target, Times},
};

/// What decides whether and when a feed is polled first.
#[derive(Clone, Debug)]
pub(crate) struct Intake {
    pub(crate) table: Arc<Table>,
    pub(crate) metrics: PollerMetrics,
    /// Partitions of `feeds` and `feed-state`.
    pub(crate) partitions: u16,
    pub(crate) poll: Poll,
}

impl Intake {
    /// The feed that stands in the catalogue under `key` as `value`, with its state; `None`, told and counted, where it cannot be polled.
    pub(crate) fn prepare(&self, stamp: Stamp, key: &str, value: &[u8], mut state: StoredState) -> Option<Prepared> {
        let Ok(id) = key.parse::<FeedId>() else {
            tracing::error!(feed = key, "a feed of the catalogue cannot be polled: its key is no feed id");
            self.metrics.catalogue_fault();
            return None;
        };
        if !state.is_usable() {
            self.table.refuse(stamp, &id);
        }
        if self.table.is_refused(stamp, &id) {
            tracing::error!(
                feed = key,
                "not polled: its stored state cannot be used, and overwriting it could publish everything again"
            );
            self.metrics.catalogue_fault();
            return None;
        }
        match self.checked(stamp, key, value) {
            Ok(feed) => {
                let target = Target::from(&feed);
                let now = clock::now();
                if let (Stored::Value(schedule), Some(until)) = (&mut state.schedule, state.followed_until) {
                    schedule.next_due = presumably_due(schedule, until, Mark::STALE_AFTER);
                }
                let times = Times { now, first_due: now + spread(&target.id, self.poll.ramp) };
                let policy = self.poll.policy_of(&target);
                let demand = match &state.schedule {
                    Stored::Value(schedule) => demand_at_rest(schedule, &policy, now),
                    Stored::Nothing | Stored::Unusable => demand_at_rest(&Schedule::default(), &policy, now),
                };
                Some(Prepared::new(stamp, target, state, times).asking(demand))
            }
            Err(problem) => {
                tracing::error!(feed = key, problem, "a feed of the catalogue cannot be polled");
                self.metrics.catalogue_fault();
                None
            }
        }
    }

    fn checked(&self, stamp: Stamp, key: &str, value: &[u8]) -> Result<Feed, String> {
        let decoded = wire::Feed::decode(value).map_err(|error| error.to_string())?;
        let feed = Feed::try_from(decoded).map_err(|error: FeedFault| error.to_string())?;
        if feed.id.as_str() != key {
            return Err(format!("its id {} is not its key", feed.id));
        }
        let place = partition_of(feed.shard_key.as_str().as_bytes(), self.partitions);
        if place != stamp.partition {
            return Err(format!(
                "it lies in partition {} and belongs in {place}; remove it and add it again (`courant feeds remove {key}`, \
                 `courant feeds add {}`)",
                stamp.partition, feed.url
            ));
        }
        Ok(feed)
    }

    /// Spreads what is due at once over long enough that publishers, and the memory for connections, are spared a rush: at no more than twice the
    /// pace of these feeds, or that of a large poller.
    pub(crate) fn slow_down<'a>(&self, feeds: impl Iterator<Item = &'a mut Prepared>) {
        const POLLS_A_SECOND: f64 = 250.0;
        let now = clock::now();
        let rush_ends = now + TimeDelta::from_std(self.poll.ramp).unwrap_or_default();
        let mut rush: Vec<_> = feeds.filter(|feed| feed.due() <= rush_ends).collect();
        let count = f64::from(u32::try_from(rush.len()).unwrap_or(u32::MAX));
        let intervals = rush.iter().map(|feed| feed.interval().unwrap_or(self.poll.first_interval));
        let pace: f64 = intervals.map(|interval| interval.as_secs_f64().recip()).sum();
        let span = Duration::try_from_secs_f64(count / POLLS_A_SECOND.max(2.0 * pace)).unwrap_or_default();
        if span > self.poll.ramp {
            for feed in &mut rush {
                let not_before = now + spread(feed.id(), span);
                feed.put_off(not_before);
            }
        }
    }
}

/// The part of `span` after which a feed comes, by a hash of it, the same at every start.
fn spread(id: &FeedId, span: Duration) -> TimeDelta {
    let slot = partition_of(id.as_str().as_bytes(), 10_000);
    TimeDelta::from_std(span.mul_f64(f64::from(slot) / 10_000.0)).unwrap_or_default()
}
