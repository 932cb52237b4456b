//! What the attributes of links and media say.

use std::borrow::Cow;

use url::Url;

use super::names::Element;
use crate::parse::{
    entry::RawMedia,
    markup::{Tag, attribute},
};

/// What an `atom:link` leads to.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum LinkKind {
    Story,
    Enclosure,
    Other,
}

/// What the link in `tag` leads to.
pub(crate) fn link_kind(tag: Tag<'_>) -> LinkKind {
    match attribute(tag.attributes, "rel").as_deref().map(str::trim) {
        None | Some("" | "alternate") => LinkKind::Story,
        Some("enclosure") => LinkKind::Enclosure,
        Some(_) => LinkKind::Other,
    }
}

/// The medium at `href` that a link encloses.
pub(crate) fn enclosure(tag: Tag<'_>, href: &str, base: Option<Url>) -> RawMedia {
    let named = |name| attribute(tag.attributes, name).map(Cow::into_owned);
    RawMedia {
        url: href.to_owned(),
        base,
        content_type: named("type").unwrap_or_default(),
        length: named("length").unwrap_or_default(),
    }
}

/// The medium of an `enclosure`, `media:content` or `media:thumbnail`, unless it has no address.
pub(crate) fn medium(tag: Tag<'_>, kind: Element, base: Option<Url>) -> Option<RawMedia> {
    let url = attribute(tag.attributes, "url")?;
    let named = |name| attribute(tag.attributes, name).map(Cow::into_owned);
    let declared = named("type").or_else(|| named("medium").filter(|medium| medium == "image"));
    let customary = if kind == Element::Picture { "image" } else { "" };
    Some(RawMedia {
        url: url.into_owned(),
        base,
        content_type: declared.unwrap_or_else(|| customary.to_owned()),
        length: named("length").or_else(|| named("filesize")).unwrap_or_default(),
    })
}
