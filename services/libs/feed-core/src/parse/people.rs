//! Who wrote an item: the name, the mail address and the page of a person, however they were written down.

use news_model::Person;

use super::{
    html::{Markup, plain_line},
    raw::RawPerson,
};

/// The people in `raw`, those of the best element alone, each once.
pub(crate) fn people_of(raw: &[RawPerson<'_>]) -> Vec<Person> {
    let best = raw.iter().map(|person| person.rank).min().unwrap_or(0);
    let mut people: Vec<Person> = Vec::new();
    for person in raw.iter().filter(|person| person.rank == best).map(person_of) {
        let is_blank = person.name.is_empty() && person.email.is_empty() && person.uri.is_empty();
        let is_known = people.iter().any(|known| known.name == person.name && known.email == person.email);
        if !is_known && !is_blank {
            people.push(person);
        }
    }
    people
}

fn person_of(raw: &RawPerson<'_>) -> Person {
    let written = plain_line(&raw.name, Markup::Guessed);
    let (name, email) = parted(&written);
    let declared = raw.email.trim().trim_start_matches("mailto:");
    let email = if declared.is_empty() { email } else { declared };
    let uri = raw.uri.as_ref().and_then(|uri| uri.base.resolve(&uri.href)).unwrap_or_default();
    Person { name: name.to_owned(), email: email.to_owned(), uri: uri.into_owned() }
}

/// Name and address in `jane@paper.example (Jane Doe)`, `Jane Doe <jane@paper.example>`, `Jane Doe (jane@paper.example)` or one of them alone.
fn parted(written: &str) -> (&str, &str) {
    let written = written.trim();
    if !written.contains('@') {
        return (written, "");
    }
    for (open, close) in [('(', ')'), ('<', '>'), ('[', ']')] {
        let Some((before, inside)) = written.split_once(open) else { continue };
        let (before, inside) = (unquoted(before), unquoted(inside.trim_end_matches(close)));
        if is_address(before) {
            return (inside, before);
        }
        if is_address(inside) {
            return (before, inside);
        }
    }
    if is_address(written) {
        return ("", written.trim_start_matches("mailto:"));
    }
    // An address before or behind the name, with nothing between but a blank.
    match (written.split_once(' '), written.rsplit_once(' ')) {
        (Some((first, rest)), _) if is_address(first) => (rest.trim(), first),
        (_, Some((rest, last))) if is_address(last) => (rest.trim(), last),
        _ => (written, ""),
    }
}

fn unquoted(text: &str) -> &str {
    text.trim().trim_matches('"').trim()
}

fn is_address(text: &str) -> bool {
    let text = text.trim_start_matches("mailto:");
    let outside = |letter: char| letter.is_whitespace() || matches!(letter, '<' | '>' | '(' | ')' | ',' | ';');
    text.split_once('@').is_some_and(|(user, host)| !user.is_empty() && !host.is_empty() && !host.contains('@'))
        && !text.contains(outside)
        && text.is_ascii()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_and_addresses_are_parted() {
        let cases = [
            ("jane@paper.example (Jane Doe)", ("Jane Doe", "jane@paper.example")),
            ("Jane Doe <jane@paper.example>", ("Jane Doe", "jane@paper.example")),
            ("Jane Doe (jane@paper.example)", ("Jane Doe", "jane@paper.example")),
            ("jane@paper.example Jane Doe", ("Jane Doe", "jane@paper.example")),
            ("jane@paper.example", ("", "jane@paper.example")),
            ("Jane Doe (Reuters)", ("Jane Doe (Reuters)", "")),
            ("é—jane@paper.example", ("é—jane@paper.example", "")),
        ];
        for (written, expected) in cases {
            assert_eq!(parted(written), expected, "{written}");
        }
    }
}
