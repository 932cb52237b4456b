//! Damage within the text of some items: characters and references that do not belong there.

use super::{Class, any, choice, into_title, swap, xml};
use crate::{Format, draft::Draft, draft::windows_1252, draw::Draw};

const BARE_AMPERSANDS: [&str; 4] = ["AT&T: ", "Q & A: ", "R&D;, ", "this&that=other; "];
const REFERENCES: [&str; 8] =
    ["&nosuch; ", "&nbsp;", "&eacute;t&eacute; ", "&#xD800; ", "&#99999999; ", "&#; ", "&; ", "&#xZZ; "];
const CONTROLS: [&str; 8] = ["\0", "\u{1}", "\u{b}", "\u{c}", "\u{1f}", "\u{7f}", "\u{fffe}", "\u{ffff}"];
const CONTROL_REFERENCES: [&str; 5] = ["&#0;", "&#8;", "&#x1F;", "&#xFFFE;", "&#x0B;"];
const BAD_BYTES: [&[u8]; 7] =
    [b"\xff", b"\xc3", b"\x80", b"\xed\xa0\x80", b"\xf5\x80\x80\x80", b"\xe2\x80", b"\xc0\x80\xfe"];
const LESS_THAN: [&str; 4] = ["5 < 6: ", "I <3 it: ", "a <- b: ", "1<2<3, "];

pub(super) const CLASSES: &[Class] = &[
    Class { name: "bare ampersand", variants: 4, befalls: xml, damage: bare_ampersand },
    Class { name: "bare ampersand in an address", variants: 2, befalls: xml, damage: bare_ampersand_in_link },
    Class { name: "unknown entity", variants: 8, befalls: xml, damage: unknown_entity },
    Class { name: "control character", variants: 8, befalls: any, damage: control_character },
    Class { name: "reference to a control character", variants: 5, befalls: xml, damage: control_reference },
    Class { name: "byte order mark in the middle", variants: 2, befalls: any, damage: byte_order_mark },
    Class { name: "bad bytes", variants: 7, befalls: any, damage: bad_bytes },
    Class { name: "one item in windows-1252", variants: 3, befalls: any, damage: windows_1252_item },
    Class { name: "bare less-than sign", variants: 4, befalls: xml, damage: less_than },
    Class { name: "end of CDATA in text", variants: 2, befalls: xml, damage: end_of_cdata },
];

fn bare_ampersand(draft: &mut Draft, draw: &mut Draw, variant: usize) {
    put_in_titles(draft, draw, choice(&BARE_AMPERSANDS, variant).unwrap_or_default().as_bytes());
}

fn bare_ampersand_in_link(draft: &mut Draft, draw: &mut Draw, variant: usize) {
    let to = if variant == 0 { "?ed=1&view=full" } else { "?ed=1&copy=full" };
    draft.mar(draw, true, |item, _| swap(item, "?ed=1&amp;view=full", to));
}

fn unknown_entity(draft: &mut Draft, draw: &mut Draw, variant: usize) {
    put_in_titles(draft, draw, choice(&REFERENCES, variant).unwrap_or_default().as_bytes());
}

fn control_character(draft: &mut Draft, draw: &mut Draw, variant: usize) {
    put_in_titles(draft, draw, choice(&CONTROLS, variant).unwrap_or_default().as_bytes());
}

fn control_reference(draft: &mut Draft, draw: &mut Draw, variant: usize) {
    put_in_titles(draft, draw, choice(&CONTROL_REFERENCES, variant).unwrap_or_default().as_bytes());
}

/// In titles, or between the items.
fn byte_order_mark(draft: &mut Draft, draw: &mut Draw, variant: usize) {
    let mark = "\u{feff}";
    match (variant, draft.format) {
        (0, _) => put_in_titles(draft, draw, mark.as_bytes()),
        (_, Format::Json) => draft.gap = [mark.as_bytes(), b",\n"].concat(),
        (_, _) => draft.gap = [mark.as_bytes(), b"\n"].concat(),
    }
}

fn bad_bytes(draft: &mut Draft, draw: &mut Draw, variant: usize) {
    put_in_titles(draft, draw, choice(&BAD_BYTES, variant).unwrap_or_default());
}

fn windows_1252_item(draft: &mut Draft, draw: &mut Draw, _: usize) {
    draft.mar(draw, true, |item, _| {
        let text = String::from_utf8_lossy(item).into_owned();
        let written: Vec<u8> = text.chars().map(windows_1252).collect();
        let lossy = text.chars().any(|letter| letter != '?' && windows_1252(letter) == b'?');
        if text.is_ascii() || lossy {
            return false;
        }
        *item = written;
        true
    });
}

fn less_than(draft: &mut Draft, draw: &mut Draw, variant: usize) {
    put_in_titles(draft, draw, choice(&LESS_THAN, variant).unwrap_or_default().as_bytes());
}

fn end_of_cdata(draft: &mut Draft, draw: &mut Draw, variant: usize) {
    put_in_titles(draft, draw, if variant == 0 { b"a]]>b " } else { b"]]]]>> " });
}

fn put_in_titles(draft: &mut Draft, draw: &mut Draw, word: &[u8]) {
    let format = draft.format;
    draft.mar(draw, true, |item, _| into_title(format, item, word));
}
