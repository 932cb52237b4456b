//! The wall clock, read here and nowhere else.

use chrono::{DateTime, Utc};

/// The time of day, for records and schedules.
///
/// Deadlines inside the process use [`tokio::time::Instant`], which never jumps.
#[must_use]
#[expect(clippy::disallowed_methods, reason = "this is the one place that reads the wall clock")]
pub fn now() -> DateTime<Utc> {
    Utc::now()
}

#[cfg(test)]
mod tests {
    #[test]
    fn the_clock_does_not_stand_at_the_epoch() {
        assert!(super::now().timestamp() > 1_700_000_000);
    }
}
