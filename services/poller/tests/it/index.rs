//! Feeds that are indexes of sitemaps.

use event_log::Topic;
use news_model::wire::{ItemEvent, Outcome};
use newsroom::Publication;
use prost::Message;

use crate::world::{World, added, feed};

const INDEX: &str = "http://alpha.example/news.xml";

fn put_up(world: &World, url: &str, body: String) {
    world.newsroom.publish(Publication::new(url, "application/xml", body)).unwrap();
}

/// Puts an index of these sitemaps up, with the time at which each changed.
fn index(world: &World, sitemaps: &[(&str, &str)]) {
    let line =
        |(url, changed): &(&str, &str)| format!("<sitemap><loc>{url}</loc><lastmod>{changed}</lastmod></sitemap>");
    let lines: String = sitemaps.iter().map(line).collect();
    let body = format!("<sitemapindex xmlns=\"http://www.sitemaps.org/schemas/sitemap/0.9\">{lines}</sitemapindex>");
    put_up(world, INDEX, body);
}

fn sitemap(world: &World, url: &str, title: &str) {
    let body = format!(
        "<urlset xmlns=\"http://www.sitemaps.org/schemas/sitemap/0.9\" \
         xmlns:news=\"http://www.google.com/schemas/sitemap-news/0.9\"><url><loc>http://alpha.example/{title}</loc>\
         <news:news><news:title>{title}</news:title></news:news></url></urlset>"
    );
    put_up(world, url, body);
}

#[tokio::test(flavor = "multi_thread")]
async fn an_index_yields_the_items_of_its_newest_sitemaps_and_asks_no_other_site() {
    let world = World::blank().await;
    let own = ["http://alpha.example/1.xml", "http://alpha.example/2.xml", "http://alpha.example/3.xml"];
    let elsewhere = "http://beta.example/4.xml";
    for (url, title) in own.iter().chain([&elsewhere]).zip(["one", "two", "three", "four"]) {
        sitemap(&world, url, title);
    }
    index(&world, &[(own[0], "2026-01-01"), (own[1], "2026-01-02"), (own[2], "2026-01-03"), (elsewhere, "2026-01-04")]);
    world.publish(&[added(&feed(INDEX))]);
    let poller = world.poller(&["poller.poll.index_sitemaps=2"]);

    let told = world.fetch_of(&feed(INDEX), |_| true).await;

    assert_eq!((told.outcome(), told.sitemaps, told.published), (Outcome::NewItems, 2, 2));
    // The records of a batch appear in one topic before the other; after a stop all are there.
    poller.stopped().await;
    let title =
        |record: &event_log::InRecord| ItemEvent::decode(record.value.clone().unwrap()).unwrap().item.unwrap().title;
    let mut titles: Vec<_> = world.all(Topic::Items).iter().map(title).collect();
    titles.sort();
    assert_eq!(titles, ["three", "two"]);
    let asked: Vec<_> = world.newsroom.log().into_iter().map(|served| served.url).collect();
    assert_eq!(asked, [INDEX, own[2], own[1]]);
}
