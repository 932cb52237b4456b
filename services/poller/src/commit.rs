//! Gathers outcomes and commits them: items, state, fetch records and offsets of many polls in one transaction.

#![expect(clippy::vec_box, reason = "outcomes come boxed, and to unbox them would copy each once more")]

use std::{collections::BTreeMap, sync::Arc, time::Duration};

use chrono::{DateTime, Utc};
use event_log::{Batch, Committed, GroupWriter, OutRecord, Part, Stamp, Topic, WriteError};
use feed_core::{parse::Reading, trust::Finding};
use news_model::{
    FeedId,
    wire::{ItemEventKind, Outcome},
};
use service_kit::{admin::Heartbeat, clock};
use tokio::{
    sync::{OwnedSemaphorePermit, mpsc, mpsc::error::TryRecvError},
    time::{Instant, sleep_until},
};

use crate::{
    config::Commit,
    encode,
    metrics::PollerMetrics,
    table::{Kept, Table},
};

/// What is to be committed for one feed. Boxed on its way, since it is handed on several times, and waits by the thousand.
#[derive(Debug)]
pub(crate) struct Polled {
    pub(crate) stamp: Stamp,
    pub(crate) records: Vec<OutRecord>,
    /// Bytes of the records.
    pub(crate) size_bytes: usize,
    /// The feed's state once that is done; `None` when the feed was removed.
    pub(crate) next: Option<Kept>,
    pub(crate) tally: Tally,
    /// Room that the records take of what may wait for a commit; given back when they are through.
    pub(crate) room: Option<OwnedSemaphorePermit>,
}

impl Polled {
    /// Bytes of `records`.
    pub(crate) fn bytes_of(records: &[OutRecord]) -> usize {
        records.iter().map(OutRecord::size_bytes).sum()
    }

    /// The removal of a feed's state.
    pub(crate) fn removal(feed: &FeedId, stamp: Stamp, now: DateTime<Utc>) -> Box<Self> {
        let records = encode::state_tombstones(feed, stamp.partition, now);
        let size_bytes = Self::bytes_of(&records);
        Box::new(Self { stamp, records, size_bytes, next: None, tally: Tally::default(), room: None })
    }
}

/// What a poll brought, to be counted once it is committed.
#[derive(Debug, Default)]
pub(crate) struct Tally {
    pub(crate) outcome: Option<Outcome>,
    pub(crate) kinds: Vec<ItemEventKind>,
    /// Ages of the items by the publisher's clock when they were fetched.
    pub(crate) ages: Vec<Duration>,
    pub(crate) fetched_at: Option<DateTime<Utc>>,
    /// What a check of the feed's 304s showed, and the bytes that it cost.
    pub(crate) check: Option<(Finding, u64)>,
    pub(crate) gap: Option<GapTally>,
    /// How the body could be read, if one was.
    pub(crate) body: Option<Reading>,
}

/// A gap that a poll found.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) struct GapTally {
    /// Whether older pages filled it.
    pub(crate) closed: bool,
    /// Items that may still be missing.
    pub(crate) missed: f64,
}

/// The last stage.
pub(crate) struct Committer {
    pub(crate) table: Arc<Table>,
    pub(crate) metrics: PollerMetrics,
    pub(crate) settings: Commit,
    pub(crate) beat: Arc<Heartbeat>,
}

impl Committer {
    /// Commits what comes from `polled` until it closes. Gives the writer back, so that it outlives the last commit.
    ///
    /// # Errors
    /// When the cluster refuses us for good, or the stop flag of the writer was set.
    pub(crate) async fn run(
        self,
        mut polled: mpsc::Receiver<Box<Polled>>,
        mut writer: GroupWriter,
    ) -> Result<GroupWriter, WriteError> {
        while let Some(first) = self.beat.during(polled.recv()).await {
            let mut batch = self.gather(first, &mut polled).await;
            // A feed that was removed while it was polled leaves state behind, which the next batch takes away.
            while !batch.is_empty() {
                (writer, batch) = self.commit(batch, writer).await?;
            }
        }
        Ok(writer)
    }

    /// What comes within the interval, up to the size of a batch. Looks from time to time, since to be woken for each poll takes longer than to
    /// take it in.
    async fn gather(&self, first: Box<Polled>, polled: &mut mpsc::Receiver<Box<Polled>>) -> Vec<Box<Polled>> {
        const LOOK: Duration = Duration::from_millis(5);
        let deadline = Instant::now() + self.settings.interval;
        let mut bytes = first.size_bytes;
        let mut gathered = vec![first];
        while bytes < self.settings.max_batch_bytes {
            match polled.try_recv() {
                Ok(next) => {
                    bytes += next.size_bytes;
                    gathered.push(next);
                }
                Err(TryRecvError::Empty) if Instant::now() < deadline => {
                    sleep_until(deadline.min(Instant::now() + LOOK)).await;
                }
                Err(TryRecvError::Empty | TryRecvError::Disconnected) => break,
            }
        }
        gathered
    }

    /// Commits what was gathered; gives back what follows from it.
    async fn commit(
        &self,
        mut gathered: Vec<Box<Polled>>,
        mut writer: GroupWriter,
    ) -> Result<(GroupWriter, Vec<Box<Polled>>), WriteError> {
        let batch = self.cut(&mut gathered);
        let counts = topic_counts(&batch);
        let committing = tokio::task::spawn_blocking(move || {
            let committed = writer.commit(batch, clock::now());
            (writer, committed)
        });
        let (writer, committed) = match committing.await {
            Ok(done) => done,
            Err(panicked) => std::panic::resume_unwind(panicked.into_panic()),
        };
        let orphans = self.settle(gathered, &committed?, counts);
        Ok((writer, orphans))
    }

    /// One part for each stretch of ownership; the writer drops those that are over.
    fn cut(&self, gathered: &mut [Box<Polled>]) -> Batch {
        let mut parts = BTreeMap::<Stamp, Part>::new();
        for poll in gathered {
            let part = parts.entry(poll.stamp).or_insert_with(|| Part {
                stamp: poll.stamp,
                next_offset: self.table.next_offset(poll.stamp.partition),
                records: Vec::new(),
            });
            // Taken whole, so that nothing of it is left to be given back after the commit.
            part.records.append(&mut std::mem::take(&mut poll.records));
        }
        Batch { parts: parts.into_values().collect() }
    }

    /// Moves the table on; gives back the removal of states that no feed has any more.
    fn settle(&self, gathered: Vec<Box<Polled>>, committed: &Committed, counts: Counts) -> Vec<Box<Polled>> {
        let now = clock::now();
        let mut orphans = Vec::new();
        self.metrics.dead_letters(committed.refused);
        for (stamp, topics) in counts {
            if committed.kept.contains(&stamp) {
                for (topic, count) in topics {
                    self.metrics.records_committed(topic, count);
                }
            }
        }
        for poll in gathered {
            if !committed.kept.contains(&poll.stamp) {
                self.metrics.dropped_poll();
                continue;
            }
            self.count(&poll.tally, now);
            let orphan = poll.next.and_then(|next| self.table.settle(poll.stamp, next, now));
            orphans.extend(orphan.map(|feed| Polled::removal(&feed, poll.stamp, now)));
        }
        orphans
    }

    fn count(&self, tally: &Tally, now: DateTime<Utc>) {
        if let Some(outcome) = tally.outcome {
            self.metrics.poll_committed(outcome);
        }
        if let Some((finding, wire_bytes)) = tally.check {
            self.metrics.validators_checked(finding, wire_bytes);
        }
        if let Some(gap) = tally.gap {
            self.metrics.gap(gap);
        }
        if let Some(reading) = tally.body {
            self.metrics.body_read(reading);
        }
        for age in &tally.ages {
            self.metrics.published_to_fetched(*age);
        }
        for kind in &tally.kinds {
            self.metrics.item_committed(*kind);
            if let Some(age) = tally.fetched_at.and_then(|fetched| (now - fetched).to_std().ok()) {
                self.metrics.fetched_to_kafka(age);
            }
        }
    }
}

/// Records of each part by topic.
type Counts = Vec<(Stamp, BTreeMap<Topic, u64>)>;

fn topic_counts(batch: &Batch) -> Counts {
    let topics = |part: &Part| {
        let mut counts = BTreeMap::new();
        for record in &part.records {
            *counts.entry(record.topic).or_default() += 1;
        }
        counts
    };
    batch.parts.iter().map(|part| (part.stamp, topics(part))).collect()
}

#[cfg(test)]
mod tests;
