//! `courant feeds add`: feeds by their address, or by that of their site.

use clap::{Args, ValueEnum};
use news_model::{Backlog, Feed, feed_url};
use poller::{Probe, Settings};
use service_kit::{clock, exit::Exit};
use url::Url;

use super::{
    Merged,
    discover::{FoundFeed, Search, search},
};
use crate::{
    catalogue::{self, Catalogue, ReadFailure},
    config::Kafka,
    show,
};

/// What is known of feeds that are added.
#[derive(Debug, Args)]
pub(crate) struct AddArgs {
    /// Addresses of feeds or of sites, http or https. Each is asked by the poller's rules of fetching; a site's feeds are those that its page announces
    /// or links to, or that stand in the usual places.
    #[arg(required = true, value_name = "URL")]
    urls: Vec<String>,
    /// Adds all feeds that are found at a site; otherwise several are listed and none is added.
    #[arg(long)]
    all: bool,
    /// Adds the addresses as they are, without asking them.
    #[arg(long)]
    as_is: bool,
    /// Name for people; a feed that was found at a site has the one it gives itself unless said otherwise.
    #[arg(long)]
    title: Option<String>,
    /// Folder, outermost first; several make a path.
    #[arg(long = "folder")]
    folders: Vec<String>,
    /// Free label.
    #[arg(long = "tag")]
    tags: Vec<String>,
    /// What the first poll does with the items that it finds; published unless said otherwise.
    #[arg(long, value_enum)]
    backlog: Option<BacklogArg>,
}

/// What the first poll does with the items that it finds.
#[derive(Clone, Copy, Debug, ValueEnum)]
enum BacklogArg {
    /// Publish them.
    Emit,
    /// Publish them, marked as backlog.
    Mark,
    /// Remember them and publish none.
    Skip,
}

/// Adds feeds. Blocks.
///
/// # Errors
/// When the cluster does not answer or a topic is missing.
pub(super) fn add(kafka: &Kafka, poller: &Settings, args: &AddArgs) -> Result<Exit, ReadFailure> {
    let mut urls = Vec::new();
    let mut faulty = 0;
    for text in &args.urls {
        match feed_url(text) {
            Ok(url) => urls.push(url),
            Err(error) => {
                faulty += 1;
                show::note(&format!("courant: {error}"));
            }
        }
    }
    if faulty > 0 {
        return Ok(show::failure("nothing was added", Exit::Usage));
    }
    let catalogue = Catalogue::read(kafka)?;
    let (found, exit) = if args.as_is {
        let as_is = |url| FoundFeed { url, title: String::new(), told: String::new() };
        (urls.into_iter().map(as_is).collect(), Exit::Success)
    } else {
        find(&urls, poller, args.all)
    };
    let mut merged = Merged::default();
    for FoundFeed { url, title, .. } in found {
        let fresh = Feed { title, ..Feed::of_url(url, clock::now()) };
        // What is not said about a feed that is there stays as it is.
        let known = catalogue.feeds.get(&fresh.id).map(|(_, known)| known.clone());
        let feed = args.apply_to(known.unwrap_or(fresh));
        show::line(&format!("{} {}", feed.id, feed.url));
        merged.take(&catalogue, feed);
    }
    catalogue::write(kafka, &merged.feeds)?;
    show::note(&merged.told());
    Ok(exit)
}

/// The feeds at `urls` that are to be added; of the others a person is told. The code to end with.
fn find(urls: &[Url], poller: &Settings, all: bool) -> (Vec<FoundFeed>, Exit) {
    let probe = match Probe::new(poller) {
        Ok(probe) => probe,
        Err(error) => return (Vec::new(), show::failure(&show::chain(&error), Exit::Usage)),
    };
    let (mut chosen, mut exit) = (Vec::new(), Exit::Success);
    for url in urls {
        let (mut feeds, site) = match tokio::runtime::Handle::current().block_on(search(&probe, url)) {
            Ok(Search::Feed(feed)) => (vec![feed], false),
            Ok(Search::Site(feeds, beside)) => {
                if beside > 0 {
                    show::note(&format!("{url} names {beside} more places, which were not asked: add them by address"));
                }
                (feeds, true)
            }
            Err(error) => {
                exit = show::failure(&format!("{url}: {error}; `--as-is` adds it all the same"), Exit::Failure);
                continue;
            }
        };
        if feeds.is_empty() {
            let told = format!("{url} is no feed and shows none; `--as-is` adds it all the same");
            exit = show::failure(&told, Exit::Failure);
        } else if site && feeds.len() > 1 && !all {
            for feed in &feeds {
                show::line(&show::one_line(&format!("{}  {}", feed.url, feed.told)));
            }
            let told = format!("{url} has {} feeds: add those you want by address, or all with `--all`", feeds.len());
            exit = show::failure(&told, Exit::Failure);
        } else {
            chosen.append(&mut feeds);
        }
    }
    (chosen, exit)
}

impl AddArgs {
    /// `feed` with what was said about it.
    fn apply_to(&self, mut feed: Feed) -> Feed {
        if let Some(title) = &self.title {
            feed.title.clone_from(title);
        }
        if !self.folders.is_empty() {
            feed.folders.clone_from(&self.folders);
        }
        if !self.tags.is_empty() {
            feed.tags.clone_from(&self.tags);
        }
        if let Some(backlog) = self.backlog {
            feed.backlog = backlog.into();
        }
        feed
    }
}

impl From<BacklogArg> for Backlog {
    fn from(backlog: BacklogArg) -> Self {
        match backlog {
            BacklogArg::Emit => Self::Emit,
            BacklogArg::Mark => Self::Mark,
            BacklogArg::Skip => Self::Skip,
        }
    }
}

#[cfg(test)]
mod tests {
    use chrono::DateTime;

    use super::*;

    #[test]
    fn adding_a_known_feed_changes_only_what_is_said() {
        let url = feed_url("http://a.example/rss").unwrap();
        let known = Feed { title: "A".into(), tags: vec!["x".into()], ..Feed::of_url(url, DateTime::UNIX_EPOCH) };
        let args = AddArgs {
            urls: Vec::new(),
            all: false,
            as_is: true,
            title: None,
            folders: Vec::new(),
            tags: Vec::new(),
            backlog: Some(BacklogArg::Skip),
        };
        assert_eq!(args.apply_to(known.clone()), Feed { backlog: Backlog::Skip, ..known });
    }
}
