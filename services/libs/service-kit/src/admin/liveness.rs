//! Alive: every stage has moved within its deadline.

use std::{
    collections::BTreeMap,
    fmt,
    pin::pin,
    sync::{Arc, Mutex, MutexGuard, PoisonError},
    time::Duration,
};

use tokio::time::Instant;

/// How often a stage beats while it waits; well below any deadline worth setting.
const BEAT: Duration = Duration::from_secs(5);

/// The heartbeats of one process. Clones share them.
#[derive(Clone, Debug, Default)]
pub struct Liveness {
    stages: Stages,
}

/// The heartbeat of one stage. The stage is watched until this is dropped, so a stage that has drained is not missed.
#[derive(Debug)]
pub struct Heartbeat {
    id: u64,
    stages: Stages,
}

/// A stage that has not moved in time.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Stalled {
    stage: String,
    silent: Duration,
    deadline: Duration,
}

type Stages = Arc<Mutex<BTreeMap<u64, Stage>>>;

#[derive(Debug)]
struct Stage {
    name: String,
    deadline: Duration,
    last: Instant,
}

impl Liveness {
    /// No stages yet, which counts as alive.
    #[must_use]
    pub fn new() -> Self {
        Self::default()
    }

    /// Watches a stage from here on. It must beat within `deadline` each time, also when it has nothing to do, so choose a deadline
    /// above its longest wait. Being killed is dear: several times that wait is no waste.
    #[must_use]
    pub fn stage(&self, name: &str, deadline: Duration) -> Heartbeat {
        let mut stages = locked(&self.stages);
        let id = stages.last_key_value().map_or(0, |(id, _)| id + 1);
        stages.insert(id, Stage { name: name.to_owned(), deadline, last: Instant::now() });
        Heartbeat { id, stages: Arc::clone(&self.stages) }
    }

    /// Whether every stage has moved within its deadline.
    #[must_use]
    pub fn is_alive(&self) -> bool {
        self.stalled().is_empty()
    }

    pub(super) fn stalled(&self) -> Vec<Stalled> {
        let stalled = |stage: &Stage| {
            let silent = stage.last.elapsed();
            (silent > stage.deadline).then(|| Stalled { stage: stage.name.clone(), silent, deadline: stage.deadline })
        };
        locked(&self.stages).values().filter_map(stalled).collect()
    }
}

impl Heartbeat {
    /// The stage has moved.
    pub fn now(&self) {
        if let Some(stage) = locked(&self.stages).get_mut(&self.id) {
            stage.last = Instant::now();
        }
    }
}

impl Heartbeat {
    /// Waits for `waiting`, beating meanwhile: whoever is waited for has a heartbeat of its own.
    pub async fn during<T>(&self, waiting: impl Future<Output = T>) -> T {
        let mut waiting = pin!(waiting);
        loop {
            self.now();
            if let Ok(done) = tokio::time::timeout(BEAT, &mut waiting).await {
                return done;
            }
        }
    }
}

impl Drop for Heartbeat {
    fn drop(&mut self) {
        locked(&self.stages).remove(&self.id);
    }
}

impl fmt::Display for Stalled {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let (silent, deadline) = (self.silent.as_secs_f64(), self.deadline.as_secs_f64());
        write!(f, "{}: silent for {silent:.1} s, deadline {deadline:.1} s", self.stage)
    }
}

/// No code that can panic runs under this lock, so a poisoned one still holds a sound map.
fn locked(stages: &Stages) -> MutexGuard<'_, BTreeMap<u64, Stage>> {
    stages.lock().unwrap_or_else(PoisonError::into_inner)
}

#[cfg(test)]
mod tests {
    use super::*;

    const DEADLINE: Duration = Duration::from_secs(30);

    #[tokio::test(start_paused = true)]
    async fn a_silent_stage_is_named_and_the_others_are_not() {
        let liveness = Liveness::new();
        let (fetch, _commit) = (liveness.stage("fetch", DEADLINE), liveness.stage("commit", DEADLINE));
        tokio::time::advance(DEADLINE).await;
        assert!(liveness.is_alive());

        fetch.now();
        tokio::time::advance(Duration::from_secs(1)).await;

        let stalled: Vec<String> = liveness.stalled().iter().map(ToString::to_string).collect();
        assert_eq!(stalled, ["commit: silent for 31.0 s, deadline 30.0 s"]);
    }

    #[tokio::test(start_paused = true)]
    async fn a_stage_that_ended_is_not_missed() {
        let liveness = Liveness::new();
        let beat = liveness.stage("commit", DEADLINE);
        tokio::time::advance(DEADLINE * 2).await;
        assert!(!liveness.is_alive());

        drop(beat);

        assert!(liveness.is_alive());
    }
}
