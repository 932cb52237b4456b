//! What goes in as a record and comes out as one.

use news_model::wire::{Entity, Mention, TagMethod};
use service_kit::config::{Check, Origins};

use super::*;
use crate::config::{RawEnricher, Settings};

const TABLE: &str = "id\ttype\tname\taliases\tdemonyms\tcontext\n\
    Q16\tGPE\tCanada\t\t\t\n\
    courant:org:harbour-post\tORG\tHarbour Post\t\t\t\n";
const ID: &str = "00112233445566778899aabbccddeeff";
const TRACE: &str = "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01";
const PLACES: Places = Places { tagged: 4, dead_letters: 2 };
const STAMP: Stamp = Stamp { partition: 3, epoch: 1 };

fn now() -> DateTime<Utc> {
    DateTime::from_timestamp(1_800_000_000, 0).unwrap()
}

fn transform() -> Transform {
    let tagger = Tagger::new(Dictionary::from_tsv("test.tsv", TABLE).unwrap()).unwrap();
    finding(move |document| tagger.tag(document))
}

fn finding(find: impl Fn(&Document<'_>) -> Vec<Tag> + Send + Sync + 'static) -> Transform {
    Transform::new(
        Box::new(move |document, _| Found { tags: find(document), ..Found::default() }),
        ("table-7".into(), "rules-3".into()),
        PLACES,
    )
}

fn event() -> ItemEvent {
    ItemEvent {
        version: 1,
        kind: 2,
        item: Some(Item {
            id: ID.into(),
            title: "Ice in Canada".into(),
            summary: "É. Roy reports.".into(),
            content: "É: the Harbour Post says Canada froze.".into(),
            ..Item::default()
        }),
        revision: 2,
        fetched_at: DateTime::from_timestamp(1_799_999_990, 0).map(to_timestamp),
        ..ItemEvent::default()
    }
}

fn record(key: &str, value: Option<Vec<u8>>) -> InRecord {
    InRecord {
        topic: "courant.items.v1".into(),
        partition: STAMP.partition,
        offset: 41,
        timestamp_ms: Some(1_799_999_999_500),
        key: Some(Bytes::copy_from_slice(key.as_bytes())),
        value: value.map(Bytes::from),
        headers: vec![("traceparent".into(), Some(Bytes::from_static(TRACE.as_bytes())))],
    }
}

fn batch_of(records: Vec<InRecord>) -> InBatch {
    InBatch { parts: vec![InPart { stamp: STAMP, records }] }
}

fn header<'a>(record: &'a OutRecord, name: &str) -> Option<&'a str> {
    std::str::from_utf8(record.headers.value(name)?).ok()
}

#[test]
fn an_event_comes_out_tagged_and_whole() {
    let made = transform().record(&record(ID, Some(event().encode_to_vec())), now());

    let tagged = TaggedItem::decode(made.record.value.clone().unwrap()).unwrap();
    assert_eq!(tagged.event, Some(event()), "the event is as it was read");
    assert_eq!((tagged.version, tagged.truncated, tagged.tagged_at), (1, false, Some(to_timestamp(now()))));
    let [canada, post] = tagged.entities.as_slice() else {
        panic!("{:?}", tagged.entities);
    };
    let mention = |field, start, end, label: &str| {
        let method = i32::from(TagMethod::Dictionary);
        Mention { field, start, end, r#type: label.to_owned(), method, confidence: 0.95 }
    };
    let named = |entity: &Entity| (entity.id.clone(), entity.qid.clone(), entity.r#type.clone(), entity.name.clone());
    assert_eq!(named(canada), ("Q16".into(), "Q16".into(), "GPE".into(), "Canada".into()));
    // "É" is two bytes, so offsets are of UTF-8 and of each field by itself.
    assert_eq!(canada.mentions, [mention(1, 7, 13, "GPE"), mention(3, 26, 32, "GPE")]);
    assert_eq!(named(post), ("courant:org:harbour-post".into(), String::new(), "ORG".into(), "Harbour Post".into()));
    assert_eq!(post.mentions, [mention(3, 8, 20, "ORG")]);
    assert!(canada.salience > post.salience);
    assert_eq!(canada.method, i32::from(TagMethod::Dictionary));
}

#[test]
fn a_tagged_record_lies_by_its_item_and_goes_on_with_the_trace() {
    let made = transform().record(&record(ID, Some(event().encode_to_vec())), now());

    let record = made.record;
    assert_eq!((record.topic, record.key.as_ref()), (Topic::Tagged, ID.as_bytes()));
    assert_eq!(record.partition, partition_of(ID.as_bytes(), PLACES.tagged));
    let expected = [
        ("ce_id", format!("{ID}.2.41")),
        ("ce_type", "courant.news.v1.item.tagged".into()),
        ("ce_source", "/enricher".into()),
        ("ce_time", "2027-01-15T08:00:00.000Z".into()),
    ];
    for (name, value) in expected {
        assert_eq!(header(&record, name), Some(value.as_str()), "{name}");
    }
    let trace = header(&record, "traceparent").unwrap();
    assert!(trace.starts_with(&TRACE[..35]) && trace != TRACE, "{trace}");
    let outcome = Outcome::Tagged {
        entities: vec![EntityType::Gpe, EntityType::Org],
        in_kafka_at: DateTime::from_timestamp_millis(1_799_999_999_500),
        fetched_at: DateTime::from_timestamp(1_799_999_990, 0),
        is_partial: false,
    };
    assert_eq!(made.outcome, outcome);
}

#[test]
fn tags_name_the_versions_that_made_them() {
    let made = transform().record(&record(ID, Some(event().encode_to_vec())), now());

    let tagged = TaggedItem::decode(made.record.value.unwrap()).unwrap();
    let versions = TaggerVersions { model: String::new(), dictionary: "table-7".into(), rules: "rules-3".into() };
    assert_eq!(tagged.made_by, Some(versions));
}

#[test]
fn poison_becomes_a_dead_letter_that_says_why() {
    let newer = ItemEvent { version: 2, ..event() };
    let bare = ItemEvent { item: None, ..event() };
    let cases = [
        (record(ID, None), PoisonKind::NoValue),
        (record(ID, Some(b"\xff\xff\xff".to_vec())), PoisonKind::Undecodable),
        (record(ID, Some(newer.encode_to_vec())), PoisonKind::NewerVersion),
        (record(ID, Some(bare.encode_to_vec())), PoisonKind::NoItem),
        (record(ID, Some(Vec::new())), PoisonKind::NoItem),
        (record("another", Some(event().encode_to_vec())), PoisonKind::KeyMismatch),
        (InRecord { key: None, ..record(ID, Some(event().encode_to_vec())) }, PoisonKind::KeyMismatch),
    ];
    for (poison, kind) in cases {
        let made = transform().record(&poison, now());

        assert_eq!(made.outcome, Outcome::DeadLetter(kind));
        let letter = made.record;
        assert_eq!(letter.topic, Topic::DeadLetters);
        assert_eq!((&letter.key, &letter.value), (&poison.key.clone().unwrap_or_default(), &poison.value));
        let expected = [
            ("courant-error-kind", kind.as_str()),
            ("courant-error-stage", "enricher.decode"),
            ("courant-error-topic", "courant.items.v1"),
            ("courant-error-partition", "3"),
            ("courant-error-offset", "41"),
            ("traceparent", TRACE),
        ];
        for (name, value) in expected {
            assert_eq!(header(&letter, name), Some(value), "{name} of {kind:?}");
        }
        assert!(!header(&letter, "courant-error-reason").unwrap().is_empty());
    }
}

#[test]
fn a_tagger_that_panics_costs_one_item_and_no_batch() {
    let transform = finding(|document| {
        assert!(!document.title.contains("trap"), "sprung by {}", document.title);
        Vec::new()
    });
    let mut trap = event();
    trap.item.as_mut().unwrap().title = "A trap".into();
    let records = [event(), trap, event()].map(|event| record(ID, Some(event.encode_to_vec())));

    let out = transform.batch(batch_of(records.to_vec()), now(), |_| ());

    let made = &out.batch.parts[0].records;
    assert_eq!(
        made.iter().map(|record| record.topic).collect::<Vec<_>>(),
        [Topic::Tagged, Topic::DeadLetters, Topic::Tagged]
    );
    assert_eq!(header(&made[1], "courant-error-reason"), Some("tagging panicked: sprung by A trap"));
    assert_eq!(header(&made[1], "courant-error-kind"), Some("tagger_panicked"));
}

#[test]
fn records_keep_their_order_on_all_cores() {
    let transform = transform();
    let at = |offset: i64| InRecord {
        offset,
        ..record(ID, Some(if offset % 7 == 0 { b"\xff".to_vec() } else { event().encode_to_vec() }))
    };
    let parts =
        [0, 1].map(|partition| InPart { stamp: Stamp { partition, ..STAMP }, records: (0..500).map(at).collect() });

    let out = transform.batch(InBatch { parts: parts.into() }, now(), |_| ());

    for part in &out.batch.parts {
        assert_eq!((part.next_offset, part.records.len()), (500, 500));
        for (offset, record) in (0_i64..).zip(&part.records) {
            let came_from = match record.topic {
                Topic::Tagged => header(record, "ce_id").and_then(|id| id.rsplit_once('.')).map(|(_, offset)| offset),
                _ => header(record, "courant-error-offset"),
            };
            assert_eq!(came_from, Some(offset.to_string().as_str()));
        }
    }
    let stamps: Vec<_> = out.outcomes.iter().map(|(stamp, outcomes)| (stamp.partition, outcomes.len())).collect();
    assert_eq!(stamps, [(0, 500), (1, 500)]);
}

#[test]
fn an_event_near_the_limit_is_tagged_within_it_and_says_what_was_left_out() {
    let mut long = event();
    long.item.as_mut().unwrap().content = "Canada and the Harbour Post. ".repeat(34_000);
    // So near that its tags have no room beside it.
    let room = MAX_VALUE_BYTES - long.encoded_len() - 300;
    long.item.as_mut().unwrap().content.push_str(&" ".repeat(room));
    assert!(long.encoded_len() < MAX_VALUE_BYTES);

    let made = transform().record(&record(ID, Some(long.encode_to_vec())), now());

    assert!(matches!(made.outcome, Outcome::Tagged { .. }), "{:?}", made.outcome);
    let value = made.record.value.unwrap();
    assert!(value.len() <= MAX_VALUE_BYTES);
    let tagged = TaggedItem::decode(value).unwrap();
    assert!(tagged.truncated && tagged.event.unwrap().item.unwrap().content == long.item.unwrap().content);
}

#[test]
fn an_event_that_cannot_be_trimmed_is_a_dead_letter() {
    let mut huge = event();
    huge.item.as_mut().unwrap().guid = "g".repeat(MAX_VALUE_BYTES + 1);

    let made = transform().record(&record(ID, Some(huge.encode_to_vec())), now());

    assert_eq!(made.outcome, Outcome::DeadLetter(PoisonKind::TooLarge));
}

fn sources(models: &str) -> Sources {
    let settings = Settings::check(&RawEnricher::default(), &mut Check::new(Origins::default()));
    Sources { models: models.into(), ..settings.sources }
}

#[test]
fn the_bundled_dictionary_names_itself() {
    let transform = Transform::open(&sources("/no/models"), PLACES).unwrap();
    assert!(!transform.made_by.dictionary.is_empty());
    assert_eq!(transform.made_by.rules, RULES_VERSION);
}

#[test]
fn a_lexicon_that_cannot_be_read_is_named() {
    let sources = Sources { lexicon: Some("/no/entities.lexicon".into()), ..sources("/no/models") };
    let refusal = Transform::open(&sources, PLACES).err().unwrap().to_string();
    assert!(refusal.contains("/no/entities.lexicon"), "{refusal}");
}

#[test]
fn a_withdrawal_passes_through_without_entities() {
    let item =
        Item { id: ID.into(), feed_id: "harbour".into(), content_hash: "0123456789abcdef".into(), ..Item::default() };
    let withdrawn = ItemEvent { kind: 3, item: Some(item), content_hash_before: "0123456789abcdef".into(), ..event() };
    let made = transform().record(&record(ID, Some(withdrawn.encode_to_vec())), now());

    let tagged = TaggedItem::decode(made.record.value.clone().unwrap()).unwrap();
    assert_eq!((tagged.event, tagged.entities), (Some(withdrawn), Vec::new()));
    assert_eq!(made.record.topic, Topic::Tagged);
}

/// Sentences that name nobody, about 30 kB of them, and then one name that only the model can know.
fn long_text() -> String {
    let filler = "The council met again on the matter of the harbour and of its many walls. ".repeat(400);
    format!("Elsbeth Karg spoke first. {filler}Later Jonas Brandvold spoke at the meeting in Canada.")
}

/// Where the pinned model lies.
const MODELS: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/../../.cache/models");

fn open(model_time: Duration) -> Transform {
    Transform::open(&Sources { model_time, ..sources(MODELS) }, PLACES).unwrap()
}

fn event_of_text(content: String) -> ItemEvent {
    let item = Item { id: ID.into(), content, language: "en".into(), ..Item::default() };
    ItemEvent { item: Some(item), ..event() }
}

#[test]
fn a_model_that_has_no_time_left_breaks_off_marks_the_item_and_leaves_the_rest_to_the_dictionary() {
    let texts = [long_text(), "Elsbeth Karg met Jonas Brandvold.".to_owned(), long_text().repeat(8)];
    let read = |model_time| -> Vec<(TaggedItem, bool)> {
        let records = texts.clone().map(|text| record(ID, Some(event_of_text(text).encode_to_vec())));
        let out = open(model_time).batch(batch_of(records.to_vec()), now(), |_| ());
        let outcomes = &out.outcomes[0].1;
        let partial = outcomes.iter().map(|outcome| matches!(outcome, Outcome::Tagged { is_partial: true, .. }));
        let tagged = out.batch.parts[0].records.iter().map(|record| TaggedItem::decode(record.value.clone().unwrap()));
        tagged.map(Result::unwrap).zip(partial).collect()
    };
    let names = |tagged: &TaggedItem| -> Vec<String> {
        let wanted = ["Elsbeth Karg", "Jonas Brandvold", "Canada"];
        let found = |name: &&str| tagged.entities.iter().any(|entity| entity.name == *name);
        wanted.into_iter().filter(found).map(str::to_owned).collect()
    };

    let hurried = read(Duration::ZERO);
    let patient = read(Duration::from_hours(1));

    assert!(texts[2].len() > 200_000);
    let marks = |read: &[(TaggedItem, bool)]| read.iter().map(|(tagged, _)| tagged.model_partial).collect::<Vec<_>>();
    assert_eq!((marks(&hurried), marks(&patient)), (vec![true, false, true], vec![false, false, true]));
    assert!(hurried.iter().chain(&patient).all(|(tagged, outcome)| tagged.model_partial == *outcome));
    let models = hurried.iter().map(|(tagged, _)| tagged.made_by.as_ref().unwrap().model.as_str());
    assert!(models.into_iter().all(|model| model.starts_with("en_core_web_sm")), "the model is named");
    assert_eq!(names(&patient[0].0), ["Elsbeth Karg", "Jonas Brandvold", "Canada"]);
    assert_eq!(names(&hurried[0].0), ["Elsbeth Karg", "Canada"], "what was read stands, and the dictionary reads on");
    assert_eq!(names(&hurried[1].0), ["Elsbeth Karg", "Jonas Brandvold"], "a short text is read to its end");
    assert_eq!(names(&hurried[2].0), ["Elsbeth Karg", "Canada"]);
}

#[test]
fn mentions_less_sure_than_configured_are_not_published() {
    let text = "Elsbeth Karg met Jonas Brandvold of the Quorrel in Canada, and Zarnow saw the Vik.";
    let event = event_of_text(text.to_owned()).encode_to_vec();
    let confidences = |min_confidence| -> Vec<f32> {
        let transform = Transform::open(&Sources { min_confidence, ..sources(MODELS) }, PLACES).unwrap();
        let made = transform.record(&record(ID, Some(event.clone())), now());
        let tagged = TaggedItem::decode(made.record.value.unwrap()).unwrap();
        let mentions = tagged.entities.into_iter().flat_map(|entity| entity.mentions);
        mentions.map(|mention| mention.confidence).collect()
    };
    let all = confidences(0.0);
    let least = all.iter().copied().fold(1.0, f32::min);
    let kept = confidences(least + 0.01);
    assert_eq!(kept.len(), all.iter().filter(|confidence| **confidence > least).count());
    assert!(!kept.is_empty() && kept.len() < all.len(), "{all:?}");
}
