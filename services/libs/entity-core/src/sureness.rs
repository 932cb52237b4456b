//! How sure a mention is, so that of many that say 0.7 some seven in ten are right.
//!
//! The weights below were fitted by logistic regression (with a penalty of half the squared weights, but for what is always there) on the even documents of labelled sets.
//! `check/quality.py` fits them anew, beside those that stand here, and prints how they hold on the odd documents. Right means, for a name known by
//! itself alone, that bounds and label are the annotators'; for a linked one, that the id is.

use news_model::EntityType;

use crate::span::Span;

/// Margins beyond this say no more.
const MAX_MARGIN: f32 = 8.0;
/// Words beyond this say no more.
const MAX_WORDS: u8 = 5;

/// What the confidence of a mention known by its name alone is reckoned from, and what each weighs: the margin of the model's decisions; how much all
/// that is known of the name agrees on its label, and how much that is; the kind of thing, beside organisations; how many words the name has; and
/// what is always there.
pub const NAME_TERMS: [(&str, f32); 8] = [
    ("margin", 0.34),
    ("agreement", 1.64),
    ("evidence", 0.82),
    ("person", 0.68),
    ("place", 0.82),
    ("other", 0.55),
    ("words", 0.37),
    ("always", -4.77),
];

/// What the confidence of a link is reckoned from: the logarithm of its odds. These are too modest, since names that are clear enough to be linked at
/// all are linked rightly: of the links it was fitted on two in a hundred were wrong, so it says little more than how high the level is.
pub const LINK_TERMS: [(&str, f32); 2] = [("odds", 0.24), ("always", 3.39)];

/// The terms of a mention known by its name alone, in the order of [`NAME_TERMS`].
pub(crate) fn terms_of_name(span: &Span) -> [f32; NAME_TERMS.len()] {
    let (label, total) = (span.votes.label(), span.votes.total());
    let share = span.votes.for_label(label) / total.max(f32::MIN_POSITIVE);
    let [person, place, other] = match label {
        EntityType::Person => [1.0, 0.0, 0.0],
        EntityType::Gpe | EntityType::Loc | EntityType::Fac => [0.0, 1.0, 0.0],
        EntityType::Norp
        | EntityType::Product
        | EntityType::Event
        | EntityType::WorkOfArt
        | EntityType::Law
        | EntityType::Language => [0.0, 0.0, 1.0],
        // Organisations, and measures, which are no names.
        EntityType::Org
        | EntityType::Date
        | EntityType::Time
        | EntityType::Percent
        | EntityType::Money
        | EntityType::Quantity
        | EntityType::Ordinal
        | EntityType::Cardinal => [0.0; 3],
    };
    let words = f32::from(u8::try_from(span.words()).unwrap_or(MAX_WORDS).min(MAX_WORDS));
    [span.margin.clamp(0.0, MAX_MARGIN), share, total.max(0.0).ln_1p(), person, place, other, words, 1.0]
}

/// The terms of a link with these logarithmic odds, in the order of [`LINK_TERMS`].
pub(crate) fn terms_of_link(log_odds: f32) -> [f32; LINK_TERMS.len()] {
    [log_odds, 1.0]
}

/// Hundredths for a mention known by its name alone.
pub(crate) fn of_name(span: &Span) -> u8 {
    weighed(&terms_of_name(span), &NAME_TERMS)
}

/// Hundredths for a link with these logarithmic odds.
pub(crate) fn of_link(log_odds: f32) -> u8 {
    weighed(&terms_of_link(log_odds), &LINK_TERMS)
}

/// The logarithm of the odds of a probability.
pub(crate) fn log_odds(probability: f32) -> f32 {
    (probability / (1.0 - probability).max(f32::EPSILON)).max(f32::MIN_POSITIVE).ln()
}

fn weighed(terms: &[f32], weights: &[(&str, f32)]) -> u8 {
    hundredths(logistic(terms.iter().zip(weights).map(|(term, (_, weight))| term * weight).sum()))
}

fn logistic(value: f32) -> f32 {
    1.0 / (1.0 + (-value).exp())
}

/// The whole hundredths of a share, rounded down.
fn hundredths(share: f32) -> u8 {
    (0..=100_u8).rev().find(|part| f32::from(*part) <= share * 100.0).unwrap_or(0)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{
        ModelSpan,
        page::Page,
        span::{Origin, Votes},
    };

    fn span(text: &str, label: EntityType, margin: Option<f32>) -> Span {
        Span::of_model(&Page::new(text), ModelSpan { start: 0, end: text.len(), label, margin }).unwrap()
    }

    #[test]
    fn the_clearer_the_model_was_the_surer_is_the_mention() {
        let sure: Vec<u8> =
            [0.0, 1.0, 4.0, 8.0].map(|margin| of_name(&span("Ola Nord", EntityType::Person, Some(margin)))).into();
        assert!(sure.windows(2).all(|pair| pair[0] < pair[1]), "{sure:?}");
        assert!(sure[0] < 40 && sure[3] > 75, "{sure:?}");
        let beyond = of_name(&span("Ola Nord", EntityType::Person, Some(1e30)));
        assert_eq!((beyond, of_name(&span("Ola Nord", EntityType::Person, Some(f32::NAN))) <= 100), (sure[3], true));
    }

    #[test]
    fn what_speaks_for_another_label_makes_a_mention_less_sure() {
        let clear = span("Nord", EntityType::Person, Some(3.0));
        let mut torn = clear;
        torn.votes.add(EntityType::Gpe, 0.9);
        let mut backed = clear;
        backed.votes.add(EntityType::Person, 0.9);
        assert!(of_name(&torn) < of_name(&clear) && of_name(&clear) < of_name(&backed));
    }

    #[test]
    fn a_link_is_surer_the_likelier_it_is_and_never_beyond_certain() {
        let sure = |probability| of_link(log_odds(probability));
        assert!(sure(0.75) > 90 && sure(0.75) < sure(0.9));
        assert_eq!((sure(1.0), sure(0.0)), (99, 0));
    }

    #[test]
    fn a_name_of_words_alone_has_a_sureness_too() {
        let page = Page::new("Nord");
        let bare = Span::of_words(&page, 0, 0, Votes::default(), Origin::Words).unwrap();
        assert!(of_name(&bare) < 20);
    }
}
