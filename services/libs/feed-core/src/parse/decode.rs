//! Bytes to text: byte order mark, Content-Type, XML declaration, valid UTF-8, else windows-1252.

use std::borrow::Cow;

use encoding_rs::{Encoding, UTF_8, UTF_16BE, UTF_16LE, WINDOWS_1252};

/// The text of `body`.
///
/// A declared charset is believed only if it is known; one that says UTF-8 over bytes that are not gives way to windows-1252.
/// Bytes without meaning become U+FFFD, so nothing is refused.
pub(crate) fn decode<'a>(body: &'a [u8], content_type: Option<&str>) -> Cow<'a, str> {
    if let Some((encoding, mark_bytes)) = Encoding::for_bom(body) {
        return decode_as(encoding, body.get(mark_bytes..).unwrap_or_default());
    }
    if let Some(encoding) = utf_16_without_mark(body) {
        return decode_as(encoding, body);
    }
    let declared = [content_type.and_then(charset_of_content_type), charset_of_declaration(body)];
    // A byte order mark was looked for, so bytes that could be read as a declaration are no UTF-16.
    let single_byte = |encoding: &&'static Encoding| encoding.is_ascii_compatible();
    let declared = declared.into_iter().flatten().find(single_byte);
    match (declared, std::str::from_utf8(body)) {
        // Valid UTF-8 with letters beyond ASCII is hardly ever anything else, save for charsets that shift by escapes.
        (Some(encoding), Ok(_)) if encoding == encoding_rs::ISO_2022_JP => decode_as(encoding, body),
        (_, Ok(text)) => Cow::Borrowed(text),
        (Some(encoding), Err(_)) if encoding != UTF_8 => decode_as(encoding, body),
        (Some(_), Err(_)) if mostly_utf_8(body) => String::from_utf8_lossy(body),
        (_, Err(_)) => decode_as(WINDOWS_1252, body),
    }
}

fn decode_as<'a>(encoding: &'static Encoding, bytes: &'a [u8]) -> Cow<'a, str> {
    encoding.decode_without_bom_handling(bytes).0
}

/// UTF-16 shows in the zero bytes of its first two characters, which are ASCII in every feed.
fn utf_16_without_mark(body: &[u8]) -> Option<&'static Encoding> {
    match body {
        [0, first, 0, second, ..] if *first != 0 && *second != 0 => Some(UTF_16BE),
        [first, 0, second, 0, ..] if *first != 0 && *second != 0 => Some(UTF_16LE),
        _ => None,
    }
}

/// Whether more bytes beyond ASCII belong to whole UTF-8 characters than do not: one bad byte spoils no feed.
fn mostly_utf_8(body: &[u8]) -> bool {
    let mut good = 0_usize;
    let mut bad = 0_usize;
    for chunk in body.utf8_chunks() {
        good += chunk.valid().bytes().filter(|byte| !byte.is_ascii()).count();
        bad += chunk.invalid().len();
    }
    good > bad
}

fn charset_of_content_type(value: &str) -> Option<&'static Encoding> {
    let charset = value.split(';').skip(1).find_map(|parameter| {
        let (name, value) = parameter.split_once('=')?;
        name.trim().eq_ignore_ascii_case("charset").then_some(value)
    })?;
    Encoding::for_label(charset.trim().trim_matches(['"', '\'']).as_bytes())
}

fn charset_of_declaration(body: &[u8]) -> Option<&'static Encoding> {
    // A declaration is short; leading white space is not allowed before it, yet common.
    let head = body.get(..body.len().min(512))?;
    let start = head.windows(5).position(|window| window == b"<?xml")?;
    let declaration = head.get(start..)?.split(|byte| *byte == b'>').next()?;
    let text = std::str::from_utf8(declaration).ok()?;
    let (_, after) = text.split_once("encoding")?;
    let value = after.trim_start().strip_prefix('=')?.trim_start();
    let quote = value.chars().next().filter(|quote| "\"'".contains(*quote))?;
    let label = value.get(1..)?.split(quote).next()?;
    Encoding::for_label(label.as_bytes())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_mark_beats_every_declaration() {
        let utf16: Vec<u8> = "\u{feff}<a>é".encode_utf16().flat_map(u16::to_be_bytes).collect();
        assert_eq!(decode(&utf16, Some("text/xml; charset=utf-8")), "<a>é");
    }

    #[test]
    fn utf_16_is_known_without_a_mark() {
        let big: Vec<u8> = "<?xml?>ж".encode_utf16().flat_map(u16::to_be_bytes).collect();
        let little: Vec<u8> = "<?xml?>ж".encode_utf16().flat_map(u16::to_le_bytes).collect();
        assert_eq!(decode(&big, None), "<?xml?>ж");
        assert_eq!(decode(&little, None), "<?xml?>ж");
    }

    #[test]
    fn the_content_type_comes_before_the_declaration() {
        let body = b"<?xml version='1.0' encoding='iso-8859-1'?>\xe6";
        assert!(decode(body, Some("text/xml; charset=\"windows-1251\"")).ends_with('ж'));
        assert!(decode(body, None).ends_with('æ'));
        assert!(decode(body, Some("text/xml; charset=nonsense")).ends_with('æ'));
    }

    #[test]
    fn a_lie_about_utf_8_is_seen_through() {
        assert_eq!(decode(b"caf\xe9", Some("text/xml; charset=utf-8")), "café");
        assert_eq!(decode("café".as_bytes(), Some("text/xml; charset=koi8-r")), "café");
    }

    #[test]
    fn one_bad_byte_spoils_no_utf_8() {
        let body = [b"<?xml encoding='utf-8'?>", "Zürich ä ö ü".as_bytes(), b"\xff"].concat();
        assert!(decode(&body, None).ends_with("Zürich ä ö ü\u{fffd}"));
    }
}
