//! Keeps the table in step with the group: restores what is assigned, forgets what is revoked, follows the catalogue.

use std::{
    sync::Arc,
    time::{Duration, Instant},
};

use chrono::TimeDelta;
use event_log::{Cluster, GroupEvent, GroupReader, InRecord, ReadError, Stamp, TopicNames};
use feed_core::due::demand_at_rest;
use news_model::{Feed, FeedFault, FeedId, Schedule, partition_of, wire};
use prost::Message;
use service_kit::{admin::Latch, clock};
use tokio::{sync::mpsc, task::JoinSet};
use tokio_util::sync::CancellationToken;

use crate::{
    commit::Polled,
    config::Poll,
    metrics::PollerMetrics,
    restore::{self, Contents, Source},
    table::{Stored, StoredState, Table, Times},
};

/// The stage that knows what this replica owns.
pub(crate) struct Catalogue {
    pub(crate) cluster: Cluster,
    pub(crate) names: TopicNames,
    pub(crate) group: Arc<GroupReader>,
    pub(crate) table: Arc<Table>,
    pub(crate) metrics: PollerMetrics,
    /// Partitions of `feeds` and `feed-state`.
    pub(crate) partitions: u16,
    pub(crate) poll: Poll,
    /// Weak, for this stage goes on until the last commit, and the commit stage until its senders are gone.
    pub(crate) removals: mpsc::WeakSender<Polled>,
    pub(crate) latch: Latch,
}

/// Why the catalogue cannot be followed any more.
#[derive(Debug, thiserror::Error)]
pub(crate) enum CatalogueError {
    #[error("membership of the poller group ended: {0}")]
    Group(event_log::KafkaFailure),
    #[error("the group's reader ended")]
    ReaderEnded,
}

/// What was read of some partitions.
struct Found {
    stamps: Vec<Stamp>,
    begun: Instant,
    read: Result<Contents, ReadError>,
}

impl Catalogue {
    /// Follows `events` until `stop`, which comes after the last commit.
    pub(crate) async fn run(
        self,
        mut events: mpsc::Receiver<GroupEvent>,
        stop: CancellationToken,
    ) -> Result<(), CatalogueError> {
        let mut restores = JoinSet::new();
        loop {
            tokio::select! {
                () = stop.cancelled() => return Ok(()),
                event = events.recv() => match event {
                    Some(event) => self.follow(event, &mut restores).await?,
                    None => return Err(CatalogueError::ReaderEnded),
                },
                Some(found) = restores.join_next() => match found {
                    Ok(found) => self.take_in(found, &mut restores).await,
                    Err(panicked) => std::panic::resume_unwind(panicked.into_panic()),
                },
            }
            if restores.is_empty() {
                self.latch.open();
            }
        }
    }

    async fn follow(&self, event: GroupEvent, restores: &mut JoinSet<Found>) -> Result<(), CatalogueError> {
        match event {
            GroupEvent::Assigned(stamps) => {
                tracing::info!(partitions = stamps.len(), "partitions assigned");
                self.metrics.partitions(count(stamps.len()));
                self.table.assign(&stamps);
                if !stamps.is_empty() {
                    self.latch.close("restoring the assigned partitions");
                    self.restore(stamps, Instant::now(), restores);
                }
            }
            GroupEvent::Revoked(partitions) => {
                tracing::info!(partitions = partitions.len(), "partitions given up");
                self.metrics.partitions(-count(partitions.len()));
                self.table.revoke(&partitions);
            }
            GroupEvent::Record(stamp, record) => {
                let Some(key) = record.key_text() else {
                    self.fault(&record, "its key is no text");
                    return Ok(());
                };
                if self.table.note_change(stamp, record.offset, key, record.value.as_ref()) {
                    self.apply(stamp, key, record.value.as_deref(), StoredState::default()).await;
                }
            }
            GroupEvent::Failed(failure) => return Err(CatalogueError::Group(failure)),
        }
        Ok(())
    }

    /// Starts reading the catalogue and the state of newly assigned partitions.
    fn restore(&self, stamps: Vec<Stamp>, begun: Instant, restores: &mut JoinSet<Found>) {
        let (cluster, names, group) = (self.cluster.clone(), self.names.clone(), self.group.clone());
        let table = self.table.clone();
        restores.spawn_blocking(move || {
            let source = Source { cluster: &cluster, names: &names, group: &group };
            let read = restore::read(&source, &stamps, &table);
            Found { stamps, begun, read }
        });
    }

    async fn take_in(&self, found: Found, restores: &mut JoinSet<Found>) {
        let contents = match found.read {
            Ok(contents) => contents,
            Err(error) => {
                tracing::warn!(%error, "restoring failed; trying again");
                let still_ours: Vec<_> = found.stamps.into_iter().filter(|stamp| self.table.owns(*stamp)).collect();
                if !still_ours.is_empty() {
                    tokio::time::sleep(Duration::from_secs(1)).await;
                    self.restore(still_ours, found.begun, restores);
                }
                return;
            }
        };
        let (feeds, states) = contents.counts();
        for _ in 0..contents.faults {
            self.metrics.catalogue_fault();
        }
        self.install(&found.stamps, contents).await;
        self.metrics.restored(found.begun.elapsed());
        tracing::info!(feeds, states, took = ?found.begun.elapsed(), "partitions restored");
    }

    async fn install(&self, stamps: &[Stamp], mut contents: Contents) {
        let mut orphans = contents.take_orphans();
        let mut early = Vec::new();
        for stamp in stamps {
            let next_offset = contents.next_offset(stamp.partition);
            let feeds = contents.take_feeds(stamp.partition);
            let Some(changes) = self.table.restored(*stamp, next_offset) else {
                continue;
            };
            for (id, feed, state) in feeds {
                self.apply(*stamp, id.as_str(), Some(&feed), state).await;
                // A hundred thousand in a row would keep probes and polls waiting.
                tokio::task::coop::consume_budget().await;
            }
            early.push((stamp, changes));
        }
        for (stamp, changes) in early {
            for id in orphans.remove(&stamp.partition).unwrap_or_default() {
                tracing::info!(feed = %id, "forgetting the state of a feed that is no longer configured");
                self.send_tombstones(*stamp, id).await;
            }
            for change in changes {
                self.apply(*stamp, &change.key, change.value.as_deref(), StoredState::default()).await;
            }
        }
    }

    /// Applies one entry of the catalogue.
    async fn apply(&self, stamp: Stamp, key: &str, value: Option<&[u8]>, state: StoredState) {
        let Some(value) = value else {
            if let Ok(id) = key.parse::<FeedId>() {
                self.forget(stamp, id).await;
            }
            return;
        };
        let Ok(id) = key.parse::<FeedId>() else {
            tracing::error!(feed = key, "a feed of the catalogue cannot be polled: its key is no feed id");
            self.metrics.catalogue_fault();
            return;
        };
        if !state.is_usable() {
            self.table.refuse(stamp, &id);
        }
        if self.table.is_refused(stamp, &id) {
            tracing::error!(
                feed = key,
                "not polled: its stored state cannot be used, and overwriting it could publish everything again"
            );
            self.metrics.catalogue_fault();
            return;
        }
        match self.checked(stamp, key, value) {
            Ok(feed) => {
                let now = clock::now();
                let first_due = now + self.ramp_of(&feed.id);
                let policy = self.poll.policy_of(&feed);
                let id = feed.id.clone();
                let demand = match &state.schedule {
                    Stored::Value(schedule) => demand_at_rest(schedule, &policy, now),
                    Stored::Nothing | Stored::Unusable => demand_at_rest(&Schedule::default(), &policy, now),
                };
                self.table.install(stamp, &feed, state, Times { now, first_due });
                self.table.ask(&id, stamp, demand);
            }
            Err(problem) => {
                tracing::error!(feed = key, problem, "a feed of the catalogue cannot be polled");
                self.metrics.catalogue_fault();
            }
        }
    }

    fn checked(&self, stamp: Stamp, key: &str, value: &[u8]) -> Result<Feed, String> {
        let decoded = wire::Feed::decode(value).map_err(|error| error.to_string())?;
        let feed = Feed::try_from(decoded).map_err(|error: FeedFault| error.to_string())?;
        if feed.id.as_str() != key {
            return Err(format!("its id {} is not its key", feed.id));
        }
        let place = partition_of(feed.shard_key.as_str().as_bytes(), self.partitions);
        if place != stamp.partition {
            return Err(format!(
                "it lies in partition {} and belongs in {place}; remove it and add it again (`courant feeds remove {key}`, \
                 `courant feeds add {}`)",
                stamp.partition, feed.url
            ));
        }
        Ok(feed)
    }

    /// Takes a feed out and has its state removed with the next commit.
    async fn forget(&self, stamp: Stamp, id: FeedId) {
        if self.table.remove(&id) {
            self.send_tombstones(stamp, id).await;
        }
    }

    async fn send_tombstones(&self, stamp: Stamp, id: FeedId) {
        let removal = Polled::removal(id, stamp, clock::now());
        let sent = match self.removals.upgrade() {
            Some(removals) => removals.send(removal).await.is_ok(),
            None => false,
        };
        if !sent {
            tracing::debug!("stopping; the removed feed's state is forgotten at the next restore");
        }
    }

    /// Spreads first polls by a hash of the feed, the same at every start.
    fn ramp_of(&self, id: &FeedId) -> TimeDelta {
        let slot = partition_of(id.as_str().as_bytes(), 1_000);
        let share = f64::from(slot) / 1_000.0;
        TimeDelta::from_std(self.poll.ramp.mul_f64(share)).unwrap_or_default()
    }

    fn fault(&self, record: &InRecord, problem: &str) {
        tracing::error!(
            topic = record.topic,
            partition = record.partition,
            offset = record.offset,
            problem,
            "a record of the catalogue is refused"
        );
        self.metrics.catalogue_fault();
    }
}

fn count(many: usize) -> i64 {
    i64::try_from(many).unwrap_or(i64::MAX)
}
