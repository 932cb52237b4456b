//! Cuts text into words and folds what differs only in typing, so that names can be compared byte by byte.
//!
//! In folded text each word stands between two marks that occur nowhere else, so a pattern that begins and ends with a mark can only match
//! whole words: "Oman" never matches in "Romania".

use unicode_normalization::{UnicodeNormalization, char::is_combining_mark};

/// Stands before each word of folded text. Control characters of the source become spaces, so it cannot be forged.
pub(crate) const OPEN: char = '\u{2}';
/// Stands behind each word of folded text.
pub(crate) const CLOSE: char = '\u{3}';

/// One word of the source.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Word {
    /// First byte in the source.
    pub(crate) start: usize,
    /// Byte behind the last in the source.
    pub(crate) end: usize,
    /// Position of its [`OPEN`] mark in the folded text.
    pub(crate) mark: usize,
}

/// A text as words between marks: composed (NFC), one kind of apostrophe and hyphen, single spaces, paragraphs kept apart.
#[derive(Debug)]
pub(crate) struct Folded {
    pub(crate) text: String,
    pub(crate) words: Vec<Word>,
}

/// Folds `source` in one pass; takes up to three times its bytes for short words.
pub(crate) fn fold(source: &str) -> Folded {
    const USUAL_WORD_BYTES: usize = 6;
    let mut folded = Folded {
        text: String::with_capacity(source.len().saturating_mul(3) / 2),
        words: Vec::with_capacity(source.len() / USUAL_WORD_BYTES),
    };
    let mut rest = source.char_indices().peekable();
    while let Some((at, first)) = rest.next() {
        if starts_word(first) {
            let mut end = at + first.len_utf8();
            while let Some((next, inner)) = rest.next_if(|&(_, inner)| continues_word(inner)) {
                end = next + inner.len_utf8();
            }
            push_word(&mut folded, source, at, end);
        } else if is_space(first) {
            let mut newlines = usize::from(first == '\n');
            while let Some((_, space)) = rest.next_if(|&(_, space)| is_space(space)) {
                newlines += usize::from(space == '\n');
            }
            folded.text.push(if newlines > 1 { '\n' } else { ' ' });
        } else {
            folded.text.push(fold_mark(first));
        }
    }
    folded
}

/// The words of `text` that tell what it is about: three letters or more, numbers and the commonest words left out.
pub(crate) fn telling_words(text: &str) -> impl Iterator<Item = &str> {
    const COMMON: [&str; 30] = [
        "the", "and", "for", "was", "are", "its", "his", "her", "their", "that", "which", "who", "with", "from", "has",
        "have", "had", "not", "but", "this", "one", "also", "into", "been", "they", "she", "were", "other", "than",
        "said",
    ];
    text.split(|letter: char| !letter.is_alphabetic())
        .filter(|word| word.len() > 2 && !COMMON.contains(&word.to_lowercase().as_str()))
}

/// A hash of a word without its case (FNV-1a), the same on every machine.
pub(crate) fn hash_word(word: &str) -> u32 {
    word.chars()
        .flat_map(char::to_lowercase)
        .fold(0x811c_9dc5, |hash: u32, letter| (hash ^ u32::from(letter)).wrapping_mul(0x0100_0193))
}

/// Whether `letter` can begin a word.
pub(crate) fn starts_word(letter: char) -> bool {
    letter.is_alphanumeric() && !is_apostrophe(letter)
}

fn continues_word(letter: char) -> bool {
    starts_word(letter) || is_combining_mark(letter)
}

fn push_word(folded: &mut Folded, source: &str, start: usize, end: usize) {
    folded.words.push(Word { start, end, mark: folded.text.len() });
    folded.text.push(OPEN);
    let word = source.get(start..end).unwrap_or_default();
    if word.is_ascii() {
        folded.text.push_str(word);
    } else {
        folded.text.extend(word.nfc());
    }
    folded.text.push(CLOSE);
}

fn is_space(letter: char) -> bool {
    letter.is_whitespace() || letter.is_control()
}

fn is_apostrophe(letter: char) -> bool {
    matches!(letter, '\'' | '’' | '‘' | 'ʼ' | 'ʻ' | '＇')
}

fn fold_mark(mark: char) -> char {
    match mark {
        '‐' | '‑' | '–' => '-',
        mark if is_apostrophe(mark) => '\'',
        mark => mark,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn plain(source: &str) -> String {
        fold(source).text.replace(OPEN, "<").replace(CLOSE, ">")
    }

    #[test]
    fn words_stand_between_marks() {
        assert_eq!(plain("US-led, Xi’s"), "<US>-<led>, <Xi>'<s>");
        assert_eq!(plain("Nukuʻalofa"), "<Nuku>'<alofa>");
        assert_eq!(plain("China–Russia"), "<China>-<Russia>");
    }

    #[test]
    fn spaces_run_together_but_paragraphs_stay_apart() {
        assert_eq!(plain("South\u{a0} China\nSea"), "<South> <China> <Sea>");
        assert_eq!(plain("South\n\nChina"), "<South>\n<China>");
    }

    #[test]
    fn marks_in_the_source_are_spaces() {
        assert_eq!(plain("a\u{2}b\u{3}"), "<a> <b> ");
    }

    #[test]
    fn decomposed_letters_fold_to_composed_ones_with_offsets_of_the_source() {
        let folded = fold("Sa\u{303}o");
        assert_eq!(folded.text, fold("São").text);
        assert_eq!(folded.words[0].end, "Sa\u{303}o".len());
    }

    #[test]
    fn folded_text_is_at_most_three_times_the_source() {
        for source in ["a-".repeat(10_000), "x".repeat(100_000), "\u{301}".repeat(10_000), "1 é ".repeat(10_000)] {
            let folded = fold(&source);
            assert!(folded.text.len() <= 3 * source.len(), "{}", folded.text.len());
            assert!(folded.words.len() <= source.len());
        }
    }
}
