//! A span of time in half the room of a [`Duration`].

use std::time::Duration;

/// A span in nanoseconds; what is longer than five centuries counts as that.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Span(u64);

impl From<Duration> for Span {
    fn from(span: Duration) -> Self {
        Self(u64::try_from(span.as_nanos()).unwrap_or(u64::MAX))
    }
}

impl From<Span> for Duration {
    fn from(span: Span) -> Self {
        Self::from_nanos(span.0)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_span_of_any_use_loses_nothing_and_others_become_the_longest() {
        for span in [Duration::ZERO, Duration::from_nanos(1), Duration::from_hours(24 * 365 * 100)] {
            assert_eq!(Duration::from(Span::from(span)), span);
        }
        assert!(Duration::from(Span::from(Duration::MAX)) > Duration::from_hours(24 * 365 * 500));
    }
}
