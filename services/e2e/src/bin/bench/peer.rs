//! Other feed parsers as child processes; `services/e2e/peers/README.md` has the protocol.

use std::{
    fs::File,
    io::{BufRead, BufReader, Write},
    path::Path,
    process::{Child, ChildStdin, ChildStdout, Command, Stdio},
    time::Duration,
};

use anyhow::{Context, Result, bail};
use serde::Deserialize;
use tempfile::NamedTempFile;

/// A running peer.
pub(crate) struct Peer {
    /// What the report calls it.
    pub(crate) name: String,
    /// Number of items that it found in each file, -1 for an error.
    pub(crate) counts: Vec<i64>,
    child: Child,
    input: ChildStdin,
    output: BufReader<ChildStdout>,
    _list: NamedTempFile,
}

/// One measurement of a peer.
#[derive(Deserialize)]
struct Measured {
    bytes: f64,
    seconds: f64,
}

/// Brings the peers (`bare` or `rivals`) and prints their commands.
///
/// # Errors
/// When one whose tool chain is there cannot be built.
pub(crate) fn commands(which: &str) -> Result<Vec<(String, Vec<String>)>> {
    let script = Path::new(env!("CARGO_MANIFEST_DIR")).join("peers/peers.sh");
    let output = Command::new(&script).arg(which).stderr(Stdio::inherit()).output();
    let output = output.with_context(|| format!("{} cannot be run", script.display()))?;
    if !output.status.success() {
        bail!("{} {which} failed", script.display());
    }
    let lines = String::from_utf8(output.stdout)?;
    let command = |line: &str| {
        let (name, command) = line.split_once('\t')?;
        Some((name.to_owned(), command.split(' ').map(str::to_owned).collect()))
    };
    Ok(lines.lines().filter_map(command).collect())
}

impl Peer {
    /// Starts `command` on `files` and waits until it has read each once.
    ///
    /// # Errors
    /// When it cannot be started or breaks off.
    pub(crate) fn start(name: String, command: &[String], files: &[impl AsRef<Path>]) -> Result<Self> {
        let list = NamedTempFile::new()?;
        let mut writer = File::create(list.path())?;
        for file in files {
            writeln!(writer, "{}", file.as_ref().display())?;
        }
        let (program, arguments) = command.split_first().context("an empty command")?;
        let mut child = Command::new(program)
            .args(arguments)
            .arg(list.path())
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .stderr(Stdio::null())
            .spawn()
            .with_context(|| format!("{name} cannot be started"))?;
        let input = child.stdin.take().context("no standard input")?;
        let output = BufReader::new(child.stdout.take().context("no standard output")?);
        let mut peer = Self { name, counts: Vec::new(), child, input, output, _list: list };
        peer.counts = serde_json::from_str(&peer.line()?)?;
        Ok(peer)
    }

    /// Says which files are to be measured.
    ///
    /// # Errors
    /// When it is gone.
    pub(crate) fn choose(&mut self, indices: &[usize]) -> Result<()> {
        writeln!(self.input, "{}", serde_json::to_string(indices)?)?;
        Ok(self.input.flush()?)
    }

    /// Bytes a second of processor time, over `limit`.
    ///
    /// # Errors
    /// When it breaks off.
    pub(crate) fn measure(&mut self, limit: Duration) -> Result<f64> {
        writeln!(self.input, "{}", limit.as_secs_f64())?;
        self.input.flush()?;
        let measured: Measured = serde_json::from_str(&self.line()?)?;
        Ok(measured.bytes / measured.seconds)
    }

    fn line(&mut self) -> Result<String> {
        let mut line = String::new();
        if self.output.read_line(&mut line)? == 0 {
            bail!("{} broke off", self.name);
        }
        Ok(line)
    }
}

impl Drop for Peer {
    fn drop(&mut self) {
        // It ends by itself when its input closes; this only makes sure of it.
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}
