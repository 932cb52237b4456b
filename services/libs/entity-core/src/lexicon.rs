//! The large dictionary of names: which entities a name may stand for, how well known each is, and what is said of it.
//!
//! A lexicon is one run of bytes that is read in place and never unpacked, so it may be part of the program, a file in memory or a mapped file:
//! a finite-state map from folded names (see [`crate::words`]) to lists of candidates, fixed records of entities, and their strings. Its layout is
//! written in [`format`].

mod build;
mod format;
mod rows;
mod wikidata;

use std::sync::Arc;

use bytes::Bytes;
use fst::Map;
use news_model::EntityType;

pub use build::{EntityEncoder, LexiconEntry, MAX_CANDIDATES, NameEncoder, Sections, assemble, build_lexicon};
pub use format::{BuildError, LexiconError, lexicon_is_whole};
pub use rows::entries_of_tables;
pub use wikidata::{BadEntityLine, entry_of_line};

use crate::words::{CLOSE, fold};

/// Names, their candidates and the entities, in place in one run of bytes.
#[derive(Clone)]
pub struct Lexicon {
    names: Map<Bytes>,
    lists: Bytes,
    entities: Bytes,
    strings: Bytes,
    version: Arc<str>,
}

/// One entity that a name may stand for.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) struct Candidate {
    /// Place among the entities.
    pub(crate) entity: u32,
    /// Place of the name among the names of the entity: 0 for its label.
    pub(crate) rank: u8,
    /// Share of this candidate among all of the name, 0 to 1, by how well known the entities are.
    pub(crate) prior: f32,
    pub(crate) entity_type: Option<EntityType>,
    /// How well known the entity is.
    pub(crate) weight: u32,
}

/// A name of the lexicon where it stands in folded text.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct NameAt {
    /// Byte of the folded text behind it.
    pub(crate) end: usize,
    /// Where its candidates are.
    pub(crate) list: u64,
}

/// One entity as the lexicon has it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct EntityView<'a> {
    pub(crate) id: &'a str,
    pub(crate) name: &'a str,
    pub(crate) about: &'a [u8],
}

impl std::fmt::Debug for Lexicon {
    fn fmt(&self, out: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        out.debug_struct("Lexicon")
            .field("version", &self.version)
            .field("names", &self.names.len())
            .finish_non_exhaustive()
    }
}

impl Lexicon {
    /// The lexicon that comes with the crate: the reviewed tables and `table/reference.tsv`, whose ids and names are those of Wikidata (CC0).
    /// Takes some hundred milliseconds to build, so it is made once.
    ///
    /// # Errors
    ///
    /// The bundled tables are malformed, which a test of the crate rules out.
    pub fn bundled() -> Result<Self, BuildError> {
        rows::bundled()
    }

    /// The lexicon in `bytes`, which stay where they are. Reads them once for their checksum.
    ///
    /// # Errors
    ///
    /// `bytes` are no lexicon, of another layout, cut short or damaged.
    pub fn from_bytes(bytes: &Bytes) -> Result<Self, LexiconError> {
        let lexicon = Self::from_checked(bytes)?;
        if format::is_whole(bytes) { Ok(lexicon) } else { Err(LexiconError::Damaged) }
    }

    /// The lexicon in `bytes`, which stay where they are and are not read as a whole: whether they are as they were written is for
    /// [`lexicon_is_whole`] to tell. Damaged ones give wrong answers, or panic.
    ///
    /// # Errors
    ///
    /// `bytes` are no lexicon, of another layout, or cut short.
    pub fn from_checked(bytes: &Bytes) -> Result<Self, LexiconError> {
        let parts = format::read(bytes)?;
        let names = Map::new(parts.names).map_err(|_| LexiconError::Damaged)?;
        Ok(Self { names, lists: parts.lists, entities: parts.entities, strings: parts.strings, version: parts.version })
    }

    /// What the lexicon was built from, as its builder named it.
    #[must_use]
    pub fn version(&self) -> &str {
        &self.version
    }

    /// How many entities it knows.
    #[must_use]
    pub fn len(&self) -> usize {
        self.entities.len() / format::RECORD_BYTES
    }

    /// Whether it knows none.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.entities.is_empty()
    }

    /// Bytes it takes, in memory or mapped.
    #[must_use]
    pub fn size_bytes(&self) -> usize {
        self.names.as_fst().size() + self.lists.len() + self.entities.len() + self.strings.len()
    }

    /// The candidates of `name` as it is written, or in Title Case where it is written in capitals; the likeliest first.
    pub(crate) fn candidates_of(&self, name: &str) -> Vec<Candidate> {
        let found = self.names.get(fold(name).text.as_bytes()).or_else(|| {
            let shouted = name.chars().filter(|letter| letter.is_alphabetic()).count() > 3
                && !name.chars().any(char::is_lowercase);
            shouted.then(|| self.names.get(fold(&calm(name)).text.as_bytes())).flatten()
        });
        found.map(|list| self.candidates(list)).unwrap_or_default()
    }

    /// The candidates of a list, the likeliest first.
    pub(crate) fn candidates(&self, list: u64) -> Vec<Candidate> {
        let entries = usize::try_from(list).ok().and_then(|at| self.lists.get(at..)).unwrap_or_default();
        let Some((count, entries)) = entries.split_first() else {
            return Vec::new();
        };
        let mut found: Vec<Candidate> = entries
            .chunks_exact(format::CANDIDATE_BYTES)
            .take(usize::from(*count))
            .filter_map(|entry| {
                let (entity, rank) = format::candidate(entry)?;
                let record = self.record(entity)?;
                Some(Candidate { entity, rank, prior: 0.0, entity_type: record.entity_type, weight: record.weight })
            })
            .collect();
        let total: f32 = found.iter().map(strength).sum();
        for candidate in &mut found {
            candidate.prior = strength(candidate) / total.max(f32::MIN_POSITIVE);
        }
        found.sort_by(|one, other| other.prior.total_cmp(&one.prior).then(one.entity.cmp(&other.entity)));
        found
    }

    /// The longest name that begins at byte `at` of folded text, which must be the mark of a word.
    pub(crate) fn longest_at(&self, folded: &str, at: usize) -> Option<NameAt> {
        let map = self.names.as_fst();
        let (mut node, mut sum, mut longest) = (map.root(), fst::raw::Output::zero(), None);
        for (index, byte) in folded.bytes().enumerate().skip(at) {
            let Some(step) = node.find_input(byte) else {
                break;
            };
            let transition = node.transition(step);
            sum = sum.cat(transition.out);
            node = map.node(transition.addr);
            if node.is_final() && u32::from(byte) == u32::from(CLOSE) {
                longest = Some(NameAt { end: index + 1, list: sum.cat(node.final_output()).value() });
            }
        }
        longest
    }

    /// How many persons of the lexicon have `word` as their first name.
    pub(crate) fn bearers_of(&self, word: &str) -> u64 {
        self.names.get(build::given_key(word)).unwrap_or_default()
    }

    /// The entity at a place.
    pub(crate) fn entity(&self, entity: u32) -> Option<EntityView<'_>> {
        let record = self.record(entity)?;
        let strings = self.strings.get(usize::try_from(record.strings).ok()?..)?;
        let (id, rest) = strings.split_at_checked(record.id_bytes.into())?;
        let (name, rest) = rest.split_at_checked(record.name_bytes.into())?;
        let (about_words, rest) = rest.split_first()?;
        Some(EntityView {
            id: std::str::from_utf8(id).ok()?,
            name: std::str::from_utf8(name).ok()?,
            about: rest.get(..usize::from(*about_words) * 4)?,
        })
    }

    /// What the entity at a place is, where that is known.
    pub(crate) fn type_of(&self, entity: u32) -> Option<EntityType> {
        self.record(entity)?.entity_type
    }

    fn record(&self, entity: u32) -> Option<format::Record> {
        let at = usize::try_from(entity).ok()?.checked_mul(format::RECORD_BYTES)?;
        format::Record::read(self.entities.get(at..)?.get(..format::RECORD_BYTES)?)
    }
}

impl EntityView<'_> {
    /// Hashes of the words that are said of the entity.
    pub(crate) fn about_words(&self) -> impl Iterator<Item = u32> {
        self.about.chunks_exact(4).filter_map(|word| word.try_into().ok()).map(u32::from_le_bytes)
    }
}

/// How strongly a name calls for an entity: its weight, less for names that are not its label and stand late in its list.
fn strength(candidate: &Candidate) -> f32 {
    /// What a further name is worth beside the label.
    const ALIAS: f32 = 0.5;
    /// What each place in the list of further names takes away.
    const LATER: f32 = 0.9;
    let named = match candidate.rank {
        0 => 1.0,
        rank => ALIAS * LATER.powi(i32::from(rank) - 1),
    };
    let weight = u16::try_from(candidate.weight).unwrap_or(u16::MAX);
    f32::from(weight.max(1)) * named
}

/// `name` with only the first letter of each word as a capital.
fn calm(name: &str) -> String {
    let mut calmed = String::with_capacity(name.len());
    let mut inside = false;
    for letter in name.chars() {
        if inside {
            calmed.extend(letter.to_lowercase());
        } else {
            calmed.push(letter);
        }
        inside = letter.is_alphanumeric();
    }
    calmed
}

#[cfg(test)]
mod tests;
