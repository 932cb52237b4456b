//! Ends what a lost transaction may have left open in its partitions.
//!
//! A producer that is made again under the same transactional id makes the coordinator abort what its predecessor left open. The abort
//! reaches each partition as a marker, and a coordinator that finds a partition without a leader at that moment takes it for deleted and
//! leaves its marker out (`TransactionMarkerChannelManager`, Apache Kafka 4.3: a lone broker that was killed and comes back). The
//! transaction then hangs: no reader passes it, and the next commit of this producer in that partition would commit its records too. A
//! transaction that touches the same partitions and is aborted writes the missing markers; where none is missing it changes nothing.

use std::{
    collections::BTreeSet,
    time::{Duration, Instant},
};

use rdkafka::{consumer::ConsumerGroupMetadata, producer::Producer};

use crate::{
    record::{Headers, OutRecord},
    topics::{Topic, TopicNames},
    transaction::{self, NextOffset, TransactionFailure, TransactionalProducer},
};

/// What a transaction of no clear end has touched.
#[derive(Clone, Debug, Default)]
pub(crate) struct Touched {
    /// Partitions that it may have records in.
    partitions: BTreeSet<(Topic, i32)>,
    /// Offsets that it may have sent to its group.
    offsets: Vec<NextOffset>,
}

impl Touched {
    pub(crate) fn by<'a>(records: impl Iterator<Item = &'a OutRecord>, offsets: Vec<NextOffset>) -> Self {
        Self { partitions: records.map(|record| (record.topic, record.partition)).collect(), offsets }
    }

    /// Touches the same partitions in a transaction of `producer`, the successor of the one that was lost, and aborts it. Of `group`, the
    /// membership where there is one, and its topic, only the partition that keeps the group's offsets matters.
    pub(crate) fn sweep(
        &self,
        producer: &TransactionalProducer,
        names: &TopicNames,
        group: Option<(&str, &ConsumerGroupMetadata)>,
        patience: Duration,
    ) -> Result<(), TransactionFailure> {
        let deadline = Instant::now() + patience;
        producer.context().reset();
        producer.begin_transaction().map_err(transaction::classify)?;
        for (index, (topic, partition)) in self.partitions.iter().enumerate() {
            // Compacted topics refuse a record without a key. Nobody who reads committed records sees this one.
            let record = OutRecord {
                topic: *topic,
                partition: *partition,
                key: "aborted".into(),
                value: None,
                headers: Headers::default(),
            };
            transaction::send(producer, index, &record, names.of(*topic), deadline)?;
        }
        transaction::wait_delivered(producer, deadline)?;
        if let Some((topic, group)) = group
            && let Ok(offsets) = transaction::offset_list(topic, &self.offsets, "")
            && let Err(cause) = producer.send_offsets_to_transaction(&offsets, group, patience)
        {
            // By then the group's partition belongs to the transaction, and it alone matters.
            tracing::debug!(%cause, "the group does not take the offsets of a transaction that is to be aborted");
        }
        transaction::abort(producer, deadline).map_err(transaction::classify)
    }
}
