//! Looks for the feeds of a site.

use std::collections::HashSet;

use feed_core::discover::{Candidate, candidates};
use news_model::ContentHash;
use poller::{Probe, ProbeError, Probed, ProbedFeed};
use url::Url;

/// A feed that may be added.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct FoundFeed {
    pub(super) url: Url,
    pub(super) title: String,
    /// What is in it, for a person.
    pub(super) told: String,
}

/// What an address turned out to be.
#[derive(Debug)]
pub(super) enum Search {
    /// A feed itself.
    Feed(FoundFeed),
    /// Something else, with the feeds that belong to it, and how many more places it names that were not asked.
    Site(Vec<FoundFeed>, usize),
}

/// Asks `url`, and where it is no feed, the places where its site's feeds may be: those it announces, else those it links to, else the usual ones.
///
/// # Errors
/// When `url` itself gives nothing.
pub(super) async fn search(probe: &Probe, url: &Url) -> Result<Search, ProbeError> {
    let page = probe.ask(url).await?;
    if page.feed.is_some() {
        let unnamed = Candidate { url: url.clone(), title: String::new() };
        return Ok(Search::Feed(found(unnamed, &page)));
    }
    let places = candidates(&page.body, &page.final_url);
    let sources =
        [(places.announced, places.announced_beside), (places.linked, places.linked_beside), (places.usual, 0)];
    for (places, beside) in sources {
        let feeds = ask_all(probe, places).await;
        if !feeds.is_empty() {
            return Ok(Search::Site(feeds, beside));
        }
    }
    Ok(Search::Site(Vec::new(), 0))
}

/// Those of `places` that are feeds, each once: sites give one under several addresses.
async fn ask_all(probe: &Probe, places: Vec<Candidate>) -> Vec<FoundFeed> {
    let (mut feeds, mut bodies) = (Vec::new(), HashSet::new());
    for place in places {
        // One that gives nothing is no feed.
        let Ok(answer) = probe.ask(&place.url).await else { continue };
        let is_first = bodies.insert(ContentHash::of_body(&answer.body));
        if answer.feed.is_some() && is_first {
            feeds.push(found(place, &answer));
        }
    }
    feeds
}

fn found(place: Candidate, answer: &Probed) -> FoundFeed {
    let url = if answer.moved_for_good { answer.final_url.clone() } else { place.url };
    let Some(ProbedFeed { title, items, newest }) = &answer.feed else {
        return FoundFeed { url, title: place.title, told: String::new() };
    };
    let name = if title.is_empty() { &place.title } else { title };
    let newest = newest.map_or_else(String::new, |newest| format!(", the newest of {}", newest.format("%Y-%m-%d")));
    FoundFeed { url, told: format!("{name} ({items} items{newest})"), title: name.clone() }
}
