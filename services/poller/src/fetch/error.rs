//! Why a fetch gave nothing that can be used, and which verdict that is.

use std::{error::Error, sync::Arc, time::Duration};

use chrono::{DateTime, Utc};
use feed_core::redirect::RedirectFault;
use news_model::wire::Outcome;

use crate::resolve::ResolveError;

/// Why no answer could be used.
#[derive(Debug, thiserror::Error)]
pub(crate) enum FetchError {
    #[error("redirect refused: {0}")]
    Redirect(#[from] RedirectFault),
    #[error(transparent)]
    Resolve(ResolveError),
    #[error("no connection: {0}")]
    Connect(String),
    #[error("TLS could not be agreed: {0}")]
    Tls(String),
    #[error("{what} within {limit:?}", what = stage.missing())]
    TimedOut { stage: Stage, limit: Duration },
    #[error("body is larger than {0} bytes")]
    TooLarge(usize),
    #[error("body grew to more than {limit_ratio} times the {wire_bytes} bytes that had come")]
    Inflated { wire_bytes: usize, limit_ratio: usize },
    #[error("the head of the answer is larger than {0} bytes or has too many lines")]
    HeadTooLarge(usize),
    #[error("body: {0}")]
    Encoding(String),
    #[error("{host} was led to by a redirect and cannot be asked before {until}")]
    NoTurn { host: Arc<str>, until: DateTime<Utc> },
    #[error("there was no room for the body among those in memory")]
    NoRoom,
    #[error("the exchange broke off: {0}")]
    Broken(String),
}

/// What was waited for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Stage {
    Connection,
    Head,
    MoreOfTheBody,
    End,
}

impl Stage {
    fn missing(self) -> &'static str {
        match self {
            Self::Connection => "no connection",
            Self::Head => "no answer",
            Self::MoreOfTheBody => "nothing more of the body",
            Self::End => "no end of the answer",
        }
    }
}

impl FetchError {
    /// The verdict that it means for the poll.
    pub(crate) fn outcome(&self) -> Outcome {
        match self {
            Self::Redirect(_) => Outcome::BadRedirect,
            Self::Resolve(ResolveError::Denied { .. } | ResolveError::Port { .. } | ResolveError::Detour { .. }) => {
                Outcome::AddressDenied
            }
            Self::Resolve(ResolveError::NoAddress { .. } | ResolveError::Failed { .. }) => Outcome::DnsFailed,
            Self::Connect(_) | Self::Broken(_) => Outcome::ConnectFailed,
            Self::Tls(_) => Outcome::TlsFailed,
            Self::TimedOut { .. } => Outcome::TimedOut,
            Self::TooLarge(_) => Outcome::TooLarge,
            Self::Inflated { .. } => Outcome::Inflated,
            Self::HeadTooLarge(_) => Outcome::HeadersTooLarge,
            Self::Encoding(_) => Outcome::BadEncoding,
            Self::NoTurn { .. } | Self::NoRoom => Outcome::Deferred,
        }
    }

    /// When to come back at the earliest, where that is known.
    pub(crate) fn not_before(&self) -> Option<DateTime<Utc>> {
        match self {
            Self::NoTurn { until, .. } => Some(*until),
            _ => None,
        }
    }

    /// What the client's `error` means, with these limits on connecting and on the size of a head.
    pub(super) fn of_client(error: &reqwest::Error, connect_timeout: Duration, max_header_bytes: usize) -> Self {
        let causes = || std::iter::successors(error.source(), |cause| (*cause).source());
        if let Some(cause) = causes().find_map(resolve_error) {
            return Self::Resolve(cause);
        }
        if let Some(cause) = causes().find_map(tls_error) {
            return Self::Tls(cause);
        }
        if causes().any(head_too_large) {
            return Self::HeadTooLarge(max_header_bytes);
        }
        if error.is_timeout() {
            let stage = if error.is_connect() { Stage::Connection } else { Stage::Head };
            return Self::TimedOut { stage, limit: connect_timeout };
        }
        let innermost = causes().last().map_or_else(|| error.to_string(), ToString::to_string);
        if error.is_connect() { Self::Connect(innermost) } else { Self::Broken(innermost) }
    }
}

fn head_too_large(cause: &(dyn Error + 'static)) -> bool {
    cause.downcast_ref::<hyper::Error>().is_some_and(hyper::Error::is_parse_too_large)
}

fn resolve_error(cause: &(dyn Error + 'static)) -> Option<ResolveError> {
    cause.downcast_ref::<ResolveError>().cloned()
}

fn tls_error(cause: &(dyn Error + 'static)) -> Option<String> {
    if let Some(error) = cause.downcast_ref::<rustls::Error>() {
        return Some(error.to_string());
    }
    // The source of an I/O error is the source of what it wraps; the wrapped one itself is found by asking, however often it was wrapped.
    tls_error(cause.downcast_ref::<std::io::Error>()?.get_ref()?)
}
