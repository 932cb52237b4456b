//! Which source wins, and what text becomes.

use super::{super::Origin, *};

#[test]
fn later_sources_win_and_each_value_knows_its_origin() {
    let file = ConfigFile::of("[poll]\ninterval_min = \"1m\"\nworkers = 2\njitter = 0.5\n");
    let sources = file
        .sources()
        .env(variables(&[("COURANT_POLL__WORKERS", "3"), ("COURANT_POLL__JITTER", "0.7"), ("HOME", "/home")]))
        .flag("--jitter", "poll.jitter", "0.9");

    let loaded = load::<Raw>(&sources);

    assert_eq!(lines(&loaded), [""; 0]);
    assert_eq!((loaded.raw.poll.interval_min.as_str(), loaded.raw.poll.workers), ("1m", 3));
    assert!((loaded.raw.poll.jitter - 0.9).abs() < f64::EPSILON);
    assert_eq!(
        loaded.origins.of("poll.interval_min"),
        Origin::File { path: file.path.as_path().into(), line: Some(2) }
    );
    assert_eq!(loaded.origins.of("poll.workers"), Origin::Env("COURANT_POLL__WORKERS".into()));
    assert_eq!(loaded.origins.of("poll.jitter"), Origin::Flag("--jitter".into()));
    assert_eq!(loaded.origins.of("poll.eager"), Origin::Default);
}

#[test]
fn the_last_flag_for_a_key_wins() {
    let sources = Sources::new().set("poll.workers=1").set("poll.workers = 2");

    assert_eq!(load::<Raw>(&sources).into_result().unwrap().poll.workers, 2);
}

#[test]
fn text_becomes_what_its_field_asks_for() {
    let sources = Sources::new().env(variables(&[
        ("COURANT_POLL__INTERVAL_MIN", "90"),
        ("COURANT_POLL__WORKERS", "1_000"),
        ("COURANT_POLL__JITTER", "1"),
        ("COURANT_POLL__EAGER", "TRUE"),
        ("COURANT_POLL__ORDER", "newest-first"),
        ("COURANT_POLL__NOTE", "true"),
        ("COURANT_KAFKA__BROKERS", "a:9092, b:9092"),
        ("COURANT_FEEDS", r#"[{ url = "https://a.example", weight = 3 }]"#),
    ]));

    let raw = load::<Raw>(&sources).into_result().unwrap();

    assert_eq!((raw.poll.interval_min.as_str(), raw.poll.workers, raw.poll.eager), ("90", 1000, true));
    assert!((raw.poll.jitter - 1.0).abs() < f64::EPSILON);
    assert_eq!((raw.poll.order, raw.poll.note.as_deref()), (Order::NewestFirst, Some("true")));
    assert_eq!(raw.kafka.brokers, ["a:9092", "b:9092"]);
    assert_eq!((raw.feeds[0].url.as_str(), raw.feeds[0].weight), ("https://a.example", 3));
}

#[test]
fn an_empty_variable_unsets_an_optional_key_and_empties_a_list() {
    let file = ConfigFile::of("[poll]\nnote = \"x\"\n[kafka]\nbrokers = [\"a:1\"]");
    let sources = file.sources().env(variables(&[("COURANT_POLL__NOTE", ""), ("COURANT_KAFKA__BROKERS", "")]));

    let raw = load::<Raw>(&sources).into_result().unwrap();

    assert_eq!((raw.poll.note, raw.kafka.brokers.len()), (None, 0));
}

#[test]
fn a_free_map_takes_dotted_names_from_every_source() {
    let file = ConfigFile::of("[kafka.properties]\n\"client.id\" = \"c\"\nsasl.mechanism = \"PLAIN\"\nlinger.ms = 5\n");
    let sources = file
        .sources()
        .env(variables(&[
            ("COURANT_KAFKA__PROPERTIES__SASL_PASSWORD", "p"),
            ("COURANT_KAFKA__PROPERTIES__CLIENT_ID", "e"),
        ]))
        .set("kafka.properties.ssl_ca=ca");

    let loaded = load::<Raw>(&sources);

    assert_eq!(
        loaded.origins.of("kafka.properties.sasl.password").to_string(),
        "environment COURANT_KAFKA__PROPERTIES__SASL_PASSWORD"
    );
    let properties = loaded.into_result().unwrap().kafka.properties;
    let expected =
        [("client.id", "e"), ("linger.ms", "5"), ("sasl.mechanism", "PLAIN"), ("sasl.password", "p"), ("ssl_ca", "ca")];
    assert!(properties.iter().map(|(name, value)| (name.as_str(), value.as_str())).eq(expected), "{properties:?}");
}

#[test]
fn what_is_not_for_this_process_is_left_alone() {
    let file = ConfigFile::of("[enricher]\nmodel = 3\n");
    let sources = file.sources().ignore_key("enricher").ignore_env("COURANT_CONFIG").env(variables(&[
        ("COURANT_CONFIG", "courant.toml"),
        ("COURANT_ENRICHER__MODEL", "4"),
        ("COURANT_POLLER_SERVICE_HOST", "10.0.0.1"),
        ("COURANT_POLLER_SERVICE_PORT", "9464"),
        ("COURANT_POLLER_SERVICE_PORT_ADMIN", "9464"),
        ("COURANT_POLLER_PORT", "tcp://10.0.0.1:9464"),
        ("COURANT_POLLER_PORT_9464_TCP", "tcp://10.0.0.1:9464"),
        ("COURANT_POLLER_PORT_9464_TCP_ADDR", "10.0.0.1"),
    ]));

    assert_eq!(lines(&load::<Raw>(&sources)), [""; 0]);
}

#[test]
fn an_inline_table_from_outside_joins_the_table_of_the_file() {
    let file = ConfigFile::of("[poll]\nworkers = 2\n");

    let raw = load::<Raw>(&file.sources().set("poll={ eager = true }")).into_result().unwrap();

    assert_eq!((raw.poll.workers, raw.poll.eager), (2, true));
}

#[test]
fn the_stronger_source_wins_in_a_free_map_however_the_name_is_spelled() {
    let file = ConfigFile::of("[kafka.properties]\nlinger.ms = 5\n\"batch.size\" = 1\n");
    let sources = file
        .sources()
        .env(variables(&[("COURANT_KAFKA__PROPERTIES__LINGER_MS", "6")]))
        .set("kafka.properties.batch.size=2");

    let properties = load::<Raw>(&sources).into_result().unwrap().kafka.properties;

    assert_eq!((properties["linger.ms"].as_str(), properties["batch.size"].as_str()), ("6", "2"));
}
