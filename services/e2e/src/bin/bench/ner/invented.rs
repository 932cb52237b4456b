//! Invented text that never comes again, with about as many new words as a stream of news has.
//!
//! Words are drawn as in the model of Pitman and Yor: each is new with a probability that falls as more of them are known, else one of those
//! drawn before, so that a few words are common and most are rare. A million words hold some fifty thousand different ones. Sentences,
//! names, numbers and punctuation have the shapes of English prose; the words themselves mean nothing.

use rand::{RngExt, SeedableRng, rngs::SmallRng, seq::IndexedRandom};

/// Share of words that are small words.
const SMALL_WORDS: f64 = 0.42;
/// Share of words that are names.
const NAMES: f64 = 0.10;
/// Share of words that are numbers.
const NUMBERS: f64 = 0.03;
/// Sentences of a text.
const SENTENCES: usize = 12;

/// The commonest first.
const SMALL: [&str; 40] = [
    "the", "of", "and", "to", "a", "in", "is", "that", "for", "it", "was", "on", "with", "as", "by", "be", "at",
    "from", "are", "this", "have", "an", "which", "or", "were", "had", "his", "not", "but", "they", "their", "has",
    "been", "its", "said", "will", "who", "more", "after", "than",
];

const ONSETS: [&str; 24] = [
    "b", "br", "c", "ch", "d", "dr", "f", "g", "gr", "h", "j", "k", "l", "m", "n", "p", "pl", "r", "s", "st", "t",
    "tr", "v", "w",
];
const NUCLEI: [&str; 10] = ["a", "e", "i", "o", "u", "ea", "ai", "ou", "ie", "y"];
const CODAS: [&str; 12] = ["", "", "", "n", "r", "s", "l", "t", "nd", "rt", "ck", "m"];
const ENDINGS: [&str; 10] = ["", "", "", "s", "ed", "ing", "er", "ly", "tion", "ity"];

/// Writes texts.
pub(crate) struct Writer {
    draw: SmallRng,
    words: Vocabulary,
    names: Vocabulary,
}

/// Words of one kind, by how often they were drawn.
#[derive(Default)]
struct Vocabulary {
    /// Every draw, as a place in `known`.
    drawn: Vec<usize>,
    known: Vec<String>,
}

impl Writer {
    /// A writer whose texts depend on `seed` alone.
    pub(crate) fn new(seed: u64) -> Self {
        Self { draw: SmallRng::seed_from_u64(seed), words: Vocabulary::default(), names: Vocabulary::default() }
    }

    /// The next text: a dozen sentences in three paragraphs.
    pub(crate) fn text(&mut self) -> String {
        let mut text = String::new();
        for sentence in 0..SENTENCES {
            if sentence > 0 {
                text.push(if sentence.is_multiple_of(4) { '\n' } else { ' ' });
            }
            self.sentence(&mut text);
        }
        text
    }

    fn sentence(&mut self, text: &mut String) {
        let length = self.draw.random_range(8..32);
        for place in 0..length {
            let word = self.word();
            let mut letters = word.chars();
            match letters.next() {
                Some(first) if place == 0 => text.extend(first.to_uppercase().chain(letters)),
                _ => text.push_str(&word),
            }
            text.push_str(match (place + 1 == length, self.draw.random_range(0..40)) {
                (true, 0) => "?",
                (true, 1) => ".”",
                (true, _) => ".",
                (false, 0..4) => ", ",
                (false, 4) => "’s ",
                (false, 5) => " – ",
                (false, 6) => "-",
                (false, _) => " ",
            });
        }
    }

    fn word(&mut self) -> String {
        let kind: f64 = self.draw.random();
        if kind < SMALL_WORDS {
            // A cube falls off about as the commonest words of a language do.
            let draw: f64 = self.draw.random::<f64>().powi(3);
            let place = (0..SMALL.len()).rev().find(|place| share(*place, SMALL.len()) <= draw).unwrap_or_default();
            return SMALL.get(place).copied().unwrap_or_default().to_owned();
        }
        if kind < SMALL_WORDS + NUMBERS {
            return self.draw.random_range(1..3_000).to_string();
        }
        if kind < SMALL_WORDS + NUMBERS + NAMES {
            return self.names.next(&mut self.draw, |draw| {
                let word = stem(draw);
                let mut letters = word.chars();
                letters.next().map(|first| first.to_uppercase().chain(letters).collect()).unwrap_or_default()
            });
        }
        self.words.next(&mut self.draw, |draw| stem(draw) + ENDINGS.choose(draw).copied().unwrap_or_default())
    }
}

impl Vocabulary {
    fn next(&mut self, draw: &mut SmallRng, new: impl FnOnce(&mut SmallRng) -> String) -> String {
        /// How fast the share of new words falls: of `n` words about `n` to this power are different.
        const DISCOUNT: f64 = 0.65;
        const STRENGTH: f64 = 100.0;
        let (known, drawn) = (count(self.known.len()), count(self.drawn.len()));
        let is_new = draw.random::<f64>() < (STRENGTH + DISCOUNT * known) / (STRENGTH + drawn);
        let place = if is_new { None } else { self.drawn.choose(draw).copied() };
        let place = place.unwrap_or_else(|| {
            self.known.push(new(draw));
            self.known.len() - 1
        });
        self.drawn.push(place);
        self.known.get(place).cloned().unwrap_or_default()
    }
}

fn stem(draw: &mut SmallRng) -> String {
    let syllables = draw.random_range(1..4);
    let parts = (0..syllables).flat_map(|_| [&ONSETS[..], &NUCLEI, &CODAS]);
    parts.filter_map(|part| part.choose(draw).copied()).collect()
}

fn share(place: usize, of: usize) -> f64 {
    count(place) / count(of)
}

fn count(of: usize) -> f64 {
    u32::try_from(of).map_or(f64::MAX, f64::from)
}

#[cfg(test)]
mod tests {
    use std::collections::HashSet;

    use super::*;

    #[test]
    fn no_text_comes_again_and_new_words_keep_coming() {
        let mut writer = Writer::new(1);
        let texts: Vec<_> = (0..2_000).map(|_| writer.text()).collect();
        let different: HashSet<_> = texts.iter().collect();
        assert_eq!(different.len(), texts.len());
        let words = |texts: &[String]| -> HashSet<String> {
            texts.iter().flat_map(|text| text.split_whitespace()).map(str::to_owned).collect()
        };
        let (half, all) = (words(&texts[..1_000]).len(), words(&texts).len());
        assert!(all > half * 14 / 10 && all < half * 19 / 10, "{half} words in a half, {all} in all");
    }
}
