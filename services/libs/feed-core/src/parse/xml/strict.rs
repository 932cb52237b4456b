//! Whether a piece of a document is well-formed XML that every parser reads alike.

/// Most attributes of one tag; the check for repeated ones compares each with each.
const MAX_ATTRIBUTES: usize = 64;

/// Whether every reference in `text` is one of XML's own five or names a character that it alone can mean.
///
/// Others need a document type, and the numbers 128 to 159 are read as windows-1252 by some and as control characters by others.
pub(crate) fn references_are_sound(text: &str) -> bool {
    text.split('&').skip(1).all(|tail| tail.split_once(';').is_some_and(|(name, _)| is_sound(name)))
}

fn is_sound(name: &str) -> bool {
    let Some(number) = name.strip_prefix('#') else {
        return matches!(name, "amp" | "lt" | "gt" | "quot" | "apos");
    };
    let (digits, radix) = number.strip_prefix('x').map_or((number, 10), |digits| (digits, 16));
    let all_digits = digits.chars().all(|digit| digit.is_digit(radix));
    let code = u32::from_str_radix(digits, radix).ok().filter(|_| all_digits);
    let character = code.and_then(char::from_u32);
    character.is_some_and(|letter| !letter.is_control() || matches!(letter, '\t' | '\n' | '\r'))
}

/// Whether a tag's name is one, rather than something that only begins like one.
pub(crate) fn name_is_sound(name: &str) -> bool {
    !name.contains(['/', '=', '"', '\'', '&', '<', '>'])
        && !name.starts_with(':')
        && !name.ends_with(':')
        && name.bytes().filter(|byte| *byte == b':').count() <= 1
}

/// Whether `raw` is a list of quoted attributes, none twice.
pub(crate) fn attributes_are_sound(raw: &str) -> bool {
    let mut names = Vec::new();
    let mut rest = raw;
    loop {
        let trimmed = rest.trim_start_matches(is_space);
        if trimmed.is_empty() {
            return true;
        }
        let Some((name, after)) = trimmed.split_once('=') else {
            return false;
        };
        let name = name.trim_end_matches(is_space);
        let after = after.trim_start_matches(is_space);
        let quote = after.chars().next().filter(|quote| matches!(quote, '"' | '\''));
        let Some((value, after)) = quote.and_then(|quote| after.get(1..)?.split_once(quote)) else {
            return false;
        };
        let separated = rest.starts_with(is_space);
        let sound = !name.is_empty() && !name.contains(char::is_whitespace) && name_is_sound(name);
        if !separated || !sound || names.contains(&name) || value.contains('<') || !references_are_sound(value) {
            return false;
        }
        names.push(name);
        if names.len() > MAX_ATTRIBUTES {
            return false;
        }
        rest = after;
    }
}

/// Whether `skipped`, which stands between two tokens, is nothing but comments.
pub(crate) fn is_only_comments(mut skipped: &str) -> bool {
    while !skipped.is_empty() {
        let Some((_, after)) = skipped.strip_prefix("<!--").and_then(|comment| comment.split_once("-->")) else {
            return false;
        };
        skipped = after;
    }
    true
}

/// White space as XML has it.
pub(crate) fn is_space(letter: char) -> bool {
    matches!(letter, ' ' | '\t' | '\n' | '\r')
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_references_of_one_meaning_are_sound() {
        assert!(references_are_sound("a &amp; b &lt;&#233;&#xe9;&quot;"));
        for text in ["&", "a & b", "&eacute;", "&#150;", "&#XE9;", "&#+5;", "&#0;", "&#xD800;", "&;", "&amp"] {
            assert!(!references_are_sound(text), "{text}");
        }
    }

    #[test]
    fn only_quoted_attributes_that_differ_are_sound() {
        assert!(attributes_are_sound(" a=\"1\" b = '>' "));
        for raw in [" a=1", " a", " a='1'b='2'", " a='1' a='2'", " a='<'", " a='&'", " a='1", "/", "\u{a0}a='1'"] {
            assert!(!attributes_are_sound(raw), "{raw}");
        }
        let many: Vec<_> = (0..100).map(|number| format!(" a{number}=''")).collect();
        assert!(!attributes_are_sound(&many.concat()));
    }

    #[test]
    fn comments_end_where_xml_ends_them() {
        assert!(is_only_comments("<!-- a --><!---->"));
        assert!(!is_only_comments("<!-->"));
        assert!(!is_only_comments("<?php ?>"));
    }
}
