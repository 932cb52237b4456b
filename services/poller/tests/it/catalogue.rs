//! Feeds come and go while the poller runs, and some must be left alone.

use event_log::{InRecord, Topic};
use news_model::{
    Feed, Seen,
    wire::{self, Outcome},
};
use prost::Message;

use crate::world::{World, added, feed, of_feeds, record, removed, state_keys};

const A: &str = "http://alpha.example/rss";
const B: &str = "http://beta.example/rss";

/// Whether both state records of `feed` were written and then forgotten.
fn is_forgotten(feed: &Feed) -> impl Fn(&[InRecord]) -> bool + Send + 'static {
    let keys = state_keys(&feed.id);
    move |records| {
        keys.iter().all(|key| {
            let mut of_key = records.iter().filter(|record| record.key_text() == Some(key));
            of_key.next().is_some_and(|first| first.value.is_some())
                && of_key.next_back().is_some_and(|last| last.value.is_none())
        })
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_removed_feed_has_both_its_state_records_removed_and_others_keep_theirs() {
    let world = World::blank().await;
    world.put_up(A, &[("1", "One")]);
    world.put_up(B, &[("2", "Two")]);
    let (alpha, beta) = (feed(A), feed(B));
    world.publish(&[added(&alpha), added(&beta)]);
    let poller = world.poller(&[]);
    world.fetch_of(&alpha, |_| true).await;
    world.fetch_of(&beta, |_| true).await;

    world.publish(&[removed(&alpha)]);

    let records = world.wait_until(Topic::FeedState, is_forgotten(&alpha)).await;
    for tombstone in records.iter().filter(|record| record.value.is_none()) {
        assert!(state_keys(&alpha.id).contains(&tombstone.key_text().unwrap().to_owned()));
        assert_eq!(tombstone.header("ce_type"), Some("courant.news.v1.feed-state"));
    }
    poller.stopped().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_feed_added_to_a_running_poller_is_polled() {
    let world = World::blank().await;
    world.put_up(A, &[("1", "One")]);
    let poller = world.poller(&[]);
    poller.readiness.ready().await;

    world.publish(&[added(&feed(A))]);

    let fetch = world.fetch_of(&feed(A), |_| true).await;
    assert_eq!((fetch.outcome(), fetch.reason()), (Outcome::NewItems, wire::PollReason::First));
    poller.stopped().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_person_who_asks_for_a_poll_gets_one() {
    let world = World::blank().await;
    world.put_up(A, &[("1", "One")]);
    let alpha = feed(A);
    world.publish(&[added(&alpha)]);
    let poller = world.poller(&[]);
    world.fetch_of(&alpha, |_| true).await;

    world.put_up(A, &[("2", "Two"), ("1", "One")]);
    let asking = Feed { poll_requested_at: Some(service_kit::clock::now()), ..alpha.clone() };
    world.publish(&[added(&asking)]);

    let fetch = world.fetch_of(&alpha, |fetch| fetch.reason() == wire::PollReason::Requested).await;
    assert_eq!((fetch.conditional, fetch.items, fetch.published), (true, 2, 1));
    poller.stopped().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn state_of_a_feed_that_is_no_longer_configured_is_forgotten_at_the_start() {
    let world = World::blank().await;
    let gone = feed(A);
    let schedule = wire::FeedSchedule {
        version: 1,
        feed_id: gone.id.to_string(),
        next_due: Some(news_model::to_timestamp(service_kit::clock::now())),
        ..wire::FeedSchedule::default()
    };
    let seen = Seen::default().to_wire(&gone.id);
    let [schedule_key, seen_key] = state_keys(&gone.id);
    world.publish(&[
        record(Topic::FeedState, &gone, schedule_key, Some(schedule.encode_to_vec())),
        record(Topic::FeedState, &gone, seen_key, Some(seen.encode_to_vec())),
    ]);

    let poller = world.poller(&[]);

    world.wait_until(Topic::FeedState, is_forgotten(&gone)).await;
    poller.stopped().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_feed_whose_state_a_newer_process_wrote_is_neither_polled_nor_overwritten() {
    let world = World::blank().await;
    world.put_up(A, &[("1", "One")]);
    world.put_up(B, &[("2", "Two")]);
    let (newer, other) = (feed(A), feed(B));
    let schedule = wire::FeedSchedule { version: 2, feed_id: newer.id.to_string(), ..wire::FeedSchedule::default() };
    let [schedule_key, _] = state_keys(&newer.id);
    world.publish(&[
        record(Topic::FeedState, &newer, schedule_key, Some(schedule.encode_to_vec())),
        added(&newer),
        added(&other),
    ]);

    let poller = world.poller(&[]);
    world.fetch_of(&other, |_| true).await;
    let text = poller.metrics();
    poller.stopped().await;

    let asked: Vec<_> = world.newsroom.log().into_iter().map(|served| served.url).collect();
    assert_eq!(asked, [B]);
    let of_newer = |record: &&InRecord| record.key_text().unwrap().starts_with(newer.id.as_str());
    assert_eq!(world.all(Topic::FeedState).iter().filter(of_newer).count(), 1);
    assert!(!text.contains("poller_catalogue_faults_total 0\n"), "{text}");
}

#[tokio::test(flavor = "multi_thread")]
async fn records_of_the_catalogue_that_cannot_be_used_are_counted_and_passed_over() {
    let world = World::blank().await;
    world.put_up(A, &[("1", "One")]);
    let good = feed(A);
    let misplaced = (0..1_000)
        .map(|number| feed(&format!("http://site-{number}.example/rss")))
        .find(|feed| crate::world::place(feed) != crate::world::place(&good))
        .unwrap();
    let misplaced = event_log::OutRecord { partition: crate::world::place(&good), ..added(&misplaced) };
    let renamed = Feed { id: "another".parse().unwrap(), ..good.clone() };
    world.publish(&[
        of_feeds(&feed(B), Some(b"\xff no feed".to_vec())),
        misplaced,
        of_feeds(&renamed, Some(good.to_wire().encode_to_vec())),
        added(&good),
    ]);

    let poller = world.poller(&[]);

    world.fetch_of(&good, |_| true).await;
    poller.wait_for_metric("poller_catalogue_faults_total 3\n").await;
    poller.wait_for_metric("poller_feeds{state=\"owned\"} 1\n").await;
    poller.stopped().await;
}
