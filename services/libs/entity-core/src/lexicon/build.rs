//! Writes lexicons. Memory is that of one name and its candidates; sections go to writers of the caller, who sorts the names.

use std::{
    collections::BTreeMap,
    io::{self, Read, Write},
};

use bytes::Bytes;
use fst::MapBuilder;
use news_model::EntityType;
use sha2::{Digest, Sha256};

use super::{
    Lexicon,
    format::{self, BuildError, Record},
};
use crate::{
    EntityId,
    refine::is_role,
    words::{fold, hash_word, telling_words},
};

/// Candidates kept of one name, the best known.
pub const MAX_CANDIDATES: usize = 32;
/// Words kept that are said of one entity, the first ones.
const MAX_ABOUT_WORDS: usize = 16;
/// Names longer than this many words are not looked for.
const MAX_NAME_WORDS: usize = 12;
/// Bytes of the longest folded name.
const MAX_KEY_BYTES: usize = 240;
/// Bytes of the longest name of an entity, which stands in every tag of it; Wikidata's own have 250 characters at most.
pub(super) const MAX_NAME_BYTES: usize = 1_000;
/// Before the first names of persons among the names.
const GIVEN_MARK: char = '\u{1}';

/// One entity to be written.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct LexiconEntry {
    /// Its id.
    pub id: EntityId,
    /// What it is, where that is known.
    pub entity_type: Option<EntityType>,
    /// Its label.
    pub name: String,
    /// Further names, the most used first.
    pub aliases: Vec<String>,
    /// What is said of it, such as "city in Texas"; its words speak for it where a document has them too.
    pub about: String,
    /// How well known it is beside others: any number from 1, such as the count of Wikipedias that have it.
    pub weight: u32,
}

/// Writes entities, one after another, to two sections.
#[derive(Debug)]
pub struct EntityEncoder<E, S> {
    entities: E,
    strings: S,
    count: u32,
    strings_bytes: u64,
}

/// Writes names with their candidates, in the order of their bytes, to two sections.
pub struct NameEncoder<L, N: Write> {
    lists: L,
    names: MapBuilder<N>,
    lists_bytes: u64,
}

/// The four sections of a lexicon, to be read once from their start.
#[derive(Debug)]
pub struct Sections<R> {
    /// As [`EntityEncoder`] wrote it.
    pub entities: R,
    /// As [`EntityEncoder`] wrote it.
    pub strings: R,
    /// As [`NameEncoder`] wrote it.
    pub lists: R,
    /// As [`NameEncoder`] wrote it.
    pub names: R,
}

impl LexiconEntry {
    /// The folded names of the entity, each with its place among them, and the first name if it is a person; to be given to a [`NameEncoder`].
    #[must_use]
    pub fn keys(&self) -> Vec<(String, u8)> {
        let names = std::iter::once(&self.name).chain(&self.aliases);
        let mut keys: BTreeMap<String, u8> = BTreeMap::new();
        for (rank, name) in (0..u8::MAX).zip(names) {
            let folded = fold(name.trim().trim_end_matches('.'));
            let fits = (1..=MAX_NAME_WORDS).contains(&folded.words.len()) && folded.text.len() <= MAX_KEY_BYTES;
            if fits && folded.words.first().is_some_and(|word| word.mark == 0) {
                keys.entry(folded.text).or_insert(rank);
            }
        }
        if let Some(given) = given_name(self) {
            keys.insert(given_key(given), 0);
        }
        keys.into_iter().collect()
    }
}

impl<E: Write, S: Write> EntityEncoder<E, S> {
    /// An encoder that has written nothing yet.
    pub fn new(entities: E, strings: S) -> Self {
        Self { entities, strings, count: 0, strings_bytes: 0 }
    }

    /// Writes one entity and returns its place.
    ///
    /// # Errors
    ///
    /// A writer failed, or there are more entities than the layout holds.
    pub fn push(&mut self, entry: &LexiconEntry) -> Result<u32, BuildError> {
        let about = about_hashes(&entry.about);
        let name = entry.name.as_bytes();
        let id = entry.id.as_str().as_bytes();
        let record = Record {
            strings: self.strings_bytes,
            id_bytes: u8::try_from(id.len()).map_err(|_| BuildError::TooLarge)?,
            entity_type: entry.entity_type,
            name_bytes: u16::try_from(name.len()).map_err(|_| BuildError::TooLarge)?,
            weight: entry.weight.max(1),
        };
        let words = u8::try_from(about.len()).map_err(|_| BuildError::TooLarge)?;
        let strings: Vec<u8> =
            [id, name, &[words]].concat().into_iter().chain(about.into_iter().flat_map(u32::to_le_bytes)).collect();
        self.entities.write_all(&record.to_bytes())?;
        self.strings.write_all(&strings)?;
        self.strings_bytes += u64::try_from(strings.len()).map_err(|_| BuildError::TooLarge)?;
        let place = self.count;
        self.count = self.count.checked_add(1).ok_or(BuildError::TooLarge)?;
        Ok(place)
    }

    /// The two writers, entities first.
    pub fn into_writers(self) -> (E, S) {
        (self.entities, self.strings)
    }
}

impl<L: Write, N: Write> NameEncoder<L, N> {
    /// An encoder that has written nothing yet.
    ///
    /// # Errors
    ///
    /// A writer failed.
    pub fn new(lists: L, names: N) -> Result<Self, BuildError> {
        Ok(Self { lists, names: MapBuilder::new(names)?, lists_bytes: 0 })
    }

    /// Writes one name with its candidates: place, rank of the name, and weight of the entity. Names must come in the order of their bytes.
    ///
    /// # Errors
    ///
    /// A writer failed, or the name is not behind the last one.
    pub fn push(&mut self, key: &str, mut candidates: Vec<(u32, u8, u32)>) -> Result<(), BuildError> {
        if key.starts_with(GIVEN_MARK) {
            let bearers = u64::try_from(candidates.len()).map_err(|_| BuildError::TooLarge)?;
            return Ok(self.names.insert(key, bearers)?);
        }
        candidates.sort_by_key(|&(entity, rank, weight)| (std::cmp::Reverse(weight), rank, entity));
        candidates.dedup_by_key(|&mut (entity, ..)| entity);
        candidates.truncate(MAX_CANDIDATES);
        self.names.insert(key, self.lists_bytes)?;
        let mut list = vec![u8::try_from(candidates.len()).map_err(|_| BuildError::TooLarge)?];
        for (entity, rank, _) in candidates {
            list.extend(entity.to_le_bytes());
            list.push(rank);
        }
        self.lists.write_all(&list)?;
        self.lists_bytes += u64::try_from(list.len()).map_err(|_| BuildError::TooLarge)?;
        Ok(())
    }

    /// Ends the map; the two writers, lists first.
    ///
    /// # Errors
    ///
    /// A writer failed.
    pub fn finish(self) -> Result<(L, N), BuildError> {
        Ok((self.lists, self.names.into_inner()?))
    }
}

/// Writes a lexicon of these sections to `out`, which is read by [`Lexicon::from_bytes`].
///
/// # Errors
///
/// A section could not be read, or `out` not written.
pub fn assemble<R: Read>(out: impl Write, version: &str, sections: Sections<R>) -> Result<(), BuildError> {
    let mut out = Hashing { out, hash: Sha256::new() };
    out.write_all(&format::header(version).ok_or(BuildError::TooLarge)?)?;
    let mut lengths = Vec::new();
    for mut section in [sections.entities, sections.strings, sections.lists, sections.names] {
        lengths.extend(io::copy(&mut section, &mut out)?.to_le_bytes());
    }
    out.write_all(&lengths)?;
    let Hashing { mut out, hash } = out;
    out.write_all(&hash.finalize())?;
    out.write_all(format::END)?;
    Ok(out.flush()?)
}

/// Builds a lexicon in memory.
///
/// # Errors
///
/// It would be larger than its layout holds.
pub fn build_lexicon(version: &str, entries: &[LexiconEntry]) -> Result<Lexicon, BuildError> {
    let mut entities = EntityEncoder::new(Vec::new(), Vec::new());
    let mut names: BTreeMap<String, Vec<(u32, u8, u32)>> = BTreeMap::new();
    for entry in entries {
        let place = entities.push(entry)?;
        for (key, rank) in entry.keys() {
            names.entry(key).or_default().push((place, rank, entry.weight));
        }
    }
    let mut encoder = NameEncoder::new(Vec::new(), Vec::new())?;
    for (key, candidates) in names {
        encoder.push(&key, candidates)?;
    }
    let (entities, strings) = entities.into_writers();
    let (lists, names) = encoder.finish()?;
    let mut bytes = Vec::new();
    let sections = Sections { entities: &*entities, strings: &*strings, lists: &*lists, names: &*names };
    assemble(&mut bytes, version, sections)?;
    Ok(Lexicon::from_bytes(&Bytes::from(bytes))?)
}

/// The key under which the bearers of a first name are counted.
pub(super) fn given_key(word: &str) -> String {
    format!("{GIVEN_MARK}{word}")
}

/// The first name of a person of several names.
fn given_name(entry: &LexiconEntry) -> Option<&str> {
    let (given, rest) = entry.name.split_once(' ')?;
    let is_person = entry.entity_type == Some(EntityType::Person);
    let is_word = given.chars().count() > 2 && given.chars().all(char::is_alphabetic);
    let is_given = is_word && !is_role(given) && telling_words(given).next().is_some();
    (is_person && is_given && rest.starts_with(char::is_uppercase)).then_some(given)
}

fn about_hashes(about: &str) -> Vec<u32> {
    let mut hashes = Vec::new();
    for word in telling_words(about).map(hash_word) {
        if hashes.len() < MAX_ABOUT_WORDS && !hashes.contains(&word) {
            hashes.push(word);
        }
    }
    hashes
}

/// A writer that hashes what passes through.
struct Hashing<W> {
    out: W,
    hash: Sha256,
}

impl<W: Write> Write for Hashing<W> {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        let written = self.out.write(bytes)?;
        self.hash.update(bytes.get(..written).unwrap_or_default());
        Ok(written)
    }

    fn flush(&mut self) -> io::Result<()> {
        self.out.flush()
    }
}

impl<L: std::fmt::Debug, N: Write> std::fmt::Debug for NameEncoder<L, N> {
    fn fmt(&self, out: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        out.debug_struct("NameEncoder")
            .field("lists", &self.lists)
            .field("lists_bytes", &self.lists_bytes)
            .finish_non_exhaustive()
    }
}
