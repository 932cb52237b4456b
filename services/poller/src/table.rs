//! The feeds of the owned partitions: their state, when they are due, and which of them are being polled.
//!
//! The catalogue fills it, the schedule takes due feeds out, the commit puts their next state back. A feed is locked from the moment it is
//! taken until its outcome is committed or its partition is lost, so no feed is polled twice at a time and no state runs ahead of its commit.

mod entry;
mod feeds;
mod ownership;
mod packed;
mod span;
mod stored;
mod target;

use std::{
    collections::{BTreeSet, VecDeque},
    sync::Arc,
};

use chrono::{DateTime, TimeDelta, Utc};
use event_log::Stamp;
use feed_core::{
    budget::Demand,
    politeness::{Admission, Heard, Ledger, Obstacle, Place},
};
use foldhash::{HashMap, HashMapExt};
use news_model::FeedId;
use parking_lot::Mutex;
use tokio::sync::Notify;

use self::{
    entry::{Entry, job},
    feeds::Feeds,
    ownership::Partition,
};
pub(crate) use self::{
    entry::{Job, Kept, Prepared, Settled},
    feeds::Slot,
    span::Span,
    stored::{Stored, StoredState, Times},
    target::Target,
};

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
    feeds: Feeds,
    /// Feeds by [`Entry::free_at`].
    due: BTreeSet<(DateTime<Utc>, Slot)>,
    /// Feeds that were due while their host or site had no place free, in order.
    parked: Parked,
    ledger: Ledger,
    partitions: HashMap<i32, Partition>,
    /// Feeds that were removed while they were polled: the outcome of that poll is still to come.
    ghosts: HashMap<FeedId, Stamp>,
}

/// Queues of feeds by the name of the host, and by that of the site, that they wait for.
#[derive(Debug, Default)]
struct Parked {
    hosts: HashMap<Box<str>, VecDeque<Slot>>,
    sites: HashMap<Box<str>, VecDeque<Slot>>,
}

/// What the schedule is to do.
#[derive(Debug)]
pub(crate) enum Next {
    /// Poll this feed.
    Poll(Arc<Job>),
    /// Nothing is due before this time.
    WaitUntil(DateTime<Utc>),
    /// There is nothing to wait for.
    Idle,
}

impl Table {
    pub(crate) fn new(ledger: Ledger) -> Self {
        let inner = Inner {
            feeds: Feeds::default(),
            due: BTreeSet::new(),
            parked: Parked::default(),
            ledger,
            partitions: HashMap::new(),
            ghosts: HashMap::new(),
        };
        Self { inner: Mutex::new(inner), changed: Notify::new(), left: Notify::new() }
    }

    /// Number of feeds, and of those being polled.
    pub(crate) fn counts(&self) -> (usize, usize) {
        let inner = self.inner.lock();
        (inner.feeds.len(), inner.feeds.values().filter(|entry| !entry.is_at_rest()).count())
    }

    /// Takes a feed in, or its new configuration.
    pub(crate) fn take_in(&self, Prepared { mut entry, now }: Prepared) {
        let mut inner = self.inner.lock();
        let (id, stamp) = (entry.feed.id.clone(), entry.stamp);
        let replaced = inner.take_out(&id);
        if let Some(known) = replaced.filter(|known| known.stamp == stamp) {
            *entry = known.configured(entry.feed, now);
        } else if inner.ghosts.get(&id) == Some(&stamp) {
            // Removed and added again while it was polled: that poll's outcome is what the state will be.
            entry.await_outcome();
        }
        let turn = entry.is_at_rest().then_some(entry.free_at);
        let slot = inner.feeds.insert(entry);
        inner.due.extend(turn.map(|turn| (turn, slot)));
        drop(inner);
        self.changed.notify_one();
    }

    /// Takes a feed out. Whether it was there.
    pub(crate) fn remove(&self, id: &FeedId) -> bool {
        let mut inner = self.inner.lock();
        let Some(entry) = inner.take_out(id) else {
            return false;
        };
        if !entry.is_at_rest() {
            inner.ghosts.insert(id.clone(), entry.stamp);
        }
        // It may have been the one that was woken.
        inner.wake_one_each(&entry.place, DateTime::<Utc>::MIN_UTC);
        drop(inner);
        self.changed.notify_one();
        true
    }

    /// The next feed whose time has come and whose site has a place free.
    pub(crate) fn next(&self, now: DateTime<Utc>) -> Next {
        let mut inner = self.inner.lock();
        loop {
            let Some((due, slot)) = inner.due.first().copied() else {
                return Next::Idle;
            };
            if due > now {
                return Next::WaitUntil(due);
            }
            inner.due.pop_first();
            let Inner { feeds, due: queue, parked, ledger, .. } = &mut *inner;
            let Some(entry) = feeds.at(slot) else { continue };
            let Some(rest) = entry.rest.take() else { continue };
            let obstacle = match ledger.admit(&entry.place, now) {
                Admission::Go => return Next::Poll(Arc::new(job(entry, *rest, slot, now))),
                Admission::Wait(until, obstacle) => {
                    // The schedule's own time stays as it is: the poll is late by it, not by the poller's doing.
                    entry.free_at = until.max(now + TimeDelta::milliseconds(1));
                    queue.insert((entry.free_at, slot));
                    obstacle
                }
                Admission::Busy(obstacle) => {
                    parked.push(&entry.place, obstacle, slot);
                    obstacle
                }
            };
            entry.rest = Some(rest);
            // Its host keeps it back, so a place at the site that it was woken for is left to one of another host.
            if obstacle == Obstacle::Host {
                let site = entry.place.site.clone();
                inner.wake_one(Obstacle::Site, &site, DateTime::<Utc>::MIN_UTC);
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
        let woken = inner.wake_one_each(place, now);
        drop(inner);
        if woken {
            self.changed.notify_one();
        }
        self.left.notify_waiters();
    }

    /// Unlocks a feed whose outcome is committed. Its id, if it is configured no more and its state an orphan.
    pub(crate) fn settle(&self, stamp: Stamp, mut next: Kept, now: DateTime<Utc>) -> Option<FeedId> {
        let mut inner = self.inner.lock();
        let Inner { feeds, due, partitions, ghosts, .. } = &mut *inner;
        if !ghosts.is_empty() && ghosts.get(&next.feed().id) == Some(&stamp) {
            ghosts.remove(&next.feed().id);
            // With the feed its state was removed.
            next.forget_stored();
        }
        let found = feeds.find(next.feed(), next.slot()).filter(|(_, entry)| entry.stamp == stamp);
        let Some((slot, entry)) = found else {
            let is_ours = partitions.get(&stamp.partition).is_some_and(|known| known.stamp == stamp);
            return is_ours.then(|| next.feed().id.clone());
        };
        entry.settle(next, now);
        let turn = (entry.free_at, slot);
        let is_next = due.first().is_none_or(|first| turn < *first);
        due.insert(turn);
        drop(inner);
        if is_next {
            self.changed.notify_one();
        }
        None
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
    /// Takes a feed out of the table and of the queue that it stands in, since another may have its slot next.
    fn take_out(&mut self, id: &FeedId) -> Option<Box<Entry>> {
        let (slot, entry) = self.feeds.remove(id)?;
        self.due.remove(&(entry.free_at, slot));
        for obstacle in [Obstacle::Host, Obstacle::Site] {
            if let Some(waiting) = self.parked.of(obstacle).get_mut(name_of(&entry.place, obstacle)) {
                waiting.retain(|parked| *parked != slot);
            }
        }
        Some(entry)
    }

    /// Lets one feed that waits for the host of `place`, and one that waits for its site, try. Whether there was one.
    fn wake_one_each(&mut self, place: &Place, freed_at: DateTime<Utc>) -> bool {
        let by_host = self.wake_one(Obstacle::Host, &place.host, freed_at);
        self.wake_one(Obstacle::Site, &place.site, freed_at) || by_host
    }

    /// Lets the next feed that waits for a place at the host or site `name`, free since `freed_at`, try. Whether there was one.
    fn wake_one(&mut self, obstacle: Obstacle, name: &str, freed_at: DateTime<Utc>) -> bool {
        let queues = self.parked.of(obstacle);
        let Some(waiting) = queues.get_mut(name) else { return false };
        let mut woken = false;
        while let Some(slot) = waiting.pop_front() {
            // A slot stands in one queue at most, and in none once its feed is taken or gone; were it otherwise, the turn would be the next one's.
            if let Some(entry) = self.feeds.at(slot).filter(|entry| entry.is_at_rest()) {
                entry.free_at = entry.free_at.max(freed_at);
                self.due.insert((entry.free_at, slot));
                woken = true;
                break;
            }
        }
        if waiting.is_empty() {
            queues.remove(name);
        }
        woken
    }
}

impl Parked {
    fn of(&mut self, obstacle: Obstacle) -> &mut HashMap<Box<str>, VecDeque<Slot>> {
        match obstacle {
            Obstacle::Host => &mut self.hosts,
            Obstacle::Site => &mut self.sites,
        }
    }

    fn push(&mut self, place: &Place, obstacle: Obstacle, slot: Slot) {
        self.of(obstacle).entry(name_of(place, obstacle).into()).or_default().push_back(slot);
    }
}

fn name_of(place: &Place, obstacle: Obstacle) -> &str {
    match obstacle {
        Obstacle::Host => &place.host,
        Obstacle::Site => &place.site,
    }
}

#[cfg(test)]
mod tests;
