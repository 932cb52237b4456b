//! `courant parse`: shows what Courant reads in a feed, or in many. Asks nobody but the addresses it is given, and writes nothing.

mod dates;
mod lines;
mod sources;

use std::path::PathBuf;

use clap::Args;
use feed_core::parse::read_document;
use service_kit::exit::Exit;
use url::Url;

use crate::{config::ConfigArgs, show};
use lines::FeedLine;
use sources::{Source, Sources};

pub(crate) use sources::read_file;

/// The feeds, what is known of them beside their bytes, and the form of the answer.
#[derive(Debug, Args)]
pub(crate) struct ParseArgs {
    /// Files with feeds, `-` for standard input, or http and https addresses, which are asked by the poller's rules of fetching.
    #[arg(required_unless_present_any = ["inputs", "dates"], value_name = "FILE|URL")]
    feeds: Vec<String>,
    /// Address that the files were read from; relative links are resolved against it.
    #[arg(long, value_name = "URL")]
    base_url: Option<Url>,
    /// Content-Type that the files came with.
    #[arg(long, value_name = "TYPE")]
    content_type: Option<String>,
    /// Reads a list of feeds: a JSON object a line with `file` and, where known, `base_url` and `content_type`.
    #[arg(long, value_name = "FILE", conflicts_with_all = ["feeds", "base_url", "content_type"])]
    inputs: Option<PathBuf>,
    /// Folder that the files of the list lie in.
    #[arg(long, value_name = "DIR", default_value = ".", requires = "inputs")]
    root: PathBuf,
    /// Prints a JSON object a feed with `file`, `ok`, `error`, `feed` and `items`; without it, a page for people.
    #[arg(long)]
    jsonl: bool,
    /// Reads dates in place of feeds: a date a line, or a JSON object with `input` and perhaps `expect`, a date in RFC 3339 (in UTC where it
    /// has no zone), `ANY` or null. Prints a JSON object a line and counts at the end how many are as expected, to the second.
    #[arg(long, value_name = "FILE", conflicts_with_all = ["feeds", "inputs", "base_url", "content_type", "jsonl"])]
    dates: Option<PathBuf>,
}

/// Reads and prints. Ends with failure where a feed cannot be read, in JSON lines only where a file cannot.
pub(crate) async fn run(config: &ConfigArgs, args: &ParseArgs) -> Exit {
    if let Some(file) = &args.dates {
        return dates::run(file);
    }
    let mut sources = match Sources::of(config, args) {
        Ok(sources) => sources,
        Err(problem) => return show::failure(&problem, Exit::Usage),
    };
    let mut exit = Exit::Success;
    while let Some((name, source)) = sources.next().await {
        let line = source.as_ref().map_err(Clone::clone).and_then(read);
        match line {
            Err(problem) if !args.jsonl => exit = show::failure(&format!("{name}: {problem}"), Exit::Failure),
            Err(problem) => {
                show::line(&json(&FeedLine::failed(&name, problem)));
                if source.is_err() {
                    exit = Exit::Failure;
                }
            }
            Ok(line) if args.jsonl => show::line(&json(&line.named(name))),
            Ok(line) => show::line(&line.page(&name)),
        }
    }
    exit
}

fn read(source: &Source) -> Result<FeedLine, String> {
    let document = read_document(&source.body, source.base_url.as_ref(), source.content_type.as_deref());
    document.map(FeedLine::of_document).map_err(|error| error.to_string())
}

fn json(value: &impl serde::Serialize) -> String {
    serde_json::to_string(value).unwrap_or_default()
}
