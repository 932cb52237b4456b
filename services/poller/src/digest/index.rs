//! Indexes of sitemaps, whose items stand in the sitemaps that they list.

use std::collections::HashSet;

use chrono::{DateTime, TimeDelta, Utc};
use feed_core::{
    parse::ListedSitemap,
    revise::{Extent, SeenLimits, Window, compare},
};
use news_model::wire::Outcome;

use super::{Job, Page, Reading, failed, outcome_of};

/// Dates of sitemaps may be days of any zone, and a sitemap that failed is to be asked again.
const MARGIN: TimeDelta = TimeDelta::days(2);

/// What of an index may hold items that were not there at the last poll.
pub(super) fn worth_reading(listed: Vec<ListedSitemap>, last_poll: Option<DateTime<Utc>>) -> Vec<ListedSitemap> {
    let is_old = |changed: DateTime<Utc>| last_poll.is_some_and(|last_poll| changed < last_poll - MARGIN);
    listed.into_iter().filter(|sitemap| !sitemap.changed.is_some_and(is_old)).collect()
}

impl Reading {
    /// The sitemaps to be read, the most promising first.
    pub(crate) fn sitemaps(&self) -> &[ListedSitemap] {
        &self.sitemaps
    }

    /// Takes in what was read of the sitemaps, `None` for each that was asked for in vain. Others may stand in the index, so that nothing counts as
    /// gone.
    pub(crate) fn with_sitemaps(self, job: &Job, pages: Vec<Option<Page>>) -> Self {
        let asked = pages.len();
        let read: Vec<_> = pages.into_iter().flatten().collect();
        if asked > 0 && read.is_empty() {
            let detail = format!("none of the {asked} sitemaps of the index that were asked for could be read");
            return Self { body: self.body, ..failed(Outcome::Unreadable, detail, self.hints) };
        }
        let sitemaps_read = u32::try_from(read.len()).unwrap_or(u32::MAX);
        let mut known = HashSet::new();
        let items: Vec<_> = read.into_iter().flat_map(|page| page.items).filter(|item| known.insert(item.id)).collect();
        let items_read = items.len();
        let news = compare(&job.seen, Window { items, extent: Extent::Partial }, &SeenLimits::default());
        Self { outcome: outcome_of(&news), items: items_read, news: Some(news), sitemaps_read, ..self }
    }
}
