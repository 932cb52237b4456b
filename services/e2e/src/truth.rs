//! Compares what a newsroom served with what stands in the topics.

use std::{
    collections::{BTreeMap, BTreeSet},
    fmt::Write as _,
};

use anyhow::{Context, Result, bail};
use news_model::wire::ItemEvent;
use newsroom::{
    ServedItem,
    script::{SITES, Step},
};

/// One item in one revision, under the address its feed was added by.
#[derive(Clone, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct Story {
    /// Configured address of the feed.
    pub feed: String,
    /// The item as the newsroom's log knows it.
    pub item: ServedItem,
}

/// What the newsroom has served whole, so that it must stand in the topics.
#[must_use]
pub fn due(served: Vec<(String, ServedItem)>) -> BTreeSet<Story> {
    let story = |(page, item)| Story { feed: configured(page), item };
    served.into_iter().map(story).collect()
}

/// Everything that the bundled sites will ever serve whole.
#[must_use]
pub fn scripted() -> BTreeSet<Story> {
    let mut all = Vec::new();
    for site in SITES {
        for step in site.steps {
            if let Step::Show(index) = step
                && let Some(edition) = site.editions.get(*index)
            {
                all.extend(edition.served().into_iter().map(|item| (site.url(), item)));
            }
        }
    }
    due(all)
}

/// What `event` says, by the addresses of `catalogue` (feed id to address).
///
/// # Errors
/// When it holds no item or names no feed of the catalogue.
pub fn story_of(event: &ItemEvent, catalogue: &BTreeMap<String, String>) -> Result<Story> {
    let item = event.item.as_ref().context("an event without an item")?;
    let feed = catalogue.get(&item.feed_id).with_context(|| format!("no feed {}", item.feed_id))?;
    let key = if item.guid.is_empty() { &item.url } else { &item.guid };
    Ok(Story {
        feed: feed.clone(),
        item: ServedItem { key: key.clone(), title: item.title.clone(), revision: event.revision },
    })
}

/// Checks that each of `due` was seen exactly once, and nothing else.
///
/// # Errors
/// With what is missing, doubled or unknown.
pub fn each_once(due: &BTreeSet<Story>, seen: &[Story]) -> Result<()> {
    let mut counts: BTreeMap<&Story, usize> = BTreeMap::new();
    for story in seen {
        *counts.entry(story).or_default() += 1;
    }
    let missing = due.iter().filter(|story| !counts.contains_key(story));
    let doubled = counts.iter().filter(|(_, count)| **count > 1);
    let unknown = counts.keys().filter(|story| !due.contains(story));
    let mut report = String::new();
    tell(&mut report, "missing", missing);
    tell(&mut report, "more than once", doubled.map(|(story, _)| *story));
    tell(&mut report, "never served", unknown.copied());
    if report.is_empty() {
        return Ok(());
    }
    bail!("{} due, {} seen\n{report}", due.len(), seen.len())
}

fn tell<'a>(report: &mut String, what: &str, stories: impl Iterator<Item = &'a Story>) {
    const SHOWN: usize = 8;
    let stories: Vec<_> = stories.collect();
    if stories.is_empty() {
        return;
    }
    let _ = writeln!(report, "{what}: {}", stories.len());
    for Story { feed, item } in stories.iter().take(SHOWN) {
        let _ = writeln!(report, "  {feed} {} revision {}: {}", item.key, item.revision, item.title);
    }
}

/// The address to which a reader subscribed who got `page`: the start of the redirect that leads there.
fn configured(page: String) -> String {
    let leads_there = |site: &&newsroom::script::Site| {
        let moves = |step: &Step| matches!(step, Step::Move { to, .. } if *to == page);
        site.steps.iter().any(moves)
    };
    match SITES.iter().find(leads_there) {
        Some(site) => site.url(),
        None => page,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn story(key: &str, revision: u32) -> Story {
        let item = ServedItem { key: key.to_owned(), title: "-".to_owned(), revision };
        Story { feed: "http://a.example/".to_owned(), item }
    }

    #[test]
    fn what_is_lost_doubled_or_made_up_is_told() {
        let due = BTreeSet::from([story("a", 1), story("a", 2), story("b", 1)]);
        each_once(&due, &[story("b", 1), story("a", 1), story("a", 2)]).unwrap();
        let report = each_once(&due, &[story("b", 1), story("a", 1), story("b", 1), story("c", 1)]);
        let report = report.unwrap_err().to_string();
        for part in ["missing: 1\n", "a revision 2", "more than once: 1\n", "never served: 1\n", "c revision 1"] {
            assert!(report.contains(part), "{part:?} is not in {report}");
        }
    }

    #[test]
    fn what_a_redirect_leads_to_counts_for_where_it_starts() {
        let page = "http://northfieldtimes.example/news/rss.xml".to_owned();
        assert_eq!(configured(page), "http://northfield-times.example/rss");
        assert_eq!(configured("http://a.example/".to_owned()), "http://a.example/");
    }
}
