//! An account of a feed in lines for a person.

use chrono::{DateTime, TimeDelta, Utc};
use feed_core::due::failed_in_a_row;

use super::account::{Account, GapLine, HeldBy, Lately, MovingLine, PollLine, Standing};
use crate::show::one_line;

/// The account as lines.
pub(super) fn told(account: &Account, now: DateTime<Utc>) -> Vec<String> {
    let name = if account.title.is_empty() { account.url.as_str() } else { account.title.as_str() };
    let mut lines = vec![format!("{} ({})", one_line(name), account.id)];
    let mut say = |label: &str, text: &str| {
        if !text.is_empty() {
            lines.push(format!("  {label:<11} {}", one_line(text)));
        }
    };
    say("address", &account.url);
    say("asked at", account.adopted_url.as_deref().unwrap_or_default());
    say("moving", &account.moving.as_ref().map_or_else(String::new, |moving| seen_moving(moving, now)));
    say("folder", &account.folders.join(" / "));
    say("standing", &standing(account, now));
    say("last new", &account.last_new.map_or_else(String::new, |at| moment(at, now)));
    say(
        "expected",
        &account.items_a_day.map_or_else(String::new, |daily| format!("{daily:.1} items a day at present")),
    );
    say("next poll", &next_poll(account, now));
    say("", because(account));
    say("to do", account.advice.unwrap_or_default());
    say("304s", &account.unconditional_share.map_or_else(String::new, checked));
    say(&format!("last {}", span(now - account.lately.since)), &sums(&account.lately));
    for poll in &account.polls {
        lines.push(String::new());
        lines.extend(poll_lines(poll));
    }
    lines
}

fn standing(account: &Account, now: DateTime<Utc>) -> String {
    let last = account.last_failure.as_ref().map_or_else(String::new, |last| format!(" ({last})"));
    let failed = format!("{}{last}", failed_in_a_row(account.failures));
    let answered = match account.last_success {
        Some(at) => format!("last read {}", moment(at, now)),
        None => "never read so far".to_owned(),
    };
    match account.standing {
        Standing::New => "not polled yet, or no poller has reported it".to_owned(),
        Standing::Answering => format!("answers, {answered}"),
        Standing::Failing => format!("{failed}, {answered}"),
        Standing::Limited => format!("its server asks for fewer requests, {answered}"),
        Standing::Gone => format!("gone for good (410), {answered}"),
        Standing::NotFound => format!("not found (404) several times, {answered}"),
        Standing::Refused => format!("left alone: {}", account.fault.as_deref().unwrap_or_default()),
    }
}

fn next_poll(account: &Account, now: DateTime<Utc>) -> String {
    let Some(due) = account.next_due else { return String::new() };
    let when = match due - now {
        wait if wait > TimeDelta::zero() => moment(due, now),
        _ => format!("due since {}; {}", stamp(due), waits_for(account)),
    };
    let asked = account.requested_at.map(|asked| format!("asked for {}", moment(asked, now)));
    let held = account.not_before.map(|until| format!("held back until {} by a limit of its server", stamp(until)));
    [Some(when), asked, held].into_iter().flatten().collect::<Vec<_>>().join("; ")
}

fn because(account: &Account) -> &str {
    match account.next_due {
        Some(_) if account.because.is_empty() => {
            "the fetch record that says why is older; --since reaches further back"
        }
        _ => &account.because,
    }
}

fn seen_moving(moving: &MovingLine, now: DateTime<Utc>) -> String {
    let MovingLine { to, sightings, sightings_to_adopt, since } = moving;
    format!(
        "to {to} for good, seen {sightings} of the {sightings_to_adopt} times that it takes; first {}",
        moment(*since, now)
    )
}

fn waits_for(account: &Account) -> String {
    match &account.held_by {
        Some(HeldBy { url, until }) => {
            format!("waits since the server of {url} asked for fewer requests, until {} at most", stamp(*until))
        }
        None => "waits for its turn at its host, or no poller has it".to_owned(),
    }
}

fn checked(share: f64) -> String {
    format!("{:.0} of 100 polls leave the validators out, to check them", (share * 100.0).max(1.0))
}

fn sums(lately: &Lately) -> String {
    if lately.polls == 0 {
        return "no polls".to_owned();
    }
    let outcomes: Vec<_> = lately.outcomes.iter().map(|(outcome, count)| format!("{count} {outcome}")).collect();
    let polls = if lately.polls == 1 { "poll" } else { "polls" };
    let changes = changes([lately.published, lately.revised, lately.withdrawn, lately.restored]);
    let gaps = if lately.gaps > 0 { format!("; {} with a gap before", lately.gaps) } else { String::new() };
    format!("{} {polls} ({}): {changes}; {} came{gaps}", lately.polls, outcomes.join(", "), size(lately.wire_bytes))
}

fn poll_lines(poll: &PollLine) -> Vec<String> {
    let at = poll.at.map_or_else(String::new, stamp);
    let status = if poll.status > 0 { format!(", status {}", poll.status) } else { String::new() };
    let conditional = if poll.conditional { ", with validators" } else { "" };
    let PollLine { outcome, duration_ms, reason, .. } = poll;
    let mut lines = vec![format!("  {at}  {outcome}{status} in {duration_ms} ms, {reason}{conditional}")];
    let mut say = |text: &str| {
        if !text.is_empty() {
            lines.push(format!("    {}", one_line(text)));
        }
    };
    say(&poll.detail);
    if !poll.final_url.is_empty() {
        // Without a status nobody answered there, or nobody was asked.
        let how = if poll.status > 0 { "answered from" } else { "redirects led to" };
        say(&format!("{how} {}", poll.final_url));
    }
    if poll.items > 0 {
        let changes = changes([poll.published, poll.revised, poll.withdrawn, poll.restored]);
        say(&format!("{} items in {}: {changes}", poll.items, size(poll.wire_bytes)));
    }
    say(&poll.gap.as_ref().map_or_else(String::new, gap));
    say(&format!("next {}", poll.because));
    lines
}

fn gap(gap: &GapLine) -> String {
    let time = |at: Option<DateTime<Utc>>| at.map_or_else(String::new, stamp);
    let filled = match (gap.closed, gap.backfilled) {
        (true, found) => format!("older pages filled it with {found}"),
        (false, 0) => format!("about {:.0} missed, {} for sure", gap.missed_expected, gap.missed_at_least),
        (false, found) => format!("about {:.0} missed, of which older pages gave {found}", gap.missed_expected),
    };
    format!("no item was known: a gap from {} to {}, {filled}", time(gap.since), time(gap.until))
}

fn changes([published, revised, withdrawn, restored]: [u32; 4]) -> String {
    let counts = [(published, "published"), (revised, "revised"), (withdrawn, "withdrawn"), (restored, "restored")];
    let told: Vec<_> =
        counts.into_iter().filter(|(count, _)| *count > 0).map(|(count, what)| format!("{count} {what}")).collect();
    if told.is_empty() { "nothing new".to_owned() } else { told.join(", ") }
}

fn stamp(at: DateTime<Utc>) -> String {
    at.format("%Y-%m-%d %H:%M:%S UTC").to_string()
}

fn moment(at: DateTime<Utc>, now: DateTime<Utc>) -> String {
    let words = if at > now { format!("in {}", span(at - now)) } else { format!("{} ago", span(now - at)) };
    format!("{words} ({})", stamp(at))
}

/// A span in its largest unit that it has two of.
fn span(span: TimeDelta) -> String {
    let seconds = span.num_seconds();
    match seconds {
        ..120 => format!("{seconds} s"),
        120..7_200 => format!("{} min", seconds / 60),
        7_200..172_800 => format!("{} h", seconds / 3_600),
        _ => format!("{} days", seconds / 86_400),
    }
}

fn size(bytes: u64) -> String {
    match bytes {
        ..1_000 => format!("{bytes} B"),
        1_000..1_000_000 => format!("{} kB", bytes / 1_000),
        _ => format!("{} MB", bytes / 1_000_000),
    }
}
