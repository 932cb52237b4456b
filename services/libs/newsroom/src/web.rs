//! Every page of the newsroom under one roof, with the ledger of what they answered.

use std::collections::{HashMap, HashSet};
use std::io;
use std::sync::{Arc, PoisonError, RwLock, RwLockReadGuard};

use url::Url;

use crate::ledger::{Entry, Ledger, Served, ServedItem};
use crate::listing::FeedListing;
use crate::options::{Options, Publication};
use crate::pages::{Content, Page, Turn};
use crate::script::{Answers, SITES, Stage};
use crate::wire::WireFeed;

/// The most pages of one newsroom; publishing beyond it is refused.
const MOST_PAGES: usize = 1_000_000;

/// Why a page could not be put up.
#[derive(Debug, thiserror::Error)]
pub enum PublishError {
    /// The address is no absolute HTTP URL with a host.
    #[error("not an absolute http url with a host: {0}")]
    BadUrl(String),
    /// The address belongs to a bundled or generated feed.
    #[error("the newsroom already scripts {0}")]
    Taken(String),
    /// No room for one more page.
    #[error("more than {MOST_PAGES} pages")]
    Full,
}

/// Every page, and the ledger of what they answered.
#[derive(Debug, Default)]
pub(crate) struct Web {
    contents: RwLock<Shelf>,
    pub(crate) ledger: Ledger,
}

#[derive(Debug, Default)]
struct Shelf {
    pages: Vec<Arc<Page>>,
    by_place: HashMap<String, Arc<Page>>,
    listed: Vec<FeedListing>,
}

/// Notes in the ledger that a body went out whole, and lets its page go on.
#[derive(Debug)]
pub(crate) struct Receipt {
    web: Arc<Web>,
    page: Arc<Page>,
    at: usize,
    from: u32,
}

impl Receipt {
    pub(crate) fn sign(&self) {
        self.web.ledger.note_whole(self.at);
        self.page.go_on(self.from);
    }
}

impl Web {
    /// Sets up every page of `options`.
    pub(crate) fn build(options: &Options) -> io::Result<Self> {
        options.wire.check()?;
        let web = Self::default();
        if options.bundled {
            for site in SITES {
                web.put_up(site.url(), Content::Scripted(Stage::print(site)?), site.listing());
            }
        }
        for number in 0..options.wire.feeds {
            let feed = WireFeed::new(number, &options.wire);
            let listing =
                FeedListing { url: feed.url(), title: feed.title(), folder: "Wire".to_owned(), answers: Answers::Well };
            web.put_up(feed.url(), Content::Wire(feed), Some(listing));
        }
        for extra in &options.extra {
            web.publish(extra.clone()).map_err(|fault| io::Error::new(io::ErrorKind::InvalidInput, fault))?;
        }
        Ok(web)
    }

    /// The page at `host` (without port, any case) and `path`.
    pub(crate) fn page(&self, host: &str, path: &str) -> Option<Arc<Page>> {
        let mut place = String::with_capacity(host.len() + path.len());
        place.push_str(host);
        place.make_ascii_lowercase();
        place.push_str(path);
        self.pages().by_place.get(&place).cloned()
    }

    /// Puts a page up, or a new edition of a page put up before.
    pub(crate) fn publish(&self, publication: Publication) -> Result<(), PublishError> {
        let fault = || PublishError::BadUrl(publication.url.clone());
        let place = Url::parse(&publication.url).ok().as_ref().and_then(place_of).ok_or_else(fault)?;
        let mut held = self.contents.write().unwrap_or_else(PoisonError::into_inner);
        let url = publication.url.clone();
        if let Some(page) = held.by_place.get(&place) {
            return if page.publish(publication) { Ok(()) } else { Err(PublishError::Taken(url)) };
        }
        if held.pages.len() >= MOST_PAGES {
            return Err(PublishError::Full);
        }
        let listing = FeedListing {
            url: url.clone(),
            title: url.clone(),
            folder: "Published".to_owned(),
            answers: Answers::Well,
        };
        held.put_up(place, url, Content::published(publication), Some(listing));
        Ok(())
    }

    /// Moves every page of `host` one answer on; says how many pages there were.
    pub(crate) fn advance(&self, host: &str) -> usize {
        let mut moved = 0;
        for page in &self.pages().pages {
            let own = Url::parse(&page.url).ok();
            if own.as_ref().and_then(Url::host_str).is_some_and(|own| own.eq_ignore_ascii_case(host)) {
                page.skip();
                moved += 1;
            }
        }
        moved
    }

    pub(crate) fn listed(&self) -> Vec<FeedListing> {
        self.pages().listed.clone()
    }

    /// Notes the answer of `page` and lets the page go on, unless a body is still to be handed over: then the receipt does so.
    pub(crate) fn note(self: &Arc<Self>, page: &Arc<Page>, from: u32, turn: &Turn) -> Option<Receipt> {
        let (status, edition) = match turn {
            Turn::Story { edition, .. } => (Some(200), Some(*edition)),
            Turn::Unchanged { .. } => (Some(304), None),
            Turn::Moved { status, .. } | Turn::Refused { status, .. } => (Some(*status), None),
            Turn::Silence => (None, None),
        };
        let bodiless = status.is_some() && edition.is_none();
        let at = self.ledger.note(Entry { page: page.number, edition, status, whole: bodiless });
        if bodiless {
            page.go_on(from);
        }
        edition.map(|_| Receipt { web: Arc::clone(self), page: Arc::clone(page), at, from })
    }

    /// How many answers there were so far.
    pub(crate) fn answered(&self) -> usize {
        self.ledger.len()
    }

    /// Up to `most` answers from order number `from` on.
    pub(crate) fn log(&self, from: usize, most: usize) -> Vec<Served> {
        let entries = self.ledger.read(from, most);
        let known = self.pages();
        let served = |(offset, entry): (usize, &Entry)| {
            let page = known.pages.get(usize::try_from(entry.page).unwrap_or(usize::MAX));
            let items = match (page, entry.edition) {
                (Some(page), Some(edition)) if entry.whole => page.items(edition),
                _ => Vec::new(),
            };
            Served {
                at: u64::try_from(from + offset).unwrap_or(u64::MAX),
                url: page.map(|page| page.url.clone()).unwrap_or_default(),
                status: entry.status,
                whole: entry.whole,
                items,
            }
        };
        entries.iter().enumerate().map(served).collect()
    }

    /// Every item in every revision that was served whole, once, in the order of its first answer, with the URL that gave it.
    pub(crate) fn items(&self) -> Vec<(String, ServedItem)> {
        let entries = self.ledger.read(0, usize::MAX);
        let known = self.pages();
        let mut editions = HashSet::new();
        let mut seen = HashSet::new();
        let mut items = Vec::new();
        for entry in entries.iter().filter(|entry| entry.whole) {
            let page = known.pages.get(usize::try_from(entry.page).unwrap_or(usize::MAX));
            let (Some(page), Some(edition)) = (page, entry.edition) else {
                continue;
            };
            if !editions.insert((entry.page, edition)) {
                continue;
            }
            for item in page.items(edition) {
                if seen.insert((entry.page, item.key.clone(), item.revision)) {
                    items.push((page.url.clone(), item));
                }
            }
        }
        items
    }

    fn put_up(&self, url: String, content: Content, listing: Option<FeedListing>) {
        let Some(place) = Url::parse(&url).ok().as_ref().and_then(place_of) else {
            return;
        };
        let mut held = self.contents.write().unwrap_or_else(PoisonError::into_inner);
        held.put_up(place, url, content, listing);
    }

    fn pages(&self) -> RwLockReadGuard<'_, Shelf> {
        self.contents.read().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Shelf {
    fn put_up(&mut self, place: String, url: String, content: Content, listing: Option<FeedListing>) {
        let number = u32::try_from(self.pages.len()).unwrap_or(u32::MAX);
        let page = Arc::new(Page::new(url, number, content));
        self.pages.push(Arc::clone(&page));
        self.by_place.insert(place, page);
        self.listed.extend(listing);
    }
}

/// Host, path and query of an address: what a request shows of it.
fn place_of(url: &Url) -> Option<String> {
    let host = url.host_str().filter(|_| matches!(url.scheme(), "http" | "https"))?;
    let query = url.query().map(|query| format!("?{query}")).unwrap_or_default();
    Some(format!("{host}{}{query}", url.path()))
}
