//! Well-formed feeds of invented stories, and what goes wrong with feeds on their way: the battery that parsers are judged by.
//!
//! ```text
//! stories ─seeds─► five formats ─damage, class by class─► cases: bytes, and which items still stand whole in them
//! ```
//!
//! An item *stands whole* when its element, from the first byte of its start tag to the last of its end tag (its object, in JSON), is in
//! the damaged document letter for letter as in the seed. Damage around it, a wrong version, a lying charset or a cut behind it change
//! nothing about the item, so a reader is held to give it with every field it gives on the seed itself. An item that was touched may be *findable*:
//! its identifier is legible and its bounds are decidable, so a reader is held to give an item of that identifier.
//!
//! Everything is drawn from fixed seeds: the same cases on every machine and in every run. No IO.

mod damage;
mod draft;
mod draw;
mod rewriting;
mod seeds;
mod stories;

use damage::Class;
use draft::{Draft, Finish};
use draw::Draw;

/// What a seed is written in.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Format {
    /// RSS 2.0 with `content:encoded`, Dublin Core and Media RSS.
    Rss2,
    /// RSS 1.0, in RDF.
    Rss1,
    /// Atom 1.0 with XHTML, escaped HTML and CDATA.
    Atom1,
    /// Atom 0.3.
    Atom03,
    /// JSON Feed 1.1.
    Json,
}

/// A document to read.
#[derive(Clone, Debug)]
pub struct Case {
    /// What is wrong with it; `none` for the seed itself.
    pub class: &'static str,
    /// What it was written in.
    pub format: Format,
    /// Which of the class's variants it is.
    pub variant: usize,
    /// The document.
    pub bytes: Vec<u8>,
    /// The `Content-Type` it is served with.
    pub content_type: Option<&'static str>,
    /// Identifiers of the items that stand whole in it.
    pub whole: Vec<String>,
    /// Identifiers of the items that were touched and can still be found.
    pub findable: Vec<String>,
}

impl Format {
    /// All of them.
    pub const ALL: [Self; 5] = [Self::Rss2, Self::Rss1, Self::Atom1, Self::Atom03, Self::Json];

    /// Name for reports and files.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Rss2 => "rss-2.0",
            Self::Rss1 => "rss-1.0",
            Self::Atom1 => "atom-1.0",
            Self::Atom03 => "atom-0.3",
            Self::Json => "json-feed",
        }
    }
}

/// The seed in `format`, well-formed, with twelve items.
#[must_use]
pub fn seed(format: Format) -> Case {
    case("none", 0, seeds::seed(format))
}

/// Every class of damage on every seed that it can befall, in all its variants that find something to damage.
#[must_use]
pub fn cases() -> Vec<Case> {
    let mut cases = Vec::new();
    for class in damage::classes() {
        for format in Format::ALL {
            if (class.befalls)(format) {
                let seed = seed(format);
                let variants = (0..class.variants).map(|variant| damaged(&class, format, variant));
                cases.extend(variants.filter(|case| case.bytes != seed.bytes || case.content_type.is_some()));
            }
        }
    }
    cases
}

/// Each seed written otherwise, in ways that mean the same: reversed, other quotes and prefixes, references for CDATA and letters.
#[must_use]
pub fn rewritings() -> Vec<Case> {
    let rewritten = |format| {
        let cases = rewriting::REWRITINGS.iter().enumerate();
        let cases =
            cases.map(move |(variant, (name, rewrite))| case(name, variant, rewriting::rewritten(format, *rewrite)));
        cases.filter(move |case| case.bytes != seed(format).bytes)
    };
    Format::ALL.into_iter().flat_map(rewritten).collect()
}

fn damaged(class: &Class, format: Format, variant: usize) -> Case {
    let mut draft = seeds::seed(format);
    let mut draw = Draw::of(&[class.name, format.as_str(), &variant.to_string()]);
    (class.damage)(&mut draft, &mut draw, variant);
    case(class.name, variant, draft)
}

fn case(class: &'static str, variant: usize, mut draft: Draft) -> Case {
    let bytes = draft.served();
    let of = |wanted: fn(&draft::Piece) -> bool| {
        let stories =
            draft.items.iter().filter(|piece| wanted(piece)).filter_map(|piece| stories::STORIES.get(piece.story));
        stories.map(seeds::guid).collect()
    };
    let cut = matches!(draft.finish, Finish::Cut(_));
    Case {
        class,
        format: draft.format,
        variant,
        content_type: draft.content_type,
        whole: of(|piece| piece.whole),
        findable: if cut { Vec::new() } else { of(|piece| !piece.whole && piece.findable) },
        bytes,
    }
}

#[cfg(test)]
mod tests;
