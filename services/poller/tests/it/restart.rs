//! A poller that starts again goes on from what it wrote.

use event_log::Topic;
use news_model::{
    Feed,
    wire::{Outcome, PollReason},
};

use crate::world::{World, added, feed};

const A: &str = "http://alpha.example/rss";
const B: &str = "http://beta.example/rss";

#[tokio::test(flavor = "multi_thread")]
async fn a_restart_asks_with_the_stored_validators_and_publishes_nothing_twice() {
    let world = World::blank().await;
    world.put_up(A, &[("1", "One"), ("2", "Two")]);
    let alpha = feed(A);
    world.publish(&[added(&alpha)]);
    let first = world.poller(&[]);
    world.fetch_of(&alpha, |_| true).await;
    first.stopped().await;
    let published = world.stories();
    assert_eq!(published.len(), 2);

    let asking = Feed { poll_requested_at: Some(service_kit::clock::now()), ..alpha.clone() };
    world.publish(&[added(&asking)]);
    let second = world.poller_with(&[], |poller| poller.member.transactional_id = "test.poller.2".into());
    let fetch = world.fetch_of(&alpha, |fetch| fetch.reason() == PollReason::Requested).await;
    second.stopped().await;

    assert_eq!((fetch.conditional, fetch.outcome(), fetch.status), (true, Outcome::Unchanged, 304));
    assert_eq!(world.stories(), published);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_restart_polls_only_what_is_due() {
    let world = World::blank().await;
    world.put_up(A, &[("1", "One")]);
    world.put_up(B, &[("2", "Two")]);
    let (alpha, beta) = (feed(A), feed(B));
    world.publish(&[added(&alpha)]);
    let first = world.poller(&[]);
    world.fetch_of(&alpha, |_| true).await;
    first.stopped().await;

    // Beta's first poll comes after alpha's time to be polled, were alpha's state not found.
    world.publish(&[added(&beta)]);
    let second = world.poller_with(&[], |poller| poller.member.transactional_id = "test.poller.2".into());
    world.fetch_of(&beta, |_| true).await;
    second.stopped().await;

    let asked: Vec<_> = world.newsroom.log().into_iter().map(|served| served.url).collect();
    assert_eq!(asked, [A, B]);
    assert_eq!(world.all(Topic::Fetches).len(), 2);
}
