//! What of a feed's state is worth a record.

use chrono::TimeDelta;
use event_log::OutRecord;
use news_model::{Schedule, Seen};

use crate::{encode::PollHeader, table::Job};

/// The state that the poll is worth: seen items and schedule together where items changed, the schedule where it moved.
pub(super) fn state_records(
    header: &PollHeader<'_>,
    job: &Job,
    next: &Schedule,
    seen: Option<&Seen>,
) -> Vec<OutRecord> {
    let mut records = Vec::new();
    if let Some(seen) = seen {
        records.push(header.seen(seen));
    }
    if seen.is_some() || is_worth_storing(&job.stored, next) {
        records.push(header.schedule(next));
    }
    records
}

/// Whether a restart from `stored` would do noticeably other than go on from `next`: ask with other validators, count failures anew, or poll
/// at another rhythm. The time of the next poll alone is worth a record once in an hour; until then a restart polls a little early.
pub(super) fn is_worth_storing(stored: &Schedule, next: &Schedule) -> bool {
    const STALE: TimeDelta = TimeDelta::hours(1);
    let same = stored.configured_url == next.configured_url
        && stored.etag == next.etag
        && stored.last_modified == next.last_modified
        && stored.body_hash == next.body_hash
        && stored.retirement == next.retirement
        && stored.adopted_url == next.adopted_url
        && stored.moving == next.moving
        && stored.doubt == next.doubt
        && stored.failures == next.failures
        && next.failures == 0;
    let moved = stored.interval.abs_diff(next.interval) > stored.interval / 4;
    let stale = match (stored.last_polled, next.last_polled) {
        (Some(stored), Some(next)) => next - stored >= STALE,
        _ => true,
    };
    !same || moved || stale
}
