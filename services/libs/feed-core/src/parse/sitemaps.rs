//! The sitemaps that an index lists (sitemaps.org, "Sitemap index files").

use chrono::{DateTime, Utc};
use url::Url;

use super::{dates::read_date, raw::RawSitemap};

/// A sitemap that an index lists.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ListedSitemap {
    /// Its address, http or https and other than that of the index.
    pub url: Url,
    /// When it last changed, where the index says so.
    pub changed: Option<DateTime<Utc>>,
}

/// Those of `raw` that can be asked for, the one that changed last first; those without a date come behind, in document order.
pub(super) fn listed(raw: &[RawSitemap<'_>], index: &Url) -> Vec<ListedSitemap> {
    let mut listed = Vec::<ListedSitemap>::new();
    for sitemap in raw {
        let address = sitemap.address.as_ref().and_then(|address| address.base.resolve(&address.href));
        let Some(mut url) = address.and_then(|address| Url::parse(address.as_ref()).ok()) else { continue };
        url.set_fragment(None);
        if matches!(url.scheme(), "http" | "https") && url != *index {
            listed.push(ListedSitemap { url, changed: read_date(&sitemap.changed).map(|date| date.at) });
        }
    }
    listed.sort_by_key(|sitemap| std::cmp::Reverse(sitemap.changed));
    listed
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::parse::{ParseContext, parse};

    fn read(body: &str) -> Vec<(String, Option<i64>)> {
        let index = Url::parse("https://a.example/news/index.xml").unwrap();
        let feed = "a".parse().unwrap();
        let context =
            ParseContext { feed: &feed, base_url: &index, content_type: None, now: DateTime::<Utc>::UNIX_EPOCH };
        let parsed = parse(body.as_bytes(), &context).unwrap();
        assert!(parsed.items.is_empty());
        let told = |sitemap: ListedSitemap| (sitemap.url.into(), sitemap.changed.map(|date| date.timestamp()));
        parsed.sitemaps.into_iter().map(told).collect()
    }

    #[test]
    fn the_sitemaps_of_an_index_come_newest_first_and_undated_ones_last() {
        let body = r#"<sitemapindex xmlns="http://www.sitemaps.org/schemas/sitemap/0.9">
            <sitemap><loc>https://a.example/undated.xml</loc></sitemap>
            <sitemap><loc>https://a.example/old.xml</loc><lastmod>1970-01-01T00:00:05Z</lastmod></sitemap>
            <sitemap><lastmod>1970-01-01T00:00:09+00:00</lastmod><loc> /new.xml#part </loc></sitemap>
        </sitemapindex>"#;
        let expected = [
            ("https://a.example/new.xml", Some(9)),
            ("https://a.example/old.xml", Some(5)),
            ("https://a.example/undated.xml", None),
        ];
        assert_eq!(read(body), expected.map(|(url, changed)| (url.to_owned(), changed)));
    }

    #[test]
    fn addresses_that_cannot_be_asked_and_the_index_itself_are_left_out() {
        let body = r#"<sitemapindex xmlns="http://www.sitemaps.org/schemas/sitemap/0.9">
            <sitemap><loc>ftp://a.example/1.xml</loc></sitemap><sitemap><loc>https://a.example/news/index.xml</loc></sitemap>
            <sitemap><lastmod>1970-01-01</lastmod></sitemap><sitemap><loc>http://</loc></sitemap>
        </sitemapindex>"#;
        assert_eq!(read(body), []);
    }
}
