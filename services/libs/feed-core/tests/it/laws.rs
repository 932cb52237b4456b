//! Laws of parsing that hold for any bytes.

use feed_core::parse::{MAX_ITEMS, read_document};
use news_model::ItemId;
use proptest::{collection::vec, prelude::*, sample::Index};

use crate::{
    golden::{cases, input_of},
    parsed,
};

fn inputs() -> Vec<Vec<u8>> {
    cases().iter().map(|case| input_of(case).0).collect()
}

fn ids(body: &str) -> Vec<ItemId> {
    let feed = parsed(body.as_bytes(), None).expect("a feed");
    feed.items.iter().map(|item| item.id).collect()
}

fn rss(items: &[(u8, String)]) -> String {
    let item = |(guid, text): &(u8, String)| {
        format!("<item><guid>{guid}</guid><title>{text}</title><description>{text}&amp;</description></item>")
    };
    let items: String = items.iter().map(item).collect();
    format!("<rss version=\"2.0\"><channel><title>t</title>{items}</channel></rss>")
}

proptest! {
    #[test]
    fn no_bytes_make_parsing_panic(body in vec(any::<u8>(), 0..600)) {
        let _ = parsed(&body, None);
    }

    #[test]
    fn no_markup_makes_parsing_panic(pieces in vec(prop::sample::select(vec![
        "<rss>", "<feed>", "<item>", "</item>", "<entry ", "<title", ">", "</", "/>", "<![CDATA[", "]]>", "<!--", "-->", "<?", "<!DOCTYPE [", "]",
        "&amp;", "&#x", "&", "\"", "='", " xmlns:a='b'", " xml:base='c'", "<link href='d'/>", "<author><name>", "x", "é", "\u{0}",
    ]), 0..80)) {
        let _ = parsed(format!("<rss>{}", pieces.concat()).as_bytes(), None);
        let _ = parsed(format!("<feed>{}", pieces.concat()).as_bytes(), None);
    }

    #[test]
    fn no_damage_to_a_feed_makes_parsing_panic(
        which in any::<Index>(),
        damage in vec((any::<Index>(), any::<u8>()), 0..12),
        cut in any::<Index>(),
    ) {
        let inputs = inputs();
        let mut body = which.get(&inputs).clone();
        for (at, byte) in damage {
            let at = at.index(body.len());
            body[at] = byte;
        }
        body.truncate(cut.index(body.len()) + 1);
        let once = parsed(&body, Some("text/xml"));
        prop_assert_eq!(once, parsed(&body, Some("text/xml")));
    }

    #[test]
    fn ids_survive_reorder_edits_and_layout(
        mut items in prop::collection::btree_map(any::<u8>(), "[a-z ]{0,12}", 1..12).prop_map(|map| map.into_iter().collect::<Vec<_>>()),
        edited in "[a-z]{1,8}",
    ) {
        let mut before = ids(&rss(&items));
        items.reverse();
        items[0].1 = edited;
        let moved = rss(&items).replace("><", ">\n\t<").replace("<guid>", "<guid >\n").replace("<item>", "<item xmlns:x='y'>");
        let mut after = ids(&moved);
        before.sort();
        after.sort();
        prop_assert_eq!(before, after);
    }

    #[test]
    fn a_truncated_feed_keeps_its_complete_items(count in 1..8_u8, cut in any::<Index>()) {
        let items: Vec<_> = (0..count).map(|guid| (guid, "text".to_owned())).collect();
        let whole = rss(&items);
        let start = whole.find("<item>").expect("an item");
        let cut = start + cut.index(whole.len() - start);
        let complete = whole[..cut].matches("</item>").count();
        prop_assert_eq!(ids(&whole[..cut]).len(), complete);
    }
}

#[test]
fn bodies_are_read_alike_on_every_thread() {
    // Each thread seeds its hash tables otherwise, so that an order that depends on one differs.
    let read_all = || {
        let battery = misprints::cases().into_iter().step_by(7);
        let battery = battery.map(|case| format!("{:?}", parsed(&case.bytes, case.content_type)));
        inputs().iter().map(|body| format!("{:?}", parsed(body, None))).chain(battery).collect::<Vec<_>>()
    };
    let threads = [(); 3].map(|()| std::thread::spawn(read_all));
    let expected = read_all();
    for thread in threads {
        assert!(thread.join().expect("no panic") == expected);
    }
}

#[test]
fn a_feed_of_too_many_items_is_cut_and_says_so() {
    let item = |number| format!("<item><title>t</title><guid>{number}</guid></item>");
    let items = (0..=MAX_ITEMS).map(item).collect::<Vec<_>>().concat();
    let feed = parsed(format!("<rss><channel>{items}</channel></rss>").as_bytes(), None).expect("a feed");
    assert_eq!(feed.items.len(), MAX_ITEMS);
    assert_eq!(feed.reading.as_str(), "repaired");
}

#[test]
fn hostile_shapes_end_as_feeds_or_errors() {
    let many = 100_000;
    let shapes = [
        "<a>".repeat(many),
        "<item>".repeat(many),
        "<item><title>x".repeat(many),
        "<a xmlns:b='c'>".repeat(many),
        format!("<item {}>", "a='b' ".repeat(many)),
        format!("<item><description>{}</description></item>", "&lt;div&gt;".repeat(many)),
        format!("<item><description>{}</description></item>", "<div>".repeat(many)),
        "<a b=\"".repeat(many),
        "<![CDATA[".repeat(many),
        "<!--".repeat(many),
        "<!DOCTYPE [".repeat(many),
        "&".repeat(many),
        "</item>".repeat(many),
        "<category>x</category>".repeat(many),
    ];
    for shape in shapes {
        for root in ["<rss><channel>", "<feed><entry>", ""] {
            let _ = parsed(format!("{root}{shape}").as_bytes(), None);
        }
    }
}

#[test]
fn bodies_that_open_what_never_closes_are_read_in_one_pass() {
    // As long as a poller takes them. Looking for each end anew would take minutes or hours.
    let fill = |piece: &str| piece.repeat((8 << 20) / piece.len());
    let html = fill("&lt;!a[&gt;");
    let shapes = [
        format!("<rss><channel><item><guid>1</guid></item>{}", fill("<!a[>")),
        format!("<rss><channel><item><guid>1</guid><description>{html}</description></item></channel></rss>"),
        format!("{{\"items\":[{{\"id\":\"1\"}},{{\"id\":\"2{}", fill("\n")),
    ];
    for shape in shapes {
        let feed = parsed(shape.as_bytes(), None).expect("a feed");
        assert_eq!(feed.items.len(), 1);
    }
}

#[test]
fn what_is_left_open_or_begun_again_counts_as_repaired() {
    let feed = "<rss><channel><item><guid>1</guid></item></channel></rss>";
    let cases = [
        ("<rss><channel><!-- open <item><guid>1</guid></item></channel></rss>".to_owned(), 1, "repaired"),
        (format!("{feed}<item><guid>2</guid></item>"), 2, "repaired"),
        (format!("{feed}{}", feed.replace('1', "2")), 2, "repaired"),
        (format!("{feed}<!-- open <p>Bye</p><script>1</script></html>"), 1, "standard"),
    ];
    for (body, items, reading) in cases {
        let feed = parsed(body.as_bytes(), None).expect("a feed");
        assert_eq!((feed.items.len(), feed.reading.as_str()), (items, reading), "{body}");
    }
}

#[test]
fn a_body_that_is_no_feed_says_what_it_looks_like() {
    let cases: [(&[u8], &str); 5] = [
        (b"Service unavailable", "plain text"),
        (b"\x89PNG\r\n\x1a\n\0\0\0\rIHDR", "binary data"),
        (b"\x1f\x8b\x08\0\0\0\0\0", "binary data"),
        (b"<html><body>", "an HTML page"),
        (b"<opml/>", "an XML document with the root element \"opml\""),
    ];
    for (body, looks) in cases {
        let error = parsed(body, None).expect_err("no feed");
        assert_eq!(error.to_string(), format!("not a feed: it looks like {looks}"));
    }
}

#[test]
fn an_entry_that_the_document_breaks_off_in_is_shown_and_no_item_is_made_of_it() {
    let body = "<rss><channel><item><guid>1</guid><title>A</title></item><item><guid>2</guid><title>B</title><description>B is no";
    let items = parsed(body.as_bytes(), None).expect("a feed").items;
    assert_eq!(items.iter().map(|item| item.guid.as_str()).collect::<Vec<_>>(), ["1"]);
    let document = read_document(body.as_bytes(), None, None).expect("a feed");
    let shown = document.entries.iter().map(|entry| (entry.title.as_str(), entry.summary.as_str(), entry.is_cut));
    assert_eq!(shown.collect::<Vec<_>>(), [("A", "", false), ("B", "", true)]);
}

#[test]
fn a_mistyped_end_tag_is_no_part_of_a_language_or_date() {
    let body = "<rss><channel><language>en-gb</langauge></language><item><title>A</title>\
                <pubDate>Tue, 24 Nov 2026 03:34:35 GMT</pubdat></pubDate></item></channel></rss>";
    let item = parsed(body.as_bytes(), None).expect("a feed").items.remove(0);
    assert_eq!(
        (item.language.as_str(), item.published_at.map(|date| date.timestamp())),
        ("en-gb", Some(1_795_491_275))
    );
}
