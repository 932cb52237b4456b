//! A `courant` process: started, watched through its admin port and its log, ended.

use std::{
    env, fs,
    io::{Read, Write},
    net::{SocketAddr, TcpStream},
    path::{Path, PathBuf},
    process::{Child, Command, Stdio},
    thread,
    time::Duration,
};

use anyhow::{Context, Result, ensure};
pub use rustix::process::Signal;
use rustix::process::{Pid, kill_process};
use serde_json::Value;

use crate::{binary, wait};

/// A long-running `courant`. Dropping it kills it and, in a failing test, shows the end of its log.
#[derive(Debug)]
pub struct Courant {
    child: Child,
    log: PathBuf,
}

/// How a command ended.
#[derive(Debug)]
pub struct Ended {
    /// The exit code, or nothing after a signal.
    pub code: Option<i32>,
    /// Standard output.
    pub stdout: String,
    /// Standard error.
    pub stderr: String,
}

/// An answer of the admin port.
#[derive(Debug)]
pub struct Answer {
    /// HTTP status.
    pub status: u16,
    /// Body.
    pub body: String,
}

impl Courant {
    /// Starts `courant` with `args` and an admin port of its own; both outputs go to `log`.
    ///
    /// # Errors
    /// When it cannot be started.
    pub fn start<S: AsRef<std::ffi::OsStr>>(log: &Path, args: impl IntoIterator<Item = S>) -> Result<Self> {
        Self::start_armed(log, "", args)
    }

    /// The same with `fail_points`, such as `commit.sealed=9*off->1*return(kill)`.
    ///
    /// # Errors
    /// When it cannot be started.
    pub fn start_armed<S: AsRef<std::ffi::OsStr>>(
        log: &Path,
        fail_points: &str,
        args: impl IntoIterator<Item = S>,
    ) -> Result<Self> {
        let file = fs::File::create(log)?;
        let args: Vec<_> = args.into_iter().map(|arg| arg.as_ref().to_owned()).collect();
        let mut command = command()?;
        if args.first().is_some_and(|role| role == "enricher") {
            // As the chart has it.
            command.env("MIMALLOC_PURGE_DELAY", "100");
        }
        let child = command
            .env("FAILPOINTS", fail_points)
            .args(args)
            .args(["--admin-listen", "127.0.0.1:0"])
            .stdin(Stdio::null())
            .stdout(file.try_clone()?)
            .stderr(file)
            .spawn()
            .context("courant cannot be run")?;
        Ok(Self { child, log: log.to_owned() })
    }

    /// What it has written so far.
    #[must_use]
    pub fn log(&self) -> String {
        fs::read_to_string(&self.log).unwrap_or_default()
    }

    /// The end of its log, for people.
    fn tail(&self) -> String {
        const LINES: usize = 40;
        let log = self.log();
        let lines: Vec<_> = log.lines().collect();
        let tail = lines.get(lines.len().saturating_sub(LINES)..);
        let shown = tail.unwrap_or_default().join("\n");
        format!("--- end of {}:\n{shown}", self.log.display())
    }

    /// The number of the process.
    #[must_use]
    pub fn id(&self) -> u32 {
        self.child.id()
    }

    /// Whether it still runs.
    ///
    /// # Errors
    /// When the system does not tell.
    pub fn runs(&mut self) -> Result<bool> {
        Ok(self.child.try_wait()?.is_none())
    }

    /// Address of its admin port, once it is open.
    ///
    /// # Errors
    /// When it is not open within `patience`.
    pub fn admin(&self, patience: Duration) -> Result<SocketAddr> {
        wait::until("the admin port opens", patience, || {
            let log = self.log();
            let lines = log.lines().filter_map(|line| serde_json::from_str::<Value>(line).ok());
            let addr = |line: Value| {
                let opened = line.get("message")?.as_str()? == "admin port open";
                opened.then(|| line.get("addr")?.as_str()?.parse().ok())?
            };
            Ok(lines.into_iter().find_map(addr))
        })
    }

    /// Asks its admin port.
    ///
    /// # Errors
    /// When it does not answer.
    pub fn get(&self, path: &str) -> Result<Answer> {
        get(self.admin(Duration::from_secs(10))?, path)
    }

    /// Waits until `/readyz` says 200.
    ///
    /// # Errors
    /// When it does not within `patience`, with the last answer.
    pub fn wait_ready(&mut self, patience: Duration) -> Result<()> {
        let addr = self.admin(patience)?;
        let mut last = String::new();
        let ready = wait::until_true("courant gets ready", patience, || {
            ensure!(self.child.try_wait()?.is_none(), "courant ended before it was ready");
            let answer = get(addr, "/readyz")?;
            last.clone_from(&answer.body);
            Ok(answer.status == 200)
        });
        ready.with_context(|| format!("the last answer was {last:?}"))
    }

    /// Ends it at once, as the kernel would for want of memory.
    ///
    /// # Errors
    /// When it had ended by itself.
    pub fn kill(&mut self) -> Result<()> {
        ensure!(self.runs()?, "courant had ended by itself");
        self.child.kill()?;
        self.child.wait()?;
        Ok(())
    }

    /// Sends SIGTERM and waits for the end, which must be an orderly one.
    ///
    /// # Errors
    /// With the end of the log, when it does not end within `patience` or not with exit code 0.
    pub fn terminate(mut self, patience: Duration) -> Result<()> {
        self.signal(Signal::TERM)?;
        let code = self.wait(patience)?;
        ensure!(code == Some(0), "courant ended with {code:?} after SIGTERM\n{}", self.tail());
        Ok(())
    }

    /// Waits for its end; gives the exit code.
    ///
    /// # Errors
    /// When it does not end within `patience`.
    pub fn wait(&mut self, patience: Duration) -> Result<Option<i32>> {
        let status = wait::until("courant ends", patience, || Ok(self.child.try_wait()?))?;
        Ok(status.code())
    }

    /// Sends a signal.
    ///
    /// # Errors
    /// When it has ended.
    pub fn signal(&self, signal: Signal) -> Result<()> {
        let sent = kill_process(Pid::from_child(&self.child), signal);
        sent.with_context(|| format!("{signal:?} was not sent to process {}", self.id()))
    }
}

impl Drop for Courant {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
        if thread::panicking() {
            eprintln!("{}", self.tail());
        }
    }
}

/// Runs `courant` with `args` to its end, `stdin` at its standard input.
///
/// # Errors
/// When it cannot be run or does not end within `patience`; it is killed then.
pub fn run<S: AsRef<std::ffi::OsStr>>(
    dir: &Path,
    args: impl IntoIterator<Item = S>,
    stdin: &str,
    patience: Duration,
) -> Result<Ended> {
    let scratch = tempfile::tempdir_in(dir)?;
    let path = |name: &str| scratch.path().join(name);
    fs::write(path("in"), stdin)?;
    let child = command()?
        .args(args)
        .stdin(fs::File::open(path("in"))?)
        .stdout(fs::File::create(path("out"))?)
        .stderr(fs::File::create(path("err"))?)
        .spawn()
        .context("courant cannot be run")?;
    let mut process = Courant { child, log: path("err") };
    let code = process.wait(patience)?;
    Ok(Ended { code, stdout: fs::read_to_string(path("out"))?, stderr: fs::read_to_string(path("err"))? })
}

/// Asks an HTTP server on loopback.
///
/// # Errors
/// When it does not answer.
pub fn get(addr: SocketAddr, path: &str) -> Result<Answer> {
    let patience = Duration::from_secs(5);
    let mut stream = TcpStream::connect_timeout(&addr, patience)?;
    stream.set_read_timeout(Some(patience))?;
    // HTTP/1.0: the body ends with the connection and is never chunked.
    write!(stream, "GET {path} HTTP/1.0\r\nHost: {addr}\r\n\r\n")?;
    let mut text = String::new();
    stream.read_to_string(&mut text)?;
    let (head, body) = text.split_once("\r\n\r\n").context("no HTTP answer from the admin port")?;
    let status = head.split(' ').nth(1).context("no status from the admin port")?;
    Ok(Answer { status: status.parse()?, body: body.to_owned() })
}

/// `courant` with none of this process's own `COURANT_…` variables, which it would read as configuration.
fn command() -> Result<Command> {
    let mut command = Command::new(binary::courant()?);
    for (name, _) in env::vars_os() {
        if name.to_string_lossy().starts_with("COURANT_") {
            command.env_remove(name);
        }
    }
    Ok(command)
}
