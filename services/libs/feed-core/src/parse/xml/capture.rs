//! The text of one field while it is being read, with whatever markup stands in it.

use super::names::{Element, Family, Field, Space, lower, meaning};
use crate::parse::{
    entry::RawText,
    markup::{Tag, attribute},
    plain::Markup,
    references::unescape,
};

/// A field being read.
pub(crate) struct Capture<'a> {
    pub(crate) field: Field,
    /// Whether a proper field goes before it.
    pub(crate) fallback: bool,
    pub(crate) tag: Tag<'a>,
    text: String,
    form: Form,
    /// Elements of the same name that are open inside.
    nested: usize,
    /// Whether tags stood in it.
    inline: bool,
}

/// How the text of a field is written.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Form {
    /// Its references are resolved once; what results is in this markup.
    Escaped(Markup),
    /// Its elements are the markup.
    Inline,
    /// It is binary or stands elsewhere.
    Absent,
}

impl<'a> Capture<'a> {
    /// The field that `tag` opens.
    pub(crate) fn of(field: Field, fallback: bool, tag: Tag<'a>, form: Form) -> Self {
        Self { field, fallback, tag, form, text: String::new(), nested: 0, inline: false }
    }

    /// Takes text in.
    pub(crate) fn text(&mut self, text: &str) {
        match self.form {
            Form::Escaped(_) => self.text.push_str(&unescape(text)),
            Form::Inline => self.text.push_str(text),
            Form::Absent => {}
        }
    }

    /// Takes a CDATA section in.
    pub(crate) fn cdata(&mut self, text: &str) {
        match self.form {
            Form::Escaped(_) => self.text.push_str(text),
            Form::Inline => self.text.push_str(&quick_xml::escape::escape(text)),
            Form::Absent => {}
        }
    }

    /// Takes a start tag in, unless it shows that the field's end tag is missing.
    pub(crate) fn start(&mut self, tag: Tag<'a>, family: Family) -> Taken {
        if self.is_ended_by(tag, family) {
            return Taken::No;
        }
        self.inline = true;
        self.nested += usize::from(!tag.empty && tag.name.eq_ignore_ascii_case(self.tag.name));
        if self.form != Form::Absent {
            self.text.push_str(tag.source);
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
        if self.form != Form::Absent {
            self.text.push_str(tag.source);
        }
        Taken::Yes
    }

    /// The text read.
    pub(crate) fn finish(self) -> RawText {
        let markup = match self.form {
            Form::Escaped(Markup::Plain) if self.inline => Markup::Html,
            Form::Escaped(markup) => markup,
            Form::Inline | Form::Absent => Markup::Html,
        };
        RawText { text: self.text, markup }
    }

    /// A field holds no other field. Names that HTML has too count only where no markup came before.
    fn is_ended_by(&self, tag: Tag<'_>, family: Family) -> bool {
        if tag.name.contains(':') {
            return matches!(tag.name, "content:encoded" | "dc:creator" | "dc:date");
        }
        let name = lower(tag.name);
        let space = match family {
            Family::Rss => Space::Rss,
            Family::Atom => Space::Atom,
        };
        match meaning(family, space, &name) {
            Element::Entry => true,
            _ if self.form == Form::Inline => false,
            Element::Opaque | Element::Container => false,
            _ => {
                let in_html = matches!(&*name, "title" | "link" | "summary" | "body" | "content");
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

/// How the text of `field` is written under `tag`.
pub(crate) fn form_of(field: Field, space: Space, tag: Tag<'_>) -> Form {
    match (field, space) {
        (Field::Title | Field::Summary | Field::Content, Space::Atom) => atom_form(tag),
        (Field::Body, _) => Form::Inline,
        (Field::Summary | Field::Content, _) => Form::Escaped(Markup::Html),
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
    match (kind.as_str(), mode.as_deref()) {
        (_, Some("base64")) => Form::Absent,
        ("text/html" | "application/xhtml+xml" | "xhtml", Some("escaped")) | ("html", _) => Form::Escaped(Markup::Html),
        ("text/html", Some("xml")) | ("xhtml" | "application/xhtml+xml", _) => Form::Inline,
        ("" | "text" | "text/plain", _) => Form::Escaped(Markup::Plain),
        (xml, _) if xml.ends_with("/xml") || xml.ends_with("+xml") => Form::Inline,
        (text, _) if text.starts_with("text/") || !text.contains('/') => Form::Escaped(Markup::Html),
        _ => Form::Absent,
    }
}
