//! What is known of a feed, put together from the catalogue, the poller's state and the fetch records. Reads no clock and does no IO.

use std::collections::BTreeMap;

use chrono::{DateTime, Utc};
use feed_core::{moved, rhythm::Forecast, trust};
use news_model::{Feed, Moving, Retirement, Schedule, StateFault, from_timestamp, wire};
use serde::Serialize;

use super::advice::advice;
use crate::show;

/// What was read about a feed.
pub(super) struct Known<'a> {
    pub(super) feed: &'a Feed,
    pub(super) schedule: Option<Result<Schedule, StateFault>>,
    /// The oldest first.
    pub(super) fetches: Vec<wire::Fetch>,
    /// Another feed of its site whose server asked for fewer requests, and until when that one waits.
    pub(super) limited: Option<(&'a Feed, DateTime<Utc>)>,
    pub(super) since: DateTime<Utc>,
    pub(super) now: DateTime<Utc>,
}

/// The account of a feed; in JSON one object.
#[derive(Debug, Serialize)]
pub(super) struct Account {
    pub(super) id: String,
    pub(super) url: String,
    /// Address that is asked in its place, after a permanent redirect.
    pub(super) adopted_url: Option<String>,
    /// A permanent redirect that is not adopted yet.
    pub(super) moving: Option<MovingLine>,
    pub(super) title: String,
    pub(super) folders: Vec<String>,
    pub(super) standing: Standing,
    /// Failed polls since the feed was last read.
    pub(super) failures: u32,
    /// How the last poll failed, if it did.
    pub(super) last_failure: Option<String>,
    /// What is wrong with the stored state, for which the feed is not polled.
    pub(super) fault: Option<String>,
    pub(super) last_polled: Option<DateTime<Utc>>,
    pub(super) last_success: Option<DateTime<Utc>>,
    pub(super) last_new: Option<DateTime<Utc>>,
    /// When somebody asked for a poll that has not been since.
    pub(super) requested_at: Option<DateTime<Utc>>,
    /// Until when the server wants to be left alone.
    pub(super) not_before: Option<DateTime<Utc>>,
    pub(super) next_due: Option<DateTime<Utc>>,
    pub(super) because: String,
    /// Another feed of its site that was asked to wait, where that may be why this one is not polled though it is due.
    pub(super) held_by: Option<HeldBy>,
    /// What a person may do, where something is amiss.
    pub(super) advice: Option<&'static str>,
    /// Items a day that are expected at present.
    pub(super) items_a_day: Option<f64>,
    /// Share of the polls that leave the validators out to check the server's 304s; none where it gives no validators.
    pub(super) unconditional_share: Option<f64>,
    pub(super) lately: Lately,
    /// The last polls, the last first.
    pub(super) polls: Vec<PollLine>,
}

/// How a feed stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub(super) enum Standing {
    /// Nothing is stored of it: no poller has polled it.
    New,
    /// Answered when it was last asked.
    Answering,
    /// Failed when it was last asked.
    Failing,
    /// Its server asked for fewer requests when it was last asked.
    Limited,
    /// Answered 410.
    Gone,
    /// Answered 404 several times in a row.
    NotFound,
    /// Left alone, since its state cannot be used.
    Refused,
}

/// A permanent redirect that was seen, and is adopted once it was seen often enough over a while.
#[derive(Debug, Serialize)]
pub(super) struct MovingLine {
    pub(super) to: String,
    pub(super) sightings: u32,
    pub(super) sightings_to_adopt: u32,
    pub(super) since: DateTime<Utc>,
}

/// A limit that another feed of the site met with: it is taken for the host's or the site's until a request shows that it is not.
#[derive(Debug, Serialize)]
pub(super) struct HeldBy {
    /// Address of that feed.
    pub(super) url: String,
    /// Until when it waits.
    pub(super) until: DateTime<Utc>,
}

/// Sums over the time that was looked at.
#[derive(Debug, Default, Serialize)]
pub(super) struct Lately {
    pub(super) since: DateTime<Utc>,
    pub(super) polls: u32,
    pub(super) outcomes: BTreeMap<String, u32>,
    pub(super) published: u32,
    pub(super) revised: u32,
    pub(super) withdrawn: u32,
    pub(super) restored: u32,
    pub(super) wire_bytes: u64,
    /// Polls that shared no item with what was known.
    pub(super) gaps: u32,
}

/// One poll.
#[derive(Debug, Serialize)]
pub(super) struct PollLine {
    pub(super) at: Option<DateTime<Utc>>,
    pub(super) reason: &'static str,
    pub(super) outcome: String,
    pub(super) detail: String,
    pub(super) status: u32,
    pub(super) final_url: String,
    pub(super) conditional: bool,
    pub(super) duration_ms: u32,
    pub(super) wire_bytes: u64,
    pub(super) items: u32,
    pub(super) published: u32,
    pub(super) revised: u32,
    pub(super) withdrawn: u32,
    pub(super) restored: u32,
    pub(super) gap: Option<GapLine>,
    pub(super) next_due: Option<DateTime<Utc>>,
    pub(super) because: String,
}

/// What may have come and gone unseen before a poll.
#[derive(Debug, Serialize)]
pub(super) struct GapLine {
    pub(super) since: Option<DateTime<Utc>>,
    pub(super) until: Option<DateTime<Utc>>,
    pub(super) missed_at_least: u32,
    pub(super) missed_expected: f64,
    pub(super) backfilled: u32,
    pub(super) closed: bool,
}

impl Account {
    /// The account of what is known, with at most `polls` polls one by one.
    pub(super) fn of(known: &Known<'_>, polls: usize) -> Self {
        let Known { feed, fetches, now, .. } = known;
        let fault = known.schedule.as_ref().and_then(|read| read.as_ref().err()).map(ToString::to_string);
        let schedule = known.schedule.as_ref().and_then(|read| read.as_ref().ok()).cloned();
        let standing = if fault.is_some() { Standing::Refused } else { standing_of(schedule.as_ref(), fetches) };
        let schedule = schedule.unwrap_or_default();
        let last_polled = schedule.last_polled.max(fetches.last().and_then(started));
        let requested_at = feed.poll_requested_at.filter(|asked| last_polled.is_none_or(|polled| polled < *asked));
        let not_before = schedule.not_before.filter(|until| until > now);
        let (mut next_due, mut because) = due(&schedule, fetches);
        if let Some(asked) = requested_at {
            let allowed = not_before.map_or(asked, |until| until.max(asked));
            if next_due.is_none_or(|due| allowed < due) {
                next_due = Some(allowed);
                "somebody asked for a poll".clone_into(&mut because);
            }
        }
        let overdue = next_due.is_some_and(|due| due <= *now) && not_before.is_none();
        let limited = known.limited.filter(|(_, until)| overdue && until > now);
        let held_by = limited.map(|(other, until)| HeldBy { url: other.url.to_string(), until });
        let last = fetches.last();
        let last_failure = last.filter(|fetch| !answered(fetch)).map(failure);
        let has_validators = !(schedule.etag.is_empty() && schedule.last_modified.is_empty());
        let daily = |forecast: Forecast| forecast.rate(*now) * 86_400.0;
        let account = Self {
            id: feed.id.to_string(),
            url: feed.url.to_string(),
            adopted_url: schedule.adopted_url.as_deref().map(str::to_owned),
            moving: schedule.moving.as_deref().map(MovingLine::of),
            title: feed.title.clone(),
            folders: feed.folders.clone(),
            standing,
            failures: schedule.failures,
            last_failure,
            fault,
            last_polled,
            last_success: schedule
                .last_success
                .max(fetches.iter().rev().find(|fetch| answered(fetch)).and_then(started)),
            last_new: schedule.last_new,
            requested_at,
            not_before,
            next_due,
            because,
            held_by,
            advice: None,
            items_a_day: schedule.rhythm.as_deref().map(|rhythm| daily(Forecast::new(rhythm, *now))),
            unconditional_share: has_validators.then(|| trust::share(schedule.doubt)),
            lately: Lately::of(fetches, known.since),
            polls: fetches.iter().rev().take(polls).map(PollLine::of).collect(),
        };
        Self { advice: advice(&account, last.map(wire::Fetch::outcome), *now), ..account }
    }
}

/// When the next poll is due and why, by the last poll that either tells of: an unchanged feed is stored from time to time only.
fn due(schedule: &Schedule, fetches: &[wire::Fetch]) -> (Option<DateTime<Utc>>, String) {
    let stored = schedule.last_polled.map(|_| schedule.next_due);
    let Some(last) = fetches.last().filter(|last| started(last) >= schedule.last_polled) else {
        return (stored, String::new());
    };
    (last.next_due.as_ref().and_then(from_timestamp).or(stored), last.next_due_because.clone())
}

fn standing_of(schedule: Option<&Schedule>, fetches: &[wire::Fetch]) -> Standing {
    let Some(schedule) = schedule else { return Standing::New };
    match schedule.retirement {
        Some(Retirement::Gone) => Standing::Gone,
        Some(Retirement::NotFound) => Standing::NotFound,
        None if schedule.not_before.is_some() => Standing::Limited,
        None if schedule.failures > 0 => Standing::Failing,
        None if schedule.last_success.is_none() && fetches.is_empty() => Standing::New,
        None => Standing::Answering,
    }
}

fn started(fetch: &wire::Fetch) -> Option<DateTime<Utc>> {
    fetch.started_at.as_ref().and_then(from_timestamp)
}

fn answered(fetch: &wire::Fetch) -> bool {
    feed_core::due::is_success(fetch.outcome())
}

impl MovingLine {
    fn of(moving: &Moving) -> Self {
        let Moving { to, sightings, since } = moving;
        Self { to: to.clone(), sightings: *sightings, sightings_to_adopt: moved::SIGHTINGS, since: *since }
    }
}

fn failure(fetch: &wire::Fetch) -> String {
    let words = show::outcome_words(fetch.outcome());
    if fetch.detail.is_empty() { words } else { format!("{words}: {}", fetch.detail) }
}

impl Lately {
    fn of(fetches: &[wire::Fetch], since: DateTime<Utc>) -> Self {
        let mut lately = Self { since, ..Self::default() };
        for fetch in fetches {
            lately.polls += 1;
            *lately.outcomes.entry(show::outcome_words(fetch.outcome())).or_default() += 1;
            lately.published += fetch.published;
            lately.revised += fetch.revised;
            lately.withdrawn += fetch.withdrawn;
            lately.restored += fetch.restored;
            lately.wire_bytes += fetch.wire_bytes;
            lately.gaps += u32::from(fetch.gap.is_some());
        }
        lately
    }
}

impl PollLine {
    fn of(fetch: &wire::Fetch) -> Self {
        Self {
            at: started(fetch),
            reason: match fetch.reason() {
                wire::PollReason::Unspecified => "unspecified",
                wire::PollReason::Scheduled => "scheduled",
                wire::PollReason::First => "first",
                wire::PollReason::Requested => "requested",
            },
            outcome: show::outcome_words(fetch.outcome()),
            detail: fetch.detail.clone(),
            status: fetch.status,
            final_url: fetch.final_url.clone(),
            conditional: fetch.conditional,
            duration_ms: fetch.duration_ms,
            wire_bytes: fetch.wire_bytes,
            items: fetch.items,
            published: fetch.published,
            revised: fetch.revised,
            withdrawn: fetch.withdrawn,
            restored: fetch.restored,
            gap: fetch.gap.as_ref().map(GapLine::of),
            next_due: fetch.next_due.as_ref().and_then(from_timestamp),
            because: fetch.next_due_because.clone(),
        }
    }
}

impl GapLine {
    fn of(gap: &wire::Gap) -> Self {
        Self {
            since: gap.since.as_ref().and_then(from_timestamp),
            until: gap.until.as_ref().and_then(from_timestamp),
            missed_at_least: gap.missed_at_least,
            missed_expected: gap.missed_expected,
            backfilled: gap.backfilled,
            closed: gap.closed,
        }
    }
}

#[cfg(test)]
mod tests;
