//! Membership in a consumer group: one thread that polls, and a bounded stream of what it sees.

use std::{
    collections::{HashMap, VecDeque},
    sync::{
        Arc,
        atomic::{AtomicBool, Ordering},
    },
    thread::JoinHandle,
    time::Duration,
};

use parking_lot::Mutex;
use rdkafka::{
    ClientContext, Offset, Statistics, TopicPartitionList,
    config::RDKafkaLogLevel,
    consumer::{BaseConsumer, Consumer, ConsumerContext, RebalanceProtocol},
    error::KafkaError,
    message::Message,
    types::RDKafkaRespErr,
};
use tokio::sync::mpsc;

use crate::{
    cluster::{Cluster, ClusterError, Guarantee, log, log_error},
    offsets::stable_offsets,
    ownership::{Ownership, Release, Stamp},
    positions::Positions,
    record::InRecord,
};

/// How to take part in a group.
#[derive(Clone, Debug)]
pub struct GroupSettings {
    /// Full name of the group.
    pub group: String,
    /// Full name of the topic.
    pub topic: String,
    /// Where a partition is read from on assignment.
    pub start: Start,
    /// How long the broker waits for a member's heartbeat before it gives its partitions away; 6 s is the lowest most brokers allow.
    pub session_timeout: Duration,
    /// Events that may wait for the service; beyond, reading pauses.
    pub queue_capacity: usize,
    /// Longest wait of a rebalance for the writer; above the transaction timeout and well under the poll interval.
    pub release_patience: Duration,
}

/// Where a partition is read from on assignment.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Start {
    /// From its first record, whatever was committed: the topic is a table to be held in memory.
    Beginning,
    /// From the group's committed offset, or the first record where there is none: the topic is a stream to be worked through.
    Committed,
}

/// What the group brings, in the order in which it happened.
#[derive(Debug)]
pub enum GroupEvent {
    /// These partitions are ours from here on.
    Assigned(Vec<Stamp>),
    /// These are no longer ours; nothing may be written for them.
    Revoked(Vec<i32>),
    /// A record of a partition that was ours when it was read.
    Record(Stamp, InRecord),
    /// Reading failed in a way that librdkafka does not mend by itself.
    Failed(KafkaFailure),
}

/// A failure of the client, as text.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{0}")]
pub struct KafkaFailure(pub(crate) String);

/// A member of a consumer group. Dropping it leaves the group.
#[derive(Debug)]
pub struct GroupReader {
    membership: Arc<Membership>,
    stop: Arc<AtomicBool>,
    thread: Option<JoinHandle<()>>,
}

/// What the reader shares with the writer.
pub(crate) struct Membership {
    pub(crate) consumer: BaseConsumer<GroupContext>,
    pub(crate) ownership: Arc<Ownership>,
    pub(crate) topic: String,
    pub(crate) guarantee: Guarantee,
}

/// Callbacks of the group consumer; all run on the thread that polls.
pub(crate) struct GroupContext {
    start: Start,
    release_patience: Duration,
    guarantee: Guarantee,
    leaving: Arc<AtomicBool>,
    ownership: Arc<Ownership>,
    events: Mutex<VecDeque<GroupEvent>>,
    lag: Mutex<HashMap<i32, u64>>,
}

impl std::fmt::Debug for Membership {
    fn fmt(&self, out: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        out.debug_struct("Membership").field("topic", &self.topic).finish_non_exhaustive()
    }
}

impl GroupReader {
    /// Joins the group; events come from the receiver until the reader is dropped.
    ///
    /// # Errors
    /// When librdkafka refuses the settings. An unreachable broker is no error: the group forms once it is there.
    pub fn join(
        cluster: &Cluster,
        settings: &GroupSettings,
    ) -> Result<(Self, mpsc::Receiver<GroupEvent>), ClusterError> {
        let ownership = Arc::new(Ownership::default());
        let stop = Arc::new(AtomicBool::new(false));
        let context = GroupContext {
            start: settings.start,
            guarantee: cluster.guarantee(),
            leaving: stop.clone(),
            release_patience: settings.release_patience,
            ownership: ownership.clone(),
            events: Mutex::default(),
            lag: Mutex::default(),
        };
        let consumer: BaseConsumer<GroupContext> =
            group_config(cluster, settings).create_with_context(context).map_err(ClusterError::Settings)?;
        consumer
            .subscribe(&[&settings.topic])
            .map_err(|cause| ClusterError::Refused { what: format!("subscribe to {}", settings.topic), cause })?;
        let membership =
            Arc::new(Membership { consumer, ownership, topic: settings.topic.clone(), guarantee: cluster.guarantee() });
        let (sender, receiver) = mpsc::channel(settings.queue_capacity.max(1));
        let thread = std::thread::Builder::new()
            .name("group-reader".to_owned())
            .spawn({
                let (membership, stop) = (membership.clone(), stop.clone());
                move || read(&membership, &sender, &stop)
            })
            .map_err(|error| ClusterError::Settings(KafkaError::ClientCreation(error.to_string())))?;
        Ok((Self { membership, stop, thread: Some(thread) }, receiver))
    }

    /// Records of the owned partitions that stand in the topic and were not yet handed over, as last reported by the client.
    #[must_use]
    pub fn lag_records(&self) -> u64 {
        self.membership.consumer.context().lag.lock().values().sum()
    }

    /// Makes the reader end, and with it whatever reads on its behalf; dropping it then leaves the group without delay.
    pub fn leave(&self) {
        self.stop.store(true, Ordering::Release);
    }

    pub(crate) fn is_leaving(&self) -> bool {
        self.stop.load(Ordering::Acquire)
    }

    pub(crate) fn membership(&self) -> Arc<Membership> {
        self.membership.clone()
    }
}

impl Drop for GroupReader {
    fn drop(&mut self) {
        self.stop.store(true, Ordering::Release);
        if let Some(thread) = self.thread.take()
            && thread.join().is_err()
        {
            tracing::error!("the group reader's thread panicked");
        }
    }
}

fn group_config(cluster: &Cluster, settings: &GroupSettings) -> rdkafka::ClientConfig {
    let mut config = cluster.consumer_config(&settings.group);
    config.set("statistics.interval.ms", "5000");
    // The protocol of KIP-848 keeps these on the broker and refuses them from a client.
    if config.get("group.protocol") != Some("consumer") {
        config
            .set("session.timeout.ms", settings.session_timeout.as_millis().to_string())
            .set("heartbeat.interval.ms", (settings.session_timeout.as_millis() / 3).to_string());
        if config.get("partition.assignment.strategy").is_none() {
            config.set("partition.assignment.strategy", "cooperative-sticky");
        }
    }
    config
}

/// Polls until told to stop. While the service is behind, the partitions are paused and polling goes on for the group's sake.
fn read(membership: &Membership, events: &mpsc::Sender<GroupEvent>, stop: &AtomicBool) {
    const POLL: Duration = Duration::from_millis(100);
    let consumer = &membership.consumer;
    let mut waiting = VecDeque::new();
    let mut positions = Positions::default();
    let mut paused = false;
    while !stop.load(Ordering::Acquire) {
        waiting.append(&mut consumer.context().events.lock());
        let handed_over = hand_over(&mut waiting, events);
        match handed_over {
            HandedOver::Closed => break,
            HandedOver::Full => {
                // Each time, for partitions that were assigned meanwhile are not paused yet.
                pause(consumer);
                paused = true;
            }
            // A pause throws away what was fetched, so reading goes on only once half the queue is free.
            HandedOver::All if paused && events.capacity() >= events.max_capacity() / 2 => {
                resume(consumer);
                paused = false;
            }
            HandedOver::All => {}
        }
        let wait = if paused { POLL / 5 } else { POLL };
        let Some(polled) = consumer.poll(wait) else {
            continue;
        };
        // What a callback pushed during this poll came before the record.
        waiting.append(&mut consumer.context().events.lock());
        match polled {
            Ok(message) => {
                let stamp = membership.ownership.stamp(message.partition());
                match stamp.map(|stamp| (stamp, positions.advance(stamp, message.offset()))) {
                    Some((stamp, true)) => waiting.push_back(GroupEvent::Record(stamp, InRecord::from(&message))),
                    Some((stamp, false)) => {
                        let offset = message.offset();
                        tracing::warn!(
                            partition = stamp.partition,
                            offset,
                            "a record was brought again; passing over it"
                        );
                    }
                    None => {}
                }
            }
            Err(error @ KafkaError::MessageConsumptionFatal(_)) => {
                waiting.push_back(GroupEvent::Failed(KafkaFailure(error.to_string())));
            }
            Err(error) => {
                tracing::debug!(%error, "reading the group's topic failed; the client tries again");
            }
        }
    }
    consumer.unsubscribe();
}

enum HandedOver {
    All,
    Full,
    Closed,
}

fn hand_over(waiting: &mut VecDeque<GroupEvent>, events: &mpsc::Sender<GroupEvent>) -> HandedOver {
    while let Some(event) = waiting.pop_front() {
        match events.try_send(event) {
            Ok(()) => {}
            Err(mpsc::error::TrySendError::Full(event)) => {
                waiting.push_front(event);
                return HandedOver::Full;
            }
            Err(mpsc::error::TrySendError::Closed(_)) => return HandedOver::Closed,
        }
    }
    HandedOver::All
}

fn pause(consumer: &BaseConsumer<GroupContext>) {
    let paused = consumer.assignment().and_then(|all| consumer.pause(&all));
    if let Err(error) = paused {
        tracing::debug!(%error, "pausing failed; reading goes on into memory for now");
    }
}

fn resume(consumer: &BaseConsumer<GroupContext>) {
    let resumed = consumer.assignment().and_then(|all| consumer.resume(&all));
    if let Err(error) = resumed {
        tracing::warn!(%error, "resuming failed");
    }
}

impl GroupContext {
    fn assigned(&self, consumer: &BaseConsumer<Self>, partitions: &mut TopicPartitionList) {
        if let Err(error) = self.set_starts(consumer, partitions) {
            tracing::error!(%error, "cannot set the start of the assigned partitions");
        }
        let numbers = numbers(partitions);
        let stamps = self.ownership.assign(numbers);
        let done = match consumer.rebalance_protocol() {
            RebalanceProtocol::Cooperative => consumer.incremental_assign(partitions),
            RebalanceProtocol::Eager | RebalanceProtocol::None => consumer.assign(partitions),
        };
        if let Err(error) = done {
            tracing::error!(%error, "cannot take the assigned partitions");
        }
        self.events.lock().push_back(GroupEvent::Assigned(stamps));
    }

    /// Gives every partition an offset to start at.
    ///
    /// Left to look a committed offset up by itself, librdkafka starts at the first record when another rebalance comes while it waits for
    /// a pending one, and a month of records would be worked through again.
    fn set_starts(&self, consumer: &BaseConsumer<Self>, partitions: &mut TopicPartitionList) -> Result<(), KafkaError> {
        const STEP: Duration = Duration::from_secs(2);
        match (self.start, self.guarantee) {
            (Start::Beginning, _) => return partitions.set_all_offsets(Offset::Beginning),
            (Start::Committed, Guarantee::None) => return Ok(()),
            (Start::Committed, Guarantee::Transactional) => {}
        }
        while partitions.count() > 0 && !self.leaving.load(Ordering::Acquire) && !consumer.assignment_lost() {
            match stable_offsets(consumer, partitions, STEP) {
                Ok(committed) => {
                    for found in committed.elements() {
                        let start = match found.offset() {
                            offset @ Offset::Offset(_) => offset,
                            _ => Offset::Beginning,
                        };
                        partitions.set_partition_offset(found.topic(), found.partition(), start)?;
                    }
                    return Ok(());
                }
                Err(error) => tracing::debug!(%error, "committed offsets are not stable; asking again"),
            }
        }
        // Given up or lost: what is read from here on is never written.
        Ok(())
    }

    fn revoked(&self, consumer: &BaseConsumer<Self>, partitions: &TopicPartitionList) {
        let numbers = numbers(partitions);
        if consumer.assignment_lost() {
            self.ownership.lose(numbers.iter().copied());
        } else if self.ownership.release(numbers.iter().copied(), self.release_patience) == Release::WriterBusy {
            tracing::warn!(partitions = ?numbers, "gave partitions up while a transaction was open; the broker fences it");
        }
        // A pause would outlive the assignment, and nobody would end it when the partition comes back.
        if let Err(error) = consumer.resume(partitions) {
            tracing::debug!(%error, "resuming revoked partitions failed");
        }
        let done = match consumer.rebalance_protocol() {
            RebalanceProtocol::Cooperative => consumer.incremental_unassign(partitions),
            RebalanceProtocol::Eager | RebalanceProtocol::None => consumer.unassign(),
        };
        if let Err(error) = done {
            tracing::error!(%error, "cannot give the revoked partitions up");
        }
        let mut lag = self.lag.lock();
        for number in &numbers {
            lag.remove(number);
        }
        self.events.lock().push_back(GroupEvent::Revoked(numbers));
    }
}

fn numbers(partitions: &TopicPartitionList) -> Vec<i32> {
    partitions.elements().iter().map(rdkafka::topic_partition_list::TopicPartitionListElem::partition).collect()
}

impl ClientContext for GroupContext {
    fn log(&self, level: RDKafkaLogLevel, facility: &str, message: &str) {
        log(level, facility, message);
    }

    fn error(&self, error: KafkaError, reason: &str) {
        log_error(&error, reason);
    }

    fn stats(&self, statistics: Statistics) {
        let mut lag = self.lag.lock();
        lag.clear();
        for partition in statistics.topics.values().flat_map(|topic| topic.partitions.values()) {
            let behind = partition.ls_offset.saturating_sub(partition.app_offset.max(partition.lo_offset.max(0)));
            if self.ownership.stamp(partition.partition).is_some() && partition.ls_offset >= 0 {
                lag.insert(partition.partition, u64::try_from(behind).unwrap_or(0));
            }
        }
    }
}

impl ConsumerContext for GroupContext {
    fn rebalance(&self, consumer: &BaseConsumer<Self>, error: RDKafkaRespErr, partitions: &mut TopicPartitionList) {
        match error {
            RDKafkaRespErr::RD_KAFKA_RESP_ERR__ASSIGN_PARTITIONS => {
                self.assigned(consumer, partitions);
            }
            RDKafkaRespErr::RD_KAFKA_RESP_ERR__REVOKE_PARTITIONS => {
                self.revoked(consumer, partitions);
            }
            other => tracing::error!(error = ?other, "unexpected rebalance event"),
        }
    }
}
