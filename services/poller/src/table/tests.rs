//! What the table promises, shown with feeds and times made by hand.

use std::{
    num::NonZeroU32,
    pin::pin,
    task::{Context, Waker},
    time::Duration,
};

use bytes::Bytes;
use feed_core::politeness::{Manners, SiteRules};
use news_model::{ContentHash, Feed, ItemId, KeyPrefix, RememberedItem, Schedule, Seen, SeenItems, wire::PollReason};
use url::Url;

use super::*;
use crate::digest::Mark;

mod configuration;
mod ownership;
mod politeness;

const STAMP: Stamp = Stamp { partition: 3, epoch: 1 };

fn at(seconds: i64) -> DateTime<Utc> {
    DateTime::from_timestamp(1_800_000_000 + seconds, 0).unwrap()
}

/// Partition 3 is ours and restored, and sites take any number of requests at once.
fn table() -> Table {
    table_under(SiteRules { concurrency: NonZeroU32::MAX, spacing: Duration::ZERO })
}

fn table_under(rules: SiteRules) -> Table {
    let table = Table::new(Ledger::new(Manners::uniform(rules)));
    table.assign(&[STAMP]);
    assert!(table.restored(STAMP, 0).unwrap().is_empty());
    table
}

/// A feed on a site of its own.
fn feed(name: &str) -> Feed {
    feed_at(name, &format!("http://{name}.example/feed"))
}

fn feed_at(name: &str, url: &str) -> Feed {
    Feed { id: id(name), ..Feed::of_url(Url::parse(url).unwrap(), at(0)) }
}

fn id(name: &str) -> FeedId {
    name.parse().unwrap()
}

/// Installs a feed of which nothing was stored, to be polled first at `first_due`.
fn add(table: &Table, feed: &Feed, first_due: i64) {
    table.take_in(Prepared::new(STAMP, feed, StoredState::default(), Times { now: at(0), first_due: at(first_due) }));
}

fn stored(schedule: Schedule, seen: Seen) -> StoredState {
    StoredState { schedule: Stored::Value(schedule), seen: Stored::Value(seen), ..StoredState::default() }
}

fn seen(name: &str) -> Seen {
    let key = KeyPrefix::of(ItemId::of_identity(&id("a"), "guid", name));
    let item = RememberedItem { key, id: None, content: None, revision: 1, withdrawn: false };
    Seen::pack(&SeenItems { remembered: vec![item], ..SeenItems::default() })
}

/// What was learnt of the feed `name` at its usual address by a poll at `polled`.
fn learnt(name: &str, polled: i64, next_due: i64) -> Schedule {
    Schedule {
        configured_url: feed(name).url.to_string(),
        etag: Bytes::from_static(b"\"v1\""),
        last_modified: Bytes::from_static(b"then"),
        body_hash: Some(ContentHash::of_body(b"body")),
        next_due: at(next_due),
        interval: Duration::from_mins(10),
        last_polled: Some(at(polled)),
        last_success: Some(at(polled)),
        ..Schedule::default()
    }
}

fn take(table: &Table, now: i64) -> Job {
    match table.next(at(now)) {
        Next::Poll(job) => Arc::unwrap_or_clone(job),
        other => panic!("no poll, but {other:?}"),
    }
}

fn names(table: &Table, now: i64) -> Vec<String> {
    let polls = || match table.next(at(now)) {
        Next::Poll(job) => Some(job.feed.id.to_string()),
        Next::WaitUntil(_) | Next::Idle => None,
    };
    std::iter::from_fn(polls).collect()
}

fn waits_until(table: &Table, now: i64) -> DateTime<Utc> {
    match table.next(at(now)) {
        Next::WaitUntil(until) => until,
        other => panic!("no wait, but {other:?}"),
    }
}

/// Settles `job` as a poll at `polled` whose commit wrote no state. Whether that leaves no orphan.
fn settle(table: &Table, job: &Job, polled: i64, next_due: i64) -> bool {
    let configured_url = job.feed.url.to_string();
    let schedule =
        Schedule { configured_url, next_due: at(next_due), last_polled: Some(at(polled)), ..job.schedule.clone() };
    table.settle(job.stamp, kept(job, schedule, None, job.seen.clone()), at(polled)).is_none()
}

/// What a poll of `job` led to.
fn kept(job: &Job, schedule: Schedule, stored: Option<Mark>, seen: Seen) -> Kept {
    let now = schedule.last_polled.unwrap();
    Settled { schedule, stored, seen, demand: Demand::fixed(Duration::from_mins(10)) }.keep(job, now)
}

#[test]
fn feeds_are_polled_in_the_order_in_which_they_are_due_and_not_before() {
    let table = table();
    for (name, due) in [("c", 30), ("a", 10), ("b", 20)] {
        add(&table, &feed(name), due);
    }

    assert_eq!(waits_until(&table, 9), at(10));
    assert_eq!(names(&table, 25), ["a", "b"]);
    assert_eq!(waits_until(&table, 25), at(30));
    assert_eq!(names(&table, 30), ["c"]);
    assert!(matches!(table.next(at(99)), Next::Idle));
}

#[test]
fn a_feed_that_is_polled_is_unlocked_by_its_settling_alone() {
    let table = table();
    add(&table, &feed("a"), 0);
    let job = take(&table, 0);

    table.leave(&job.place, at(1), Heard::Nothing);
    table.prune(at(1_000));
    add(&table, &feed("a"), 0);
    assert!(matches!(table.next(at(1_000)), Next::Idle));
    assert_eq!(table.counts(), (1, 1));

    assert!(settle(&table, &job, 1_000, 2_000));
    assert_eq!(table.counts(), (1, 0));
    assert_eq!(waits_until(&table, 1_999), at(2_000));
    assert_eq!(names(&table, 2_000), ["a"]);
}

#[test]
fn a_job_carries_what_the_last_one_settled() {
    let table = table();
    add(&table, &feed("a"), 0);
    let first = take(&table, 0);
    assert_eq!((first.reason, first.due_at), (PollReason::First, at(0)));
    let next = kept(&first, learnt("a", 0, 60), Some(Mark::of(&learnt("a", 0, 60))), seen("1"));
    assert_eq!(table.settle(STAMP, next, at(1)), None);

    let second = take(&table, 70);
    assert_eq!(second.schedule, learnt("a", 0, 60));
    assert_eq!(second.stored, Mark::of(&second.schedule));
    assert_eq!(second.seen, seen("1"));
    assert_eq!((second.reason, second.due_at), (PollReason::Scheduled, at(60)));
    assert_eq!(table.demands(), [Demand::fixed(Duration::from_mins(10))]);

    assert!(settle(&table, &second, 70, 130));
    let third = take(&table, 130);
    assert_eq!(third.schedule.last_polled, Some(at(70)));
    assert_eq!(third.stored, Mark::of(&learnt("a", 0, 60)), "the topic holds what was last written to it");
}

#[test]
fn what_may_make_a_feed_due_sooner_wakes_the_schedule_and_nothing_else_does() {
    let table = table_under(SiteRules { concurrency: NonZeroU32::MIN, spacing: Duration::ZERO });
    assert!(!woken(&table));

    add(&table, &feed_at("a", "http://a.example/1"), 0);
    assert!(woken(&table));
    add(&table, &feed_at("b", "http://a.example/2"), 0);
    let first = take(&table, 0);
    assert_eq!(names(&table, 0), [""; 0], "b waits for a place at the host");
    assert!(woken(&table));
    table.leave(&first.place, at(0), Heard::Nothing);
    assert!(woken(&table), "b may try");
    let second = take(&table, 0);
    table.leave(&second.place, at(0), Heard::Nothing);
    assert!(!woken(&table), "nobody waits");

    settle(&table, &first, 0, 5);
    assert!(woken(&table));
    settle(&table, &second, 0, 6);
    assert!(!woken(&table), "a comes before it");
}

/// Whether the schedule was woken since this was last asked.
fn woken(table: &Table) -> bool {
    let notified = pin!(table.changed.notified());
    notified.poll(&mut Context::from_waker(Waker::noop())).is_ready()
}
