//! Laws that hold for every text.

use std::sync::LazyLock;

use entity_core::{Dictionary, Document, MAX_MENTIONS, MAX_TAGS, Tagger};
use news_model::TextField;
use proptest::prelude::*;

static TAGGER: LazyLock<Tagger> = LazyLock::new(|| Tagger::new(Dictionary::bundled().unwrap()).unwrap());

/// Names, parts of names and what may stand between them.
fn text() -> impl Strategy<Value = String> {
    let piece = prop_oneof![
        prop::sample::select(vec![
            "Oman",
            "Romania",
            "US",
            "U.S.",
            "U.S",
            "us",
            "WHO",
            "Who",
            "Xi",
            "Xi Jinping",
            "Putin",
            "PUTIN",
            "Vladimir Putin",
            "São Tomé",
            "Sa\u{303}o",
            "Gulf of",
            "Gulf Of Oman",
            "OPEC+",
            "N’Djamena",
            "Georgia",
            "state of Georgia",
            "Москва",
            "中国",
            "إيران",
            "said",
            "President",
            "Michael",
            "$",
            "'s",
            "’s",
            "\u{301}",
        ])
        .prop_map(str::to_owned),
        any::<String>(),
        "[ -~]{0,6}",
    ];
    let gap = prop::sample::select(vec![" ", "", "-", "–", ", ", ". ", "\n", "\n\n", "\u{a0}", "\u{2}", "\u{3}"]);
    prop::collection::vec((piece, gap), 0..40)
        .prop_map(|parts| parts.into_iter().map(|(piece, gap)| piece + gap).collect())
}

proptest! {
    #[test]
    fn every_mention_is_a_name_at_character_and_word_boundaries(title in text(), content in text()) {
        let document = Document { title: &title, summary: "", content: &content };
        for tag in TAGGER.tag(&document) {
            prop_assert!(!tag.mentions.is_empty());
            for mention in &tag.mentions {
                let text = if mention.field == TextField::Title { &title } else { &content };
                let (start, end): (usize, usize) = (mention.start.try_into().unwrap(), mention.end.try_into().unwrap());
                let slice = text.get(start..end).expect("offsets at character boundaries");
                let ends_word = |side: Option<char>| side.is_none_or(|letter| !letter.is_alphanumeric());
                prop_assert!(ends_word(text[..start].chars().next_back()), "{slice} in {text:?}");
                prop_assert!(
                    slice.ends_with(['+', '.']) || ends_word(text[end..].chars().next()), "{slice} in {text:?}");
                // The name by itself means the same, unless only the rest of the document tells.
                let alone = TAGGER.tag(&Document { title: "", summary: "", content: slice });
                prop_assert!(alone.len() <= 1, "{slice:?} is two names");
                let known = alone.first().is_some_and(|one| one.mentions[0].start == 0);
                prop_assert!(known || tag.confidence >= 0.8, "{slice:?}");
            }
        }
    }

    #[test]
    fn tags_are_bounded_ordered_and_without_overlap(title in text(), content in text()) {
        let document = Document { title: &title, summary: "", content: &content };
        let tags = TAGGER.tag(&document);
        prop_assert!(tags.len() <= MAX_TAGS);
        prop_assert_eq!(&tags, &TAGGER.tag(&document));
        prop_assert!(tags.windows(2).all(|pair| pair[0].salience >= pair[1].salience && pair[0].id != pair[1].id));
        let mut spans = Vec::new();
        for tag in &tags {
            prop_assert!((0.0..=1.0).contains(&tag.salience) && (0.0..=1.0).contains(&tag.confidence));
            prop_assert!(tag.mentions.len() <= MAX_MENTIONS);
            prop_assert!(tag.mentions.is_sorted_by_key(|mention| (mention.field, mention.start)));
            spans.extend(tag.mentions.iter().map(|mention| (mention.field, mention.start, mention.end)));
        }
        spans.sort_unstable();
        prop_assert!(spans.windows(2).all(|pair| pair[0].0 != pair[1].0 || pair[0].2 <= pair[1].1));
    }
}
