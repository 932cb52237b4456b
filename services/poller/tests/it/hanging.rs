//! Hosts that take connections and never answer.

use std::{collections::BTreeMap, net::TcpListener, time::Duration};

use event_log::Topic;
use news_model::{Feed, wire::Outcome};

use crate::world::{World, added, feed, fetch, start};

#[tokio::test(flavor = "multi_thread")]
async fn fifty_hanging_hosts_keep_no_other_feed_waiting() {
    let world = World::blank().await;
    let alive = feed("http://alpha.example/rss");
    world.put_up(alive.url.as_str(), &[("1", "One")]);
    // The system takes connections on its behalf, and nobody ever reads from them.
    let silent = TcpListener::bind("127.0.0.1:0").unwrap();
    let mut feeds: Vec<_> = (0..50).map(|host| feed(&format!("http://host{host}.silent{host}.test/rss"))).collect();
    feeds.push(alive.clone());
    world.publish(&feeds.iter().map(added).collect::<Vec<_>>());
    let hosts = BTreeMap::from([
        ("*.example".to_owned(), world.newsroom.addr().to_string()),
        ("*.test".to_owned(), silent.local_addr().unwrap().to_string()),
    ]);
    let quick = [
        "poller.poll.min_interval=1s",
        "poller.poll.max_interval=1s",
        "poller.poll.first_interval=1s",
        "poller.fetch.first_byte_timeout=5m",
        "poller.fetch.total_timeout=5m",
    ];

    let poller = start(world.cluster().clone(), &world.names, (&quick, hosts), |_| ());
    poller.wait_for_metric("poller_feeds{state=\"polling\"} 50\n").await;
    let fetches = world.wait_until(Topic::Fetches, |records| records.len() >= 3).await;

    assert!(fetches.iter().all(|record| fetch(record).feed_id == alive.id.as_str()), "fifty are still waiting");
    poller.stopped().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_body_that_takes_too_long_to_read_is_an_outcome_and_stops_no_other_feed() {
    let world = World::blank().await;
    let once = Some(Duration::from_hours(1));
    let long = Feed { min_interval: once, max_interval: once, ..feed("http://alpha.example/rss") };
    let short = feed("http://beta.example/rss");
    // Some megabytes, of which nobody makes items in so short a time. On a busy machine the few bytes of the other feed may take as long, and so that one
    // is asked again and again.
    let text = "word ".repeat(200);
    let guids: Vec<_> = (0..5_000).map(|number| number.to_string()).collect();
    let items: Vec<_> = guids.iter().map(|guid| (guid.as_str(), text.as_str())).collect();
    world.put_up(long.url.as_str(), &items);
    world.put_up(short.url.as_str(), &[("1", "One")]);
    world.publish(&[added(&long), added(&short)]);
    let poller = world.poller(&[
        "poller.fetch.parse_timeout=20ms",
        "poller.poll.min_interval=1s",
        "poller.poll.max_interval=1s",
        "poller.poll.first_interval=1s",
    ]);

    let told = world.fetch_of(&long, |_| true).await;
    assert_eq!((told.outcome(), told.published), (Outcome::ReadingTimedOut, 0));
    assert!(told.detail.contains("20ms") && told.next_due_because.contains("1 failed poll"), "{told:?}");
    world.fetch_of(&short, |fetch| fetch.published == 1).await;
    let counted = |metrics: &str| !metrics.contains("poller_polls_total{outcome=\"reading_timed_out\"} 0\n");
    poller.wait_for_metrics("polls that took too long to read", counted).await;
    poller.wait_for_metric("poller_stuck_parsers 0").await;
    poller.stopped().await;
}
