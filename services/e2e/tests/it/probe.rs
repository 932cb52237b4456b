//! probe
use crate::load::Load;
use e2e::{
    topics::{self, Isolation, Watch},
    wait::PATIENCE,
};
use std::time::{Duration, Instant};
#[test]
fn probe() {
    let args = [
        "--set",
        "kafka.properties.batch.num.messages=1",
        "--set",
        "kafka.properties.max.in.flight.requests.per.connection=1",
        "--set",
        "poller.commit.interval=300ms",
        "--set",
        "log.filter=info",
    ];
    let load = Load::new("probe", 30);
    let w = &load.world;
    let mut poller = w.start("poller", &args).unwrap();
    let topic = w.topic("items.v1");
    for round in 0..4 {
        e2e::wait::until_true("x", PATIENCE, || Ok(load.progress() > 0.1 + 0.1 * f64::from(round))).unwrap();
        let watch = Watch::from_end(w.brokers(), &topic).unwrap();
        let t = Instant::now();
        let saw = watch.sees_one(Duration::from_secs(25)).unwrap();
        let t1 = t.elapsed();
        poller.kill().unwrap();
        let t2 = t.elapsed();
        let u = topics::ranges(w.brokers(), &topic, Isolation::Uncommitted).unwrap();
        let c = topics::ranges(w.brokers(), &topic, Isolation::Committed).unwrap();
        eprintln!(
            "round {round}: saw {saw} after {t1:?}, killed {t2:?}, hw {:?} lso {:?} ranges after {:?}",
            u.values().map(|r| r.high).collect::<Vec<_>>(),
            c.values().map(|r| r.high).collect::<Vec<_>>(),
            t.elapsed()
        );
        for base in ["items.v1", "feed-state.v1", "fetches.v1"] {
            let u = topics::ranges(w.brokers(), &w.topic(base), Isolation::Uncommitted).unwrap();
            let c = topics::ranges(w.brokers(), &w.topic(base), Isolation::Committed).unwrap();
            eprintln!("   {base} {}", if u == c { "decided" } else { "open" });
        }
        if round == 1 {
            let at = u.clone();
            e2e::wait::until_true("decided", PATIENCE, || {
                let c = topics::ranges(w.brokers(), &topic, Isolation::Committed)?;
                Ok(at.iter().all(|(p, r)| c[p].high >= r.high))
            })
            .unwrap();
            let c = topics::ranges(w.brokers(), &topic, Isolation::Committed).unwrap();
            eprintln!("decided after {:?} lso {:?}", t.elapsed(), c.values().map(|r| r.high).collect::<Vec<_>>());
            let un = w.read("items.v1", Isolation::Uncommitted).unwrap();
            let co = w.read("items.v1", Isolation::Committed).unwrap();
            eprintln!("un {} co {}", un.len(), co.len());
            for r in un.iter().filter(|r| !co.iter().any(|c| (c.partition, c.offset) == (r.partition, r.offset))) {
                eprintln!("aborted p{}@{} {:?}", r.partition, r.offset, r.header("ce_id"));
            }
            return;
        }
        poller = w.start("poller", &args).unwrap();
    }
}
