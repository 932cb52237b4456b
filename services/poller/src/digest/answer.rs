//! What the head of an answer says.

use std::time::Duration;

use chrono::{DateTime, TimeDelta, Utc};
use feed_core::{
    due::Hints,
    politeness::Heard,
    validators,
    verdict::{Answer, Verdict, judge},
};
use news_model::wire::Outcome;
use reqwest::header::{self, HeaderMap};

use super::DELTA;
use crate::{
    fetch::{Answered, Fetched},
    hints::{fresh_for, is_feed_delta, limit_is_spent, retry_after},
};

/// What the host that answered last said about being asked, to whom no `Retry-After` gives quiet for longer than `longest_wait`.
pub(crate) fn heard(fetched: &Fetched, now: DateTime<Utc>, longest_wait: Duration) -> Heard {
    /// A limit without a time is over soon or comes with a longer one.
    const USUAL_QUIET: Duration = Duration::from_mins(1);
    let Ok(answered) = &fetched.result else { return Heard::Nothing };
    match judge(&answer_of(fetched, answered, now)) {
        Verdict::Failed(Outcome::RateLimited) => {
            let quiet = retry_after(&answered.headers, now).unwrap_or(USUAL_QUIET).min(longest_wait);
            let until = TimeDelta::from_std(quiet).ok().and_then(|quiet| now.checked_add_signed(quiet));
            Heard::Quiet(until.unwrap_or(DateTime::<Utc>::MAX_UTC))
        }
        _ if answered.is_welcoming() => Heard::Welcome(fetched.started_at),
        _ => Heard::Nothing,
    }
}

/// The answer as it is judged. Fields are looked for only in answers whose verdict may hang on them: most are a 304, and judged twice.
pub(super) fn answer_of(fetched: &Fetched, answered: &Answered, now: DateTime<Utc>) -> Answer {
    let Answered { status, headers, .. } = answered;
    Answer {
        status: *status,
        conditional: fetched.conditional,
        names_retry: *status >= 400 && (retry_after(headers, now).is_some() || limit_is_spent(headers)),
        delta: *status == DELTA && fetched.conditional && is_feed_delta(headers),
    }
}

/// Wishes of the head.
pub(super) fn hints_of(headers: &HeaderMap, now: DateTime<Utc>) -> Hints {
    Hints { retry_after: retry_after(headers, now), fresh_for: fresh_for(headers, now), ..Hints::default() }
}

/// Its validators, as far as they can be kept.
pub(super) fn validators_of(headers: &HeaderMap) -> validators::Validators {
    let bytes = |name| headers.get(name).map(header::HeaderValue::as_bytes);
    validators::keep(bytes(header::ETAG), bytes(header::LAST_MODIFIED))
}
