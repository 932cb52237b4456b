//! Addresses that others are relative to, and what becomes of those others.

use std::{borrow::Cow, rc::Rc};

use url::{Position, Url};

use news_model::Item;

use super::html::has_safe_scheme;

/// Longest base that a document may set, in bytes: as long as the addresses that an item keeps. Every relative link repeats its base, so that a
/// long one would make of a small body many times its size.
const MAX_BASE_BYTES: usize = Item::MAX_ADDRESS_BYTES;

/// An address that others are relative to, or none, where they stay as they are.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct Base(Option<Rc<Url>>);

impl Base {
    /// The base `url`.
    pub(crate) fn of(url: Option<&Url>) -> Self {
        Self(url.map(|url| Rc::new(url.clone())))
    }

    /// The base that `href` names where `self` holds. What is no address, not of a safe scheme or too long changes nothing.
    #[must_use]
    pub(crate) fn join(&self, href: &str) -> Self {
        let href = href.trim();
        let url = match &self.0 {
            Some(base) => base.join(href),
            None => Url::parse(href),
        };
        match url {
            // Relative links take its scheme on (`javascript://a/%0A` is an address with a host and a path).
            Ok(url) if url.as_str().len() <= MAX_BASE_BYTES && has_safe_scheme(url.scheme()) => {
                Self(Some(Rc::new(url)))
            }
            Ok(_) | Err(_) => self.clone(),
        }
    }

    /// The story's address that `link` means, normalised, or `None` when that is no http or https address.
    pub(crate) fn web_address(&self, link: &str) -> Option<String> {
        let link = link.trim();
        if link.is_empty() {
            return None;
        }
        let url = match &self.0 {
            Some(base) => base.join(link),
            None => Url::parse(link),
        };
        let url = url.ok()?;
        matches!(url.scheme(), "http" | "https").then(|| url.into())
    }

    /// As [`Base::resolve`]; an empty `link` is the base itself (RFC 3986, 4.4), as where a feed names itself.
    pub(crate) fn resolve_or_self<'a>(&'a self, link: &'a str) -> Option<Cow<'a, str>> {
        match &self.0 {
            Some(base) if link.trim().is_empty() => Some(Cow::Borrowed(base.as_str())),
            _ => self.resolve(link),
        }
    }

    /// The absolute form of `link` as it would be written, or `None` where its scheme is not one of the safe ones.
    ///
    /// An absolute address stays letter for letter as it is.
    pub(crate) fn resolve<'a>(&self, link: &'a str) -> Option<Cow<'a, str>> {
        let link = without_breaks(link);
        if let Some(scheme) = scheme_of(&link) {
            return has_safe_scheme(scheme).then_some(link);
        }
        let Some(base) = self.0.as_deref().filter(|base| !base.cannot_be_a_base() && !link.is_empty()) else {
            return Some(link);
        };
        if let Some(rest) = link.strip_prefix("//") {
            return Some(Cow::Owned(format!("{}://{rest}", base.scheme())));
        }
        let before = if link.starts_with('/') {
            base.get_to(Position::BeforePath)
        } else if link.starts_with('#') {
            base.get_to(Position::AfterQuery)
        } else if link.starts_with('?') {
            base.get_to(Position::AfterPath)
        } else {
            let path = base.get_to(Position::AfterPath);
            path.split_at(path.rfind('/').map_or(path.len(), |slash| slash + 1)).0
        };
        let path = link.split(['?', '#']).next().unwrap_or_default();
        if path.split('/').any(|segment| matches!(segment, "." | "..")) {
            let Ok(joined) = base.join(&link) else { return Some(link) };
            return has_safe_scheme(joined.scheme()).then(|| Cow::Owned(joined.into()));
        }
        Some(Cow::Owned(format!("{before}{link}")))
    }
}

/// The part of an address up to a position.
trait UpTo {
    fn get_to(&self, position: Position) -> &str;
}

impl UpTo for Url {
    fn get_to(&self, position: Position) -> &str {
        &self[..position]
    }
}

/// `link` without the tabs and line breaks that browsers leave out of addresses, and then without white space at its ends.
fn without_breaks(link: &str) -> Cow<'_, str> {
    let is_break = |letter: char| letter.is_control();
    if link.contains(is_break) {
        return Cow::Owned(link.replace(is_break, "").trim().to_owned());
    }
    Cow::Borrowed(link.trim())
}

/// The scheme that `link` begins with.
fn scheme_of(link: &str) -> Option<&str> {
    let (scheme, _) = link.split_once(':')?;
    let legal = |byte: u8| byte.is_ascii_alphanumeric() || matches!(byte, b'+' | b'-' | b'.');
    (scheme.starts_with(|letter: char| letter.is_ascii_alphabetic()) && scheme.bytes().all(legal)).then_some(scheme)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn resolved(link: &str) -> Option<String> {
        let url = Url::parse("https://paper.example/a/b?c=d#e").unwrap();
        Base::of(Some(&url)).resolve(link).map(Cow::into_owned)
    }

    #[test]
    fn relative_addresses_are_made_absolute_as_written() {
        let cases = [
            ("x y", "https://paper.example/a/x y"),
            ("/À", "https://paper.example/À"),
            ("//cdn.example/i", "https://cdn.example/i"),
            ("#top", "https://paper.example/a/b?c=d#top"),
            ("?p=1", "https://paper.example/a/b?p=1"),
            ("../x", "https://paper.example/x"),
            ("http://Other.example", "http://Other.example"),
            ("", ""),
        ];
        for (link, expected) in cases {
            assert_eq!(resolved(link).as_deref(), Some(expected), "{link}");
        }
    }

    #[test]
    fn a_base_too_long_to_be_repeated_is_none() {
        let base = Base::of(Some(&Url::parse("https://paper.example/").unwrap()));
        let longest = "a".repeat(MAX_BASE_BYTES - "https://paper.example/".len() - 1) + "/";
        assert_eq!(base.join(&longest).resolve("x").unwrap().len(), MAX_BASE_BYTES + 1);
        assert_eq!(base.join(&format!("a{longest}")), base);
    }

    #[test]
    fn an_empty_link_of_a_feed_is_its_base() {
        let base = Base::of(Some(&Url::parse("https://paper.example/feed").unwrap()));
        assert_eq!(base.resolve_or_self(" ").as_deref(), Some("https://paper.example/feed"));
        assert_eq!(base.resolve_or_self("x").as_deref(), Some("https://paper.example/x"));
        assert_eq!(Base::default().resolve_or_self("").as_deref(), Some(""));
    }

    #[test]
    fn schemes_that_run_code_are_refused() {
        for link in [
            "javascript:alert(1)",
            " java\nscript:alert(1)",
            "\u{1} javascript:alert(1)",
            "\u{1} javascript:alert(1)/../x",
            "VBScript:x",
            "data:text/html,x",
        ] {
            assert_eq!(resolved(link), None, "{link}");
            assert_eq!(Base::default().resolve(link), None, "{link}");
        }
    }

    #[test]
    fn no_base_makes_links_run_code() {
        let base = Base::of(Some(&Url::parse("https://paper.example/").unwrap()));
        for runs in ["javascript://a.example/%0Aalert(1)//", "data://a.example/x/", "vbscript://a.example/"] {
            assert_eq!(base.join(runs), base, "{runs}");
            assert_eq!(Base::default().join(runs), Base::default(), "{runs}");
        }
    }

    #[test]
    fn without_a_base_links_stay_relative() {
        assert_eq!(Base::default().resolve("/x").as_deref(), Some("/x"));
        assert_eq!(Base::default().web_address("/x"), None);
    }
}
