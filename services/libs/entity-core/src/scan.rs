//! Finds the names of a dictionary in one text.

use std::collections::HashSet;

use aho_corasick::{AhoCorasick, MatchKind};

use crate::{
    dictionary::{Dictionary, Form, Spelled},
    page::{Page, Setting, is_name_like},
};

/// Looks for all spellings of a dictionary at once.
#[derive(Debug)]
pub(crate) struct Scanner {
    automaton: AhoCorasick,
    spelled: Vec<Spelled>,
}

/// A name where it stands. `form` is a place in [`Dictionary::forms`].
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Hit {
    pub(crate) form: usize,
    pub(crate) start: usize,
    pub(crate) end: usize,
}

/// What a text holds.
#[derive(Debug, Default)]
pub(crate) struct Found {
    /// In order, without overlap.
    pub(crate) hits: Vec<Hit>,
    /// Forms that stand in names of persons whom the dictionary does not know: "Ford" where the text has "Harrison Ford".
    pub(crate) other_persons: HashSet<usize>,
}

/// What a match turns out to be.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Verdict {
    Name,
    /// Part of the name of a person whom the dictionary does not know.
    OtherPerson,
    OrdinaryWord,
}

/// A match, by its first and last word.
#[derive(Clone, Copy)]
struct Candidate {
    spelled: Spelled,
    first: usize,
    last: usize,
    end: usize,
}

impl Scanner {
    /// # Errors
    ///
    /// The dictionary is too large for an automaton.
    pub(crate) fn new(dictionary: &Dictionary) -> Result<Self, aho_corasick::BuildError> {
        let automaton =
            AhoCorasick::builder().match_kind(MatchKind::LeftmostLongest).build(dictionary.spellings.keys())?;
        Ok(Self { automaton, spelled: dictionary.spellings.values().copied().collect() })
    }

    /// The names of `page`, in order and without overlap, the longest first. Time is linear in the text.
    pub(crate) fn scan(&self, forms: &[Form], page: &Page<'_>) -> Found {
        let mut found = Found::default();
        let mut candidates = self.candidates(page).peekable();
        let mut last_hit_word = None;
        while let Some(candidate) = candidates.next() {
            let Some(form) = forms.get(candidate.spelled.form) else {
                continue;
            };
            let next_name = candidates.peek().map(|next| next.first);
            match judge(page, form, candidate, (last_hit_word, next_name)) {
                Verdict::Name => {
                    last_hit_word = Some(candidate.last);
                    found.hits.push(Hit {
                        form: candidate.spelled.form,
                        start: page.word(candidate.first).map_or(0, |word| word.start),
                        end: candidate.end,
                    });
                }
                Verdict::OtherPerson => {
                    found.other_persons.insert(candidate.spelled.form);
                }
                Verdict::OrdinaryWord => {}
            }
        }
        found
    }

    fn candidates<'a>(&'a self, page: &'a Page<'_>) -> impl Iterator<Item = Candidate> + 'a {
        let words = &page.folded.words;
        let mut cursor = 0;
        self.automaton.find_iter(&page.folded.text).filter_map(move |found| {
            while words.get(cursor)?.mark < found.start() {
                cursor += 1;
            }
            let first = cursor;
            while words.get(cursor + 1).is_some_and(|next| next.mark < found.end()) {
                cursor += 1;
            }
            let spelled = *self.spelled.get(found.pattern().as_usize())?;
            Some(Candidate {
                spelled,
                first,
                last: cursor,
                end: page.end_of(words.get(cursor)?, found.end(), spelled.dotted),
            })
        })
    }
}

/// What `found` is; `last_hit_word` and `next_name` are the words beside it that belong to names.
fn judge(
    page: &Page<'_>,
    form: &Form,
    found: Candidate,
    (last_hit_word, next_name): (Option<usize>, Option<usize>),
) -> Verdict {
    let setting = page.word(found.first).map_or(Setting::Plain, |word| page.setting_at(word.start));
    let is_price = page.source.get(found.end..).is_some_and(|rest| rest.starts_with('$'));
    if is_price || (form.exact && setting == Setting::Shouted) {
        return Verdict::OrdinaryWord;
    }
    if setting != Setting::Plain {
        return Verdict::Name;
    }
    let after_given_name = (form.surname || form.given)
        && found.first > 0
        && last_hit_word != Some(found.first - 1)
        && page.gap_after(found.first - 1) == Some(" ")
        && is_name_like(page.text(found.first - 1));
    let before_surname = form.given
        && next_name != Some(found.last + 1)
        && page.gap_after(found.last) == Some(" ")
        && is_name_like(page.text(found.last + 1));
    if after_given_name || before_surname { Verdict::OtherPerson } else { Verdict::Name }
}

#[cfg(test)]
mod tests;
