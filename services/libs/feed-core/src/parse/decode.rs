//! Bytes to text: byte order mark, Content-Type, XML declaration, valid UTF-8, else a guess.

use std::borrow::Cow;

use chardetng::{EncodingDetector, Iso2022JpDetection, Utf8Detection};
use encoding_rs::{Encoding, ISO_2022_JP, UTF_8, UTF_16BE, UTF_16LE, WINDOWS_1252};

/// Most bytes that a guess looks at.
const MAX_GUESS_BYTES: usize = 65_536;

/// A body as text.
pub(crate) struct Decoded<'a> {
    pub(crate) text: Cow<'a, str>,
    /// Name of the charset it was read by.
    pub(crate) charset: &'static str,
    /// Whether bytes had no meaning in it, another charset was declared, or text had been decoded wrongly before and was put right.
    pub(crate) repaired: bool,
}

/// The text of `body`.
///
/// A declared charset is believed only if it is known and the bytes make sense in it. Bytes that make none in mostly valid UTF-8 are read as
/// windows-1252, so nothing is refused.
pub(crate) fn decode<'a>(body: &'a [u8], content_type: Option<&str>) -> Decoded<'a> {
    if let Some(text) = utf_32(body) {
        return Decoded { text: Cow::Owned(text), charset: "UTF-32", repaired: false };
    }
    let decoded = decode_bytes(body, content_type);
    match put_right(&decoded.text) {
        Some(text) => Decoded { text: Cow::Owned(text), repaired: true, ..decoded },
        None => decoded,
    }
}

fn decode_bytes<'a>(body: &'a [u8], content_type: Option<&str>) -> Decoded<'a> {
    if let Some((encoding, mark_bytes)) = Encoding::for_bom(body) {
        let rest = body.get(mark_bytes..).unwrap_or_default();
        return if encoding == UTF_8 { mostly_utf_8(rest) } else { decode_as(encoding, rest) };
    }
    if let Some(encoding) = utf_16_without_mark(body) {
        return decode_as(encoding, body);
    }
    let declared = [content_type.and_then(charset_of_content_type), charset_of_declaration(body)];
    // A byte order mark was looked for, so bytes that could be read as a declaration are no UTF-16.
    let mut declared = declared.into_iter().flatten().filter(|encoding| encoding.is_ascii_compatible());
    let first = declared.next();
    // Charsets that shift by escapes are ASCII to the eye.
    if first == Some(ISO_2022_JP) && body.contains(&0x1b) {
        return decode_as(ISO_2022_JP, body);
    }
    if let Ok(text) = std::str::from_utf8(body) {
        // Valid UTF-8 with letters beyond ASCII is hardly ever anything else.
        let belied = first.is_some_and(|declared| declared != UTF_8) && !text.is_ascii();
        return Decoded { text: Cow::Borrowed(text), charset: UTF_8.name(), repaired: belied };
    }
    let others = first.into_iter().chain(declared).filter(|encoding| *encoding != UTF_8);
    let mut best: Option<Decoded<'a>> = None;
    for encoding in others {
        let decoded = decode_as(encoding, body);
        if !decoded.repaired {
            return decoded;
        }
        best = best.or(Some(decoded));
    }
    if is_mostly_utf_8(body) {
        return mostly_utf_8(body);
    }
    let guessed = decode_as(guess(body), body);
    if guessed.repaired { best.unwrap_or(guessed) } else { guessed }
}

fn decode_as<'a>(encoding: &'static Encoding, bytes: &'a [u8]) -> Decoded<'a> {
    let (text, repaired) = encoding.decode_without_bom_handling(bytes);
    Decoded { text, charset: encoding.name(), repaired }
}

fn guess(body: &[u8]) -> &'static Encoding {
    let mut detector = EncodingDetector::new(Iso2022JpDetection::Deny);
    let head = body.get(..MAX_GUESS_BYTES).unwrap_or(body);
    detector.feed(head, head.len() == body.len());
    detector.guess(None, Utf8Detection::Deny)
}

/// UTF-16 shows in the zero bytes of its first two characters, which are ASCII in every feed.
fn utf_16_without_mark(body: &[u8]) -> Option<&'static Encoding> {
    match body {
        [0, first, 0, second, ..] if *first != 0 && *second != 0 => Some(UTF_16BE),
        [first, 0, second, 0, ..] if *first != 0 && *second != 0 => Some(UTF_16LE),
        _ => None,
    }
}

/// The text of a body in UTF-32, which shows in its mark or in the zero bytes of its first character.
fn utf_32(body: &[u8]) -> Option<String> {
    let from = |bytes: [u8; 4]| match body {
        [0xff, 0xfe, 0, 0, ..] => u32::from_le_bytes(bytes),
        [first, 0, 0, 0, ..] if *first != 0 => u32::from_le_bytes(bytes),
        _ => u32::from_be_bytes(bytes),
    };
    let marked = matches!(body, [0xff, 0xfe, 0, 0, ..] | [0, 0, 0xfe, 0xff, ..]);
    let shows = matches!(body, [0, 0, 0, first, 0, 0, 0, ..] | [first, 0, 0, 0, _, 0, 0, 0, ..] if *first != 0);
    if !marked && !shows {
        return None;
    }
    let letters = body.chunks_exact(4).filter_map(|chunk| <[u8; 4]>::try_from(chunk).ok());
    let letters = letters.map(|bytes| char::from_u32(from(bytes)).unwrap_or(char::REPLACEMENT_CHARACTER));
    Some(letters.filter(|letter| *letter != '\u{feff}').collect())
}

/// Whether more bytes beyond ASCII belong to whole UTF-8 characters than do not: one bad byte spoils no feed.
fn is_mostly_utf_8(body: &[u8]) -> bool {
    let mut good = 0_usize;
    let mut bad = 0_usize;
    for chunk in body.utf8_chunks() {
        good += chunk.valid().bytes().filter(|byte| !byte.is_ascii()).count();
        bad += chunk.invalid().len();
    }
    good > bad
}

/// UTF-8 whose single bad bytes are taken for windows-1252, as where one item was pasted in from elsewhere.
fn mostly_utf_8(body: &[u8]) -> Decoded<'_> {
    if let Ok(text) = std::str::from_utf8(body) {
        return Decoded { text: Cow::Borrowed(text), charset: UTF_8.name(), repaired: false };
    }
    let mut text = String::with_capacity(body.len());
    for chunk in body.utf8_chunks() {
        text.push_str(chunk.valid());
        match chunk.invalid() {
            [] => {}
            [single] => text.push_str(&WINDOWS_1252.decode_without_bom_handling(&[*single]).0),
            _ => text.push(char::REPLACEMENT_CHARACTER),
        }
    }
    Decoded { text: Cow::Owned(text), charset: UTF_8.name(), repaired: true }
}

/// `text` without the traces of an earlier wrong decoding, or nothing where there are none.
///
/// UTF-8 that was read as windows-1252 and written as UTF-8 again (`Ã©` for `é`) leaves runs of letters that are valid UTF-8 when they are
/// turned back; chance does not make all the runs of a text so. windows-1252 that was read as ISO 8859-1 leaves control characters.
fn put_right(text: &str) -> Option<String> {
    let suspects = ['Ã', 'Â', 'â', 'Ð', 'Ñ', 'ã', 'Å', 'Ä'];
    let twice = !text.is_ascii() && text.contains(suspects) && is_twice_encoded(text);
    let controls = text.as_bytes().windows(2).any(|pair| matches!(pair, [0xc2, 0x80..=0x9f]));
    if !twice && !controls {
        return None;
    }
    let mut right = String::with_capacity(text.len());
    for (run, is_ascii) in runs(text) {
        match turned_back(run).filter(|_| twice && !is_ascii) {
            Some(run) => right.push_str(&run),
            None if is_ascii => right.push_str(run),
            None => right.extend(run.chars().map(|letter| match u8::try_from(u32::from(letter)) {
                Ok(byte @ 0x80..=0x9f) => {
                    WINDOWS_1252.decode_without_bom_handling(&[byte]).0.chars().next().unwrap_or(letter)
                }
                _ => letter,
            })),
        }
    }
    Some(right)
}

/// Whether nearly all runs of letters beyond ASCII are UTF-8 that was read as windows-1252.
fn is_twice_encoded(text: &str) -> bool {
    let mut seen = 0_usize;
    let mut turned = 0_usize;
    for (run, is_ascii) in runs(text) {
        if !is_ascii {
            seen += 1;
            turned += usize::from(turned_back(run).is_some());
        }
        if seen >= 8 && turned * 2 < seen {
            return false;
        }
    }
    turned > 0 && turned * 10 >= seen * 9
}

fn turned_back(run: &str) -> Option<String> {
    let mut bytes = Vec::with_capacity(run.len());
    for letter in run.chars() {
        // windows-1252 leaves five bytes without a letter; decoders pass them through as control characters.
        if let Ok(byte) = u8::try_from(u32::from(letter)) {
            bytes.push(byte);
            continue;
        }
        let mut buffer = [0; 4];
        let (encoded, _, unmappable) = WINDOWS_1252.encode(letter.encode_utf8(&mut buffer));
        if unmappable {
            return None;
        }
        bytes.extend_from_slice(&encoded);
    }
    String::from_utf8(bytes).ok()
}

/// The runs of `text` that are ASCII throughout or nowhere, and which of both.
fn runs(text: &str) -> impl Iterator<Item = (&str, bool)> {
    let mut rest = text;
    std::iter::from_fn(move || {
        let is_ascii = rest.bytes().next()?.is_ascii();
        let end = rest.bytes().position(|byte| byte.is_ascii() != is_ascii).unwrap_or(rest.len());
        let (run, after) = rest.split_at_checked(end)?;
        rest = after;
        Some((run, is_ascii))
    })
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

    fn text(body: &[u8], content_type: Option<&str>) -> String {
        decode(body, content_type).text.into_owned()
    }

    #[test]
    fn a_mark_beats_every_declaration() {
        let utf16: Vec<u8> = "\u{feff}<a>é".encode_utf16().flat_map(u16::to_be_bytes).collect();
        assert_eq!(text(&utf16, Some("text/xml; charset=utf-8")), "<a>é");
    }

    #[test]
    fn wide_charsets_are_known_without_a_mark() {
        let big: Vec<u8> = "<?xml?>ж".encode_utf16().flat_map(u16::to_be_bytes).collect();
        let little: Vec<u8> = "<?xml?>ж".encode_utf16().flat_map(u16::to_le_bytes).collect();
        let widest: Vec<u8> = "<?xml?>ж".chars().flat_map(|letter| u32::from(letter).to_be_bytes()).collect();
        for body in [big, little, widest] {
            assert_eq!(text(&body, None), "<?xml?>ж");
        }
    }

    #[test]
    fn the_content_type_comes_before_the_declaration() {
        let body = b"<?xml version='1.0' encoding='iso-8859-1'?>\xe6";
        assert!(text(body, Some("text/xml; charset=\"windows-1251\"")).ends_with('ж'));
        assert!(text(body, None).ends_with('æ'));
        assert!(text(body, Some("text/xml; charset=nonsense")).ends_with('æ'));
    }

    #[test]
    fn a_lie_about_the_charset_is_seen_through() {
        assert_eq!(text(b"caf\xe9 au lait", Some("text/xml; charset=utf-8")), "café au lait");
        assert_eq!(text("café".as_bytes(), Some("text/xml; charset=koi8-r")), "café");
    }

    #[test]
    fn one_bad_byte_spoils_no_utf_8() {
        let body = [b"<?xml encoding='utf-8'?>", "Zürich ä ö ü".as_bytes(), b"\x93x"].concat();
        assert!(text(&body, None).ends_with("Zürich ä ö ü“x"));
    }

    #[test]
    fn text_that_was_decoded_wrongly_before_is_put_right() {
        assert_eq!(text("CafÃ© â€œauâ€\u{9d} lait, dâ€™accord".as_bytes(), None), "Café “au” lait, d’accord");
        assert_eq!(text("don\u{92}t".as_bytes(), None), "don’t");
        let right = "À São Tomé, l’été, Ãrvore, Ñandú";
        assert_eq!(text(right.as_bytes(), None), right);
    }
}
