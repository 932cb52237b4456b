//! Bad input: configurations, brokers and lists of feeds.

use std::fs;

use e2e::{
    kafka::Kafka,
    process::Ended,
    wait::{self, GRACE, PATIENCE},
    web::Web,
    world::World,
};
use newsroom::Options;

/// Nothing listens on the first privileged port.
const NOWHERE: &str = "127.0.0.1:1";

fn nowhere() -> World {
    World::without_topics("faults", NOWHERE, None).unwrap()
}

#[test]
fn a_malformed_file_ends_with_64_and_its_line() {
    let world = nowhere();
    fs::write(world.config(), "[kafka]\nbrokers = \"localhost:9092\"\n[poller\n").unwrap();
    for args in [&["poller"][..], &["enricher"], &["feeds", "list"], &["topics", "apply"]] {
        let Ended { code, stderr, .. } = world.command(args, "").unwrap();
        assert_eq!(code, Some(64), "{args:?}: {stderr}");
        assert!(stderr.contains("courant.toml"), "{stderr}");
        assert!(stderr.contains("line 3") || stderr.contains(":3"), "{stderr}");
    }
}

#[test]
fn every_fault_of_file_and_flags_is_told_at_once() {
    let world = nowhere();
    let file = "[kafka]\nbrokers = \"no port\"\n[poller.poll]\nmin_intervall = \"1s\"\nmax_interval = \"soon\"\n[pollr]\nx = 1\n";
    fs::write(world.config(), file).unwrap();

    let args = ["poller", "--set", "enricher.batch.max_records=0", "--admin-listen", "here"];
    let Ended { code, stderr, .. } = world.command(&args, "").unwrap();

    assert_eq!(code, Some(64), "{stderr}");
    for key in [
        "kafka.brokers",
        "did you mean `poller.poll.min_interval`",
        "poller.poll.max_interval",
        "did you mean `poller`",
        "enricher.batch.max_records",
        "admin.listen",
    ] {
        assert!(stderr.contains(key), "{key} is not told in\n{stderr}");
    }
    assert!(stderr.starts_with("courant: 6 faults"), "{stderr}");
}

#[test]
fn a_command_gives_an_unreachable_broker_up_with_69_and_one_line() {
    let world = nowhere();
    for args in [&["feeds", "list"][..], &["feeds", "add", "http://a.example/"], &["topics", "apply"]] {
        let Ended { code, stdout, stderr } = world.command(args, "").unwrap();
        assert_eq!(code, Some(69), "{args:?}: {stderr}");
        let told: Vec<_> = stderr.lines().filter(|line| line.starts_with("courant: ")).collect();
        assert_eq!((told.len(), stderr.lines().count()), (1, 1), "{stderr}{stdout}");
        assert!(told[0].contains(NOWHERE), "{stderr}");
    }
}

#[test]
fn a_service_waits_for_an_unreachable_broker_and_says_so() {
    for role in ["poller", "enricher"] {
        let world = nowhere();
        let process = world.start(role, &[]).unwrap();
        let answer = wait::until("readiness names the broker", PATIENCE, || {
            let answer = process.get("/readyz")?;
            Ok(answer.body.contains(NOWHERE).then_some(answer))
        })
        .unwrap();
        assert_eq!(answer.status, 503);
        assert_eq!(process.get("/livez").unwrap().status, 200, "waiting is no reason to be restarted");
        process.terminate(GRACE).unwrap();
    }
}

#[test]
fn a_service_ends_with_69_once_its_patience_is_over() {
    for role in ["poller", "enricher"] {
        let world = nowhere();
        let mut process = world.start(role, &["--set", &format!("{role}.start_deadline=2s")]).unwrap();
        assert_eq!(process.wait(PATIENCE).unwrap(), Some(69), "{}", process.log());
        assert!(process.log().contains(NOWHERE), "{}", process.log());
    }
}

#[test]
fn good_lines_of_a_broken_list_are_imported_and_bad_ones_named() {
    let web = Web::serve(Options { bundled: false, ..Options::default() }).unwrap();
    let world = World::new("lists", Kafka::shared().unwrap(), &web).unwrap();
    let opml = r#"<?xml version="1.0"?>
<opml version="2.0"><body>
<outline text="World">
<outline text="Good" xmlUrl="http://good.example/feed"/>
<outline text="Bad scheme" xmlUrl="ftp://bad.example/feed"/>
<outline text="No host" xmlUrl="http://"/>
<outline text="Also good &amp; sound" xmlUrl="http://also-good.example/feed?a=1&amp;b=2"/>
</outline>
<outline text="Unquoted" xmlUrl=http://unquoted.example/feed />
</body>
"#;
    let Ended { code, stdout, stderr } = world.command(&["feeds", "import", "-"], opml).unwrap();
    assert_ne!(code, Some(0), "a script must notice");
    assert!(stdout.contains("added"), "{stdout}");
    for line in ["line 5:", "line 6:"] {
        assert!(stderr.contains(line), "{line} is not told in {stderr}");
    }
    assert!(!stderr.contains("line 4:") && !stderr.contains("line 7:"), "{stderr}");
    let urls: Vec<_> = world.catalogue().unwrap().into_values().collect();
    for good in ["http://good.example/feed", "http://also-good.example/feed?a=1&b=2"] {
        assert!(urls.iter().any(|url| url == good), "{good} is not in {urls:?}");
    }
    assert!(urls.iter().all(|url| !url.contains("bad.example")), "{urls:?}");

    // A plain list likewise, and again: nothing is there twice.
    let list = "http://third.example/feed\nnot an address\u{1b}[2J\n\n# a remark\nhttp://good.example/feed\n";
    let Ended { stderr, .. } = world.command(&["feeds", "import", "-"], list).unwrap();
    assert!(stderr.contains("line 2:") && !stderr.contains('\u{1b}'), "{stderr:?}");
    let again: Vec<_> = world.catalogue().unwrap().into_values().collect();
    assert_eq!(again.len(), urls.len() + 1);
    // What is exported is imported elsewhere as it was.
    let exported = world.told(&["feeds", "export"], "").unwrap();
    let elsewhere = World::new("lists", Kafka::shared().unwrap(), &web).unwrap();
    elsewhere.import(&exported).unwrap();
    assert_eq!(world.catalogue().unwrap(), elsewhere.catalogue().unwrap());
    world.told(&["feeds", "remove", "http://good.example/feed"], "").unwrap();
    assert_eq!(world.catalogue().unwrap().len(), again.len() - 1);
}
