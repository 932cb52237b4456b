//! Reads a page that belongs to a feed beside its own address, asked for under a turn at its host and within the limits of any fetch.

use std::sync::Arc;

use feed_core::politeness::Place;
use news_model::Schedule;
use service_kit::clock;
use tokio_util::sync::CancellationToken;
use url::Url;

use crate::{
    digest::{Chance, Page, heard, read_page},
    fetch::{Fetched, Question},
    schedule::PollSteps,
    table::Job,
    turn::Turn,
};

impl PollSteps {
    /// The page at an address: `None` where a stop comes first or its turn does not come in time, `Some(None)` where it cannot be read.
    pub(crate) async fn page(
        &self,
        job: &Arc<Job>,
        (url, place): (&Url, Place),
        chance: Chance,
        stop: &CancellationToken,
    ) -> Option<Option<Page>> {
        let fetched = stop.run_until_cancelled(self.fetch_page(url, place)).await??;
        Some(self.read_page(job.clone(), fetched, chance).await)
    }

    async fn fetch_page(&self, url: &Url, place: Place) -> Option<Fetched> {
        let turn = Turn::wait(&self.table, place).await.ok()?;
        let blank = Schedule::default();
        let (fetched, turn) = self.fetcher.fetch(Question { url, schedule: &blank, conditional: false }, turn).await;
        if let Some(turn) = turn {
            let now = clock::now();
            turn.leave(now, heard(&fetched, now, self.rules.poll.longest_wait));
        }
        self.count(&fetched);
        Some(fetched)
    }

    async fn read_page(&self, job: Arc<Job>, fetched: Fetched, chance: Chance) -> Option<Page> {
        let feed = job.feed.id.clone();
        let read = self.parsers.run(move || read_page(&job, &fetched, chance)).await;
        read.inspect_err(|unread| tracing::error!(%feed, ?unread, "a page was not read to the end")).ok()?
    }
}
