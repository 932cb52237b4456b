//! Finds the `courant` binary of the profile that this code was built with, and builds it when it is not up to date.

use std::{
    env,
    ffi::OsStr,
    fs,
    path::{Path, PathBuf},
    process::Command,
    sync::OnceLock,
    time::SystemTime,
};

use anyhow::{Context, Result, anyhow, ensure};

/// Names a binary to test in place of the one of this workspace.
const OVERRIDE: &str = "E2E_COURANT";
/// What tests need of the binary beyond what a release has.
const FEATURES: &str = "fail-points";

/// The binary under test.
///
/// # Errors
/// When it is missing and cannot be built.
pub fn courant() -> Result<&'static Path> {
    static FOUND: OnceLock<Result<PathBuf, String>> = OnceLock::new();
    let found = FOUND.get_or_init(|| find().map_err(|error| format!("{error:#}")));
    found.as_deref().map_err(|error| anyhow!("{error}"))
}

/// The root of the workspace.
#[must_use]
pub fn workspace() -> &'static Path {
    let here = Path::new(env!("CARGO_MANIFEST_DIR"));
    here.ancestors().nth(2).unwrap_or(here)
}

fn find() -> Result<PathBuf> {
    if let Some(given) = env::var_os(OVERRIDE) {
        return Ok(given.into());
    }
    let running = env::current_exe().context("this executable has no path")?;
    let folder = running.parent().context("this executable lies in no folder")?;
    // Tests lie in target/<profile>/deps, other binaries one folder up.
    let profile_folder = match folder.parent() {
        Some(above) if folder.file_name() == Some(OsStr::new("deps")) => above,
        _ => folder,
    };
    let binary = profile_folder.join(format!("courant{}", env::consts::EXE_SUFFIX));
    if !is_current(&binary) {
        build(profile_folder)?;
        ensure!(binary.is_file(), "cargo left no binary at {}", binary.display());
    }
    Ok(binary)
}

/// Whether the binary is there and no source of it is younger. Cargo itself would know better, but waits for every other build.
fn is_current(binary: &Path) -> bool {
    let Ok(built) = fs::metadata(binary).and_then(|meta| meta.modified()) else {
        return false;
    };
    ["Cargo.lock", "proto", "services"]
        .iter()
        .all(|part| newest(&workspace().join(part)).is_none_or(|changed| changed <= built))
}

fn newest(path: &Path) -> Option<SystemTime> {
    let meta = fs::metadata(path).ok()?;
    if !meta.is_dir() {
        return meta.modified().ok();
    }
    // This crate and the tests of the others are no part of the binary.
    if path.ends_with("services/e2e") || path.ends_with("tests") {
        return None;
    }
    let entries = fs::read_dir(path).ok()?.filter_map(Result::ok);
    entries.filter_map(|entry| newest(&entry.path())).max()
}

fn build(profile_folder: &Path) -> Result<()> {
    let cargo = env::var_os("CARGO").unwrap_or_else(|| "cargo".into());
    let profile = match profile_folder.file_name().and_then(OsStr::to_str) {
        None | Some("debug") => "dev",
        Some(other) => other,
    };
    let mut command = Command::new(cargo);
    command.args(["build", "--quiet", "--package", "courant", "--profile"]).arg(profile).current_dir(workspace());
    if profile == "dev" {
        command.args(["--features", FEATURES]);
    }
    if let Some(target) = profile_folder.parent() {
        command.arg("--target-dir").arg(target);
    }
    let built = command.status().context("cargo cannot be run")?;
    ensure!(built.success(), "cargo could not build courant");
    Ok(())
}
