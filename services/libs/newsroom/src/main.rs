//! `newsroom`: serves the invented web to other processes until SIGTERM, or until its standard input closes.

use std::io::{self, Read as _, Write as _};
use std::net::SocketAddr;
use std::num::NonZeroU32;
use std::process::ExitCode;

use clap::{Parser, ValueEnum};
use newsroom::{Newsroom, Options, Pace, WireOptions};
use tokio::signal::unix::{SignalKind, signal};
use tokio_util::sync::CancellationToken;

/// Serves an invented web of news publishers on one port and keeps a log of what it served.
///
/// Prints one JSON line with the address once it listens. `GET /_newsroom/log` tells what was served.
#[derive(Debug, Parser)]
#[command(version)]
struct Flags {
    /// Where to listen; port 0 takes a free one.
    #[arg(long, default_value = "127.0.0.1:0")]
    listen: SocketAddr,
    /// Leave the bundled sites out.
    #[arg(long)]
    no_bundled: bool,
    /// How many generated feeds there are.
    #[arg(long, default_value_t = 0)]
    wire_feeds: u32,
    /// Items that each edition of a generated feed adds.
    #[arg(long, default_value_t = 2)]
    items_per_poll: u32,
    /// The most items of one answer of a generated feed.
    #[arg(long, default_value_t = 20)]
    window: u32,
    /// Every so many-th generated item is corrected once; 0 corrects none.
    #[arg(long, default_value_t = 10)]
    correct_every: u32,
    /// The number of editions of each generated feed; endless without it.
    #[arg(long)]
    wire_editions: Option<NonZeroU32>,
    /// What makes a generated feed go on to its next edition.
    #[arg(long, value_enum, default_value_t = PaceFlag::EveryAnswer)]
    pace: PaceFlag,
    /// Chooses the words of generated items, never their keys.
    #[arg(long, default_value_t = 1)]
    seed: u64,
}

#[derive(Clone, Copy, Debug, ValueEnum)]
enum PaceFlag {
    /// Every whole answer.
    EveryAnswer,
    /// A request that brings the current edition's validator back.
    Confirmed,
}

impl Flags {
    fn options(&self) -> Options {
        let pace = match self.pace {
            PaceFlag::EveryAnswer => Pace::EveryAnswer,
            PaceFlag::Confirmed => Pace::Confirmed,
        };
        Options {
            listen: self.listen,
            bundled: !self.no_bundled,
            wire: WireOptions {
                feeds: self.wire_feeds,
                hosts: None,
                items_per_poll: self.items_per_poll,
                window: self.window,
                correct_every: self.correct_every,
                editions: self.wire_editions,
                pace,
                seed: self.seed,
            },
            extra: Vec::new(),
        }
    }
}

#[tokio::main]
async fn main() -> ExitCode {
    match run(&Flags::parse()).await {
        Ok(()) => ExitCode::SUCCESS,
        Err(fault) => {
            let _ = writeln!(io::stderr(), "newsroom: {fault}");
            ExitCode::FAILURE
        }
    }
}

async fn run(flags: &Flags) -> io::Result<()> {
    let mut terminate = signal(SignalKind::terminate())?;
    let mut interrupt = signal(SignalKind::interrupt())?;
    let newsroom = Newsroom::start(flags.options()).await?;
    let line = serde_json::json!({ "listening": newsroom.addr().to_string() });
    let mut stdout = io::stdout();
    writeln!(stdout, "{line}")?;
    stdout.flush()?;
    let stdin_closed = watch_stdin();
    tokio::select! {
        _ = terminate.recv() => {}
        _ = interrupt.recv() => {}
        () = stdin_closed.cancelled() => {}
    }
    newsroom.stop().await;
    Ok(())
}

/// A token that is cancelled when standard input ends.
///
/// The thread reads without a deadline, since a parent that lives on keeps the pipe open; it ends with the process.
fn watch_stdin() -> CancellationToken {
    let closed = CancellationToken::new();
    let seen = closed.clone();
    std::thread::spawn(move || {
        let mut ignored = [0; 256];
        while matches!(io::stdin().read(&mut ignored), Ok(count) if count > 0) {}
        seen.cancel();
    });
    closed
}
