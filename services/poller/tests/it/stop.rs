//! What a stop leaves behind.

use std::time::Duration;

use event_log::Topic;
use poller::PollerError;
use service_kit::exit::Exit;

use crate::world::{World, added, feed, state_keys};

const A: &str = "http://alpha.example/rss";
/// An interval of commits that does not pass within a test.
const NEVER: Duration = Duration::from_hours(1);

#[tokio::test(flavor = "multi_thread")]
async fn a_stop_commits_what_was_fetched_and_does_not_wait_for_the_interval() {
    let world = World::blank().await;
    world.put_up(A, &[("1", "One"), ("2", "Two")]);
    let alpha = feed(A);
    world.publish(&[added(&alpha)]);
    // A stop that waited for it would overrun its grace and end in an error.
    let poller = world.poller_with(&[], |poller| poller.settings.commit.interval = NEVER);
    poller.wait_for_metric("poller_poll_seconds_count 1\n").await;

    poller.stopped().await;

    assert_eq!(world.stories().len(), 2);
    assert_eq!(world.all(Topic::Fetches).len(), 1);
    let mut keys: Vec<_> =
        world.all(Topic::FeedState).iter().map(|record| record.key_text().unwrap().to_owned()).collect();
    keys.sort();
    assert_eq!(keys, state_keys(&alpha.id));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_stop_gives_up_a_fetch_that_hangs() {
    let world = World::bundled().await;
    world.publish(&[added(&feed("http://silentstandard.example/rss.xml"))]);
    let poller = world.poller(&["poller.fetch.first_byte_timeout=10m", "poller.fetch.total_timeout=10m"]);
    poller.wait_for_metric("poller_feeds{state=\"polling\"} 1\n").await;

    poller.stopped().await;

    assert_eq!(world.all(Topic::Fetches), []);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_drain_that_the_cluster_does_not_take_ends_after_its_grace() {
    let world = World::blank().await;
    world.put_up(A, &[("1", "One")]);
    world.publish(&[added(&feed(A))]);
    let poller = world.poller_with(&[], |poller| {
        poller.settings.commit.interval = NEVER;
        poller.member.transaction_timeout = Duration::from_secs(1);
        poller.drain_grace = Duration::from_secs(1);
    });
    poller.wait_for_metric("poller_poll_seconds_count 1\n").await;

    drop(world);
    poller.stop.cancel();
    let error = poller.ended().await.unwrap_err();

    assert!(matches!(error, PollerError::DrainOverrun(_)), "{error:?}");
    assert_eq!(error.exit(), Exit::Failure);
}
