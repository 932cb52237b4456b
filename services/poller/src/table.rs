//! The feeds of the owned partitions: their state, when they are due, and which of them are being polled.
//!
//! The catalogue fills it, the schedule takes due feeds out, the commit puts their next state back. A feed is locked from the moment it is
//! taken until its outcome is committed or its partition is lost, so no feed is polled twice at a time and no state runs ahead of its commit.

use std::{
    collections::{BTreeSet, HashMap, HashSet, VecDeque},
    sync::Arc,
};

use bytes::Bytes;
use chrono::{DateTime, TimeDelta, Utc};
use event_log::Stamp;
use feed_core::{
    budget::Demand,
    politeness::{Admission, Heard, Ledger, Obstacle, Place},
};
use news_model::{Feed, FeedId, Schedule, Seen, wire::PollReason};
use parking_lot::Mutex;
use tokio::sync::Notify;
use url::Url;

/// Feeds of the owned partitions.
#[derive(Debug)]
pub(crate) struct Table {
    inner: Mutex<Inner>,
    /// Told whenever a feed may have become due sooner than the schedule thinks.
    pub(crate) changed: Notify,
    /// Told whenever a request has ended, to those that wait for a turn.
    pub(crate) left: Notify,
}

#[derive(Debug)]
struct Inner {
    feeds: HashMap<FeedId, Entry>,
    /// Feeds by [`Entry::free_at`].
    due: BTreeSet<(DateTime<Utc>, FeedId)>,
    /// Feeds that were due while their host or site had no place free, in order.
    parked: HashMap<Account, VecDeque<FeedId>>,
    ledger: Ledger,
    partitions: HashMap<i32, Partition>,
    /// Feeds that were removed while they were polled: the outcome of that poll is still to come.
    ghosts: HashMap<FeedId, Stamp>,
}

/// The account of a host, or that of a site, which may have the same name.
type Account = (Obstacle, Box<str>);

#[derive(Debug)]
struct Partition {
    stamp: Stamp,
    /// Offset of the next record of the catalogue.
    next_offset: i64,
    /// Changes that came before the restore was through, by feed id; `None` once it is.
    early: Option<HashMap<String, (i64, Option<Bytes>)>>,
    /// Feeds whose stored state cannot be used: neither polled nor their state overwritten for as long as the partition is ours.
    refused: HashSet<FeedId>,
}

#[derive(Debug)]
struct Entry {
    feed: Arc<Feed>,
    stamp: Stamp,
    place: Place,
    schedule: Schedule,
    /// The schedule as it stands in the topic; older than `schedule` where the difference was not worth a record.
    stored: Schedule,
    seen: Arc<Seen>,
    /// When the schedule looks at it: once it is due, and later where its site had to be waited for.
    free_at: DateTime<Utc>,
    polling: bool,
    /// What it asks of the budget of requests, once that is known.
    demand: Option<Demand>,
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

/// What the schedule is to do.
#[derive(Debug)]
pub(crate) enum Next {
    /// Poll this feed.
    Poll(Box<Job>),
    /// Nothing is due before this time.
    WaitUntil(DateTime<Utc>),
    /// There is nothing to wait for.
    Idle,
}

/// What a restore found of one feed.
#[derive(Clone, Debug, Default)]
pub(crate) struct StoredState {
    pub(crate) schedule: Stored<Schedule>,
    pub(crate) seen: Stored<Seen>,
}

/// One stored record.
#[derive(Clone, Debug, Default)]
pub(crate) enum Stored<T> {
    /// None, or a tombstone.
    #[default]
    Nothing,
    /// A value that can be used.
    Value(T),
    /// One that cannot: a newer process wrote it, or it is damaged. The feed is neither polled nor its state overwritten.
    Unusable,
}

impl StoredState {
    pub(crate) fn is_usable(&self) -> bool {
        !matches!(self.schedule, Stored::Unusable) && !matches!(self.seen, Stored::Unusable)
    }

    pub(crate) fn is_empty(&self) -> bool {
        matches!(self.schedule, Stored::Nothing) && matches!(self.seen, Stored::Nothing)
    }
}

impl<T> Stored<T> {
    fn value(self) -> Option<T> {
        match self {
            Self::Value(value) => Some(value),
            Self::Nothing | Self::Unusable => None,
        }
    }
}

/// Times that a feed is taken in with.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Times {
    pub(crate) now: DateTime<Utc>,
    /// When it is due if nothing was stored of it.
    pub(crate) first_due: DateTime<Utc>,
}

/// A change of the catalogue that came before the restore of its partition was through.
pub(crate) struct EarlyChange {
    pub(crate) key: String,
    pub(crate) value: Option<Bytes>,
}

impl Table {
    pub(crate) fn new(ledger: Ledger) -> Self {
        let inner = Inner {
            feeds: HashMap::new(),
            due: BTreeSet::new(),
            parked: HashMap::new(),
            ledger,
            partitions: HashMap::new(),
            ghosts: HashMap::new(),
        };
        Self { inner: Mutex::new(inner), changed: Notify::new(), left: Notify::new() }
    }

    /// Notes that these partitions are ours; their feeds follow by [`Table::install`].
    pub(crate) fn assign(&self, stamps: &[Stamp]) {
        let mut inner = self.inner.lock();
        for stamp in stamps {
            let partition =
                Partition { stamp: *stamp, next_offset: 0, early: Some(HashMap::new()), refused: HashSet::new() };
            inner.partitions.insert(stamp.partition, partition);
        }
    }

    /// Forgets everything about these partitions.
    pub(crate) fn revoke(&self, partitions: &[i32]) {
        let mut inner = self.inner.lock();
        for partition in partitions {
            inner.partitions.remove(partition);
        }
        let Inner { feeds, due, parked, ghosts, .. } = &mut *inner;
        feeds.retain(|_, entry| !partitions.contains(&entry.stamp.partition));
        due.retain(|(_, id)| feeds.contains_key(id));
        ghosts.retain(|_, stamp| !partitions.contains(&stamp.partition));
        parked.retain(|_, waiting| {
            waiting.retain(|id| feeds.contains_key(id));
            !waiting.is_empty()
        });
        // The one that was to be woken may be among those that are gone; since when the place is free is not known any more.
        let accounts: Vec<_> = inner.parked.keys().cloned().collect();
        for account in accounts {
            inner.wake_one(&account, DateTime::<Utc>::MIN_UTC);
        }
        drop(inner);
        self.changed.notify_one();
    }

    /// Whether this stretch of ownership goes on.
    pub(crate) fn owns(&self, stamp: Stamp) -> bool {
        self.inner.lock().partitions.get(&stamp.partition).is_some_and(|known| known.stamp == stamp)
    }

    /// Number of feeds, and of those being polled.
    pub(crate) fn counts(&self) -> (usize, usize) {
        let inner = self.inner.lock();
        (inner.feeds.len(), inner.feeds.values().filter(|entry| entry.polling).count())
    }

    /// Ends the restore of `stamp`'s partition, whose catalogue was read up to `next_offset`. Gives back the changes that came meanwhile,
    /// to be applied, or nothing when the partition is no longer ours.
    pub(crate) fn restored(&self, stamp: Stamp, next_offset: i64) -> Option<Vec<EarlyChange>> {
        let mut inner = self.inner.lock();
        let partition = inner.partitions.get_mut(&stamp.partition).filter(|known| known.stamp == stamp)?;
        partition.next_offset = partition.next_offset.max(next_offset);
        let early = partition.early.take().unwrap_or_default();
        let fresh = early.into_iter().filter(|(_, (offset, _))| *offset >= next_offset);
        Some(fresh.map(|(key, (_, value))| EarlyChange { key, value }).collect())
    }

    /// Notes a record of the catalogue. Whether it is to be applied now: not while the partition is being restored, nor when the restore has
    /// seen it.
    pub(crate) fn note_change(&self, stamp: Stamp, offset: i64, key: &str, value: Option<&Bytes>) -> bool {
        let mut inner = self.inner.lock();
        let known = inner.partitions.get_mut(&stamp.partition).filter(|known| known.stamp == stamp);
        let Some(partition) = known else { return false };
        if let Some(early) = &mut partition.early {
            early.insert(key.to_owned(), (offset, value.cloned()));
            return false;
        }
        let fresh = offset >= partition.next_offset;
        partition.next_offset = partition.next_offset.max(offset.saturating_add(1));
        fresh
    }

    /// The offset to be committed for a partition, which a restart reads from the beginning all the same.
    pub(crate) fn next_offset(&self, partition: i32) -> i64 {
        self.inner.lock().partitions.get(&partition).map_or(0, |known| known.next_offset)
    }

    /// Takes a feed in, or its new configuration. `state` is what was stored of it.
    pub(crate) fn install(&self, stamp: Stamp, feed: Feed, state: StoredState, times: Times) {
        let mut inner = self.inner.lock();
        let id = feed.id.clone();
        let known = inner.feeds.remove(&id).filter(|entry| entry.stamp == stamp);
        let mut entry = known.unwrap_or_else(|| {
            let stored = state.schedule.value().unwrap_or_default();
            // What fell due while nobody was there is spread like what is new, or every takeover would be a rush on publishers.
            let schedule = Schedule { next_due: stored.next_due.max(times.first_due), ..stored.clone() };
            Entry {
                feed: Arc::new(feed.clone()),
                stamp,
                place: Place::of_url(&feed.url),
                schedule,
                stored,
                seen: Arc::new(state.seen.value().unwrap_or_default()),
                free_at: DateTime::<Utc>::MAX_UTC,
                // Removed and added again while it was polled: that poll's outcome is what the state will be.
                polling: inner.ghosts.get(&id) == Some(&stamp),
                demand: None,
            }
        });
        inner.due.remove(&(entry.free_at, id.clone()));
        // It queues up anew; left in both queues it would take the turn of another.
        inner.unpark(&entry.place, &id);
        follow_configuration(&mut entry.schedule, &feed, times.now);
        entry.place = Place::of_url(&asked_url(&entry.schedule, &feed));
        entry.feed = Arc::new(feed);
        entry.free_at = entry.schedule.next_due;
        if !entry.polling {
            inner.due.insert((entry.free_at, id.clone()));
        }
        inner.feeds.insert(id, entry);
        drop(inner);
        self.changed.notify_one();
    }

    /// Takes a feed out. Whether it was there.
    pub(crate) fn remove(&self, id: &FeedId) -> bool {
        let mut inner = self.inner.lock();
        let Some(entry) = inner.feeds.remove(id) else {
            return false;
        };
        inner.due.remove(&(entry.free_at, id.clone()));
        if entry.polling {
            inner.ghosts.insert(id.clone(), entry.stamp);
        }
        inner.unpark(&entry.place, id);
        // It may have been the one that was woken.
        for account in accounts_of(&entry.place) {
            inner.wake_one(&account, DateTime::<Utc>::MIN_UTC);
        }
        drop(inner);
        self.changed.notify_one();
        true
    }

    /// Leaves this feed alone for as long as its partition is ours: its stored state cannot be used.
    pub(crate) fn refuse(&self, stamp: Stamp, id: &FeedId) {
        let mut inner = self.inner.lock();
        if let Some(partition) = inner.partitions.get_mut(&stamp.partition).filter(|known| known.stamp == stamp) {
            partition.refused.insert(id.clone());
        }
    }

    /// Whether this feed is left alone.
    pub(crate) fn is_refused(&self, stamp: Stamp, id: &FeedId) -> bool {
        self.inner.lock().partitions.get(&stamp.partition).is_some_and(|known| known.refused.contains(id))
    }

    /// The next feed whose time has come and whose site has a place free.
    pub(crate) fn next(&self, now: DateTime<Utc>) -> Next {
        let mut inner = self.inner.lock();
        loop {
            let Some((due, id)) = inner.due.first().cloned() else {
                return Next::Idle;
            };
            if due > now {
                return Next::WaitUntil(due);
            }
            inner.due.pop_first();
            let Inner { feeds, due: queue, parked, ledger, .. } = &mut *inner;
            let Some(entry) = feeds.get_mut(&id).filter(|entry| !entry.polling) else {
                continue;
            };
            let obstacle = match ledger.admit(&entry.place, now) {
                Admission::Go => {
                    entry.polling = true;
                    return Next::Poll(Box::new(job(entry, now)));
                }
                Admission::Wait(until, obstacle) => {
                    // The schedule's own time stays as it is: the poll is late by it, not by the poller's doing.
                    entry.free_at = until.max(now + TimeDelta::milliseconds(1));
                    queue.insert((entry.free_at, id));
                    obstacle
                }
                Admission::Busy(obstacle) => {
                    parked.entry(account_of(&entry.place, obstacle)).or_default().push_back(id);
                    obstacle
                }
            };
            // Its host keeps it back, so a place at the site that it was woken for is left to one of another host.
            if obstacle == Obstacle::Host {
                let site = account_of(&entry.place, Obstacle::Site);
                inner.wake_one(&site, DateTime::<Utc>::MIN_UTC);
            }
        }
    }

    /// Asks for a turn at `place` for a request that is no poll of its own.
    pub(crate) fn admit(&self, place: &Place, now: DateTime<Utc>) -> Admission {
        self.inner.lock().ledger.admit(place, now)
    }

    /// Frees the place that a request held, and heeds what was heard.
    pub(crate) fn leave(&self, place: &Place, now: DateTime<Utc>, heard: Heard) {
        let mut inner = self.inner.lock();
        inner.ledger.finish(place, now, heard);
        for account in accounts_of(place) {
            inner.wake_one(&account, now);
        }
        drop(inner);
        self.changed.notify_one();
        self.left.notify_waiters();
    }

    /// Unlocks a feed whose outcome is committed. `stored` is the schedule that the commit wrote, if it wrote one.
    /// Whether the feed is still configured; if not, its state is an orphan.
    pub(crate) fn settle(&self, id: &FeedId, stamp: Stamp, next: Settled, now: DateTime<Utc>) -> bool {
        let mut inner = self.inner.lock();
        let Inner { feeds, due, partitions, ghosts, .. } = &mut *inner;
        if ghosts.get(id) == Some(&stamp) {
            ghosts.remove(id);
        }
        let Some(entry) = feeds.get_mut(id).filter(|entry| entry.stamp == stamp) else {
            return partitions.get(&stamp.partition).is_none_or(|known| known.stamp != stamp);
        };
        if let Some(stored) = next.stored {
            entry.stored = stored;
        }
        entry.schedule = next.schedule;
        entry.seen = next.seen;
        entry.polling = false;
        let feed = entry.feed.clone();
        follow_configuration(&mut entry.schedule, &feed, now);
        entry.place = Place::of_url(&asked_url(&entry.schedule, &feed));
        entry.free_at = entry.schedule.next_due;
        due.insert((entry.free_at, id.clone()));
        drop(inner);
        self.changed.notify_one();
        true
    }

    /// Notes what a feed asks of the budget.
    pub(crate) fn ask(&self, id: &FeedId, stamp: Stamp, demand: Demand) {
        if let Some(entry) = self.inner.lock().feeds.get_mut(id).filter(|entry| entry.stamp == stamp) {
            entry.demand = Some(demand);
        }
    }

    /// What all feeds ask of the budget.
    pub(crate) fn demands(&self) -> Vec<Demand> {
        self.inner.lock().feeds.values().filter_map(|entry| entry.demand).collect()
    }

    /// Forgets sites that nothing has been asked of for a while.
    pub(crate) fn prune(&self, now: DateTime<Utc>) {
        self.inner.lock().ledger.prune(now);
    }
}

impl Inner {
    /// Takes a feed out of the queues of its place.
    fn unpark(&mut self, place: &Place, id: &FeedId) {
        for account in accounts_of(place) {
            if let Some(waiting) = self.parked.get_mut(&account) {
                waiting.retain(|parked| parked != id);
            }
        }
    }

    /// Lets the next feed that waits for a place of `account`, free since `freed_at`, try.
    fn wake_one(&mut self, account: &Account, freed_at: DateTime<Utc>) {
        let Some(waiting) = self.parked.get_mut(account) else { return };
        while let Some(id) = waiting.pop_front() {
            // One whose partition was lost meanwhile leaves its turn to the next.
            if let Some(entry) = self.feeds.get_mut(&id).filter(|entry| !entry.polling) {
                entry.free_at = entry.free_at.max(freed_at);
                self.due.insert((entry.free_at, id));
                break;
            }
        }
        if waiting.is_empty() {
            self.parked.remove(account);
        }
    }
}

fn account_of(place: &Place, obstacle: Obstacle) -> Account {
    let name = match obstacle {
        Obstacle::Host => &place.host,
        Obstacle::Site => &place.site,
    };
    (obstacle, name.clone())
}

fn accounts_of(place: &Place) -> [Account; 2] {
    [Obstacle::Host, Obstacle::Site].map(|obstacle| account_of(place, obstacle))
}

/// A feed's state after a poll.
#[derive(Debug)]
pub(crate) struct Settled {
    pub(crate) schedule: Schedule,
    pub(crate) stored: Option<Schedule>,
    pub(crate) seen: Arc<Seen>,
}

/// What was learnt from another address says nothing about this one, and a person's wish for a poll comes before the schedule.
fn follow_configuration(schedule: &mut Schedule, feed: &Feed, now: DateTime<Utc>) {
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
fn asked_url(schedule: &Schedule, feed: &Feed) -> Url {
    let adopted = schedule.adopted_url.as_deref().and_then(|url| Url::parse(url).ok());
    adopted.unwrap_or_else(|| feed.url.clone())
}

/// When a person asked for a poll that has not been since.
fn unmet_request(schedule: &Schedule, feed: &Feed) -> Option<DateTime<Utc>> {
    let requested = feed.poll_requested_at?;
    schedule.last_polled.is_none_or(|polled| polled < requested).then_some(requested)
}

fn job(entry: &Entry, now: DateTime<Utc>) -> Job {
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

#[cfg(test)]
mod tests;
