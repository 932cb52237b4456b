//! Schedules as they are kept between polls: in one piece, and without what their feeds have.

use std::time::Duration;

use bytes::Bytes;
use chrono::{DateTime, Utc};
use news_model::{ContentHash, Doubt, Moving, Retirement, Rhythm, Schedule};

use super::{Span, Target};

/// A schedule, without the configured address, which is that of its feed. A poller keeps a hundred thousand of them and works on a few.
#[derive(Debug)]
pub(super) struct PackedSchedule {
    etag: Bytes,
    last_modified: Bytes,
    body_hash: Option<ContentHash>,
    next_due: DateTime<Utc>,
    interval: Span,
    last_polled: Option<DateTime<Utc>>,
    last_success: Option<DateTime<Utc>>,
    last_full: Option<DateTime<Utc>>,
    last_new: Option<DateTime<Utc>>,
    not_before: Option<DateTime<Utc>>,
    failures: u32,
    not_found: u32,
    doubt: Doubt,
    retirement: Option<Retirement>,
    rhythm: Option<Rhythm>,
    elsewhere: Option<Box<Elsewhere>>,
}

/// Addresses beside the configured one, which few feeds have.
#[derive(Debug)]
struct Elsewhere {
    adopted_url: Option<Box<str>>,
    moving: Option<Box<Moving>>,
}

impl PackedSchedule {
    pub(super) fn pack(schedule: Schedule) -> Self {
        let Schedule { adopted_url, moving, .. } = schedule;
        let is_elsewhere = adopted_url.is_some() || moving.is_some();
        Self {
            etag: schedule.etag,
            last_modified: schedule.last_modified,
            body_hash: schedule.body_hash,
            next_due: schedule.next_due,
            interval: schedule.interval.into(),
            last_polled: schedule.last_polled,
            last_success: schedule.last_success,
            last_full: schedule.last_full,
            last_new: schedule.last_new,
            not_before: schedule.not_before,
            failures: schedule.failures,
            not_found: schedule.not_found,
            doubt: schedule.doubt,
            retirement: schedule.retirement,
            rhythm: schedule.rhythm.map(|rhythm| *rhythm),
            elsewhere: is_elsewhere.then(|| Box::new(Elsewhere { adopted_url, moving })),
        }
    }

    pub(super) fn interval(&self) -> Duration {
        self.interval.into()
    }

    pub(super) fn unpack(self, feed: &Target) -> Schedule {
        let (adopted_url, moving) = self.elsewhere.map_or((None, None), |is| (is.adopted_url, is.moving));
        Schedule {
            configured_url: feed.url.as_str().to_owned(),
            etag: self.etag,
            last_modified: self.last_modified,
            body_hash: self.body_hash,
            next_due: self.next_due,
            interval: self.interval.into(),
            last_polled: self.last_polled,
            last_success: self.last_success,
            failures: self.failures,
            retirement: self.retirement,
            adopted_url,
            moving,
            last_full: self.last_full,
            doubt: self.doubt,
            not_found: self.not_found,
            rhythm: self.rhythm.map(Box::new),
            last_new: self.last_new,
            not_before: self.not_before,
        }
    }
}

#[cfg(test)]
mod tests {
    use news_model::{Feed, feed_url};

    use super::*;

    fn feed() -> Target {
        (&Feed::of_url(feed_url("http://harbourpost.example/rss.xml").unwrap(), DateTime::UNIX_EPOCH)).into()
    }

    #[test]
    fn a_schedule_loses_nothing_by_being_packed() {
        let instant = DateTime::from_timestamp(1_800_000_000, 123_456_789).unwrap();
        let schedule = Schedule {
            configured_url: feed().url.to_string(),
            etag: Bytes::from_static(b"W/\"\xff\""),
            body_hash: Some(ContentHash::of_body(b"body")),
            next_due: instant,
            interval: Duration::from_millis(1_500),
            last_polled: Some(instant),
            doubt: Doubt::MOST,
            retirement: Some(Retirement::Gone),
            adopted_url: Some("http://harbourpost.example/new.xml".into()),
            moving: Some(Box::new(Moving { to: "http://c.example/".to_owned(), sightings: 2, since: instant })),
            rhythm: Some(Box::new(Rhythm::unknown(instant))),
            failures: 1,
            not_found: 2,
            last_modified: Bytes::from_static(b"then"),
            last_success: Some(instant),
            last_full: Some(instant),
            last_new: Some(instant),
            not_before: Some(instant),
        };
        for schedule in [schedule, Schedule { configured_url: feed().url.to_string(), ..Schedule::default() }] {
            assert_eq!(PackedSchedule::pack(schedule.clone()).unpack(&feed()), schedule);
        }
    }

    #[test]
    fn a_feed_at_rest_takes_few_bytes() {
        let target = size_of::<Target>() + 2 * size_of::<usize>();
        let (entry, rest) = (size_of::<super::super::Entry>(), size_of::<super::super::entry::Rest>());

        assert!(target <= 192, "{target} bytes with its counts, and allocators have blocks of 192");
        assert!(entry <= 112, "{entry} bytes, and allocators have blocks of 112");
        assert!(rest <= 320, "{rest} bytes, and allocators have blocks of 320");
    }
}
