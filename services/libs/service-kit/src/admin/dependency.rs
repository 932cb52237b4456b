//! A thing outside that a stage cannot work without, as the probes see it.

use std::sync::Arc;

use tokio_util::sync::CancellationToken;

use super::{Heartbeat, Latch};

/// What a stage tells the probes while it works with something outside: alive whether or not that answers, ready only while it does.
#[derive(Clone, Debug)]
pub struct Dependency {
    /// Every attempt is a sign of life, also one that fails.
    pub beat: Arc<Heartbeat>,
    /// Closed while there is no answer.
    pub ready: Latch,
    /// After a stop the latch is no longer the stage's to open.
    pub stop: CancellationToken,
}

impl Dependency {
    /// An attempt came to an end: there was an answer, or none for this reason; `None` when it tells neither.
    pub fn heard(&self, answer: Option<Result<(), &str>>) {
        self.beat.now();
        if self.stop.is_cancelled() {
            return;
        }
        match answer {
            Some(Ok(())) => self.ready.open(),
            Some(Err(reason)) => self.ready.close(reason),
            None => {}
        }
    }
}
