//! What a feed is taken in with.

use chrono::{DateTime, Utc};
use news_model::{Schedule, Seen};

/// What a restore found of one feed.
#[derive(Debug, Default)]
pub(crate) struct StoredState {
    pub(crate) schedule: Stored<Schedule>,
    pub(crate) seen: Stored<Seen>,
    /// Until when a poller is known to have followed it.
    pub(crate) followed_until: Option<DateTime<Utc>>,
}

/// One stored record.
#[derive(Debug, Default)]
pub(crate) enum Stored<T> {
    /// None, or a tombstone.
    #[default]
    Nothing,
    /// A value that can be used.
    Value(T),
    /// One that cannot: a newer process wrote it, or it is damaged. The feed is neither polled nor its state overwritten.
    Unusable,
}

impl StoredState {
    pub(crate) fn is_usable(&self) -> bool {
        self.schedule.is_usable() && self.seen.is_usable()
    }
}

impl<T> Stored<T> {
    pub(crate) fn is_usable(&self) -> bool {
        !matches!(self, Self::Unusable)
    }

    /// The value by `open`; one that it cannot read cannot be used.
    pub(crate) fn and_then<U>(self, open: impl FnOnce(T) -> Option<U>) -> Stored<U> {
        match self {
            Self::Value(value) => open(value).map_or(Stored::Unusable, Stored::Value),
            Self::Nothing => Stored::Nothing,
            Self::Unusable => Stored::Unusable,
        }
    }

    pub(super) fn value(self) -> Option<T> {
        match self {
            Self::Value(value) => Some(value),
            Self::Nothing | Self::Unusable => None,
        }
    }
}

/// Times that a feed is taken in with.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Times {
    pub(crate) now: DateTime<Utc>,
    /// When it is due if nothing was stored of it.
    pub(crate) first_due: DateTime<Utc>,
}
