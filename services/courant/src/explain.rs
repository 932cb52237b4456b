//! `courant explain FEED`: what happened to a feed lately, what is due when, and why.

mod account;
mod advice;
mod story;

use std::time::Duration;

use chrono::{DateTime, TimeDelta, Utc};
use clap::Args;
use event_log::{ReadError, Topic, partition_counts, snapshot_of};
use news_model::{Feed, from_timestamp, partition_of, wire};
use prost::Message;
use service_kit::{clock, exit::Exit};

use crate::{
    catalogue::{Catalogue, ReadFailure, told},
    config::{ConfigArgs, Kafka},
    show, states,
    topics::PATIENCE,
};
use account::{Account, Known};

/// How long the fetch records may take to be read: they are the busiest topic after the items.
const READING: Duration = Duration::from_mins(2);

/// What is to be explained.
#[derive(Debug, Args)]
pub(crate) struct ExplainArgs {
    /// Id or address.
    #[arg(value_name = "ID|URL")]
    feed: String,
    /// How far back, at most as far as fetch records are kept.
    #[arg(long, value_name = "TIME", default_value = "1day", value_parser = humantime::parse_duration)]
    since: Duration,
    /// Polls shown one by one, the last first.
    #[arg(long, value_name = "COUNT", default_value_t = 10)]
    polls: usize,
    /// As one JSON object.
    #[arg(long)]
    json: bool,
}

/// Runs it.
pub(crate) async fn run(args: &ConfigArgs, wanted: ExplainArgs) -> Exit {
    let kafka = match args.load() {
        Ok(config) => config.kafka,
        Err(faults) => return show::faults(&faults),
    };
    // Every step blocks on the cluster, and nothing else is to be done meanwhile.
    let done = tokio::task::spawn_blocking(move || explain(&kafka, &wanted));
    match done.await {
        Ok(Ok(exit)) => exit,
        Ok(Err(failure)) => told(&failure),
        Err(panicked) => std::panic::resume_unwind(panicked.into_panic()),
    }
}

fn explain(kafka: &Kafka, wanted: &ExplainArgs) -> Result<Exit, ReadFailure> {
    let catalogue = Catalogue::read(kafka)?;
    let Some((partition, feed)) = catalogue.find(&wanted.feed) else {
        return Ok(catalogue.told_missing(&wanted.feed));
    };
    let since = clock::now().checked_sub_signed(TimeDelta::from_std(wanted.since).unwrap_or(TimeDelta::MAX));
    let since = since.unwrap_or(DateTime::UNIX_EPOCH);
    // All feeds of a site lie in one partition.
    let mut schedules = states::read_partition(kafka, *partition)?;
    let schedule = schedules.remove(&feed.id);
    let siblings = catalogue.feeds.values().map(|(_, other)| other).filter(|other| other.shard_key == feed.shard_key);
    let held = siblings.filter_map(|other| Some((other, schedules.get(&other.id)?.as_ref().ok()?.not_before?)));
    let limited = held.max_by_key(|(_, until)| *until);
    let fetches = fetches_of(kafka, feed, since)?;
    // Polls that were made meanwhile lie in the past too.
    let now = clock::now();
    let account = Account::of(&Known { feed, schedule, fetches, limited, since, now }, wanted.polls);
    if wanted.json {
        show::line(&serde_json::to_string(&account).unwrap_or_default());
    } else {
        for line in story::told(&account, now) {
            show::line(&line);
        }
    }
    Ok(Exit::Success)
}

/// The fetch records of `feed` from `since` on, the oldest first.
fn fetches_of(kafka: &Kafka, feed: &Feed, since: DateTime<Utc>) -> Result<Vec<wire::Fetch>, ReadError> {
    let counts = partition_counts(&kafka.cluster, &kafka.names, &[Topic::Fetches], PATIENCE)?;
    let partition = partition_of(feed.id.as_str().as_bytes(), counts.first().copied().unwrap_or(1));
    let topic = kafka.names.of(Topic::Fetches);
    let mut fetches = Vec::new();
    let since_ms = Some(since.timestamp_millis());
    snapshot_of(&kafka.cluster, (topic, partition), since_ms, READING, |record| {
        if record.key_text() != Some(feed.id.as_str()) {
            return;
        }
        let fetch = record.value.and_then(|value| wire::Fetch::decode(value).ok());
        let started = |fetch: &wire::Fetch| fetch.started_at.as_ref().and_then(from_timestamp);
        fetches.extend(fetch.filter(|fetch| started(fetch).is_some_and(|started| started >= since)));
    })?;
    Ok(fetches)
}
