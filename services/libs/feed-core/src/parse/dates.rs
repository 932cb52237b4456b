//! Dates as feeds write them: RFC 3339 and RFC 822, and what people take for them.

use chrono::{DateTime, Datelike, Days, FixedOffset, NaiveDate, NaiveTime, TimeZone, Utc};

/// Longest date text that is read; the longest in use have about 60 bytes.
const MAX_DATE_BYTES: usize = 100;

/// The time that `text` names, or `None`. A missing time of day is midnight, a missing or unknown zone UTC.
pub(crate) fn parse_date(text: &str) -> Option<DateTime<Utc>> {
    let text = text.trim();
    if text.is_empty() || text.len() > MAX_DATE_BYTES {
        return None;
    }
    iso(text).or_else(|| worded(text))
}

/// `2026-11-24T03:34:35.5+01:00` and its shorter and looser forms.
fn iso(text: &str) -> Option<DateTime<Utc>> {
    let (date, rest) = iso_date(text)?;
    let rest = rest.trim_start_matches(['T', 't', ' ', '_']);
    if rest.is_empty() {
        return at(date, NaiveTime::MIN, 0);
    }
    let clock_bytes = |byte: u8| byte.is_ascii_digit() || matches!(byte, b':' | b'.' | b',');
    let end = rest.bytes().position(|byte| !clock_bytes(byte)).unwrap_or(rest.len());
    let (clock, zone) = rest.split_at(end);
    let (time, days) = if clock.contains(':') { clock_time(clock)? } else { compact_time(clock)? };
    let offset = match zone.trim() {
        "" => 0,
        zone => zone_offset(zone)?,
    };
    at(date.checked_add_days(days)?, time, offset)
}

/// Year, month and day at the start of `text`, and what follows. A missing month or day is the first.
fn iso_date(text: &str) -> Option<(NaiveDate, &str)> {
    let (year, rest) = digits(text, 4)?;
    if let Some((compact, after)) = digits(rest, 4)
        && !after.starts_with(|letter: char| letter.is_ascii_digit())
    {
        return Some((date_of(year, compact / 100, compact % 100)?, after));
    }
    let separator = match rest.chars().next() {
        Some(separator @ ('-' | '/' | '.')) => separator,
        None => return Some((date_of(year, 1, 1)?, rest)),
        Some(_) => return None,
    };
    let (month, rest) = one_or_two_digits(rest.get(1..)?)?;
    let Some(day) = rest.strip_prefix(separator) else {
        return rest.is_empty().then(|| date_of(year, month, 1))?.map(|date| (date, rest));
    };
    let (day, rest) = one_or_two_digits(day)?;
    Some((date_of(year, month, day)?, rest))
}

/// `Tue, 24 Nov 2026 03:34:35 +0100` and whatever else names a day, a month, a year and perhaps a time.
fn worded(text: &str) -> Option<DateTime<Utc>> {
    let mut parts = Parts::default();
    for word in text.split(|letter: char| letter.is_whitespace() || matches!(letter, ',' | '(' | ')')) {
        parts.read(word)?;
    }
    let date = date_of(parts.year?, parts.month?, parts.day?)?;
    let (time, days) = parts.time.unwrap_or((NaiveTime::MIN, Days::new(0)));
    let time = match parts.afternoon {
        Some(afternoon) => twelve_hours(time, afternoon)?,
        None => time,
    };
    at(date.checked_add_days(days)?, time, parts.offset.unwrap_or(0))
}

#[derive(Default)]
struct Parts {
    year: Option<u32>,
    month: Option<u32>,
    day: Option<u32>,
    time: Option<(NaiveTime, Days)>,
    afternoon: Option<bool>,
    offset: Option<i32>,
}

impl Parts {
    /// Takes one word into account, or `None` when it belongs to no date.
    fn read(&mut self, word: &str) -> Option<()> {
        let word = word.trim_matches('.');
        let lower = word.to_ascii_lowercase();
        match lower.as_str() {
            "" | "at" | "of" | "the" | "t" => {}
            "am" | "a.m" => self.afternoon = Some(false),
            "pm" | "p.m" => self.afternoon = Some(true),
            _ if word.contains(':') && word.starts_with(|letter: char| letter.is_ascii_digit()) => {
                self.read_clock(word)?;
            }
            _ if word.bytes().all(|byte| byte.is_ascii_digit()) => self.number(word)?,
            _ if word.contains(['-', '/'])
                && word.starts_with(|letter: char| letter.is_ascii_alphanumeric())
                && self.month.is_none() =>
            {
                for part in word.split(['-', '/']) {
                    self.read(part)?;
                }
            }
            _ => self.name_or_zone(word, &lower)?,
        }
        Some(())
    }

    /// A clock with what may be glued to it: `10:20:30Z`, `10:20pm`, `10:20:30+0100`.
    fn read_clock(&mut self, word: &str) -> Option<()> {
        let end =
            word.bytes().position(|byte| !byte.is_ascii_digit() && byte != b':' && byte != b'.').unwrap_or(word.len());
        let (clock, tail) = word.split_at(end);
        self.time = Some(clock_time(clock)?);
        if tail.is_empty() { Some(()) } else { self.read(tail) }
    }

    fn number(&mut self, word: &str) -> Option<()> {
        let number: u32 = word.parse().ok()?;
        if word.len() <= 2 && self.day.is_none() {
            self.day = Some(number);
        } else if self.year.is_none() && matches!(word.len(), 2 | 4) {
            // RFC 2822, 4.3: two digits up to 49 mean this century.
            self.year = Some(match (word.len(), number) {
                (2, 0..50) => number + 2000,
                (2, _) => number + 1900,
                _ => number,
            });
        } else if self.offset.is_none() && word.len() == 4 {
            // A zone whose plus sign was lost on the way, as a blank in a URL.
            self.offset = zone_offset(&format!("+{word}"));
        } else {
            return None;
        }
        Some(())
    }

    fn name_or_zone(&mut self, word: &str, lower: &str) -> Option<()> {
        const WEEKDAYS: [&str; 7] = ["mon", "tue", "wed", "thu", "fri", "sat", "sun"];
        let start = lower.get(..3).unwrap_or(lower);
        let ordinal = ["st", "nd", "rd", "th"]
            .iter()
            .find_map(|ending| lower.strip_suffix(ending))
            .filter(|number| number.bytes().all(|byte| byte.is_ascii_digit()));
        if let Some(offset) = zone_offset(word) {
            self.offset = Some(offset);
        } else if let Some(month) = month_of(start) {
            self.month = Some(month);
        } else if let Some(number) = ordinal {
            self.day = Some(number.parse().ok()?);
        } else if !WEEKDAYS.contains(&start) && !self.may_ignore(word) {
            return None;
        }
        Some(())
    }

    /// Whether an unknown word does no harm: before the day it is a weekday in some language, behind the time a zone nobody knows.
    /// Between them it may be a month.
    fn may_ignore(&self, word: &str) -> bool {
        if word == "-" {
            return true;
        }
        let named = word.starts_with(char::is_alphabetic) && !word.contains(|letter: char| letter.is_ascii_digit());
        named && (self.time.is_some() || self.day.is_none())
    }
}

fn month_of(start: &str) -> Option<u32> {
    const MONTHS: [&str; 12] = ["jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec"];
    (1..).zip(MONTHS).find_map(|(number, name)| (name == start).then_some(number))
}

/// Seconds east of UTC. Letters stand for the zones of RFC 822 and the few others in common use.
fn zone_offset(zone: &str) -> Option<i32> {
    let upper = zone.to_ascii_uppercase();
    let signed = upper
        .strip_prefix("GMT")
        .or_else(|| upper.strip_prefix("UTC"))
        .filter(|rest| !rest.is_empty())
        .unwrap_or(&upper);
    if let Some(rest) = signed.strip_prefix(['+', '-']) {
        let sign = if signed.starts_with('-') { -1 } else { 1 };
        let (hours, minutes) = match rest.split_once(':') {
            Some((hours, minutes)) => (hours.parse::<i32>().ok()?, minutes.parse().ok()?),
            None if rest.len() <= 2 => (rest.parse().ok()?, 0),
            None => {
                let number: i32 = rest.parse().ok().filter(|_| rest.len() <= 4)?;
                (number / 100, number % 100)
            }
        };
        let valid = (0..=15).contains(&hours) && (0..60).contains(&minutes);
        return valid.then_some(sign * (hours * 3600 + minutes * 60));
    }
    let hours = match upper.as_str() {
        "Z" | "UT" | "UTC" | "GMT" | "WET" => 0,
        "BST" | "CET" | "MEZ" | "IST" => return Some(if upper == "IST" { 19_800 } else { 3600 }),
        "CEST" | "MEST" | "MESZ" | "EET" | "SAST" => 2,
        "EEST" | "MSK" => 3,
        "JST" | "KST" => 9,
        "AEST" => 10,
        "AEDT" => 11,
        "EDT" => -4,
        "EST" | "ET" | "CDT" => -5,
        "CST" | "CT" | "MDT" => -6,
        "MST" | "MT" | "PDT" => -7,
        "PST" | "PT" => -8,
        _ => return None,
    };
    Some(hours * 3600)
}

/// A time of day with colons, and the day that 24:00 adds.
fn clock_time(text: &str) -> Option<(NaiveTime, Days)> {
    let mut parts = text.split([':', ',']);
    let hours: u32 = parts.next()?.parse().ok()?;
    let minutes: u32 = parts.next()?.parse().ok()?;
    let seconds = parts.next().unwrap_or("0");
    let (seconds, fraction) = seconds.split_once('.').unwrap_or((seconds, ""));
    let seconds: u32 = seconds.parse().ok()?;
    let millis: u32 = format!("{fraction:0<3}").get(..3)?.parse().ok()?;
    let (hours, days) = if hours == 24 { (0, 1) } else { (hours, 0) };
    // A leap second is the last ordinary one.
    let time = NaiveTime::from_hms_milli_opt(hours, minutes, if seconds == 60 { 59 } else { seconds }, millis)?;
    Some((time, Days::new(days)))
}

/// A time of day without colons: `03`, `0334` or `033435`.
fn compact_time(text: &str) -> Option<(NaiveTime, Days)> {
    let part = |range: std::ops::Range<usize>| match text.get(range) {
        Some(digits) => digits.parse::<u32>().ok(),
        None => Some(0),
    };
    let whole = matches!(text.len(), 2 | 4 | 6);
    let time = NaiveTime::from_hms_opt(part(0..2)?, part(2..4)?, part(4..6)?)?;
    whole.then_some((time, Days::new(0)))
}

fn twelve_hours(time: NaiveTime, afternoon: bool) -> Option<NaiveTime> {
    use chrono::Timelike;
    let hour = match (time.hour(), afternoon) {
        (12, false) => 0,
        (hour @ 1..12, true) => hour + 12,
        (hour, _) => hour,
    };
    time.with_hour(hour)
}

fn at(date: NaiveDate, time: NaiveTime, offset: i32) -> Option<DateTime<Utc>> {
    let zone = FixedOffset::east_opt(offset)?;
    let local = zone.from_local_datetime(&date.and_time(time)).single()?;
    Some(local.with_timezone(&Utc))
}

fn date_of(year: u32, month: u32, day: u32) -> Option<NaiveDate> {
    let date = NaiveDate::from_ymd_opt(i32::try_from(year).ok()?, month, day)?;
    // The year 0001 is what some systems write for no date.
    (1900..=9999).contains(&date.year()).then_some(date)
}

fn digits(text: &str, count: usize) -> Option<(u32, &str)> {
    let (head, rest) = text.split_at_checked(count)?;
    let all_digits = head.bytes().all(|byte| byte.is_ascii_digit());
    Some((head.parse().ok().filter(|_| all_digits)?, rest))
}

fn one_or_two_digits(text: &str) -> Option<(u32, &str)> {
    digits(text, 2).or_else(|| digits(text, 1))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn shown(text: &str) -> String {
        parse_date(text).map_or_else(|| "none".to_owned(), |date| date.to_rfc3339())
    }

    #[test]
    fn standard_forms_are_read() {
        let cases = [
            ("Tue, 24 Nov 2026 03:34:35 GMT", "2026-11-24T03:34:35+00:00"),
            ("24 Nov 26 03:34 EST", "2026-11-24T08:34:00+00:00"),
            ("2026-11-24T03:34:35.250+01:00", "2026-11-24T02:34:35.250+00:00"),
            ("2026-11-24T03:34:35Z", "2026-11-24T03:34:35+00:00"),
            ("2026-11-24", "2026-11-24T00:00:00+00:00"),
        ];
        for (text, date) in cases {
            assert_eq!(shown(text), date, "{text}");
        }
    }

    #[test]
    fn loose_forms_are_read() {
        let cases = [
            ("2026-11-24 03:34:35 +0100", "2026-11-24T02:34:35+00:00"),
            ("20261124T033435Z", "2026-11-24T03:34:35+00:00"),
            ("November 24, 2026 3:34 pm", "2026-11-24T15:34:00+00:00"),
            ("Tuesday, 24-Nov-2026 24:00:00 GMT", "2026-11-25T00:00:00+00:00"),
            ("mar., 24 Nov 2026 03:34:35 -0800", "2026-11-24T11:34:35+00:00"),
            ("Tue Nov 24 03:34:35 UTC 2026", "2026-11-24T03:34:35+00:00"),
            ("2026/11/24 03:34", "2026-11-24T03:34:00+00:00"),
            ("Вт, 24 Nov 2026 06:00 MSK", "2026-11-24T03:00:00+00:00"),
            ("2026-11", "2026-11-01T00:00:00+00:00"),
        ];
        for (text, date) in cases {
            assert_eq!(shown(text), date, "{text}");
        }
    }

    #[test]
    fn what_is_no_date_is_none() {
        for text in [
            "",
            "soon",
            "32 Nov 2026",
            "2026-13-01",
            "0001-01-01T00:00:00Z",
            "99:99",
            "mar., 01 déc. 2020 16:11:02 +0000",
            "16 Dec 2012 11:47:32 +zz:00",
            "1",
        ] {
            assert_eq!(shown(text), "none", "{text}");
        }
    }
}
