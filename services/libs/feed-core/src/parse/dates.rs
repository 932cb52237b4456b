//! Dates as feeds write them: RFC 3339 and RFC 822, and what people take for them.
//!
//! | rule | examples |
//! |---|---|
//! | [`DateRule::Iso`] | `2026-11-24T03:34:35.5+01:00`, `20261124`, `2026-11`, `2026-328`, `26-11-24` |
//! | [`DateRule::Words`] | `Tue, 24 Nov 2026 03:34:35 +0100`, `November 24th, 2026 3:34 p.m. EST`, `mar., 24 déc. 2026`, `24-Nov-26` |
//! | [`DateRule::Numbers`] | `11/24/2026 03:34`, `24.11.2026` |
//! | [`DateRule::Epoch`] | `1795491275`, in seconds or milliseconds |
//!
//! A missing time of day is midnight, a missing or unknown zone UTC. Of `a/b/year` the first is the month where both could be, of `a.b.year`
//! and `a-b-year` the day.

mod iso;
mod words;
mod zones;

use std::borrow::Cow;

use chrono::{DateTime, Datelike, Days, FixedOffset, NaiveDate, NaiveTime, TimeZone, Utc};
use news_model::{DateRule, DateZone};

/// Longest date text that is read; the longest in use have about 60 bytes, but for comments.
const MAX_DATE_BYTES: usize = 200;

/// A time, and how it was read.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct ReadDate {
    /// The time.
    pub at: DateTime<Utc>,
    /// Rule by which it was read.
    pub rule: DateRule,
    /// How its zone is known.
    pub zone: DateZone,
}

/// The time that `text` names, or `None`.
#[must_use]
pub fn read_date(text: &str) -> Option<ReadDate> {
    let text = text.trim();
    if text.is_empty() || text.len() > MAX_DATE_BYTES {
        return None;
    }
    let text = without_comments(text);
    let (text, has_notes) = without_notes(text.trim());
    let read = epoch(text).or_else(|| iso::read(text)).or_else(|| words::read(text))?;
    let zone = if has_notes && read.zone == DateZone::Assumed { DateZone::Unknown } else { read.zone };
    Some(ReadDate { zone, ..read })
}

/// `text` without the name of its zone and other notes in square brackets behind it (RFC 9557, 4.1), and whether there were any.
fn without_notes(text: &str) -> (&str, bool) {
    match text.split_once('[') {
        Some((date, notes)) if notes.ends_with(']') => (date.trim_end(), true),
        _ => (text, false),
    }
}

/// `text` without comments in brackets (RFC 5322, 3.2.2), which nest and in which a backslash takes the next letter to the letter.
fn without_comments(text: &str) -> Cow<'_, str> {
    if !text.contains('(') {
        return Cow::Borrowed(text);
    }
    let mut plain = String::with_capacity(text.len());
    let (mut depth, mut escaped) = (0_usize, false);
    for letter in text.chars() {
        match letter {
            _ if escaped => escaped = false,
            '\\' if depth > 0 => escaped = true,
            '(' => {
                depth += 1;
                plain.push(' ');
            }
            ')' if depth > 0 => depth -= 1,
            _ if depth == 0 => plain.push(letter),
            _ => {}
        }
    }
    Cow::Owned(plain)
}

/// Seconds or milliseconds since 1970, from 1973 on; shorter numbers are years and days.
fn epoch(text: &str) -> Option<ReadDate> {
    if !text.bytes().all(|byte| byte.is_ascii_digit()) {
        return None;
    }
    let number: i64 = text.parse().ok()?;
    let at = match text.len() {
        9 | 10 => DateTime::from_timestamp(number, 0),
        12 | 13 => DateTime::from_timestamp_millis(number),
        _ => None,
    };
    Some(ReadDate { at: at?, rule: DateRule::Epoch, zone: DateZone::Offset })
}

/// The time `time` on `date`, `days` later, `offset` seconds east of UTC.
fn at(date: NaiveDate, (time, days): (NaiveTime, Days), offset: i32) -> Option<DateTime<Utc>> {
    let zone = FixedOffset::east_opt(offset)?;
    let local = zone.from_local_datetime(&date.checked_add_days(days)?.and_time(time)).single()?;
    Some(local.with_timezone(&Utc)).filter(|at| is_plausible(at.year()))
}

fn date_of(year: u32, month: u32, day: u32) -> Option<NaiveDate> {
    plausible(NaiveDate::from_ymd_opt(i32::try_from(year).ok()?, month, day)?)
}

/// `date`, unless it is of the first centuries: the year 1 is what some systems write for no date.
fn plausible(date: NaiveDate) -> Option<NaiveDate> {
    is_plausible(date.year()).then_some(date)
}

fn is_plausible(year: i32) -> bool {
    (1000..=9999).contains(&year)
}

/// RFC 5322, 4.3: two digits up to 49 mean this century.
fn full_year(digits: &str) -> Option<u32> {
    let number: u32 = digits.parse().ok()?;
    Some(match (digits.len(), number) {
        (2, 0..50) => number + 2000,
        (2, _) => number + 1900,
        _ => number,
    })
}

/// A time of day with colons, and the days that it adds.
fn clock_time(text: &str) -> Option<(NaiveTime, Days)> {
    let mut parts = text.split(':');
    let hours: u32 = parts.next()?.parse().ok()?;
    let minutes: u32 = parts.next()?.parse().ok()?;
    let seconds = parts.next().unwrap_or("0");
    if parts.next().is_some() {
        return None;
    }
    let (seconds, fraction) = seconds.split_once(['.', ',']).unwrap_or((seconds, ""));
    let seconds: u32 = seconds.parse().ok()?;
    let millis: u32 = format!("{fraction:0<3}").get(..3)?.parse().ok()?;
    // 24:00 ends the day; any later minute of that hour is a slip for the first one.
    let (hours, days) = match (hours, minutes, seconds) {
        (24, 0, 0) => (0, 1),
        (24, ..) => (0, 0),
        _ => (hours, 0),
    };
    // A leap second is the last ordinary one.
    let time = NaiveTime::from_hms_milli_opt(hours, minutes, if seconds == 60 { 59 } else { seconds }, millis)?;
    Some((time, Days::new(days)))
}

#[cfg(test)]
mod tests;
