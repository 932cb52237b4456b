//! Feeds added by the address of their site, and lists of feeds in and out.

use e2e::{kafka::Kafka, web::Web, world::World};
use newsroom::{Options, Publication};

use crate::pages::{Entry, rss};

const LIST: &str = r#"<opml version="2.0"><body>
<outline text="World"><outline text="North &amp; South"><outline type="rss" text="Harbour Post" xmlUrl="http://harbourpost.example/rss?a=1&amp;b=2"/></outline>
<outline type="rss" text="Almina" xmlUrl="http://almina.example/rss"/></outline>
<outline type="rss" text="At the top" xmlUrl="http://top.example/rss"/>
</body></opml>"#;

fn feed(url: &str) -> Publication {
    rss(url, &[Entry { guid: url, title: "A story", content: "<p>Told.</p>" }])
}

fn page(url: &str, head: &str, body: &str) -> Publication {
    let html = format!("<!doctype html><html><head><title>A paper</title>{head}</head><body>{body}</body></html>");
    Publication::new(url, "text/html; charset=utf-8", html)
}

#[test]
fn feeds_of_a_site_are_found_and_chosen_among() {
    let announced = "<link rel=alternate type='application/rss+xml' href='/all.xml'>\
                     <link rel=alternate type='application/rss+xml' href='/comments.xml'>\
                     <link rel=alternate type='application/rss+xml' href='/lost.xml'>";
    let extra = vec![
        page("http://many.example/", announced, ""),
        feed("http://many.example/all.xml"),
        feed("http://many.example/comments.xml"),
        page("http://linking.example/news", "", "<a href='/news/rss'>Follow us</a>"),
        feed("http://linking.example/news/rss"),
        page("http://plain.example/", "", "Nothing here."),
        feed("http://plain.example/feed"),
        page("http://bare.example/", "", "Nothing anywhere."),
    ];
    let web = Web::serve(Options { bundled: false, extra, ..Options::default() }).unwrap();
    let world = World::new("discovery", Kafka::shared().unwrap(), &web).unwrap();
    let added = |url: &str| world.command(&["feeds", "add", url], "").unwrap();
    let catalogue = || world.catalogue().unwrap().into_values().collect::<Vec<_>>();

    let choice = added("http://many.example/");
    assert_eq!(choice.code, Some(1), "{}", choice.stderr);
    for words in ["http://many.example/all.xml  Written for a test (1 items", "http://many.example/comments.xml"] {
        assert!(choice.stdout.contains(words), "{words} is not in\n{}", choice.stdout);
    }
    assert!(
        !choice.stdout.contains("lost.xml") && choice.stderr.contains("--all"),
        "{}{}",
        choice.stdout,
        choice.stderr
    );
    assert!(catalogue().is_empty());

    assert_eq!(added("http://many.example/all.xml").code, Some(0), "a feed itself");
    assert_eq!(added("http://linking.example/news").code, Some(0));
    assert_eq!(added("http://plain.example/").code, Some(0));
    let expected = ["http://many.example/all.xml", "http://linking.example/news/rss", "http://plain.example/feed"];
    let mut found = catalogue();
    found.sort();
    let mut wanted = expected.map(str::to_owned);
    wanted.sort();
    assert_eq!(found, wanted);
    assert!(world.told(&["feeds", "list"], "").unwrap().contains("Written for a test"), "it names itself");
    assert!(world.told(&["feeds", "add", "--all", "http://many.example/"], "").unwrap().contains("comments.xml"));

    let none = added("http://bare.example/");
    assert_eq!(none.code, Some(1));
    assert!(none.stderr.contains("--as-is"), "{}", none.stderr);
    let denied = added("http://169.254.169.254/latest/");
    assert_eq!(denied.code, Some(1));
    assert!(denied.stderr.contains("not public"), "{}", denied.stderr);
    world.told(&["feeds", "add", "--as-is", "http://bare.example/"], "").unwrap();
    assert_eq!(catalogue().len(), 5);
}

#[test]
fn a_list_keeps_its_folders_and_titles_on_the_way_in_and_out() {
    let kafka = Kafka::shared().unwrap();
    let web = Web::serve(Options { bundled: false, ..Options::default() }).unwrap();
    let (one, other) = (World::new("opml", kafka, &web).unwrap(), World::new("opml", kafka, &web).unwrap());
    one.import(LIST).unwrap();
    let exported = one.told(&["feeds", "export"], "").unwrap();
    other.import(&exported).unwrap();

    for world in [&one, &other] {
        let listed = world.told(&["feeds", "list", "--json"], "").unwrap();
        let mut placed: Vec<_> = listed.lines().map(placed).collect();
        placed.sort();
        let expected = [
            (r#"["World","North & South"]"#, "Harbour Post", "http://harbourpost.example/rss?a=1&b=2"),
            (r#"["World"]"#, "Almina", "http://almina.example/rss"),
            ("[]", "At the top", "http://top.example/rss"),
        ];
        assert_eq!(placed, expected.map(|(folders, title, url)| (folders.into(), title.into(), url.into())));
    }
    assert_eq!(other.told(&["feeds", "export"], "").unwrap(), exported);
}

fn placed(line: &str) -> (String, String, String) {
    let feed: serde_json::Value = serde_json::from_str(line).unwrap();
    let text = |key: &str| feed[key].as_str().unwrap().to_owned();
    (feed["folders"].to_string(), text("title"), text("url"))
}
