//! Publishers' HTML, made plain text and safe HTML in one pass.
//!
//! Work is linear in the text: its bytes and the depth of its elements are capped, and what the tokenizer takes for text stays text.

mod allow;
mod lines;
mod style;

use std::borrow::Cow;

use super::{
    base::Base,
    markup::{Tag, Token, Tokens, attribute, attributes},
    references::unescape,
};
use allow::{Space, element, is_address, is_void};
use lines::{Gap, Lines};
use style::safe_style;

pub(crate) use allow::has_safe_scheme;

/// Most bytes of one HTML text that are read; what lies behind is left out.
///
/// Four times the cap of an item's content, so markup rarely costs text. Bounds the work on a hostile body.
pub(crate) const MAX_HTML_BYTES: usize = 1_048_576;

/// Most bytes of safe HTML that are written; addresses made absolute may be longer than they were.
const MAX_OUT_BYTES: usize = 2 * MAX_HTML_BYTES;

/// Deepest nesting of elements that is kept; deeper ones lose their tags.
const MAX_DEPTH: usize = 100;

/// What a publisher's text is written in.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) enum Markup {
    /// Declared as plain.
    Plain,
    /// Declared as HTML.
    Html,
    /// Not declared: tags that HTML knows are tags, others are text.
    #[default]
    Guessed,
}

/// A text made clean.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct Clean {
    /// Plain text, each paragraph on a line of its own.
    pub(crate) plain: String,
    /// Safe HTML whose elements are all closed; of plain text the same text, escaped.
    pub(crate) html: String,
    /// Whether `html` holds any element.
    pub(crate) has_elements: bool,
    /// Whether the text was longer than [`MAX_HTML_BYTES`], so that its end is missing.
    pub(crate) is_cut: bool,
}

/// `text` made clean, its links absolute.
pub(crate) fn clean(text: &str, markup: Markup, base: &Base) -> Clean {
    // White space at the ends shows nothing.
    let whole = text.trim();
    let text = within_limit(whole);
    let is_cut = text.len() < whole.len();
    if markup == Markup::Plain || !text.contains('<') {
        let text = if markup == Markup::Plain { Cow::Borrowed(text) } else { unescape(text) };
        let mut html = String::with_capacity(text.len());
        escape_into(&mut html, &text);
        return Clean { plain: lines_of(&text), html, has_elements: false, is_cut };
    }
    let mut pass = Pass {
        markup,
        base: base.clone(),
        lines: Lines::for_text_of(text.len() / 2),
        html: String::with_capacity(text.len()),
        open: Vec::new(),
        preformatted: 0,
        has_elements: false,
    };
    let tagged = pass.run(Tokens::of(text));
    pass.close_to(0);
    let mut plain = pass.lines.finish();
    // Without a single tag the publisher's own line breaks are all there is to go by.
    if !tagged && text.contains('\n') {
        plain = lines_of(&text_of(text));
    }
    Clean { plain, html: pass.html, has_elements: pass.has_elements, is_cut }
}

/// The plain text of `text` on a single line.
pub(crate) fn plain_line(text: &str, markup: Markup) -> String {
    clean(text, markup, &Base::default()).plain.replace('\n', " ")
}

/// `text` up to the limit, without a tag that the limit cuts in two.
fn within_limit(text: &str) -> &str {
    if text.len() <= MAX_HTML_BYTES {
        return text;
    }
    let (head, _) = text.split_at(text.floor_char_boundary(MAX_HTML_BYTES));
    match head.rfind(['<', '>']) {
        Some(last) if head.get(last..).is_some_and(|tail| tail.starts_with('<')) => head.split_at(last).0,
        _ => head,
    }
}

/// Plain text as it is, its blank lines and outer white space gone.
fn lines_of(text: &str) -> String {
    let mut out = Lines::for_text_of(text.len());
    out.text(text, true);
    out.finish()
}

/// All that is text in `html`, its references resolved.
fn text_of(html: &str) -> String {
    let piece = |token| match token {
        Token::Text(text) | Token::Unfinished(text) => unescape(text),
        Token::CData(text) => Cow::Borrowed(text),
        Token::Start(tag) | Token::End(tag) => unescape(tag.source),
        Token::Doctype(_) => Cow::Borrowed(""),
    };
    Tokens::of(html).map(piece).collect()
}

/// The pass over one text.
struct Pass {
    markup: Markup,
    base: Base,
    lines: Lines,
    html: String,
    open: Vec<Open>,
    preformatted: usize,
    has_elements: bool,
}

/// An element that was written and not closed.
struct Open {
    name: &'static str,
    space: Space,
    /// The base outside of it, where it set one of its own.
    base_outside: Option<Base>,
}

impl Pass {
    /// Takes in all tokens, and tells whether there were tags among them.
    fn run(&mut self, mut tokens: Tokens<'_>) -> bool {
        let mut tagged = false;
        while let Some(token) = tokens.next() {
            match token {
                Token::Start(tag) | Token::End(tag) if !self.is_tag(tag) => self.text(&unescape(tag.source)),
                Token::Start(tag) => {
                    tagged = true;
                    let name = local_name(tag.name);
                    self.lines.widen(gap_around(&name));
                    if hides_content(&name) {
                        if !tag.empty {
                            tokens.skip_past_end_of(&name);
                        }
                    } else {
                        self.start(tag, &name);
                    }
                }
                Token::End(tag) => {
                    tagged = true;
                    let name = local_name(tag.name);
                    self.lines.widen(gap_around(&name));
                    self.end(&name);
                }
                Token::Text(text) => self.text(&unescape(text)),
                Token::CData(text) => self.text(text),
                Token::Unfinished(text) => {
                    if self.markup == Markup::Guessed && !text.starts_with("<!") {
                        self.text(&unescape(text));
                    }
                }
                Token::Doctype(_) => {}
            }
        }
        tagged
    }

    fn is_tag(&self, tag: Tag<'_>) -> bool {
        self.markup == Markup::Html || {
            let name = local_name(tag.name);
            gap_around(&name) != Gap::None || hides_content(&name) || is_html_element(&name)
        }
    }

    fn text(&mut self, text: &str) {
        self.lines.text(text, self.preformatted > 0);
        if self.html.len() <= MAX_OUT_BYTES {
            escape_into(&mut self.html, text);
        }
    }

    fn start(&mut self, tag: Tag<'_>, name: &str) {
        self.preformatted += usize::from(name == "pre");
        let space = self.space_of(name);
        let Some(name) = element(space, name) else { return };
        if is_ended_by_its_like(name) && self.open.last().is_some_and(|open| ends(name, open.name)) {
            self.close_to(self.open.len() - 1);
        }
        let full = self.open.len() >= MAX_DEPTH || self.html.len() > MAX_OUT_BYTES;
        if full && !(is_void(name) && self.html.len() <= MAX_OUT_BYTES) {
            return;
        }
        self.has_elements = true;
        let base = if tag.attributes.contains("xml:base") { attribute(tag.attributes, "xml:base") } else { None };
        let base_outside = base.map(|href| {
            let inner = self.base.join(&href);
            std::mem::replace(&mut self.base, inner)
        });
        self.html.push('<');
        self.html.push_str(name);
        self.attributes(space, name, tag);
        let void = is_void(name) && space == Space::Html;
        if void || (tag.empty && space != Space::Html) {
            self.html.push_str(" />");
        } else if tag.empty {
            self.html.push('>');
            write_end(&mut self.html, name);
        } else {
            self.html.push('>');
            self.open.push(Open { name, space, base_outside });
            return;
        }
        if let Some(outer) = base_outside {
            self.base = outer;
        }
    }

    /// The vocabulary that an element called `name` belongs to where it stands.
    fn space_of(&self, name: &str) -> Space {
        match (name, self.open.last()) {
            ("svg", _) => Space::Svg,
            ("math", _) => Space::Math,
            (_, None) => Space::Html,
            (_, Some(Open { name: parent, space, .. })) => {
                let holds_html =
                    matches!(*parent, "annotation-xml" | "desc" | "mi" | "mn" | "mo" | "ms" | "mtext" | "title");
                if holds_html && element(*space, name).is_none() { Space::Html } else { *space }
            }
        }
    }

    fn attributes(&mut self, space: Space, of: &str, tag: Tag<'_>) {
        for (name, value) in attributes(tag.attributes) {
            let lower = lower(name);
            if lower == "style" {
                let style = safe_style(&value);
                if !style.is_empty() {
                    self.attribute("style", &style);
                }
                continue;
            }
            let Some(name) = allow::attribute(space, &lower) else { continue };
            if name == "srcset" {
                let safe = self.safe_sources(&value);
                self.attribute(name, &safe);
            } else if is_address(name) {
                let picture = of == "img" && name == "src" && is_picture(&value);
                let address = if picture { Some(Cow::Borrowed(&*value)) } else { self.base.resolve(&value) };
                if let Some(address) = address {
                    let address = address.into_owned();
                    self.attribute(name, &address);
                }
            } else {
                self.attribute(name, &value);
            }
        }
    }

    /// The addresses of a `srcset`, each with its size, those that are not safe left out.
    fn safe_sources(&self, sources: &str) -> String {
        let source = |source: &str| {
            let source = source.trim();
            let (address, size) = source.split_once(char::is_whitespace).unwrap_or((source, ""));
            let address = self.base.resolve(address).filter(|address| !address.is_empty())?;
            Some(format!("{address} {}", size.trim()).trim_end().to_owned())
        };
        // A comma within an address is not followed by white space.
        sources.split(", ").filter_map(source).collect::<Vec<_>>().join(", ")
    }

    fn attribute(&mut self, name: &str, value: &str) {
        if self.html.len() + value.len() > MAX_OUT_BYTES {
            return;
        }
        self.html.push(' ');
        self.html.push_str(name);
        self.html.push_str("=\"");
        escape_into(&mut self.html, value);
        self.html.push('"');
    }

    fn end(&mut self, name: &str) {
        self.preformatted = self.preformatted.saturating_sub(usize::from(name == "pre"));
        if let Some(at) = self.open.iter().rposition(|open| open.name.eq_ignore_ascii_case(name)) {
            self.close_to(at);
        }
    }

    /// Closes elements until `depth` are open.
    fn close_to(&mut self, depth: usize) {
        while self.open.len() > depth {
            let Some(open) = self.open.pop() else { break };
            write_end(&mut self.html, open.name);
            if let Some(outer) = open.base_outside {
                self.base = outer;
            }
        }
    }
}

fn write_end(html: &mut String, name: &str) {
    html.push_str("</");
    html.push_str(name);
    html.push('>');
}

/// Writes `text` so that it is text in HTML, in elements as in quoted attributes.
fn escape_into(html: &mut String, text: &str) {
    let mut rest = text;
    let is_special = |letter: char| matches!(letter, '&' | '<' | '>' | '"') || is_forbidden(letter);
    while let Some(at) = rest.find(is_special) {
        let (before, special) = rest.split_at(at);
        html.push_str(before);
        html.push_str(match special.as_bytes().first() {
            Some(b'&') => "&amp;",
            Some(b'<') => "&lt;",
            Some(b'>') => "&gt;",
            Some(b'"') => "&quot;",
            _ => "",
        });
        rest = special.get(1..).unwrap_or_default();
    }
    html.push_str(rest);
}

/// Control characters, which neither HTML nor XML may hold.
fn is_forbidden(letter: char) -> bool {
    letter < ' ' && !matches!(letter, '\t' | '\n' | '\r')
}

/// Whether an address is a picture in itself, of a kind that runs nothing.
fn is_picture(address: &str) -> bool {
    let address = address.trim_start();
    let kinds = ["gif", "jpeg", "jpg", "png", "webp", "avif"];
    let kind =
        address.get(..11).filter(|start| start.eq_ignore_ascii_case("data:image/")).and_then(|_| address.get(11..));
    kind.is_some_and(|kind| {
        kinds.iter().any(|known| kind.strip_prefix(known).is_some_and(|rest| rest.starts_with([';', ','])))
    })
}

fn lower(name: &str) -> Cow<'_, str> {
    if name.bytes().any(|byte| byte.is_ascii_uppercase()) {
        return Cow::Owned(name.to_ascii_lowercase());
    }
    Cow::Borrowed(name)
}

fn local_name(name: &str) -> Cow<'_, str> {
    lower(name.rsplit(':').next().unwrap_or(name))
}

/// Elements whose content is no text. What stands in an `iframe` or `object` is there for readers that cannot show it, as here.
fn hides_content(name: &str) -> bool {
    matches!(name, "script" | "style" | "template" | "applet")
}

/// Elements whose end tag is left out where one of the same kind follows.
fn is_ended_by_its_like(name: &str) -> bool {
    matches!(name, "p" | "li" | "dt" | "dd" | "option" | "td" | "th" | "tr")
}

/// Whether the start of `name` ends an open `other`.
fn ends(name: &str, other: &str) -> bool {
    name == other || matches!((name, other), ("dt", "dd") | ("dd", "dt") | ("td", "th") | ("th", "td"))
}

fn gap_around(name: &str) -> Gap {
    match name {
        "address" | "article" | "aside" | "blockquote" | "body" | "br" | "caption" | "center" | "dd" | "details"
        | "dialog" | "div" | "dl" | "dt" | "fieldset" | "figcaption" | "figure" | "footer" | "form" | "h1" | "h2"
        | "h3" | "h4" | "h5" | "h6" | "head" | "header" | "hr" | "html" | "legend" | "li" | "main" | "nav" | "ol"
        | "p" | "pre" | "section" | "summary" | "table" | "tbody" | "tfoot" | "thead" | "tr" | "ul" => Gap::Line,
        "td" | "th" | "img" | "option" | "button" => Gap::Space,
        _ => Gap::None,
    }
}

/// Elements beside those of [`gap_around`] whose tags are taken for tags even where nothing says that the text is HTML.
fn is_html_element(name: &str) -> bool {
    // One letter, or a word that people put in brackets for other reasons, is HTML only where it is in common use.
    let rare = matches!(name, "m" | "data" | "command" | "menu" | "none" | "output" | "sound" | "spacer" | "track");
    let dropped =
        matches!(name, "iframe" | "object" | "embed" | "link" | "meta" | "param" | "base" | "svg" | "math" | "title");
    dropped || (!rare && element(Space::Html, name).is_some())
}

#[cfg(test)]
mod tests;
