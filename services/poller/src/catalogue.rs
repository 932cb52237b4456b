//! Keeps the table in step with the group: restores what is assigned, forgets what is revoked, follows the catalogue.

use std::{
    sync::Arc,
    time::{Duration, Instant},
};

use event_log::{Cluster, GroupEvent, GroupReader, InRecord, ReadError, Stamp, TopicNames};
use news_model::FeedId;
use service_kit::{admin::Latch, clock};
use tokio::{sync::mpsc, task::JoinSet};
use tokio_util::sync::CancellationToken;

use crate::{
    commit::Polled,
    intake::Intake,
    metrics::PollerMetrics,
    restore::{self, Restored, RestoredPartition, Source},
    table::{StoredState, Table},
};

/// The stage that knows what this replica owns.
pub(crate) struct Catalogue {
    pub(crate) cluster: Cluster,
    pub(crate) names: TopicNames,
    pub(crate) group: Arc<GroupReader>,
    pub(crate) table: Arc<Table>,
    pub(crate) metrics: PollerMetrics,
    pub(crate) intake: Intake,
    /// Weak, for this stage goes on until the last commit, and the commit stage until its senders are gone.
    pub(crate) removals: mpsc::WeakSender<Box<Polled>>,
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
    read: Result<Restored, ReadError>,
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
                    self.apply(stamp, key, record.value.as_deref()).await;
                }
            }
            GroupEvent::Failed(failure) => return Err(CatalogueError::Group(failure)),
        }
        Ok(())
    }

    /// Starts reading the catalogue and the state of newly assigned partitions.
    fn restore(&self, stamps: Vec<Stamp>, begun: Instant, restores: &mut JoinSet<Found>) {
        let (cluster, names, group) = (self.cluster.clone(), self.names.clone(), self.group.clone());
        let intake = self.intake.clone();
        restores.spawn_blocking(move || {
            let source = Source { cluster: &cluster, names: &names, group: &group };
            let read = restore::read(&source, &stamps, &intake);
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
        let (feeds, states) = contents.counts;
        for _ in 0..contents.faults {
            self.metrics.catalogue_fault();
        }
        self.install(contents.partitions).await;
        self.metrics.restored(found.begun.elapsed());
        tracing::info!(feeds, states, took = ?found.begun.elapsed(), "partitions restored");
    }

    async fn install(&self, partitions: Vec<RestoredPartition>) {
        let mut early = Vec::new();
        for RestoredPartition { stamp, next_offset, feeds, orphans } in partitions {
            let Some(changes) = self.table.restored(stamp, next_offset) else {
                continue;
            };
            for feed in feeds {
                self.table.take_in(feed);
                // A hundred thousand in a row would keep probes and polls waiting.
                tokio::task::coop::consume_budget().await;
            }
            early.push((stamp, orphans, changes));
        }
        for (stamp, orphans, changes) in early {
            for id in orphans {
                tracing::info!(feed = %id, "forgetting the state of a feed that is no longer configured");
                self.send_tombstones(stamp, id).await;
            }
            for change in changes {
                self.apply(stamp, &change.key, change.value.as_deref()).await;
            }
        }
    }

    /// Applies one entry of the catalogue.
    async fn apply(&self, stamp: Stamp, key: &str, value: Option<&[u8]>) {
        let Some(value) = value else {
            if let Ok(id) = key.parse::<FeedId>() {
                self.forget(stamp, id).await;
            }
            return;
        };
        if let Some(feed) = self.intake.prepare(stamp, key, value, StoredState::default()) {
            self.table.take_in(feed);
        }
    }

    /// Takes a feed out and has its state removed with the next commit.
    async fn forget(&self, stamp: Stamp, id: FeedId) {
        if self.table.remove(&id) {
            self.send_tombstones(stamp, id).await;
        }
    }

    async fn send_tombstones(&self, stamp: Stamp, id: FeedId) {
        let removal = Polled::removal(&id, stamp, clock::now());
        let sent = match self.removals.upgrade() {
            Some(removals) => removals.send(removal).await.is_ok(),
            None => false,
        };
        if !sent {
            tracing::debug!("stopping; the removed feed's state is forgotten at the next restore");
        }
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
