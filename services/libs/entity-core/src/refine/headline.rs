//! What capitals tell: nothing in headlines and lines of capitals, and in prose that a word without one is no name.

use news_model::EntityType;

use super::Field;
use crate::{
    page::Setting,
    span::{Origin, Span},
};

/// Drops spans of a model in such lines where nothing but the model speaks for them and they are all of the line's capitals could mean.
pub(super) fn drop_ordinary_words(field: Field<'_>, spans: &mut Vec<Span>) {
    /// More than the model's own vote: the lexicon, a head noun, a first name or a cue spoke too.
    const SUPPORTED: f32 = 1.3;
    spans.retain(|span| {
        let setting = field.page.setting_at(span.start);
        setting != Setting::Shouted || span.origin != Origin::Model || span.votes.total() >= SUPPORTED
    });
}

/// Drops spans of a model that hold neither a capital nor a digit, in prose that has capitals inside. Persons and places stay: who writes
/// carelessly leaves their capitals out.
pub(super) fn drop_uncapitalised(field: Field<'_>, spans: &mut Vec<Span>) {
    let page = field.page;
    spans.retain(|span| {
        let marks_nothing = |letter: char| !letter.is_uppercase() && !letter.is_numeric();
        let has_case = span.text(page).chars().any(char::is_lowercase);
        let is_small = has_case && span.text(page).chars().all(marks_nothing);
        let may_be_careless = matches!(span.votes.label(), EntityType::Person | EntityType::Gpe | EntityType::Loc);
        span.origin != Origin::Model || !is_small || may_be_careless || !page.is_written_with_capitals(span.start)
    });
}
