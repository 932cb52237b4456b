//! How sure a mention is, so that of many that say 0.7 some seven in ten are right.
//!
//! The weights below were fitted by logistic regression (with a penalty of half the squared weights) on the even documents of two labelled sets;
//! `check/quality.py` prints how they hold on the odd ones. Right means, for a name known by itself alone, that bounds and label are the
//! annotators'; for a linked one, that the id is.

use news_model::EntityType;

use crate::span::Span;

/// Margins beyond this say no more.
const MAX_MARGIN: f32 = 8.0;
/// Words beyond this say no more.
const MAX_WORDS: u8 = 5;

/// Hundredths for a mention known by its name alone: by the margin of the model's decisions, by how much all that is known of the name agrees on its
/// label and how much that is, by the kind of thing and by how many words the name has.
pub(crate) fn of_name(span: &Span) -> u8 {
    let (label, total) = (span.votes.label(), span.votes.total());
    let share = span.votes.for_label(label) / total.max(f32::MIN_POSITIVE);
    let kind = match label {
        EntityType::Person => 0.69,
        EntityType::Gpe | EntityType::Loc | EntityType::Fac => 0.88,
        EntityType::Norp
        | EntityType::Product
        | EntityType::Event
        | EntityType::WorkOfArt
        | EntityType::Law
        | EntityType::Language => 0.58,
        // Organisations, and measures, which are no names.
        EntityType::Org
        | EntityType::Date
        | EntityType::Time
        | EntityType::Percent
        | EntityType::Money
        | EntityType::Quantity
        | EntityType::Ordinal
        | EntityType::Cardinal => 0.0,
    };
    let words = f32::from(u8::try_from(span.words()).unwrap_or(MAX_WORDS).min(MAX_WORDS));
    let margin = span.margin.clamp(0.0, MAX_MARGIN);
    hundredths(logistic(0.35 * margin + 1.77 * share + 0.88 * total.max(0.0).ln_1p() + kind + 0.39 * words - 4.99))
}

/// Hundredths for a link of this probability, which weighs a name's candidates and is too modest: names that are clear enough to be linked at all
/// are linked rightly. Of the links it was fitted on, two in a hundred were wrong, so it says little more than how high the level is.
pub(crate) fn of_link(probability: f32) -> u8 {
    let odds = probability / (1.0 - probability).max(f32::EPSILON);
    hundredths(logistic(1.4 * odds.max(f32::MIN_POSITIVE).ln() + 1.0))
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
        assert!(of_link(0.75) > 90 && of_link(0.75) < of_link(0.9));
        assert_eq!((of_link(1.0), of_link(0.0)), (100, 0));
    }

    #[test]
    fn a_name_of_words_alone_has_a_sureness_too() {
        let page = Page::new("Nord");
        let bare = Span::of_words(&page, 0, 0, Votes::default(), Origin::Words).unwrap();
        assert!(of_name(&bare) < 20);
    }
}
