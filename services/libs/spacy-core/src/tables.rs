//! Facts that spaCy keeps in its code and no published pipeline carries. `generate_tables.py` writes them.

use std::collections::HashMap;

use crate::{error::LoadError, hash::murmur64a};

const SYMBOLS: &str = include_str!("table/symbols.tsv");
const NORMS: &str = include_str!("table/norms.tsv");
const DIGITS: &str = include_str!("table/digits.tsv");
const LANGUAGES: &str = include_str!("table/languages.tsv");

/// Where the tables come from: the version of spaCy and of the Unicode data of its Python.
pub const TABLES_VERSION: &str = include_str!("table/version.txt").trim_ascii_end();

/// The tables, ready for look-ups.
#[derive(Debug)]
pub(crate) struct Tables {
    symbols: HashMap<&'static str, u64>,
    /// Norms common to all languages.
    pub(crate) norms: HashMap<&'static str, &'static str>,
    /// First and last of each range of digits outside the category Nd.
    digits: Vec<(u32, u32)>,
}

impl Tables {
    /// The tables for `language`.
    pub(crate) fn of_language(language: &str) -> Result<Self, LoadError> {
        if !pairs(LANGUAGES).any(|(code, rule)| code == language && rule == "common") {
            return Err(LoadError::Language(language.to_owned()));
        }
        let symbols = pairs(SYMBOLS).filter_map(|(word, id)| Some((word, id.parse().ok()?))).collect();
        let hexadecimal = |text| u32::from_str_radix(text, 16).ok();
        let digits =
            pairs(DIGITS).filter_map(|(first, last)| Some((hexadecimal(first)?, hexadecimal(last)?))).collect();
        Ok(Self { symbols, norms: pairs(NORMS).collect(), digits })
    }

    /// The id of `text`: 0 for nothing, a small number for words that spaCy numbers itself, else a hash.
    pub(crate) fn id_of(&self, text: &str) -> u64 {
        if text.is_empty() {
            return 0;
        }
        self.symbols.get(text).copied().unwrap_or_else(|| murmur64a(text.as_bytes(), 1))
    }

    /// Whether `letter` counts as a digit though its category is not Nd, as superscripts and circled digits do.
    pub(crate) fn is_other_digit(&self, letter: char) -> bool {
        let code = u32::from(letter);
        self.digits.iter().any(|(first, last)| (*first..=*last).contains(&code))
    }
}

fn pairs(table: &'static str) -> impl Iterator<Item = (&'static str, &'static str)> {
    table.lines().filter_map(|line| line.split_once('\t'))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_line_of_the_tables_is_used() {
        let tables = Tables::of_language("en").unwrap();
        assert_eq!(tables.symbols.len(), SYMBOLS.lines().count());
        assert_eq!(tables.norms.len(), NORMS.lines().count());
        assert_eq!(tables.digits.len(), DIGITS.lines().count());
    }

    #[test]
    fn words_that_are_symbols_are_not_hashed() {
        let tables = Tables::of_language("en").unwrap();
        assert_eq!(tables.id_of("ORG"), 383);
        assert_eq!(tables.id_of(""), 0);
    }

    #[test]
    fn a_language_with_rules_of_its_own_or_none_is_named() {
        for language in ["hi", "klingon"] {
            let refusal = Tables::of_language(language).unwrap_err().to_string();
            assert!(refusal.contains(language), "{refusal}");
        }
    }
}
