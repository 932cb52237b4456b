//! Whether HTML is safe to show, told without the sanitiser's own reader: by a grammar so narrow that no browser can read it otherwise.

/// Elements that load, run or hide something, or whose content browsers read by rules of its own.
const UNSAFE_ELEMENTS: [&str; 19] = [
    "applet",
    "base",
    "embed",
    "foreignobject",
    "frame",
    "frameset",
    "iframe",
    "link",
    "meta",
    "noembed",
    "noframes",
    "object",
    "param",
    "plaintext",
    "script",
    "style",
    "template",
    "use",
    "xmp",
];

/// Elements of HTML that have no end tag.
const VOID_ELEMENTS: [&str; 9] = ["area", "br", "col", "hr", "img", "input", "source", "track", "wbr"];

/// What is wrong with `html`, or nothing.
///
/// # Errors
/// Says what is not as sanitised HTML must be: tags of a narrow form, closed in order, no element or attribute that could run something.
pub fn check(html: &str) -> Result<(), String> {
    let mut open = Vec::new();
    let mut rest = html;
    while let Some(at) = rest.find(['<', '>', '&', '"']) {
        let (_, special) = rest.split_at(at);
        if let Some(after) = reference(special) {
            rest = after;
        } else if let Some(tag) = special.strip_prefix("</") {
            let (name, after) = tag.split_once('>').ok_or("an end tag that does not end")?;
            if open.pop() != Some(name) {
                return Err(format!("</{name}> closes what was not opened last"));
            }
            rest = after;
        } else if let Some(tag) = special.strip_prefix('<') {
            rest = start_tag(tag, &mut open)?;
        } else {
            return Err(format!("a bare special character before {:?}", special.chars().take(20).collect::<String>()));
        }
    }
    if html.chars().any(|letter| letter < ' ' && !matches!(letter, '\t' | '\n' | '\r')) {
        return Err("a control character".into());
    }
    open.pop().map_or(Ok(()), |name| Err(format!("<{name}> is never closed")))
}

/// What follows the reference that `text` begins with.
fn reference(text: &str) -> Option<&str> {
    ["&amp;", "&lt;", "&gt;", "&quot;"].iter().find_map(|reference| text.strip_prefix(reference))
}

/// Reads a start tag behind its bracket, and gives what follows it.
fn start_tag<'a>(tag: &'a str, open: &mut Vec<&'a str>) -> Result<&'a str, String> {
    let end = tag.find([' ', '>']).ok_or("a tag that does not end")?;
    let (name, mut rest) = tag.split_at(end);
    if name.is_empty() || !name.bytes().all(|byte| byte.is_ascii_alphanumeric() || byte == b'-') {
        return Err(format!("an element called {name:?}"));
    }
    if UNSAFE_ELEMENTS.contains(&name.to_ascii_lowercase().as_str()) {
        return Err(format!("<{name}>"));
    }
    loop {
        if let Some(after) = rest.strip_prefix(" />") {
            return Ok(after);
        }
        if let Some(after) = rest.strip_prefix('>') {
            if !VOID_ELEMENTS.contains(&name) {
                open.push(name);
            }
            return Ok(after);
        }
        let attribute = rest.strip_prefix(' ').ok_or_else(|| format!("junk in <{name}>"))?;
        let (of, value) =
            attribute.split_once("=\"").ok_or_else(|| format!("an attribute without a value in <{name}>"))?;
        let (value, after) = value.split_once('"').ok_or_else(|| format!("a value without end in <{name}>"))?;
        attribute_is_safe(name, of, value)?;
        rest = after;
    }
}

fn attribute_is_safe(element: &str, name: &str, value: &str) -> Result<(), String> {
    let plain = |byte: u8| byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b':' | b'_');
    if name.is_empty() || !name.bytes().all(plain) || value.contains(['<', '>']) {
        return Err(format!("{name}={value:?}"));
    }
    let name = name.to_ascii_lowercase();
    if name.starts_with("on") || name == "srcdoc" || name == "formaction" {
        return Err(format!("the attribute {name} of <{element}>"));
    }
    // Browsers take no notice of white space and control characters before and in a scheme.
    let seen: String = value.chars().filter(|letter| *letter > ' ').collect::<String>().to_ascii_lowercase();
    let runs = ["javascript:", "vbscript:", "livescript:", "mocha:"].iter().any(|scheme| seen.starts_with(scheme));
    let data = seen.starts_with("data:") && !(element == "img" && name == "src" && seen.starts_with("data:image/"));
    let is_address =
        matches!(name.as_str(), "action" | "background" | "cite" | "href" | "poster" | "src" | "srcset" | "xlink:href");
    if is_address && (runs || data || seen.starts_with("data:image/svg")) {
        return Err(format!("the address {value:?} in {name} of <{element}>"));
    }
    if name == "style" && ["url(", "expression(", "javascript:", "\\", "@import"].iter().any(|word| seen.contains(word))
    {
        return Err(format!("the style {value:?}"));
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::check;

    #[test]
    fn what_sanitisers_write_is_safe() {
        for html in [
            "",
            "a &amp; b",
            "<p class=\"x\">a<br /><img src=\"https://a.example/?a=b&amp;c\" /></p>",
            "<a href=\"/x\">&lt;</a>",
        ] {
            assert_eq!(check(html), Ok(()), "{html}");
        }
    }

    #[test]
    fn what_could_run_break_out_or_stay_open_is_not() {
        let shapes = [
            "<script>",
            "<p",
            "<p>",
            "</p>",
            "<b><i></b></i>",
            "a & b",
            "a > b",
            "<p onclick=\"x\"></p>",
            "<p x></p>",
            "<p\n></p>",
            "<a href=\" java\tscript:x\"></a>",
            "<a href=\"data:text/html,x\"></a>",
            "<img src=\"data:image/svg+xml,x\" />",
            "<p style=\"background: URL(x)\"></p>",
            "<p title=\"<\"></p>",
            "\u{1}",
            "<img src=\"x\" / >",
            "<!-- -->",
        ];
        for html in shapes {
            assert!(check(html).is_err(), "{html}");
        }
    }
}
