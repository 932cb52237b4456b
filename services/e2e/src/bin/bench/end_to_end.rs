//! Items a second from the web to the tagged topic, against producing the same records with nothing around.
//!
//! Ours: generated feeds on loopback, one `courant poller` and one `courant enricher` (the real binary, default settings but for the pace:
//! every feed is due again after a second and sites are not spared), with all that a poll is: HTTP, parsing, comparing with what was seen,
//! transactions, reading back, tagging, transactions. There are more feeds than can be polled in a second, so the work and not the schedule
//! sets the pace. The clock runs from the first body read to the last tagged record, the filling and draining of the pipeline included, by
//! `fetched_at` of the item events and the timestamps of the records; both come from this machine's clock.
//!
//! The peer: the very records that the run left in `items`, `feed-state`, `fetches` and `tagged` up to the last tagged one, keys, headers and
//! partitions as they are, produced by one thread in the order of their timestamps to topics of the same settings: idempotent, acks=all, the
//! same compression and queues, no transactions. Its clock starts with the producer connected and the records in memory, and stops when
//! all are acknowledged. It writes them a few times over, so that it is not over before it began; the best it can do is what we compare with.
//!
//! An item is one revision of one story; the items of a round are checked one by one against the newsroom's log, in `items` and in `tagged`,
//! and the records of the peer are counted by reading them.
//!
//! `end_to_end_cpu` is the processor time of both processes from the import of the feeds to the last tagged item (polls that
//! find nothing, while other feeds are behind, count), against that of this process while it produces. Broker and newsroom count in neither.

use std::{
    num::NonZeroU32,
    thread,
    time::{Duration, Instant},
};

use anyhow::{Context, Result, ensure};
use e2e::{
    cpu,
    kafka::Kafka,
    topics::{self, Isolation, Record},
    truth,
    web::Web,
    world::World,
};
use newsroom::{Options, Pace, WireOptions};

use crate::{
    bare::{self, Bare, Outgoing},
    count,
    figure::Figure,
};

/// What the processes are told beyond the test harness's settings, which are made to fail fast: Courant's own defaults.
const SETTINGS: [&str; 7] = [
    "topics.feed_partitions=48",
    "topics.item_partitions=24",
    "topics.log_partitions=6",
    "poller.commit.interval=250ms",
    "poller.fetch.read_timeout=15s",
    "poller.fetch.total_timeout=30s",
    "kafka.session_timeout=30s",
];
/// Topics that the two processes write.
const WRITTEN: [&str; 4] = ["items.v1", "feed-state.v1", "fetches.v1", "tagged.v1"];
/// How often the peer writes the records in a round.
const PEER_PASSES: u32 = 4;
const ROUNDS: usize = 3;
/// How long a round may take until all is tagged.
const PATIENCE: Duration = Duration::from_mins(3);
const GRACE: Duration = Duration::from_secs(30);
/// Between two looks at what is tagged.
const LOOK: Duration = Duration::from_millis(500);

/// What the newsroom serves in a round.
#[derive(Clone, Copy)]
struct Load {
    feeds: u32,
    editions: NonZeroU32,
}

const FULL: Load = Load { feeds: 1_000, editions: NonZeroU32::new(4).unwrap() };
const SMALL: Load = Load { feeds: 100, editions: NonZeroU32::new(3).unwrap() };

/// Items that each edition adds, half of what it shows.
const FRESH: u32 = 10;
/// One in so many items is corrected once.
const CORRECTED: u32 = 10;

/// What one round measured.
struct Round {
    items: u32,
    ours: Cost,
    peer: Cost,
}

/// Time for all items of a round.
#[derive(Clone, Copy)]
struct Cost {
    wall: Duration,
    cpu: Duration,
}

/// Measures both sides, turn by turn.
///
/// # Errors
/// When anything fails or the counts differ.
pub(crate) fn run(kafka: &Kafka, quick: bool) -> Result<Vec<Figure>> {
    let mut rounds = Vec::new();
    if quick {
        rounds.push(round(kafka, SMALL)?);
    } else {
        eprintln!("end_to_end: warming up");
        round(kafka, SMALL)?;
        for number in 1..=ROUNDS {
            eprintln!("end_to_end: round {number} of {ROUNDS}");
            rounds.push(round(kafka, FULL)?);
        }
    }
    let of = |figure: fn(&Round) -> f64| rounds.iter().map(figure).collect();
    let items = Figure {
        bench: "end_to_end",
        unit: "items/s",
        against: "a bare rdkafka produce loop of the same records",
        ours: of(|round| round.ours.rate(round.items)),
        peer: of(|round| round.peer.rate(round.items)),
    };
    let cpu = Figure {
        bench: "end_to_end_cpu",
        unit: "us/item",
        against: "processor time of the same produce loop",
        ours: of(|round| round.ours.cpu_micros(round.items)),
        peer: of(|round| round.peer.cpu_micros(round.items)),
    };
    Ok(vec![items, cpu])
}

impl Load {
    /// Item events that come of it: each item once, and once more where it is corrected in the edition after its first.
    fn items(self) -> u32 {
        let editions = self.editions.get();
        self.feeds * (FRESH * editions + FRESH * (editions - 1) / CORRECTED)
    }

    fn options(self) -> Options {
        let wire = WireOptions {
            feeds: self.feeds,
            hosts: None,
            items_per_poll: FRESH,
            window: 2 * FRESH,
            correct_every: CORRECTED,
            editions: Some(self.editions),
            pace: Pace::Confirmed,
            seed: 1,
        };
        Options { bundled: false, wire, ..Options::default() }
    }
}

impl Cost {
    fn rate(self, items: u32) -> f64 {
        f64::from(items) / self.wall.as_secs_f64()
    }

    fn cpu_micros(self, items: u32) -> f64 {
        self.cpu.as_secs_f64() * 1e6 / f64::from(items)
    }
}

fn round(kafka: &Kafka, load: Load) -> Result<Round> {
    let web = Web::serve(load.options())?;
    let world = World::without_topics("bench", kafka.brokers(), Some(&web))?;
    apply_topics(&world)?;
    let cpu = poll_and_tag(&world, &web, load.items())?;
    check_items(&world, &web, load.items())?;
    let (records, wall) = written(&world)?;
    let peer = produce(kafka, &records)?;
    let round = Round { items: load.items(), ours: Cost { wall, cpu }, peer };
    eprintln!(
        "end_to_end: {} items ({} records, {} bytes a value): {:.1?} and {:.1?} of processor time; bare {:.2?} and {:.2?}",
        round.items,
        records.len(),
        records.iter().filter_map(|record| record.value.as_ref()).map(Vec::len).sum::<usize>() / records.len().max(1),
        wall,
        cpu,
        peer.wall,
        peer.cpu,
    );
    Ok(round)
}

/// Lets both processes work until all is tagged; gives the processor time that they took for it.
fn poll_and_tag(world: &World, web: &Web, items: u32) -> Result<Duration> {
    let mut poller = world.start_ready("poller", &set(&[]))?;
    let mut enricher = world.start_ready("enricher", &set(&[]))?;
    let used = || Ok::<_, anyhow::Error>(cpu::used_by(poller.id())? + cpu::used_by(enricher.id())?);
    let before = used()?;
    world.told(&set(&["feeds", "import", "-"]), &web.feed_list())?;
    wait_tagged(world, usize::try_from(items)?)?;
    let taken = used()?.saturating_sub(before);
    ensure!(poller.runs()? && enricher.runs()?, "a process ended by itself");
    for process in [poller, enricher] {
        process.terminate(GRACE)?;
    }
    Ok(taken)
}

/// Waits until `items` tagged items are committed. Looks at offsets, which costs the node little, and counts when they stand still.
fn wait_tagged(world: &World, items: usize) -> Result<()> {
    let deadline = Instant::now() + PATIENCE;
    let topic = world.topic("tagged.v1");
    let mut last = 0;
    loop {
        thread::sleep(LOOK);
        let ranges = topics::ranges(world.brokers(), &topic, Isolation::Committed)?;
        let offsets = usize::try_from(ranges.values().map(|range| range.high).sum::<i64>())?;
        let stands_still = offsets == last;
        if stands_still && offsets >= items && count::committed(world.brokers(), &topic)? >= items {
            return Ok(());
        }
        ensure!(
            Instant::now() < deadline,
            "not all of {items} items were tagged within {PATIENCE:?}; offsets: {offsets}"
        );
        last = offsets;
    }
}

/// Checks that what the newsroom served, and nothing else, stands in both topics, each once.
fn check_items(world: &World, web: &Web, items: u32) -> Result<()> {
    let due = truth::due(web.newsroom().items());
    ensure!(due.len() == usize::try_from(items)?, "the newsroom served {} items, not {items}", due.len());
    truth::each_once(&due, &world.published()?).context("items")?;
    truth::each_once(&due, &world.tagged()?).context("tagged")
}

/// All records up to the last tagged one, in the order of their timestamps, and the time from the first body read until then.
fn written(world: &World) -> Result<(Vec<Record>, Duration)> {
    let read = |base| world.read(base, Isolation::Committed);
    let ends = read("tagged.v1")?.iter().map(|record| record.timestamp_ms).max().context("nothing is tagged")?;
    let mut records = Vec::new();
    let mut begins = ends;
    let mut published = 0;
    for base in WRITTEN {
        let mut of_topic = read(base)?;
        of_topic.retain(|record| record.timestamp_ms <= ends);
        if base == "items.v1" {
            for record in &of_topic {
                begins = begins.min(fetched_ms(record)?);
                published = published.max(record.timestamp_ms);
            }
        }
        for record in &mut of_topic {
            base.clone_into(&mut record.topic);
        }
        records.append(&mut of_topic);
    }
    records.sort_by_key(|record| record.timestamp_ms);
    // Far apart, the enricher is what bounds the rate; close together, the poller.
    eprintln!("end_to_end: all published after {} ms, all tagged after {} ms", published - begins, ends - begins);
    Ok((records, Duration::from_millis(u64::try_from(ends - begins)?)))
}

/// When the body was read that brought the item.
fn fetched_ms(record: &Record) -> Result<i64> {
    let read = record.item_event()?.fetched_at.context("an event without fetched_at")?;
    Ok(read.seconds * 1000 + i64::from(read.nanos / 1_000_000))
}

/// The peer: produces `records`, whose topics are base names, to fresh topics. The cost is that of one pass.
fn produce(kafka: &Kafka, records: &[Record]) -> Result<Cost> {
    let world = World::without_topics("bare", kafka.brokers(), None)?;
    apply_topics(&world)?;
    let named = WRITTEN.map(|base| (base, world.topic(base)));
    let bare = Bare::connect(kafka.brokers())?;
    let before = cpu::used_here()?;
    let begun = Instant::now();
    for _ in 0..PEER_PASSES {
        for record in records {
            let (_, topic) = named.iter().find(|(base, _)| *base == record.topic).context("a topic of no name")?;
            let headers = record.headers.iter().map(|(name, value)| (name.as_str(), Some(value.as_slice())));
            bare.send(Outgoing {
                topic,
                partition: record.partition,
                key: &record.key,
                value: record.value.as_deref(),
                headers: bare::headers(headers),
            })?;
        }
        bare.wait_delivered()?;
    }
    let cost =
        Cost { wall: begun.elapsed() / PEER_PASSES, cpu: cpu::used_here()?.saturating_sub(before) / PEER_PASSES };
    for (base, topic) in &named {
        let sent = records.iter().filter(|record| record.topic == *base).count() * usize::try_from(PEER_PASSES)?;
        let stand = count::committed(world.brokers(), topic)?;
        ensure!(stand == sent, "the peer sent {sent} records to {topic} and {stand} stand there");
    }
    Ok(cost)
}

fn apply_topics(world: &World) -> Result<()> {
    world.told(&set(&["topics", "apply"]), "").map(drop)
}

/// `args` with the settings.
fn set<'a>(args: &[&'a str]) -> Vec<&'a str> {
    args.iter().copied().chain(SETTINGS.into_iter().flat_map(|setting| ["--set", setting])).collect()
}
