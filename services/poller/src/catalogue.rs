//! Keeps the table in step with the group: restores what is assigned, forgets what is revoked, follows the catalogue.

use std::{
    collections::HashMap,
    sync::Arc,
    time::{Duration, Instant},
};

use bytes::Bytes;
use chrono::TimeDelta;
use event_log::{Cluster, GroupEvent, GroupReader, InRecord, ReadError, Restore, Stamp, Topic, TopicNames};
use feed_core::due::demand_at_rest;
use news_model::{Feed, FeedFault, FeedId, Schedule, Seen, StateFault, StateKey, partition_of, wire};
use prost::Message;
use service_kit::{admin::Latch, clock};
use tokio::{sync::mpsc, task::JoinSet};
use tokio_util::sync::CancellationToken;

use crate::{
    commit::Polled,
    config::Poll,
    metrics::PollerMetrics,
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

#[derive(Default)]
struct Contents {
    feeds: HashMap<String, (i32, Bytes)>,
    /// By feed, with the partition it lies in.
    states: HashMap<FeedId, (i32, StoredState)>,
    next_offsets: HashMap<i32, i64>,
    faults: usize,
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
                    self.apply(stamp, key, record.value.as_ref(), &StoredState::default()).await;
                }
            }
            GroupEvent::Failed(failure) => return Err(CatalogueError::Group(failure)),
        }
        Ok(())
    }

    /// Starts reading the catalogue and the state of newly assigned partitions.
    fn restore(&self, stamps: Vec<Stamp>, begun: Instant, restores: &mut JoinSet<Found>) {
        let (cluster, names, group) = (self.cluster.clone(), self.names.clone(), self.group.clone());
        restores.spawn_blocking(move || {
            let partitions: Vec<_> = stamps.iter().map(|stamp| stamp.partition).collect();
            let read = read(&cluster, &names, &group, &partitions);
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
        let (feeds, states) = (contents.feeds.len(), contents.states.len());
        for _ in 0..contents.faults {
            self.metrics.catalogue_fault();
        }
        self.install(&found.stamps, contents).await;
        self.metrics.restored(found.begun.elapsed());
        tracing::info!(feeds, states, took = ?found.begun.elapsed(), "partitions restored");
    }

    async fn install(&self, stamps: &[Stamp], mut contents: Contents) {
        let by_partition: HashMap<i32, Stamp> = stamps.iter().map(|stamp| (stamp.partition, *stamp)).collect();
        let mut early = HashMap::<Stamp, Vec<_>>::new();
        for stamp in stamps {
            let next_offset = contents.next_offsets.get(&stamp.partition).copied().unwrap_or(0);
            if let Some(changes) = self.table.restored(*stamp, next_offset) {
                early.insert(*stamp, changes);
            }
        }
        for (key, (partition, value)) in &contents.feeds {
            let Some(stamp) = by_partition.get(partition).filter(|stamp| early.contains_key(stamp)) else {
                continue;
            };
            let stored = key.parse::<FeedId>().ok().and_then(|id| contents.states.remove(&id));
            let (_, state) = stored.unwrap_or_default();
            self.apply(*stamp, key, Some(value), &state).await;
        }
        // State without a feed: the feed was removed while nobody was there to forget it.
        for (id, (partition, state)) in contents.states {
            let stamp = by_partition.get(&partition).filter(|stamp| early.contains_key(stamp));
            if let Some(stamp) = stamp.filter(|_| state.is_usable() && !state.is_empty()) {
                tracing::info!(feed = %id, "forgetting the state of a feed that is no longer configured");
                self.send_tombstones(*stamp, id).await;
            }
        }
        for (stamp, changes) in early {
            for change in changes {
                self.apply(stamp, &change.key, change.value.as_ref(), &StoredState::default()).await;
            }
        }
    }

    /// Applies one entry of the catalogue.
    async fn apply(&self, stamp: Stamp, key: &str, value: Option<&Bytes>, state: &StoredState) {
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
                self.table.install(stamp, feed, state.clone(), Times { now, first_due });
                self.table.ask(&id, stamp, demand);
            }
            Err(problem) => {
                tracing::error!(feed = key, problem, "a feed of the catalogue cannot be polled");
                self.metrics.catalogue_fault();
            }
        }
    }

    fn checked(&self, stamp: Stamp, key: &str, value: &Bytes) -> Result<Feed, String> {
        let decoded = wire::Feed::decode(value.clone()).map_err(|error| error.to_string())?;
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

/// Reads catalogue and state of `partitions`, in this order: a feed added meanwhile is then found by the group's own reading.
fn read(cluster: &Cluster, names: &TopicNames, group: &GroupReader, partitions: &[i32]) -> Result<Contents, ReadError> {
    const PATIENCE: Duration = Duration::from_mins(2);
    let mut contents = Contents::default();
    let (feeds, states) = (names.of(Topic::Feeds), names.of(Topic::FeedState));
    let restore = |topic| Restore { cluster, group, topic, partitions, patience: PATIENCE };
    let restored = restore(feeds).run(|record| {
        let Some(key) = record.key_text().map(str::to_owned) else {
            contents.faults += 1;
            return;
        };
        match record.value {
            Some(value) => contents.feeds.insert(key, (record.partition, value)),
            None => contents.feeds.remove(&key),
        };
    })?;
    let mut stored = HashMap::new();
    let mut faults = 0;
    restore(states).run(|record| faults += usize::from(!note_state(&mut stored, &record)))?;
    contents.faults += faults;
    contents.states = stored;
    contents.next_offsets = restored.next_offsets;
    Ok(contents)
}

/// Folds one record of the state topic in. Whether it could be used.
fn note_state(states: &mut HashMap<FeedId, (i32, StoredState)>, record: &InRecord) -> bool {
    let Some(key) = record.key_text().and_then(|key| key.parse::<StateKey>().ok()) else {
        tracing::error!(
            partition = record.partition,
            offset = record.offset,
            "a state record has a key of no known form"
        );
        return false;
    };
    let (_, state) = states.entry(key.feed().clone()).or_insert_with(|| (record.partition, StoredState::default()));
    let value = record.value.as_ref();
    let fault = match key {
        StateKey::Schedule(_) => note(&mut state.schedule, value.map(decode::<wire::FeedSchedule, Schedule>)),
        StateKey::Seen(_) => note(&mut state.seen, value.map(decode::<wire::FeedSeen, Seen>)),
    };
    if let Some(fault) = &fault {
        tracing::error!(key = %key, %fault, "a state record cannot be used");
    }
    fault.is_none()
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

fn decode<W: Message + Default, T: TryFrom<W, Error = StateFault>>(value: &Bytes) -> Result<T, StateFault> {
    let decoded = W::decode(value.clone()).map_err(|_| StateFault::Damaged("it is no message of the expected kind"))?;
    T::try_from(decoded)
}

fn count(many: usize) -> i64 {
    i64::try_from(many).unwrap_or(i64::MAX)
}
