//! Cuts text into tokens by a pipeline's own rules: exceptions, affixes, infixes and addresses, in spaCy's order.
//!
//! ```text
//! text ──white space──► chunks ──exceptions, prefixes, suffixes, addresses, infixes──► tokens ──exceptions across tokens──► tokens
//! ```
//!
//! What becomes of a chunk depends on the chunk alone, so it is kept for the next time. The rules are quadratic in a chunk; one of more
//! than [`MAX_CHUNK_BYTES`] bytes becomes a single token, which keeps the work linear in the text.

mod load;
mod special;
mod split;

use std::collections::HashMap;

use foldhash::fast::RandomState;

use crate::{
    lexicon::{FormId, Forms, Lexicon, is_space},
    pattern::Pattern,
};

use special::SpecialMatcher;

/// Bytes of a run without white space up to which it is cut by the rules.
pub const MAX_CHUNK_BYTES: usize = 1_000;

/// One token of a text.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Token {
    pub(crate) form: FormId,
    pub(crate) start: u32,
    pub(crate) end: u32,
}

/// A token within its chunk.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
struct Piece {
    form: FormId,
    bytes: u32,
}

/// The rules of a tokenizer. Immutable.
#[derive(Debug)]
pub(crate) struct Tokenizer {
    prefix: Option<Pattern>,
    suffix: Option<Pattern>,
    infix: Option<Pattern>,
    token: Option<Pattern>,
    url: Option<Pattern>,
    exceptions: HashMap<Box<str>, Vec<Piece>, RandomState>,
    special: SpecialMatcher,
}

/// What a tokenizer has learnt of the text so far: forms, and the pieces of chunks.
#[derive(Clone, Debug, Default)]
pub(crate) struct Memory {
    pub(crate) forms: Forms,
    chunks: HashMap<Box<str>, (u32, u32), RandomState>,
    pieces: Vec<Piece>,
    bytes: usize,
}

impl Memory {
    /// About how much memory it takes.
    pub(crate) fn bytes(&self) -> usize {
        self.forms.bytes() + self.bytes
    }
}

impl Tokenizer {
    /// Appends the tokens of `text` to `tokens`.
    pub(crate) fn tokenize(&self, text: &str, lexicon: &Lexicon, memory: &mut Memory, tokens: &mut Vec<Token>) {
        let first = tokens.len();
        let (mut start, mut in_space) = (0, text.chars().next().is_some_and(is_space));
        let mut might_be_special = false;
        for (at, letter) in text.char_indices() {
            if is_space(letter) == in_space {
                continue;
            }
            might_be_special |= self.chunk(text, (start, at), (lexicon, memory), tokens);
            // A single blank between two chunks belongs to none of them.
            start = if letter == ' ' { at + 1 } else { at };
            in_space = !in_space;
        }
        might_be_special |= self.chunk(text, (start, text.len()), (lexicon, memory), tokens);
        if might_be_special {
            self.special.apply(text, &self.exceptions, memory, (tokens, first));
        }
    }

    /// Appends the tokens of one chunk; tells whether an exception might begin with one of them.
    fn chunk(
        &self,
        text: &str,
        (start, end): (usize, usize),
        (lexicon, memory): (&Lexicon, &mut Memory),
        tokens: &mut Vec<Token>,
    ) -> bool {
        let chunk = text.get(start..end).unwrap_or_default();
        if chunk.is_empty() {
            return false;
        }
        let (first, count) = self.pieces_of(chunk, lexicon, memory);
        let (mut at, mut might_be_special) = (offset(start), false);
        for piece in memory.pieces.get(index(first)..index(first.saturating_add(count))).unwrap_or_default() {
            tokens.push(Token { form: piece.form, start: at, end: at.saturating_add(piece.bytes) });
            at = at.saturating_add(piece.bytes);
            might_be_special |= self.special.begins_with(memory.forms.orth(piece.form));
        }
        might_be_special
    }

    /// Where in the memory's pieces those of `chunk` lie.
    fn pieces_of(&self, chunk: &str, lexicon: &Lexicon, memory: &mut Memory) -> (u32, u32) {
        if chunk.len() > MAX_CHUNK_BYTES {
            let first = offset(memory.pieces.len());
            let form = memory.forms.of_text(cut(chunk, MAX_CHUNK_BYTES), lexicon);
            memory.pieces.push(Piece { form, bytes: offset(chunk.len()) });
            memory.bytes += size_of::<Piece>();
            return (first, 1);
        }
        if let Some(known) = memory.chunks.get(chunk) {
            return *known;
        }
        let first = memory.pieces.len();
        let mut pieces = Vec::new();
        self.split(chunk, true, (lexicon, &mut memory.forms), &mut pieces);
        memory.pieces.append(&mut pieces);
        let place = (offset(first), offset(memory.pieces.len() - first));
        memory.bytes += chunk.len() + 64 + (memory.pieces.len() - first) * size_of::<Piece>();
        memory.chunks.insert(chunk.into(), place);
        place
    }
}

/// The longest start of `text` of at most `bytes` bytes.
fn cut(text: &str, bytes: usize) -> &str {
    let end = (0..=bytes).rev().find(|end| text.is_char_boundary(*end)).unwrap_or_default();
    text.get(..end).unwrap_or_default()
}

fn offset(at: usize) -> u32 {
    u32::try_from(at).unwrap_or(u32::MAX)
}

fn index(at: u32) -> usize {
    usize::try_from(at).unwrap_or(usize::MAX)
}
