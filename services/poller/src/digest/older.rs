//! Older pages of a feed, read to fill a gap.

use feed_core::{
    parse::{ParseContext, parse},
    revise::{SeenLimits, add_missed, missed_in},
};
use news_model::Item;
use reqwest::header;
use url::Url;

use super::{Chance, Reading};
use crate::{fetch::Fetched, table::Job};

/// What an older page holds.
#[derive(Debug)]
pub(crate) struct Page {
    pub(super) items: Vec<Item>,
    older: Option<Url>,
}

/// Reads an older page, or a sitemap of an index; `None` where it is no feed that can be read.
pub(crate) fn read_page(job: &Job, fetched: &Fetched, chance: Chance) -> Option<Page> {
    let answered = fetched.result.as_ref().ok().filter(|answered| answered.status == 200)?;
    let content_type = answered.headers.get(header::CONTENT_TYPE).and_then(|value| value.to_str().ok());
    let context = ParseContext { feed: &job.feed.id, base_url: &fetched.final_url, content_type, now: chance.now };
    let parsed = parse(&answered.body, &context).ok()?;
    Some(Page { items: parsed.items, older: parsed.channel.older })
}

impl Reading {
    /// Where the items of a gap may stand, if there is one.
    pub(crate) fn older_page(&self) -> Option<&Url> {
        self.filled.as_ref().and(self.older.as_ref())
    }

    /// Takes in what an older page holds of the gap. The page before it, if more may stand there.
    pub(crate) fn take_in(&mut self, job: &Job, page: Page) -> Option<Url> {
        let (filled, news) = (self.filled.as_mut()?, self.news.as_mut()?);
        let undecided = std::mem::take(&mut self.undecided);
        let missed = missed_in(page.items, undecided, &job.seen, news, filled.gap.since);
        self.undecided = missed.undecided;
        add_missed(news, missed.items, &SeenLimits::default());
        filled.pages += 1;
        filled.backfilled = news.backfilled;
        filled.closed |= missed.reached;
        page.older.filter(|_| !missed.reached)
    }
}
