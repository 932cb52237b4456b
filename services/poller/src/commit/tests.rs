//! Gathering, cutting and settling, without a cluster.

use chrono::TimeDelta;
use event_log::{Headers, Stamp, Topic};
use feed_core::{
    budget::Demand,
    politeness::{Ledger, Manners},
};
use news_model::{Feed, Schedule, Seen};
use prometheus::{Registry, TextEncoder};
use service_kit::admin::Liveness;
use tokio::sync::Semaphore;
use url::Url;

use super::*;
use crate::table::{Job, Next, Prepared, Settled, StoredState, Times};

const FIRST: Stamp = Stamp { partition: 1, epoch: 1 };
const SECOND: Stamp = Stamp { partition: 2, epoch: 2 };

struct Bench {
    committer: Committer,
    registry: Registry,
}

/// A committer of two partitions, whose catalogues were read up to offsets 10 and 20.
fn bench() -> Bench {
    let registry = Registry::new();
    let table = Table::new(Ledger::new(Manners::default()));
    table.assign(&[FIRST, SECOND]);
    assert!(table.restored(FIRST, 10).is_some() && table.restored(SECOND, 20).is_some());
    let committer = Committer {
        table: Arc::new(table),
        metrics: PollerMetrics::register(&registry).unwrap(),
        settings: Commit { interval: Duration::from_millis(250), max_batch_bytes: 1_000, max_unsent_bytes: 1 << 21 },
        beat: Arc::new(Liveness::new().stage("commit", Duration::from_mins(1))),
    };
    Bench { committer, registry }
}

impl Bench {
    /// Adds the feed `name` and takes it out for a poll.
    fn poll(&self, stamp: Stamp, name: &str) -> Arc<Job> {
        let url = Url::parse(&format!("http://{name}.example/")).unwrap();
        let feed = Feed { id: name.parse().unwrap(), ..Feed::of_url(url, at(0)) };
        let times = Times { now: at(0), first_due: at(0) };
        self.committer.table.take_in(Prepared::new(stamp, &feed, StoredState::default(), times));
        match self.committer.table.next(at(0)) {
            Next::Poll(job) => job,
            other => panic!("no poll, but {other:?}"),
        }
    }

    fn metrics(&self) -> String {
        TextEncoder::new().encode_to_string(&self.registry.gather()).unwrap()
    }
}

fn at(seconds: i64) -> DateTime<Utc> {
    DateTime::from_timestamp(1_800_000_000 + seconds, 0).unwrap()
}

fn record(key: &str, bytes: usize) -> OutRecord {
    let value = Some(vec![0; bytes].into());
    OutRecord { topic: Topic::Items, partition: 0, key: key.to_owned().into(), value, headers: Headers::default() }
}

fn polled(stamp: Stamp, feed: &str, records: Vec<OutRecord>) -> Box<Polled> {
    let schedule = Schedule { next_due: at(600), last_polled: Some(at(0)), ..Schedule::default() };
    let demand = Demand::fixed(Duration::from_mins(10));
    let next =
        Settled { schedule, stored: None, seen: Seen::default(), demand }.keep(&bench().poll(FIRST, feed), at(0));
    let tally = Tally {
        outcome: Some(Outcome::NewItems),
        kinds: vec![ItemEventKind::Published],
        ages: vec![Duration::from_secs(3)],
        fetched_at: Some(clock::now() - TimeDelta::seconds(1)),
        check: None,
        gap: None,
        body: None,
    };
    let size_bytes = Polled::bytes_of(&records);
    Box::new(Polled { stamp, records, size_bytes, next: Some(next), tally, room: None })
}

fn keys(part: &Part) -> Vec<&str> {
    part.records.iter().map(|record| std::str::from_utf8(&record.key).unwrap()).collect()
}

#[test]
fn a_batch_has_one_part_for_each_stamp_with_the_offset_of_its_catalogue() {
    let bench = bench();
    assert!(bench.committer.table.note_change(SECOND, 24, "a", None));
    let mut gathered = vec![
        polled(SECOND, "a", vec![record("a1", 1), record("a2", 1)]),
        polled(FIRST, "b", vec![record("b1", 1)]),
        polled(SECOND, "c", vec![record("c1", 1)]),
    ];

    let batch = bench.committer.cut(&mut gathered);

    let parts: Vec<_> = batch.parts.iter().map(|part| (part.stamp, part.next_offset, keys(part))).collect();
    assert_eq!(parts, [(FIRST, 10, vec!["b1"]), (SECOND, 25, vec!["a1", "a2", "c1"])]);
}

#[test]
fn two_stretches_of_one_partition_do_not_share_a_part() {
    let bench = bench();
    let later = Stamp { epoch: 7, ..FIRST };
    let mut gathered = vec![polled(later, "a", vec![record("a", 1)]), polled(FIRST, "a", vec![record("b", 1)])];

    let batch = bench.committer.cut(&mut gathered);

    let parts: Vec<_> = batch.parts.iter().map(|part| (part.stamp, keys(part))).collect();
    assert_eq!(parts, [(FIRST, vec!["b"]), (later, vec!["a"])]);
}

#[tokio::test(start_paused = true)]
async fn outcomes_gather_for_the_interval_and_no_longer() {
    let bench = bench();
    let (sender, mut receiver) = mpsc::channel(8);
    let sending = async {
        for name in ["b", "c", "d"] {
            tokio::time::sleep(Duration::from_millis(100)).await;
            sender.send(polled(FIRST, name, vec![record(name, 1)])).await.unwrap();
        }
    };
    let first = polled(FIRST, "a", vec![record("a", 1)]);

    let (gathered, ()) = tokio::join!(bench.committer.gather(first, &mut receiver), sending);

    assert_eq!(gathered.iter().map(|poll| &poll.records[0].key[..]).collect::<Vec<_>>(), [b"a", b"b", b"c"]);
    assert_eq!(&receiver.try_recv().unwrap().records[0].key[..], b"d");
}

#[tokio::test(start_paused = true)]
async fn a_batch_of_enough_bytes_waits_for_nothing() {
    let bench = bench();
    let (sender, mut receiver) = mpsc::channel(8);
    for name in ["b", "c"] {
        sender.try_send(polled(FIRST, name, vec![record(name, 600)])).unwrap();
    }
    let begun = Instant::now();

    let gathered = bench.committer.gather(polled(FIRST, "a", vec![record("a", 600)]), &mut receiver).await;

    assert_eq!(gathered.len(), 2);
    assert_eq!(begun.elapsed(), Duration::ZERO);
}

#[tokio::test(start_paused = true)]
async fn a_closed_channel_ends_the_gathering_at_once() {
    let bench = bench();
    let (sender, mut receiver) = mpsc::channel(8);
    sender.try_send(polled(FIRST, "b", Vec::new())).unwrap();
    drop(sender);
    let begun = Instant::now();

    let gathered = bench.committer.gather(polled(FIRST, "a", Vec::new()), &mut receiver).await;

    assert_eq!((gathered.len(), begun.elapsed()), (2, Duration::ZERO));
}

#[test]
fn what_was_kept_is_settled_and_counted_and_what_was_dropped_is_neither() {
    let bench = bench();
    bench.poll(FIRST, "kept");
    bench.poll(SECOND, "dropped");
    let mut gathered = vec![
        polled(FIRST, "kept", vec![record("k", 1), record("l", 1)]),
        polled(SECOND, "dropped", vec![record("d", 1)]),
    ];
    let counts = topic_counts(&bench.committer.cut(&mut gathered));
    let committed = Committed { kept: vec![FIRST], dropped: vec![SECOND], refused: 1, ..Committed::default() };

    bench.committer.settle(gathered, &committed, counts);

    assert_eq!(bench.committer.table.counts(), (2, 1), "the dropped one is still locked");
    let text = bench.metrics();
    for line in [
        "poller_polls_total{outcome=\"new_items\"} 1\n",
        "poller_items_total{kind=\"published\"} 1\n",
        "poller_records_total{topic=\"items\"} 2\n",
        "poller_freshness_seconds_count{stage=\"fetched_to_kafka\"} 1\n",
        "poller_freshness_seconds_count{stage=\"published_to_fetched\"} 1\n",
        "poller_dropped_polls_total 1\n",
        "poller_dead_letters_total 1\n",
    ] {
        assert!(text.contains(line), "{line} in {text}");
    }
}

#[test]
fn what_is_through_gives_its_room_back_kept_or_not() {
    let bench = bench();
    let room = Arc::new(Semaphore::new(10));
    let mut gathered = vec![polled(FIRST, "a", vec![record("a", 1)]), polled(SECOND, "b", vec![record("b", 1)])];
    for poll in &mut gathered {
        poll.room = Some(room.clone().try_acquire_many_owned(4).unwrap());
    }
    let counts = topic_counts(&bench.committer.cut(&mut gathered));
    assert_eq!(room.available_permits(), 2);

    bench.committer.settle(gathered, &Committed { kept: vec![FIRST], ..Committed::default() }, counts);

    assert_eq!(room.available_permits(), 10);
}

#[test]
fn the_removal_of_a_feed_settles_nothing_and_counts_no_poll() {
    let bench = bench();
    bench.poll(FIRST, "a");
    let removal = Polled::removal(&"a".parse().unwrap(), FIRST, at(0));
    let committed = Committed { kept: vec![FIRST], ..Committed::default() };

    bench.committer.settle(vec![removal], &committed, Vec::new());

    assert_eq!(bench.committer.table.counts(), (1, 1));
    assert!(bench.metrics().contains("poller_polls_total{outcome=\"new_items\"} 0\n"));
}

#[test]
fn a_feed_that_was_removed_while_it_was_polled_has_its_state_removed_after_the_commit() {
    let bench = bench();
    bench.poll(FIRST, "a");
    assert!(bench.committer.table.remove(&"a".parse().unwrap()));
    let committed = Committed { kept: vec![FIRST], ..Committed::default() };

    let orphans = bench.committer.settle(vec![polled(FIRST, "a", Vec::new())], &committed, Vec::new());

    let [removal] = &orphans[..] else { panic!("{orphans:?}") };
    let removed: Vec<_> = removal.records.iter().map(|record| (&record.key[..], record.value.is_none())).collect();
    assert_eq!(removed, [(&b"a/schedule"[..], true), (b"a/seen", true)]);
    assert_eq!(removal.stamp, FIRST);
}
