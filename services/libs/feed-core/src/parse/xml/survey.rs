//! One pass over a document that says whether the standard parser reads it as [`super::read`] would, and notes what that parser drops.
//!
//! The rule is a closed world: an element may stand where both readers take it for the same thing, or where neither takes notice of it.
//! Anything else makes the document unfit, at the first such element.

mod agreed;

use std::borrow::Cow;

use super::{
    Family, Field, Names, Space,
    media::{LinkKind, enclosure, link_kind, medium},
    names::{Element, MAX_BINDINGS, standing},
    open_entry::{is_opaque, push_capped},
    root::find_root,
    strict::{attributes_are_sound, is_only_comments, name_is_sound, references_are_sound},
};
use crate::parse::{
    FeedFormat, MAX_ITEMS,
    entry::RawMedia,
    markup::{Tag, Token, Tokens, attribute},
    references::unescape,
};
use agreed::{Said, declares_strays, fits, is_agreed};

pub(crate) use agreed::is_plain_address;

/// Deepest nesting of a fit document. The standard parser recurses, and an overflow of the stack cannot be caught.
const MAX_DEPTH: usize = 32;

/// The kinds of XML documents that the standard parser is used for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Kind {
    /// RSS 2.0.
    Rss2,
    /// RSS 1.0, in RDF.
    Rdf,
    /// Atom 1.0.
    Atom,
}

/// A document that both readers read alike.
#[derive(Debug)]
pub(crate) struct Survey<'a> {
    pub(crate) kind: Kind,
    /// From the start of the root element to its end.
    pub(crate) document: &'a str,
    /// One for each entry, in order.
    pub(crate) entries: Vec<Noted>,
}

/// What stands in the attributes of an entry and its elements, and the standard parser drops.
#[derive(Debug, Default)]
pub(crate) struct Noted {
    pub(crate) guid_is_opaque: bool,
    /// `rdf:about`, the identifier of an item without another.
    pub(crate) about: String,
    pub(crate) media: Vec<RawMedia>,
}

/// Why a document is for the lenient reader.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Unfit {
    /// It is no RSS 2.0, RSS 1.0 or Atom 1.0.
    Version,
    /// It is not well-formed, or only with a document type.
    IllFormed,
    /// It is too deep, or has too many entries.
    TooLarge,
    /// A vocabulary is not declared, or not by its exact name.
    Namespace,
    /// It uses what only one of the readers knows, or knows in that place.
    Unshared,
    /// A field of which there is one stands twice.
    Repeated,
    /// A field is missing, and something stands in for it that only one of the readers knows.
    StoodIn,
    /// A text holds elements or is of a type that the readers treat differently.
    Markup,
    /// A value is of a form that the readers treat differently.
    Value,
}

/// Surveys the document in `text`.
pub(crate) fn survey(text: &str) -> Result<Survey<'_>, Unfit> {
    let mut tokens = Tokens::of(text);
    let (format, root, junk) = find_root(&mut tokens).map_err(|_| Unfit::Version)?;
    let kind = kind_of(format, root)?;
    let start = tokens.position() - root.source.len();
    if junk || root.empty {
        return Err(Unfit::IllFormed);
    }
    let mut surveyor = Surveyor::of(kind);
    surveyor.start(root)?;
    while !surveyor.stack.is_empty() {
        let before = tokens.position();
        let token = tokens.next().ok_or(Unfit::IllFormed)?;
        let length = match token {
            Token::Start(tag) | Token::End(tag) => tag.source.len(),
            Token::Text(text) => text.len(),
            Token::CData(text) => text.len() + "<![CDATA[]]>".len(),
            Token::Unfinished(_) => return Err(Unfit::IllFormed),
        };
        let skipped = text.get(before..tokens.position() - length).unwrap_or_default();
        if !is_only_comments(skipped) {
            return Err(Unfit::IllFormed);
        }
        match token {
            Token::Start(tag) => surveyor.start(tag)?,
            Token::End(tag) => surveyor.end(tag)?,
            Token::Text(text) => surveyor.text(text)?,
            Token::CData(text) => surveyor.cdata(text),
            Token::Unfinished(_) => {}
        }
    }
    let document = text.get(start..tokens.position()).unwrap_or_default();
    Ok(Survey { kind, document, entries: surveyor.entries })
}

fn kind_of(format: FeedFormat, root: Tag<'_>) -> Result<Kind, Unfit> {
    let local = root.name.rsplit(':').next().unwrap_or_default();
    let (kind, namespace) = match (format, local) {
        (FeedFormat::Rss, "rss") if attribute(root.attributes, "version").as_deref() == Some("2.0") => {
            (Kind::Rss2, agreed::RSS_1)
        }
        (FeedFormat::Rdf, "RDF") => (Kind::Rdf, agreed::RSS_1),
        (FeedFormat::Atom, "feed") => (Kind::Atom, agreed::ATOM),
        _ => return Err(Unfit::Version),
    };
    let default = attribute(root.attributes, "xmlns");
    if default.is_none_or(|uri| uri == namespace) { Ok(kind) } else { Err(Unfit::Version) }
}

struct Surveyor<'a> {
    kind: Kind,
    family: Family,
    names: Names<'a>,
    stack: Vec<Open<'a>>,
    field: Option<OpenField<'a>>,
    entry: Option<OpenEntry>,
    /// Fields of the feed that were met.
    met: Vec<Field>,
    has_channel: bool,
    /// Names of what was met in the open person.
    person: Vec<&'a str>,
    entries: Vec<Noted>,
}

/// An open element.
struct Open<'a> {
    name: &'a str,
    element: Element,
    names_outside: usize,
}

/// A field whose end tag has not come.
struct OpenField<'a> {
    field: Field,
    tag: Tag<'a>,
    /// Whether both readers read it here.
    agreed: bool,
    fallback: bool,
    said: Said,
}

/// What was met in the entry so far.
#[derive(Default)]
struct OpenEntry {
    noted: Noted,
    thumbnails: Vec<RawMedia>,
    /// Fields met that both readers read.
    met: Vec<Field>,
    /// Those among them that surely say something.
    present: Vec<Field>,
    /// Fields that something stands in for, if they are missing.
    stood_in: Vec<Field>,
}

impl<'a> Surveyor<'a> {
    fn of(kind: Kind) -> Self {
        let family = match kind {
            Kind::Rss2 | Kind::Rdf => Family::Rss,
            Kind::Atom => Family::Atom,
        };
        Self {
            kind,
            family,
            names: Names::of(family),
            stack: Vec::new(),
            field: None,
            entry: None,
            met: Vec::new(),
            has_channel: false,
            person: Vec::new(),
            entries: Vec::new(),
        }
    }

    fn start(&mut self, tag: Tag<'a>) -> Result<(), Unfit> {
        if self.field.is_some() {
            return Err(Unfit::Markup);
        }
        if !name_is_sound(tag.name) || !attributes_are_sound(tag.attributes) {
            return Err(Unfit::IllFormed);
        }
        let names_outside = self.names.len();
        if declares_strays(tag.attributes, self.family) {
            return Err(Unfit::Namespace);
        }
        self.names.declare(tag.attributes, self.stack.is_empty());
        if self.stack.len() >= MAX_DEPTH || self.names.len() >= MAX_BINDINGS {
            return Err(Unfit::TooLarge);
        }
        if !self.names.knows(tag.name) {
            return Err(Unfit::Namespace);
        }
        let (space, local) = self.names.resolve(tag.name);
        let exact = tag.name.rsplit(':').next().unwrap_or_default();
        let parent = self.stack.last().map(|open| open.element);
        let element = standing(self.family, parent, space, &local);
        self.scope(tag, element)?;
        match element {
            Element::Field(field) => self.open_field(field, false, (space, exact), tag)?,
            Element::Fallback(field) => self.open_field(field, true, (space, exact), tag)?,
            Element::Entry => self.open_entry(space, exact, tag)?,
            Element::Link => self.link(tag)?,
            Element::Media | Element::Picture => self.medium(tag, element),
            Element::Container => self.container(space, exact)?,
            Element::Person => self.person(space)?,
            Element::Opaque => {}
        }
        self.stack.push(Open { name: tag.name, element, names_outside });
        if tag.empty { self.end(tag) } else { Ok(()) }
    }

    /// Judges `xml:base` and `xml:lang`.
    fn scope(&self, tag: Tag<'_>, element: Element) -> Result<(), Unfit> {
        let lower = || tag.attributes.to_ascii_lowercase();
        if !tag.attributes.contains(':') || !lower().contains("xml:") {
            return Ok(());
        }
        if attribute(tag.attributes, "xml:base").is_some() {
            return Err(Unfit::Unshared);
        }
        let scoped = matches!(element, Element::Container | Element::Entry);
        let shared = self.kind == Kind::Atom && self.stack.is_empty() && tag.attributes.contains("xml:lang");
        if scoped && !shared && attribute(tag.attributes, "xml:lang").is_some() {
            return Err(Unfit::Unshared);
        }
        Ok(())
    }

    fn open_entry(&mut self, space: Space, exact: &str, tag: Tag<'_>) -> Result<(), Unfit> {
        let (depth, own, name) = match self.kind {
            Kind::Rss2 => (2, Space::Rss, "item"),
            Kind::Rdf => (1, Space::Rss, "item"),
            Kind::Atom => (1, Space::Atom, "entry"),
        };
        if self.stack.len() != depth || (space, exact) != (own, name) || tag.empty {
            return Err(Unfit::Unshared);
        }
        if self.entries.len() >= MAX_ITEMS {
            return Err(Unfit::TooLarge);
        }
        let about = attribute(tag.attributes, "rdf:about").unwrap_or_default().into_owned();
        self.entry = Some(OpenEntry { noted: Noted { about, ..Noted::default() }, ..OpenEntry::default() });
        Ok(())
    }

    fn container(&mut self, space: Space, exact: &str) -> Result<(), Unfit> {
        let channel = self.stack.len() == 1 && (space, exact) == (Space::Rss, "channel") && !self.has_channel;
        self.has_channel |= channel;
        if self.stack.is_empty() || channel || space == Space::Media { Ok(()) } else { Err(Unfit::Unshared) }
    }

    fn person(&mut self, space: Space) -> Result<(), Unfit> {
        self.person.clear();
        let direct = self.is_direct();
        match (&self.entry, self.kind) {
            // RSS hands no author of the feed down.
            (None, Kind::Rss2 | Kind::Rdf) => Ok(()),
            (_, Kind::Atom) if direct && space == Space::Atom => Ok(()),
            _ => Err(Unfit::Unshared),
        }
    }

    /// Whether what begins is a child of the entry, or of the feed.
    fn is_direct(&self) -> bool {
        match (&self.entry, self.kind) {
            (Some(_), _) => self.stack.last().is_some_and(|open| open.element == Element::Entry),
            (None, Kind::Rss2 | Kind::Rdf) => self.stack.len() == 2,
            (None, Kind::Atom) => self.stack.len() == 1,
        }
    }

    fn link(&mut self, tag: Tag<'_>) -> Result<(), Unfit> {
        let direct = self.is_direct();
        let (Some(entry), Some(href)) = (&mut self.entry, attribute(tag.attributes, "href")) else {
            return Ok(());
        };
        match link_kind(tag) {
            LinkKind::Enclosure => push_capped(&mut entry.noted.media, enclosure(tag, &href, None)),
            LinkKind::Story if self.kind != Kind::Atom => entry.stood_in.push(Field::Link),
            LinkKind::Story if direct && is_plain_address(&href) => {}
            LinkKind::Story => return Err(Unfit::Value),
            LinkKind::Other => {}
        }
        Ok(())
    }

    fn medium(&mut self, tag: Tag<'_>, element: Element) {
        let (Some(entry), Some(medium)) = (&mut self.entry, medium(tag, element, None)) else {
            return;
        };
        let list = if element == Element::Picture { &mut entry.thumbnails } else { &mut entry.noted.media };
        push_capped(list, medium);
    }

    fn open_field(
        &mut self,
        field: Field,
        fallback: bool,
        (space, exact): (Space, &'a str),
        tag: Tag<'a>,
    ) -> Result<(), Unfit> {
        let of_person = self.stack.last().is_some_and(|open| open.element == Element::Person);
        let agreed = if of_person {
            if self.person.contains(&exact) {
                return Err(Unfit::Repeated);
            }
            self.person.push(exact);
            self.kind == Kind::Atom && matches!(exact, "name" | "email")
        } else {
            self.is_direct() && is_agreed(self.kind, self.entry.is_some(), space, exact)
        };
        let matters = match (&mut self.entry, field) {
            (Some(entry), _) if fallback && !agreed => {
                entry.stood_in.push(field);
                false
            }
            (Some(_), _) | (None, Field::Language | Field::Ttl) => true,
            (None, Field::Title) => !fallback,
            (None, Field::Author) => self.family == Family::Atom && !fallback,
            (None, _) => false,
        };
        if matters && !agreed {
            return Err(Unfit::Unshared);
        }
        let met = self.entry.as_mut().map_or(&mut self.met, |entry| &mut entry.met);
        let single = !matches!(field, Field::Link | Field::Author | Field::Category);
        if agreed && single && met.contains(&field) {
            return Err(Unfit::Repeated);
        }
        if agreed {
            met.push(field);
            fits(self.kind, field, tag)?;
        }
        self.field = Some(OpenField { field, tag, agreed, fallback, said: Said::of(field) });
        Ok(())
    }

    fn text(&mut self, text: &str) -> Result<(), Unfit> {
        if text.contains('<') || !references_are_sound(text) {
            return Err(Unfit::IllFormed);
        }
        match &mut self.field {
            Some(open) => open.said.take(text, unescape),
            // The standard parser panics on some addresses of editors.
            None if self.entry.is_none() && text.contains('@') && !text.is_ascii() => return Err(Unfit::Value),
            None => {}
        }
        Ok(())
    }

    fn cdata(&mut self, text: &str) {
        if let Some(open) = &mut self.field {
            open.said.take(text, Cow::Borrowed);
        }
    }

    fn end(&mut self, tag: Tag<'a>) -> Result<(), Unfit> {
        let open = self.stack.pop().ok_or(Unfit::IllFormed)?;
        if open.name != tag.name || (!tag.empty && !tag.attributes.trim().is_empty()) {
            return Err(Unfit::IllFormed);
        }
        self.names.forget(open.names_outside);
        if let Some(field) = self.field.take() {
            return self.end_field(&field);
        }
        if open.element == Element::Entry
            && let Some(entry) = self.entry.take()
        {
            self.entries.push(entry.noted()?);
        }
        Ok(())
    }

    fn end_field(&mut self, open: &OpenField<'_>) -> Result<(), Unfit> {
        if !open.agreed {
            return Ok(());
        }
        open.said.fits(self.kind, open.field)?;
        let Some(entry) = &mut self.entry else {
            return Ok(());
        };
        if open.field == Field::Guid && is_opaque(open.tag) {
            if !open.said.something {
                return Err(Unfit::Value);
            }
            entry.noted.guid_is_opaque = true;
        }
        if open.said.something && !open.fallback {
            entry.present.push(open.field);
        }
        Ok(())
    }
}

impl OpenEntry {
    fn noted(self) -> Result<Noted, Unfit> {
        if self.stood_in.iter().any(|field| !self.present.contains(field)) {
            return Err(Unfit::StoodIn);
        }
        let mut noted = self.noted;
        if noted.media.is_empty() {
            noted.media = self.thumbnails;
        }
        Ok(noted)
    }
}
