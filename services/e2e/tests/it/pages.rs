//! Feeds that tests write themselves.

use bytes::Bytes;
use newsroom::{Publication, ServedItem};

/// One item of such a feed.
pub(crate) struct Entry<'a> {
    pub(crate) guid: &'a str,
    pub(crate) title: &'a str,
    /// Markup, put into `content:encoded`.
    pub(crate) content: &'a str,
}

/// An RSS 2.0 feed at `url` with these items, first to last; the newsroom's log will name them.
pub(crate) fn rss(url: &str, entries: &[Entry<'_>]) -> Publication {
    let mut body = String::from(
        "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n<rss version=\"2.0\" xmlns:content=\"http://purl.org/rss/1.0/modules/content/\">\
         <channel><title>Written for a test</title><link>http://written.example/</link><description>-</description>\n",
    );
    let mut items = Vec::new();
    for Entry { guid, title, content } in entries {
        body.push_str("<item><guid isPermaLink=\"false\">");
        body.push_str(guid);
        body.push_str("</guid><title>");
        body.push_str(title);
        body.push_str("</title><link>http://written.example/");
        body.push_str(guid);
        body.push_str("</link><content:encoded><![CDATA[");
        body.push_str(content);
        body.push_str("]]></content:encoded></item>\n");
        items.push(ServedItem { key: (*guid).to_owned(), title: (*title).to_owned(), revision: 1 });
    }
    body.push_str("</channel></rss>\n");
    Publication::new(url, "application/rss+xml; charset=utf-8", Bytes::from(body)).with_items(items)
}
