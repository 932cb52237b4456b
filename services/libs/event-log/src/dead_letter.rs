//! Records that could not be used, kept with the reason.

use news_model::partition_of;

use crate::{
    record::{InRecord, OutRecord},
    topics::Topic,
};

/// The dead letter of `record`: key, value and headers untouched, plus `courant-error-*` headers that say where it stood and what was wrong.
///
/// `partitions` is the partition count of the dead-letter topic; the letter lies by its key, or by its origin when it has none.
#[must_use]
pub fn dead_letter(record: &InRecord, reason: &str, stage: &str, partitions: u16) -> OutRecord {
    // A reason is for people; a hostile one must not push the letter over the broker's limit.
    const MAX_REASON_BYTES: usize = 4_096;
    let reason = reason.get(..reason.floor_char_boundary(MAX_REASON_BYTES)).unwrap_or_default();
    let origin = format!("{}[{}]@{}", record.topic, record.partition, record.offset);
    let key = record.key.clone().unwrap_or_default();
    let place = if key.is_empty() { origin.as_bytes() } else { &key };
    let mut letter = OutRecord {
        topic: Topic::DeadLetters,
        partition: partition_of(place, partitions),
        key: key.clone(),
        value: record.value.clone(),
        headers: record.headers.iter().map(|(name, value)| (name.as_str(), value.as_deref())).collect(),
    };
    letter.headers.push_texts(&[
        ("courant-error-reason", reason),
        ("courant-error-stage", stage),
        ("courant-error-topic", &record.topic),
        ("courant-error-partition", &record.partition.to_string()),
        ("courant-error-offset", &record.offset.to_string()),
    ]);
    letter
}

#[cfg(test)]
mod tests {
    use bytes::Bytes;

    use super::*;

    #[test]
    fn a_dead_letter_keeps_the_record_and_says_why() {
        let record = InRecord {
            topic: "courant.items.v1".into(),
            partition: 3,
            offset: 42,
            timestamp_ms: None,
            key: Some(Bytes::from_static(b"k")),
            value: Some(Bytes::from_static(b"\xff\xff")),
            headers: vec![("ce_id".into(), Some(Bytes::from_static(b"x")))],
        };
        let letter = dead_letter(&record, &"é".repeat(5_000), "decode", 4);
        assert_eq!((&letter.key, &letter.value), (record.key.as_ref().unwrap(), &record.value));
        assert_eq!(letter.headers.iter().next(), Some(("ce_id", Some(&b"x"[..]))));
        assert!(letter.headers.value("courant-error-reason").unwrap().len() <= 4_096);
        assert_eq!(letter.partition, partition_of(b"k", 4));
    }
}
