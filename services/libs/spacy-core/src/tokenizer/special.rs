//! Finds exceptions that the rules for chunks cut apart, and puts them together again.
//!
//! An emoticon that opens with a bracket loses the bracket to the prefixes, so its pieces are looked for in the finished tokens.

use std::collections::{HashMap, HashSet};

use foldhash::fast::RandomState;

use super::{Memory, Piece, Token, index};

/// The exceptions as sequences of what the rules make of them.
#[derive(Debug, Default)]
pub(super) struct SpecialMatcher {
    /// By the id of the first token.
    sequences: HashMap<u64, Vec<Box<[u64]>>, RandomState>,
}

impl SpecialMatcher {
    pub(super) fn add(&mut self, sequence: Vec<u64>) {
        if let Some(first) = sequence.first() {
            let known = self.sequences.entry(*first).or_default();
            let sequence = sequence.into_boxed_slice();
            if !known.contains(&sequence) {
                known.push(sequence);
            }
        }
    }

    /// Whether an exception begins with the token of this id.
    pub(super) fn begins_with(&self, orth: u64) -> bool {
        self.sequences.contains_key(&orth)
    }

    /// Replaces the exceptions among the tokens of `text`, which begin with the one at `first`.
    pub(super) fn apply(
        &self,
        text: &str,
        exceptions: &HashMap<Box<str>, Vec<Piece>, RandomState>,
        memory: &Memory,
        (tokens, first): (&mut Vec<Token>, usize),
    ) {
        let old = tokens.split_off(first);
        let mut spans = self.resolved(memory, &old).into_iter().peekable();
        let mut at = 0;
        while let Some(token) = old.get(at) {
            let Some((_, end)) = spans.next_if(|(start, _)| *start == at) else {
                tokens.push(*token);
                at += 1;
                continue;
            };
            let whole = old.get(at..end).unwrap_or_default();
            let exception = whole
                .last()
                .and_then(|last| text.get(index(token.start)..index(last.end)))
                .and_then(|text| exceptions.get(text));
            match exception {
                None => tokens.extend(whole),
                Some(pieces) => {
                    let mut start = token.start;
                    for piece in pieces {
                        let end = start.saturating_add(piece.bytes);
                        tokens.push(Token { form: piece.form, start, end });
                        start = end;
                    }
                }
            }
            at = end.max(at + 1);
        }
    }

    /// The places where sequences stand, longest first, then first; a place whose ends lie in one seen before is left out.
    fn resolved(&self, memory: &Memory, tokens: &[Token]) -> Vec<(usize, usize)> {
        let mut found = Vec::new();
        for (at, token) in tokens.iter().enumerate() {
            for sequence in self.sequences.get(&memory.forms.orth(token.form)).into_iter().flatten() {
                let end = at + sequence.len();
                let is_here = tokens.get(at..end).is_some_and(|here| {
                    here.iter().zip(sequence).all(|(token, orth)| memory.forms.orth(token.form) == *orth)
                });
                if is_here {
                    found.push((at, end));
                }
            }
        }
        found.sort_by_key(|(start, end)| (usize::MAX - (end - start), *start));
        let (mut seen, mut kept) = (HashSet::new(), Vec::new());
        for (start, end) in found {
            if !seen.contains(&start) && !seen.contains(&(end - 1)) {
                kept.push((start, end));
            }
            seen.extend(start..end);
        }
        kept.sort_unstable();
        kept
    }
}
