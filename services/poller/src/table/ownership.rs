//! Which partitions are ours, and what of the catalogue was read in each.

use std::collections::{HashMap, HashSet};

use bytes::Bytes;
use chrono::{DateTime, Utc};
use event_log::Stamp;
use feed_core::politeness::Obstacle;
use news_model::FeedId;

use super::{Inner, Table};

#[derive(Debug)]
pub(super) struct Partition {
    pub(super) stamp: Stamp,
    /// Offset of the next record of the catalogue.
    next_offset: i64,
    /// Changes that came before the restore was through, by feed id; `None` once it is.
    early: Option<HashMap<String, (i64, Option<Bytes>)>>,
    /// Feeds whose stored state cannot be used: neither polled nor their state overwritten for as long as the partition is ours.
    refused: HashSet<FeedId>,
}

/// A change of the catalogue that came before the restore of its partition was through.
pub(crate) struct EarlyChange {
    pub(crate) key: String,
    pub(crate) value: Option<Bytes>,
}

impl Table {
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
        feeds.retain(|entry| !partitions.contains(&entry.stamp.partition));
        due.retain(|(_, slot)| feeds.is_held(*slot));
        ghosts.retain(|_, stamp| !partitions.contains(&stamp.partition));
        for obstacle in [Obstacle::Host, Obstacle::Site] {
            parked.of(obstacle).retain(|_, waiting| {
                waiting.retain(|slot| feeds.is_held(*slot));
                !waiting.is_empty()
            });
        }
        // The one that was to be woken may be among those that are gone; since when the place is free is not known any more.
        for obstacle in [Obstacle::Host, Obstacle::Site] {
            let names: Vec<_> = inner.parked.of(obstacle).keys().cloned().collect();
            for name in names {
                inner.wake_one(obstacle, &name, DateTime::<Utc>::MIN_UTC);
            }
        }
        drop(inner);
        self.changed.notify_one();
    }

    /// Whether this stretch of ownership goes on.
    pub(crate) fn owns(&self, stamp: Stamp) -> bool {
        self.inner.lock().partitions.get(&stamp.partition).is_some_and(|known| known.stamp == stamp)
    }

    /// Notes that a restore has read the catalogue of `stamp`'s partition up to `next_offset`, and is still at the states: earlier changes
    /// need not be kept for its end.
    pub(crate) fn catalogue_read(&self, stamp: Stamp, next_offset: i64) {
        let mut inner = self.inner.lock();
        let known = inner.partitions.get_mut(&stamp.partition).filter(|known| known.stamp == stamp);
        if let Some(Partition { next_offset: known, early: Some(early), .. }) = known {
            *known = next_offset.max(*known);
            early.retain(|_, (offset, _)| *offset >= next_offset);
            early.shrink_to_fit();
        }
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
            if offset >= partition.next_offset {
                early.insert(key.to_owned(), (offset, value.cloned()));
            }
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
}
