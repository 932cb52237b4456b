//! Damage to the document as bytes: charsets that are not what they are said to be, and cuts.

use super::{Class, any, choice, xml};
use crate::{
    Format,
    draft::{Draft, Finish},
    draw::Draw,
};

const CHARSETS: [&str; 7] = ["iso-8859-1", "utf-16", "us-ascii", "windows-1251", "utf8mb4", "", "unicode"];

pub(super) const CLASSES: &[Class] = &[
    Class { name: "windows-1252 as UTF-8", variants: 3, befalls: any, damage: windows_1252_as_utf_8 },
    Class { name: "windows-1252 as ISO-8859-1", variants: 2, befalls: any, damage: windows_1252_as_latin_1 },
    Class { name: "UTF-16", variants: 8, befalls: any, damage: utf_16 },
    Class { name: "UTF-8 declared as another charset", variants: 7, befalls: xml, damage: declared_otherwise },
    Class { name: "UTF-8 served as another charset", variants: 3, befalls: any, damage: served_otherwise },
    Class { name: "cut off", variants: 19, befalls: any, damage: cut },
];

/// Declared, not declared, and said so by the server.
fn windows_1252_as_utf_8(draft: &mut Draft, _: &mut Draw, variant: usize) {
    draft.keep_western();
    draft.finish = Finish::Windows1252;
    match variant {
        0 => {}
        1 => draft.edit_head(" encoding=\"UTF-8\"", ""),
        _ => draft.content_type = Some(served_as(draft.format, "utf-8")),
    }
}

fn windows_1252_as_latin_1(draft: &mut Draft, _: &mut Draw, variant: usize) {
    draft.keep_western();
    draft.finish = Finish::Windows1252;
    if variant == 1 || draft.format == Format::Json {
        draft.content_type = Some(served_as(draft.format, "iso-8859-1"));
    } else {
        draft.edit_head("UTF-8", "iso-8859-1");
    }
}

/// In both orders, with and without a mark, declared as UTF-8 and as UTF-16.
fn utf_16(draft: &mut Draft, _: &mut Draw, variant: usize) {
    draft.finish = Finish::Utf16 { big: variant & 1 == 1, mark: variant & 2 == 0 };
    if variant & 4 == 4 {
        draft.edit_head("UTF-8", "UTF-16");
    }
}

fn declared_otherwise(draft: &mut Draft, _: &mut Draw, variant: usize) {
    draft.edit_head("UTF-8", choice(&CHARSETS, variant).unwrap_or_default());
}

fn served_otherwise(draft: &mut Draft, _: &mut Draw, variant: usize) {
    draft.content_type = match variant {
        0 => Some(served_as(draft.format, "iso-8859-1")),
        1 => Some("text/plain; charset=us-ascii"),
        _ => Some("text/html; charset=\"koi8-r"),
    };
}

/// After every twentieth of the document.
fn cut(draft: &mut Draft, _: &mut Draw, variant: usize) {
    draft.finish = Finish::Cut((variant + 1) * 5);
}

fn served_as(format: Format, charset: &str) -> &'static str {
    match (format, charset) {
        (Format::Json, "utf-8") => "application/feed+json; charset=utf-8",
        (Format::Json, _) => "application/feed+json; charset=iso-8859-1",
        (_, "utf-8") => "text/xml; charset=utf-8",
        (_, _) => "text/xml; charset=iso-8859-1",
    }
}
