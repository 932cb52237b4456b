//! Feeds and schedules as they are kept between polls: encoded, for a poller keeps a hundred thousand of them and works on a few.

use std::time::Duration;

use chrono::{DateTime, Utc};
use news_model::{Feed, Schedule, wire};
use prost::Message;

/// A feed of the catalogue.
#[derive(Debug)]
pub(super) struct PackedFeed(Box<[u8]>);

/// A schedule, without the configured address, which is that of its feed.
#[derive(Debug)]
pub(super) struct PackedSchedule {
    rest: Box<[u8]>,
    /// What the wire form rounds to seconds; a poll every half second must not lose it each time.
    interval: Duration,
    watched_until: Option<DateTime<Utc>>,
}

impl PackedFeed {
    pub(super) fn pack(feed: &Feed) -> Self {
        Self(feed.to_wire().encode_to_vec().into())
    }

    pub(super) fn unpack(&self) -> Feed {
        let feed = wire::Feed::decode(&*self.0).ok().and_then(|feed| Feed::try_from(feed).ok());
        #[expect(clippy::expect_used, reason = "it was packed from a feed, and every feed survives its wire form")]
        feed.expect("a packed feed is whole")
    }
}

impl PackedSchedule {
    pub(super) fn pack(schedule: &Schedule, feed: &Feed) -> Self {
        let mut wire = schedule.to_wire(&feed.id);
        wire.feed_id = String::new();
        wire.configured_url = String::new();
        Self {
            rest: wire.encode_to_vec().into(),
            interval: schedule.interval,
            watched_until: schedule.rhythm.as_ref().map(|rhythm| rhythm.as_of),
        }
    }

    pub(super) fn unpack(&self, feed: &Feed) -> Schedule {
        let wire = wire::FeedSchedule::decode(&*self.rest).ok();
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
    use bytes::Bytes;
    use news_model::{ContentHash, Doubt, Rhythm, feed_url};

    use super::*;

    fn feed() -> Feed {
        Feed::of_url(feed_url("http://harbourpost.example/rss.xml").unwrap(), DateTime::UNIX_EPOCH)
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
            assert_eq!(PackedSchedule::pack(&schedule, &feed()).unpack(&feed()), schedule);
        }
    }

    #[test]
    fn a_feed_loses_nothing_by_being_packed() {
        let named = Feed { title: "Harbour Post".into(), min_interval: Some(Duration::from_secs(90)), ..feed() };
        assert_eq!(PackedFeed::pack(&named).unpack(), named);
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

        let packed = PackedSchedule::pack(&polled, &feed()).rest.len() + PackedFeed::pack(&feed()).0.len();

        assert!(packed <= 400, "{packed} bytes, and a hundred thousand feeds are to fit into 300 MB with their items");
        assert!(size_of::<super::super::Entry>() <= 232, "a size that allocators have blocks of");
    }
}
