//! What every record carries, whoever wrote it.

use std::{collections::BTreeMap, fs, time::UNIX_EPOCH};

use e2e::{
    foreign,
    kafka::Kafka,
    topics::{self, Isolation, Record},
    truth, wait,
    wait::{GRACE, PATIENCE},
    web::Web,
    world::World,
};
use news_model::{
    SEEN_VERSION, STATE_VERSION,
    wire::{Feed, FeedSchedule, FeedSeen, Fetch, ItemEvent, TaggedItem},
};
use newsroom::Options;

const TOPICS: [&str; 6] = ["feeds.v1", "feed-state.v1", "fetches.v1", "items.v1", "tagged.v1", "dead-letters.v1"];

#[test]
fn every_record_carries_the_contract() {
    let web = Web::serve(Options::default()).unwrap();
    let world = World::new("contract", Kafka::shared().unwrap(), &web).unwrap();
    let began = fs::metadata(world.config()).unwrap().modified().unwrap();
    let began_ms = i64::try_from(began.duration_since(UNIX_EPOCH).unwrap().as_millis()).unwrap();
    world.import(&web.feed_list()).unwrap();
    let poller = world.start("poller", &[]).unwrap();
    let enricher = world.start("enricher", &[]).unwrap();
    let scripted = truth::scripted().len();
    wait::until_true("every story is tagged", PATIENCE, || Ok(world.tagged()?.len() >= scripted)).unwrap();
    poller.terminate(GRACE).unwrap();
    enricher.terminate(GRACE).unwrap();

    let mut records = BTreeMap::new();
    for base in TOPICS {
        records.insert(base, world.read(base, Isolation::Committed).unwrap());
    }
    assert!(records["dead-letters.v1"].is_empty());
    for (base, records) in &records {
        assert!(*base == "dead-letters.v1" || !records.is_empty(), "{base} is empty");
        for record in records {
            has_headers(record);
            // Commit time, never a publisher's date.
            assert!((record.timestamp_ms - began_ms).abs() < 600_000, "{record:?}");
        }
    }
    lie_where_they_belong(&world, &records);
    agree_with_their_keys(&records);
    share_the_trace_of_their_poll(&records);
    assert_eq!(topics_under(&world), TOPICS.map(|base| world.topic(base)).into_iter().collect());
}

/// `CloudEvents` in binary mode, and a W3C trace.
fn has_headers(record: &Record) {
    let header = |name: &str| record.header(name).unwrap_or_else(|| panic!("no {name} in {record:?}"));
    assert_eq!(header("ce_specversion"), "1.0");
    assert_eq!(header("content-type"), "application/protobuf");
    assert!(!header("ce_id").is_empty() && header("ce_source").starts_with('/'));
    let kinds: &[&str] = match record.topic.split_once('.').unwrap().1 {
        "feeds.v1" => &["courant.news.v1.feed"],
        "feed-state.v1" => &["courant.news.v1.feed-state"],
        "fetches.v1" => &["courant.news.v1.fetch"],
        "items.v1" => &["courant.news.v1.item.published", "courant.news.v1.item.revised"],
        _ => &["courant.news.v1.item.tagged"],
    };
    assert!(kinds.contains(&header("ce_type")), "{} on {}", header("ce_type"), record.topic);
    let time = header("ce_time");
    assert!(time.ends_with('Z') && time.as_bytes()[10] == b'T', "{time}");
    let parts: Vec<_> = header("traceparent").split('-').collect();
    assert_eq!(parts.iter().map(|part| part.len()).collect::<Vec<_>>(), [2, 32, 16, 2], "{parts:?}");
    assert!(parts[1].bytes().any(|digit| digit != b'0') && parts[2].bytes().any(|digit| digit != b'0'));
}

/// Compares with librdkafka's own murmur2, which agrees with the Java client's.
fn lie_where_they_belong(world: &World, records: &BTreeMap<&str, Vec<Record>>) {
    let mut shard_keys = BTreeMap::new();
    let mut placed = Vec::new();
    for record in &records["feeds.v1"] {
        let feed: Feed = record.decoded().unwrap();
        placed.push((4, feed.shard_key.clone().into_bytes(), record));
        shard_keys.insert(feed.id, feed.shard_key);
    }
    for record in &records["feed-state.v1"] {
        let (feed, part) = record.key_text().unwrap().split_once('/').unwrap();
        assert!(["schedule", "seen"].contains(&part));
        placed.push((4, shard_keys[feed].clone().into_bytes(), record));
    }
    let by_key = [("items.v1", 4), ("tagged.v1", 4), ("fetches.v1", 2)];
    for (base, partitions) in by_key {
        placed.extend(records[base].iter().map(|record| (partitions, record.key.clone(), record)));
    }
    let keys: Vec<_> = placed.iter().map(|(partitions, key, _)| (*partitions, key.clone())).collect();
    let right = foreign::java_places(world.brokers(), &world.topic("scratch"), &keys).unwrap();
    for ((_, key, record), place) in placed.iter().zip(&right) {
        assert_eq!(record.partition, *place, "{} of {:?}", record.topic, String::from_utf8_lossy(key));
    }
}

fn agree_with_their_keys(records: &BTreeMap<&str, Vec<Record>>) {
    for record in &records["feeds.v1"] {
        let feed: Feed = record.decoded().unwrap();
        assert_eq!((feed.version, feed.id.as_bytes()), (1, record.key.as_slice()));
    }
    for record in &records["feed-state.v1"] {
        let key = record.key_text().unwrap();
        let (version, layout, feed) = if key.ends_with("/seen") {
            let seen: FeedSeen = record.decoded().unwrap();
            (seen.version, SEEN_VERSION, seen.feed_id)
        } else {
            let schedule: FeedSchedule = record.decoded().unwrap();
            (schedule.version, STATE_VERSION, schedule.feed_id)
        };
        assert_eq!((version, Some(feed.as_str())), (layout, key.split('/').next()));
    }
    for record in &records["fetches.v1"] {
        let fetch: Fetch = record.decoded().unwrap();
        assert_eq!((fetch.version, fetch.feed_id.as_bytes()), (1, record.key.as_slice()));
        assert!(fetch.outcome != 0 && fetch.reason != 0 && fetch.next_due.is_some(), "{fetch:?}");
        assert!(!fetch.next_due_because.is_empty());
    }
    for record in &records["items.v1"] {
        let event: ItemEvent = record.decoded().unwrap();
        assert_eq!((event.version, event.item.unwrap().id.as_bytes()), (1, record.key.as_slice()));
    }
    for record in &records["tagged.v1"] {
        let tagged: TaggedItem = record.decoded().unwrap();
        let made_by = tagged.made_by.unwrap();
        assert!(!made_by.dictionary.is_empty() && !made_by.rules.is_empty());
        assert_eq!(tagged.version, 1);
        assert_eq!(tagged.event.unwrap().item.unwrap().id.as_bytes(), record.key.as_slice());
    }
}

/// An item and its tags belong to the trace of the poll that brought them; the event ids differ.
fn share_the_trace_of_their_poll(records: &BTreeMap<&str, Vec<Record>>) {
    let trace = |record: &Record| record.header("traceparent").unwrap().get(3..35).unwrap().to_owned();
    let polls: BTreeMap<_, _> =
        records["fetches.v1"].iter().map(|record| (record.decoded::<Fetch>().unwrap().id, trace(record))).collect();
    let mut ids = std::collections::BTreeSet::new();
    for record in &records["items.v1"] {
        let event = record.item_event().unwrap();
        assert_eq!((&trace(record), &event.fetch_id), (&polls[&event.fetch_id], &trace(record)));
        assert!(ids.insert(record.header("ce_id").unwrap().to_owned()), "one id, one event");
    }
    for record in &records["tagged.v1"] {
        let event = record.tagged_item().unwrap().event.unwrap();
        assert_eq!(trace(record), event.fetch_id);
        assert!(ids.insert(record.header("ce_id").unwrap().to_owned()), "one id, one event");
    }
}

fn topics_under(world: &World) -> std::collections::BTreeSet<String> {
    let prefix = world.topic("");
    let all = topics::names(world.brokers()).unwrap();
    all.into_iter()
        .filter(|name| name.starts_with(&prefix) && !name.ends_with("scratch-2") && !name.ends_with("scratch-4"))
        .collect()
}
