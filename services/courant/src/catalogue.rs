//! The catalogue topic, read whole and written feed by feed.

use std::collections::BTreeMap;

use bytes::Bytes;
use event_log::{ClusterError, OutRecord, ReadError, Topic, partition_counts, publish, snapshot};
use news_model::{Envelope, EventKind, Feed, FeedId, FetchId, TraceContext, feed_url, partition_of, wire};
use prost::Message;
use service_kit::{clock, exit::Exit};

use crate::{
    config::Kafka,
    show,
    topics::{PATIENCE, failed},
};

/// The catalogue as it stands.
#[derive(Debug, Default)]
pub(crate) struct Catalogue {
    /// Feeds, with the partition that each lies in.
    pub(crate) feeds: BTreeMap<FeedId, (i32, Feed)>,
    /// Keys of entries that this process cannot read, with the reason.
    pub(crate) unreadable: BTreeMap<String, String>,
}

/// Why a command did not come to its end.
#[derive(Debug)]
pub(crate) enum ReadFailure {
    Cluster(ClusterError),
    Read(ReadError),
}

impl From<ClusterError> for ReadFailure {
    fn from(error: ClusterError) -> Self {
        Self::Cluster(error)
    }
}

impl From<ReadError> for ReadFailure {
    fn from(error: ReadError) -> Self {
        Self::Read(error)
    }
}

/// Tells a person of it.
pub(crate) fn told(failure: &ReadFailure) -> Exit {
    match failure {
        ReadFailure::Cluster(error) | ReadFailure::Read(ReadError::Cluster(error)) => failed(error),
        ReadFailure::Read(error) => show::failure(&error.to_string(), Exit::Unavailable),
    }
}

impl Catalogue {
    /// Reads it. Blocks.
    ///
    /// # Errors
    /// When the cluster does not answer or the topic is missing.
    pub(crate) fn read(kafka: &Kafka) -> Result<Self, ReadError> {
        let mut catalogue = Self::default();
        snapshot(&kafka.cluster, kafka.names.of(Topic::Feeds), PATIENCE, |record| {
            let Some(key) = record.key_text() else { return };
            catalogue.unreadable.remove(key);
            if let Ok(id) = key.parse::<FeedId>() {
                catalogue.feeds.remove(&id);
            }
            let Some(value) = record.value.clone() else {
                return;
            };
            let feed = wire::Feed::decode(value)
                .map_err(|error| error.to_string())
                .and_then(|feed| Feed::try_from(feed).map_err(|error| error.to_string()));
            match feed {
                Ok(feed) => {
                    catalogue.feeds.insert(feed.id.clone(), (record.partition, feed));
                }
                Err(problem) => {
                    catalogue.unreadable.insert(key.to_owned(), problem);
                }
            }
        })?;
        Ok(catalogue)
    }

    /// The feed with this id, or this address.
    pub(crate) fn find(&self, id_or_url: &str) -> Option<&(i32, Feed)> {
        let by_id = id_or_url.parse::<FeedId>().ok().and_then(|id| self.feeds.get(&id));
        by_id.or_else(|| {
            let url = feed_url(id_or_url).ok()?;
            self.feeds.values().find(|(_, feed)| feed.url == url)
        })
    }

    /// Those of `wanted` that are there, each once; of the others a person is told. The code to end with.
    pub(crate) fn find_all(&self, wanted: &[String]) -> (Vec<&(i32, Feed)>, Exit) {
        let mut exit = Exit::Success;
        let mut found = BTreeMap::new();
        for name in wanted {
            if let Some(entry) = self.find(name) {
                found.insert(&entry.1.id, entry);
            } else {
                exit = self.told_missing(name);
            }
        }
        (found.into_values().collect(), exit)
    }

    /// Tells a person that a feed is not there, or not to be read.
    pub(crate) fn told_missing(&self, name: &str) -> Exit {
        let problem = match self.unreadable.get(name) {
            Some(problem) => format!("feed {name} cannot be read: {problem}"),
            None => format!("no feed {name:?}; `courant feeds list` shows ids and addresses"),
        };
        show::failure(&problem, Exit::Failure)
    }

    /// Tells a person of the entries that cannot be read.
    pub(crate) fn tell_unreadable(&self) {
        for (key, problem) in &self.unreadable {
            show::note(&format!("courant: feed {key} cannot be read: {problem}"));
        }
    }
}

/// Writes `feeds`, each to the partition of its shard key. Blocks.
///
/// # Errors
/// When the cluster does not answer, or the topics do not fit together.
pub(crate) fn write(kafka: &Kafka, feeds: &[Feed]) -> Result<(), ClusterError> {
    let partitions = partition_counts(&kafka.cluster, &kafka.names, &[Topic::Feeds, Topic::FeedState], PATIENCE)?;
    let partitions = partitions.first().copied().unwrap_or(1);
    let record = |feed: &Feed| {
        let place = partition_of(feed.shard_key.as_str().as_bytes(), partitions);
        let value = Bytes::from(feed.to_wire().encode_to_vec());
        record_of(feed.id.as_str(), place, Some(value))
    };
    let records: Vec<_> = feeds.iter().map(record).collect();
    publish(&kafka.cluster, &kafka.names, &records, PATIENCE)
}

/// Removes entries by key and partition. Blocks.
///
/// # Errors
/// When the cluster does not answer.
pub(crate) fn erase(kafka: &Kafka, entries: &[(String, i32)]) -> Result<(), ClusterError> {
    let records: Vec<_> = entries.iter().map(|(key, partition)| record_of(key, *partition, None)).collect();
    publish(&kafka.cluster, &kafka.names, &records, PATIENCE)
}

fn record_of(key: &str, partition: i32, value: Option<Bytes>) -> OutRecord {
    let change = FetchId::from_random(rand::random());
    let envelope = Envelope {
        id: format!("{key}@{change}"),
        kind: EventKind::Feed,
        source: "/catalogue".to_owned(),
        time: clock::now(),
        trace: TraceContext::Poll(change),
    };
    OutRecord::new(Topic::Feeds, partition, key.to_owned(), value, &envelope)
}
