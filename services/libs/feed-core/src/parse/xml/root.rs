//! The element that a feed begins with.

use std::borrow::Cow;

use super::names::lower;
use crate::parse::{
    FeedFormat, ParseError,
    markup::{Tag, Token, Tokens},
    references::Entities,
};

/// Finds the start tag of the feed, and tells whether junk stood before it.
pub(crate) fn find_root<'a>(
    tokens: &mut Tokens<'a>,
    entities: &mut Entities<'a>,
) -> Result<(FeedFormat, Tag<'a>, bool), ParseError> {
    let mut first: Option<Cow<'a, str>> = None;
    let (mut junk, mut binary) = (false, false);
    for token in tokens {
        let tag = match token {
            Token::Start(tag) => tag,
            Token::Doctype(doctype) => {
                entities.declare(doctype);
                continue;
            }
            Token::Text(text) if text.trim().is_empty() => continue,
            Token::Text(text) | Token::CData(text) | Token::Unfinished(text) => {
                binary |= text.contains(is_of_no_text);
                junk = true;
                continue;
            }
            Token::End(_) => {
                junk = true;
                continue;
            }
        };
        let name = lower(tag.name.rsplit(':').next().unwrap_or_default());
        // Words that other vocabularies have too count only as the first element.
        let leads = first.is_none() || tag.attributes.to_ascii_lowercase().contains("atom");
        let format = match &*name {
            "rss" => Some(FeedFormat::Rss),
            "rdf" => Some(FeedFormat::Rdf),
            "feed" | "entry" if leads => Some(FeedFormat::Atom),
            "urlset" | "sitemapindex" if first.is_none() => Some(FeedFormat::Sitemap),
            // CDF writes all names in capitals and says the most in attributes.
            "channel"
                if first.is_none()
                    && (tag.name == "CHANNEL" || tag.attributes.to_ascii_lowercase().contains("href")) =>
            {
                Some(FeedFormat::Cdf)
            }
            "channel" | "item" if first.is_none() => Some(FeedFormat::Rss),
            _ => None,
        };
        if let Some(format) = format {
            return Ok((format, tag, junk || first.is_some()));
        }
        first.get_or_insert(name);
    }
    Err(ParseError::NotAFeed(match first.as_deref() {
        None if binary => "binary data".to_owned(),
        None => "plain text".to_owned(),
        Some("html" | "head" | "body" | "div" | "p" | "meta" | "script") => "an HTML page".to_owned(),
        Some(name) => {
            let name: String = name.chars().take(40).collect();
            format!("an XML document with the root element {name:?}")
        }
    }))
}

/// Control characters, and what stands for bytes that are no letter.
fn is_of_no_text(letter: char) -> bool {
    letter == char::REPLACEMENT_CHARACTER || (letter.is_control() && !letter.is_whitespace())
}
