//! When feeds are polled.

use std::{num::NonZeroU32, time::Duration};

use feed_core::{
    due::{Heeded, Policy},
    host_pattern::HostPattern,
    politeness::{Manners, SiteRules},
};
use serde::Deserialize;
use service_kit::config::Check;

use super::{DAY, HOUR, MINUTE, SECOND};
use crate::table::Target;

/// What may be written under `poller.poll`.
#[derive(Clone, Debug, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct RawPoll {
    /// Shortest time between two polls of a feed. Below a minute publishers object. Default `2m`.
    pub min_interval: String,
    /// Longest time between two polls of a feed in use. Default `2h`.
    pub max_interval: String,
    /// Longest time between the first poll of a feed and the second. Default `15m`.
    pub first_interval: String,
    /// The budget of requests: the feeds of a replica together are polled as often as if each were polled this often. Busy feeds get more of it and
    /// quiet ones less, so that new items are found as early as that number of requests allows. The bounds of each feed come first. Default `15m`.
    pub mean_interval: String,
    /// Most polls an hour of a replica, however many feeds it has, with a sixtieth of it at once; 0 for no such limit. It is planned for, and nothing passes it:
    /// where first polls, second looks, tries after failures or `max_interval` ask for more, feeds wait for their turn. Default 0.
    pub max_polls_per_hour: u32,
    /// How far publishers' wishes for fewer polls are heeded.
    pub heed: RawHeed,
    /// Time between second looks at a feed that is gone. Default `7days`.
    pub retired_interval: String,
    /// Longest wait that a Retry-After can impose. Default `1day`.
    pub longest_wait: String,
    /// How long a permanent redirect must last, seen five times over it, before its target is asked in place of the configured address.
    /// Shorter takes a mistake of the publisher for a move. Default `2days`.
    pub adopt_redirect_after: String,
    /// Older pages of a feed that are read at most to fill a gap, where a body shares no item with what was known and links to them (RFC 5005);
    /// 0 for none. Only pages of the feed's own site are, each under a turn there. Default 5.
    pub backfill_pages: u8,
    /// Sitemaps that are read at most at a poll of an index of them, those that changed last first; 0 for none. Only sitemaps of the index's own
    /// site are, each under a turn there. What changed two days before the last poll is left out. Default 3.
    pub index_sitemaps: u8,
    /// First polls of feeds that are new, or fell due while nobody polled them, are spread over this long, and longer where
    /// a poller takes so many over that it would ask more than 250 a second, and than twice what they come to otherwise. Default `10s`.
    pub ramp: String,
    /// Requests under way at one site (registrable domain) at a time. Default 2.
    pub per_site_concurrency: u16,
    /// Shortest time between the starts of two requests to one site. Default `1s`.
    pub per_site_spacing: String,
    /// Requests under way at one host at a time; they count as the site's too. Default 2.
    pub per_host_concurrency: u16,
    /// Shortest time between the starts of two requests to one host. Default `0s`: the spacing of the site is enough.
    pub per_host_spacing: String,
    /// Rules of single hosts and sites, such as a crawl delay that a publisher asked for. The first that covers a name counts. Default none.
    pub exceptions: Vec<RawException>,
    /// Fetches under way at a time, all sites together. Many more than answer at a time, since silent hosts hold a place until their
    /// timeout; each takes a socket. What bodies take is bounded by `fetch.max_bodies_bytes`. Default 256.
    pub max_in_flight: u16,
}

/// What may be written under `poller.poll.heed`: the longest wait that each kind of wish can bring about, up to `max_interval`; `0s` ignores it. What a server
/// asks for with a limit (`Retry-After`), `skipHours` and `skipDays` are not among them.
#[derive(Clone, Debug, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct RawHeed {
    /// `Cache-Control: max-age` and `Expires`. Default `7days`.
    pub freshness: String,
    /// `ttl` of RSS. Default `7days`.
    pub ttl: String,
    /// `sy:updatePeriod`, which many sites set to an hour whatever they publish. Default `7days`.
    pub update_period: String,
}

/// What may be written under `poller.poll.exceptions`.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct RawException {
    /// Name of a host or a site (registrable domain), or `*.` and a name for all hosts below it.
    pub hosts: String,
    /// Requests under way there at a time.
    pub concurrency: u16,
    /// Shortest time between the starts of two requests there.
    pub spacing: String,
}

/// Checked form of [`RawPoll`].
#[derive(Clone, Debug)]
pub struct Poll {
    /// Shortest time between two polls of a feed.
    pub min_interval: Duration,
    /// Longest.
    pub max_interval: Duration,
    /// Time between the first and the second poll.
    pub first_interval: Duration,
    /// Time between the polls of a feed, in the mean over all of a replica.
    pub mean_interval: Duration,
    /// Most polls an hour of a replica; 0 for no such limit.
    pub max_polls_per_hour: u32,
    /// How far publishers' wishes are heeded.
    pub heed: Heeded,
    /// Time between second looks at a feed that is gone.
    pub retired_interval: Duration,
    /// Longest wait that a Retry-After can impose.
    pub longest_wait: Duration,
    /// How long a permanent redirect must last before it is adopted.
    pub adopt_redirect_after: Duration,
    /// Older pages that are read at most to fill a gap.
    pub backfill_pages: u8,
    /// Sitemaps of an index that are read at most at a poll.
    pub index_sitemaps: u8,
    /// First polls are spread over this long.
    pub ramp: Duration,
    /// Requests under way at one site.
    pub per_site_concurrency: u16,
    /// Time between the starts of two requests to one site.
    pub per_site_spacing: Duration,
    /// Requests under way at one host.
    pub per_host_concurrency: u16,
    /// Time between the starts of two requests to one host.
    pub per_host_spacing: Duration,
    /// Rules of single hosts and sites.
    pub exceptions: Vec<(HostPattern, SiteRules)>,
    /// Fetches under way.
    pub max_in_flight: u16,
}

impl Default for RawPoll {
    fn default() -> Self {
        Self {
            min_interval: "2m".into(),
            max_interval: "2h".into(),
            first_interval: "15m".into(),
            mean_interval: "15m".into(),
            max_polls_per_hour: 0,
            heed: RawHeed::default(),
            retired_interval: "7days".into(),
            longest_wait: "1day".into(),
            adopt_redirect_after: "2days".into(),
            backfill_pages: 5,
            index_sitemaps: 3,
            ramp: "10s".into(),
            per_site_concurrency: 2,
            per_site_spacing: "1s".into(),
            per_host_concurrency: 2,
            per_host_spacing: "0s".into(),
            exceptions: Vec::new(),
            max_in_flight: 256,
        }
    }
}

impl Default for RawHeed {
    fn default() -> Self {
        Self { freshness: "7days".into(), ttl: "7days".into(), update_period: "7days".into() }
    }
}

impl Poll {
    /// How hosts and sites are treated.
    pub(crate) fn manners(&self) -> Manners {
        Manners {
            host: rules(self.per_host_concurrency, self.per_host_spacing),
            site: rules(self.per_site_concurrency, self.per_site_spacing),
            exceptions: self.exceptions.clone(),
        }
    }

    /// The bounds within which `feed` is polled; of two that cross, the polite one counts.
    pub(crate) fn policy_of(&self, feed: &Target) -> Policy {
        let min = feed.min_interval.unwrap_or(self.min_interval);
        let max = feed.max_interval.unwrap_or(self.max_interval).max(min);
        Policy {
            min,
            max,
            first: self.first_interval,
            retired: self.retired_interval,
            longest_wait: self.longest_wait,
            heeded: self.heed,
        }
    }

    pub(super) fn check(raw: &RawPoll, check: &mut Check) -> Self {
        // A second is for tests and demonstrations on one's own servers.
        let interval = SECOND..=DAY * 7;
        let poll = Self {
            min_interval: check.duration("min_interval", &raw.min_interval, interval.clone()),
            max_interval: check.duration("max_interval", &raw.max_interval, interval.clone()),
            first_interval: check.duration("first_interval", &raw.first_interval, interval.clone()),
            mean_interval: check.duration("mean_interval", &raw.mean_interval, interval),
            max_polls_per_hour: check.number("max_polls_per_hour", raw.max_polls_per_hour, 0..=100_000_000),
            heed: check.section("heed", |check| heed(&raw.heed, check)),
            retired_interval: check.duration("retired_interval", &raw.retired_interval, MINUTE..=DAY * 365),
            longest_wait: check.duration("longest_wait", &raw.longest_wait, SECOND..=DAY * 30),
            adopt_redirect_after: check.duration("adopt_redirect_after", &raw.adopt_redirect_after, SECOND..=DAY * 365),
            backfill_pages: check.number("backfill_pages", raw.backfill_pages, 0..=100),
            index_sitemaps: check.number("index_sitemaps", raw.index_sitemaps, 0..=100),
            ramp: check.duration("ramp", &raw.ramp, Duration::ZERO..=HOUR),
            per_site_concurrency: check.number("per_site_concurrency", raw.per_site_concurrency, 1..=64),
            per_site_spacing: check.duration("per_site_spacing", &raw.per_site_spacing, Duration::ZERO..=HOUR),
            per_host_concurrency: check.number("per_host_concurrency", raw.per_host_concurrency, 1..=64),
            per_host_spacing: check.duration("per_host_spacing", &raw.per_host_spacing, Duration::ZERO..=HOUR),
            exceptions: exceptions(raw, check),
            max_in_flight: check.number("max_in_flight", raw.max_in_flight, 1..=4096),
        };
        let sound = check.is_sound("min_interval") && check.is_sound("max_interval");
        check.require(
            !sound || poll.min_interval <= poll.max_interval,
            "min_interval",
            "above max_interval",
            "make it at most max_interval",
        );
        poll
    }
}

fn heed(raw: &RawHeed, check: &mut Check) -> Heeded {
    let span = Duration::ZERO..=DAY * 7;
    Heeded {
        fresh_for: check.duration("freshness", &raw.freshness, span.clone()),
        ttl: check.duration("ttl", &raw.ttl, span.clone()),
        update_period: check.duration("update_period", &raw.update_period, span),
    }
}

fn exceptions(raw: &RawPoll, check: &mut Check) -> Vec<(HostPattern, SiteRules)> {
    let mut exceptions = Vec::new();
    for (index, entry) in raw.exceptions.iter().enumerate() {
        check.section(&format!("exceptions[{index}]"), |check| {
            let concurrency = check.number("concurrency", entry.concurrency, 1..=64);
            let spacing = check.duration("spacing", &entry.spacing, Duration::ZERO..=DAY);
            match entry.hosts.trim().parse::<HostPattern>() {
                Ok(pattern) => exceptions.push((pattern, rules(concurrency, spacing))),
                Err(error) => check.fault("hosts", error.to_string(), ""),
            }
        });
    }
    exceptions
}

fn rules(concurrency: u16, spacing: Duration) -> SiteRules {
    SiteRules { concurrency: NonZeroU32::new(concurrency.into()).unwrap_or(NonZeroU32::MIN), spacing }
}

#[cfg(test)]
mod tests {
    use chrono::DateTime;
    use feed_core::politeness::{Admission, Ledger, Place};
    use news_model::feed_url;
    use service_kit::config::Origins;

    use super::*;

    #[test]
    fn a_pattern_gives_hosts_a_crawl_delay_of_their_own() {
        let slow = RawException { hosts: "*.slow.example".into(), concurrency: 1, spacing: "1m".into() };
        let raw = RawPoll { per_site_spacing: "0s".into(), exceptions: vec![slow], ..RawPoll::default() };
        let mut check = Check::new(Origins::default());
        let mut ledger = Ledger::new(Poll::check(&raw, &mut check).manners());
        check.finish(()).unwrap();
        let now = DateTime::UNIX_EPOCH;
        let mut ask = |url: &str| ledger.admit(&Place::of_url(&feed_url(url).unwrap()), now);
        assert_eq!(ask("http://news.slow.example/1"), Admission::Go);
        assert!(ask("http://news.slow.example/2") != Admission::Go);
        assert_eq!([ask("http://a.example/1"), ask("http://a.example/2")], [Admission::Go, Admission::Go]);
    }

    #[test]
    fn an_exception_that_names_no_host_is_refused() {
        for hosts in ["", "*slow.example", "http://slow.example/"] {
            let exception = RawException { hosts: hosts.into(), concurrency: 1, spacing: "1m".into() };
            let mut check = Check::new(Origins::default());
            let poll = Poll::check(&RawPoll { exceptions: vec![exception], ..RawPoll::default() }, &mut check);
            let faults = check.finish(()).unwrap_err().to_string();
            assert!(poll.exceptions.is_empty() && faults.contains("names no host"), "{faults}");
        }
    }
}
