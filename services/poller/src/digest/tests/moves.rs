//! Feeds that move, 304s that are checked, and deltas.

use news_model::wire::{Redirect, ValidatorCheck};

use super::*;

const NEW: &str = "https://harbourpost.example/feeds/all";

/// What `fetched` comes to when it is read `seconds` later.
fn read_at(job: &Job, seconds: i64, fetched: Fetched) -> Digest {
    let fetched = Fetched { started_at: at(seconds - 30), ..fetched };
    let chance = Chance { now: at(seconds), ..chance() };
    conclude(job, &fetched, &rules(), chance, read(job, &fetched, chance))
}

fn moved_to(status: u32, target: &str, fetched: Fetched) -> Fetched {
    let redirects = vec![Redirect { status, location: target.to_owned() }];
    Fetched { redirects, final_url: Url::parse(target).unwrap(), ..fetched }
}

#[test]
fn a_permanent_redirect_that_lasts_is_adopted_and_told_and_changes_no_item() {
    let mut job = read_once();
    let before = job.seen.clone();
    for seconds in [60, 120, 180, 240, 300] {
        assert_eq!(job.schedule.adopted_url, None, "{seconds}");
        let digested = read_at(&job, seconds, moved_to(301, NEW, answer(304, &[], b"")));
        assert_eq!(state_keys(&digested), ["harbour/schedule"], "each sighting is kept");
        let told = fetch(&digested);
        assert_eq!(told.next_url.as_str(), if seconds == 300 { NEW } else { "" });
        assert_eq!(told.url, url().as_str());
        job = next_job(&job, digested);
    }
    assert_eq!(job.schedule.adopted_url.as_deref(), Some(NEW));

    let adopted = Job { adopted: Some(Url::parse(NEW).unwrap()), ..job.clone() };
    let digested =
        read_at(&adopted, 400, answer(200, &VALIDATORS, &rss(&[("3", "Three"), ("1", "One"), ("2", "Two")])));
    assert_eq!(titles(&digested), [("Three".into(), 1, false)], "the items known stay known");
    assert_eq!(fetch(&digested).url, NEW);
    assert_eq!(fetch(&digested).next_url, "");
    assert_eq!(before.unpack().live.len(), 2);
}

#[test]
fn an_adopted_address_that_is_gone_gives_way_to_the_configured_one() {
    let mut job = read_once();
    job.schedule.adopted_url = Some(NEW.into());
    job.adopted = Some(Url::parse(NEW).unwrap());
    let digested = run(&job, &answer(410, &[], b""));

    assert_eq!((schedule(&digested).adopted_url.as_ref(), schedule(&digested).retirement), (None, None));
    assert_eq!(fetch(&digested).next_url, url().as_str());
}

/// A feed that was read in full at 0 and answered 304 at an hour.
fn unchanged_once() -> Job {
    let job = read_once_in_step();
    let digested = read_at(&job, 3_600, answer(304, &[], b""));
    next_job(&job, digested)
}

#[test]
fn new_items_under_the_validators_of_a_304_are_told_as_a_contradiction() {
    let job = unchanged_once();
    let unasked = |body: &[u8]| Fetched { conditional: false, ..answer(200, &VALIDATORS, body) };
    let digested = read_at(&job, 7_200, unasked(&rss(&[("3", "Three"), ("1", "One"), ("2", "Two")])));

    assert_eq!(fetch(&digested).validator_check(), ValidatorCheck::Contradicted);
    assert_eq!(schedule(&digested).doubt, Doubt::MOST);
    assert_eq!(digested.polled.tally.check.map(|(finding, _)| finding), Some(Finding::Contradicted));
    assert_eq!(state_keys(&digested), ["harbour/seen", "harbour/schedule"]);

    let same = read_at(&job, 7_200, unasked(&rss(&[("1", "One"), ("2", "Two")])));
    assert_eq!(fetch(&same).validator_check(), ValidatorCheck::Confirmed);
    assert!(schedule(&same).doubt < job.schedule.doubt);
}

#[test]
fn a_conditional_question_checks_nothing() {
    let digested = read_at(&unchanged_once(), 7_200, answer(200, &VALIDATORS, &rss(&[("3", "Three")])));

    assert_eq!(fetch(&digested).validator_check(), ValidatorCheck::Unspecified);
    assert_eq!(digested.polled.tally.check, None);
}

#[test]
fn a_delta_brings_its_items_and_leaves_what_it_does_not_list() {
    let job = read_once();
    let headers: [(&str, &[u8]); 2] = [("im", b"feed, gzip"), ("etag", b"\"next\"")];
    let digested = run(&job, &answer(226, &headers, &rss(&[("3", "Three")])));

    assert_eq!(titles(&digested), [("Three".into(), 1, false)]);
    assert_eq!((fetch(&digested).outcome(), fetch(&digested).delta), (Outcome::NewItems, true));
    let next = &digested.next;
    assert_eq!((&next.schedule.etag[..], next.schedule.body_hash), (b"\"next\"".as_slice(), job.schedule.body_hash));
    assert_eq!(next.schedule.last_full, job.schedule.last_full);
    let again = run(&next_job(&job, digested), &answer(200, &[], &rss(&[("3", "Three"), ("1", "One"), ("2", "Two")])));
    assert_eq!(titles(&again), [], "all three are known");
}

#[test]
fn a_226_that_is_no_delta_of_a_feed_is_not_read() {
    for headers in [vec![], vec![("im", b"vcdiff".as_slice())]] {
        let digested = run(&read_once(), &answer(226, &headers, &rss(&[("3", "Three")])));
        assert_eq!(fetch(&digested).outcome(), Outcome::ClientError);
    }
    let unasked = Fetched { conditional: false, ..answer(226, &[("im", b"feed")], &rss(&[("3", "Three")])) };
    assert_eq!(fetch(&run(&read_once(), &unasked)).outcome(), Outcome::ClientError);
}
