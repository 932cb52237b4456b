//! The bundled sites and what each answers, poll by poll.
//!
//! A page goes one step on with each answer it gave: a 200 whose body was handed over whole, a 304, a redirect or a refusal. An answer
//! cut short and an answer that never came do not move it, and the last step repeats for ever. A step that shows an edition becomes
//! a 304 for a client that sends the edition's validator back byte for byte.
//!
//! | page | form | steps |
//! |---|---|---|
//! | `harbourpost.example/rss.xml` | RSS 2.0, en, content:encoded | 1, 1 (so 304), 2, 3: items appear over time |
//! | `meridianwire.example/feed` | RSS 2.0, en, enclosures, no validators | 1, 2: an item corrected, 3: one more item |
//! | `summitledger.example/atom.xml` | Atom 1.0, en, `ETag` only, weak | 1, 1, 2: an entry corrected and one added |
//! | `lecourrierdelisle.example/rss.xml` | RSS 2.0, fr, ISO-8859-1 | 1 |
//! | `der-morgenbote.example/atom.xml` | Atom 1.0, de, html content | 1 |
//! | `elfarodelsur.example/rss` | RSS 2.0, es, `Last-Modified` only | 1 |
//! | `gazzettadelporto.example/rdf.xml` | RSS 1.0, it, UTF-8 with a mark | 1 |
//! | `diarioatlantico.example/feed.json` | JSON Feed 1.1, pt | 1, 2: one more item |
//! | `kurierwislany.example/rss.xml` | RSS 2.0, pl, UTF-8 with a mark | 1 |
//! | `nevskayakhronika.example/rss.xml` | RSS 2.0, ru, windows-1251 | 1 |
//! | `minatoshimbun.example/index.rdf` | RSS 1.0, ja, `Shift_JIS` | 1 |
//! | `almina.example/rss.xml` | RSS 2.0, ar | 1 |
//! | `countyledger.example/atom03.xml` | Atom 0.3, en | 1 |
//! | `climatedesk.example/feed.json` | JSON Feed 1.1, en, gzip | 1 |
//! | `polarreport.example/rss.xml` | RSS 2.0, en, UTF-16 with a mark | 1 |
//! | `northfield-times.example/rss` | none | 301 to `northfieldtimes.example/news/rss.xml` |
//! | `northfieldtimes.example/news/rss.xml` | RSS 2.0, en | 1 |
//! | `balticobserver.example/feed.xml` | none | 302 to `balticobserver.example/feeds/today.xml` |
//! | `balticobserver.example/feeds/today.xml` | Atom 1.0, en | 1 |
//! | `busybulletin.example/rss.xml` | RSS 2.0, en | 429 with `Retry-After: 1`, 1 |
//! | `wearyweekly.example/rss.xml` | RSS 2.0, en | 503 with `Retry-After` as a date, 1 |
//! | `brokenbroadsheet.example/rss.xml` | RSS 2.0, en, not well-formed | 1 |
//! | `portalpages.example/feed` | an HTML page | 1 |
//! | `closedcourier.example/rss.xml` | none | 410 |
//! | `lostletters.example/rss.xml` | none | 404 |
//! | `silentstandard.example/rss.xml` | none | takes the request and never answers |
//! | `halfwayherald.example/rss.xml` | RSS 2.0, en | half of 1, then nothing more |

use std::io;
use std::sync::Arc;

pub use crate::charset::Charset;
use crate::charset::gzip;
use crate::ledger::{Edition, ServedItem};
use crate::listing::FeedListing;
use crate::pages::{Print, Turn};

mod table;

pub use self::table::SITES;

/// One bundled page and its script.
#[derive(Debug)]
pub struct Site {
    /// The host, one of the reserved names.
    pub host: &'static str,
    /// The path, from its slash on.
    pub path: &'static str,
    /// The name of the publisher.
    pub title: &'static str,
    /// The folder it is listed under; none for a place that only a redirect leads to.
    pub folder: Option<&'static str>,
    /// How the feed behaves, in one word.
    pub answers: Answers,
    /// How its editions are written.
    pub form: Form,
    /// Its editions.
    pub editions: &'static [Source],
    /// Its answers, the last for ever.
    pub steps: &'static [Step],
}

/// How a feed behaves.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Answers {
    /// Well-formed feeds, perhaps behind a redirect.
    Well,
    /// Refuses first and names a time after which it answers well.
    AfterAWait,
    /// A feed that is not well-formed; a forgiving reader finds the items of the ledger in it.
    Brokenly,
    /// No feed, whatever a client does.
    Never,
}

/// How the editions of a site are written.
#[derive(Clone, Copy, Debug)]
pub struct Form {
    /// The `Content-Type`.
    pub content_type: &'static str,
    /// The encoding of the body; the sources are all kept in UTF-8.
    pub charset: Charset,
    /// Whether clients that take gzip get it.
    pub gzip: bool,
}

/// One edition of a site as kept in the source tree.
#[derive(Clone, Copy, Debug)]
pub struct Source {
    /// The body in UTF-8.
    pub body: &'static str,
    /// Its items, a line each: key, revision and title, between tabs.
    pub items: &'static str,
    /// The `ETag`.
    pub etag: Option<&'static str>,
    /// The `Last-Modified` date.
    pub last_modified: Option<&'static str>,
}

/// One answer of a page.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Step {
    /// The edition of this index, or a 304.
    Show(usize),
    /// Half the body of the edition of this index, then nothing more.
    Half(usize),
    /// A redirect.
    Move {
        /// 301 or 302.
        status: u16,
        /// The other place.
        to: &'static str,
    },
    /// A status without a feed.
    Refuse {
        /// The status.
        status: u16,
        /// What `Retry-After` says.
        wait: Wait,
    },
    /// No answer.
    Silence,
}

/// What `Retry-After` says.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Wait {
    /// The header is absent.
    Unsaid,
    /// So many seconds.
    Seconds(u32),
    /// The date so many seconds from the answer on.
    DateIn(u32),
}

impl Site {
    /// Where the page stands.
    #[must_use]
    pub fn url(&self) -> String {
        format!("http://{}{}", self.host, self.path)
    }

    pub(crate) fn listing(&self) -> Option<FeedListing> {
        self.folder.map(|folder| FeedListing {
            url: self.url(),
            title: self.title.to_owned(),
            folder: folder.to_owned(),
            answers: self.answers,
        })
    }
}

impl Source {
    /// The items a reader should find in the body.
    #[must_use]
    pub fn served(&self) -> Vec<ServedItem> {
        let item = |line: &str| {
            let mut fields = line.splitn(3, '\t');
            let key = fields.next()?.to_owned();
            let revision = fields.next()?.parse().ok()?;
            Some(ServedItem { key, title: fields.next()?.to_owned(), revision })
        };
        self.items.lines().filter_map(item).collect()
    }
}

/// A site with its editions printed: encoded, packed, ready to be served.
#[derive(Debug)]
pub(crate) struct Stage {
    site: &'static Site,
    prints: Vec<Print>,
}

impl Stage {
    pub(crate) fn print(site: &'static Site) -> io::Result<Self> {
        let print = |source: &Source| {
            let body = site.form.charset.encode(source.body);
            Ok(Print {
                content_type: site.form.content_type.into(),
                gzip: if site.form.gzip { Some(gzip(&body)?) } else { None },
                body,
                etag: source.etag.map(Arc::from),
                last_modified: source.last_modified.map(Arc::from),
            })
        };
        Ok(Self { site, prints: site.editions.iter().map(print).collect::<io::Result<_>>()? })
    }

    /// The answer at `position`, before validators are looked at.
    pub(crate) fn turn(&self, position: u32) -> Turn {
        let index = usize::try_from(position).unwrap_or(usize::MAX);
        let step = self.site.steps.get(index).or(self.site.steps.last());
        match step.copied() {
            Some(Step::Show(index)) => self.story(index, false),
            Some(Step::Half(index)) => self.story(index, true),
            Some(Step::Move { status, to }) => Turn::Moved { status, to },
            Some(Step::Refuse { status, wait }) => Turn::Refused { status, wait },
            Some(Step::Silence) => Turn::Silence,
            None => Turn::Refused { status: 404, wait: Wait::Unsaid },
        }
    }

    pub(crate) fn items(&self, edition: Edition) -> Vec<ServedItem> {
        let index = usize::try_from(edition.number()).unwrap_or(usize::MAX);
        self.site.editions.get(index).map(Source::served).unwrap_or_default()
    }

    fn story(&self, index: usize, half: bool) -> Turn {
        let print = self.prints.get(index).cloned().unwrap_or_default();
        Turn::Story { edition: Edition::new(u32::try_from(index).unwrap_or(u32::MAX)), print, half }
    }
}

#[cfg(test)]
mod tests;
