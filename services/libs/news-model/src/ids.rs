//! One type per id and hash.

use std::{fmt, str::FromStr, sync::Arc};

use sha2::{Digest, Sha256};
use url::{Host, Url};

/// Key of one configured feed: 1 to 64 bytes of `[a-z0-9-]`. Copies share one text, since a poller keeps each in several places.
#[derive(Clone, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct FeedId(Arc<str>);

/// Id of an item: a pure function of its feed and its identity there. By default all zero, the id of no item.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct ItemId([u8; 16]);

/// Id of one poll, drawn at random; also the trace id of every event the poll causes.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct FetchId([u8; 16]);

/// Hash over the reader-visible fields of an item; two revisions differ in it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct ContentHash([u8; 8]);

/// What a feed's partition is chosen by: the registrable domain of its host when it was added.
#[derive(Clone, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct ShardKey(Box<str>);

/// A text that is no id of the kind asked for.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{value:?} is no {kind}: {rule}")]
pub struct BadId {
    kind: &'static str,
    rule: &'static str,
    value: String,
}

impl BadId {
    /// A fault of `value`, which should have followed `rule`.
    pub(crate) fn of(kind: &'static str, rule: &'static str, value: &str) -> Self {
        Self { kind, rule, value: value.chars().take(80).collect() }
    }
}

impl FeedId {
    /// The id of a feed that was added without one: the host as a slug, then 12 hex digits of the URL's SHA-256.
    #[must_use]
    pub fn of_url(url: &Url) -> Self {
        const LONGEST_SLUG: usize = 48;
        let mut slug = String::new();
        for letter in url.host_str().unwrap_or_default().trim_start_matches("www.").chars() {
            if slug.len() == LONGEST_SLUG {
                break;
            }
            match letter.to_ascii_lowercase() {
                kept @ ('a'..='z' | '0'..='9') => slug.push(kept),
                _ if slug.is_empty() || slug.ends_with('-') => {}
                _ => slug.push('-'),
            }
        }
        let slug = slug.trim_end_matches('-');
        let digest = Sha256::digest(url.as_str().as_bytes());
        let tail = hex::encode(digest.get(..6).unwrap_or_default());
        let joint = if slug.is_empty() { "" } else { "-" };
        Self(format!("{slug}{joint}{tail}").into())
    }

    /// The id as text.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl FromStr for FeedId {
    type Err = BadId;

    fn from_str(text: &str) -> Result<Self, BadId> {
        let allowed = |byte: u8| matches!(byte, b'a'..=b'z' | b'0'..=b'9' | b'-');
        if (1..=64).contains(&text.len()) && text.bytes().all(allowed) {
            return Ok(Self(text.into()));
        }
        Err(BadId::of("feed id", "1 to 64 letters a-z, digits and hyphens", text))
    }
}

impl ItemId {
    /// The id of the item that `feed` knows by `kind` (`guid`, `link` or `content`) and `identity`.
    #[must_use]
    pub fn of_identity(feed: &FeedId, kind: &str, identity: &str) -> Self {
        let mut hasher = Sha256::new();
        for part in [feed.as_str(), "\0", kind, "\0", identity] {
            hasher.update(part.as_bytes());
        }
        Self(first_bytes(&hasher.finalize()))
    }

    /// The 16 bytes behind the hex form.
    #[must_use]
    pub fn as_bytes(&self) -> &[u8; 16] {
        &self.0
    }

    /// The id whose bytes these are, or `None` when there are not 16.
    #[must_use]
    pub fn from_slice(bytes: &[u8]) -> Option<Self> {
        bytes.try_into().ok().map(Self)
    }
}

impl FetchId {
    /// The id with these bytes, which the caller drew at random.
    #[must_use]
    pub fn from_random(bytes: [u8; 16]) -> Self {
        Self(bytes)
    }

    /// The 16 bytes behind the hex form.
    #[must_use]
    pub fn as_bytes(&self) -> &[u8; 16] {
        &self.0
    }
}

impl ContentHash {
    /// The hash of these fields, each separated from the next so that no two lists of fields share a hash by shifting text.
    #[must_use]
    pub fn of_fields<'a>(fields: impl IntoIterator<Item = &'a str>) -> Self {
        let mut hasher = Sha256::new();
        for field in fields {
            hasher.update(field.len().to_string().as_bytes());
            hasher.update(b":");
            hasher.update(field.as_bytes());
        }
        Self(first_bytes(&hasher.finalize()))
    }

    /// The hash of a body as it was read.
    #[must_use]
    pub fn of_body(body: &[u8]) -> Self {
        Self(first_bytes(&Sha256::digest(body)))
    }

    /// The 8 bytes behind the hex form.
    #[must_use]
    pub fn as_bytes(&self) -> &[u8; 8] {
        &self.0
    }

    /// The hash whose bytes these are, or `None` when there are not 8.
    #[must_use]
    pub fn from_slice(bytes: &[u8]) -> Option<Self> {
        bytes.try_into().ok().map(Self)
    }
}

impl ShardKey {
    /// The shard key of a new feed: the registrable domain by the public suffix list, or the whole host where there is none.
    #[must_use]
    pub fn of_url(url: &Url) -> Self {
        Self(registrable_domain(url).into_boxed_str())
    }

    /// The key as text.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl FromStr for ShardKey {
    type Err = BadId;

    fn from_str(text: &str) -> Result<Self, BadId> {
        let printable = text.bytes().all(|byte| byte.is_ascii_graphic());
        if (1..=253).contains(&text.len()) && printable {
            return Ok(Self(text.into()));
        }
        let rule = "1 to 253 printable ASCII characters, a host name or an address";
        Err(BadId::of("shard key", rule, text))
    }
}

/// Site of a URL: the registrable domain of its host, or the host itself where the list knows none.
fn registrable_domain(url: &Url) -> String {
    match url.host() {
        Some(Host::Domain(name)) => {
            let name = name.trim_end_matches('.').to_ascii_lowercase();
            psl::domain_str(&name).map_or_else(|| name.clone(), str::to_owned)
        }
        Some(Host::Ipv4(address)) => address.to_string(),
        Some(Host::Ipv6(address)) => address.to_string(),
        None => "unknown".to_owned(),
    }
}

fn first_bytes<const N: usize>(digest: &[u8]) -> [u8; N] {
    let mut bytes = [0; N];
    for (to, from) in bytes.iter_mut().zip(digest) {
        *to = *from;
    }
    bytes
}

macro_rules! text_form {
    ($($id:ident: |$self:ident, $out:ident| $written:expr;)*) => {$(
        impl fmt::Display for $id {
            fn fmt(&$self, $out: &mut fmt::Formatter<'_>) -> fmt::Result {
                $written
            }
        }
    )*};
}

/// Up to 32 bytes, without memory of their own: ids are written several times a poll.
fn write_hex(bytes: &[u8], out: &mut fmt::Formatter<'_>) -> fmt::Result {
    let mut digits = [0; 64];
    let digits = digits.get_mut(..bytes.len() * 2).ok_or(fmt::Error)?;
    hex::encode_to_slice(bytes, digits).map_err(|_| fmt::Error)?;
    out.write_str(str::from_utf8(digits).map_err(|_| fmt::Error)?)
}

text_form! {
    FeedId: |self, out| out.write_str(&self.0);
    ShardKey: |self, out| out.write_str(&self.0);
    ItemId: |self, out| write_hex(&self.0, out);
    FetchId: |self, out| write_hex(&self.0, out);
    ContentHash: |self, out| write_hex(&self.0, out);
}

#[cfg(test)]
mod tests {
    use super::*;

    fn url(text: &str) -> Url {
        Url::parse(text).unwrap()
    }

    #[test]
    fn feed_id_of_a_url_is_stable_and_valid() {
        let id = FeedId::of_url(&url("https://www.harbourpost.example/rss.xml"));
        assert_eq!(id.as_str(), "harbourpost-example-c5514901d8d2");
        assert_eq!(id, id.as_str().parse().unwrap());
    }

    #[test]
    fn feed_id_of_an_odd_host_is_valid() {
        for text in ["http://[::1]/", "http://xn--bcher-kva.example/", "http://a--b..example./f"] {
            let id = FeedId::of_url(&url(text));
            assert_eq!(Ok(&id), id.as_str().parse().as_ref(), "{text}");
        }
    }

    #[test]
    fn feed_ids_outside_the_rule_are_refused_with_the_value() {
        for text in ["", "Upper", "a b", "é", &"a".repeat(65)] {
            let error = text.parse::<FeedId>().unwrap_err().to_string();
            assert!(error.contains("1 to 64"), "{error}");
        }
    }

    #[test]
    fn shard_key_is_the_registrable_domain() {
        let cases = [
            ("https://feeds.bbci.co.uk/news/rss.xml", "bbci.co.uk"),
            ("http://harbourpost.example/rss", "harbourpost.example"),
            ("http://a.b.harbourpost.example./rss", "harbourpost.example"),
            ("http://127.0.0.1:8080/", "127.0.0.1"),
            ("http://[::1]/", "::1"),
            ("http://localhost/", "localhost"),
        ];
        for (text, key) in cases {
            assert_eq!(ShardKey::of_url(&url(text)).as_str(), key, "{text}");
        }
    }

    #[test]
    fn item_ids_keep_feed_kind_and_identity_apart() {
        let feed: FeedId = "a".parse().unwrap();
        let other: FeedId = "b".parse().unwrap();
        let id = ItemId::of_identity(&feed, "guid", "1");
        assert_eq!(id.to_string().len(), 32);
        assert_ne!(id, ItemId::of_identity(&other, "guid", "1"));
        assert_ne!(id, ItemId::of_identity(&feed, "link", "1"));
        assert_ne!(id, ItemId::of_identity(&feed, "guid", "2"));
    }

    #[test]
    fn content_hash_does_not_confuse_shifted_fields() {
        assert_ne!(ContentHash::of_fields(["ab", "c"]), ContentHash::of_fields(["a", "bc"]));
    }
}
