//! Finds the names of a dictionary in one text.

use std::{collections::HashSet, sync::LazyLock};

use aho_corasick::{AhoCorasick, MatchKind};

use crate::{
    dictionary::{Dictionary, Form, Spelled},
    words::{Folded, Word, fold},
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

/// How a line is set, which decides what capitals in it mean.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Setting {
    /// Capitals mark names.
    Plain,
    /// A headline With Most Words Capitalised.
    Titled,
    /// A HEADLINE IN CAPITALS.
    Shouted,
}

/// A text with its words and the setting of each line.
struct Page<'a> {
    source: &'a str,
    folded: Folded,
    /// First byte behind each line, with its setting.
    lines: Vec<(usize, Setting)>,
}

/// Words that stay small in a headline in title case, with what an apostrophe leaves.
const SMALL_IN_TITLES: [&str; 30] = [
    "a", "an", "and", "as", "at", "but", "by", "for", "from", "if", "in", "into", "is", "nor", "of", "off", "on", "or",
    "over", "per", "s", "t", "than", "the", "to", "up", "via", "vs", "with", "without",
];

/// Words in lower case that, capitalised, stand before a surname or behind a given name without being part of a person's name.
static TITLES: LazyLock<HashSet<&str>> = LazyLock::new(|| {
    include_str!("titles.txt").lines().filter(|line| !line.starts_with('#')).flat_map(str::split_whitespace).collect()
});

impl Scanner {
    /// # Errors
    ///
    /// The dictionary is too large for an automaton.
    pub(crate) fn new(dictionary: &Dictionary) -> Result<Self, aho_corasick::BuildError> {
        let automaton =
            AhoCorasick::builder().match_kind(MatchKind::LeftmostLongest).build(dictionary.spellings.keys())?;
        Ok(Self { automaton, spelled: dictionary.spellings.values().copied().collect() })
    }

    /// The names in `source`, in order and without overlap, the longest first. Time is linear in the text.
    pub(crate) fn scan(&self, forms: &[Form], source: &str) -> Found {
        let page = Page::new(source);
        let mut found = Found::default();
        let mut candidates = self.candidates(&page).peekable();
        let mut last_hit_word = None;
        while let Some(candidate) = candidates.next() {
            let Some(form) = forms.get(candidate.spelled.form) else {
                continue;
            };
            let next_name = candidates.peek().map(|next| next.first);
            match page.judge(form, candidate, last_hit_word, next_name) {
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

impl<'a> Page<'a> {
    fn new(source: &'a str) -> Self {
        let mut end = 0;
        let lines = source
            .split_inclusive('\n')
            .map(|line| {
                end += line.len();
                (end, setting_of(line))
            })
            .collect();
        Self { source, folded: fold(source), lines }
    }

    fn word(&self, index: usize) -> Option<Word> {
        self.folded.words.get(index).copied()
    }

    fn text(&self, index: usize) -> &'a str {
        self.word(index).and_then(|word| self.source.get(word.start..word.end)).unwrap_or_default()
    }

    /// What stands between word `index` and the next.
    fn gap_after(&self, index: usize) -> Option<&'a str> {
        let (word, next) = (self.word(index)?, self.word(index + 1)?);
        self.source.get(word.end..next.start)
    }

    /// Where a match ends in the source: behind its last word, and behind the signs that belong to the name ("OPEC+", "U.S.").
    fn end_of(&self, last: &Word, found_end: usize, dotted: bool) -> usize {
        let behind = self.source.get(last.end..).unwrap_or_default();
        // The name ends with its last word's mark, or with signs that follow the mark and are one char each in both texts.
        let signs = self
            .folded
            .text
            .get(last.mark..found_end)
            .and_then(|text| text.rsplit(crate::words::CLOSE).next())
            .map_or(0, |tail| tail.chars().count());
        let tail: usize = behind.chars().take(signs).map(char::len_utf8).sum();
        let stop = usize::from(dotted && tail == 0 && behind.starts_with('.'));
        last.end + tail + stop
    }

    fn setting_at(&self, byte: usize) -> Setting {
        let line = self.lines.partition_point(|(end, _)| *end <= byte);
        self.lines.get(line).map_or(Setting::Plain, |(_, setting)| *setting)
    }

    fn judge(&self, form: &Form, found: Candidate, last_hit_word: Option<usize>, next_name: Option<usize>) -> Verdict {
        let setting = self.word(found.first).map_or(Setting::Plain, |word| self.setting_at(word.start));
        let is_price = self.source.get(found.end..).is_some_and(|rest| rest.starts_with('$'));
        if is_price || (form.exact && setting == Setting::Shouted) {
            return Verdict::OrdinaryWord;
        }
        if setting != Setting::Plain {
            return Verdict::Name;
        }
        let after_given_name = (form.surname || form.given)
            && found.first > 0
            && last_hit_word != Some(found.first - 1)
            && self.gap_after(found.first - 1) == Some(" ")
            && is_name_like(self.text(found.first - 1));
        let before_surname = form.given
            && next_name != Some(found.last + 1)
            && self.gap_after(found.last) == Some(" ")
            && is_name_like(self.text(found.last + 1));
        if after_given_name || before_surname { Verdict::OtherPerson } else { Verdict::Name }
    }
}

/// Whether a word looks like a part of a person's name: a capital, then small letters, and no title or word that opens sentences.
fn is_name_like(word: &str) -> bool {
    let mut letters = word.chars();
    letters.next().is_some_and(char::is_uppercase)
        && letters.next().is_some_and(char::is_lowercase)
        && !TITLES.contains(word.to_lowercase().as_str())
}

fn setting_of(line: &str) -> Setting {
    /// Shorter lines tell too little.
    const FEWEST_WORDS: usize = 3;
    /// Longer lines are prose, however many names they hold.
    const LONGEST_HEADLINE_BYTES: usize = 200;
    let (mut upper, mut lower, mut words) = (0_usize, 0_usize, 0_usize);
    let mut titled = line.len() <= LONGEST_HEADLINE_BYTES;
    for word in line.split(|letter: char| !letter.is_alphanumeric()).filter(|word| !word.is_empty()) {
        words += 1;
        upper += word.chars().filter(|letter| letter.is_uppercase()).count();
        lower += word.chars().filter(|letter| letter.is_lowercase()).count();
        titled &= !word.starts_with(char::is_lowercase) || SMALL_IN_TITLES.contains(&word);
    }
    if words < FEWEST_WORDS {
        Setting::Plain
    } else if upper > 4 * lower {
        Setting::Shouted
    } else if titled {
        Setting::Titled
    } else {
        Setting::Plain
    }
}

#[cfg(test)]
mod tests;
