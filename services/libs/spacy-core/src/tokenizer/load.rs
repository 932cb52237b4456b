//! Reads a pipeline's `tokenizer` file.

use std::collections::HashMap;

use rmpv::{ValueRef, decode::read_value_ref};

use super::{Memory, Piece, Tokenizer, offset, special::SpecialMatcher};
use crate::{
    error::LoadError,
    lexicon::Lexicon,
    pattern::Pattern,
    weights::{as_list, as_map, as_text, field},
};

const FILE: &str = "tokenizer";

/// Numbers by which the file knows the attributes of an exception's token.
const ORTH: u64 = 65;
const NORM: u64 = 67;

impl Tokenizer {
    /// Reads the rules; the forms of the exceptions go into `memory`.
    pub(crate) fn load(bytes: &[u8], lexicon: &Lexicon, memory: &mut Memory) -> Result<Self, LoadError> {
        let root = read_value_ref(&mut &*bytes).map_err(|error| LoadError::malformed(FILE, error.to_string()))?;
        let pattern = |name| pattern(&root, name);
        let mut tokenizer = Self {
            prefix: pattern("prefix_search")?,
            suffix: pattern("suffix_search")?,
            infix: pattern("infix_finditer")?,
            token: pattern("token_match")?,
            url: pattern("url_match")?,
            exceptions: HashMap::default(),
            special: SpecialMatcher::default(),
        };
        let heuristics = !matches!(field(&root, "faster_heuristics"), Some(ValueRef::Boolean(false)));
        let exceptions = field(&root, "exceptions").and_then(as_map);
        let exceptions = exceptions.ok_or_else(|| LoadError::malformed(FILE, "no map of exceptions"))?;
        for (text, tokens) in exceptions {
            let fault = || LoadError::malformed(FILE, format!("the exception {text} is not a list of tokens"));
            let text = as_text(text).ok_or_else(fault)?;
            let pieces = pieces(text, tokens, lexicon, memory).ok_or_else(fault)?;
            tokenizer.exceptions.insert(text.into(), pieces);
        }
        let texts: Vec<_> = exceptions.iter().filter_map(|(text, _)| as_text(text)).collect();
        for text in texts {
            if !heuristics || tokenizer.is_cut(text) {
                let sequence = tokenizer.without_exceptions(text, lexicon, memory);
                tokenizer.special.add(sequence);
            }
        }
        Ok(tokenizer)
    }

    /// Whether some rule for chunks could cut `text` apart.
    fn is_cut(&self, text: &str) -> bool {
        let found = |pattern: &Option<Pattern>| pattern.as_ref().is_some_and(|pattern| pattern.find(text, 0).is_some());
        found(&self.prefix) || found(&self.infix) || found(&self.suffix) || text.contains(' ')
    }

    /// The ids of the tokens that the rules for chunks make of `text`.
    fn without_exceptions(&self, text: &str, lexicon: &Lexicon, memory: &mut Memory) -> Vec<u64> {
        let mut pieces = Vec::new();
        for chunk in text.split(' ').filter(|chunk| !chunk.is_empty()) {
            self.split(chunk, false, (lexicon, &mut memory.forms), &mut pieces);
        }
        pieces.iter().map(|piece| memory.forms.orth(piece.form)).collect()
    }
}

fn pattern(root: &ValueRef<'_>, name: &'static str) -> Result<Option<Pattern>, LoadError> {
    let Some(text) = field(root, name).and_then(as_text) else {
        return Ok(None);
    };
    Pattern::compile(text).map(Some).map_err(|source| LoadError::Pattern { name, source })
}

/// The tokens of an exception, whose texts make up `text`.
fn pieces(text: &str, tokens: &ValueRef<'_>, lexicon: &Lexicon, memory: &mut Memory) -> Option<Vec<Piece>> {
    let mut pieces = Vec::new();
    let mut bytes = 0;
    for token in as_list(tokens)? {
        let (mut orth, mut norm) = (None, None);
        for (key, value) in as_map(token)? {
            match key.as_u64()? {
                ORTH => orth = as_text(value),
                NORM => norm = as_text(value),
                _ => return None,
            }
        }
        let orth = orth?;
        let form = match norm {
            Some(norm) => memory.forms.push(orth, Some(lexicon.tables.id_of(norm)), lexicon),
            None => memory.forms.of_text(orth, lexicon),
        };
        pieces.push(Piece { form, bytes: offset(orth.len()) });
        bytes += orth.len();
    }
    (bytes == text.len()).then_some(pieces)
}
