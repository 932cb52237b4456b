//! Starting while something outside is away: attempts with growing pauses, one log line each, and an end.

use std::{fmt::Display, time::Duration};

use tokio::time::Instant;
use tokio_util::sync::CancellationToken;

use crate::{admin::Latch, backoff::Backoff};

/// How long the start may go on, and who hears how it goes.
#[derive(Debug)]
pub struct Start<'a> {
    begun: Instant,
    patience: Duration,
    latch: &'a Latch,
    stop: &'a CancellationToken,
}

/// Why a start came to nothing.
#[derive(Debug)]
pub enum StartError<E> {
    /// Waiting does not mend it.
    Final(E),
    /// It was still failing at the end of the patience.
    Deadline {
        /// How long the start waited.
        waited: Duration,
        /// What was missing at the end.
        cause: E,
    },
    /// The attempt panicked.
    Panicked,
}

impl<'a> Start<'a> {
    /// A start that begins here and may take `patience`; `latch` tells readiness what is missing.
    #[must_use]
    pub fn new(patience: Duration, latch: &'a Latch, stop: &'a CancellationToken) -> Self {
        Self { begun: Instant::now(), patience, latch, stop }
    }

    /// Tries `attempt`, which may block for some seconds, until it succeeds; `None` when a stop came first.
    ///
    /// # Errors
    ///
    /// It fails in a way that is not `transient`, or still fails at the end of the patience.
    pub async fn until_done<T: Send + 'static, E: Display + Send + 'static>(
        &self,
        attempt: impl Fn() -> Result<T, E> + Clone + Send + 'static,
        transient: impl Fn(&E) -> bool,
        draw: impl Fn() -> f64,
    ) -> Result<Option<T>, StartError<E>> {
        let mut backoff = Backoff::new(Duration::from_millis(500), Duration::from_secs(15));
        loop {
            let tried = tokio::task::spawn_blocking(attempt.clone());
            let cause = match self.stop.run_until_cancelled(tried).await {
                None => return Ok(None),
                Some(Err(_)) => return Err(StartError::Panicked),
                Some(Ok(Ok(done))) => return Ok(Some(done)),
                Some(Ok(Err(cause))) if !transient(&cause) => return Err(StartError::Final(cause)),
                Some(Ok(Err(cause))) => cause,
            };
            let waited = self.begun.elapsed();
            let left = self.patience.saturating_sub(waited);
            if left.is_zero() {
                return Err(StartError::Deadline { waited, cause });
            }
            let pause = backoff.next_pause(draw()).min(left);
            tracing::warn!(%cause, next_try = ?pause, give_up = ?left, "waiting for the cluster");
            self.latch.close(cause.to_string());
            if self.stop.run_until_cancelled(tokio::time::sleep(pause)).await.is_none() {
                return Ok(None);
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use std::sync::{
        Arc,
        atomic::{AtomicU32, Ordering},
    };

    use super::*;
    use crate::admin::Readiness;

    const PATIENCE: Duration = Duration::from_mins(1);

    async fn start(succeeds_at: u32, transient: bool) -> Result<Option<u32>, StartError<String>> {
        let latch = Readiness::new().latch("kafka");
        let stop = CancellationToken::new();
        let tries = Arc::new(AtomicU32::new(0));
        let attempt = move || match tries.fetch_add(1, Ordering::SeqCst) {
            count if count >= succeeds_at => Ok(count),
            count => Err(format!("try {count} failed")),
        };
        Start::new(PATIENCE, &latch, &stop).until_done(attempt, |_| transient, || 0.5).await
    }

    #[tokio::test(start_paused = true)]
    async fn a_start_goes_on_until_it_succeeds() {
        assert!(matches!(start(3, true).await, Ok(Some(3))));
    }

    #[tokio::test(start_paused = true)]
    async fn a_final_error_ends_it_at_once() {
        assert!(matches!(start(3, false).await, Err(StartError::Final(error)) if error == "try 0 failed"));
    }

    #[tokio::test(start_paused = true)]
    async fn patience_has_an_end() {
        let ended = start(u32::MAX, true).await;
        assert!(matches!(ended, Err(StartError::Deadline { waited, .. }) if waited >= PATIENCE));
    }

    #[tokio::test(start_paused = true)]
    async fn a_stop_ends_the_wait() {
        let latch = Readiness::new().latch("kafka");
        let stop = CancellationToken::new();
        stop.cancel();
        let started =
            Start::new(PATIENCE, &latch, &stop).until_done(|| Err::<(), _>("away".to_owned()), |_| true, || 0.5).await;
        assert!(matches!(started, Ok(None)));
    }
}
