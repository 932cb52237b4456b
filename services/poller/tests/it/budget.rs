//! The limit on polls.

use event_log::Topic;

use crate::world::{World, added, feed};

#[tokio::test(flavor = "multi_thread")]
async fn no_more_feeds_are_polled_in_an_hour_than_the_limit_allows() {
    let world = World::blank().await;
    let feeds = ["alpha", "beta", "gamma"].map(|name| feed(&format!("http://{name}.example/rss")));
    for feed in &feeds {
        world.put_up(feed.url.as_str(), &[("1", "One")]);
    }
    world.publish(&feeds.each_ref().map(added));
    let poller = world.poller(&["poller.poll.max_polls_per_hour=1", "poller.commit.interval=1s"]);

    // All are due at once, so that polls beyond the limit would be committed together with the first.
    world.wait_until(Topic::Fetches, |records| !records.is_empty()).await;
    poller.wait_for_metric("poller_feeds{state=\"owned\"} 3").await;
    poller.stopped().await;

    assert_eq!(world.all(Topic::Fetches).len(), 1);
}
