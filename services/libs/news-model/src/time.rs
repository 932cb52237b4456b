//! Times between chrono and the wire.

use chrono::{DateTime, Utc};
use prost_types::Timestamp;

/// The wire form of a time; nanoseconds are kept.
#[must_use]
pub fn to_timestamp(time: DateTime<Utc>) -> Timestamp {
    Timestamp { seconds: time.timestamp(), nanos: i32::try_from(time.timestamp_subsec_nanos()).unwrap_or(999_999_999) }
}

/// The time of a wire value, or `None` when it lies outside what chrono can hold.
#[must_use]
pub fn from_timestamp(stamp: &Timestamp) -> Option<DateTime<Utc>> {
    DateTime::from_timestamp(stamp.seconds, u32::try_from(stamp.nanos).ok()?)
}
