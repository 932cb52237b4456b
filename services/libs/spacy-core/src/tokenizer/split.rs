//! Cuts one chunk into its pieces.

use super::{Piece, Tokenizer, offset};
use crate::{
    lexicon::{Forms, Lexicon},
    pattern::Pattern,
};

impl Tokenizer {
    /// Appends the pieces of `chunk`, by the exceptions too if `with_exceptions`.
    pub(super) fn split(
        &self,
        chunk: &str,
        with_exceptions: bool,
        (lexicon, forms): (&Lexicon, &mut Forms),
        pieces: &mut Vec<Piece>,
    ) {
        if with_exceptions && let Some(exception) = self.exceptions.get(chunk) {
            pieces.extend(exception);
            return;
        }
        let mut suffixes = Vec::new();
        let mut piece = |text: &str| Piece { form: forms.of_text(text, lexicon), bytes: offset(text.len()) };
        let core = self.strip(chunk, with_exceptions, |prefix| pieces.push(piece(prefix)), &mut suffixes);
        if !core.is_empty() {
            match self.exceptions.get(core).filter(|_| with_exceptions) {
                Some(exception) => pieces.extend(exception),
                None if matches(self.token.as_ref(), core) || matches(self.url.as_ref(), core) => {
                    pieces.push(piece(core));
                }
                None => self.cut_at_infixes(core, |text| pieces.push(piece(text))),
            }
        }
        pieces.extend(suffixes.into_iter().rev().map(piece));
    }

    /// Takes prefixes and suffixes off `chunk` until none is left, or what is left is an exception.
    fn strip<'a>(
        &self,
        chunk: &'a str,
        with_exceptions: bool,
        mut take_prefix: impl FnMut(&'a str),
        suffixes: &mut Vec<&'a str>,
    ) -> &'a str {
        let is_exception = |text: &str| with_exceptions && !text.is_empty() && self.exceptions.contains_key(text);
        let (mut rest, mut last_bytes) = (chunk, 0);
        while !rest.is_empty() && rest.len() != last_bytes {
            if matches(self.token.as_ref(), rest) || is_exception(rest) {
                break;
            }
            last_bytes = rest.len();
            let (prefix, minus_prefix) = rest.split_at(length(self.prefix.as_ref(), rest));
            if !prefix.is_empty() && is_exception(minus_prefix) {
                take_prefix(prefix);
                return minus_prefix;
            }
            let suffix_bytes = length(self.suffix.as_ref(), minus_prefix);
            let (minus_suffix, suffix) = rest.split_at(rest.len() - suffix_bytes);
            if !suffix.is_empty() && is_exception(minus_suffix) {
                suffixes.push(suffix);
                return minus_suffix;
            }
            if !prefix.is_empty() {
                take_prefix(prefix);
            }
            if !suffix.is_empty() {
                suffixes.push(suffix);
            }
            rest = minus_prefix.get(..minus_prefix.len() - suffix_bytes).unwrap_or_default();
        }
        rest
    }

    fn cut_at_infixes<'a>(&self, text: &'a str, mut take: impl FnMut(&'a str)) {
        let (mut start, mut from) = (0, 0);
        while let Some((begin, end)) = self.infix.as_ref().and_then(|infix| infix.find(text, from)) {
            let width = text.get(begin..).and_then(|rest| rest.chars().next()).map_or(1, char::len_utf8);
            from = if end > begin { end } else { begin + width };
            if begin == 0 {
                continue;
            }
            for part in [text.get(start..begin), text.get(begin..end)].into_iter().flatten() {
                if !part.is_empty() {
                    take(part);
                }
            }
            start = end;
            if from > text.len() {
                break;
            }
        }
        if let Some(rest) = text.get(start..).filter(|rest| !rest.is_empty()) {
            take(rest);
        }
    }
}

fn matches(pattern: Option<&Pattern>, text: &str) -> bool {
    pattern.is_some_and(|pattern| pattern.matches_start(text))
}

/// Bytes of the first match.
fn length(pattern: Option<&Pattern>, text: &str) -> usize {
    pattern.and_then(|pattern| pattern.find(text, 0)).map_or(0, |(start, end)| end - start)
}
