//! What speaks for each label of a name: the lexicon, head nouns, first names and the words beside it.

use news_model::EntityType;

use super::{
    Field,
    heads::{is_role, label_of_cue, label_of_head},
};
use crate::{
    lexicon::Candidate,
    rules::Rule,
    span::{Origin, Span, Votes},
};

/// What a name of the lexicon is worth where all its bearers have one type.
const LEXICON_VOTE: f32 = 1.6;
/// What a head noun is worth.
const HEAD_VOTE: f32 = 2.2;
/// What the words beside a name are worth.
const CUE_VOTE: f32 = 0.7;

/// Adds the evidence of the rules in force.
pub(super) fn vote(field: Field<'_>, spans: &mut [Span]) {
    for span in spans.iter_mut().filter(|span| span.origin != Origin::Dictionary) {
        if field.rules.has(Rule::KnownTypes) {
            by_lexicon(field, span);
        }
        if field.rules.has(Rule::HeadWords) {
            by_head(field, span);
        }
        if field.rules.has(Rule::GivenNames) {
            by_given_name(field, span);
        }
        if field.rules.has(Rule::Cues) {
            by_cue(field, span);
        }
    }
}

/// What the candidates of a name say that it is, `weight` in all. Among the further names of a country are those of its people ("Viennese"), so where
/// a name is taken for one of a people these speak for that.
pub(super) fn votes_of(candidates: &[Candidate], weight: f32, names_people: bool) -> Votes {
    let mut votes = Votes::default();
    for candidate in candidates {
        match candidate.entity_type {
            Some(EntityType::Gpe | EntityType::Loc) if names_people && candidate.rank > 0 => {
                votes.add(EntityType::Norp, weight * candidate.prior);
            }
            Some(label) => votes.add(label, weight * candidate.prior),
            None => {}
        }
    }
    votes
}

fn by_lexicon(field: Field<'_>, span: &mut Span) {
    let Some(lexicon) = field.lexicon.filter(|_| span.origin == Origin::Model) else {
        return;
    };
    let names_people = span.votes.label() == EntityType::Norp;
    let candidates = lexicon.candidates_of(span.text(field.page));
    span.votes.join(&votes_of(&candidates, LEXICON_VOTE, names_people));
}

/// The head noun is the last word, or the one before "of"; places also have it first: "Lake Como".
fn by_head(field: Field<'_>, span: &mut Span) {
    let page = field.page;
    let joint = (span.first + 1..=span.last).find(|word| matches!(page.text(*word), "of" | "for"));
    let head = joint.map_or(span.last, |of| of - 1);
    let own = label_of_head(page.text(head)).filter(|_| span.words() > 1);
    let leading =
        matches!(page.text(span.first), "Lake" | "Mount" | "Cape" | "Isle" | "Gulf").then_some(EntityType::Loc);
    if let Some(label) = own.or(leading.filter(|_| span.words() > 1)) {
        span.votes.add(label, HEAD_VOTE);
    }
    if matches!(page.text(span.last), "Jr" | "Sr" | "III") && span.words() > 1 {
        span.votes.add(EntityType::Person, HEAD_VOTE);
    }
}

fn by_given_name(field: Field<'_>, span: &mut Span) {
    const SOME: f32 = 0.6;
    const MANY: f32 = 1.2;
    /// So many persons of the lexicon make a first name a common one.
    const COMMON: u64 = 4;
    let page = field.page;
    let bearers = field.lexicon.map_or(0, |lexicon| lexicon.bearers_of(page.text(span.first)));
    let is_name = (1..=4).contains(&span.words()) && (span.first..=span.last).all(|word| page.is_capital(word));
    if bearers > 0 && is_name && label_of_head(page.text(span.last)).is_none() {
        span.votes.add(EntityType::Person, if bearers >= COMMON { MANY } else { SOME });
    }
}

fn by_cue(field: Field<'_>, span: &mut Span) {
    let page = field.page;
    let Some(before) = span.first.checked_sub(1).filter(|_| page.gap_before(span.first).trim().is_empty()) else {
        return;
    };
    let word = page.text(before).to_lowercase();
    let phrase = before
        .checked_sub(1)
        .filter(|_| matches!(word.as_str(), "of" | "in"))
        .map(|noun| format!("{}_{word}", page.text(noun).to_lowercase()));
    if let Some(label) = phrase.and_then(|phrase| label_of_cue(&phrase)).or_else(|| label_of_cue(&word)) {
        span.votes.add(label, CUE_VOTE);
    } else if is_role(&word) {
        span.votes.add(EntityType::Person, CUE_VOTE);
    }
    let behind = page.text(span.last + 1);
    if page.gap_after(span.last) == Some(" ") && matches!(behind, "said" | "says" | "told" | "added" | "wrote") {
        span.votes.add(EntityType::Person, CUE_VOTE / 2.0);
    }
}
