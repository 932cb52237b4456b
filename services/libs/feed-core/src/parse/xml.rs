//! RSS, RDF and Atom of every version, well-formed or not.
//!
//! Tags that never close are closed by what follows, end tags without a start are dropped, and where the document breaks off every item
//! before the break stays. References of a document type are never expanded.

mod capture;
mod media;
mod names;
mod open_entry;
mod root;
mod strict;
mod survey;

use url::Url;

use super::{
    FeedFormat, MAX_ITEMS, ParseError,
    entry::{RawFeed, RawText},
    markup::{Tag, Token, Tokens, attribute},
};
use capture::{Capture, Taken, form_of};
use media::{LinkKind, enclosure, link_kind, medium};
use names::{Element, Family, Field, Names, Space, standing};
use open_entry::{OpenEntry, is_opaque, push_capped, set_field};
use root::find_root;

pub(crate) use open_entry::MAX_LIST;
pub(crate) use survey::{Kind, Noted, is_plain_address, survey};

/// Deepest nesting outside of texts that is followed; deeper elements are read as if their parent were not there.
const MAX_DEPTH: usize = 256;

/// Reads the feed in `text`.
pub(crate) fn read(text: &str) -> Result<(FeedFormat, RawFeed), ParseError> {
    let mut tokens = Tokens::of(text);
    let (format, root, junk) = find_root(&mut tokens)?;
    let family = match format {
        FeedFormat::Atom => Family::Atom,
        FeedFormat::Rss | FeedFormat::Rdf | FeedFormat::Json => Family::Rss,
    };
    let mut reader = Reader {
        family,
        names: Names::of(family),
        stack: Vec::new(),
        bases: Vec::new(),
        capture: None,
        entry: None,
        feed: RawFeed::default(),
    };
    reader.feed.repaired = junk;
    reader.start(root);
    reader.run(tokens);
    Ok((format, reader.feed))
}

struct Reader<'a> {
    family: Family,
    names: Names<'a>,
    stack: Vec<Frame<'a>>,
    /// Values of `xml:base` in force, with the depth of their elements.
    bases: Vec<(usize, Url)>,
    capture: Option<Capture<'a>>,
    entry: Option<OpenEntry>,
    feed: RawFeed,
}

/// An open element.
struct Frame<'a> {
    name: &'a str,
    kind: Element,
    /// Namespace declarations in force outside of it.
    names_outside: usize,
}

impl<'a> Reader<'a> {
    fn run(&mut self, tokens: Tokens<'a>) {
        for token in tokens {
            if self.stack.is_empty() || self.feed.entries.len() >= MAX_ITEMS {
                break;
            }
            match token {
                Token::Start(tag) => self.start(tag),
                Token::End(tag) => self.end(tag),
                Token::Text(text) => {
                    if let Some(capture) = &mut self.capture {
                        capture.text(text);
                    }
                }
                Token::CData(text) => {
                    if let Some(capture) = &mut self.capture {
                        capture.cdata(text);
                    }
                }
                Token::Unfinished(_) => {}
            }
        }
        // Whatever is open was cut off; an entry among it may lack anything.
        self.feed.repaired |= !self.stack.is_empty();
    }

    fn start(&mut self, tag: Tag<'a>) {
        if let Some(capture) = &mut self.capture {
            if capture.start(tag, self.family) == Taken::Yes {
                return;
            }
            self.feed.repaired = true;
            self.finish_field();
        }
        let names_outside = self.names.len();
        self.names.declare(tag.attributes, self.stack.is_empty());
        let (space, local) = self.names.resolve(tag.name);
        let parent = self.stack.last().map(|frame| frame.kind);
        let kind = standing(self.family, parent, space, &local);
        match kind {
            Element::Field(field) | Element::Fallback(field) => {
                self.names.forget(names_outside);
                let fallback = kind == Element::Fallback(field);
                return self.open_field(field, fallback, space, tag);
            }
            Element::Link => self.atom_link(tag),
            Element::Media | Element::Picture => self.medium(tag, kind),
            Element::Entry => self.open_entry(tag),
            Element::Container | Element::Person | Element::Opaque => {}
        }
        if tag.empty {
            self.names.forget(names_outside);
        } else {
            self.push(tag, kind, names_outside);
        }
    }

    fn push(&mut self, tag: Tag<'a>, kind: Element, names_outside: usize) {
        if self.stack.len() >= MAX_DEPTH {
            self.feed.repaired = true;
            return;
        }
        self.stack.push(Frame { name: tag.name, kind, names_outside });
        if tag.attributes.contains("xml:") {
            self.enter_scope(tag);
        }
    }

    /// Takes `xml:base` and `xml:lang` in.
    fn enter_scope(&mut self, tag: Tag<'a>) {
        if let Some(base) = attribute(tag.attributes, "xml:base") {
            let url = match self.bases.last() {
                Some((_, outer)) => outer.join(base.trim()),
                None => Url::parse(base.trim()),
            };
            if let Ok(url) = url {
                self.bases.push((self.stack.len(), url));
            }
        }
        if let Some(language) = attribute(tag.attributes, "xml:lang") {
            let inner = match (&mut self.entry, self.stack.last().map(|frame| frame.kind)) {
                (Some(entry), Some(Element::Entry)) => &mut entry.fallback.language,
                (None, Some(Element::Container)) => &mut self.feed.language,
                _ => return,
            };
            if inner.is_empty() {
                *inner = language.into_owned();
            }
        }
    }

    fn base(&self) -> Option<Url> {
        self.bases.last().map(|(_, base)| base.clone())
    }

    fn end(&mut self, tag: Tag<'a>) {
        let position = |stack: &[Frame<'_>]| stack.iter().rposition(|frame| frame.name.eq_ignore_ascii_case(tag.name));
        let opened = position(&self.stack);
        if let Some(capture) = &mut self.capture {
            let own = capture.tag.name.eq_ignore_ascii_case(tag.name);
            if own || opened.is_none() {
                if capture.end(tag) == Taken::No {
                    self.finish_field();
                }
                return;
            }
            self.feed.repaired = true;
            self.finish_field();
        }
        match opened {
            Some(depth) => {
                self.feed.repaired |= depth + 1 < self.stack.len();
                self.close_to(depth);
            }
            None => self.feed.repaired = true,
        }
    }

    /// Closes elements until `depth` are open.
    fn close_to(&mut self, depth: usize) {
        while self.stack.len() > depth {
            let Some(frame) = self.stack.pop() else { break };
            self.names.forget(frame.names_outside);
            if frame.kind == Element::Entry {
                self.finish_entry();
            }
        }
        while self.bases.pop_if(|(at, _)| *at > depth).is_some() {}
    }

    fn open_entry(&mut self, tag: Tag<'a>) {
        let open = self.stack.iter().rposition(|frame| frame.kind == Element::Entry);
        if let Some(depth) = open {
            self.feed.repaired = true;
            self.close_to(depth);
        }
        let mut entry = OpenEntry::default();
        if let Some(about) = attribute(tag.attributes, "rdf:about") {
            entry.fallback.guid = about.into_owned();
        }
        // An empty element is an entry with nothing in it.
        self.entry = (!tag.empty).then_some(entry);
    }

    fn finish_entry(&mut self) {
        if let Some(entry) = self.entry.take() {
            self.feed.entries.push(entry.merged());
        }
    }

    fn open_field(&mut self, field: Field, fallback: bool, space: Space, tag: Tag<'a>) {
        let capture = Capture::of(field, fallback, tag, form_of(field, space, tag));
        self.capture = Some(capture);
        if tag.empty {
            self.finish_field();
        }
    }

    fn finish_field(&mut self) {
        let Some(capture) = self.capture.take() else {
            return;
        };
        let (field, fallback, tag) = (capture.field, capture.fallback, capture.tag);
        let mut text = capture.finish();
        if field == Field::Category {
            // Atom keeps it in attributes; the label is what people read.
            let named = |name| attribute(tag.attributes, name).filter(|value| !value.trim().is_empty());
            if let Some(name) = named("label").or_else(|| named("term")) {
                text.text = name.into_owned();
            }
        }
        if field == Field::Link && text.text.trim().is_empty() {
            text.text = attribute(tag.attributes, "href").unwrap_or_default().into_owned();
        }
        if text.text.trim().is_empty() {
            return;
        }
        let base = self.base();
        let Some(entry) = &mut self.entry else {
            return self.feed_field(field, fallback, text);
        };
        let side = if fallback { &mut entry.fallback } else { &mut entry.own };
        if field == Field::Guid && side.guid.is_empty() {
            side.guid_is_opaque = is_opaque(tag);
        }
        if field == Field::Link && side.link.is_none() {
            side.link = Some((text.text, base));
            return;
        }
        set_field(side, field, text);
    }

    fn feed_field(&mut self, field: Field, fallback: bool, text: RawText) {
        let feed = &mut self.feed;
        match field {
            Field::Title if !fallback && feed.title.text.is_empty() => feed.title = text,
            Field::Language if feed.language.is_empty() => feed.language = text.text,
            Field::Ttl if feed.ttl_minutes.is_empty() => feed.ttl_minutes = text.text,
            // Only Atom hands a feed's author down to its entries (RFC 4287, 4.2.1).
            Field::Author if self.family == Family::Atom && feed.authors.len() < MAX_LIST && !fallback => {
                feed.authors.push(text.text);
            }
            _ => {}
        }
    }

    fn atom_link(&mut self, tag: Tag<'a>) {
        let base = self.base();
        let (Some(entry), Some(href)) = (&mut self.entry, attribute(tag.attributes, "href")) else {
            return;
        };
        let side = match self.family {
            Family::Atom => &mut entry.own,
            Family::Rss => &mut entry.fallback,
        };
        match link_kind(tag) {
            LinkKind::Story => {
                side.link.get_or_insert((href.into_owned(), base));
            }
            LinkKind::Enclosure => push_capped(&mut entry.own.media, enclosure(tag, &href, base)),
            LinkKind::Other => {}
        }
    }

    fn medium(&mut self, tag: Tag<'a>, kind: Element) {
        let base = self.base();
        let (Some(entry), Some(medium)) = (&mut self.entry, medium(tag, kind, base)) else {
            return;
        };
        // A thumbnail shows what another element holds; it counts where there is nothing else.
        let side = if kind == Element::Picture { &mut entry.fallback } else { &mut entry.own };
        push_capped(&mut side.media, medium);
    }
}
