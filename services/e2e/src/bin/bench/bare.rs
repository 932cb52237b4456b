//! The peer of both benches: an idempotent producer of librdkafka with the settings of event-log's own, and nothing around it.

use std::{
    sync::OnceLock,
    time::{Duration, Instant},
};

use anyhow::{Context, Result, bail, ensure};
use e2e::topics;
use rdkafka::{
    ClientContext,
    error::{KafkaError, RDKafkaErrorCode},
    message::{DeliveryResult, Header, OwnedHeaders},
    producer::{BaseProducer, BaseRecord, Producer, ProducerContext},
};

/// How long the broker may take for what was handed over.
const PATIENCE: Duration = Duration::from_secs(30);
/// Between two looks at the delivery reports, as event-log's writer does it; the client's own flush sleeps for 100 ms at a time.
const SHORT: Duration = Duration::from_millis(1);

/// A producer without transactions.
pub(crate) struct Bare {
    producer: BaseProducer<Deliveries>,
}

/// A record to produce.
pub(crate) struct Outgoing<'a> {
    pub(crate) topic: &'a str,
    pub(crate) partition: i32,
    pub(crate) key: &'a [u8],
    pub(crate) value: Option<&'a [u8]>,
    pub(crate) headers: OwnedHeaders,
}

/// The first failure of a delivery.
#[derive(Default)]
struct Deliveries(OnceLock<KafkaError>);

impl Bare {
    /// Connects, so that the first record finds the brokers known.
    ///
    /// # Errors
    /// When no broker answers.
    pub(crate) fn connect(brokers: &str) -> Result<Self> {
        let mut config = topics::client(brokers);
        config
            .set("enable.idempotence", "true")
            .set("acks", "all")
            .set("linger.ms", "5")
            .set("compression.type", "zstd")
            .set("message.max.bytes", "1179648")
            .set("queue.buffering.max.messages", "200000")
            .set("queue.buffering.max.kbytes", "65536")
            .set("delivery.timeout.ms", PATIENCE.as_millis().to_string());
        let producer: BaseProducer<Deliveries> = config.create_with_context(Deliveries::default())?;
        producer.client().fetch_metadata(None, PATIENCE).context("the producer cannot connect")?;
        Ok(Self { producer })
    }

    /// Hands one record over, waiting while the queue is full.
    ///
    /// # Errors
    /// When it is refused.
    pub(crate) fn send(&self, record: Outgoing<'_>) -> Result<()> {
        let Outgoing { topic, partition, key, value, headers } = record;
        let mut message = BaseRecord::to(topic).partition(partition).key(key).headers(headers);
        if let Some(value) = value {
            message = message.payload(value);
        }
        loop {
            match self.producer.send(message) {
                Ok(()) => return Ok(()),
                Err((KafkaError::MessageProduction(RDKafkaErrorCode::QueueFull), returned)) => {
                    self.producer.poll(SHORT);
                    message = returned;
                }
                Err((error, _)) => return Err(error).context("a record was refused"),
            }
        }
    }

    /// Waits until all records are on the broker.
    ///
    /// # Errors
    /// When one is not.
    pub(crate) fn wait_delivered(&self) -> Result<()> {
        let deadline = Instant::now() + PATIENCE;
        // Asks the client's threads to send at once what lingers; whether all is sent is told by the count.
        let _ = self.producer.flush(Duration::ZERO);
        while self.producer.in_flight_count() > 0 {
            ensure!(Instant::now() < deadline, "records were not delivered within {PATIENCE:?}");
            self.producer.poll(SHORT);
            let _ = self.producer.flush(Duration::ZERO);
        }
        if let Some(error) = self.producer.context().0.get() {
            bail!("a record was not delivered: {error}");
        }
        Ok(())
    }
}

/// Headers as the client takes them.
pub(crate) fn headers<'a>(given: impl Iterator<Item = (&'a str, Option<&'a [u8]>)>) -> OwnedHeaders {
    let empty = OwnedHeaders::new_with_capacity(event_log::USUAL_HEADERS);
    given.fold(empty, |headers, (key, value)| headers.insert(Header { key, value }))
}

impl ClientContext for Deliveries {}

impl ProducerContext for Deliveries {
    type DeliveryOpaque = ();

    fn delivery(&self, result: &DeliveryResult<'_>, (): ()) {
        if let Err((error, _)) = result {
            self.0.get_or_init(|| error.clone());
        }
    }
}
