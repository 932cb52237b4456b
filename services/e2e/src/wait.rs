//! Waiting for a condition, with a deadline.

use std::{
    thread::sleep,
    time::{Duration, Instant},
};

use anyhow::{Result, bail};

/// How long a test waits for work that takes seconds on an idle machine and much more on one that does other things too.
pub const PATIENCE: Duration = Duration::from_mins(2);

/// How long a process may take to end in good order: above its own `shutdown.grace` of 25 s.
pub const GRACE: Duration = Duration::from_secs(30);

/// The pause between two looks: short beside what is waited for, long enough to leave the processors to the processes under test.
const PAUSE: Duration = Duration::from_millis(50);

/// Looks again and again until `look` gives a value.
///
/// # Errors
/// When `patience` is over, with `what` was waited for; or with what `look` failed with.
pub fn until<T>(what: &str, patience: Duration, mut look: impl FnMut() -> Result<Option<T>>) -> Result<T> {
    let deadline = Instant::now() + patience;
    loop {
        if let Some(value) = look()? {
            return Ok(value);
        }
        if Instant::now() > deadline {
            bail!("{what}: not within {patience:?}");
        }
        sleep(PAUSE);
    }
}

/// Looks again and again until `holds` is true.
///
/// # Errors
/// As [`until`].
pub fn until_true(what: &str, patience: Duration, mut holds: impl FnMut() -> Result<bool>) -> Result<()> {
    until(what, patience, || Ok(holds()?.then_some(())))
}
