//! Checks of meaning: ranges, forms, and rules across keys.

use std::{
    fmt::{self, Display},
    fs,
    net::SocketAddr,
    ops::RangeInclusive,
    path::Path,
    time::Duration,
};

use humantime::format_duration;
use url::Url;

use super::{
    Fault, Faults, Origin, Origins, Secret,
    file::cannot_read,
    secret::{is_secret, printable},
};

/// Gathers faults while a raw value is turned into a checked one.
///
/// A check that finds a fault notes it and gives a stand-in, so that the checked value can be built to its end;
/// [`finish`](Self::finish) lets it out only if nothing was noted.
#[derive(Clone, Debug)]
pub struct Check {
    origins: Origins,
    faults: Vec<Fault>,
    sections: Vec<String>,
}

impl Check {
    /// A check of values with these origins; [`Loaded::into_check`](super::Loaded::into_check) is the usual way.
    #[must_use]
    pub fn new(origins: Origins) -> Self {
        Self { origins, faults: Vec::new(), sections: Vec::new() }
    }

    /// Runs `checks` with all their keys under `table`.
    pub fn section<T>(&mut self, table: &str, checks: impl FnOnce(&mut Self) -> T) -> T {
        self.sections.push(table.to_owned());
        let checked = checks(self);
        self.sections.pop();
        checked
    }

    /// Notes a fault of the value at `key`, as it was written.
    pub fn fault(&mut self, key: &str, problem: impl Into<String>, help: impl Into<String>) {
        let value = self.origins.shown(&self.path(key)).map(str::to_owned);
        self.note(key, value, problem.into(), help.into());
    }

    /// Notes a fault at `key` unless `holds`: for rules across keys.
    pub fn require(&mut self, holds: bool, key: &str, problem: &str, help: &str) {
        if !holds {
            self.fault(key, problem, help);
        }
    }

    /// Whether no fault at or below `key` was noted. A rule across keys asks first, or it would judge a stand-in.
    #[must_use]
    pub fn is_sound(&self, key: &str) -> bool {
        let path = self.path(key);
        !self.faults.iter().any(|fault| {
            fault.key.strip_prefix(&path).is_some_and(|rest| rest.is_empty() || rest.starts_with(['.', '[']))
        })
    }

    /// Where the value at `key` came from.
    #[must_use]
    pub fn origin(&self, key: &str) -> Origin {
        self.origins.of(&self.path(key))
    }

    /// A duration in words, such as `90s` or `1h 30m`.
    pub fn duration(&mut self, key: &str, text: &str, range: RangeInclusive<Duration>) -> Duration {
        let problem = match humantime::parse_duration(text) {
            Ok(duration) if range.contains(&duration) => return duration,
            Ok(_) => "outside its range".to_owned(),
            Err(error) => format!("not a duration: {error}"),
        };
        let (least, most) = (format_duration(*range.start()), format_duration(*range.end()));
        self.refuse(key, &Quoted(text), problem, format!("write a duration from {least} to {most}"));
        *range.start()
    }

    /// A number in a range.
    pub fn number<T: PartialOrd + Display + Copy>(&mut self, key: &str, value: T, range: RangeInclusive<T>) -> T {
        if range.contains(&value) {
            return value;
        }
        let form = format!("write a number from {} to {}", range.start(), range.end());
        self.refuse(key, &value, "outside its range".into(), form);
        *range.start()
    }

    /// A count of bytes in a range.
    pub fn bytes(&mut self, key: &str, value: u64, range: RangeInclusive<u64>) -> u64 {
        if range.contains(&value) {
            return value;
        }
        let form = format!("write a count of bytes from {} to {}", Bytes(*range.start()), Bytes(*range.end()));
        self.refuse(key, &value, "outside its range".into(), form);
        *range.start()
    }

    /// Text that is more than white space, trimmed.
    pub fn text(&mut self, key: &str, text: &str) -> String {
        let text = text.trim();
        if text.is_empty() {
            self.note(key, Some("\"\"".into()), "must not be empty".into(), String::new());
        }
        text.to_owned()
    }

    /// A list with at least one element.
    pub fn list<T: Clone>(&mut self, key: &str, elements: &[T]) -> Vec<T> {
        if elements.is_empty() {
            self.note(key, Some("[]".into()), "must not be empty".into(), "name at least one".into());
        }
        elements.to_vec()
    }

    /// An absolute URL with one of these schemes.
    pub fn url(&mut self, key: &str, text: &str, schemes: &[&str]) -> Url {
        let problem = match Url::parse(text) {
            Ok(url) if schemes.contains(&url.scheme()) => return url,
            Ok(_) => "its scheme is not allowed".to_owned(),
            Err(error) => format!("not a URL: {error}"),
        };
        self.refuse(key, &Quoted(text), problem, format!("write a URL with the scheme {}", schemes.join(" or ")));
        no_url()
    }

    /// An address to listen on, such as `0.0.0.0:9464` or `[::]:9464`.
    pub fn socket_addr(&mut self, key: &str, text: &str) -> SocketAddr {
        text.parse().unwrap_or_else(|_| {
            let form = "write an IP address and a port, such as 0.0.0.0:9464";
            self.refuse(key, &Quoted(text), "not a socket address".into(), form.into());
            SocketAddr::from(([0, 0, 0, 0], 0))
        })
    }

    /// The choice that `text` names; none with a fault noted. An enum in the raw struct does the same with less code.
    pub fn one_of<T: Copy>(&mut self, key: &str, text: &str, choices: &[(&str, T)]) -> Option<T> {
        let chosen = choices.iter().find(|(name, _)| *name == text).map(|(_, choice)| *choice);
        if chosen.is_none() {
            let names: Vec<&str> = choices.iter().map(|(name, _)| *name).collect();
            let form = format!("write one of {}", names.join(", "));
            self.refuse(key, &Quoted(text), "not one of the choices".into(), form);
        }
        chosen
    }

    /// The secret at `key`, or the one in the file that `{key}_file` names, without a line break at its end.
    ///
    /// At most one may be set. A secret given with a flag is a fault: every process of the machine can read a command line.
    pub fn secret(&mut self, key: &str, inline: Option<Secret>, file: Option<&Path>) -> Option<Secret> {
        let file_key = format!("{key}_file");
        if matches!(self.origin(key), Origin::Flag(_)) {
            self.fault(
                key,
                "a secret on the command line is visible to others",
                format!("name a file with `{file_key}`"),
            );
        }
        let Some(file) = file else { return inline };
        if inline.is_some() {
            self.fault(&file_key, format!("`{key}` is set too"), "set one of the two");
            return inline;
        }
        match fs::read_to_string(file) {
            Ok(text) if text.trim().is_empty() => {
                self.fault(&file_key, "the file is empty", "write the secret into it");
            }
            Ok(text) => return Some(Secret::from(text.trim_end_matches(['\r', '\n']).to_owned())),
            Err(error) => self.fault(&file_key, cannot_read(&error), "name a readable file"),
        }
        None
    }

    /// Gives `checked` out if no fault was found.
    ///
    /// # Errors
    ///
    /// Every fault, of shape and of meaning.
    pub fn finish<T>(self, checked: T) -> Result<T, Faults> {
        match Faults::of(self.faults) {
            None => Ok(checked),
            Some(faults) => Err(faults),
        }
    }

    pub(super) fn with_faults(mut self, faults: Vec<Fault>) -> Self {
        self.faults.extend(faults);
        self
    }

    fn refuse(&mut self, key: &str, value: &dyn Display, problem: String, form: String) {
        let value = (!is_secret(&self.path(key))).then(|| value.to_string());
        self.note(key, value, problem, form);
    }

    fn note(&mut self, key: &str, value: Option<String>, problem: String, help: String) {
        let key = self.path(key);
        let origin = self.origins.of(&key);
        let help = (!help.is_empty()).then_some(help);
        self.faults.push(Fault { key, value, origin, problem, help });
    }

    fn path(&self, key: &str) -> String {
        let mut path = self.sections.join(".");
        if !path.is_empty() && !key.is_empty() {
            path.push('.');
        }
        path + key
    }
}

/// Stands in for a URL with a fault.
#[expect(clippy::expect_used, reason = "the text is a constant")]
fn no_url() -> Url {
    Url::parse("fault:").expect("a scheme alone is a URL")
}

/// Text as a fault shows it.
struct Quoted<'a>(&'a str);

impl Display for Quoted<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&printable(self.0))
    }
}

/// A count of bytes with its size in the largest unit that divides it.
struct Bytes(u64);

impl Display for Bytes {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self(count) = *self;
        let units = [("GiB", 1 << 30), ("MiB", 1 << 20), ("KiB", 1 << 10)];
        match units.into_iter().find(|(_, size)| count >= *size && count % size == 0) {
            Some((unit, size)) => write!(f, "{count} ({} {unit})", count / size),
            None => write!(f, "{count}"),
        }
    }
}
