//! Cuts XML or HTML into tokens without ever giving up: whatever is not markup is text.
//!
//! Every byte is looked at a bounded number of times, so no input is slower than linear.

use std::borrow::Cow;

use super::references::unescape;

/// One piece of a document.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Token<'a> {
    /// `<name attributes>`
    Start(Tag<'a>),
    /// `</name>`
    End(Tag<'a>),
    /// Text between markup, its references not resolved.
    Text(&'a str),
    /// What stands in a CDATA section, as it is.
    CData(&'a str),
    /// A document type or another declaration, as written.
    Doctype(&'a str),
    /// A tag, comment or CDATA section that the document ends in.
    Unfinished(&'a str),
}

/// A start or end tag.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Tag<'a> {
    /// Name with its prefix.
    pub(crate) name: &'a str,
    /// Attributes as written.
    pub(crate) attributes: &'a str,
    /// The whole tag as written.
    pub(crate) source: &'a str,
    /// Whether it closes itself.
    pub(crate) empty: bool,
}

/// The tokens of a document, in order.
pub(crate) struct Tokens<'a> {
    text: &'a str,
    at: usize,
    /// Whether a comment without end is text from there on, rather than the end of the document.
    recovers: bool,
    /// Whether one was.
    recovered: bool,
    /// Where the next `]]>` begins, as far as is known.
    section_end: Sought,
    /// Where the next `-->` begins, as far as is known.
    comment_end: Sought,
    /// Where the next `]` begins, as far as is known.
    subset_end: Sought,
}

/// The place of the next of something. It is looked for again only once it was passed, so that many openings with one end, or none, cost no
/// more than one.
#[derive(Clone, Copy, Debug, Default)]
enum Sought {
    #[default]
    NotYet,
    At(usize),
    Nowhere,
}

impl Sought {
    /// The place of the first `end` in `text` at or behind `from`.
    fn find(&mut self, text: &str, from: usize, end: &str) -> Option<usize> {
        match self {
            Self::Nowhere => return None,
            Self::At(place) if *place >= from => return Some(*place),
            Self::At(_) | Self::NotYet => {}
        }
        let place = text.get(from..).and_then(|rest| rest.find(end)).map(|offset| from + offset);
        *self = place.map_or(Self::Nowhere, Self::At);
        place
    }
}

impl<'a> Tokens<'a> {
    /// The tokens of `text`.
    pub(crate) fn of(text: &'a str) -> Self {
        let nothing_sought = Sought::NotYet;
        Self {
            text,
            at: 0,
            recovers: false,
            recovered: false,
            section_end: nothing_sought,
            comment_end: nothing_sought,
            subset_end: nothing_sought,
        }
    }

    /// The tokens of a feed in `text`, of which no comment without end hides the rest.
    pub(crate) fn of_document(text: &'a str) -> Self {
        Self { recovers: true, ..Self::of(text) }
    }

    /// Whether a comment without end was taken for text since this was asked last.
    pub(crate) fn recovered(&mut self) -> bool {
        std::mem::take(&mut self.recovered)
    }

    /// Bytes read so far; after a token, the position behind it.
    pub(crate) fn position(&self) -> usize {
        self.at
    }

    /// Goes back by `bytes`, which the last token took.
    pub(crate) fn give_back(&mut self, bytes: usize) {
        self.at = self.text.floor_char_boundary(self.at.saturating_sub(bytes));
    }

    /// Moves behind the end tag `</name>`, whatever stands before it, or to the end of the text.
    pub(crate) fn skip_past_end_of(&mut self, name: &str) {
        while let Some(offset) = self.rest().find("</") {
            self.take(offset + 2);
            let rest = self.rest();
            let named = rest.get(..name.len()).is_some_and(|start| start.eq_ignore_ascii_case(name));
            if named {
                self.take(rest.find('>').map_or(usize::MAX, |end| end + 1));
                return;
            }
        }
        self.take(usize::MAX);
    }

    fn rest(&self) -> &'a str {
        self.text.get(self.at..).unwrap_or_default()
    }

    /// Moves behind `length` bytes and returns them.
    fn take(&mut self, length: usize) -> &'a str {
        let rest = self.rest();
        let (taken, _) = rest.split_at_checked(length).unwrap_or((rest, ""));
        self.at += taken.len();
        taken
    }

    fn text_token(&mut self) -> Token<'a> {
        let rest = self.rest();
        let mut from = rest.chars().next().map_or(0, char::len_utf8);
        let length = loop {
            match rest.get(from..).and_then(|tail| tail.find('<')) {
                None => break rest.len(),
                Some(offset) if opens_markup(rest.get(from + offset..).unwrap_or_default()) => {
                    break from + offset;
                }
                Some(offset) => from += offset + 1,
            }
        };
        Token::Text(self.take(length))
    }

    fn tag_token(&mut self) -> Token<'a> {
        let length = match tag_extent(self.rest()) {
            Extent::Tag(length) => length,
            Extent::Text => return self.text_token(),
            Extent::CutOff => return Token::Unfinished(self.take(usize::MAX)),
        };
        let source = self.take(length);
        let inside = source.get(1..source.len() - 1).unwrap_or_default();
        if let Some(name) = inside.strip_prefix('/') {
            let (name, attributes) = split_name(name);
            let empty = false;
            return Token::End(Tag { name, attributes, source, empty });
        }
        let (name, attributes) = split_name(inside);
        let empty = inside.ends_with('/');
        Token::Start(Tag { name, attributes: attributes.strip_suffix('/').unwrap_or(attributes), source, empty })
    }

    /// Moves behind the instruction that begins here, or gives up at the end of the document.
    fn skip_instruction(&mut self) -> Option<Token<'a>> {
        if let Some(offset) = self.rest().find('>') {
            self.take(offset + 1);
            return None;
        }
        Some(Token::Unfinished(self.take(usize::MAX)))
    }

    /// Moves behind the comment that begins here.
    fn skip_comment(&mut self) -> Option<Token<'a>> {
        let end = self.comment_end.find(self.text, self.at, "-->");
        // A comment holds no other, so one that seems to was never closed.
        let holds_another = |end| self.text.get(self.at + 4..end).is_some_and(|comment| comment.contains("<!--"));
        match end {
            Some(end) if !(self.recovers && holds_another(end)) => {
                self.at = end + 3;
                None
            }
            _ if self.recovers => {
                self.recovered = true;
                self.take("<!--".len());
                None
            }
            _ => Some(Token::Unfinished(self.take(usize::MAX))),
        }
    }

    fn section(&mut self, start: usize) -> Token<'a> {
        let Some(end) = self.section_end.find(self.text, self.at, "]]>") else {
            return Token::Unfinished(self.take(usize::MAX));
        };
        let from = self.at + start;
        self.at = end + 3;
        Token::CData(self.text.get(from..end).unwrap_or_default())
    }

    fn doctype(&mut self) -> Token<'a> {
        // The internal subset in brackets holds tags of its own.
        let rest = self.rest();
        let end = rest.find('>').unwrap_or(rest.len());
        let subset = rest.get(..end).is_some_and(|head| head.contains('['));
        let close = if subset { self.subset_end.find(self.text, self.at, "]") } else { None };
        let close = close.map_or(0, |place| place - self.at);
        match rest.get(close..).and_then(|tail| tail.find('>')) {
            Some(offset) => Token::Doctype(self.take(close + offset + 1)),
            None => Token::Unfinished(self.take(usize::MAX)),
        }
    }
}

impl<'a> Iterator for Tokens<'a> {
    type Item = Token<'a>;

    fn next(&mut self) -> Option<Token<'a>> {
        const CDATA: &str = "<![CDATA[";
        loop {
            let rest = self.rest();
            if rest.is_empty() {
                return None;
            }
            if !opens_markup(rest) {
                return Some(self.text_token());
            }
            let unfinished = if rest.starts_with(CDATA) {
                return Some(self.section(CDATA.len()));
            } else if rest.starts_with("<!--") {
                self.skip_comment()
            } else if rest.starts_with("<?") {
                self.skip_instruction()
            } else if rest.starts_with("<!") {
                return Some(self.doctype());
            } else {
                return Some(self.tag_token());
            };
            if unfinished.is_some() {
                return unfinished;
            }
        }
    }
}

/// The attributes of a tag with their references resolved; the last part of a broken list is left out.
pub(crate) fn attributes(mut raw: &str) -> impl Iterator<Item = (&str, Cow<'_, str>)> {
    std::iter::from_fn(move || {
        raw = raw.trim_start_matches(|letter: char| letter.is_whitespace() || letter == '/');
        if raw.is_empty() {
            return None;
        }
        let end = raw.find(|letter: char| letter.is_whitespace() || letter == '=').unwrap_or(raw.len());
        // A stray `=` counts as a name of its own, so that every turn moves on.
        let (name, after) = raw.split_at(end.max(1));
        let Some(value) = after.trim_start().strip_prefix('=').map(str::trim_start) else {
            raw = after;
            return Some((name, Cow::Borrowed("")));
        };
        let (value, after) = match value.chars().next() {
            Some(quote @ ('"' | '\'')) => {
                let value = value.get(1..).unwrap_or_default();
                value.split_once(quote).unwrap_or((value, ""))
            }
            _ => value.split_at(value.find(char::is_whitespace).unwrap_or(value.len())),
        };
        raw = after;
        Some((name, unescape(value)))
    })
}

/// The value of the attribute called `name`, whatever its case.
pub(crate) fn attribute<'a>(raw: &'a str, name: &str) -> Option<Cow<'a, str>> {
    attributes(raw).find(|(found, _)| found.eq_ignore_ascii_case(name)).map(|(_, value)| value)
}

/// Whether `text`, which may begin with `<`, begins with markup.
fn opens_markup(text: &str) -> bool {
    let mut bytes = text.bytes();
    if bytes.next() != Some(b'<') {
        return false;
    }
    match bytes.next() {
        Some(b'/') => bytes.next().is_some_and(opens_name),
        Some(b'!' | b'?') => true,
        Some(byte) => opens_name(byte),
        None => false,
    }
}

fn opens_name(byte: u8) -> bool {
    byte.is_ascii_alphabetic() || byte == b'_' || !byte.is_ascii()
}

/// How far what looks like a tag reaches.
enum Extent {
    /// So many bytes, the `>` among them.
    Tag(usize),
    /// Another `<` comes before the `>`: it is no tag.
    Text,
    /// The document ends in it.
    CutOff,
}

/// How far the tag at the start of `text` reaches.
///
/// A quoted value may hold `<` and `>`, but a value that seems to hold a whole tag is a sign of a stray quote, which does not count.
fn tag_extent(text: &str) -> Extent {
    let bytes = text.as_bytes();
    let mut at = 1;
    let mut after_equals = false;
    while let Some(byte) = bytes.get(at) {
        match byte {
            b'>' => return Extent::Tag(at + 1),
            b'<' => return Extent::Text,
            b'"' | b'\'' if after_equals => {
                let value = bytes.get(at + 1..).unwrap_or_default();
                at += quoted_length(value, *byte).unwrap_or(0);
            }
            _ => {}
        }
        after_equals = *byte == b'=' || (after_equals && byte.is_ascii_whitespace());
        at += 1;
    }
    Extent::CutOff
}

/// Bytes up to and with the closing `quote`, or `None` where the quote that opened the value is a stray one.
fn quoted_length(value: &[u8], quote: u8) -> Option<usize> {
    let mut closed_before = false;
    for (at, byte) in value.iter().enumerate() {
        match byte {
            b'>' => closed_before = true,
            b'<' if closed_before => return None,
            byte if *byte == quote => return Some(at + 1),
            _ => {}
        }
    }
    None
}

fn split_name(inside: &str) -> (&str, &str) {
    let end = inside.find(|letter: char| letter.is_whitespace() || letter == '/').unwrap_or(inside.len());
    inside.split_at(end)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn shown(text: &str) -> Vec<String> {
        let show = |token| match token {
            Token::Start(tag) => format!("+{}{}", tag.name, if tag.empty { "/" } else { "" }),
            Token::End(tag) => format!("-{}", tag.name),
            Token::Text(text) => format!("t:{text}"),
            Token::CData(text) => format!("c:{text}"),
            Token::Doctype(_) => "doctype".to_owned(),
            Token::Unfinished(_) => "unfinished".to_owned(),
        };
        Tokens::of(text).map(show).collect()
    }

    #[test]
    fn markup_and_text_are_told_apart() {
        assert_eq!(
            shown("<?xml?><!-- <x> --><a b='>'>1 < 2<br/><![CDATA[<i>]]></a ><img/src='x'/>"),
            ["+a", "t:1 < 2", "+br/", "c:<i>", "-a", "+img/"]
        );
    }

    #[test]
    fn a_doctype_ends_behind_its_subset() {
        let text = "<!DOCTYPE rss [<!ENTITY a \"b\">]><rss>";
        assert_eq!(shown(text), ["doctype", "+rss"]);
    }

    #[test]
    fn a_stray_quote_swallows_no_tag() {
        assert_eq!(shown("<a b=\"c>x</a><d e=\"f\">"), ["+a", "t:x", "-a", "+d"]);
    }

    #[test]
    fn a_quoted_value_may_hold_brackets() {
        assert_eq!(shown("<a b='1 < 2' c='>'>x"), ["+a", "t:x"]);
    }

    #[test]
    fn a_tag_cut_short_by_another_is_text() {
        assert_eq!(shown("a<b or <i>"), ["t:a", "t:<b or ", "+i"]);
    }

    #[test]
    fn the_end_in_mid_tag_is_unfinished() {
        for text in ["<a b", "<![CDATA[x", "<!-- x", "</a"] {
            assert_eq!(shown(text), ["unfinished"], "{text}");
        }
    }

    #[test]
    fn attributes_are_read_whatever_their_quotes() {
        let found: Vec<_> = attributes(" a=\"1&amp;2\" b = '3' c=4 d").collect();
        let expected = [("a", "1&2"), ("b", "3"), ("c", "4"), ("d", "")];
        assert_eq!(found, expected.map(|(name, value)| (name, value.into())));
    }
}
