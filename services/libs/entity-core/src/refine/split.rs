//! Splits what a model took for one name: titles, roles and organisations before persons, and enumerations.

use news_model::EntityType;

use super::{Field, Known, heads::is_role};
use crate::{
    rules::Rule,
    span::{MODEL_VOTE, Origin, Span, Votes},
};

/// The names that `span` holds.
pub(super) fn split(field: Field<'_>, span: Span, known: &[Known]) -> Vec<Span> {
    let spans = if field.rules.has(Rule::Roles) { without_roles(field, span, known) } else { vec![span] };
    if !field.rules.has(Rule::Lists) {
        return spans;
    }
    spans.into_iter().flat_map(|span| enumerated(field, span, known)).collect()
}

fn without_roles(field: Field<'_>, span: Span, known: &[Known]) -> Vec<Span> {
    let page = field.page;
    if span.votes.label() != EntityType::Person {
        return if is_office(field, &span) { Vec::new() } else { vec![span] };
    }
    // The last role that a capitalised word follows parts the name from what stands before it.
    let parting = (span.first..span.last).rev().find(|word| is_role(page.text(*word)) && page.is_capital(word + 1));
    let person = parting.map_or(span.first, |role| role + 1);
    let mut spans = Vec::new();
    if parting.is_some() {
        let before = (span.first..person).take_while(|word| !is_role(page.text(*word))).last();
        let votes = Votes::of(EntityType::Org, MODEL_VOTE / 2.0);
        spans.extend(before.and_then(|last| Span::of_words(page, span.first, last, votes, Origin::Model)));
    }
    let Some(rest) = span.part(page, person, span.last) else {
        return spans;
    };
    match organisation_before(field, &rest, known) {
        Some((label, last)) => {
            let votes = Votes::of(label, MODEL_VOTE / 2.0);
            spans.extend(Span::of_words(page, rest.first, last, votes, Origin::Model));
            spans.extend(rest.part(page, last + 1, rest.last));
        }
        None => spans.push(rest),
    }
    spans
}

/// Whether a span of one word is the field of an office and no organisation: "Finance" before "Minister".
fn is_office(field: Field<'_>, span: &Span) -> bool {
    const FIELDS: [&str; 12] = [
        "finance", "defense", "defence", "foreign", "interior", "trade", "treasury", "economy", "energy", "health",
        "culture", "justice",
    ];
    let page = field.page;
    span.words() == 1
        && FIELDS.contains(&page.text(span.first).to_lowercase().as_str())
        && matches!(page.text(span.last + 1), "Minister" | "Secretary" | "minister" | "secretary")
}

/// The organisation or people before a person's name of two words or more: its label and last word.
fn organisation_before(field: Field<'_>, span: &Span, known: &[Known]) -> Option<(EntityType, usize)> {
    let page = field.page;
    let longest = span.last.checked_sub(2)?;
    for last in (span.first..=longest).rev() {
        let bytes = (page.word(span.first)?.start, page.word(last)?.end);
        let reviewed = known_from(known, bytes.0).filter(|known| (bytes.1..=bytes.1 + 1).contains(&known.end));
        let label = reviewed.map(|known| known.label);
        if let Some(label @ (EntityType::Org | EntityType::Gpe | EntityType::Norp)) = label {
            return Some((label, last));
        }
    }
    let lexicon = field.lexicon?;
    let is_given = |word: usize| lexicon.bearers_of(page.text(word)) > 0;
    let begins_with_stranger = span.words() == 3 && !is_given(span.first) && is_given(span.first + 1);
    let plain = page.gap_after(span.first) == Some(" ") && page.text(span.first).chars().count() > 3;
    (begins_with_stranger && plain).then_some((EntityType::Org, span.first))
}

/// The names of an enumeration, where each part is a known name and the whole is none; else the whole.
fn enumerated(field: Field<'_>, span: Span, known: &[Known]) -> Vec<Span> {
    let page = field.page;
    let is_known = |part: &Span| {
        known_from(known, part.start).is_some_and(|known| known.end == part.end)
            || field.lexicon.is_some_and(|lexicon| !lexicon.candidates_of(part.text(page)).is_empty())
    };
    let Some(parts) = parts_of(field, &span) else {
        return vec![span];
    };
    if parts.len() > 1 && parts.iter().all(is_known) && !is_known(&span) { parts } else { vec![span] }
}

/// The name of the dictionary that begins at byte `start`; `known` is in order and without overlap.
fn known_from(known: &[Known], start: usize) -> Option<&Known> {
    let at = known.binary_search_by_key(&start, |known| known.start).ok()?;
    known.get(at)
}

/// What stands between commas, slashes and "and".
fn parts_of(field: Field<'_>, span: &Span) -> Option<Vec<Span>> {
    let page = field.page;
    let mut parts = Vec::new();
    let mut first = span.first;
    for word in span.first..=span.last {
        let parted = page.gap_after(word).is_some_and(|gap| gap.contains([',', '/']));
        let joined = word < span.last && matches!(page.text(word + 1), "and" | "or");
        if word == span.last || parted || joined {
            if first <= word {
                parts.push(span.part(page, first, word)?);
            }
            first = word + 1 + usize::from(joined);
        }
    }
    Some(parts)
}
