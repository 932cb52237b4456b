//! Feeds that share a site take turns.

use super::*;

fn one_at_a_time() -> Table {
    table_under(SiteRules { concurrency: NonZeroU32::MIN, spacing: Duration::ZERO })
}

/// A feed on the site `press.example`, which all of these share.
fn desk(name: &str) -> Feed {
    feed_at(name, &format!("http://{name}.press.example/feed"))
}

/// A request to this desk ends.
fn leave(table: &Table, name: &str, now: DateTime<Utc>) {
    table.leave(&Place::of_url(&desk(name).url), now, Heard::Nothing);
}

fn ask_for_quiet(table: &Table, name: &str, now: DateTime<Utc>, until: DateTime<Utc>) {
    table.leave(&Place::of_url(&desk(name).url), now, Heard::Quiet(until));
}

fn desks(table: &Table, names: &[&str]) {
    for (due, name) in (0..).zip(names) {
        add(table, &desk(name), due);
    }
}

/// How many feeds are due or will be, and how many wait for a place at the site.
fn queued(table: &Table) -> (usize, usize) {
    let inner = table.inner.lock();
    let Parked { hosts, sites } = &inner.parked;
    (inner.due.len(), hosts.values().chain(sites.values()).map(VecDeque::len).sum())
}

#[test]
fn feeds_of_a_busy_site_wait_and_each_that_leaves_lets_one_in() {
    let table = one_at_a_time();
    desks(&table, &["a", "b", "c"]);
    assert_eq!(names(&table, 10), ["a"]);
    assert_eq!(queued(&table), (0, 2));

    leave(&table, "a", at(11));
    assert_eq!(queued(&table), (1, 1));
    assert_eq!(names(&table, 11), ["b"]);

    leave(&table, "a", at(12));
    assert_eq!(names(&table, 12), ["c"]);
    assert_eq!(queued(&table), (0, 0));
}

#[test]
fn a_busy_site_keeps_no_other_waiting() {
    let table = one_at_a_time();
    desks(&table, &["a", "b"]);
    add(&table, &feed("elsewhere"), 5);

    assert_eq!(names(&table, 5), ["a", "elsewhere"]);
}

#[test]
fn requests_to_a_site_start_apart() {
    let table = table_under(SiteRules { concurrency: NonZeroU32::MAX, spacing: Duration::from_secs(3) });
    desks(&table, &["a", "b"]);

    assert_eq!(names(&table, 10), ["a"]);
    assert_eq!(waits_until(&table, 10), at(13));
    assert_eq!(names(&table, 12), Vec::<String>::new());
    assert_eq!(names(&table, 13), ["b"]);
}

#[test]
fn a_site_whose_hosts_ask_for_quiet_gets_it_from_all_its_feeds() {
    let table = one_at_a_time();
    desks(&table, &["a", "b", "c"]);
    assert_eq!(names(&table, 1), ["a"]);
    // b waits for a's place, c is not due yet.
    ask_for_quiet(&table, "a", at(1), at(100));
    assert_eq!(names(&table, 1), ["b"], "one host does not speak for all");
    ask_for_quiet(&table, "b", at(2), at(100));

    assert_eq!(names(&table, 99), Vec::<String>::new());
    assert_eq!(waits_until(&table, 99), at(100));
    assert_eq!(names(&table, 100), ["c"]);
}

#[test]
fn a_busy_host_leaves_the_place_at_its_site_to_another_host() {
    let rules = |concurrency| SiteRules { concurrency: NonZeroU32::new(concurrency).unwrap(), spacing: Duration::ZERO };
    let manners = Manners { host: rules(1), site: rules(2), exceptions: Vec::new() };
    let table = Table::new(Ledger::new(manners));
    table.assign(&[STAMP]);
    assert!(table.restored(STAMP, 0).unwrap().is_empty());
    let urls = [
        "http://x.press.example/1",
        "http://y.press.example/2",
        "http://x.press.example/3",
        "http://z.press.example/4",
    ];
    for (due, (name, url)) in (0..).zip(["one", "two", "three", "four"].into_iter().zip(urls)) {
        add(&table, &feed_at(name, url), due);
    }
    assert_eq!(names(&table, 10), ["one", "two"]);
    assert_eq!(queued(&table), (0, 2));

    // three is woken for the place that two leaves, and its host is still busy with one.
    leave(&table, "y", at(11));

    assert_eq!(names(&table, 11), ["four"]);
    leave(&table, "x", at(12));
    assert_eq!(names(&table, 12), ["three"]);
}

#[test]
fn a_feed_removed_while_it_waits_leaves_its_turn_to_the_next() {
    let table = one_at_a_time();
    desks(&table, &["a", "b", "c"]);
    assert_eq!(names(&table, 10), ["a"]);

    assert!(table.remove(&id("b")));
    leave(&table, "a", at(11));

    assert_eq!(names(&table, 11), ["c"]);
}

#[test]
fn a_feed_configured_anew_while_it_waits_takes_one_turn_only() {
    let table = one_at_a_time();
    desks(&table, &["a", "b", "c"]);
    assert_eq!(names(&table, 10), ["a"]);

    // It moves to another site and has been polled there by the time that a place is free at this one.
    add(&table, &feed("b"), 0);
    let moved = take(&table, 10);
    assert_eq!(&*moved.place.site, "b.example");
    assert!(settle(&table, &moved, 10, 5_000));
    leave(&table, "a", at(11));

    assert_eq!(names(&table, 11), ["c"]);
    assert_eq!(queued(&table), (1, 0));
}

#[test]
fn a_feed_lost_while_it_waits_and_won_back_takes_no_others_turn() {
    let table = one_at_a_time();
    desks(&table, &["a", "b"]);
    assert_eq!(names(&table, 10), ["a"]);
    let other = Stamp { partition: 4, epoch: 2 };
    table.assign(&[other]);
    assert!(table.restored(other, 0).is_some());
    table.take_in(Prepared::new(other, &desk("c"), StoredState::default(), Times { now: at(10), first_due: at(10) }));
    assert_eq!(names(&table, 10), Vec::<String>::new());

    table.revoke(&[STAMP.partition]);
    let again = Stamp { epoch: 3, ..STAMP };
    table.assign(&[again]);
    assert!(table.restored(again, 0).is_some());
    let state =
        stored(Schedule { configured_url: desk("b").url.to_string(), ..learnt("b", 10, 5_000) }, Seen::default());
    table.take_in(Prepared::new(again, &desk("b"), state, Times { now: at(11), first_due: at(11) }));
    leave(&table, "a", at(12));

    assert_eq!(names(&table, 12), ["c"]);
}

#[test]
fn waiting_for_a_site_leaves_the_time_at_which_a_feed_was_due_as_it_is() {
    let table = table_under(SiteRules { concurrency: NonZeroU32::MIN, spacing: Duration::from_secs(3) });
    desks(&table, &["a", "b"]);
    assert_eq!(names(&table, 10), ["a"]);
    leave(&table, "a", at(11));
    assert_eq!(waits_until(&table, 11), at(13));

    let spaced = take(&table, 14);
    assert_eq!((spaced.due_at, spaced.free_at), (at(1), at(13)));
    assert_eq!(spaced.schedule.next_due, at(1), "politeness is no part of what is stored");
}

#[test]
fn a_feed_that_waited_for_a_place_could_be_polled_from_when_the_place_was_left() {
    let table = one_at_a_time();
    desks(&table, &["a", "b"]);
    assert_eq!(names(&table, 10), ["a"]);
    leave(&table, "a", at(20));

    let woken = take(&table, 25);
    assert_eq!((woken.due_at, woken.free_at), (at(1), at(20)));
}
