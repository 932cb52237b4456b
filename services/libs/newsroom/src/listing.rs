//! The list of feeds a newsroom offers: plain, and as OPML.

use std::fmt::Write as _;

use crate::script::Answers;

/// One feed that a client may subscribe to.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct FeedListing {
    /// Where to subscribe; the place may redirect.
    pub url: String,
    /// The name of the publisher.
    pub title: String,
    /// The OPML folder it is listed under.
    pub folder: String,
    /// How the feed behaves, in one word.
    pub answers: Answers,
}

impl FeedListing {
    /// Whether a client that waits and follows redirects gets a well-formed feed from here.
    #[must_use]
    pub fn answers_well(&self) -> bool {
        match self.answers {
            Answers::Well | Answers::AfterAWait => true,
            Answers::Brokenly | Answers::Never => false,
        }
    }
}

/// The list as OPML 2.0, a folder for each run of feeds that share one.
pub(crate) fn opml(feeds: &[FeedListing]) -> String {
    let mut text = String::from(
        "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n<opml version=\"2.0\">\n  <head><title>The newsroom</title></head>\n  <body>\n",
    );
    for folder in feeds.chunk_by(|a, b| a.folder == b.folder) {
        let name = folder.first().map_or("", |feed| feed.folder.as_str());
        let _ = writeln!(text, "    <outline text=\"{}\">", escaped(name));
        for feed in folder {
            let (title, url) = (escaped(&feed.title), escaped(&feed.url));
            let _ = writeln!(text, "      <outline type=\"rss\" text=\"{title}\" title=\"{title}\" xmlUrl=\"{url}\"/>");
        }
        text.push_str("    </outline>\n");
    }
    text.push_str("  </body>\n</opml>\n");
    text
}

/// `text` fit for XML content and double-quoted attributes.
pub(crate) fn escaped(text: &str) -> String {
    let mut safe = String::with_capacity(text.len());
    for letter in text.chars() {
        match letter {
            '&' => safe.push_str("&amp;"),
            '<' => safe.push_str("&lt;"),
            '>' => safe.push_str("&gt;"),
            '"' => safe.push_str("&quot;"),
            other => safe.push(other),
        }
    }
    safe
}
