//! `2026-11-24T03:34:35.5+01:00`, its shorter and its looser forms.

use chrono::{Days, NaiveDate, NaiveTime};
use news_model::{DateRule, DateZone};

use super::{ReadDate, at, clock_time, date_of, full_year, plausible, zones::zone_of};

/// The time that `text` names by these rules.
pub(super) fn read(text: &str) -> Option<ReadDate> {
    let (date, rest) = date(text)?;
    let done = |time, offset, zone| Some(ReadDate { at: at(date, time, offset)?, rule: DateRule::Iso, zone });
    let rest = rest.trim_start_matches(['T', 't', ' ', '_']);
    if rest.is_empty() {
        return done((NaiveTime::MIN, Days::new(0)), 0, DateZone::Assumed);
    }
    let clock_bytes = |byte: u8| byte.is_ascii_digit() || matches!(byte, b':' | b'.' | b',');
    let end = rest.bytes().position(|byte| !clock_bytes(byte)).unwrap_or(rest.len());
    let (clock, zone) = rest.split_at(end);
    let time = if clock.contains(':') { clock_time(clock)? } else { compact_time(clock)? };
    let zone = zone.trim();
    if zone.is_empty() {
        return done(time, 0, DateZone::Assumed);
    }
    // Some write the zone twice, as an offset and as the letter for none.
    let zone = zone.strip_suffix(['Z', 'z']).filter(|zone| !zone.is_empty()).unwrap_or(zone);
    let (offset, kind) = zone_of(zone)?;
    done(time, offset, kind)
}

/// The date at the start of `text`, and what follows. A missing month or day is the first.
fn date(text: &str) -> Option<(NaiveDate, &str)> {
    if let Some(rest) = text.strip_prefix('-') {
        return without_century(rest);
    }
    let length = text.bytes().position(|byte| !byte.is_ascii_digit()).unwrap_or(text.len());
    let (number, rest) = text.split_at(length);
    match length {
        4 => year_and_more(number, rest),
        8 => Some((date_of(part(number, 0, 4)?, part(number, 4, 6)?, part(number, 6, 8)?)?, rest)),
        14 => {
            let (date, time) = text.split_at(8);
            Some((date_of(part(date, 0, 4)?, part(date, 4, 6)?, part(date, 6, 8)?)?, time))
        }
        7 => Some((day_of_year(part(number, 0, 4)?, part(number, 4, 7)?)?, rest)),
        5 => Some((day_of_year(full_year(number.get(..2)?)?, part(number, 2, 5)?)?, rest)),
        // Two digits, two digits, two digits: the year comes first.
        2 if rest.starts_with('-') => {
            let (month, rest) = digits(rest.get(1..)?, 2)?;
            let (day, rest) = digits(rest.strip_prefix('-')?, 2)?;
            let ends = !rest.starts_with(|letter: char| letter.is_ascii_digit());
            Some((date_of(full_year(number)?, month, day).filter(|_| ends)?, rest))
        }
        _ => None,
    }
}

fn year_and_more<'a>(number: &str, rest: &'a str) -> Option<(NaiveDate, &'a str)> {
    let year: u32 = number.parse().ok()?;
    let Some(separator) = rest.chars().next() else { return Some((date_of(year, 1, 1)?, rest)) };
    if !matches!(separator, '-' | '/' | '.') {
        return None;
    }
    let rest = rest.get(1..)?;
    let length = rest.bytes().position(|byte| !byte.is_ascii_digit()).unwrap_or(rest.len());
    let (month, rest) = rest.split_at(length);
    let Some(day) = rest.strip_prefix(separator) else {
        let date = match length {
            3 => day_of_year(year, month.parse().ok()?),
            1 | 2 if rest.is_empty() => date_of(year, month.parse().ok()?, 1),
            _ => None,
        };
        return Some((date?, rest));
    };
    if !(1..=3).contains(&length) {
        return None;
    }
    let (day, rest) = digits(day, 2).or_else(|| digits(day, 1))?;
    Some((date_of(year, month.parse().ok()?, day)?, rest))
}

/// `-26-11` and `-26`: year and month of this century (ISO 8601:1988, 5.2.1.3).
fn without_century(text: &str) -> Option<(NaiveDate, &str)> {
    let (year, rest) = digits(text, 2)?;
    let rest = rest.strip_prefix('-').unwrap_or(rest);
    let month = if rest.is_empty() { 1 } else { rest.parse().ok().filter(|_| rest.len() == 2)? };
    Some((date_of(2000 + year, month, 1)?, ""))
}

fn day_of_year(year: u32, day: u32) -> Option<NaiveDate> {
    plausible(NaiveDate::from_yo_opt(i32::try_from(year).ok()?, day)?)
}

fn part(text: &str, from: usize, to: usize) -> Option<u32> {
    text.get(from..to)?.parse().ok()
}

fn digits(text: &str, count: usize) -> Option<(u32, &str)> {
    let (head, rest) = text.split_at_checked(count)?;
    let all_digits = head.bytes().all(|byte| byte.is_ascii_digit());
    Some((head.parse().ok().filter(|_| all_digits)?, rest))
}

/// A time of day without colons: `03`, `0334` or `033435`.
fn compact_time(text: &str) -> Option<(NaiveTime, Days)> {
    let whole = matches!(text.len(), 2 | 4 | 6);
    let part = |from: usize| if from < text.len() { part(text, from, from + 2) } else { Some(0) };
    let time = NaiveTime::from_hms_opt(part(0)?, part(2)?, part(4)?)?;
    whole.then_some((time, Days::new(0)))
}
