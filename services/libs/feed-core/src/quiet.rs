//! Who asked to be left alone, and for whom they spoke: one address, the host, or every host of the registrable domain.
//!
//! A 429 does not say how far it reaches (RFC 6585, 4, leaves it to the server). So it is learnt from how siblings answer: the host is held back, but for
//! one request for another feed of it. Answered as usual, the limit was the address's own and the hold ends; limited too, it was the host's.
//! Limits at two hosts of a domain at a time are the domain's. What was learnt is forgotten after a day without a limit.

use std::sync::Arc;

use chrono::{DateTime, TimeDelta, Utc};
use foldhash::HashMap;

use crate::politeness::{Obstacle, Place};

/// What was learnt is kept this long after the last limit.
const MEMORY: TimeDelta = TimeDelta::days(1);

/// Hosts of one domain that are held at a time; limits at more than one make it the domain's already, so more are of no use.
const MOST_HOSTS: usize = 8;

/// Limits of addresses in a row, with none of their siblings answered between, that make what was learnt of the address's own limit doubtful.
const DOUBTFUL: u32 = 2;

/// How far a limit reaches.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Scope {
    /// Not known yet.
    #[default]
    Unknown,
    /// The address that was asked.
    Url,
    /// Every address of the host.
    Host,
    /// Every host of the registrable domain.
    Site,
}

/// Limits in force and what was learnt from those before, by registrable domain.
#[derive(Debug, Default)]
pub struct Quiet {
    sites: HashMap<Arc<str>, Limits>,
}

#[derive(Debug)]
struct Limits {
    scope: Scope,
    last_limit: DateTime<Utc>,
    /// Limits since a sibling last answered.
    in_a_row: u32,
    site_until: Option<DateTime<Utc>>,
    hosts: Vec<Hold>,
}

#[derive(Debug)]
struct Hold {
    host: Box<str>,
    since: DateTime<Utc>,
    until: DateTime<Utc>,
    probe: Probe,
}

/// The one request that tells how far a limit reaches.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Probe {
    Open,
    UnderWay,
    Answered,
}

impl Quiet {
    /// What keeps a request to `place` back, and until when.
    #[must_use]
    pub fn obstacle(&self, place: &Place, now: DateTime<Utc>) -> Option<(DateTime<Utc>, Obstacle)> {
        let limits = self.sites.get(&place.site)?;
        if let Some(until) = limits.site_until.filter(|until| *until > now) {
            return Some((until, Obstacle::Site));
        }
        let hold = limits.hold(&place.host, now)?;
        (hold.probe != Probe::Open).then_some((hold.until, Obstacle::Host))
    }

    /// Notes that a request to `place` is sent, which may be the one that tells.
    pub fn sent(&mut self, place: &Place, now: DateTime<Utc>) {
        if let Some(hold) = self.sites.get_mut(&place.site).and_then(|limits| limits.hold_mut(&place.host, now)) {
            hold.probe = Probe::UnderWay;
        }
    }

    /// Notes that `place` asked for quiet until then. How far that is taken to reach.
    pub fn limited(&mut self, place: &Place, now: DateTime<Utc>, until: DateTime<Utc>) -> Scope {
        let limits = self.sites.entry(place.site.clone()).or_insert_with(|| Limits {
            scope: Scope::Unknown,
            last_limit: now,
            in_a_row: 0,
            site_until: None,
            hosts: Vec::new(),
        });
        limits.limited(&place.host, now, until);
        limits.scope
    }

    /// Notes that `place` answered a request of `started` without asking for quiet: no limit from before then is the host's.
    pub fn answered(&mut self, place: &Place, started: DateTime<Utc>) {
        let Some(limits) = self.sites.get_mut(&place.site) else { return };
        let of_host = |hold: &Hold| *hold.host == *place.host && hold.since <= started;
        if let Some(index) = limits.hosts.iter().position(of_host) {
            let in_force = limits.hosts.swap_remove(index).until > started;
            if in_force {
                limits.scope = Scope::Url;
            }
        }
        limits.in_a_row = 0;
    }

    /// Notes that a request to `place` ended without an answer: another one may tell.
    pub fn unanswered(&mut self, place: &Place, now: DateTime<Utc>) {
        if let Some(hold) = self.sites.get_mut(&place.site).and_then(|limits| limits.hold_mut(&place.host, now))
            && hold.probe == Probe::UnderWay
        {
            hold.probe = Probe::Open;
        }
    }

    /// What was learnt of `place`.
    #[must_use]
    pub fn scope(&self, place: &Place) -> Scope {
        self.sites.get(&place.site).map_or(Scope::Unknown, |limits| limits.scope)
    }

    /// Forgets what is over and what was learnt too long ago.
    pub fn prune(&mut self, now: DateTime<Utc>) {
        self.sites.retain(|_, limits| {
            limits.hosts.retain(|hold| hold.until > now);
            let held = limits.site_until.is_some_and(|until| until > now) || !limits.hosts.is_empty();
            held || now - limits.last_limit < MEMORY
        });
    }

    /// Domains that something is known of, for a gauge.
    #[must_use]
    pub fn sites(&self) -> usize {
        self.sites.len()
    }
}

impl Limits {
    fn limited(&mut self, host: &str, now: DateTime<Utc>, until: DateTime<Utc>) {
        if now - self.last_limit >= MEMORY {
            (self.scope, self.in_a_row) = (Scope::Unknown, 0);
        }
        self.last_limit = now;
        self.in_a_row = self.in_a_row.saturating_add(1);
        self.hosts.retain(|hold| hold.until > now);
        let sibling_limited = self.hold(host, now).is_some();
        let other_host_limited = self.hosts.iter().any(|hold| *hold.host != *host);
        self.scope = match self.scope {
            _ if other_host_limited => Scope::Site,
            Scope::Site => Scope::Site,
            _ if sibling_limited => Scope::Host,
            Scope::Url if self.in_a_row >= DOUBTFUL => Scope::Unknown,
            scope => scope,
        };
        match self.scope {
            Scope::Url => {}
            Scope::Unknown => self.hold_host(host, now, until, Probe::Open),
            Scope::Host => self.hold_host(host, now, until, Probe::Answered),
            Scope::Site => self.site_until = self.site_until.max(Some(until)),
        }
    }

    fn hold_host(&mut self, host: &str, since: DateTime<Utc>, until: DateTime<Utc>, probe: Probe) {
        if let Some(hold) = self.hosts.iter_mut().find(|hold| *hold.host == *host) {
            hold.until = hold.until.max(until);
            hold.probe = probe;
        } else if self.hosts.len() < MOST_HOSTS {
            self.hosts.push(Hold { host: host.into(), since, until, probe });
        } else {
            self.site_until = self.site_until.max(Some(until));
        }
    }

    fn hold(&self, host: &str, now: DateTime<Utc>) -> Option<&Hold> {
        self.hosts.iter().find(|hold| *hold.host == *host && hold.until > now)
    }

    fn hold_mut(&mut self, host: &str, now: DateTime<Utc>) -> Option<&mut Hold> {
        self.hosts.iter_mut().find(|hold| *hold.host == *host && hold.until > now)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(seconds: i64) -> DateTime<Utc> {
        DateTime::from_timestamp(1_800_000_000 + seconds, 0).unwrap()
    }

    fn place(host: &str) -> Place {
        Place { host: host.into(), site: "press.example".into() }
    }

    const A: &str = "a.press.example";
    const B: &str = "b.press.example";

    /// `a` was limited at 0 until 100.
    fn limited() -> Quiet {
        let mut quiet = Quiet::default();
        assert_eq!(quiet.limited(&place(A), at(0), at(100)), Scope::Unknown);
        quiet
    }

    #[test]
    fn a_limit_holds_the_host_back_but_for_one_request_that_tells() {
        let mut quiet = limited();
        assert_eq!(quiet.obstacle(&place(A), at(1)), None);
        quiet.sent(&place(A), at(1));
        assert_eq!(quiet.obstacle(&place(A), at(2)), Some((at(100), Obstacle::Host)));
        assert_eq!(quiet.obstacle(&place(B), at(2)), None, "nothing speaks for the domain");
        assert_eq!(quiet.obstacle(&place(A), at(100)), None);
    }

    #[test]
    fn a_sibling_that_is_answered_makes_it_the_addresses_own_limit() {
        let mut quiet = limited();
        quiet.sent(&place(A), at(1));
        quiet.answered(&place(A), at(1));
        assert_eq!(quiet.scope(&place(A)), Scope::Url);
        assert_eq!(quiet.obstacle(&place(A), at(2)), None);
        assert_eq!(quiet.limited(&place(A), at(200), at(300)), Scope::Url, "what was learnt is used");
        assert_eq!(quiet.obstacle(&place(A), at(201)), None);
    }

    #[test]
    fn an_answer_to_a_request_from_before_the_limit_tells_nothing() {
        let mut quiet = limited();
        quiet.sent(&place(A), at(1));
        quiet.answered(&place(A), at(-1));
        assert_eq!(quiet.scope(&place(A)), Scope::Unknown);
        assert_eq!(quiet.obstacle(&place(A), at(2)), Some((at(100), Obstacle::Host)));
    }

    #[test]
    fn a_sibling_that_is_limited_too_makes_it_the_hosts() {
        let mut quiet = limited();
        quiet.sent(&place(A), at(1));
        assert_eq!(quiet.limited(&place(A), at(2), at(120)), Scope::Host);
        assert_eq!(quiet.obstacle(&place(A), at(3)), Some((at(120), Obstacle::Host)));
        assert_eq!(quiet.limited(&place(A), at(500), at(600)), Scope::Host);
        assert_eq!(
            quiet.obstacle(&place(A), at(501)),
            Some((at(600), Obstacle::Host)),
            "no request is spent on it again"
        );
    }

    #[test]
    fn limits_at_two_hosts_at_a_time_are_the_domains() {
        let mut quiet = limited();
        assert_eq!(quiet.limited(&place(B), at(5), at(60)), Scope::Site);
        let elsewhere = place("c.press.example");
        assert_eq!(quiet.obstacle(&elsewhere, at(6)), Some((at(60), Obstacle::Site)));
        let other = Place { host: "x.example".into(), site: "x.example".into() };
        assert_eq!(quiet.obstacle(&other, at(6)), None);
    }

    #[test]
    fn limits_at_two_hosts_one_after_the_other_are_their_own() {
        let mut quiet = limited();
        assert_eq!(quiet.limited(&place(B), at(101), at(160)), Scope::Unknown);
    }

    #[test]
    fn a_request_without_an_answer_leaves_the_question_open() {
        let mut quiet = limited();
        quiet.sent(&place(A), at(1));
        quiet.unanswered(&place(A), at(2));
        assert_eq!(quiet.obstacle(&place(A), at(2)), None);
    }

    #[test]
    fn an_addresses_own_limit_is_doubted_when_siblings_are_limited_in_a_row() {
        let mut quiet = limited();
        quiet.answered(&place(A), at(1));
        assert_eq!(quiet.limited(&place(A), at(2), at(100)), Scope::Url);
        assert_eq!(quiet.limited(&place(A), at(3), at(100)), Scope::Unknown);
        assert_eq!(quiet.limited(&place(A), at(4), at(100)), Scope::Host);
    }

    #[test]
    fn what_was_learnt_is_forgotten_after_a_day() {
        let mut quiet = limited();
        quiet.prune(at(86_399));
        assert_eq!(quiet.sites(), 1);
        quiet.prune(at(86_401));
        assert_eq!(quiet.sites(), 0);
    }

    #[test]
    fn a_domain_of_countless_hosts_takes_bounded_room() {
        let mut quiet = Quiet::default();
        for host in 0..10_000 {
            quiet.limited(&place(&format!("h{host}.press.example")), at(0), at(100));
        }
        assert!(quiet.sites.values().all(|limits| limits.hosts.len() <= MOST_HOSTS));
    }
}
