//! `courant diff OLD NEW`: the events that a second version of a feed would cause. Asks nobody and writes nothing.

use std::path::PathBuf;

use clap::Args;
use feed_core::{
    parse::{ParseContext, ParsedFeed, Reading, parse},
    revise::{Comparison, Extent, NewsEvent, NewsKind, SeenLimits, Window, compare, confirm},
};
use news_model::{FeedId, ItemField, Seen};
use serde::Serialize;
use service_kit::{clock, exit::Exit};
use url::Url;

use crate::{parse::read_file, show};

/// Polls after which every item that is missing is either withdrawn or gone.
const POLLS_TO_SETTLE: usize = 3;

/// Two versions of a feed.
#[derive(Debug, Args)]
pub(crate) struct DiffArgs {
    /// File with the feed as it was.
    old: PathBuf,
    /// File with the feed as it is. It is taken to stay so for three polls, after which missing items count as withdrawn.
    new: PathBuf,
    /// Address that the feed was read from; relative links are resolved against it, and item ids follow from it.
    #[arg(long, value_name = "URL", default_value = "http://feed.invalid/")]
    base_url: Url,
    /// Content-Type that both came with.
    #[arg(long, value_name = "TYPE")]
    content_type: Option<String>,
    /// Prints a JSON object a line.
    #[arg(long)]
    json: bool,
}

/// One event in JSON.
#[derive(Debug, Serialize)]
struct EventLine {
    kind: &'static str,
    id: String,
    revision: u32,
    changed: Vec<&'static str>,
    content_hash_before: Option<String>,
    content_hash_after: Option<String>,
    guid: String,
    url: String,
    title: String,
}

/// Compares and prints.
pub(crate) fn run(args: &DiffArgs) -> Exit {
    let feed = FeedId::of_url(&args.base_url);
    let read = |path: &PathBuf| {
        let named = |problem: String| format!("{}: {problem}", path.display());
        let body = read_file(path).map_err(|error| named(error.to_string()))?;
        let content_type = args.content_type.as_deref();
        let context = ParseContext { feed: &feed, base_url: &args.base_url, content_type, now: clock::now() };
        parse(&body, &context).map_err(|error| named(error.to_string()))
    };
    let (old, new) = match (read(&args.old), read(&args.new)) {
        (Ok(old), Ok(new)) => (old, new),
        (Err(problem), _) | (_, Err(problem)) => return show::failure(&problem, Exit::Failure),
    };
    let titles = old.items.iter().map(|item| (item.id.to_string(), show::one_line(&item.title))).collect::<Vec<_>>();
    let events = events_between(old, new, &feed);
    for event in &events {
        let mut line = line_of(event);
        if line.title.is_empty()
            && let Some((_, title)) = titles.iter().find(|(id, _)| *id == line.id)
        {
            line.title.clone_from(title);
        }
        let text = if args.json { serde_json::to_string(&line).unwrap_or_default() } else { words(&line) };
        show::line(&text);
    }
    if !args.json {
        show::line(&summary(&events));
    }
    Exit::Success
}

/// What a poller that knew the feed as `old` publishes once it finds it as `new`, and finds that confirmed.
fn events_between(old: ParsedFeed, new: ParsedFeed, feed: &FeedId) -> Vec<NewsEvent> {
    let limits = SeenLimits { least_remembered: old.items.len(), ..SeenLimits::default() };
    let before = compare(&Seen::default(), window(old), &limits);
    let Comparison { mut events, mut seen, .. } = compare(&before.seen, window(new), &limits);
    for _ in 1..POLLS_TO_SETTLE {
        let settled = confirm(&seen, feed);
        events.extend(settled.events);
        seen = settled.seen;
    }
    events
}

fn window(feed: ParsedFeed) -> Window {
    let extent = match feed.reading {
        Reading::Standard | Reading::Lenient => Extent::Whole,
        Reading::Repaired => Extent::Partial,
    };
    Window { items: feed.items, extent }
}

fn line_of(event: &NewsEvent) -> EventLine {
    EventLine {
        kind: kind_of(event.kind),
        id: event.item.id.to_string(),
        revision: event.revision,
        changed: event.changed.iter().map(|field| field_name(*field)).collect(),
        content_hash_before: event.before.map(|hash| hash.to_string()),
        content_hash_after: event.after.map(|hash| hash.to_string()),
        guid: event.item.guid.clone(),
        url: event.item.url.clone(),
        title: event.item.title.clone(),
    }
}

fn words(line: &EventLine) -> String {
    let title = if line.title.is_empty() { "(no title)".to_owned() } else { show::one_line(&line.title) };
    let revision = if line.revision > 1 { format!(" (revision {})", line.revision) } else { String::new() };
    let changed = if line.changed.is_empty() { String::new() } else { format!(": {}", line.changed.join(", ")) };
    format!("{:<9}  {title}{revision}{changed}\n           {} {}", line.kind, line.id, show::one_line(&line.url))
}

fn summary(events: &[NewsEvent]) -> String {
    let count = |kind| events.iter().filter(|event| event.kind == kind).count();
    let kinds = [NewsKind::Published, NewsKind::Revised, NewsKind::Withdrawn, NewsKind::Restored];
    let counts: Vec<_> = kinds
        .into_iter()
        .filter(|kind| count(*kind) > 0)
        .map(|kind| format!("{} {}", count(kind), kind_of(kind)))
        .collect();
    if counts.is_empty() { "no event".to_owned() } else { counts.join(", ") }
}

fn kind_of(kind: NewsKind) -> &'static str {
    match kind {
        NewsKind::Published => "published",
        NewsKind::Revised => "revised",
        NewsKind::Withdrawn => "withdrawn",
        NewsKind::Restored => "restored",
    }
}

fn field_name(field: ItemField) -> &'static str {
    match field {
        ItemField::Unspecified => "unspecified",
        ItemField::Title => "title",
        ItemField::Summary => "summary",
        ItemField::Content => "content",
        ItemField::Url => "url",
        ItemField::Authors => "authors",
        ItemField::Categories => "categories",
        ItemField::Media => "media",
        ItemField::Guid => "guid",
        ItemField::SummaryHtml => "summary_html",
        ItemField::ContentHtml => "content_html",
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn feed(items: &[(u32, &str)]) -> ParsedFeed {
        let item = |(number, title): &(u32, &str)| {
            format!(
                "<item><guid>tag:{number}</guid><title>{title}</title>\
                 <pubDate>Fri, 15 Jan 2027 0{number}:00:00 GMT</pubDate></item>"
            )
        };
        let items: String = items.iter().map(item).collect();
        let body = format!("<rss version=\"2.0\"><channel><title>Paper</title>{items}</channel></rss>");
        let base_url = Url::parse("http://feed.invalid/").unwrap();
        let context = ParseContext {
            feed: &FeedId::of_url(&base_url),
            base_url: &base_url,
            content_type: None,
            now: clock::now(),
        };
        parse(body.as_bytes(), &context).unwrap()
    }

    #[test]
    fn a_second_version_publishes_revises_and_withdraws() {
        let id = FeedId::of_url(&Url::parse("http://feed.invalid/").unwrap());
        let old = feed(&[(5, "E"), (4, "D"), (3, "C"), (2, "B"), (1, "A")]);
        let new = feed(&[(6, "F"), (5, "E"), (4, "D, corrected"), (2, "B")]);
        let events = events_between(old, new, &id);
        let told: Vec<_> = events.iter().map(line_of).map(|line| (line.kind, line.title, line.changed)).collect();
        let wanted = [
            ("revised", "D, corrected".to_owned(), vec!["title"]),
            ("published", "F".to_owned(), Vec::new()),
            ("withdrawn", String::new(), Vec::new()),
        ];
        assert_eq!(told, wanted);
        assert_eq!(summary(&events), "1 published, 1 revised, 1 withdrawn");
        assert_eq!(summary(&[]), "no event");
    }
}
