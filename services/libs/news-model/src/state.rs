//! What the poller remembers of a feed, checked.

mod rhythm;
mod seen;

use std::{fmt, str::FromStr, time::Duration};

use bytes::Bytes;
use chrono::{DateTime, Utc};

use crate::{
    ids::{BadId, ContentHash, FeedId},
    time::{from_timestamp, to_timestamp},
    wire,
};

pub use rhythm::{Level, Rhythm};
pub use seen::{Habits, LiveItem, RememberedItem, SEEN_VERSION, Seen, SeenItems, content_start};

/// Highest layout of schedules that this process reads; it leaves newer ones as they are. That of seen items is [`SEEN_VERSION`].
pub const STATE_VERSION: u32 = 1;

/// Key of a record of `feed-state`.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub enum StateKey {
    /// `<feed id>/schedule`
    Schedule(FeedId),
    /// `<feed id>/seen`
    Seen(FeedId),
}

/// When and how a feed is polled next.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Schedule {
    /// Configured address this was learnt from.
    pub configured_url: String,
    /// `ETag` exactly as received; empty for none.
    pub etag: Bytes,
    /// `Last-Modified` exactly as received; empty for none.
    pub last_modified: Bytes,
    /// Hash of the last body that was parsed.
    pub body_hash: Option<ContentHash>,
    /// Earliest time of the next poll.
    pub next_due: DateTime<Utc>,
    /// Interval chosen by the last poll, before jitter.
    pub interval: Duration,
    /// When the last committed poll began.
    pub last_polled: Option<DateTime<Utc>>,
    /// When an answer last said what stands in the feed.
    pub last_success: Option<DateTime<Utc>>,
    /// Failed polls since then.
    pub failures: u32,
    /// Why it is polled only rarely.
    pub retirement: Option<Retirement>,
    /// Address asked in place of the configured one.
    pub adopted_url: Option<Box<str>>,
    /// A permanent redirect that is not adopted yet.
    pub moving: Option<Box<Moving>>,
    /// When it was last read in full.
    pub last_full: Option<DateTime<Utc>>,
    /// Doubt in its 304s.
    pub doubt: Doubt,
    /// Answers 404 since the last success.
    pub not_found: u32,
    /// When its items came; `None` before it was read.
    pub rhythm: Option<Box<Rhythm>>,
    /// When a poll last brought an item that was not known.
    pub last_new: Option<DateTime<Utc>>,
    /// Until when the server wants the address left alone.
    pub not_before: Option<DateTime<Utc>>,
}

/// A permanent redirect on its way to being adopted.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Moving {
    /// Where it leads to.
    pub to: String,
    /// How often it was seen.
    pub sightings: u32,
    /// When it was first seen.
    pub since: DateTime<Utc>,
}

/// How far a feed's 304s are doubted, from 0 to 24.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Doubt(u8);

/// Why a feed is polled only rarely.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Retirement {
    /// 410.
    Gone,
    /// 404, several times.
    NotFound,
}

/// Why a state record cannot be used.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum StateFault {
    /// A newer Courant wrote it; it must not be overwritten.
    #[error("written in layout version {0}, which this process does not know; upgrade it to poll this feed")]
    Newer(u32),
    /// It does not hold what it should.
    #[error("damaged: {0}")]
    Damaged(&'static str),
}

impl StateKey {
    /// The feed it belongs to.
    #[must_use]
    pub fn feed(&self) -> &FeedId {
        match self {
            Self::Schedule(feed) | Self::Seen(feed) => feed,
        }
    }
}

impl fmt::Display for StateKey {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Schedule(feed) => write!(out, "{feed}/schedule"),
            Self::Seen(feed) => write!(out, "{feed}/seen"),
        }
    }
}

impl FromStr for StateKey {
    type Err = BadId;

    fn from_str(text: &str) -> Result<Self, BadId> {
        match text.split_once('/') {
            Some((feed, "schedule")) => Ok(Self::Schedule(feed.parse()?)),
            Some((feed, "seen")) => Ok(Self::Seen(feed.parse()?)),
            _ => Err(BadId::of("feed state key", "<feed id>/schedule or <feed id>/seen", text)),
        }
    }
}

impl Doubt {
    /// As far as can be.
    pub const MOST: Self = Self(24);

    /// Doubt of this level, at most [`Self::MOST`].
    #[must_use]
    pub fn of_level(level: u8) -> Self {
        Self(level.min(Self::MOST.0))
    }

    /// Its level.
    #[must_use]
    pub fn level(self) -> u8 {
        self.0
    }
}

impl Default for Doubt {
    /// A third of the most: nothing is known.
    fn default() -> Self {
        Self(8)
    }
}

impl Schedule {
    /// The wire form for `feed`.
    #[must_use]
    pub fn to_wire(&self, feed: &FeedId) -> wire::FeedSchedule {
        wire::FeedSchedule {
            version: STATE_VERSION,
            feed_id: feed.to_string(),
            configured_url: self.configured_url.clone(),
            etag: self.etag.clone(),
            last_modified: self.last_modified.clone(),
            body_hash: self.body_hash.map_or_else(Bytes::new, |hash| Bytes::copy_from_slice(hash.as_bytes())),
            next_due: Some(to_timestamp(self.next_due)),
            interval_seconds: u32::try_from(self.interval.as_secs()).unwrap_or(u32::MAX),
            last_polled: self.last_polled.map(to_timestamp),
            last_success: self.last_success.map(to_timestamp),
            failures: self.failures,
            retirement: i32::from(match self.retirement {
                None => wire::Retirement::Unspecified,
                Some(Retirement::Gone) => wire::Retirement::Gone,
                Some(Retirement::NotFound) => wire::Retirement::NotFound,
            }),
            adopted_url: self.adopted_url.as_deref().unwrap_or_default().to_owned(),
            moving: self.moving.as_deref().map(|moving| wire::Moving {
                to: moving.to.clone(),
                sightings: moving.sightings,
                since: Some(to_timestamp(moving.since)),
            }),
            last_full: self.last_full.map(to_timestamp),
            doubt: if self.doubt == Doubt::default() { 0 } else { u32::from(self.doubt.0) + 1 },
            not_found: self.not_found,
            rhythm: self.rhythm.as_deref().map_or_else(Bytes::new, Rhythm::pack),
            last_new: self.last_new.map(to_timestamp),
            not_before: self.not_before.map(to_timestamp),
        }
    }
}

impl TryFrom<wire::FeedSchedule> for Schedule {
    type Error = StateFault;

    fn try_from(state: wire::FeedSchedule) -> Result<Self, StateFault> {
        if state.version > STATE_VERSION {
            return Err(StateFault::Newer(state.version));
        }
        let retirement = match state.retirement() {
            wire::Retirement::Unspecified => None,
            wire::Retirement::Gone => Some(Retirement::Gone),
            wire::Retirement::NotFound => Some(Retirement::NotFound),
        };
        let next_due = state.next_due.as_ref().and_then(from_timestamp);
        Ok(Self {
            next_due: next_due.ok_or(StateFault::Damaged("no time of the next poll"))?,
            configured_url: state.configured_url,
            etag: state.etag,
            last_modified: state.last_modified,
            body_hash: ContentHash::from_slice(&state.body_hash),
            interval: Duration::from_secs(state.interval_seconds.into()),
            last_polled: state.last_polled.as_ref().and_then(from_timestamp),
            last_success: state.last_success.as_ref().and_then(from_timestamp),
            failures: state.failures,
            retirement,
            adopted_url: (!state.adopted_url.is_empty()).then(|| state.adopted_url.into()),
            moving: state.moving.and_then(moving).map(Box::new),
            last_full: state.last_full.as_ref().and_then(from_timestamp),
            doubt: doubt(state.doubt),
            not_found: state.not_found,
            // One that cannot be read is learnt anew; nothing else hangs on it.
            rhythm: Rhythm::unpack(&state.rhythm).map(Box::new),
            last_new: state.last_new.as_ref().and_then(from_timestamp),
            not_before: state.not_before.as_ref().and_then(from_timestamp),
        })
    }
}

fn moving(moving: wire::Moving) -> Option<Moving> {
    let since = from_timestamp(moving.since.as_ref()?)?;
    Some(Moving { to: moving.to, sightings: moving.sightings, since })
}

fn doubt(wire: u32) -> Doubt {
    let level = wire.checked_sub(1).map(|level| u8::try_from(level).unwrap_or(u8::MAX));
    level.map_or_else(Doubt::default, Doubt::of_level)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn keys_read_back_and_junk_is_refused() {
        let key = StateKey::Seen("a-b".parse().unwrap());
        assert_eq!(key.to_string().parse(), Ok(key));
        for text in ["a", "a/", "a/other", "A/seen", "/seen"] {
            assert!(text.parse::<StateKey>().is_err(), "{text}");
        }
    }

    #[test]
    fn state_survives_the_wire() {
        let feed: FeedId = "a".parse().unwrap();
        let schedule = Schedule {
            etag: Bytes::from_static(b"W/\"\xff\""),
            body_hash: Some(ContentHash::of_body(b"x")),
            next_due: DateTime::from_timestamp(5, 7).unwrap(),
            interval: Duration::from_mins(1),
            retirement: Some(Retirement::Gone),
            adopted_url: Some("https://b.example/".into()),
            moving: Some(Box::new(Moving {
                to: "https://c.example/".into(),
                sightings: 2,
                since: DateTime::from_timestamp(9, 0).unwrap(),
            })),
            last_full: Some(DateTime::from_timestamp(4, 0).unwrap()),
            doubt: Doubt::of_level(0),
            not_found: 3,
            rhythm: Some(Box::new(Rhythm::unknown(DateTime::from_timestamp(3, 0).unwrap()))),
            last_new: Some(DateTime::from_timestamp(2, 0).unwrap()),
            not_before: Some(DateTime::from_timestamp(6, 0).unwrap()),
            ..Schedule::default()
        };
        assert_eq!(Schedule::try_from(schedule.to_wire(&feed)).unwrap(), schedule);
    }

    #[test]
    fn a_newer_schedule_is_left_alone() {
        let newer = wire::FeedSchedule { version: STATE_VERSION + 1, ..wire::FeedSchedule::default() };
        assert_eq!(Schedule::try_from(newer), Err(StateFault::Newer(STATE_VERSION + 1)));
    }
}
