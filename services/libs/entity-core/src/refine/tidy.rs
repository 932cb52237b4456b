//! Bounds of a name: articles, possessives, brackets, line ends and small words at its edges.

use super::Field;
use crate::{page::Setting, rules::Rule, span::Span};

/// Small words that no name begins or ends with.
const EDGES: [&str; 16] =
    ["of", "and", "in", "at", "for", "to", "by", "on", "with", "from", "or", "as", "that", "is", "was", "&"];

/// `span` within its proper bounds; nothing where none of it is left.
pub(super) fn tidy(field: Field<'_>, span: Span) -> Option<Span> {
    let span = within_line(field, span)?;
    let span = without_open_bracket(field, span)?;
    let span = without_edges(field, span)?;
    let span = without_article(field, span)?;
    without_possessive(field, span)
}

/// Cuts behind the last word before a line end.
fn within_line(field: Field<'_>, span: Span) -> Option<Span> {
    let breaks = |word: &usize| field.page.gap_after(*word).is_some_and(|gap| gap.contains('\n'));
    match (span.first..span.last).find(breaks) {
        Some(last) => span.part(field.page, span.first, last),
        None => Some(span),
    }
}

/// Cuts before a bracket that the span opens and does not close, and behind one that it closes and does not open.
fn without_open_bracket(field: Field<'_>, span: Span) -> Option<Span> {
    let gaps = |sign: char, other: char| {
        let text = span.text(field.page);
        let lone = text.contains(sign) && !text.contains(other);
        let holds = move |word: &usize| field.page.gap_after(*word).is_some_and(|gap| gap.contains(sign));
        lone.then(|| (span.first..span.last).find(holds)).flatten()
    };
    if let Some(last) = gaps('(', ')') {
        return span.part(field.page, span.first, last);
    }
    match gaps(')', '(') {
        Some(before) => span.part(field.page, before + 1, span.last),
        None => Some(span),
    }
}

fn without_edges(field: Field<'_>, span: Span) -> Option<Span> {
    let is_edge = |word: usize| EDGES.contains(&field.page.text(word));
    let last = (span.first..=span.last).rev().find(|word| !is_edge(*word))?;
    let first = (span.first..=last).find(|word| !is_edge(*word))?;
    if (first, last) == (span.first, span.last) { Some(span) } else { span.part(field.page, first, last) }
}

fn without_article(field: Field<'_>, span: Span) -> Option<Span> {
    if !field.rules.has(Rule::Articles) {
        return Some(span);
    }
    let page = field.page;
    let word = page.text(span.first);
    let says_nothing = page.begins_sentence(span.first)
        || page.word(span.first).is_some_and(|word| page.setting_at(word.start) != Setting::Plain);
    let is_article = match word {
        "the" | "a" | "an" => true,
        "The" | "THE" => says_nothing && !has_name_with_article(field, &span),
        _ => false,
    };
    if is_article { span.part(page, span.first + 1, span.last) } else { Some(span) }
}

/// Whether the lexicon has the name only with its article: "The Hague".
fn has_name_with_article(field: Field<'_>, span: &Span) -> bool {
    let Some(lexicon) = field.lexicon else {
        return false;
    };
    let bare = field.page.word(span.first + 1).and_then(|word| field.page.source.get(word.start..span.end));
    !lexicon.candidates_of(span.text(field.page)).is_empty()
        && bare.is_none_or(|bare| lexicon.candidates_of(bare).is_empty())
}

fn without_possessive(field: Field<'_>, span: Span) -> Option<Span> {
    let page = field.page;
    let apostrophe = |word: usize| page.gap_before(word).trim_start().starts_with(['\'', '’']);
    let is_possessive = field.rules.has(Rule::Possessives)
        && span.first < span.last
        && matches!(page.text(span.last), "s" | "S")
        && apostrophe(span.last)
        && field.lexicon.is_none_or(|lexicon| lexicon.candidates_of(span.text(page)).is_empty());
    if is_possessive { span.part(page, span.first, span.last - 1) } else { Some(span) }
}
