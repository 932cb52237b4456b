//! What is made of a model's spans, by the bundled dictionary and lexicon.

use std::{fmt::Write as _, sync::LazyLock};

use entity_core::{
    Dictionary, Document, EntityId, Lexicon, MAX_MENTIONS, MAX_TAGS, MIN_CONFIDENCE, Method, ModelSpan, ModelSpans,
    Reading, Rule, RuleSet, Tag, Tagger,
};
use news_model::EntityType;
use proptest::prelude::*;

static LEXICON: LazyLock<Lexicon> = LazyLock::new(|| Lexicon::bundled().unwrap());
static TAGGER: LazyLock<Tagger> = LazyLock::new(|| tagger(RuleSet::default()));

pub(crate) fn tagger(rules: RuleSet) -> Tagger {
    let tagger = Tagger::new(Dictionary::bundled().unwrap()).unwrap();
    tagger.with_lexicon(LEXICON.clone()).with_rules(rules).with_min_confidence(0.0)
}

/// A text in which `[PERSON:Jane Doe]` is what the model marked, and its spans.
fn marked(text: &str) -> (String, ModelSpans) {
    let (mut plain, mut spans) = (String::new(), Vec::new());
    let mut rest = text;
    while let Some((before, marked)) = rest.split_once('[') {
        let (label, marked) = marked.split_once(':').unwrap();
        let (name, after) = marked.split_once(']').unwrap();
        plain.push_str(before);
        let start = plain.len();
        plain.push_str(name);
        spans.push(ModelSpan { start, end: plain.len(), label: label.parse().unwrap(), margin: None });
        rest = after;
    }
    plain.push_str(rest);
    (plain, ModelSpans { content: Reading { spans, ..Reading::default() }, ..ModelSpans::default() })
}

pub(crate) fn tags(tagger: &Tagger, text: &str) -> Vec<Tag> {
    let (plain, model) = marked(text);
    tagger.tag_read(&Document { content: &plain, ..Document::default() }, &model)
}

/// `LABEL:surface` of each mention, in order.
pub(crate) fn names(tagger: &Tagger, text: &str) -> Vec<String> {
    let (plain, model) = marked(text);
    let mentions = tagger.mentions(&Document { content: &plain, ..Document::default() }, &model);
    let shown = mentions.iter().map(|mention| {
        let range = usize::try_from(mention.start).unwrap()..usize::try_from(mention.end).unwrap();
        format!("{}:{}", mention.entity_type, &plain[range])
    });
    shown.collect()
}

/// A rule, a text, and the names with the rule and without it.
type RuleCase = (Rule, &'static str, &'static [&'static str], &'static [&'static str]);

/// What each rule is for.
const RULE_CASES: [RuleCase; 15] = [
    (Rule::Articles, "At [ORG:the Quorrel Press] today.", &["ORG:Quorrel Press"], &["ORG:the Quorrel Press"]),
    (Rule::Possessives, "It was [PERSON:Zarnow's] idea.", &["PERSON:Zarnow"], &["PERSON:Zarnow's"]),
    (
        Rule::Roles,
        "He met [PERSON:Vornex CEO Elsbeth Karg].",
        &["ORG:Vornex", "PERSON:Elsbeth Karg"],
        &["PERSON:Vornex CEO Elsbeth Karg"],
    ),
    (Rule::Dictionary, "Swiss voters chose.", &["NORP:Swiss"], &[]),
    (Rule::HeadWords, "At [PERSON:Quorrel University].", &["ORG:Quorrel University"], &["PERSON:Quorrel University"]),
    (
        Rule::Acronyms,
        "The [ORG:Vornex Trade Union] (VTU) met.",
        &["ORG:Vornex Trade Union", "ORG:VTU"],
        &["ORG:Vornex Trade Union"],
    ),
    (
        Rule::Capitals,
        "He has ties to the [LANGUAGE:mandarin] leaders of Harbin.",
        &["GPE:Harbin"],
        &["LANGUAGE:mandarin", "GPE:Harbin"],
    ),
    // Who leaves out capitals altogether leaves them out of names too.
    (
        Rule::Capitals,
        "ties to [ORG:vornex] and [GPE:lagos]",
        &["ORG:vornex", "GPE:lagos"],
        &["ORG:vornex", "GPE:lagos"],
    ),
    (Rule::Headlines, "[PRODUCT:ZARNOWING] OF THE YEAR", &[], &["PRODUCT:ZARNOWING"]),
    (
        Rule::Gazetteer,
        "[PERSON:Elsbeth Karg] flew on to Aarhus.",
        &["PERSON:Elsbeth Karg", "GPE:Aarhus"],
        &["PERSON:Elsbeth Karg"],
    ),
    (Rule::KnownTypes, "[PERSON:Aarhus] grew.", &["GPE:Aarhus"], &["PERSON:Aarhus"]),
    (Rule::GivenNames, "[ORG:Elizabeth Quorrel] left.", &["PERSON:Elizabeth Quorrel"], &["ORG:Elizabeth Quorrel"]),
    (Rule::Cues, "Then Minister [ORG:Zarnow] said so.", &["PERSON:Zarnow"], &["ORG:Zarnow"]),
    (
        Rule::Agreement,
        "[PERSON:Quorrel] grew. [ORG:Quorrel] fell. [ORG:Quorrel] stood.",
        &["ORG:Quorrel", "ORG:Quorrel", "ORG:Quorrel"],
        &["PERSON:Quorrel", "ORG:Quorrel", "ORG:Quorrel"],
    ),
    (
        Rule::Propagation,
        "[PERSON:Elsbeth Karg] left. Later Karg came.",
        &["PERSON:Elsbeth Karg", "PERSON:Karg"],
        &["PERSON:Elsbeth Karg"],
    ),
];

#[test]
fn each_rule_does_what_it_is_named_for_and_can_be_switched_off() {
    for (rule, text, with, without) in RULE_CASES {
        assert_eq!(names(&TAGGER, text), with, "{rule:?}");
        if with != without {
            assert_eq!(names(&tagger(RuleSet::default().without(rule)), text), without, "without {rule:?}");
        }
    }
}

#[test]
fn words_for_the_people_of_a_place_are_no_place_where_the_model_says_so() {
    assert_eq!(names(&TAGGER, "Two [NORP:Viennese] and [NORP:Zairean] poets."), ["NORP:Viennese", "NORP:Zairean"]);
    assert_eq!(names(&TAGGER, "They live in [NORP:Vienna]."), ["GPE:Vienna"], "a label is the place itself");
}

#[test]
fn enumerations_of_known_names_are_split_and_others_are_not() {
    let lists = tagger([Rule::Lists].into_iter().collect());
    assert_eq!(names(&lists, "Between [ORG:Angola and Mozambique]."), ["ORG:Angola", "ORG:Mozambique"]);
    assert_eq!(names(&lists, "At [ORG:Quorrel and Zarnow]."), ["ORG:Quorrel and Zarnow"]);
    assert_eq!(names(&tagger(RuleSet::none()), "Between [ORG:Angola and Mozambique]."), ["ORG:Angola and Mozambique"]);
}

#[test]
fn places_stand_for_teams_in_reports_on_sport_and_are_not_linked_then() {
    let report = "The coach said the season of football ended. In the tournament [GPE:Alabama] scored a touchdown in [GPE:Texas].";
    let id = |text| tags(&TAGGER, text).iter().find(|tag| &*tag.name == "Alabama").map(|tag| tag.id.to_string());
    assert_eq!(id(report), Some("courant:gpe:alabama".to_owned()));
    assert_eq!(id("The governor said that [GPE:Alabama] voted."), Some("Q173".to_owned()));
}

/// An invented article with what `en_core_web_sm` 3.8 marks in it, faults included: persons joined with organisations, an office taken for an
/// organisation, a surname taken for one, articles, and a name that only its acronym shows.
const ARTICLE: &str = "([PERSON:Harbour Desk]) – The two presidents, [PERSON:Vladimir Putin] and [PERSON:Xi Jinping], met in [GPE:Harbin] on \
    [DATE:Tuesday] for the Harbour Dialogue Initiative (HDI), said [PERSON:Mathilde Corvane], political analyst at [ORG:the Institut \
    Valmonde]. The delegation included [ORG:Finance] Minister [PERSON:Anton Siluanov] and [ORG:Central Bank] Governor [PERSON:Elvira \
    Nabiullina]. Also present were [ORG:Norvik Steel] CEO [PERSON:Torben Haldgaard], [PERSON:Sberbank CEO German Gref], [ORG:VTB] head \
    [PERSON:Andrei Kostin] and the head by [PERSON:Novatek Leonid Mikhelson]. [PERSON:Corvane]’s view: [ORG:Siluanov] wants trade. \
    [PERSON:Putin]’s visit to [ORG:the Harbin Institute of Technology] was, for the [ORG:HDI], a first. The [GPE:US]-led order was on no \
    agenda between [GPE:China] and [GPE:Russia], from [LOC:the Gulf of Oman] to [LOC:the South China Sea].";

#[test]
fn persons_organisations_and_places_of_an_article_come_out_whole() {
    let found = names(&TAGGER, ARTICLE);
    let expected = [
        "PERSON:Harbour Desk",
        "PERSON:Vladimir Putin",
        "PERSON:Xi Jinping",
        "GPE:Harbin",
        "ORG:Harbour Dialogue Initiative",
        "ORG:HDI",
        "PERSON:Mathilde Corvane",
        "ORG:Institut Valmonde",
        "PERSON:Anton Siluanov",
        "ORG:Central Bank",
        "PERSON:Elvira Nabiullina",
        "ORG:Norvik Steel",
        "PERSON:Torben Haldgaard",
        "ORG:Sberbank",
        "PERSON:German Gref",
        "ORG:VTB",
        "PERSON:Andrei Kostin",
        "ORG:Novatek",
        "PERSON:Leonid Mikhelson",
        "PERSON:Corvane",
        "PERSON:Siluanov",
        "PERSON:Putin",
        "ORG:Harbin Institute of Technology",
        "ORG:HDI",
        "GPE:US",
        "GPE:China",
        "GPE:Russia",
        "LOC:Gulf of Oman",
        "LOC:South China Sea",
    ];
    assert_eq!(found, expected);
    let bank = tags(&TAGGER, ARTICLE).into_iter().find(|tag| tag.id.as_str() == "courant:org:central-bank-of-russia");
    assert_eq!(bank.map(|bank| bank.count), Some(1), "of the central banks the one whose governor is named");
}

#[test]
fn rules_are_named_in_words() {
    assert_eq!(serde_json::to_string(&Rule::HeadWords).unwrap(), "\"head-words\"");
    let rules: RuleSet = serde_json::from_str("[\"articles\",\"given-names\"]").unwrap();
    assert!(rules.has(Rule::GivenNames) && !rules.has(Rule::Roles));
    assert!(serde_json::from_str::<RuleSet>("[\"magic\"]").is_err());
}

#[test]
fn a_name_nobody_knows_has_a_stable_local_id_and_its_short_forms_share_it() {
    let found = tags(&TAGGER, "[PERSON:Elsbeth Karg] left. [PERSON:Karg] slept.");
    assert_eq!(found.len(), 1, "{found:?}");
    assert_eq!((found[0].id.clone(), found[0].count), (EntityId::local(EntityType::Person, "Elsbeth Karg"), 2));
    assert_eq!((found[0].id.qid(), found[0].method), (None, Method::Model));
    assert_eq!(found[0].mentions[1].method, Method::Coreference);
}

#[test]
fn a_name_of_the_lexicon_is_linked_and_says_so() {
    let found = tags(&TAGGER, "A book by [PERSON:Douglas Adams] the English writer.");
    let adams = found.iter().find(|tag| tag.id.qid() == Some("Q42")).expect("linked");
    assert_eq!(adams.method, Method::Linked);
    assert!(adams.confidence >= 0.75);
}

#[test]
fn companies_are_linked_without_their_legal_form_and_states_by_their_short_form_behind_a_town() {
    let qid = |text: &str, name: &str| {
        let (plain, _) = marked(text);
        let found = tags(&TAGGER, text);
        let stands = |tag: &&Tag| {
            tag.mentions.iter().any(|mention| &plain[usize::try_from(mention.start).unwrap()..][..name.len()] == name)
        };
        found.iter().find(stands).expect("it is found").id.qid().map(str::to_owned)
    };
    assert_eq!(qid("Shares of [ORG:Home Depot Inc.] fell.", "Home Depot").as_deref(), Some("Q864407"));
    assert_eq!(qid("Shares of [ORG:Quorrel Inc.] fell.", "Quorrel"), None);
    assert_eq!(qid("They met in [GPE:Tuscaloosa], [GPE:Ala.], on Friday.", "Ala.").as_deref(), Some("Q173"));
    assert_eq!(qid("They met in [GPE:Athens], [GPE:Ga.], on Friday.", "Ga.").as_deref(), Some("Q1428"));
    assert_eq!(qid("They met [GPE:Ala.] on Friday.", "Ala."), None);
}

#[test]
fn a_mention_is_the_surer_the_clearer_its_reading_was() {
    let (plain, mut model) = marked("[PERSON:Elsbeth Karg] left. Later [PERSON:Elsbeth Karg] slept.");
    model.content.spans[0].margin = Some(0.1);
    model.content.spans[1].margin = Some(7.0);
    let found = TAGGER.tag_read(&Document { content: &plain, ..Document::default() }, &model);
    let [first, second] = found[0].mentions.as_slice() else { panic!("{found:?}") };
    assert!(first.confidence + 0.2 < second.confidence, "{found:?}");
    assert!((found[0].confidence - second.confidence).abs() < f32::EPSILON, "the surest mention counts");
}

#[test]
fn mentions_less_sure_than_the_bound_are_left_out() {
    let (plain, mut model) =
        marked("[PERSON:Elsbeth Karg] saw [PRODUCT:Quorrel] in [GPE:Paris]. [PRODUCT:Zarnow Max] too.");
    model.content.spans[1].margin = Some(0.1);
    let document = Document { content: &plain, ..Document::default() };
    let of = |tagger: &Tagger| {
        let tags = tagger.tag_read(&document, &model);
        let mut names: Vec<String> = tags.iter().map(|tag| tag.name.to_string()).collect();
        names.sort_unstable();
        assert_eq!(names.len(), tagger.mentions(&document, &model).len());
        names
    };
    assert_eq!(of(&TAGGER), ["Elsbeth Karg", "Paris", "Quorrel", "Zarnow Max"]);
    let bound = |confidence: f32| tagger(RuleSet::default()).with_min_confidence(confidence);
    assert_eq!(of(&bound(MIN_CONFIDENCE)), ["Elsbeth Karg", "Paris", "Zarnow Max"]);
    assert_eq!(of(&bound(0.9)), ["Paris"]);
    assert_eq!(of(&bound(1.0)), [""; 0]);
}

/// Pieces of hostile and of plain text.
fn text() -> impl Strategy<Value = String> {
    let piece = prop_oneof![
        prop::sample::select(vec![
            "the",
            "The",
            "Jane",
            "Doe",
            "Jane Doe",
            "President",
            "Paris",
            "Texas",
            "University",
            "of",
            "and",
            "(JD)",
            "'s",
            "’s",
            "U.S.",
            "\u{202e}",
            "\u{200b}",
            "\u{301}",
            "中国",
            "Москва",
            "é",
            "🏴",
            "\n",
            "\n\n",
            "\"",
            ",",
            "(",
            ")",
            "-",
        ])
        .prop_map(str::to_owned),
        any::<String>(),
    ];
    prop::collection::vec(piece, 0..40).prop_map(|pieces| pieces.join(" "))
}

proptest! {
    #[test]
    fn mentions_of_any_spans_lie_on_characters_in_order_and_apart(
        text in text(),
        cuts in prop::collection::vec((any::<prop::sample::Index>(), any::<prop::sample::Index>(), 0..18_usize), 0..12),
    ) {
        let edges: Vec<usize> = text.char_indices().map(|(at, _)| at).chain([text.len()]).collect();
        let mut spans: Vec<ModelSpan> = cuts
            .iter()
            .map(|(one, other, label)| (*one.get(&edges), *other.get(&edges), EntityType::ALL[*label]))
            .filter(|(start, end, _)| start < end)
            .map(|(start, end, label)| ModelSpan { start, end, label, margin: None })
            .collect();
        spans.sort_by_key(|span| span.start);
        spans.dedup_by(|later, earlier| later.start < earlier.end);
        let model = ModelSpans { content: Reading { spans, ..Reading::default() }, ..ModelSpans::default() };
        let document = Document { content: &text, ..Document::default() };
        let mentions = TAGGER.mentions(&document, &model);
        let mut behind = 0;
        for mention in &mentions {
            let (start, end): (usize, usize) = (mention.start.try_into().unwrap(), mention.end.try_into().unwrap());
            prop_assert!(behind <= start && start < end, "{start} {end} {behind}");
            prop_assert!(text.get(start..end).is_some_and(|slice| slice.contains(char::is_alphanumeric)));
            behind = end;
        }
        let tags = TAGGER.tag_read(&document, &model);
        let counted: u32 = tags.iter().map(|tag| tag.count).sum();
        prop_assert!(tags.len() == MAX_TAGS || counted == u32::try_from(mentions.len()).unwrap());
        prop_assert!(tags.iter().all(|tag| (0.0..=1.0).contains(&tag.confidence) && tag.mentions.len() <= MAX_MENTIONS));
        prop_assert_eq!(&tags, &TAGGER.tag_read(&document, &model));
    }
}

#[test]
fn a_hundred_thousand_names_are_tagged_within_bounds() {
    let mut text = String::new();
    let mut spans = Vec::new();
    for number in 0..100_000 {
        let start = text.len();
        let _ = write!(text, "Qu{number}x Zarn{}", number % 1_000);
        spans.push(ModelSpan { start, end: text.len(), label: EntityType::Person, margin: None });
        text.push_str(", ");
    }
    let model = ModelSpans { content: Reading { spans, ..Reading::default() }, ..ModelSpans::default() };
    let document = Document { content: &text, ..Document::default() };
    let tags = TAGGER.tag_read(&document, &model);
    assert_eq!(tags.len(), MAX_TAGS);
    assert!(tags.iter().all(|tag| tag.mentions.len() <= MAX_MENTIONS));
}

/// Whether any tag of `text` has the Wikidata id `qid`.
fn links(text: &str, qid: &str) -> bool {
    tags(&TAGGER, text).iter().any(|tag| tag.id.qid() == Some(qid))
}

#[test]
fn places_are_not_linked_where_the_words_beside_them_mean_a_team_or_a_person() {
    assert!(links("They met in [GPE:England] on Monday.", "Q21"));
    assert!(!links("Zarnow scored a hattrick against [GPE:England].", "Q21"));
    assert!(links("They flew to [GPE:Paris] on Monday.", "Q90"));
    assert!(!links("[GPE:Paris] and [PERSON:Kim] are wealthy.", "Q90"));
    assert!(!links("Acts like [PERSON:Davis], [GPE:Chicago], and [PERSON:Mitchell] came.", "Q1297"));
}

#[test]
fn a_single_word_of_a_longer_label_is_not_enough_for_a_link() {
    assert!(!links("Zarnow preferred to play [ORG:Blues] there.", "Q207735"));
}
