//! Processor time of processes, as Linux counts it.

use std::{fs, time::Duration};

use anyhow::{Context, Result};

/// The kernel's tick for user space, fixed at 100 a second on every architecture that Courant runs on.
const TICK: Duration = Duration::from_millis(10);

/// Processor time that process `id` has used, in user and kernel mode, all threads together.
///
/// # Errors
/// When there is no such process or no `/proc`.
pub fn used_by(id: u32) -> Result<Duration> {
    let stat = fs::read_to_string(format!("/proc/{id}/stat")).context("processor time is read from Linux's /proc")?;
    // The second field is the name in brackets, which may hold spaces; utime and stime are the 12th and 13th after it.
    let (_, fields) = stat.rsplit_once(") ").context("no process name in stat")?;
    let ticks = fields.split(' ').skip(11).take(2).map(str::parse::<u32>).sum::<Result<u32, _>>()?;
    Ok(TICK * ticks)
}

/// The same of this process.
///
/// # Errors
/// As [`used_by`].
pub fn used_here() -> Result<Duration> {
    used_by(std::process::id())
}
