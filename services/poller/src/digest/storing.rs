//! What of a feed's state is worth a record.

use std::{
    hash::{BuildHasher, Hash, Hasher},
    time::Duration,
};

use chrono::{DateTime, TimeDelta, Utc};
use event_log::OutRecord;
use foldhash::quality::FixedState;
use news_model::{Schedule, Seen};

use crate::{
    encode::PollHeader,
    table::{Job, Span},
};

/// What of a stored schedule decides whether the next is worth a record; kept for each feed, and so in few bytes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Mark {
    /// Hash of what shapes the next request. Another has the same with odds of 1 in 2^64, and is then stored an hour late.
    asks: u64,
    interval: Span,
    last_polled: Option<DateTime<Utc>>,
}

impl Mark {
    /// A schedule that was stored so long ago is stored again with the next poll, whatever that brings.
    pub(crate) const STALE_AFTER: TimeDelta = TimeDelta::hours(1);

    /// That of `stored`.
    pub(crate) fn of(stored: &Schedule) -> Self {
        Self { asks: asks(stored), interval: stored.interval.into(), last_polled: stored.last_polled }
    }

    /// That of a feed of which nothing is stored.
    pub(crate) fn of_nothing() -> Self {
        Self::of(&Schedule::default())
    }

    /// Whether no poll of the feed is stored.
    pub(super) fn is_of_nothing(&self) -> bool {
        self.last_polled.is_none()
    }

    /// Whether a restart from what was stored would do noticeably other than go on from `next`: ask with other validators, count failures anew,
    /// or poll at another rhythm. The time of the next poll alone is worth a record once in an hour; until then a restart reckons it out.
    pub(super) fn is_outdated_by(&self, next: &Schedule) -> bool {
        let interval = Duration::from(self.interval);
        let moved = interval.abs_diff(next.interval) > interval / 4;
        let stale = match (self.last_polled, next.last_polled) {
            (Some(stored), Some(next)) => next - stored >= Self::STALE_AFTER,
            _ => true,
        };
        moved || stale || next.failures > 0 || self.asks != asks(next)
    }
}

fn asks(schedule: &Schedule) -> u64 {
    let mut hasher = FixedState::default().build_hasher();
    (&schedule.configured_url, &schedule.etag, &schedule.last_modified).hash(&mut hasher);
    schedule.body_hash.map(|hash| *hash.as_bytes()).hash(&mut hasher);
    (&schedule.adopted_url, schedule.failures, schedule.doubt.level()).hash(&mut hasher);
    schedule.retirement.map(|retirement| std::mem::discriminant(&retirement)).hash(&mut hasher);
    schedule.moving.as_ref().map(|moving| (&moving.to, moving.sightings, moving.since)).hash(&mut hasher);
    hasher.finish()
}

/// The state that the poll is worth: seen items and schedule together where items changed or are stored nowhere, the schedule where it moved.
pub(super) fn state_records(
    header: &PollHeader<'_>,
    job: &Job,
    next: &Schedule,
    (seen, seen_changed): (&Seen, bool),
) -> Vec<OutRecord> {
    let mut records = Vec::new();
    let seen = Some(seen).filter(|seen| seen_changed || job.stored.is_of_nothing() && **seen != Seen::default());
    if let Some(seen) = seen {
        records.push(header.seen(seen));
    }
    if seen.is_some() || job.stored.is_outdated_by(next) {
        records.push(header.schedule(next));
    }
    records
}
