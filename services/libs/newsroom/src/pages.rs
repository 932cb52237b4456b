//! A page of the invented web, and what it answers next.

use std::sync::atomic::{AtomicU32, Ordering};
use std::sync::{Arc, PoisonError, RwLock};

use bytes::Bytes;

use crate::ledger::{Edition, ServedItem};
use crate::options::Publication;
use crate::script::{Stage, Wait};
use crate::wire::WireFeed;

/// What a page answers to one request.
#[derive(Debug)]
pub(crate) enum Turn {
    /// A 200 with a body; `half` of it where the script says so.
    Story { edition: Edition, print: Print, half: bool },
    /// A 304.
    Unchanged { print: Print },
    /// A 301 or 302 to another place.
    Moved { status: u16, to: &'static str },
    /// Any other status without a feed.
    Refused { status: u16, wait: Wait },
    /// No answer, ever.
    Silence,
}

/// One edition ready to be served.
#[derive(Clone, Debug, Default)]
pub(crate) struct Print {
    pub(crate) content_type: Arc<str>,
    pub(crate) body: Bytes,
    /// The same body packed as gzip, for clients that take it.
    pub(crate) gzip: Option<Bytes>,
    pub(crate) etag: Option<Arc<str>>,
    pub(crate) last_modified: Option<Arc<str>>,
}

/// The validators that came with a request, byte for byte.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct Condition<'a> {
    pub(crate) none_match: Option<&'a [u8]>,
    pub(crate) modified_since: Option<&'a [u8]>,
}

impl Condition<'_> {
    /// Whether the client holds this edition. As HTTP has it, `If-None-Match` silences `If-Modified-Since`.
    fn holds(self, print: &Print) -> bool {
        let same = |sent: &[u8], own: &Option<Arc<str>>| own.as_ref().is_some_and(|own| own.as_bytes() == sent);
        match (self.none_match, self.modified_since) {
            (Some(tag), _) => same(tag, &print.etag),
            (None, Some(date)) => same(date, &print.last_modified),
            (None, None) => false,
        }
    }
}

/// One URL and how it goes on.
#[derive(Debug)]
pub(crate) struct Page {
    pub(crate) url: String,
    pub(crate) number: u32,
    /// How many answers the page gave: the only thing its next answer depends on.
    position: AtomicU32,
    content: Content,
}

#[derive(Debug)]
pub(crate) enum Content {
    Scripted(Stage),
    Wire(WireFeed),
    Published(RwLock<Vec<Published>>),
}

#[derive(Clone, Debug)]
pub(crate) struct Published {
    print: Print,
    items: Arc<[ServedItem]>,
}

impl Content {
    /// A page of which `edition` is the first.
    pub(crate) fn published(edition: Publication) -> Self {
        Self::Published(RwLock::new(vec![Published::new(edition, 0)]))
    }
}

impl Published {
    fn new(edition: Publication, number: usize) -> Self {
        let print = Print {
            content_type: edition.content_type.into(),
            body: edition.body,
            etag: Some(format!("\"published-{number}\"").into()),
            ..Print::default()
        };
        Self { print, items: edition.items.into() }
    }
}

impl Page {
    pub(crate) fn new(url: String, number: u32, content: Content) -> Self {
        Self { url, number, position: AtomicU32::new(0), content }
    }

    /// Decides the answer to one request; also says from which position, for [`Page::go_on`].
    pub(crate) fn turn(&self, condition: Condition<'_>) -> (u32, Turn) {
        let position = self.position.load(Ordering::Acquire);
        match &self.content {
            Content::Scripted(stage) => (position, judged(stage.turn(position), condition)),
            Content::Wire(feed) => {
                let number = feed.next_edition(position, condition.none_match);
                self.position.fetch_max(number, Ordering::AcqRel);
                let print = feed.validators(number);
                if condition.holds(&print) {
                    return (number, Turn::Unchanged { print });
                }
                let print = Print { body: feed.render(number), ..print };
                (number, Turn::Story { edition: Edition::new(number), print, half: false })
            }
            Content::Published(prints) => {
                let prints = prints.read().unwrap_or_else(PoisonError::into_inner);
                let number = u32::try_from(prints.len().saturating_sub(1)).unwrap_or(u32::MAX);
                let print = prints.last().map(|published| published.print.clone()).unwrap_or_default();
                let story = Turn::Story { edition: Edition::new(number), print, half: false };
                (position, judged(story, condition))
            }
        }
    }

    /// Moves past the answer given at position `from`; twice is as good as once.
    pub(crate) fn go_on(&self, from: u32) {
        let next = match &self.content {
            Content::Wire(feed) => feed.after_whole(from),
            Content::Scripted(_) | Content::Published(_) => from.saturating_add(1),
        };
        self.position.fetch_max(next, Ordering::AcqRel);
    }

    /// Moves past whatever answer is next.
    pub(crate) fn skip(&self) {
        self.go_on(self.position.load(Ordering::Acquire));
    }

    /// Puts a further edition up; false where the page is scripted.
    pub(crate) fn publish(&self, edition: Publication) -> bool {
        let Content::Published(editions) = &self.content else {
            return false;
        };
        let mut editions = editions.write().unwrap_or_else(PoisonError::into_inner);
        let number = editions.len();
        editions.push(Published::new(edition, number));
        true
    }

    pub(crate) fn items(&self, edition: Edition) -> Vec<ServedItem> {
        match &self.content {
            Content::Scripted(stage) => stage.items(edition),
            Content::Wire(feed) => feed.items(edition.number()),
            Content::Published(prints) => {
                let prints = prints.read().unwrap_or_else(PoisonError::into_inner);
                let index = usize::try_from(edition.number()).unwrap_or(usize::MAX);
                prints.get(index).map(|published| published.items.to_vec()).unwrap_or_default()
            }
        }
    }
}

/// Turns a story the client already holds into a 304.
fn judged(turn: Turn, condition: Condition<'_>) -> Turn {
    match turn {
        Turn::Story { print, half: false, .. } if condition.holds(&print) => Turn::Unchanged { print },
        other => other,
    }
}
