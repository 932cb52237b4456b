//! `courant feeds list`: the catalogue, whole or by how the feeds stand.

use std::time::Duration;

use chrono::{DateTime, TimeDelta, Utc};
use clap::Args;
use feed_core::due::failed_in_a_row;
use news_model::{Feed, Retirement, Schedule, StateFault};
use serde::Serialize;
use service_kit::{clock, exit::Exit};

use crate::{
    catalogue::{Catalogue, ReadFailure},
    config::Kafka,
    show, states,
};

/// Which feeds are listed, and how. Of several conditions one must hold.
#[derive(Debug, Args)]
pub(crate) struct ListArgs {
    /// One JSON object a line.
    #[arg(long)]
    json: bool,
    /// Those that failed when they were last polled.
    #[arg(long)]
    failing: bool,
    /// Those that answer but have brought no new item for this long; 30 days unless said otherwise.
    #[arg(
        long, value_name = "TIME", num_args = 0..=1, require_equals = true, default_missing_value = "30days",
        value_parser = humantime::parse_duration
    )]
    silent: Option<Duration>,
    /// Those that are gone (410, or 404 several times in a row) and looked at rarely.
    #[arg(long)]
    gone: bool,
}

#[derive(Serialize)]
struct Listed<'a> {
    id: &'a str,
    url: &'a str,
    title: &'a str,
    folders: &'a [String],
    tags: &'a [String],
    shard_key: &'a str,
    partition: i32,
    created_at: Option<DateTime<Utc>>,
    /// Why it is listed, where a condition was given.
    #[serde(skip_serializing_if = "Option::is_none")]
    why: Option<String>,
}

/// Lists the catalogue. Blocks.
///
/// # Errors
/// When the cluster does not answer or a topic is missing.
pub(super) fn list(kafka: &Kafka, args: &ListArgs) -> Result<Exit, ReadFailure> {
    let catalogue = Catalogue::read(kafka)?;
    let states = if args.has_condition() { Some(states::read_all(kafka)?) } else { None };
    let now = clock::now();
    for (partition, feed) in catalogue.feeds.values() {
        let why = match &states {
            None => None,
            Some(states) => match states.get(&feed.id).and_then(|read| args.why_read(feed, read, now)) {
                None => continue,
                why => why,
            },
        };
        show_one(feed, *partition, why, args.json);
    }
    if catalogue.feeds.is_empty() {
        show::note("the catalogue is empty; `courant feeds add URL` or `courant feeds import FILE` fills it");
    }
    catalogue.tell_unreadable();
    Ok(Exit::Success)
}

fn show_one(feed: &Feed, partition: i32, why: Option<String>, json: bool) {
    let listed = Listed {
        id: feed.id.as_str(),
        url: feed.url.as_str(),
        title: &feed.title,
        folders: &feed.folders,
        tags: &feed.tags,
        shard_key: feed.shard_key.as_str(),
        partition,
        created_at: feed.created_at,
        why,
    };
    if json {
        show::line(&serde_json::to_string(&listed).unwrap_or_default());
        return;
    }
    let mut line = format!("{}  {}", listed.id, listed.url);
    for more in [listed.title, listed.why.as_deref().unwrap_or_default()] {
        if !more.is_empty() {
            line.push_str("  ");
            line.push_str(&show::one_line(more));
        }
    }
    show::line(&line);
}

impl ListArgs {
    fn has_condition(&self) -> bool {
        self.failing || self.gone || self.silent.is_some()
    }

    /// Which of the conditions holds for `feed`, in words; one whose state cannot be used is not polled, and so fails.
    fn why_read(&self, feed: &Feed, read: &Result<Schedule, StateFault>, now: DateTime<Utc>) -> Option<String> {
        match read {
            Ok(schedule) => self.why(feed, schedule, now),
            Err(fault) => self.failing.then(|| format!("left alone: {fault}")),
        }
    }

    /// Which of the conditions holds for `feed`, in words.
    fn why(&self, feed: &Feed, schedule: &Schedule, now: DateTime<Utc>) -> Option<String> {
        if let Some(retirement) = schedule.retirement {
            return self.gone.then(|| match retirement {
                Retirement::Gone => "gone for good (410)".to_owned(),
                Retirement::NotFound => "not found (404) several times in a row".to_owned(),
            });
        }
        if schedule.failures > 0 {
            return self.failing.then(|| {
                let last = schedule.last_success;
                let read = last.map_or("never read".to_owned(), |last| format!("not read since {}", last.to_rfc3339()));
                format!("{}, {read}", failed_in_a_row(schedule.failures))
            });
        }
        let silent = self.silent.and_then(|silent| TimeDelta::from_std(silent).ok())?;
        schedule.last_success?;
        let last_new = schedule.last_new;
        let quiet_since = last_new.or(feed.created_at)?;
        (now - quiet_since >= silent).then(|| format!("nothing new since {}", quiet_since.to_rfc3339()))
    }
}

#[cfg(test)]
mod tests {
    use news_model::feed_url;

    use super::*;

    const DAY: i64 = 86_400;

    fn at(days: i64) -> DateTime<Utc> {
        DateTime::from_timestamp(1_800_000_000 + days * DAY, 0).unwrap()
    }

    fn args(failing: bool, silent_days: Option<u32>, gone: bool) -> ListArgs {
        let silent = silent_days.map(|days| Duration::from_hours(24) * days);
        ListArgs { json: false, failing, silent, gone }
    }

    fn why(args: &ListArgs, schedule: &Schedule) -> Option<String> {
        let feed = Feed::of_url(feed_url("http://a.example/rss").unwrap(), at(-40));
        args.why(&feed, schedule, at(0))
    }

    fn answering() -> Schedule {
        Schedule { last_success: Some(at(0)), last_new: Some(at(-10)), ..Schedule::default() }
    }

    #[test]
    fn a_feed_is_silent_once_it_answers_and_brought_nothing_for_so_long() {
        assert_eq!(why(&args(false, Some(30), false), &answering()), None);
        assert!(why(&args(false, Some(7), false), &answering()).unwrap().contains("nothing new since 2027-01-05"));
        let never = Schedule { last_new: None, ..answering() };
        assert!(why(&args(false, Some(30), false), &never).is_some(), "silent since it was added");
        let failing = Schedule { failures: 1, ..answering() };
        assert_eq!(why(&args(false, Some(7), false), &failing), None, "it does not answer");
    }

    #[test]
    fn failing_and_gone_are_told_apart() {
        let failing = Schedule { failures: 3, ..answering() };
        let gone = Schedule { retirement: Some(Retirement::Gone), ..failing.clone() };
        assert!(why(&args(true, None, false), &failing).unwrap().starts_with("3 failed polls"));
        assert_eq!(why(&args(true, None, false), &gone), None);
        assert_eq!(why(&args(false, None, true), &failing), None);
        assert!(why(&args(false, None, true), &gone).unwrap().contains("410"));
        assert_eq!(why(&args(true, None, true), &answering()), None);
        let never = Schedule { failures: 1, ..Schedule::default() };
        assert_eq!(why(&args(true, None, false), &never).unwrap(), "1 failed poll in a row, never read");
    }

    #[test]
    fn a_feed_whose_state_cannot_be_used_is_among_those_that_fail() {
        let feed = Feed::of_url(feed_url("http://a.example/rss").unwrap(), at(-40));
        let newer = Err(StateFault::Newer(7));
        let why = |args: &ListArgs| args.why_read(&feed, &newer, at(0));
        assert!(why(&args(true, None, false)).unwrap().starts_with("left alone: "));
        assert_eq!(why(&args(false, Some(1), true)), None);
    }
}
