//! RSS, RDF, Atom, CDF and sitemaps of every version, well-formed or not.
//!
//! Tags that never close are closed by what follows, end tags without a start are dropped, and where the document breaks off every item
//! before the break stays. Of a document type's entities only those without others in them are resolved, within a budget.

mod capture;
mod fields;
mod meaning;
mod names;
mod root;

use std::borrow::Cow;

use super::{
    FeedFormat, MAX_ITEMS, ParseError,
    base::Base,
    markup::{Tag, Token, Tokens, attribute},
    raw::{RawAddress, RawDate, RawFeed, RawPart, RawPerson, RawSitemap, Trouble, push_capped},
    references::Entities,
};
use capture::{Capture, Taken};
use meaning::{Element, Field, meaning, standing};
use names::{Family, Names};
use root::find_root;

/// Deepest nesting outside of texts that is followed; deeper elements are read as if their parent were not there.
const MAX_DEPTH: usize = 256;

/// Reads the feed in `text`, which came from `base`.
pub(crate) fn read<'a>(text: &'a str, base: &Base) -> Result<(FeedFormat, RawFeed<'a>), ParseError> {
    let mut tokens = Tokens::of_document(text);
    let mut entities = Entities::default();
    let (format, root, junk) = find_root(&mut tokens, &mut entities)?;
    let family = match format {
        FeedFormat::Atom => Family::Atom,
        FeedFormat::Sitemap => Family::Sitemap,
        FeedFormat::Rss | FeedFormat::Rdf | FeedFormat::Cdf | FeedFormat::Json => Family::Rss,
    };
    let mut reader = Reader {
        family,
        names: Names::of(family),
        entities,
        stack: Vec::new(),
        bases: vec![(0, base.clone())],
        capture: None,
        person: None,
        entry: None,
        feed: RawFeed::default(),
    };
    if junk {
        reader.trouble(Trouble::Structure);
    }
    reader.start(root);
    reader.run(tokens);
    reader.feed.own.base = base.clone();
    Ok((format, reader.feed))
}

struct Reader<'a> {
    family: Family,
    names: Names<'a>,
    entities: Entities<'a>,
    stack: Vec<Frame<'a>>,
    /// Bases in force, with the depth of their elements.
    bases: Vec<(usize, Base)>,
    capture: Option<Capture<'a>>,
    person: Option<RawPerson<'a>>,
    entry: Option<RawPart<'a>>,
    feed: RawFeed<'a>,
}

/// An open element.
struct Frame<'a> {
    name: &'a str,
    kind: Element,
    /// Namespace declarations in force outside of it.
    names_outside: usize,
}

impl<'a> Reader<'a> {
    fn run(&mut self, mut tokens: Tokens<'a>) {
        while let Some(token) = tokens.next() {
            if self.feed.entries.len() >= MAX_ITEMS {
                break;
            }
            if self.stack.is_empty() && !self.begins_again(token) {
                continue;
            }
            if tokens.recovered() {
                self.trouble(Trouble::Structure);
            }
            match token {
                Token::Start(tag) => self.start(tag),
                Token::End(tag) => self.end(tag),
                Token::Text(text) => self.text(text),
                Token::CData(text) => self.section(text, &mut tokens, "]]>".len()),
                Token::Unfinished(text) => {
                    if let Some(section) = text.strip_prefix("<![CDATA[") {
                        self.section(section, &mut tokens, 0);
                    }
                }
                Token::Doctype(_) => {}
            }
        }
        if !self.stack.is_empty() {
            self.trouble(Trouble::Structure);
        }
        if let Some(mut entry) = self.entry.take() {
            // The field that is open is lost; those before are whole.
            entry.is_cut = true;
            self.feed.entries.push(entry);
        }
    }

    /// Whether `token`, which stands behind the end of the document, begins another one, or an item of one that was closed too early.
    fn begins_again(&mut self, token: Token<'a>) -> bool {
        let Token::Start(tag) = token else { return false };
        let (space, local) = self.names.resolve(tag.name);
        let begins = matches!(meaning(self.family, false, space, &local), Element::Entry | Element::Container);
        if begins {
            self.trouble(Trouble::Structure);
        }
        begins
    }

    fn trouble(&mut self, trouble: Trouble) {
        self.feed.trouble = self.feed.trouble.max(trouble);
    }

    /// The entry being read, or else the feed.
    fn part(&mut self) -> &mut RawPart<'a> {
        self.entry.as_mut().unwrap_or(&mut self.feed.own)
    }

    fn text(&mut self, text: &'a str) {
        if let Some(capture) = &mut self.capture {
            capture.text(text, &mut self.entities);
        } else if let (Some(Frame { kind: Element::Person(_), .. }), Some(person)) =
            (self.stack.last(), &mut self.person)
        {
            // A person's name that is in no element of its own.
            if person.name.is_empty() && !text.trim().is_empty() {
                person.name = self.entities.unescape(text);
            }
        }
    }

    /// Takes a CDATA section in, of which `end_bytes` stand behind `text`, up to the end of the field if it was never closed.
    fn section(&mut self, text: &'a str, tokens: &mut Tokens<'a>, end_bytes: usize) {
        let in_entry = self.entry.is_some();
        let Some(capture) = &mut self.capture else { return };
        let end = capture.end_within(text, self.family, in_entry);
        let (inside, outside) = text.split_at_checked(end.unwrap_or(text.len())).unwrap_or((text, ""));
        capture.cdata(inside);
        if !outside.is_empty() {
            tokens.give_back(outside.len() + end_bytes);
            self.trouble(Trouble::Structure);
        }
    }

    fn start(&mut self, tag: Tag<'a>) {
        if let Some(capture) = &mut self.capture {
            if capture.start(tag, self.family) == Taken::Yes {
                return;
            }
            self.trouble(Trouble::Structure);
            self.finish_field();
        }
        let names_outside = self.names.len();
        self.names.declare(tag.attributes, self.stack.is_empty());
        let (space, local) = self.names.resolve(tag.name);
        let parent = self.stack.last().map(|frame| frame.kind);
        let kind = standing(self.family, parent, self.entry.is_some(), space, &local);
        match kind {
            Element::Field(Field::Link, rank) if self.leads_elsewhere(tag) => self.link(tag, rank + 1),
            Element::Field(field, rank) => {
                self.names.forget(names_outside);
                return self.open_field(field, rank, space, tag);
            }
            Element::Link(rank) if attribute(tag.attributes, "href").is_none() => {
                self.names.forget(names_outside);
                return self.open_field(Field::Link, rank + 1, space, tag);
            }
            Element::Link(rank) => self.link(tag, rank),
            Element::Media(rank) => self.medium(tag, rank),
            Element::Category => self.nested_category(tag),
            Element::Person(rank) => self.person = Some(RawPerson { rank, ..RawPerson::default() }),
            Element::Entry => self.open_entry(tag),
            Element::Container => self.container(tag),
            Element::Sitemap if self.feed.sitemaps.len() < MAX_ITEMS => self.feed.sitemaps.push(RawSitemap::default()),
            Element::Sitemap | Element::Opaque => {}
        }
        if tag.empty {
            self.names.forget(names_outside);
        } else {
            self.push(tag, kind, names_outside);
        }
    }

    /// Whether a link of RSS is written like one of Atom.
    fn leads_elsewhere(&self, tag: Tag<'_>) -> bool {
        self.family == Family::Rss && tag.empty && attribute(tag.attributes, "href").is_some()
    }

    fn push(&mut self, tag: Tag<'a>, kind: Element, names_outside: usize) {
        if self.stack.len() >= MAX_DEPTH {
            return self.trouble(Trouble::Structure);
        }
        self.stack.push(Frame { name: tag.name, kind, names_outside });
        if tag.attributes.contains("xml:") {
            self.enter_scope(tag);
        }
    }

    /// Takes `xml:base` and `xml:lang` in.
    fn enter_scope(&mut self, tag: Tag<'a>) {
        if let Some(base) = attribute(tag.attributes, "xml:base") {
            let inner = self.base().join(&base);
            self.bases.push((self.stack.len(), inner));
        }
        let scoped = matches!(self.stack.last().map(|frame| frame.kind), Some(Element::Entry | Element::Container));
        if let Some(language) = attribute(tag.attributes, "xml:lang").filter(|_| scoped) {
            self.part().language.offer(5, language);
        }
    }

    fn base(&self) -> Base {
        self.bases.last().map(|(_, base)| base.clone()).unwrap_or_default()
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
            self.trouble(Trouble::Structure);
            self.finish_field();
        }
        match opened {
            Some(depth) => {
                if depth + 1 < self.stack.len() {
                    self.trouble(Trouble::Structure);
                }
                self.close_to(depth);
            }
            None => self.trouble(Trouble::Structure),
        }
    }

    /// Closes elements until `depth` are open.
    fn close_to(&mut self, depth: usize) {
        while self.stack.len() > depth {
            let Some(frame) = self.stack.pop() else { break };
            // The root's hold on, for items that stand behind its end.
            if !self.stack.is_empty() {
                self.names.forget(frame.names_outside);
            }
            match frame.kind {
                Element::Entry => self.finish_entry(),
                Element::Person(_) => {
                    if let Some(person) = self.person.take() {
                        push_capped(&mut self.part().authors, person);
                    }
                }
                _ => {}
            }
        }
        while self.bases.pop_if(|(at, _)| *at > depth).is_some() {}
    }

    fn open_entry(&mut self, tag: Tag<'a>) {
        let open = self.stack.iter().rposition(|frame| frame.kind == Element::Entry);
        if let Some(depth) = open {
            self.trouble(Trouble::Structure);
            self.close_to(depth);
        }
        let mut entry = RawPart { base: self.base(), ..RawPart::default() };
        if let Some(about) = attribute(tag.attributes, "rdf:about") {
            entry.id.offer(4, about);
        }
        self.entry = Some(entry);
        self.container(tag);
        // An empty element is an entry with nothing but its attributes in it.
        if tag.empty {
            self.finish_entry();
        }
    }

    fn finish_entry(&mut self) {
        if let Some(entry) = self.entry.take() {
            self.feed.entries.push(entry);
        }
    }

    /// What CDF says in the attributes of channels and items.
    fn container(&mut self, tag: Tag<'a>) {
        if self.family != Family::Rss || tag.attributes.is_empty() {
            return;
        }
        if let Some(href) = attribute(tag.attributes, "href") {
            let address = RawAddress { href, base: self.base() };
            self.add_link(address, 1, Cow::Borrowed("alternate"), Cow::Borrowed(""));
        }
        if let Some(text) = attribute(tag.attributes, "lastmod") {
            self.part().updated.offer(2, RawDate { text, field: news_model::DateField::LastMod });
        }
    }
}
