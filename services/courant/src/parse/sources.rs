//! Where the feeds come from.

use std::{
    collections::VecDeque,
    fs,
    io::{self, Read},
    path::{Path, PathBuf},
};

use bytes::Bytes;
use poller::Probe;
use serde::Deserialize;
use url::Url;

use super::ParseArgs;
use crate::{config::ConfigArgs, show};

/// A feed's bytes, and what is known beside them.
#[derive(Clone, Debug)]
pub(super) struct Source {
    pub(super) body: Bytes,
    pub(super) base_url: Option<Url>,
    pub(super) content_type: Option<String>,
}

/// One feed to read.
#[derive(Clone, Debug, Deserialize, PartialEq, Eq)]
struct Input {
    file: String,
    #[serde(default)]
    base_url: Option<String>,
    #[serde(default)]
    content_type: Option<String>,
}

/// The feeds to read, one after the other.
#[derive(Debug)]
pub(super) struct Sources {
    inputs: VecDeque<Input>,
    root: PathBuf,
    /// Asks addresses; there is one where an address was given.
    probe: Option<Probe>,
}

impl Sources {
    /// The feeds that `args` names.
    ///
    /// # Errors
    /// When the list cannot be read, or an address is to be asked and the configuration is faulty.
    pub(super) fn of(config: &ConfigArgs, args: &ParseArgs) -> Result<Self, String> {
        if let Some(list) = &args.inputs {
            let text = fs::read_to_string(list).map_err(|error| format!("cannot read {}: {error}", list.display()))?;
            let inputs = listed(&text).map_err(|problem| format!("{}: {problem}", list.display()))?;
            return Ok(Self { inputs, root: args.root.clone(), probe: None });
        }
        let input = |feed: &String| Input {
            file: feed.clone(),
            base_url: args.base_url.as_ref().map(ToString::to_string),
            content_type: args.content_type.clone(),
        };
        let inputs: VecDeque<_> = args.feeds.iter().map(input).collect();
        let asks = inputs.iter().any(|input| web_address(&input.file).is_some());
        let probe = if asks { Some(probe(config)?) } else { None };
        Ok(Self { inputs, root: PathBuf::new(), probe })
    }

    /// The next feed with the name it was given by, or why it cannot be had.
    pub(super) async fn next(&mut self) -> Option<(String, Result<Source, String>)> {
        let input = self.inputs.pop_front()?;
        let source = match (&self.probe, web_address(&input.file)) {
            (Some(probe), Some(url)) => ask(probe, &url, &input).await,
            _ => read(&self.root, &input),
        };
        Some((input.file, source))
    }
}

fn listed(text: &str) -> Result<VecDeque<Input>, String> {
    let lines = text.lines().enumerate().filter(|(_, line)| !line.trim().is_empty());
    lines
        .map(|(at, line)| serde_json::from_str(line).map_err(|error| format!("line {}: {error}", at.saturating_add(1))))
        .collect()
}

fn web_address(text: &str) -> Option<Url> {
    Url::parse(text).ok().filter(|url| matches!(url.scheme(), "http" | "https"))
}

fn probe(config: &ConfigArgs) -> Result<Probe, String> {
    let config = config.load().map_err(|faults| faults.to_string())?;
    Probe::new(&config.poller).map_err(|error| show::chain(&error))
}

async fn ask(probe: &Probe, url: &Url, input: &Input) -> Result<Source, String> {
    let answer = probe.ask(url).await.map_err(|error| show::chain(&error))?;
    let base_url = match &input.base_url {
        Some(text) => Url::parse(text).ok(),
        None => Some(answer.final_url),
    };
    Ok(Source { body: answer.body, base_url, content_type: input.content_type.clone().or(answer.content_type) })
}

fn read(root: &Path, input: &Input) -> Result<Source, String> {
    let mut body = Vec::new();
    let read = if input.file == "-" {
        io::stdin().lock().read_to_end(&mut body).map(|_| ())
    } else {
        fs::read(root.join(&input.file)).map(|bytes| body = bytes)
    };
    read.map_err(|error| error.to_string())?;
    // An address that is none resolves nothing.
    let base_url = input.base_url.as_deref().and_then(|text| Url::parse(text).ok());
    Ok(Source { body: body.into(), base_url, content_type: input.content_type.clone() })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_list_names_files_and_what_is_known_of_them() {
        let text =
            "{\"file\":\"a.xml\",\"base_url\":null,\"bytes\":3}\n\n{\"file\":\"b\",\"content_type\":\"text/xml\"}\n";
        let input = |file: &str, content_type: Option<&str>| Input {
            file: file.into(),
            base_url: None,
            content_type: content_type.map(Into::into),
        };
        assert_eq!(listed(text), Ok(VecDeque::from([input("a.xml", None), input("b", Some("text/xml"))])));
        assert!(listed("{\"file\":\"a\"}\n{").unwrap_err().starts_with("line 2: "));
    }

    #[test]
    fn only_web_addresses_are_asked() {
        assert!(web_address("https://paper.example/rss").is_some());
        for file in ["-", "feeds/a.xml", "C:\\feeds\\a.xml", "file:///a.xml"] {
            assert_eq!(web_address(file), None, "{file}");
        }
    }
}
