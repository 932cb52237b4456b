//! Joins the spans of the model, the reviewed dictionary and the lexicon into one set without overlaps.

use news_model::EntityType;

use super::{Field, evidence::votes_of, heads::label_of_head};
use crate::{
    page::Setting,
    rules::Rule,
    span::{Origin, Span, Votes},
};

/// What a name of the lexicon that the model did not mark is worth.
const FOUND_VOTE: f32 = 1.2;

/// The spans of all three, in order and without overlap.
pub(super) fn merge(field: Field<'_>, model: Vec<Span>, known: Vec<Span>) -> Vec<Span> {
    let mut spans = model;
    if field.rules.has(Rule::Gazetteer) {
        spans = overlaid(spans, names_of_lexicon(field), field);
    }
    if field.rules.has(Rule::Dictionary) {
        spans = overlaid(spans, known, field);
    }
    if field.rules.has(Rule::GivenNames) {
        spans = overlaid(spans, persons_of(field), field);
    }
    spans
}

/// `below` with `above` laid over it. Of spans that overlap, the one that holds the other stays, and the longer of two that cross; of equals, one
/// stays with the votes of both.
fn overlaid(below: Vec<Span>, above: Vec<Span>, field: Field<'_>) -> Vec<Span> {
    let mut all: Vec<(bool, Span)> = Vec::with_capacity(below.len() + above.len());
    let mut lower = below.into_iter().peekable();
    for mut span in above {
        while let Some(earlier) = lower.next_if(|earlier| earlier.last < span.first) {
            all.push((false, earlier));
        }
        let mut beaten = Vec::new();
        let mut wins =
            all.last().is_none_or(|(upper, last)| !last.overlaps(&span) || (!upper && span.words() > last.words()));
        while let Some(other) = lower.next_if(|other| other.first <= span.last) {
            if (other.first, other.last) == (span.first, span.last) {
                if let Some(votes) = votes_for_people(field, &span, &other) {
                    span.votes = votes;
                }
                span.votes.join(&other.votes);
                span = equal_of(span, other);
            } else {
                wins &= takes_over(field, &span, &other);
            }
            beaten.push(other);
        }
        if wins {
            while all.last().is_some_and(|(_, last)| last.overlaps(&span)) {
                all.pop();
            }
            all.push((true, span));
        } else {
            all.extend(beaten.into_iter().map(|span| (false, span)));
        }
    }
    all.extend(lower.map(|span| (false, span)));
    let mut spans: Vec<Span> = all.into_iter().map(|(_, span)| span).collect();
    spans.dedup_by(|later, earlier| earlier.overlaps(later));
    spans
}

/// Two spans over the same words: the reviewed meaning and the model's origin are kept.
fn equal_of(upper: Span, lower: Span) -> Span {
    let origin = match (upper.origin, lower.origin) {
        (Origin::Dictionary, _) | (_, Origin::Dictionary) => Origin::Dictionary,
        (Origin::Model, _) | (_, Origin::Model) => Origin::Model,
        (own, _) => own,
    };
    let (meaning, end) = (upper.meaning.or(lower.meaning), upper.end.max(lower.end));
    Span { origin, meaning, end, margin: upper.margin.max(lower.margin), ..upper }
}

/// The votes of a name of the lexicon, read as that of a people where the model took it for one.
fn votes_for_people(field: Field<'_>, name: &Span, model: &Span) -> Option<Votes> {
    let is_place = matches!(name.votes.label(), EntityType::Gpe | EntityType::Loc);
    let is_people = model.origin == Origin::Model && model.votes.label() == EntityType::Norp;
    let lexicon = field.lexicon.filter(|_| name.origin == Origin::Words && is_place && is_people)?;
    Some(votes_of(&lexicon.candidates_of(name.text(field.page)), FOUND_VOTE, true))
}

/// Whether a name takes the place of a span it overlaps.
fn takes_over(field: Field<'_>, name: &Span, other: &Span) -> bool {
    if name.contains(other) {
        return true;
    }
    if other.contains(name) {
        // The reviewed name of a people before a common noun: the model's "the Russian" is no longer name.
        return name.origin == Origin::Dictionary
            && (other.first..=other.last).filter(|word| !(name.first..=name.last).contains(word)).all(|word| {
                !field.page.is_capital(word) && !field.page.text(word).starts_with(|c: char| c.is_numeric())
            });
    }
    name.words() > other.words()
}

/// Names of the lexicon that speak for themselves where they stand.
fn names_of_lexicon(field: Field<'_>) -> Vec<Span> {
    let Some(lexicon) = field.lexicon else {
        return Vec::new();
    };
    let page = field.page;
    let mut spans: Vec<Span> = Vec::new();
    let mut word = 0;
    while let Some(own) = page.word(word) {
        let found = Some(own.mark)
            .filter(|_| page.is_capital(word) || page.text(word).starts_with(|letter: char| letter.is_ascii_digit()))
            .and_then(|mark| lexicon.longest_at(&page.folded.text, mark));
        let Some(found) = found else {
            word += 1;
            continue;
        };
        let last = page.folded.words.partition_point(|other| other.mark < found.end).saturating_sub(1);
        let candidates = lexicon.candidates(found.list);
        let weight = candidates.iter().map(|candidate| candidate.weight).max().unwrap_or_default();
        let votes = votes_of(&candidates, FOUND_VOTE, false);
        if let Some(span) =
            Span::of_words(page, word, last, votes, Origin::Words).filter(|span| speaks(field, span, weight))
        {
            spans.push(span);
        }
        word = last + 1;
    }
    spans
}

/// Whether a name of the lexicon is a name here, though nothing else says so: several capitalised words, or one that names a well-known place
/// and does not begin a sentence.
fn speaks(field: Field<'_>, span: &Span, weight: u32) -> bool {
    /// From here on an entity is well known; half of the places of the reference are.
    const WELL_KNOWN: u32 = 6;
    let page = field.page;
    let capitals = (span.first..=span.last).filter(|word| page.is_capital(*word)).count();
    let label = span.votes.label();
    let typed = span.votes.for_label(label) >= 0.6 * FOUND_VOTE;
    let plain = page.setting_at(span.start) == Setting::Plain;
    if span.words() > 1 {
        return capitals > 1 && (plain || typed);
    }
    let is_place = matches!(label, EntityType::Gpe | EntityType::Loc);
    is_place && typed && plain && weight >= WELL_KNOWN && capitals == 1 && !page.begins_sentence(span.first)
}

/// Persons that the model missed: a common first name and the capitalised words behind it, or one that is a line by itself.
fn persons_of(field: Field<'_>) -> Vec<Span> {
    /// So many persons of the lexicon must bear a first name.
    const COMMON: u64 = 3;
    /// What it is worth.
    const PERSON_VOTE: f32 = 0.8;
    /// Words of a name behind the first.
    const LONGEST: usize = 3;
    let Some(lexicon) = field.lexicon else {
        return Vec::new();
    };
    let page = field.page;
    let mut spans = Vec::new();
    let mut word = 0;
    while word < page.len() {
        let first = word;
        word += 1;
        if !page.is_capital(first)
            || lexicon.bearers_of(page.text(first)) < COMMON
            || page.setting_at(page.word(first).map_or(0, |word| word.start)) != Setting::Plain
        {
            continue;
        }
        let mut last = first;
        while last - first < LONGEST
            && page.gap_after(last) == Some(" ")
            && page.is_capital(last + 1)
            && label_of_head(page.text(last + 1)).is_none()
            && page.text(last + 1).chars().skip(1).all(char::is_lowercase)
        {
            last += 1;
        }
        let alone = page.gap_before(first).contains('\n') && page.gap_after(last).is_none_or(|gap| gap.contains('\n'));
        if last > first || alone {
            spans.extend(Span::of_words(page, first, last, Votes::of(EntityType::Person, PERSON_VOTE), Origin::Words));
            word = last + 1;
        }
    }
    spans
}
