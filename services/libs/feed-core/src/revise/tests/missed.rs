use chrono::{DateTime, Utc};

use super::*;

/// The time of a story of this number.
fn at(number: u32) -> DateTime<Utc> {
    DateTime::from_timestamp(i64::from(number) * 600, 0).unwrap()
}

/// Stories 1 to 5 stand; then 20 to 22 do.
fn gap() -> (Seen, Comparison) {
    let before = first(numbered((1..=5).rev()));
    let news = poll(&before, numbered((20..=22).rev()));
    assert_eq!((news.known_in_window, news.new_in_window), (0, 3));
    (before, news)
}

fn marked(items: Vec<Item>) -> Vec<Item> {
    items.into_iter().map(mark).collect()
}

fn undated(numbers: impl IntoIterator<Item = u32>) -> Vec<Item> {
    marked(numbered(numbers).into_iter().map(|item| Item { published_at: None, ..item }).collect())
}

fn titles(items: &[Item]) -> Vec<&str> {
    items.iter().map(|item| item.title.as_str()).collect()
}

#[test]
fn a_page_gives_what_neither_body_held_and_came_in_between() {
    let (before, news) = gap();
    let missed = missed_in(marked(numbered([21, 9, 8, 5, 4])), vec![], &before, &news, at(6));
    assert_eq!(titles(&missed.items), ["Headline 9", "Headline 8"]);
    assert!(missed.reached);
}

#[test]
fn a_page_that_ends_in_the_gap_leaves_it_open() {
    let (before, news) = gap();
    assert!(!missed_in(marked(numbered([19, 18])), vec![], &before, &news, at(6)).reached);
    let far_back = missed_in(marked(numbered([19, 0])), vec![], &before, &news, at(6));
    assert_eq!((titles(&far_back.items), far_back.reached), (vec!["Headline 19"], true), "0 is older than the gap");
}

#[test]
fn items_without_dates_are_taken_above_a_known_one_only() {
    let (before, news) = gap();
    let known = missed_in(undated([9, 8, 5, 0]), vec![], &before, &news, at(6));
    assert_eq!(titles(&known.items), ["Headline 9", "Headline 8"]);
    let unsure = missed_in(undated([9, 8]), vec![], &before, &news, at(6));
    assert!(unsure.items.is_empty(), "they may have been published long ago");
    assert_eq!(titles(&unsure.undecided), ["Headline 9", "Headline 8"]);
}

#[test]
fn a_page_further_back_decides_on_items_without_dates() {
    let (before, news) = gap();
    let after = |page| {
        let unsure = missed_in(undated([12, 11]), vec![], &before, &news, at(6));
        missed_in(page, unsure.undecided, &before, &news, at(6))
    };
    let met = after(undated([11, 9, 5]));
    let mut taken = news.clone();
    add_missed(&mut taken, met.items, &LIMITS);
    let told: Vec<_> = told(&taken).into_iter().map(|(_, title, _)| title).take(taken.backfilled).collect();
    assert_eq!(told, ["Headline 9", "Headline 11", "Headline 12"]);
    let apart = after(undated([10]));
    assert_eq!((titles(&apart.undecided), apart.items.len()), (vec!["Headline 12", "Headline 11", "Headline 10"], 0));
    let older = after(marked(numbered([0])));
    assert!(older.reached && older.items.is_empty(), "what is older than the gap says nothing of items without dates");
}

#[test]
fn what_was_missed_is_published_first_and_not_again() {
    let (before, mut news) = gap();
    for page in [vec![10, 9], vec![9, 8, 5]] {
        let missed = missed_in(marked(numbered(page)), vec![], &before, &news, at(6));
        add_missed(&mut news, missed.items, &LIMITS);
    }
    let told: Vec<_> = told(&news).into_iter().map(|(_, title, revision)| (title, revision)).collect();
    let expected = [8, 9, 10, 20, 21, 22].map(|number| (format!("Headline {number}"), 1));
    assert_eq!(told, expected);
    assert_eq!(news.backfilled, 3);

    let next = poll(&news.seen, numbered([23, 22, 21, 20, 10, 9, 8]));
    assert_eq!(next.events.len(), 1, "{:?}", next.events);
}
