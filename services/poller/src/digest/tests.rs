//! What becomes of answers made by hand.

use std::sync::Arc;

use bytes::Bytes;
use chrono::TimeDelta;
use event_log::{OutRecord, Stamp, Topic};
use feed_core::{
    politeness::{Heard, Place},
    redirect::RedirectFault,
    verdict::Answer,
};
use news_model::{Feed, Seen, partition_of};
use prost::Message;
use reqwest::header::HeaderValue;
use url::Url;

use super::*;
use crate::{
    fetch::{FetchError, Stage},
    table::{Slot, Target},
};

mod gaps;
mod index;
mod moves;
mod records;
mod storing;

const PLACES: Places = Places { items: 24, fetches: 6 };

const NOW: i64 = 1_800_000_000;

fn at(seconds: i64) -> DateTime<Utc> {
    DateTime::from_timestamp(NOW + seconds, 0).unwrap()
}

fn rules() -> Rules {
    let minutes = Duration::from_mins;
    let poll = Poll {
        min_interval: minutes(2),
        max_interval: minutes(120),
        first_interval: minutes(15),
        mean_interval: minutes(15),
        max_polls_per_hour: 0,
        heed: feed_core::due::Heeded::FULLY,
        retired_interval: minutes(60 * 24 * 7),
        longest_wait: minutes(60 * 24),
        adopt_redirect_after: minutes(4),
        backfill_pages: 5,
        index_sitemaps: 3,
        ramp: Duration::ZERO,
        per_site_concurrency: 2,
        per_site_spacing: Duration::ZERO,
        per_host_concurrency: 2,
        per_host_spacing: Duration::ZERO,
        exceptions: Vec::new(),
        max_in_flight: 4,
    };
    Rules { poll, places: PLACES }
}

/// Half a minute after the fetch began, in the middle of the jitter.
fn chance() -> Chance {
    Chance { now: at(0), draw: 0.5, fetch: FetchId::from_random([7; 16]), price: Price::new(1e5) }
}

fn url() -> Url {
    Url::parse("http://harbourpost.example/rss.xml").unwrap()
}

/// The first poll of a feed.
fn first_job(backlog: Backlog) -> Job {
    let feed = Feed { id: "harbour".parse().unwrap(), backlog, ..Feed::of_url(url(), at(-100)) };
    let schedule = Schedule { configured_url: url().to_string(), next_due: at(-31), ..Schedule::default() };
    Job {
        feed: Arc::new(Target::from(&feed)),
        slot: Slot::default(),
        adopted: None,
        stamp: Stamp { partition: 41, epoch: 2 },
        place: Place::of_url(&url()),
        stored: Mark::of(&Schedule::default()),
        schedule,
        seen: Seen::default(),
        reason: wire::PollReason::First,
        due_at: at(-31),
        free_at: at(-31),
    }
}

/// The poll after the one that `digest` ended.
fn next_job(before: &Job, digest: Digest) -> Job {
    let next = digest.next;
    Job {
        schedule: next.schedule,
        stored: next.stored.unwrap_or(before.stored),
        seen: next.seen,
        reason: wire::PollReason::Scheduled,
        ..before.clone()
    }
}

/// A feed that was read once, with two items and both validators.
fn read_once() -> Job {
    let job = first_job(Backlog::Emit);
    let digested = run(&job, &answer(200, &VALIDATORS, &rss(&[("1", "One"), ("2", "Two")])));
    next_job(&job, digested)
}

/// The same, of a feed that is polled every ten minutes whatever comes.
fn read_once_in_step() -> Job {
    let step = Some(Duration::from_mins(10));
    let mut job = first_job(Backlog::Emit);
    job.feed = Arc::new(Target { min_interval: step, max_interval: step, ..(*job.feed).clone() });
    let digested = run(&job, &answer(200, &VALIDATORS, &rss(&[("1", "One"), ("2", "Two")])));
    next_job(&job, digested)
}

const VALIDATORS: [(&str, &[u8]); 2] =
    [("etag", b"W/\"caf\xe9 1\""), ("last-modified", b"Mon, 16 Nov 2026 07:30:00 GMT")];

/// An RSS feed of items with these guids and titles.
fn rss(items: &[(&str, &str)]) -> Vec<u8> {
    use std::fmt::Write as _;
    let mut text = String::from("<?xml version=\"1.0\"?><rss version=\"2.0\"><channel><title>Harbour Post</title>");
    for (guid, title) in items {
        write!(
            text,
            "<item><guid isPermaLink=\"false\">{guid}</guid><title>{title}</title>\
             <pubDate>Fri, 15 Jan 2027 07:00:00 GMT</pubDate></item>"
        )
        .unwrap();
    }
    text.push_str("</channel></rss>");
    text.into_bytes()
}

fn fetched(result: Result<Answered, FetchError>) -> Fetched {
    Fetched {
        started_at: at(-30),
        took: Duration::from_millis(250),
        final_url: url(),
        redirects: Vec::new(),
        conditional: true,
        result,
    }
}

fn answer(status: u16, headers: &[(&'static str, &[u8])], body: &[u8]) -> Fetched {
    let header = |(name, value): &(&'static str, &[u8])| {
        (header::HeaderName::from_static(name), HeaderValue::from_bytes(value).unwrap())
    };
    let headers = headers.iter().map(header).collect();
    fetched(Ok(Answered { status, headers, body: Bytes::copy_from_slice(body), wire_bytes: body.len(), room: None }))
}

fn run(job: &Job, fetched: &Fetched) -> Digest {
    conclude(job, fetched, &rules(), chance(), read(job, fetched, chance()))
}

fn heard_of(fetched: &Fetched) -> Heard {
    heard(fetched, at(0), Duration::from_hours(24))
}

fn records(digest: &Digest, topic: Topic) -> Vec<&OutRecord> {
    digest.polled.records.iter().filter(|record| record.topic == topic).collect()
}

fn events(digest: &Digest) -> Vec<wire::ItemEvent> {
    let decode = |record: &&OutRecord| wire::ItemEvent::decode(record.value.clone().unwrap()).unwrap();
    records(digest, Topic::Items).iter().map(decode).collect()
}

/// Keys of the state records, in order.
fn state_keys(digest: &Digest) -> Vec<&str> {
    records(digest, Topic::FeedState).iter().map(|record| std::str::from_utf8(&record.key).unwrap()).collect()
}

/// The one fetch record.
fn fetch(digest: &Digest) -> wire::Fetch {
    let records = records(digest, Topic::Fetches);
    assert_eq!(records.len(), 1, "each poll has one fetch record");
    wire::Fetch::decode(records[0].value.clone().unwrap()).unwrap()
}

fn schedule(digest: &Digest) -> &Schedule {
    &digest.next.schedule
}

fn titles(digest: &Digest) -> Vec<(String, u32, bool)> {
    let line = |event: wire::ItemEvent| (event.item.unwrap().title, event.revision, event.backlog);
    events(digest).into_iter().map(line).collect()
}

#[test]
fn new_items_their_memory_and_the_validators_that_cover_them_travel_together() {
    let job = first_job(Backlog::Emit);
    let digested = run(&job, &answer(200, &VALIDATORS, &rss(&[("2", "Two"), ("1", "One")])));

    assert_eq!(titles(&digested), [("One".into(), 1, false), ("Two".into(), 1, false)]);
    assert_eq!(state_keys(&digested), ["harbour/seen", "harbour/schedule"]);
    let (seen, stored) = (records(&digested, Topic::FeedState)[0], records(&digested, Topic::FeedState)[1]);
    let seen = Seen::try_from(wire::FeedSeen::decode(seen.value.clone().unwrap()).unwrap()).unwrap();
    let stored = wire::FeedSchedule::decode(stored.value.clone().unwrap()).unwrap();
    assert_eq!((&stored.etag[..], &stored.last_modified[..]), (VALIDATORS[0].1, VALIDATORS[1].1));
    assert_eq!(seen.unpack().live.len(), 2);
    let next = &digested.next;
    assert_eq!((&next.seen, next.stored), (&seen, Some(Mark::of(&next.schedule))));
    assert_eq!(Schedule::try_from(stored).unwrap().etag, next.schedule.etag);
    assert_eq!((fetch(&digested).feed_id.as_str(), digested.polled.stamp), ("harbour", job.stamp));
    assert_eq!((fetch(&digested).outcome(), fetch(&digested).published), (Outcome::NewItems, 2));
}

#[test]
fn an_unchanged_answer_keeps_everything_and_leaves_a_fetch_record_alone() {
    let job = read_once_in_step();
    let digested = run(&job, &answer(304, &[], b""));

    assert_eq!(digested.polled.records.len(), 1);
    assert_eq!(fetch(&digested).outcome(), Outcome::Unchanged);
    let next = &digested.next;
    assert_eq!((&next.schedule.etag, &next.seen), (&job.schedule.etag, &job.seen));
    assert_eq!((next.schedule.body_hash, next.schedule.failures), (job.schedule.body_hash, 0));
    assert!(next.stored.is_none() && job.schedule.body_hash.is_some());
}

#[test]
fn an_unchanged_answer_that_moves_the_rhythm_leaves_a_schedule_as_well() {
    let digested = run(&read_once(), &answer(304, &[], b""));

    assert_eq!(state_keys(&digested), ["harbour/schedule"]);
}

#[test]
fn the_validators_of_a_304_cover_nothing_that_was_read_and_replace_none() {
    let job = read_once_in_step();
    let digested = run(&job, &answer(304, &[("etag", b"\"of a body not seen\"")], b""));

    let next = &digested.next.schedule;
    assert_eq!((&next.etag[..], &next.last_modified[..]), (VALIDATORS[0].1, VALIDATORS[1].1));
    assert_eq!(state_keys(&digested), [""; 0]);
}

#[test]
fn a_304_to_a_question_without_condition_is_a_failure() {
    let job = first_job(Backlog::Emit);
    let digested = run(&job, &Fetched { conditional: false, ..answer(304, &[], b"") });

    assert_eq!((fetch(&digested).outcome(), schedule(&digested).failures), (Outcome::ClientError, 1));
}

#[test]
fn the_same_body_again_is_unchanged_whatever_its_status() {
    let job = read_once_in_step();
    let digested = run(&job, &answer(200, &VALIDATORS, &rss(&[("1", "One"), ("2", "Two")])));

    assert_eq!(fetch(&digested).outcome(), Outcome::Unchanged);
    assert_eq!(digested.polled.records.len(), 1);
    assert_eq!(digested.next.seen, job.seen);
}

#[test]
fn another_body_with_the_same_items_brings_nothing_new() {
    let mut body = rss(&[("1", "One"), ("2", "Two")]);
    body.push(b'\n');
    let digested = run(&read_once(), &answer(200, &VALIDATORS, &body));

    assert_eq!((fetch(&digested).outcome(), fetch(&digested).items), (Outcome::NothingNew, 2));
    assert_eq!(state_keys(&digested), ["harbour/schedule"], "the hash of the body is to be kept");
    assert_eq!(schedule(&digested).body_hash, Some(ContentHash::of_body(&body)));
}

#[test]
fn a_body_without_validators_takes_the_old_ones_away() {
    let digested = run(&read_once(), &answer(200, &[], &rss(&[("3", "Three")])));

    assert!(schedule(&digested).etag.is_empty() && schedule(&digested).last_modified.is_empty());
}

#[test]
fn a_changed_item_is_a_second_revision_of_the_same_item() {
    let job = read_once();
    let before = job.seen.unpack().live.iter().map(|item| item.id.to_string()).collect::<Vec<_>>();
    let digested = run(&job, &answer(200, &[], &rss(&[("1", "One, corrected"), ("2", "Two")])));

    let events = events(&digested);
    assert_eq!(events.len(), 1);
    assert_eq!((events[0].kind(), events[0].revision), (ItemEventKind::Revised, 2));
    let item = events[0].item.as_ref().unwrap();
    assert!(before.contains(&item.id) && item.title == "One, corrected", "{item:?}");
    assert_eq!((fetch(&digested).published, fetch(&digested).revised), (0, 1));
    assert_eq!(digested.polled.tally.kinds, [ItemEventKind::Revised]);
    assert_eq!(state_keys(&digested), ["harbour/seen", "harbour/schedule"]);
}

#[test]
fn an_unreadable_body_costs_a_failure_and_no_validator() {
    let job = read_once();
    let fresh: [(&str, &[u8]); 1] = [("etag", b"\"of the error page\"")];
    let digested = run(&job, &answer(200, &fresh, b"<!doctype html><p>Back soon"));

    let next = &digested.next;
    assert_eq!(fetch(&digested).outcome(), Outcome::Unreadable);
    assert!(!fetch(&digested).detail.is_empty());
    assert_eq!((&next.schedule.etag, next.schedule.body_hash), (&job.schedule.etag, job.schedule.body_hash));
    assert_eq!((next.schedule.failures, next.schedule.last_success), (1, job.schedule.last_success));
    assert_eq!(next.seen, job.seen);
    assert_eq!(state_keys(&digested), ["harbour/schedule"]);
}

#[test]
fn a_feed_that_is_gone_is_retired_and_comes_back_by_a_body() {
    let job = read_once();
    let digested = run(&job, &answer(410, &[], b""));

    assert_eq!(schedule(&digested).retirement, Some(news_model::Retirement::Gone));
    assert_eq!(fetch(&digested).outcome(), Outcome::Gone);
    let wait = schedule(&digested).next_due - at(0);
    assert!(wait > TimeDelta::days(6) && wait < TimeDelta::days(8), "{wait}");

    let retired = next_job(&job, digested);
    let back = run(&retired, &answer(200, &[], &rss(&[("3", "Three")])));
    assert_eq!((schedule(&back).retirement, schedule(&back).failures), (None, 0));
}

#[test]
fn a_site_that_limits_its_rate_is_left_alone_as_long_as_it_asks() {
    let limited = answer(429, &[("retry-after", b"7200")], b"");
    let digested = run(&read_once(), &limited);

    let due = schedule(&digested).next_due;
    assert_eq!(fetch(&digested).outcome(), Outcome::RateLimited);
    assert!(due >= at(7_200) && due <= at(7_920), "{due}");
    assert_eq!(heard_of(&limited), Heard::Quiet(at(7_200)));
}

#[test]
fn no_site_silences_its_feeds_for_longer_than_the_longest_wait() {
    let silencing = answer(503, &[("retry-after", b"999999999999999999999")], b"");
    let digested = run(&read_once(), &silencing);

    let wait = schedule(&digested).next_due - at(0);
    assert!(wait >= TimeDelta::days(1) && wait < TimeDelta::hours(27), "{wait}");
    assert_eq!(heard_of(&silencing), Heard::Quiet(at(86_400)));
}

#[test]
fn an_error_of_the_server_asks_no_quiet_of_the_rest_of_the_site() {
    let broken = answer(503, &[], b"");
    let digested = run(&read_once(), &broken);

    assert_eq!((fetch(&digested).outcome(), heard_of(&broken)), (Outcome::ServerError, Heard::Nothing));
    assert_eq!(fetch(&digested).detail, "status 503");
}

#[test]
fn a_feeds_own_bounds_come_before_the_pollers() {
    let mut job = first_job(Backlog::Emit);
    let bounds = Target {
        min_interval: Some(Duration::from_hours(5)),
        max_interval: Some(Duration::from_hours(4)),
        ..(*job.feed).clone()
    };
    job.feed = Arc::new(bounds);
    let digested = run(&job, &answer(200, &[], &rss(&[("1", "One")])));

    assert_eq!(schedule(&digested).interval, Duration::from_hours(5), "of two bounds that cross, the polite one");
}

#[test]
fn a_failed_exchange_is_a_verdict_like_any_other() {
    let cases = [
        (FetchError::TimedOut { stage: Stage::End, limit: Duration::from_secs(1) }, Outcome::TimedOut),
        (FetchError::TooLarge(5), Outcome::TooLarge),
        (FetchError::Tls("x".into()), Outcome::TlsFailed),
        (FetchError::Connect("x".into()), Outcome::ConnectFailed),
        (FetchError::Redirect(RedirectFault::NoTarget), Outcome::BadRedirect),
    ];
    let job = read_once();
    for (error, outcome) in cases {
        let detail = error.to_string();
        let digested = run(&job, &fetched(Err(error)));

        let record = fetch(&digested);
        assert_eq!((record.outcome(), record.detail, record.status), (outcome, detail, 0));
        assert_eq!((schedule(&digested).failures, &schedule(&digested).etag), (1, &job.schedule.etag));
        assert_eq!(state_keys(&digested), ["harbour/schedule"]);
    }
}

#[test]
fn a_limit_in_a_403_counts_as_one_and_a_plain_answer_is_a_welcome() {
    let spent = answer(403, &[("x-ratelimit-remaining", b"0")], b"");
    assert_eq!(fetch(&run(&read_once(), &spent)).outcome(), Outcome::RateLimited);
    assert_eq!(heard_of(&spent), Heard::Quiet(at(60)));
    let refused = answer(403, &[("x-ratelimit-remaining", b"7")], b"");
    assert_eq!(fetch(&run(&read_once(), &refused)).outcome(), Outcome::Forbidden);
    assert_eq!(heard_of(&refused), Heard::Nothing);
    assert_eq!(heard_of(&answer(304, &[], b"")), Heard::Welcome(at(-30)));
}

#[test]
fn a_poll_that_was_put_off_waits_for_its_turn_and_counts_as_no_failure() {
    let job = read_once();
    let put_off = FetchError::NoTurn { host: "elsewhere.example".into(), until: at(9_000) };
    let digested = run(&job, &fetched(Err(put_off)));

    assert_eq!((fetch(&digested).outcome(), schedule(&digested).failures), (Outcome::Deferred, 0));
    assert!(schedule(&digested).next_due >= at(9_000));
}

#[test]
fn fields_that_are_not_looked_for_would_change_no_verdict() {
    let telling: [(_, &[u8]); 3] = [("retry-after", b"7"), ("ratelimit-remaining", b"0"), ("im", b"feed")];
    for status in 100..=599 {
        let fetched = answer(status, &telling, b"");
        let looked_for = answer_of(&fetched, fetched.result.as_ref().unwrap(), at(0));
        let all = Answer { names_retry: true, delta: true, ..looked_for };
        assert_eq!(judge(&looked_for), judge(&all), "{status}");
    }
}
