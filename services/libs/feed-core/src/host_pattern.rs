//! A host, or all hosts below one, as configuration names them.

/// `feeds.example.com` for one host, `*.example.com` for every host below that name but not the name itself.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub enum HostPattern {
    /// One host, in lower case and without a dot at the end.
    Exact(Box<str>),
    /// Every host whose name ends with this, which begins with a dot.
    Below(Box<str>),
}

impl HostPattern {
    /// Whether `host`, in lower case and without a dot at the end, is meant.
    #[must_use]
    pub fn covers(&self, host: &str) -> bool {
        match self {
            Self::Exact(name) => **name == *host,
            Self::Below(suffix) => host.len() > suffix.len() && host.ends_with(&**suffix),
        }
    }
}

impl From<&str> for HostPattern {
    fn from(text: &str) -> Self {
        let text = text.trim_end_matches('.').to_ascii_lowercase();
        match text.strip_prefix('*') {
            Some(below) => Self::Below(below.into()),
            None => Self::Exact(text.into()),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_star_covers_what_is_below_and_not_the_name_itself() {
        let pattern = HostPattern::from("*.Example.");
        assert!(pattern.covers("a.b.example"));
        assert!(!pattern.covers("example") && !pattern.covers("notexample"));
    }

    #[test]
    fn a_name_covers_itself_alone() {
        let pattern = HostPattern::from("A.example");
        assert!(pattern.covers("a.example") && !pattern.covers("b.a.example"));
    }
}
