//! `courant parse --dates`: what dates are read as.

use std::{path::Path, str::FromStr};

use chrono::{DateTime, NaiveDateTime, SecondsFormat, Utc};
use feed_core::parse::{ReadDate, read_date};
use serde::{Deserialize, Serialize};
use service_kit::exit::Exit;

use super::json;
use crate::show;

/// A date to read.
#[derive(Debug, Deserialize)]
struct Question {
    input: String,
    #[serde(default)]
    expect: Expected,
}

/// What a date should be read as.
#[derive(Debug, Default, Deserialize)]
#[serde(untagged)]
enum Expected {
    /// Not said.
    #[default]
    #[serde(skip)]
    Unsaid,
    /// A time, or `ANY` for whichever.
    Date(String),
    /// Null: none.
    NoDate,
}

/// What it was read as.
#[derive(Debug, Serialize, PartialEq, Eq)]
struct Answer {
    input: String,
    /// RFC 3339, in UTC.
    date: Option<String>,
    /// `ISO`, `WORDS`, `NUMBERS` or `EPOCH`.
    rule: Option<&'static str>,
    /// How its zone is known: `OFFSET`, `NAMED`, `ASSUMED` or `UNKNOWN`.
    zone: Option<&'static str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    agrees: Option<bool>,
}

/// Reads the dates in `file` and tells how many are as expected.
pub(super) fn run(file: &Path) -> Exit {
    let text = match std::fs::read_to_string(file) {
        Ok(text) => text,
        Err(error) => return show::failure(&format!("cannot read {}: {error}", file.display()), Exit::Usage),
    };
    let answers: Vec<_> = text.lines().filter(|line| !line.trim().is_empty()).map(answer).collect();
    for answer in &answers {
        show::line(&json(answer));
    }
    let judged: Vec<_> = answers.iter().filter_map(|answer| answer.agrees).collect();
    if !judged.is_empty() {
        let right = judged.iter().filter(|agrees| **agrees).count();
        show::note(&format!("{right} of {} dates are as expected", judged.len()));
    }
    Exit::Success
}

fn answer(line: &str) -> Answer {
    let plain = || Question { input: line.to_owned(), expect: Expected::Unsaid };
    let Question { input, expect } = serde_json::from_str(line).unwrap_or_else(|_| plain());
    let read = read_date(&input);
    let agrees = expect.agrees(read.as_ref().map(|read| read.at));
    Answer {
        input,
        date: read.map(|read| read.at.to_rfc3339_opts(SecondsFormat::AutoSi, true)),
        rule: read.map(|ReadDate { rule, .. }| ending(rule.as_str_name(), "DATE_RULE_")),
        zone: read.map(|ReadDate { zone, .. }| ending(zone.as_str_name(), "DATE_ZONE_")),
        agrees,
    }
}

/// The name of a value without that of its kind.
fn ending(name: &'static str, kind: &str) -> &'static str {
    name.strip_prefix(kind).unwrap_or(name)
}

impl Expected {
    fn agrees(&self, read: Option<DateTime<Utc>>) -> Option<bool> {
        match self {
            Self::Unsaid => None,
            Self::Date(date) if date == "ANY" => Some(read.is_some()),
            Self::Date(date) => Some(instant(date) == read.map(|read| read.timestamp())),
            Self::NoDate => Some(read.is_none()),
        }
    }
}

/// The second that is expected, in UTC where no zone is given.
fn instant(text: &str) -> Option<i64> {
    let zoned = DateTime::parse_from_rfc3339(text).map(|date| date.timestamp());
    zoned.or_else(|_| NaiveDateTime::from_str(text).map(|date| date.and_utc().timestamp())).ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn dates_are_read_plain_or_beside_what_is_expected() {
        let told = |line: &str| {
            let Answer { date, agrees, .. } = answer(line);
            (date, agrees)
        };
        let date = Some("2026-11-24T03:34:35Z".to_owned());
        assert_eq!(told("Tue, 24 Nov 2026 03:34:35 GMT"), (date.clone(), None));
        let asked = |expect: &str| format!("{{\"input\":\"2026-11-24T04:34:35+01:00\",\"expect\":{expect}}}");
        assert_eq!(told(&asked("\"2026-11-24T03:34:35Z\"")), (date.clone(), Some(true)));
        assert_eq!(told(&asked("\"2026-11-24T03:34:35.250\"")), (date.clone(), Some(true)));
        assert_eq!(told(&asked("\"ANY\"")), (date.clone(), Some(true)));
        assert_eq!(told(&asked("null")), (date, Some(false)));
        assert_eq!(told("{\"input\":\"soon\",\"expect\":null}"), (None, Some(true)));
    }
}
