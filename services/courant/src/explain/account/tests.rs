use std::time::Duration;

use news_model::{feed_url, to_timestamp};

use super::*;
use crate::explain::story;

fn at(minutes: i64) -> DateTime<Utc> {
    DateTime::from_timestamp(1_800_000_000 + minutes * 60, 0).unwrap()
}

fn feed() -> Feed {
    Feed {
        title: "Harbour\u{1b}[31m Post".into(),
        ..Feed::of_url(feed_url("http://a.example/rss").unwrap(), at(-9_000))
    }
}

/// Polled an hour ago, next due at `next_due`.
fn schedule(next_due: i64) -> Schedule {
    Schedule {
        last_polled: Some(at(-60)),
        last_success: Some(at(-60)),
        last_new: Some(at(-600)),
        next_due: at(next_due),
        interval: Duration::from_mins(15),
        ..Schedule::default()
    }
}

fn fetch(started: i64, outcome: wire::Outcome, published: u32) -> wire::Fetch {
    wire::Fetch {
        outcome: i32::from(outcome),
        reason: i32::from(wire::PollReason::Scheduled),
        started_at: Some(to_timestamp(at(started))),
        next_due: Some(to_timestamp(at(started + 15))),
        next_due_because: "in 900 s: some 3.0 items a day expected now".into(),
        items: 20,
        published,
        gap: (published == 5).then(|| wire::Gap { missed_expected: 3.2, missed_at_least: 1, ..wire::Gap::default() }),
        wire_bytes: 4_096,
        ..wire::Fetch::default()
    }
}

fn account(feed: &Feed, schedule: Option<Schedule>, fetches: Vec<wire::Fetch>) -> Account {
    let schedule = schedule.map(Ok);
    Account::of(&Known { feed, schedule, fetches, limited: None, since: at(-1_440), now: at(0) }, 2)
}

#[test]
fn the_next_poll_is_told_by_the_last_one_that_is_known() {
    let unchanged = fetch(-10, wire::Outcome::Unchanged, 0);
    let told = account(&feed(), Some(schedule(-45)), vec![unchanged]);
    assert_eq!((told.next_due, told.last_polled), (Some(at(5)), Some(at(-10))));
    assert!(told.because.contains("3.0 items a day"));

    let stored = account(&feed(), Some(schedule(30)), vec![fetch(-90, wire::Outcome::NewItems, 1)]);
    assert_eq!((stored.next_due, stored.because.as_str()), (Some(at(30)), ""), "an older record tells nothing");
    assert!(story::told(&stored, at(0)).join("\n").contains("--since reaches further back"));
}

#[test]
fn an_unmet_wish_makes_the_poll_due_but_not_before_the_server_allows() {
    let asking = Feed { poll_requested_at: Some(at(-1)), ..feed() };
    let told = account(&asking, Some(schedule(30)), Vec::new());
    assert_eq!((told.next_due, told.requested_at), (Some(at(-1)), Some(at(-1))));

    let limited = Schedule { not_before: Some(at(20)), failures: 1, ..schedule(30) };
    let told = account(&asking, Some(limited), Vec::new());
    assert_eq!((told.next_due, told.standing), (Some(at(20)), Standing::Limited));

    let met = account(&asking, Some(Schedule { last_polled: Some(at(0)), ..schedule(30) }), Vec::new());
    assert_eq!((met.next_due, met.requested_at), (Some(at(30)), None));
}

#[test]
fn the_standing_is_what_the_state_says() {
    let of = |schedule: Option<Schedule>| account(&feed(), schedule, Vec::new()).standing;
    assert_eq!(of(None), Standing::New);
    assert_eq!(of(Some(schedule(1))), Standing::Answering);
    assert_eq!(of(Some(Schedule { failures: 2, ..schedule(1) })), Standing::Failing);
    assert_eq!(of(Some(Schedule { retirement: Some(Retirement::Gone), failures: 9, ..schedule(1) })), Standing::Gone);
    let unusable = Known {
        feed: &feed(),
        schedule: Some(Err(StateFault::Newer(7))),
        fetches: vec![],
        limited: None,
        since: at(-9),
        now: at(0),
    };
    let account = Account::of(&unusable, 1);
    assert_eq!(account.standing, Standing::Refused);
    assert!(account.fault.unwrap().contains("version 7"));
}

#[test]
fn a_person_is_told_sums_and_the_last_polls_and_nothing_that_steers_the_terminal() {
    let fetches = vec![
        fetch(-40, wire::Outcome::NewItems, 5),
        fetch(-25, wire::Outcome::TimedOut, 0),
        fetch(-10, wire::Outcome::NewItems, 2),
    ];
    let gap = account(&feed(), Some(schedule(5)), fetches[..1].to_vec());
    assert!(story::told(&gap, at(0)).join("\n").contains("about 3 missed, 1 for sure"));
    let account = account(&feed(), Some(schedule(5)), fetches);
    assert_eq!((account.lately.polls, account.lately.published), (3, 7));
    assert_eq!(account.polls.len(), 2);
    let lines = story::told(&account, at(0)).join("\n");
    for words in [
        "Harbour [31m Post",
        "last read 10 min ago",
        "in 5 min",
        "last 24 h",
        "2 new items, 1 timed out",
        "7 published; 12 kB came; 1 with a gap before",
    ] {
        assert!(lines.contains(words), "{words} is not in\n{lines}");
    }
    assert!(!lines.contains('\u{1b}'));
}

#[test]
fn a_person_is_told_what_is_amiss_and_what_to_do_about_it() {
    let told = |schedule: Schedule, outcome, detail: &str| {
        let last =
            wire::Fetch { detail: detail.into(), final_url: "http://b.example/".into(), ..fetch(-1, outcome, 0) };
        let account = account(&feed(), Some(schedule), vec![last]);
        (account.advice, story::told(&account, at(0)).join("\n"))
    };
    let failing = || Schedule { failures: 3, ..schedule(14) };
    let (advice, lines) = told(failing(), wire::Outcome::AddressDenied, "the address is 10.0.0.1, which is not public");
    assert!(lines.contains("3 failed polls in a row (address denied: the address is 10.0.0.1"), "{lines}");
    assert!(lines.contains("redirects led to http://b.example/") && !lines.contains("answered from"), "{lines}");
    assert!(lines.contains(advice.unwrap()) && advice.unwrap().contains("allow_networks"), "{lines}");

    assert_eq!(told(schedule(14), wire::Outcome::Unchanged, "").0, None, "nothing is amiss");
    let gone = Schedule { retirement: Some(Retirement::Gone), ..failing() };
    assert!(told(gone, wire::Outcome::Gone, "status 410").0.unwrap().contains("comes back by itself"));
    let limited = Schedule { not_before: Some(at(14)), ..failing() };
    let (advice, lines) = told(limited, wire::Outcome::RateLimited, "status 429");
    assert!(advice.unwrap().starts_with("nothing") && lines.contains("held back until"), "{lines}");
}

#[test]
fn a_redirect_that_is_not_adopted_yet_is_told() {
    let moving = news_model::Moving { to: "http://b.example/rss".into(), sightings: 3, since: at(-600) };
    let told = account(&feed(), Some(Schedule { moving: Some(Box::new(moving)), ..schedule(14) }), Vec::new());
    let lines = story::told(&told, at(0)).join("\n");
    assert!(lines.contains("to http://b.example/rss for good, seen 3 of the 5 times"), "{lines}");
}

#[test]
fn a_feed_that_waits_for_the_limit_of_another_is_told_so_and_one_that_nobody_polls_too() {
    let overdue = || Some(Ok(Schedule { last_polled: Some(at(-60)), ..schedule(-45) }));
    let other = Feed::of_url(feed_url("http://b.a.example/rss").unwrap(), at(-9_000));
    let of = |limited| {
        let known = Known { feed: &feed(), schedule: overdue(), fetches: vec![], limited, since: at(-9), now: at(0) };
        Account::of(&known, 1)
    };
    let held = of(Some((&other, at(7))));
    assert_eq!(held.held_by.as_ref().map(|held| held.until), Some(at(7)));
    assert!(story::told(&held, at(0)).join("\n").contains("the server of http://b.a.example/rss asked for fewer"));
    assert_eq!(held.advice, None);

    let over = of(Some((&other, at(-1))));
    assert!(over.held_by.is_none() && over.advice.unwrap().contains("see whether a poller runs"), "{:?}", over.advice);
}
