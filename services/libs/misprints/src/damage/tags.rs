//! Damage to the tags of some items: missing, strayed, crossed and misspelt.

use super::{Class, choice, item_name, summary_start, swap, xml};
use crate::{
    Format,
    draft::{Draft, position, replaced},
    draw::Draw,
};

const STRAY_HTML: [&str; 8] = [
    "<br>",
    "<p>One paragraph<p>and another ",
    "<img src=\"https://courier.example/x.png\">",
    "<b>bold</i> ",
    "<hr/><ul><li>one<li>two</ul>",
    "<script>if (a < b && c) { d(); }</script>",
    "<a href=\"https://courier.example/?a=1&b=2\" target=_blank>link</a> ",
    "<div class=\"x\"><span>unclosed ",
];
const STRAY_ENDS: [&str; 4] = ["</b>", "</p></div>", "</br>", "</nosuch>"];

pub(super) const CLASSES: &[Class] = &[
    Class { name: "unescaped HTML", variants: 8, befalls: xml, damage: stray_html },
    Class { name: "stray end tag", variants: 4, befalls: xml, damage: stray_end },
    Class { name: "stray end tag between items", variants: 4, befalls: xml, damage: stray_end_between },
    Class { name: "field not closed", variants: 4, befalls: xml, damage: field_not_closed },
    Class { name: "item not closed", variants: 3, befalls: xml, damage: item_not_closed },
    Class { name: "item not opened", variants: 3, befalls: xml, damage: item_not_opened },
    Class { name: "CDATA not closed", variants: 3, befalls: xml, damage: cdata_not_closed },
    Class { name: "comment not closed", variants: 2, befalls: xml, damage: comment_not_closed },
    Class { name: "quote not closed", variants: 3, befalls: xml, damage: quote_not_closed },
    Class { name: "unquoted attributes", variants: 3, befalls: xml, damage: unquoted_attributes },
    Class { name: "duplicate attributes", variants: 3, befalls: xml, damage: duplicate_attributes },
    Class { name: "attribute without a value", variants: 2, befalls: xml, damage: bare_attribute },
    Class { name: "attributes run together", variants: 2, befalls: xml, damage: attributes_together },
    Class { name: "case of tags differs", variants: 3, befalls: xml, damage: mixed_case },
    Class { name: "crossed tags", variants: 2, befalls: xml, damage: crossed_tags },
    Class { name: "space in an end tag", variants: 2, befalls: xml, damage: space_in_end_tag },
    Class { name: "items outside of the channel", variants: 2, befalls: rss_2, damage: outside_channel },
];

fn rss_2(format: Format) -> bool {
    format == Format::Rss2
}

fn put_in_summaries(draft: &mut Draft, draw: &mut Draw, word: &str) {
    let start = summary_start(draft.format);
    draft.mar(draw, true, |item, _| swap(item, start, &format!("{start}{word}")));
}

fn stray_html(draft: &mut Draft, draw: &mut Draw, variant: usize) {
    put_in_summaries(draft, draw, choice(&STRAY_HTML, variant).unwrap_or_default());
}

fn stray_end(draft: &mut Draft, draw: &mut Draw, variant: usize) {
    put_in_summaries(draft, draw, choice(&STRAY_ENDS, variant).unwrap_or_default());
}

fn stray_end_between(draft: &mut Draft, _: &mut Draw, variant: usize) {
    draft.gap.extend_from_slice(choice(&STRAY_ENDS, variant).unwrap_or_default().as_bytes());
}

fn field_not_closed(draft: &mut Draft, draw: &mut Draw, variant: usize) {
    let ends: [&[&str]; 4] = [
        &["</title>"],
        &["</description>", "</summary>"],
        &["</dc:creator>", "</name></author>"],
        &["</link>", "</id>"],
    ];
    let ends = choice(&ends, variant).unwrap_or_default();
    draft.mar(draw, true, |item, _| ends.iter().any(|end| swap(item, end, "")));
}

fn item_not_closed(draft: &mut Draft, draw: &mut Draw, _: usize) {
    let end = format!("</{}>", item_name(draft.format));
    draft.mar(draw, true, |item, _| swap(item, &end, ""));
}

fn item_not_opened(draft: &mut Draft, draw: &mut Draw, _: usize) {
    let start = format!("<{}", item_name(draft.format));
    draft.mar(draw, false, |item, _| {
        let end = position(item, ">").map_or(0, |at| at + 1);
        let opened = item.starts_with(start.as_bytes());
        if opened {
            item.drain(..end);
        }
        opened
    });
}

/// The one at the end of the item, so that no other section's end closes it within.
fn cdata_not_closed(draft: &mut Draft, draw: &mut Draw, _: usize) {
    draft.mar(draw, false, |item, _| {
        let Some(at) = item.windows(3).rposition(|window| window == b"]]>") else { return false };
        item.drain(at..at + 3);
        true
    });
}

fn comment_not_closed(draft: &mut Draft, draw: &mut Draw, variant: usize) {
    if variant == 0 {
        draft.tail = [b"\n<!-- cached", draft.tail.as_slice()].concat();
        return;
    }
    let start = summary_start(draft.format);
    draft.mar(draw, false, |item, _| swap(item, start, &format!("<!-- more {start}")));
}

/// Of the last attribute of the last tag that has one.
fn quote_not_closed(draft: &mut Draft, draw: &mut Draw, _: usize) {
    draft.mar(draw, false, |item, _| {
        let ends: [&[u8]; 3] = [b"\"/>\n", b"\">https", b"\">\n"];
        let Some(at) = ends.iter().find_map(|end| item.windows(end.len()).rposition(|window| window == *end)) else {
            return false;
        };
        item.remove(at);
        true
    });
}

fn unquoted_attributes(draft: &mut Draft, draw: &mut Draw, _: usize) {
    let names = ["isPermaLink", "rdf:about", "rel", "href", "term", "url", "width", "type", "mode"];
    draft.mar(draw, true, |item, _| names.iter().filter(|name| unquote(item, name)).count() > 0);
}

/// Takes the quotes off the first value of `name` if it has no white space.
fn unquote(item: &mut Vec<u8>, name: &str) -> bool {
    let key = format!(" {name}=\"");
    let Some(start) = position(item, &key).map(|at| at + key.len()) else { return false };
    let Some(length) = item.get(start..).and_then(|rest| position(rest, "\"")) else { return false };
    let value = item.get(start..start + length).unwrap_or_default().to_vec();
    if value.iter().any(u8::is_ascii_whitespace) {
        return false;
    }
    item.splice(start - 1..=start + length, value);
    true
}

fn duplicate_attributes(draft: &mut Draft, draw: &mut Draw, _: usize) {
    let names = ["isPermaLink=\"false\"", "rel=\"alternate\"", "type=\"text/html\""];
    draft.mar(draw, true, |item, _| {
        let twice = |name: &&str| swap(item, name, &format!("{name} {name}"));
        let doubled = names.iter().map(twice).filter(|done| *done).count();
        // RSS 1.0 has one attribute, and it holds the identifier.
        doubled > 0 || double_about(item)
    });
}

fn double_about(item: &mut Vec<u8>) -> bool {
    let Some(end) = position(item, ">") else { return false };
    let Some(start) = position(item, " rdf:about") else { return false };
    let attribute = item.get(start..end).unwrap_or_default().to_vec();
    item.splice(end..end, attribute);
    true
}

fn bare_attribute(draft: &mut Draft, draw: &mut Draw, variant: usize) {
    let name = item_name(draft.format);
    let start = format!("<{name}");
    let with = if variant == 0 { format!("<{name} hidden") } else { format!("<{name} =") };
    draft.mar(draw, true, |item, _| swap(item, &start, &with));
}

fn attributes_together(draft: &mut Draft, draw: &mut Draw, _: usize) {
    draft.mar(draw, true, |item, _| {
        let pairs = ["\" width=", "\" href=", "\" type=", "\" mode="];
        let joined = |pair: &&str| swap(item, pair, &pair.replace(' ', ""));
        if pairs.iter().map(joined).filter(|done| *done).count() > 0 {
            return true;
        }
        // RSS 1.0 has single attributes only; it gets a second one.
        swap(item, "\">\n<title>", "\"xml:lang=\"en\">\n<title>")
    });
}

fn mixed_case(draft: &mut Draft, draw: &mut Draw, variant: usize) {
    let name = item_name(draft.format);
    let (from, to) = match variant {
        0 => (format!("</{name}>"), format!("</{}>", name.to_uppercase())),
        1 => ("</title>".to_owned(), "</Title>".to_owned()),
        _ => ("title".to_owned(), "TITLE".to_owned()),
    };
    draft.mar(draw, true, |item, _| {
        *item = replaced(item, &from, &to, usize::MAX);
        true
    });
}

fn crossed_tags(draft: &mut Draft, draw: &mut Draw, variant: usize) {
    let to = if variant == 0 { "<b></title></b>" } else { "<b><i></b></title></i>" };
    draft.mar(draw, true, |item, _| swap(item, "</title>", to));
}

fn space_in_end_tag(draft: &mut Draft, draw: &mut Draw, variant: usize) {
    let to = if variant == 0 { "</title\n >" } else { "</ title>" };
    draft.mar(draw, true, |item, _| swap(item, "</title>", to));
}

/// Behind it, or behind the end of its items.
fn outside_channel(draft: &mut Draft, draw: &mut Draw, variant: usize) {
    if variant == 0 {
        draft.head.extend_from_slice(b"</channel>\n");
        draft.edit_tail("</channel>", "");
    } else {
        let at = draw.below(draft.items.len());
        let stray = b"\n</channel>";
        draft.edit_tail("</channel>", "");
        if let Some(piece) = draft.items.get_mut(at) {
            piece.bytes.extend_from_slice(stray);
        }
    }
}
