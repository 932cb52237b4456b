//! The elements and attributes that sanitised HTML may hold. All others are left out: elements lose their tags, attributes go.
//!
//! | what | rule |
//! |---|---|
//! | elements | those of HTML that structure, mark up or show; `MathML`; SVG without animation, reuse and foreign content |
//! | content | of `script`, `style`, `applet` and `template` nothing stays |
//! | attributes | no handler of events, nothing that names a style sheet or a document to run |
//! | addresses | the schemes in [`has_safe_scheme`], relative ones made absolute; pictures may also be `data:` |
//! | `style` | see [`super::style`] |

mod html;
mod math;
mod svg;

/// Which vocabulary an element stands in.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Space {
    Html,
    Math,
    Svg,
}

/// The schemes an address may have; nothing among them runs code.
const SCHEMES: &[&str] = &[
    "callto", "ed2k", "feed", "ftp", "geo", "git", "gopher", "http", "https", "imap", "irc", "ircs", "magnet",
    "mailto", "mms", "news", "nntp", "rsync", "rtsp", "sftp", "sip", "sips", "sms", "snews", "ssh", "svn", "svn+ssh",
    "tag", "tel", "telnet", "urn", "webcal", "xmpp",
];

/// The element called `name` in lower case as the vocabulary spells it, or `None` where it may not stay.
pub(crate) fn element(space: Space, name: &str) -> Option<&'static str> {
    let table = match space {
        Space::Html => html::ELEMENTS,
        Space::Math => math::ELEMENTS,
        // SVG has capitals within its names.
        Space::Svg => return svg::ELEMENTS.iter().find(|known| known.eq_ignore_ascii_case(name)).copied(),
    };
    table.binary_search(&name).ok().and_then(|at| table.get(at)).copied()
}

/// The attribute called `name` as the vocabulary spells it, or `None` where it may not stay.
pub(crate) fn attribute(space: Space, name: &str) -> Option<&'static str> {
    let table = match space {
        Space::Html => html::ATTRIBUTES,
        Space::Math => math::ATTRIBUTES,
        Space::Svg => return svg::ATTRIBUTES.iter().find(|known| known.eq_ignore_ascii_case(name)).copied(),
    };
    table.binary_search(&name).ok().and_then(|at| table.get(at)).copied()
}

/// Whether an element has neither content nor end tag.
pub(crate) fn is_void(name: &str) -> bool {
    matches!(name, "area" | "br" | "col" | "hr" | "img" | "input" | "source" | "track" | "wbr")
}

/// Whether an attribute holds an address.
pub(crate) fn is_address(name: &str) -> bool {
    matches!(
        name,
        "action"
            | "background"
            | "cite"
            | "data"
            | "datasrc"
            | "dynsrc"
            | "href"
            | "icon"
            | "longdesc"
            | "lowsrc"
            | "ping"
            | "poster"
            | "src"
            | "urn"
            | "usemap"
            | "vrml"
            | "xlink:href"
    )
}

/// Whether an address of this scheme may stay.
pub(crate) fn has_safe_scheme(scheme: &str) -> bool {
    let scheme = scheme.to_ascii_lowercase();
    SCHEMES.binary_search(&scheme.as_str()).is_ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn tables_are_in_order() {
        for table in [html::ELEMENTS, math::ELEMENTS, html::ATTRIBUTES, math::ATTRIBUTES, SCHEMES] {
            assert!(table.is_sorted(), "{table:?}");
        }
    }
}
