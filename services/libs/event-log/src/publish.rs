//! Writes outside any group: the catalogue commands.

use std::time::{Duration, Instant};

use crate::{
    cluster::{Cluster, ClusterError},
    record::OutRecord,
    topics::TopicNames,
    transaction::{self, Deliveries, TransactionFailure, TransactionalProducer},
};

/// Writes `records` in order, each once, and waits until all replicas have them.
///
/// # Errors
/// When the settings are refused, or a record is not taken within `patience`; those before it may be visible.
pub fn publish(
    cluster: &Cluster,
    names: &TopicNames,
    records: &[OutRecord],
    patience: Duration,
) -> Result<(), ClusterError> {
    let deadline = Instant::now() + patience;
    let producer = idempotent_producer(cluster, patience)?;
    let sent = records
        .iter()
        .enumerate()
        .try_for_each(|(index, record)| transaction::send(&producer, index, record, names.of(record.topic), deadline))
        .and_then(|()| transaction::wait_delivered(&producer, deadline));
    sent.map_err(|failure| match failure {
        TransactionFailure::Abort(cause)
        | TransactionFailure::Fenced(cause)
        | TransactionFailure::Indefinite(cause) => cluster.unreachable(patience, cause),
        TransactionFailure::Refused(refused) => ClusterError::Refused {
            what: format!("take {} of {} records", refused.len(), records.len()),
            cause: refused.into_iter().next().map_or(rdkafka::error::KafkaError::Canceled, |(_, code)| {
                rdkafka::error::KafkaError::MessageProduction(code)
            }),
        },
    })
}

/// A producer without transactions that sends each record once and in order.
pub(crate) fn idempotent_producer(cluster: &Cluster, timeout: Duration) -> Result<TransactionalProducer, ClusterError> {
    let mut config = cluster.producer_config(timeout);
    config.set("enable.idempotence", "true");
    config.create_with_context(Deliveries::default()).map_err(ClusterError::Settings)
}
