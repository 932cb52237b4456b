//! Feeds are added, changed, asked for and removed while they are polled or wait to be.

use super::*;

/// What a configuration may say.
const RARER: Option<Duration> = Some(Duration::from_hours(1));

fn restore(table: &Table, feed: &Feed, schedule: Schedule) {
    table.take_in(Prepared::new(STAMP, feed, stored(schedule, seen("1")), Times { now: at(0), first_due: at(0) }));
}

fn requested(at_seconds: i64) -> Feed {
    Feed { poll_requested_at: Some(at(at_seconds)), ..feed("a") }
}

#[test]
fn a_feed_goes_on_from_what_was_stored_of_it() {
    let table = table();
    restore(&table, &feed("a"), learnt("a", -60, 100));

    assert_eq!(waits_until(&table, 99), at(100));
    let job = take(&table, 100);

    assert_eq!((&job.schedule, job.stored), (&learnt("a", -60, 100), Mark::of(&learnt("a", -60, 100))));
    assert_eq!(job.seen, seen("1"));
    assert_eq!(job.reason, PollReason::Scheduled);
}

#[test]
fn a_feed_with_seen_items_and_no_schedule_keeps_the_items() {
    let table = table();
    let state = StoredState { seen: Stored::Value(seen("1")), ..StoredState::default() };
    table.take_in(Prepared::new(STAMP, &feed("a"), state, Times { now: at(0), first_due: at(7) }));

    assert_eq!(waits_until(&table, 6), at(7));
    assert_eq!(take(&table, 7).seen, seen("1"));
}

#[test]
fn another_address_is_asked_at_once_and_without_the_validators_of_the_first() {
    let table = table();
    restore(&table, &feed("a"), learnt("a", -60, 5_000));

    add(&table, &feed_at("a", "http://b.example/other"), 7);

    let job = take(&table, 0);
    assert_eq!((&*job.place.site, job.schedule.configured_url.as_str()), ("b.example", "http://b.example/other"));
    let blank = Schedule {
        configured_url: "http://b.example/other".into(),
        next_due: at(0),
        last_success: Some(at(-60)),
        ..Schedule::default()
    };
    assert_eq!(job.schedule, blank, "only that it was read once is kept, for the back-catalogue is published");
    assert_eq!(job.seen, seen("1"));
    assert_eq!(job.stored, Mark::of(&learnt("a", -60, 5_000)));
    assert!(matches!(table.next(at(9_999)), Next::Idle), "the time it was due at before is forgotten");
}

#[test]
fn other_changes_of_a_feed_leave_its_schedule() {
    let table = table();
    restore(&table, &feed("a"), learnt("a", -60, 100));

    add(&table, &Feed { min_interval: RARER, ..feed("a") }, 7);

    assert_eq!(waits_until(&table, 0), at(100));
    let job = take(&table, 100);
    assert_eq!((job.feed.min_interval, &job.schedule), (RARER, &learnt("a", -60, 100)));
}

#[test]
fn a_feed_changed_while_it_is_polled_stays_locked_and_is_polled_as_changed() {
    let table = table();
    restore(&table, &feed("a"), learnt("a", -60, 0));
    let job = take(&table, 0);

    add(&table, &Feed { min_interval: RARER, ..feed("a") }, 0);
    assert!(settle(&table, &job, 50, 60));

    assert_eq!(waits_until(&table, 59), at(60));
    assert_eq!(take(&table, 60).feed.min_interval, RARER);
}

#[test]
fn what_a_poll_learnt_at_an_address_that_changed_meanwhile_is_dropped() {
    let table = table();
    restore(&table, &feed("a"), learnt("a", -60, 0));
    let job = take(&table, 0);

    add(&table, &feed_at("a", "http://b.example/other"), 0);
    assert!(matches!(table.next(at(50)), Next::Idle));
    let next = kept(&job, learnt("a", 0, 600), None, seen("2"));
    assert_eq!(table.settle(job.stamp, next, at(50)), None);

    let next = take(&table, 50);
    assert!(next.schedule.etag.is_empty() && next.schedule.body_hash.is_none());
    assert_eq!(next.seen, seen("2"), "what was published stays known");
}

#[test]
fn a_poll_that_a_person_asks_for_comes_at_once_and_only_once() {
    let table = table();
    restore(&table, &requested(-10), learnt("a", -60, 5_000));

    let job = take(&table, 0);
    assert_eq!(job.reason, PollReason::Requested);
    assert!(settle(&table, &job, 0, 600));

    assert_eq!(waits_until(&table, 1), at(600));
    assert_eq!(take(&table, 600).reason, PollReason::Scheduled);
}

#[test]
fn a_wish_waits_for_the_end_of_what_the_server_asked_for() {
    let table = table();
    let limited = Schedule { not_before: Some(at(5_000)), failures: 1, ..learnt("a", -60, 5_000) };
    restore(&table, &requested(-10), limited);

    assert_eq!(waits_until(&table, 0), at(5_000));
    assert_eq!(take(&table, 5_000).reason, PollReason::Requested);
}

#[test]
fn a_wish_that_was_met_before_a_restart_is_not_met_again() {
    let table = table();
    restore(&table, &requested(-60), learnt("a", -60, 5_000));

    assert_eq!(waits_until(&table, 0), at(5_000));
}

#[test]
fn a_poll_asked_for_while_the_feed_is_polled_follows_it() {
    let table = table();
    restore(&table, &feed("a"), learnt("a", -60, 0));
    let job = take(&table, 0);

    add(&table, &requested(5), 0);
    assert!(matches!(table.next(at(5)), Next::Idle));
    assert!(settle(&table, &job, 0, 600));

    // The poll began before it was asked for; settled at its start, it waits for the time of the wish.
    assert_eq!(take(&table, 5).reason, PollReason::Requested);
}

#[test]
fn a_wish_from_a_clock_that_is_ahead_does_not_make_the_feed_due_over_and_over() {
    let table = table();
    restore(&table, &requested(3_600), learnt("a", -60, 600));

    assert_eq!(waits_until(&table, 0), at(600));
    let job = take(&table, 600);
    assert_eq!(job.reason, PollReason::Scheduled);
    assert!(settle(&table, &job, 600, 5_000));

    assert_eq!(waits_until(&table, 601), at(3_600));
    let job = take(&table, 3_600);
    assert_eq!(job.reason, PollReason::Requested);
    assert!(settle(&table, &job, 3_600, 5_000));
    assert_eq!(waits_until(&table, 3_601), at(5_000));
}

#[test]
fn a_removed_feed_is_polled_no_more() {
    let table = table();
    add(&table, &feed("a"), 0);

    assert!(table.remove(&id("a")));

    assert!(!table.remove(&id("a")));
    assert_eq!(table.counts(), (0, 0));
    assert!(matches!(table.next(at(99)), Next::Idle));
}

#[test]
fn a_feed_removed_while_it_is_polled_is_told_so_when_it_settles() {
    let table = table();
    add(&table, &feed("a"), 0);
    let job = take(&table, 0);
    assert!(table.remove(&id("a")));

    assert!(!settle(&table, &job, 1, 60));

    assert_eq!(table.counts(), (0, 0));
    assert!(matches!(table.next(at(99)), Next::Idle));
}

#[test]
fn what_fell_due_while_nobody_was_there_is_spread() {
    let table = table();
    let times = Times { now: at(100), first_due: at(107) };
    table.take_in(Prepared::new(STAMP, &feed("a"), stored(learnt("a", -60, 0), seen("1")), times));
    assert_eq!(waits_until(&table, 100), at(107));
}

#[test]
fn a_feed_removed_and_added_again_while_it_is_polled_takes_that_polls_state() {
    let table = table();
    restore(&table, &feed("a"), learnt("a", -60, 0));
    let job = take(&table, 0);

    assert!(table.remove(&id("a")));
    add(&table, &feed("a"), 1);
    assert!(matches!(table.next(at(1)), Next::Idle), "polled twice at a time");
    assert!(settle(&table, &job, 0, 600));

    let again = take(&table, 600);
    assert_eq!(again.seen, seen("1"), "its items would be published again");
    assert_eq!(again.stored, Mark::of_nothing(), "its state was removed with it");
}

#[test]
fn what_a_poll_led_to_reaches_its_feed_and_no_other_that_stands_in_its_slot_since() {
    let table = table();
    add(&table, &feed("a"), 0);
    let job = take(&table, 0);
    assert!(table.remove(&id("a")));
    add(&table, &feed("b"), 30);
    add(&table, &feed("a"), 40);

    assert!(settle(&table, &job, 10, 20));

    assert_eq!(names(&table, 29), ["a"], "b waits as before, and a is due as its own poll had it");
    assert_eq!(names(&table, 30), ["b"]);
}

#[test]
fn a_feed_removed_while_it_is_polled_leaves_an_orphan() {
    let table = table();
    restore(&table, &feed("a"), learnt("a", -60, 0));
    let job = take(&table, 0);
    assert!(table.remove(&id("a")));
    let next = kept(&job, learnt("a", 0, 600), None, seen("2"));
    assert_eq!(table.settle(job.stamp, next, at(0)), Some(id("a")));
    add(&table, &feed("a"), 1);
    assert_eq!(take(&table, 1).feed.id, id("a"), "the lock of an ended poll stays");
}

#[test]
fn a_feed_whose_state_cannot_be_used_stays_refused_while_its_partition_is_ours() {
    let table = table();
    table.refuse(STAMP, &id("a"));
    assert!(table.is_refused(STAMP, &id("a")));
    table.revoke(&[STAMP.partition]);
    assert!(!table.is_refused(STAMP, &id("a")));
}

#[test]
fn an_adopted_address_is_asked_until_another_one_is_configured() {
    let table = table();
    let schedule = Schedule { adopted_url: Some("https://new.example/all".into()), ..learnt("a", 0, 60) };
    table.take_in(Prepared::new(
        STAMP,
        &feed("a"),
        stored(schedule, Seen::default()),
        Times { now: at(0), first_due: at(0) },
    ));
    let job = take(&table, 60);
    assert_eq!((job.url().as_str(), &*job.place.host), ("https://new.example/all", "new.example"));
    assert!(settle(&table, &job, 60, 120));

    add(&table, &feed_at("a", "http://other.example/feed"), 60);
    let job = take(&table, 120);
    assert_eq!((job.url().as_str(), &*job.place.host), ("http://other.example/feed", "other.example"));
    assert_eq!(job.schedule.adopted_url, None);
}

#[test]
fn a_poll_that_adopts_an_address_moves_its_feed_to_the_host_there_and_back() {
    let table = table();
    restore(&table, &feed("a"), learnt("a", -60, 0));
    let moved = Schedule { adopted_url: Some("https://new.example/all".into()), ..learnt("a", 0, 60) };
    let (mut job, mut now) = (take(&table, 0), 0);
    for (schedule, host) in [(moved, "new.example"), (learnt("a", 60, 120), "a.example")] {
        let next = kept(&job, schedule, None, job.seen.clone());
        assert_eq!(table.settle(job.stamp, next, at(now)), None);
        now += 60;
        job = take(&table, now);
        assert_eq!((job.url().host_str(), &*job.place.host), (Some(host), host));
    }
}
