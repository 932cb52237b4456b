//! Where batches are cut, and what belongs to them.

use std::{num::NonZeroUsize, time::Duration};

use super::*;

const LIMITS: Batching =
    Batching { max_records: NonZeroUsize::new(3).unwrap(), max_bytes: 100, max_wait: Duration::from_secs(1) };

const FIRST: Stamp = Stamp { partition: 0, epoch: 1 };
const SECOND: Stamp = Stamp { partition: 1, epoch: 2 };

fn record(partition: i32, offset: i64, bytes: usize) -> InRecord {
    InRecord {
        topic: "courant.items.v1".into(),
        partition,
        offset,
        timestamp_ms: None,
        key: None,
        value: Some(vec![0; bytes].into()),
        headers: Vec::new(),
    }
}

fn gatherer() -> Gatherer {
    let mut gatherer = Gatherer::new(LIMITS);
    gatherer.assigned(vec![FIRST, SECOND]);
    gatherer
}

fn offsets(batch: &InBatch) -> Vec<(i32, Vec<i64>)> {
    let offsets = |part: &InPart| part.records.iter().map(|record| record.offset).collect();
    batch.parts.iter().map(|part| (part.stamp.partition, offsets(part))).collect()
}

#[test]
fn a_batch_is_cut_at_its_record_count_in_order_by_partition() {
    let (mut gatherer, now) = (gatherer(), Instant::now());
    gatherer.offer(SECOND, record(1, 70, 1), now);
    gatherer.offer(FIRST, record(0, 5, 1), now);
    assert_eq!(gatherer.cut_due(now), None);

    gatherer.offer(SECOND, record(1, 73, 1), now);

    let batch = gatherer.cut_due(now).unwrap();
    assert_eq!(offsets(&batch), [(0, vec![5]), (1, vec![70, 73])]);
    assert_eq!(batch.parts.iter().map(InPart::next_offset).collect::<Vec<_>>(), [6, 74]);
    assert_eq!((gatherer.due_at(), gatherer.cut()), (None, None));
}

#[test]
fn a_batch_is_cut_at_its_bytes() {
    let (mut gatherer, now) = (gatherer(), Instant::now());
    gatherer.offer(FIRST, record(0, 1, 99), now);
    assert_eq!(gatherer.cut_due(now), None);

    gatherer.offer(FIRST, record(0, 2, 1), now);

    assert!(gatherer.cut_due(now).is_some());
}

#[test]
fn a_batch_is_cut_when_its_first_record_has_waited_long_enough() {
    let (mut gatherer, now) = (gatherer(), Instant::now());
    gatherer.offer(FIRST, record(0, 1, 1), now);
    let later = now + LIMITS.max_wait;
    gatherer.offer(FIRST, record(0, 2, 1), later);

    assert_eq!(gatherer.due_at(), Some(later));
    assert_eq!(gatherer.cut_due(later - Duration::from_millis(1)), None);
    assert_eq!(offsets(&gatherer.cut_due(later).unwrap()), [(0, vec![1, 2])]);
}

#[test]
fn records_of_another_ownership_are_stale() {
    let (mut gatherer, now) = (gatherer(), Instant::now());
    let before = Stamp { epoch: 0, ..FIRST };
    let unknown = Stamp { partition: 9, epoch: 1 };
    assert_eq!(gatherer.offer(before, record(0, 1, 1), now), Offered::Stale);
    assert_eq!(gatherer.offer(unknown, record(9, 1, 1), now), Offered::Stale);
    assert_eq!(gatherer.cut(), None);
}

#[test]
fn what_was_gathered_of_a_revoked_partition_is_dropped() {
    let (mut gatherer, now) = (gatherer(), Instant::now());
    gatherer.offer(FIRST, record(0, 1, 60), now);
    gatherer.offer(SECOND, record(1, 1, 1), now);

    gatherer.revoked(&[0]);

    assert_eq!(gatherer.owned(), 1);
    // The bytes are given back as well: 1 + 60 would be within the bound, 60 + 1 + 60 would not.
    gatherer.offer(SECOND, record(1, 2, 60), now);
    assert_eq!(gatherer.cut_due(now), None);
    assert_eq!(offsets(&gatherer.cut().unwrap()), [(1, vec![1, 2])]);
}

#[test]
fn a_partition_won_back_starts_afresh() {
    let (mut gatherer, now) = (gatherer(), Instant::now());
    gatherer.offer(FIRST, record(0, 1, 1), now);
    let again = Stamp { epoch: 3, ..FIRST };

    gatherer.assigned(vec![again]);

    assert_eq!(gatherer.due_at(), None);
    assert_eq!(gatherer.offer(FIRST, record(0, 2, 1), now), Offered::Stale);
    assert_eq!(gatherer.offer(again, record(0, 1, 1), now), Offered::Taken);
    assert_eq!(gatherer.cut().unwrap().parts[0].stamp, again);
}
