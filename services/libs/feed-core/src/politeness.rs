//! The ledger of who is being asked: how many requests to a host and to its registrable domain at a time, how far apart, and who wants to be left
//! alone.
//!
//! Every request has two accounts, that of the host that is contacted and that of the registrable domain it lies under, and is sent when
//! both allow it. Configuration gives single hosts, all hosts below a name, or domains rules of their own.

use std::{collections::hash_map::Entry, num::NonZeroU32, sync::Arc, time::Duration};

use chrono::{DateTime, TimeDelta, Utc};
use foldhash::{HashMap, HashMapExt};
use news_model::ShardKey;
use url::{Host, Url};

use crate::{
    host_pattern::HostPattern,
    quiet::{Quiet, Scope},
};

/// How a host or a domain is treated.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct SiteRules {
    /// Most requests at a time.
    pub concurrency: NonZeroU32,
    /// Least time between the starts of two requests.
    pub spacing: Duration,
}

/// How everybody is treated.
#[derive(Clone, Debug, Default)]
pub struct Manners {
    /// Each host.
    pub host: SiteRules,
    /// All hosts of a registrable domain together.
    pub site: SiteRules,
    /// Rules of hosts, and of domains by their name; the first that covers a name counts.
    pub exceptions: Vec<(HostPattern, SiteRules)>,
}

/// Where a request goes. Copies share their texts.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct Place {
    /// The host, in lower case.
    pub host: Arc<str>,
    /// Its registrable domain by the public suffix list, or the host where there is none.
    pub site: Arc<str>,
}

/// The account that keeps a request back.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Obstacle {
    /// That of the host.
    Host,
    /// That of the registrable domain.
    Site,
}

/// Whether a request may be sent.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Admission {
    /// Send it, and call [`Ledger::finish`] when it has ended, whatever its end.
    Go,
    /// Ask again then.
    Wait(DateTime<Utc>, Obstacle),
    /// As many requests as allowed are under way; ask again when one has ended.
    Busy(Obstacle),
}

/// What a request was met with.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Heard {
    /// Nothing that tells whether requests are welcome.
    Nothing,
    /// An answer that asks for no quiet, to a request sent then.
    Welcome(DateTime<Utc>),
    /// The wish to be left alone until then.
    Quiet(DateTime<Utc>),
}

/// Requests under way and those of late, by host and by registrable domain.
///
/// Holds only what has something to hold: requests under way, a spacing that has not passed, or a wish to be left alone.
#[derive(Debug)]
pub struct Ledger {
    manners: Manners,
    hosts: Accounts,
    sites: Accounts,
    quiet: Quiet,
}

type Accounts = HashMap<Arc<str>, Account>;

#[derive(Clone, Copy, Debug)]
struct Account {
    rules: SiteRules,
    under_way: u32,
    last_start: DateTime<Utc>,
}

impl Default for SiteRules {
    /// Two at a time, a second apart: what a reader with two open tabs does.
    fn default() -> Self {
        Self { concurrency: NonZeroU32::MIN.saturating_add(1), spacing: Duration::from_secs(1) }
    }
}

impl Manners {
    /// The same for every host and every domain.
    #[must_use]
    pub fn uniform(rules: SiteRules) -> Self {
        Self { host: rules, site: rules, exceptions: Vec::new() }
    }

    fn of(&self, name: &str, usual: SiteRules) -> SiteRules {
        self.exceptions.iter().find(|(pattern, _)| pattern.covers(name)).map_or(usual, |(_, rules)| *rules)
    }
}

impl Place {
    /// Where a request for `url` goes.
    #[must_use]
    pub fn of_url(url: &Url) -> Self {
        let host = match url.host() {
            Some(Host::Domain(name)) => name.trim_end_matches('.').to_ascii_lowercase(),
            Some(Host::Ipv4(address)) => address.to_string(),
            Some(Host::Ipv6(address)) => address.to_string(),
            None => String::new(),
        };
        let host: Arc<str> = host.into();
        let site = ShardKey::of_url(url);
        let site = if site.as_str() == &*host { host.clone() } else { site.as_str().into() };
        Self { host, site }
    }
}

impl Ledger {
    /// A ledger with nobody in it.
    #[must_use]
    pub fn new(manners: Manners) -> Self {
        Self { manners, hosts: Accounts::new(), sites: Accounts::new(), quiet: Quiet::default() }
    }

    /// Asks to send a request to `place` now; [`Admission::Go`] counts it as sent.
    pub fn admit(&mut self, place: &Place, now: DateTime<Utc>) -> Admission {
        if let Some((until, obstacle)) = self.quiet.obstacle(place, now) {
            return Admission::Wait(until, obstacle);
        }
        for (accounts, name, obstacle) in
            [(&self.sites, &place.site, Obstacle::Site), (&self.hosts, &place.host, Obstacle::Host)]
        {
            match accounts.get(name).map_or(Free::Now, |account| account.free(now)) {
                Free::Now => {}
                Free::At(until) => return Admission::Wait(until, obstacle),
                Free::AfterOther => return Admission::Busy(obstacle),
            }
        }
        let rules = self.manners.of(&place.site, self.manners.site);
        start(&mut self.sites, &place.site, rules, now);
        let rules = self.manners.of(&place.host, self.manners.host);
        start(&mut self.hosts, &place.host, rules, now);
        self.quiet.sent(place, now);
        Admission::Go
    }

    /// Tells that a request to `place` has ended, and what was heard. How far a wish for quiet is taken to reach.
    pub fn finish(&mut self, place: &Place, now: DateTime<Utc>, heard: Heard) -> Option<Scope> {
        end(&mut self.sites, &place.site, now);
        end(&mut self.hosts, &place.host, now);
        match heard {
            Heard::Nothing => self.quiet.unanswered(place, now),
            Heard::Welcome(started) => self.quiet.answered(place, started),
            Heard::Quiet(until) => return Some(self.quiet.limited(place, now, until)),
        }
        None
    }

    /// Forgets those with nothing to hold. To be called now and then: a spacing passes without a call.
    pub fn prune(&mut self, now: DateTime<Utc>) {
        self.hosts.retain(|_, account| !account.is_idle(now));
        self.sites.retain(|_, account| !account.is_idle(now));
        self.quiet.prune(now);
    }

    /// Accounts held, for a gauge.
    #[must_use]
    pub fn accounts(&self) -> usize {
        self.hosts.len() + self.sites.len() + self.quiet.sites()
    }
}

/// When an account allows a request.
enum Free {
    Now,
    At(DateTime<Utc>),
    AfterOther,
}

impl Account {
    fn free(&self, now: DateTime<Utc>) -> Free {
        if self.under_way >= self.rules.concurrency.get() {
            return Free::AfterOther;
        }
        let free_at = later(self.last_start, self.rules.spacing);
        // A clock that was set back must not stretch the spacing.
        if free_at > now && self.last_start <= now { Free::At(free_at) } else { Free::Now }
    }

    fn is_idle(&self, now: DateTime<Utc>) -> bool {
        self.under_way == 0 && later(self.last_start, self.rules.spacing) <= now
    }
}

fn start(accounts: &mut Accounts, name: &Arc<str>, rules: SiteRules, now: DateTime<Utc>) {
    let account = accounts.entry(name.clone()).or_insert(Account { rules, under_way: 0, last_start: now });
    account.under_way += 1;
    account.last_start = now;
}

fn end(accounts: &mut Accounts, name: &Arc<str>, now: DateTime<Utc>) {
    if let Entry::Occupied(mut account) = accounts.entry(name.clone()) {
        let under_way = account.get().under_way.saturating_sub(1);
        account.get_mut().under_way = under_way;
        if account.get().is_idle(now) {
            account.remove();
        }
    }
}

fn later(time: DateTime<Utc>, span: Duration) -> DateTime<Utc> {
    TimeDelta::from_std(span).ok().and_then(|span| time.checked_add_signed(span)).unwrap_or(DateTime::<Utc>::MAX_UTC)
}

#[cfg(test)]
mod tests;
