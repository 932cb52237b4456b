//! What every process says of itself: its build, and on Linux its memory, processor time, threads and files.

use prometheus::{IntGauge, Opts, Registry};

/// Which build this is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct BuildInfo {
    /// The version of the package.
    pub version: &'static str,
    /// The commit it was built from, or `unknown`.
    pub revision: &'static str,
}

/// Registers `courant_build_info` (always 1, the build in its labels) and the `process_*` family.
///
/// # Errors
///
/// They are registered already.
pub fn register_process(registry: &Registry, build: BuildInfo) -> prometheus::Result<()> {
    let info = Opts::new("courant_build_info", "The build of this process; always 1.")
        .const_label("version", build.version)
        .const_label("revision", build.revision);
    let info = IntGauge::with_opts(info)?;
    info.set(1);
    registry.register(Box::new(info))?;
    #[cfg(target_os = "linux")]
    registry.register(Box::new(prometheus::process_collector::ProcessCollector::for_self()))?;
    Ok(())
}
