//! A feed as it is printed, for programs and for people.

use std::fmt::Write as _;

use chrono::{DateTime, SecondsFormat, Utc};
use feed_core::parse::{Document, Link, Part, plain_line};
use news_model::{Category, Media, Person};
use serde::Serialize;

use crate::show;

/// Letters of a text that the page for people shows.
const SHOWN_LETTERS: usize = 160;

/// A feed in JSON. What is not there is null, or an empty list.
#[derive(Debug, Default, Serialize)]
pub(super) struct FeedLine {
    file: String,
    ok: bool,
    #[serde(skip_serializing_if = "Option::is_none")]
    error: Option<String>,
    /// `rss`, `rdf`, `atom`, `json`, `cdf` or `sitemap`.
    format: Option<&'static str>,
    /// How it could be read: `standard`, `lenient` or `repaired`.
    reading: Option<&'static str>,
    charset: Option<&'static str>,
    feed: PartLine,
    items: Vec<PartLine>,
    /// Addresses of the sitemaps that an index lists.
    sitemaps: Vec<String>,
}

/// A feed or an item.
#[derive(Debug, Default, Serialize)]
struct PartLine {
    id: Option<String>,
    link: Option<String>,
    links: Vec<LinkLine>,
    title: Option<String>,
    /// Subtitle of a feed.
    #[serde(skip_serializing_if = "Option::is_none")]
    subtitle: Option<String>,
    /// Teaser of an item; its content where it has none.
    #[serde(skip_serializing_if = "Option::is_none")]
    summary: Option<String>,
    content: Option<String>,
    authors: Vec<PersonLine>,
    categories: Vec<CategoryLine>,
    language: Option<String>,
    published: Option<String>,
    updated: Option<String>,
    enclosures: Vec<MediaLine>,
    /// Whether the document breaks off in it. No item is published of such an entry.
    #[serde(skip_serializing_if = "std::ops::Not::not")]
    cut: bool,
}

#[derive(Debug, Serialize)]
struct LinkLine {
    href: String,
    rel: Option<String>,
    r#type: Option<String>,
}

#[derive(Debug, Serialize)]
struct PersonLine {
    name: Option<String>,
    email: Option<String>,
    uri: Option<String>,
}

#[derive(Debug, Serialize)]
struct CategoryLine {
    term: String,
    scheme: Option<String>,
    label: Option<String>,
}

#[derive(Debug, Serialize)]
struct MediaLine {
    url: String,
    r#type: Option<String>,
    /// Bytes.
    length: Option<u64>,
}

impl FeedLine {
    /// A feed that could not be read.
    pub(super) fn failed(file: &str, problem: String) -> Self {
        Self { file: file.to_owned(), error: Some(problem), ..Self::default() }
    }

    /// A feed as it was read.
    pub(super) fn of_document(document: Document) -> Self {
        let Document { feed, entries, sitemaps, format, reading, charset } = document;
        let mut own = PartLine::of_part(feed);
        own.subtitle = own.summary.take();
        Self {
            file: String::new(),
            ok: true,
            error: None,
            format: Some(format.as_str()),
            reading: Some(reading.as_str()),
            charset: Some(charset),
            feed: own,
            items: entries.into_iter().map(PartLine::of_entry).collect(),
            sitemaps,
        }
    }

    /// The same feed under the name of its file.
    pub(super) fn named(self, file: String) -> Self {
        Self { file, ..self }
    }

    /// The page for people.
    pub(super) fn page(&self, name: &str) -> String {
        let title = text_of(self.feed.title.as_deref().or(Some("(no title)")));
        let words = [self.format, self.reading].into_iter().flatten().collect::<Vec<_>>().join(", ");
        let (title, name, items) = (show::one_line(&title), show::one_line(name), counted(self.items.len(), "item"));
        let mut page = format!("{title}\n{name} ({words}): {items}\n");
        for item in &self.items {
            page.push('\n');
            item.write(&mut page);
        }
        if !self.sitemaps.is_empty() {
            // Writing to a string does not fail.
            let _ = writeln!(page, "\n{}:", counted(self.sitemaps.len(), "sitemap"));
        }
        for address in &self.sitemaps {
            let _ = writeln!(page, "  {}", show::one_line(address));
        }
        page
    }
}

impl PartLine {
    fn of_part(part: Part) -> Self {
        Self {
            id: filled(part.id),
            link: filled(part.link),
            links: part.links.into_iter().map(LinkLine::of_link).collect(),
            title: filled(part.title),
            subtitle: None,
            summary: filled(part.summary),
            content: filled(part.content),
            authors: part.authors.into_iter().map(PersonLine::of_person).collect(),
            categories: part.categories.into_iter().map(CategoryLine::of_category).collect(),
            language: filled(part.language),
            published: part.published.map(written),
            updated: part.updated.map(written),
            enclosures: part.media.into_iter().map(MediaLine::of_media).collect(),
            cut: part.is_cut,
        }
    }

    fn of_entry(entry: Part) -> Self {
        let mut line = Self::of_part(entry);
        if line.summary.is_none() {
            line.summary.clone_from(&line.content);
        }
        line
    }

    fn write(&self, page: &mut String) {
        let mut row = |name: &str, text: &str| {
            if !text.is_empty() {
                let text: String = show::one_line(text).chars().take(SHOWN_LETTERS).collect();
                // Writing to a string does not fail.
                let _ = writeln!(page, "  {name:<10} {text}");
            }
        };
        let names = |names: Vec<&str>| names.join(", ");
        row("cut off", if self.cut { "the document breaks off here; no item is made of this" } else { "" });
        row("title", &text_of(self.title.as_deref().or(Some("(none)"))));
        row("link", self.link.as_deref().unwrap_or_default());
        row("id", self.id.as_deref().unwrap_or_default());
        row("published", self.published.as_deref().unwrap_or_default());
        row("updated", self.updated.as_deref().unwrap_or_default());
        row("authors", &names(self.authors.iter().filter_map(PersonLine::shown).collect()));
        row("categories", &names(self.categories.iter().map(|category| category.term.as_str()).collect()));
        row("language", self.language.as_deref().unwrap_or_default());
        row("media", &names(self.enclosures.iter().map(|medium| medium.url.as_str()).collect()));
        row("summary", &text_of(self.summary.as_deref()));
        row("content", &text_of(self.content.as_deref().filter(|text| self.summary.as_deref() != Some(*text))));
    }
}

impl LinkLine {
    fn of_link(link: Link) -> Self {
        Self { href: link.href, rel: filled(link.rel), r#type: filled(link.content_type) }
    }
}

impl PersonLine {
    fn of_person(person: Person) -> Self {
        Self { name: filled(person.name), email: filled(person.email), uri: filled(person.uri) }
    }

    fn shown(&self) -> Option<&str> {
        [&self.name, &self.email, &self.uri].into_iter().find_map(Option::as_deref)
    }
}

impl CategoryLine {
    fn of_category(category: Category) -> Self {
        Self { term: category.term, scheme: filled(category.scheme), label: filled(category.label) }
    }
}

impl MediaLine {
    fn of_media(media: Media) -> Self {
        let Media { url, content_type, length_bytes } = media;
        Self { url, r#type: filled(content_type), length: Some(length_bytes).filter(|bytes| *bytes > 0) }
    }
}

fn counted(number: usize, what: &str) -> String {
    format!("{number} {what}{}", if number == 1 { "" } else { "s" })
}

fn text_of(html: Option<&str>) -> String {
    html.map(plain_line).unwrap_or_default()
}

fn filled(text: String) -> Option<String> {
    Some(text).filter(|text| !text.is_empty())
}

fn written(date: DateTime<Utc>) -> String {
    date.to_rfc3339_opts(SecondsFormat::AutoSi, true)
}

#[cfg(test)]
mod tests {
    use url::Url;

    use super::{super::Source, *};

    fn source() -> Source {
        let body = "<rss version=\"2.0\"><channel><title>Paper</title><item><title>A &amp; B</title><link>/a</link>\
                    <pubDate>Tue, 24 Nov 2026 03:34:35 GMT</pubDate></item></channel></rss>";
        let base_url = Url::parse("http://paper.example/").ok();
        Source { body: body.into(), base_url, content_type: None }
    }

    #[test]
    fn programs_get_every_field() {
        let line = super::super::read(&source()).unwrap();
        let told = serde_json::to_value(&line).unwrap();
        assert_eq!(told["ok"], true);
        assert_eq!(told["feed"]["title"], "Paper");
        assert_eq!(told["items"][0]["link"], "http://paper.example/a");
        assert_eq!(told["items"][0]["published"], "2026-11-24T03:34:35Z");
        assert!(told.get("error").is_none());
        let failed = serde_json::to_value(FeedLine::failed("a.xml", "not a feed".into())).unwrap();
        assert_eq!(
            (&failed["file"], &failed["ok"], &failed["error"]),
            (&"a.xml".into(), &false.into(), &"not a feed".into())
        );
    }

    #[test]
    fn people_are_told_the_sitemaps_of_an_index() {
        let body = "<sitemapindex><sitemap><loc>/news.xml</loc></sitemap></sitemapindex>";
        let page = super::super::read(&Source { body: body.into(), ..source() }).unwrap().page("index.xml");
        assert!(page.ends_with(":\n  http://paper.example/news.xml\n"), "{page}");
    }

    #[test]
    fn people_get_a_page() {
        let page = super::super::read(&source()).unwrap().page("paper.xml");
        let wanted = "Paper\npaper.xml (rss, standard): 1 item\n\n  title      A & B\n  link       http://paper.example/a\n  \
                      published  2026-11-24T03:34:35Z\n";
        assert_eq!(page, wanted);
    }
}
