//! Keeps texts within their caps and records under the broker's limit.

use prost::Message;

use crate::wire::{Item, ItemEvent, ItemField, TaggedItem};

/// Whether a cap cut anything.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[must_use]
pub enum Capped {
    /// Nothing was cut.
    Whole,
    /// Something was cut.
    Cut,
}

/// Cuts `text` to at most `cap` bytes, at a character boundary.
pub fn cap_text(text: &mut String, cap: usize) -> Capped {
    if text.len() <= cap {
        return Capped::Whole;
    }
    text.truncate(text.floor_char_boundary(cap));
    Capped::Cut
}

/// Trims `event` until its encoded form is at most `limit` bytes: HTML first, which says no more than the text beside it, then media,
/// categories, content, summary, authors, title.
///
/// Ids and hashes stay whole, so a limit under about 8 kB may not be met; the caps of [`crate::Item`] keep every event under 700 kB before.
pub fn fit_event(event: &mut ItemEvent, limit: usize) -> Capped {
    let mut capped = Capped::Whole;
    for field in [
        ItemField::ContentHtml,
        ItemField::SummaryHtml,
        ItemField::Media,
        ItemField::Categories,
        ItemField::Content,
        ItemField::Summary,
        ItemField::Authors,
        ItemField::Title,
    ] {
        let excess = event.encoded_len().saturating_sub(limit);
        if excess == 0 {
            break;
        }
        if let Some(item) = &mut event.item
            && holds(item, field)
        {
            shorten(item, field, excess);
            if !item.truncated.contains(&i32::from(field)) {
                item.truncated.push(i32::from(field));
            }
            capped = Capped::Cut;
        }
    }
    capped
}

/// Trims `tagged` until its encoded form is at most `limit` bytes: mentions beyond the first of the least salient entities first, then those
/// entities themselves, then the event as [`fit_event`] does, where mentions that point beyond the cut text are dropped with it.
pub fn fit_tagged(tagged: &mut TaggedItem, limit: usize) -> Capped {
    if tagged.encoded_len() <= limit {
        return Capped::Whole;
    }
    tagged.truncated = true;
    for entity in tagged.entities.iter_mut().rev() {
        entity.mentions.truncate(1);
    }
    while tagged.encoded_len() > limit && !tagged.entities.is_empty() {
        tagged.entities.truncate(tagged.entities.len() / 2);
    }
    let excess = tagged.encoded_len().saturating_sub(limit);
    if let Some(event) = tagged.event.as_mut().filter(|_| excess > 0) {
        let room = event.encoded_len().saturating_sub(excess);
        // Reached with no entity left, so no mention can point beyond a cut.
        let _ = fit_event(event, room);
    }
    Capped::Cut
}

/// Whether there is anything in `field` to cut.
fn holds(item: &Item, field: ItemField) -> bool {
    match field {
        ItemField::ContentHtml => !item.content_html.is_empty(),
        ItemField::SummaryHtml => !item.summary_html.is_empty(),
        ItemField::Media => !item.media.is_empty(),
        ItemField::Categories => !item.categories.is_empty(),
        ItemField::Authors => !item.authors.is_empty(),
        ItemField::Content => !item.content.is_empty(),
        ItemField::Summary => !item.summary.is_empty(),
        ItemField::Title => !item.title.is_empty(),
        ItemField::Url | ItemField::Guid | ItemField::Unspecified => false,
    }
}

fn shorten(item: &mut Item, field: ItemField, excess: usize) {
    // Length prefixes shrink with the text; a few spare bytes keep the mark in `truncated` inside the limit.
    const SPARE_BYTES: usize = 64;
    let shorter = |text: &mut String| {
        let room = text.len().saturating_sub(excess.saturating_add(SPARE_BYTES));
        let _ = cap_text(text, room);
    };
    match field {
        ItemField::ContentHtml => item.content_html.clear(),
        ItemField::SummaryHtml => item.summary_html.clear(),
        ItemField::Media => item.media.clear(),
        ItemField::Categories => {
            item.categories.clear();
            item.category_details.clear();
        }
        ItemField::Authors => {
            item.authors.clear();
            item.people.clear();
        }
        ItemField::Content => shorter(&mut item.content),
        ItemField::Summary => shorter(&mut item.summary),
        ItemField::Title => shorter(&mut item.title),
        ItemField::Url | ItemField::Guid | ItemField::Unspecified => {}
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::wire::{Entity, Mention};

    fn event(content: &str) -> ItemEvent {
        let item = Item { title: "Title".into(), content: content.into(), ..Item::default() };
        ItemEvent { item: Some(item), ..ItemEvent::default() }
    }

    #[test]
    fn text_is_cut_at_a_character_boundary() {
        let mut text = "aé".to_owned();
        assert_eq!(cap_text(&mut text, 2), Capped::Cut);
        assert_eq!(text, "a");
        assert_eq!(cap_text(&mut text, 1), Capped::Whole);
    }

    #[test]
    fn an_event_over_the_limit_loses_text_and_says_so() {
        let mut long = event(&"ж".repeat(10_000));
        assert_eq!(fit_event(&mut long, 5_000), Capped::Cut);
        assert!(long.encoded_len() <= 5_000, "{}", long.encoded_len());
        let item = long.item.unwrap();
        assert!(item.content.len() > 4_000, "{}", item.content.len());
        assert!(item.truncated.contains(&i32::from(ItemField::Content)));
        assert_eq!(item.title, "Title");
    }

    #[test]
    fn an_event_over_the_limit_loses_html_first_and_says_so() {
        let mut long = event(&"a".repeat(1_000));
        let item = long.item.as_mut().unwrap();
        (item.content_html, item.summary_html) = ("b".repeat(3_000), "c".repeat(1_000));
        assert_eq!(fit_event(&mut long, 2_500), Capped::Cut);
        let item = long.item.unwrap();
        assert_eq!((item.content.len(), item.content_html.len(), item.summary_html.len()), (1_000, 0, 1_000));
        assert_eq!(item.truncated, [i32::from(ItemField::ContentHtml)]);
    }

    #[test]
    fn an_event_within_the_limit_is_untouched() {
        let mut short = event("short");
        let before = short.clone();
        assert_eq!(fit_event(&mut short, 5_000), Capped::Whole);
        assert_eq!(short, before);
    }

    #[test]
    fn a_tagged_item_over_the_limit_gives_up_mentions_before_text() {
        let mentions = vec![Mention { field: 1, start: 1, end: 2, ..Mention::default() }; 64];
        let entity = Entity { id: "Q1".into(), mentions, ..Entity::default() };
        let mut tagged =
            TaggedItem { event: Some(event(&"a".repeat(1_000))), entities: vec![entity; 50], ..TaggedItem::default() };
        assert_eq!(fit_tagged(&mut tagged, 3_000), Capped::Cut);
        assert!(tagged.encoded_len() <= 3_000);
        assert!(tagged.truncated);
        assert_eq!(tagged.entities.len(), 50);
        assert_eq!(fit_tagged(&mut tagged, 500), Capped::Cut);
        assert!(tagged.encoded_len() <= 500, "{}", tagged.encoded_len());
    }
}
