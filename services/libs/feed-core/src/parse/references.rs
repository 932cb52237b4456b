//! Character and entity references: `&eacute;`, `&#233;`, `&#xE9;`.

use std::borrow::Cow;

use quick_xml::escape::resolve_html5_entity;

/// `text` with character and entity references resolved; what is no reference stays as it is.
pub(crate) fn unescape(text: &str) -> Cow<'_, str> {
    // The longest name in HTML has 32 letters.
    const LONGEST_NAME: usize = 33;
    let Some(first) = text.find('&') else {
        return Cow::Borrowed(text);
    };
    let (head, mut rest) = text.split_at(first);
    let mut out = String::with_capacity(text.len());
    out.push_str(head);
    while let Some(tail) = rest.strip_prefix('&') {
        let window = tail.get(..tail.floor_char_boundary(LONGEST_NAME));
        let name = window.and_then(|window| window.split_once(';')).map(|(name, _)| name);
        let resolved = name.and_then(|name| resolve(name, &mut out));
        rest = if let Some(length) = resolved {
            tail.get(length + 1..).unwrap_or_default()
        } else {
            out.push('&');
            tail
        };
        let next = rest.find('&').unwrap_or(rest.len());
        let (plain, after) = rest.split_at(next);
        out.push_str(plain);
        rest = after;
    }
    Cow::Owned(out)
}

/// Writes what `&name;` stands for and returns the length of the name, or writes nothing.
fn resolve(name: &str, out: &mut String) -> Option<usize> {
    if let Some(number) = name.strip_prefix('#') {
        let code = match number.strip_prefix(['x', 'X']) {
            Some(digits) => u32::from_str_radix(digits, 16),
            None => number.parse(),
        };
        out.push(character(code.ok()?));
    } else {
        out.push_str(resolve_html5_entity(name)?);
    }
    Some(name.len())
}

/// The character of a numeric reference. 128 to 159 are read as windows-1252, as the HTML standard has it.
fn character(code: u32) -> char {
    match u8::try_from(code) {
        Ok(byte @ 0x80..=0x9f) => encoding_rs::WINDOWS_1252
            .decode_without_bom_handling(&[byte])
            .0
            .chars()
            .next()
            .unwrap_or(char::REPLACEMENT_CHARACTER),
        _ => char::from_u32(code).unwrap_or(char::REPLACEMENT_CHARACTER),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn references_are_resolved_and_bare_ampersands_stay() {
        assert_eq!(unescape("AT&T &amp; &eacute;&#233;&#xE9; &#150; &nosuch; &"), "AT&T & ééé – &nosuch; &");
    }
}
