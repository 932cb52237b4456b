//! A text with its entities marked, for people.

use super::{Entity, Tagged};

/// The text with each entity in brackets and its label and id behind it; `coloured` for a terminal, where labels set colours instead.
pub(super) fn marked(tagged: &Tagged<'_>, coloured: bool) -> String {
    compose(tagged, safe, |entity| {
        let (text, label) = (safe(entity.text), label(entity));
        if coloured {
            format!("\u{1b}[1;{}m{text}\u{1b}[0m\u{1b}[2m {label}\u{1b}[0m", colour(entity.r#type))
        } else {
            format!("[{text}]({label})")
        }
    })
}

/// A page with the text and its entities, in the manner of displaCy; it needs nothing from elsewhere. Each paragraph runs in the direction of its
/// own script, and a mark is set apart, so that its label stays beside it in any.
pub(super) fn page(tagged: &Tagged<'_>) -> String {
    const STYLE: &str = "body{font:16px/2.4 system-ui,sans-serif;max-width:52rem;margin:2rem auto;padding:0 1rem;white-space:pre-wrap;\
         unicode-bidi:plaintext}mark{unicode-bidi:isolate;padding:.3em .45em;border-radius:.35em;background:#ddd;color:#111}mark small{font-weight:bold;margin-left:.5em}\
         .PERSON{background:#aa9cfc}.ORG{background:#7aecec}.GPE{background:#feca74}.LOC,.FAC{background:#ff9561}\
         .NORP{background:#c887fb}.PRODUCT{background:#bfeeb7}.EVENT{background:#ffeb80}.LAW{background:#ff8197}\
         .WORK_OF_ART{background:#f0d0ff}";
    let body = compose(tagged, escape, |entity| {
        let (kind, text, label) = (entity.r#type, escape(entity.text), escape(&label(entity)));
        let title = format!("{} {:.2}", entity.method, entity.confidence);
        format!("<mark class=\"{kind}\" title=\"{title}\">{text}<small>{label}</small></mark>")
    });
    let language = escape(&tagged.language);
    format!(
        "<!doctype html>\n<html lang=\"{language}\"><meta charset=\"utf-8\"><title>Entities</title><style>{STYLE}</style>\n\
         <body dir=\"auto\">{body}</body></html>"
    )
}

fn compose(tagged: &Tagged<'_>, plain: impl Fn(&str) -> String, mark: impl Fn(&Entity<'_>) -> String) -> String {
    let (mut out, mut at) = (String::new(), 0);
    for entity in &tagged.entities {
        out.push_str(&plain(tagged.text.get(at..entity.start).unwrap_or_default()));
        out.push_str(&mark(entity));
        at = entity.end;
    }
    out.push_str(&plain(tagged.text.get(at..).unwrap_or_default()));
    out
}

fn label(entity: &Entity<'_>) -> String {
    match &entity.qid {
        Some(qid) => format!("{} {qid}", entity.r#type),
        None => entity.r#type.to_owned(),
    }
}

/// Foreground colours of ANSI terminals.
fn colour(label: &str) -> u8 {
    match label {
        "PERSON" => 35,
        "ORG" => 36,
        "GPE" | "LOC" | "FAC" => 33,
        "NORP" => 34,
        "EVENT" | "LAW" | "PRODUCT" | "WORK_OF_ART" => 32,
        _ => 37,
    }
}

/// Without what a terminal would obey; lines stay lines.
fn safe(text: &str) -> String {
    text.split('\n').map(crate::show::one_line).collect::<Vec<_>>().join("\n")
}

fn escape(text: &str) -> String {
    text.replace('&', "&amp;").replace('<', "&lt;").replace('>', "&gt;").replace('"', "&quot;")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_text_cannot_write_into_the_page() {
        let tagged = Tagged { text: "<script>\"&", language: "en".into(), entities: Vec::new() };
        assert!(page(&tagged).contains("&lt;script&gt;&quot;&amp;"));
    }

    #[test]
    fn marks_are_escaped_and_stand_where_the_entity_does_in_any_script() {
        let text = "زار <b>محمد</b> لاغوس";
        let start = text.find("<b>").unwrap();
        let entity = Entity {
            start,
            end: start + "<b>محمد</b>".len(),
            text: "<b>محمد</b>",
            r#type: "PERSON",
            id: "courant:person:x".into(),
            qid: Some("Q1\"><script>".into()),
            confidence: 0.5,
            method: "model",
            salience: 0.1,
        };
        let page = page(&Tagged { text, language: "ar\" onload=\"x".into(), entities: vec![entity] });
        let marked = "زار <mark class=\"PERSON\" title=\"model 0.50\">&lt;b&gt;محمد&lt;/b&gt;<small>PERSON \
                      Q1&quot;&gt;&lt;script&gt;</small></mark> لاغوس</body>";
        assert!(page.contains(marked), "{page}");
        assert!(page.contains("<body dir=\"auto\">") && page.contains("lang=\"ar&quot; onload=&quot;x\""), "{page}");
    }
}
