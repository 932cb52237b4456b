//! Places at which tests end, freeze or break a process that commits. Without the feature `fail-points` nothing of this is built in.
//!
//! The variable `FAILPOINTS` arms them in the manner of the crate `fail`: `commit.flushed=20*off->1*return(kill)` kills the process, as
//! `kill -9` does, when its 21st transaction has flushed its records. `return(freeze)` stops it as SIGSTOP does.

/// A step of a commit, in the order in which they are reached.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Step {
    /// No transaction is open.
    Idle,
    /// Records were handed to the client, which may have sent some.
    Produced,
    /// All records are on the broker; the offsets are not.
    Flushed,
    /// Records and offsets are on the broker, and the commit was not asked for.
    Sealed,
    /// The commit was answered, and nobody in this process knows yet.
    Committed,
    /// Feed states are visible and their items are not, in a process broken on purpose.
    #[cfg(feature = "fail-points")]
    Torn,
}

#[cfg(not(feature = "fail-points"))]
impl Step {
    /// Goes on.
    #[expect(clippy::unused_self, reason = "the step matters to what is built with fail points")]
    pub(crate) fn reached(self) {}
}

#[cfg(feature = "fail-points")]
mod armed {
    use std::time::Duration;

    use rustix::process::{Signal, getpid, kill_process};

    use super::Step;

    /// The fail points of this process, disarmed when it is dropped.
    pub struct FailPoints {
        _armed: fail::FailScenario<'static>,
    }

    impl std::fmt::Debug for FailPoints {
        fn fmt(&self, out: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
            out.debug_struct("FailPoints").finish_non_exhaustive()
        }
    }

    impl FailPoints {
        /// Arms what `FAILPOINTS` names.
        #[must_use]
        pub fn arm() -> Self {
            Self { _armed: fail::FailScenario::setup() }
        }
    }

    impl Step {
        fn name(self) -> &'static str {
            match self {
                Self::Idle => "commit.idle",
                Self::Produced => "commit.produced",
                Self::Flushed => "commit.flushed",
                Self::Sealed => "commit.sealed",
                Self::Committed => "commit.committed",
                Self::Torn => "commit.torn",
            }
        }

        /// Does to this process what the step is armed with.
        pub(crate) fn reached(self) {
            let strike = fail::eval(self.name(), |told| told);
            let signal = match strike.flatten().as_deref() {
                None => return,
                Some("freeze") => Signal::STOP,
                Some(_) => Signal::KILL,
            };
            tracing::warn!(step = ?self, ?signal, "struck");
            // A process may always signal itself.
            let _ = kill_process(getpid(), signal);
            // It may reach another thread first, and this one must not go on until all have stopped.
            std::thread::sleep(Duration::from_millis(500));
        }
    }

    /// Whether feed states are to be committed before their items: what the judge of the tests must see through.
    pub(crate) fn states_go_first() -> bool {
        fail::eval("commit.states_first", |_| ()).is_some()
    }
}

#[cfg(feature = "fail-points")]
pub use armed::FailPoints;
#[cfg(feature = "fail-points")]
pub(crate) use armed::states_go_first;
