//! Headlines and lines of capitals, where a capital does not mark a name.

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
