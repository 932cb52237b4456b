//! Both readers over the same documents.

use std::{fs, path::Path};

use chrono::DateTime;
use proptest::{collection::vec, option, prelude::*, sample::select};

use super::*;
use crate::parse::{ParseContext, ParsedFeed, Read, Reading, decode, finish, json, parse as parse_bytes, xml};

fn context_of<T>(read: impl FnOnce(&ParseContext<'_>) -> T) -> T {
    let feed = "a".parse().unwrap();
    let base_url = "https://base.example/feeds/feed.xml".parse().unwrap();
    read(&ParseContext { feed: &feed, base_url: &base_url, content_type: None, now: DateTime::UNIX_EPOCH })
}

/// What each reader makes of `text`; nothing where the standard one leaves it.
fn both(text: &str) -> Option<(ParsedFeed, ParsedFeed)> {
    let text = text.trim_start_matches(|letter: char| letter.is_whitespace() || letter == '\u{feff}');
    let (standard, lenient) = if text.starts_with('{') {
        let document = json::document(text).ok()?;
        let standard = read_json(text, &document)?;
        ((FeedFormat::Json, standard), (FeedFormat::Json, json::read(&document).unwrap()))
    } else {
        (read_xml(text)?, xml::read(text).unwrap())
    };
    assert!(!lenient.1.repaired, "a repaired document is not for the standard parser");
    let finished =
        |(format, feed)| context_of(|context| finish(&Read { format, feed, reading: Reading::Standard }, context));
    Some((finished(standard), finished(lenient)))
}

fn reading(text: &str) -> Reading {
    context_of(|context| parse_bytes(text.as_bytes(), context)).unwrap().reading
}

fn rss(inside: &str) -> String {
    format!(
        "<rss version='2.0' xmlns:dc='http://purl.org/dc/elements/1.1/' xmlns:media='http://search.yahoo.com/mrss/'><channel><title>t</title>{inside}</channel></rss>"
    )
}

#[test]
fn both_readers_agree_on_every_golden_feed() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/golden");
    let mut agreed = 0;
    for case in fs::read_dir(root).unwrap() {
        let files = fs::read_dir(case.unwrap().path()).unwrap().map(|file| file.unwrap().path());
        for file in files.filter(|file| file.file_stem().is_some_and(|stem| stem == "input")) {
            let body = fs::read(&file).unwrap();
            if let Some((standard, lenient)) = both(&decode::decode(&body, None)) {
                assert_eq!(standard, lenient, "{}", file.display());
                agreed += 1;
            }
        }
    }
    assert!(agreed >= 6, "{agreed} golden feeds are fit");
}

#[test]
fn plain_documents_of_each_dialect_take_the_standard_path() {
    let item = "<item><guid isPermaLink='false'>http://a.example/g</guid><title>A &amp;amp; <![CDATA[<b>B</b>]]></title>\
        <category>x</category><pubDate>Tue, 24 Nov 2026 03:34:35 GMT</pubDate><dc:creator>Jane</dc:creator>\
        <media:content url='/p.jpg' medium='image'/><enclosure url='/s.mp3' type='audio/mpeg' length='9'/></item>";
    let atom = "<feed xmlns='http://www.w3.org/2005/Atom' xml:lang='en'><title>t</title><author><name>Jane</name></author>\
        <entry><id>1</id><title type='html'>&lt;i&gt;A&lt;/i&gt;</title><link href='/a'/><updated>2026-11-24T03:34:35Z</updated></entry></feed>";
    let rdf = "<rdf:RDF xmlns:rdf='http://www.w3.org/1999/02/22-rdf-syntax-ns#' xmlns='http://purl.org/rss/1.0/'><channel><title>t</title></channel>\
        <item rdf:about='http://a.example/1'><title>A</title><link>http://a.example/1</link></item></rdf:RDF>";
    let json = "{\"version\":\"https://jsonfeed.org/version/1.1\",\"title\":\"t\",\"items\":[{\"id\":\"1\",\"content_text\":\"A\",\"image\":\"/p.png\"}]}";
    for document in [rss(item).as_str(), atom, rdf, json] {
        assert_eq!(reading(document), Reading::Standard, "{document}");
        let (standard, lenient) = both(document).unwrap();
        assert_eq!(standard, lenient);
        assert_eq!(standard.items.len(), 1);
    }
}

#[test]
fn what_the_standard_parser_gets_wrong_is_left_to_the_lenient_reader() {
    let entry = |inside: &str| rss(&format!("<item><title>A</title>{inside}</item>"));
    let documents = [
        entry("<dc:subject>x</dc:subject>"),
        entry("<dc:date>2026-11-24</dc:date><pubDate>Tue, 24 Nov 2026 03:34:35 GMT</pubDate>"),
        entry("<title>B</title>"),
        entry("<description>a <b>b</b></description>"),
        entry("<author>é—jane@paper.example</author>"),
        entry("<link>tag:a,b</link>"),
        entry("<media:description>stands in</media:description>"),
        entry("<undeclared:title>x</undeclared:title>"),
        entry("<a xml:base='http://b.example/'/>"),
        entry("<guid>a&#150;b</guid>"),
        entry("<?php ?>"),
        "<rss version='0.92'><channel><item><title>A</title></item></channel></rss>".to_owned(),
        "<feed version='0.3' xmlns='http://purl.org/atom/ns#'><entry><title>A</title></entry></feed>".to_owned(),
        "<feed xmlns='http://www.w3.org/2005/Atom'><entry><title type='xhtml'><div>A</div></title></entry></feed>"
            .to_owned(),
        rss(&format!("<item><title>A</title>{}{}</item>", "<media:group>".repeat(40), "</media:group>".repeat(40))),
        "{\"version\":\"http://jsonfeed.org/version/1\",\"items\":[{\"id\":7}]}".to_owned(),
    ];
    for document in &documents {
        assert_eq!(reading(document), Reading::Lenient, "{document}");
    }
}

#[test]
fn a_panic_of_the_standard_parser_is_read_leniently() {
    let editor = "<managingEditor>&#8212;jane@paper.example</managingEditor>";
    let document = rss(&format!("{editor}<item><title>A</title></item>"));
    assert!(survey(&document).is_ok(), "the parser is asked");
    assert!(catch_unwind(|| parse(&document)).is_err(), "the parser panics");
    assert_eq!(guarded("", |_| panic!("any other")).map(|feed| feed.entries), None);
    assert_eq!(reading(&document), Reading::Lenient);
}

#[test]
fn entries_that_the_standard_parser_drops_are_read_leniently() {
    let document = "<rdf:RDF xmlns:rdf='http://www.w3.org/1999/02/22-rdf-syntax-ns#' xmlns='http://purl.org/rss/1.0/'><channel/>\
        <item><title>without a link</title></item></rdf:RDF>";
    assert!(survey(document).is_ok());
    assert_eq!(reading(document), Reading::Lenient);
}

#[test]
fn a_feed_that_breaks_keeps_its_items() {
    let item = |tail: &str| {
        rss(&format!(
            "<item><guid>1</guid><title>A</title><description>x &lt;b&gt;y&lt;/b&gt;</description></item>{tail}"
        ))
    };
    let items = |text: &str| context_of(|context| parse_bytes(text.as_bytes(), context)).unwrap().items;
    let broken = item("<item><title>AT&T").replace("</channel></rss>", "");
    assert_eq!(reading(&broken), Reading::Repaired);
    assert_eq!(items(&broken)[..1], items(&item(""))[..]);
}

/// Pieces that texts are made of, as they are written in XML.
fn xml_text() -> impl Strategy<Value = String> {
    let pieces = vec![
        "word",
        "Łódź",
        " ",
        "\n",
        "  ",
        "&amp;",
        "&lt;b&gt;",
        "&lt;/b&gt;",
        "&amp;amp;",
        "&#233;",
        "&#x20;",
        "&lt;p&gt;",
        "<![CDATA[<i>c</i> & d]]>",
        "<![CDATA[ ]]>",
        "<!-- no -->",
        "http://a.example/1",
        "&quot;",
        "&apos;",
        "(x)",
        "&amp;nbsp;",
        ">",
    ];
    vec(select(pieces), 0..6).prop_map(|pieces| pieces.concat())
}

fn xml_address() -> impl Strategy<Value = String> {
    select(vec![
        "http://a.example/1",
        " https://A.example:443/x?a=1&amp;b=2\n",
        "/rel",
        "",
        "../é",
        "mailto:x",
        "http://[",
        "#f",
        "//b.example/y",
    ])
    .prop_map(str::to_owned)
}

fn date() -> impl Strategy<Value = String> {
    select(vec!["Tue, 24 Nov 2026 03:34:35 GMT", "2026-11-24T03:34:35.25+01:00", "soon", "", " 24 Nov 26 ", "2026-11"])
        .prop_map(str::to_owned)
}

/// Elements called `names` in any order, each now and then, some twice.
fn elements(names: &'static [&'static str], dates: &'static [&'static str]) -> impl Strategy<Value = String> {
    let text = (select(names), xml_text()).prop_map(|(tag, text)| format!("<{tag}>{text}</{}>", name_of(tag)));
    let date = (select(dates), date()).prop_map(|(tag, date)| format!("<{tag}>{date}</{tag}>"));
    (vec(text, 0..7), option::of(date)).prop_map(|(texts, date)| texts.concat() + &date.unwrap_or_default())
}

fn name_of(tag: &str) -> &str {
    tag.split(' ').next().unwrap_or_default()
}

fn rss_item() -> impl Strategy<Value = String> {
    let fields = elements(
        &[
            "title",
            "description",
            "guid",
            "guid isPermaLink='false'",
            "author",
            "category",
            "content:encoded",
            "dc:creator",
            "media:title",
            "source",
            "comments",
        ],
        &["pubDate", "dc:date"],
    );
    let media = select(vec![
        "",
        "<media:content url='/m.jpg' medium='image'/>",
        "<media:thumbnail url='/t'/>",
        "<enclosure url='/e' length='7' type='Audio/MPEG'/>",
        "<media:group><media:content url='/g' type='video/mp4' fileSize='3'/></media:group>",
        "<atom:link rel='enclosure' href='/l'/>",
    ]);
    (option::of(xml_address()), fields, vec(media, 0..3)).prop_map(|(link, fields, media)| {
        let link = link.map(|link| format!("<link>{link}</link>")).unwrap_or_default();
        format!("<item>{link}{fields}{}</item>", media.concat())
    })
}

fn atom_entry() -> impl Strategy<Value = String> {
    let fields = elements(
        &[
            "title",
            "title type='html'",
            "id",
            "summary type='html'",
            "summary",
            "content type='html'",
            "content type='text'",
            "rights",
        ],
        &["published", "updated"],
    );
    let extras = select(vec![
        "",
        "<category term='a' label=' '/>",
        "<category term='b' label='B &amp;amp; C'/>",
        "<author><name>Jane</name><email>j@a.example</email></author>",
        "<author><email>j@a.example</email></author>",
        "<link rel='enclosure' href='/e' type='x' length='5'/>",
        "<media:thumbnail url='/t'/>",
        "<contributor><name>No</name></contributor>",
    ]);
    (vec(xml_address(), 0..3), fields, vec(extras, 0..4)).prop_map(|(links, fields, extras)| {
        let links: Vec<_> = links.iter().map(|link| format!("<link href='{link}'/>")).collect();
        format!("<entry>{fields}{}{}</entry>", links.concat(), extras.concat())
    })
}

fn json_item() -> impl Strategy<Value = Value> {
    let text = || "[a-z<>&; \n]{0,12}|&amp;<b>x</b>|é";
    let key = select(vec!["id", "title", "summary", "content_html", "content_text", "external_url", "language"]);
    let link = select(vec!["http://a.example/1", "/rel", "", " ", "https://A.example:443/"]);
    (vec((key, text()), 0..6), option::of(link), date(), any::<bool>(), option::of(text())).prop_map(
        |(fields, link, date, rich, author)| {
            let mut item: Map<String, Value> =
                fields.into_iter().map(|(key, text)| (key.to_owned(), text.into())).collect();
            item.insert("url".to_owned(), link.into());
            item.insert("date_published".to_owned(), date.into());
            if rich {
                item.insert("tags".to_owned(), vec!["a", " b ", ""].into());
                item.insert("image".to_owned(), "/p.png".into());
                item.insert(
                    "attachments".to_owned(),
                    serde_json::json!([{"url": "/s.mp3", "mime_type": "audio/mpeg", "size_in_bytes": 3}]),
                );
            }
            if let Some(name) = author {
                item.insert("authors".to_owned(), serde_json::json!([{"name": name}, {}, {"name": name}]));
            }
            Value::Object(item)
        },
    )
}

proptest! {
    #[test]
    fn both_readers_agree_on_rss(items in vec(rss_item(), 0..4), language in option::of("[a-zA-Z-]{0,6}"), ttl in 0..2_000_u16) {
        let language = language.map(|language| format!("<language>{language}</language>")).unwrap_or_default();
        let document = format!("<?xml version='1.0' encoding='iso-8859-1'?><rss version='2.0' xmlns:content='http://purl.org/rss/1.0/modules/content/' \
            xmlns:dc='http://purl.org/dc/elements/1.1/' xmlns:media='http://search.yahoo.com/mrss/' xmlns:atom='http://www.w3.org/2005/Atom'>\
            <channel><title>t &amp;amp; u</title>{language}<ttl>{ttl}</ttl>{}</channel></rss>", items.concat());
        if let Some((standard, lenient)) = both(&document) {
            prop_assert_eq!(standard, lenient);
        }
    }

    #[test]
    fn both_readers_agree_on_rss_1(
        items in vec((xml_address(), elements(&["title", "description", "content:encoded", "dc:creator", "dc:rights"], &["dc:date"])), 0..4),
    ) {
        let item = |(link, fields): &(String, String)| format!("<item rdf:about='{link}'><link>{link}</link>{fields}</item>");
        let items: String = items.iter().map(item).collect();
        let document = format!("<rdf:RDF xmlns:rdf='http://www.w3.org/1999/02/22-rdf-syntax-ns#' xmlns='http://purl.org/rss/1.0/' \
            xmlns:content='http://purl.org/rss/1.0/modules/content/' xmlns:dc='http://purl.org/dc/elements/1.1/'>\
            <channel><title>t</title><dc:language>EN</dc:language></channel>{items}</rdf:RDF>");
        if let Some((standard, lenient)) = both(&document) {
            prop_assert_eq!(standard, lenient);
        }
    }

    #[test]
    fn both_readers_agree_on_atom(entries in vec(atom_entry(), 0..4), author in any::<bool>()) {
        let author = if author { "<author><name>Desk</name></author>" } else { "" };
        let document = format!("<feed xmlns='http://www.w3.org/2005/Atom' xml:lang='de' xmlns:media='http://search.yahoo.com/mrss/'>\
            <title type='html'>t &amp;amp; u</title>{author}{}</feed>", entries.concat());
        if let Some((standard, lenient)) = both(&document) {
            prop_assert_eq!(standard, lenient);
        }
    }

    #[test]
    fn both_readers_agree_on_json(items in vec(json_item(), 0..4)) {
        let document = serde_json::json!({"version": "https://jsonfeed.org/version/1.1", "title": "t &amp; u", "language": "EN",
            "author": {"name": "Desk"}, "items": items});
        if let Some((standard, lenient)) = both(&document.to_string()) {
            prop_assert_eq!(standard, lenient);
        }
    }
}
