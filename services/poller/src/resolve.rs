//! Resolves hosts, and lets only addresses through that the poller may reach.

use std::{
    error::Error,
    net::{IpAddr, SocketAddr},
    sync::Arc,
};

use ipnet::IpNet;
use reqwest::dns::{Addrs, Name, Resolve, Resolving};
use url::{Host, Url};

/// A host, or all hosts below one, whose address is configured.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct HostOverride {
    pattern: Pattern,
    address: SocketAddr,
}

#[derive(Clone, Debug, PartialEq, Eq)]
enum Pattern {
    Exact(String),
    /// `*.example`, kept as `.example`.
    Below(String),
}

/// Which addresses may be reached: public ones, configured networks, configured hosts.
#[derive(Clone, Debug)]
pub(crate) struct Guard(Arc<Rules>);

#[derive(Debug)]
struct Rules {
    hosts: Vec<HostOverride>,
    networks: Vec<IpNet>,
}

/// Why a host was not resolved.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub(crate) enum ResolveError {
    /// One of its addresses is not public; all are refused, or an answer that changes could slip one in.
    #[error("{host} has the address {address}, which is not public; poller.fetch.allow_networks can let it through")]
    Denied { host: String, address: IpAddr },
    /// It has none.
    #[error("{host} has no address")]
    NoAddress { host: String },
    /// DNS failed.
    #[error("{host} did not resolve: {cause}")]
    Failed { host: String, cause: String },
}

impl HostOverride {
    /// An override for `pattern`: a host name, or `*.` and a name for all hosts below that name.
    #[must_use]
    pub fn new(pattern: &str, address: SocketAddr) -> Self {
        let pattern = pattern.trim_end_matches('.').to_ascii_lowercase();
        let pattern = match pattern.strip_prefix('*') {
            Some(below) => Pattern::Below(below.to_owned()),
            None => Pattern::Exact(pattern),
        };
        Self { pattern, address }
    }

    fn covers(&self, host: &str) -> bool {
        match &self.pattern {
            Pattern::Exact(name) => name == host,
            Pattern::Below(suffix) => host.len() > suffix.len() && host.ends_with(suffix.as_str()),
        }
    }
}

impl Guard {
    pub(crate) fn new(hosts: Vec<HostOverride>, networks: Vec<IpNet>) -> Self {
        Self(Arc::new(Rules { hosts, networks }))
    }

    /// Checks a URL whose host is a literal address, which no resolver is ever asked about.
    pub(crate) fn check_literal(&self, url: &Url) -> Result<(), ResolveError> {
        let address = match url.host() {
            Some(Host::Ipv4(address)) => IpAddr::from(address),
            Some(Host::Ipv6(address)) => IpAddr::from(address),
            Some(Host::Domain(_)) | None => return Ok(()),
        };
        if self.allows(address) {
            return Ok(());
        }
        let host = address.to_string();
        Err(ResolveError::Denied { host, address })
    }

    fn address_of(&self, host: &str) -> Option<SocketAddr> {
        let covering = self.0.hosts.iter().find(|entry| entry.covers(host))?;
        Some(covering.address)
    }

    fn allows(&self, address: IpAddr) -> bool {
        feed_core::address::is_public(address) || self.0.networks.iter().any(|network| network.contains(&address))
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
            HostOverride::new("*.example", "127.0.0.1:8080".parse().unwrap()),
            HostOverride::new("intra", "10.0.0.1:80".parse().unwrap()),
        ];
        Guard::new(hosts, vec!["192.168.7.0/24".parse().unwrap()])
    }

    fn literal(url: &str) -> Result<(), ResolveError> {
        guard().check_literal(&Url::parse(url).unwrap())
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
            assert!(matches!(literal(url), Err(ResolveError::Denied { .. })), "{url}");
        }
    }

    #[test]
    fn public_and_allowed_literals_pass() {
        assert_eq!(literal("http://93.184.216.34/"), Ok(()));
        assert_eq!(literal("http://192.168.7.9/"), Ok(()));
    }

    #[test]
    fn a_pattern_covers_names_below_it_and_not_itself() {
        let entry = HostOverride::new("*.example", "127.0.0.1:1".parse().unwrap());
        assert!(entry.covers("a.b.example") && !entry.covers("example") && !entry.covers("notexample"));
    }
}
