//! One text as tagging sees it: its words, what stands between them, and how each line is set.

use std::{collections::HashSet, sync::LazyLock};

use crate::words::{Folded, Word, fold};

/// How a line is set, which decides what capitals in it mean.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Setting {
    /// Capitals mark names.
    Plain,
    /// A headline With Most Words Capitalised.
    Titled,
    /// A HEADLINE IN CAPITALS.
    Shouted,
}

/// A text with its words and the setting of each line.
pub(crate) struct Page<'a> {
    pub(crate) source: &'a str,
    pub(crate) folded: Folded,
    lines: Vec<Line>,
}

/// What is known of a line.
struct Line {
    /// First byte behind it.
    end: usize,
    setting: Setting,
    /// Whether a word within it, and not the first, begins with a capital and goes on in small letters.
    has_capitals: bool,
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

impl<'a> Page<'a> {
    pub(crate) fn new(source: &'a str) -> Self {
        let mut end = 0;
        let lines = source
            .split_inclusive('\n')
            .map(|line| {
                end += line.len();
                Line { end, setting: setting_of(line), has_capitals: has_capitals(line) }
            })
            .collect();
        Self { source, folded: fold(source), lines }
    }

    /// How many words there are.
    pub(crate) fn len(&self) -> usize {
        self.folded.words.len()
    }

    /// The first word that does not end before `byte`.
    pub(crate) fn word_from(&self, byte: usize) -> usize {
        self.folded.words.partition_point(|word| word.end <= byte)
    }

    /// The last word that begins before `byte`.
    pub(crate) fn word_before(&self, byte: usize) -> Option<usize> {
        self.folded.words.partition_point(|word| word.start < byte).checked_sub(1)
    }

    /// What stands between word `index` and the one before; all before it for the first.
    pub(crate) fn gap_before(&self, index: usize) -> &'a str {
        let start = index.checked_sub(1).and_then(|before| self.word(before)).map_or(0, |word| word.end);
        self.word(index).and_then(|word| self.source.get(start..word.start)).unwrap_or_default()
    }

    /// Whether word `index` begins a line or a sentence, so that its capital says nothing.
    pub(crate) fn begins_sentence(&self, index: usize) -> bool {
        let gap = self.gap_before(index);
        index == 0 || gap.contains(['\n', '.', '!', '?', ':', ';', '"', '“', '”', '(', '[', '*', '>', '•', '|'])
    }

    /// Whether word `index` begins with a capital.
    pub(crate) fn is_capital(&self, index: usize) -> bool {
        self.text(index).chars().next().is_some_and(char::is_uppercase)
    }

    pub(crate) fn word(&self, index: usize) -> Option<Word> {
        self.folded.words.get(index).copied()
    }

    pub(crate) fn text(&self, index: usize) -> &'a str {
        self.word(index).and_then(|word| self.source.get(word.start..word.end)).unwrap_or_default()
    }

    /// What stands between word `index` and the next.
    pub(crate) fn gap_after(&self, index: usize) -> Option<&'a str> {
        let (word, next) = (self.word(index)?, self.word(index + 1)?);
        self.source.get(word.end..next.start)
    }

    /// Where a match ends in the source: behind its last word, and behind the signs that belong to the name ("OPEC+", "U.S.").
    pub(crate) fn end_of(&self, last: &Word, found_end: usize, dotted: bool) -> usize {
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

    /// Whether the line at `byte` is prose with capitals inside, so that names in it have capitals too.
    pub(crate) fn is_written_with_capitals(&self, byte: usize) -> bool {
        let line = self.lines.partition_point(|line| line.end <= byte);
        self.lines.get(line).is_some_and(|line| line.setting == Setting::Plain && line.has_capitals)
    }

    pub(crate) fn setting_at(&self, byte: usize) -> Setting {
        let line = self.lines.partition_point(|line| line.end <= byte);
        self.lines.get(line).map_or(Setting::Plain, |line| line.setting)
    }
}

/// Whether a word looks like a part of a person's name: a capital, then small letters, and no title or word that opens sentences.
pub(crate) fn is_name_like(word: &str) -> bool {
    let mut letters = word.chars();
    letters.next().is_some_and(char::is_uppercase)
        && letters.next().is_some_and(char::is_lowercase)
        && !TITLES.contains(word.to_lowercase().as_str())
}

fn has_capitals(line: &str) -> bool {
    let mut words = line.split(|letter: char| !letter.is_alphanumeric()).filter(|word| !word.is_empty());
    words.next();
    words.any(|word| {
        let mut letters = word.chars();
        letters.next().is_some_and(char::is_uppercase) && letters.next().is_some_and(char::is_lowercase)
    })
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
