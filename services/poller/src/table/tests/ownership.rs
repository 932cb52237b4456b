//! Partitions come and go while their feeds are due, waiting or being polled.

use super::*;

fn value(text: &'static str) -> Bytes {
    Bytes::from_static(text.as_bytes())
}

/// Partition 3 lost and won back, restored and with `feed` in it.
fn won_back(table: &Table, feed: &Feed, first_due: i64) -> Stamp {
    table.revoke(&[STAMP.partition]);
    let again = Stamp { epoch: 9, ..STAMP };
    table.assign(&[again]);
    assert!(table.restored(again, 0).is_some());
    table.take_in(Prepared::new(again, feed, StoredState::default(), Times { now: at(0), first_due: at(first_due) }));
    again
}

#[test]
fn a_lost_partition_takes_its_feeds_with_it_and_no_others() {
    let table = table();
    let other = Stamp { partition: 4, epoch: 2 };
    table.assign(&[other]);
    for (stamp, name) in [(STAMP, "a"), (STAMP, "b"), (other, "c")] {
        table.take_in(Prepared::new(
            stamp,
            &feed(name),
            StoredState::default(),
            Times { now: at(0), first_due: at(5) },
        ));
    }
    assert!(table.owns(STAMP) && table.owns(other));

    table.revoke(&[STAMP.partition]);

    assert!(!table.owns(STAMP) && table.owns(other));
    assert_eq!(table.counts(), (1, 0));
    assert_eq!(names(&table, 5), ["c"]);
    assert!(matches!(table.next(at(99)), Next::Idle));
}

#[test]
fn a_partition_won_back_is_not_owned_by_its_earlier_stamp() {
    let table = table();
    let again = won_back(&table, &feed("a"), 0);

    assert!(table.owns(again) && !table.owns(STAMP));
    assert!(table.restored(STAMP, 7).is_none());
    assert_eq!(table.next_offset(STAMP.partition), 0);
}

#[test]
fn a_poll_that_ends_after_its_partition_was_lost_changes_nothing() {
    let table = table();
    add(&table, &feed("a"), 0);
    let job = take(&table, 0);

    table.revoke(&[STAMP.partition]);

    assert!(settle(&table, &job, 1, 60), "whether the feed is configured is no longer known here");
    assert_eq!(table.counts(), (0, 0));
    assert!(matches!(table.next(at(99)), Next::Idle));
}

#[test]
fn a_poll_under_an_earlier_stamp_neither_moves_nor_unlocks_the_feed() {
    let table = table();
    add(&table, &feed("a"), 0);
    let stale = take(&table, 0);
    let again = won_back(&table, &feed("a"), 10);

    assert!(settle(&table, &stale, 1, 5_000));
    let job = take(&table, 10);
    assert_eq!((job.stamp, job.schedule.last_polled, job.reason), (again, None, PollReason::First));
    assert!(settle(&table, &stale, 1, 0));

    assert_eq!(table.counts(), (1, 1));
    assert!(matches!(table.next(at(99)), Next::Idle));
}

#[test]
fn changes_before_the_restore_count_only_where_the_restore_ended_before_them() {
    let table = Table::new(Ledger::new(Manners::default()));
    table.assign(&[STAMP]);
    for (offset, key, change) in [
        (5, "read", Some(value("old"))),
        (6, "twice", Some(value("first"))),
        (7, "next", Some(value("new"))),
        (9, "twice", None),
    ] {
        assert!(!table.note_change(STAMP, offset, key, change.as_ref()), "{key} was to be applied at once");
    }

    let mut changes = table.restored(STAMP, 7).unwrap();

    changes.sort_by(|one, other| one.key.cmp(&other.key));
    let changes: Vec<_> = changes.into_iter().map(|change| (change.key, change.value)).collect();
    assert_eq!(changes, [("next".to_owned(), Some(value("new"))), ("twice".to_owned(), None)]);
    assert!(table.note_change(STAMP, 10, "read", None), "the restore is through");
}

#[test]
fn changes_that_a_restore_has_read_need_not_be_kept_until_its_end() {
    let table = Table::new(Ledger::new(Manners::default()));
    table.assign(&[STAMP]);
    for (offset, key) in [(5, "read"), (7, "next")] {
        assert!(!table.note_change(STAMP, offset, key, None));
    }

    table.catalogue_read(STAMP, 7);
    assert!(!table.note_change(STAMP, 6, "late", None) && !table.note_change(STAMP, 8, "last", None));

    assert_eq!(table.next_offset(STAMP.partition), 7);
    let mut keys: Vec<_> = table.restored(STAMP, 0).unwrap().into_iter().map(|change| change.key).collect();
    keys.sort();
    assert_eq!(keys, ["last", "next"]);
}

#[test]
fn a_change_is_applied_once_and_moves_the_offset_past_it() {
    let table = Table::new(Ledger::new(Manners::default()));
    table.assign(&[STAMP]);
    assert!(table.restored(STAMP, 10).is_some());
    assert_eq!(table.next_offset(STAMP.partition), 10);

    let applied = [9, 10, 10, 12, 11].map(|offset| table.note_change(STAMP, offset, "a", None));

    assert_eq!(applied, [false, true, false, true, false]);
    assert_eq!(table.next_offset(STAMP.partition), 13);
}

#[test]
fn a_change_of_a_partition_that_is_not_ours_is_dropped() {
    let table = table();

    assert!(!table.note_change(Stamp { epoch: 7, ..STAMP }, 3, "a", None));
    assert!(!table.note_change(Stamp { partition: 8, epoch: 1 }, 3, "a", None));

    assert_eq!((table.next_offset(STAMP.partition), table.next_offset(8)), (0, 0));
}
