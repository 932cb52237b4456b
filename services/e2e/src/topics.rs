//! Readers of topics that share no code with the product.

use std::{
    collections::{BTreeMap, BTreeSet},
    time::{Duration, Instant},
};

use anyhow::{Context, Result, bail};
use news_model::wire::{ItemEvent, TaggedItem};
use rdkafka::{
    ClientConfig, Offset, TopicPartitionList,
    consumer::{BaseConsumer, Consumer},
    error::KafkaError,
    message::{Header, Headers, Message},
    metadata::MetadataPartition,
};

use crate::wait;

/// How long one reading of a topic may take.
const PATIENCE: Duration = Duration::from_mins(1);
/// How long one request to the broker may take.
const REQUEST: Duration = Duration::from_secs(10);

/// What a reader sees of transactions.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Isolation {
    /// Committed records, up to the first open transaction.
    Committed,
    /// Everything, aborted records too.
    Uncommitted,
}

/// One record, whole.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Record {
    /// Name of its topic.
    pub topic: String,
    /// Its partition.
    pub partition: i32,
    /// Its offset.
    pub offset: i64,
    /// Its timestamp in milliseconds since the epoch.
    pub timestamp_ms: i64,
    /// Its key; empty for none.
    pub key: Vec<u8>,
    /// Its value; `None` is a tombstone.
    pub value: Option<Vec<u8>>,
    /// Its headers, in order.
    pub headers: Vec<(String, Vec<u8>)>,
}

/// First and next offset of a partition.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Range {
    /// First offset that is kept.
    pub low: i64,
    /// Offset of the record after the last that the reader may see.
    pub high: i64,
}

impl Isolation {
    fn setting(self) -> &'static str {
        match self {
            Self::Committed => "read_committed",
            Self::Uncommitted => "read_uncommitted",
        }
    }
}

impl Record {
    /// The first header of this name, as text.
    #[must_use]
    pub fn header(&self, name: &str) -> Option<&str> {
        let (_, value) = self.headers.iter().find(|(key, _)| key == name)?;
        std::str::from_utf8(value).ok()
    }

    /// The key as text.
    ///
    /// # Errors
    /// When it is none.
    pub fn key_text(&self) -> Result<&str> {
        Ok(std::str::from_utf8(&self.key)?)
    }

    /// The value as an item event.
    ///
    /// # Errors
    /// When it is none.
    pub fn item_event(&self) -> Result<ItemEvent> {
        self.decoded()
    }

    /// The value as a tagged item.
    ///
    /// # Errors
    /// When it is none.
    pub fn tagged_item(&self) -> Result<TaggedItem> {
        self.decoded()
    }

    /// The value as a message of the wire contract.
    ///
    /// # Errors
    /// When it is none.
    pub fn decoded<M: prost::Message + Default>(&self) -> Result<M> {
        let value = self.value.as_deref().unwrap_or_default();
        M::decode(value).with_context(|| format!("{}[{}]@{}", self.topic, self.partition, self.offset))
    }
}

/// Settings of a client of the node at `brokers`.
#[must_use]
pub fn client(brokers: &str) -> ClientConfig {
    let mut config = ClientConfig::new();
    config.set("bootstrap.servers", brokers).set("client.id", "e2e");
    config
}

/// A consumer that joins no group and commits nothing.
///
/// # Errors
/// When librdkafka refuses the settings.
pub fn consumer(brokers: &str, isolation: Isolation) -> Result<BaseConsumer> {
    Ok(reader(brokers, isolation).create()?)
}

fn reader(brokers: &str, isolation: Isolation) -> ClientConfig {
    let mut config = client(brokers);
    config
        .set("group.id", "e2e-reader")
        .set("isolation.level", isolation.setting())
        .set("enable.auto.commit", "false")
        .set("fetch.wait.max.ms", "50")
        .set("check.crcs", "true");
    config
}

/// The partitions of `topic`.
///
/// # Errors
/// When the topic is missing.
pub fn partitions(brokers: &str, topic: &str) -> Result<Vec<i32>> {
    partitions_of(&consumer(brokers, Isolation::Committed)?, topic)
}

fn partitions_of(consumer: &BaseConsumer, topic: &str) -> Result<Vec<i32>> {
    let metadata = consumer.fetch_metadata(Some(topic), REQUEST)?;
    let found = metadata.topics().first().context("no metadata")?;
    if let Some(error) = found.error() {
        bail!("topic {topic}: {error:?}");
    }
    Ok(found.partitions().iter().map(MetadataPartition::id).collect())
}

/// Where each partition of `topic` begins and ends for a reader of this isolation.
///
/// # Errors
/// When the topic is missing.
pub fn ranges(brokers: &str, topic: &str, isolation: Isolation) -> Result<BTreeMap<i32, Range>> {
    ranges_of(&consumer(brokers, isolation)?, topic)
}

fn ranges_of(consumer: &BaseConsumer, topic: &str) -> Result<BTreeMap<i32, Range>> {
    let mut ranges = BTreeMap::new();
    for partition in partitions_of(consumer, topic)? {
        let (low, high) = consumer.fetch_watermarks(topic, partition, REQUEST)?;
        ranges.insert(partition, Range { low, high });
    }
    Ok(ranges)
}

/// How many members `group` has by what its broker knows.
///
/// # Errors
/// When the broker does not tell.
pub fn members(brokers: &str, group: &str) -> Result<usize> {
    let found = consumer(brokers, Isolation::Committed)?.fetch_group_list(Some(group), REQUEST)?;
    Ok(found.groups().iter().map(|group| group.members().len()).sum())
}

/// Every record of `topic` as it stands, by partition and offset.
///
/// # Errors
/// When the topic is missing or cannot be read to its end.
pub fn read(brokers: &str, topic: &str, isolation: Isolation) -> Result<Vec<Record>> {
    let consumer = consumer(brokers, isolation)?;
    let mut left = ranges_of(&consumer, topic)?;
    left.retain(|_, range| range.high > range.low);
    let mut assignment = TopicPartitionList::new();
    for partition in left.keys() {
        assignment.add_partition_offset(topic, *partition, Offset::Beginning)?;
    }
    consumer.assign(&assignment)?;
    let mut records = Vec::new();
    wait::until_true(&format!("{topic} is read to its end"), PATIENCE, || {
        while let Some(message) = consumer.poll(Duration::from_millis(20)) {
            records.push(record_of(&message?));
        }
        // The last offsets may belong to markers, which no reader is handed: positions tell, records do not.
        let positions = consumer.position()?;
        for element in positions.elements_for_topic(topic) {
            if let (Offset::Offset(next), Some(range)) = (element.offset(), left.get(&element.partition()))
                && next >= range.high
            {
                left.remove(&element.partition());
            }
        }
        Ok(left.is_empty())
    })?;
    records.sort_by_key(|record| (record.partition, record.offset));
    Ok(records)
}

/// Tells when something is written to a topic, before it is known whether it will be committed.
pub struct Watch {
    consumer: BaseConsumer,
}

impl Watch {
    /// Watches `topic` from its end on; returns once the end of every partition was seen, so that what comes then comes at once.
    ///
    /// # Errors
    /// When the topic is missing or its ends are not reached.
    pub fn from_end(brokers: &str, topic: &str) -> Result<Self> {
        let consumer: BaseConsumer =
            reader(brokers, Isolation::Uncommitted).set("enable.partition.eof", "true").create()?;
        let ranges = ranges_of(&consumer, topic)?;
        let mut assignment = TopicPartitionList::new();
        for (partition, range) in &ranges {
            assignment.add_partition_offset(topic, *partition, Offset::Offset(range.high))?;
        }
        consumer.assign(&assignment)?;
        let mut ahead: BTreeSet<i32> = ranges.into_keys().collect();
        wait::until_true("the ends are reached", PATIENCE, || {
            while let Some(event) = consumer.poll(Duration::ZERO) {
                match event {
                    Err(KafkaError::PartitionEOF(partition)) => drop(ahead.remove(&partition)),
                    Err(error) => return Err(error.into()),
                    Ok(_) => {}
                }
            }
            Ok(ahead.is_empty())
        })?;
        Ok(Self { consumer })
    }

    /// Returns as soon as the next record is there; says whether one came within `patience`.
    ///
    /// # Errors
    /// When the client failed.
    pub fn sees_one(&self, patience: Duration) -> Result<bool> {
        let deadline = Instant::now() + patience;
        while Instant::now() < deadline {
            match self.consumer.poll(Duration::from_millis(100)) {
                Some(Ok(_)) => return Ok(true),
                Some(Err(KafkaError::PartitionEOF(_))) | None => {}
                Some(Err(error)) => return Err(error.into()),
            }
        }
        Ok(false)
    }
}

impl std::fmt::Debug for Watch {
    fn fmt(&self, out: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        out.debug_struct("Watch").finish_non_exhaustive()
    }
}

fn record_of(message: &impl Message) -> Record {
    let headers = message.headers().map(|headers| {
        let one = |header: Header<'_, &[u8]>| (header.key.to_owned(), header.value.unwrap_or_default().to_vec());
        headers.iter().map(one).collect()
    });
    Record {
        topic: message.topic().to_owned(),
        partition: message.partition(),
        offset: message.offset(),
        timestamp_ms: message.timestamp().to_millis().unwrap_or_default(),
        key: message.key().unwrap_or_default().to_vec(),
        value: message.payload().map(<[u8]>::to_vec),
        headers: headers.unwrap_or_default(),
    }
}

/// The names of all topics.
///
/// # Errors
/// When the broker does not answer.
pub fn names(brokers: &str) -> Result<Vec<String>> {
    let metadata = consumer(brokers, Isolation::Committed)?.fetch_metadata(None, REQUEST)?;
    Ok(metadata.topics().iter().map(|topic| topic.name().to_owned()).collect())
}
