//! The text of one field while it is being read, with whatever markup stands in it.

use std::borrow::Cow;

use base64::{Engine, engine::general_purpose::STANDARD};

use super::{
    meaning::{Element, Field, meaning},
    names::{Family, Space, lower},
};
use crate::parse::{
    html::Markup,
    markup::{Tag, attribute},
    references::Entities,
};

/// A field being read.
pub(crate) struct Capture<'a> {
    pub(crate) field: Field,
    pub(crate) rank: u8,
    pub(crate) tag: Tag<'a>,
    text: Cow<'a, str>,
    form: Form,
    /// Elements of the same name that are open inside.
    nested: usize,
    /// Whether tags stood in it.
    inline: bool,
    wrapper: Wrapper,
}

/// How the text of a field is written.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Form {
    /// Its references are resolved once; what results is in this markup.
    Escaped(Markup),
    /// Its elements are the markup.
    Inline,
    /// As [`Self::Inline`], all of it in one `div` that says nothing (RFC 4287, 3.1.1.3).
    Wrapped,
    /// It is in base64; what results is in this markup.
    Packed(Markup),
    /// It stands elsewhere.
    Absent,
}

/// The `div` around a text.
#[derive(Clone, Copy, Debug, Default)]
struct Wrapper {
    open: usize,
    start: Option<usize>,
    end: Option<usize>,
}

impl<'a> Capture<'a> {
    /// The field that `tag` opens.
    pub(crate) fn of(field: Field, rank: u8, tag: Tag<'a>, form: Form) -> Self {
        let text = Cow::Borrowed("");
        Self { field, rank, tag, form, text, nested: 0, inline: false, wrapper: Wrapper::default() }
    }

    /// Takes text in.
    pub(crate) fn text(&mut self, text: &'a str, entities: &mut Entities<'_>) {
        match self.form {
            Form::Escaped(_) => self.push(entities.unescape(text)),
            Form::Inline | Form::Wrapped | Form::Packed(_) => self.push(Cow::Borrowed(text)),
            Form::Absent => {}
        }
    }

    /// Takes a CDATA section in.
    pub(crate) fn cdata(&mut self, text: &'a str) {
        match self.form {
            Form::Escaped(_) | Form::Packed(_) => self.push(Cow::Borrowed(text)),
            Form::Inline | Form::Wrapped => self.push(quick_xml::escape::escape(text)),
            Form::Absent => {}
        }
    }

    fn push(&mut self, text: Cow<'a, str>) {
        if self.text.is_empty() {
            self.text = text;
        } else {
            self.text.to_mut().push_str(&text);
        }
    }

    /// Takes a start tag in, unless it shows that the field's end tag is missing.
    pub(crate) fn start(&mut self, tag: Tag<'a>, family: Family) -> Taken {
        if self.is_ended_by(tag, family) {
            return Taken::No;
        }
        self.inline = true;
        self.nested += usize::from(!tag.empty && tag.name.eq_ignore_ascii_case(self.tag.name));
        if self.form == Form::Absent || !self.field.holds_markup() {
            return Taken::Yes;
        }
        let elements = matches!(self.form, Form::Inline | Form::Wrapped);
        let wraps =
            self.wrapper.open == 0 && self.text.trim().is_empty() && local(tag.name).eq_ignore_ascii_case("div");
        match tag.source.strip_suffix("/>") {
            // HTML knows no empty elements.
            Some(start) if elements && !has_no_end(tag.name) => {
                self.push(Cow::Owned(format!("{start}></{}>", tag.name)));
            }
            _ => {
                self.push(Cow::Borrowed(tag.source));
                self.wrapper.open += usize::from(!tag.empty);
            }
        }
        if wraps && !tag.empty {
            self.wrapper.start = Some(self.text.len());
        }
        Taken::Yes
    }

    /// Takes an end tag in, unless it is the field's own.
    pub(crate) fn end(&mut self, tag: Tag<'a>) -> Taken {
        if tag.name.eq_ignore_ascii_case(self.tag.name) {
            if self.nested == 0 {
                return Taken::No;
            }
            self.nested -= 1;
        }
        if self.form != Form::Absent && self.field.holds_markup() {
            self.wrapper.open = self.wrapper.open.saturating_sub(1);
            if self.wrapper.open == 0 {
                self.wrapper.end = Some(self.text.len());
            }
            self.push(Cow::Borrowed(tag.source));
        }
        Taken::Yes
    }

    /// The text read and what it is in.
    pub(crate) fn finish(self) -> (Cow<'a, str>, Markup) {
        match self.form {
            Form::Escaped(Markup::Plain) if self.inline => (self.text, Markup::Html),
            Form::Escaped(markup) => (self.text, markup),
            Form::Inline | Form::Absent => (self.text, Markup::Html),
            Form::Wrapped => (self.unwrapped(), Markup::Html),
            Form::Packed(markup) => (unpacked(self.text), markup),
        }
    }

    /// The text within the `div` that holds all of it.
    fn unwrapped(self) -> Cow<'a, str> {
        let Wrapper { start: Some(start), end: Some(end), .. } = self.wrapper else { return self.text };
        let behind = self.text.get(end..).unwrap_or_default().trim_end();
        let last =
            behind.starts_with("</") && behind.ends_with('>') && !behind.get(2..).unwrap_or_default().contains('<');
        match self.text.get(start..end) {
            Some(inside) if last => Cow::Owned(inside.to_owned()),
            _ => self.text,
        }
    }

    /// Where in `text`, a CDATA section that was taken for one of this field, the field's own end tag begins, if the section was never closed.
    ///
    /// HTML too may hold an end tag of that name; here another element of the feed must follow it.
    pub(crate) fn end_within(&self, text: &str, family: Family, in_entry: bool) -> Option<usize> {
        let end = format!("</{}>", self.tag.name);
        let at = text.find(&end)?;
        let behind = text.get(at + end.len()..)?.trim_start().strip_prefix('<')?;
        let closes = behind.starts_with('/');
        let name: &str = behind.trim_start_matches('/');
        let name = name.split(|letter: char| letter.is_whitespace() || matches!(letter, '>' | '/')).next()?;
        let plain = meaning(family, in_entry, family.space(), &lower(name));
        let follows = if closes { plain == Element::Entry } else { plain != Element::Opaque || is_of_feed(name) };
        follows.then_some(at)
    }

    /// A field holds no other field. Names that HTML has too count only where no markup came before.
    fn is_ended_by(&self, tag: Tag<'_>, family: Family) -> bool {
        if tag.name.contains(':') {
            return is_of_feed(tag.name);
        }
        let name = lower(tag.name);
        match meaning(family, true, family.space(), &name) {
            Element::Entry => true,
            _ if matches!(self.form, Form::Inline | Form::Wrapped) => false,
            Element::Opaque | Element::Container => false,
            _ => {
                let in_html = matches!(
                    &*name,
                    "title" | "link" | "summary" | "body" | "content" | "abstract" | "a" | "id" | "date" | "tags"
                );
                !in_html || !self.inline
            }
        }
    }
}

/// Whether a field took a tag in.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Taken {
    Yes,
    No,
}

/// Whether a name with a prefix is one that only feeds have, and most.
fn is_of_feed(name: &str) -> bool {
    matches!(name, "content:encoded" | "dc:creator" | "dc:date" | "dc:subject" | "media:content" | "media:thumbnail")
}

fn local(name: &str) -> &str {
    name.rsplit(':').next().unwrap_or(name)
}

/// Elements of HTML that have no end tag.
fn has_no_end(name: &str) -> bool {
    matches!(
        &*lower(local(name)),
        "area"
            | "base"
            | "br"
            | "col"
            | "embed"
            | "hr"
            | "img"
            | "input"
            | "link"
            | "meta"
            | "param"
            | "source"
            | "track"
            | "wbr"
    )
}

/// How the text of `field` is written under `tag`.
pub(crate) fn form_of(field: Field, space: Space, tag: Tag<'_>) -> Form {
    match (field, space) {
        (Field::Title | Field::Summary | Field::Content, Space::Atom) => atom_form(tag),
        (Field::Body, _) => Form::Inline,
        (Field::Summary | Field::Content, _) => match attribute(tag.attributes, "type").as_deref() {
            Some("xhtml" | "application/xhtml+xml") => Form::Inline,
            _ => Form::Escaped(Markup::Html),
        },
        _ => Form::Escaped(Markup::Guessed),
    }
}

/// RFC 4287, 3.1.1 and 4.1.3, with the `mode` of Atom 0.3.
fn atom_form(tag: Tag<'_>) -> Form {
    if attribute(tag.attributes, "src").is_some() {
        return Form::Absent;
    }
    let kind = attribute(tag.attributes, "type").unwrap_or_default();
    let kind = kind.split(';').next().unwrap_or_default().trim().to_ascii_lowercase();
    let mode = attribute(tag.attributes, "mode");
    let markup = match kind.as_str() {
        "text" | "text/plain" => Markup::Plain,
        "" => Markup::Guessed,
        _ => Markup::Html,
    };
    match (kind.as_str(), mode.as_deref()) {
        (_, Some("base64")) => Form::Packed(markup),
        ("" | "text" | "text/plain", Some("escaped")) => Form::Escaped(markup),
        ("text/html" | "application/xhtml+xml" | "xhtml", Some("escaped")) | ("html", _) => Form::Escaped(Markup::Html),
        ("xhtml", _) => Form::Wrapped,
        ("text/html", Some("xml")) | ("application/xhtml+xml", _) => Form::Inline,
        ("" | "text" | "text/plain", _) => Form::Escaped(Markup::Plain),
        (xml, _) if xml.ends_with("/xml") || xml.ends_with("+xml") => Form::Inline,
        (text, _) if text.starts_with("text/") || !text.contains('/') => Form::Escaped(Markup::Html),
        _ => Form::Packed(Markup::Html),
    }
}

/// What `text` holds in base64, or `text` itself where it is none.
fn unpacked(text: Cow<'_, str>) -> Cow<'_, str> {
    let packed: String = text.chars().filter(|letter| !letter.is_whitespace()).collect();
    let bytes = STANDARD.decode(packed).ok();
    let unpacked = bytes.and_then(|bytes| String::from_utf8(bytes).ok());
    unpacked.map_or(text, Cow::Owned)
}
