//! A feed as it is printed, for programs and for people.

use std::fmt::Write as _;

use chrono::{DateTime, SecondsFormat, Utc};
use feed_core::parse::ParsedFeed;
use news_model::{Item, Media};
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
    /// `rss`, `rdf`, `atom` or `json`.
    format: Option<&'static str>,
    /// How it could be read: `standard`, `lenient` or `repaired`.
    reading: Option<&'static str>,
    feed: PartLine,
    items: Vec<PartLine>,
}

/// A feed or an item.
#[derive(Debug, Default, Serialize)]
struct PartLine {
    id: Option<String>,
    link: Option<String>,
    title: Option<String>,
    summary: Option<String>,
    content: Option<String>,
    authors: Vec<PersonLine>,
    categories: Vec<CategoryLine>,
    language: Option<String>,
    published: Option<String>,
    updated: Option<String>,
    enclosures: Vec<MediaLine>,
}

#[derive(Debug, Serialize)]
struct PersonLine {
    name: String,
}

#[derive(Debug, Serialize)]
struct CategoryLine {
    term: String,
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
    pub(super) fn of_feed(feed: ParsedFeed) -> Self {
        Self {
            file: String::new(),
            ok: true,
            error: None,
            format: Some(feed.format.as_str()),
            reading: Some(feed.reading.as_str()),
            feed: PartLine { title: filled(feed.title), ..PartLine::default() },
            items: feed.items.into_iter().map(PartLine::of_item).collect(),
        }
    }

    /// The same feed under the name of its file.
    pub(super) fn named(self, file: String) -> Self {
        Self { file, ..self }
    }

    /// The page for people.
    pub(super) fn page(&self, name: &str) -> String {
        let title = self.feed.title.as_deref().unwrap_or("(no title)");
        let words = [self.format, self.reading].into_iter().flatten().collect::<Vec<_>>().join(", ");
        let mut page =
            format!("{}\n{} ({words}): {} items\n", show::one_line(title), show::one_line(name), self.items.len());
        for item in &self.items {
            page.push('\n');
            item.write(&mut page);
        }
        page
    }
}

impl PartLine {
    fn of_item(item: Item) -> Self {
        Self {
            id: filled(item.guid),
            link: filled(item.url),
            title: filled(item.title),
            summary: filled(item.summary),
            content: filled(item.content),
            authors: item.authors.into_iter().map(|name| PersonLine { name }).collect(),
            categories: item.categories.into_iter().map(|term| CategoryLine { term }).collect(),
            language: filled(item.language),
            published: item.published_at.map(written),
            updated: item.updated_at.map(written),
            enclosures: item.media.into_iter().map(MediaLine::of_media).collect(),
        }
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
        row("title", self.title.as_deref().unwrap_or("(none)"));
        row("link", self.link.as_deref().unwrap_or_default());
        row("id", self.id.as_deref().unwrap_or_default());
        row("published", self.published.as_deref().unwrap_or_default());
        row("updated", self.updated.as_deref().unwrap_or_default());
        row("authors", &names(self.authors.iter().map(|author| author.name.as_str()).collect()));
        row("categories", &names(self.categories.iter().map(|category| category.term.as_str()).collect()));
        row("language", self.language.as_deref().unwrap_or_default());
        row("media", &names(self.enclosures.iter().map(|medium| medium.url.as_str()).collect()));
        row("summary", self.summary.as_deref().unwrap_or_default());
        row("content", self.content.as_deref().unwrap_or_default());
    }
}

impl MediaLine {
    fn of_media(media: Media) -> Self {
        let Media { url, content_type, length_bytes } = media;
        Self { url, r#type: filled(content_type), length: Some(length_bytes).filter(|bytes| *bytes > 0) }
    }
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
    fn people_get_a_page() {
        let page = super::super::read(&source()).unwrap().page("paper.xml");
        let wanted = "Paper\npaper.xml (rss, standard): 1 items\n\n  title      A & B\n  link       http://paper.example/a\n  \
                      published  2026-11-24T03:34:35Z\n";
        assert_eq!(page, wanted);
    }
}
