//! Bodies that share nothing with what was known.

use super::*;

/// An RSS feed of these items, dated a minute ago, the newest first.
fn fresh(guids: &[&str]) -> Vec<u8> {
    let item = |guid: &&str| {
        format!(
            "<item><guid isPermaLink=\"false\">{guid}</guid><title>{guid}</title>\
             <pubDate>Fri, 15 Jan 2027 07:59:50 GMT</pubDate></item>"
        )
    };
    let items: String = guids.iter().map(item).collect();
    format!("<rss version=\"2.0\"><channel>{items}</channel></rss>").into_bytes()
}

#[test]
fn a_body_without_a_known_item_tells_of_a_gap_and_speeds_the_feed_up() {
    let before = read_once();
    let digested = run(&before, &answer(200, &[], &fresh(&["9"])));

    let told = fetch(&digested).gap.unwrap();
    assert_eq!((told.came_at_least, told.missed_at_least), (2, 1));
    assert!(told.missed_expected >= 1.0 && !told.closed);
    assert_eq!(told.since.unwrap().seconds, at(-30).timestamp());
    let tally = digested.polled.tally.gap.unwrap();
    assert!(!tally.closed && (tally.missed - told.missed_expected).abs() < 1e-9);
    assert!(fetch(&digested).next_due_because.contains("let go of items unseen"));
    assert!(schedule(&digested).interval <= before.schedule.interval / 2);
}

#[test]
fn deltas_and_bodies_with_a_known_item_tell_of_none() {
    let delta = answer(226, &[("im", b"feed")], &fresh(&["9"]));
    assert_eq!(fetch(&run(&read_once(), &delta)).gap, None);
    assert!(fetch(&run(&read_once(), &delta)).delta);
    assert_eq!(fetch(&run(&read_once(), &answer(200, &[], &fresh(&["9", "1"])))).gap, None);
    assert_eq!(fetch(&run(&first_job(Backlog::Emit), &answer(200, &[], &fresh(&["9"])))).gap, None);
}

#[test]
fn items_of_older_pages_come_first_and_are_marked_and_known_from_then_on() {
    let job = read_once();
    let body = answer(200, &[], &fresh(&["9"]));
    let mut reading = read(&job, &body, chance());
    let page = answer(200, &[], &fresh(&["9", "8", "7", "1"]));
    let next = reading.take_in(&job, read_page(&job, &page, chance()).unwrap());
    assert_eq!(next, None, "it reaches back to what was known");
    let digested = conclude(&job, &body, &rules(), chance(), reading);

    let told: Vec<_> = events(&digested)
        .into_iter()
        .map(|event| (event.item.unwrap().title, event.revision, event.backfilled))
        .collect();
    assert_eq!(told, [("7".into(), 1, true), ("8".into(), 1, true), ("9".into(), 1, false)]);
    let gap = fetch(&digested).gap.unwrap();
    assert_eq!((gap.pages, gap.backfilled, gap.closed), (1, 2, true));
    assert!(digested.polled.tally.gap.unwrap().missed.abs() < 1e-9);

    let again = run(&next_job(&job, digested), &answer(200, &[], &fresh(&["9", "8", "7"])));
    assert!(events(&again).is_empty(), "what was backfilled is not published again");
}

#[test]
fn pages_that_cannot_be_read_fill_nothing() {
    let job = read_once();
    for page in [answer(404, &[], b""), answer(200, &[], b"<html>no feed</html>"), answer(500, &[], &fresh(&["8"]))] {
        assert!(read_page(&job, &page, chance()).is_none());
    }
}
