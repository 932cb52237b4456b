//! Which addresses on the net a poller may reach.
//!
//! The rule is the IANA registries of special-purpose addresses, IPv4 and IPv6: whatever is not marked "globally reachable" there is
//! denied, with a few that are reachable yet lead elsewhere than they say.

use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};

use url::{Host, Url};

/// Why a URL may not be asked, whatever it resolves to.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum AddressFault {
    /// Neither http nor https.
    #[error("scheme {0:?} is neither http nor https")]
    Scheme(String),
    /// A user name or password in the URL.
    #[error("the address holds a user name or password")]
    UserInfo,
    /// No host to connect to.
    #[error("the address has no host")]
    NoHost,
}

/// Checks the form of `url`: http or https, a host, no user name or password.
///
/// # Errors
/// The first rule that it breaks.
pub fn check_url(url: &Url) -> Result<(), AddressFault> {
    if !matches!(url.scheme(), "http" | "https") {
        return Err(AddressFault::Scheme(url.scheme().to_owned()));
    }
    if !url.username().is_empty() || url.password().is_some() {
        return Err(AddressFault::UserInfo);
    }
    if url.host_str().is_none_or(str::is_empty) {
        return Err(AddressFault::NoHost);
    }
    Ok(())
}

/// The address that `url` names without any resolving: `127.0.0.1`, also as `0x7f.1` or `2130706433`.
///
/// A resolver is never asked about such a host, so a filter in the resolver alone would let it pass.
#[must_use]
pub fn literal_ip(url: &Url) -> Option<IpAddr> {
    match url.host()? {
        Host::Ipv4(address) => Some(address.into()),
        Host::Ipv6(address) => Some(address.into()),
        Host::Domain(_) => None,
    }
}

/// Whether `ip` belongs to the public net.
///
/// Addresses that carry an IPv4 address inside (mapped, compatible, NAT64, 6to4, Teredo) are denied as such: no publisher needs them,
/// and what a gateway makes of them is not known here.
#[must_use]
pub fn is_public(ip: IpAddr) -> bool {
    match ip {
        IpAddr::V4(address) => is_public_v4(address),
        IpAddr::V6(address) => is_public_v6(address),
    }
}

/// <https://www.iana.org/assignments/iana-ipv4-special-registry>
fn is_public_v4(address: Ipv4Addr) -> bool {
    let special = match address.octets() {
        // "This network", RFC 791; private use, RFC 1918; loopback, RFC 1122; multicast, RFC 5771; reserved and broadcast, RFC 1112.
        [0 | 10 | 127 | 224..=255, ..] => true,
        // Shared address space of carriers, RFC 6598; Alibaba's metadata service lies in it.
        [100, second, ..] => (64..=127).contains(&second),
        // Link-local with the clouds' metadata services, RFC 3927.
        [169, second, ..] => second == 254,
        // Private use, RFC 1918.
        [172, second, ..] => (16..=31).contains(&second),
        [192, second, third, _] => matches!(
            (second, third),
            // Private use, RFC 1918; IETF protocol assignments, RFC 6890; TEST-NET-1, RFC 5737.
            (168, _) | (0, 0 | 2)
            // AS112, RFC 7535 and RFC 7534: reachable, but anyone's sink; AMT, RFC 7450; 6to4 relays, RFC 7526.
            | (31, 196) | (175, 48) | (52, 193) | (88, 99)
        ),
        // Benchmarking, RFC 2544; TEST-NET-2, RFC 5737.
        [198, second, third, _] => matches!((second, third), (18 | 19, _) | (51, 100)),
        // TEST-NET-3, RFC 5737.
        [203, second, third, _] => (second, third) == (0, 113),
        _ => false,
    };
    // Azure answers its instances here, in the midst of public space.
    !special && address.octets() != [168, 63, 129, 16]
}

/// <https://www.iana.org/assignments/iana-ipv6-special-registry>
///
/// Only `2000::/3` is allocated to the public net (RFC 4291, 2.4), which leaves out the unspecified address, loopback, mapped and compatible
/// addresses, NAT64 (`64:ff9b::/96`, `64:ff9b:1::/48`), discard-only, unique local, link-local, site-local and multicast.
fn is_public_v6(address: Ipv6Addr) -> bool {
    let segments = address.segments();
    let [first, second, ..] = segments;
    let global_unicast = first & 0xe000 == 0x2000;
    global_unicast
        && !matches!(
            (first, second),
            // IETF protocol assignments with Teredo, ORCHID and benchmarking, RFC 2928; documentation, RFC 3849; 6to4, RFC 3056.
            (0x2001, 0..=0x01ff | 0x0db8) | (0x2002, _)
            // Documentation, RFC 9637.
            | (0x3fff, 0..=0x0fff)
            // AS112, RFC 7534.
            | (0x2620, 0x004f)
        )
        // ISATAP, RFC 5214: an IPv4 address behind 0:5efe.
        && !matches!(segments, [_, _, _, _, 0 | 0x0200, 0x5efe, ..])
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn special_addresses_are_denied() {
        let special = [
            "0.0.0.0",
            "10.1.2.3",
            "100.64.0.1",
            "100.100.100.200",
            "127.0.0.1",
            "127.255.255.255",
            "168.63.129.16",
            "169.254.169.254",
            "172.16.0.1",
            "172.31.255.255",
            "192.0.0.8",
            "192.0.2.1",
            "192.88.99.1",
            "192.168.0.1",
            "198.18.0.1",
            "198.19.255.255",
            "198.51.100.7",
            "203.0.113.9",
            "224.0.0.1",
            "240.0.0.1",
            "255.255.255.255",
            "::",
            "::1",
            "::ffff:8.8.8.8",
            "::ffff:127.0.0.1",
            "::8.8.8.8",
            "64:ff9b::808:808",
            "64:ff9b:1::1",
            "100::1",
            "2001::1",
            "2001:2::1",
            "2001:20::1",
            "2001:db8::1",
            "2002:808:808::1",
            "3fff::1",
            "fc00::1",
            "fd00:ec2::254",
            "fe80::1",
            "fec0::1",
            "ff02::1",
            "4000::1",
            "2a00:1450::5efe:7f00:1",
        ];
        for text in special {
            assert!(!is_public(text.parse().unwrap()), "{text}");
        }
    }

    #[test]
    fn public_addresses_are_allowed() {
        let public = [
            "1.1.1.1",
            "8.8.8.8",
            "100.63.255.255",
            "100.128.0.1",
            "172.15.0.1",
            "172.32.0.1",
            "192.0.1.1",
            "198.17.0.1",
            "198.20.0.1",
            "223.255.255.255",
            "2001:4860:4860::8888",
            "2606:4700::1111",
            "2a00:1450:4001::200e",
            "2620:0:861::1",
        ];
        for text in public {
            assert!(is_public(text.parse().unwrap()), "{text}");
        }
    }

    #[test]
    fn every_spelling_of_loopback_is_a_literal() {
        let spellings = [
            "http://127.0.0.1/",
            "http://2130706433/",
            "http://0x7f.1/",
            "http://127.1/",
            "http://0177.0.0.1/",
            "http://[::ffff:127.0.0.1]/",
            "http://１２７.0.0.1/",
            "http://[::1]/",
        ];
        for text in spellings {
            let ip = literal_ip(&Url::parse(text).unwrap()).unwrap();
            assert!(!is_public(ip), "{text}");
        }
        assert_eq!(literal_ip(&Url::parse("http://a.example/").unwrap()), None);
    }

    #[test]
    fn urls_are_refused_by_their_form() {
        let check = |text| check_url(&Url::parse(text).unwrap());
        assert_eq!(check("https://a.example/f"), Ok(()));
        assert_eq!(check("file:///etc/passwd"), Err(AddressFault::Scheme("file".into())));
        assert_eq!(check("http://u@a.example/"), Err(AddressFault::UserInfo));
        assert_eq!(check("http://:p@a.example/"), Err(AddressFault::UserInfo));
    }
}
