//! The layout of a lexicon, version 1. All numbers are little-endian.
//!
//! ```text
//! "COURANTL"  format u32  length of version u32  version
//! entities    16 bytes each: strings u64, id bytes u8, type u8 (255: open), name bytes u16, weight u32
//! strings     of each entity: id, name, count u8 of words about it, their hashes u32
//! lists       of each name: count u8, then of each candidate: entity u32, rank u8
//! names       finite-state map: folded name -> place in lists; 0x01 and a first name -> persons who bear it
//! footer      lengths of the four sections u64, SHA-256 of all before u8[32], "LTNARUOC"
//! ```

use std::{
    io::{self, Read},
    sync::Arc,
};

use bytes::Bytes;
use news_model::EntityType;
use sha2::{Digest, Sha256};

use crate::TableError;

/// First bytes of a lexicon.
pub(super) const MAGIC: &[u8; 8] = b"COURANTL";
/// Last bytes of a lexicon.
pub(super) const END: &[u8; 8] = b"LTNARUOC";
/// The layout this module reads and writes.
pub(super) const FORMAT: u32 = 1;
/// Bytes of a record of an entity.
pub(super) const RECORD_BYTES: usize = 16;
/// Bytes of a candidate in a list.
pub(super) const CANDIDATE_BYTES: usize = 5;
/// Type of an entity whose type is open.
const OPEN_TYPE: u8 = u8::MAX;
const HASH_BYTES: usize = 32;
const LENGTHS_BYTES: usize = 4 * 8;
const FOOTER_BYTES: usize = LENGTHS_BYTES + HASH_BYTES + END.len();

/// Why bytes are no lexicon.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum LexiconError {
    /// They do not begin as one.
    #[error("not an entity lexicon: it does not begin with COURANTL")]
    Foreign,
    /// They were written by a later program.
    #[error("the entity lexicon has layout {0}, and this program reads layout {FORMAT}: build it anew")]
    Format(u32),
    /// They end before their footer.
    #[error("the entity lexicon is cut short: its end mark is missing")]
    Truncated,
    /// They are not as they were written.
    #[error("the entity lexicon is damaged: its contents do not match its checksum")]
    Damaged,
}

/// Why no lexicon was built.
#[derive(Debug, thiserror::Error)]
pub enum BuildError {
    /// A table is malformed.
    #[error("the tables of the lexicon are malformed")]
    Table(#[from] TableError),
    /// Names came out of order, or could not be written.
    #[error("the names of the lexicon could not be written")]
    Names(#[from] fst::Error),
    /// A section could not be read or written.
    #[error("the lexicon could not be written")]
    Io(#[from] io::Error),
    /// What was written cannot be read.
    #[error("the lexicon that was built cannot be read")]
    Unreadable(#[from] LexiconError),
    /// A text or a count is beyond what the layout holds.
    #[error("the lexicon would be larger than its layout can hold")]
    TooLarge,
}

/// The record of one entity.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Record {
    pub(super) strings: u64,
    pub(super) id_bytes: u8,
    pub(super) entity_type: Option<EntityType>,
    pub(super) name_bytes: u16,
    pub(super) weight: u32,
}

/// The sections of a lexicon, where they lie.
pub(super) struct Parts {
    pub(super) version: Arc<str>,
    pub(super) entities: Bytes,
    pub(super) strings: Bytes,
    pub(super) lists: Bytes,
    pub(super) names: Bytes,
}

impl Record {
    pub(super) fn read(bytes: &[u8]) -> Option<Self> {
        let (strings, rest) = bytes.split_first_chunk::<8>()?;
        let ([id_bytes, kind], rest) = rest.split_first_chunk::<2>()?;
        let (name_bytes, rest) = rest.split_first_chunk::<2>()?;
        let (weight, _) = rest.split_first_chunk::<4>()?;
        Some(Self {
            strings: u64::from_le_bytes(*strings),
            id_bytes: *id_bytes,
            entity_type: EntityType::ALL.get(usize::from(*kind)).copied(),
            name_bytes: u16::from_le_bytes(*name_bytes),
            weight: u32::from_le_bytes(*weight),
        })
    }

    pub(super) fn to_bytes(self) -> Vec<u8> {
        let kind = self
            .entity_type
            .and_then(|wanted| EntityType::ALL.iter().position(|label| *label == wanted))
            .and_then(|place| u8::try_from(place).ok())
            .unwrap_or(OPEN_TYPE);
        let mut bytes = Vec::with_capacity(RECORD_BYTES);
        bytes.extend(self.strings.to_le_bytes());
        bytes.extend([self.id_bytes, kind]);
        bytes.extend(self.name_bytes.to_le_bytes());
        bytes.extend(self.weight.to_le_bytes());
        bytes
    }
}

/// Entity and rank of one candidate of a list.
pub(super) fn candidate(bytes: &[u8]) -> Option<(u32, u8)> {
    let (entity, rank) = bytes.split_first_chunk::<4>()?;
    Some((u32::from_le_bytes(*entity), *rank.first()?))
}

/// The first bytes of a lexicon of this version.
pub(super) fn header(version: &str) -> Option<Vec<u8>> {
    let mut bytes = MAGIC.to_vec();
    bytes.extend(FORMAT.to_le_bytes());
    bytes.extend(u32::try_from(version.len()).ok()?.to_le_bytes());
    bytes.extend(version.as_bytes());
    Some(bytes)
}

/// Whether the checksum of a lexicon of `length` bytes, read from its start, is that of what was written. Takes little memory, unlike a look at all
/// of a mapped file, which would make all of it resident.
///
/// # Errors
///
/// Reading fails, or ends early.
pub fn lexicon_is_whole(mut source: impl Read, length: u64) -> io::Result<bool> {
    let tail = u64::try_from(HASH_BYTES + END.len()).unwrap_or(u64::MAX);
    let mut left = length.saturating_sub(tail);
    let (mut hasher, mut buffer) = (Sha256::new(), vec![0; 64 << 10]);
    while left > 0 {
        let most = usize::try_from(left).unwrap_or(usize::MAX).min(buffer.len());
        let portion = buffer.get_mut(..most).unwrap_or_default();
        source.read_exact(portion)?;
        hasher.update(portion);
        left = left.saturating_sub(u64::try_from(most).unwrap_or(u64::MAX));
    }
    let mut hash = [0; HASH_BYTES];
    source.read_exact(&mut hash)?;
    Ok(hasher.finalize().as_slice() == hash)
}

/// Whether the checksum in a lexicon is that of its contents.
pub(super) fn is_whole(bytes: &[u8]) -> bool {
    let length = u64::try_from(bytes.len()).unwrap_or(u64::MAX);
    lexicon_is_whole(bytes, length).unwrap_or(false)
}

/// Finds the sections of a lexicon, whose contents are not looked at.
pub(super) fn read(bytes: &Bytes) -> Result<Parts, LexiconError> {
    let rest = bytes.strip_prefix(MAGIC).ok_or(LexiconError::Foreign)?;
    let (format, rest) = rest.split_first_chunk::<4>().ok_or(LexiconError::Truncated)?;
    let format = u32::from_le_bytes(*format);
    if format != FORMAT {
        return Err(LexiconError::Format(format));
    }
    let (version_bytes, _) = rest.split_first_chunk::<4>().ok_or(LexiconError::Truncated)?;
    let footer = bytes.len().checked_sub(FOOTER_BYTES).ok_or(LexiconError::Truncated)?;
    let (_, tail) = bytes.split_at(footer);
    let (lengths, tail) = tail.split_at(LENGTHS_BYTES);
    if !tail.ends_with(END) {
        return Err(LexiconError::Truncated);
    }
    let version_start = MAGIC.len() + 8;
    let mut at = version_start;
    let mut take = |length: u64| {
        let end = usize::try_from(length).ok().and_then(|length| at.checked_add(length)).filter(|end| *end <= footer);
        let section = end.map(|end| bytes.slice(at..end));
        at = end.unwrap_or(at);
        section.ok_or(LexiconError::Damaged)
    };
    let version = take(u32::from_le_bytes(*version_bytes).into())?;
    let mut lengths = lengths.chunks_exact(8).filter_map(|length| length.try_into().ok()).map(u64::from_le_bytes);
    let mut section = || take(lengths.next().unwrap_or(u64::MAX));
    Ok(Parts {
        version: std::str::from_utf8(&version).map_err(|_| LexiconError::Damaged)?.into(),
        entities: section()?,
        strings: section()?,
        lists: section()?,
        names: section()?,
    })
}
