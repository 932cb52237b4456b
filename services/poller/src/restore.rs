//! What stands in catalogue and state topic of newly assigned partitions. It is kept encoded until all is read, and then made ready for the table feed
//! by feed, on the thread that read it, where each goes into memory that those before it gave back: a poller restores a hundred thousand feeds in
//! hardly more memory than it holds them in afterwards.

use std::{
    collections::{HashMap, HashSet},
    time::Duration,
};

use bytes::Bytes;
use chrono::{DateTime, Utc};
use event_log::{Cluster, GroupReader, InRecord, ReadError, Restore, Stamp, Topic, TopicNames};
use news_model::{FeedId, Schedule, Seen, StateFault, StateKey, wire};
use prost::Message;

use crate::{
    intake::Intake,
    table::{Prepared, Stored, StoredState},
};

/// Where to read.
pub(crate) struct Source<'a> {
    pub(crate) cluster: &'a Cluster,
    pub(crate) names: &'a TopicNames,
    pub(crate) group: &'a GroupReader,
}

/// What was read.
#[derive(Default)]
struct Contents {
    feeds: HashMap<i32, HashMap<FeedId, Found>>,
    /// Offset of the next record of the catalogue, by partition.
    next_offsets: HashMap<i32, i64>,
    /// Until when a poller is known to have been at work, by partition.
    last_commits: HashMap<i32, DateTime<Utc>>,
    /// Records that cannot be used.
    faults: usize,
}

/// What was read, ready for the table.
#[derive(Debug)]
pub(crate) struct Restored {
    pub(crate) partitions: Vec<RestoredPartition>,
    /// Feeds, and states, whether or not of the same ones.
    pub(crate) counts: (usize, usize),
    /// Records that cannot be used.
    pub(crate) faults: usize,
}

/// One partition of it.
#[derive(Debug)]
pub(crate) struct RestoredPartition {
    pub(crate) stamp: Stamp,
    /// Offset of the next record of the catalogue.
    pub(crate) next_offset: i64,
    pub(crate) feeds: Vec<Prepared>,
    /// Feeds that were removed while nobody was there to forget their states.
    pub(crate) orphans: Vec<FeedId>,
}

/// The last records of one feed.
#[derive(Default)]
struct Found {
    feed: Option<Box<[u8]>>,
    schedule: Stored<Box<[u8]>>,
    seen: Stored<Seen>,
}

/// Reads the partitions of `stamps`, the catalogue first: a feed added meanwhile is then found by the group's own reading. Blocks.
pub(crate) fn read(source: &Source<'_>, stamps: &[Stamp], intake: &Intake) -> Result<Restored, ReadError> {
    const PATIENCE: Duration = Duration::from_mins(2);
    let Source { cluster, names, group } = *source;
    let partitions: Vec<_> = stamps.iter().map(|stamp| stamp.partition).collect();
    let mut contents = Contents::default();
    let mut nameless = HashSet::new();
    let (feeds, states) = (names.of(Topic::Feeds), names.of(Topic::FeedState));
    let restore = |topic| Restore { cluster, group, topic, partitions: &partitions, patience: PATIENCE };
    contents.next_offsets = restore(feeds).run(|record| contents.note_feed(&record, &mut nameless))?.next_offsets;
    for (partition, key) in &nameless {
        tracing::error!(partition, feed = key, "a feed of the catalogue cannot be polled: its key is no feed id");
    }
    contents.faults += nameless.len();
    for stamp in stamps {
        intake.table.catalogue_read(*stamp, contents.next_offset(stamp.partition));
    }
    let read = restore(states).run(|record| contents.faults += usize::from(!contents.note_state(&record)))?;
    contents.last_commits = read.last_commits;
    Ok(contents.prepare(stamps, intake))
}

impl Contents {
    /// Makes the feeds of `stamps` ready.
    fn prepare(mut self, stamps: &[Stamp], intake: &Intake) -> Restored {
        let (counts, faults) = (self.counts(), self.faults);
        let mut orphans = self.take_orphans();
        let partition = |stamp: &Stamp| {
            let feeds = self.take_feeds(stamp.partition);
            let prepared = feeds.filter_map(|(id, feed, state)| intake.prepare(*stamp, id.as_str(), &feed, state));
            RestoredPartition {
                stamp: *stamp,
                feeds: prepared.collect(),
                next_offset: self.next_offset(stamp.partition),
                orphans: orphans.remove(&stamp.partition).unwrap_or_default(),
            }
        };
        let mut partitions: Vec<_> = stamps.iter().map(partition).collect();
        intake.slow_down(partitions.iter_mut().flat_map(|partition| &mut partition.feeds));
        Restored { partitions, counts, faults }
    }

    /// Offset of the next record of the catalogue in `partition`.
    fn next_offset(&self, partition: i32) -> i64 {
        self.next_offsets.get(&partition).copied().unwrap_or(0)
    }

    /// Feeds, and states, whether or not of the same ones.
    fn counts(&self) -> (usize, usize) {
        let all = || self.feeds.values().flat_map(HashMap::values);
        (all().filter(|found| found.feed.is_some()).count(), all().filter(|found| found.has_state()).count())
    }

    /// Takes out the states whose feeds were removed while nobody was there to forget them, by partition.
    fn take_orphans(&mut self) -> HashMap<i32, Vec<FeedId>> {
        let mut orphans = HashMap::<i32, Vec<FeedId>>::new();
        for (partition, feeds) in &self.feeds {
            // A feed that lies in another partition than its state can still be put right by hand.
            let configured =
                |id| self.feeds.values().any(|feeds| feeds.get(id).is_some_and(|found| found.feed.is_some()));
            let is_orphan = |found: &Found| found.feed.is_none() && found.is_usable() && found.has_state();
            let gone = feeds.iter().filter(|(id, found)| is_orphan(found) && !configured(id));
            orphans.insert(*partition, gone.map(|(id, _)| id.clone()).collect());
        }
        orphans
    }

    /// Takes the feeds of `partition` out, each as it stands in the catalogue.
    fn take_feeds(&mut self, partition: i32) -> impl Iterator<Item = (FeedId, Box<[u8]>, StoredState)> {
        let feeds = self.feeds.remove(&partition).unwrap_or_default();
        let followed_until = self.last_commits.get(&partition).copied();
        feeds.into_iter().filter_map(move |(id, found)| {
            let state = StoredState {
                schedule: found.schedule.and_then(|value| decode::<wire::FeedSchedule, _>(&value).ok()),
                seen: found.seen,
                followed_until,
            };
            Some((id, found.feed?, state))
        })
    }

    /// Folds one record of the catalogue in.
    fn note_feed(&mut self, record: &InRecord, nameless: &mut HashSet<(i32, String)>) {
        let Some(key) = record.key_text() else {
            self.faults += 1;
            return;
        };
        let Ok(id) = key.parse::<FeedId>() else {
            let key = (record.partition, key.to_owned());
            let _ = if record.value.is_some() { nameless.insert(key) } else { nameless.remove(&key) };
            return;
        };
        self.found(record.partition, id).feed = record.value.as_deref().map(Box::from);
    }

    /// Folds one record of the state topic in. Whether it could be used.
    fn note_state(&mut self, record: &InRecord) -> bool {
        let Some(key) = record.key_text().and_then(|key| key.parse::<StateKey>().ok()) else {
            tracing::error!(
                partition = record.partition,
                offset = record.offset,
                "a state record has a key of no known form"
            );
            return false;
        };
        let found = self.found(record.partition, key.feed().clone());
        let value = record.value.as_ref();
        let fault = match key {
            StateKey::Schedule(_) => {
                let checked =
                    |value: &Bytes| decode::<wire::FeedSchedule, Schedule>(value).map(|_| Box::from(&**value));
                note(&mut found.schedule, value.map(checked))
            }
            StateKey::Seen(_) => note(&mut found.seen, value.map(|value| decode::<wire::FeedSeen, Seen>(value))),
        };
        if let Some(fault) = &fault {
            tracing::error!(key = %key, %fault, "a state record cannot be used");
        }
        fault.is_none()
    }

    fn found(&mut self, partition: i32, id: FeedId) -> &mut Found {
        self.feeds.entry(partition).or_default().entry(id).or_default()
    }
}

impl Found {
    fn is_usable(&self) -> bool {
        self.schedule.is_usable() && self.seen.is_usable()
    }

    fn has_state(&self) -> bool {
        !matches!((&self.schedule, &self.seen), (Stored::Nothing, Stored::Nothing))
    }
}

/// Puts what was read into its slot; the last record of a key is the one that counts.
fn note<T>(slot: &mut Stored<T>, read: Option<Result<T, StateFault>>) -> Option<StateFault> {
    match read {
        None => *slot = Stored::Nothing,
        Some(Ok(value)) => *slot = Stored::Value(value),
        Some(Err(fault)) => {
            *slot = Stored::Unusable;
            return Some(fault);
        }
    }
    None
}

fn decode<W: Message + Default, T: TryFrom<W, Error = StateFault>>(value: &[u8]) -> Result<T, StateFault> {
    let decoded = W::decode(value).map_err(|_| StateFault::Damaged("it is no message of the expected kind"))?;
    T::try_from(decoded)
}

#[cfg(test)]
mod tests;
