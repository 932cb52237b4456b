//! One Apache Kafka node for this process.

use std::{
    fs,
    path::{Path, PathBuf},
    process::{Child, ChildStdin, Command, Stdio},
    sync::OnceLock,
    thread,
    time::Duration,
};

use anyhow::{Context, Result, anyhow, bail};
use rustix::process::{Pid, Signal, kill_process};

use crate::{binary::workspace, proxy::Proxy, wait};

/// Fetching the jars may come first where `make kafka` was never run.
const START_PATIENCE: Duration = Duration::from_mins(5);
/// What the script said, in the node's directory.
const SAID: &str = "script.log";

/// A running node. It ends, and its data go, when this value is dropped or the process ends, however it ends.
#[derive(Debug)]
pub struct Kafka {
    brokers: String,
    behind: Option<Proxy>,
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
        let settings: Vec<_> = settings.iter().flat_map(|setting| ["--set", setting]).collect();
        Self::start_with(&settings)
    }

    /// Starts a node that can also be reached through a proxy.
    ///
    /// # Errors
    /// With the script's words when it cannot be started.
    pub fn start_behind_proxy() -> Result<Self> {
        let proxy = Proxy::listen()?;
        let mut node = Self::start_with(&["--proxied", &proxy.addr().port().to_string()])?;
        proxy.lead_to(node.noted("BEHIND_PROXY=").context("kafka.sh named no port for the proxy")?.parse()?);
        node.behind = Some(proxy);
        Ok(node)
    }

    fn start_with(options: &[&str]) -> Result<Self> {
        let dir = tempfile::Builder::new().prefix("courant-kafka-").tempdir()?.keep();
        let (script, lifeline) = run(&dir, options)?;
        let mut node = Self { brokers: String::new(), behind: None, dir, lifeline, script };
        node.brokers = wait::until("a Kafka node starts", START_PATIENCE, || node.answer())?;
        Ok(node)
    }

    /// Kills the node as `kill -9` does and, after being `away`, starts it again on the data that it left.
    ///
    /// # Errors
    /// When it does not come back.
    pub fn kill_and_restart(&mut self, away: Duration) -> Result<()> {
        let pid: i32 = fs::read_to_string(self.dir.join("pid"))?.trim().parse()?;
        let pid = Pid::from_raw(pid).context("the node has no process")?;
        kill_process(pid, Signal::KILL)?;
        self.script.wait()?;
        thread::sleep(away);
        fs::remove_file(self.dir.join("broker.env"))?;
        (self.script, self.lifeline) = run(&self.dir, &[])?;
        wait::until("the Kafka node is back", START_PATIENCE, || self.answer()).map(drop)
    }

    /// `host:port` of the node.
    #[must_use]
    pub fn brokers(&self) -> &str {
        &self.brokers
    }

    /// The proxy before it.
    ///
    /// # Errors
    /// When it was started without one.
    pub fn proxy(&self) -> Result<&Proxy> {
        self.behind.as_ref().context("this node stands behind no proxy")
    }

    fn noted(&self, name: &str) -> Option<String> {
        let env = fs::read_to_string(self.dir.join("broker.env")).unwrap_or_default();
        env.lines().find_map(|line| line.strip_prefix(name)).map(str::to_owned)
    }

    fn answer(&mut self) -> Result<Option<String>> {
        if let Some(status) = self.script.try_wait()? {
            let said = fs::read_to_string(self.dir.join(SAID)).unwrap_or_default();
            bail!("kafka.sh ended with {status}: {}", said.trim());
        }
        Ok(self.noted("BOOTSTRAP="))
    }
}

/// Runs the node of `dir` until the lifeline closes.
fn run(dir: &Path, options: &[&str]) -> Result<(Child, Option<ChildStdin>)> {
    // Nobody is left to remove the data after a process that was killed, so the shell does it once the node has stopped.
    let mut command = Command::new("sh");
    command
        .args(["-c", r#"dir=$1; shift; "$0" run --dir "$dir" --until-stdin-closes "$@" && rm -rf "$dir""#])
        .arg(workspace().join("deploy/kafka/kafka.sh"))
        .arg(dir)
        .args(options)
        .stdin(Stdio::piped())
        .stdout(Stdio::null())
        .stderr(fs::File::create(dir.join(SAID))?);
    let mut script = command.spawn().context("sh cannot be run")?;
    let lifeline = script.stdin.take();
    Ok((script, lifeline))
}

impl Drop for Kafka {
    fn drop(&mut self) {
        drop(self.lifeline.take());
        // The script bounds its own stop.
        let _ = self.script.wait();
    }
}
