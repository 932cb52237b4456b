//! What one mention of a name in a document tells of the others: their label, and where the model missed them.

use std::collections::HashMap;

use news_model::EntityType;

use crate::{
    page::{Page, Setting},
    rules::{Rule, RuleSet},
    span::{Origin, Span, Votes},
    words::telling_words,
};

/// Names looked for again in a document, the first ones.
const MAX_NAMES: usize = 4096;
/// Names looked for that begin with one word.
const MAX_ALIKE: usize = 16;
/// Words of the longest name looked for again.
const MAX_WORDS: usize = 8;
/// A name of one word that the model marked in fewer than one of so many places is an ordinary word.
const ORDINARY: usize = 4;

/// A name of the document.
struct Name<'a> {
    words: Vec<&'a str>,
    votes: Votes,
    /// Places where it is marked.
    marked: usize,
    /// Part of a person's name that stands whole elsewhere.
    partial: bool,
}

/// Gives mentions of one name one label and finds names again, as far as `rules` say. `spans` holds the spans of each page.
pub(crate) fn propagate(pages: &[Page<'_>], spans: &mut [Vec<Span>], rules: &RuleSet) {
    if rules.has(Rule::Agreement) {
        agree(pages, spans);
    }
    if rules.has(Rule::Propagation) {
        find_again(pages, spans);
    }
}

fn agree(pages: &[Page<'_>], spans: &mut [Vec<Span>]) {
    let mut sums: HashMap<&str, (Votes, usize)> = HashMap::new();
    for (page, spans) in pages.iter().zip(spans.iter()) {
        for span in spans {
            let (votes, count) = sums.entry(span.text(page)).or_default();
            votes.join(&span.votes);
            *count += 1;
            let is_full_name = span.words() > 1 && span.votes.label() == EntityType::Person;
            if is_full_name {
                sums.entry(page.text(span.last)).or_default().0.add(EntityType::Person, 1.0);
            }
        }
    }
    for (page, spans) in pages.iter().zip(spans.iter_mut()) {
        for span in spans.iter_mut().filter(|span| span.meaning.is_none()) {
            if let Some((votes, _)) = sums.get(span.text(page)) {
                span.votes = *votes;
            }
        }
    }
}

fn find_again(pages: &[Page<'_>], spans: &mut [Vec<Span>]) {
    let mut names: Vec<Name<'_>> = names_of(pages, spans);
    let mut by_first: HashMap<&str, Vec<usize>> = HashMap::new();
    for (place, name) in names.iter().enumerate() {
        let alike = name.words.first().map(|word| by_first.entry(word).or_default());
        alike.into_iter().filter(|alike| alike.len() < MAX_ALIKE).for_each(|alike| alike.push(place));
    }
    for alike in by_first.values_mut() {
        alike.sort_by_key(|place| std::cmp::Reverse(names.get(*place).map_or(0, |name| name.words.len())));
    }
    let mut found: Vec<(usize, usize, Span)> = Vec::new();
    let mut unmarked = vec![0_usize; names.len()];
    for (index, (page, spans)) in pages.iter().zip(spans.iter()).enumerate() {
        for (place, span) in places_of(page, spans, &names, &by_first) {
            if let Some(count) = unmarked.get_mut(place) {
                *count += 1;
            }
            found.push((index, place, span));
        }
    }
    for (index, place, span) in found {
        let (Some(name), Some(unmarked), Some(spans)) =
            (names.get_mut(place), unmarked.get(place), spans.get_mut(index))
        else {
            continue;
        };
        let is_name = name.words.len() > 1 || name.partial || ORDINARY * name.marked >= name.marked + unmarked;
        if is_name {
            spans.push(span);
        }
    }
    for spans in spans {
        spans.sort_by_key(|span| span.first);
    }
}

/// The names that the spans of all pages mark, and the first and last names of persons named in full.
fn names_of<'a>(pages: &[Page<'a>], spans: &[Vec<Span>]) -> Vec<Name<'a>> {
    let mut places: HashMap<Vec<&str>, usize> = HashMap::new();
    let mut names: Vec<Name<'_>> = Vec::new();
    let mut note = |words: Vec<&'a str>, votes: Votes, partial: bool| {
        let next = names.len();
        let place = *places.entry(words.clone()).or_insert(next);
        match names.get_mut(place) {
            Some(name) => {
                name.marked += usize::from(!partial);
                name.partial |= partial;
            }
            None if next < MAX_NAMES => names.push(Name { words, votes, marked: usize::from(!partial), partial }),
            None => {}
        }
    };
    for (page, spans) in pages.iter().zip(spans) {
        for span in spans.iter().filter(|span| span.words() <= MAX_WORDS && worth_finding(page, span)) {
            let words: Vec<&str> = (span.first..=span.last).map(|word| page.text(word)).collect();
            if words.len() > 1 && span.votes.label() == EntityType::Person {
                for part in [words.last(), words.first()].into_iter().flatten() {
                    let is_word = part.chars().skip(1).all(char::is_lowercase) && telling_words(part).next().is_some();
                    if is_word && page.setting_at(span.start) == Setting::Plain {
                        note(vec![part], Votes::of(EntityType::Person, 1.0), true);
                    }
                }
            }
            if span.meaning.is_none() {
                note(words, span.votes, false);
            }
        }
    }
    names
}

/// Whether another place with the same words would be the same name: it has a capital and more than two letters.
fn worth_finding(page: &Page<'_>, span: &Span) -> bool {
    page.is_capital(span.first) && page.text(span.first).chars().count() > 2
        || span.words() > 1 && (span.first..=span.last).any(|word| page.is_capital(word))
}

/// Where names stand outside the spans, the longest first.
fn places_of(
    page: &Page<'_>,
    spans: &[Span],
    names: &[Name<'_>],
    by_first: &HashMap<&str, Vec<usize>>,
) -> Vec<(usize, Span)> {
    let mut found = Vec::new();
    let mut spans = spans.iter().peekable();
    let mut word = 0;
    while word < page.len() {
        while spans.next_if(|span| span.last < word).is_some() {}
        if let Some(span) = spans.peek().filter(|span| span.first <= word) {
            word = span.last + 1;
            continue;
        }
        let room = spans.peek().map_or(page.len(), |span| span.first) - word;
        let matching = by_first.get(page.text(word)).into_iter().flatten().find_map(|place| {
            let name =
                names.get(*place).filter(|name| name.words.len() <= room && stands_at(page, word, &name.words))?;
            let span = Span::of_words(page, word, word + name.words.len() - 1, name.votes, Origin::Document)?;
            Some((*place, span))
        });
        word = matching.as_ref().map_or(word + 1, |(_, span)| span.last + 1);
        found.extend(matching);
    }
    found
}

fn stands_at(page: &Page<'_>, first: usize, words: &[&str]) -> bool {
    words.iter().enumerate().all(|(offset, word)| {
        let joined = offset == 0 || page.gap_before(first + offset).trim().is_empty();
        page.text(first + offset) == *word && joined
    })
}
