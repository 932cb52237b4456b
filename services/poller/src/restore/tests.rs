//! What is kept of records made by hand.

use chrono::DateTime;
use news_model::{Feed, ItemId, KeyPrefix, RememberedItem, SeenItems, feed_url};

use super::*;

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
