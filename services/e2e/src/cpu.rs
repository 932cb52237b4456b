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
    ticks(id, 11)
}

/// Processor time of the children of process `id` that have ended, and of theirs.
///
/// # Errors
/// As [`used_by`].
pub fn used_by_ended_children(id: u32) -> Result<Duration> {
    ticks(id, 13)
}

/// Processor time of process `id`, and of all that it has started itself, ended or not.
///
/// # Errors
/// As [`used_by`].
pub fn used_by_family(id: u32) -> Result<Duration> {
    let mut used = used_by(id)? + used_by_ended_children(id)?;
    for entry in fs::read_dir("/proc").context("processes are listed from Linux's /proc")? {
        let name = entry?.file_name();
        let Some(other) = name.to_str().and_then(|name| name.parse::<u32>().ok()) else { continue };
        // One that ends meanwhile is counted with the ended ones of the next look.
        if fields(other).is_ok_and(|fields| fields.get(1).is_some_and(|parent| *parent == id.to_string())) {
            used += used_by(other).unwrap_or_default();
        }
    }
    Ok(used)
}

/// The same of this process.
///
/// # Errors
/// As [`used_by`].
pub fn used_here() -> Result<Duration> {
    used_by(std::process::id())
}

/// Two fields from the `first` on, of which utime is the 11th and stime the 12th, and of ended children the two after.
fn ticks(id: u32, first: usize) -> Result<Duration> {
    let fields = fields(id)?;
    let both = fields.iter().skip(first).take(2);
    Ok(TICK * both.map(|field| field.parse::<u32>()).sum::<Result<u32, _>>()?)
}

/// What Linux tells of a process, behind its number and name; the first is its state.
fn fields(id: u32) -> Result<Vec<String>> {
    let stat = fs::read_to_string(format!("/proc/{id}/stat")).context("processor time is read from Linux's /proc")?;
    // The second field is the name in brackets, which may hold spaces.
    let (_, fields) = stat.rsplit_once(") ").context("no process name in stat")?;
    Ok(fields.split_ascii_whitespace().map(str::to_owned).collect())
}
