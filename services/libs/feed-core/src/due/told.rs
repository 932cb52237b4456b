//! Why a poll is due then, in words for a person.

use std::{fmt::Write as _, time::Duration};

use chrono::TimeDelta;

/// What held an interval back from what the rhythm alone gives.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Bound {
    None,
    Shortest,
    Longest,
    First,
    Missed,
}

pub(super) fn due(wait: TimeDelta, reason: &str, skipped: bool) -> String {
    const MOST_AROUND: usize = 72;
    let skipped = if skipped { ", moved out of its skipHours and skipDays" } else { "" };
    let mut told = String::with_capacity(reason.len() + MOST_AROUND);
    // Text takes whatever is written to it.
    let _ = write!(told, "in {} s: {reason}{skipped}", wait.num_seconds());
    told
}

pub(super) fn pace(rate: f64, bound: Bound) -> String {
    const DAY: f64 = 86_400.0;
    const USUAL: usize = 128;
    let daily = rate * DAY;
    let mut told = String::with_capacity(USUAL);
    let _ = match daily {
        _ if daily >= 24.0 => write!(told, "some {:.1} items an hour", daily / 24.0),
        _ if daily >= 1.0 => write!(told, "some {daily:.1} items a day"),
        _ => write!(told, "an item in {:.0} days", daily.recip().clamp(1.0, 9_999.0)),
    };
    let bound = match bound {
        Bound::None => "as often as the budget has it",
        Bound::Shortest => "at its shortest interval",
        Bound::Longest => "at its longest interval",
        Bound::First => "soon, to learn its rhythm",
        Bound::Missed => "twice as often as before, since it let go of items unseen",
    };
    let _ = write!(told, " expected now, asked {bound}");
    told
}

pub(super) fn hint(reason: &str, name: &str, span: Duration) -> String {
    format!("{reason}, and {name} asks for no more than one poll in {} s", span.as_secs())
}

pub(super) fn failures(before: u32) -> String {
    failed_in_a_row(before.saturating_add(1))
}

/// So many failed polls, in words for a person.
#[must_use]
pub fn failed_in_a_row(count: u32) -> String {
    format!("{count} failed {} in a row", if count == 1 { "poll" } else { "polls" })
}

/// What a limit brought about, after which the poller waits for `span`.
pub(super) fn asked_to_wait(asked: Option<Duration>, span: Duration, failures_before: u32) -> String {
    let wish = match asked {
        Some(asked) => format!("the server asked for a wait of {} s", asked.as_secs()),
        None => "the server asked for fewer requests".to_owned(),
    };
    // Who asks for less than the failures alone bring about is not given more.
    if asked.is_none_or(|asked| asked < span) { format!("{wish}, and {}", failures(failures_before)) } else { wish }
}

pub(super) fn put_off() -> &'static str {
    "the poller had no turn or no room for it, which says nothing of the feed"
}
