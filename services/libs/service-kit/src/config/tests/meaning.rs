//! Checks of meaning, and how their faults join those of shape.

use std::time::Duration;

use super::{
    super::{Check, Faults, Origins},
    *,
};

const INTERVALS: std::ops::RangeInclusive<Duration> = Duration::from_mins(1)..=Duration::from_hours(24);

fn nothing_set() -> Check {
    Check::new(Origins::default())
}

fn only_line(faults: Result<(), Faults>) -> String {
    let faults = faults.unwrap_err();
    assert_eq!(faults.iter().count(), 1, "{faults}");
    faults.iter().map(ToString::to_string).collect()
}

#[test]
fn faults_of_shape_and_of_range_come_in_one_report() {
    let file = ConfigFile::of("[poll]\ninterval_min = \"3s\"\nworkers = 0\neager = 1\n");
    let (raw, mut check) = load::<Raw>(&file.sources()).into_check();

    let checked = check.section("poll", |check| {
        (
            check.duration("interval_min", &raw.poll.interval_min, INTERVALS),
            check.number("workers", raw.poll.workers, 1..=64),
        )
    });
    let faults = check.finish(checked).unwrap_err();

    assert!(faults.to_string().starts_with("3 faults in the configuration:\n  1. poll.eager = 1 ("));
    assert_eq!(
        faults.iter().map(line).collect::<Vec<_>>(),
        [
            "poll.eager = 1 (courant.toml line 4): expected true or false",
            "poll.interval_min = \"3s\" (courant.toml line 2): outside its range; write a duration from 1m to 1day",
            "poll.workers = 0 (courant.toml line 3): outside its range; write a number from 1 to 64",
        ]
    );
}

#[test]
fn a_sound_value_comes_out_checked() {
    let mut check = nothing_set();

    let checked = (
        check.duration("a", "1h 30m", INTERVALS),
        check.bytes("b", 1024, 1..=2048),
        check.url("c", "https://a.example/x", &["https"]).to_string(),
        check.socket_addr("d", "[::]:9464").port(),
        check.one_of("e", "lz4", &[("none", 0), ("lz4", 1)]),
        check.text("f", " x "),
        check.list("g", &["h"]),
    );

    let expected =
        (Duration::from_mins(90), 1024, "https://a.example/x".to_owned(), 9464, Some(1), "x".to_owned(), vec!["h"]);
    assert_eq!(check.finish(checked).unwrap(), expected);
}

#[test]
fn each_check_names_the_expected_form() {
    let told = |run: fn(&mut Check)| {
        let mut check = nothing_set();
        run(&mut check);
        only_line(check.finish(()))
    };

    assert_eq!(
        told(|check| _ = check.duration("a", "90x", INTERVALS)),
        "a = \"90x\" (default): not a duration: unknown time unit \"x\", supported units: ns, us/µs, ms, sec, min, hours, days, weeks, months, years (and few variations); write a duration from 1m to 1day"
    );
    assert_eq!(
        told(|check| _ = check.bytes("b", 5, 1024..=1 << 30)),
        "b = 5 (default): outside its range; write a count of bytes from 1024 (1 KiB) to 1073741824 (1 GiB)"
    );
    assert_eq!(
        told(|check| drop(check.url("c", "ftp://me:pw@a.example", &["http", "https"]))),
        "c = \"ftp://(hidden)@a.example\" (default): its scheme is not allowed; write a URL with the scheme http or https"
    );
    assert_eq!(
        told(|check| _ = check.socket_addr("d", "localhost")),
        "d = \"localhost\" (default): not a socket address; write an IP address and a port, such as 0.0.0.0:9464"
    );
    assert_eq!(
        told(|check| _ = check.one_of("e", "zip", &[("none", 0), ("lz4", 1)])),
        "e = \"zip\" (default): not one of the choices; write one of none, lz4"
    );
    assert_eq!(told(|check| drop(check.text("f", "  "))), "f = \"\" (default): must not be empty");
    assert_eq!(
        told(|check| drop(check.list::<u8>("g", &[]))),
        "g = [] (default): must not be empty; name at least one"
    );
}

#[test]
fn a_rule_across_keys_can_tell_that_one_of_them_is_a_stand_in() {
    let (_, mut check) = load::<Raw>(&Sources::new().set("poll.workers=x")).into_check();

    check.section("poll", |check| {
        assert!(!check.is_sound("workers"));
        assert!(check.is_sound("work"));
        check.require(false, "jitter", "must be below workers", "lower it");
        assert!(!check.is_sound("jitter"));
    });
    assert!(!check.is_sound("poll"));
}

#[test]
fn a_secret_is_read_from_the_file_named_for_it() {
    let file = ConfigFile::of("hunter2\n");
    let mut check = nothing_set();

    let secret = check.secret("kafka.password", None, Some(&file.path)).unwrap();

    assert_eq!(secret.expose(), "hunter2");
    assert_eq!(format!("{secret} {secret:?}"), "(hidden) Secret(..)");
    assert_eq!(check.finish(()), Ok(()));
}

#[test]
fn a_secret_is_refused_from_a_flag_from_two_places_and_from_an_empty_file() {
    let file = ConfigFile::of("\n");
    let password_file = file.path.to_str().unwrap();
    let told = |sources: Sources| {
        let (raw, mut check) = load::<Raw>(&sources).into_check();
        check.section("kafka", |check| {
            drop(check.secret("password", raw.kafka.password, raw.kafka.password_file.as_deref()));
        });
        only_line(check.finish(()))
    };

    let flag = told(Sources::new().set("kafka.password=hunter2"));
    let twice = told(
        Sources::new()
            .env(variables(&[("COURANT_KAFKA__PASSWORD", "hunter2"), ("COURANT_KAFKA__PASSWORD_FILE", "/absent")])),
    );
    let empty = told(Sources::new().flag("--password-file", "kafka.password_file", password_file));

    assert_eq!(
        flag,
        "kafka.password (flag --set): a secret on the command line is visible to others; name a file with `password_file`"
    );
    assert_eq!(
        twice,
        "kafka.password_file = \"/absent\" (environment COURANT_KAFKA__PASSWORD_FILE): `password` is set too; set one of the two"
    );
    assert!(empty.contains("the file is empty"), "{empty}");
}
