//! Names of elements: which vocabulary they belong to.

use std::borrow::Cow;

use crate::parse::markup::attributes;

/// Most namespace declarations that are kept in force at a time.
const MAX_BINDINGS: usize = 256;

/// What a document is made of.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Family {
    /// RSS and RDF of every version, and CDF.
    Rss,
    /// Atom of every version.
    Atom,
    /// Sitemaps, and indexes of them.
    Sitemap,
}

/// Vocabularies that carry something an item needs.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Space {
    Rss,
    Atom,
    Sitemap,
    News,
    Image,
    Video,
    Content,
    DublinCore,
    Terms,
    Media,
    Itunes,
    Rdf,
    Xhtml,
    Other,
}

/// Namespace declarations in force.
pub(crate) struct Names<'a> {
    family: Family,
    bindings: Vec<(&'a str, Space)>,
}

impl Family {
    /// The vocabulary of elements without prefix.
    pub(crate) fn space(self) -> Space {
        match self {
            Self::Rss => Space::Rss,
            Self::Atom => Space::Atom,
            Self::Sitemap => Space::Sitemap,
        }
    }
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

    /// What a prefix means that was never declared.
    fn customary(&self, prefix: &str) -> Space {
        match prefix {
            "" => self.family.space(),
            "atom" | "atom10" | "a10" => Space::Atom,
            "content" => Space::Content,
            "dc" => Space::DublinCore,
            "dcterms" => Space::Terms,
            "media" => Space::Media,
            "itunes" => Space::Itunes,
            "rdf" => Space::Rdf,
            "rss" => Space::Rss,
            "news" => Space::News,
            "image" if self.family == Family::Sitemap => Space::Image,
            "video" if self.family == Family::Sitemap => Space::Video,
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
fn space_of(uri: &str, family: Family) -> Space {
    let uri = uri.trim().to_ascii_lowercase();
    let place = uri.strip_prefix("https").or_else(|| uri.strip_prefix("http"));
    let place = place.unwrap_or(&uri).trim_start_matches("://");
    let place = place.trim_start_matches("www.").trim_end_matches(['/', '#']);
    match place {
        "" => family.space(),
        "w3.org/2005/atom" | "purl.org/atom/ns" | "purl.org/atom" | "intertwingly.net/blog/2005/02/atom" => Space::Atom,
        "purl.org/rss/1.0/modules/content" => Space::Content,
        "w3.org/1999/xhtml" => Space::Xhtml,
        "w3.org/1999/02/22-rdf-syntax-ns" => Space::Rdf,
        "purl.org/dc/terms" => Space::Terms,
        "purl.org/rss/1.0"
        | "my.netscape.com/rdf/simple/0.9"
        | "channel.netscape.com/rdf/simple/0.9"
        | "purl.org/net/rss1.1"
        | "my.netscape.com/publish/formats/rss-0.91.dtd"
        | "blogs.law.harvard.edu/tech/rss"
        | "purl.org/rss/1.0/modules/rss091" => Space::Rss,
        "sitemaps.org/schemas/sitemap/0.9" => Space::Sitemap,
        _ if place.starts_with("backend.userland.com") || place.ends_with("harvard.edu/tech/rss") => Space::Rss,
        _ if place.starts_with("purl.org/dc/elements/") || place.starts_with("purl.org/rss/1.0/modules/dc") => {
            Space::DublinCore
        }
        _ if place.starts_with("search.yahoo.com/mrss") => Space::Media,
        _ if place.starts_with("itunes.com/dtds/podcast") || place.starts_with("example.com/dtds/podcast") => {
            Space::Itunes
        }
        _ if place.starts_with("google.com/schemas/sitemap-news") => Space::News,
        _ if place.starts_with("google.com/schemas/sitemap-image") => Space::Image,
        _ if place.starts_with("google.com/schemas/sitemap-video") => Space::Video,
        _ if place.starts_with("google.com/schemas/sitemap/") => Space::Sitemap,
        _ => Space::Other,
    }
}
