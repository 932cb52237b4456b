//! A tagged item as people and programs are shown it.

use chrono::{DateTime, Utc};
use event_log::InRecord;
use news_model::{from_timestamp, wire};
use prost::Message;
use serde::Serialize;

/// One tagged item in JSON: an object a line.
#[derive(Debug, Serialize)]
pub(crate) struct TaggedLine {
    pub(crate) id: String,
    pub(crate) revision: u32,
    pub(crate) kind: &'static str,
    pub(crate) feed: String,
    pub(crate) guid: String,
    pub(crate) url: String,
    pub(crate) title: String,
    pub(crate) summary: String,
    pub(crate) content: String,
    pub(crate) authors: Vec<String>,
    pub(crate) categories: Vec<String>,
    pub(crate) language: String,
    pub(crate) published_at: Option<DateTime<Utc>>,
    pub(crate) updated_at: Option<DateTime<Utc>>,
    pub(crate) fetched_at: Option<DateTime<Utc>>,
    pub(crate) tagged_at: Option<DateTime<Utc>>,
    pub(crate) entities: Vec<EntityLine>,
    pub(crate) made_by: MadeBy,
}

/// One entity of it.
#[derive(Debug, Serialize)]
pub(crate) struct EntityLine {
    pub(crate) id: String,
    pub(crate) qid: Option<String>,
    #[serde(rename = "type")]
    pub(crate) entity_type: String,
    pub(crate) name: String,
    pub(crate) confidence: f32,
    pub(crate) salience: f32,
    pub(crate) mentions: Vec<MentionLine>,
}

/// One place in the text, in UTF-8 bytes of the field.
#[derive(Debug, Serialize)]
pub(crate) struct MentionLine {
    pub(crate) field: &'static str,
    pub(crate) start: u32,
    pub(crate) end: u32,
    pub(crate) text: String,
}

/// What made the tags.
#[derive(Debug, Serialize)]
pub(crate) struct MadeBy {
    pub(crate) model: String,
    pub(crate) dictionary: String,
    pub(crate) rules: String,
}

/// Reads a record of the tagged topic.
///
/// # Errors
/// What is wrong with it.
pub(crate) fn read(record: &InRecord) -> Result<TaggedLine, String> {
    let value = record.value.clone().ok_or("no value")?;
    let tagged = wire::TaggedItem::decode(value).map_err(|error| error.to_string())?;
    let event = tagged.event.ok_or("no event")?;
    let kind = kind_of(event.kind());
    let item = event.item.ok_or("no item")?;
    let time = |stamp: Option<_>| stamp.as_ref().and_then(from_timestamp);
    let entities = tagged.entities.into_iter().map(|entity| entity_line(entity, &item)).collect();
    let made_by = tagged.made_by.unwrap_or_default();
    Ok(TaggedLine {
        revision: event.revision,
        kind,
        published_at: time(item.published_at),
        updated_at: time(item.updated_at),
        fetched_at: time(event.fetched_at),
        tagged_at: time(tagged.tagged_at),
        entities,
        id: item.id,
        feed: item.feed_id,
        guid: item.guid,
        url: item.url,
        title: item.title,
        summary: item.summary,
        content: item.content,
        authors: item.authors,
        categories: item.categories,
        language: item.language,
        made_by: MadeBy { model: made_by.model, dictionary: made_by.dictionary, rules: made_by.rules },
    })
}

fn kind_of(kind: wire::ItemEventKind) -> &'static str {
    match kind {
        wire::ItemEventKind::Unspecified => "unspecified",
        wire::ItemEventKind::Published => "published",
        wire::ItemEventKind::Revised => "revised",
        wire::ItemEventKind::Withdrawn => "withdrawn",
        wire::ItemEventKind::Restored => "restored",
    }
}

fn entity_line(entity: wire::Entity, item: &wire::Item) -> EntityLine {
    EntityLine {
        qid: (!entity.qid.is_empty()).then_some(entity.qid),
        mentions: entity.mentions.iter().map(|mention| mention_line(mention, item)).collect(),
        id: entity.id,
        entity_type: entity.r#type,
        name: entity.name,
        confidence: entity.confidence,
        salience: entity.salience,
    }
}

fn mention_line(mention: &wire::Mention, item: &wire::Item) -> MentionLine {
    let (field, text) = match mention.field() {
        wire::ItemField::Title => ("title", &item.title),
        wire::ItemField::Summary => ("summary", &item.summary),
        wire::ItemField::Content => ("content", &item.content),
        wire::ItemField::Unspecified
        | wire::ItemField::Url
        | wire::ItemField::Authors
        | wire::ItemField::Categories
        | wire::ItemField::Media
        | wire::ItemField::SummaryHtml
        | wire::ItemField::ContentHtml
        | wire::ItemField::Guid => ("other", &item.guid),
    };
    let range = usize::try_from(mention.start).unwrap_or(0)..usize::try_from(mention.end).unwrap_or(0);
    let text = text.get(range).unwrap_or_default().to_owned();
    MentionLine { field, start: mention.start, end: mention.end, text }
}
