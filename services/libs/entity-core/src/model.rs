//! What a statistical model says of a document: the seam between a model's runtime and tagging.
//!
//! A runtime (or a test, with spans written by hand) fills [`ModelSpans`], one [`Reading`] a field; tagging merges them with the names that the
//! dictionary finds. With no model at hand, [`ModelSpans::default`] says that the model found nothing.

use news_model::{EntityType, TextField};

/// One entity that a model marked in a text.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct ModelSpan {
    /// First byte, counted in UTF-8 bytes of the text; the start of a token.
    pub start: usize,
    /// Byte behind the last; the end of a token.
    pub end: usize,
    /// Label that the model gave.
    pub label: EntityType,
    /// By how much the least certain decision that made it outscored the next best one, at least 0; `None` where the runtime does not tell.
    pub margin: Option<f32>,
}

/// One token of the model's own tokenizer, without the white space around it. Tokens are ordered and do not overlap; most white space lies
/// in none.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct ModelToken {
    /// First byte, counted in UTF-8 bytes of the text.
    pub start: usize,
    /// Byte behind the last.
    pub end: usize,
}

/// What a model read in one text.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Reading {
    /// Every token of the text, in order. Empty when the model did not read the text.
    pub tokens: Vec<ModelToken>,
    /// The entities, ordered by start, without overlaps, each from the start of a token to the end of one.
    pub spans: Vec<ModelSpan>,
}

/// What a model read in a document, field by field; the offsets of each reading count within its own field.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct ModelSpans {
    /// Of the headline.
    pub title: Reading,
    /// Of the teaser.
    pub summary: Reading,
    /// Of the full text.
    pub content: Reading,
}

impl ModelSpans {
    /// The readings in the order of [`crate::Document::fields`].
    #[must_use]
    pub fn fields(&self) -> [(TextField, &Reading); 3] {
        [(TextField::Title, &self.title), (TextField::Summary, &self.summary), (TextField::Content, &self.content)]
    }
}
