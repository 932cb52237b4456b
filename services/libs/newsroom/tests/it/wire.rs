//! Generated feeds over connections.

use std::collections::BTreeSet;
use std::num::NonZeroU32;

use newsroom::{Newsroom, Options, Pace, WireOptions};

use crate::client::{self, Connection};

const URL: &str = "http://wire-0001.example/feed.xml";

async fn newsroom(wire: WireOptions) -> Newsroom {
    Newsroom::start(Options { bundled: false, wire, ..Options::default() }).await.unwrap()
}

#[tokio::test(flavor = "multi_thread")]
async fn each_answer_brings_new_items_until_the_last_edition() {
    let wire =
        WireOptions { feeds: 3, items_per_poll: 5, window: 10, editions: NonZeroU32::new(4), ..WireOptions::default() };
    let newsroom = newsroom(wire).await;
    let mut connection = Connection::open(newsroom.addr());
    let mut etag = String::new();
    let mut statuses = Vec::new();
    for _ in 0..6 {
        let answer = connection.get(URL, &[("If-None-Match", &etag)]);
        statuses.push(answer.status);
        etag = answer.header("etag").unwrap().to_owned();
    }
    assert_eq!(statuses, [200, 200, 200, 200, 304, 304]);
    let keys: BTreeSet<_> = newsroom.items().into_iter().map(|(_, item)| item.key).collect();
    assert_eq!(keys.len(), 20);
    newsroom.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_confirmed_feed_repeats_what_no_client_kept() {
    let wire = WireOptions { feeds: 2, pace: Pace::Confirmed, ..WireOptions::default() };
    let newsroom = newsroom(wire).await;
    let first = client::get(newsroom.addr(), URL, &[]);
    let again = client::get(newsroom.addr(), URL, &[]);
    assert_eq!(first.body, again.body);
    let next = client::get(newsroom.addr(), URL, &[("If-None-Match", first.header("etag").unwrap())]);
    assert_eq!(next.status, 200);
    assert_ne!(next.body, first.body);
    newsroom.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn feeds_without_new_items_answer_304() {
    let wire = WireOptions { feeds: 2, items_per_poll: 0, window: 7, ..WireOptions::default() };
    let newsroom = newsroom(wire).await;
    let first = client::get(newsroom.addr(), URL, &[]);
    let again = client::get(newsroom.addr(), URL, &[("If-None-Match", first.header("etag").unwrap())]);
    assert_eq!((first.status, again.status), (200, 304));
    assert_eq!(newsroom.items().len(), 7);
    newsroom.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn options_that_contradict_each_other_do_not_start() {
    let wire = WireOptions { feeds: 1, items_per_poll: 50, window: 60, ..WireOptions::default() };
    let options = Options { wire, ..Options::default() };
    let fault = Newsroom::start(options).await.unwrap_err();
    assert_eq!(fault.kind(), std::io::ErrorKind::InvalidInput);
}
