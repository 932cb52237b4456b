//! What a service is in the cluster: one member of a group, and one transactional id.

use std::time::Duration;

use crate::{
    cluster::Cluster,
    group::{GroupSettings, Start},
    topics::{Topic, TopicNames},
    writer::WriterSettings,
};

/// One service's place in the cluster.
#[derive(Clone, Debug)]
pub struct Member {
    /// Where the topics are.
    pub cluster: Cluster,
    /// Their names.
    pub names: TopicNames,
    /// Full name of the consumer group; its members share the partitions of the topic that they follow.
    pub group: String,
    /// Transactional id: random for each process under a configured prefix, the same for the life of the process.
    pub transactional_id: String,
    /// How long the broker waits for a member's heartbeat before it gives its partitions away.
    pub session_timeout: Duration,
    /// Longest time a transaction stays open.
    pub transaction_timeout: Duration,
}

impl Member {
    /// How it reads `topic`, with `queue_capacity` events waiting at most.
    #[must_use]
    pub fn reader_settings(&self, topic: Topic, start: Start, queue_capacity: usize) -> GroupSettings {
        GroupSettings {
            group: self.group.clone(),
            topic: self.names.of(topic).to_owned(),
            start,
            session_timeout: self.session_timeout,
            queue_capacity,
            // A transaction and its abort, each up to its timeout, and some time to spare.
            release_patience: self.transaction_timeout * 2 + Duration::from_secs(5),
        }
    }

    /// How it writes; `dead_letter_partitions` is the partition count of that topic.
    #[must_use]
    pub fn writer_settings(&self, dead_letter_partitions: u16) -> WriterSettings {
        WriterSettings {
            names: self.names.clone(),
            transactional_id: self.transactional_id.clone(),
            timeout: self.transaction_timeout,
            dead_letter_partitions,
        }
    }
}
