//! Which vocabulary an element belongs to, and what it means there.

use std::borrow::Cow;

use crate::parse::markup::attributes;

/// Most namespace declarations that are kept at a time; a feed has about ten.
pub(crate) const MAX_BINDINGS: usize = 256;

/// The two families of feed documents.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Family {
    /// RSS of every version, in RDF or not.
    Rss,
    /// Atom of every version.
    Atom,
}

/// Vocabularies that carry something an item needs.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Space {
    Rss,
    Atom,
    Content,
    DublinCore,
    Terms,
    Media,
    Itunes,
    Xhtml,
    Other,
}

/// What an element stands for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Element {
    /// An item or entry.
    Entry,
    /// Holds more elements that count.
    Container,
    /// Holds the name of an author.
    Person,
    /// A text of the feed or entry.
    Field(Field),
    /// Like a field, used where the proper one is missing.
    Fallback(Field),
    /// `atom:link`, all in its attributes.
    Link,
    /// `enclosure` or `media:content`, all in its attributes.
    Media,
    /// `media:thumbnail`, a picture.
    Picture,
    /// Neither it nor what it holds counts.
    Opaque,
}

/// A text of a feed or entry.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Field {
    Title,
    Link,
    Guid,
    Summary,
    Content,
    /// `xhtml:body`, whose markup is its own.
    Body,
    Author,
    Category,
    Published,
    Updated,
    Language,
    Ttl,
}

impl Family {
    /// The vocabulary of elements without prefix.
    fn space(self) -> Space {
        match self {
            Self::Rss => Space::Rss,
            Self::Atom => Space::Atom,
        }
    }
}

/// Namespace declarations in force.
pub(crate) struct Names<'a> {
    family: Family,
    bindings: Vec<(&'a str, Space)>,
}

impl<'a> Names<'a> {
    /// No declarations yet.
    pub(crate) fn of(family: Family) -> Self {
        Self { family, bindings: Vec::new() }
    }

    /// How many declarations are in force, for [`Self::forget`].
    pub(crate) fn len(&self) -> usize {
        self.bindings.len()
    }

    /// Drops declarations beyond the first `length`.
    pub(crate) fn forget(&mut self, length: usize) {
        self.bindings.truncate(length);
    }

    /// Takes in what `raw` declares. A default namespace on the root says nothing that the root's name does not.
    pub(crate) fn declare(&mut self, raw: &'a str, on_root: bool) {
        if !raw.contains("xmlns") {
            return;
        }
        for (name, uri) in attributes(raw) {
            let prefix = match name.strip_prefix("xmlns") {
                Some("") if !on_root => "",
                Some(rest) if rest.starts_with(':') => rest.get(1..).unwrap_or_default(),
                _ => continue,
            };
            if self.bindings.len() < MAX_BINDINGS {
                self.bindings.push((prefix, space_of(&uri, self.family)));
            }
        }
    }

    /// Vocabulary and lower-case local name of an element.
    pub(crate) fn resolve(&self, name: &'a str) -> (Space, Cow<'a, str>) {
        let (prefix, local) = name.split_once(':').unwrap_or(("", name));
        let bound = self.bindings.iter().rev().find(|(known, _)| *known == prefix);
        let space = bound.map_or_else(|| self.customary(prefix), |(_, space)| *space);
        (space, lower(local))
    }

    /// Whether the prefix of an element called `name` is declared, or it has none.
    pub(crate) fn knows(&self, name: &str) -> bool {
        let prefix = name.split_once(':').map(|(prefix, _)| prefix);
        prefix.is_none_or(|prefix| self.bindings.iter().any(|(known, _)| *known == prefix))
    }

    /// What a prefix means that was never declared.
    fn customary(&self, prefix: &str) -> Space {
        match prefix {
            "" => self.family.space(),
            "atom" => Space::Atom,
            "content" => Space::Content,
            "dc" => Space::DublinCore,
            "dcterms" => Space::Terms,
            "media" => Space::Media,
            "itunes" => Space::Itunes,
            "xhtml" => Space::Xhtml,
            _ => Space::Other,
        }
    }
}

/// `name` in lower case.
pub(crate) fn lower(name: &str) -> Cow<'_, str> {
    if name.bytes().any(|byte| byte.is_ascii_uppercase()) {
        return Cow::Owned(name.to_ascii_lowercase());
    }
    Cow::Borrowed(name)
}

/// The vocabulary that a namespace names, however it is spelt.
pub(crate) fn space_of(uri: &str, family: Family) -> Space {
    let uri = uri.trim().to_ascii_lowercase();
    let place = uri.strip_prefix("https").or_else(|| uri.strip_prefix("http"));
    let place = place.unwrap_or(&uri).trim_start_matches("://");
    let place = place.trim_start_matches("www.").trim_end_matches(['/', '#']);
    match place {
        "" => family.space(),
        "w3.org/2005/atom" | "purl.org/atom/ns" => Space::Atom,
        "purl.org/rss/1.0/modules/content" => Space::Content,
        "w3.org/1999/xhtml" => Space::Xhtml,
        "purl.org/dc/terms" => Space::Terms,
        "purl.org/rss/1.0"
        | "my.netscape.com/rdf/simple/0.9"
        | "channel.netscape.com/rdf/simple/0.9"
        | "purl.org/net/rss1.1"
        | "my.netscape.com/publish/formats/rss-0.91.dtd" => Space::Rss,
        _ if place.starts_with("backend.userland.com") || place.ends_with("harvard.edu/tech/rss") => Space::Rss,
        _ if place.starts_with("purl.org/dc/elements/") => Space::DublinCore,
        _ if place.starts_with("search.yahoo.com/mrss") => Space::Media,
        _ if place.starts_with("itunes.com/dtds/podcast") => Space::Itunes,
        _ => Space::Other,
    }
}

/// What the element `local` of `space` means in a document of `family`.
pub(crate) fn meaning(family: Family, space: Space, local: &str) -> Element {
    match space {
        Space::Rss if family == Family::Rss => rss(local),
        Space::Atom if family == Family::Atom => atom(local),
        Space::Atom => atom_in_rss(local),
        Space::Content => match local {
            "encoded" => Element::Field(Field::Content),
            _ => Element::Opaque,
        },
        Space::DublinCore | Space::Terms => dublin_core(local),
        Space::Media => match local {
            "group" => Element::Container,
            "content" => Element::Media,
            "thumbnail" => Element::Picture,
            "title" => Element::Fallback(Field::Title),
            "description" => Element::Fallback(Field::Summary),
            _ => Element::Opaque,
        },
        Space::Itunes => match local {
            "author" => Element::Fallback(Field::Author),
            "summary" => Element::Fallback(Field::Summary),
            "title" => Element::Fallback(Field::Title),
            _ => Element::Opaque,
        },
        Space::Xhtml => match local {
            "body" | "div" => Element::Fallback(Field::Body),
            _ => Element::Opaque,
        },
        Space::Rss | Space::Other => Element::Opaque,
    }
}

/// What an element means inside of `parent`: nothing inside of what does not count.
pub(crate) fn standing(family: Family, parent: Option<Element>, space: Space, local: &str) -> Element {
    let kind = if parent.is_none() && local != "entry" { Element::Container } else { meaning(family, space, local) };
    match (parent, kind) {
        (_, Element::Entry) => Element::Entry,
        (Some(Element::Opaque), _) => Element::Opaque,
        (Some(Element::Person), _) => match local {
            "name" => Element::Field(Field::Author),
            "email" => Element::Fallback(Field::Author),
            _ => Element::Opaque,
        },
        _ => kind,
    }
}

fn rss(local: &str) -> Element {
    match local {
        "item" => Element::Entry,
        "rss" | "rdf" | "channel" => Element::Container,
        "title" => Element::Field(Field::Title),
        "link" => Element::Field(Field::Link),
        "guid" => Element::Field(Field::Guid),
        "description" => Element::Field(Field::Summary),
        "content" => Element::Fallback(Field::Content),
        "body" => Element::Fallback(Field::Body),
        "pubdate" => Element::Field(Field::Published),
        "updated" => Element::Field(Field::Updated),
        "author" => Element::Field(Field::Author),
        "category" => Element::Field(Field::Category),
        "language" => Element::Field(Field::Language),
        "ttl" => Element::Field(Field::Ttl),
        "enclosure" => Element::Media,
        _ => Element::Opaque,
    }
}

fn atom(local: &str) -> Element {
    match local {
        "entry" => Element::Entry,
        "feed" => Element::Container,
        "title" => Element::Field(Field::Title),
        "id" => Element::Field(Field::Guid),
        "link" => Element::Link,
        "summary" => Element::Field(Field::Summary),
        "content" => Element::Field(Field::Content),
        // Atom 0.3 has `issued`, `modified` and `created`; `pubDate` is a common slip.
        "published" | "issued" | "pubdate" => Element::Field(Field::Published),
        "created" => Element::Fallback(Field::Published),
        "updated" | "modified" => Element::Field(Field::Updated),
        "category" => Element::Field(Field::Category),
        "author" => Element::Person,
        "language" => Element::Field(Field::Language),
        _ => Element::Opaque,
    }
}

fn atom_in_rss(local: &str) -> Element {
    match local {
        "link" => Element::Link,
        "author" => Element::Person,
        "updated" => Element::Fallback(Field::Updated),
        "published" => Element::Fallback(Field::Published),
        "summary" => Element::Fallback(Field::Summary),
        "content" => Element::Fallback(Field::Content),
        "category" => Element::Field(Field::Category),
        "title" => Element::Fallback(Field::Title),
        _ => Element::Opaque,
    }
}

fn dublin_core(local: &str) -> Element {
    match local {
        "title" => Element::Fallback(Field::Title),
        "description" | "abstract" => Element::Fallback(Field::Summary),
        "date" | "issued" | "created" | "available" => Element::Fallback(Field::Published),
        "modified" => Element::Fallback(Field::Updated),
        "creator" | "author" => Element::Field(Field::Author),
        "subject" => Element::Field(Field::Category),
        "language" => Element::Field(Field::Language),
        _ => Element::Opaque,
    }
}
