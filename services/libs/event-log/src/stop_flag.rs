//! The order to a writer to give up.

use std::sync::{
    Arc,
    atomic::{AtomicBool, Ordering},
};

/// Tells a writer to give up: set when the process must end although the cluster is away.
#[derive(Clone, Debug, Default)]
pub struct StopFlag(Arc<AtomicBool>);

/// Sets its flag when dropped, so that whoever holds it leaves no writer behind that tries on for ever.
#[derive(Debug)]
pub struct StopGuard(StopFlag);

impl StopFlag {
    /// Makes every writer that holds this flag give up at its next attempt.
    pub fn set(&self) {
        self.0.store(true, Ordering::Release);
    }

    /// Whether it is set.
    #[must_use]
    pub fn is_set(&self) -> bool {
        self.0.load(Ordering::Acquire)
    }

    /// A guard that sets it.
    #[must_use]
    pub fn set_on_drop(&self) -> StopGuard {
        StopGuard(self.clone())
    }
}

impl Drop for StopGuard {
    fn drop(&mut self) {
        self.0.set();
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_flag_is_set_once_its_guard_is_gone() {
        let flag = StopFlag::default();
        let guard = flag.set_on_drop();
        assert!(!flag.is_set());

        drop(guard);

        assert!(flag.is_set());
    }
}
