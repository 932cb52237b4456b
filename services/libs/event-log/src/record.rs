//! Records on their way in and out.

use std::fmt;

use bytes::Bytes;
use news_model::Envelope;
use rdkafka::{
    Timestamp,
    message::{BorrowedMessage, Header, Headers as _, Message, OwnedHeaders},
};

use crate::topics::Topic;

/// Largest encoded value that Courant writes to a topic other than dead letters, in bytes: the broker's default limit of 1,048,588 less room
/// for key, headers and batch overhead.
pub const MAX_VALUE_BYTES: usize = 1_000_000;

/// Headers of a record that is no dead letter.
pub const USUAL_HEADERS: usize = 7;

/// A record to be written.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct OutRecord {
    /// Where it goes.
    pub topic: Topic,
    /// Which partition of it.
    pub partition: i32,
    /// Its key.
    pub key: Bytes,
    /// Its value; `None` is a tombstone.
    pub value: Option<Bytes>,
    /// Its headers.
    pub headers: Headers,
}

/// Names and values in order, packed into one block of memory: records wait for their commit by the thousand, and each would be a dozen blocks,
/// taken on one thread and given back on another.
#[derive(Clone, Default, PartialEq, Eq)]
pub struct Headers(Vec<u8>);

/// A record that was read.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct InRecord {
    /// Full name of its topic.
    pub topic: String,
    /// Its partition.
    pub partition: i32,
    /// Its offset.
    pub offset: i64,
    /// Broker's or producer's time, in milliseconds since the epoch, where known.
    pub timestamp_ms: Option<i64>,
    /// Its key.
    pub key: Option<Bytes>,
    /// Its value; `None` is a tombstone.
    pub value: Option<Bytes>,
    /// Its headers, in order.
    pub headers: Vec<(String, Option<Bytes>)>,
}

impl OutRecord {
    /// A record of `topic` whose headers come from `envelope`.
    #[must_use]
    pub fn new(topic: Topic, partition: i32, key: impl Into<Bytes>, value: Option<Bytes>, envelope: &Envelope) -> Self {
        let mut headers = Headers::default();
        headers.push_texts(&envelope.headers());
        Self { topic, partition, key: key.into(), value, headers }
    }

    /// Bytes of key, value and headers, these as they are packed: eight more for each, and counted without reading them.
    #[must_use]
    pub fn size_bytes(&self) -> usize {
        self.key.len() + self.value.as_ref().map_or(0, Bytes::len) + self.headers.0.len()
    }

    pub(crate) fn owned_headers(&self) -> OwnedHeaders {
        let empty = OwnedHeaders::new_with_capacity(USUAL_HEADERS);
        self.headers.iter().fold(empty, |headers, (key, value)| headers.insert(Header { key, value }))
    }
}

impl Headers {
    /// Stands for the length of a value that is null.
    const NULL: u32 = u32::MAX;

    /// Adds one at the end.
    pub fn push(&mut self, name: &str, value: Option<&[u8]>) {
        self.push_bytes(name.as_bytes());
        match value {
            Some(value) => self.push_bytes(value),
            None => self.push_length(Self::NULL),
        }
    }

    /// Adds texts at the end.
    pub fn push_texts(&mut self, fields: &[(&str, impl AsRef<str>)]) {
        let bytes = |(name, value): &(&str, _)| name.len() + AsRef::<str>::as_ref(value).len() + 2 * size_of::<u32>();
        self.0.reserve(fields.iter().map(bytes).sum());
        for (name, value) in fields {
            self.push(name, Some(value.as_ref().as_bytes()));
        }
    }

    /// Adds these bytes, or what fits of them into four gigabytes: no broker takes a record that long.
    fn push_bytes(&mut self, bytes: &[u8]) {
        let length = u32::try_from(bytes.len()).unwrap_or(Self::NULL).min(Self::NULL - 1);
        self.push_length(length);
        self.0.extend_from_slice(bytes.get(..usize::try_from(length).unwrap_or(usize::MAX)).unwrap_or(bytes));
    }

    fn push_length(&mut self, length: u32) {
        self.0.extend_from_slice(&length.to_ne_bytes());
    }

    /// Names and values, in order.
    pub fn iter(&self) -> impl Iterator<Item = (&str, Option<&[u8]>)> {
        self.fields().map_while(|(name, value)| Some((std::str::from_utf8(name).ok()?, value)))
    }

    /// The same, names as bytes.
    fn fields(&self) -> impl Iterator<Item = (&[u8], Option<&[u8]>)> {
        let mut rest = self.0.as_slice();
        std::iter::from_fn(move || {
            let name = take_length(&mut rest)?;
            let name = take_bytes(&mut rest, name)?;
            let value = match take_length(&mut rest)? {
                Self::NULL => None,
                length => Some(take_bytes(&mut rest, length)?),
            };
            Some((name, value))
        })
    }

    /// The value of the first header of this name; `None` also where it is null.
    #[must_use]
    pub fn value(&self, name: &str) -> Option<&[u8]> {
        self.iter().find(|(key, _)| *key == name)?.1
    }
}

/// The length that `rest` begins with, and takes it off.
fn take_length(rest: &mut &[u8]) -> Option<u32> {
    let (length, after) = rest.split_first_chunk()?;
    *rest = after;
    Some(u32::from_ne_bytes(*length))
}

/// So many bytes of `rest`, and takes them off.
fn take_bytes<'a>(rest: &mut &'a [u8], length: u32) -> Option<&'a [u8]> {
    let (bytes, after) = rest.split_at_checked(usize::try_from(length).ok()?)?;
    *rest = after;
    Some(bytes)
}

impl fmt::Debug for Headers {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        let text = |value: Option<&[u8]>| value.map(|value| value.escape_ascii().to_string());
        out.debug_list().entries(self.iter().map(|(name, value)| (name.to_owned(), text(value)))).finish()
    }
}

impl<'a> FromIterator<(&'a str, Option<&'a [u8]>)> for Headers {
    fn from_iter<T: IntoIterator<Item = (&'a str, Option<&'a [u8]>)>>(headers: T) -> Self {
        let mut packed = Self::default();
        for (name, value) in headers {
            packed.push(name, value);
        }
        packed
    }
}

impl InRecord {
    /// The first header of this name, as text.
    #[must_use]
    pub fn header(&self, name: &str) -> Option<&str> {
        let (_, value) = self.headers.iter().find(|(key, _)| key == name)?;
        std::str::from_utf8(value.as_deref()?).ok()
    }

    /// The key as text, where it is text.
    #[must_use]
    pub fn key_text(&self) -> Option<&str> {
        std::str::from_utf8(self.key.as_deref()?).ok()
    }
}

impl From<&BorrowedMessage<'_>> for InRecord {
    fn from(message: &BorrowedMessage<'_>) -> Self {
        let headers = message.headers().map(|headers| {
            let one = |header: Header<'_, &[u8]>| (header.key.to_owned(), header.value.map(Bytes::copy_from_slice));
            headers.iter().map(one).collect()
        });
        Self {
            topic: message.topic().to_owned(),
            partition: message.partition(),
            offset: message.offset(),
            timestamp_ms: match message.timestamp() {
                Timestamp::CreateTime(ms) | Timestamp::LogAppendTime(ms) => Some(ms),
                Timestamp::NotAvailable => None,
            },
            key: message.key().map(Bytes::copy_from_slice),
            value: message.payload().map(Bytes::copy_from_slice),
            headers: headers.unwrap_or_default(),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn headers_come_out_as_they_went_in() {
        let given =
            [("ce_id", Some(&b"abc.1"[..])), ("empty", Some(&b""[..])), ("null", None), ("ce_id", Some(b"\xff"))];

        let packed: Headers = given.into_iter().collect();

        assert_eq!(packed.iter().collect::<Vec<_>>(), given);
        assert_eq!(
            [packed.value("ce_id"), packed.value("null"), packed.value("none")],
            [Some(&b"abc.1"[..]), None, None]
        );
        assert_eq!(Headers::default().iter().count(), 0);
    }
}
