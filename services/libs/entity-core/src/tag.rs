//! What goes in and comes out of tagging.

use std::sync::Arc;

use news_model::{EntityType, TextField, wire};

use crate::EntityId;

/// The plain text of one item, field by field; a field the item lacks is empty.
#[derive(Clone, Copy, Debug, Default)]
pub struct Document<'a> {
    /// The headline.
    pub title: &'a str,
    /// The teaser.
    pub summary: &'a str,
    /// The full text.
    pub content: &'a str,
}

/// One entity that a document speaks of, with the places where it stands.
#[derive(Clone, Debug, PartialEq)]
pub struct Tag {
    /// Id of the entity; its [`EntityId::qid`] is the Wikidata id where linked.
    pub id: EntityId,
    /// Label of the entity; [`EntityType::Norp`] where the document has only words for its people, such as "Swiss".
    pub entity_type: EntityType,
    /// Name for people.
    pub name: Arc<str>,
    /// How sure it is that the mentions mean this entity, 0 to 1: the surest mention counts.
    pub confidence: f32,
    /// How much the document is about it, 0 to 1.
    pub salience: f32,
    /// The surest way in which it was found; single mentions may differ.
    pub method: Method,
    /// How many mentions it has, also those beyond [`crate::MAX_MENTIONS`].
    pub count: u32,
    /// Where it stands, by field, then start; at most [`crate::MAX_MENTIONS`].
    pub mentions: Vec<Mention>,
}

/// How a mention was linked to its entity, the surest way first.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Method {
    /// By a name that stands for it alone in the reviewed dictionary.
    Dictionary,
    /// By a name of the lexicon, whose candidates were weighed in this document.
    Linked,
    /// By the model alone: it is known by its name and has a local id.
    Model,
    /// By a name that the rest of the document had to settle: a surname, or a name that several entities share.
    Coreference,
}

/// One place in the text.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Mention {
    /// The field it stands in.
    pub field: TextField,
    /// First byte, counted in UTF-8 bytes of the field.
    pub start: u32,
    /// Byte behind the last.
    pub end: u32,
    /// Label of this mention: "Switzerland" is a GPE, "Swiss" a NORP.
    pub entity_type: EntityType,
    /// How it was linked.
    pub method: Method,
    /// How sure this mention is, 0 to 1: of a linked one, that it means the entity; of one that is known by its name alone, that bounds and label are
    /// right.
    pub confidence: f32,
}

impl Method {
    /// Its name, as `courant tag --json` writes it.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Dictionary => "dictionary",
            Self::Linked => "linked",
            Self::Coreference => "coreference",
            Self::Model => "model",
        }
    }
}

impl<'a> Document<'a> {
    /// The fields in the order of reading.
    #[must_use]
    pub fn fields(&self) -> [(TextField, &'a str); 3] {
        [(TextField::Title, self.title), (TextField::Summary, self.summary), (TextField::Content, self.content)]
    }
}

impl Tag {
    /// The tag as it stands in a tagged item.
    #[must_use]
    pub fn into_wire(self) -> wire::Entity {
        wire::Entity {
            qid: self.id.qid().unwrap_or_default().to_owned(),
            id: self.id.as_str().to_owned(),
            r#type: self.entity_type.as_str().to_owned(),
            name: self.name.as_ref().to_owned(),
            confidence: self.confidence,
            salience: self.salience,
            method: i32::from(wire::TagMethod::from(self.method)),
            mention_count: self.count,
            mentions: self.mentions.into_iter().map(wire::Mention::from).collect(),
        }
    }
}

impl From<Method> for wire::TagMethod {
    fn from(method: Method) -> Self {
        match method {
            Method::Dictionary => Self::Dictionary,
            Method::Linked => Self::Linked,
            Method::Model => Self::Model,
            Method::Coreference => Self::Coreference,
        }
    }
}

impl From<Mention> for wire::Mention {
    fn from(mention: Mention) -> Self {
        Self {
            field: i32::from(wire::ItemField::from(mention.field)),
            start: mention.start,
            end: mention.end,
            r#type: mention.entity_type.as_str().to_owned(),
            method: i32::from(wire::TagMethod::from(mention.method)),
            confidence: mention.confidence,
        }
    }
}
