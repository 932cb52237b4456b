//! What an HTTP answer means.

use news_model::wire::Outcome;

/// The head of one answer, as far as the verdict needs it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Answer {
    /// Status of the answer that no further redirect was followed from.
    pub status: u16,
    /// Whether the request carried a validator.
    pub conditional: bool,
    /// Whether the answer names a time to come back (`Retry-After`), or says that a rate limit is spent. Counts for failures, from 400 on.
    pub names_retry: bool,
    /// Whether it says that its body is a delta of the kind that was asked for (`IM: feed`, RFC 3229, 10.5.2). Counts for a 226.
    pub delta: bool,
}

/// What to do with an answer.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Verdict {
    /// Read the body, which lists what stands in the feed.
    Parse,
    /// Read the body, which lists what came since the validators were taken and nothing else.
    ParseDelta,
    /// Nothing changed since the validators were taken.
    Unchanged,
    /// The poll ends with this outcome; the body is not read.
    Failed(Outcome),
}

/// Judges an answer by its status (RFC 9110, 15). Redirects are followed before, so one that comes here could not be.
#[must_use]
pub fn judge(answer: &Answer) -> Verdict {
    let outcome = match answer.status {
        // 203 is a 200 that a proxy has touched.
        200 | 203 => return Verdict::Parse,
        // RFC 3229, 10.4.1: what is not a delta of the kind asked for cannot be used.
        226 if answer.conditional && answer.delta => return Verdict::ParseDelta,
        304 if answer.conditional => return Verdict::Unchanged,
        301 | 302 | 303 | 307 | 308 => Outcome::BadRedirect,
        // Shields before publishers limit rates with a 403 too.
        403 | 503 if answer.names_retry => Outcome::RateLimited,
        401 | 403 | 407 | 451 => Outcome::Forbidden,
        404 => Outcome::NotFound,
        410 => Outcome::Gone,
        429 => Outcome::RateLimited,
        500..=599 => Outcome::ServerError,
        // Also a 304 to a question without a condition, a 206 nobody asked a part of, and numbers that HTTP does not know.
        _ => Outcome::ClientError,
    };
    Verdict::Failed(outcome)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn verdict(status: u16) -> Verdict {
        judge(&Answer { status, conditional: true, names_retry: false, delta: false })
    }

    #[test]
    fn every_status_has_a_verdict() {
        for status in 0..=u16::MAX {
            let read = matches!(verdict(status), Verdict::Parse);
            assert_eq!(read, matches!(status, 200 | 203), "{status}");
        }
    }

    #[test]
    fn statuses_map_to_outcomes() {
        let cases = [
            (206, Outcome::ClientError),
            (302, Outcome::BadRedirect),
            (401, Outcome::Forbidden),
            (403, Outcome::Forbidden),
            (404, Outcome::NotFound),
            (410, Outcome::Gone),
            (418, Outcome::ClientError),
            (429, Outcome::RateLimited),
            (451, Outcome::Forbidden),
            (500, Outcome::ServerError),
            (503, Outcome::ServerError),
        ];
        for (status, outcome) in cases {
            assert_eq!(verdict(status), Verdict::Failed(outcome), "{status}");
        }
    }

    #[test]
    fn unchanged_needs_a_condition() {
        let unasked = Answer { status: 304, conditional: false, names_retry: false, delta: false };
        assert_eq!(judge(&unasked), Verdict::Failed(Outcome::ClientError));
        assert_eq!(verdict(304), Verdict::Unchanged);
    }

    #[test]
    fn unavailable_or_forbidden_with_a_time_is_a_rate_limit() {
        for status in [403, 429, 503] {
            let busy = Answer { status, conditional: false, names_retry: true, delta: false };
            assert_eq!(judge(&busy), Verdict::Failed(Outcome::RateLimited), "{status}");
        }
    }

    #[test]
    fn a_delta_is_read_only_when_it_was_asked_for_and_says_what_it_is() {
        for (conditional, delta, read) in [(true, true, true), (true, false, false), (false, true, false)] {
            let answer = Answer { status: 226, conditional, names_retry: false, delta };
            assert_eq!(judge(&answer) == Verdict::ParseDelta, read, "{answer:?}");
        }
    }
}
