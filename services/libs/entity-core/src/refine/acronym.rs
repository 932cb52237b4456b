//! Acronyms that a text defines: a name with its initials in brackets behind it.

use super::Field;
use crate::span::{Origin, Span};

/// Letters of the longest acronym.
const LONGEST: usize = 8;

/// Adds the acronym behind each span that defines one, with the same votes.
pub(super) fn add_defined(field: Field<'_>, spans: &mut Vec<Span>) {
    let mut added: Vec<Span> = Vec::new();
    for span in spans.iter().filter(|span| span.words() > 1) {
        let Some(acronym) = acronym_behind(field, span) else {
            continue;
        };
        let taken = spans.iter().any(|other| other.overlaps(&acronym) && other.origin == Origin::Dictionary);
        if !taken {
            added.push(acronym);
        }
    }
    spans.retain(|span| !added.iter().any(|acronym| acronym.overlaps(span)));
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

/// Whether the capitals of `acronym` are first letters of `words` in order, beginning with the first and leaving out small words only at will.
fn is_initials<'a>(acronym: &str, words: impl Iterator<Item = &'a str>) -> bool {
    let mut initials = words.filter_map(|word| word.chars().next()).flat_map(char::to_uppercase);
    let mut letters = acronym.chars().filter(|letter| letter.is_uppercase());
    letters.next() == initials.next() && letters.all(|letter| initials.any(|initial| initial == letter))
}
