//! One form for the many addresses of a story: what a link points at, without how the reader came to it.
//!
//! | part | rule | why it is safe |
//! |---|---|---|
//! | scheme, host, port | lower case, default port dropped (WHATWG URL); no user and password, no dot at the end of the host | RFC 3986, 6.2.2 and 6.2.3 |
//! | path | dot segments resolved, escapes of unreserved characters undone, the others in capitals, runs of `/` made one | RFC 3986, 6.2.2; no site tells stories apart by empty segments |
//! | path parameters | `;jsessionid=…` dropped | it names the visitor |
//! | query | tracking parameters dropped by [`tracking`]'s table, empty pairs too; the rest as written, in the order written | a server may look at order, so the address keeps it |
//! | fragment | dropped, but for `#!…` and `#/…`, which scripts route by | it never reaches the server |
//! | AMP | cache, viewer, host, path and query forms turned into the page they were made of | the forms are AMP's own or those of the large publishing systems |
//!
//! An address stays one that can be followed: http is not made https, `www.` and a `/` at the end stay. [`StoryKey`] goes further, since it is
//! only compared.

mod amp;
mod tracking;

use std::fmt;

use url::Url;

/// Longest address that is looked into, in bytes; a longer one is its own canonical form. Four times what an item keeps.
const LONGEST_BYTES: usize = 8_192;

/// Most rounds of the rules. An address in every AMP form at once takes six; one that takes more was made to, and is its own canonical form.
const MOST_ROUNDS: usize = 8;

/// What two addresses of one story share, and two stories do not. Only to be compared: it cannot be followed.
///
/// It is the canonical form without scheme, without `www.`, without `/` at the end of the path, its parameters in the order of their names
/// (pairs of one name keep their order, which may mean something). A fragment that may name a part of a page stays: change logs and live
/// pages list items that differ in nothing else.
#[derive(Clone, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct StoryKey(String);

impl StoryKey {
    /// The key of the story at `url`.
    #[must_use]
    pub fn of(url: &Url) -> Self {
        let canonical = canonical_url(url);
        let host = canonical.host_str().unwrap_or_default();
        let mut key = String::with_capacity(canonical.as_str().len());
        key.push_str(host.strip_prefix("www.").filter(|rest| rest.contains('.')).unwrap_or(host));
        if let Some(port) = canonical.port() {
            key.push(':');
            key.push_str(&port.to_string());
        }
        key.push_str(canonical.path().trim_end_matches('/'));
        let mut pairs: Vec<&str> = canonical.query().map_or_else(Vec::new, |query| query.split('&').collect());
        pairs.sort_by_key(|pair| pair.split_once('=').map_or(*pair, |(name, _)| name));
        for (at, pair) in pairs.iter().enumerate() {
            key.push(if at == 0 { '?' } else { '&' });
            key.push_str(pair);
        }
        if let Some(fragment) = url.fragment().filter(|fragment| !tracking::is_idle_fragment(fragment)) {
            key.push('#');
            key.push_str(fragment);
        }
        Self(key)
    }

    /// The key as text.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl fmt::Display for StoryKey {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        out.write_str(&self.0)
    }
}

/// The canonical form of `url` by the rules of this module. Idempotent; anything but http and https is left as it is.
#[must_use]
pub fn canonical_url(url: &Url) -> Url {
    if !matches!(url.scheme(), "http" | "https") || url.as_str().len() > LONGEST_BYTES {
        return url.clone();
    }
    let mut canonical = url.clone();
    // What one rule uncovers another may have to look at again, as when a tracking parameter stood behind an AMP one. Each round that changes
    // anything makes the address shorter, but for the first, which writes escapes in capitals.
    for _ in 0..MOST_ROUNDS {
        let before = canonical.as_str().len();
        canonical = clean(canonical);
        if canonical.as_str().len() >= before {
            return canonical;
        }
    }
    url.clone()
}

fn clean(mut url: Url) -> Url {
    // Both fail for addresses without a host only, which http has not.
    let _ = url.set_username("");
    let _ = url.set_password(None);
    if let Some(host) = url.host_str().and_then(|host| host.strip_suffix('.')).map(str::to_owned) {
        let _ = url.set_host(Some(&host));
    }
    if url.fragment().is_some_and(|fragment| !is_route(fragment)) {
        url.set_fragment(None);
    }
    clean_query(&mut url);
    clean_path(&mut url);
    amp::original(&url).unwrap_or(url)
}

/// Whether a page's script reads the fragment as the place to show.
fn is_route(fragment: &str) -> bool {
    fragment.starts_with(['!', '/']) && fragment.len() > 1
}

fn clean_query(url: &mut Url) {
    let Some(query) = url.query() else { return };
    let means_something = |pair: &&str| {
        let (name, value) = pair.split_once('=').unwrap_or((pair, ""));
        !name.is_empty() && !tracking::is_tracking(name, value)
    };
    let kept: Vec<&str> = query.split('&').filter(means_something).collect();
    let kept = kept.join("&");
    if kept.is_empty() {
        url.set_query(None);
    } else if kept != query {
        url.set_query(Some(&kept));
    }
}

fn clean_path(url: &mut Url) {
    let path = plain_escapes(url.path());
    let path = without_session(&path);
    let mut single = String::with_capacity(path.len());
    for letter in path.chars() {
        // An address within the path (`/web/https://…`) keeps its slashes.
        if letter == '/' && single.ends_with('/') && !single.ends_with(":/") {
            continue;
        }
        single.push(letter);
    }
    if single != url.path() {
        url.set_path(&single);
    }
}

/// `path` with escapes of unreserved characters undone and all others in capitals (RFC 3986, 6.2.2.1 and 6.2.2.2).
fn plain_escapes(path: &str) -> String {
    let mut plain = String::with_capacity(path.len());
    let mut rest = path;
    while let Some(at) = rest.find('%') {
        let (before, escape) = rest.split_at(at);
        plain.push_str(before);
        let digits = escape.get(1..3).filter(|digits| digits.bytes().all(|digit| digit.is_ascii_hexdigit()));
        let Some(digits) = digits else {
            plain.push('%');
            rest = escape.get(1..).unwrap_or_default();
            continue;
        };
        let letter = u8::from_str_radix(digits, 16).map_or('%', char::from);
        // A dot made plain could become a dot segment, which means something else.
        if letter.is_ascii_alphanumeric() || matches!(letter, '-' | '_' | '~') {
            plain.push(letter);
        } else {
            plain.push('%');
            plain.push_str(&digits.to_ascii_uppercase());
        }
        rest = escape.get(3..).unwrap_or_default();
    }
    plain.push_str(rest);
    plain
}

/// `path` without the path parameters in which servers of the Java kind keep the visitor's session (Servlet 6.0, 7.1.3).
fn without_session(path: &str) -> String {
    let segment = |segment: &str| {
        let mut parts = segment.split(';');
        let mut kept = parts.next().unwrap_or_default().to_owned();
        for part in parts {
            let name = part.split('=').next().unwrap_or_default();
            if !name.eq_ignore_ascii_case("jsessionid") {
                kept.push(';');
                kept.push_str(part);
            }
        }
        kept
    };
    path.split('/').map(segment).collect::<Vec<_>>().join("/")
}

#[cfg(test)]
mod tests;
