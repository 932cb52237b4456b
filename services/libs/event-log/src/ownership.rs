//! Which partitions this process owns, and whose turn it is: the writer's or the rebalance's.
//!
//! The consumer's thread calls [`Ownership::assign`], [`Ownership::release`] and [`Ownership::lose`] from the rebalance callback; the writer
//! holds a [`WriteTurn`] while a transaction is open. A release waits for the turn to end, so that a partition is given up only after what
//! was written under it is committed or aborted. The writer never waits for the consumer's thread.

use std::{
    collections::HashMap,
    time::{Duration, Instant},
};

use parking_lot::{Condvar, Mutex};

/// One stretch of ownership of one partition. A partition that was lost and won back has another epoch.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct Stamp {
    /// The partition.
    pub partition: i32,
    /// Counts assignments within this process, from 1.
    pub epoch: u64,
}

/// Shared by the consumer's thread and the writer.
#[derive(Debug, Default)]
pub(crate) struct Ownership {
    state: Mutex<State>,
    turn_over: Condvar,
}

#[derive(Debug, Default)]
struct State {
    owned: HashMap<i32, u64>,
    last_epoch: u64,
    writing: bool,
}

/// The writer's turn, with the ownership as it was when the turn began.
#[derive(Debug)]
pub(crate) struct WriteTurn<'a> {
    ownership: &'a Ownership,
    owned: HashMap<i32, u64>,
}

/// How a release went.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Release {
    /// Nothing was being written, or it came to its end in time.
    Clean,
    /// The writer was still busy at the deadline; the broker's generation check fences what it does from here on.
    WriterBusy,
}

impl Ownership {
    /// Takes these partitions in; each gets an epoch of its own.
    pub(crate) fn assign(&self, partitions: impl IntoIterator<Item = i32>) -> Vec<Stamp> {
        let mut state = self.state.lock();
        let mut stamps = Vec::new();
        for partition in partitions {
            state.last_epoch += 1;
            let epoch = state.last_epoch;
            state.owned.insert(partition, epoch);
            stamps.push(Stamp { partition, epoch });
        }
        stamps
    }

    /// Gives these partitions up, after the writer's turn is over or `patience` has passed.
    pub(crate) fn release(&self, partitions: impl IntoIterator<Item = i32>, patience: Duration) -> Release {
        let deadline = Instant::now() + patience;
        let mut state = self.state.lock();
        for partition in partitions {
            state.owned.remove(&partition);
        }
        while state.writing {
            if self.turn_over.wait_until(&mut state, deadline).timed_out() && state.writing {
                return Release::WriterBusy;
            }
        }
        Release::Clean
    }

    /// Drops these partitions at once: they are somebody else's already.
    pub(crate) fn lose(&self, partitions: impl IntoIterator<Item = i32>) {
        let mut state = self.state.lock();
        for partition in partitions {
            state.owned.remove(&partition);
        }
    }

    /// Begins the writer's turn. There is one writer, so turns never overlap.
    pub(crate) fn begin_turn(&self) -> WriteTurn<'_> {
        let mut state = self.state.lock();
        state.writing = true;
        WriteTurn { ownership: self, owned: state.owned.clone() }
    }

    /// Whether this stretch of ownership goes on.
    pub(crate) fn owns(&self, stamp: Stamp) -> bool {
        self.state.lock().owned.get(&stamp.partition) == Some(&stamp.epoch)
    }

    /// The stamp of a partition that is owned.
    pub(crate) fn stamp(&self, partition: i32) -> Option<Stamp> {
        let epoch = *self.state.lock().owned.get(&partition)?;
        Some(Stamp { partition, epoch })
    }
}

impl WriteTurn<'_> {
    /// Whether `stamp` was owned when the turn began.
    pub(crate) fn owns(&self, stamp: Stamp) -> bool {
        self.owned.get(&stamp.partition) == Some(&stamp.epoch)
    }
}

impl Drop for WriteTurn<'_> {
    fn drop(&mut self) {
        self.ownership.state.lock().writing = false;
        self.ownership.turn_over.notify_all();
    }
}

#[cfg(test)]
mod tests {
    use std::sync::{Arc, Barrier};

    use super::*;

    #[test]
    fn a_partition_won_back_has_another_epoch() {
        let ownership = Ownership::default();
        let first = ownership.assign([3])[0];
        ownership.lose([3]);
        let second = ownership.assign([3])[0];
        assert_ne!(first, second);
        let turn = ownership.begin_turn();
        assert!(!turn.owns(first) && turn.owns(second));
    }

    #[test]
    fn a_release_waits_for_the_writers_turn_to_end() {
        let ownership = Arc::new(Ownership::default());
        let stamp = ownership.assign([1])[0];
        let turn = ownership.begin_turn();
        assert_eq!(ownership.release([1], Duration::from_millis(1)), Release::WriterBusy);
        assert!(turn.owns(stamp), "a turn keeps the ownership it began with");
        let started = Arc::new(Barrier::new(2));
        let waiter = std::thread::spawn({
            let (ownership, started) = (ownership.clone(), started.clone());
            move || {
                started.wait();
                ownership.release([1], Duration::from_mins(1))
            }
        });
        started.wait();
        drop(turn);
        assert_eq!(waiter.join().unwrap(), Release::Clean);
        assert!(!ownership.owns(stamp));
    }

    #[test]
    fn a_turn_that_begins_after_a_release_owns_nothing_of_it() {
        let ownership = Ownership::default();
        let stamps = ownership.assign([1, 2]);
        assert_eq!(ownership.release([1], Duration::ZERO), Release::Clean);
        let turn = ownership.begin_turn();
        assert_eq!(stamps.iter().map(|stamp| turn.owns(*stamp)).collect::<Vec<_>>(), [false, true]);
    }
}
