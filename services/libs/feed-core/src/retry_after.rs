//! How long a server asks to be left alone.

use std::time::{Duration, UNIX_EPOCH};

use chrono::{DateTime, Utc};

/// The wait that a `Retry-After` asks for, in seconds or as a date (RFC 9110, 10.2.3), or `None` when it is neither.
///
/// A date that has passed is a wait of zero. The wait may be absurd; whoever acts on it caps it.
#[must_use]
pub fn parse(value: &[u8], now: DateTime<Utc>) -> Option<Duration> {
    let text = std::str::from_utf8(value).ok()?.trim();
    if !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_digit()) {
        // More digits than fit are still a wait without end.
        return Some(Duration::from_secs(text.parse().unwrap_or(u64::MAX)));
    }
    let date = httpdate::parse_http_date(text).ok()?;
    let since_epoch = date.duration_since(UNIX_EPOCH).unwrap_or_default();
    let now = u64::try_from(now.timestamp()).unwrap_or(0);
    Some(since_epoch.saturating_sub(Duration::from_secs(now)))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn wait(value: &str) -> Option<u64> {
        let now = DateTime::from_timestamp(784_111_777, 0).unwrap();
        parse(value.as_bytes(), now).map(|wait| wait.as_secs())
    }

    #[test]
    fn seconds_and_dates_are_read() {
        assert_eq!(wait("120"), Some(120));
        assert_eq!(wait(" 0 "), Some(0));
        assert_eq!(wait("Sun, 06 Nov 1994 08:50:37 GMT"), Some(60));
        assert_eq!(wait("Sunday, 06-Nov-94 08:50:37 GMT"), Some(60));
    }

    #[test]
    fn the_past_is_no_wait() {
        assert_eq!(wait("Sun, 06 Nov 1994 08:00:00 GMT"), Some(0));
    }

    #[test]
    fn the_absurd_is_a_long_wait_and_nonsense_none() {
        assert_eq!(wait("99999999999999999999999999"), Some(u64::MAX));
        for value in ["", "-1", "1.5", "soon", "12s"] {
            assert_eq!(wait(value), None, "{value}");
        }
    }
}
