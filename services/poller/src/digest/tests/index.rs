//! Indexes of sitemaps.

use super::*;

/// An index of a sitemap that changed then.
fn index(changed: &str) -> Fetched {
    let body = format!(
        "<sitemapindex xmlns=\"http://www.sitemaps.org/schemas/sitemap/0.9\"><sitemap>\
         <loc>http://harbourpost.example/news-1.xml</loc><lastmod>{changed}</lastmod></sitemap></sitemapindex>"
    );
    answer(200, &VALIDATORS, body.as_bytes())
}

/// A sitemap of news with these titles.
fn sitemap(titles: &[&str]) -> Fetched {
    let url = |title: &&str| {
        format!(
            "<url><loc>http://harbourpost.example/{title}</loc><news:news><news:title>{title}</news:title>\
             <news:publication_date>2027-01-15T07:59:00Z</news:publication_date></news:news></url>"
        )
    };
    let urls: String = titles.iter().map(url).collect();
    let body = format!(
        "<urlset xmlns=\"http://www.sitemaps.org/schemas/sitemap/0.9\" \
         xmlns:news=\"http://www.google.com/schemas/sitemap-news/0.9\">{urls}</urlset>"
    );
    answer(200, &[], body.as_bytes())
}

const FRESH: &str = "2027-01-15T07:59:00Z";

/// A poll of an index whose sitemaps were read with these titles, or could not be.
fn poll(job: &Job, sitemaps: &[Option<&[&str]>]) -> Digest {
    let fetched = index(FRESH);
    let Digested::Index(reading) = digest(job, &fetched, &rules(), chance()) else { panic!("no index") };
    let page = |titles: Option<&[&str]>| read_page(job, &sitemap(titles?), chance());
    let pages = sitemaps.iter().copied().map(page).collect();
    conclude(job, &fetched, &rules(), chance(), reading.with_sitemaps(job, pages))
}

#[test]
fn items_of_the_listed_sitemaps_are_those_of_the_feed_each_once() {
    let digested = poll(&first_job(Backlog::Emit), &[Some(&["Two", "One"]), None, Some(&["One", "Zero"])]);

    let mut found = titles(&digested);
    found.sort();
    assert_eq!(found, ["One", "Two", "Zero"].map(|title| (title.to_owned(), 1, false)));
    let told = fetch(&digested);
    assert_eq!((told.outcome(), told.sitemaps, told.items), (Outcome::NewItems, 2, 3));
    assert_eq!(told.format, "sitemap");
}

#[test]
fn no_validator_and_no_hash_of_an_index_is_kept_for_its_items_stand_elsewhere() {
    let digested = poll(&first_job(Backlog::Emit), &[Some(&["One"])]);
    let next = schedule(&digested);
    assert_eq!((&next.etag[..], &next.last_modified[..], next.body_hash), (&b""[..], &b""[..], None));
}

#[test]
fn what_is_not_read_at_a_poll_is_not_taken_for_gone() {
    let first = first_job(Backlog::Emit);
    let mut job = next_job(&first, poll(&first, &[Some(&["Two", "One"])]));
    for _ in 0..6 {
        let digested = poll(&job, &[Some(&["Three"])]);
        assert_eq!(fetch(&digested).withdrawn, 0);
        assert_eq!(fetch(&digested).gap, None);
        job = next_job(&job, digested);
    }
    assert!(events(&poll(&job, &[Some(&["Two", "One"])])).is_empty(), "they are known");
}

#[test]
fn an_index_none_of_whose_sitemaps_can_be_read_has_failed() {
    let first = first_job(Backlog::Emit);
    let job = next_job(&first, poll(&first, &[Some(&["One"])]));

    let digested = poll(&job, &[None, None]);
    assert_eq!((fetch(&digested).outcome(), schedule(&digested).failures), (Outcome::Unreadable, 1));
    assert!(fetch(&digested).detail.contains("none of the 2 sitemaps"));

    let stopped = poll(&job, &[]);
    assert_eq!((fetch(&stopped).outcome(), schedule(&stopped).failures), (Outcome::NothingNew, 0));
}

#[test]
fn sitemaps_that_changed_long_before_the_last_poll_are_left_out() {
    let asked = |job: &Job, changed| read(job, &index(changed), chance()).sitemaps().len();
    let known = read_once();
    assert_eq!(asked(&known, "2027-01-13"), 0);
    assert_eq!(asked(&known, "2027-01-14"), 1, "a day may mean any hour of it");
    assert_eq!(asked(&first_job(Backlog::Emit), "2027-01-13"), 1);
}

#[test]
fn an_index_is_left_as_it_is_where_none_of_its_sitemaps_may_be_read() {
    let mut rules = rules();
    rules.poll.index_sitemaps = 0;
    let digested = digest(&first_job(Backlog::Emit), &index(FRESH), &rules, chance());
    let Digested::Whole(digested) = digested else { panic!("it is read") };
    assert_eq!((fetch(&digested).outcome(), fetch(&digested).sitemaps), (Outcome::NothingNew, 0));
}
