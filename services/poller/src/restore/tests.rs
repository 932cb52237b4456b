//! What is kept of records made by hand.

use std::sync::Arc;

use chrono::TimeDelta;
use feed_core::politeness::{Ledger, Manners};
use news_model::{Feed, ItemId, KeyPrefix, RememberedItem, SeenItems, feed_url, partition_of};
use prometheus::Registry;
use service_kit::{
    clock,
    config::{Check, Origins},
};

use super::*;
use crate::{
    config::{RawPoller, Settings},
    metrics::PollerMetrics,
    table::Table,
};

const PARTITION: i32 = 3;

fn record(key: &str, value: Option<Vec<u8>>) -> InRecord {
    InRecord {
        topic: "t".into(),
        partition: PARTITION,
        offset: 0,
        timestamp_ms: None,
        key: Some(key.to_owned().into()),
        value: value.map(Bytes::from),
        headers: Vec::new(),
    }
}

fn feed(name: &str) -> (FeedId, Vec<u8>) {
    let url = feed_url(&format!("http://{name}.example/")).unwrap();
    let id: FeedId = name.parse().unwrap();
    let feed = Feed { id: id.clone(), ..Feed::of_url(url, DateTime::UNIX_EPOCH) };
    (id, feed.to_wire().encode_to_vec())
}

fn schedule(id: &FeedId, failures: u32) -> Vec<u8> {
    Schedule { failures, ..Schedule::default() }.to_wire(id).encode_to_vec()
}

fn seen(id: &FeedId) -> (Seen, Vec<u8>) {
    let key = KeyPrefix::of(ItemId::of_identity(id, "guid", "1"));
    let item = RememberedItem { key, id: None, content: None, revision: 1, withdrawn: false };
    let seen = Seen::pack(&SeenItems { remembered: vec![item], ..SeenItems::default() });
    let encoded = seen.to_wire(id).encode_to_vec();
    (seen, encoded)
}

/// Folds records in, as (topic is that of the catalogue, key, value).
fn read_all(records: Vec<(bool, &str, Option<Vec<u8>>)>) -> Contents {
    let mut contents = Contents::default();
    let mut nameless = HashSet::new();
    for (is_catalogue, key, value) in records {
        let record = record(key, value);
        if is_catalogue {
            contents.note_feed(&record, &mut nameless);
        } else {
            contents.faults += usize::from(!contents.note_state(&record));
        }
    }
    contents.faults += nameless.len();
    contents
}

#[test]
fn the_last_record_of_a_key_counts_and_a_tombstone_takes_it_away() {
    let ((a, feed_a), (b, feed_b)) = (feed("a"), feed("b"));
    let (items, encoded) = seen(&a);
    let mut contents = read_all(vec![
        (true, "b", Some(feed_b)),
        (true, "a", Some(vec![1])),
        (true, "a", Some(feed_a.clone())),
        (true, "b", None),
        (false, "a/schedule", Some(schedule(&a, 1))),
        (false, "a/seen", Some(encoded)),
        (false, "a/schedule", Some(schedule(&a, 2))),
        (false, "b/schedule", Some(schedule(&b, 1))),
        (false, "b/schedule", None),
    ]);

    assert_eq!((contents.counts(), contents.faults), ((1, 1), 0));
    assert!(contents.take_orphans().remove(&PARTITION).unwrap().is_empty(), "nothing is left of b");
    let found: Vec<_> = contents.take_feeds(PARTITION).collect();
    let [(id, value, state)] = &found[..] else { panic!("{} feeds", found.len()) };
    assert_eq!((id, &**value), (&a, &*feed_a));
    assert!(matches!(&state.schedule, Stored::Value(schedule) if schedule.failures == 2));
    assert!(matches!(&state.seen, Stored::Value(seen) if *seen == items));
}

#[test]
fn state_without_a_feed_is_an_orphan_unless_it_cannot_be_used() {
    let (a, b) = (feed("a").0, feed("b").0);
    let mut contents = read_all(vec![
        (false, "a/schedule", Some(schedule(&a, 1))),
        (false, "b/schedule", Some(schedule(&b, 1))),
        (false, "b/seen", Some(vec![0xff])),
    ]);

    assert_eq!(contents.faults, 1);
    assert_eq!(contents.take_orphans(), HashMap::from([(PARTITION, vec![a])]));
}

#[test]
fn a_damaged_record_makes_the_state_unusable_until_another_replaces_it() {
    let (a, feed_a) = feed("a");
    let damaged = (false, "a/schedule", Some(vec![0xff]));
    let state = |records| read_all(records).take_feeds(PARTITION).next().unwrap().2;

    assert!(!state(vec![(true, "a", Some(feed_a.clone())), damaged.clone()]).is_usable());
    let mended = vec![(true, "a", Some(feed_a)), damaged, (false, "a/schedule", Some(schedule(&a, 0)))];
    assert!(state(mended).is_usable());
}

#[test]
fn keys_of_no_known_form_are_faults_and_a_tombstone_ends_that_of_a_feed() {
    assert_eq!(read_all(vec![(true, "NO ID", Some(vec![1])), (false, "a/other", None)]).faults, 2);
    assert_eq!(read_all(vec![(true, "NO ID", Some(vec![1])), (true, "NO ID", None)]).faults, 0);
}

/// Of a poller that spreads first polls over ten seconds.
fn intake() -> Intake {
    let table = Table::new(Ledger::new(Manners::default()));
    let mut check = Check::new(Origins::default());
    let poll = Settings::check(&RawPoller::default(), &mut check).poll;
    let metrics = PollerMetrics::register(&Registry::new()).unwrap();
    Intake { table: Arc::new(table), metrics, partitions: 48, poll }
}

/// Contents with the catalogue entries and schedules of feeds that lie where they belong, all in one partition.
fn stored(intake: &Intake, feeds: usize, schedule: &Schedule) -> (Stamp, Contents) {
    let all = (0..).map(|number| feed(&format!("f{number}")));
    let partition = |encoded: &[u8]| {
        let feed = Feed::try_from(wire::Feed::decode(encoded).unwrap()).unwrap();
        partition_of(feed.shard_key.as_str().as_bytes(), intake.partitions)
    };
    let here = all.filter(|(_, encoded)| partition(encoded) == PARTITION).take(feeds);
    let mut contents = Contents::default();
    for (id, encoded) in here {
        contents.note_feed(&record(id.as_str(), Some(encoded)), &mut HashSet::new());
        let state = schedule.to_wire(&id).encode_to_vec();
        assert!(contents.note_state(&record(&format!("{id}/schedule"), Some(state))));
    }
    (Stamp { partition: PARTITION, epoch: 1 }, contents)
}

/// When each feed is polled first, in seconds from now.
fn first_polls(intake: &Intake, (stamp, contents): (Stamp, Contents)) -> Vec<i64> {
    let now = clock::now();
    let restored = contents.prepare(&[stamp], intake);
    restored.partitions[0].feeds.iter().map(|feed| (feed.due() - now).num_seconds()).collect()
}

#[test]
fn a_feed_that_another_poller_followed_until_now_is_not_asked_before_its_time() {
    let intake = intake();
    let ago = |minutes| clock::now() - TimeDelta::minutes(minutes);
    let schedule = Schedule { last_polled: Some(ago(20)), next_due: ago(5), ..Schedule::default() };

    let (stamp, mut contents) = stored(&intake, 1, &schedule);
    contents.last_commits.insert(PARTITION, ago(0));
    let [followed] = first_polls(&intake, (stamp, contents))[..] else { panic!("one feed") };
    let [left_alone] = first_polls(&intake, stored(&intake, 1, &schedule))[..] else { panic!("one feed") };

    assert!((590..=600).contains(&followed), "asked five minutes ago, every quarter of an hour: {followed}");
    assert!((0..=10).contains(&left_alone), "{left_alone}");
}

#[test]
fn what_is_due_at_once_is_spread_by_its_number() {
    let intake = intake();
    let overdue = Schedule { next_due: clock::now() - TimeDelta::hours(3), ..Schedule::default() };

    let few = first_polls(&intake, stored(&intake, 100, &overdue));
    let many = first_polls(&intake, stored(&intake, 5_000, &overdue));

    assert!(few.iter().all(|seconds| (0..=10).contains(seconds)), "over the ramp: {few:?}");
    let first_second = many.iter().filter(|seconds| **seconds < 1).count();
    assert!((150..350).contains(&first_second), "{first_second} in the first second");
    assert!(many.iter().all(|seconds| (0..=20).contains(seconds)));
}

#[test]
fn feeds_that_are_asked_often_anyway_are_not_kept_back() {
    let intake = intake();
    let often = Schedule {
        interval: Duration::from_secs(2),
        next_due: clock::now() - TimeDelta::hours(3),
        ..Schedule::default()
    };

    let polls = first_polls(&intake, stored(&intake, 5_000, &often));

    assert!(polls.iter().all(|seconds| (0..=10).contains(seconds)), "over the ramp");
}
