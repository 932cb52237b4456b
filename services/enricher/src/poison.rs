//! Why a record cannot become a tagged item.

use event_log::MAX_VALUE_BYTES;
use news_model::WIRE_VERSION;

/// What is wrong with one record.
#[derive(Debug, thiserror::Error)]
pub(crate) enum Poison {
    /// A tombstone; items are never taken out of the topic.
    #[error("the record has no value")]
    NoValue,
    /// The value is not Protobuf, or of another message.
    #[error("the value is no item event: {0}")]
    Undecodable(#[from] prost::DecodeError),
    /// A newer writer than this reader.
    #[error("the event has layout version {0}, this enricher reads up to {WIRE_VERSION}")]
    NewerVersion(u32),
    /// An event without its item.
    #[error("the event holds no item")]
    NoItem,
    /// The item is not the one the record is placed by.
    #[error("the item's id {0:?} is not the record's key")]
    KeyMismatch(String),
    /// The tagger failed on this text.
    #[error("tagging panicked: {0}")]
    TaggerPanicked(String),
    /// The tagged item stays over the limit also without its text and tags.
    #[error("the tagged item has {0} bytes, more than the {MAX_VALUE_BYTES} that a record may have")]
    TooLarge(usize),
}

/// The kinds of [`Poison`], for metrics and headers.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum PoisonKind {
    /// See [`Poison::NoValue`].
    NoValue,
    /// See [`Poison::Undecodable`].
    Undecodable,
    /// See [`Poison::NewerVersion`].
    NewerVersion,
    /// See [`Poison::NoItem`].
    NoItem,
    /// See [`Poison::KeyMismatch`].
    KeyMismatch,
    /// See [`Poison::TaggerPanicked`].
    TaggerPanicked,
    /// See [`Poison::TooLarge`].
    TooLarge,
    /// The broker would not take the record that was made; the writer put a dead letter in its place.
    RefusedByBroker,
}

impl Poison {
    /// Its kind.
    pub(crate) fn kind(&self) -> PoisonKind {
        match self {
            Self::NoValue => PoisonKind::NoValue,
            Self::Undecodable(_) => PoisonKind::Undecodable,
            Self::NewerVersion(_) => PoisonKind::NewerVersion,
            Self::NoItem => PoisonKind::NoItem,
            Self::KeyMismatch(_) => PoisonKind::KeyMismatch,
            Self::TaggerPanicked(_) => PoisonKind::TaggerPanicked,
            Self::TooLarge(_) => PoisonKind::TooLarge,
        }
    }

    /// Step of the enricher that found it.
    pub(crate) fn stage(&self) -> &'static str {
        match self {
            Self::NoValue | Self::Undecodable(_) | Self::NewerVersion(_) | Self::NoItem | Self::KeyMismatch(_) => {
                "enricher.decode"
            }
            Self::TaggerPanicked(_) => "enricher.tag",
            Self::TooLarge(_) => "enricher.encode",
        }
    }
}

impl PoisonKind {
    /// Every kind.
    pub(crate) const ALL: [Self; 8] = [
        Self::NoValue,
        Self::Undecodable,
        Self::NewerVersion,
        Self::NoItem,
        Self::KeyMismatch,
        Self::TaggerPanicked,
        Self::TooLarge,
        Self::RefusedByBroker,
    ];

    /// The kind as labels and headers spell it.
    pub(crate) fn as_str(self) -> &'static str {
        match self {
            Self::NoValue => "no_value",
            Self::Undecodable => "undecodable",
            Self::NewerVersion => "newer_version",
            Self::NoItem => "no_item",
            Self::KeyMismatch => "key_mismatch",
            Self::TaggerPanicked => "tagger_panicked",
            Self::TooLarge => "too_large",
            Self::RefusedByBroker => "refused_by_broker",
        }
    }
}
