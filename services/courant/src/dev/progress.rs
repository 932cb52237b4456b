//! How far the round is: which feeds were polled, what that brought, what is tagged.

use std::collections::{BTreeMap, HashMap, HashSet};

use event_log::{InRecord, Topic};
use news_model::{FeedId, wire};
use prost::Message;

use crate::{
    show,
    tagged::{self, TaggedLine},
};

/// Something that was seen in a topic.
#[derive(Debug)]
pub(super) enum Sighting {
    /// A poll came to its end.
    Poll(Box<wire::Fetch>),
    /// An item was tagged.
    Item(Box<TaggedLine>),
    /// A record went to the dead letters, for this reason.
    DeadLetter(String),
    /// A record that cannot be read, which is a fault of the program.
    Unreadable(String),
}

/// Totals of a run.
#[derive(Debug)]
pub(super) struct Progress {
    /// Feeds whose first poll has not come to its end.
    waiting: HashSet<FeedId>,
    feeds: usize,
    outcomes: BTreeMap<String, u32>,
    latest: HashMap<String, String>,
    events: u32,
    tagged: u32,
    dead_letters: u32,
    entities: BTreeMap<String, u32>,
}

impl Sighting {
    /// What `record` of `topic` tells.
    pub(super) fn new(topic: Topic, record: &InRecord) -> Self {
        match topic {
            Topic::Fetches => match record.value.clone().map(wire::Fetch::decode) {
                Some(Ok(fetch)) => Self::Poll(Box::new(fetch)),
                Some(Err(error)) => Self::Unreadable(error.to_string()),
                None => Self::Unreadable("a fetch without a value".to_owned()),
            },
            Topic::Tagged => match tagged::read(record) {
                Ok(item) => Self::Item(Box::new(item)),
                Err(problem) => Self::Unreadable(problem),
            },
            Topic::Feeds | Topic::FeedState | Topic::Items | Topic::DeadLetters => {
                Self::DeadLetter(record.header("courant-error-reason").unwrap_or_default().to_owned())
            }
        }
    }
}

impl Progress {
    /// Nothing has happened to these feeds.
    pub(super) fn new(feeds: impl IntoIterator<Item = FeedId>) -> Self {
        let waiting: HashSet<_> = feeds.into_iter().collect();
        Self {
            feeds: waiting.len(),
            waiting,
            outcomes: BTreeMap::new(),
            latest: HashMap::new(),
            events: 0,
            tagged: 0,
            dead_letters: 0,
            entities: BTreeMap::new(),
        }
    }

    /// Takes a sighting in.
    pub(super) fn note(&mut self, sighting: &Sighting) {
        match sighting {
            Sighting::Poll(fetch) => {
                if let Ok(id) = fetch.feed_id.parse::<FeedId>() {
                    self.waiting.remove(&id);
                }
                let outcome = show::outcome_words(fetch.outcome());
                *self.outcomes.entry(outcome.clone()).or_default() += 1;
                self.latest.insert(fetch.feed_id.clone(), outcome);
                self.events += fetch.published + fetch.revised;
            }
            Sighting::Item(item) => {
                self.tagged += 1;
                for entity in &item.entities {
                    *self.entities.entry(entity.entity_type.clone()).or_default() += 1;
                }
            }
            Sighting::DeadLetter(_) => self.dead_letters += 1,
            Sighting::Unreadable(_) => {}
        }
    }

    /// Whether every feed was polled and everything that brought is tagged, or among the dead letters.
    pub(super) fn is_round_over(&self) -> bool {
        self.waiting.is_empty() && self.tagged + self.dead_letters >= self.events
    }

    /// Totals on one line.
    pub(super) fn totals(&self) -> String {
        let polls: u32 = self.outcomes.values().sum();
        let polled = self.feeds - self.waiting.len();
        let letters =
            if self.dead_letters > 0 { format!(" · {} dead letters", self.dead_letters) } else { String::new() };
        format!(
            "{polled}/{} feeds · {polls} polls · {} items tagged · {} entities{letters}",
            self.feeds,
            self.tagged,
            self.entities.values().sum::<u32>()
        )
    }

    /// Polls by outcome, on one line.
    pub(super) fn outcomes(&self) -> String {
        self.outcomes.iter().map(|(outcome, count)| format!("{outcome} {count}")).collect::<Vec<_>>().join(", ")
    }

    /// Entities by type, on one line.
    pub(super) fn entity_types(&self) -> String {
        self.entities.iter().map(|(label, count)| format!("{label} {count}")).collect::<Vec<_>>().join(", ")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn poll(feed: &str, published: u32) -> Sighting {
        Sighting::Poll(Box::new(wire::Fetch { feed_id: feed.into(), published, ..wire::Fetch::default() }))
    }

    #[test]
    fn a_round_is_over_when_all_is_polled_and_tagged() {
        let mut progress = Progress::new(["a".parse().unwrap(), "b".parse().unwrap()]);
        progress.note(&poll("a", 1));
        assert!(!progress.is_round_over(), "b was not polled");
        progress.note(&poll("b", 0));
        assert!(!progress.is_round_over(), "the item of a is not tagged");
        progress.note(&Sighting::DeadLetter(String::new()));
        assert!(progress.is_round_over());
    }
}
