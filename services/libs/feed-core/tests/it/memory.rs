//! Memory: each hostile body in a process of its own, whose peak the kernel tells.

use std::{ffi::OsStr, fmt::Write, fs, process::Command};

use crate::parsed;

/// Names the shape that the child is to read.
const SHAPE: &str = "COURANT_TEST_SHAPE";

/// Most that reading may take beyond the body itself, as a multiple of the body: fields and items are made of its bytes.
const MOST_GROWTH: u64 = 4;

/// What reading takes whatever the body: tables, buffers and the allocator's slack.
const ALLOWANCE_BYTES: u64 = 8 << 20;

/// A body, its name, and what it ends as.
struct Shape {
    name: &'static str,
    outcome: &'static str,
    /// Most growth, as a multiple of the body.
    growth: u64,
    body: fn() -> String,
}

const SHAPES: [Shape; 14] = [
    Shape { name: "200,000 items", outcome: "10000 items", growth: MOST_GROWTH, body: many_items },
    Shape { name: "100,000 attributes", outcome: "1 items", growth: MOST_GROWTH, body: many_attributes },
    Shape { name: "100,000 namespaces", outcome: "1 items", growth: MOST_GROWTH, body: many_namespaces },
    Shape { name: "200,000 levels", outcome: "1 items", growth: MOST_GROWTH, body: many_levels },
    Shape { name: "200,000 levels of HTML", outcome: "1 items", growth: MOST_GROWTH, body: many_html_levels },
    Shape { name: "200,000 levels of JSON", outcome: "no feed", growth: MOST_GROWTH, body: many_json_levels },
    Shape { name: "2,000,000 values of JSON", outcome: "1 items", growth: MOST_GROWTH, body: many_json_values },
    Shape {
        name: "2,000,000 values of broken JSON",
        outcome: "1 items",
        growth: MOST_GROWTH,
        body: broken_json_values,
    },
    Shape { name: "a billion laughs", outcome: "1 items", growth: 0, body: billion_laughs },
    Shape { name: "a long entity 100,000 times", outcome: "1 items", growth: MOST_GROWTH, body: long_entity },
    Shape { name: "a gigabyte of CDATA", outcome: "0 items", growth: 0, body: endless_cdata },
    Shape { name: "200,000 categories", outcome: "1 items", growth: MOST_GROWTH, body: many_categories },
    Shape { name: "512,000 short links", outcome: "2000 items", growth: 5, body: short_links },
    Shape { name: "a long base for 20,000 links", outcome: "100 items", growth: MOST_GROWTH, body: long_base },
];

fn rss(inner: &str) -> String {
    format!("<rss version=\"2.0\"><channel><title>t</title>{inner}</channel></rss>")
}

fn many_items() -> String {
    let mut items = String::new();
    for number in 0..200_000 {
        let _ = write!(items, "<item><title>t</title><guid>{number}</guid></item>");
    }
    rss(&items)
}

fn many_attributes() -> String {
    let mut attributes = String::new();
    for number in 0..100_000 {
        let _ = write!(attributes, " a{number}=\"{number}\"");
    }
    rss(&format!("<item{attributes}><title{attributes}>t</title><guid>1</guid></item>"))
}

fn many_namespaces() -> String {
    let mut attributes = String::new();
    for number in 0..100_000 {
        let _ = write!(attributes, " xmlns:n{number}=\"urn:{number}\"");
    }
    rss(&format!("<item{attributes}><title>t</title><guid>1</guid></item>"))
}

fn many_levels() -> String {
    rss(&format!("<item><title>t</title><guid>1</guid>{}{}</item>", "<a>".repeat(200_000), "</a>".repeat(200_000)))
}

fn many_html_levels() -> String {
    let html = "&lt;div&gt;&lt;b&gt;".repeat(100_000);
    rss(&format!("<item><title>t</title><guid>1</guid><description>{html}x</description></item>"))
}

fn many_json_levels() -> String {
    format!("{}{}", "{\"items\":[".repeat(100_000), "]}".repeat(100_000))
}

fn many_json_values() -> String {
    format!("{{\"items\":[{{\"id\":\"1\",\"tags\":[{}0]}}]}}", "{},".repeat(2_000_000))
}

fn broken_json_values() -> String {
    many_json_values().replace("0]", "]")
}

/// Ten entities, each ten times the one before.
fn billion_laughs() -> String {
    let mut entities = "<!ENTITY e0 \"ha\">".to_owned();
    for level in 1..10 {
        let inner = format!("&e{};", level - 1).repeat(10);
        let _ = write!(entities, "<!ENTITY e{level} \"{inner}\">");
    }
    format!(
        "<!DOCTYPE rss [{entities}]>{}",
        rss("<item><title>&e9;</title><guid>1</guid><description>&e9;&e8;</description></item>")
    )
}

fn long_entity() -> String {
    let entity = "x".repeat(100_000);
    let uses = "&e;".repeat(100_000);
    format!(
        "<!DOCTYPE rss [<!ENTITY e \"{entity}\">]>{}",
        rss(&format!("<item><title>{uses}</title><guid>1</guid></item>"))
    )
}

/// A poller takes in no more of it than `fetch.max_body_bytes`, 8 MiB by default.
fn endless_cdata() -> String {
    let start = "<rss><channel><title>t</title><item><guid>1</guid><description><![CDATA[";
    let piece = "news ".repeat(200_000);
    let mut body = String::with_capacity(1 << 30);
    body.push_str(start);
    while body.len() + piece.len() < 1 << 30 {
        body.push_str(&piece);
    }
    body
}

fn many_categories() -> String {
    let mut categories = String::new();
    for number in 0..200_000 {
        let _ = write!(categories, "<category>c{number}</category>");
    }
    rss(&format!("<item><title>t</title><guid>1</guid>{categories}</item>"))
}

/// Nothing else takes so many times its bytes: a link is kept with its base, its relation and its type.
fn short_links() -> String {
    let mut entries = String::new();
    for number in 0..2_000 {
        let _ = write!(entries, "<entry><id>{number}</id>{}</entry>", "<link href=\"x\"/>".repeat(256));
    }
    format!("<feed xmlns=\"http://www.w3.org/2005/Atom\">{entries}</feed>")
}

fn long_base() -> String {
    let mut items = String::new();
    for number in 0..100 {
        let _ = write!(items, "<item><title>t</title><guid>{number}</guid>");
        for medium in 0..200 {
            let _ = write!(items, "<enclosure url=\"{medium}\"/>");
        }
        items.push_str("</item>");
    }
    format!("<rss xml:base=\"http://a.example/{}/\"><channel>{items}</channel></rss>", "a".repeat(200_000))
}

/// A line of `/proc/self/status`, in bytes.
fn memory(name: &str) -> u64 {
    let status = fs::read_to_string("/proc/self/status").expect("Linux");
    let line = status.lines().find_map(|line| line.strip_prefix(name)).expect("a line of that name");
    let kibibytes: u64 = line.trim_matches(|letter: char| !letter.is_ascii_digit()).parse().expect("a number");
    kibibytes * 1024
}

/// Reads the shape called `name`, and prints the size of its body, by how many bytes the process grew meanwhile, and the outcome.
#[expect(clippy::print_stdout, reason = "the parent reads it")]
fn read_shape(name: &OsStr) {
    let shape = SHAPES.iter().find(|shape| *shape.name == *name).expect("a shape of that name");
    let body = (shape.body)();
    let before = memory("VmRSS:");
    let outcome =
        parsed(body.as_bytes(), None).map_or("no feed".to_owned(), |feed| format!("{} items", feed.items.len()));
    // What made the body may have peaked above what reading needs; the peak then says too much, never too little.
    let grown = memory("VmHWM:").saturating_sub(before);
    println!("\nshape: {}; {grown}; {outcome}", body.len());
}

#[test]
#[cfg(target_os = "linux")]
fn hostile_bodies_end_as_outcomes_within_the_byte_budget() {
    // The test is its own child, once for each shape.
    if let Some(name) = std::env::var_os(SHAPE) {
        return read_shape(&name);
    }
    let program = std::env::current_exe().expect("a path");
    let this = std::thread::current().name().expect("the name of a test").to_owned();
    for Shape { name, outcome, growth, .. } in SHAPES {
        let output = Command::new(&program).args(["--exact", &this, "--nocapture"]).env(SHAPE, name).output();
        let output = output.expect("a child");
        assert!(output.status.success(), "{name}: {output:?}");
        let text = String::from_utf8_lossy(&output.stdout).into_owned();
        let line = text.lines().find_map(|line| line.strip_prefix("shape: ")).expect("a line of the child");
        let mut fields = line.split("; ");
        let mut number = || fields.next().and_then(|field| field.parse::<u64>().ok()).expect("a number");
        let (body_bytes, grown_bytes) = (number(), number());
        assert!(line.ends_with(outcome), "{name}: {line}, expected {outcome}");
        assert!(grown_bytes <= body_bytes * growth + ALLOWANCE_BYTES, "{name}: {line}");
    }
}
