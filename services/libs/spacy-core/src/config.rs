//! Reads `config.cfg`: sections of `key = JSON value`, with references to other values.

use std::collections::HashMap;

use serde_json::Value;

use crate::error::LoadError;

const FILE: &str = "config.cfg";

/// References that may lie behind one another; more are a circle.
const MAX_REFERENCES: usize = 16;

/// The configuration of a pipeline, by section and key.
#[derive(Debug)]
pub(crate) struct Config {
    values: HashMap<String, String>,
}

impl Config {
    /// Reads the text of a `config.cfg`.
    pub(crate) fn parse(text: &str) -> Result<Self, LoadError> {
        let mut values = HashMap::new();
        let (mut section, mut last) = (String::new(), None::<String>);
        for line in text.lines() {
            let trimmed = line.trim();
            if trimmed.is_empty() || trimmed.starts_with(['#', ';']) {
                continue;
            }
            if let Some(name) = trimmed.strip_prefix('[').and_then(|rest| rest.strip_suffix(']'))
                && !line.starts_with(char::is_whitespace)
            {
                name.clone_into(&mut section);
                last = None;
            } else if line.starts_with(char::is_whitespace) {
                // The value of the key above goes on.
                let open = last.as_ref().and_then(|key| values.get_mut(key));
                let open: &mut String =
                    open.ok_or_else(|| LoadError::malformed(FILE, format!("stray line {line:?}")))?;
                open.push('\n');
                open.push_str(trimmed);
            } else {
                let (key, value) = line
                    .split_once('=')
                    .ok_or_else(|| LoadError::malformed(FILE, format!("neither section nor value: {line:?}")))?;
                let key = format!("{section}.{}", key.trim());
                values.insert(key.clone(), value.trim().to_owned());
                last = Some(key);
            }
        }
        Ok(Self { values })
    }

    /// The value of `key` (`section.name`), with a reference `${section:name}` or `${section.name}` followed.
    pub(crate) fn value(&self, key: &str) -> Result<Value, LoadError> {
        let mut at = key.to_owned();
        for _ in 0..MAX_REFERENCES {
            let text = self.values.get(&at).ok_or_else(|| LoadError::NoValue(key.to_owned()))?;
            let Some(reference) = text.strip_prefix("${").and_then(|rest| rest.strip_suffix('}')) else {
                return Ok(serde_json::from_str(text).unwrap_or_else(|_| Value::String(text.clone())));
            };
            at = reference.replace(':', ".");
        }
        Err(LoadError::malformed(FILE, format!("the references of {key} go in a circle")))
    }

    pub(crate) fn text(&self, key: &str) -> Result<String, LoadError> {
        let value = self.value(key)?;
        let text = value.as_str().ok_or_else(|| unexpected(key, &value, "a text"))?;
        Ok(text.to_owned())
    }

    /// A whole number of at most `most`.
    pub(crate) fn number_up_to(&self, key: &str, most: usize) -> Result<usize, LoadError> {
        let value = self.value(key)?;
        let number = value.as_u64().and_then(|number| usize::try_from(number).ok()).filter(|number| *number <= most);
        number.ok_or_else(|| unexpected(key, &value, &format!("a number up to {most}")))
    }

    pub(crate) fn texts(&self, key: &str) -> Result<Vec<String>, LoadError> {
        let value = self.value(key)?;
        let texts =
            value.as_array().and_then(|items| items.iter().map(|item| Some(item.as_str()?.to_owned())).collect());
        texts.ok_or_else(|| unexpected(key, &value, "a list of texts"))
    }

    /// Checks that the switch `key`, which is off where it is not there, is `wanted`; `known` says so.
    pub(crate) fn expect_switch(&self, key: &str, wanted: bool, known: &'static str) -> Result<(), LoadError> {
        let found = self.value(key).is_ok_and(|value| value == Value::Bool(true));
        if found == wanted {
            Ok(())
        } else {
            Err(LoadError::Unsupported { place: key.to_owned(), found: found.to_string(), known })
        }
    }

    /// Checks that `key` is one of `allowed`, which `known` describes.
    pub(crate) fn expect(&self, key: &str, allowed: &[&str], known: &'static str) -> Result<(), LoadError> {
        let found = self.text(key)?;
        if allowed.contains(&found.as_str()) {
            Ok(())
        } else {
            Err(LoadError::Unsupported { place: key.to_owned(), found, known })
        }
    }
}

fn unexpected(key: &str, value: &Value, wanted: &str) -> LoadError {
    LoadError::malformed(FILE, format!("{key} = {value} is not {wanted}"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn references_and_continued_lines_are_followed() {
        let text = "[a]\nlist = [1,\n  2]\n\n[b.c]\nwidth = ${d:width}\n\n[d]\nwidth = 96\n";
        let config = Config::parse(text).unwrap();
        assert_eq!(config.number_up_to("b.c.width", 96).unwrap(), 96);
        assert_eq!(config.value("a.list").unwrap(), serde_json::json!([1, 2]));
    }

    #[test]
    fn a_number_beyond_its_bound_is_refused_with_its_key() {
        let config = Config::parse("[a]\ndepth = 97\nwindow = -1\n").unwrap();
        for key in ["a.depth", "a.window"] {
            let refusal = config.number_up_to(key, 96).unwrap_err().to_string();
            assert!(refusal.contains(key) && refusal.contains("is not a number up to 96"), "{refusal}");
        }
    }

    #[test]
    fn a_circle_of_references_ends() {
        let config = Config::parse("[a]\nb = ${a.c}\nc = ${a.b}\n").unwrap();
        assert!(config.value("a.b").unwrap_err().to_string().contains("circle"));
    }
}
