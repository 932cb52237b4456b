//! Which moves of a schedule are worth a record.

use super::*;
use crate::digest::storing::Mark;

fn is_worth_storing(stored: &Schedule, next: &Schedule) -> bool {
    Mark::of(stored).is_outdated_by(next)
}

fn stored() -> Schedule {
    Schedule {
        configured_url: "http://a.example/".into(),
        etag: Bytes::from_static(b"\"1\""),
        last_modified: Bytes::from_static(b"then"),
        body_hash: Some(ContentHash::of_body(b"1")),
        next_due: at(600),
        interval: Duration::from_mins(10),
        last_polled: Some(at(0)),
        last_success: Some(at(0)),
        ..Schedule::default()
    }
}

fn worth(change: impl FnOnce(&mut Schedule)) -> bool {
    let mut next = stored();
    change(&mut next);
    is_worth_storing(&stored(), &next)
}

#[test]
fn a_quiet_poll_within_the_hour_is_not() {
    assert!(!worth(|_| ()));
    assert!(!worth(|next| {
        next.last_polled = Some(at(3_599));
        next.last_success = Some(at(3_599));
        next.next_due = at(4_200);
    }));
}

#[test]
fn an_hour_without_a_record_is() {
    assert!(worth(|next| next.last_polled = Some(at(3_600))));
    let never = Schedule { last_polled: None, ..stored() };
    assert!(is_worth_storing(&never, &stored()));
}

#[test]
fn a_rhythm_within_a_quarter_is_not_and_beyond_it_is() {
    for seconds in [450, 600, 750] {
        assert!(!worth(|next| next.interval = Duration::from_secs(seconds)), "{seconds}");
    }
    for seconds in [449, 751] {
        assert!(worth(|next| next.interval = Duration::from_secs(seconds)), "{seconds}");
    }
}

#[test]
fn everything_that_changes_the_next_request_is() {
    assert!(worth(|next| next.etag = Bytes::from_static(b"\"2\"")));
    assert!(worth(|next| next.last_modified = Bytes::new()));
    assert!(worth(|next| next.body_hash = None));
    assert!(worth(|next| next.configured_url = "http://b.example/".into()));
    assert!(worth(|next| next.retirement = Some(news_model::Retirement::Gone)));
    assert!(worth(|next| next.adopted_url = Some("http://b.example/".into())));
    assert!(worth(|next| next.doubt = Doubt::MOST));
}

#[test]
fn every_failure_is_and_so_is_its_end() {
    assert!(worth(|next| next.failures = 1));
    let failing = Schedule { failures: 2, ..stored() };
    assert!(is_worth_storing(&failing, &failing), "the wait grows with each");
    assert!(is_worth_storing(&failing, &stored()));
}

#[test]
fn a_feed_that_was_never_stored_is() {
    assert!(is_worth_storing(&Schedule::default(), &stored()));
}

#[test]
fn what_is_stored_nowhere_is_though_the_feed_did_not_change() {
    let known = Job { stored: Mark::of_nothing(), ..read_once() };
    let unchanged = answer(304, &[], b"");

    assert_eq!(state_keys(&run(&known, &unchanged)), ["harbour/seen", "harbour/schedule"]);
    assert!(!state_keys(&run(&read_once(), &unchanged)).contains(&"harbour/seen"));
}
