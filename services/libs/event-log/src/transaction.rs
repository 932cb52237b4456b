//! One Kafka transaction as a typestate: begin, produce, flush, send offsets, commit, in this order and no other.

use std::{
    sync::atomic::{AtomicUsize, Ordering},
    time::{Duration, Instant},
};

use parking_lot::Mutex;
use rdkafka::{
    ClientContext, Offset, TopicPartitionList,
    config::RDKafkaLogLevel,
    consumer::ConsumerGroupMetadata,
    error::{KafkaError, RDKafkaErrorCode},
    message::DeliveryResult,
    producer::{BaseProducer, BaseRecord, Producer, ProducerContext},
};

use crate::{
    cluster::{Cluster, ClusterError, log, log_error},
    fail_points::Step,
    record::OutRecord,
    topics::TopicNames,
};

/// A producer that knows which of its records were refused.
pub(crate) type TransactionalProducer = BaseProducer<Deliveries>;

/// What became of the records of the transaction that is open.
#[derive(Default)]
pub(crate) struct Deliveries {
    failed: AtomicUsize,
    refused: Mutex<Vec<(usize, RDKafkaErrorCode)>>,
    last_error: Mutex<Option<KafkaError>>,
}

/// How a transactional call failed, by what can be done about it.
#[derive(Debug)]
pub(crate) enum TransactionFailure {
    /// The transaction must be aborted; it can be tried again with the same producer.
    Abort(KafkaError),
    /// These records of the batch, by index, can never be accepted; the transaction must be aborted.
    Refused(Vec<(usize, RDKafkaErrorCode)>),
    /// The producer is of no more use, and its transaction cannot have been committed.
    Fenced(KafkaError),
    /// Nobody knows whether the transaction was committed, which is asked before the batch is tried again.
    Indefinite(KafkaError),
}

/// A transaction that takes records.
pub(crate) struct Open<'a> {
    producer: &'a TransactionalProducer,
    deadline: Instant,
}

/// A transaction whose records are all on the broker.
pub(crate) struct Flushed<'a>(Open<'a>);

/// A transaction that knows its offsets.
pub(crate) struct Sealed<'a>(Open<'a>);

/// Next offset of one partition that the transaction follows from.
#[derive(Clone, Copy, Debug)]
pub(crate) struct NextOffset {
    pub(crate) partition: i32,
    pub(crate) offset: i64,
}

/// Creates the producer and fences whatever another one with this id left open.
pub(crate) fn open_producer(
    cluster: &Cluster,
    id: &str,
    timeout: Duration,
) -> Result<TransactionalProducer, ClusterError> {
    // A delivery must not outlive its transaction.
    let mut config = cluster.producer_config(timeout);
    config
        .set("transactional.id", id)
        .set("transaction.timeout.ms", timeout.as_millis().to_string())
        // Above any batch the services cut, so that a full queue is the exception.
        .set("queue.buffering.max.messages", "200000")
        .set("queue.buffering.max.kbytes", "65536");
    let producer: TransactionalProducer =
        config.create_with_context(Deliveries::default()).map_err(ClusterError::Settings)?;
    producer.init_transactions(timeout).map_err(|cause| cluster.unreachable(timeout, cause))?;
    Ok(producer)
}

impl<'a> Open<'a> {
    /// Begins a transaction that must come to its end by `deadline`.
    pub(crate) fn begin(producer: &'a TransactionalProducer, deadline: Instant) -> Result<Self, TransactionFailure> {
        Step::Idle.reached();
        producer.context().reset();
        producer.begin_transaction().map_err(classify)?;
        Ok(Self { producer, deadline })
    }

    /// Hands one record over; `index` names it should the broker refuse it.
    pub(crate) fn produce(
        &self,
        index: usize,
        record: &OutRecord,
        names: &TopicNames,
    ) -> Result<(), TransactionFailure> {
        send(self.producer, index, record, names.of(record.topic), self.deadline)
    }

    /// Waits until every record is on the broker.
    pub(crate) fn flush(self) -> Result<Flushed<'a>, TransactionFailure> {
        Step::Produced.reached();
        wait_delivered(self.producer, self.deadline)?;
        Step::Flushed.reached();
        Ok(Flushed(self))
    }
}

impl<'a> Flushed<'a> {
    /// Adds the offsets, each marked with `token`, under the group membership taken before the first record was produced.
    ///
    /// An empty list would succeed and fence nothing, so `offsets` must name every partition that has records here.
    pub(crate) fn send_offsets(
        self,
        topic: &str,
        offsets: &[NextOffset],
        token: &str,
        group: &ConsumerGroupMetadata,
    ) -> Result<Sealed<'a>, TransactionFailure> {
        let list = offset_list(topic, offsets, token).map_err(TransactionFailure::Abort)?;
        let open = self.0;
        open.retrying(|left| open.producer.send_offsets_to_transaction(&list, group, left))?;
        Step::Sealed.reached();
        Ok(Sealed(open))
    }
}

impl Sealed<'_> {
    /// Commits.
    pub(crate) fn commit(self) -> Result<(), TransactionFailure> {
        let open = self.0;
        let ended = open.retrying(|left| open.producer.commit_transaction(left));
        Step::Committed.reached();
        match ended {
            // Past this point a failure that is not abortable leaves the outcome unknown.
            Err(TransactionFailure::Fenced(cause)) => Err(TransactionFailure::Indefinite(cause)),
            other => other,
        }
    }
}

impl Open<'_> {
    /// Repeats a call while librdkafka says that it may be repeated and time is left.
    fn retrying(&self, call: impl Fn(Duration) -> Result<(), KafkaError>) -> Result<(), TransactionFailure> {
        const SHORTEST: Duration = Duration::from_millis(100);
        loop {
            let left = self.deadline.saturating_duration_since(Instant::now());
            match call(left.max(SHORTEST)) {
                Ok(()) => return Ok(()),
                Err(error) if is_retriable(&error) && !left.is_zero() => {
                    self.producer.poll(SHORTEST);
                }
                Err(error) => return Err(classify(error)),
            }
        }
    }
}

/// Aborts what is open by `deadline`.
///
/// The client drops what it has not sent and waits for the reports of what it has. Those come only to who polls, which the call itself does
/// not, so it is made for short stretches with a poll in between; the client allows that and goes on where it was.
pub(crate) fn abort(producer: &TransactionalProducer, deadline: Instant) -> Result<(), KafkaError> {
    const STRETCH: Duration = Duration::from_millis(100);
    loop {
        match producer.abort_transaction(STRETCH) {
            Err(error) if is_retriable(&error) && Instant::now() < deadline => {
                producer.poll(STRETCH);
            }
            ended => return ended,
        }
    }
}

/// Hands `record` to `producer`, waiting while its queue is full.
pub(crate) fn send(
    producer: &TransactionalProducer,
    index: usize,
    record: &OutRecord,
    topic: &str,
    deadline: Instant,
) -> Result<(), TransactionFailure> {
    let mut message = BaseRecord::with_opaque_to(topic, index)
        .partition(record.partition)
        .key(record.key.as_ref())
        .headers(record.owned_headers());
    if let Some(value) = &record.value {
        message = message.payload(value.as_ref());
    }
    loop {
        match producer.send(message) {
            Ok(()) => return Ok(()),
            Err((KafkaError::MessageProduction(RDKafkaErrorCode::QueueFull), returned))
                if Instant::now() < deadline =>
            {
                producer.poll(Duration::from_millis(10));
                message = returned;
            }
            Err((KafkaError::MessageProduction(code), _)) if is_refusal(code) => {
                return Err(TransactionFailure::Refused(vec![(index, code)]));
            }
            Err((error, _)) => return Err(classify(error)),
        }
    }
}

/// Waits until every record handed over is on the broker, or has failed.
///
/// The client's own flush sleeps for 100 ms at a time, however soon the reports come; a commit waits for this one. It sleeps by itself between
/// looks: a poll of the binding spins through what is left of its time below a millisecond.
pub(crate) fn wait_delivered(producer: &TransactionalProducer, deadline: Instant) -> Result<(), TransactionFailure> {
    const LOOK: Duration = Duration::from_millis(1);
    // Asks the brokers' threads to send at once what lingers.
    let mut flushed = producer.flush(Duration::ZERO);
    while producer.in_flight_count() > 0 && Instant::now() < deadline {
        std::thread::sleep(LOOK);
        take_reports(producer);
        flushed = producer.flush(Duration::ZERO);
    }
    let deliveries = producer.context();
    let refused = std::mem::take(&mut *deliveries.refused.lock());
    if !refused.is_empty() {
        return Err(TransactionFailure::Refused(refused));
    }
    if deliveries.failed.load(Ordering::Acquire) > 0 {
        let cause = deliveries.last_error.lock().take();
        return Err(TransactionFailure::Abort(cause.unwrap_or(KafkaError::Canceled)));
    }
    if producer.in_flight_count() == 0 { Ok(()) } else { flushed.map_err(TransactionFailure::Abort) }
}

/// Takes the delivery reports that have come; a poll without time takes one, which may be of many records.
fn take_reports(producer: &TransactionalProducer) {
    let mut left = i32::MAX;
    while producer.in_flight_count() < left {
        left = producer.in_flight_count();
        producer.poll(Duration::ZERO);
    }
}

pub(crate) fn offset_list(topic: &str, offsets: &[NextOffset], token: &str) -> Result<TopicPartitionList, KafkaError> {
    let mut list = TopicPartitionList::with_capacity(offsets.len());
    for next in offsets {
        let mut element = list.add_partition(topic, next.partition);
        element.set_offset(Offset::Offset(next.offset))?;
        element.set_metadata(token);
    }
    Ok(list)
}

pub(crate) fn classify(error: KafkaError) -> TransactionFailure {
    match &error {
        KafkaError::Transaction(cause) if cause.txn_requires_abort() => TransactionFailure::Abort(error),
        KafkaError::Transaction(_) => TransactionFailure::Fenced(error),
        _ => TransactionFailure::Abort(error),
    }
}

fn is_retriable(error: &KafkaError) -> bool {
    matches!(error, KafkaError::Transaction(cause) if cause.is_retriable() && !cause.txn_requires_abort())
}

/// Whether the record itself is at fault, whoever sends it.
fn is_refusal(code: RDKafkaErrorCode) -> bool {
    matches!(
        code,
        RDKafkaErrorCode::MessageSizeTooLarge | RDKafkaErrorCode::InvalidMessageSize | RDKafkaErrorCode::InvalidRecord
    )
}

impl Deliveries {
    pub(crate) fn reset(&self) {
        self.failed.store(0, Ordering::Release);
        self.refused.lock().clear();
        self.last_error.lock().take();
    }
}

impl ClientContext for Deliveries {
    fn log(&self, level: RDKafkaLogLevel, facility: &str, message: &str) {
        log(level, facility, message);
    }

    fn error(&self, error: KafkaError, reason: &str) {
        log_error(&error, reason);
    }
}

impl ProducerContext for Deliveries {
    type DeliveryOpaque = usize;

    fn delivery(&self, result: &DeliveryResult<'_>, index: usize) {
        let Err((error, _)) = result else { return };
        self.failed.fetch_add(1, Ordering::AcqRel);
        if let Some(code) = error.rdkafka_error_code()
            && is_refusal(code)
        {
            self.refused.lock().push((index, code));
        }
        *self.last_error.lock() = Some(error.clone());
    }
}
