//! HTML to plain text: each paragraph on a line of its own, everything else white space.

use super::{
    markup::{Tag, Token, Tokens},
    references::unescape,
};

/// Most bytes of one HTML text that are read; what lies behind is left out.
///
/// Four times the cap of an item's content, so markup rarely costs text. Bounds the work on a hostile body.
pub(crate) const MAX_HTML_BYTES: usize = 1_048_576;

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

/// The plain text of `text`: paragraphs separated by one newline, runs of white space made one space.
pub(crate) fn plain_text(text: &str, markup: Markup) -> String {
    // White space at the ends shows nothing, and not every reader keeps it.
    let text = within_limit(text.trim());
    match markup {
        Markup::Plain => lines(text),
        Markup::Html | Markup::Guessed => html(text, markup),
    }
}

/// As [`plain_text`], on a single line.
pub(crate) fn plain_line(text: &str, markup: Markup) -> String {
    plain_text(text, markup).replace('\n', " ")
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

fn html(text: &str, markup: Markup) -> String {
    let mut out = Lines::default();
    let mut tokens = Tokens::of(text);
    let mut preformatted = 0_usize;
    let mut tagged = false;
    let mut pieces = Vec::new();
    while let Some(token) = tokens.next() {
        match token {
            Token::Start(tag) | Token::End(tag) if !is_tag(tag, markup) => {
                pieces.push(unescape(tag.source));
                out.text(&unescape(tag.source), preformatted > 0);
            }
            Token::Start(tag) => {
                tagged = true;
                let name = local_name(tag.name);
                if hides_content(&name) && !tag.empty {
                    skip_content(&mut tokens, &name);
                }
                preformatted += usize::from(name == "pre");
                out.element(&name);
            }
            Token::End(tag) => {
                tagged = true;
                let name = local_name(tag.name);
                preformatted = preformatted.saturating_sub(usize::from(name == "pre"));
                out.element(&name);
            }
            Token::Text(text) => {
                pieces.push(unescape(text));
                out.text(&unescape(text), preformatted > 0);
            }
            Token::CData(text) => out.text(text, preformatted > 0),
            Token::Unfinished(text) => {
                if markup == Markup::Guessed && !text.starts_with("<!") {
                    out.text(&unescape(text), false);
                }
            }
        }
    }
    // Without a single tag the publisher's own line breaks are all there is to go by.
    if !tagged && pieces.iter().any(|piece| piece.contains('\n')) {
        return lines(&pieces.concat());
    }
    out.finish()
}

/// Plain text as it is, its blank lines and outer white space gone.
fn lines(text: &str) -> String {
    let mut out = Lines::default();
    out.text(text, true);
    out.finish()
}

/// Skips the content of a script, style or the like, with its end tag.
fn skip_content(tokens: &mut Tokens<'_>, name: &str) {
    for token in tokens {
        if let Token::End(tag) = token
            && local_name(tag.name) == name
        {
            return;
        }
    }
}

/// Text in lines, white space collapsed as it is written.
#[derive(Default)]
struct Lines {
    out: String,
    gap: Gap,
}

/// What separates the next word from the last.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord)]
enum Gap {
    #[default]
    None,
    Space,
    Line,
}

impl Lines {
    fn text(&mut self, text: &str, keep_lines: bool) {
        for letter in text.chars() {
            match letter {
                '\n' | '\u{2028}' | '\u{2029}' if keep_lines => self.widen(Gap::Line),
                _ if letter.is_whitespace() => self.widen(Gap::Space),
                // Control characters, byte order marks and soft hyphens show nothing and hide words from a search.
                '\u{feff}' | '\u{ad}' | '\u{200b}' => {}
                _ if letter.is_control() => {}
                _ => {
                    self.write_gap();
                    self.out.push(letter);
                }
            }
        }
    }

    fn element(&mut self, name: &str) {
        self.widen(gap_around(name));
    }

    fn widen(&mut self, gap: Gap) {
        self.gap = self.gap.max(gap);
    }

    fn write_gap(&mut self) {
        if !self.out.is_empty() {
            match self.gap {
                Gap::None => {}
                Gap::Space => self.out.push(' '),
                Gap::Line => self.out.push('\n'),
            }
        }
        self.gap = Gap::None;
    }

    fn finish(self) -> String {
        self.out
    }
}

fn is_tag(tag: Tag<'_>, markup: Markup) -> bool {
    markup == Markup::Html || is_html_element(&local_name(tag.name))
}

fn local_name(name: &str) -> String {
    let local = name.rsplit(':').next().unwrap_or(name);
    local.to_ascii_lowercase()
}

/// Elements whose content is no text. What stands in an `iframe` or `object` is there for readers that cannot show it, as here.
fn hides_content(name: &str) -> bool {
    matches!(name, "script" | "style" | "template")
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

/// Elements whose tags are taken for tags even where nothing says that the text is HTML.
fn is_html_element(name: &str) -> bool {
    gap_around(name) != Gap::None
        || hides_content(name)
        || matches!(
            name,
            "a" | "abbr"
                | "iframe"
                | "noscript"
                | "object"
                | "select"
                | "textarea"
                | "acronym"
                | "audio"
                | "b"
                | "big"
                | "cite"
                | "code"
                | "del"
                | "em"
                | "embed"
                | "font"
                | "i"
                | "ins"
                | "kbd"
                | "link"
                | "mark"
                | "meta"
                | "param"
                | "picture"
                | "q"
                | "rp"
                | "rt"
                | "ruby"
                | "s"
                | "samp"
                | "small"
                | "source"
                | "span"
                | "strike"
                | "strong"
                | "sub"
                | "sup"
                | "svg"
                | "time"
                | "title"
                | "tt"
                | "u"
                | "var"
                | "video"
                | "wbr"
                | "nobr"
                | "bdi"
                | "bdo"
                | "label"
                | "input"
                | "col"
                | "colgroup"
                | "map"
                | "area"
                | "base"
        )
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_paragraph_stands_on_its_line() {
        let html = "<p>One  <b>two</b>\nthree.</p>\n\n<p>Four<br/>five</p><ul><li>six<li>seven</ul>";
        assert_eq!(plain_text(html, Markup::Html), "One two three.\nFour\nfive\nsix\nseven");
    }

    #[test]
    fn scripts_and_styles_leave_nothing() {
        let html = "a<script>if (1<b && c>'</p>') {}</script>b<style>p{}</style><!-- c -->d";
        assert_eq!(plain_text(html, Markup::Html), "abd");
    }

    #[test]
    fn links_become_their_text_and_entities_their_characters() {
        let html = "<a href='https://a.example/?x=1&amp;y=2'>Caf&eacute;</a>&nbsp;&amp; bar &lt;3";
        assert_eq!(plain_text(html, Markup::Html), "Café & bar <3");
    }

    #[test]
    fn undeclared_text_keeps_what_is_no_html() {
        assert_eq!(plain_text("if a<b then <i>c</i>", Markup::Guessed), "if a<b then c");
        assert_eq!(plain_text("Vec<T> wins", Markup::Guessed), "Vec<T> wins");
        assert_eq!(plain_text("1 <b>2", Markup::Plain), "1 <b>2");
    }

    #[test]
    fn text_without_tags_keeps_its_lines() {
        assert_eq!(plain_text(" One\n\n two \r\nthree", Markup::Html), "One\ntwo\nthree");
        assert_eq!(plain_line("One\ntwo", Markup::Guessed), "One two");
    }

    #[test]
    fn nesting_costs_no_more_than_its_bytes() {
        let deep = format!("{}x{}", "<div>".repeat(100_000), "</div>".repeat(100_000));
        assert_eq!(plain_text(&deep, Markup::Html), "x");
    }
}
