//! Fills a gap from older pages of the feed, each asked for under a turn at its host and within the limits of any fetch.

use std::sync::Arc;

use feed_core::politeness::Place;
use news_model::Schedule;
use service_kit::clock;
use tokio_util::sync::CancellationToken;
use url::Url;

use crate::{
    digest::{Chance, Page, Reading, heard, read_page},
    fetch::{Fetched, Question},
    schedule::PollSteps,
    table::Job,
    turn::Turn,
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
        let mut asked = vec![job.url.clone()];
        let mut next = reading.older_page().cloned();
        let own_site = Place::of_url(&job.url).site;
        for _ in 0..self.rules.poll.backfill_pages {
            let Some(url) = next.take() else { break };
            let place = Place::of_url(&url);
            if place.site != own_site || asked.contains(&url) {
                break;
            }
            let Some(Some(fetched)) = stop.run_until_cancelled(self.fetch_older(&url, place)).await else { break };
            asked.push(url);
            let Some(page) = self.read_older(job.clone(), fetched, chance).await else { break };
            next = reading.take_in(job, page);
        }
        reading
    }

    /// Asks for a page; `None` where its turn does not come in time.
    pub(crate) async fn fetch_older(&self, url: &Url, place: Place) -> Option<Fetched> {
        let turn = Turn::wait(&self.table, place).await.ok()?;
        let blank = Schedule::default();
        let (fetched, turn) = self.fetcher.fetch(Question { url, schedule: &blank, conditional: false }, turn).await;
        if let Some(turn) = turn {
            turn.leave(heard(&fetched, clock::now(), self.rules.poll.longest_wait));
        }
        self.count(&fetched);
        Some(fetched)
    }

    /// Reads a page; `None` where it cannot be read.
    pub(crate) async fn read_older(&self, job: Arc<Job>, fetched: Fetched, chance: Chance) -> Option<Page> {
        let feed = job.feed.id.clone();
        let read = self.parsers.run(move || read_page(&job, &fetched, chance)).await;
        read.inspect_err(|unread| tracing::error!(%feed, ?unread, "a page was not read to the end")).ok()?
    }
}
