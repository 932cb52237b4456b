//! Measures bare feed-rs and ammonia; the protocol is in `../README.md`.

use std::{
    fs,
    hint::black_box,
    io::{BufRead, stdin},
    panic::catch_unwind,
    time::Duration,
};

use anyhow::{Context, Result};
use rustix::time::{ClockId, clock_gettime};
use serde_json::json;

fn main() -> Result<()> {
    let list = std::env::args().nth(1).context("the path of a list of files")?;
    let bodies = fs::read_to_string(list)?.lines().map(fs::read).collect::<Result<Vec<_>, _>>()?;
    let counts: Vec<_> = bodies.iter().map(|body| catch_unwind(|| items(body)).unwrap_or(-1)).collect();
    println!("{}", json!(counts));
    let mut lines = stdin().lock().lines();
    let chosen: Vec<usize> = serde_json::from_str(&lines.next().context("indices")??)?;
    let chosen: Vec<_> = chosen.into_iter().filter_map(|index| bodies.get(index)).collect();
    for line in lines {
        let limit = Duration::from_secs_f64(line?.trim().parse()?);
        let (start, mut parsed) = (used()?, 0);
        while used()? - start < limit {
            for body in &chosen {
                black_box(items(body));
                parsed += body.len();
            }
        }
        println!("{}", json!({ "bytes": parsed, "seconds": (used()? - start).as_secs_f64() }));
    }
    Ok(())
}

/// The number of items in `body`, their texts sanitised; -1 for an error.
fn items(body: &[u8]) -> i64 {
    let Ok(feed) = feed_rs::parser::parse(body) else { return -1 };
    for entry in &feed.entries {
        if let Some(summary) = &entry.summary {
            black_box(ammonia::clean(&summary.content));
        }
        if let Some(content) = entry.content.as_ref().and_then(|content| content.body.as_ref()) {
            black_box(ammonia::clean(content));
        }
    }
    i64::try_from(feed.entries.len()).unwrap_or(i64::MAX)
}

/// Processor time of the process.
fn used() -> Result<Duration> {
    let time = clock_gettime(ClockId::ProcessCPUTime);
    Ok(Duration::new(time.tv_sec.try_into()?, time.tv_nsec.try_into()?))
}
