//! The schedule of a feed after a poll.

use chrono::{DateTime, Utc};
use news_model::{ContentHash, Rhythm, Schedule, wire::Outcome};

use crate::{
    due::{Due, is_success, retirement_after},
    validators::Validators,
};

/// What one poll brought, as far as the schedule needs it.
#[derive(Clone, Debug, PartialEq)]
pub struct PollResult<'a> {
    /// Configured address of the feed.
    pub configured_url: &'a str,
    /// When the request was sent.
    pub started_at: DateTime<Utc>,
    /// How it ended.
    pub outcome: Outcome,
    /// Validators of the answer; they count only where it said what stands in the feed.
    pub validators: Validators,
    /// Hash of the body that was read in full, or `None` where there was none (304, deltas and failures).
    pub body_hash: Option<ContentHash>,
    /// The feed's rhythm, this poll taken in; `None` where it said nothing of it.
    pub rhythm: Option<Rhythm>,
    /// Whether it brought an item that was not known.
    pub brought_new: bool,
}

/// Folds one poll into the schedule.
///
/// Validators are taken over only with the items they cover, that is, with a body that was read: a failed poll leaves those before it, and so does a
/// 304. One that carries other validators speaks of a body that was not seen (RFC 9111, 4.3.4), and one that leaves a validator out takes none
/// back (RFC 9110, 15.4.5). State that was learnt from another address counts for nothing.
#[must_use]
pub fn fold(previous: &Schedule, result: PollResult<'_>, due: &Due) -> Schedule {
    let blank = Schedule::default();
    let base = if previous.configured_url == result.configured_url { previous } else { &blank };
    // Field by field: a copy of the whole would copy what is replaced here, at every poll.
    let mut next = Schedule {
        configured_url: result.configured_url.to_owned(),
        etag: base.etag.clone(),
        last_modified: base.last_modified.clone(),
        body_hash: base.body_hash,
        next_due: due.at,
        interval: due.interval,
        last_polled: Some(result.started_at),
        last_success: base.last_success,
        failures: base.failures,
        retirement: retirement_after(base, result.outcome),
        adopted_url: base.adopted_url.clone(),
        moving: base.moving.clone(),
        last_full: base.last_full,
        doubt: base.doubt,
        not_found: base.not_found,
        rhythm: result.rhythm.map(Box::new).or_else(|| base.rhythm.clone()),
        last_new: base.last_new,
        not_before: (result.outcome == Outcome::RateLimited).then_some(due.at),
    };
    if !is_success(result.outcome) {
        // A poll that the poller put off says nothing about the feed.
        let counts = result.outcome != Outcome::Deferred;
        next.failures = base.failures.saturating_add(u32::from(counts));
        next.not_found = base.not_found.saturating_add(u32::from(result.outcome == Outcome::NotFound));
        return next;
    }
    (next.failures, next.not_found) = (0, 0);
    next.last_success = Some(result.started_at);
    if result.brought_new {
        next.last_new = Some(result.started_at);
    }
    let answered_in_full = result.body_hash.is_some();
    if answered_in_full {
        next.body_hash = result.body_hash;
        next.last_full = Some(result.started_at);
    }
    let is_delta = !answered_in_full && result.outcome != Outcome::Unchanged;
    if answered_in_full || is_delta && !result.validators.is_empty() {
        next.etag = result.validators.etag;
        next.last_modified = result.validators.last_modified;
    }
    next
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use bytes::Bytes;
    use news_model::Retirement;

    use super::*;
    use crate::budget::Demand;

    fn before() -> Schedule {
        Schedule {
            configured_url: "http://a.example/".into(),
            etag: Bytes::from_static(b"\"old\""),
            last_modified: Bytes::from_static(b"then"),
            body_hash: Some(ContentHash::of_body(b"old")),
            last_success: Some(DateTime::UNIX_EPOCH),
            last_new: Some(DateTime::UNIX_EPOCH),
            failures: 2,
            ..Schedule::default()
        }
    }

    fn result(outcome: Outcome, etag: &'static [u8], body: Option<&[u8]>) -> PollResult<'static> {
        PollResult {
            configured_url: "http://a.example/",
            started_at: DateTime::from_timestamp(100, 0).unwrap(),
            outcome,
            validators: Validators { etag: Bytes::from_static(etag), last_modified: Bytes::new() },
            body_hash: body.map(ContentHash::of_body),
            rhythm: None,
            brought_new: outcome == Outcome::NewItems,
        }
    }

    fn after(result: PollResult<'_>) -> Schedule {
        let due = Due {
            at: DateTime::from_timestamp(700, 0).unwrap(),
            interval: Duration::from_mins(10),
            because: String::new(),
            demand: Demand { mean_root: 0.0, least: 0.0, most: 0.0 },
        };
        fold(&before(), result, &due)
    }

    #[test]
    fn a_body_brings_its_own_validators() {
        let next = after(result(Outcome::NewItems, b"\"new\"", Some(b"new")));
        assert_eq!((&next.etag[..], &next.last_modified[..]), (&b"\"new\""[..], &b""[..]));
        assert_eq!(next.body_hash, Some(ContentHash::of_body(b"new")));
        assert_eq!((next.failures, next.last_success), (0, next.last_polled));
        assert_eq!(next.next_due.timestamp(), 700);
    }

    #[test]
    fn a_body_without_validators_clears_them() {
        let next = after(result(Outcome::NothingNew, b"", Some(b"new")));
        assert!(next.etag.is_empty() && next.last_modified.is_empty());
    }

    #[test]
    fn a_304_leaves_the_validators_of_the_body_that_was_read_whatever_it_carries() {
        for etag in [b"".as_slice(), b"\"old\"", b"\"of a body not seen\""] {
            let next = after(result(Outcome::Unchanged, etag, None));
            assert_eq!((next.etag, next.last_modified), (before().etag, before().last_modified));
            assert_eq!(next.body_hash, before().body_hash);
        }
    }

    #[test]
    fn a_delta_moves_the_validators_on_where_it_brings_some() {
        assert_eq!(&after(result(Outcome::NewItems, b"\"delta\"", None)).etag[..], b"\"delta\"");
        assert_eq!(after(result(Outcome::NothingNew, b"", None)).etag, before().etag);
    }

    #[test]
    fn a_failure_leaves_validators_and_counts() {
        for outcome in [Outcome::Unreadable, Outcome::ServerError, Outcome::TimedOut] {
            let next = after(result(outcome, b"\"new\"", Some(b"new")));
            assert_eq!((&next.etag, next.body_hash), (&before().etag, before().body_hash));
            assert_eq!((next.failures, next.last_success), (3, before().last_success));
        }
    }

    #[test]
    fn a_poll_put_off_is_no_failure() {
        let next = after(result(Outcome::Deferred, b"", None));
        assert_eq!((next.failures, next.last_success), (before().failures, before().last_success));
    }

    #[test]
    fn the_last_time_of_new_items_stays_until_others_come() {
        let brought = after(result(Outcome::NewItems, b"", Some(b"new")));
        assert_eq!(brought.last_new.map(|at| at.timestamp()), Some(100));
        assert_eq!(after(result(Outcome::NothingNew, b"", Some(b"new"))).last_new, before().last_new);
    }

    #[test]
    fn a_server_that_limits_is_left_alone_until_the_poll_after() {
        assert_eq!(after(result(Outcome::RateLimited, b"", None)).not_before.map(|at| at.timestamp()), Some(700));
        assert_eq!(after(result(Outcome::TimedOut, b"", None)).not_before, None);
        assert_eq!(after(result(Outcome::Unchanged, b"", None)).not_before, None);
    }

    #[test]
    fn only_404s_are_counted_as_such_and_a_success_ends_the_count() {
        let missing = after(result(Outcome::NotFound, b"", None));
        assert_eq!((missing.not_found, missing.failures), (1, 3));
        assert_eq!(after(result(Outcome::TimedOut, b"", None)).not_found, 0);
        assert_eq!(after(result(Outcome::Unchanged, b"", None)).not_found, 0);
    }

    #[test]
    fn only_a_body_in_full_counts_as_one() {
        assert_eq!(after(result(Outcome::NewItems, b"", Some(b"new"))).last_full.map(|at| at.timestamp()), Some(100));
        assert_eq!(after(result(Outcome::NewItems, b"\"delta\"", None)).last_full, None);
    }

    #[test]
    fn gone_is_remembered() {
        let next = after(result(Outcome::Gone, b"", None));
        assert_eq!(next.retirement, Some(Retirement::Gone));
    }

    #[test]
    fn another_address_starts_afresh() {
        let next = after(PollResult { configured_url: "http://b.example/", ..result(Outcome::ServerError, b"", None) });
        assert!(next.etag.is_empty() && next.body_hash.is_none());
        assert_eq!(next.failures, 1);
    }
}
