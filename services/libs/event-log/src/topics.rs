//! The topics of Courant and their settings.

use std::fmt;

/// One of Courant's topics.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Topic {
    /// The catalogue of feeds.
    Feeds,
    /// Schedules and seen items.
    FeedState,
    /// What happened at each poll.
    Fetches,
    /// Item events.
    Items,
    /// Tagged items.
    Tagged,
    /// Records that could not be used.
    DeadLetters,
}

/// Full names of the topics, under a prefix.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct TopicNames([String; Topic::ALL.len()]);

/// How many partitions and replicas the topics are to have.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct TopicPlan {
    /// Partitions of `feeds` and `feed-state`; never changes once they hold records.
    pub feed_partitions: u16,
    /// Partitions of `items` and `tagged`; never changes, since all revisions of an item lie in one.
    pub item_partitions: u16,
    /// Partitions of `fetches` and `dead-letters`.
    pub log_partitions: u16,
    /// Copies of each partition; 0 leaves it to the broker's default.
    pub replication: u16,
}

/// What one topic is to be.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct TopicSpec {
    /// Which topic.
    pub topic: Topic,
    /// Its full name.
    pub name: String,
    /// Its partitions.
    pub partitions: u16,
    /// Its replicas; 0 leaves them to the broker's default.
    pub replication: u16,
    /// Its settings that differ from the broker's defaults.
    pub settings: Vec<(&'static str, &'static str)>,
}

/// Prefix of topics, groups and transactional ids unless configured otherwise.
pub const DEFAULT_PREFIX: &str = "courant.";

const HOUR_MS: &str = "3600000";
const WEEK_MS: &str = "604800000";
const MONTH_MS: &str = "2592000000";

impl Topic {
    /// Every topic.
    pub const ALL: [Self; 6] =
        [Self::Feeds, Self::FeedState, Self::Fetches, Self::Items, Self::Tagged, Self::DeadLetters];

    /// Name without the prefix.
    #[must_use]
    pub fn base_name(self) -> &'static str {
        match self {
            Self::Feeds => "feeds.v1",
            Self::FeedState => "feed-state.v1",
            Self::Fetches => "fetches.v1",
            Self::Items => "items.v1",
            Self::Tagged => "tagged.v1",
            Self::DeadLetters => "dead-letters.v1",
        }
    }

    fn settings(self) -> Vec<(&'static str, &'static str)> {
        let mut settings = match self {
            // Eager compaction: a restore reads what is not yet compacted. A tombstone outlives a day of downtime of any reader.
            Self::Feeds | Self::FeedState => vec![
                ("cleanup.policy", "compact"),
                ("segment.ms", HOUR_MS),
                ("segment.bytes", "67108864"),
                ("min.cleanable.dirty.ratio", "0.1"),
                ("max.compaction.lag.ms", HOUR_MS),
                ("delete.retention.ms", "86400000"),
            ],
            Self::Fetches => vec![("cleanup.policy", "delete"), ("retention.ms", WEEK_MS)],
            Self::Items | Self::Tagged | Self::DeadLetters => {
                vec![("cleanup.policy", "delete"), ("retention.ms", MONTH_MS)]
            }
        };
        // Dead letters hold a whole record and headers that say what was wrong with it.
        let largest = if self == Self::DeadLetters { "1179648" } else { "1048588" };
        settings.push(("max.message.bytes", largest));
        settings
    }
}

impl fmt::Display for Topic {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        out.write_str(self.base_name().trim_end_matches(".v1"))
    }
}

impl TopicNames {
    /// Names under `prefix`, which includes any separator: `courant.` gives `courant.items.v1`.
    #[must_use]
    pub fn new(prefix: impl Into<String>) -> Self {
        let prefix = prefix.into();
        Self(Topic::ALL.map(|topic| format!("{prefix}{}", topic.base_name())))
    }

    /// Full name of `topic`.
    #[must_use]
    pub fn of(&self, topic: Topic) -> &str {
        let [feeds, feed_state, fetches, items, tagged, dead_letters] = &self.0;
        match topic {
            Topic::Feeds => feeds,
            Topic::FeedState => feed_state,
            Topic::Fetches => fetches,
            Topic::Items => items,
            Topic::Tagged => tagged,
            Topic::DeadLetters => dead_letters,
        }
    }

    /// What every topic is to be by `plan`.
    #[must_use]
    pub fn specs(&self, plan: TopicPlan) -> Vec<TopicSpec> {
        let spec = |topic: Topic| TopicSpec {
            topic,
            name: self.of(topic).to_owned(),
            partitions: match topic {
                Topic::Feeds | Topic::FeedState => plan.feed_partitions,
                Topic::Items | Topic::Tagged => plan.item_partitions,
                Topic::Fetches | Topic::DeadLetters => plan.log_partitions,
            },
            replication: plan.replication,
            settings: topic.settings(),
        };
        Topic::ALL.into_iter().map(spec).collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_stand_under_the_prefix() {
        assert_eq!(TopicNames::new("test.a.").of(Topic::Items), "test.a.items.v1");
    }

    #[test]
    fn catalogue_and_state_have_equal_partitions() {
        let plan = TopicPlan { feed_partitions: 7, item_partitions: 5, log_partitions: 3, replication: 1 };
        let specs = TopicNames::new("c.").specs(plan);
        let of = |topic| specs.iter().find(|spec| spec.topic == topic).unwrap();
        assert_eq!(of(Topic::Feeds).partitions, 7);
        assert_eq!(of(Topic::FeedState).partitions, 7);
        assert_eq!(of(Topic::Tagged).partitions, of(Topic::Items).partitions);
    }
}
