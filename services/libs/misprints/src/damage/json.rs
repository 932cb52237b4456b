//! Damage that only JSON knows.

use super::{Class, choice, into_title, json_feed, swap};
use crate::{draft::Draft, draw::Draw};

const ESCAPES: [&str; 6] = ["\\x41", "\\'", "\\u12", "\\ud800", "\\udc00\\ud800", "\\ "];

pub(super) const CLASSES: &[Class] = &[
    Class { name: "JSON: commas", variants: 5, befalls: json_feed, damage: commas },
    Class { name: "JSON: wrong escape", variants: 6, befalls: json_feed, damage: wrong_escape },
    Class { name: "JSON: raw line end in a string", variants: 2, befalls: json_feed, damage: raw_line_end },
    Class { name: "JSON: comments", variants: 3, befalls: json_feed, damage: comments },
    Class { name: "JSON: odd members of the list", variants: 4, befalls: json_feed, damage: odd_members },
    Class { name: "JSON: wrong types", variants: 6, befalls: json_feed, damage: wrong_types },
    Class { name: "JSON: wrong literals", variants: 4, befalls: json_feed, damage: wrong_literals },
    Class { name: "JSON: callback", variants: 2, befalls: json_feed, damage: callback },
    Class { name: "JSON: quote missing", variants: 3, befalls: json_feed, damage: quote_missing },
    Class { name: "JSON: brace missing", variants: 3, befalls: json_feed, damage: brace_missing },
    Class { name: "JSON: duplicate keys", variants: 2, befalls: json_feed, damage: duplicate_keys },
];

fn commas(draft: &mut Draft, draw: &mut Draw, variant: usize) {
    match variant {
        0 => draft.edit_tail("\n]", ",\n]"),
        1 => draft.gap = b"\n".to_vec(),
        2 => draft.gap = b",\n,\n".to_vec(),
        3 => draft.mar(draw, true, |item, _| swap(item, "\"\n}", "\",\n}")),
        _ => draft.edit_tail("]\n}", "],\n}"),
    }
}

fn wrong_escape(draft: &mut Draft, draw: &mut Draw, variant: usize) {
    let escape = choice(&ESCAPES, variant).unwrap_or_default();
    let format = draft.format;
    draft.mar(draw, true, |item, _| into_title(format, item, escape.as_bytes()));
}

fn raw_line_end(draft: &mut Draft, draw: &mut Draw, variant: usize) {
    let format = draft.format;
    let raw: &[u8] = if variant == 0 { b"\n" } else { b"\t\r\n" };
    draft.mar(draw, true, |item, _| into_title(format, item, raw));
}

fn comments(draft: &mut Draft, _: &mut Draw, variant: usize) {
    match variant {
        0 => draft.gap = b",\n// cached, \"yes\"\n".to_vec(),
        1 => draft.gap = b", /* { */\n".to_vec(),
        _ => draft.edit_head("{\n", "{\n// the courier's feed\n"),
    }
}

fn odd_members(draft: &mut Draft, _: &mut Draw, variant: usize) {
    let gaps = [",\nnull,\n", ",\n[],\n", ",\n\"text\",\n", ",\n{},\n"];
    draft.gap = choice(&gaps, variant).unwrap_or_default().as_bytes().to_vec();
}

fn wrong_types(draft: &mut Draft, draw: &mut Draw, variant: usize) {
    let swaps = [
        ("\"tags\":", "\"tags\": \"News\", \"old_tags\":"),
        ("\"authors\":", "\"authors\": {\"name\": \"Desk\"}, \"old_authors\":"),
        ("\"date_published\":", "\"date_published\": 1764000000, \"old_date\":"),
        ("\"summary\":", "\"summary\": [\"a\"], \"old_summary\":"),
        ("\"image\":", "\"image\": {\"url\": \"https://courier.example/x.png\"}, \"old_image\":"),
        ("\"authors\":", "\"authors\": [null, 7, \"Desk\"], \"old_authors\":"),
    ];
    if let Some((from, to)) = swaps.get(variant) {
        draft.mar(draw, true, |item, _| swap(item, from, to));
    }
}

fn wrong_literals(draft: &mut Draft, draw: &mut Draw, variant: usize) {
    let literals = ["NaN", "undefined", "True", "+1"];
    let rank = format!("{{\n  \"rank\": {},", choice(&literals, variant).unwrap_or_default());
    draft.mar(draw, true, |item, _| swap(item, "{", &rank));
}

fn callback(draft: &mut Draft, _: &mut Draw, variant: usize) {
    let (before, after) = if variant == 0 { ("callback(", ");") } else { ("var feed = ", ";") };
    draft.head.splice(0..0, before.bytes());
    draft.tail.extend_from_slice(after.as_bytes());
}

/// The one that ends a headline.
fn quote_missing(draft: &mut Draft, draw: &mut Draw, _: usize) {
    draft.mar(draw, false, |item, _| swap(item, "\",\n  \"url\"", ",\n  \"url\""));
}

fn brace_missing(draft: &mut Draft, draw: &mut Draw, variant: usize) {
    draft.mar(draw, false, |item, _| {
        let at = if variant == 0 { 0 } else { item.len() - 1 };
        item.remove(at);
        true
    });
}

fn duplicate_keys(draft: &mut Draft, draw: &mut Draw, variant: usize) {
    let key = if variant == 0 { "\"title\": \"Another\", \"title\":" } else { "\"id\": \"\", \"id\":" };
    let from = if variant == 0 { "\"title\":" } else { "\"id\":" };
    draft.mar(draw, true, |item, _| swap(item, from, key));
}
