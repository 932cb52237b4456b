//! What the network may know of a token: its lexical attributes as string ids, computed once for each distinct form.

use std::collections::HashMap;

use foldhash::fast::RandomState;
use regex::Regex;

use crate::{error::LoadError, tables::Tables};

/// Characters from which on a token's shape is not spelled out.
const LONG: usize = 100;

/// A lexical attribute that an embedding table is keyed by.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Attribute {
    Orth,
    Lower,
    Norm,
    Prefix,
    Suffix,
    Shape,
    IsSpace,
}

impl Attribute {
    pub(crate) fn of_name(name: &str) -> Result<Self, LoadError> {
        Ok(match name {
            "ORTH" => Self::Orth,
            "LOWER" => Self::Lower,
            "NORM" => Self::Norm,
            "PREFIX" => Self::Prefix,
            "SUFFIX" => Self::Suffix,
            "SHAPE" => Self::Shape,
            "IS_SPACE" => Self::IsSpace,
            other => {
                return Err(LoadError::Unsupported {
                    place: "an attribute of the embedding".to_owned(),
                    found: other.to_owned(),
                    known: "ORTH, LOWER, NORM, PREFIX, SUFFIX, SHAPE and IS_SPACE",
                });
            }
        })
    }
}

/// How attributes are computed. Immutable.
#[derive(Debug)]
pub(crate) struct Lexicon {
    pub(crate) tables: Tables,
    /// Norms of the pipeline's own, by the id of the word.
    norms: HashMap<u64, String, RandomState>,
    columns: Vec<Attribute>,
    letter: Regex,
    decimal: Regex,
}

impl Lexicon {
    pub(crate) fn new(
        tables: Tables,
        norms: HashMap<u64, String, RandomState>,
        columns: Vec<Attribute>,
    ) -> Result<Self, LoadError> {
        let class = |class| Regex::new(class).map_err(|error| LoadError::malformed("pattern", error.to_string()));
        Ok(Self { tables, norms, columns, letter: class(r"^\p{L}$")?, decimal: class(r"^\p{Nd}$")? })
    }

    fn norm(&self, text: &str) -> u64 {
        if let Some(norm) = self.norms.get(&self.tables.id_of(text)) {
            return self.tables.id_of(norm);
        }
        match self.tables.norms.get(text) {
            Some(norm) => self.tables.id_of(norm),
            None => self.tables.id_of(&text.to_lowercase()),
        }
    }

    fn value(&self, attribute: Attribute, text: &str, norm: Option<u64>) -> u64 {
        let id = |text| self.tables.id_of(text);
        match attribute {
            Attribute::Orth => id(text),
            Attribute::Lower => id(&text.to_lowercase()),
            // A norm of 0 means that the exception sets none.
            Attribute::Norm => norm.filter(|norm| *norm != 0).unwrap_or_else(|| self.norm(text)),
            Attribute::Prefix => id(text.char_indices().nth(1).and_then(|(at, _)| text.get(..at)).unwrap_or(text)),
            Attribute::Suffix => id(text.char_indices().nth_back(2).and_then(|(at, _)| text.get(at..)).unwrap_or(text)),
            Attribute::Shape => id(&self.shape(text)),
            Attribute::IsSpace => u64::from(text.chars().all(is_space)),
        }
    }

    /// `Xxxx` for Title, `ddd` for 1995: kinds of characters, each at most four times in a row.
    fn shape(&self, text: &str) -> String {
        if text.chars().nth(LONG - 1).is_some() {
            return "LONG".to_owned();
        }
        let (mut shape, mut last, mut run) = (String::with_capacity(text.len()), None, 0);
        for letter in text.chars() {
            let kind = self.kind(letter);
            run = if last == Some(kind) { run + 1 } else { 0 };
            last = Some(kind);
            if run < 4 {
                shape.push(kind);
            }
        }
        shape
    }

    fn kind(&self, letter: char) -> char {
        if letter.is_ascii() {
            return match letter {
                'A'..='Z' => 'X',
                'a'..='z' => 'x',
                '0'..='9' => 'd',
                other => other,
            };
        }
        let mut buffer = [0; 4];
        let text: &str = letter.encode_utf8(&mut buffer);
        if self.letter.is_match(text) {
            if letter.is_uppercase() { 'X' } else { 'x' }
        } else if self.decimal.is_match(text) || self.tables.is_other_digit(letter) {
            'd'
        } else {
            letter
        }
    }
}

/// Whether Python counts `letter` as white space: Unicode's, and the four separators of ASCII.
pub(crate) fn is_space(letter: char) -> bool {
    letter.is_whitespace() || ('\u{1c}'..='\u{1f}').contains(&letter)
}

/// A form's place in [`Forms`].
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(crate) struct FormId(pub(crate) u32);

impl FormId {
    pub(crate) fn index(self) -> usize {
        usize::try_from(self.0).unwrap_or(usize::MAX)
    }
}

/// The distinct forms met so far, with their attributes. A form is a text, or a text with a norm that an exception gives it.
#[derive(Clone, Debug, Default)]
pub(crate) struct Forms {
    by_text: HashMap<Box<str>, FormId, RandomState>,
    /// One row a form, as wide as there are columns.
    ids: Vec<u64>,
    orths: Vec<u64>,
    spaces: Vec<bool>,
    bytes: usize,
}

impl Forms {
    /// The form of `text` with the attributes that follow from the text alone.
    pub(crate) fn of_text(&mut self, text: &str, lexicon: &Lexicon) -> FormId {
        if let Some(form) = self.by_text.get(text) {
            return *form;
        }
        let form = self.push(text, None, lexicon);
        self.by_text.insert(text.into(), form);
        self.bytes += text.len() + 64;
        form
    }

    /// A form of its own for the token `text` of an exception that gives it the norm with this id.
    pub(crate) fn push(&mut self, text: &str, norm: Option<u64>, lexicon: &Lexicon) -> FormId {
        let form = FormId(u32::try_from(self.orths.len()).unwrap_or(u32::MAX));
        self.ids.extend(lexicon.columns.iter().map(|column| lexicon.value(*column, text, norm)));
        self.orths.push(lexicon.tables.id_of(text));
        self.spaces.push(text.chars().all(is_space));
        self.bytes += 9 + 8 * lexicon.columns.len();
        form
    }

    /// About how much memory they take.
    pub(crate) fn bytes(&self) -> usize {
        self.bytes
    }

    /// The attributes of `form`, column by column.
    pub(crate) fn ids(&self, form: FormId, columns: usize) -> &[u64] {
        let begin = form.index().saturating_mul(columns);
        self.ids.get(begin..begin.saturating_add(columns)).unwrap_or_default()
    }

    pub(crate) fn orth(&self, form: FormId) -> u64 {
        self.orths.get(form.index()).copied().unwrap_or_default()
    }

    pub(crate) fn is_space(&self, form: FormId) -> bool {
        self.spaces.get(form.index()).copied().unwrap_or_default()
    }
}
