//! The one binary of Courant; its role is the subcommand.

mod catalogue;
mod config;
mod dev;
mod diff;
mod enricher;
mod entities;
mod explain;
mod feeds;
mod memory;
mod models;
mod parse;
mod plain;
mod poller;
mod role;
mod show;
mod states;
mod tag;
mod tagged;
mod topics;

use clap::{Parser, Subcommand};
use service_kit::exit::Exit;

use crate::config::ConfigArgs;

/// Turns the world's news feeds into Kafka topics: polled, normalised, tagged with entities.
#[derive(Debug, Parser)]
#[command(name = "courant", version, propagate_version = true, max_term_width = 120)]
struct Cli {
    #[command(flatten)]
    config: ConfigArgs,
    #[command(subcommand)]
    command: Command,
}

#[derive(Debug, Subcommand)]
enum Command {
    /// Polls the feeds of the catalogue and publishes their items.
    Poller,
    /// Tags the entities of published items.
    Enricher,
    /// Runs everything in this process on an embedded cluster, for a first look.
    Dev(dev::DevArgs),
    /// Reads and changes the catalogue of feeds.
    #[command(subcommand)]
    Feeds(feeds::FeedsCommand),
    /// Tells what happened to a feed lately, what is due when, and why.
    Explain(explain::ExplainArgs),
    /// Tags a text, to see what the enricher finds.
    Tag(tag::TagArgs),
    /// Installs and lists statistical models.
    #[command(subcommand)]
    Models(models::ModelsCommand),
    /// Shows what is read in feeds: files, addresses or lists of them.
    Parse(parse::ParseArgs),
    /// Shows the events that a second version of a feed would cause.
    Diff(diff::DiffArgs),
    /// Builds and checks lexicons of entities.
    #[command(subcommand)]
    Entities(entities::EntitiesCommand),
    /// Creates the topics.
    #[command(subcommand)]
    Topics(topics::TopicsCommand),
}

fn main() -> Exit {
    let cli = match Cli::try_parse() {
        Ok(cli) => cli,
        Err(error) => {
            // Help and version are answers, everything else is a wrong command line.
            let exit = if error.use_stderr() { Exit::Usage } else { Exit::Success };
            return error.print().map_or(Exit::Failure, |()| exit);
        }
    };
    #[cfg(feature = "fail-points")]
    let _armed = event_log::FailPoints::arm();
    let mut runtime = match &cli.command {
        // Its work is spread thin over thousands of connections, and threads that hand it to each other cost more than it does: one thread
        // polls some ten thousand feeds a second. Bodies are read by threads of their own.
        Command::Poller => tokio::runtime::Builder::new_current_thread(),
        _ => tokio::runtime::Builder::new_multi_thread(),
    };
    let runtime = match runtime.enable_all().build() {
        Ok(runtime) => runtime,
        Err(error) => return show::failure(&format!("cannot start: {error}"), Exit::Unavailable),
    };
    let exit = runtime.block_on(async {
        match cli.command {
            Command::Poller => poller::run(&cli.config).await,
            Command::Enricher => enricher::run(&cli.config).await,
            Command::Dev(args) => dev::run(&cli.config, args).await,
            Command::Parse(args) => parse::run(&cli.config, &args).await,
            Command::Diff(args) => diff::run(&args),
            Command::Explain(args) => explain::run(&cli.config, args).await,
            Command::Feeds(command) => feeds::run(&cli.config, command).await,
            Command::Tag(args) => tag::run(&args),
            Command::Models(command) => models::run(&command),
            Command::Entities(command) => entities::run(&command),
            Command::Topics(command) => topics::run(&cli.config, command).await,
        }
    });
    // A blocking call into the Kafka client may still be on its way out; nothing waits for its result.
    runtime.shutdown_timeout(std::time::Duration::from_secs(2));
    exit
}
