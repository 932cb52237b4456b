use proptest::prelude::*;

use super::*;

fn canonical(text: &str) -> String {
    canonical_url(&Url::parse(text).unwrap()).into()
}

fn key(text: &str) -> StoryKey {
    StoryKey::of(&Url::parse(text).unwrap())
}

#[test]
fn an_address_loses_what_says_nothing_of_the_story() {
    let cases = [
        ("HTTPS://Paper.Example:443/a", "https://paper.example/a"),
        ("http://paper.example:80/a", "http://paper.example/a"),
        ("http://paper.example:8080/a", "http://paper.example:8080/a"),
        ("https://jane:secret@paper.example./a", "https://paper.example/a"),
        ("https://paper.example/a/./b/../c//d", "https://paper.example/a/c/d"),
        ("https://paper.example/%7ejane/caf%c3%a9", "https://paper.example/~jane/caf%C3%A9"),
        ("https://paper.example/a;jsessionid=0A1B2C.node1?id=5", "https://paper.example/a?id=5"),
        ("https://paper.example/a?utm_source=rss&id=5&utm_medium=feed", "https://paper.example/a?id=5"),
        ("https://paper.example/a?id=5&&fbclid=x&", "https://paper.example/a?id=5"),
        ("https://paper.example/a?ref=rss", "https://paper.example/a"),
        ("https://paper.example/a?ref=1234", "https://paper.example/a?ref=1234"),
        ("https://paper.example/a?CMP=twt_gu", "https://paper.example/a"),
        ("https://paper.example/a?PHPSESSID=1f2e3d4c5b6a79880a1b2c3d", "https://paper.example/a"),
        ("https://paper.example/a?", "https://paper.example/a"),
        ("https://paper.example/a#xtor=RSS-16", "https://paper.example/a"),
        ("https://paper.example/a#part", "https://paper.example/a"),
        ("https://paper.example/#!/story/5", "https://paper.example/#!/story/5"),
        ("https://paper.example/#/story/5", "https://paper.example/#/story/5"),
        ("https://paper.example/b?z=1&a=2", "https://paper.example/b?z=1&a=2"),
        ("https://archive.example/web/https://paper.example/a", "https://archive.example/web/https://paper.example/a"),
    ];
    for (given, wanted) in cases {
        assert_eq!(canonical(given), wanted, "{given}");
    }
}

#[test]
fn amp_forms_lead_to_the_page() {
    let cases = [
        ("https://paper-example.cdn.ampproject.org/c/s/paper.example/a?id=5", "https://paper.example/a?id=5"),
        ("https://www.google.com/amp/s/www.paper.example/a/amp/", "https://www.paper.example/a/"),
        ("https://www.google.co.uk/amp/paper.example/a", "http://paper.example/a"),
        ("https://amp.paper.example/a", "https://paper.example/a"),
        ("https://paper.example/amp/a", "https://paper.example/a"),
        ("https://paper.example/a/amp", "https://paper.example/a"),
        ("https://paper.example/a/amp?utm_source=x", "https://paper.example/a"),
        ("https://paper.example/a.amp.html", "https://paper.example/a.html"),
        ("https://paper.example/a.amp", "https://paper.example/a"),
        ("https://paper.example/a?amp", "https://paper.example/a"),
        ("https://paper.example/a?amp=1&id=5", "https://paper.example/a?id=5"),
        ("https://paper.example/a?outputType=amp", "https://paper.example/a"),
        ("https://www.google.com/amp/s/amp.paper.example/amp/a.amp/amp?amp=1&utm_source=x", "https://paper.example/a"),
    ];
    for (given, wanted) in cases {
        assert_eq!(canonical(given), wanted, "{given}");
    }
}

#[test]
fn what_only_looks_like_amp_stays() {
    for text in [
        "https://amp.dev/a",
        "https://paper.example/amp",
        "https://paper.example/lamp/a",
        "https://paper.example/a?amp=12",
    ] {
        assert_eq!(canonical(text), text);
    }
}

#[test]
fn keys_bring_the_addresses_of_a_story_together() {
    let story = key("https://paper.example/2026/a?id=5&page=2");
    for variant in [
        "http://paper.example/2026/a?id=5&page=2",
        "https://www.paper.example/2026/a?id=5&page=2",
        "https://paper.example/2026/a/?page=2&id=5",
        "https://PAPER.example:443/2026//a/amp/?page=2&id=5&utm_source=rss#comments",
    ] {
        assert_eq!(key(variant), story, "{variant}");
    }
}

#[test]
fn keys_keep_stories_apart() {
    let keys = [
        "https://paper.example/a",
        "https://paper.example/A",
        "https://paper.example/a?id=5",
        "https://paper.example/a?id=6",
        "https://paper.example/a?ref=1234",
        "https://paper.example/a?x=1&x=2",
        "https://paper.example/a?x=2&x=1",
        "https://paper.example/a#v1.2",
        "https://paper.example/a#v1.3",
        "https://sport.paper.example/a",
        "https://paper.example:8443/a",
        "https://paper.example/a;5",
    ]
    .map(key);
    let distinct: std::collections::HashSet<_> = keys.iter().collect();
    assert_eq!(distinct.len(), keys.len());
}

#[test]
fn endless_addresses_are_left_alone() {
    let long = format!("https://paper.example/{}?utm_source=rss", "a".repeat(LONGEST_BYTES));
    assert_eq!(canonical(&long), long);
}

#[test]
fn addresses_in_which_one_form_holds_the_next_are_left_alone() {
    for text in [
        format!("https://paper.example{}/a", "/amp".repeat(MOST_ROUNDS + 1)),
        format!("https://{}paper.example/a", "amp.".repeat(MOST_ROUNDS + 1)),
        format!("https://{}paper.example/a", "www.google.com/amp/s/".repeat(MOST_ROUNDS + 1)),
    ] {
        assert_eq!(canonical(&text), text);
    }
}

fn pieces() -> impl Strategy<Value = String> {
    let piece = prop::sample::select(vec![
        "a",
        "amp",
        "/",
        "//",
        ".amp",
        ".html",
        "%41",
        "%2f",
        "%",
        "%zz",
        "?",
        "&",
        "=",
        "utm_source=x",
        "amp=1",
        "id=5",
        "sid=a1b2c3d4e5f6a7b8",
        ";jsessionid=1",
        ";",
        "#",
        "!",
        "www.google.com",
        "amp/s/b.example/",
        ":",
        "..",
        ".",
        "é",
        "outputType=amp",
        "ref=rss",
        "@",
        "cdn.ampproject.org/c/s/",
    ]);
    let host = prop::sample::select(vec![
        "paper.example",
        "amp.amp.paper.example.",
        "www.google.com",
        "x.cdn.ampproject.org",
        "[::1]",
        "127.0.0.1:80",
    ]);
    (host, prop::collection::vec(piece, 0..14)).prop_map(|(host, pieces)| format!("http://{host}/{}", pieces.concat()))
}

proptest! {
    #[test]
    fn the_canonical_form_is_its_own(text in pieces()) {
        if let Ok(url) = Url::parse(&text) {
            let once = canonical_url(&url);
            prop_assert_eq!(canonical_url(&once), once.clone());
            prop_assert_eq!(Url::parse(once.as_str()), Ok(once));
        }
    }

    #[test]
    fn an_address_and_its_canonical_form_share_a_key(text in pieces()) {
        if let Ok(mut url) = Url::parse(&text) {
            url.set_fragment(None);
            prop_assert_eq!(StoryKey::of(&canonical_url(&url)), StoryKey::of(&url));
        }
    }
}
