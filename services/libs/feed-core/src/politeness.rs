//! The ledger of who is being asked: how many requests to a site at a time, how far apart, and who wants to be left alone.

use std::{collections::HashMap, num::NonZeroU32, time::Duration};

use chrono::{DateTime, TimeDelta, Utc};

/// How a site is treated.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct SiteRules {
    /// Most requests to a site at a time.
    pub concurrency: NonZeroU32,
    /// Least time between the starts of two requests.
    pub spacing: Duration,
}

/// Whether a request may be sent.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Admission {
    /// Send it, and call [`Ledger::finish`] when it has ended, whatever its end.
    Go,
    /// Ask again then.
    Wait(DateTime<Utc>),
    /// As many requests as allowed are under way; ask again when one has ended.
    Busy,
}

/// Requests by site, where a site is the registrable domain of the host that is contacted.
///
/// Holds only sites with something to hold: requests under way, a spacing that has not passed, or a wish to be left alone.
#[derive(Debug)]
pub struct Ledger {
    rules: SiteRules,
    sites: HashMap<Box<str>, Site>,
}

#[derive(Clone, Copy, Debug)]
struct Site {
    under_way: u32,
    last_start: DateTime<Utc>,
    held_until: Option<DateTime<Utc>>,
}

impl Default for SiteRules {
    /// Two at a time, a second apart: what a reader with two open tabs does.
    fn default() -> Self {
        Self { concurrency: NonZeroU32::MIN.saturating_add(1), spacing: Duration::from_secs(1) }
    }
}

impl Ledger {
    /// A ledger with nobody in it.
    #[must_use]
    pub fn new(rules: SiteRules) -> Self {
        Self { rules, sites: HashMap::new() }
    }

    /// Asks to send a request to `site` now; [`Admission::Go`] counts it as sent.
    pub fn admit(&mut self, site: &str, now: DateTime<Utc>) -> Admission {
        let Some(known) = self.sites.get_mut(site) else {
            let first = Site { under_way: 1, last_start: now, held_until: None };
            self.sites.insert(site.into(), first);
            return Admission::Go;
        };
        if let Some(until) = known.held_until.filter(|until| *until > now) {
            return Admission::Wait(until);
        }
        if known.under_way >= self.rules.concurrency.get() {
            return Admission::Busy;
        }
        // A clock that was set back must not stretch the spacing.
        let free_at = later(known.last_start, self.rules.spacing);
        if free_at > now && known.last_start <= now {
            return Admission::Wait(free_at);
        }
        known.under_way += 1;
        known.last_start = now;
        known.held_until = None;
        Admission::Go
    }

    /// Tells that a request to `site` has ended.
    pub fn finish(&mut self, site: &str, now: DateTime<Utc>) {
        if let Some(known) = self.sites.get_mut(site) {
            known.under_way = known.under_way.saturating_sub(1);
            if known.is_idle(now, self.rules.spacing) {
                self.sites.remove(site);
            }
        }
    }

    /// Leaves `site` alone until then; of two wishes the later counts. Requests under way are not touched.
    pub fn hold_off(&mut self, site: &str, until: DateTime<Utc>) {
        let known = self.sites.entry(site.into()).or_insert(Site {
            under_way: 0,
            last_start: DateTime::<Utc>::MIN_UTC,
            held_until: None,
        });
        known.held_until = known.held_until.max(Some(until));
    }

    /// Forgets sites with nothing to hold. To be called now and then: a spacing passes without a call.
    pub fn prune(&mut self, now: DateTime<Utc>) {
        let spacing = self.rules.spacing;
        self.sites.retain(|_, site| !site.is_idle(now, spacing));
    }

    /// Sites held, for a gauge.
    #[must_use]
    pub fn sites(&self) -> usize {
        self.sites.len()
    }
}

impl Site {
    fn is_idle(&self, now: DateTime<Utc>, spacing: Duration) -> bool {
        self.under_way == 0
            && self.held_until.is_none_or(|until| until <= now)
            && later(self.last_start, spacing) <= now
    }
}

fn later(time: DateTime<Utc>, span: Duration) -> DateTime<Utc> {
    TimeDelta::from_std(span).ok().and_then(|span| time.checked_add_signed(span)).unwrap_or(DateTime::<Utc>::MAX_UTC)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(millis: i64) -> DateTime<Utc> {
        DateTime::from_timestamp_millis(1_000_000 + millis).unwrap()
    }

    fn ledger() -> Ledger {
        Ledger::new(SiteRules::default())
    }

    #[test]
    fn requests_to_a_site_are_spaced_and_others_are_not() {
        let mut ledger = ledger();
        assert_eq!(ledger.admit("a", at(0)), Admission::Go);
        assert_eq!(ledger.admit("a", at(1)), Admission::Wait(at(1_000)));
        assert_eq!(ledger.admit("b", at(1)), Admission::Go);
        assert_eq!(ledger.admit("a", at(1_000)), Admission::Go);
    }

    #[test]
    fn a_hanging_site_is_busy_until_a_request_ends() {
        let mut ledger = ledger();
        assert_eq!(ledger.admit("a", at(0)), Admission::Go);
        assert_eq!(ledger.admit("a", at(1_000)), Admission::Go);
        assert_eq!(ledger.admit("a", at(9_000)), Admission::Busy);
        ledger.finish("a", at(9_000));
        assert_eq!(ledger.admit("a", at(9_000)), Admission::Go);
    }

    #[test]
    fn a_site_that_wants_to_be_left_alone_is() {
        let mut ledger = ledger();
        ledger.hold_off("a", at(5_000));
        ledger.hold_off("a", at(2_000));
        assert_eq!(ledger.admit("a", at(0)), Admission::Wait(at(5_000)));
        assert_eq!(ledger.admit("a", at(5_000)), Admission::Go);
    }

    #[test]
    fn idle_sites_are_forgotten_and_others_kept() {
        let mut ledger = ledger();
        for site in ["done", "running", "held"] {
            assert_eq!(ledger.admit(site, at(0)), Admission::Go);
        }
        ledger.finish("done", at(10));
        ledger.finish("held", at(10));
        ledger.hold_off("held", at(60_000));
        assert_eq!(ledger.admit("done", at(20)), Admission::Wait(at(1_000)));
        ledger.prune(at(2_000));
        assert_eq!(ledger.sites(), 2);
        ledger.finish("running", at(3_000));
        ledger.prune(at(60_000));
        assert_eq!(ledger.sites(), 0);
    }

    #[test]
    fn a_clock_set_back_blocks_nobody() {
        let mut ledger = ledger();
        assert_eq!(ledger.admit("a", at(900_000)), Admission::Go);
        assert_eq!(ledger.admit("a", at(0)), Admission::Go);
    }
}
