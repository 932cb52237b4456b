//! Resolves hosts, and lets only addresses through that the poller may reach.

use std::{
    error::Error,
    net::{IpAddr, SocketAddr},
    sync::Arc,
};

use feed_core::host_pattern::HostPattern;
use ipnet::IpNet;
use reqwest::dns::{Addrs, Name, Resolve, Resolving};
use url::{Host, Url};

use crate::config::Fetch;

/// A host, or all hosts below one, whose address is configured.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct HostOverride {
    pattern: HostPattern,
    address: SocketAddr,
}

/// Which addresses may be reached: public ones, configured networks, configured hosts.
#[derive(Clone, Debug)]
pub(crate) struct Guard(Arc<Rules>);

#[derive(Debug)]
struct Rules {
    hosts: Vec<HostOverride>,
    networks: Vec<IpNet>,
    ports: Vec<u16>,
}

/// Why a host was not resolved.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub(crate) enum ResolveError {
    /// One of its addresses is not public; all are refused, or an answer that changes could slip one in.
    #[error("{}, which is not public; poller.fetch.allow_networks can let it through", has_address(host, *address))]
    Denied { host: String, address: IpAddr },
    /// The port is not among those that feeds are served at.
    #[error("port {port} of {host} is not among poller.fetch.allow_ports")]
    Port { host: String, port: u16 },
    /// A redirect from outside led to a host whose address is configured and not public: what is configured for feeds is no way in for strangers.
    #[error("{host} was led to by a redirect from elsewhere, and its configured address {address} is not public")]
    Detour { host: String, address: IpAddr },
    /// It has none.
    #[error("{host} has no address")]
    NoAddress { host: String },
    /// DNS failed.
    #[error("{host} did not resolve: {cause}")]
    Failed { host: String, cause: String },
}

impl HostOverride {
    /// An override for the hosts of `pattern`.
    #[must_use]
    pub fn new(pattern: HostPattern, address: SocketAddr) -> Self {
        Self { pattern, address }
    }
}

impl Guard {
    pub(crate) fn new(limits: &Fetch) -> Self {
        let (hosts, networks) = (limits.hosts.clone(), limits.allow_networks.clone());
        Self(Arc::new(Rules { hosts, networks, ports: limits.allow_ports.clone() }))
    }

    /// Checks what a URL says by itself, before anything is resolved: its port, a literal address, which no resolver is ever asked about, and
    /// whether a redirect from `came_from` may lead to a configured host.
    pub(crate) fn check(&self, url: &Url, came_from: Option<&Url>) -> Result<(), ResolveError> {
        let host = host_of(url);
        if let Some(address) = literal(url) {
            if !self.allows(address) {
                return Err(ResolveError::Denied { host, address });
            }
            if self.is_listed(address) {
                return Ok(());
            }
        } else if let Some(address) = self.address_of(&host) {
            let stranger = came_from.is_some_and(|from| !self.is_configured(from));
            if stranger && !self.allows(address.ip()) {
                return Err(ResolveError::Detour { host, address: address.ip() });
            }
            return Ok(());
        }
        match url.port_or_known_default() {
            Some(port) if !self.0.ports.contains(&port) => Err(ResolveError::Port { host, port }),
            _ => Ok(()),
        }
    }

    /// Checks whom a connection was made to.
    pub(crate) fn check_peer(&self, peer: SocketAddr) -> Result<(), ResolveError> {
        let address = peer.ip().to_canonical();
        if self.allows(address) || self.0.hosts.iter().any(|entry| entry.address.ip() == address) {
            return Ok(());
        }
        Err(ResolveError::Denied { host: peer.ip().to_string(), address: peer.ip() })
    }

    /// Whether the address behind `url` is known from the configuration.
    fn is_configured(&self, url: &Url) -> bool {
        match literal(url) {
            Some(address) => self.is_listed(address),
            None => self.address_of(&host_of(url)).is_some(),
        }
    }

    fn address_of(&self, host: &str) -> Option<SocketAddr> {
        let covering = self.0.hosts.iter().find(|entry| entry.pattern.covers(host))?;
        Some(covering.address)
    }

    fn allows(&self, address: IpAddr) -> bool {
        feed_core::address::is_public(address) || self.is_listed(address)
    }

    fn is_listed(&self, address: IpAddr) -> bool {
        self.0.networks.iter().any(|network| network.contains(&address))
    }

    async fn lookup(&self, host: String) -> Result<Vec<SocketAddr>, ResolveError> {
        let host = host.trim_end_matches('.').to_ascii_lowercase();
        if let Some(address) = self.address_of(&host) {
            return Ok(vec![address]);
        }
        let found = tokio::net::lookup_host((host.as_str(), 0)).await.map(Iterator::collect::<Vec<_>>);
        let addresses = match found {
            Ok(addresses) => addresses,
            Err(error) => {
                return Err(ResolveError::Failed { host, cause: error.to_string() });
            }
        };
        if let Some(denied) = addresses.iter().find(|address| !self.allows(address.ip())) {
            return Err(ResolveError::Denied { host, address: denied.ip() });
        }
        if addresses.is_empty() {
            return Err(ResolveError::NoAddress { host });
        }
        Ok(addresses)
    }
}

/// `host` with its address, which a literal says by itself.
fn has_address(host: &str, address: IpAddr) -> String {
    let literal = host.trim_matches(['[', ']']).parse::<IpAddr>();
    if literal == Ok(address) {
        format!("the address is {address}")
    } else {
        format!("{host} has the address {address}")
    }
}

fn host_of(url: &Url) -> String {
    url.host_str().unwrap_or_default().trim_end_matches('.').to_ascii_lowercase()
}

fn literal(url: &Url) -> Option<IpAddr> {
    match url.host()? {
        Host::Ipv4(address) => Some(address.into()),
        Host::Ipv6(address) => Some(address.into()),
        Host::Domain(_) => None,
    }
}

impl Resolve for Guard {
    fn resolve(&self, name: Name) -> Resolving {
        let guard = self.clone();
        Box::pin(async move {
            match guard.lookup(name.as_str().to_owned()).await {
                Ok(addresses) => Ok::<Addrs, Box<dyn Error + Send + Sync>>(Box::new(addresses.into_iter())),
                Err(error) => Err(error.into()),
            }
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn guard() -> Guard {
        let hosts = vec![
            HostOverride::new(HostPattern::below("example"), "127.0.0.1:8080".parse().unwrap()),
            HostOverride::new("intra".parse().unwrap(), "10.0.0.1:80".parse().unwrap()),
        ];
        let networks = vec!["192.168.7.0/24".parse().unwrap()];
        Guard(Arc::new(Rules { hosts, networks, ports: vec![80, 443] }))
    }

    fn check(url: &str) -> Result<(), ResolveError> {
        guard().check(&Url::parse(url).unwrap(), None)
    }

    #[tokio::test]
    async fn a_configured_host_needs_no_dns_and_may_be_private() {
        let found = guard().lookup("News.Example.".to_owned()).await;
        assert_eq!(found, Ok(vec!["127.0.0.1:8080".parse().unwrap()]));
    }

    #[tokio::test]
    async fn a_name_that_leads_to_a_private_address_is_denied() {
        let found = guard().lookup("localhost".to_owned()).await;
        assert!(matches!(found, Err(ResolveError::Denied { .. })), "{found:?}");
    }

    #[test]
    fn private_literals_are_denied_in_every_spelling() {
        let spellings = [
            "http://127.0.0.1/",
            "http://2130706433/",
            "http://0x7f.1/",
            "http://127.1/",
            "http://[::1]/",
            "http://[::ffff:127.0.0.1]/",
            "http://\u{ff11}\u{ff12}\u{ff17}.0.0.1/",
            "http://169.254.169.254/",
            "http://10.1.2.3/",
        ];
        for url in spellings {
            assert!(matches!(check(url), Err(ResolveError::Denied { .. })), "{url}");
        }
    }

    #[test]
    fn a_refusal_names_the_host_and_its_address_once_where_they_are_the_same() {
        let told = |url| check(url).unwrap_err().to_string();
        assert!(told("http://2130706433/").starts_with("the address is 127.0.0.1, which is not public"));
        assert!(told("http://[::ffff:127.0.0.1]/").starts_with("the address is ::ffff:127.0.0.1, which"));
        let named = ResolveError::Denied { host: "a.test".into(), address: [10, 0, 0, 1].into() };
        assert!(named.to_string().starts_with("a.test has the address 10.0.0.1, which"));
    }

    #[test]
    fn public_and_allowed_literals_pass() {
        assert_eq!(check("http://93.184.216.34/"), Ok(()));
        assert_eq!(check("http://192.168.7.9/"), Ok(()));
    }

    #[test]
    fn ports_beside_those_allowed_are_denied_save_where_the_address_is_configured() {
        for url in ["http://a.test:25/", "https://a.test:8080/", "http://93.184.216.34:6379/"] {
            assert!(matches!(check(url), Err(ResolveError::Port { .. })), "{url}");
        }
        for url in ["http://a.test/", "https://a.test/", "http://192.168.7.9:99/", "http://news.example:99/"] {
            assert_eq!(check(url), Ok(()), "{url}");
        }
    }

    #[test]
    fn a_redirect_from_outside_is_no_way_to_a_configured_private_host() {
        let from = |from: &str, to: &str| guard().check(&Url::parse(to).unwrap(), Some(&Url::parse(from).unwrap()));
        assert!(matches!(from("http://a.test/", "http://intra/admin"), Err(ResolveError::Detour { .. })));
        assert_eq!(
            from("http://news.example/", "http://intra/feed"),
            Ok(()),
            "one configured host may lead to another"
        );
        assert_eq!(from("http://a.test/", "http://b.test/"), Ok(()));
    }

    #[test]
    fn a_peer_that_is_neither_public_nor_configured_is_denied() {
        let peer = |text: &str| guard().check_peer(text.parse().unwrap());
        for text in ["10.0.0.2:80", "[::1]:80", "169.254.169.254:80", "[::ffff:10.0.0.2]:80"] {
            assert!(matches!(peer(text), Err(ResolveError::Denied { .. })), "{text}");
        }
        for text in ["127.0.0.1:8080", "192.168.7.1:80", "93.184.216.34:443"] {
            assert_eq!(peer(text), Ok(()), "{text}");
        }
    }
}
