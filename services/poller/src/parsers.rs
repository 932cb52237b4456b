//! Threads on which bodies are read: as many at a time as there are cores, each for a limited time.
//!
//! A thread cannot be ended from outside. One that overruns its time is given up: its poll goes on to an outcome, and another thread takes its turn, up to
//! a bound. It keeps what it holds, the body and its room in memory among it, until it ends by itself.

use std::{num::NonZeroUsize, sync::Arc, time::Duration};

use parking_lot::Mutex;
use tokio::{
    sync::{OwnedSemaphorePermit, Semaphore},
    task::{JoinError, spawn_blocking},
    time::timeout,
};

/// Threads that are given up and replaced at most; further ones keep their turns. So many hang only where a fault of the program meets one body after another,
/// and each takes a core.
const MOST_REPLACED: usize = 16;

/// Turns at reading.
#[derive(Debug)]
pub(crate) struct Parsers {
    turns: Arc<Semaphore>,
    limit: Duration,
    stuck: Arc<Mutex<usize>>,
}

/// Why work gave no result.
#[derive(Debug, thiserror::Error)]
pub(crate) enum Unread {
    /// It panicked.
    #[error("it broke down")]
    Broke(#[from] JoinError),
    /// It took longer than this.
    #[error("it took longer than {0:?}")]
    Overran(Duration),
}

/// How a piece of work stands between its thread and who waits for it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Standing {
    UnderWay,
    Ended,
    GivenUp { replaced: bool },
}

/// What a thread holds while it works.
struct Held {
    turn: Option<OwnedSemaphorePermit>,
    standing: Arc<Mutex<Standing>>,
    stuck: Arc<Mutex<usize>>,
}

impl Parsers {
    /// As many at a time as given, each for at most `limit`.
    pub(crate) fn new(at_a_time: NonZeroUsize, limit: Duration) -> Self {
        Self { turns: Arc::new(Semaphore::new(at_a_time.get())), limit, stuck: Arc::default() }
    }

    /// Threads that were given up and have not ended.
    pub(crate) fn stuck(&self) -> usize {
        *self.stuck.lock()
    }

    /// Does `work` in a turn of its own; waiting for the turn is no part of its time.
    ///
    /// # Errors
    /// When it panics or takes too long.
    pub(crate) async fn run<T: Send + 'static>(&self, work: impl FnOnce() -> T + Send + 'static) -> Result<T, Unread> {
        let turn = self.turns.clone().acquire_owned().await.ok();
        let standing = Arc::new(Mutex::new(Standing::UnderWay));
        let held = Held { turn, standing: standing.clone(), stuck: self.stuck.clone() };
        let mut working = spawn_blocking(move || {
            let _held = held;
            work()
        });
        if let Ok(ended) = timeout(self.limit, &mut working).await {
            return Ok(ended?);
        }
        if self.give_up(&standing) { Err(Unread::Overran(self.limit)) } else { Ok(working.await?) }
    }

    /// Whether the work is given up; not if it ended in the last moment.
    fn give_up(&self, standing: &Mutex<Standing>) -> bool {
        let mut standing = standing.lock();
        if *standing == Standing::Ended {
            return false;
        }
        let mut stuck = self.stuck.lock();
        let replaced = *stuck < MOST_REPLACED;
        *stuck += 1;
        if replaced {
            self.turns.add_permits(1);
        }
        *standing = Standing::GivenUp { replaced };
        true
    }
}

impl Drop for Held {
    fn drop(&mut self) {
        let mut standing = self.standing.lock();
        if let Standing::GivenUp { replaced } = *standing {
            *self.stuck.lock() -= 1;
            if let Some(turn) = self.turn.take().filter(|_| replaced) {
                turn.forget();
            }
        }
        *standing = Standing::Ended;
    }
}

#[cfg(test)]
mod tests {
    use std::sync::mpsc::{SyncSender, sync_channel};

    use super::*;

    const SOON: Duration = Duration::from_millis(20);
    const LATE: Duration = Duration::from_secs(30);

    fn one(limit: Duration) -> Parsers {
        Parsers::new(NonZeroUsize::MIN, limit)
    }

    /// Hangs until the other end is dropped.
    async fn hang(parsers: &Parsers) -> SyncSender<()> {
        let (release, held) = sync_channel::<()>(0);
        let hung = parsers.run(move || held.recv().is_ok()).await;
        assert!(matches!(hung, Err(Unread::Overran(_))), "{hung:?}");
        release
    }

    async fn until(parsers: &Parsers, stuck: usize, free: usize) {
        let reached = async {
            while (parsers.stuck(), parsers.turns.available_permits()) != (stuck, free) {
                tokio::time::sleep(Duration::from_millis(1)).await;
            }
        };
        assert!(timeout(LATE, reached).await.is_ok(), "{parsers:?}");
    }

    #[tokio::test]
    async fn work_that_hangs_is_given_up_and_others_take_its_turn_until_it_ends() {
        let mut parsers = one(SOON);
        let release = hang(&parsers).await;
        parsers.limit = LATE;
        let other = timeout(LATE, parsers.run(|| 7)).await;
        assert!(matches!(other, Ok(Ok(7))), "{other:?}");
        until(&parsers, 1, 1).await;

        drop(release);
        until(&parsers, 0, 1).await;
    }

    #[tokio::test]
    async fn no_more_threads_are_replaced_than_the_bound() {
        let parsers = one(SOON);
        let mut releases = Vec::new();
        for _ in 0..=MOST_REPLACED {
            releases.push(hang(&parsers).await);
        }
        until(&parsers, MOST_REPLACED + 1, 0).await;

        releases.clear();
        until(&parsers, 0, 1).await;
    }

    #[tokio::test]
    async fn work_that_panics_gives_its_turn_back() {
        let parsers = one(LATE);
        let broke = parsers.run(|| -> u8 { panic!("a fault") }).await;
        assert!(matches!(broke, Err(Unread::Broke(_))), "{broke:?}");
        until(&parsers, 0, 1).await;
    }
}
