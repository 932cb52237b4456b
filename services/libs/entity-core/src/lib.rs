//! Finds the people, places and organisations that a text speaks of, by a dictionary. No IO, no clock.
//!
//! ```text
//! table/*.tsv ──Dictionary──► names, rules of case, who owns a name
//!                                   │
//! title, summary, content ──► words ──► hits ──► resolve ──► tags with mentions, confidence, salience
//!                            (fold)   (scan)   (whole item)
//! ```
//!
//! A name is found as whole words only, the longest name first, in the case it is written in, in Title Case or in ALL CAPITALS. Offsets are
//! UTF-8 bytes of the text as given. The work is linear in the text; what is kept is bounded by [`MAX_TAGS`] and [`MAX_MENTIONS`].

mod dictionary;
mod form;
mod id;
mod model;
mod salience;
mod scan;
mod table;
mod tag;
mod tagger;
mod words;

pub use dictionary::Dictionary;
pub use id::{BadEntityId, EntityId};
pub use model::{ModelSpan, ModelSpans, ModelToken, Reading};
pub use table::{FaultKind, Table, TableError, TableFault};
pub use tag::{Document, Mention, Method, Tag};
pub use tagger::{MAX_MENTIONS, MAX_TAGS, Tagger};

/// Version of the rules of matching, linking and salience. It changes whenever the same dictionary could give other tags for the same text.
pub const RULES_VERSION: &str = "dictionary-1";
