//! Records a second in transactions, against the same batches without.
//!
//! Ours: `event_log::GroupWriter`, a member of a group that owns all partitions, commits batches as the poller cuts them: each poll has ten
//! items, two state records and a fetch record, and the transaction carries the next offset of every partition that the batch touches.
//!
//! The peer: the very batches to topics of the same settings by an idempotent producer with the same linger, compression and queues, which
//! waits after each batch until all is acknowledged, as ours must, and then commits the same offsets, synchronously, from a consumer. That
//! is what at-least-once would cost; the ratio is the price of exactly once.
//!
//! `transactions` has batches of 1,040 records, what a busy poller commits in one go; `transactions_small` has 104, where the fixed cost of
//! a transaction weighs more. Both sides are warmed up, then take turns on the same node. Batches are made before the clock starts. At the
//! end the records of both sides are counted as a reader of committed records sees them.

use std::{
    collections::BTreeMap,
    time::{Duration, Instant},
};

use anyhow::{Context, Result, ensure};
use bytes::Bytes;
use e2e::{kafka::Kafka, topics, wait, world::World};
use event_log::{
    Batch, Cluster, GroupEvent, GroupReader, GroupSettings, GroupWriter, OutRecord, Part, Stamp, Start, StopFlag,
    Topic, TopicNames, WriterSettings,
};
use rand::{RngExt, SeedableRng, rngs::StdRng};
use rdkafka::{
    Offset, TopicPartitionList,
    consumer::{BaseConsumer, CommitMode, Consumer},
};
use service_kit::clock;

use crate::{
    bare::{self, Bare, Outgoing},
    count,
    figure::Figure,
};

/// Partitions as Courant makes them by default: of `feeds` and `feed-state`, of `items`, of `fetches`.
const PARTITIONS: [&str; 6] =
    ["--set", "topics.feed_partitions=48", "--set", "topics.item_partitions=24", "--set", "topics.log_partitions=6"];
const FEED_PARTITIONS: usize = 48;
const ITEM_PARTITIONS: i32 = 24;
const LOG_PARTITIONS: i32 = 6;
/// Topics that both sides write.
const WRITTEN: [Topic; 3] = [Topic::Items, Topic::FeedState, Topic::Fetches];
const TRANSACTION: Duration = Duration::from_secs(10);
/// Rounds before those that count: the node compiles its hot paths, the clients connect.
const WARMING: usize = 2;
const JOIN: Duration = Duration::from_mins(1);

/// How much is written.
#[derive(Clone, Copy)]
struct Size {
    bench: &'static str,
    polls_a_batch: usize,
    batches_a_round: usize,
    rounds: usize,
}

const LARGE: Size = Size { bench: "transactions", polls_a_batch: 80, batches_a_round: 30, rounds: 7 };
const SMALL: Size = Size { bench: "transactions_small", polls_a_batch: 8, batches_a_round: 60, rounds: 7 };

/// Sizes of values in bytes, about what the end-to-end bench reads back.
const ITEM_BYTES: usize = 600;
const FETCH_BYTES: usize = 200;
const SCHEDULE_BYTES: usize = 200;
const SEEN_BYTES: usize = 1_500;
const ITEMS_A_POLL: usize = 10;

/// A member of a group, with its writer.
struct Ours {
    writer: GroupWriter,
    stamps: Vec<Stamp>,
    world: World,
    /// Holds the membership, and what it reports open.
    _reader: (GroupReader, tokio::sync::mpsc::Receiver<GroupEvent>),
}

/// A producer beside a consumer.
struct Peer {
    bare: Bare,
    consumer: BaseConsumer,
    feeds: String,
    names: BTreeMap<Topic, String>,
    world: World,
}

/// Measures both sides, turn by turn.
///
/// # Errors
/// When anything fails or the counts differ.
pub(crate) fn run(kafka: &Kafka, quick: bool) -> Result<Vec<Figure>> {
    let mut ours = Ours::join(kafka)?;
    let peer = Peer::connect(kafka)?;
    let mut figures = Vec::new();
    let mut sent = 0;
    for size in [LARGE, SMALL] {
        let size = if quick { Size { rounds: 1, batches_a_round: 5, ..size } } else { size };
        let (figure, records) = measure(size, &mut ours, &peer)?;
        sent += records;
        figures.push(figure);
    }
    for world in [&ours.world, &peer.world] {
        let counts = WRITTEN.map(|topic| count::committed(world.brokers(), &world.topic(topic.base_name())));
        let stand = counts.into_iter().sum::<Result<usize>>()?;
        ensure!(stand == sent, "{sent} records were written under {} and {stand} are there", world.topic(""));
    }
    Ok(figures)
}

/// Both sides in turn, the first rounds for warming up; also the number of records that each wrote.
fn measure(size: Size, ours: &mut Ours, peer: &Peer) -> Result<(Figure, usize)> {
    let Size { bench, rounds, .. } = size;
    let mut figure = Figure {
        bench,
        unit: "records/s",
        against: "the same batches by an idempotent producer, offsets committed apart",
        ours: Vec::new(),
        peer: Vec::new(),
    };
    let mut sent = 0;
    for round in 1..=WARMING + rounds {
        let batches = batches(size, &ours.stamps)?;
        let records: usize = batches.iter().flat_map(|batch| &batch.parts).map(|part| part.records.len()).sum();
        sent += records;
        let per_second =
            |taken: Duration| Ok::<_, anyhow::Error>(f64::from(u32::try_from(records)?) / taken.as_secs_f64());
        let with = per_second(ours.write(batches.clone())?)?;
        let without = per_second(peer.write(&batches)?)?;
        eprintln!("{bench}: round {round}: {with:.0} and {without:.0} records/s");
        if round > WARMING {
            figure.ours.push(with);
            figure.peer.push(without);
        }
    }
    Ok((figure, sent))
}

impl Ours {
    fn join(kafka: &Kafka) -> Result<Self> {
        let world = topics_of("with", kafka)?;
        let cluster = Cluster::new(kafka.brokers(), BTreeMap::new());
        let settings = GroupSettings {
            group: world.group("poller"),
            topic: world.topic(Topic::Feeds.base_name()),
            start: Start::Beginning,
            session_timeout: Duration::from_secs(30),
            queue_capacity: 64,
            release_patience: TRANSACTION,
        };
        let (reader, mut events) = GroupReader::join(&cluster, &settings)?;
        let mut stamps = Vec::new();
        wait::until_true("the group forms", JOIN, || {
            while let Ok(event) = events.try_recv() {
                if let GroupEvent::Assigned(assigned) = event {
                    stamps.extend(assigned);
                }
            }
            Ok(stamps.len() == FEED_PARTITIONS)
        })?;
        let writing = WriterSettings {
            names: TopicNames::new(world.topic("")),
            transactional_id: world.topic("bench"),
            timeout: TRANSACTION,
            dead_letter_partitions: u16::try_from(LOG_PARTITIONS)?,
        };
        let writer = GroupWriter::open(&cluster, writing, &reader, StopFlag::default(), |_| {})?;
        Ok(Self { writer, stamps, world, _reader: (reader, events) })
    }

    fn write(&mut self, batches: Vec<Batch>) -> Result<Duration> {
        let begun = Instant::now();
        for batch in batches {
            let parts = batch.parts.len();
            let done = self.writer.commit(batch, clock::now())?;
            let at_once = done.kept.len() == parts && done.attempts == 1 && done.refused == 0;
            ensure!(at_once, "a batch was not committed whole and at once: {done:?}");
        }
        Ok(begun.elapsed())
    }
}

impl Peer {
    fn connect(kafka: &Kafka) -> Result<Self> {
        let world = topics_of("without", kafka)?;
        let consumer = topics::client(kafka.brokers())
            .set("group.id", world.group("poller"))
            .set("enable.auto.commit", "false")
            .create()
            .context("the consumer is refused")?;
        let names = WRITTEN.map(|topic| (topic, world.topic(topic.base_name())));
        Ok(Self {
            bare: Bare::connect(kafka.brokers())?,
            consumer,
            feeds: world.topic(Topic::Feeds.base_name()),
            names: names.into(),
            world,
        })
    }

    fn write(&self, batches: &[Batch]) -> Result<Duration> {
        let begun = Instant::now();
        for batch in batches {
            let mut offsets = TopicPartitionList::with_capacity(batch.parts.len());
            for part in &batch.parts {
                offsets.add_partition_offset(&self.feeds, part.stamp.partition, Offset::Offset(part.next_offset))?;
                for record in &part.records {
                    self.send(record)?;
                }
            }
            self.bare.wait_delivered()?;
            self.consumer.commit(&offsets, CommitMode::Sync)?;
        }
        Ok(begun.elapsed())
    }

    fn send(&self, record: &OutRecord) -> Result<()> {
        self.bare.send(Outgoing {
            topic: self.names.get(&record.topic).context("a topic of no name")?,
            partition: record.partition,
            key: &record.key,
            value: record.value.as_deref(),
            headers: bare::headers(record.headers.iter()),
        })
    }
}

fn topics_of(name: &str, kafka: &Kafka) -> Result<World> {
    let world = World::without_topics(name, kafka.brokers(), None)?;
    let apply: Vec<_> = ["topics", "apply"].into_iter().chain(PARTITIONS).collect();
    world.told(&apply, "")?;
    Ok(world)
}

/// The batches of a round, equal from run to run.
fn batches(size: Size, stamps: &[Stamp]) -> Result<Vec<Batch>> {
    let mut random = StdRng::seed_from_u64(7);
    (1..=size.batches_a_round)
        .map(|number| batch(size.polls_a_batch, i64::try_from(number)?, stamps, &mut random))
        .collect()
}

fn batch(polls: usize, next_offset: i64, stamps: &[Stamp], random: &mut StdRng) -> Result<Batch> {
    let mut parts = BTreeMap::<Stamp, Part>::new();
    for _ in 0..polls {
        let stamp = *stamps.get(random.random_range(0..stamps.len())).context("no partition is ours")?;
        let part = parts.entry(stamp).or_insert_with(|| Part { stamp, next_offset, records: Vec::new() });
        part.records.extend(poll(stamp.partition, random));
    }
    Ok(Batch { parts: parts.into_values().collect() })
}

/// The records of one poll.
fn poll(partition: i32, random: &mut StdRng) -> Vec<OutRecord> {
    let mut records = Vec::new();
    for _ in 0..ITEMS_A_POLL {
        let place = random.random_range(0..ITEM_PARTITIONS);
        records.push(record(Topic::Items, place, ITEM_BYTES, random));
    }
    records.push(record(Topic::FeedState, partition, SCHEDULE_BYTES, random));
    records.push(record(Topic::FeedState, partition, SEEN_BYTES, random));
    let place = random.random_range(0..LOG_PARTITIONS);
    records.push(record(Topic::Fetches, place, FETCH_BYTES, random));
    records
}

/// A record with headers of the usual sizes; like news, its value packs to a part of its size.
fn record(topic: Topic, partition: i32, bytes: usize, random: &mut StdRng) -> OutRecord {
    let hex = |random: &mut StdRng| format!("{:032x}", random.random::<u128>());
    let id = hex(random);
    let headers = [
        ("ce_specversion", "1.0".to_owned()),
        ("ce_id", format!("{id}.1")),
        ("ce_type", "courant.news.v1.item.published".to_owned()),
        ("ce_source", "/feeds/wire-0000-example-0f4dbb7d7a5e".to_owned()),
        ("ce_time", "2026-11-02T06:00:00.000Z".to_owned()),
        ("content-type", "application/protobuf".to_owned()),
        ("traceparent", format!("00-{}-0f4dbb7d7a5e0f4d-01", hex(random))),
    ];
    OutRecord {
        topic,
        partition,
        value: Some(text(bytes, random)),
        headers: headers.iter().map(|(name, value)| (*name, Some(value.as_bytes()))).collect(),
        key: id.into(),
    }
}

fn text(bytes: usize, random: &mut StdRng) -> Bytes {
    const WORDS: [&str; 16] = [
        "minister", "budget", "harbour", "council", "Berlin", "summit", "talks", "bank", "rates", "Nairobi", "storm",
        "vote", "border", "agency", "court", "treaty",
    ];
    let mut text = String::with_capacity(bytes + 16);
    while text.len() < bytes {
        let word = random.random_range(0..WORDS.len());
        text.push_str(WORDS.get(word).copied().unwrap_or_default());
        text.push(' ');
        // Numbers, names and hashes do not repeat.
        if word == 0 {
            text.push_str(&random.random::<u32>().to_string());
        }
    }
    text.truncate(bytes);
    text.into()
}
