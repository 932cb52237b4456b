//! The state topic, read for people: how the poller left each feed.

use std::{collections::HashMap, time::Duration};

use event_log::{InRecord, ReadError, Topic, snapshot, snapshot_of};
use news_model::{FeedId, Schedule, StateFault, StateKey, wire};
use prost::Message;

use crate::config::Kafka;

/// How long a reading of all state may take: 100,000 feeds have some hundred megabytes of it.
const PATIENCE: Duration = Duration::from_mins(2);

/// Schedules by feed, with what is wrong with those that cannot be read.
pub(crate) type Schedules = HashMap<FeedId, Result<Schedule, StateFault>>;

/// Reads the schedules of all feeds. Blocks.
///
/// # Errors
/// When the cluster does not answer or the topic is missing.
pub(crate) fn read_all(kafka: &Kafka) -> Result<Schedules, ReadError> {
    let mut schedules = Schedules::new();
    snapshot(&kafka.cluster, kafka.names.of(Topic::FeedState), PATIENCE, |record| note(&mut schedules, record))?;
    Ok(schedules)
}

/// Reads the schedules of the feeds in one partition. Blocks.
///
/// # Errors
/// As [`read_all`].
pub(crate) fn read_partition(kafka: &Kafka, partition: i32) -> Result<Schedules, ReadError> {
    let mut schedules = Schedules::new();
    let topic = kafka.names.of(Topic::FeedState);
    snapshot_of(&kafka.cluster, (topic, partition), None, PATIENCE, |record| note(&mut schedules, record))?;
    Ok(schedules)
}

fn note(schedules: &mut Schedules, record: InRecord) {
    let Some(Ok(StateKey::Schedule(feed))) = record.key_text().map(str::parse) else { return };
    match record.value {
        None => drop(schedules.remove(&feed)),
        Some(value) => {
            let read = wire::FeedSchedule::decode(value)
                .map_err(|_| StateFault::Damaged("it is no message of the expected kind"))
                .and_then(Schedule::try_from);
            schedules.insert(feed, read);
        }
    }
}
