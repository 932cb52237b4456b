//! How long a feed is left alone after a failure, by the kind of failure.
//!
//! What passes by itself is tried again soon, what a person has to mend later; nothing waits longer than the longest interval, so every feed
//! comes back by itself. The kinds and their order follow what their senders mean: RFC 9110, 15.5 and 15.6, for statuses; the rest is judged by how long
//! such faults last.

use std::time::Duration;

use news_model::wire::Outcome;

/// How failures of one kind lengthen the wait.
#[derive(Clone, Copy, Debug, PartialEq)]
struct Weight {
    /// Intervals to wait after the first failure.
    first: f64,
    /// By what each further one in a row multiplies that.
    growth: f64,
}

/// Growth beyond this many failures is no different: two to this power passes any interval.
const MOST_COUNTED: u32 = 20;

/// The wait after a poll that ended with `outcome`, for a feed polled every `interval` that failed `failures_before` times in a row before.
///
/// Never above `max`, and never below half of `interval`.
#[must_use]
pub fn backoff(outcome: Outcome, interval: Duration, failures_before: u32, max: Duration) -> Duration {
    let Weight { first, growth } = weight(outcome);
    let exponent = i32::try_from(failures_before.min(MOST_COUNTED)).unwrap_or(i32::MAX);
    let seconds = interval.as_secs_f64() * first * growth.powi(exponent);
    Duration::try_from_secs_f64(seconds).unwrap_or(Duration::MAX).min(max)
}

fn weight(outcome: Outcome) -> Weight {
    let of = |first, growth| Weight { first, growth };
    match outcome {
        // Overload and lost packets pass within minutes.
        Outcome::TimedOut | Outcome::ConnectFailed => of(0.5, 2.0),
        Outcome::ServerError | Outcome::Unspecified => of(0.5, 1.75),
        // A name that does not resolve may have expired or be on the move; caches of resolvers hold the answer for a while.
        Outcome::DnsFailed => of(1.0, 2.25),
        // What the publisher has to mend, and does within hours once it is seen.
        Outcome::Unreadable
        | Outcome::BadEncoding
        | Outcome::BadRedirect
        | Outcome::NotFound
        | Outcome::Gone
        | Outcome::RateLimited
        | Outcome::ClientError => of(1.0, 2.0),
        // Not asked to its end by the poller's own doing, which is no mark against the feed.
        Outcome::Deferred | Outcome::NewItems | Outcome::NothingNew | Outcome::Unchanged => of(1.0, 1.0),
        // A certificate is renewed by hand; a refusal stands until somebody changes a rule; and a hostile answer is worth few requests.
        Outcome::TlsFailed
        | Outcome::Forbidden
        | Outcome::TooLarge
        | Outcome::HeadersTooLarge
        | Outcome::Inflated
        | Outcome::ReadingTimedOut
        | Outcome::AddressDenied => of(2.0, 2.5),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const INTERVAL: Duration = Duration::from_mins(10);
    const MAX: Duration = Duration::from_hours(2);

    fn wait(outcome: Outcome, failures: u32) -> Duration {
        backoff(outcome, INTERVAL, failures, MAX)
    }

    fn outcomes() -> impl Iterator<Item = Outcome> {
        (1..=64).filter_map(|number| Outcome::try_from(number).ok())
    }

    #[test]
    fn what_passes_by_itself_is_tried_again_before_what_must_be_mended() {
        for failures in 0..4 {
            let passing = wait(Outcome::TimedOut, failures);
            let dns = wait(Outcome::DnsFailed, failures);
            let mended = wait(Outcome::TlsFailed, failures);
            assert!(passing < dns && dns < mended, "{failures}: {passing:?} {dns:?} {mended:?}");
        }
    }

    #[test]
    fn waits_grow_with_failures_and_stop_at_the_longest_interval() {
        for outcome in outcomes() {
            for failures in 0..200 {
                assert!(wait(outcome, failures) <= wait(outcome, failures + 1), "{outcome:?}");
                assert!(wait(outcome, failures) <= MAX && wait(outcome, failures) >= INTERVAL / 2, "{outcome:?}");
            }
        }
        assert_eq!(wait(Outcome::ServerError, 50), MAX);
    }

    #[test]
    fn a_poll_that_the_poller_put_off_is_no_mark_against_the_feed() {
        assert_eq!(wait(Outcome::Deferred, 10), INTERVAL);
    }

    #[test]
    fn no_interval_is_too_long_to_be_multiplied() {
        assert_eq!(backoff(Outcome::TlsFailed, Duration::MAX, u32::MAX, MAX), MAX);
    }
}
