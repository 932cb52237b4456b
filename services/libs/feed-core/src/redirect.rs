//! Where a redirect leads, and whether to follow it.

use url::Url;

use crate::address::{AddressFault, check_url};

/// Longest target that is followed, in bytes; as long as an address of a feed may be.
const MAX_TARGET_BYTES: usize = 2_048;

/// Why a redirect is not followed.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum RedirectFault {
    /// The status is no redirect that may be followed.
    #[error("status {0} redirects nowhere")]
    NotARedirect(u16),
    /// No `Location`.
    #[error("redirect without a target")]
    NoTarget,
    /// `Location` is no address.
    #[error("redirect to something that is no address: {0:?}")]
    BadTarget(String),
    /// The target may not be asked.
    #[error("redirect refused: {0}")]
    Denied(#[from] AddressFault),
    /// The target was asked before.
    #[error("redirects lead back to {0}")]
    Loop(Url),
    /// Too many in a row.
    #[error("more than {0} redirects")]
    TooMany(usize),
}

/// Whether `status` asks to look elsewhere.
#[must_use]
pub fn is_redirect(status: u16) -> bool {
    matches!(status, 301 | 302 | 303 | 307 | 308)
}

/// The address to ask next, after `from` answered with `status`. `hops_so_far` are the addresses asked before `from`, in order.
///
/// From https to http is allowed: a feed is public, and publishers do it. Whoever sends credentials drops them when the origin changes.
/// The address behind the name is not judged here but on connecting.
///
/// # Errors
/// Why the redirect is not followed.
pub fn next_hop(
    from: &Url,
    status: u16,
    location: Option<&[u8]>,
    hops_so_far: &[Url],
    limit: usize,
) -> Result<Url, RedirectFault> {
    if !is_redirect(status) {
        return Err(RedirectFault::NotARedirect(status));
    }
    let location = location.unwrap_or_default().trim_ascii();
    if location.is_empty() {
        return Err(RedirectFault::NoTarget);
    }
    if hops_so_far.len() >= limit {
        return Err(RedirectFault::TooMany(limit));
    }
    let bad = || RedirectFault::BadTarget(String::from_utf8_lossy(location).chars().take(200).collect());
    if location.len() > MAX_TARGET_BYTES {
        return Err(bad());
    }
    let text = std::str::from_utf8(location).map_err(|_| bad())?;
    let mut target = from.join(text).map_err(|_| bad())?;
    target.set_fragment(None);
    check_url(&target)?;
    if target == *from || hops_so_far.contains(&target) {
        return Err(RedirectFault::Loop(target));
    }
    Ok(target)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn hop(location: &str) -> Result<Url, RedirectFault> {
        let from = Url::parse("https://a.example/feeds/rss").unwrap();
        let before = [Url::parse("https://a.example/old").unwrap()];
        next_hop(&from, 301, Some(location.as_bytes()), &before, 5)
    }

    #[test]
    fn targets_are_resolved_against_the_address_that_answered() {
        assert_eq!(hop("../new#top").unwrap().as_str(), "https://a.example/new");
        assert_eq!(hop("//b.example/").unwrap().as_str(), "https://b.example/");
        assert_eq!(hop("http://b.example/é").unwrap().as_str(), "http://b.example/%C3%A9");
    }

    #[test]
    fn targets_that_may_not_be_asked_are_refused() {
        for target in ["file:///etc/passwd", "javascript:alert(1)", "http://u:p@b.example/"] {
            assert!(matches!(hop(target), Err(RedirectFault::Denied(_))), "{target}");
        }
    }

    #[test]
    fn loops_are_refused() {
        assert!(matches!(hop("/old"), Err(RedirectFault::Loop(_))));
        assert!(matches!(hop("rss#again"), Err(RedirectFault::Loop(_))));
    }

    #[test]
    fn the_limit_holds() {
        let from = Url::parse("http://a.example/2").unwrap();
        let hops = [Url::parse("http://a.example/1").unwrap()];
        let target = Some(b"/3".as_slice());
        assert_eq!(next_hop(&from, 302, target, &hops, 1), Err(RedirectFault::TooMany(1)));
        assert!(next_hop(&from, 302, target, &hops, 2).is_ok());
    }

    #[test]
    fn a_missing_or_broken_target_is_a_fault() {
        let from = Url::parse("http://a.example/").unwrap();
        assert_eq!(next_hop(&from, 301, None, &[], 5), Err(RedirectFault::NoTarget));
        assert_eq!(next_hop(&from, 300, Some(b"/"), &[], 5), Err(RedirectFault::NotARedirect(300)));
        let broken = next_hop(&from, 301, Some(b"/\xff"), &[], 5);
        assert!(matches!(broken, Err(RedirectFault::BadTarget(_))));
    }
}
