//! What may be written about polling, then what it means.

use std::{collections::BTreeMap, net::SocketAddr, num::NonZeroU32, path::PathBuf, time::Duration};

use feed_core::{
    due::Policy,
    host_pattern::HostPattern,
    politeness::{Manners, SiteRules},
};
use ipnet::IpNet;
use news_model::Feed;
use serde::Deserialize;
use service_kit::config::Check;

use crate::resolve::HostOverride;

/// What may be written under `poll`, `fetch` and `commit` of a poller.
#[derive(Clone, Debug, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct RawPoller {
    /// How long the start may wait for the brokers and the topics; then the process ends with 69. Shorter than a broker's restart makes
    /// the orchestrator restart the poller over and over. Default `10m`.
    pub start_deadline: String,
    /// When feeds are polled.
    pub poll: RawPoll,
    /// How they are fetched.
    pub fetch: RawFetch,
    /// How outcomes are committed.
    pub commit: RawCommit,
}

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
    /// Most polls an hour that a replica plans for, however many feeds it has; 0 for no such limit. First polls, second looks and tries after
    /// failures come on top. A limit below what `max_interval` asks for has no more effect than to keep all feeds there. Default 0.
    pub max_polls_per_hour: u32,
    /// Time between second looks at a feed that is gone. Default `7days`.
    pub retired_interval: String,
    /// Longest wait that a Retry-After can impose. Default `1day`.
    pub longest_wait: String,
    /// How long a permanent redirect must last, seen five times over it, before its target is asked in place of the configured address.
    /// Shorter takes a mistake of the publisher for a move. Default `2days`.
    pub adopt_redirect_after: String,
    /// First polls of feeds that are new are spread over this long. Default `10s`.
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

/// What may be written under `poller.fetch`.
#[derive(Clone, Debug, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct RawFetch {
    /// Product, version and contact address sent to publishers, who should be able to ask about the traffic.
    /// Default `courant/<version> (news feed poller)`.
    pub user_agent: String,
    /// Longest wait for a connection, TLS included. Default `10s`.
    pub connect_timeout: String,
    /// Longest wait for the head of an answer, from asking on, connecting included. Default `15s`.
    pub first_byte_timeout: String,
    /// Longest silence between two reads of a body. Default `15s`.
    pub read_timeout: String,
    /// Longest time of a fetch, redirects and body included, waits for the turn at a host not. Default `30s`.
    pub total_timeout: String,
    /// Largest body after decoding, counted while it is decoded. Default 8 MiB.
    pub max_body_bytes: u64,
    /// Largest body as it comes, before decoding. Default 8 MiB.
    pub max_wire_bytes: u64,
    /// How many times its packed size a body may grow to, once it is past `ratio_from_bytes`; feeds stay below 30. Default 100.
    pub max_ratio: u16,
    /// Bodies that stay below this after decoding may be packed as well as they like. Default 1 MiB.
    pub ratio_from_bytes: u64,
    /// Largest head of an answer. Default 64 KiB; the HTTP client itself gives up at 400 KiB.
    pub max_header_bytes: u64,
    /// Lines in the head of an answer. Default 100.
    pub max_headers: u16,
    /// What all bodies in memory may take together; a fetch waits for room, and is put off when none comes free. Default 64 MiB.
    pub max_bodies_bytes: u64,
    /// Ports that feeds may be asked at; addresses of `allow_networks` and `hosts` may have any. Default 80, 443, 8080 and 8443.
    pub allow_ports: Vec<u16>,
    /// PEM file of certificates that are trusted beside those of the system, for an intranet. Default none.
    pub ca_file: String,
    /// Redirects followed. Default 5.
    pub max_redirects: u8,
    /// Networks that may be reached although they are not public, as `10.1.0.0/16`. Default none.
    pub allow_networks: Vec<String>,
    /// Addresses of hosts that are not asked of DNS: `"feeds.intra.example" = "10.1.2.3:8080"`, or `"*.example"` for all names below.
    /// They may be reached wherever they are. Default none.
    pub hosts: BTreeMap<String, String>,
}

/// What may be written under `poller.commit`.
#[derive(Clone, Debug, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct RawCommit {
    /// Outcomes gather this long before they are committed together. Shorter is fresher, longer is cheaper. Default `250ms`.
    pub interval: String,
    /// A batch is cut at this many bytes of records. Default 4 MiB.
    pub max_batch_bytes: u64,
    /// Bytes of records that may wait for a commit; beyond, fetching stops. Default 64 MiB.
    pub max_unsent_bytes: u64,
}

/// The checked settings of a poller.
#[derive(Clone, Debug)]
pub struct Settings {
    /// How long the start may wait for the cluster.
    pub start_deadline: Duration,
    /// When feeds are polled.
    pub poll: Poll,
    /// How they are fetched.
    pub fetch: Fetch,
    /// How outcomes are committed.
    pub commit: Commit,
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
    /// Time between second looks at a feed that is gone.
    pub retired_interval: Duration,
    /// Longest wait that a Retry-After can impose.
    pub longest_wait: Duration,
    /// How long a permanent redirect must last before it is adopted.
    pub adopt_redirect_after: Duration,
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

/// Checked form of [`RawFetch`].
#[derive(Clone, Debug)]
pub struct Fetch {
    /// Sent to publishers.
    pub user_agent: String,
    /// Longest wait for a connection.
    pub connect_timeout: Duration,
    /// Longest wait for the head of an answer.
    pub first_byte_timeout: Duration,
    /// Longest silence between two reads.
    pub read_timeout: Duration,
    /// Longest time of a fetch.
    pub total_timeout: Duration,
    /// Largest body after decoding.
    pub max_body_bytes: usize,
    /// Largest body before decoding.
    pub max_wire_bytes: usize,
    /// How many times its packed size a body may grow to.
    pub max_ratio: usize,
    /// Size after decoding from which that counts.
    pub ratio_from_bytes: usize,
    /// Largest head of an answer.
    pub max_header_bytes: usize,
    /// Lines in it.
    pub max_headers: usize,
    /// What all bodies in memory may take.
    pub max_bodies_bytes: usize,
    /// Ports that feeds may be asked at.
    pub allow_ports: Vec<u16>,
    /// Certificates that are trusted beside those of the system.
    pub ca_file: Option<PathBuf>,
    /// Redirects followed.
    pub max_redirects: usize,
    /// Networks that may be reached although they are not public.
    pub allow_networks: Vec<IpNet>,
    /// Hosts that are not asked of DNS.
    pub hosts: Vec<HostOverride>,
}

/// Checked form of [`RawCommit`].
#[derive(Clone, Debug)]
pub struct Commit {
    /// Outcomes gather this long.
    pub interval: Duration,
    /// A batch is cut at this size.
    pub max_batch_bytes: usize,
    /// Bytes that may wait for a commit.
    pub max_unsent_bytes: usize,
}

const SECOND: Duration = Duration::from_secs(1);
const MINUTE: Duration = Duration::from_mins(1);
const HOUR: Duration = Duration::from_hours(1);
const DAY: Duration = Duration::from_hours(24);
const MIB: u64 = 1 << 20;

impl Default for RawPoller {
    fn default() -> Self {
        Self {
            start_deadline: "10m".into(),
            poll: RawPoll::default(),
            fetch: RawFetch::default(),
            commit: RawCommit::default(),
        }
    }
}

impl Default for RawPoll {
    fn default() -> Self {
        Self {
            min_interval: "2m".into(),
            max_interval: "2h".into(),
            first_interval: "15m".into(),
            mean_interval: "15m".into(),
            max_polls_per_hour: 0,
            retired_interval: "7days".into(),
            longest_wait: "1day".into(),
            adopt_redirect_after: "2days".into(),
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

impl Default for RawFetch {
    fn default() -> Self {
        Self {
            user_agent: concat!("courant/", env!("CARGO_PKG_VERSION"), " (news feed poller)").into(),
            connect_timeout: "10s".into(),
            first_byte_timeout: "15s".into(),
            read_timeout: "15s".into(),
            total_timeout: "30s".into(),
            max_body_bytes: 8 * MIB,
            max_wire_bytes: 8 * MIB,
            max_ratio: 100,
            ratio_from_bytes: MIB,
            max_header_bytes: 64 * 1024,
            max_headers: 100,
            max_bodies_bytes: 64 * MIB,
            allow_ports: vec![80, 443, 8080, 8443],
            ca_file: String::new(),
            max_redirects: 5,
            allow_networks: Vec::new(),
            hosts: BTreeMap::new(),
        }
    }
}

impl Default for RawCommit {
    fn default() -> Self {
        Self { interval: "250ms".into(), max_batch_bytes: 4 * MIB, max_unsent_bytes: 64 * MIB }
    }
}

impl Settings {
    /// Checks `raw`, whose keys lie under `poller`; faults go to `check`.
    pub fn check(raw: &RawPoller, check: &mut Check) -> Self {
        check.section("poller", |check| Self {
            start_deadline: check.duration("start_deadline", &raw.start_deadline, SECOND..=DAY),
            poll: check.section("poll", |check| Poll::check(&raw.poll, check)),
            fetch: check.section("fetch", |check| Fetch::check(&raw.fetch, check)),
            commit: check.section("commit", |check| Commit::check(&raw.commit, check)),
        })
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
    pub(crate) fn policy_of(&self, feed: &Feed) -> Policy {
        let min = feed.min_interval.unwrap_or(self.min_interval);
        let max = feed.max_interval.unwrap_or(self.max_interval).max(min);
        Policy { min, max, first: self.first_interval, retired: self.retired_interval, longest_wait: self.longest_wait }
    }

    fn check(raw: &RawPoll, check: &mut Check) -> Self {
        // A second is for tests and demonstrations on one's own servers.
        let interval = SECOND..=DAY * 7;
        let poll = Self {
            min_interval: check.duration("min_interval", &raw.min_interval, interval.clone()),
            max_interval: check.duration("max_interval", &raw.max_interval, interval.clone()),
            first_interval: check.duration("first_interval", &raw.first_interval, interval.clone()),
            mean_interval: check.duration("mean_interval", &raw.mean_interval, interval),
            max_polls_per_hour: check.number("max_polls_per_hour", raw.max_polls_per_hour, 0..=100_000_000),
            retired_interval: check.duration("retired_interval", &raw.retired_interval, MINUTE..=DAY * 365),
            longest_wait: check.duration("longest_wait", &raw.longest_wait, SECOND..=DAY * 30),
            adopt_redirect_after: check.duration("adopt_redirect_after", &raw.adopt_redirect_after, SECOND..=DAY * 365),
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

impl Fetch {
    fn check(raw: &RawFetch, check: &mut Check) -> Self {
        let timeout = Duration::from_millis(10)..=MINUTE * 10;
        let user_agent = check.text("user_agent", &raw.user_agent);
        let printable = user_agent.bytes().all(|byte| matches!(byte, b' '..=b'~'));
        check.require(printable, "user_agent", "holds characters that a header cannot", "use printable ASCII");
        let fetch = Self {
            user_agent,
            connect_timeout: check.duration("connect_timeout", &raw.connect_timeout, timeout.clone()),
            first_byte_timeout: check.duration("first_byte_timeout", &raw.first_byte_timeout, timeout.clone()),
            read_timeout: check.duration("read_timeout", &raw.read_timeout, timeout.clone()),
            total_timeout: check.duration("total_timeout", &raw.total_timeout, timeout),
            max_body_bytes: size(check.bytes("max_body_bytes", raw.max_body_bytes, 1024..=256 * MIB)),
            max_wire_bytes: size(check.bytes("max_wire_bytes", raw.max_wire_bytes, 1024..=256 * MIB)),
            max_ratio: usize::from(check.number("max_ratio", raw.max_ratio, 1..=10_000)),
            ratio_from_bytes: size(check.bytes("ratio_from_bytes", raw.ratio_from_bytes, 1024..=256 * MIB)),
            max_header_bytes: size(check.bytes("max_header_bytes", raw.max_header_bytes, 1024..=256 * 1024)),
            max_headers: usize::from(check.number("max_headers", raw.max_headers, 10..=1_000)),
            max_bodies_bytes: size(check.bytes("max_bodies_bytes", raw.max_bodies_bytes, MIB..=1024 * MIB)),
            allow_ports: check.list("allow_ports", &raw.allow_ports),
            ca_file: (!raw.ca_file.is_empty()).then(|| PathBuf::from(&raw.ca_file)),
            max_redirects: usize::from(check.number("max_redirects", raw.max_redirects, 0..=20)),
            allow_networks: networks(raw, check),
            hosts: hosts(raw, check),
        };
        let sound = check.is_sound("max_body_bytes") && check.is_sound("max_bodies_bytes");
        check.require(
            !sound || fetch.max_bodies_bytes / 2 >= fetch.max_body_bytes,
            "max_bodies_bytes",
            "holds less than two of the largest bodies",
            "make it at least twice max_body_bytes",
        );
        fetch
    }
}

impl Commit {
    fn check(raw: &RawCommit, check: &mut Check) -> Self {
        let interval = Duration::from_millis(1)..=SECOND * 10;
        Self {
            interval: check.duration("interval", &raw.interval, interval),
            max_batch_bytes: size(check.bytes("max_batch_bytes", raw.max_batch_bytes, 64 * 1024..=32 * MIB)),
            max_unsent_bytes: size(check.bytes("max_unsent_bytes", raw.max_unsent_bytes, 2 * MIB..=1024 * MIB)),
        }
    }
}

fn exceptions(raw: &RawPoll, check: &mut Check) -> Vec<(HostPattern, SiteRules)> {
    let mut exceptions = Vec::new();
    for (index, entry) in raw.exceptions.iter().enumerate() {
        check.section(&format!("exceptions[{index}]"), |check| {
            let concurrency = check.number("concurrency", entry.concurrency, 1..=64);
            let spacing = check.duration("spacing", &entry.spacing, Duration::ZERO..=DAY);
            exceptions
                .push((HostPattern::from(check.text("hosts", &entry.hosts).as_str()), rules(concurrency, spacing)));
        });
    }
    exceptions
}

fn rules(concurrency: u16, spacing: Duration) -> SiteRules {
    SiteRules { concurrency: NonZeroU32::new(concurrency.into()).unwrap_or(NonZeroU32::MIN), spacing }
}

fn networks(raw: &RawFetch, check: &mut Check) -> Vec<IpNet> {
    let mut networks = Vec::new();
    for text in &raw.allow_networks {
        match text.parse() {
            Ok(network) => networks.push(network),
            Err(_) => check.fault(
                "allow_networks",
                format!("{text:?} is no network"),
                "write networks as 10.1.0.0/16 or fd00::/8",
            ),
        }
    }
    networks
}

fn hosts(raw: &RawFetch, check: &mut Check) -> Vec<HostOverride> {
    let mut hosts = Vec::new();
    for (pattern, address) in &raw.hosts {
        match address.parse::<SocketAddr>() {
            Ok(address) => hosts.push(HostOverride::new(pattern, address)),
            Err(_) => check.fault(
                &format!("hosts.\"{pattern}\""),
                format!("{address:?} is no address"),
                "write an IP address with a port, such as 10.1.2.3:8080",
            ),
        }
    }
    hosts
}

fn size(bytes: u64) -> usize {
    usize::try_from(bytes).unwrap_or(usize::MAX)
}
