//! Every fault is told, with its key, value, origin and remedy.

use super::*;

#[test]
fn faults_of_all_sources_come_in_one_report() {
    let file = ConfigFile::of(
        "[poll]\nworkers = 70000\neager = \"yes\"\norder = \"newest-frist\"\nintervall_min = \"1m\"\n\n[kafka]\nbrokers = \"a:9092\"\n",
    );
    let sources = file
        .sources()
        .env(variables(&[("COURANT_POLL__JITTER", "much"), ("COURANT_POL__X", "1"), ("COURANT_POLL_WORKERS", "1")]))
        .set("poll.interval_max=1m")
        .set("poll.note");

    let loaded = load::<Raw>(&sources);

    assert_eq!(
        lines(&loaded),
        [
            "poll.note (flag --set): no value given; write `--set key.path=value`",
            "pol (environment COURANT_POL__X): unknown key; did you mean `COURANT_POLL__X`?",
            "poll_workers (environment COURANT_POLL_WORKERS): unknown key; did you mean `COURANT_POLL__WORKERS`?",
            "poll.interval_max (flag --set): unknown key; did you mean `poll.interval_min`?",
            "poll.intervall_min (courant.toml line 5): unknown key; did you mean `poll.interval_min`?",
            "kafka.brokers = \"a:9092\" (courant.toml line 8): expected a list",
            "poll.eager = \"yes\" (courant.toml line 3): expected true or false",
            "poll.jitter = \"much\" (environment COURANT_POLL__JITTER): expected a number",
            "poll.order = \"newest-frist\" (courant.toml line 4): not one of the choices; did you mean `newest-first`?",
            "poll.workers = 70000 (courant.toml line 2): expected a whole number from 0 to 65535",
        ]
    );
}

#[test]
fn sound_keys_keep_their_values_beside_faulty_ones() {
    let file = ConfigFile::of("[poll]\nworkers = \"many\"\neager = true\n[kafka]\nbrokers = [\"a:1\"]\n");

    let loaded = load::<Raw>(&file.sources());

    assert_eq!(loaded.faults.len(), 1);
    assert!(loaded.raw.poll.eager);
    assert_eq!((loaded.raw.poll.workers, loaded.raw.kafka.brokers.len()), (8, 1));
}

#[test]
fn list_elements_keep_their_index_after_a_fault() {
    let file = ConfigFile::of(
        "[[feeds]]\nurl = 5\n\n[[feeds]]\nurl = \"https://b.example\"\nwieght = 1\n\n[[feeds]]\nweight = 900\nurl = \"https://c.example\"\n\n[[feeds]]\nweight = 1\n",
    );

    let loaded = load::<Raw>(&file.sources());

    assert_eq!(
        lines(&loaded),
        [
            "feeds[1].wieght (courant.toml line 6): unknown key; did you mean `feeds[1].weight`?",
            "feeds[0].url = 5 (courant.toml line 2): expected text; put it in quotes",
            "feeds[2].weight = 900 (courant.toml line 9): expected a whole number from 0 to 255",
            "feeds[3].url (courant.toml line 12): must be set",
        ]
    );
    assert_eq!(loaded.raw.feeds.len(), 2);
}

#[test]
fn an_unknown_key_without_a_likely_name_lists_the_known_ones() {
    let loaded = load::<Raw>(&Sources::new().set("telemetry.level=info"));

    assert_eq!(lines(&loaded), ["telemetry (flag --set): unknown key; known here: poll, kafka, feeds"]);
}

#[test]
fn every_broken_line_of_the_file_is_told_without_its_text() {
    let file = ConfigFile::of("[poll]\nworkers = \nnote = hunter2\neager = true\norder = \"lost\"\n");

    let loaded = load::<Raw>(&file.sources());

    let told = lines(&loaded);
    assert!(told.iter().any(|line| line.starts_with("courant.toml line 2: not TOML: ")), "{told:#?}");
    assert!(told.iter().any(|line| line.starts_with("courant.toml line 3: not TOML: ")), "{told:#?}");
    assert!(told.iter().any(|line| line.starts_with("poll.order = \"lost\" (courant.toml line 5): ")), "{told:#?}");
    assert!(!told.iter().any(|line| line.starts_with("poll.workers") || line.contains("hunter2")), "{told:#?}");
}

#[test]
fn an_absent_file_is_a_fault_beside_the_others() {
    let sources = Sources::new().file(Some("absent.toml".into())).set("poll.workers=x");

    let loaded = load::<Raw>(&sources);

    assert_eq!(
        lines(&loaded),
        [
            "absent.toml: no such file; name a readable TOML file",
            "poll.workers = \"x\" (flag --set): expected a whole number from 0 to 65535",
        ]
    );
}

#[test]
fn a_table_and_a_value_do_not_hide_each_other() {
    let file = ConfigFile::of("[poll]\nworkers = \"many\"\n");

    let told = lines(&load::<Raw>(&file.sources().set("poll=5").set("kafka=5")));

    assert_eq!(
        told,
        [
            "poll = \"5\" (flag --set): expected a table; set the keys below it one by one, or write `{ key = value }`",
            "kafka = \"5\" (flag --set): expected a table",
            "poll.workers = \"many\" (courant.toml line 2): expected a whole number from 0 to 65535",
        ]
    );
}

#[test]
fn secrets_are_in_no_fault_and_in_no_listing() {
    let file = ConfigFile::of(
        "[kafka]\npassword = [\"hunter2\"]\npasword = \"hunter2\"\n[kafka.properties]\nsasl.password = [\"hunter2\"]\n",
    );
    let sources = file.sources().set(r#"kafka={ pasword_ = "hunter2" }"#).env(variables(&[
        ("COURANT_KAFKA__BROKERS", "https://user:hunter2@broker"),
        ("COURANT_KAFKA__PROPERTIES__SSL_KEY_PASSWORD", "hunter2"),
        ("COURANT_POLL__WORKERS", "https://user:hunter2@host"),
    ]));

    let loaded = load::<Raw>(&sources);

    let told = format!("{:#?}\n{:?}", lines(&loaded), loaded.origins.iter().collect::<Vec<_>>());
    assert!(loaded.faults.len() >= 4, "{told}");
    assert!(!told.contains("hunter2"), "{told}");
}

#[test]
fn a_key_that_looks_like_a_service_link_is_still_a_key() {
    let sources =
        Sources::new().env(variables(&[("COURANT_POLL__SERVICE_HOST", "10.0.0.1"), ("COURANT_POLL_PORT", "9464")]));

    let told = lines(&load::<Raw>(&sources));

    assert_eq!(told.len(), 2, "{told:#?}");
}
