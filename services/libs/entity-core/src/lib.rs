//! Finds the people, places and organisations that a text speaks of, by a model, a dictionary and a lexicon. No IO, no clock.
//!
//! ```text
//! table/*.tsv ──Dictionary──► reviewed names ──┐
//! title, summary, content ──► words ──► scan ──┼─► refine ──► propagate ──► resolve ──► tags with mentions,
//! a model's spans (ModelSpans) ────────────────┤  (bounds,    (whole        (dictionary,  confidence, salience
//! dump or tsv ──Lexicon──► names, candidates ──┘   labels)     item)         link, local id)
//! ```
//!
//! A reviewed name is found as whole words only, the longest name first, in the case it is written in, in Title Case or in ALL CAPITALS. What a
//! model found is refined by rules ([`Rule`]), each of which can be switched off, and linked by the lexicon where the document makes the entity
//! certain; else it has a local id. Offsets are UTF-8 bytes of the text as given. The work is linear in the text; what is kept is bounded by
//! [`MAX_TAGS`] and [`MAX_MENTIONS`].

mod dictionary;
mod form;
mod id;
mod lexicon;
mod link;
mod model;
mod page;
mod propagate;
mod refine;
mod resolve;
mod rules;
mod salience;
mod scan;
mod span;
mod sureness;
mod table;
mod tag;
mod tagger;
mod words;

pub use dictionary::Dictionary;
pub use id::{BadEntityId, EntityId};
pub use lexicon::{
    BadEntityLine, BuildError, EntityEncoder, Lexicon, LexiconEntry, LexiconError, MAX_CANDIDATES, NameEncoder,
    Sections, assemble, build_lexicon, entries_of_tables, entry_of_line, lexicon_is_whole,
};
pub use model::{ModelSpan, ModelSpans, ModelToken, Reading};
pub use rules::{Rule, RuleSet};
pub use sureness::{LINK_TERMS, NAME_TERMS};
pub use table::{FaultKind, Table, TableError, TableFault};
pub use tag::{Document, Mention, Method, Tag};
pub use tagger::{Grounds, MAX_MENTIONS, MAX_TAGS, MIN_CONFIDENCE, Tagger};

/// Version of the rules of matching, linking and salience. It changes whenever the same dictionary could give other tags for the same text.
pub const RULES_VERSION: &str = "rules-7";
