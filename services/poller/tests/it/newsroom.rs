//! The bundled newsroom, from its pages to the topics.

use std::collections::{BTreeMap, BTreeSet};

use event_log::{InRecord, Topic};
use news_model::{
    Feed, partition_of,
    wire::{FeedSchedule, Outcome},
};
use newsroom::{
    ServedItem,
    script::{SITES, Step},
};
use prost::Message;

use crate::world::{World, added, feed, fetch, item_event, place, story};

/// As quick as may be, and with little patience for the silent. An edition that comes too late for it is not shown again, so that it is more than
/// a busy machine needs.
const QUICK: [&str; 5] = [
    "poller.poll.min_interval=1s",
    "poller.poll.max_interval=1s",
    "poller.poll.first_interval=1s",
    "poller.fetch.read_timeout=5s",
    "poller.fetch.first_byte_timeout=5s",
];

/// Everything that the bundled pages ever show whole, sorted.
fn scripted() -> BTreeSet<ServedItem> {
    let shown = |step: &Step| match step {
        Step::Show(index) => Some(*index),
        Step::Half(_) | Step::Move { .. } | Step::Refuse { .. } | Step::Silence => None,
    };
    let editions = SITES.iter().flat_map(|site| site.steps.iter().filter_map(shown).map(|index| &site.editions[index]));
    editions.flat_map(newsroom::script::Source::served).collect()
}

/// The outcomes of each feed, by its address.
fn outcomes(records: &[InRecord]) -> BTreeMap<String, BTreeSet<Outcome>> {
    let mut outcomes = BTreeMap::<_, BTreeSet<_>>::new();
    for fetch in records.iter().map(fetch) {
        outcomes.entry(fetch.url.clone()).or_default().insert(fetch.outcome());
    }
    outcomes
}

#[tokio::test(flavor = "multi_thread")]
async fn every_story_of_the_newsroom_is_published_once_and_every_fetch_told() {
    let world = World::bundled().await;
    let feeds: Vec<Feed> = world.newsroom.feeds().iter().map(|listing| feed(&listing.url)).collect();
    world.publish(&feeds.iter().map(added).collect::<Vec<_>>());

    let poller = world.poller(&QUICK);
    let awaited = scripted();
    let expected = awaited.clone();
    world
        .wait_until(Topic::Items, move |records| {
            let seen: BTreeSet<_> = records.iter().map(story).collect();
            seen.is_superset(&awaited)
        })
        .await;
    let urls: BTreeSet<_> = feeds.iter().map(|feed| feed.url.to_string()).collect();
    world
        .wait_until(Topic::Fetches, move |records| {
            let told = outcomes(records);
            told.keys().eq(&urls) && OUTCOMES.iter().all(|(url, outcome)| told[*url].contains(outcome))
        })
        .await;
    let text = poller.metrics();
    poller.stopped().await;

    let served: BTreeSet<_> = world.newsroom.items().into_iter().map(|(_, item)| item).collect();
    assert_eq!(served, expected, "the newsroom's log is the ground truth");
    assert_eq!(world.stories(), expected.into_iter().collect::<Vec<_>>(), "each once, and nothing else");
    for record in world.all(Topic::Items) {
        assert_eq!(record.partition, partition_of(record.key.as_deref().unwrap(), 3));
        assert_eq!(record.key_text().unwrap(), item_event(&record).item.unwrap().id);
        assert_eq!(record.header("ce_type").is_some(), record.header("traceparent").is_some());
    }
    check_state(&world, &feeds);
    assert!(text.contains(&format!("poller_feeds{{state=\"owned\"}} {}\n", feeds.len())), "{text}");
    assert!(text.contains("poller_partitions 4\n"), "{text}");
}

/// Outcomes that must be told sooner or later, by the address of the feed.
const OUTCOMES: [(&str, Outcome); 11] = [
    ("http://harbourpost.example/rss.xml", Outcome::Unchanged),
    ("http://northfield-times.example/rss", Outcome::NewItems),
    ("http://balticobserver.example/feed.xml", Outcome::NewItems),
    ("http://brokenbroadsheet.example/rss.xml", Outcome::NewItems),
    ("http://busybulletin.example/rss.xml", Outcome::RateLimited),
    ("http://wearyweekly.example/rss.xml", Outcome::RateLimited),
    ("http://closedcourier.example/rss.xml", Outcome::Gone),
    ("http://lostletters.example/rss.xml", Outcome::NotFound),
    ("http://silentstandard.example/rss.xml", Outcome::TimedOut),
    ("http://halfwayherald.example/rss.xml", Outcome::TimedOut),
    ("http://portalpages.example/feed", Outcome::Unreadable),
];

/// Every feed has a schedule, those with items a memory of them, all in the place of their feed.
fn check_state(world: &World, feeds: &[Feed]) {
    let records = world.all(Topic::FeedState);
    let last: BTreeMap<_, _> = records.iter().map(|record| (record.key_text().unwrap(), record)).collect();
    let published: BTreeSet<_> =
        world.all(Topic::Items).iter().map(|record| item_event(record).item.unwrap().feed_id).collect();
    for feed in feeds {
        let record = last[format!("{}/schedule", feed.id).as_str()];
        let schedule = FeedSchedule::decode(record.value.clone().unwrap()).unwrap();
        assert_eq!((record.partition, schedule.configured_url.as_str()), (place(feed), feed.url.as_str()));
        let seen = last.get(format!("{}/seen", feed.id).as_str());
        assert_eq!(seen.is_some(), published.contains(feed.id.as_str()), "{}", feed.url);
        assert!(seen.is_none_or(|record| record.partition == place(feed)));
    }
}
