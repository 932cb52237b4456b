//! What is kept of a JSON document: the members that feeds are read from, and no more values than a feed could have.
//!
//! A value takes many times the bytes that it is written in, so that a document of nothing but `{}` would otherwise fill the memory.

use std::{cell::Cell, fmt};

use serde::de::{DeserializeSeed, Deserializer, Error, IgnoredAny, MapAccess, SeqAccess, Visitor};
use serde_json::{Map, Number, Value};

/// Most values of a document that are kept, twenty for each of the items that are.
const MAX_VALUES: usize = 200_000;

/// The members that something is read from, in order.
const KNOWN: &[&str] = &[
    "attachments",
    "author",
    "authors",
    "banner_image",
    "content_html",
    "content_text",
    "date_modified",
    "date_published",
    "description",
    "email",
    "external_url",
    "feed_url",
    "home_page_url",
    "id",
    "image",
    "items",
    "language",
    "mime_type",
    "name",
    "next_url",
    "size_in_bytes",
    "summary",
    "tags",
    "title",
    "url",
    "version",
];

/// Whether anything is read from members called `name`.
pub(super) fn is_known(name: &str) -> bool {
    KNOWN.binary_search(&name).is_ok()
}

/// The value in `text`, and whether there was room for all that counts of it.
pub(super) fn read(text: &str) -> serde_json::Result<(Value, bool)> {
    let room = Room::default();
    let mut source = serde_json::Deserializer::from_str(text);
    let value = Kept(&room).deserialize(&mut source)?;
    source.end()?;
    Ok((value, room.0.get() > 0))
}

/// How many more values may be kept.
#[derive(Debug)]
pub(super) struct Room(Cell<usize>);

impl Default for Room {
    fn default() -> Self {
        Self(Cell::new(MAX_VALUES))
    }
}

impl Room {
    /// Whether there is room for one more value, which takes it.
    pub(super) fn takes_one(&self) -> bool {
        let left = self.0.get();
        self.0.set(left.saturating_sub(1));
        left > 0
    }
}

/// A value to be kept, and the room for it.
#[derive(Clone, Copy)]
struct Kept<'a>(&'a Room);

impl<'de> DeserializeSeed<'de> for Kept<'_> {
    type Value = Value;

    fn deserialize<D: Deserializer<'de>>(self, source: D) -> Result<Value, D::Error> {
        source.deserialize_any(self)
    }
}

impl<'de> Visitor<'de> for Kept<'_> {
    type Value = Value;

    fn expecting(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        out.write_str("any JSON value")
    }

    fn visit_unit<E: Error>(self) -> Result<Value, E> {
        Ok(Value::Null)
    }

    fn visit_bool<E: Error>(self, value: bool) -> Result<Value, E> {
        Ok(Value::Bool(value))
    }

    fn visit_i64<E: Error>(self, value: i64) -> Result<Value, E> {
        Ok(Value::Number(value.into()))
    }

    fn visit_u64<E: Error>(self, value: u64) -> Result<Value, E> {
        Ok(Value::Number(value.into()))
    }

    fn visit_f64<E: Error>(self, value: f64) -> Result<Value, E> {
        Ok(Number::from_f64(value).map_or(Value::Null, Value::Number))
    }

    fn visit_str<E: Error>(self, value: &str) -> Result<Value, E> {
        Ok(Value::String(value.to_owned()))
    }

    fn visit_string<E: Error>(self, value: String) -> Result<Value, E> {
        Ok(Value::String(value))
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut list: A) -> Result<Value, A::Error> {
        let mut kept = Vec::new();
        while self.0.takes_one() {
            match list.next_element_seed(self)? {
                Some(value) => kept.push(value),
                None => return Ok(Value::Array(kept)),
            }
        }
        while list.next_element::<IgnoredAny>()?.is_some() {}
        Ok(Value::Array(kept))
    }

    fn visit_map<A: MapAccess<'de>>(self, mut object: A) -> Result<Value, A::Error> {
        let mut kept = Map::new();
        while let Some(name) = object.next_key::<String>()? {
            if is_known(&name) && self.0.takes_one() {
                kept.insert(name, object.next_value_seed(self)?);
            } else {
                object.next_value::<IgnoredAny>()?;
            }
        }
        Ok(Value::Object(kept))
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn the_known_members_can_be_searched() {
        assert!(KNOWN.is_sorted());
    }

    #[test]
    fn members_that_nothing_is_read_from_are_passed_over_however_deep() {
        let deep = format!("{}{}", "[".repeat(1_000), "]".repeat(1_000));
        let text =
            format!("{{\"_x\": {deep}, \"items\": [{{\"id\": 1.5, \"tags\": [\"a\", null, true], \"x\": {{}}}}]}}");
        let expected = json!({"items": [{"id": 1.5, "tags": ["a", null, true]}]});
        assert_eq!(read(&text).unwrap(), (expected, true));
    }

    #[test]
    fn values_beyond_the_most_are_dropped_and_that_is_told() {
        let (value, whole) = read(&format!("[{}0]", "{},".repeat(MAX_VALUES))).unwrap();
        assert_eq!((value.as_array().unwrap().len(), whole), (MAX_VALUES, false));
        assert!(read("[1] 2").is_err());
    }
}
