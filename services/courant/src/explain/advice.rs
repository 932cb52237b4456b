//! What a person may do about a feed, by how it stands and how its last poll ended.

use chrono::{DateTime, TimeDelta, Utc};
use news_model::wire::Outcome;

use super::account::{Account, Standing};

/// A poll that is overdue for longer is one that no poller makes, unless something holds it back: those of a full host wait for seconds.
const OVERDUE: TimeDelta = TimeDelta::minutes(2);

/// What to do, or nothing where all is well or mends itself unseen. `last` is how the last poll that is known ended.
pub(super) fn advice(account: &Account, last: Option<Outcome>, now: DateTime<Utc>) -> Option<&'static str> {
    let is_overdue = account.next_due.is_some_and(|due| now - due > OVERDUE);
    match account.standing {
        Standing::New => {
            Some("see whether a poller runs on this cluster and topic prefix: its /readyz says what it waits for")
        }
        Standing::Refused => Some(
            "run a poller that is as new as the one that wrote the state; or remove the feed and add it again, which publishes its items anew",
        ),
        Standing::Answering | Standing::Failing if is_overdue && account.held_by.is_none() => Some(
            "see whether a poller runs, by its /readyz, and whether poller.poll.max_polls_per_hour keeps feeds waiting",
        ),
        Standing::Gone => Some(
            "remove the feed, or `courant feeds poll` it to look again now; it comes back by itself once it answers",
        ),
        Standing::NotFound => Some(
            "`courant feeds add` the address of its site finds where it went; it comes back by itself once it answers",
        ),
        Standing::Limited => Some(
            "nothing: it is asked again then; where that happens often, give its site a longer spacing in poller.poll.exceptions",
        ),
        Standing::Answering => None,
        Standing::Failing => Some(last.map_or(UNKNOWN, of_failure)),
    }
}

/// Where the last poll lies too far back to be known.
const UNKNOWN: &str = "`courant explain --since 7days` or `courant feeds poll` tells how it fails";

/// What to do about a feed whose last poll failed so.
fn of_failure(last: Outcome) -> &'static str {
    match last {
        Outcome::TimedOut | Outcome::ConnectFailed | Outcome::ServerError => {
            "nothing at first: it is asked again by itself; where it lasts, its server is down or shuts the poller out"
        }
        Outcome::DnsFailed => {
            "see whether the name is spelled rightly and resolves where the poller runs; a domain may have expired"
        }
        Outcome::TlsFailed => {
            "the publisher has to mend the certificate; one of an authority of your own is trusted by poller.fetch.ca_file"
        }
        Outcome::Forbidden => "set poller.fetch.contact, if it is not, and ask the publisher to let the poller in",
        Outcome::NotFound => "nothing at first; `courant feeds add` the address of its site finds where it went",
        Outcome::AddressDenied => {
            "remove it, if it is none of yours; else let it through by poller.fetch.allow_networks, allow_ports or hosts"
        }
        Outcome::BadRedirect => "open the address in a browser and add the one where the feed stands",
        Outcome::Unreadable => {
            "`courant parse` with the address shows what comes; it may be a page, a notice or another site by now"
        }
        Outcome::TooLarge => "raise poller.fetch.max_body_bytes and max_wire_bytes, if the feed is worth it",
        Outcome::HeadersTooLarge => "raise poller.fetch.max_header_bytes or max_headers, if the feed is worth it",
        Outcome::Inflated => "leave it: it unpacks as bombs do; poller.fetch.max_ratio is the limit",
        Outcome::ReadingTimedOut => {
            "report the feed, whose body takes too long to read; poller.fetch.parse_timeout is the limit"
        }
        Outcome::BadEncoding | Outcome::ClientError => {
            "tell the publisher, whose server answers what no reader can use"
        }
        Outcome::Deferred => {
            "nothing, unless it lasts: then poller.fetch.max_bodies_bytes is too small or a host that it leads to too busy"
        }
        Outcome::Gone
        | Outcome::RateLimited
        | Outcome::Unspecified
        | Outcome::NewItems
        | Outcome::NothingNew
        | Outcome::Unchanged => UNKNOWN,
    }
}
