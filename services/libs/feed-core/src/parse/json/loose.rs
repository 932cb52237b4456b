//! JSON that is not quite: comments, callbacks, commas too many or too few, raw line ends, wrong escapes and literals, and documents that
//! break off, of which every list keeps the members that were complete.

use serde_json::{Map, Number, Value};

use super::kept::{Room, is_known};

/// Deepest nesting that is followed; no feed needs more than six levels.
const MAX_DEPTH: usize = 64;

/// White space of JSON (RFC 8259, 2).
const BLANKS: [char; 4] = [' ', '\t', '\r', '\n'];

/// The first object or list in `text`, or `None` where there is none or it nests too deeply.
pub(crate) fn read(text: &str) -> Option<Value> {
    let at = text.find(['{', '['])?;
    let mut reader = Reader { text, at, cut: false, too_deep: false, room: Room::default() };
    let value = reader.value(0);
    value.filter(|_| !reader.too_deep)
}

struct Reader<'a> {
    text: &'a str,
    at: usize,
    /// Whether the document ended in the middle of what was read last.
    cut: bool,
    too_deep: bool,
    room: Room,
}

impl<'a> Reader<'a> {
    fn rest(&self) -> &'a str {
        self.text.get(self.at..).unwrap_or_default()
    }

    fn peek(&self) -> Option<char> {
        self.rest().chars().next()
    }

    fn skip(&mut self, letter: char) {
        self.at += letter.len_utf8();
    }

    /// Moves behind white space, comments and commas.
    fn skip_gap(&mut self) {
        loop {
            let rest = self.rest();
            let trimmed = rest
                .trim_start_matches(|letter: char| letter.is_whitespace() || matches!(letter, ',' | '\u{feff}' | '\0'));
            self.at += rest.len() - trimmed.len();
            let length = if trimmed.starts_with("//") {
                trimmed.find('\n').unwrap_or(trimmed.len())
            } else if trimmed.starts_with("/*") {
                trimmed.find("*/").map_or(trimmed.len(), |end| end + 2)
            } else {
                return;
            };
            self.at += length;
        }
    }

    fn value(&mut self, depth: usize) -> Option<Value> {
        if depth > MAX_DEPTH {
            self.too_deep = true;
            self.at = self.text.len();
            return None;
        }
        match self.peek()? {
            '{' => {
                self.skip('{');
                Some(Value::Object(self.object(None, depth)))
            }
            '[' => {
                self.skip('[');
                Some(Value::Array(self.list(depth)))
            }
            quote @ ('"' | '\'') => self.string(quote).map(Value::String),
            _ => Some(self.word()),
        }
    }

    /// The members of an object whose brace was read, or was missing before `first`, its first key.
    fn object(&mut self, first: Option<String>, depth: usize) -> Map<String, Value> {
        let mut object = Map::new();
        let mut key = first;
        loop {
            if let Some(key) = key.take() {
                self.skip_gap();
                let is_kept = is_known(&key) && self.room.takes_one();
                if let Some(value) = self.value(depth + 1).filter(|_| is_kept) {
                    object.insert(key, value);
                }
            }
            self.skip_gap();
            match self.peek() {
                None => {
                    self.cut = true;
                    return object;
                }
                Some('}') => {
                    self.skip('}');
                    return object;
                }
                // The brace that ends it is missing.
                Some('{' | ']') => return object,
                Some(quote @ ('"' | '\'')) => key = self.string(quote).filter(|_| self.takes_colon()),
                Some(letter) if letter.is_alphanumeric() || letter == '_' => {
                    let name = self.bare().to_owned();
                    key = Some(name).filter(|_| self.takes_colon());
                }
                Some(letter) => self.skip(letter),
            }
        }
    }

    fn list(&mut self, depth: usize) -> Vec<Value> {
        let mut list = Vec::new();
        loop {
            self.skip_gap();
            let is_kept = self.room.takes_one();
            let value = match self.peek() {
                None => {
                    self.cut = true;
                    return list;
                }
                Some(']') => {
                    self.skip(']');
                    return list;
                }
                // The bracket that ends it is missing.
                Some('}') => return list,
                Some(quote @ ('"' | '\'')) => {
                    let text = self.string(quote);
                    if self.takes_colon() {
                        // The brace before it is missing.
                        Some(Value::Object(self.object(text, depth + 1)))
                    } else {
                        text.map(Value::String)
                    }
                }
                Some(_) => self.value(depth + 1),
            };
            if self.cut {
                return list;
            }
            list.extend(value.filter(|_| is_kept));
        }
    }

    /// Moves behind a colon that comes next.
    fn takes_colon(&mut self) -> bool {
        let rest = self.rest();
        let trimmed = rest.trim_start();
        let found = trimmed.starts_with(':');
        if found {
            self.at += rest.len() - trimmed.len() + 1;
        }
        found
    }

    fn bare(&mut self) -> &'a str {
        let rest = self.rest();
        let ends = |letter: char| letter.is_whitespace() || matches!(letter, ',' | ':' | '{' | '}' | '[' | ']' | '"');
        let end = rest.find(ends).unwrap_or(rest.len()).max(rest.chars().next().map_or(0, char::len_utf8));
        let (word, _) = rest.split_at(end);
        self.at += end;
        word
    }

    /// A number, or a word that stands for a value; any other stands for none.
    fn word(&mut self) -> Value {
        let word = self.bare();
        if self.rest().is_empty() {
            self.cut = true;
        }
        let number = word.trim_start_matches('+').parse::<Number>().ok();
        match (number, word) {
            (Some(number), _) => Value::Number(number),
            (None, "true" | "True" | "TRUE") => Value::Bool(true),
            (None, "false" | "False" | "FALSE") => Value::Bool(false),
            _ => Value::Null,
        }
    }

    /// The string that `quote` begins.
    fn string(&mut self, quote: char) -> Option<String> {
        self.skip(quote);
        let mut out = String::new();
        loop {
            let rest = self.rest();
            let Some(end) = rest.find([quote, '\\', '\n']) else {
                self.at = self.text.len();
                self.cut = true;
                return None;
            };
            out.push_str(rest.get(..end).unwrap_or_default());
            self.at += end;
            let special = self.peek()?;
            self.skip(special);
            if special == quote {
                return Some(out);
            }
            if special == '\\' {
                self.escape(&mut out);
            } else if is_new_member(self.rest()) {
                // The quote that ends it is missing.
                let length = out.trim_end().trim_end_matches(',').len();
                out.truncate(length);
                return Some(out);
            } else {
                // All blanks at once: the same member would be looked for behind each of them.
                out.push('\n');
                let rest = self.rest();
                let (blanks, _) = rest.split_at(rest.len() - rest.trim_start_matches(BLANKS).len());
                out.push_str(blanks);
                self.at += blanks.len();
            }
        }
    }

    fn escape(&mut self, out: &mut String) {
        let Some(letter) = self.peek() else { return };
        self.skip(letter);
        match letter {
            'n' => out.push('\n'),
            't' => out.push('\t'),
            'r' => out.push('\r'),
            'b' | 'f' => out.push(' '),
            'u' => self.unicode(out),
            'x' => match self.hexadecimal(2) {
                Some(code) => out.push(char::from_u32(code).unwrap_or(char::REPLACEMENT_CHARACTER)),
                None => out.push('x'),
            },
            _ => out.push(letter),
        }
    }

    fn unicode(&mut self, out: &mut String) {
        let Some(first) = self.hexadecimal(4) else {
            return out.push(char::REPLACEMENT_CHARACTER);
        };
        let is_high = (0xd800..0xdc00).contains(&first);
        if is_high && self.rest().starts_with("\\u") {
            let before = self.at;
            self.at += 2;
            if let Some(second @ 0xdc00..0xe000) = self.hexadecimal(4) {
                let code = 0x10000 + ((first - 0xd800) << 10) + (second - 0xdc00);
                return out.push(char::from_u32(code).unwrap_or(char::REPLACEMENT_CHARACTER));
            }
            self.at = before;
        }
        out.push(char::from_u32(first).unwrap_or(char::REPLACEMENT_CHARACTER));
    }

    fn hexadecimal(&mut self, digits: usize) -> Option<u32> {
        let text = self.rest().get(..digits)?;
        let code = u32::from_str_radix(text, 16).ok()?;
        self.at += digits;
        Some(code)
    }
}

/// Whether `text`, which stands behind a line end, begins like the next member of an object, or ends the object.
fn is_new_member(text: &str) -> bool {
    let text = text.trim_start_matches(BLANKS);
    if text.starts_with(['}', ']']) {
        return true;
    }
    let key = text.strip_prefix('"').and_then(|text| text.split_once('"'));
    key.is_some_and(|(key, after)| {
        let plain = |letter: char| letter.is_ascii_alphanumeric() || matches!(letter, '_' | '-' | '.');
        !key.is_empty() && key.chars().all(plain) && after.trim_start().starts_with(':')
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn what_is_meant_is_read() {
        let cases = [
            ("callback({\"tags\": [1, 2,],});", json!({"tags": [1, 2]})),
            ("{\"id\": \"x\n\"url\": 1}", json!({"id": "x", "url": 1})),
            ("{\"id\": \"x,\n \"url\": 1, \"_x\": 2}", json!({"id": "x", "url": 1})),
            (
                "{id: True, 'url': NaN /* c */, \"title\": \"\\x41\\'\\ud83d\\ude00\\u12\"}",
                json!({"id": true, "url": null, "title": "A'😀�12"}),
            ),
            (
                "[{\"id\": 1} {\"url\": 2 {\"title\": 3}, \"tags\": 4}]",
                json!([{"id": 1}, {"url": 2}, {"title": 3}, {"tags": 4}]),
            ),
            ("{\"items\": [{\"id\": 1}, {\"id\": 2", json!({"items": [{"id": 1}]})),
        ];
        for (text, expected) in cases {
            assert_eq!(read(text), Some(expected), "{text}");
        }
        assert_eq!(read(&"[".repeat(100_000)), None);
    }
}
