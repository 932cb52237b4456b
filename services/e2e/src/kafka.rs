//! One Apache Kafka node for this process.

use std::{
    fs,
    path::{Path, PathBuf},
    process::{Child, ChildStdin, Command, Stdio},
    sync::OnceLock,
    time::Duration,
};

use anyhow::{Context, Result, anyhow, bail};

use crate::{binary::workspace, wait};

/// Fetching the jars may come first where `make kafka` was never run.
const START_PATIENCE: Duration = Duration::from_mins(5);

/// A running node. It ends, and its data go, when this value is dropped or the process ends, however it ends.
#[derive(Debug)]
pub struct Kafka {
    brokers: String,
    dir: PathBuf,
    /// The node stops when this closes.
    lifeline: Option<ChildStdin>,
    script: Child,
}

impl Kafka {
    /// The node that all tests of this process share; each keeps to a prefix of its own.
    ///
    /// # Errors
    /// When it cannot be started.
    pub fn shared() -> Result<&'static Self> {
        static SHARED: OnceLock<Result<Kafka, String>> = OnceLock::new();
        let started = SHARED.get_or_init(|| Self::start(&[]).map_err(|error| format!("{error:#}")));
        started.as_ref().map_err(|error| anyhow!("{error}"))
    }

    /// Starts a node with broker settings (`key=value`) over the script's own.
    ///
    /// # Errors
    /// With the script's words when it cannot be started.
    pub fn start(settings: &[&str]) -> Result<Self> {
        let dir = tempfile::Builder::new().prefix("courant-kafka-").tempdir()?.keep();
        let said = dir.join("script.log");
        let script_path = workspace().join("deploy/kafka/kafka.sh");
        // Nobody is left to remove the data after a process that was killed, so the shell does it once the node has stopped.
        let mut command = Command::new("sh");
        command
            .args(["-c", r#"dir=$1; shift; "$0" run --dir "$dir" --until-stdin-closes "$@" && rm -rf "$dir""#])
            .arg(script_path)
            .arg(&dir)
            .stdin(Stdio::piped())
            .stdout(Stdio::null())
            .stderr(fs::File::create(&said)?);
        for setting in settings {
            command.args(["--set", setting]);
        }
        let mut script = command.spawn().context("sh cannot be run")?;
        let lifeline = script.stdin.take();
        let mut node = Self { brokers: String::new(), dir, lifeline, script };
        node.brokers = wait::until("a Kafka node starts", START_PATIENCE, || node.answer(&said))?;
        Ok(node)
    }

    /// `host:port` of the node.
    #[must_use]
    pub fn brokers(&self) -> &str {
        &self.brokers
    }

    fn answer(&mut self, said: &Path) -> Result<Option<String>> {
        if let Some(status) = self.script.try_wait()? {
            let said = fs::read_to_string(said).unwrap_or_default();
            bail!("kafka.sh ended with {status}: {}", said.trim());
        }
        let env = fs::read_to_string(self.dir.join("broker.env")).unwrap_or_default();
        let address = env.lines().find_map(|line| line.strip_prefix("BOOTSTRAP=")).map(str::to_owned);
        Ok(address)
    }
}

impl Drop for Kafka {
    fn drop(&mut self) {
        drop(self.lifeline.take());
        // The script bounds its own stop.
        let _ = self.script.wait();
    }
}
