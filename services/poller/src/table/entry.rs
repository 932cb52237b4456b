//! One feed: how it is held, polled, and settled.

use std::sync::Arc;

use chrono::{DateTime, Utc};
use event_log::Stamp;
use feed_core::{budget::Demand, politeness::Place};
use news_model::{Feed, Schedule, Seen, wire::PollReason};
use url::Url;

#[derive(Debug)]
pub(super) struct Entry {
    pub(super) feed: Arc<Feed>,
    pub(super) stamp: Stamp,
    pub(super) place: Place,
    pub(super) schedule: Schedule,
    /// The schedule as it stands in the topic; older than `schedule` where the difference was not worth a record.
    pub(super) stored: Schedule,
    pub(super) seen: Arc<Seen>,
    /// When the schedule looks at it: once it is due, and later where its site had to be waited for.
    pub(super) free_at: DateTime<Utc>,
    pub(super) polling: bool,
    /// What it asks of the budget of requests, once that is known.
    pub(super) demand: Option<Demand>,
}

/// A feed to be polled.
#[derive(Clone, Debug)]
pub(crate) struct Job {
    pub(crate) feed: Arc<Feed>,
    /// The configured address, or the one that was adopted.
    pub(crate) url: Url,
    pub(crate) stamp: Stamp,
    pub(crate) place: Place,
    pub(crate) schedule: Schedule,
    pub(crate) stored: Schedule,
    pub(crate) seen: Arc<Seen>,
    pub(crate) reason: PollReason,
    /// When it was due by its schedule.
    pub(crate) due_at: DateTime<Utc>,
    /// The earliest time from then on at which its site could be asked.
    pub(crate) free_at: DateTime<Utc>,
}

/// A feed's state after a poll.
#[derive(Debug)]
pub(crate) struct Settled {
    pub(crate) schedule: Schedule,
    pub(crate) stored: Option<Schedule>,
    pub(crate) seen: Arc<Seen>,
}

/// What was learnt from another address says nothing about this one, and a person's wish for a poll comes before the schedule.
pub(super) fn follow_configuration(schedule: &mut Schedule, feed: &Feed, now: DateTime<Utc>) {
    let learnt_elsewhere = !schedule.configured_url.is_empty() && schedule.configured_url != feed.url.as_str();
    if learnt_elsewhere {
        *schedule = Schedule { next_due: now, last_success: schedule.last_success, ..Schedule::default() };
    }
    feed.url.as_str().clone_into(&mut schedule.configured_url);
    if let Some(requested) = unmet_request(schedule, feed) {
        // One from a clock that is ahead of ours waits for its time: no poll before it could meet it. What the server asked for comes first.
        let allowed = requested.max(now).max(schedule.not_before.unwrap_or(now));
        schedule.next_due = schedule.next_due.min(allowed);
    }
}

/// The address that is asked: the adopted one, or else the configured one.
pub(super) fn asked_url(schedule: &Schedule, feed: &Feed) -> Url {
    let adopted = schedule.adopted_url.as_deref().and_then(|url| Url::parse(url).ok());
    adopted.unwrap_or_else(|| feed.url.clone())
}

/// When a person asked for a poll that has not been since.
fn unmet_request(schedule: &Schedule, feed: &Feed) -> Option<DateTime<Utc>> {
    let requested = feed.poll_requested_at?;
    schedule.last_polled.is_none_or(|polled| polled < requested).then_some(requested)
}

pub(super) fn job(entry: &Entry, now: DateTime<Utc>) -> Job {
    let reason = match entry.schedule.last_polled {
        None => PollReason::First,
        Some(_) if unmet_request(&entry.schedule, &entry.feed).is_some_and(|asked| asked <= now) => {
            PollReason::Requested
        }
        Some(_) => PollReason::Scheduled,
    };
    Job {
        feed: entry.feed.clone(),
        url: asked_url(&entry.schedule, &entry.feed),
        stamp: entry.stamp,
        place: entry.place.clone(),
        schedule: entry.schedule.clone(),
        stored: entry.stored.clone(),
        seen: entry.seen.clone(),
        reason,
        due_at: entry.schedule.next_due.min(now),
        free_at: entry.free_at.min(now),
    }
}
