//! Fills a gap from older pages of the feed.

use std::sync::Arc;

use feed_core::politeness::Place;
use tokio_util::sync::CancellationToken;

use crate::{
    digest::{Chance, Reading},
    schedule::PollSteps,
    table::Job,
};

impl PollSteps {
    /// Reads older pages until one reaches back to what was known, there are no more, or one cannot be had. What is missing then stays so.
    pub(crate) async fn fill_gap(
        &self,
        job: &Arc<Job>,
        mut reading: Reading,
        chance: Chance,
        stop: &CancellationToken,
    ) -> Reading {
        let mut asked = vec![job.url().clone()];
        let mut next = reading.older_page().cloned();
        let own_site = Place::of_url(job.url()).site;
        for _ in 0..self.rules.poll.backfill_pages {
            let Some(url) = next.take() else { break };
            let place = Place::of_url(&url);
            if place.site != own_site || asked.contains(&url) {
                break;
            }
            let Some(Some(page)) = self.page(job, (&url, place), chance, stop).await else { break };
            asked.push(url);
            next = reading.take_in(job, page);
        }
        reading
    }
}
