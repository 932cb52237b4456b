//! Counts what a reader of committed records is handed.

use std::time::Duration;

use anyhow::Result;
use e2e::{
    topics::{self, Isolation},
    wait,
};
use rdkafka::{Offset, TopicPartitionList, consumer::Consumer};

const PATIENCE: Duration = Duration::from_mins(2);

/// Number of committed records in `topic`, by reading them: offsets count transaction markers too.
///
/// # Errors
/// When the topic cannot be read to its end.
pub(crate) fn committed(brokers: &str, topic: &str) -> Result<usize> {
    let mut left = topics::ranges(brokers, topic, Isolation::Committed)?;
    left.retain(|_, range| range.high > range.low);
    let mut assignment = TopicPartitionList::new();
    for partition in left.keys() {
        assignment.add_partition_offset(topic, *partition, Offset::Beginning)?;
    }
    let consumer = topics::consumer(brokers, Isolation::Committed)?;
    consumer.assign(&assignment)?;
    let mut count = 0;
    wait::until_true(&format!("{topic} is counted to its end"), PATIENCE, || {
        while let Some(message) = consumer.poll(Duration::from_millis(20)) {
            message?;
            count += 1;
        }
        for element in consumer.position()?.elements_for_topic(topic) {
            if let (Offset::Offset(next), Some(range)) = (element.offset(), left.get(&element.partition()))
                && next >= range.high
            {
                left.remove(&element.partition());
            }
        }
        Ok(left.is_empty())
    })?;
    Ok(count)
}
