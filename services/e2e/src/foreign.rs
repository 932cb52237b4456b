//! What others than Courant do to its topics: write to them, alter them, hold transactions open.

use std::{
    collections::{BTreeSet, HashMap},
    fmt,
    sync::{Mutex, PoisonError},
    time::Duration,
};

use anyhow::{Context, Result, anyhow};
use rdkafka::{
    admin::{AdminClient, AdminOptions, AlterConfig, NewTopic, ResourceSpecifier, TopicReplication},
    client::DefaultClientContext,
    message::{DeliveryResult, Header, Message, OwnedHeaders},
    producer::{BaseProducer, BaseRecord, Producer, ProducerContext, ThreadedProducer},
};

use crate::{topics::client, web::runtime};

/// How long one request to the broker may take.
const REQUEST: Duration = Duration::from_secs(10);

/// Sets one setting of a topic, as a person with Kafka's tools would.
///
/// # Errors
/// When the broker refuses.
pub fn alter(brokers: &str, topic: &str, key: &str, value: &str) -> Result<()> {
    let admin: AdminClient<DefaultClientContext> = client(brokers).create()?;
    let change = AlterConfig::new(ResourceSpecifier::Topic(topic)).set(key, value);
    let altered = runtime()?.block_on(admin.alter_configs([&change], &AdminOptions::new()))?;
    for result in altered {
        result.map_err(|(_, code)| anyhow!("{topic} was not altered: {code}"))?;
    }
    Ok(())
}

/// Writes one record outside any transaction.
///
/// # Errors
/// When the broker does not take it.
pub fn produce(
    brokers: &str,
    (topic, partition): (&str, i32),
    key: &str,
    value: Option<&[u8]>,
    headers: &[(&str, &str)],
) -> Result<()> {
    let producer: BaseProducer = client(brokers).create()?;
    let headers =
        headers.iter().fold(OwnedHeaders::new(), |all, (key, value)| all.insert(Header { key, value: Some(*value) }));
    let mut record = BaseRecord::<str, [u8]>::to(topic).partition(partition).key(key).headers(headers);
    if let Some(value) = value {
        record = record.payload(value);
    }
    producer.send(record).map_err(|(error, _)| error)?;
    producer.flush(REQUEST)?;
    Ok(())
}

/// Writes records of keys and values outside any transaction, in this order.
///
/// # Errors
/// When the broker does not take one of them.
pub fn produce_all<'a>(
    brokers: &str,
    (topic, partition): (&str, i32),
    records: impl IntoIterator<Item = (&'a str, &'a [u8])>,
) -> Result<()> {
    let producer: BaseProducer = client(brokers).set("enable.idempotence", "true").create()?;
    for (key, value) in records {
        let record = BaseRecord::<str, [u8]>::to(topic).partition(partition).key(key).payload(value);
        producer.send(record).map_err(|(error, _)| error)?;
    }
    Ok(producer.flush(REQUEST)?)
}

/// Where librdkafka puts records of these keys among so many partitions by the rule of the Java client. It is asked, not reckoned: each
/// key is sent to a scratch topic of that size, named `scratch-<partitions>`.
///
/// # Errors
/// When the broker does not take a record.
pub fn java_places(brokers: &str, scratch: &str, keys: &[(i32, Vec<u8>)]) -> Result<Vec<i32>> {
    let admin: AdminClient<DefaultClientContext> = client(brokers).create()?;
    let sizes: BTreeSet<i32> = keys.iter().map(|(partitions, _)| *partitions).collect();
    for partitions in sizes {
        let name = format!("{scratch}-{partitions}");
        let topic = NewTopic::new(&name, partitions, TopicReplication::Fixed(1));
        let created = runtime()?.block_on(admin.create_topics([&topic], &AdminOptions::new()))?;
        for result in created {
            result.map_err(|(_, code)| anyhow!("{name} was not created: {code}"))?;
        }
    }
    let producer: ThreadedProducer<Placed> =
        client(brokers).set("partitioner", "murmur2").create_with_context(Placed::default())?;
    for (number, (partitions, key)) in keys.iter().enumerate() {
        let topic = format!("{scratch}-{partitions}");
        let record = BaseRecord::<[u8], [u8], usize>::with_opaque_to(&topic, number).key(key).payload(&[]);
        producer.send(record).map_err(|(error, _)| error)?;
    }
    producer.flush(REQUEST)?;
    let placed = producer.context().0.lock().unwrap_or_else(PoisonError::into_inner).clone();
    (0..keys.len()).map(|number| placed.get(&number).copied().context("a record was not placed")).collect()
}

/// Notes the partition that each record went to.
#[derive(Default)]
struct Placed(Mutex<HashMap<usize, i32>>);

impl rdkafka::ClientContext for Placed {}

impl ProducerContext for Placed {
    type DeliveryOpaque = usize;

    fn delivery(&self, result: &DeliveryResult<'_>, number: usize) {
        if let Ok(message) = result {
            self.0.lock().unwrap_or_else(PoisonError::into_inner).insert(number, message.partition());
        }
    }
}

/// A transaction of somebody else, open until it is aborted.
pub struct OpenTransaction {
    producer: BaseProducer,
}

impl OpenTransaction {
    /// Opens one under `id`; the broker would abort it after a minute.
    ///
    /// # Errors
    /// When the broker refuses.
    pub fn begin(brokers: &str, id: &str) -> Result<Self> {
        let producer: BaseProducer =
            client(brokers).set("transactional.id", id).set("transaction.timeout.ms", "60000").create()?;
        producer.init_transactions(REQUEST)?;
        producer.begin_transaction()?;
        Ok(Self { producer })
    }

    /// Writes a record that stays undecided.
    ///
    /// # Errors
    /// When the broker does not take it.
    pub fn produce(&self, topic: &str, partition: i32, key: &str, value: &[u8]) -> Result<()> {
        let record = BaseRecord::to(topic).partition(partition).key(key).payload(value);
        self.producer.send(record).map_err(|(error, _)| error)?;
        Ok(self.producer.flush(REQUEST)?)
    }

    /// Takes everything back.
    ///
    /// # Errors
    /// When the broker refuses.
    pub fn abort(self) -> Result<()> {
        Ok(self.producer.abort_transaction(REQUEST)?)
    }
}

impl fmt::Debug for OpenTransaction {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        out.debug_struct("OpenTransaction").finish_non_exhaustive()
    }
}
