//! Creates the topics and says what differs.

use std::{fmt, time::Duration};

use rdkafka::{
    admin::{AdminClient, AdminOptions, ConfigResource, NewTopic, ResourceSpecifier, TopicReplication},
    consumer::Consumer,
    error::RDKafkaErrorCode,
};

use crate::{
    cluster::{Cluster, ClusterError, LoggedClient},
    topics::{Topic, TopicNames, TopicSpec},
};

/// What `apply_topics` found or did for one topic.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct TopicReport {
    /// Full name.
    pub name: String,
    /// Whether it was made just now.
    pub created: bool,
    /// Where it is not as it should be; nothing is changed on a topic that exists.
    pub differences: Vec<Difference>,
}

/// One thing about a topic that is not as it should be.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Difference {
    /// What: `partitions`, `replication`, or the name of a setting.
    pub what: String,
    /// As it is.
    pub found: String,
    /// As it should be.
    pub wanted: String,
}

impl fmt::Display for Difference {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(out, "{} is {}, should be {}", self.what, self.found, self.wanted)
    }
}

/// Creates the topics that are missing and compares those that exist. Changes nothing that exists, so it can be run at any time.
///
/// # Errors
/// When no broker answers within `patience`, or a topic cannot be created.
pub async fn apply_topics(
    cluster: &Cluster,
    specs: &[TopicSpec],
    patience: Duration,
) -> Result<Vec<TopicReport>, ClusterError> {
    let found = tokio::task::block_in_place(|| found_topics(cluster, patience))?;
    let admin: AdminClient<LoggedClient> =
        cluster.client_config().create_with_context(LoggedClient).map_err(ClusterError::Settings)?;
    let options = AdminOptions::new().request_timeout(Some(patience)).operation_timeout(Some(patience));
    let mut reports = Vec::new();
    for spec in specs {
        let existing = found.iter().find(|topic| topic.name == spec.name);
        let created = existing.is_none() && create(&admin, spec, &options, cluster, patience).await?;
        let mut differences = existing.map(|topic| shape_differences(topic, spec)).unwrap_or_default();
        if !created {
            differences.extend(setting_differences(&admin, spec, &options).await?);
        }
        reports.push(TopicReport { name: spec.name.clone(), created, differences });
    }
    Ok(reports)
}

/// Partition counts of the topics that a service needs, after checking that catalogue and state agree.
///
/// # Errors
/// When no broker answers within `patience`, a topic is missing, or `feeds` and `feed-state` differ in partitions.
pub fn partition_counts(
    cluster: &Cluster,
    names: &TopicNames,
    topics: &[Topic],
    patience: Duration,
) -> Result<Vec<u16>, ClusterError> {
    let found = found_topics(cluster, patience)?;
    let count = |topic: Topic| {
        let name = names.of(topic);
        let known = found.iter().find(|known| known.name == name && known.partitions > 0);
        known.map(|known| known.partitions).ok_or(ClusterError::MissingTopic { topic: name.to_owned() })
    };
    let counts = topics.iter().map(|topic| count(*topic)).collect::<Result<Vec<_>, _>>()?;
    if topics.contains(&Topic::Feeds) && topics.contains(&Topic::FeedState) {
        let (feeds_partitions, states_partitions) = (count(Topic::Feeds)?, count(Topic::FeedState)?);
        if feeds_partitions != states_partitions {
            return Err(ClusterError::UnequalPartitions {
                feeds: names.of(Topic::Feeds).to_owned(),
                feeds_partitions,
                states: names.of(Topic::FeedState).to_owned(),
                states_partitions,
            });
        }
    }
    Ok(counts)
}

struct FoundTopic {
    name: String,
    partitions: u16,
    replication: u16,
}

fn found_topics(cluster: &Cluster, patience: Duration) -> Result<Vec<FoundTopic>, ClusterError> {
    let metadata =
        cluster.plain_client()?.fetch_metadata(None, patience).map_err(|cause| cluster.unreachable(patience, cause))?;
    let count = |many: usize| u16::try_from(many).unwrap_or(u16::MAX);
    let found = metadata.topics().iter().map(|topic| FoundTopic {
        name: topic.name().to_owned(),
        partitions: count(topic.partitions().len()),
        replication: topic.partitions().first().map_or(0, |first| count(first.replicas().len())),
    });
    Ok(found.collect())
}

/// Whether the topic was made by this call; another one may have been faster.
async fn create(
    admin: &AdminClient<LoggedClient>,
    spec: &TopicSpec,
    options: &AdminOptions,
    cluster: &Cluster,
    patience: Duration,
) -> Result<bool, ClusterError> {
    // Kafka takes -1 for the broker's default (KIP-464).
    let copies = if spec.replication == 0 { -1 } else { i32::from(spec.replication) };
    let replication = TopicReplication::Fixed(copies);
    let topic = NewTopic::new(&spec.name, i32::from(spec.partitions), replication);
    let topic = spec.settings.iter().fold(topic, |topic, (key, value)| topic.set(key, value));
    let results = admin.create_topics([&topic], options).await.map_err(|cause| cluster.unreachable(patience, cause))?;
    for result in results {
        match result {
            Ok(_) => {}
            Err((_, RDKafkaErrorCode::TopicAlreadyExists)) => return Ok(false),
            Err((name, code)) => {
                return Err(ClusterError::Refused {
                    what: format!("create topic {name} with {} partitions and {copies} replicas", spec.partitions),
                    cause: rdkafka::error::KafkaError::AdminOp(code),
                });
            }
        }
    }
    Ok(true)
}

fn shape_differences(topic: &FoundTopic, spec: &TopicSpec) -> Vec<Difference> {
    let shape =
        [("partitions", topic.partitions, spec.partitions), ("replication", topic.replication, spec.replication)];
    let different = shape.into_iter().filter(|(_, found, wanted)| *wanted != 0 && found != wanted);
    different
        .map(|(what, found, wanted)| Difference {
            what: what.to_owned(),
            found: found.to_string(),
            wanted: wanted.to_string(),
        })
        .collect()
}

async fn setting_differences(
    admin: &AdminClient<LoggedClient>,
    spec: &TopicSpec,
    options: &AdminOptions,
) -> Result<Vec<Difference>, ClusterError> {
    let refused = |cause| ClusterError::Refused { what: format!("describe topic {}", spec.name), cause };
    let resource = ResourceSpecifier::Topic(&spec.name);
    let mut described = admin.describe_configs([&resource], options).await.map_err(refused)?;
    let found = match described.pop() {
        Some(Ok(found)) => found,
        Some(Err(code)) => return Err(refused(rdkafka::error::KafkaError::AdminOp(code))),
        None => return Ok(Vec::new()),
    };
    let different = |(key, wanted): &(&str, &str)| setting_difference(&found, key, wanted);
    Ok(spec.settings.iter().filter_map(different).collect())
}

fn setting_difference(found: &ConfigResource, key: &str, wanted: &str) -> Option<Difference> {
    let value = found.get(key)?.value.clone().unwrap_or_default();
    (value != wanted).then(|| Difference { what: key.to_owned(), found: value, wanted: wanted.to_owned() })
}
