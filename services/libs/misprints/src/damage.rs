//! The classes of damage, each with what it does to a draft.

mod around;
mod bytes;
mod json;
mod letters;
mod tags;

use crate::{
    Format,
    draft::{Draft, position, replaced},
    draw::Draw,
};

/// A class of damage.
#[derive(Clone, Copy)]
pub(crate) struct Class {
    /// Its name in reports.
    pub(crate) name: &'static str,
    /// How many documents are made of it for each seed.
    pub(crate) variants: usize,
    /// Which seeds it can befall.
    pub(crate) befalls: fn(Format) -> bool,
    /// Does it, in variant 0, 1, …
    pub(crate) damage: fn(&mut Draft, &mut Draw, usize),
}

/// All classes.
pub(crate) fn classes() -> Vec<Class> {
    [around::CLASSES, bytes::CLASSES, letters::CLASSES, tags::CLASSES, json::CLASSES].concat()
}

fn any(_: Format) -> bool {
    true
}

fn xml(format: Format) -> bool {
    format != Format::Json
}

fn json_feed(format: Format) -> bool {
    format == Format::Json
}

/// What the headline of an item of `format` stands behind.
fn title_start(format: Format) -> &'static str {
    match format {
        Format::Rss2 | Format::Rss1 => "<title>",
        Format::Atom1 => "<title type=\"text\">",
        Format::Atom03 => "<title mode=\"escaped\" type=\"text/plain\">",
        Format::Json => "\"title\": \"",
    }
}

/// What the summary of an item of `format` stands behind.
fn summary_start(format: Format) -> &'static str {
    match format {
        Format::Rss2 | Format::Rss1 => "<description>",
        Format::Atom1 => "<summary type=\"html\">",
        Format::Atom03 => "<summary type=\"text/html\" mode=\"escaped\">",
        Format::Json => "\"summary\": \"",
    }
}

/// Name of the element of an item.
fn item_name(format: Format) -> &'static str {
    match format {
        Format::Rss2 | Format::Rss1 | Format::Json => "item",
        Format::Atom1 | Format::Atom03 => "entry",
    }
}

/// Puts `word` in front of the headline of `item`.
fn into_title(format: Format, item: &mut Vec<u8>, word: &[u8]) -> bool {
    let start = title_start(format);
    let Some(at) = position(item, start) else { return false };
    let at = at + start.len();
    item.splice(at..at, word.iter().copied());
    true
}

/// Replaces the first `from` in `item` by `to`, if it is there.
fn swap(item: &mut Vec<u8>, from: &str, to: &str) -> bool {
    let there = position(item, from).is_some();
    if there {
        *item = replaced(item, from, to, 1);
    }
    there
}

/// The choice of variant `variant` among `choices`, which are as many as the variants.
fn choice<'a, T: ?Sized>(choices: &[&'a T], variant: usize) -> Option<&'a T> {
    choices.get(variant).copied()
}
