//! A host, or all hosts below one, as configuration names them.

use std::str::FromStr;

/// `feeds.example.com` for one host, `*.example.com` for every host below that name but not the name itself.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub enum HostPattern {
    /// One host, in lower case and without a dot at the end.
    Exact(Box<str>),
    /// Every host whose name ends with this, which begins with a dot.
    Below(Box<str>),
}

/// A text that names no host and no hosts.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{0:?} names no host: write feeds.example.com, or *.example.com for all hosts below that name")]
pub struct BadHostPattern(String);

impl HostPattern {
    /// Every host below `name`.
    #[must_use]
    pub fn below(name: &str) -> Self {
        Self::Below(format!(".{}", plain(name)).into())
    }

    /// Whether `host`, in lower case and without a dot at the end, is meant.
    #[must_use]
    pub fn covers(&self, host: &str) -> bool {
        match self {
            Self::Exact(name) => **name == *host,
            Self::Below(suffix) => host.len() > suffix.len() && host.ends_with(&**suffix),
        }
    }
}

impl FromStr for HostPattern {
    type Err = BadHostPattern;

    fn from_str(text: &str) -> Result<Self, BadHostPattern> {
        let (name, is_above) = text.strip_prefix("*.").map_or((text, false), |name| (name, true));
        let name = plain(name);
        let odd = |letter: char| letter.is_whitespace() || matches!(letter, '*' | '/' | '@' | '?' | '#');
        if name.is_empty() || name.starts_with('.') || name.contains(odd) {
            return Err(BadHostPattern(text.to_owned()));
        }
        Ok(if is_above { Self::below(&name) } else { Self::Exact(name.into()) })
    }
}

fn plain(name: &str) -> String {
    name.trim_end_matches('.').to_ascii_lowercase()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_star_covers_what_is_below_and_not_the_name_itself() {
        let pattern: HostPattern = "*.Example.".parse().unwrap();
        assert_eq!(pattern, HostPattern::below("example"));
        assert!(pattern.covers("a.b.example"));
        assert!(!pattern.covers("example") && !pattern.covers("notexample"));
    }

    #[test]
    fn what_names_no_host_is_refused_with_the_value() {
        for text in ["", "*", "*.", "*name", "a.*.example", "..", "http://a.example/", "a b", "user@a.example"] {
            let error = text.parse::<HostPattern>().unwrap_err().to_string();
            assert!(error.contains(&format!("{text:?}")) && error.contains("*.example.com"), "{error}");
        }
        assert!("::1".parse::<HostPattern>().is_ok_and(|pattern| pattern.covers("::1")));
    }

    #[test]
    fn a_name_covers_itself_alone() {
        let pattern: HostPattern = "A.example".parse().unwrap();
        assert!(pattern.covers("a.example") && !pattern.covers("b.a.example"));
    }
}
