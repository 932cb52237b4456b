//! Feeds that went on for longer than they list.

use chrono::{DateTime, TimeDelta, Utc};
use event_log::{InRecord, Topic};
use news_model::wire::ItemEvent;
use newsroom::Publication;
use prost::Message;
use service_kit::clock;

use crate::world::{World, added, feed};

const URL: &str = "http://alpha.example/rss";
const PAGE: &str = "http://alpha.example/rss?page=2";
const ELSEWHERE: &str = "http://beta.example/rss";
const SOON: [&str; 3] = ["poller.poll.min_interval=1s", "poller.poll.max_interval=1s", "poller.poll.first_interval=1s"];

/// Puts a feed up, with a link to an older page of it.
fn put_up(world: &World, url: &str, link: &str, guids: &[&str], date: DateTime<Utc>) {
    let date = date.to_rfc2822();
    let item = |guid: &&str| {
        format!("<item><guid isPermaLink=\"false\">{guid}</guid><title>{guid}</title><pubDate>{date}</pubDate></item>")
    };
    let items: String = guids.iter().map(item).collect();
    let link = if link.is_empty() { String::new() } else { format!("<atom:link rel=\"next\" href=\"{link}\"/>") };
    let body = format!(
        "<rss version=\"2.0\" xmlns:atom=\"http://www.w3.org/2005/Atom\"><channel>{link}{items}</channel></rss>"
    );
    world.newsroom.publish(Publication::new(url, "application/rss+xml", body)).unwrap();
}

fn published(records: &[InRecord]) -> Vec<(String, bool)> {
    let event = |record: &InRecord| ItemEvent::decode(record.value.clone().unwrap()).unwrap();
    let mut all: Vec<_> = records.iter().map(event).map(|event| (event.item.unwrap().guid, event.backfilled)).collect();
    all.sort();
    all
}

#[tokio::test(flavor = "multi_thread")]
async fn a_gap_is_filled_from_older_pages_and_told() {
    let world = World::blank().await;
    let long_ago = clock::now() - TimeDelta::days(1);
    put_up(&world, URL, "", &["2", "1"], long_ago);
    world.publish(&[added(&feed(URL))]);
    let poller = world.poller(&SOON);
    world.fetch_of(&feed(URL), |_| true).await;

    put_up(&world, PAGE, "", &["5", "4", "3", "2", "1"], clock::now());
    put_up(&world, URL, PAGE, &["7", "6"], clock::now());
    let told = world.fetch_of(&feed(URL), |fetch| fetch.gap.is_some()).await.gap.unwrap();

    assert_eq!((told.pages, told.backfilled, told.closed), (1, 3, true));
    poller.wait_for_metric("poller_gaps_total{end=\"closed\"} 1").await;
    poller.stopped().await;
    let expected = [("1", false), ("2", false), ("3", true), ("4", true), ("5", true), ("6", false), ("7", false)];
    assert_eq!(published(&world.all(Topic::Items)), expected.map(|(guid, mark)| (guid.to_owned(), mark)));
}

#[tokio::test(flavor = "multi_thread")]
async fn pages_of_other_sites_are_not_asked_for_and_the_gap_stays_open() {
    let world = World::blank().await;
    put_up(&world, URL, "", &["2", "1"], clock::now() - TimeDelta::days(1));
    put_up(&world, ELSEWHERE, "", &["4", "3", "2"], clock::now());
    world.publish(&[added(&feed(URL))]);
    let poller = world.poller(&SOON);
    world.fetch_of(&feed(URL), |_| true).await;

    put_up(&world, URL, ELSEWHERE, &["7"], clock::now());
    let told = world.fetch_of(&feed(URL), |fetch| fetch.gap.is_some()).await.gap.unwrap();

    assert_eq!((told.pages, told.missed_at_least, told.closed), (0, 1, false));
    assert!(world.newsroom.log().iter().all(|served| served.url == URL));
    poller.wait_for_metric("poller_gaps_total{end=\"open\"} 1").await;
    poller.wait_for_metric("poller_missed_items_total 1").await;
    poller.wait_for_metric("poller_completeness_ratio 0.75").await;
    poller.stopped().await;
}
