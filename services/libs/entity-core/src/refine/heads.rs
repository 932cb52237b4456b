//! Words that say what a thing is.

use std::{
    collections::{HashMap, HashSet},
    sync::LazyLock,
};

use news_model::EntityType;

static ROLES: LazyLock<HashSet<&str>> = LazyLock::new(|| {
    include_str!("../roles.txt").lines().filter(|line| !line.starts_with('#')).flat_map(str::split_whitespace).collect()
});

/// Each line: a label, then head nouns of names with that label.
static HEADS: LazyLock<HashMap<&str, EntityType>> = LazyLock::new(|| labelled(include_str!("../heads.txt")));

/// Each line: a label, then words that stand before or behind names with that label.
static CUES: LazyLock<HashMap<&str, EntityType>> = LazyLock::new(|| labelled(include_str!("../cues.txt")));

/// Whether `word` is a title or role of a person.
pub(crate) fn is_role(word: &str) -> bool {
    ROLES.contains(word.to_lowercase().as_str())
}

/// What a name with this head noun is.
pub(super) fn label_of_head(word: &str) -> Option<EntityType> {
    if !word.starts_with(char::is_uppercase) {
        return None;
    }
    HEADS.get(word.to_lowercase().as_str()).copied()
}

/// What a name behind `cue` is: the noun before it, with a preposition where one parts them ("city of").
pub(super) fn label_of_cue(cue: &str) -> Option<EntityType> {
    CUES.get(cue).copied()
}

fn labelled(text: &'static str) -> HashMap<&'static str, EntityType> {
    let mut labels = HashMap::new();
    for line in text.lines().filter(|line| !line.starts_with('#')) {
        let mut words = line.split_whitespace();
        let Some(label) = words.next().and_then(|label| label.parse().ok()) else {
            continue;
        };
        labels.extend(words.map(|word| (word, label)));
    }
    labels
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_line_of_the_word_lists_begins_with_a_label() {
        for text in [include_str!("../heads.txt"), include_str!("../cues.txt")] {
            for line in text.lines().filter(|line| !line.starts_with('#')) {
                let label = line.split_whitespace().next().unwrap();
                assert!(label.parse::<EntityType>().is_ok(), "{line}");
            }
        }
    }

    #[test]
    fn head_nouns_count_only_as_names() {
        assert_eq!(label_of_head("University"), Some(EntityType::Org));
        assert_eq!(label_of_head("university"), None);
    }
}
