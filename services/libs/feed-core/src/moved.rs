//! Whether a feed has moved for good.
//!
//! A permanent redirect (301 or 308, RFC 9110, 15.4.2 and 15.4.9) may be a mistake of an hour or a captive portal's, so its target is adopted
//! only once it was seen again and again over a while, each time with a feed behind it. The configured address is kept: it is asked
//! again when the adopted one fails.

use std::time::Duration;

use chrono::{DateTime, TimeDelta, Utc};
use news_model::{
    Moving, Schedule,
    wire::{Outcome, Redirect},
};

use crate::due::is_success;

/// Sightings that it takes, spread evenly over the time that it takes.
pub const SIGHTINGS: u32 = 5;

/// Failures in a row after which an adopted address is given up.
pub const FAILURES_BEFORE_RETURN: u32 = 3;

/// What one poll tells of a move.
#[derive(Clone, Copy, Debug)]
pub struct Sighted<'a> {
    /// How the poll ended.
    pub outcome: Outcome,
    /// Redirects that were followed from the address that was asked.
    pub redirects: &'a [Redirect],
    /// When that was.
    pub at: DateTime<Utc>,
    /// Shortest time from the first sighting to the adoption.
    pub adopt_after: Duration,
}

/// The address that the permanent redirects at the head of the way lead to; what comes after a temporary one says nothing for good.
#[must_use]
pub fn permanent_target(redirects: &[Redirect]) -> Option<&str> {
    let permanent = redirects.iter().take_while(|hop| matches!(hop.status, 301 | 308));
    permanent.last().map(|hop| hop.location.as_str())
}

/// Moves `schedule`, which the poll led to, on with what was sighted.
pub fn follow(schedule: &mut Schedule, sighted: &Sighted<'_>) {
    if !is_success(sighted.outcome) {
        let for_good = sighted.outcome == Outcome::Gone;
        if schedule.adopted_url.is_some() && (for_good || schedule.failures >= FAILURES_BEFORE_RETURN) {
            schedule.adopted_url = None;
            schedule.moving = None;
        }
        return;
    }
    let Some(target) = permanent_target(sighted.redirects) else {
        schedule.moving = None;
        return;
    };
    let mut moving = match schedule.moving.take() {
        Some(moving) if moving.to == target => moving,
        _ => Box::new(Moving { to: target.to_owned(), sightings: 0, since: sighted.at }),
    };
    if sighted.at - moving.since >= awaited(moving.sightings, sighted.adopt_after) {
        moving.sightings = moving.sightings.saturating_add(1);
    }
    if moving.sightings >= SIGHTINGS {
        // A feed that moved back home is polled where it is configured.
        schedule.adopted_url = (moving.to != schedule.configured_url).then(|| moving.to.as_str().into());
    } else {
        schedule.moving = Some(moving);
    }
}

/// Time from the first sighting at which the one after `sightings` counts.
fn awaited(sightings: u32, adopt_after: Duration) -> TimeDelta {
    let span = adopt_after.saturating_mul(sightings) / (SIGHTINGS - 1);
    TimeDelta::from_std(span).unwrap_or(TimeDelta::MAX)
}

#[cfg(test)]
mod tests {
    use super::*;

    const HOME: &str = "http://a.example/feed";
    const NEW: &str = "https://b.example/feed";
    const AFTER: Duration = Duration::from_secs(400);

    fn at(seconds: i64) -> DateTime<Utc> {
        DateTime::from_timestamp(1_800_000_000 + seconds, 0).unwrap()
    }

    fn hops(hops: &[(u32, &str)]) -> Vec<Redirect> {
        let hop = |(status, location): &(u32, &str)| Redirect { status: *status, location: (*location).to_owned() };
        hops.iter().map(hop).collect()
    }

    fn home() -> Schedule {
        Schedule { configured_url: HOME.into(), ..Schedule::default() }
    }

    fn sight(schedule: &mut Schedule, outcome: Outcome, redirects: &[(u32, &str)], seconds: i64) {
        let redirects = hops(redirects);
        follow(schedule, &Sighted { outcome, redirects: &redirects, at: at(seconds), adopt_after: AFTER });
    }

    /// Sees `redirects` every hundred seconds, five times.
    fn seen_five_times(redirects: &[(u32, &str)]) -> Schedule {
        let mut schedule = home();
        for seconds in [0, 100, 200, 300, 400] {
            assert_eq!(schedule.adopted_url, None, "{seconds}");
            sight(&mut schedule, Outcome::NewItems, redirects, seconds);
        }
        schedule
    }

    #[test]
    fn a_permanent_redirect_is_adopted_once_it_was_seen_often_and_for_long() {
        for status in [301, 308] {
            let schedule = seen_five_times(&[(status, NEW)]);
            assert_eq!(schedule.adopted_url.as_deref(), Some(NEW));
            assert_eq!((schedule.configured_url.as_str(), schedule.moving), (HOME, None));
        }
    }

    #[test]
    fn a_temporary_redirect_is_never_adopted() {
        for status in [302, 303, 307] {
            assert_eq!(seen_five_times(&[(status, NEW)]), home());
        }
    }

    #[test]
    fn only_what_comes_before_a_temporary_redirect_is_for_good() {
        let way = hops(&[(301, "http://1/"), (308, "http://2/"), (302, "http://3/"), (301, "http://4/")]);
        assert_eq!(permanent_target(&way), Some("http://2/"));
        assert_eq!(permanent_target(&hops(&[(302, "http://1/"), (301, "http://2/")])), None);
    }

    #[test]
    fn often_within_a_short_time_is_not_enough() {
        let mut schedule = home();
        for seconds in 0..99 {
            sight(&mut schedule, Outcome::Unchanged, &[(301, NEW)], seconds);
        }
        assert_eq!(schedule.moving.map(|moving| moving.sightings), Some(1));
    }

    #[test]
    fn another_target_or_none_begins_anew() {
        let mut schedule = home();
        sight(&mut schedule, Outcome::Unchanged, &[(301, NEW)], 0);
        sight(&mut schedule, Outcome::Unchanged, &[(301, "http://c.example/")], 500);
        assert_eq!(schedule.moving.as_ref().map(|moving| (moving.sightings, moving.since)), Some((1, at(500))));
        sight(&mut schedule, Outcome::Unchanged, &[], 600);
        assert_eq!(schedule, home());
    }

    #[test]
    fn a_redirect_to_a_failure_is_no_sighting() {
        let mut schedule = home();
        for seconds in [0, 100, 200, 300, 400, 500] {
            sight(&mut schedule, Outcome::NotFound, &[(301, NEW)], seconds);
            sight(&mut schedule, Outcome::AddressDenied, &[(301, NEW)], seconds);
        }
        assert_eq!(schedule, home());
    }

    #[test]
    fn an_adopted_address_that_fails_is_given_up_for_the_configured_one() {
        let mut schedule = seen_five_times(&[(301, NEW)]);
        schedule.failures = FAILURES_BEFORE_RETURN - 1;
        sight(&mut schedule, Outcome::DnsFailed, &[], 500);
        assert!(schedule.adopted_url.is_some());
        schedule.failures = FAILURES_BEFORE_RETURN;
        sight(&mut schedule, Outcome::DnsFailed, &[], 600);
        assert_eq!(schedule.adopted_url, None);

        let mut gone = seen_five_times(&[(301, NEW)]);
        sight(&mut gone, Outcome::Gone, &[], 500);
        assert_eq!(gone.adopted_url, None);
    }

    #[test]
    fn a_feed_that_moves_on_or_back_is_followed() {
        let mut schedule = seen_five_times(&[(301, NEW)]);
        for seconds in [1_000, 1_100, 1_200, 1_300, 1_400] {
            sight(&mut schedule, Outcome::Unchanged, &[(301, HOME)], seconds);
        }
        assert_eq!(schedule.adopted_url, None, "home again");
    }
}
