//! What a fetch means: verdict, new items, next state, and the records that say so. Reads no clock and does no IO.

mod answer;
mod index;
mod older;
mod record;
mod storing;

use std::time::Duration;

use chrono::{DateTime, Utc};
use feed_core::{
    budget::Price,
    channel::Channel,
    due::{Due, DueInput, Hints, is_success, next_due},
    gap::{Before, Gap, gap_of},
    moved::{self, Sighted},
    parse::{FeedFormat, ListedSitemap, ParseContext, Reading as BodyReading, parse},
    revise::{Comparison, Extent, NewsEvent, NewsKind, SeenLimits, Window, compare, confirm},
    rhythm,
    schedule_after::{PollResult, fold},
    trust::{Check, Finding, judge as judge_check},
    validators,
    verdict::{Verdict, judge},
};
use news_model::{
    Backlog, ContentHash, Doubt, FetchId, Item, Rhythm, Schedule, WIRE_VERSION, cap_text, from_timestamp, to_timestamp,
    wire::{self, ItemEventKind, Outcome, ValidatorCheck},
};
use reqwest::header;
use url::Url;

pub(crate) use self::{
    answer::heard,
    older::{Page, read_page},
    storing::Mark,
};
use self::{
    answer::{answer_of, hints_of, validators_of},
    record::fetch_record,
    storing::state_records,
};
use crate::{
    commit::{GapTally, Polled, Tally},
    config::Poll,
    encode::{Places, PollHeader},
    fetch::{Answered, Fetched},
    parsers::Unread,
    table::{Job, Settled},
};

/// What does not change from poll to poll.
#[derive(Clone, Debug)]
pub(crate) struct Rules {
    pub(crate) poll: Poll,
    pub(crate) places: Places,
}

/// What is drawn or read off a clock for one poll.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Chance {
    pub(crate) now: DateTime<Utc>,
    pub(crate) draw: f64,
    pub(crate) fetch: FetchId,
    /// What a poll must save to be worth it.
    pub(crate) price: Price,
}

/// What is to be done after a poll.
#[derive(Debug)]
pub(crate) struct Digest {
    /// What is to be committed, but for the state after it.
    pub(crate) polled: Polled,
    /// The feed's state once that is committed.
    pub(crate) next: Settled,
}

impl Digest {
    /// What is to be committed after a poll of `job` that ended at `now`.
    pub(crate) fn into_polled(self, job: &Job, now: DateTime<Utc>) -> Box<Polled> {
        Box::new(Polled { next: Some(self.next.keep(job, now)), ..self.polled })
    }
}

/// What an answer said, before it is known what follows from it.
pub(crate) struct Reading {
    outcome: Outcome,
    detail: String,
    news: Option<Comparison>,
    items: usize,
    body_hash: Option<ContentHash>,
    validators: validators::Validators,
    hints: Hints,
    /// Whether the body holds only what came since the validators were taken.
    delta: bool,
    /// The gap before the body, and what was done about it.
    filled: Option<Filled>,
    /// Items of older pages of which a page further back decides whether they came in the gap.
    undecided: Vec<Item>,
    /// Where older items stand.
    older: Option<Url>,
    /// What an index lists that may hold news.
    sitemaps: Vec<ListedSitemap>,
    /// How many of them were read.
    sitemaps_read: u32,
    /// How the body could be read.
    body: Option<BodyFacts>,
}

/// How a body could be read.
#[derive(Clone, Copy, Debug)]
struct BodyFacts {
    reading: BodyReading,
    format: FeedFormat,
    charset: &'static str,
}

/// A gap before a body, and what older pages held of it.
#[derive(Clone, Copy, Debug)]
struct Filled {
    gap: Gap,
    pages: u32,
    backfilled: usize,
    closed: bool,
}

/// A fetch that was read.
pub(crate) enum Digested {
    /// To what is to be committed.
    Whole(Box<Digest>),
    /// Up to a gap that older pages may fill before it is concluded.
    Gap(Box<Reading>),
    /// An index, whose items stand in the sitemaps that it lists.
    Index(Box<Reading>),
}

/// Turns a fetch into what is to be committed, or shows that older pages should be read first.
pub(crate) fn digest(job: &Job, fetched: &Fetched, rules: &Rules, chance: Chance) -> Digested {
    let reading = read(job, fetched, chance);
    if !reading.sitemaps.is_empty() && rules.poll.index_sitemaps > 0 {
        return Digested::Index(Box::new(reading));
    }
    if reading.older_page().is_some() && rules.poll.backfill_pages > 0 {
        return Digested::Gap(Box::new(reading));
    }
    Digested::Whole(Box::new(conclude(job, fetched, rules, chance, reading)))
}

/// What follows when the answer was not read to the end: the body is held against the feed, which is then asked less and less often.
pub(crate) fn unreadable(job: &Job, fetched: &Fetched, rules: &Rules, chance: Chance, unread: &Unread) -> Digest {
    let (outcome, detail) = match unread {
        Unread::Broke(_) => {
            (Outcome::Unreadable, "reading the body broke down, which is a fault of the poller".to_owned())
        }
        Unread::Overran(limit) => (Outcome::ReadingTimedOut, format!("reading the body took longer than {limit:?}")),
    };
    conclude(job, fetched, rules, chance, failed(outcome, detail, Hints::default()))
}

/// What follows from an answer.
pub(crate) fn conclude(job: &Job, fetched: &Fetched, rules: &Rules, chance: Chance, reading: Reading) -> Digest {
    let policy = rules.poll.policy_of(&job.feed);
    let rhythm = rhythm_after(job, &reading, chance.now);
    let due = next_due(&DueInput {
        now: chance.now,
        draw: chance.draw,
        policy: &policy,
        previous: &job.schedule,
        outcome: reading.outcome,
        hints: reading.hints,
        rhythm: rhythm.as_ref().or(job.schedule.rhythm.as_deref()),
        price: chance.price,
        missed: reading.filled.is_some(),
    });
    let result = PollResult {
        configured_url: job.feed.url.as_str(),
        started_at: fetched.started_at,
        outcome: reading.outcome,
        validators: reading.validators.clone(),
        body_hash: reading.body_hash,
        rhythm,
        brought_new: reading.news.iter().flat_map(|news| &news.events).any(|event| event.kind == NewsKind::Published),
    };
    let mut schedule = fold(&job.schedule, result, &due);
    let sighted = Sighted {
        outcome: reading.outcome,
        redirects: &fetched.redirects,
        at: chance.now,
        adopt_after: rules.poll.adopt_redirect_after,
    };
    moved::follow(&mut schedule, &sighted);
    let check = check(job, fetched, &reading);
    if let Some((_, doubt)) = check {
        schedule.doubt = doubt;
    }
    assemble(job, fetched, rules, chance, Folded { reading, due, schedule, check })
}

/// The feed's rhythm with what this answer says of it; `None` where it says nothing.
fn rhythm_after(job: &Job, reading: &Reading, now: DateTime<Utc>) -> Option<Rhythm> {
    if !is_success(reading.outcome) {
        return None;
    }
    let events = reading.news.iter().flat_map(|news| &news.events);
    let new: Vec<_> =
        events.filter(|event| event.kind == NewsKind::Published).map(|event| event.item.published_at).collect();
    Some(match (&job.schedule.rhythm, job.schedule.last_success) {
        (Some(before), _) => rhythm::observe(before, &new, now),
        (None, None) => rhythm::begin(&new, now),
        // State from before rhythms were kept: only what came since can be told.
        (None, Some(read)) => rhythm::observe(&Rhythm::unknown(read), &new, now),
    })
}

struct Folded {
    reading: Reading,
    due: Due,
    schedule: Schedule,
    check: Option<(Finding, Doubt)>,
}

/// What the poll shows of the 304s before it, if it left out validators that there were.
fn check(job: &Job, fetched: &Fetched, reading: &Reading) -> Option<(Finding, Doubt)> {
    let held = !(job.schedule.etag.is_empty() && job.schedule.last_modified.is_empty());
    if fetched.conditional || !held || reading.body_hash.is_none() {
        return None;
    }
    let events = reading.news.iter().flat_map(|news| &news.events);
    let new_items: Vec<_> =
        events.filter(|event| event.kind == NewsKind::Published).map(|event| event.item.published_at).collect();
    judge_check(&job.schedule, &Check { validators: &reading.validators, new_items: &new_items })
}

/// Reads an answer.
pub(crate) fn read(job: &Job, fetched: &Fetched, chance: Chance) -> Reading {
    let answered = match &fetched.result {
        Ok(answered) => answered,
        Err(error) => {
            let wait = error.not_before().and_then(|until| (until - chance.now).to_std().ok());
            return failed(error.outcome(), error.to_string(), Hints { retry_after: wait, ..Hints::default() });
        }
    };
    let hints = hints_of(&answered.headers, chance.now);
    match judge(&answer_of(fetched, answered, chance.now)) {
        Verdict::Parse => read_body(job, fetched, answered, hints, chance),
        // What a delta leaves out still stands in the feed, so its hash stands for nothing.
        Verdict::ParseDelta => {
            Reading { delta: true, body_hash: None, ..read_body(job, fetched, answered, hints, chance) }
        }
        Verdict::Unchanged => unchanged(job, None, hints),
        Verdict::Failed(outcome) => failed(outcome, format!("status {}", answered.status), hints),
    }
}

/// Status of a body that lists what changed alone (RFC 3229).
const DELTA: u16 = 226;

fn read_body(job: &Job, fetched: &Fetched, answered: &Answered, hints: Hints, chance: Chance) -> Reading {
    let validators = validators_of(&answered.headers);
    let body_hash = Some(ContentHash::of_body(&answered.body));
    if body_hash == job.schedule.body_hash {
        return Reading { validators, ..unchanged(job, body_hash, hints) };
    }
    let content_type = answered.headers.get(header::CONTENT_TYPE).and_then(|value| value.to_str().ok());
    let context = ParseContext { feed: &job.feed.id, base_url: &fetched.final_url, content_type, now: chance.now };
    let parsed = match parse(&answered.body, &context) {
        Ok(parsed) => parsed,
        Err(error) => return failed(Outcome::Unreadable, error.to_string(), hints),
    };
    let items = parsed.items.len();
    let body = BodyFacts { reading: parsed.reading, format: parsed.format, charset: parsed.charset };
    if !parsed.sitemaps.is_empty() {
        // Its validators and hash would not cover the items, which stand elsewhere, and so it is read anew at each poll.
        let sitemaps = index::worth_reading(parsed.sitemaps, job.schedule.last_success);
        return Reading { sitemaps, body: Some(body), ..quiet(Outcome::NothingNew, None, hints) };
    }
    let extent = match parsed.reading {
        BodyReading::Standard | BodyReading::Lenient if answered.status != DELTA => Extent::Whole,
        BodyReading::Standard | BodyReading::Lenient | BodyReading::Repaired => Extent::Partial,
    };
    let news = compare(&job.seen, Window { items: parsed.items, extent }, &SeenLimits::default());
    let before = Before { seen: &job.seen, schedule: &job.schedule };
    let gap = gap_of(before, extent, &news, chance.now);
    let outcome = outcome_of(&news);
    let Channel { update_period, skips, older } = parsed.channel;
    let hints = Hints { ttl: parsed.ttl, update_period, skips, ..hints };
    let filled = gap.map(|gap| Filled { gap, pages: 0, backfilled: 0, closed: false });
    Reading { validators, items, news: Some(news), filled, older, body: Some(body), ..quiet(outcome, body_hash, hints) }
}

/// What a body brought by its items.
fn outcome_of(news: &Comparison) -> Outcome {
    let brings = |event: &NewsEvent| event.kind != NewsKind::Withdrawn;
    if news.events.iter().any(brings) { Outcome::NewItems } else { Outcome::NothingNew }
}

/// The feed stands as it stood, and so does what was missing from it.
fn unchanged(job: &Job, body_hash: Option<ContentHash>, hints: Hints) -> Reading {
    let news = Some(confirm(&job.seen, &job.feed.id)).filter(|news| news.changed);
    Reading { news, ..quiet(Outcome::Unchanged, body_hash, hints) }
}

fn quiet(outcome: Outcome, body_hash: Option<ContentHash>, hints: Hints) -> Reading {
    Reading {
        outcome,
        detail: String::new(),
        news: None,
        items: 0,
        body_hash,
        validators: validators::Validators::default(),
        hints,
        delta: false,
        filled: None,
        undecided: Vec::new(),
        older: None,
        sitemaps: Vec::new(),
        sitemaps_read: 0,
        body: None,
    }
}

fn failed(outcome: Outcome, mut detail: String, hints: Hints) -> Reading {
    const MAX_DETAIL_BYTES: usize = 512;
    let _ = cap_text(&mut detail, MAX_DETAIL_BYTES);
    Reading { detail, ..quiet(outcome, None, hints) }
}

fn assemble(job: &Job, fetched: &Fetched, rules: &Rules, chance: Chance, folded: Folded) -> Digest {
    let Folded { mut reading, mut due, schedule, check } = folded;
    let header = PollHeader { feed: &job.feed.id, fetch: chance.fetch, partition: job.stamp.partition, at: chance.now };
    let mut fetch = fetch_record(job, fetched, &mut reading, &mut due, chance);
    let finding = check.map(|(finding, _)| finding);
    fetch.validator_check = i32::from(match finding {
        None => ValidatorCheck::Unspecified,
        Some(Finding::Confirmed) => ValidatorCheck::Confirmed,
        Some(Finding::Contradicted) => ValidatorCheck::Contradicted,
    });
    let next_url = schedule.adopted_url.as_deref().unwrap_or(job.feed.url.as_str());
    if next_url != fetch.url {
        next_url.clone_into(&mut fetch.next_url);
    }
    let gap = reading.filled.map(|filled| gap_tally(&filled, &schedule, &mut fetch));
    let first = job.schedule.last_success.is_none();
    let mut kinds = Vec::new();
    let mut ages = Vec::new();
    let backfilled = reading.news.as_ref().map_or(0, |news| news.backfilled);
    let (events, seen, seen_changed) = match reading.news {
        Some(news) => (news.events, news.seen, news.changed),
        None => (Vec::new(), job.seen.clone(), false),
    };
    let state = state_records(&header, job, &schedule, (&seen, seen_changed));
    // As many as there are, since by the thousand they wait for their commit.
    let mut records = Vec::with_capacity(events.len() + state.len() + 1);
    if !(first && job.feed.backlog == Backlog::Skip) {
        for (place, event) in events.into_iter().enumerate() {
            let mut event = item_event(event, &header, first && job.feed.backlog == Backlog::Mark);
            event.backfilled = place < backfilled;
            match event.kind() {
                ItemEventKind::Unspecified | ItemEventKind::Published => fetch.published += 1,
                ItemEventKind::Revised => fetch.revised += 1,
                ItemEventKind::Withdrawn => fetch.withdrawn += 1,
                ItemEventKind::Restored => fetch.restored += 1,
            }
            kinds.push(event.kind());
            ages.extend(age(&event, chance.now));
            records.push(header.item(event, rules.places));
        }
    }
    let stored = (!state.is_empty()).then(|| Mark::of(&schedule));
    records.extend(state);
    records.push(header.fetch(&fetch, rules.places));
    let next = Settled { schedule, stored, seen, demand: due.demand };
    let polled = Polled {
        stamp: job.stamp,
        size_bytes: Polled::bytes_of(&records),
        records,
        next: None,
        tally: Tally {
            outcome: Some(reading.outcome),
            kinds,
            ages,
            fetched_at: Some(chance.now),
            check: finding.map(|finding| (finding, fetch.wire_bytes)),
            gap,
            body: reading.body.map(|body| body.reading),
        },
        room: None,
    };
    Digest { polled, next }
}

/// What a gap may have held, told in `fetch` and to be counted.
fn gap_tally(filled: &Filled, schedule: &Schedule, fetch: &mut wire::Fetch) -> GapTally {
    let missed = filled.gap.missed_expected(schedule.rhythm.as_deref());
    if let Some(told) = &mut fetch.gap {
        told.missed_expected = missed;
    }
    let found = f64::from(u32::try_from(filled.backfilled).unwrap_or(u32::MAX));
    GapTally { closed: filled.closed, missed: if filled.closed { 0.0 } else { (missed - found).max(0.0) } }
}

fn item_event(event: NewsEvent, header: &PollHeader<'_>, backlog: bool) -> wire::ItemEvent {
    let kind = match event.kind {
        NewsKind::Published => ItemEventKind::Published,
        NewsKind::Revised => ItemEventKind::Revised,
        NewsKind::Withdrawn => ItemEventKind::Withdrawn,
        NewsKind::Restored => ItemEventKind::Restored,
    };
    let hash = |hash: Option<ContentHash>| hash.map_or_else(String::new, |hash| hash.to_string());
    wire::ItemEvent {
        version: WIRE_VERSION,
        kind: i32::from(kind),
        item: Some(event.item.into_wire()),
        revision: event.revision,
        changed: event.changed.into_iter().map(i32::from).collect(),
        fetch_id: header.fetch.to_string(),
        fetched_at: Some(to_timestamp(header.at)),
        backlog,
        backfilled: false,
        content_hash_before: hash(event.before),
        content_hash_after: hash(event.after),
    }
}

/// How old an item was by the publisher's clock when it was fetched, where that is known and not in the future.
fn age(event: &wire::ItemEvent, now: DateTime<Utc>) -> Option<Duration> {
    let published = event.item.as_ref()?.published_at?;
    (now - from_timestamp(&published)?).to_std().ok()
}

#[cfg(test)]
mod tests;
