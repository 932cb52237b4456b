//! Where the feeds come from.

use std::{
    collections::VecDeque,
    fs,
    io::{self, Read},
    path::{Path, PathBuf},
};

use bytes::Bytes;
use flate2::read::MultiGzDecoder;
use poller::Probe;
use serde::Deserialize;
use url::Url;

use super::ParseArgs;
use crate::{config::ConfigArgs, show};

/// Most bytes that are unpacked: the most that `poller.fetch.max_body_bytes` allows.
const MOST_UNPACKED_BYTES: u64 = 256 << 20;

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
    let body = if input.file == "-" { unpacked(io::stdin().lock()) } else { read_file(&root.join(&input.file)) };
    let body = body.map_err(|error| match input.file.split_once("://") {
        Some((scheme, _)) => format!("{error}; addresses are asked over http and https, not {scheme}"),
        None => error.to_string(),
    })?;
    // An address that is none resolves nothing.
    let base_url = input.base_url.as_deref().and_then(|text| Url::parse(text).ok());
    Ok(Source { body: body.into(), base_url, content_type: input.content_type.clone() })
}

/// The bytes of `file`, unpacked where they are gzip.
pub(crate) fn read_file(file: &Path) -> io::Result<Vec<u8>> {
    unpacked(fs::File::open(file)?)
}

/// All of `source`, unpacked where it is gzip, as the poller takes it.
fn unpacked(mut source: impl Read) -> io::Result<Vec<u8>> {
    let mut bytes = Vec::new();
    source.read_to_end(&mut bytes)?;
    if !bytes.starts_with(&[0x1f, 0x8b]) {
        return Ok(bytes);
    }
    let mut plain = Vec::new();
    MultiGzDecoder::new(&*bytes).take(MOST_UNPACKED_BYTES).read_to_end(&mut plain)?;
    Ok(plain)
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
    fn packed_feeds_are_unpacked() {
        let mut packed = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::fast());
        io::Write::write_all(&mut packed, b"<rss/>").unwrap();
        assert_eq!(unpacked(&*packed.finish().unwrap()).unwrap(), b"<rss/>");
        assert_eq!(unpacked(&b"<rss/>"[..]).unwrap(), b"<rss/>");
        assert!(unpacked(&b"\x1f\x8b!"[..]).is_err());
    }

    #[test]
    fn an_address_that_cannot_be_asked_is_told_from_a_file() {
        let problem = |file: &str| {
            let input = Input { file: file.into(), base_url: None, content_type: None };
            read(Path::new(""), &input).unwrap_err()
        };
        assert!(problem("ftp://paper.example/rss").ends_with("over http and https, not ftp"));
        assert!(!problem("no-such-file.xml").contains("http"));
    }

    #[test]
    fn only_web_addresses_are_asked() {
        assert!(web_address("https://paper.example/rss").is_some());
        for file in ["-", "feeds/a.xml", "C:\\feeds\\a.xml", "file:///a.xml"] {
            assert_eq!(web_address(file), None, "{file}");
        }
    }
}
