//! When to ask a feed again.

use std::{fmt::Write as _, time::Duration};

use chrono::{DateTime, TimeDelta, Utc};
use news_model::{Retirement, Schedule, wire::Outcome};

use crate::backoff::backoff;

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
}

/// When a feed is polled next, and why then.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Due {
    /// Earliest time of the next poll.
    pub at: DateTime<Utc>,
    /// The feed's interval before jitter. A failed poll says nothing of the feed's rhythm and leaves it as it was.
    pub interval: Duration,
    /// Why then, for people, under 256 bytes.
    pub because: String,
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
/// New items shorten the interval to 4/5, none stretch it to 3/2, within the bounds. Failures lengthen the wait each time, from the
/// feed's interval on, by their kind ([`mod@crate::backoff`]). `Retry-After` is heeded up to the longest wait; freshness and `ttl` up to the longest interval. A tenth to either
/// side is left to chance, so that feeds added together drift apart.
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
        let wait = policy.retired.max(max);
        return due(input, wait, Duration::ZERO, (before, reason.to_owned()));
    }
    match sign_of(input.outcome) {
        Sign::News => {
            let interval = before.mul_f64(0.8).clamp(min, max);
            stretched(input, interval, "it brought something new")
        }
        Sign::Quiet => {
            let first = input.previous.last_success.is_none();
            let interval = if first { before } else { before.mul_f64(1.5).clamp(min, max) };
            stretched(input, interval, "it brought nothing new")
        }
        Sign::Fault => {
            let wait = backoff(input.outcome, before, input.previous.failures, max);
            let count = input.previous.failures.saturating_add(1);
            let reason = format!("{count} failed {} in a row", if count == 1 { "poll" } else { "polls" });
            due(input, wait, min, (before, reason))
        }
        Sign::AskedToWait => {
            let asked = input.hints.retry_after.unwrap_or_default().min(policy.longest_wait);
            let wait = backoff(input.outcome, before, input.previous.failures, max).max(asked);
            let reason = match input.hints.retry_after {
                Some(_) => format!("the server asked for a wait of {} s", asked.as_secs()),
                None => "the server asked for fewer requests".to_owned(),
            };
            due(input, wait, wait, (before, reason))
        }
    }
}

/// The next time after an answer that the publisher wants to stay good for a while.
fn stretched(input: &DueInput<'_>, interval: Duration, reason: &str) -> Due {
    let min = input.policy.min;
    let asked = [
        (input.hints.fresh_for, "Cache-Control or Expires"),
        (input.hints.ttl, "its ttl"),
        (input.hints.retry_after, "Retry-After"),
    ];
    let longest = asked
        .into_iter()
        .filter_map(|(span, name)| Some((span?.min(input.policy.max.max(min)), name)))
        .max_by_key(|(span, _)| *span);
    match longest.filter(|(span, _)| *span > interval) {
        None => due(input, interval, min, (interval, reason.to_owned())),
        Some((span, name)) => {
            let reason = format!("{reason}, and {name} asks for no more than one poll in {} s", span.as_secs());
            due(input, span, span, (interval, reason))
        }
    }
}

/// `wait` from now, a tenth to either side left to the draw, yet never under `floor`.
fn due(input: &DueInput<'_>, wait: Duration, floor: Duration, (interval, reason): (Duration, String)) -> Due {
    let draw = if input.draw.is_finite() { input.draw.clamp(0.0, 1.0) } else { 0.5 };
    let low = wait.mul_f64(0.9).max(floor.min(wait));
    // What a publisher asked for may be exceeded; the longest interval only where it is what was asked.
    let ceiling = input.policy.max.max(input.policy.min).max(wait);
    let high = if floor >= wait { wait.mul_f64(1.1) } else { wait.mul_f64(1.1).min(ceiling) };
    let chosen = low + high.saturating_sub(low).mul_f64(draw);
    let delta = TimeDelta::from_std(chosen).unwrap_or(TimeDelta::MAX);
    let at = input.now.checked_add_signed(delta).unwrap_or(DateTime::<Utc>::MAX_UTC);
    let mut because = format!("in {} s: ", chosen.as_secs());
    // Writing to a String cannot fail.
    let _ = because.write_str(&reason);
    Due { at, interval, because }
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
        | Outcome::Unreadable => Sign::Fault,
    }
}

#[cfg(test)]
mod tests;
