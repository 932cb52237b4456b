//! Ready: every latch of the process is open.

use std::{collections::BTreeMap, fmt, sync::Arc};

use tokio::sync::watch;

/// The latches of one process. Clones share them.
#[derive(Clone, Debug)]
pub struct Readiness {
    latches: Arc<watch::Sender<Latches>>,
}

/// One thing that must be in place before the process is ready. It starts closed.
///
/// A latch stays as it was left when this handle is dropped: a stage that died closed keeps the process unready.
#[derive(Clone, Debug)]
pub struct Latch {
    name: Arc<str>,
    latches: Arc<watch::Sender<Latches>>,
}

/// The latches by name; a closed one has its reason.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) struct Latches(BTreeMap<Arc<str>, Option<String>>);

impl Readiness {
    /// No latches yet, which counts as ready: make them all before the admin port is served.
    #[must_use]
    pub fn new() -> Self {
        Self { latches: Arc::new(watch::Sender::new(Latches::default())) }
    }

    /// Adds a latch, closed with the reason "starting". The same name twice is the same latch.
    #[must_use]
    pub fn latch(&self, name: &str) -> Latch {
        let latch = Latch { name: name.into(), latches: Arc::clone(&self.latches) };
        latch.close("starting");
        latch
    }

    /// Whether every latch is open.
    #[must_use]
    pub fn is_ready(&self) -> bool {
        self.latches.borrow().are_open()
    }

    /// Waits until every latch is open.
    pub async fn ready(&self) {
        let mut latches = self.latches.subscribe();
        // The sender is alive in `self`, so the wait ends only by its condition.
        let _ = latches.wait_for(Latches::are_open).await;
    }

    pub(super) fn latches(&self) -> Latches {
        self.latches.borrow().clone()
    }
}

impl Default for Readiness {
    fn default() -> Self {
        Self::new()
    }
}

impl Latch {
    /// This part is in place.
    pub fn open(&self) {
        self.set(None);
    }

    /// This part is missing, for a reason in a few words: "restoring partition 7", "stopping".
    pub fn close(&self, reason: impl Into<String>) {
        self.set(Some(reason.into()));
    }

    fn set(&self, state: Option<String>) {
        self.latches.send_if_modified(|Latches(latches)| {
            let before = latches.insert(Arc::clone(&self.name), state.clone());
            before != Some(state)
        });
    }
}

impl Latches {
    pub(super) fn are_open(&self) -> bool {
        self.0.values().all(Option::is_none)
    }
}

impl fmt::Display for Latches {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (name, state) in &self.0 {
            match state {
                None => writeln!(f, "{name}: open")?,
                Some(reason) => writeln!(f, "{name}: closed, {reason}")?,
            }
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ready_means_every_latch_is_open() {
        let readiness = Readiness::new();
        let (kafka, state) = (readiness.latch("kafka"), readiness.latch("state"));

        kafka.open();
        assert!(!readiness.is_ready());
        state.open();
        assert!(readiness.is_ready());
        kafka.close("broker away");

        assert!(!readiness.is_ready());
        assert_eq!(readiness.latches().to_string(), "kafka: closed, broker away\nstate: open\n");
    }

    #[test]
    fn a_dropped_latch_keeps_its_state() {
        let readiness = Readiness::new();

        drop(readiness.latch("state"));

        assert!(!readiness.is_ready());
    }

    #[tokio::test]
    async fn waiting_ends_when_the_last_latch_opens() {
        let readiness = Readiness::new();
        let latch = readiness.latch("kafka");
        let waiting = tokio::spawn({
            let readiness = readiness.clone();
            async move { readiness.ready().await }
        });

        latch.open();

        waiting.await.unwrap();
    }
}
