//! First stage: takes records from the group's reader and cuts them into batches.

use std::time::Duration;

use event_log::{GroupEvent, InRecord, Stamp};
use service_kit::admin::Heartbeat;
use tokio::{
    sync::mpsc,
    time::{Instant, timeout_at},
};
use tokio_util::sync::CancellationToken;

use crate::{
    batch::{Gatherer, InBatch, Offered},
    error::EnricherError,
    metrics::Metrics,
};

/// Gathers records until `stop`, the end of `events`, or a failure of the reader; what was gathered by then is sent on.
///
/// `events` stays with the caller: while it is open the membership lasts, which the last commit needs.
///
/// Backpressure: waits while `batches` is full. Drops only records of partitions that are no longer ours.
#[tracing::instrument(name = "consume", skip_all)]
pub(crate) async fn run(
    events: &mut mpsc::Receiver<GroupEvent>,
    batches: mpsc::Sender<InBatch>,
    mut gatherer: Gatherer,
    pulse: (&Metrics, Heartbeat),
    stop: &CancellationToken,
) -> Result<(), EnricherError> {
    const IDLE: Duration = Duration::from_secs(5);
    let (metrics, beat) = pulse;
    let ended = loop {
        beat.now();
        let until = gatherer.due_at().unwrap_or_else(|| Instant::now() + IDLE);
        match stop.run_until_cancelled(timeout_at(until, events.recv())).await {
            None => break Ok(()),
            Some(Err(_)) => {}
            Some(Ok(None)) => break Err(EnricherError::ReaderEnded),
            Some(Ok(Some(GroupEvent::Failed(failure)))) => {
                break Err(EnricherError::Reading(failure));
            }
            Some(Ok(Some(GroupEvent::Assigned(stamps)))) => {
                tracing::info!(partitions = ?stamps.iter().map(|stamp| stamp.partition).collect::<Vec<_>>(), "partitions assigned");
                gatherer.assigned(stamps);
                metrics.owned_partitions(gatherer.owned());
            }
            Some(Ok(Some(GroupEvent::Revoked(partitions)))) => {
                tracing::info!(?partitions, "partitions revoked");
                gatherer.revoked(&partitions);
                metrics.owned_partitions(gatherer.owned());
            }
            Some(Ok(Some(GroupEvent::Record(stamp, record)))) => take(&mut gatherer, stamp, record),
        }
        if let Some(batch) = gatherer.cut_due(Instant::now())
            && beat.during(batches.send(batch)).await.is_err()
        {
            return Ok(()); // the next stage is gone; `app` reports why
        }
    };
    if let Some(batch) = gatherer.cut() {
        let _ = beat.during(batches.send(batch)).await;
    }
    ended
}

fn take(gatherer: &mut Gatherer, stamp: Stamp, record: InRecord) {
    let (partition, offset) = (record.partition, record.offset);
    match gatherer.offer(stamp, record, Instant::now()) {
        Offered::Taken => {}
        Offered::Stale => tracing::debug!(partition, offset, "dropped a record of a partition given up"),
    }
}

#[cfg(test)]
mod tests {
    use std::num::NonZeroUsize;

    use prometheus::Registry;
    use service_kit::admin::Liveness;

    use super::*;
    use crate::config::Batching;

    const STAMP: Stamp = Stamp { partition: 0, epoch: 1 };

    const LIMITS: Batching =
        Batching { max_records: NonZeroUsize::new(2).unwrap(), max_bytes: 1_000, max_wait: Duration::from_secs(1) };

    fn record(offset: i64) -> GroupEvent {
        let record = InRecord {
            topic: "courant.items.v1".into(),
            partition: STAMP.partition,
            offset,
            timestamp_ms: None,
            key: None,
            value: None,
            headers: Vec::new(),
        };
        GroupEvent::Record(STAMP, record)
    }

    /// What comes after what the reader gave.
    #[derive(Clone, Copy, PartialEq, Eq)]
    enum Then {
        Stop,
        ReaderGone,
    }

    /// Runs the stage over events, each given after a pause; gives its end and the offsets of each batch.
    async fn consumed(given: Vec<(Duration, GroupEvent)>, then: Then) -> (Result<(), EnricherError>, Vec<Vec<i64>>) {
        let (sender, mut events) = mpsc::channel(16);
        let (to_tag, mut batches) = mpsc::channel(16);
        let metrics = Metrics::register(&Registry::new()).unwrap();
        let beat = Liveness::new().stage("consume", Duration::from_mins(1));
        let (gatherer, stop) = (Gatherer::new(LIMITS), CancellationToken::new());
        let give = async {
            for (pause, event) in given {
                tokio::time::sleep(pause).await;
                sender.send(event).await.unwrap();
            }
            if then == Then::ReaderGone {
                return None;
            }
            // The test's time moves on only when all wait, so every event has been taken by then.
            tokio::time::sleep(SOON).await;
            stop.cancel();
            Some(sender)
        };

        let stage = run(&mut events, to_tag, gatherer, (&metrics, beat), &stop);
        let (ended, sender) = tokio::join!(stage, give);

        if let Some(sender) = sender {
            assert!(!sender.is_closed(), "the membership ends before the last commit");
        }
        let mut offsets = Vec::new();
        while let Some(batch) = batches.recv().await {
            let records = batch.parts.iter().flat_map(|part| &part.records);
            offsets.push(records.map(|record| record.offset).collect());
        }
        (ended, offsets)
    }

    const AT_ONCE: Duration = Duration::ZERO;
    const SOON: Duration = Duration::from_millis(300);
    const LATE: Duration = Duration::from_secs(3);

    fn assigned() -> (Duration, GroupEvent) {
        (AT_ONCE, GroupEvent::Assigned(vec![STAMP]))
    }

    #[tokio::test(start_paused = true)]
    async fn a_stop_sends_on_what_was_gathered_and_stays_in_the_group() {
        let given = vec![assigned(), (AT_ONCE, record(1)), (AT_ONCE, record(2)), (AT_ONCE, record(3))];

        let (ended, offsets) = consumed(given, Then::Stop).await;

        ended.unwrap();
        assert_eq!(offsets, [vec![1, 2], vec![3]]);
    }

    #[tokio::test(start_paused = true)]
    async fn a_lone_record_does_not_wait_for_company() {
        let given = vec![assigned(), (AT_ONCE, record(1)), (LATE, record(2))];

        let (_, offsets) = consumed(given, Then::Stop).await;

        assert_eq!(offsets, [vec![1], vec![2]]);
    }

    #[tokio::test(start_paused = true)]
    async fn records_of_a_revoked_partition_go_no_further() {
        let revoked = GroupEvent::Revoked(vec![STAMP.partition]);
        let given = vec![assigned(), (AT_ONCE, record(1)), (AT_ONCE, revoked), (AT_ONCE, record(2))];

        let (_, offsets) = consumed(given, Then::Stop).await;

        assert_eq!(offsets, Vec::<Vec<i64>>::new());
    }

    #[tokio::test(start_paused = true)]
    async fn a_reader_that_ends_by_itself_is_a_failure() {
        let (ended, _) = consumed(Vec::new(), Then::ReaderGone).await;

        assert!(matches!(ended, Err(EnricherError::ReaderEnded)), "{ended:?}");
    }
}
