//! The poller's own conditional requests in a loop, and nothing with the answers.
//!
//! Standard input has one `URL<TAB>ETAG` a line, then an empty one. A first pass over all opens the connections; an empty line tells that it is through.
//! Then each further line of input has `--passes` more made by `--tasks` at a time, and a JSON line tells how many answers came and
//! what processor time they took. The client is set up as the poller's.

use std::{
    io::{self, Write as _},
    net::SocketAddr,
    sync::{
        Arc,
        atomic::{AtomicUsize, Ordering},
    },
    time::Instant,
};

use anyhow::{Context, Result, ensure};
use clap::Parser;
use e2e::cpu;
use reqwest::{Client, StatusCode, header};
use tokio::task::JoinSet;

/// As the poller asks: each field more costs both sides.
const ACCEPT: &str = "application/atom+xml, application/rss+xml, application/feed+json, application/rdf+xml;q=0.9, \
                      application/json;q=0.8, application/xml;q=0.7, text/xml;q=0.7, */*;q=0.1";

/// Polls pages that have nothing new, with nothing around.
#[derive(Debug, Parser)]
struct Args {
    /// Where every host is to be found.
    #[arg(long)]
    at: SocketAddr,
    /// Requests under way at a time.
    #[arg(long)]
    tasks: usize,
    /// Passes over all pages that are measured at a time.
    #[arg(long)]
    passes: usize,
}

/// A page, and the validator of the edition that is known.
struct Page {
    url: String,
    etag: String,
}

#[tokio::main]
async fn main() -> Result<()> {
    let args = Args::parse();
    let page = |line: &str| {
        let (url, etag) = line.split_once('\t').context("a line without an ETag")?;
        Ok(Page { url: url.to_owned(), etag: etag.to_owned() })
    };
    let mut input = io::stdin().lines();
    let listed = input.by_ref().take_while(|line| !line.as_ref().is_ok_and(String::is_empty));
    let pages: Arc<[Page]> = listed.map(|line| page(&line?)).collect::<Result<_>>()?;
    let client = e2e::web::client(args.at)?;
    poll(&client, &pages, args.tasks, pages.len()).await?;
    writeln!(io::stdout())?;
    let polls = pages.len() * args.passes;
    for asked in input {
        asked?;
        let (begun, before) = (Instant::now(), cpu::used_here()?);
        poll(&client, &pages, args.tasks, polls).await?;
        let (took, used) = (begun.elapsed(), cpu::used_here()?.saturating_sub(before));
        let line =
            serde_json::json!({"polls": polls, "seconds": took.as_secs_f64(), "cpu_seconds": used.as_secs_f64()});
        writeln!(io::stdout(), "{line}")?;
    }
    Ok(())
}

/// Makes `polls` requests, page after page.
async fn poll(client: &Client, pages: &Arc<[Page]>, tasks: usize, polls: usize) -> Result<()> {
    let next = Arc::new(AtomicUsize::new(0));
    let mut running = JoinSet::new();
    for _ in 0..tasks {
        let (client, pages, next) = (client.clone(), pages.clone(), next.clone());
        running.spawn(async move {
            loop {
                let number = next.fetch_add(1, Ordering::Relaxed);
                if number >= polls {
                    return Ok::<_, anyhow::Error>(());
                }
                let page = &pages[number % pages.len()];
                let request = client
                    .get(&page.url)
                    .header(header::ACCEPT, ACCEPT)
                    .header(header::ACCEPT_ENCODING, "gzip, deflate, br, zstd")
                    .header(header::IF_NONE_MATCH, &page.etag)
                    .header("a-im", "feed");
                let status = request.send().await?.status();
                ensure!(status == StatusCode::NOT_MODIFIED, "{} answered {status}", page.url);
            }
        });
    }
    while let Some(ended) = running.join_next().await {
        ended??;
    }
    Ok(())
}
