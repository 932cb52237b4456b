//! What a feed says about itself for those who poll it: when to come again, and where older items stand.
//!
//! Read from what lies outside of the items, by name alone: hints are worth having from a document that is damaged, too.

use std::{borrow::Cow, time::Duration};

use url::Url;

use crate::{
    parse::{Tag, Token, Tokens, attribute},
    skip::Skips,
};

/// Longest update period that is believed: a year, which is also the longest that the module has.
const LONGEST_PERIOD: Duration = Duration::from_hours(24 * 366);

/// What a feed says about itself.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Channel {
    /// `sy:updatePeriod` over `sy:updateFrequency` (RSS 1.0 syndication module), where the feed gives a period.
    pub update_period: Option<Duration>,
    /// `skipHours` and `skipDays` (RSS 2.0).
    pub skips: Skips,
    /// The archive document before this one (RFC 5005, 4), or else the next page (RFC 5005, 3, and `next_url` of JSON Feed).
    pub older: Option<Url>,
}

/// What the XML in `text` says; `base_url` is the address that answered.
pub(crate) fn of_xml(text: &str, base_url: &Url) -> Channel {
    let mut found = Found::default();
    for part in outside_items(text) {
        found.read(part);
    }
    let older = found.archive.or(found.next);
    Channel {
        update_period: period(&found.period, &found.frequency),
        skips: found.skips,
        older: older.and_then(|link| usable(base_url, &link)),
    }
}

/// What a JSON Feed says whose next page is `next`.
pub(crate) fn of_json(next: Option<&str>, base_url: &Url) -> Channel {
    Channel { older: next.and_then(|link| usable(base_url, link)), ..Channel::default() }
}

/// The address of another document; one's own leads nowhere.
fn usable(base_url: &Url, link: &str) -> Option<Url> {
    let mut url = base_url.join(link.trim()).ok()?;
    url.set_fragment(None);
    (matches!(url.scheme(), "http" | "https") && url != *base_url).then_some(url)
}

#[derive(Default)]
struct Found {
    period: String,
    frequency: String,
    skips: Skips,
    archive: Option<String>,
    next: Option<String>,
}

impl Found {
    fn read(&mut self, part: &str) {
        let mut open = "";
        let mut tokens = Tokens::of(part);
        for token in std::iter::from_fn(|| tokens.next()) {
            match token {
                Token::Start(tag) => {
                    open = local(tag.name);
                    self.link(&tag);
                }
                Token::Text(text) | Token::CData(text) => self.text(open, text.trim()),
                _ => open = "",
            }
        }
    }

    fn text(&mut self, element: &str, text: &str) {
        match element {
            "hour" => self.skips.skip_hour(text),
            "day" => self.skips.skip_day(text),
            "updatePeriod" if self.period.is_empty() => text.clone_into(&mut self.period),
            "updateFrequency" if self.frequency.is_empty() => text.clone_into(&mut self.frequency),
            _ => {}
        }
    }

    fn link(&mut self, tag: &Tag<'_>) {
        if local(tag.name) != "link" {
            return;
        }
        let rel = attribute(tag.attributes, "rel").unwrap_or(Cow::Borrowed(""));
        let place = match rel.trim() {
            "prev-archive" => &mut self.archive,
            "next" => &mut self.next,
            _ => return,
        };
        if place.is_none() {
            *place = attribute(tag.attributes, "href").map(Cow::into_owned);
        }
    }
}

/// The name of an element without its prefix, whatever that is bound to.
fn local(name: &str) -> &str {
    name.rsplit(':').next().unwrap_or(name)
}

/// What stands before the first item and behind the last.
fn outside_items(text: &str) -> [&str; 2] {
    let begins = |name: &str| {
        let mut starts = text.match_indices(name).map(|(at, _)| at);
        // `<items>` of RSS 1.0 is none.
        starts.find(|at| {
            let next = text.get(at + name.len()..).and_then(|rest| rest.chars().next());
            next.is_none_or(|letter| letter.is_whitespace() || matches!(letter, '>' | '/'))
        })
    };
    let first = ["<item", "<entry"].into_iter().filter_map(begins).min().unwrap_or(text.len());
    let ends = ["</item>", "</entry>"].into_iter().filter_map(|end| Some(text.rfind(end)? + end.len()));
    let last = ends.max().unwrap_or(text.len()).max(first);
    [text.get(..first).unwrap_or_default(), text.get(last..).unwrap_or_default()]
}

fn period(period: &str, frequency: &str) -> Option<Duration> {
    const HOURS: [(&str, u64); 5] =
        [("hourly", 1), ("daily", 24), ("weekly", 24 * 7), ("monthly", 24 * 30), ("yearly", 24 * 365)];
    let (_, hours) = HOURS.into_iter().find(|(name, _)| period.eq_ignore_ascii_case(name))?;
    // Once, where nothing is said or nothing that can be meant.
    let times = frequency.parse::<u32>().ok().filter(|times| *times > 0).unwrap_or(1);
    Some((Duration::from_hours(hours) / times).min(LONGEST_PERIOD))
}

#[cfg(test)]
mod tests {
    use news_model::FeedId;

    use super::*;
    use crate::parse::{ParseContext, parse};

    fn channel(body: &str) -> Channel {
        let base_url = Url::parse("http://a.example/feed/").unwrap();
        let feed = FeedId::of_url(&base_url);
        let context =
            ParseContext { feed: &feed, base_url: &base_url, content_type: None, now: chrono::DateTime::UNIX_EPOCH };
        parse(body.as_bytes(), &context).unwrap().channel
    }

    #[test]
    fn the_update_period_is_shared_among_its_times() {
        let of = |period: &str, frequency: &str| {
            let body = format!(
                "<rss><channel><sy:updatePeriod>\n {period} </sy:updatePeriod>\
                 <sy:updateFrequency>{frequency}</sy:updateFrequency><item/></channel></rss>"
            );
            channel(&body).update_period
        };
        assert_eq!(of("hourly", "2"), Some(Duration::from_mins(30)));
        assert_eq!(of("Daily", ""), Some(Duration::from_hours(24)));
        assert_eq!(of("daily", "0"), Some(Duration::from_hours(24)));
        assert_eq!(of("often", "1"), None);
    }

    #[test]
    fn hours_and_days_count_wherever_they_stand_but_in_items() {
        let skips = |text: &str| channel(text).skips;
        let mut expected = Skips::default();
        expected.skip_hour("5");
        expected.skip_day("Sunday");
        let said = "<skipHours><hour>5</hour></skipHours><skipDays><day>Sunday</day></skipDays>";
        assert_eq!(skips(&format!("<rss><channel>{said}<item></item></channel></rss>")), expected);
        assert_eq!(skips(&format!("<rss><channel><item></item>{said}</channel></rss>")), expected);
        assert!(skips(&format!("<rss><channel><item>{said}</item><item></item></channel></rss>")).is_empty());
    }

    #[test]
    fn older_items_are_found_in_the_archive_rather_than_on_the_next_page() {
        let atom = "<feed><link rel='next' href='?page=2'/><link href=\"/2025/?a=1&amp;b=2\" rel=\"prev-archive\"/><entry/></feed>";
        assert_eq!(channel(atom).older.unwrap().as_str(), "http://a.example/2025/?a=1&b=2");
        let rss = "<rss><channel><atom:link rel='next' href='?page=2'/><item><link/></item></channel></rss>";
        assert_eq!(channel(rss).older.unwrap().as_str(), "http://a.example/feed/?page=2");
        let json = r#"{"version": "https://jsonfeed.org/version/1.1", "next_url": "/feed/2", "items": []}"#;
        assert_eq!(channel(json).older.unwrap().as_str(), "http://a.example/feed/2");
    }

    #[test]
    fn links_to_itself_in_items_and_to_other_schemes_lead_nowhere() {
        for body in [
            "<feed><link rel='next' href='http://a.example/feed/#x'/></feed>",
            "<feed><link rel='next' href='file:///etc/passwd'/></feed>",
            "<feed><entry><link rel='next' href='/b'/></entry></feed>",
            "<rdf><channel><items><li/></items></channel><item><link rel='next' href='/b'/></item></rdf>",
        ] {
            assert_eq!(channel(body).older, None, "{body}");
        }
    }
}
