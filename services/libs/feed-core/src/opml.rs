//! Lists of feeds as people keep them: OPML, or one address a line.

use std::collections::HashMap;

use news_model::{FeedFault, feed_url};
use quick_xml::escape::escape;
use url::Url;

use crate::parse::{Tag, Token, Tokens, attribute};

/// Deepest folder that is read; outlines below count as lying in it.
const MAX_FOLDERS: usize = 32;

/// Longest piece of a faulty line that is shown, in characters.
const SHOWN_LETTERS: usize = 120;

/// What a list of feeds held.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct OpmlRead {
    /// Feeds in order, each address once.
    pub feeds: Vec<OpmlFeed>,
    /// What could not be used, by line.
    pub faults: Vec<LineFault>,
}

/// One feed of a list.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct OpmlFeed {
    /// Address of the feed.
    pub url: Url,
    /// Name for people, or empty.
    pub title: String,
    /// Folders it lies in, outermost first.
    pub folders: Vec<String>,
    /// Line it stands in, from 1.
    pub line: usize,
}

/// A line that could not be used.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("line {line}: {problem}: {text}")]
pub struct LineFault {
    /// Line, from 1.
    pub line: usize,
    /// What stands there, shortened.
    pub text: String,
    /// What is wrong with it.
    pub problem: String,
}

/// Reads OPML or a list of addresses, whichever `bytes` look like.
#[must_use]
pub fn read_any(bytes: &[u8]) -> OpmlRead {
    let text = crate::parse::text_of(bytes);
    let start = text.trim_start_matches(|letter: char| letter.is_whitespace() || letter == '\u{feff}');
    if start.starts_with('<') { read_opml(&text) } else { read_list(&text) }
}

/// Reads OPML of any version. Good outlines are taken whatever stands beside them.
#[must_use]
pub fn read_opml(text: &str) -> OpmlRead {
    let mut reader = Reader::default();
    let mut tokens = Tokens::of(text);
    let mut lines = Lines::of(text);
    let mut begin = 0;
    let mut outlines = 0_usize;
    while let Some(token) = tokens.next() {
        let line = lines.line_at(begin);
        begin = tokens.position();
        match token {
            Token::Start(tag) if tag.name.eq_ignore_ascii_case("outline") => {
                outlines += 1;
                reader.outline(tag, line);
            }
            Token::End(tag) if tag.name.eq_ignore_ascii_case("outline") && reader.open.pop().is_none() => {
                reader.fault(line, tag.source, "an outline ends that never began");
            }
            Token::Unfinished(rest) => {
                reader.fault(line, rest, "the file breaks off here; what follows was not read");
            }
            Token::Start(_) | Token::End(_) | Token::Text(_) | Token::CData(_) | Token::Doctype(_) => {}
        }
    }
    let last = lines.line_at(text.len());
    if let Some(open) = reader.open.first() {
        let (from, name) = (open.line, open.name.clone());
        reader.fault(from, &name, "this folder is never closed; the file may be cut off");
    }
    if outlines == 0 && reader.read.faults.is_empty() {
        reader.fault(last, "", "no outline in the whole file; is it OPML?");
    }
    reader.read
}

/// Reads one address a line, perhaps followed by a tab and a title. Blank lines and lines that begin with `#` are skipped.
#[must_use]
pub fn read_list(text: &str) -> OpmlRead {
    let mut reader = Reader::default();
    for (line, content) in (1..).zip(text.lines()) {
        let content = content.trim_start_matches('\u{feff}').trim();
        if content.is_empty() || content.starts_with('#') {
            continue;
        }
        let (address, title) = content.split_once('\t').unwrap_or((content, ""));
        reader.feed(address, title.trim().to_owned(), line, content);
    }
    reader.read
}

/// Writes OPML 2.0 with a folder for every path; reading it back gives the same feeds, those of a folder together.
#[must_use]
pub fn write_opml<'a>(feeds: impl IntoIterator<Item = &'a OpmlFeed>) -> String {
    let mut feeds: Vec<&OpmlFeed> = feeds.into_iter().collect();
    feeds.sort_by(|one, other| one.folders.cmp(&other.folders));
    let mut out = String::from(
        "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n<opml version=\"2.0\">\n  <head>\n    <title>Feeds</title>\n  </head>\n  <body>\n",
    );
    let mut open: &[String] = &[];
    for feed in feeds {
        let shared = open.iter().zip(&feed.folders).take_while(|(one, other)| one == other).count();
        close_folders(&mut out, open.len(), shared);
        for (depth, folder) in feed.folders.iter().enumerate().skip(shared) {
            let indent = indent(depth);
            let name = escape(folder.as_str());
            out.extend([&indent, "<outline text=\"", &name, "\" title=\"", &name, "\">\n"]);
        }
        open = &feed.folders;
        let title = if feed.title.is_empty() { feed.url.as_str() } else { &feed.title };
        let (indent, title, url) = (indent(open.len()), escape(title), escape(feed.url.as_str()));
        let start = [&indent, "<outline type=\"rss\" text=\"", &title, "\" title=\"", &title];
        out.extend(start);
        out.extend(["\" xmlUrl=\"", &url, "\"/>\n"]);
    }
    close_folders(&mut out, open.len(), 0);
    out.push_str("  </body>\n</opml>\n");
    out
}

fn close_folders(out: &mut String, from: usize, to: usize) {
    for depth in (to..from).rev() {
        out.push_str(&indent(depth));
        out.push_str("</outline>\n");
    }
}

fn indent(depth: usize) -> String {
    "  ".repeat(depth + 2)
}

#[derive(Default)]
struct Reader {
    read: OpmlRead,
    open: Vec<Open>,
    /// Lines by the address that stands there.
    known: HashMap<Url, usize>,
}

/// An outline that is not closed yet.
struct Open {
    name: String,
    line: usize,
    /// Whether what it holds lies in a folder of its name.
    folder: bool,
}

impl Reader {
    fn outline(&mut self, tag: Tag<'_>, line: usize) {
        let text = |name| attribute(tag.attributes, name).map(|value| value.trim().to_owned());
        let titled = text("title").filter(|title| !title.is_empty());
        let name = titled.or_else(|| text("text")).unwrap_or_default();
        let address = text("xmlurl");
        let is_feed = address.is_some() || text("type").is_some_and(|kind| is_feed_type(&kind));
        match &address {
            Some(address) => {
                // An address in place of a name is what writers put where there is none.
                let title = if name == *address { String::new() } else { name.clone() };
                self.feed(address, title, line, tag.source);
            }
            None if is_feed || tag.empty => {
                self.fault(line, tag.source, "an outline without xmlUrl");
            }
            None => {}
        }
        if !tag.empty {
            let folder = !is_feed && self.open.len() < MAX_FOLDERS;
            self.open.push(Open { name, line, folder });
        }
    }

    fn feed(&mut self, address: &str, title: String, line: usize, source: &str) {
        let url = match feed_url(address) {
            Ok(url) => url,
            Err(FeedFault::Url { problem, .. }) => return self.fault(line, source, &problem),
            Err(other) => return self.fault(line, source, &other.to_string()),
        };
        if let Some(first) = self.known.get(&url) {
            let problem = format!("the same address stands in line {first}");
            return self.fault(line, source, &problem);
        }
        self.known.insert(url.clone(), line);
        let folders = self.open.iter().filter(|open| open.folder && !open.name.is_empty());
        self.read.feeds.push(OpmlFeed { folders: folders.map(|open| open.name.clone()).collect(), url, title, line });
    }

    fn fault(&mut self, line: usize, text: &str, problem: &str) {
        let first_line = text.lines().next().unwrap_or_default();
        self.read.faults.push(LineFault {
            line,
            text: first_line.chars().take(SHOWN_LETTERS).collect(),
            problem: problem.to_owned(),
        });
    }
}

fn is_feed_type(kind: &str) -> bool {
    ["rss", "atom", "rdf", "feed", "rss1", "atom1", "json"].iter().any(|known| kind.eq_ignore_ascii_case(known))
}

/// Line numbers of rising positions.
struct Lines<'a> {
    text: &'a str,
    at: usize,
    line: usize,
}

impl<'a> Lines<'a> {
    fn of(text: &'a str) -> Self {
        Self { text, at: 0, line: 1 }
    }

    /// The line of the first thing that is no white space from `position` on.
    fn line_at(&mut self, position: usize) -> usize {
        let rest = self.text.get(position..).unwrap_or_default();
        let position = position + (rest.len() - rest.trim_start().len());
        let passed = self.text.get(self.at..position).unwrap_or_default();
        self.line += passed.bytes().filter(|byte| *byte == b'\n').count();
        self.at = self.at.max(position);
        self.line
    }
}

#[cfg(test)]
mod tests;
