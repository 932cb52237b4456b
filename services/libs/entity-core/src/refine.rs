//! Refines what a model found in one field: bounds, splits, what names of dictionary and lexicon add, and what each name is.
//!
//! ```text
//! model's spans ─tidy─split─┐
//! dictionary's mentions ────┼─merge─► spans without overlap ─evidence─► votes for labels ─headlines─► spans
//! lexicon's names ──────────┘
//! ```

mod acronym;
mod evidence;
mod headline;
mod heads;
mod merge;
mod split;
mod tidy;

pub(crate) use acronym::acronym_behind;
pub(crate) use heads::is_role;

use news_model::EntityType;

use crate::{
    Lexicon, ModelSpan,
    dictionary::Meaning,
    page::Page,
    rules::{Rule, RuleSet},
    span::{Origin, Span, Votes},
};

/// A mention of the reviewed dictionary, whose meaning is settled.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Known {
    pub(crate) start: usize,
    pub(crate) end: usize,
    pub(crate) label: EntityType,
    pub(crate) meaning: Meaning,
}

/// What refining one field goes by.
#[derive(Clone, Copy)]
pub(crate) struct Field<'a> {
    pub(crate) page: &'a Page<'a>,
    pub(crate) lexicon: Option<&'a Lexicon>,
    pub(crate) rules: &'a RuleSet,
}

/// The names of one field, in order and without overlap.
pub(crate) fn refine(field: Field<'_>, model: &[ModelSpan], known: &[Known]) -> Vec<Span> {
    let mut spans: Vec<Span> = model
        .iter()
        .filter_map(|found| Span::of_model(field.page, *found))
        .filter_map(|span| tidy::tidy(field, span))
        .flat_map(|span| split::split(field, span, known))
        .collect();
    spans.sort_by_key(|span| span.first);
    spans.dedup_by(|later, earlier| earlier.overlaps(later));
    let known: Vec<Span> = known.iter().filter_map(|known| span_of(field, *known)).collect();
    let mut spans = merge::merge(field, spans, known);
    if field.rules.has(Rule::Acronyms) {
        acronym::add_defined(field, &mut spans);
    }
    evidence::vote(field, &mut spans);
    if field.rules.has(Rule::Headlines) {
        headline::drop_ordinary_words(field, &mut spans);
    }
    if field.rules.has(Rule::Capitals) {
        headline::drop_uncapitalised(field, &mut spans);
    }
    spans
}

fn span_of(field: Field<'_>, known: Known) -> Option<Span> {
    /// What a reviewed name is worth beside a model's label.
    const REVIEWED_VOTE: f32 = 2.5;
    let votes = Votes::of(known.label, REVIEWED_VOTE);
    let span = Span::of_bytes(field.page, (known.start, known.end), votes, Origin::Dictionary)?;
    Some(Span { meaning: Some(known.meaning), ..span })
}
