//! A limit on requests that nothing passes, whatever is planned (the generic cell rate algorithm, ITU-T I.371).

use std::num::NonZeroU32;

use chrono::{DateTime, TimeDelta, Utc};

/// So many requests an hour, evenly, with a minute's worth at once.
///
/// In no hour are there more than the limit and a sixtieth of it and one.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Pace {
    step: TimeDelta,
    slack: TimeDelta,
    /// When the next request would be due if all came evenly.
    even: DateTime<Utc>,
}

impl Pace {
    /// A limit of so many requests an hour.
    #[must_use]
    pub fn per_hour(most: NonZeroU32) -> Self {
        let most = i64::from(most.get());
        let step = TimeDelta::microseconds(3_600_000_000 / most);
        let slack = TimeDelta::microseconds(3_600_000_000 / most * (most / 60));
        Self { step, slack, even: DateTime::<Utc>::MIN_UTC }
    }

    /// Whether a request may be made at `now`.
    ///
    /// # Errors
    /// The time before which the limit allows none.
    pub fn check(&self, now: DateTime<Utc>) -> Result<(), DateTime<Utc>> {
        let free_at = self.even_from(now) - self.slack;
        if free_at > now { Err(free_at) } else { Ok(()) }
    }

    /// Counts a request at `now`.
    pub fn count(&mut self, now: DateTime<Utc>) {
        self.even = self.even_from(now) + self.step;
    }

    fn even_from(&self, now: DateTime<Utc>) -> DateTime<Utc> {
        let even = self.even.max(now);
        // Further ahead than requests can bring it, it comes from a clock that was set back.
        if even - now > self.slack + self.step { now } else { even }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(seconds: i64) -> DateTime<Utc> {
        DateTime::from_timestamp(1_800_000_000 + seconds, 0).unwrap()
    }

    fn admit(pace: &mut Pace, now: DateTime<Utc>) -> Result<(), DateTime<Utc>> {
        pace.check(now)?;
        pace.count(now);
        Ok(())
    }

    fn pace(most: u32) -> Pace {
        Pace::per_hour(NonZeroU32::new(most).unwrap())
    }

    #[test]
    fn as_many_as_come_in_an_hour_are_let_through_and_no_more() {
        for most in [1, 59, 600, 3_600, 100_000] {
            let mut pace = pace(most);
            let asked = (0..3_600).flat_map(|second| std::iter::repeat_n(at(second), 40));
            let admitted = asked.filter(|now| admit(&mut pace, *now).is_ok()).count();
            let most = usize::try_from(most).unwrap();
            assert!((most..=most + most / 60 + 1).contains(&admitted), "{most}: {admitted}");
        }
    }

    #[test]
    fn a_minutes_worth_goes_at_once_and_the_next_is_told_its_time() {
        let mut pace = pace(600);
        for _ in 0..11 {
            assert_eq!(admit(&mut pace, at(0)), Ok(()));
        }
        assert_eq!(admit(&mut pace, at(0)), Err(at(6)));
        assert_eq!(admit(&mut pace, at(6)), Ok(()));
    }

    #[test]
    fn a_clock_that_was_set_back_stops_nothing() {
        let mut pace = pace(60);
        assert_eq!(admit(&mut pace, at(86_400)), Ok(()));
        assert_eq!(admit(&mut pace, at(0)), Ok(()));
    }
}
