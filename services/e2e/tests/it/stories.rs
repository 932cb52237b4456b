//! What becomes of single stories: a long one, a huge one, hostile ones.

use std::collections::BTreeMap;

use e2e::{
    kafka::Kafka,
    topics::Isolation,
    wait::{self, GRACE, PATIENCE},
    web::Web,
    world::World,
};
use news_model::wire::{ItemField, TaggedItem};
use newsroom::{Options, Publication};

use crate::pages::{Entry, rss};

/// Cap of `Item.content` by the wire contract.
const CONTENT_CAP: usize = 262_144;

const ARTICLE: [&str; 6] = [
    "NAIROBI - Ministers from Kenya and Canada opened a conference on mountain railways on Tuesday, with engineers of eleven states in the \
     hall and a model of the Mombasa line on the stage.",
    "The delegation from Ottawa brought an offer: signal boxes that were built for the Rockies, to be taken apart, shipped and put up again \
     along the escarpment. Kenya's transport ministry called the offer generous and asked for the drawings first.",
    "Japan reported from Tokyo on brakes that give back power to the line. France sent two deputy ministers from Paris, who spoke about \
     night trains, and about the price of steel, at some length.",
    "Germany and Brazil shared a desk. The Germans had come from Berlin by rail and boat, which took nine days and filled a diary; the \
     visitors from Brasília had flown, and said so with a smile.",
    "In the evening the hosts showed a film on the building of the line a century ago. Nobody had spoken of the workers who died on it until \
     a student in the last row did. The hall rose and was silent for a minute.",
    "A second conference is to be held in two years. The place is open, and the railway to it, one delegate said, is not yet built.",
];

/// The states and capitals that the article names.
const NAMED: [(&str, &str); 12] = [
    ("Kenya", "Q114"),
    ("Nairobi", "Q3870"),
    ("Canada", "Q16"),
    ("Ottawa", "Q1930"),
    ("Japan", "Q17"),
    ("Tokyo", "Q1490"),
    ("France", "Q142"),
    ("Paris", "Q90"),
    ("Germany", "Q183"),
    ("Berlin", "Q64"),
    ("Brazil", "Q155"),
    ("Brasília", "Q2844"),
];

#[test]
fn a_long_article_comes_out_whole_with_its_states_and_capitals() {
    let markup: String = ARTICLE.map(|text| format!("<p>{text}</p>")).concat();
    let article =
        Entry { guid: "railways", title: "Mountain railways bring eleven states to Nairobi", content: &markup };
    let tagged = tag("article", vec![rss("http://written.example/article.xml", &[article])], 1);

    let railways = &tagged["railways"];
    let item = railways.event.clone().unwrap().item.unwrap();
    for paragraph in ARTICLE {
        assert!(item.content.contains(paragraph), "{paragraph:?} is not in {:?}", item.content);
    }
    assert!(item.truncated.is_empty());
    for (name, qid) in NAMED {
        let entity = railways.entities.iter().find(|entity| entity.qid == qid);
        let entity = entity.unwrap_or_else(|| panic!("{name} is not tagged: {:?}", railways.entities));
        assert_eq!((entity.r#type.as_str(), entity.name.as_str()), ("GPE", name));
        let first = &entity.mentions[0];
        let text = match first.field() {
            ItemField::Title => &item.title,
            _ => &item.content,
        };
        let range = usize::try_from(first.start).unwrap()..usize::try_from(first.end).unwrap();
        let place = text.get(range).unwrap();
        assert!(place.starts_with(name.get(..4).unwrap()), "{name} at {place:?}");
    }
}

#[test]
fn huge_and_hostile_stories_are_cut_or_read_and_stop_no_others() {
    let huge = format!("<p>{}</p>", "A word on Paris, é. ".repeat(60_000));
    let deep = format!("{}deep{}", "<div><b>".repeat(50_000), "</b></div>".repeat(50_000));
    let entries = [
        ("before", "Talks open in Tokyo", "<p>Talks open.</p>"),
        ("huge", "A very long story", huge.as_str()),
        ("deep", "A very deep story", deep.as_str()),
        (
            "odd",
            "Signs &#x202e;of&#x0; trouble &amp;&lt;script&gt;",
            "<script>alert('x')</script><p>\u{feff}Text\u{7}</p>",
        ),
        ("after", "Talks close in Ottawa", "<p>Talks close.</p>"),
    ];
    let entries = entries.map(|(guid, title, content)| Entry { guid, title, content });
    // Each entity is ten of the one before, the last ten to the power of 25.
    let tenfold = |(name, of): (char, char)| format!("<!ENTITY {name} \"{}\">", format!("&{of};").repeat(10));
    let entities: Vec<_> = ('b'..='z').zip('a'..).map(tenfold).collect();
    let bomb = format!(
        "<!DOCTYPE rss [<!ENTITY a \"aaaaaaaaaa\">{}]><rss version=\"2.0\"><channel><item><guid>bomb</guid><title>&z;</title>\
         </item></channel></rss>",
        entities.concat()
    );
    let pages = vec![
        rss("http://hostile.example/feed.xml", &entries),
        Publication::new("http://bomb.example/feed.xml", "text/xml", bomb),
        Publication::new("http://noise.example/feed.xml", "application/rss+xml", vec![0xff; 300_000]),
        rss(
            "http://innocent.example/feed.xml",
            &[Entry { guid: "calm", title: "A calm day in Berlin", content: "<p>Calm.</p>" }],
        ),
    ];
    let tagged = tag("hostile", pages, entries.len() + 1);

    for guid in ["before", "after", "deep", "odd", "calm"] {
        assert!(tagged.contains_key(guid), "{guid} is missing");
    }
    let item = tagged["huge"].event.clone().unwrap().item.unwrap();
    assert!(item.content.len() <= CONTENT_CAP && item.content.len() > CONTENT_CAP - 8);
    assert!(item.truncated.contains(&i32::from(ItemField::Content)));
    assert!(item.content.starts_with("A word on Paris, é."));
    let odd = tagged["odd"].event.clone().unwrap().item.unwrap();
    assert!(!odd.content.contains("alert"), "{:?}", odd.content);
    assert!(!odd.title.contains('\0'));
}

/// Polls and tags these pages; gives at least `count` tagged items by guid.
fn tag(name: &str, pages: Vec<Publication>, count: usize) -> BTreeMap<String, TaggedItem> {
    let web = Web::serve(Options { bundled: false, extra: pages, ..Options::default() }).unwrap();
    let world = World::new(name, Kafka::shared().unwrap(), &web).unwrap();
    world.import(&web.feed_list()).unwrap();
    let poller = world.start("poller", &[]).unwrap();
    let enricher = world.start("enricher", &[]).unwrap();
    let records = wait::until("the stories are tagged", PATIENCE, || {
        let records = world.read("tagged.v1", Isolation::Committed)?;
        Ok((records.len() >= count).then_some(records))
    })
    .unwrap();
    poller.terminate(GRACE).unwrap();
    enricher.terminate(GRACE).unwrap();
    assert!(world.read("dead-letters.v1", Isolation::Committed).unwrap().is_empty());
    let by_guid = |record: &e2e::topics::Record| {
        let tagged = record.tagged_item().unwrap();
        (tagged.event.as_ref().unwrap().item.as_ref().unwrap().guid.clone(), tagged)
    };
    records.iter().map(by_guid).collect()
}
