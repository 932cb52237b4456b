use super::*;

fn plain_text(text: &str, markup: Markup) -> String {
    clean(text, markup, &Base::default()).plain
}

fn html(text: &str) -> String {
    let base = url::Url::parse("https://paper.example/a/").unwrap();
    clean(text, Markup::Html, &Base::of(Some(&base))).html
}

#[test]
fn every_paragraph_stands_on_its_line() {
    let html = "<p>One  <b>two</b>\nthree.</p>\n\n<p>Four<br/>five</p><ul><li>six<li>seven</ul>";
    assert_eq!(plain_text(html, Markup::Html), "One two three.\nFour\nfive\nsix\nseven");
}

#[test]
fn scripts_and_styles_leave_nothing() {
    let text = "a<script>if (1<b && c>'</p>') {}</script>b<style>p{}</style><!-- c -->d";
    assert_eq!(plain_text(text, Markup::Html), "abd");
    assert_eq!(html(text), "abd");
}

#[test]
fn links_become_their_text_and_entities_their_characters() {
    let html = "<a href='https://a.example/?x=1&amp;y=2'>Caf&eacute;</a>&nbsp;&amp; bar &lt;3";
    assert_eq!(plain_text(html, Markup::Html), "Café & bar <3");
}

#[test]
fn undeclared_text_keeps_what_is_no_html() {
    assert_eq!(plain_text("if a<b then <i>c</i>", Markup::Guessed), "if a<b then c");
    assert_eq!(plain_text("Vec<T> wins", Markup::Guessed), "Vec<T> wins");
    assert_eq!(plain_text("1 <b>2", Markup::Plain), "1 <b>2");
}

#[test]
fn text_without_tags_keeps_its_lines() {
    assert_eq!(plain_text(" One\n\n two \r\nthree", Markup::Html), "One\ntwo\nthree");
    assert_eq!(plain_line("One\ntwo", Markup::Guessed), "One two");
}

#[test]
fn nesting_costs_no_more_than_its_bytes() {
    let deep = format!("{}x{}", "<div>".repeat(100_000), "</div>".repeat(100_000));
    let clean = clean(&deep, Markup::Html, &Base::default());
    assert_eq!(clean.plain, "x");
    assert_eq!(clean.html, format!("{}x{}", "<div>".repeat(MAX_DEPTH), "</div>".repeat(MAX_DEPTH)));
}

#[test]
fn safe_html_is_closed_absolute_and_without_handlers() {
    let cases = [
        ("<p onclick='x()'>a<p>b", "<p>a</p><p>b</p>"),
        ("<b><i>x</b></i>", "<b><i>x</i></b>"),
        ("<img src=pic.png onerror=x>", "<img src=\"https://paper.example/a/pic.png\" />"),
        ("<a href='java&#10;script:x'>y</a>", "<a>y</a>"),
        ("<a href='\"onclick=x'>y</a>", "<a href=\"https://paper.example/a/&quot;onclick=x\">y</a>"),
        ("<iframe src='x'>no</iframe>", "no"),
        ("1 < 2 &lt;b&gt; &amp;amp;", "1 &lt; 2 &lt;b&gt; &amp;amp;"),
        ("<img src='data:image/png;base64,AA=='>", "<img src=\"data:image/png;base64,AA==\" />"),
        ("<img src='data:image/svg+xml,x'>", "<img />"),
        ("<svg viewbox='0 0 1 1'><animate/><path d='M0'/></svg>", "<svg viewBox=\"0 0 1 1\"><path d=\"M0\" /></svg>"),
        (
            "<div xml:base='/z/'><a href='y'>x</a></div><a href='y'>x</a>",
            "<div><a href=\"https://paper.example/z/y\">x</a></div><a href=\"https://paper.example/a/y\">x</a>",
        ),
    ];
    for (text, expected) in cases {
        assert_eq!(html(text), expected, "{text}");
    }
}

#[test]
fn safe_html_stays_as_it_is_when_made_safe_again() {
    for text in [
        "<p>a<ul><li>b<li>c</ul>&lt;i&gt;",
        "<table><tr><td>1<td>2<tr><td>3</table>",
        "<svg><title>x</title></svg>&amp;lt;",
    ] {
        let once = html(text);
        assert_eq!(html(&once), once, "{text}");
    }
}
