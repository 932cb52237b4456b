//! Schedules as they are kept between polls: encoded, for a poller keeps a hundred thousand of them and works on a few.

use std::time::Duration;

use bytes::Bytes;
use chrono::{DateTime, Utc};
use news_model::{Schedule, wire};
use prost::Message;

use super::Target;

/// A schedule, without the configured address, which is that of its feed.
#[derive(Debug)]
pub(super) struct PackedSchedule {
    /// Shared by the validators of what is unpacked from it.
    rest: Bytes,
    /// What the wire form rounds to seconds; a poll every half second must not lose it each time.
    interval: Duration,
    watched_until: Option<DateTime<Utc>>,
}

impl PackedSchedule {
    pub(super) fn pack(schedule: &Schedule) -> Self {
        Self {
            rest: schedule.to_nameless_wire().encode_to_vec().into(),
            interval: schedule.interval,
            watched_until: schedule.rhythm.as_ref().map(|rhythm| rhythm.as_of),
        }
    }

    pub(super) fn interval(&self) -> Duration {
        self.interval
    }

    pub(super) fn unpack(&self, feed: &Target) -> Schedule {
        let wire = wire::FeedSchedule::decode(self.rest.clone()).ok();
        let mut schedule = wire.and_then(|wire| Schedule::try_from(wire).ok()).unwrap_or_default();
        feed.url.as_str().clone_into(&mut schedule.configured_url);
        schedule.interval = self.interval;
        if let (Some(rhythm), Some(until)) = (&mut schedule.rhythm, self.watched_until) {
            rhythm.as_of = until;
        }
        schedule
    }
}

#[cfg(test)]
mod tests {
    use news_model::{ContentHash, Doubt, Feed, Rhythm, feed_url};

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
            rhythm: Some(Box::new(Rhythm::unknown(instant))),
            ..Schedule::default()
        };
        for schedule in [schedule, Schedule { configured_url: feed().url.to_string(), ..Schedule::default() }] {
            assert_eq!(PackedSchedule::pack(&schedule).unpack(&feed()), schedule);
        }
    }

    #[test]
    fn a_feed_at_rest_takes_few_bytes() {
        let now = DateTime::from_timestamp(1_800_000_000, 123_000_000).unwrap();
        let polled = Schedule {
            etag: Bytes::from_static(b"\"0123456789abcdef0123456789abcdef\""),
            last_modified: Bytes::from_static(b"Mon, 01 Jan 2024 00:00:00 GMT"),
            body_hash: Some(ContentHash::of_body(b"body")),
            next_due: now,
            interval: Duration::from_mins(15),
            last_polled: Some(now),
            last_success: Some(now),
            last_full: Some(now),
            last_new: Some(now),
            rhythm: Some(Box::new(Rhythm::unknown(now))),
            ..Schedule::default()
        };

        let packed = PackedSchedule::pack(&polled).rest.len() + feed().url.as_str().len();
        let target = size_of::<Target>() + 2 * size_of::<usize>();

        assert!(packed <= 320, "{packed} bytes, and a hundred thousand feeds are to fit into 300 MB with their items");
        assert!(target <= 192, "{target} bytes with its counts, and allocators have blocks of 192");
        assert!(size_of::<super::super::Entry>() <= 256, "a size that allocators have blocks of");
    }
}
