//! Reads the sitemaps that an index lists.

use std::sync::Arc;

use feed_core::politeness::Place;
use tokio_util::sync::CancellationToken;

use crate::{
    digest::{Chance, Page, Reading},
    schedule::PollSteps,
    table::Job,
};

impl PollSteps {
    /// Reads the sitemaps of an index that changed last, as many as may be read at a poll; gives `None` for each that was asked for in vain. Ends early
    /// at a stop, and where a turn does not come in time: what is left is read at the next poll.
    pub(crate) async fn read_sitemaps(
        &self,
        job: &Arc<Job>,
        index: &Reading,
        chance: Chance,
        stop: &CancellationToken,
    ) -> Vec<Option<Page>> {
        let own_site = Place::of_url(job.url()).site;
        let own = index.sitemaps().iter().map(|sitemap| (&sitemap.url, Place::of_url(&sitemap.url)));
        let wanted = own.filter(|(_, place)| place.site == own_site).take(self.rules.poll.index_sitemaps.into());
        let mut pages = Vec::new();
        for (url, place) in wanted {
            let Some(page) = self.page(job, (url, place), chance, stop).await else { break };
            pages.push(page);
        }
        pages
    }
}
