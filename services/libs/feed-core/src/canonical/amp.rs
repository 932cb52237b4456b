//! AMP addresses and the pages they were made of.
//!
//! Sources: the AMP cache URL format (amp.dev, "AMP Cache URL format and request handling"), Google's AMP viewer, and the forms that `WordPress`,
//! Arc and the AMP projects of the large papers write.

use url::Url;

/// Values with which a parameter turns AMP on.
const ON: [&str; 5] = ["", "1", "true", "yes", "on"];

/// The page that `url` is the AMP form of, or `None` where it is none.
pub(super) fn original(url: &Url) -> Option<Url> {
    cached(url).or_else(|| by_host(url)).or_else(|| by_path(url)).or_else(|| by_query(url))
}

/// `example-com.cdn.ampproject.org/c/s/example.com/story` and `www.google.com/amp/s/example.com/story`; `s/` stands for https.
fn cached(url: &Url) -> Option<Url> {
    let host = url.host_str()?;
    let path = url.path();
    let inner = if host == "cdn.ampproject.org" || host.ends_with(".cdn.ampproject.org") {
        ["/c/", "/v/", "/wp/"].iter().find_map(|kind| path.strip_prefix(kind))?
    } else if host.trim_start_matches("www.").starts_with("google.") {
        path.strip_prefix("/amp/")?
    } else {
        return None;
    };
    let (scheme, rest) = match inner.strip_prefix("s/") {
        Some(rest) => ("https", rest),
        None => ("http", inner),
    };
    let mut address = format!("{scheme}://{rest}");
    if let Some(query) = url.query() {
        address.push('?');
        address.push_str(query);
    }
    Url::parse(&address).ok().filter(|page| page.host_str().is_some_and(|host| host.contains('.')))
}

/// `amp.example.com`.
fn by_host(url: &Url) -> Option<Url> {
    let rest = url.host_str()?.strip_prefix("amp.").filter(|rest| rest.contains('.'))?;
    let mut page = url.clone();
    page.set_host(Some(rest)).ok()?;
    Some(page)
}

/// `/amp/story`, `/story/amp`, `/story.amp`, `/story.amp.html`.
fn by_path(url: &Url) -> Option<Url> {
    let path = url.path();
    let whole = path.trim_end_matches('/');
    let page = if let Some(page) = whole.strip_suffix("/amp").filter(|page| !page.is_empty()) {
        // The page of `/story/amp/` is `/story/`.
        format!("{page}{}", path.get(whole.len()..).unwrap_or_default())
    } else if let Some(page) = whole.strip_suffix(".amp.html") {
        format!("{page}.html")
    } else if let Some(page) = whole.strip_suffix(".amp").filter(|page| !page.ends_with('/')) {
        page.to_owned()
    } else {
        let page = path.strip_prefix("/amp/").filter(|page| !page.is_empty())?;
        format!("/{page}")
    };
    let mut url = url.clone();
    url.set_path(&page);
    Some(url)
}

/// `?amp`, `?amp=1`, `?outputType=amp`, `?view=amp`.
fn by_query(url: &Url) -> Option<Url> {
    let query = url.query()?;
    let asks = |pair: &&str| {
        let (name, value) = pair.split_once('=').unwrap_or((pair, ""));
        let (name, value) = (name.to_ascii_lowercase(), value.to_ascii_lowercase());
        match name.as_str() {
            "amp" | "isamp" => ON.contains(&value.as_str()),
            "outputtype" | "view" | "output" => value == "amp",
            _ => false,
        }
    };
    let kept: Vec<&str> = query.split('&').filter(|pair| !asks(pair)).collect();
    let kept = kept.join("&");
    if kept == query {
        return None;
    }
    let mut url = url.clone();
    url.set_query((!kept.is_empty()).then_some(kept.as_str()));
    Some(url)
}
