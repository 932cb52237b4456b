//! Where the feeds of a site may be, by what one of its pages says and by where sites put them. What is found has still to be asked.

use std::collections::HashSet;

use news_model::feed_url;
use url::Url;

use crate::parse::{Tag, Token, Tokens, attribute, text_of};

/// Most addresses of one source: who has more feeds than this lists them on a page of their own.
const MOST: usize = 12;

/// Media types of feeds in links; plain JSON is none, since sites announce other interfaces by it.
const FEED_TYPES: [&str; 6] = [
    "application/rss+xml",
    "application/atom+xml",
    "application/feed+json",
    "application/rdf+xml",
    "application/xml",
    "text/xml",
];

/// Words of a path that speak of a feed.
const FEED_WORDS: [&str; 12] = [
    "feed",
    "feeds",
    "rss",
    "rss2",
    "atom",
    "rdf",
    "rss.xml",
    "feed.xml",
    "atom.xml",
    "index.xml",
    "index.rdf",
    "feed.json",
];

/// Where sites put their feeds, the most usual place first.
const USUAL_PLACES: [&str; 8] =
    ["feed", "rss", "rss.xml", "feed.xml", "atom.xml", "index.xml", "feed.json", "feeds/posts/default"];

/// A place where a feed may be.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Candidate {
    /// Its address.
    pub url: Url,
    /// What the page calls it, or empty.
    pub title: String,
}

/// Places where feeds may be, each address once, from the surest source to the least.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Candidates {
    /// Announced in the head of the page (`link rel="alternate"` with the type of a feed).
    pub announced: Vec<Candidate>,
    /// Linked from the page under an address that speaks of a feed.
    pub linked: Vec<Candidate>,
    /// Where sites put their feeds.
    pub usual: Vec<Candidate>,
    /// Places that the page announces beside those in `announced`, which are too many to be asked.
    pub announced_beside: usize,
    /// Places that it links to beside those in `linked`.
    pub linked_beside: usize,
}

/// What the page in `body`, which `url` answered with, tells of its site's feeds.
#[must_use]
pub fn candidates(body: &[u8], url: &Url) -> Candidates {
    let text = text_of(body);
    let mut finder = Finder { base: url.clone(), taken: HashSet::from([url.clone()]), found: Candidates::default() };
    let mut tokens = Tokens::of(&text);
    for token in std::iter::from_fn(|| tokens.next()) {
        if let Token::Start(tag) = token {
            finder.tag(&tag);
        }
    }
    finder.base = url.clone();
    finder.usual_places(url);
    finder.found
}

struct Finder {
    base: Url,
    taken: HashSet<Url>,
    found: Candidates,
}

impl Finder {
    fn tag(&mut self, tag: &Tag<'_>) {
        let value = |name| attribute(tag.attributes, name).unwrap_or_default().trim().to_owned();
        if tag.name.eq_ignore_ascii_case("base") {
            if let Some(base) = self.target(&value("href")) {
                self.base = base;
            }
        } else if tag.name.eq_ignore_ascii_case("link") {
            if is_feed_link(&value("rel"), &value("type"))
                && let Some(candidate) = self.fresh(&value("href"), value("title"))
            {
                push(&mut self.found.announced, candidate, &mut self.found.announced_beside);
            }
        } else if tag.name.eq_ignore_ascii_case("a")
            && self.target(&value("href")).is_some_and(|url| speaks_of_a_feed(&url))
            && let Some(candidate) = self.fresh(&value("href"), value("title"))
        {
            push(&mut self.found.linked, candidate, &mut self.found.linked_beside);
        }
    }

    fn usual_places(&mut self, page: &Url) {
        let below = page.path().trim_end_matches('/');
        let own = (!below.is_empty()).then(|| format!("{below}/feed"));
        let places = own.into_iter().chain(USUAL_PLACES.map(|place| format!("/{place}")));
        for place in places {
            let candidate = self.fresh(&place, String::new());
            self.found.usual.extend(candidate);
        }
    }

    /// A place that was not named yet.
    fn fresh(&mut self, href: &str, title: String) -> Option<Candidate> {
        let url = self.target(href)?;
        self.taken.insert(url.clone()).then_some(Candidate { url, title })
    }

    fn target(&self, href: &str) -> Option<Url> {
        let url = self.base.join(href.strip_prefix("feed:").unwrap_or(href)).ok().filter(|_| !href.is_empty())?;
        feed_url(url.as_str()).ok()
    }
}

/// Adds `candidate` to as many as may be asked, or counts it among those `beside`.
fn push(places: &mut Vec<Candidate>, candidate: Candidate, beside: &mut usize) {
    if places.len() < MOST {
        places.push(candidate);
    } else {
        *beside += 1;
    }
}

fn is_feed_link(rel: &str, media_type: &str) -> bool {
    let mut names = rel.split_ascii_whitespace();
    let media_type = media_type.split(';').next().unwrap_or_default().trim();
    names.any(|name| {
        name.eq_ignore_ascii_case("feed")
            || (name.eq_ignore_ascii_case("alternate")
                && FEED_TYPES.iter().any(|known| known.eq_ignore_ascii_case(media_type)))
    })
}

fn speaks_of_a_feed(url: &Url) -> bool {
    let host = url.host_str().unwrap_or_default();
    let mut words = url.path().split('/').filter(|word| !word.is_empty());
    let named = |word: &str| {
        let ends = [".rss", ".rdf", ".atom"].iter().any(|end| word.to_ascii_lowercase().ends_with(end));
        ends || FEED_WORDS.iter().any(|known| known.eq_ignore_ascii_case(word))
    };
    words.any(named) || host.starts_with("feeds.") || host.starts_with("rss.")
}

#[cfg(test)]
mod tests {
    use super::*;

    fn of(page: &str) -> Candidates {
        candidates(page.as_bytes(), &Url::parse("https://paper.example/news/today").unwrap())
    }

    fn urls(candidates: &[Candidate]) -> Vec<&str> {
        candidates.iter().map(|candidate| candidate.url.as_str()).collect()
    }

    #[test]
    fn announced_feeds_are_found_however_they_are_written() {
        let page = "<html><HEAD><link rel=alternate type=application/rss+xml title='Top &amp; all' href=/top.xml>\
            <LINK TYPE='application/atom+xml; charset=utf-8' REL='home Alternate' HREF='atom#x'/>\
            <link rel=\"feed\" href=\"//feeds.paper.example/all\"><link rel='alternate' type='application/rss+xml' href='/top.xml'>";
        let found = of(page);
        let expected =
            ["https://paper.example/top.xml", "https://paper.example/news/atom", "https://feeds.paper.example/all"];
        assert_eq!(urls(&found.announced), expected);
        assert_eq!(found.announced[0].title, "Top & all");
    }

    #[test]
    fn other_links_announce_no_feed() {
        for link in [
            "<link rel='stylesheet' type='text/xml' href='/a'>",
            "<link rel='alternate' hreflang='de' href='/de'>",
            "<link rel='alternate' type='application/json' href='/wp-json/posts/1'>",
            "<link rel='alternate' type='application/rss+xml' href=''>",
            "<link rel='alternate' type='application/rss+xml' href='file:///etc/passwd'>",
            "<link rel='alternate' type='application/rss+xml' href='https://me:secret@paper.example/rss'>",
            "<link rel='alternate' type='application/rss+xml' href='https://paper.example/news/today'>",
        ] {
            assert_eq!(of(link).announced, [], "{link}");
        }
    }

    #[test]
    fn links_that_speak_of_feeds_are_found_beside() {
        let page = "<a href='/about'>a</a> <a href='/rss'>b</a> <a href='feed:https://paper.example/x/Feed/'>c</a>\
            <a href='https://rss.paper.example/'>d</a> <a href='/weather.rdf'>e</a> <a href='/feedback'>f</a>";
        let expected = [
            "https://paper.example/rss",
            "https://paper.example/x/Feed/",
            "https://rss.paper.example/",
            "https://paper.example/weather.rdf",
        ];
        assert_eq!(urls(&of(page).linked), expected);
    }

    #[test]
    fn the_base_of_a_page_counts_for_its_links_and_not_for_usual_places() {
        let found = of("<base href='https://cdn.example/x/'><link rel=alternate type=text/xml href=f>");
        assert_eq!(urls(&found.announced), ["https://cdn.example/x/f"]);
        assert_eq!(urls(&found.usual[..2]), ["https://paper.example/news/today/feed", "https://paper.example/feed"]);
    }

    #[test]
    fn a_page_of_links_gives_so_many_and_counts_the_others() {
        let many = (0..1_000).map(|number| format!("<a href='/rss/{number}'><a href='/rss/{number}'>"));
        let found = of(&many.collect::<String>());
        assert_eq!((found.linked.len(), found.linked_beside), (MOST, 1_000 - MOST));
        let many = (0..50).map(|number| format!("<link rel=feed href='/rss/{number}'>"));
        let found = of(&many.collect::<String>());
        assert_eq!((found.announced.len(), found.announced_beside), (MOST, 50 - MOST));
    }
}
