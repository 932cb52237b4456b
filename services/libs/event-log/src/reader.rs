//! Reads partitions without taking part in a group: restoring state, listing the catalogue, following a topic.
//!
//! A restore is a barrier against a previous owner whose commit is still in flight. In this order: a stable fetch of the group's offsets,
//! which waits for pending transactional offsets; the high watermark as a `read_uncommitted` client sees it, since a `read_committed`
//! client's answer is the last stable offset and would stop short of an open transaction; then reading until the `read_committed` position
//! passes that watermark. End-of-partition events and record offsets prove nothing: the tail may be transaction markers.

use std::{
    collections::HashMap,
    time::{Duration, Instant},
};

use chrono::{DateTime, Utc};
use rdkafka::{
    Offset, TopicPartitionList,
    consumer::{BaseConsumer, Consumer},
    error::{KafkaError, RDKafkaErrorCode},
    message::Message,
};

use crate::{
    cluster::{Cluster, ClusterError, Guarantee, LoggedClient},
    group::GroupReader,
    offsets::stable_offsets,
    record::InRecord,
    token,
};

/// Why reading did not come to its end.
#[derive(Debug, thiserror::Error)]
pub enum ReadError {
    /// The cluster cannot be used.
    #[error(transparent)]
    Cluster(#[from] ClusterError),
    /// The end was not reached in time.
    #[error(
        "reading {topic} did not reach its end within {waited:?}: {left} partitions are left, the first is {first_left}{}",
        undecided.map_or_else(String::new, |offset| format!(
            ", whose records from offset {offset} on wait for a transaction that is open; should that outlast the transaction timeout, no \
             client ends it any more: find and abort it with kafka-transactions.sh"
        ))
    )]
    TooSlow {
        /// Topic that was read.
        topic: String,
        /// How long.
        waited: Duration,
        /// Partitions that were not read to their end.
        left: usize,
        /// One of them.
        first_left: i32,
        /// Offset in it from which on nothing is decided, if an open transaction is what holds it up.
        undecided: Option<i64>,
    },
}

/// What a restore gives, beside the records it handed over.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Restored {
    /// Position reached in each partition: the offset of the next record.
    pub next_offsets: HashMap<i32, i64>,
    /// Records handed over.
    pub records: usize,
    /// When the group last committed an offset of each partition, where that is told: a member was at work there until then.
    pub last_commits: HashMap<i32, DateTime<Utc>>,
}

/// Partitions of a topic to be read from the start to where every transaction that was pending when it began is decided.
#[derive(Clone, Copy, Debug)]
pub struct Restore<'a> {
    /// Where.
    pub cluster: &'a Cluster,
    /// Group whose pending offsets must be decided first.
    pub group: &'a GroupReader,
    /// Full name of the topic.
    pub topic: &'a str,
    /// Its partitions; they correspond to those of the group's topic.
    pub partitions: &'a [i32],
    /// How long it may take.
    pub patience: Duration,
}

impl Restore<'_> {
    /// Reads, handing each record to `take`. Blocks.
    ///
    /// # Errors
    /// When the cluster does not answer, or the end is not reached in time.
    pub fn run(&self, take: impl FnMut(InRecord)) -> Result<Restored, ReadError> {
        let last_commits = match self.cluster.guarantee() {
            Guarantee::Transactional => wait_for_pending_offsets(self.group, self.partitions, self.patience)?,
            Guarantee::None => HashMap::new(),
        };
        let leaving = || self.group.is_leaving();
        let extent = Extent::whole(self.topic, self.partitions);
        Ok(Restored { last_commits, ..read_to_end(self.cluster, extent, self.patience, leaving, take)? })
    }
}

/// Reads the whole of `topic` as it stands. Blocks.
///
/// # Errors
/// When the cluster does not answer, the topic is missing, or the end is not reached within `patience`.
pub fn snapshot(
    cluster: &Cluster,
    topic: &str,
    patience: Duration,
    take: impl FnMut(InRecord),
) -> Result<Restored, ReadError> {
    let partitions = partitions_of(cluster, topic, patience)?;
    read_to_end(cluster, Extent::whole(topic, &partitions), patience, || false, take)
}

/// Reads one partition of `topic` as it stands, all of it or what was written from `since_ms` (milliseconds since the epoch) on. Blocks.
///
/// A cluster that cannot tell where that begins hands over older records, too.
///
/// # Errors
/// As [`snapshot`].
pub fn snapshot_of(
    cluster: &Cluster,
    (topic, partition): (&str, i32),
    since_ms: Option<i64>,
    patience: Duration,
    take: impl FnMut(InRecord),
) -> Result<Restored, ReadError> {
    let partitions = [partition];
    let extent = Extent { since_ms, ..Extent::whole(topic, &partitions) };
    read_to_end(cluster, extent, patience, || false, take)
}

/// What is read of a topic.
#[derive(Clone, Copy)]
struct Extent<'a> {
    topic: &'a str,
    partitions: &'a [i32],
    /// From when on; from the start where that is not said.
    since_ms: Option<i64>,
}

impl<'a> Extent<'a> {
    fn whole(topic: &'a str, partitions: &'a [i32]) -> Self {
        Self { topic, partitions, since_ms: None }
    }
}

/// Waits until no offset of `partitions` is pending; tells when each was committed.
fn wait_for_pending_offsets(
    group: &GroupReader,
    partitions: &[i32],
    patience: Duration,
) -> Result<HashMap<i32, DateTime<Utc>>, ReadError> {
    const STEP: Duration = Duration::from_secs(5);
    let membership = group.membership();
    let mut query = TopicPartitionList::with_capacity(partitions.len());
    for partition in partitions {
        query.add_partition(&membership.topic, *partition);
    }
    let deadline = Instant::now() + patience;
    loop {
        match stable_offsets(&membership.consumer, &query, STEP) {
            Ok(committed) => {
                let elements = committed.elements();
                let times =
                    elements.iter().map(|element| (element.partition(), token::committed_at(element.metadata())));
                return Ok(times.filter_map(|(partition, at)| Some((partition, at?))).collect());
            }
            Err(error) if group.is_leaving() || Instant::now() > deadline => {
                let what = format!("fetch the group's stable offsets of {}", membership.topic);
                return Err(ClusterError::Refused { what, cause: error }.into());
            }
            Err(error) => tracing::debug!(%error, "offsets are not stable; asking again"),
        }
    }
}

fn partitions_of(cluster: &Cluster, topic: &str, patience: Duration) -> Result<Vec<i32>, ClusterError> {
    let metadata = cluster
        .plain_client()?
        .fetch_metadata(Some(topic), patience)
        .map_err(|cause| cluster.unreachable(patience, cause))?;
    let found = metadata.topics().iter().find(|found| found.name() == topic && found.error().is_none());
    let numbers = found.map(|found| found.partitions().iter().map(rdkafka::metadata::MetadataPartition::id).collect());
    numbers
        .filter(|numbers: &Vec<i32>| !numbers.is_empty())
        .ok_or_else(|| ClusterError::MissingTopic { topic: topic.to_owned() })
}

fn read_to_end(
    cluster: &Cluster,
    Extent { topic, partitions, since_ms }: Extent<'_>,
    patience: Duration,
    give_up: impl Fn() -> bool,
    mut take: impl FnMut(InRecord),
) -> Result<Restored, ReadError> {
    let deadline = Instant::now() + patience;
    let mut ends = high_watermarks(cluster, topic, partitions, patience)?;
    let mut restored = Restored {
        next_offsets: ends.iter().map(|(partition, range)| (*partition, range.high)).collect(),
        ..Restored::default()
    };
    ends.retain(|_, range| range.high > range.low);
    if ends.is_empty() {
        return Ok(restored);
    }
    let beginnings = match since_ms {
        None => HashMap::new(),
        Some(since_ms) => offsets_at(cluster, topic, (&ends, since_ms), patience)?,
    };
    let starts = ends.keys().map(|partition| {
        (*partition, beginnings.get(partition).map_or(Offset::Beginning, |offset| Offset::Offset(*offset)))
    });
    let consumer = assigned_consumer(cluster, topic, starts)?;
    while !ends.is_empty() {
        if give_up() || Instant::now() > deadline {
            let (first_left, end) =
                ends.iter().min_by_key(|(partition, _)| **partition).map_or((0, 0), |(p, r)| (*p, r.high));
            return Err(ReadError::TooSlow {
                topic: topic.to_owned(),
                waited: patience,
                left: ends.len(),
                first_left,
                undecided: last_stable_offset(&consumer, topic, first_left).filter(|stable| *stable < end),
            });
        }
        match consumer.poll(Duration::from_millis(20)) {
            Some(Ok(message)) => {
                restored.records += 1;
                take(InRecord::from(&message));
                // Asking for positions walks every partition; the tail is looked at when the stream runs dry, or near the end.
                if ends.get(&message.partition()).is_none_or(|range| message.offset() + 1 < range.high) {
                    continue;
                }
            }
            Some(Err(error)) => {
                tracing::debug!(%error, topic, "reading failed; the client tries again");
            }
            None => {}
        }
        drop_reached(&consumer, topic, &mut ends, &mut restored);
    }
    Ok(restored)
}

#[derive(Clone, Copy)]
struct Range {
    low: i64,
    high: i64,
}

fn high_watermarks(
    cluster: &Cluster,
    topic: &str,
    partitions: &[i32],
    patience: Duration,
) -> Result<HashMap<i32, Range>, ClusterError> {
    let mut config = cluster.client_config();
    config.set("isolation.level", "read_uncommitted");
    let client: BaseConsumer<LoggedClient> =
        config.create_with_context(LoggedClient).map_err(ClusterError::Settings)?;
    let deadline = Instant::now() + patience;
    let mut ends = HashMap::new();
    for partition in partitions {
        let (low, high) =
            watermarks(&client, topic, *partition, deadline).map_err(|cause| cluster.unreachable(patience, cause))?;
        ends.insert(*partition, Range { low, high });
    }
    Ok(ends)
}

/// First and next offset of a partition; asked again while it has no leader, as just after its creation, for the client gives up at once then.
fn watermarks(
    client: &BaseConsumer<LoggedClient>,
    topic: &str,
    partition: i32,
    deadline: Instant,
) -> Result<(i64, i64), KafkaError> {
    const PAUSE: Duration = Duration::from_millis(100);
    loop {
        let left = deadline.saturating_duration_since(Instant::now()).max(PAUSE);
        match client.fetch_watermarks(topic, partition, left) {
            Err(error) if is_leaderless(&error) && Instant::now() < deadline => std::thread::sleep(PAUSE),
            answered => return answered,
        }
    }
}

fn is_leaderless(error: &KafkaError) -> bool {
    matches!(
        error.rdkafka_error_code(),
        Some(
            RDKafkaErrorCode::NotLeaderForPartition
                | RDKafkaErrorCode::LeaderNotAvailable
                | RDKafkaErrorCode::UnknownTopicOrPartition
        )
    )
}

/// Offsets of the first records of `since_ms` or later, where there are any.
fn offsets_at(
    cluster: &Cluster,
    topic: &str,
    (ends, since_ms): (&HashMap<i32, Range>, i64),
    patience: Duration,
) -> Result<HashMap<i32, i64>, ClusterError> {
    let refused = |cause| ClusterError::Refused { what: format!("tell where {topic} stood at a time"), cause };
    let mut query = TopicPartitionList::with_capacity(ends.len());
    for partition in ends.keys() {
        query.add_partition_offset(topic, *partition, Offset::Offset(since_ms)).map_err(refused)?;
    }
    let found = cluster.plain_client()?.offsets_for_times(query, patience).map_err(refused)?;
    let offset = |element: rdkafka::topic_partition_list::TopicPartitionListElem<'_>| match element.offset() {
        Offset::Offset(offset) => Some((element.partition(), offset)),
        _ => None,
    };
    Ok(found.elements().into_iter().filter_map(offset).collect())
}

/// End of what is decided in a partition: what a `read_committed` client is told as its high watermark.
fn last_stable_offset(consumer: &BaseConsumer<LoggedClient>, topic: &str, partition: i32) -> Option<i64> {
    const PATIENCE: Duration = Duration::from_secs(5);
    consumer.fetch_watermarks(topic, partition, PATIENCE).ok().map(|(_, stable)| stable)
}

/// A consumer of fixed partitions. librdkafka wants a group name for that; nothing is joined or committed under it.
fn assigned_consumer(
    cluster: &Cluster,
    topic: &str,
    partitions: impl Iterator<Item = (i32, Offset)>,
) -> Result<BaseConsumer<LoggedClient>, ClusterError> {
    let mut config = cluster.consumer_config("courant-reader");
    // A follower reads little at a time and wants it soon.
    config.set("fetch.wait.max.ms", "100");
    // A restore lasts as long as its records take to be taken in, and what waits meanwhile would only add to the most that the process takes.
    config.set("queued.max.messages.kbytes", "4096").set("fetch.max.bytes", "2097152");
    let consumer: BaseConsumer<LoggedClient> =
        config.create_with_context(LoggedClient).map_err(ClusterError::Settings)?;
    let mut list = TopicPartitionList::new();
    let assigned = partitions
        .into_iter()
        .try_for_each(|(partition, from)| list.add_partition_offset(topic, partition, from))
        .and_then(|()| consumer.assign(&list));
    assigned.map_err(|cause| ClusterError::Refused { what: format!("read {topic}"), cause })?;
    Ok(consumer)
}

/// Takes the partitions out whose position has reached the end.
fn drop_reached(
    consumer: &BaseConsumer<LoggedClient>,
    topic: &str,
    ends: &mut HashMap<i32, Range>,
    restored: &mut Restored,
) {
    let Ok(positions) = consumer.position() else {
        return;
    };
    for element in positions.elements_for_topic(topic) {
        let Offset::Offset(position) = element.offset() else {
            continue;
        };
        if ends.get(&element.partition()).is_some_and(|range| position >= range.high) {
            ends.remove(&element.partition());
            restored.next_offsets.insert(element.partition(), position);
        }
    }
}

/// Where a follower begins.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum FollowFrom {
    /// With the first record.
    Beginning,
    /// With the first record that is written after the call.
    Now,
}

/// Follows a topic outside any group.
pub struct Follower {
    consumer: BaseConsumer<LoggedClient>,
}

impl std::fmt::Debug for Follower {
    fn fmt(&self, out: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        out.debug_struct("Follower").finish_non_exhaustive()
    }
}

/// Follows `topic`. Blocks until it is known where.
///
/// # Errors
/// When the cluster does not answer within `patience`, or the topic is missing.
pub fn follow(cluster: &Cluster, topic: &str, from: FollowFrom, patience: Duration) -> Result<Follower, ReadError> {
    let partitions = partitions_of(cluster, topic, patience)?;
    let ends = high_watermarks(cluster, topic, &partitions, patience)?;
    let starts = ends.into_iter().map(|(partition, range)| match from {
        FollowFrom::Beginning => (partition, Offset::Beginning),
        // The end as it is now: asked for later, it would lie behind what was written meanwhile.
        FollowFrom::Now => (partition, Offset::Offset(range.high)),
    });
    let consumer = assigned_consumer(cluster, topic, starts)?;
    Ok(Follower { consumer })
}

impl Follower {
    /// The next record, or `None` when none came within `wait`. Blocks.
    ///
    /// # Errors
    /// When the client failed for good.
    pub fn next(&self, wait: Duration) -> Result<Option<InRecord>, ReadError> {
        match self.consumer.poll(wait) {
            Some(Ok(message)) => Ok(Some(InRecord::from(&message))),
            Some(Err(error @ KafkaError::MessageConsumptionFatal(_))) => {
                Err(ClusterError::Refused { what: "hand over records".to_owned(), cause: error }.into())
            }
            Some(Err(_)) | None => Ok(None),
        }
    }
}
