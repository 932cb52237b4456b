//! Who may be asked when.

use super::*;

fn at(millis: i64) -> DateTime<Utc> {
    DateTime::from_timestamp_millis(1_000_000 + millis).unwrap()
}

fn place(url: &str) -> Place {
    Place::of_url(&Url::parse(url).unwrap())
}

fn a() -> Place {
    place("http://a.example/")
}

fn rules(concurrency: u32, seconds: u64) -> SiteRules {
    SiteRules { concurrency: NonZeroU32::new(concurrency).unwrap(), spacing: Duration::from_secs(seconds) }
}

fn ledger() -> Ledger {
    Ledger::new(Manners::default())
}

#[test]
fn a_place_is_the_host_and_its_registrable_domain() {
    let place = place("https://Feeds.Press.co.uk.:8443/a?b");
    assert_eq!((&*place.host, &*place.site), ("feeds.press.co.uk", "press.co.uk"));
}

#[test]
fn requests_to_a_site_are_spaced_and_others_are_not() {
    let mut ledger = ledger();
    assert_eq!(ledger.admit(&a(), at(0)), Admission::Go);
    assert_eq!(ledger.admit(&a(), at(1)), Admission::Wait(at(1_000), Obstacle::Site));
    assert_eq!(ledger.admit(&place("http://b.example/"), at(1)), Admission::Go);
    assert_eq!(ledger.admit(&a(), at(1_000)), Admission::Go);
}

#[test]
fn a_hanging_site_is_busy_until_a_request_ends() {
    let mut ledger = ledger();
    assert_eq!(ledger.admit(&a(), at(0)), Admission::Go);
    assert_eq!(ledger.admit(&a(), at(1_000)), Admission::Go);
    assert_eq!(ledger.admit(&a(), at(9_000)), Admission::Busy(Obstacle::Site));
    ledger.finish(&a(), at(9_000), Heard::Nothing);
    assert_eq!(ledger.admit(&a(), at(9_000)), Admission::Go);
}

#[test]
fn hosts_and_domains_are_counted_apart() {
    let mut ledger = Ledger::new(Manners { host: rules(1, 0), site: rules(3, 0), exceptions: Vec::new() });
    let hosts = ["http://a.press.com/", "http://b.press.com/", "http://c.press.com/"].map(place);
    assert_eq!(ledger.admit(&hosts[0], at(0)), Admission::Go);
    assert_eq!(ledger.admit(&hosts[0], at(0)), Admission::Busy(Obstacle::Host));
    assert_eq!(ledger.admit(&hosts[1], at(0)), Admission::Go);
    assert_eq!(ledger.admit(&hosts[2], at(0)), Admission::Go);
    let fourth = place("http://d.press.com/");
    assert_eq!(ledger.admit(&fourth, at(0)), Admission::Busy(Obstacle::Site));
    ledger.finish(&hosts[1], at(1), Heard::Nothing);
    assert_eq!(ledger.admit(&fourth, at(1)), Admission::Go);
}

#[test]
fn a_refused_request_takes_no_place_in_either_account() {
    let mut ledger = Ledger::new(Manners { host: rules(1, 0), site: rules(2, 0), exceptions: Vec::new() });
    let (a, b) = (place("http://a.press.com/"), place("http://b.press.com/"));
    assert_eq!(ledger.admit(&a, at(0)), Admission::Go);
    for _ in 0..5 {
        assert_eq!(ledger.admit(&a, at(0)), Admission::Busy(Obstacle::Host));
    }
    assert_eq!(ledger.admit(&b, at(0)), Admission::Go);
}

#[test]
fn exceptions_give_hosts_and_domains_rules_of_their_own() {
    let exceptions =
        vec![("*.slow.com".parse().unwrap(), rules(1, 60)), ("platform.com".parse().unwrap(), rules(8, 0))];
    let manners = Manners { host: rules(1, 0), site: rules(2, 0), exceptions };
    let mut ledger = Ledger::new(manners);
    let slow = place("http://www.slow.com/");
    assert_eq!(ledger.admit(&slow, at(0)), Admission::Go);
    ledger.finish(&slow, at(10), Heard::Nothing);
    assert_eq!(ledger.admit(&slow, at(10)), Admission::Wait(at(60_000), Obstacle::Host));
    for host in 0..8 {
        assert_eq!(ledger.admit(&place(&format!("http://blog{host}.platform.com/")), at(0)), Admission::Go);
    }
}

#[test]
fn a_host_that_wants_to_be_left_alone_is() {
    let mut ledger = Ledger::new(Manners::uniform(rules(9, 0)));
    for _ in 0..2 {
        assert_eq!(ledger.admit(&a(), at(0)), Admission::Go);
    }
    assert_eq!(ledger.finish(&a(), at(1), Heard::Quiet(at(5_000))), Some(Scope::Unknown));
    assert_eq!(ledger.finish(&a(), at(2), Heard::Quiet(at(2_000))), Some(Scope::Host));
    assert_eq!(ledger.admit(&a(), at(3)), Admission::Wait(at(5_000), Obstacle::Host));
    assert_eq!(ledger.admit(&a(), at(5_000)), Admission::Go);
}

#[test]
fn idle_accounts_are_forgotten_and_others_kept() {
    let mut ledger = ledger();
    let [done, running] = ["http://done.example/", "http://running.example/"].map(place);
    for place in [&done, &running] {
        assert_eq!(ledger.admit(place, at(0)), Admission::Go);
    }
    ledger.finish(&done, at(10), Heard::Nothing);
    assert_eq!(ledger.admit(&done, at(20)), Admission::Wait(at(1_000), Obstacle::Site));
    ledger.prune(at(2_000));
    assert_eq!(ledger.accounts(), 2);
    ledger.finish(&running, at(3_000), Heard::Nothing);
    assert_eq!(ledger.accounts(), 0);
}

#[test]
fn a_clock_set_back_blocks_nobody() {
    let mut ledger = ledger();
    assert_eq!(ledger.admit(&a(), at(900_000)), Admission::Go);
    assert_eq!(ledger.admit(&a(), at(0)), Admission::Go);
}
