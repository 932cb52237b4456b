//! Why the enricher ended.

use std::time::Duration;

use event_log::{ClusterError, KafkaFailure, WriteError};
use service_kit::{exit::Exit, start::StartError};

/// Why the enricher ended, other than by a stop that drained.
#[derive(Debug, thiserror::Error)]
pub enum EnricherError {
    /// The registry holds a metric of one of the enricher's names.
    #[error("the metrics cannot be registered")]
    Metrics(#[source] prometheus::Error),
    /// The dictionary or its automaton cannot be made.
    #[error("the entity dictionary cannot be used")]
    Tagger(#[source] Box<dyn std::error::Error + Send + Sync>),
    /// The cluster refuses in a way that waiting does not mend.
    #[error("the cluster cannot be used")]
    Cluster(#[source] ClusterError),
    /// The cluster was not there in time.
    #[error("gave up starting after {waited:?}")]
    StartDeadline {
        /// How long the start waited.
        waited: Duration,
        /// What was missing at the end.
        #[source]
        cause: ClusterError,
    },
    /// The group's reader failed for good.
    #[error("reading items failed")]
    Reading(#[source] KafkaFailure),
    /// The group's reader ended by itself.
    #[error("the group's reader ended by itself")]
    ReaderEnded,
    /// A batch cannot be written.
    #[error("writing tagged items failed")]
    Writing(#[source] WriteError),
    /// A batch was not committed within the grace of a stop; nothing of it is visible, and it is read again.
    #[error("gave up the last batches after {0:?}: the cluster did not take them in time")]
    DrainOverrun(Duration),
    /// A stage panicked: a fault of the program.
    #[error("stage {0} panicked")]
    Panicked(&'static str),
}

impl From<StartError<ClusterError>> for EnricherError {
    fn from(error: StartError<ClusterError>) -> Self {
        match error {
            StartError::Final(cause) => Self::Cluster(cause),
            StartError::Deadline { waited, cause } => Self::StartDeadline { waited, cause },
            StartError::Panicked => Self::Panicked("start"),
        }
    }
}

impl EnricherError {
    /// The code for the process to end with.
    #[must_use]
    pub fn exit(&self) -> Exit {
        match self {
            Self::StartDeadline { .. } => Exit::Unavailable,
            Self::Cluster(cause) if cause.is_transient() => Exit::Unavailable,
            // The settings, or the topics they name, do not fit: starting again unchanged cannot help.
            Self::Cluster(_) => Exit::Usage,
            Self::Metrics(_) | Self::Tagger(_) | Self::ReaderEnded | Self::Panicked(_) => Exit::Software,
            Self::Reading(_) | Self::Writing(_) | Self::DrainOverrun(_) => Exit::Failure,
        }
    }
}
