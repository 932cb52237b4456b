//! Memory: each hostile body in a process of its own, whose peak the kernel tells.

use std::{fmt::Write, fs, process::Command};

use crate::parsed;

/// Names the shape that the child is to read.
const SHAPE: &str = "COURANT_TEST_SHAPE";

/// Most that reading may take beyond the body itself, as a multiple of the body; the text, the fields and the items of a body
/// are all made of its bytes, and a document of a million tiny elements is the worst of it.
const MOST_GROWTH: u64 = 8;

/// What reading takes whatever the body: tables, buffers and the allocator's slack.
const ALLOWANCE_BYTES: u64 = 16 << 20;

/// A body, its name, and what it ends as.
struct Shape {
    name: &'static str,
    outcome: &'static str,
    body: fn() -> String,
}

const SHAPES: [Shape; 10] = [
    Shape { name: "200,000 items", outcome: "10000 items", body: many_items },
    Shape { name: "100,000 attributes", outcome: "1 items", body: many_attributes },
    Shape { name: "100,000 namespaces", outcome: "1 items", body: many_namespaces },
    Shape { name: "200,000 levels", outcome: "1 items", body: many_levels },
    Shape { name: "200,000 levels of HTML", outcome: "1 items", body: many_html_levels },
    Shape { name: "200,000 levels of JSON", outcome: "no feed", body: many_json_levels },
    Shape { name: "a billion laughs", outcome: "1 items", body: billion_laughs },
    Shape { name: "a long entity 100,000 times", outcome: "1 items", body: long_entity },
    Shape { name: "CDATA without end", outcome: "0 items", body: endless_cdata },
    Shape { name: "200,000 categories", outcome: "1 items", body: many_categories },
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

/// As much of the gigabyte as a poller takes in before it gives up (`fetch.max_body_bytes`, 8 MiB), eight times over.
fn endless_cdata() -> String {
    format!(
        "<rss><channel><title>t</title><item><guid>1</guid><description><![CDATA[{}",
        "news ".repeat((64 << 20) / 5)
    )
}

fn many_categories() -> String {
    let mut categories = String::new();
    for number in 0..200_000 {
        let _ = write!(categories, "<category>c{number}</category>");
    }
    rss(&format!("<item><title>t</title><guid>1</guid>{categories}</item>"))
}

/// A line of `/proc/self/status`, in bytes.
fn memory(name: &str) -> u64 {
    let status = fs::read_to_string("/proc/self/status").expect("Linux");
    let line = status.lines().find_map(|line| line.strip_prefix(name)).expect("a line of that name");
    let kibibytes: u64 = line.trim_matches(|letter: char| !letter.is_ascii_digit()).parse().expect("a number");
    kibibytes * 1024
}

#[test]
#[ignore = "the child of the test below, which names a shape"]
#[expect(clippy::print_stdout, reason = "the parent reads it")]
fn reads_one_shape() {
    let name = std::env::var_os(SHAPE).expect("a shape");
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
    let program = std::env::current_exe().expect("a path");
    for Shape { name, outcome, .. } in SHAPES {
        let arguments = ["--exact", "memory::reads_one_shape", "--ignored", "--nocapture"];
        let output = Command::new(&program).args(arguments).env(SHAPE, name).output().expect("a child");
        assert!(output.status.success(), "{name}: {output:?}");
        let text = String::from_utf8_lossy(&output.stdout).into_owned();
        let line = text.lines().find_map(|line| line.strip_prefix("shape: ")).expect("a line of the child");
        let mut fields = line.split("; ");
        let mut number = || fields.next().and_then(|field| field.parse::<u64>().ok()).expect("a number");
        let (body_bytes, grown_bytes) = (number(), number());
        assert!(line.ends_with(outcome), "{name}: {line}, expected {outcome}");
        assert!(grown_bytes <= body_bytes * MOST_GROWTH + ALLOWANCE_BYTES, "{name}: {line}");
    }
}
