//! Where each value came from.

use std::{collections::BTreeMap, fmt, path::Path, sync::Arc};

/// Where a value came from.
#[derive(Clone, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Origin {
    /// Nobody set it.
    Default,
    /// The configuration file.
    File {
        /// The file as it was named.
        path: Arc<Path>,
        /// The line of its key, from 1; none if the fault is the whole file's.
        line: Option<usize>,
    },
    /// An environment variable, by name.
    Env(String),
    /// A flag, as it is spelled: `--set`, `--brokers`.
    Flag(String),
}

/// The origin of every key that was set, and its value in printable form.
#[derive(Clone, Debug, Default)]
pub struct Origins {
    entries: BTreeMap<String, (Origin, Option<String>)>,
}

impl Origins {
    /// Where the value of `key` came from.
    #[must_use]
    pub fn of(&self, key: &str) -> Origin {
        self.entries.get(key).map_or(Origin::Default, |(origin, _)| origin.clone())
    }

    /// The value that was written for `key`, unless it is secret, a table, or was not set.
    #[must_use]
    pub fn shown(&self, key: &str) -> Option<&str> {
        self.entries.get(key)?.1.as_deref()
    }

    /// Every key that was set, in order, with its origin and printable value: what a log line at start-up may say.
    pub fn iter(&self) -> impl Iterator<Item = (&str, &Origin, Option<&str>)> {
        self.entries.iter().map(|(key, (origin, shown))| (key.as_str(), origin, shown.as_deref()))
    }

    pub(super) fn note(&mut self, key: String, origin: Origin, shown: Option<String>) {
        self.entries.insert(key, (origin, shown));
    }
}

impl fmt::Display for Origin {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Default => f.write_str("default"),
            Self::File { path, line: Some(line) } => write!(f, "{} line {line}", path.display()),
            Self::File { path, line: None } => write!(f, "{}", path.display()),
            Self::Env(name) => write!(f, "environment {name}"),
            Self::Flag(name) => write!(f, "flag {name}"),
        }
    }
}
