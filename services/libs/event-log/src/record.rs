//! Records on their way in and out.

use std::borrow::Cow;

use bytes::Bytes;
use news_model::Envelope;
use rdkafka::{
    Timestamp,
    message::{BorrowedMessage, Header, Headers, Message, OwnedHeaders},
};

use crate::topics::Topic;

/// Largest encoded value that Courant writes to a topic other than dead letters, in bytes: the broker's default limit of 1,048,588 less room
/// for key, headers and batch overhead.
pub const MAX_VALUE_BYTES: usize = 1_000_000;

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
    /// Its headers, in order.
    pub headers: Vec<(Cow<'static, str>, Option<Bytes>)>,
}

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
    pub fn new(topic: Topic, partition: i32, key: impl Into<Bytes>, value: Option<Bytes>, envelope: Envelope) -> Self {
        let headers = envelope.into_headers().into_iter().map(|(name, value)| (Cow::Borrowed(name), Some(value)));
        Self { topic, partition, key: key.into(), value, headers: headers.collect() }
    }

    /// Bytes of key, value and headers.
    #[must_use]
    pub fn size_bytes(&self) -> usize {
        let headers = self.headers.iter().map(|(name, value)| name.len() + value.as_ref().map_or(0, Bytes::len));
        self.key.len() + self.value.as_ref().map_or(0, Bytes::len) + headers.sum::<usize>()
    }

    pub(crate) fn owned_headers(&self) -> OwnedHeaders {
        let empty = OwnedHeaders::new_with_capacity(self.headers.len());
        self.headers.iter().fold(empty, |headers, (key, value)| headers.insert(Header { key, value: value.as_deref() }))
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
