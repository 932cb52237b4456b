//! Last stage: makes batches visible, one transaction each.

use std::sync::Arc;

use event_log::{GroupWriter, WriterEvent};
use service_kit::{admin::Dependency, clock};
use tokio::sync::mpsc;

use crate::{error::EnricherError, metrics::Metrics, tag::OutBatch};

/// Hears how attempts to commit go, and tells the process.
#[derive(Clone, Debug)]
pub(crate) struct Observer {
    /// Counts them.
    pub(crate) metrics: Arc<Metrics>,
    /// Tells the probes.
    pub(crate) cluster: Dependency,
}

impl Observer {
    /// This happened on the thread that commits.
    pub(crate) fn hear(&self, event: WriterEvent) {
        self.metrics.transaction(event);
        self.cluster.heard(event.cluster());
    }
}

/// Commits batches until `tagged` closes. With the cluster away it tries on, so `tagged` fills and reading pauses.
///
/// A part whose partition was lost is dropped: its new owner reads it again.
#[tracing::instrument(name = "commit", skip_all)]
pub(crate) async fn run(
    mut tagged: mpsc::Receiver<OutBatch>,
    mut writer: GroupWriter,
    observer: Observer,
) -> Result<(), EnricherError> {
    while let Some(OutBatch { batch, outcomes }) = observer.cluster.beat.during(tagged.recv()).await {
        observer.cluster.beat.now();
        let commit = move || {
            let committed = writer.commit(batch, clock::now());
            (writer, committed)
        };
        let committed;
        (writer, committed) =
            tokio::task::spawn_blocking(commit).await.map_err(|_| EnricherError::Panicked("commit"))?;
        let committed = committed.map_err(EnricherError::Writing)?;
        let now = clock::now();
        for (stamp, outcomes) in &outcomes {
            if committed.kept.contains(stamp) {
                observer.metrics.committed(outcomes, now);
            }
        }
        observer.metrics.refused(committed.refused);
        tracing::debug!(
            records = committed.records,
            bytes = committed.bytes,
            attempts = committed.attempts,
            dropped = ?committed.dropped,
            "batch done"
        );
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use prometheus::Registry;
    use service_kit::admin::{Liveness, Readiness};
    use tokio_util::sync::CancellationToken;

    use super::*;

    #[tokio::test]
    async fn readiness_follows_the_cluster_until_the_stop() {
        let readiness = Readiness::new();
        let observer = Observer {
            metrics: Arc::new(Metrics::register(&Registry::new()).unwrap()),
            cluster: Dependency {
                beat: Arc::new(Liveness::new().stage("commit", Duration::from_secs(1))),
                ready: readiness.latch("enricher"),
                stop: CancellationToken::new(),
            },
        };
        let ready_after = |event| {
            observer.hear(event);
            readiness.is_ready()
        };

        assert!(ready_after(WriterEvent::Committed(Duration::ZERO)));
        assert!(ready_after(WriterEvent::Aborted));
        assert!(!ready_after(WriterEvent::Waiting));
        assert!(ready_after(WriterEvent::FoundCommitted));

        observer.cluster.ready.close("stopping");
        observer.cluster.stop.cancel();
        assert!(!ready_after(WriterEvent::Committed(Duration::ZERO)));
    }
}
