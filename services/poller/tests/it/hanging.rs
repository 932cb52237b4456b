//! Hosts that take connections and never answer.

use std::{collections::BTreeMap, net::TcpListener};

use event_log::Topic;

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
