//! A place at a host and its domain: held while a request is under way, and left when it has ended, whatever its end.

use std::{pin::pin, sync::Arc, time::Duration};

use chrono::{DateTime, TimeDelta, Utc};
use feed_core::politeness::{Admission, Heard, Place};
use service_kit::clock;
use tokio::time::sleep;

use crate::table::Table;

/// Longest wait for a turn at the host that a redirect leads to.
const LONGEST_WAIT: Duration = Duration::from_mins(1);

/// A place that is left on drop.
#[derive(Debug)]
pub(crate) struct Turn {
    table: Arc<Table>,
    place: Place,
    /// When the request ended and what was heard; `None` where it was given up.
    end: Option<(DateTime<Utc>, Heard)>,
}

impl Turn {
    /// The turn that the table gave out for `place`.
    pub(crate) fn held(table: Arc<Table>, place: Place) -> Self {
        Self { table, place, end: None }
    }

    /// Where it is.
    #[cfg(test)]
    pub(crate) fn place(&self) -> &Place {
        &self.place
    }

    /// Leaves the place at `now` with what was heard there.
    pub(crate) fn leave(mut self, now: DateTime<Utc>, heard: Heard) {
        self.end = Some((now, heard));
    }

    /// Leaves the place with what was heard there, and waits for a turn at `next`.
    ///
    /// # Errors
    /// The time before which `next` cannot be asked, when that is too long a wait.
    pub(crate) async fn move_on(self, next: Place, heard: Heard) -> Result<Self, DateTime<Utc>> {
        let table = self.table.clone();
        self.leave(clock::now(), heard);
        Self::wait(&table, next).await
    }

    /// Waits for a turn at `next`.
    ///
    /// # Errors
    /// As [`Turn::move_on`].
    pub(crate) async fn wait(table: &Arc<Table>, next: Place) -> Result<Self, DateTime<Utc>> {
        let give_up = clock::now() + LONGEST_WAIT;
        loop {
            // Listened for before the ledger is asked, or a place left in between would go unheard.
            let mut left = pin!(table.left.notified());
            left.as_mut().enable();
            let now = clock::now();
            let free_at = match table.admit(&next, now) {
                Admission::Go => return Ok(Self::held(table.clone(), next)),
                Admission::Wait(until, _) => until.max(now + TimeDelta::milliseconds(1)),
                Admission::Busy(_) => give_up,
            };
            if free_at > give_up || now >= give_up {
                return Err(free_at.max(now));
            }
            tokio::select! {
                () = left => {}
                () = sleep((free_at - now).to_std().unwrap_or_default()) => {}
            }
        }
    }
}

impl Drop for Turn {
    fn drop(&mut self) {
        let (now, heard) = self.end.unwrap_or_else(|| (clock::now(), Heard::Nothing));
        self.table.leave(&self.place, now, heard);
    }
}
