//! A serde deserializer over the tree: it knows each field's path, the names a table may hold, and what text should become.

use std::{cell::RefCell, collections::btree_map, fmt, vec};

use serde::de::{
    self, DeserializeSeed, IntoDeserializer, Unexpected, Visitor,
    value::{MapAccessDeserializer, StringDeserializer},
};

use super::{
    file::parse_value,
    tree::{KeyPath, Kind, Node},
};

/// A key that its table does not know.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct UnknownKey {
    pub(super) path: KeyPath,
    pub(super) known: &'static [&'static str],
}

/// Why a value does not fit its field, and where.
#[derive(Debug)]
pub(super) struct ReadError {
    /// Set by the innermost reader that saw the error.
    pub(super) path: Option<KeyPath>,
    pub(super) cause: Cause,
}

/// Why a value does not fit its field. None of them holds the value, which may be secret, but `Custom`.
#[derive(Debug)]
pub(super) enum Cause {
    Expected(String),
    Missing(&'static str),
    UnknownKey(String, &'static [&'static str]),
    UnknownChoice(String, &'static [&'static str]),
    Custom(String),
}

/// Reads one node.
pub(super) struct Reader<'a> {
    node: Node,
    path: KeyPath,
    unknown: &'a RefCell<Vec<UnknownKey>>,
}

impl<'a> Reader<'a> {
    /// Reads `root`; keys that no struct knows are noted in `unknown` and passed over.
    pub(super) fn new(root: Node, unknown: &'a RefCell<Vec<UnknownKey>>) -> Self {
        Self { node: root, path: KeyPath::new(), unknown }
    }

    fn child(&self, step: String, node: Node) -> Self {
        let path = self.path.iter().cloned().chain([step]).collect();
        Self { node, path, unknown: self.unknown }
    }

    /// Text from outside, read as the table or list it spells.
    fn spelled_out(mut self) -> Self {
        if let Kind::Loose(text) = &self.node.kind
            && let Some(node) = parse_value(text, &self.node.origin)
            && matches!(node.kind, Kind::Table(_) | Kind::List(_))
        {
            self.node = node;
        }
        self
    }

    fn visit<'de, V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, ReadError> {
        let path = self.path.clone();
        let read = match self.node.kind {
            Kind::Bool(value) => visitor.visit_bool(value),
            Kind::Integer(value) => visit_integer(value, visitor),
            Kind::Float(value) => visitor.visit_f64(value),
            Kind::Text(ref text) | Kind::Loose(ref text) => visitor.visit_str(text),
            Kind::List(_) => visitor.visit_seq(ListAccess::new(self)),
            Kind::Table(_) => visitor.visit_map(TableAccess::new(self)),
        };
        read.map_err(|error| error.at(&path))
    }

    fn visit_number<'de, V: Visitor<'de>>(mut self, visitor: V) -> Result<V::Value, ReadError> {
        if let Kind::Loose(text) = &self.node.kind {
            let digits = text.trim().replace('_', "");
            if let Ok(number) = digits.parse::<i128>() {
                self.node.kind = Kind::Integer(number);
            } else if let Ok(number) = digits.parse::<f64>() {
                self.node.kind = Kind::Float(number);
            }
        }
        self.visit(visitor)
    }
}

impl ReadError {
    fn new(cause: Cause) -> Self {
        Self { path: None, cause }
    }

    fn at(mut self, path: &KeyPath) -> Self {
        self.path.get_or_insert_with(|| path.clone());
        self
    }
}

macro_rules! numbers {
    ($($method:ident)*) => {$(
        fn $method<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, ReadError> {
            self.visit_number(visitor)
        }
    )*};
}

impl<'de> de::Deserializer<'de> for Reader<'_> {
    type Error = ReadError;

    numbers! {
        deserialize_i8 deserialize_i16 deserialize_i32 deserialize_i64 deserialize_i128
        deserialize_u8 deserialize_u16 deserialize_u32 deserialize_u64 deserialize_u128
        deserialize_f32 deserialize_f64
    }

    fn deserialize_any<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, ReadError> {
        self.visit(visitor)
    }

    fn deserialize_bool<V: Visitor<'de>>(mut self, visitor: V) -> Result<V::Value, ReadError> {
        if let Kind::Loose(text) = &self.node.kind
            && let Ok(value) = text.trim().to_lowercase().parse()
        {
            self.node.kind = Kind::Bool(value);
        }
        self.visit(visitor)
    }

    fn deserialize_option<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, ReadError> {
        match &self.node.kind {
            Kind::Loose(text) if text.is_empty() => visitor.visit_none(),
            _ => visitor.visit_some(self),
        }
    }

    fn deserialize_newtype_struct<V: Visitor<'de>>(self, _: &'static str, visitor: V) -> Result<V::Value, ReadError> {
        let path = self.path.clone();
        visitor.visit_newtype_struct(self).map_err(|error| error.at(&path))
    }

    fn deserialize_seq<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, ReadError> {
        let mut reader = self.spelled_out();
        if let Kind::Loose(text) = &reader.node.kind {
            let parts = text.split(',').map(str::trim).filter(|part| !part.is_empty());
            let elements = parts.map(|part| Some(Node::loose(reader.node.origin.clone(), part))).collect();
            reader.node.kind = Kind::List(elements);
        }
        reader.visit(visitor)
    }

    fn deserialize_tuple<V: Visitor<'de>>(self, _: usize, visitor: V) -> Result<V::Value, ReadError> {
        self.deserialize_seq(visitor)
    }

    fn deserialize_map<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, ReadError> {
        self.spelled_out().visit(visitor)
    }

    fn deserialize_struct<V: Visitor<'de>>(
        self,
        _: &'static str,
        known: &'static [&'static str],
        visitor: V,
    ) -> Result<V::Value, ReadError> {
        let mut reader = self.spelled_out();
        if let Kind::Table(table) = &mut reader.node.kind {
            let strangers = table.extract_if(.., |name, _| !known.contains(&name.as_str()));
            reader.unknown.borrow_mut().extend(strangers.map(|(name, _)| {
                let path = reader.path.iter().cloned().chain([name]).collect();
                UnknownKey { path, known }
            }));
        }
        reader.visit(visitor)
    }

    fn deserialize_enum<V: Visitor<'de>>(
        self,
        _: &'static str,
        _: &'static [&'static str],
        visitor: V,
    ) -> Result<V::Value, ReadError> {
        let reader = self.spelled_out();
        let path = reader.path.clone();
        let read = match reader.node.kind {
            Kind::Text(text) | Kind::Loose(text) => {
                let choice: StringDeserializer<ReadError> = text.into_deserializer();
                visitor.visit_enum(choice)
            }
            Kind::Table(_) => visitor.visit_enum(MapAccessDeserializer::new(TableAccess::new(reader))),
            Kind::Bool(_) | Kind::Integer(_) | Kind::Float(_) | Kind::List(_) => {
                Err(de::Error::invalid_type(Unexpected::Other("value"), &"a string"))
            }
        };
        read.map_err(|error| error.at(&path))
    }

    serde::forward_to_deserialize_any! {
        char str string bytes byte_buf unit unit_struct tuple_struct identifier ignored_any
    }
}

fn visit_integer<'de, V: Visitor<'de>>(value: i128, visitor: V) -> Result<V::Value, ReadError> {
    if let Ok(value) = i64::try_from(value) {
        return visitor.visit_i64(value);
    }
    match u64::try_from(value) {
        Ok(value) => visitor.visit_u64(value),
        Err(_) => visitor.visit_i128(value),
    }
}

/// The entries of a table, one after the other.
struct TableAccess<'a> {
    reader: Reader<'a>,
    entries: btree_map::IntoIter<String, Node>,
    next: Option<(String, Node)>,
}

impl<'a> TableAccess<'a> {
    fn new(mut reader: Reader<'a>) -> Self {
        let entries = match &mut reader.node.kind {
            Kind::Table(table) => std::mem::take(table),
            _ => btree_map::BTreeMap::new(),
        };
        Self { reader, entries: entries.into_iter(), next: None }
    }
}

impl<'de> de::MapAccess<'de> for TableAccess<'_> {
    type Error = ReadError;

    fn next_key_seed<K: DeserializeSeed<'de>>(&mut self, seed: K) -> Result<Option<K::Value>, ReadError> {
        let Some((name, node)) = self.entries.next() else {
            return Ok(None);
        };
        let path: KeyPath = self.reader.path.iter().cloned().chain([name.clone()]).collect();
        let key: StringDeserializer<ReadError> = name.clone().into_deserializer();
        self.next = Some((name, node));
        seed.deserialize(key).map(Some).map_err(|error| error.at(&path))
    }

    fn next_value_seed<V: DeserializeSeed<'de>>(&mut self, seed: V) -> Result<V::Value, ReadError> {
        let Some((name, node)) = self.next.take() else {
            return Err(de::Error::custom("a value was asked for before its key"));
        };
        let child = self.reader.child(name, node);
        let path = child.path.clone();
        seed.deserialize(child).map_err(|error| error.at(&path))
    }
}

/// The elements of a list, without its gaps.
struct ListAccess<'a> {
    reader: Reader<'a>,
    elements: std::iter::Enumerate<vec::IntoIter<Option<Node>>>,
}

impl<'a> ListAccess<'a> {
    fn new(mut reader: Reader<'a>) -> Self {
        let elements = match &mut reader.node.kind {
            Kind::List(list) => std::mem::take(list),
            _ => Vec::new(),
        };
        Self { reader, elements: elements.into_iter().enumerate() }
    }
}

impl<'de> de::SeqAccess<'de> for ListAccess<'_> {
    type Error = ReadError;

    fn next_element_seed<T: DeserializeSeed<'de>>(&mut self, seed: T) -> Result<Option<T::Value>, ReadError> {
        let next = self.elements.find_map(|(index, node)| node.map(|node| (index, node)));
        let Some((index, node)) = next else {
            return Ok(None);
        };
        let child = self.reader.child(format!("[{index}]"), node);
        let path = child.path.clone();
        seed.deserialize(child).map(Some).map_err(|error| error.at(&path))
    }
}

impl std::error::Error for ReadError {}

impl fmt::Display for ReadError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match &self.cause {
            Cause::Expected(what) => write!(f, "expected {what}"),
            Cause::Missing(name) => write!(f, "`{name}` is missing"),
            Cause::UnknownKey(..) => f.write_str("unknown key"),
            Cause::UnknownChoice(..) => f.write_str("not one of the choices"),
            Cause::Custom(text) => f.write_str(text),
        }
    }
}

impl de::Error for ReadError {
    fn custom<T: fmt::Display>(text: T) -> Self {
        Self::new(Cause::Custom(text.to_string()))
    }

    fn invalid_type(_: Unexpected<'_>, expected: &dyn de::Expected) -> Self {
        Self::new(Cause::Expected(in_plain_words(&expected.to_string())))
    }

    fn invalid_value(unexpected: Unexpected<'_>, expected: &dyn de::Expected) -> Self {
        Self::invalid_type(unexpected, expected)
    }

    fn unknown_variant(variant: &str, choices: &'static [&'static str]) -> Self {
        Self::new(Cause::UnknownChoice(variant.to_owned(), choices))
    }

    fn unknown_field(field: &str, known: &'static [&'static str]) -> Self {
        Self::new(Cause::UnknownKey(field.to_owned(), known))
    }

    fn missing_field(field: &'static str) -> Self {
        Self::new(Cause::Missing(field))
    }
}

/// serde speaks of Rust's types; an operator reads of numbers and lists.
fn in_plain_words(expected: &str) -> String {
    let highest = match expected.strip_prefix("a nonzero ").unwrap_or(expected) {
        "u8" => u8::MAX.to_string(),
        "u16" => u16::MAX.to_string(),
        "u32" => u32::MAX.to_string(),
        "u64" | "usize" => u64::MAX.to_string(),
        "i8" | "i16" | "i32" | "i64" | "isize" => return "a whole number".into(),
        "f32" | "f64" => return "a number".into(),
        "a boolean" => return "true or false".into(),
        "a string" | "a borrowed string" | "path string" => return "text".into(),
        "a sequence" => return "a list".into(),
        "a map" => return "a table".into(),
        other if other.starts_with("struct ") => return "a table".into(),
        other => return other.to_owned(),
    };
    let lowest = u8::from(expected.starts_with("a nonzero "));
    format!("a whole number from {lowest} to {highest}")
}
