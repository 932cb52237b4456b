//! Damage around the items, which all stand whole: what comes before and after, versions, namespaces and declarations.

use super::{Class, any, choice, xml};
use crate::{Format, draft::Draft, draw::Draw};

const BEFORE: [&str; 10] = [
    "\n\n",
    " \t ",
    "\u{feff}\n",
    "\u{feff}\u{feff}",
    "Notice: Undefined index: id in /srv/feed.php on line 7\n",
    "<br />\n<b>Warning</b>:  mysql_connect() in <b>/srv/feed.php</b> on line <b>7</b><br />\n",
    "<!-- generated in 0.31 s -->\n",
    "<!DOCTYPE html>\n",
    "\0",
    "& < \" ' \n",
];
const BEFORE_JSON: [&str; 10] = [
    "\n\n",
    " \t ",
    "\u{feff}\n",
    "\u{feff}\u{feff}",
    "Notice: Undefined index: id on line 7\n",
    ")]}',\n",
    "for(;;);",
    "/* cached */\n",
    "\0",
    "while(1);",
];
const AFTER: [&str; 10] = [
    "\n<!-- cached -->\n",
    "<script>var a = 1 < 2 && 3;</script>",
    "<br />\n<b>Fatal error</b>:  Out of memory",
    "\0\0\0\0",
    "</body></html>",
    "garbage & more <",
    "<!-- not closed",
    "<![CDATA[ not closed",
    "<?php echo 1; ",
    "</rss></feed></rdf:RDF>",
];
const AFTER_JSON: [&str; 10] =
    ["\n<!-- cached -->\n", ";", "}", "]", "\0\0\0\0", "\ngarbage { [", "</body>", ",", "\"", "{}"];
const XML_DECLARATIONS: [&str; 6] = [
    "<?xml version=\"1.1\" encoding=\"UTF-8\"?>",
    "<?xml version=\"2.0\" encoding=\"UTF-8\"?>",
    "<?xml encoding=\"UTF-8\"?>",
    "<?xml?>",
    "<?xml version=1.0 encoding=UTF-8?>",
    "<?xml version=\"1.0\" encoding=\"UTF-8\" standalone=\"maybe\" ?>",
];
const DECLARATION: &str = "<?xml version=\"1.0\" encoding=\"UTF-8\"?>";
const DOCTYPES: [&str; 5] = [
    "<!DOCTYPE rss PUBLIC \"-//Netscape Communications//DTD RSS 0.91//EN\" \"http://my.netscape.com/publish/formats/rss-0.91.dtd\">\n",
    "<!DOCTYPE rss [<!ENTITY pub \"The Courier\"> <!ENTITY nbsp \"&#160;\">]>\n",
    "<!DOCTYPE html>\n",
    "<!DOCTYPE rss SYSTEM 'rss.dtd' [ <!-- ]> --> <!ELEMENT item ANY> ]>\n",
    "<!doctype feed>\n",
];

pub(super) const CLASSES: &[Class] = &[
    Class { name: "junk before", variants: 10, befalls: any, damage: junk_before },
    Class { name: "junk after", variants: 10, befalls: any, damage: junk_after },
    Class { name: "document not closed", variants: 3, befalls: any, damage: not_closed },
    Class { name: "document closed between items", variants: 2, befalls: xml, damage: closed_between },
    Class { name: "wrong version", variants: 8, befalls: versioned, damage: wrong_version },
    Class { name: "wrong XML declaration", variants: 6, befalls: xml, damage: wrong_declaration },
    Class { name: "doubled XML declaration", variants: 4, befalls: xml, damage: doubled_declaration },
    Class { name: "wrong namespace", variants: 5, befalls: xml, damage: wrong_namespace },
    Class { name: "missing namespace", variants: 3, befalls: xml, damage: missing_namespace },
    Class { name: "document type", variants: 5, befalls: xml, damage: document_type },
    Class { name: "processing instructions", variants: 3, befalls: xml, damage: instructions },
    Class { name: "wrapped in HTML", variants: 2, befalls: xml, damage: wrapped },
    Class { name: "line ends", variants: 3, befalls: any, damage: line_ends },
];

fn versioned(format: Format) -> bool {
    format != Format::Rss1
}

fn junk_before(draft: &mut Draft, _: &mut Draw, variant: usize) {
    let choices = if draft.format == Format::Json { &BEFORE_JSON } else { &BEFORE };
    let junk = choice(choices, variant).unwrap_or_default();
    draft.head.splice(0..0, junk.bytes());
}

fn junk_after(draft: &mut Draft, _: &mut Draw, variant: usize) {
    let choices = if draft.format == Format::Json { &AFTER_JSON } else { &AFTER };
    draft.tail.extend_from_slice(choice(choices, variant).unwrap_or_default().as_bytes());
}

/// Without the end tag of the root, of the channel, of both.
fn not_closed(draft: &mut Draft, _: &mut Draw, variant: usize) {
    match variant {
        0 => {
            let end = draft.tail.iter().rposition(|byte| b"<}".contains(byte)).unwrap_or(0);
            draft.tail.truncate(end);
        }
        1 => draft.tail = b"\n".to_vec(),
        _ => draft.tail = b"\n</".to_vec(),
    }
}

/// Closed after each item, or one document for each item.
fn closed_between(draft: &mut Draft, _: &mut Draw, variant: usize) {
    draft.gap.extend_from_slice(&draft.tail);
    if variant == 1 {
        draft.gap.extend_from_slice(&draft.head);
    }
}

fn wrong_version(draft: &mut Draft, _: &mut Draw, variant: usize) {
    let (from, versions): (&str, [&str; 8]) = match draft.format {
        Format::Rss2 | Format::Rss1 => (
            "<rss version=\"2.0\"",
            [
                "<rss",
                "<rss version=\"0.91\"",
                "<rss version=\"0.93\"",
                "<rss version=\"0.94\"",
                "<rss version=\"2.0.1\"",
                "<rss version=\"two\"",
                "<rss version=\"\"",
                "<rss version=\"1.0\"",
            ],
        ),
        Format::Atom1 => (
            "<feed",
            [
                "<feed version=\"1.0\"",
                "<feed version=\"0.3\"",
                "<feed version=\"\"",
                "<feed version=\"9\"",
                "<feed version=\"draft-ietf-atompub-format-05 : do not deploy\"",
                "<feed version='2.0'",
                "<feed Version=\"1.0\"",
                "<feed version",
            ],
        ),
        Format::Atom03 => (
            "<feed version=\"0.3\"",
            [
                "<feed",
                "<feed version=\"0.4\"",
                "<feed version=\"1.0\"",
                "<feed version=\"\"",
                "<feed version=\"0.2\"",
                "<feed version='0.3'",
                "<feed Version=\"0.3\"",
                "<feed version",
            ],
        ),
        Format::Json => (
            "\"version\": \"https://jsonfeed.org/version/1.1\",",
            [
                "\"version\": \"http://jsonfeed.org/version/1.1\",",
                "\"version\": \"https://jsonfeed.org/version/1\",",
                "\"version\": \"1.1\",",
                "\"version\": 1.1,",
                "\"version\": null,",
                "",
                "\"Version\": \"https://jsonfeed.org/version/1.1\",",
                "\"version\": \"https://jsonfeed.org/version/2\",",
            ],
        ),
    };
    draft.edit_head(from, choice(&versions, variant).unwrap_or_default());
}

fn wrong_declaration(draft: &mut Draft, _: &mut Draw, variant: usize) {
    draft.edit_head(DECLARATION, choice(&XML_DECLARATIONS, variant).unwrap_or_default());
}

/// At the start, behind the root's start tag, between the items, before the end.
fn doubled_declaration(draft: &mut Draft, _: &mut Draw, variant: usize) {
    match variant {
        0 => draft.edit_head(DECLARATION, &format!("{DECLARATION}\n{DECLARATION}")),
        1 => draft.head.extend_from_slice(DECLARATION.as_bytes()),
        2 => draft.gap = format!("\n{DECLARATION}\n").into_bytes(),
        _ => draft.tail.splice(0..0, DECLARATION.bytes()).for_each(drop),
    }
}

fn wrong_namespace(draft: &mut Draft, _: &mut Draw, variant: usize) {
    let (from, spaces): (&str, [&str; 5]) = match draft.format {
        Format::Rss2 | Format::Json => (
            "<rss",
            [
                "<rss xmlns=\"http://backend.userland.com/rss2\"",
                "<rss xmlns=\"http://purl.org/rss/1.0/\"",
                "<rss xmlns=\"http://www.w3.org/2005/Atom\"",
                "<rss xmlns=\"https://www.rssboard.org/rss-specification\"",
                "<rss xmlns=\"\"",
            ],
        ),
        Format::Rss1 => (
            "\"http://purl.org/rss/1.0/\"",
            [
                "\"http://purl.org/rss/1.0\"",
                "\"https://purl.org/rss/1.0/\"",
                "\"http://my.netscape.com/rdf/simple/0.9/\"",
                "\"http://purl.org/net/rss1.1#\"",
                "\"http://nosuch.example/ns\"",
            ],
        ),
        Format::Atom1 => (
            "\"http://www.w3.org/2005/Atom\"",
            [
                "\"http://www.w3.org/2005/atom\"",
                "\"https://www.w3.org/2005/Atom\"",
                "\"http://www.w3.org/2005/Atom/\"",
                "\"http://purl.org/atom/ns#\"",
                "\"http://nosuch.example/ns\"",
            ],
        ),
        Format::Atom03 => (
            "\"http://purl.org/atom/ns#\"",
            [
                "\"http://purl.org/atom/ns\"",
                "\"https://purl.org/atom/ns#\"",
                "\"http://example.com/newformat#\"",
                "\"http://www.w3.org/2005/Atom\"",
                "\"http://nosuch.example/ns\"",
            ],
        ),
    };
    draft.edit_head(from, choice(&spaces, variant).unwrap_or_default());
}

/// Of the prefixes, of the elements without one, of all.
fn missing_namespace(draft: &mut Draft, _: &mut Draw, variant: usize) {
    let prefixed = [" xmlns:content=\"", " xmlns:dc=\"", " xmlns:media=\"", " xmlns:rdf=\""];
    let names = match variant {
        0 => prefixed.as_slice(),
        1 => &[" xmlns=\""],
        _ => &[" xmlns:content=\"", " xmlns:dc=\"", " xmlns:media=\"", " xmlns:rdf=\"", " xmlns=\""],
    };
    let mut head = String::from_utf8_lossy(&draft.head).into_owned();
    for name in names {
        if let Some((before, after)) = head.split_once(name)
            && let Some((_, rest)) = after.split_once('"')
        {
            head = [before, rest].concat();
        }
    }
    draft.head = head.into_bytes();
}

fn document_type(draft: &mut Draft, _: &mut Draw, variant: usize) {
    let with = format!("{DECLARATION}\n{}", choice(&DOCTYPES, variant).unwrap_or_default());
    draft.edit_head(DECLARATION, &with);
}

fn instructions(draft: &mut Draft, _: &mut Draw, variant: usize) {
    let instruction = match variant {
        0 => "<?xml-stylesheet href=\"/style.xsl\" type=\"text/xsl\"?>",
        1 => "<?php echo \"<item>\" ?>",
        _ => "<??>",
    };
    draft.edit_head(DECLARATION, &format!("{DECLARATION}\n{instruction}"));
    draft.gap.extend_from_slice(instruction.as_bytes());
}

fn wrapped(draft: &mut Draft, _: &mut Draw, variant: usize) {
    let (before, after) = if variant == 0 {
        ("<html><head><title>Feed</title></head><body>\n", "</body></html>\n")
    } else {
        ("<html><body><pre>\n", "</pre></body></html>\n")
    };
    draft.head.splice(0..0, before.bytes());
    draft.tail.extend_from_slice(after.as_bytes());
}

/// Of Windows, of old Macintoshes, none. They are white space to XML and JSON, so the items stay what they are.
fn line_ends(draft: &mut Draft, _: &mut Draw, variant: usize) {
    let to = match variant {
        0 => "\r\n",
        1 => "\r",
        _ => "\n\n",
    };
    if variant == 2 {
        draft.gap = replace_line_ends(&draft.gap, to);
    } else {
        draft.rewrite("\n", to);
        draft.gap = replace_line_ends(&draft.gap, to);
    }
}

fn replace_line_ends(bytes: &[u8], to: &str) -> Vec<u8> {
    String::from_utf8_lossy(bytes).replace('\n', to).into_bytes()
}
