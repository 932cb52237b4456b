//! What a batch leaves with the offsets that it commits: its name among all batches of all processes, and when it was committed.

use chrono::{DateTime, Utc};

/// The text beside the offsets.
pub(crate) fn write(transactional_id: &str, batch: u64, at: DateTime<Utc>) -> String {
    format!("{transactional_id}/{batch}@{}", at.timestamp_millis())
}

/// When the batch was committed that left `token`; `None` for a text of another make.
pub(crate) fn committed_at(token: &str) -> Option<DateTime<Utc>> {
    let (_, milliseconds) = token.rsplit_once('@')?;
    DateTime::from_timestamp_millis(milliseconds.parse().ok()?)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_token_tells_its_time_and_differs_by_batch() {
        let at = DateTime::from_timestamp_millis(1_800_000_000_123).unwrap();
        assert_eq!(committed_at(&write("poller@a-0", 7, at)), Some(at));
        assert_ne!(write("poller-0", 7, at), write("poller-0", 8, at));
        for other in ["", "poller-0/7", "poller@home/7", "@"] {
            assert_eq!(committed_at(other), None, "{other}");
        }
    }
}
