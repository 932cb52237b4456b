//! Names as the tables write them, and the spellings under which they are looked for.
//!
//! A name may begin with marks:
//!
//! - `=` also an ordinary word ("US", "WHO", "Apple"): only in this very case, and never in a line of capitals;
//! - `~` also a given name or the first part of other names ("Jordan", "Xi"): not before a further capitalised word;
//! - `>` the usual meaning: this entity owns the name, others of the table have it only where the item names them otherwise.

use unicode_normalization::UnicodeNormalization;

use crate::{
    table::FaultKind,
    words::{fold, starts_word},
};

/// What a name says of its entity.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub(crate) enum Role {
    /// The entity itself.
    Name,
    /// Its people: "Swiss".
    Demonym,
    /// The entity, but only where the item names it in full too: a surname.
    Context,
}

/// One name of one row.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Alias {
    /// The name without marks, composed (NFC).
    pub(crate) text: String,
    pub(crate) role: Role,
    /// `=`.
    pub(crate) exact: bool,
    /// `~`.
    pub(crate) given: bool,
    /// `>`.
    pub(crate) prior: bool,
}

/// A spelling as it is looked for in folded text.
#[derive(Clone, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub(crate) struct Spelling {
    /// The folded text, from the mark of the first word; without a full stop at the end, since sentences end the same way.
    pub(crate) pattern: String,
    /// Whether a full stop behind it belongs to the name: "U.S."
    pub(crate) dotted: bool,
}

impl Alias {
    /// Reads the marks before a name.
    pub(crate) fn parse(marked: &str, role: Role) -> Result<Self, FaultKind> {
        let text = marked.trim().trim_start_matches(['=', '~', '>']);
        let marks = marked.trim().strip_suffix(text).unwrap_or_default();
        if !text.chars().next().is_some_and(starts_word) {
            return Err(FaultKind::BadName(marked.to_owned()));
        }
        Ok(Self {
            text: text.nfc().collect(),
            role,
            exact: marks.contains('='),
            given: marks.contains('~'),
            prior: marks.contains('>'),
        })
    }

    /// The spelling as written.
    pub(crate) fn written(&self) -> Spelling {
        spelling(&self.text)
    }

    /// Further spellings: ALL CAPITALS, and Title Case of names of several words.
    ///
    /// None for names marked `=`, for acronyms and for short single words, whose capitals are acronyms of other things.
    pub(crate) fn derived(&self) -> Vec<Spelling> {
        const SHORTEST: usize = 4;
        let words = fold(&self.text).words.len();
        let has_lower_case = self.text.chars().any(char::is_lowercase);
        if self.exact || !has_lower_case || (words == 1 && self.text.chars().count() < SHORTEST) {
            return Vec::new();
        }
        let mut spellings = vec![spelling(&self.text.to_uppercase())];
        if words > 1 {
            spellings.push(spelling(&title_case(&self.text)));
        }
        spellings.retain(|other| *other != self.written());
        spellings
    }
}

/// How `text` is looked for.
pub(crate) fn spelling(text: &str) -> Spelling {
    let bare = text.strip_suffix('.').unwrap_or(text);
    Spelling { pattern: fold(bare).text, dotted: bare.len() < text.len() }
}

/// `text` with a capital at the start of each word that follows a space.
fn title_case(text: &str) -> String {
    let mut titled = String::with_capacity(text.len());
    let mut after_space = true;
    for letter in text.chars() {
        if after_space {
            titled.extend(letter.to_uppercase());
        } else {
            titled.push(letter);
        }
        after_space = letter == ' ';
    }
    titled
}

#[cfg(test)]
mod tests {
    use super::*;

    fn derived(marked: &str) -> Vec<String> {
        let alias = Alias::parse(marked, Role::Name).unwrap();
        let spellings = alias.derived();
        let bare = |text: &str| text.replace(['\u{2}', '\u{3}'], "");
        spellings.iter().map(|spelling| bare(&spelling.pattern)).collect()
    }

    #[test]
    fn names_are_also_looked_for_in_capitals_and_title_case() {
        assert_eq!(derived("Bank of Japan"), ["BANK OF JAPAN", "Bank Of Japan"]);
        assert_eq!(derived("Türkiye"), ["TÜRKIYE"]);
    }

    #[test]
    fn acronyms_ordinary_words_and_short_names_are_not() {
        for marked in ["EU", "=US", "=Apple", "Xi", "U.S."] {
            assert!(derived(marked).is_empty(), "{marked}");
        }
    }

    #[test]
    fn marks_are_read_in_any_order() {
        let alias = Alias::parse(">~Georgia", Role::Name).unwrap();
        assert!(alias.prior && alias.given && !alias.exact);
        assert_eq!(alias, Alias::parse("~>Georgia", Role::Name).unwrap());
        assert!(Alias::parse("=", Role::Name).is_err());
        assert!(Alias::parse("(x)", Role::Name).is_err());
    }

    #[test]
    fn a_full_stop_at_the_end_is_optional() {
        let alias = Alias::parse("U.S.", Role::Name).unwrap();
        assert!(alias.written().dotted);
        assert_eq!(alias.written().pattern, "\u{2}U\u{3}.\u{2}S\u{3}");
    }
}
