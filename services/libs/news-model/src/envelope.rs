//! Headers that every record carries: `CloudEvents` 1.0 in Kafka's binary mode, and W3C Trace Context.

use std::{
    borrow::Cow,
    fmt::{Display, Write as _},
};

use chrono::{DateTime, SecondsFormat, Utc};
use sha2::{Digest, Sha256};

use crate::ids::FetchId;

/// Media type of every value that Courant writes.
pub const CONTENT_TYPE_PROTOBUF: &str = "application/protobuf";

/// Kind of event, the `ce_type` header.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum EventKind {
    /// A feed was configured.
    Feed,
    /// A feed's schedule or seen items moved on.
    FeedState,
    /// A poll came to its end.
    Fetch,
    /// An item was seen for the first time.
    ItemPublished,
    /// An item changed.
    ItemRevised,
    /// An item was taken back.
    ItemWithdrawn,
    /// An item stands again.
    ItemRestored,
    /// An item event was tagged.
    ItemTagged,
}

/// Trace a record belongs to.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum TraceContext {
    /// The trace of a poll.
    Poll(FetchId),
    /// A trace handed on from the record that was read: its `traceparent`.
    Parent(String),
}

/// What the headers of one record say.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Envelope {
    /// Id of the event, unique within `source`.
    pub id: String,
    /// Kind of the event.
    pub kind: EventKind,
    /// Where it arose, a URI reference such as `/feeds/harbourpost-example-0f4dbb7d7a5e`.
    pub source: String,
    /// When it arose.
    pub time: DateTime<Utc>,
    /// Trace it belongs to.
    pub trace: TraceContext,
}

impl EventKind {
    /// The `ce_type` value.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Feed => "courant.news.v1.feed",
            Self::FeedState => "courant.news.v1.feed-state",
            Self::Fetch => "courant.news.v1.fetch",
            Self::ItemPublished => "courant.news.v1.item.published",
            Self::ItemRevised => "courant.news.v1.item.revised",
            Self::ItemWithdrawn => "courant.news.v1.item.withdrawn",
            Self::ItemRestored => "courant.news.v1.item.restored",
            Self::ItemTagged => "courant.news.v1.item.tagged",
        }
    }
}

impl Envelope {
    /// The headers, in a fixed order.
    #[must_use]
    pub fn headers(&self) -> [(&'static str, Cow<'_, str>); 7] {
        [
            ("ce_specversion", Cow::Borrowed("1.0")),
            ("ce_id", Cow::Borrowed(&self.id)),
            ("ce_type", Cow::Borrowed(self.kind.as_str())),
            ("ce_source", Cow::Borrowed(&self.source)),
            ("ce_time", Cow::Owned(self.time.to_rfc3339_opts(SecondsFormat::Millis, true))),
            ("content-type", Cow::Borrowed(CONTENT_TYPE_PROTOBUF)),
            ("traceparent", Cow::Owned(self.traceparent())),
        ]
    }

    /// The W3C `traceparent`: the trace as given, the span derived from the event id so that a record made again names the same span.
    fn traceparent(&self) -> String {
        const LENGTH: usize = 55;
        let span = derived(&[self.kind.as_str(), "\0", &self.id], 8);
        let made;
        let trace: &dyn Display = match &self.trace {
            TraceContext::Poll(fetch) => fetch,
            TraceContext::Parent(given) => {
                made = trace_of(given).map_or_else(|| derived(&[&self.id], 16), str::to_owned);
                &made
            }
        };
        let mut parent = String::with_capacity(LENGTH);
        // Text takes whatever is written to it.
        let _ = write!(parent, "00-{trace}-{span}-01");
        parent
    }
}

/// Trace id of a valid `traceparent` of version 00.
fn trace_of(parent: &str) -> Option<&str> {
    let trace = parent.strip_prefix("00-")?.get(..32)?;
    let valid = trace.bytes().all(|byte| matches!(byte, b'0'..=b'9' | b'a'..=b'f'));
    (valid && trace.bytes().any(|byte| byte != b'0')).then_some(trace)
}

/// So many bytes of the hash over these texts, one after the other.
fn derived(from: &[&str], bytes: usize) -> String {
    let digest = from.iter().fold(Sha256::new(), Digest::chain_update).finalize();
    hex::encode(digest.get(..bytes).unwrap_or(&digest))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn envelope(trace: TraceContext) -> Envelope {
        Envelope {
            id: "abc.1".into(),
            kind: EventKind::ItemPublished,
            source: "/feeds/a".into(),
            time: DateTime::from_timestamp(1_700_000_000, 0).unwrap(),
            trace,
        }
    }

    fn header(envelope: &Envelope, name: &str) -> String {
        envelope.headers().into_iter().find(|(key, _)| *key == name).unwrap().1.into_owned()
    }

    #[test]
    fn traceparent_has_the_form_of_the_standard() {
        let parent = header(&envelope(TraceContext::Poll(FetchId::from_random([7; 16]))), "traceparent");
        let parts: Vec<_> = parent.split('-').map(str::len).collect();
        assert_eq!(parts, [2, 32, 16, 2]);
        assert!(parent.contains(&"07".repeat(16)));
    }

    #[test]
    fn a_parent_hands_on_its_trace_and_a_broken_one_does_not() {
        let good = format!("00-{}-{}-01", "ab".repeat(16), "cd".repeat(8));
        let kept = header(&envelope(TraceContext::Parent(good.clone())), "traceparent");
        assert!(kept.starts_with(&good[..35]) && kept != good);
        let made = header(&envelope(TraceContext::Parent("junk".into())), "traceparent");
        assert_eq!(made.len(), 55);
    }

    #[test]
    fn time_is_rfc_3339_in_utc() {
        let time = header(&envelope(TraceContext::Parent(String::new())), "ce_time");
        assert_eq!(time, "2023-11-14T22:13:20.000Z");
    }
}
