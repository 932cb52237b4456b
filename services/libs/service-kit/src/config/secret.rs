//! Values that are never printed.

use std::fmt;

use serde::Deserialize;
use url::Url;

/// Text that neither `Debug` nor `Display` shows.
#[derive(Clone, PartialEq, Eq, Deserialize)]
#[serde(from = "String")]
pub struct Secret(Box<str>);

impl Secret {
    /// The text itself, for the one call that needs it.
    #[must_use]
    pub fn expose(&self) -> &str {
        &self.0
    }
}

impl From<String> for Secret {
    fn from(text: String) -> Self {
        Self(text.into())
    }
}

impl fmt::Debug for Secret {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Secret(..)")
    }
}

impl fmt::Display for Secret {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("(hidden)")
    }
}

/// Whether the value under this path must not be printed. A name ending in `_file` holds a path, which may be.
pub(super) fn is_secret(key: &str) -> bool {
    const MARKS: [&str; 11] = [
        "password",
        "passwd",
        "passphrase",
        "secret",
        "token",
        "credential",
        "sasl",
        "private",
        "api_key",
        "apikey",
        "pem",
    ];
    let key = key.to_lowercase();
    !key.ends_with("_file") && MARKS.iter().any(|mark| key.contains(mark))
}

/// `text` quoted and short, without the user and password of a URL in it.
pub(super) fn printable(text: &str) -> String {
    const LONGEST: usize = 80;
    let bare = match (text.split_once("://"), text.rsplit_once('@')) {
        (Some((scheme, _)), Some((_, host))) if has_user(text) => {
            format!("{scheme}://(hidden)@{host}")
        }
        _ => text.to_owned(),
    };
    let mut short: String = bare.chars().take(LONGEST).collect();
    if short.len() < bare.len() {
        short.push('…');
    }
    format!("{short:?}")
}

/// Whether an `@` in `text` may end the user part of a URL, rather than stand in a path. What is no URL gets no benefit of doubt.
fn has_user(text: &str) -> bool {
    let mut authorities = text.split("://").skip(1).filter_map(|rest| rest.split(['/', '?', '#']).next());
    authorities.any(|authority| authority.contains('@')) || Url::parse(text).is_err()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_user_part_of_a_url_is_hidden_and_an_at_sign_in_its_path_is_not() {
        for (text, shown) in [
            ("https://me:pw@a.example/x", "\"https://(hidden)@a.example/x\""),
            ("https://me:p/w@a.example", "\"https://(hidden)@a.example\""),
            ("http://a:1,http://me:pw@b:1", "\"http://(hidden)@b:1\""),
            ("https://a.example/@me", "\"https://a.example/@me\""),
            ("me@a.example", "\"me@a.example\""),
        ] {
            assert_eq!(printable(text), shown);
        }
    }

    #[test]
    fn a_long_value_is_cut() {
        assert_eq!(printable(&"ä".repeat(100)).chars().count(), 83);
    }

    #[test]
    fn names_tell_secrets_but_for_the_names_of_their_files() {
        assert!(is_secret("kafka.properties.sasl.jaas.config") && is_secret("Gateway.API_KEY"));
        assert!(!is_secret("kafka.password_file") && !is_secret("poll.interval_min"));
    }
}
