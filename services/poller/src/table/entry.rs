//! One feed: how it is held, polled, and settled.

use std::{sync::Arc, time::Duration};

use chrono::{DateTime, Utc};
use event_log::Stamp;
use feed_core::{budget::Demand, politeness::Place};
use news_model::{FeedId, Schedule, Seen, wire::PollReason};
use url::Url;

use super::{
    feeds::Slot,
    packed::PackedSchedule,
    stored::{StoredState, Times},
    target::Target,
};
use crate::digest::Mark;

#[derive(Debug)]
pub(super) struct Entry {
    pub(super) feed: Arc<Target>,
    pub(super) stamp: Stamp,
    pub(super) place: Place,
    /// When the schedule looks at it: once it is due, and later where its site had to be waited for.
    pub(super) free_at: DateTime<Utc>,
    /// What it asks of the budget of requests, once that is known.
    pub(super) demand: Option<Demand>,
    /// What a poll starts from; `None` while one is under way, whose outcome is still to be committed.
    pub(super) rest: Option<Box<Rest>>,
}

/// What is kept of a feed between two polls. It goes with a poll and comes back with its outcome in one piece: most feeds of a large poller lie
/// in no cache, and each line of memory that is touched takes as long as a hundred steps of work.
#[derive(Debug)]
pub(super) struct Rest {
    schedule: PackedSchedule,
    /// The schedule as it stands in the topic; older than `schedule` where the difference was not worth a record.
    stored: Mark,
    seen: Seen,
}

/// A feed to be polled.
#[derive(Clone, Debug)]
pub(crate) struct Job {
    pub(crate) feed: Arc<Target>,
    /// Where the table has it.
    pub(crate) slot: Slot,
    /// The address that was adopted in place of the configured one.
    pub(crate) adopted: Option<Url>,
    pub(crate) stamp: Stamp,
    pub(crate) place: Place,
    pub(crate) schedule: Schedule,
    pub(crate) stored: Mark,
    pub(crate) seen: Seen,
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
    /// That of the record that was written of it, if one was.
    pub(crate) stored: Option<Mark>,
    pub(crate) seen: Seen,
    /// What it asks of the budget from here on.
    pub(crate) demand: Demand,
}

/// A feed's state after a poll, as the table keeps it. Made where the poll was read, since by the thousand such states wait for their commit.
#[derive(Debug)]
pub(crate) struct Kept {
    rest: Box<Rest>,
    next_due: DateTime<Utc>,
    /// The feed as it was configured when the schedule was learnt.
    feed: Arc<Target>,
    slot: Slot,
    /// Where the next request goes, if elsewhere than that of the poll.
    place: Option<Place>,
    demand: Demand,
}

/// A feed that the table can take in.
#[derive(Debug)]
pub(crate) struct Prepared {
    pub(super) entry: Box<Entry>,
    pub(super) now: DateTime<Utc>,
}

impl Entry {
    /// A feed of which `state` is stored.
    fn restored(feed: Target, stamp: Stamp, state: StoredState, times: Times) -> Self {
        let before = state.schedule.value().unwrap_or_default();
        let seen = state.seen.value().unwrap_or_default();
        let stored = Mark::of(&before);
        // What fell due while nobody was there is spread like what is new, or every takeover would be a rush on publishers.
        let schedule = Schedule { next_due: before.next_due.max(times.first_due), ..before };
        Self::new(Arc::new(feed), stamp, Known { schedule, stored, seen }, times.now)
    }

    fn new(feed: Arc<Target>, stamp: Stamp, known: Known, now: DateTime<Utc>) -> Self {
        let Known { mut schedule, stored, seen } = known;
        follow_configuration(&mut schedule, &feed, now);
        Self {
            stamp,
            place: next_place(&schedule, &feed),
            feed,
            free_at: schedule.next_due,
            demand: None,
            rest: Some(Box::new(Rest { schedule: PackedSchedule::pack(schedule), stored, seen })),
        }
    }

    /// Whether no poll is under way.
    pub(super) fn is_at_rest(&self) -> bool {
        self.rest.is_some()
    }

    /// The same feed under another configuration. The outcome of a poll that is under way is for the one before.
    pub(super) fn configured(self, feed: Arc<Target>, now: DateTime<Utc>) -> Self {
        match self.rest {
            Some(rest) => {
                let known = rest.unpack(&self.feed);
                Self { demand: self.demand, ..Self::new(feed, self.stamp, known, now) }
            }
            None => Self { feed, ..self },
        }
    }

    /// Has it wait for the outcome of a poll that began before it was taken in.
    pub(super) fn await_outcome(&mut self) {
        self.rest = None;
    }

    /// Moves on to the state after a poll.
    pub(super) fn settle(&mut self, next: Kept, now: DateTime<Utc>) {
        self.demand = Some(next.demand);
        if !Arc::ptr_eq(&self.feed, &next.feed) {
            let known = next.rest.unpack(&next.feed);
            *self = Self { demand: self.demand, ..Self::new(self.feed.clone(), self.stamp, known, now) };
            return;
        }
        self.rest = Some(next.rest);
        self.free_at = next.next_due;
        if let Some(place) = next.place {
            self.place = place;
        }
    }
}

impl Rest {
    /// What is known of the feed that was configured as `feed`.
    fn unpack(self, feed: &Target) -> Known {
        Known { schedule: self.schedule.unpack(feed), stored: self.stored, seen: self.seen }
    }
}

impl Prepared {
    /// The feed of the partition of `stamp` with what was stored of it.
    pub(crate) fn new(stamp: Stamp, feed: impl Into<Target>, state: StoredState, times: Times) -> Self {
        Self { entry: Box::new(Entry::restored(feed.into(), stamp, state, times)), now: times.now }
    }

    /// Its id.
    pub(crate) fn id(&self) -> &FeedId {
        &self.entry.feed.id
    }

    /// When it is polled first.
    pub(crate) fn due(&self) -> DateTime<Utc> {
        self.entry.free_at
    }

    /// Its interval, if it has one yet.
    pub(crate) fn interval(&self) -> Option<Duration> {
        let interval = self.entry.rest.as_ref()?.schedule.interval();
        (!interval.is_zero()).then_some(interval)
    }

    /// Has it polled no sooner than that.
    pub(crate) fn put_off(&mut self, until: DateTime<Utc>) {
        self.entry.free_at = self.entry.free_at.max(until);
    }

    /// The same with what it asks of the budget.
    pub(crate) fn asking(mut self, demand: Demand) -> Self {
        self.entry.demand = Some(demand);
        self
    }
}

impl Job {
    /// The address that is asked: the adopted one, or else the configured one.
    pub(crate) fn url(&self) -> &Url {
        self.adopted.as_ref().unwrap_or(&self.feed.url)
    }
}

impl Settled {
    /// As it is kept after a poll of `job` that ended at `now`.
    pub(crate) fn keep(self, job: &Job, now: DateTime<Utc>) -> Kept {
        let Self { mut schedule, stored, seen, demand } = self;
        follow_configuration(&mut schedule, &job.feed, now);
        let url = schedule.adopted_url.as_deref().unwrap_or(job.feed.url.as_str());
        let place = (url != job.url().as_str()).then(|| next_place(&schedule, &job.feed));
        Kept {
            next_due: schedule.next_due,
            rest: Box::new(Rest {
                schedule: PackedSchedule::pack(schedule),
                stored: stored.unwrap_or(job.stored),
                seen,
            }),
            feed: job.feed.clone(),
            slot: job.slot,
            place,
            demand,
        }
    }
}

impl Kept {
    /// The feed as it was polled.
    pub(super) fn feed(&self) -> &Arc<Target> {
        &self.feed
    }

    /// Has the next poll write the feed's state anew, whatever it brings.
    pub(super) fn forget_stored(&mut self) {
        self.rest.stored = Mark::of_nothing();
    }

    /// Where the table had it then.
    pub(super) fn slot(&self) -> Slot {
        self.slot
    }
}

/// What is known of a feed.
struct Known {
    schedule: Schedule,
    stored: Mark,
    seen: Seen,
}

/// What was learnt from another address says nothing about this one, and a person's wish for a poll comes before the schedule.
pub(super) fn follow_configuration(schedule: &mut Schedule, feed: &Target, now: DateTime<Utc>) {
    let learnt_elsewhere = !schedule.configured_url.is_empty() && schedule.configured_url != feed.url.as_str();
    if learnt_elsewhere {
        *schedule = Schedule { next_due: now, last_success: schedule.last_success, ..Schedule::default() };
    }
    if schedule.configured_url.is_empty() {
        feed.url.as_str().clone_into(&mut schedule.configured_url);
    }
    if let Some(requested) = unmet_request(schedule, feed) {
        // One from a clock that is ahead of ours waits for its time: no poll before it could meet it. What the server asked for comes first.
        let allowed = requested.max(now).max(schedule.not_before.unwrap_or(now));
        schedule.next_due = schedule.next_due.min(allowed);
    }
}

/// Where the next request goes by this schedule.
fn next_place(schedule: &Schedule, feed: &Target) -> Place {
    Place::of_url(adopted_url(schedule).as_ref().unwrap_or(&feed.url))
}

/// The address that is asked in place of the configured one, if there is such a one.
fn adopted_url(schedule: &Schedule) -> Option<Url> {
    schedule.adopted_url.as_deref().and_then(|url| Url::parse(url).ok())
}

/// When a person asked for a poll that has not been since.
fn unmet_request(schedule: &Schedule, feed: &Target) -> Option<DateTime<Utc>> {
    let requested = feed.poll_requested_at?;
    schedule.last_polled.is_none_or(|polled| polled < requested).then_some(requested)
}

/// The poll of the feed of `entry`, which starts from `rest`.
pub(super) fn job(entry: &Entry, rest: Rest, slot: Slot, now: DateTime<Utc>) -> Job {
    let feed = entry.feed.clone();
    let Known { schedule, stored, seen } = rest.unpack(&feed);
    let reason = match schedule.last_polled {
        None => PollReason::First,
        Some(_) if unmet_request(&schedule, &feed).is_some_and(|asked| asked <= now) => PollReason::Requested,
        Some(_) => PollReason::Scheduled,
    };
    Job {
        slot,
        adopted: adopted_url(&schedule),
        stamp: entry.stamp,
        place: entry.place.clone(),
        stored,
        seen,
        reason,
        due_at: schedule.next_due.min(now),
        free_at: entry.free_at.min(now),
        feed,
        schedule,
    }
}
