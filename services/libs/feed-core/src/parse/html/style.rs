//! Which declarations of a `style` attribute stay.
//!
//! Properties of text, colour and size stay, those that could move or cover what stands around do not. Values that fetch or compute
//! anything empty the whole attribute.

/// Properties that stay whatever their value.
const PROPERTIES: [&str; 48] = [
    "azimuth",
    "background-color",
    "border-bottom-color",
    "border-collapse",
    "border-color",
    "border-left-color",
    "border-right-color",
    "border-top-color",
    "clear",
    "color",
    "cursor",
    "direction",
    "display",
    "elevation",
    "float",
    "font",
    "font-family",
    "font-size",
    "font-style",
    "font-variant",
    "font-weight",
    "height",
    "letter-spacing",
    "line-height",
    "max-height",
    "max-width",
    "overflow",
    "pause",
    "pause-after",
    "pause-before",
    "pitch",
    "pitch-range",
    "richness",
    "speak",
    "speak-header",
    "speak-numeral",
    "speak-punctuation",
    "speech-rate",
    "stress",
    "text-align",
    "text-decoration",
    "text-indent",
    "unicode-bidi",
    "vertical-align",
    "voice-family",
    "volume",
    "white-space",
    "width",
];

/// Words that may stand in the value of a property of the box.
const WORDS: [&str; 39] = [
    "!important",
    "aqua",
    "auto",
    "black",
    "block",
    "blue",
    "bold",
    "both",
    "bottom",
    "brown",
    "center",
    "collapse",
    "dashed",
    "dotted",
    "fuchsia",
    "gray",
    "green",
    "italic",
    "left",
    "lime",
    "maroon",
    "medium",
    "navy",
    "none",
    "normal",
    "nowrap",
    "olive",
    "pointer",
    "purple",
    "red",
    "right",
    "silver",
    "solid",
    "teal",
    "top",
    "transparent",
    "underline",
    "white",
    "yellow",
];

/// What stays of the declarations in `style`, or nothing.
pub(crate) fn safe_style(style: &str) -> String {
    let (mut safe, mut whole) = (String::new(), true);
    if !is_harmless(style) {
        return safe;
    }
    for declaration in style.split(';') {
        let Some((property, value)) = declaration.split_once(':') else {
            if declaration.trim().is_empty() {
                continue;
            }
            return String::new();
        };
        let (property, value) = (property.trim().to_ascii_lowercase(), value.trim());
        if value.contains(':') {
            return String::new();
        }
        if value.is_empty() || !is_kept(&property, value) {
            whole = false;
            continue;
        }
        if !safe.is_empty() {
            safe.push(' ');
        }
        safe.push_str(&property);
        safe.push_str(": ");
        safe.push_str(value);
        safe.push(';');
    }
    // What nothing was taken from stays to the letter.
    if whole { style.trim().to_owned() } else { safe }
}

fn is_kept(property: &str, value: &str) -> bool {
    if PROPERTIES.binary_search(&property).is_ok() {
        return true;
    }
    let of_box = ["background", "border", "margin", "padding"];
    let stem = property.split('-').next().unwrap_or_default();
    of_box.contains(&stem) && value.split_whitespace().all(is_plain_value)
}

/// A word, a colour or a length below a hundred: larger ones push content out of its place.
fn is_plain_value(value: &str) -> bool {
    let value = value.to_ascii_lowercase();
    if WORDS.binary_search(&value.as_str()).is_ok() {
        return true;
    }
    if let Some(colour) = value.strip_prefix('#') {
        return !colour.is_empty() && colour.bytes().all(|byte| byte.is_ascii_hexdigit());
    }
    if let Some(parts) = value.strip_prefix("rgb(") {
        return parts.bytes().all(|byte| byte.is_ascii_digit() || matches!(byte, b'%' | b',' | b')'));
    }
    let unit_from = value.find(|letter: char| !letter.is_ascii_digit() && letter != '.').unwrap_or(value.len());
    let (number, unit) = value.split_at(unit_from);
    let small = number.split('.').count() <= 2 && number.split('.').all(|digits| digits.len() <= 2);
    small && matches!(unit, "" | "cm" | "em" | "ex" | "in" | "mm" | "pc" | "pt" | "px" | "%" | "," | ")")
}

/// Whether nothing in `style` could escape, call or fetch: only words, numbers, quoted words and lists of numbers in brackets.
fn is_harmless(style: &str) -> bool {
    let mut rest = style;
    while let Some(letter) = rest.chars().next() {
        let after = rest.get(letter.len_utf8()..).unwrap_or_default();
        rest = match letter {
            '\'' | '"' => {
                let Some((inside, after)) = after.split_once(letter) else { return false };
                let plain = |letter: char| letter.is_alphanumeric() || letter.is_whitespace() || letter == '_';
                if inside.is_empty() || !inside.chars().all(plain) {
                    return false;
                }
                after
            }
            '(' => {
                let Some((inside, after)) = after.split_once(')') else { return false };
                let plain = |letter: char| letter.is_ascii_digit() || letter.is_whitespace() || letter == ',';
                if !inside.chars().all(plain) {
                    return false;
                }
                after
            }
            ':' | ',' | ';' | '#' | '%' | '.' | '!' | '-' | '_' => after,
            _ if letter.is_whitespace() || letter.is_alphanumeric() => after,
            _ => return false,
        };
    }
    true
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn tables_are_in_order() {
        assert!(PROPERTIES.is_sorted() && WORDS.is_sorted());
    }

    #[test]
    fn text_properties_stay_and_what_moves_or_calls_does_not() {
        assert_eq!(safe_style("color: RED; position:fixed; WIDTH:300px"), "color: RED; width: 300px;");
        assert_eq!(safe_style("margin: 0 auto; margin-left: 99999em"), "margin: 0 auto;");
        assert_eq!(safe_style("border: 3px solid #ccc;"), "border: 3px solid #ccc;");
        for style in
            ["width: expression(alert(1))", "background: url('javascript:x')", "color: r\\65d", "color", "a:b:c"]
        {
            assert_eq!(safe_style(style), "", "{style}");
        }
    }
}
