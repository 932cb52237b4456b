//! `courant feeds …`: the catalogue.

mod add;
mod discover;
mod list;

use std::{collections::HashSet, io::Read, path::Path, path::PathBuf};

use clap::Subcommand;
use feed_core::opml::{OpmlFeed, OpmlRead, read_any, write_opml};
use news_model::Feed;
use service_kit::{clock, exit::Exit};

use crate::{
    catalogue::{self, Catalogue, ReadFailure, told},
    config::{ConfigArgs, Kafka},
    show,
};

/// What can be done with the catalogue.
#[derive(Debug, Subcommand)]
pub(crate) enum FeedsCommand {
    /// Adds feeds by the address of each, or of a site whose feeds are looked for.
    Add(add::AddArgs),
    /// Adds the feeds of a file: OPML, or an address a line. `-` reads standard input.
    Import {
        /// The file.
        file: PathBuf,
    },
    /// Writes the catalogue to standard output, as OPML.
    Export {
        /// One address a line instead.
        #[arg(long)]
        list: bool,
    },
    /// Removes feeds by id or address.
    Remove {
        /// Ids or addresses.
        #[arg(required = true, value_name = "ID|URL")]
        feeds: Vec<String>,
    },
    /// Lists the catalogue, or the feeds in it that stand as asked for.
    List(list::ListArgs),
    /// Asks for a poll as soon as politeness allows; what a server asked for and the spacing at its host come first.
    Poll {
        /// Ids or addresses.
        #[arg(required = true, value_name = "ID|URL")]
        feeds: Vec<String>,
    },
}

/// Runs one of them.
pub(crate) async fn run(args: &ConfigArgs, command: FeedsCommand) -> Exit {
    let config = match args.load() {
        Ok(config) => config,
        Err(faults) => return show::faults(&faults),
    };
    let (kafka, poller) = (config.kafka, config.poller);
    // Every step blocks on the cluster, and nothing else is to be done meanwhile.
    let done = tokio::task::spawn_blocking(move || match command {
        FeedsCommand::Add(args) => add::add(&kafka, &poller, &args),
        FeedsCommand::Import { file } => import(&kafka, &file),
        FeedsCommand::Export { list } => Ok(export(&Catalogue::read(&kafka)?, list)),
        FeedsCommand::Remove { feeds } => remove(&kafka, &feeds),
        FeedsCommand::List(args) => list::list(&kafka, &args),
        FeedsCommand::Poll { feeds } => ask_for_polls(&kafka, &feeds),
    });
    match done.await {
        Ok(Ok(exit)) => exit,
        Ok(Err(failure)) => told(&failure),
        Err(panicked) => std::panic::resume_unwind(panicked.into_panic()),
    }
}

/// How many feeds were added, changed, or stood there already.
#[derive(Debug, Default)]
struct Merged {
    feeds: Vec<Feed>,
    added: usize,
    changed: usize,
    known: usize,
}

impl Merged {
    /// Takes `feed` in beside what `catalogue` knows of it; what was set at creation stays.
    fn take(&mut self, catalogue: &Catalogue, mut feed: Feed) {
        match catalogue.feeds.get(&feed.id) {
            None => self.added += 1,
            Some((_, known)) => {
                feed.shard_key = known.shard_key.clone();
                feed.created_at = known.created_at;
                feed.poll_requested_at = known.poll_requested_at;
                if feed == *known {
                    self.known += 1;
                    return;
                }
                self.changed += 1;
            }
        }
        self.feeds.push(feed);
    }

    fn told(&self) -> String {
        format!("{} added, {} changed, {} already there", self.added, self.changed, self.known)
    }
}

fn import(kafka: &Kafka, file: &Path) -> Result<Exit, ReadFailure> {
    let read = match read_file(file) {
        Ok(read) => read,
        Err(error) => {
            return Ok(show::failure(&format!("cannot read {}: {error}", file.display()), Exit::Usage));
        }
    };
    for fault in &read.faults {
        show::note(&format!("{}: {fault}", file.display()));
    }
    let catalogue = Catalogue::read(kafka)?;
    let merged = merge(&catalogue, read.feeds);
    catalogue::write(kafka, &merged.feeds)?;
    show::line(&format!("{}, {} lines could not be used", merged.told(), read.faults.len()));
    Ok(if read.faults.is_empty() { Exit::Success } else { Exit::Failure })
}

/// The feeds of a list; two entries of one address count once.
fn merge(catalogue: &Catalogue, listed: Vec<OpmlFeed>) -> Merged {
    let mut merged = Merged::default();
    let mut taken = HashSet::new();
    for listed in listed {
        let mut feed = Feed::of_url(listed.url, clock::now());
        if !taken.insert(feed.id.clone()) {
            continue;
        }
        // A list says where a feed lies and what it is called; the rest is as it was.
        if let Some((_, known)) = catalogue.feeds.get(&feed.id) {
            feed = known.clone();
        }
        if !listed.title.is_empty() {
            feed.title = listed.title;
        }
        feed.folders = listed.folders;
        merged.take(catalogue, feed);
    }
    merged
}

/// Reads a list of feeds; `-` is standard input.
///
/// # Errors
/// When the file cannot be read.
pub(crate) fn read_file(file: &Path) -> std::io::Result<OpmlRead> {
    let mut bytes = Vec::new();
    if file.as_os_str() == "-" {
        std::io::stdin().lock().read_to_end(&mut bytes)?;
    } else {
        bytes = std::fs::read(file)?;
    }
    Ok(read_any(&bytes))
}

fn export(catalogue: &Catalogue, list: bool) -> Exit {
    if list {
        for (_, feed) in catalogue.feeds.values() {
            show::line(feed.url.as_str());
        }
    } else {
        let feeds: Vec<_> = catalogue.feeds.values().map(|(_, feed)| opml_feed(feed)).collect();
        show::line(write_opml(&feeds).trim_end());
    }
    catalogue.tell_unreadable();
    Exit::Success
}

fn opml_feed(feed: &Feed) -> OpmlFeed {
    OpmlFeed { url: feed.url.clone(), title: feed.title.clone(), folders: feed.folders.clone(), line: 0 }
}

fn remove(kafka: &Kafka, wanted: &[String]) -> Result<Exit, ReadFailure> {
    let catalogue = Catalogue::read(kafka)?;
    let (found, exit) = catalogue.find_all(wanted);
    let entries: Vec<_> = found.iter().map(|(partition, feed)| (feed.id.to_string(), *partition)).collect();
    catalogue::erase(kafka, &entries)?;
    show::note(&format!("{} removed", entries.len()));
    Ok(exit)
}

fn ask_for_polls(kafka: &Kafka, wanted: &[String]) -> Result<Exit, ReadFailure> {
    let catalogue = Catalogue::read(kafka)?;
    let (found, exit) = catalogue.find_all(wanted);
    let asked: Vec<_> =
        found.into_iter().map(|(_, feed)| Feed { poll_requested_at: Some(clock::now()), ..feed.clone() }).collect();
    catalogue::write(kafka, &asked)?;
    show::note(&format!("{} asked for; `courant explain ID` tells what came of it", asked.len()));
    Ok(exit)
}

#[cfg(test)]
mod tests {
    use chrono::DateTime;
    use news_model::feed_url;

    use super::*;

    fn known() -> Feed {
        let url = feed_url("http://a.example/rss").unwrap();
        Feed { title: "A".into(), tags: vec!["x".into()], ..Feed::of_url(url, DateTime::UNIX_EPOCH) }
    }

    fn catalogue() -> Catalogue {
        let mut catalogue = Catalogue::default();
        catalogue.feeds.insert(known().id, (0, known()));
        catalogue
    }

    #[test]
    fn importing_the_same_list_again_changes_nothing() {
        let listed =
            OpmlFeed { url: feed_url("http://a.example/rss").unwrap(), title: "A".into(), folders: vec![], line: 1 };
        let merged = merge(&catalogue(), vec![listed.clone(), listed]);
        assert_eq!((merged.added, merged.changed, merged.known), (0, 0, 1));
    }

    #[test]
    fn a_feed_is_found_by_its_address_however_it_is_spelled() {
        for name in ["HTTP://A.example/rss", "http://a.example/rss#top", known().id.as_str()] {
            assert!(catalogue().find(name).is_some(), "{name}");
        }
        assert!(catalogue().find("http://b.example/rss").is_none());
    }
}
