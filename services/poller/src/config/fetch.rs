//! How feeds are fetched, and what is refused.

use std::{collections::BTreeMap, path::PathBuf, time::Duration};

use feed_core::host_pattern::HostPattern;
use ipnet::IpNet;
use serde::Deserialize;
use service_kit::config::Check;
use url::Url;

use super::{MIB, MINUTE, size};
use crate::resolve::HostOverride;

/// What may be written under `poller.fetch`.
#[derive(Clone, Debug, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct RawFetch {
    /// Page or mail address (`https://…`, `mailto:…`) by which publishers can ask about the traffic; sent with every request as part of the user agent.
    /// Default none, which is told at the start.
    pub contact: String,
    /// Product and version sent to publishers; the contact is added to it.
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
    /// Longest time that the reading of a body may take on its thread. Bodies of the largest size take a second or two. Default `20s`.
    pub parse_timeout: String,
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

/// Checked form of [`RawFetch`].
#[derive(Clone, Debug)]
pub struct Fetch {
    /// Sent to publishers, the contact included.
    pub user_agent: String,
    /// Whether there is one.
    pub has_contact: bool,
    /// Longest wait for a connection.
    pub connect_timeout: Duration,
    /// Longest wait for the head of an answer.
    pub first_byte_timeout: Duration,
    /// Longest silence between two reads.
    pub read_timeout: Duration,
    /// Longest time of a fetch.
    pub total_timeout: Duration,
    /// Longest time that the reading of a body may take.
    pub parse_timeout: Duration,
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

impl Default for RawFetch {
    fn default() -> Self {
        Self {
            contact: String::new(),
            user_agent: concat!("courant/", env!("CARGO_PKG_VERSION"), " (news feed poller)").into(),
            connect_timeout: "10s".into(),
            first_byte_timeout: "15s".into(),
            read_timeout: "15s".into(),
            total_timeout: "30s".into(),
            parse_timeout: "20s".into(),
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

impl Fetch {
    pub(super) fn check(raw: &RawFetch, check: &mut Check) -> Self {
        let timeout = Duration::from_millis(10)..=MINUTE * 10;
        let has_contact = !raw.contact.is_empty();
        let contact = has_contact.then(|| check.url("contact", &raw.contact, &["http", "https", "mailto"]));
        let user_agent = with_contact(check.text("user_agent", &raw.user_agent), contact.as_ref());
        let printable = user_agent.bytes().all(|byte| matches!(byte, b' '..=b'~'));
        check.require(printable, "user_agent", "holds characters that a header cannot", "use printable ASCII");
        let fetch = Self {
            user_agent,
            has_contact,
            connect_timeout: check.duration("connect_timeout", &raw.connect_timeout, timeout.clone()),
            first_byte_timeout: check.duration("first_byte_timeout", &raw.first_byte_timeout, timeout.clone()),
            read_timeout: check.duration("read_timeout", &raw.read_timeout, timeout.clone()),
            total_timeout: check.duration("total_timeout", &raw.total_timeout, timeout),
            parse_timeout: check.duration("parse_timeout", &raw.parse_timeout, Duration::from_millis(1)..=MINUTE * 10),
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

/// `product (comment; +contact)`, as crawlers give it.
fn with_contact(user_agent: String, contact: Option<&Url>) -> String {
    match (contact, user_agent.strip_suffix(')')) {
        (None, _) => user_agent,
        (Some(contact), Some(open)) => format!("{open}; +{contact})"),
        (Some(contact), None) => format!("{user_agent} (+{contact})"),
    }
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
        let key = format!("hosts.\"{pattern}\"");
        let pattern = pattern.parse::<HostPattern>().map_err(|error| check.fault(&key, error.to_string(), ""));
        let address = address.parse().map_err(|_| {
            let help = "write an IP address with a port, such as 10.1.2.3:8080";
            check.fault(&key, format!("{address:?} is no address"), help);
        });
        if let (Ok(pattern), Ok(address)) = (pattern, address) {
            hosts.push(HostOverride::new(pattern, address));
        }
    }
    hosts
}

#[cfg(test)]
mod tests {
    use service_kit::config::Origins;

    use super::*;

    fn user_agent(product: &str, contact: &str) -> Result<String, String> {
        let raw = RawFetch { contact: contact.into(), user_agent: product.into(), ..RawFetch::default() };
        let mut check = Check::new(Origins::default());
        let fetch = Fetch::check(&raw, &mut check);
        check.finish(fetch).map(|fetch| fetch.user_agent).map_err(|faults| faults.to_string())
    }

    #[test]
    fn the_contact_travels_in_the_user_agent() {
        let told = user_agent("courant/1 (news feed poller)", "https://news.example/bot");
        assert_eq!(told.unwrap(), "courant/1 (news feed poller; +https://news.example/bot)");
        assert_eq!(user_agent("mine/2", "mailto:me@news.example").unwrap(), "mine/2 (+mailto:me@news.example)");
        assert_eq!(user_agent("mine/2", "").unwrap(), "mine/2");
    }

    #[test]
    fn what_is_no_contact_is_refused() {
        for contact in ["call me", "ftp://news.example/"] {
            assert!(user_agent("mine/2", contact).unwrap_err().contains("contact"), "{contact}");
        }
    }

    #[test]
    fn an_override_that_names_no_host_or_no_address_is_refused_with_both_faults() {
        let overrides =
            [("*news.example", "10.1.2.3:8080"), ("feeds.example", "10.1.2.3"), ("*.b.example", "10.1.2.3:80")];
        let hosts = overrides.map(|(pattern, address)| (pattern.to_owned(), address.to_owned())).into();
        let mut check = Check::new(Origins::default());
        let fetch = Fetch::check(&RawFetch { hosts, ..RawFetch::default() }, &mut check);
        let faults = check.finish(()).unwrap_err().to_string();
        assert_eq!(fetch.hosts.len(), 1, "{:?}", fetch.hosts);
        for told in ["\"*news.example\" names no host", "\"10.1.2.3\" is no address", "*.example.com"] {
            assert!(faults.contains(told), "{faults}");
        }
    }
}
