//! Character and entity references: `&eacute;`, `&#233;`, `&#xE9;`, and those that a document type declares.

use std::{borrow::Cow, collections::HashMap};

use htmlize::ENTITIES;

/// Most entities of a document type that are kept.
const MAX_ENTITIES: usize = 256;

/// Longest value of an entity that is kept, in bytes.
const MAX_ENTITY_BYTES: usize = 4_096;

/// Most bytes that the entities of a document may add to it; references behind that stay as they are.
const MAX_EXPANSION_BYTES: usize = 1_048_576;

/// The general entities that a document type declares, none of which holds another.
#[derive(Debug, Default)]
pub(crate) struct Entities<'a> {
    values: HashMap<&'a str, Cow<'a, str>>,
    expanded_bytes: usize,
}

impl<'a> Entities<'a> {
    /// Takes in what `doctype` declares. Entities that lie elsewhere, or that hold references to others, are left out.
    pub(crate) fn declare(&mut self, doctype: &'a str) {
        for declaration in doctype.split("<!ENTITY").skip(1).take(MAX_ENTITIES) {
            let Some((name, rest)) = declaration.trim_start().split_once(char::is_whitespace) else { continue };
            let rest = rest.trim_start();
            let quote = rest.chars().next().filter(|letter| matches!(letter, '"' | '\''));
            let Some((value, _)) = quote.and_then(|quote| rest.get(1..)?.split_once(quote)) else { continue };
            let value = unescape_numbers(value);
            if value.len() <= MAX_ENTITY_BYTES && !refers(&value) {
                self.values.entry(name).or_insert(value);
            }
        }
    }

    /// `text` with character and entity references resolved; what is no reference stays as it is.
    pub(crate) fn unescape<'t>(&mut self, text: &'t str) -> Cow<'t, str> {
        if self.values.is_empty() {
            return unescape(text);
        }
        unescape_by(text, |name, out| {
            let value = self.values.get(name)?;
            if self.expanded_bytes + value.len() > MAX_EXPANSION_BYTES {
                return None;
            }
            self.expanded_bytes += value.len();
            // Its markup is that of the text it stands in, one level below.
            out.push_str(&unescape(value));
            Some(())
        })
    }
}

/// Whether `value` refers to an entity other than those of XML itself.
fn refers(value: &str) -> bool {
    value.split('&').skip(1).any(|tail| {
        let name = tail.split(';').next().unwrap_or_default();
        !name.starts_with('#') && !matches!(name, "amp" | "lt" | "gt" | "quot" | "apos")
    })
}

/// The value of a declared entity, in which numbers are resolved where it is declared (XML 1.0, 4.4.5).
fn unescape_numbers(value: &str) -> Cow<'_, str> {
    if !value.contains("&#") {
        return Cow::Borrowed(value);
    }
    let numbers = value.split_inclusive(';').map(|piece| match piece.rfind("&#") {
        Some(at) => {
            let (before, reference) = piece.split_at(at);
            Cow::Owned(format!("{before}{}", unescape(reference)))
        }
        None => Cow::Borrowed(piece),
    });
    Cow::Owned(numbers.collect())
}

/// `text` with character and entity references resolved; what is no reference stays as it is.
pub(crate) fn unescape(text: &str) -> Cow<'_, str> {
    unescape_by(text, |_, _| None)
}

/// As [`unescape`], `declared` writing what else a name may stand for.
fn unescape_by(text: &str, mut declared: impl FnMut(&str, &mut String) -> Option<()>) -> Cow<'_, str> {
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
        let resolved = name
            .and_then(|name| declared(name, &mut out).map(|()| name.len()).or_else(|| resolve(rest, name, &mut out)));
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

/// Writes what `&name;`, with which `text` begins, stands for and returns the length of the name, or writes nothing.
fn resolve(text: &str, name: &str, out: &mut String) -> Option<usize> {
    if let Some(number) = name.strip_prefix('#') {
        let code = match number.strip_prefix(['x', 'X']) {
            Some(digits) => u32::from_str_radix(digits, 16),
            None => number.parse(),
        };
        out.push(character(code.ok()?));
    } else {
        let known = ENTITIES.get(text.as_bytes().get(..name.len() + 2)?)?;
        out.push_str(str::from_utf8(known).ok()?);
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
        assert_eq!(unescape("&alpha;&OElig;&hellip;&ThickSpace;"), "αŒ…\u{205f}\u{200a}");
        assert_eq!(unescape("AT&T &amp; &eacute;&#233;&#xE9; &#150; &nosuch; &"), "AT&T & ééé – &nosuch; &");
    }

    #[test]
    fn declared_entities_are_resolved_and_never_nested() {
        let mut entities = Entities::default();
        entities.declare("<!DOCTYPE rss [<!ENTITY id \"tag:x,\"> <!ENTITY e '&#38;amp;'> <!ENTITY a \"&b;\"><!ENTITY b SYSTEM \"x\">]>");
        assert_eq!(entities.unescape("&id;1 &e; &a; &b; &amp;"), "tag:x,1 & &a; &b; &");
    }

    #[test]
    fn entities_add_a_bounded_number_of_bytes() {
        let mut entities = Entities::default();
        let doctype = format!("<!ENTITY e \"{}\">", "x".repeat(4_000));
        entities.declare(&doctype);
        let text = entities.unescape(&"&e;".repeat(100_000)).len();
        assert!(text < MAX_EXPANSION_BYTES + 300_000, "{text}");
    }
}
