//! The group's committed offsets, once nothing about them is pending.

use std::time::Duration;

use rdkafka::{
    TopicPartitionList,
    consumer::{BaseConsumer, Consumer, ConsumerContext},
    error::KafkaError,
};

/// Asks for the committed offsets of `query`, waiting while a transaction that holds some of them is open. Blocks for up to `patience`.
///
/// With `isolation.level=read_committed` librdkafka asks for stable offsets (KIP-447) and repeats while some are pending. It may give the
/// list back with errors on single partitions, which say nothing about their offsets, so any of them fails the whole.
pub(crate) fn stable_offsets<C: ConsumerContext>(
    consumer: &BaseConsumer<C>,
    query: &TopicPartitionList,
    patience: Duration,
) -> Result<TopicPartitionList, KafkaError> {
    let committed = consumer.committed_offsets(query.clone(), patience)?;
    let first_error = committed.elements().iter().find_map(|element| element.error().err());
    first_error.map_or(Ok(committed), Err)
}
