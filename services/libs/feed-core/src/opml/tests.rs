use proptest::prelude::*;

use super::*;

const SUBSCRIPTIONS: &str = r#"<?xml version="1.0"?>
<opml version="1.1">
 <head><title>Mine</title></head>
 <body>
  <outline text="World">
   <outline text="Europe" title="Europe &amp; co">
    <outline type="rss" text="Harbour Post" xmlUrl="https://harbourpost.example/rss?a=1&b=2"/>
    <outline type="rss" text="No address"/>
    <outline text="Old" xmlUrl="ftp://old.example/rss"/>
   </outline>
   <outline text="http://bare.example/feed" xmlUrl="http://bare.example/feed"></outline>
  </outline>
  <outline text="Twice" xmlUrl="https://harbourpost.example/rss?a=1&amp;b=2"/>
  <outline text="Last" XMLURL='https://last.example/'/>
 </body>
</opml>"#;

fn lines(read: &OpmlRead) -> Vec<(usize, &str)> {
    let faults = read.faults.iter();
    faults.map(|fault| (fault.line, fault.problem.as_str())).collect()
}

#[test]
fn good_outlines_are_taken_and_bad_ones_named_by_line() {
    let read = read_opml(SUBSCRIPTIONS);
    let feeds: Vec<_> = read.feeds.iter().map(|feed| (feed.url.as_str(), feed.title.as_str(), feed.line)).collect();
    let expected = [
        ("https://harbourpost.example/rss?a=1&b=2", "Harbour Post", 7),
        ("http://bare.example/feed", "", 11),
        ("https://last.example/", "Last", 14),
    ];
    assert_eq!(feeds, expected);
    assert_eq!(read.feeds[0].folders, ["World", "Europe & co"]);
    assert_eq!(read.feeds[1].folders, ["World"]);
    let expected = [
        (8, "an outline without xmlUrl"),
        (9, "only http and https feeds can be polled"),
        (13, "the same address stands in line 7"),
    ];
    assert_eq!(lines(&read), expected);
}

#[test]
fn a_file_that_breaks_off_gives_what_came_before() {
    let cut = &SUBSCRIPTIONS[..SUBSCRIPTIONS.find("ftp").unwrap()];
    let read = read_opml(cut);
    assert_eq!(read.feeds.len(), 1);
    let expected = [
        (8, "an outline without xmlUrl"),
        (9, "the file breaks off here; what follows was not read"),
        (5, "this folder is never closed; the file may be cut off"),
    ];
    assert_eq!(lines(&read), expected);
}

#[test]
fn a_list_takes_addresses_with_titles_and_comments() {
    let read = read_any(b"\xef\xbb\xbf# mine\nhttps://a.example/rss\tA paper\n\nb.example\nhttps://c.example/\r\n");
    let feeds: Vec<_> = read.feeds.iter().map(|feed| (feed.url.as_str(), feed.title.as_str(), feed.line)).collect();
    assert_eq!(feeds, [("https://a.example/rss", "A paper", 2), ("https://c.example/", "", 5)]);
    assert_eq!(lines(&read), [(4, "no scheme; write it with http:// or https://")]);
}

#[test]
fn what_is_neither_says_so() {
    assert_eq!(lines(&read_any(b"<html><p>hi</p></html>")), [(1, "no outline in the whole file; is it OPML?")]);
}

#[test]
fn deep_nesting_is_bounded() {
    let deep = format!("{}<outline xmlUrl='http://a.example/'/>", "<outline text='x'>".repeat(10_000));
    assert_eq!(read_opml(&deep).feeds[0].folders.len(), MAX_FOLDERS);
}

proptest! {
    #[test]
    fn what_is_written_reads_back(
        list in prop::collection::vec(("[a-z]{1,8}", "[^\\p{C}\\s]{0,8}", prop::collection::vec("[^\\p{C}\\s]{1,6}", 0..3)), 0..8)
    ) {
        let mut feeds: Vec<OpmlFeed> = Vec::new();
        for (host, title, folders) in list {
            let url = Url::parse(&format!("https://{host}.example/?a=1&b=2")).unwrap();
            if feeds.iter().all(|feed| feed.url != url) {
                feeds.push(OpmlFeed { url, title, folders, line: 0 });
            }
        }
        let read = read_opml(&write_opml(&feeds));
        let mut back: Vec<_> = read.feeds.into_iter().map(|feed| OpmlFeed { line: 0, ..feed }).collect();
        for list in [&mut feeds, &mut back] {
            list.sort_by(|one, other| one.url.cmp(&other.url));
        }
        prop_assert_eq!(back, feeds);
    }

    #[test]
    fn nothing_makes_reading_panic(bytes in prop::collection::vec(any::<u8>(), 0..300), cut in 0..900_usize) {
        let _ = read_any(&bytes);
        let _ = read_any(&SUBSCRIPTIONS.as_bytes()[..cut.min(SUBSCRIPTIONS.len())]);
    }
}
