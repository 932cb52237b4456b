//! Acronyms that a text defines: a name with its initials in brackets behind it.

use news_model::EntityType;

use super::Field;
use crate::span::{MODEL_VOTE, Origin, Span, Votes, overlapping};

/// Letters of the longest acronym.
const LONGEST: usize = 8;

/// Adds the acronym behind each span that defines one, with the same votes, and names that only their acronym shows to be names. `spans` are in
/// order and do not overlap, before and after.
pub(super) fn add_defined(field: Field<'_>, spans: &mut Vec<Span>) {
    let defined = (0..field.page.len()).filter_map(|word| name_before(field, word));
    let mut defined: Vec<Span> = defined.filter(|name| overlapping(spans, name).is_none()).collect();
    spans.append(&mut defined);
    spans.sort_by_key(|span| span.first);
    let acronyms = spans.iter().filter(|span| span.words() > 1).filter_map(|span| acronym_behind(field, span));
    let is_free = |acronym: &Span| overlapping(spans, acronym).is_none_or(|other| other.origin != Origin::Dictionary);
    let mut added: Vec<Span> = acronyms.filter(is_free).collect();
    spans.retain(|span| overlapping(&added, span).is_none());
    spans.append(&mut added);
    spans.sort_by_key(|span| span.first);
}

/// The acronym in brackets directly behind `span`, if its letters are initials of the span's words in their order.
pub(crate) fn acronym_behind(field: Field<'_>, span: &Span) -> Option<Span> {
    let page = field.page;
    let acronym = span.last + 1;
    let opens = page.gap_after(span.last)?.trim() == "(";
    let closes = page.source.get(page.word(acronym)?.end..)?.trim_start().starts_with(')');
    let text = page.text(acronym);
    let letters = text.chars().count();
    let is_acronym =
        (2..=LONGEST).contains(&letters) && text.chars().filter(|letter| letter.is_uppercase()).count() > 1;
    let fits = opens && closes && is_acronym && is_initials(text, (span.first..=span.last).map(|word| page.text(word)));
    let found = Span::of_words(page, acronym, acronym, span.votes, Origin::Model)?;
    fits.then_some(found)
}

/// The name before the acronym in brackets at `word`: one capitalised word for each of its letters, small words between them left out.
fn name_before(field: Field<'_>, word: usize) -> Option<Span> {
    const SMALL: [&str; 5] = ["of", "for", "and", "the", "in"];
    let page = field.page;
    let last = word.checked_sub(1).filter(|last| page.gap_after(*last).is_some_and(|gap| gap.trim() == "("))?;
    let acronym = page.text(word);
    if !(3..=LONGEST).contains(&acronym.len()) || !acronym.chars().all(|letter| letter.is_ascii_uppercase()) {
        return None;
    }
    let mut first = last;
    for (place, letter) in acronym.chars().rev().enumerate() {
        if place > 0 {
            first = first.checked_sub(1)?;
            if SMALL.contains(&page.text(first)) {
                first = first.checked_sub(1)?;
            }
        }
        if !page.text(first).starts_with(letter) || (first < last && page.gap_after(first) != Some(" ")) {
            return None;
        }
    }
    Span::of_words(page, first, last, Votes::of(EntityType::Org, MODEL_VOTE), Origin::Words)
}

/// Whether the capitals of `acronym` are first letters of `words` in order, beginning with the first and leaving out small words only at will.
fn is_initials<'a>(acronym: &str, words: impl Iterator<Item = &'a str>) -> bool {
    let mut initials = words.filter_map(|word| word.chars().next()).flat_map(char::to_uppercase);
    let mut letters = acronym.chars().filter(|letter| letter.is_uppercase());
    letters.next() == initials.next() && letters.all(|letter| initials.any(|initial| initial == letter))
}
