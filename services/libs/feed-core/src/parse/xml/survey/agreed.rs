//! Where the two readers agree: which elements, namespaces, types and values.

use std::borrow::Cow;

use super::{Kind, Unfit};
use crate::parse::{
    markup::{Tag, attribute, attributes},
    xml::names::{Family, Field, Space, space_of},
};

pub(crate) const ATOM: &str = "http://www.w3.org/2005/Atom";
pub(crate) const RSS_1: &str = "http://purl.org/rss/1.0/";
const CONTENT: &str = "http://purl.org/rss/1.0/modules/content/";
const DUBLIN_CORE: &str = "http://purl.org/dc/elements/1.1/";

/// What the text of an open field says.
pub(crate) struct Said {
    /// What was said, for the fields that are judged by it.
    text: Option<String>,
    /// Whether there is surely more than white space.
    pub(crate) something: bool,
}

/// Whether both readers read the element as the same field.
pub(crate) fn is_agreed(kind: Kind, in_entry: bool, space: Space, exact: &str) -> bool {
    match (kind, in_entry, space) {
        (Kind::Rss2, true, Space::Rss) => {
            matches!(exact, "title" | "link" | "guid" | "description" | "pubDate" | "author" | "category")
        }
        (Kind::Rss2, false, Space::Rss) => matches!(exact, "title" | "language" | "ttl"),
        (Kind::Rdf, true, Space::Rss) => matches!(exact, "title" | "link" | "description"),
        (Kind::Rdf, false, Space::Rss) | (Kind::Atom, false, Space::Atom) => exact == "title",
        (Kind::Rdf, false, Space::DublinCore) => exact == "language",
        (Kind::Rss2 | Kind::Rdf, true, Space::Content) => exact == "encoded",
        (Kind::Rss2 | Kind::Rdf, true, Space::DublinCore) => matches!(exact, "creator" | "date"),
        (Kind::Atom, true, Space::Atom) => {
            matches!(exact, "title" | "id" | "summary" | "content" | "published" | "pubDate" | "updated" | "category")
        }
        _ => false,
    }
}

/// Whether a tag declares a vocabulary that matters by a name that is not exactly its own.
pub(crate) fn declares_strays(raw: &str, family: Family) -> bool {
    raw.contains("xmlns")
        && attributes(raw).filter(|(name, _)| *name == "xmlns" || name.starts_with("xmlns:")).any(|(_, uri)| {
            let exact = matches!(&*uri, ATOM | RSS_1 | CONTENT | DUBLIN_CORE);
            let space = space_of(&uri, family);
            !exact && matches!(space, Space::Rss | Space::Atom | Space::Content | Space::DublinCore)
        })
}

/// Judges the attributes of a field that both readers read.
pub(crate) fn fits(kind: Kind, field: Field, tag: Tag<'_>) -> Result<(), Unfit> {
    let said = |name| attribute(tag.attributes, name).is_some_and(|value| !value.trim().is_empty());
    let fit = match (kind, field) {
        (Kind::Atom, Field::Title | Field::Summary | Field::Content) => return text_type_fits(tag),
        (Kind::Atom, Field::Category) => {
            let exact = |name: &str| attributes(tag.attributes).any(|(found, _)| found == name);
            let labelled = attribute(tag.attributes, "label").is_none() || exact("label");
            exact("term") && labelled && (said("term") || said("label"))
        }
        (_, Field::Category) => !said("term") && !said("label"),
        (_, Field::Link) => attribute(tag.attributes, "href").is_none(),
        _ => true,
    };
    if fit { Ok(()) } else { Err(Unfit::Value) }
}

fn text_type_fits(tag: Tag<'_>) -> Result<(), Unfit> {
    let mut declared = attributes(tag.attributes)
        .filter(|(name, _)| ["type", "src", "mode"].iter().any(|special| name.eq_ignore_ascii_case(special)));
    let fit = declared.all(|(name, value)| name == "type" && matches!(&*value, "text" | "html"));
    if fit { Ok(()) } else { Err(Unfit::Markup) }
}

/// Whether an address is the same whether it is resolved at once or by itself first.
pub(crate) fn is_plain_address(address: &str) -> bool {
    let trimmed = address.trim_matches([' ', '\t', '\n', '\r']);
    let absolute = trimmed.starts_with("http://") || trimmed.starts_with("https://");
    trimmed == address.trim() && (absolute || !trimmed.contains(':'))
}

impl Said {
    /// What `field` says, nothing yet.
    pub(crate) fn of(field: Field) -> Self {
        let judged = matches!(field, Field::Link | Field::Author | Field::Ttl);
        Self { text: judged.then(String::new), something: false }
    }

    /// Takes a piece of text in, as it is written, and how to read it.
    pub(crate) fn take<'a>(&mut self, written: &'a str, read: impl Fn(&'a str) -> Cow<'a, str>) {
        if let Some(text) = &mut self.text {
            text.push_str(&read(written));
        }
        // Where there are references, they alone may be what is said, and may be white space.
        let plain = written.split('&').next().unwrap_or_default();
        self.something |= !plain.trim().is_empty();
    }

    /// Judges the text of a field that both readers read.
    pub(crate) fn fits(&self, kind: Kind, field: Field) -> Result<(), Unfit> {
        let text = self.text.as_deref().unwrap_or_default();
        let fit = match field {
            Field::Link => is_plain_address(text),
            // The standard parser takes addresses out of names in a way of its own.
            Field::Author => kind == Kind::Atom || !text.contains('@'),
            Field::Ttl => (1..=9).contains(&text.len()) && text.bytes().all(|byte| byte.is_ascii_digit()),
            _ => true,
        };
        if fit { Ok(()) } else { Err(Unfit::Value) }
    }
}
