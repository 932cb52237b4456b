//! When to ask a feed again.
//!
//! After an answer that said what stands in the feed, its rhythm and the price of a poll give the interval ([`crate::rhythm`], [`crate::budget`]); what the
//! publisher asks for stretches it. After a failure, the kind of failure gives the wait.

mod told;

use std::time::Duration;

use chrono::{DateTime, TimeDelta, Utc};
use news_model::{Retirement, Rhythm, Schedule, wire::Outcome};

use crate::{
    backoff::backoff,
    budget::{Demand, Price},
    rhythm::Forecast,
    skip::Skips,
};

pub use self::told::failed_in_a_row;

/// Polls in a row that must find nothing there (404) before a feed is retired.
pub const NOT_FOUND_BEFORE_RETIREMENT: u32 = 5;

/// Bounds within which feeds are polled.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Policy {
    /// Shortest time between two polls.
    pub min: Duration,
    /// Longest time between two polls of a feed in use.
    pub max: Duration,
    /// Time between the first polls of a feed whose rhythm is not known.
    pub first: Duration,
    /// Time between the second looks at a retired feed.
    pub retired: Duration,
    /// Longest wait that a server's `Retry-After` can bring about.
    pub longest_wait: Duration,
    /// How far wishes of the publisher beside the outcome are heeded.
    pub heeded: Heeded,
}

/// The longest wait that each wish of a publisher can bring about; zero ignores it. None reaches beyond the longest interval.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Heeded {
    /// `Cache-Control: max-age` and `Expires`.
    pub fresh_for: Duration,
    /// `ttl`.
    pub ttl: Duration,
    /// `sy:updatePeriod`.
    pub update_period: Duration,
}

impl Heeded {
    /// As far as the longest interval.
    pub const FULLY: Self = Self { fresh_for: Duration::MAX, ttl: Duration::MAX, update_period: Duration::MAX };
}

/// What the publisher asked for beside the outcome.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Hints {
    /// `Retry-After`.
    pub retry_after: Option<Duration>,
    /// How long the answer stays fresh, by `Cache-Control: max-age` or `Expires`.
    pub fresh_for: Option<Duration>,
    /// `ttl` of the feed.
    pub ttl: Option<Duration>,
    /// `sy:updatePeriod` over `sy:updateFrequency` (RSS 1.0 syndication module).
    pub update_period: Option<Duration>,
    /// `skipHours` and `skipDays`.
    pub skips: Skips,
}

/// What the next time follows from.
#[derive(Clone, Copy, Debug)]
pub struct DueInput<'a> {
    /// When the poll ended.
    pub now: DateTime<Utc>,
    /// A random number from 0 to below 1.
    pub draw: f64,
    /// The feed's bounds.
    pub policy: &'a Policy,
    /// Its schedule before the poll.
    pub previous: &'a Schedule,
    /// How the poll ended.
    pub outcome: Outcome,
    /// What the publisher asked for.
    pub hints: Hints,
    /// Its rhythm, this poll taken in; `None` before it was read.
    pub rhythm: Option<&'a Rhythm>,
    /// What a poll must save to be worth it.
    pub price: Price,
    /// Whether items were missed: the feed let go of them between two polls.
    pub missed: bool,
}

/// When a feed is polled next, and why then.
#[derive(Clone, Debug, PartialEq)]
pub struct Due {
    /// Earliest time of the next poll.
    pub at: DateTime<Utc>,
    /// The feed's interval before jitter. A failed poll says nothing of the feed's rhythm and leaves it as it was.
    pub interval: Duration,
    /// Why then, for people, under 256 bytes.
    pub because: String,
    /// What the feed asks of the budget.
    pub demand: Demand,
}

/// What an outcome says about a feed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Sign {
    News,
    Quiet,
    Fault,
    AskedToWait,
}

/// Why a feed is to be polled only rarely after `outcome`: at once when it is gone, after some tries when it is not found.
///
/// Only answers that say so count: failures of other kinds between two 404s retire nothing.
#[must_use]
pub fn retirement_after(previous: &Schedule, outcome: Outcome) -> Option<Retirement> {
    match outcome {
        // What an adopted address answers is no last word: the configured one is asked again first.
        Outcome::Gone if previous.adopted_url.is_none() => Some(Retirement::Gone),
        Outcome::NotFound
            if previous.adopted_url.is_none()
                && previous.not_found.saturating_add(1) >= NOT_FOUND_BEFORE_RETIREMENT =>
        {
            Some(Retirement::NotFound)
        }
        // A retired feed comes back by an answer that says what stands in it, not by a fault.
        _ => previous.retirement.filter(|_| !is_success(outcome)),
    }
}

/// Whether the answer said what stands in the feed.
#[must_use]
pub fn is_success(outcome: Outcome) -> bool {
    matches!(sign_of(outcome), Sign::News | Sign::Quiet)
}

/// Decides when to ask again.
///
/// The interval is the one at which a poll saves as much delay as it costs, within the bounds; the second poll of a feed comes after the first
/// interval at the latest, and one that let go of items unseen is asked at least twice as often as before. Failures lengthen the wait each time, from the
/// feed's interval on, by their kind ([`mod@crate::backoff`]). `Retry-After` is heeded up to the longest wait, freshness, `ttl` and the update period
/// as far as the policy has it and up to the longest interval, hours and days to be skipped up to the longest wait. A tenth to either side is left to chance, so that feeds added together
/// drift apart.
#[must_use]
pub fn next_due(input: &DueInput<'_>) -> Due {
    let policy = input.policy;
    let (min, max) = (policy.min, policy.max.max(policy.min));
    let before = if input.previous.interval.is_zero() { policy.first } else { input.previous.interval };
    let before = before.clamp(min, max);
    if let Some(retirement) = retirement_after(input.previous, input.outcome) {
        let reason = match retirement {
            Retirement::Gone => "the publisher answered that the feed is gone for good",
            Retirement::NotFound => "the feed was not found several times in a row",
        };
        let span = policy.retired.max(max);
        return due(input, Wait::after_failure(span, Duration::ZERO, before), reason);
    }
    match sign_of(input.outcome) {
        Sign::News | Sign::Quiet => {
            let forecast = forecast(input.rhythm, input.now);
            let (interval, reason) = paced(input, &forecast, before);
            stretched(input, &forecast, interval, &reason)
        }
        Sign::Fault => {
            let span = backoff(input.outcome, before, input.previous.failures, max);
            due(input, Wait::after_failure(span, min, before), &told::failures(input.previous.failures))
        }
        Sign::AskedToWait => {
            let asked = input.hints.retry_after.map(|asked| asked.min(policy.longest_wait));
            let span = backoff(input.outcome, before, input.previous.failures, max).max(asked.unwrap_or_default());
            let reason = match input.outcome {
                Outcome::Deferred => told::put_off().to_owned(),
                _ => told::asked_to_wait(asked, span, input.previous.failures),
            };
            due(input, Wait::after_failure(span, span, before), &reason)
        }
    }
}

/// When a feed is due whose state is from before its last polls, as far as can be told.
///
/// Of polls that move nothing but the time of the next, only those are stored that come `stale_after` the last stored one. So where a feed was followed
/// until `followed_until`, a stored time that lies before says that it was polled then, and again each time that as long had passed; but not
/// when that poll would have been stored.
#[must_use]
pub fn presumably_due(stored: &Schedule, followed_until: DateTime<Utc>, stale_after: TimeDelta) -> DateTime<Utc> {
    let due = stored.next_due;
    let wait = stored.last_polled.map_or(0, |polled| (due - polled).num_milliseconds());
    if stored.failures > 0 || due >= followed_until || wait <= 0 {
        return due;
    }
    let polls = (followed_until - due).num_milliseconds() / wait + 1;
    let unstored = (stale_after.num_milliseconds() - 1).max(0) / wait;
    due.checked_add_signed(TimeDelta::milliseconds(polls.min(unstored).saturating_mul(wait))).unwrap_or(due)
}

/// What a feed asks of the budget that stands like this; one that is retired is looked at as rarely as that has it.
#[must_use]
pub fn demand_at_rest(schedule: &Schedule, policy: &Policy, now: DateTime<Utc>) -> Demand {
    match schedule.retirement {
        Some(_) => Demand::fixed(policy.retired),
        None => demand_of(&forecast(schedule.rhythm.as_deref(), now), policy, Duration::ZERO),
    }
}

/// What a feed of this forecast asks of the budget, polled no more often than every `least_wait`.
fn demand_of(forecast: &Forecast, policy: &Policy, least_wait: Duration) -> Demand {
    let shortest = policy.min.max(least_wait);
    Demand {
        mean_root: forecast.mean_root(),
        least: policy.max.max(shortest).as_secs_f64().recip(),
        most: shortest.as_secs_f64().recip(),
    }
}

fn forecast(rhythm: Option<&Rhythm>, now: DateTime<Utc>) -> Forecast {
    rhythm.map_or_else(|| Forecast::new(&Rhythm::unknown(now), now), |rhythm| Forecast::new(rhythm, now))
}

/// The interval that the rhythm of a feed is worth, and why.
fn paced(input: &DueInput<'_>, forecast: &Forecast, before: Duration) -> (Duration, String) {
    let policy = input.policy;
    let max = policy.max.max(policy.min);
    let paced = forecast.wait(input.price.item_seconds(), max);
    let first = input.previous.last_success.is_none();
    let mut interval = paced.max(policy.min);
    if first {
        interval = interval.min(policy.first.clamp(policy.min, max));
    }
    if input.missed {
        interval = interval.min((before / 2).max(policy.min));
    }
    let bound = match interval {
        _ if input.missed => told::Bound::Missed,
        _ if first && interval < paced => told::Bound::First,
        _ if paced < policy.min => told::Bound::Shortest,
        _ if paced >= max => told::Bound::Longest,
        _ => told::Bound::None,
    };
    (interval, told::pace(forecast.rate(input.now), bound))
}

/// The next time after an answer that the publisher wants to stay good for a while.
fn stretched(input: &DueInput<'_>, forecast: &Forecast, interval: Duration, reason: &str) -> Due {
    let hint = longest_hint(input);
    let demand = demand_of(forecast, input.policy, hint.map_or(Duration::ZERO, |(span, _)| span));
    match hint.filter(|(span, _)| *span > interval) {
        Some((span, name)) => due(input, Wait { span, floor: span, interval, demand }, &told::hint(reason, name, span)),
        None => due(input, Wait { span: interval, floor: input.policy.min, interval, demand }, reason),
    }
}

/// The longest wait that the publisher asks for beside the outcome, up to the longest interval.
fn longest_hint(input: &DueInput<'_>) -> Option<(Duration, &'static str)> {
    let Heeded { fresh_for, ttl, update_period } = input.policy.heeded;
    let asked = [
        (input.hints.fresh_for.map(|span| span.min(fresh_for)), "Cache-Control or Expires"),
        (input.hints.ttl.map(|span| span.min(ttl)), "its ttl"),
        (input.hints.update_period.map(|span| span.min(update_period)), "its update period"),
        (input.hints.retry_after, "Retry-After"),
    ];
    let longest = input.policy.max.max(input.policy.min);
    asked.into_iter().filter_map(|(span, name)| Some((span?.min(longest), name))).max_by_key(|(span, _)| *span)
}

/// A wait before chance has its part in it.
#[derive(Clone, Copy, Debug)]
struct Wait {
    span: Duration,
    /// Chance does not go below this.
    floor: Duration,
    /// The feed's interval from here on.
    interval: Duration,
    /// What the feed asks of the budget.
    demand: Demand,
}

impl Wait {
    /// One that says nothing of the feed's rhythm.
    fn after_failure(span: Duration, floor: Duration, interval: Duration) -> Self {
        Self { span, floor, interval, demand: Demand::fixed(span) }
    }
}

/// `wait` from now, a tenth to either side left to the draw, then out of the hours that are to be skipped.
fn due(input: &DueInput<'_>, wait: Wait, reason: &str) -> Due {
    let Wait { span, floor, interval, demand } = wait;
    let draw = if input.draw.is_finite() { input.draw.clamp(0.0, 1.0) } else { 0.5 };
    let low = span.mul_f64(0.9).max(floor.min(span));
    // What a publisher asked for may be exceeded; the longest interval only where it is what was asked.
    let ceiling = input.policy.max.max(input.policy.min).max(span);
    let high = if floor >= span { span.mul_f64(1.1) } else { span.mul_f64(1.1).min(ceiling) };
    let chosen = low + high.saturating_sub(low).mul_f64(draw);
    let delta = TimeDelta::from_std(chosen).unwrap_or(TimeDelta::MAX);
    let planned = input.now.checked_add_signed(delta).unwrap_or(DateTime::<Utc>::MAX_UTC);
    let at = input.hints.skips.next_open(planned, input.policy.longest_wait);
    Due { at, interval, because: told::due(at - input.now, reason, at > planned), demand }
}

fn sign_of(outcome: Outcome) -> Sign {
    match outcome {
        Outcome::NewItems => Sign::News,
        Outcome::NothingNew | Outcome::Unchanged => Sign::Quiet,
        Outcome::RateLimited | Outcome::Deferred => Sign::AskedToWait,
        Outcome::Unspecified
        | Outcome::Gone
        | Outcome::NotFound
        | Outcome::Forbidden
        | Outcome::ClientError
        | Outcome::ServerError
        | Outcome::BadRedirect
        | Outcome::DnsFailed
        | Outcome::ConnectFailed
        | Outcome::TlsFailed
        | Outcome::TimedOut
        | Outcome::TooLarge
        | Outcome::AddressDenied
        | Outcome::HeadersTooLarge
        | Outcome::BadEncoding
        | Outcome::Inflated
        | Outcome::ReadingTimedOut
        | Outcome::Unreadable => Sign::Fault,
    }
}

#[cfg(test)]
mod tests;
