//! Gathers records into batches: pure, told the time and who owns what.

use std::collections::{BTreeMap, HashMap};

use bytes::Bytes;
use event_log::{InRecord, Stamp};
use tokio::time::Instant;

use crate::config::Batching;

/// Records that are tagged and committed together.
#[derive(Debug, Default, PartialEq, Eq)]
pub(crate) struct InBatch {
    /// One for each partition; never empty.
    pub(crate) parts: Vec<InPart>,
}

/// Records of one partition, in the order of their offsets.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct InPart {
    /// Ownership under which they were read.
    pub(crate) stamp: Stamp,
    /// The records; never empty.
    pub(crate) records: Vec<InRecord>,
}

/// What became of a record that was offered.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Offered {
    /// It is part of the next batch.
    Taken,
    /// Its partition is no longer ours, or ours anew; its owner reads it again.
    Stale,
}

/// The batch that is growing, and the ownership it is measured by.
#[derive(Debug)]
pub(crate) struct Gatherer {
    limits: Batching,
    owned: HashMap<i32, Stamp>,
    parts: BTreeMap<i32, InPart>,
    records: usize,
    bytes: usize,
    began: Option<Instant>,
}

impl InPart {
    /// Offset of the next record to be read after a restart.
    pub(crate) fn next_offset(&self) -> i64 {
        self.records.last().map_or(0, |record| record.offset + 1)
    }
}

impl Gatherer {
    /// Nothing is owned and nothing gathered yet.
    pub(crate) fn new(limits: Batching) -> Self {
        Self { limits, owned: HashMap::new(), parts: BTreeMap::new(), records: 0, bytes: 0, began: None }
    }

    /// Takes partitions in; what was gathered under an earlier ownership of them is dropped.
    pub(crate) fn assigned(&mut self, stamps: Vec<Stamp>) {
        for stamp in stamps {
            self.drop_part(stamp.partition);
            self.owned.insert(stamp.partition, stamp);
        }
    }

    /// Gives partitions up, and what was gathered of them.
    pub(crate) fn revoked(&mut self, partitions: &[i32]) {
        for partition in partitions {
            self.drop_part(*partition);
            self.owned.remove(partition);
        }
    }

    /// How many partitions are owned.
    pub(crate) fn owned(&self) -> usize {
        self.owned.len()
    }

    /// Offers a record that was read under `stamp`.
    pub(crate) fn offer(&mut self, stamp: Stamp, record: InRecord, now: Instant) -> Offered {
        if self.owned.get(&stamp.partition) != Some(&stamp) {
            return Offered::Stale;
        }
        self.records += 1;
        self.bytes += size_bytes(&record);
        self.began.get_or_insert(now);
        let part = self.parts.entry(stamp.partition).or_insert(InPart { stamp, records: Vec::new() });
        part.records.push(record);
        Offered::Taken
    }

    /// When the growing batch is to be cut at the latest; `None` while it is empty.
    pub(crate) fn due_at(&self) -> Option<Instant> {
        self.began.map(|began| began + self.limits.max_wait)
    }

    /// The batch, if one of its bounds is reached.
    pub(crate) fn cut_due(&mut self, now: Instant) -> Option<InBatch> {
        let full = self.records >= self.limits.max_records.get() || self.bytes >= self.limits.max_bytes;
        let due = full || self.due_at().is_some_and(|due| due <= now);
        if due { self.cut() } else { None }
    }

    /// The batch as it stands; `None` when it is empty.
    pub(crate) fn cut(&mut self) -> Option<InBatch> {
        let parts: Vec<_> = std::mem::take(&mut self.parts).into_values().collect();
        (self.records, self.bytes, self.began) = (0, 0, None);
        (!parts.is_empty()).then_some(InBatch { parts })
    }

    fn drop_part(&mut self, partition: i32) {
        let Some(part) = self.parts.remove(&partition) else {
            return;
        };
        self.records -= part.records.len();
        self.bytes -= part.records.iter().map(size_bytes).sum::<usize>();
        if self.parts.is_empty() {
            self.began = None;
        }
    }
}

/// Bytes of key, value and headers.
fn size_bytes(record: &InRecord) -> usize {
    let length = |bytes: &Option<Bytes>| bytes.as_ref().map_or(0, Bytes::len);
    let headers = record.headers.iter().map(|(name, value)| name.len() + length(value));
    length(&record.key) + length(&record.value) + headers.sum::<usize>()
}

#[cfg(test)]
mod tests;
