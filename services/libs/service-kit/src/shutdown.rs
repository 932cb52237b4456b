//! Stopping: signals become a cancellation token, and the drain that follows has a deadline.

use std::{future::Future, io, time::Duration};

use tokio::signal::unix::{SignalKind, signal};
use tokio_util::{sync::CancellationToken, task::AbortOnDropHandle};

use crate::admin::Latch;

/// Listens for signals for as long as it lives.
#[derive(Debug)]
pub struct Signals {
    token: CancellationToken,
    _listener: AbortOnDropHandle<()>,
}

/// The drain was still at work when its grace ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("still draining after {}", humantime::format_duration(*.grace))]
pub struct Overrun {
    /// The grace that was given.
    pub grace: Duration,
}

impl Signals {
    /// Turns the first SIGTERM or SIGINT into a cancelled [`token`](Self::token); a second one ends the process at once, with
    /// 143 or 130.
    ///
    /// Call it inside a Tokio runtime, once, from the binary.
    ///
    /// # Errors
    ///
    /// The operating system refused a signal handler.
    pub fn listen() -> io::Result<Self> {
        let mut terminate = signal(SignalKind::terminate())?;
        let mut interrupt = signal(SignalKind::interrupt())?;
        let token = CancellationToken::new();
        let stop = token.clone();
        let listener = tokio::spawn(async move {
            loop {
                let (name, code) = tokio::select! {
                    _ = terminate.recv() => ("SIGTERM", 143),
                    _ = interrupt.recv() => ("SIGINT", 130),
                };
                if stop.is_cancelled() {
                    tracing::error!(signal = name, "second signal, aborting without draining");
                    std::process::exit(code);
                }
                tracing::info!(signal = name, "stopping; a second signal aborts");
                stop.cancel();
            }
        });
        Ok(Self { token, _listener: AbortOnDropHandle::new(listener) })
    }

    /// The token that the first signal cancels. Cancelling it by other means makes the next signal the aborting one.
    #[must_use]
    pub fn token(&self) -> CancellationToken {
        self.token.clone()
    }
}

/// Runs `work` to its end; once `stop` is cancelled it has `grace` left.
///
/// # Errors
///
/// `work` overran its grace and was dropped. The process then ends with [`Exit::Failure`](crate::exit::Exit::Failure).
pub async fn within_grace<F: Future>(stop: &CancellationToken, grace: Duration, work: F) -> Result<F::Output, Overrun> {
    let deadline = async {
        stop.cancelled().await;
        tokio::time::sleep(grace).await;
    };
    tokio::select! {
        biased;
        done = work => Ok(done),
        () = deadline => Err(Overrun { grace }),
    }
}

/// Ends when a drain was given up in vain: closes `ready` once `stop` is cancelled, calls `give_up` after `grace`, and leaves those that are to
/// heed it `rest`.
///
/// Race it against the drain; it never ends before the stop.
pub async fn overrun(
    stop: &CancellationToken,
    ready: &Latch,
    (grace, rest): (Duration, Duration),
    give_up: impl FnOnce(),
) {
    stop.cancelled().await;
    ready.close("stopping");
    tokio::time::sleep(grace).await;
    give_up();
    tokio::time::sleep(rest).await;
}

#[cfg(test)]
mod tests {
    use tokio::time::timeout;

    use super::*;
    use crate::admin::Readiness;

    const GRACE: Duration = Duration::from_secs(10);

    #[tokio::test(start_paused = true)]
    async fn work_may_run_for_ever_before_the_stop() {
        let stop = CancellationToken::new();

        let done = within_grace(&stop, GRACE, tokio::time::sleep(GRACE * 1000)).await;

        assert_eq!(done, Ok(()));
    }

    #[tokio::test(start_paused = true)]
    async fn a_drain_within_grace_keeps_its_result() {
        let stop = CancellationToken::new();
        stop.cancel();

        let done = within_grace(&stop, GRACE, async {
            tokio::time::sleep(GRACE / 2).await;
            7
        });

        assert_eq!(done.await, Ok(7));
    }

    #[tokio::test(start_paused = true)]
    async fn a_drain_past_its_grace_is_an_overrun() {
        let stop = CancellationToken::new();
        stop.cancel();

        let done = within_grace(&stop, GRACE, std::future::pending::<()>()).await;

        assert_eq!(done.map_err(|overrun| overrun.to_string()), Err("still draining after 10s".into()));
    }
    #[tokio::test(start_paused = true)]
    async fn a_drain_is_given_up_after_its_grace_and_left_the_rest() {
        let (stop, readiness, given_up) = (CancellationToken::new(), Readiness::new(), CancellationToken::new());
        let ready = readiness.latch("writer");
        ready.open();
        let over = overrun(&stop, &ready, (GRACE, GRACE / 2), || given_up.cancel());
        let mut over = std::pin::pin!(over);

        assert!(timeout(GRACE * 1000, &mut over).await.is_err(), "nothing is given up before the stop");
        assert!(readiness.is_ready());
        stop.cancel();
        assert!(timeout(GRACE / 2, &mut over).await.is_err());
        assert!(!readiness.is_ready() && !given_up.is_cancelled());
        assert!(timeout(GRACE * 3 / 4, &mut over).await.is_err());
        assert!(given_up.is_cancelled());
        assert!(timeout(GRACE / 2, &mut over).await.is_ok());
    }
}
