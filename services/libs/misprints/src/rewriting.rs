//! The same feeds written otherwise: nothing is damaged, and no reader may notice.

use std::fmt::Write;

use serde_json::Value;

use crate::{
    Format,
    draft::Draft,
    seeds::{self, escaped},
};

/// Writes a draft otherwise.
type Rewrite = fn(&mut Draft);

/// Ways to write a feed otherwise: name, and what it does to a draft of a format that it applies to.
pub(crate) const REWRITINGS: [(&str, Rewrite); 6] = [
    ("items reversed", reverse),
    ("CDATA as references", |draft| without_sections(draft, escaped, str::to_owned)),
    ("references for letters", |draft| without_sections(draft, |text| numbered(&escaped(text)), numbered)),
    ("single quotes", |draft| without_sections(draft, |text| format!("<![CDATA[{text}]]>"), single_quoted)),
    ("other prefixes", other_prefixes),
    ("comments and white space between", spread),
];

/// The seed in `format`, rewritten by one of [`REWRITINGS`].
pub(crate) fn rewritten(format: Format, rewrite: Rewrite) -> Draft {
    let mut draft = seeds::seed(format);
    rewrite(&mut draft);
    draft
}

fn reverse(draft: &mut Draft) {
    draft.items.reverse();
}

/// Rewrites CDATA sections by `section` and all between them by `between`; strings of JSON get escapes for letters.
fn without_sections(draft: &mut Draft, section: fn(&str) -> String, between: fn(&str) -> String) {
    for piece in &mut draft.items {
        let text = String::from_utf8_lossy(&piece.bytes).into_owned();
        if draft.format == Format::Json {
            piece.bytes = escaped_json(&text).into_bytes();
            continue;
        }
        let mut parts = text.split("<![CDATA[");
        let mut made = between(parts.next().unwrap_or_default());
        for part in parts {
            let (inner, after) = part.split_once("]]>").unwrap_or((part, ""));
            made += &section(inner);
            made += &between(after);
        }
        piece.bytes = made.into_bytes();
    }
}

/// On one line, its letters beyond ASCII as escapes.
fn escaped_json(text: &str) -> String {
    let compact = serde_json::from_str::<Value>(text).map_or_else(|_| text.to_owned(), |value| value.to_string());
    let mut made = String::new();
    for letter in compact.chars() {
        if letter.is_ascii() {
            made.push(letter);
        } else {
            let mut units = [0; 2];
            for unit in letter.encode_utf16(&mut units) {
                let _ = write!(made, "\\u{unit:04X}");
            }
        }
    }
    made
}

fn numbered(text: &str) -> String {
    let mut made = String::new();
    for letter in text.chars() {
        if letter.is_ascii() {
            made.push(letter);
        } else {
            let _ = write!(made, "&#x{:X};", u32::from(letter));
        }
    }
    made
}

/// Quotes within tags.
fn single_quoted(text: &str) -> String {
    let mut inside = false;
    let turned = text.chars().map(|letter| {
        inside = (inside || letter == '<') && letter != '>';
        if inside && letter == '"' { '\'' } else { letter }
    });
    turned.collect()
}

fn other_prefixes(draft: &mut Draft) {
    for (from, to) in [("dc", "dublin"), ("content", "body"), ("media", "mrss")] {
        if draft.format != Format::Json {
            draft.rewrite(&format!("xmlns:{from}="), &format!("xmlns:{to}="));
            draft.rewrite(&format!("<{from}:"), &format!("<{to}:"));
            draft.rewrite(&format!("</{from}:"), &format!("</{to}:"));
            draft.rewrite(&format!(" {from}:"), &format!(" {to}:"));
        }
    }
}

fn spread(draft: &mut Draft) {
    draft.gap = match draft.format {
        Format::Json => b"\n\t ,\r\n ".to_vec(),
        Format::Rss2 | Format::Rss1 | Format::Atom1 | Format::Atom03 => {
            b"\n\t <!-- <item><title>not a story</title></item> -->\r\n".to_vec()
        }
    };
}
