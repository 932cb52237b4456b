//! Commits batches: records and group offsets together, again and again until it is done or the batch is no longer ours.

use std::{
    sync::{Arc, mpsc::sync_channel},
    time::{Duration, Instant},
};

use chrono::{DateTime, Utc};
use rdkafka::{
    TopicPartitionList,
    consumer::{CommitMode, Consumer, ConsumerGroupMetadata},
    error::{KafkaError, RDKafkaErrorCode},
};

use crate::{
    cluster::{Cluster, ClusterError, Guarantee},
    group::{GroupReader, Membership},
    offsets::stable_offsets,
    ownership::{Stamp, WriteTurn},
    publish::idempotent_producer,
    record::{Headers, OutRecord},
    stop_flag::StopFlag,
    sweep::Touched,
    token,
    topics::{Topic, TopicNames},
    transaction::{self, NextOffset, Open, TransactionFailure, TransactionalProducer, open_producer},
};

/// How to write.
#[derive(Clone, Debug)]
pub struct WriterSettings {
    /// Names of the topics.
    pub names: TopicNames,
    /// Transactional id: random for each process under a configured prefix, the same for the life of the process, so that a producer made
    /// again fences the one it replaces.
    pub transactional_id: String,
    /// Longest time a transaction stays open; a reader of committed records may wait that long for a frozen process.
    pub timeout: Duration,
    /// Partitions of the dead-letter topic.
    pub dead_letter_partitions: u16,
}

/// What is to be written for one partition of the group's topic.
#[derive(Clone, Debug)]
pub struct Part {
    /// Ownership under which it arose; without it the part is dropped.
    pub stamp: Stamp,
    /// Offset of the next record of that partition to be read after a restart.
    pub next_offset: i64,
    /// The records.
    pub records: Vec<OutRecord>,
}

/// What becomes visible together.
#[derive(Clone, Debug, Default)]
pub struct Batch {
    /// The parts, at most one for each partition.
    pub parts: Vec<Part>,
}

/// A batch that came to its end.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Committed {
    /// Parts that are visible.
    pub kept: Vec<Stamp>,
    /// Parts that were dropped because their partition is no longer ours; their new owner does the work again.
    pub dropped: Vec<Stamp>,
    /// Records that are visible.
    pub records: usize,
    /// Bytes of those records.
    pub bytes: usize,
    /// Transactions that it took.
    pub attempts: u32,
    /// Records that the broker would not take and that were replaced by a dead letter naming them.
    pub refused: usize,
}

/// What happened on the way, for metrics and logs.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum WriterEvent {
    /// A transaction was committed after this long.
    Committed(Duration),
    /// A transaction was aborted and will be tried again.
    Aborted,
    /// The producer was replaced: it was fenced, or a call came to no clear end.
    Replaced,
    /// An unclear commit turned out to have been made.
    FoundCommitted,
    /// The cluster does not answer; another attempt follows.
    Waiting,
}

/// Why a batch was not written.
#[derive(Debug, thiserror::Error)]
pub enum WriteError {
    /// The stop flag was set first. What is visible of the batch, all or nothing, shows after the restart.
    #[error("stopped before the batch was known to be committed")]
    Stopped,
    /// The cluster refuses us for good.
    #[error(transparent)]
    Cluster(#[from] ClusterError),
}

/// The one writer of a process for one group.
pub struct GroupWriter {
    cluster: Cluster,
    settings: WriterSettings,
    membership: Arc<Membership>,
    producer: Option<TransactionalProducer>,
    /// What the last transaction touched, if its end is not clear and its producer is gone.
    lost: Option<Lost>,
    stop: StopFlag,
    observe: Box<dyn Fn(WriterEvent) + Send>,
    batches: u64,
    /// What the batch in hand leaves with its offsets.
    token: String,
}

impl std::fmt::Debug for GroupWriter {
    fn fmt(&self, out: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        out.debug_struct("GroupWriter").field("settings", &self.settings).finish_non_exhaustive()
    }
}

/// A transaction whose producer was given up.
struct Lost {
    touched: Touched,
    /// Whether its commit was asked for.
    may_be_committed: bool,
}

/// A batch on its way.
struct Work {
    batch: Batch,
    report: Committed,
    pause: Pause,
    /// Set when the broker will not take the state of a feed, which ends the writer: nothing may be published without it.
    refused_state: Option<ClusterError>,
}

impl WriterEvent {
    /// What the event tells of the cluster: that it answers, or why nothing goes on; `None` where it tells neither.
    #[must_use]
    pub fn cluster(self) -> Option<Result<(), &'static str>> {
        match self {
            Self::Waiting => Some(Err("the cluster does not answer")),
            Self::Committed(_) | Self::FoundCommitted => Some(Ok(())),
            Self::Aborted | Self::Replaced => None,
        }
    }
}

impl GroupWriter {
    /// Opens the writer of `reader`'s group. The transactional id is fenced here, once, so that nothing of an earlier producer is pending.
    ///
    /// Blocks for up to the transaction timeout. `observe` is called from the thread that commits.
    ///
    /// # Errors
    /// When the settings are refused or no broker answers.
    pub fn open(
        cluster: &Cluster,
        settings: WriterSettings,
        reader: &GroupReader,
        stop: StopFlag,
        observe: impl Fn(WriterEvent) + Send + 'static,
    ) -> Result<Self, ClusterError> {
        let mut writer = Self {
            cluster: cluster.clone(),
            settings,
            membership: reader.membership(),
            producer: None,
            lost: None,
            stop,
            observe: Box::new(observe),
            batches: 0,
            token: String::new(),
        };
        writer.producer = Some(writer.make_producer()?);
        Ok(writer)
    }

    /// Whether what was made under `stamp` may still be written.
    #[must_use]
    pub fn owns(&self, stamp: Stamp) -> bool {
        self.membership.ownership.owns(stamp)
    }

    /// Writes `batch`, with the time `now` beside its offsets: tries until it is visible, its partitions are lost, or the stop flag is set. Blocks;
    /// call it off the async threads.
    ///
    /// # Errors
    /// When told to stop, or refused for good; then nothing of the batch is visible.
    pub fn commit(&mut self, batch: Batch, now: DateTime<Utc>) -> Result<Committed, WriteError> {
        self.batches += 1;
        self.token = token::write(&self.settings.transactional_id, self.batches, now);
        let mut work = Work { batch, report: Committed::default(), pause: Pause::default(), refused_state: None };
        loop {
            if self.stop.is_set() {
                return Err(WriteError::Stopped);
            }
            let Some(producer) = self.producer.take() else {
                if self.replace_producer(&mut work.pause)? && self.resolve(&mut work) {
                    return Ok(work.report);
                }
                continue;
            };
            if self.attempt(producer, &mut work) {
                return Ok(work.report);
            }
            if let Some(error) = work.refused_state.take() {
                return Err(error.into());
            }
            work.pause.wait(&self.stop);
        }
    }

    /// One transaction over the parts that are still ours, to its commit or abort. Whether the batch is done.
    fn attempt(&mut self, producer: TransactionalProducer, work: &mut Work) -> bool {
        // In this order: should the assignment be lost in between, either this generation is an old one, which the broker refuses, or the
        // loss shows in the ownership.
        let Some(group) = self.group_metadata() else {
            self.producer = Some(producer);
            return work.batch.parts.iter().all(|part| !self.owns(part.stamp)) && work.drop_all();
        };
        let ownership = self.membership.ownership.clone();
        let turn = ownership.begin_turn();
        work.drop_lost(&turn);
        if work.batch.parts.is_empty() {
            self.producer = Some(producer);
            return true;
        }
        work.report.attempts += 1;
        let begun = Instant::now();
        let deadline = begun + self.settings.timeout;
        let written = match self.membership.guarantee {
            Guarantee::Transactional => self.transact(&producer, &work.batch, &group, deadline),
            Guarantee::None => self.send_and_commit(&producer, &work.batch, deadline),
        };
        match written {
            Ok(()) => {
                self.producer = Some(producer);
                (self.observe)(WriterEvent::Committed(begun.elapsed()));
                work.note_kept();
                true
            }
            Err(failure) => {
                self.after_failure(producer, failure, work);
                false
            }
        }
    }

    fn transact(
        &self,
        producer: &TransactionalProducer,
        batch: &Batch,
        group: &ConsumerGroupMetadata,
        deadline: Instant,
    ) -> Result<(), TransactionFailure> {
        #[cfg(feature = "fail-points")]
        if crate::fail_points::states_go_first() {
            let open = Open::begin(producer, deadline)?;
            for (index, record) in records(batch).enumerate().filter(|(_, record)| record.topic == Topic::FeedState) {
                open.produce(index, record, &self.settings.names)?;
            }
            open.flush()?.send_offsets(&self.membership.topic, &next_offsets(batch), &self.token, group)?.commit()?;
            crate::fail_points::Step::Torn.reached();
        }
        let open = Open::begin(producer, deadline)?;
        for (index, record) in records(batch).enumerate() {
            open.produce(index, record, &self.settings.names)?;
        }
        open.flush()?.send_offsets(&self.membership.topic, &next_offsets(batch), &self.token, group)?.commit()
    }

    /// The membership as it is, unless it is lost or not there yet.
    fn group_metadata(&self) -> Option<ConsumerGroupMetadata> {
        let group = self.membership.consumer.group_metadata()?;
        (!self.membership.consumer.assignment_lost()).then_some(group)
    }

    /// The way of the embedded cluster, which has no transactions.
    fn send_and_commit(
        &self,
        producer: &TransactionalProducer,
        batch: &Batch,
        deadline: Instant,
    ) -> Result<(), TransactionFailure> {
        for (index, record) in records(batch).enumerate() {
            let topic = self.settings.names.of(record.topic);
            transaction::send(producer, index, record, topic, deadline)?;
        }
        transaction::wait_delivered(producer, deadline)?;
        transaction::offset_list(&self.membership.topic, &next_offsets(batch), &self.token)
            .and_then(|offsets| self.commit_offsets(offsets, deadline))
            .map_err(TransactionFailure::Abort)
    }

    /// Commits offsets outside any transaction.
    ///
    /// The client's own call waits for a coordinator without end, and its callback would wait for a rebalance that waits for this writer; so a
    /// thread waits in the writer's place. It is left behind at `deadline`, which an embedded cluster that lives in this process does not bring.
    fn commit_offsets(&self, offsets: TopicPartitionList, deadline: Instant) -> Result<(), KafkaError> {
        let (ended, end) = sync_channel(1);
        let membership = self.membership.clone();
        std::thread::Builder::new()
            .name("offset-commit".to_owned())
            .spawn(move || {
                // Nobody listens any more after the deadline.
                let _ = ended.send(membership.consumer.commit(&offsets, CommitMode::Sync));
            })
            .map_err(|error| KafkaError::ClientCreation(error.to_string()))?;
        end.recv_timeout(deadline.saturating_duration_since(Instant::now()))
            .unwrap_or(Err(KafkaError::ConsumerCommit(RDKafkaErrorCode::OperationTimedOut)))
    }

    fn after_failure(&mut self, producer: TransactionalProducer, failure: TransactionFailure, work: &mut Work) {
        match failure {
            TransactionFailure::Abort(cause) => {
                tracing::warn!(%cause, attempts = work.report.attempts, "aborting a batch; it is sent again");
                self.abort(producer, work);
            }
            TransactionFailure::Refused(refused) => {
                self.abort(producer, work);
                for (index, code) in refused {
                    work.refuse(index, code, &self.settings);
                }
            }
            TransactionFailure::Fenced(cause) => self.give_up(producer, &cause, work, false),
            TransactionFailure::Indefinite(cause) => self.give_up(producer, &cause, work, true),
        }
    }

    fn give_up(&mut self, producer: TransactionalProducer, cause: &KafkaError, work: &Work, may_be_committed: bool) {
        tracing::warn!(%cause, attempts = work.report.attempts, "replacing the producer");
        drop(producer);
        let touched = Touched::by(records(&work.batch), next_offsets(&work.batch));
        self.lost = Some(Lost { touched, may_be_committed });
    }

    fn abort(&mut self, producer: TransactionalProducer, work: &Work) {
        (self.observe)(WriterEvent::Aborted);
        if self.membership.guarantee == Guarantee::None {
            self.producer = Some(producer);
            return;
        }
        match transaction::abort(&producer, Instant::now() + self.settings.timeout) {
            Ok(()) => self.producer = Some(producer),
            Err(cause) => self.give_up(producer, &cause, work, false),
        }
    }

    /// Comes to terms with what the predecessor of a new producer left behind. Whether that was the whole batch, committed.
    fn resolve(&mut self, work: &mut Work) -> bool {
        let Some(lost) = self.lost.take().filter(|_| self.membership.guarantee == Guarantee::Transactional) else {
            return false;
        };
        if lost.may_be_committed && self.find_committed(work) {
            return true;
        }
        if self.stop.is_set() {
            return false;
        }
        let Some(producer) = self.producer.take() else { return false };
        let group = self.group_metadata();
        let group = group.as_ref().map(|group| (self.membership.topic.as_str(), group));
        match lost.touched.sweep(&producer, &self.settings.names, group, self.settings.timeout) {
            Ok(()) => self.producer = Some(producer),
            Err(failure) => {
                tracing::warn!(?failure, "ending a lost transaction failed; trying again with a new producer");
                self.lost = Some(Lost { touched: lost.touched, may_be_committed: false });
                work.pause.wait(&self.stop);
            }
        }
        false
    }

    /// Makes a new producer under the same id, which ends whatever the old one left open. Whether it is there.
    fn replace_producer(&mut self, pause: &mut Pause) -> Result<bool, WriteError> {
        (self.observe)(WriterEvent::Replaced);
        match self.make_producer() {
            Ok(producer) => {
                self.producer = Some(producer);
                Ok(true)
            }
            Err(error) if error.is_transient() => {
                tracing::warn!(%error, "waiting for the cluster");
                (self.observe)(WriterEvent::Waiting);
                pause.wait(&self.stop);
                Ok(false)
            }
            Err(error) => Err(error.into()),
        }
    }

    fn make_producer(&self) -> Result<TransactionalProducer, ClusterError> {
        match self.membership.guarantee {
            Guarantee::Transactional => {
                open_producer(&self.cluster, &self.settings.transactional_id, self.settings.timeout)
            }
            Guarantee::None => idempotent_producer(&self.cluster, self.settings.timeout),
        }
    }

    /// Whether the last attempt at `batch` was committed after all, by the token that it left with the offsets.
    ///
    /// The new producer's `init_transactions` has ended the old transaction, and the stable offset fetch waits for its markers, so the
    /// answer is final. A partition that is still ours by the same epoch can only have been written by us.
    fn find_committed(&self, work: &mut Work) -> bool {
        let ours = work.batch.parts.iter().filter(|part| self.owns(part.stamp));
        let offsets: Vec<_> = ours.map(next_offset).collect();
        let Ok(query) = transaction::offset_list(&self.membership.topic, &offsets, "") else {
            return false;
        };
        while !offsets.is_empty() && !self.stop.is_set() {
            match stable_offsets(&self.membership.consumer, &query, self.settings.timeout) {
                Ok(committed) => {
                    let found = committed.elements().iter().any(|element| element.metadata() == self.token);
                    if found {
                        (self.observe)(WriterEvent::FoundCommitted);
                        work.note_kept();
                    }
                    return found;
                }
                Err(error) => {
                    tracing::warn!(%error, "asking for committed offsets again");
                    (self.observe)(WriterEvent::Waiting);
                    work.pause.wait(&self.stop);
                }
            }
        }
        false
    }
}

fn records(batch: &Batch) -> impl Iterator<Item = &OutRecord> {
    batch.parts.iter().flat_map(|part| part.records.iter())
}

fn next_offset(part: &Part) -> NextOffset {
    NextOffset { partition: part.stamp.partition, offset: part.next_offset }
}

fn next_offsets(batch: &Batch) -> Vec<NextOffset> {
    batch.parts.iter().map(next_offset).collect()
}

impl Work {
    fn drop_lost(&mut self, turn: &WriteTurn<'_>) {
        let dropped = &mut self.report.dropped;
        self.batch.parts.retain(|part| {
            let owned = turn.owns(part.stamp);
            if !owned {
                dropped.push(part.stamp);
            }
            owned
        });
    }

    /// Replaces the record at `index` by a dead letter that names it. A feed's state cannot be replaced: its items must not be published
    /// without it.
    fn refuse(&mut self, index: usize, code: RDKafkaErrorCode, settings: &WriterSettings) {
        let mut all = self.batch.parts.iter_mut().flat_map(|part| part.records.iter_mut());
        let Some(record) = all.nth(index) else { return };
        let topic = settings.names.of(record.topic);
        if matches!(record.topic, Topic::Feeds | Topic::FeedState) {
            let what =
                format!("take {} bytes of feed state into {topic}; raise its max.message.bytes", record.size_bytes());
            self.refused_state = Some(ClusterError::Refused { what, cause: KafkaError::MessageProduction(code) });
            return;
        }
        let reason = format!("the broker refuses this record of {} bytes: {code}", record.size_bytes());
        tracing::error!(topic, reason, "a record was replaced by a dead letter");
        *record = pointer_to(record, &reason, topic, settings.dead_letter_partitions);
        self.report.refused += 1;
    }

    /// Drops every part; always true.
    fn drop_all(&mut self) -> bool {
        self.report.dropped.extend(self.batch.parts.drain(..).map(|part| part.stamp));
        true
    }

    fn note_kept(&mut self) {
        self.report.kept.extend(self.batch.parts.iter().map(|part| part.stamp));
        self.report.records = records(&self.batch).count();
        self.report.bytes = records(&self.batch).map(OutRecord::size_bytes).sum();
    }
}

/// A dead letter that names a record without holding its value, which is what could not be written.
fn pointer_to(record: &OutRecord, reason: &str, topic: &str, partitions: u16) -> OutRecord {
    let mut letter = OutRecord {
        topic: Topic::DeadLetters,
        partition: news_model::partition_of(&record.key, partitions),
        key: record.key.clone(),
        value: None,
        headers: Headers::default(),
    };
    letter.headers.push_texts(&[
        ("courant-error-reason", reason),
        ("courant-error-stage", "produce"),
        ("courant-error-topic", topic),
        ("courant-error-partition", &record.partition.to_string()),
    ]);
    letter
}

/// Waits between attempts: doubling from 50 ms to 5 s, half of it random.
#[derive(Debug, Default)]
struct Pause {
    doublings: u32,
}

impl Pause {
    fn wait(&mut self, stop: &StopFlag) {
        const SHORTEST: Duration = Duration::from_millis(50);
        const LONGEST: Duration = Duration::from_secs(5);
        const STEP: Duration = Duration::from_millis(50);
        let full = SHORTEST.saturating_mul(2_u32.saturating_pow(self.doublings)).min(LONGEST);
        self.doublings = self.doublings.saturating_add(1).min(16);
        let until = Instant::now() + full.mul_f64(rand::random_range(0.5..=1.0));
        while Instant::now() < until && !stop.is_set() {
            std::thread::sleep(STEP.min(until.saturating_duration_since(Instant::now())));
        }
    }
}
