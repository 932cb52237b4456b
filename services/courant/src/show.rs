//! What a person at a terminal is told.

use std::io::{IsTerminal, Write};

use news_model::wire;
use service_kit::{config::Faults, exit::Exit};

/// Writes to standard output; a closed pipe ends the writing and nothing else.
pub(crate) fn line(text: &str) {
    let mut out = std::io::stdout().lock();
    // Nobody is left to be told.
    let _ = writeln!(out, "{text}");
}

/// Standard output for what is long or has no end: the caller hears when nobody reads on, or there is no more room.
pub(crate) fn output() -> impl Write {
    std::io::BufWriter::new(std::io::stdout().lock())
}

/// Writes to standard error. What is told there quotes files, servers and certificates, so nothing of it steers the terminal.
pub(crate) fn note(text: &str) {
    let _ = writeln!(std::io::stderr().lock(), "{}", lines(text));
}

/// Tells why a command failed.
pub(crate) fn failure(text: &str, exit: Exit) -> Exit {
    note(&format!("courant: {text}"));
    exit
}

/// Tells every fault of the configuration.
pub(crate) fn faults(faults: &Faults) -> Exit {
    failure(&faults.to_string(), Exit::Usage)
}

/// An error with its causes, on one line.
pub(crate) fn chain(error: &dyn std::error::Error) -> String {
    let mut text = error.to_string();
    let mut cause = error.source();
    while let Some(error) = cause {
        text.push_str(": ");
        text.push_str(&error.to_string());
        cause = error.source();
    }
    text
}

/// Whether standard output is a terminal that wants colour.
pub(crate) fn is_terminal() -> bool {
    std::io::stdout().is_terminal()
}

/// Text from the web on one line, without anything that a terminal would obey: no control characters, and none that turn the direction of
/// writing (Unicode's bidirectional embeddings, overrides and isolates).
pub(crate) fn one_line(text: &str) -> String {
    text.chars().map(|letter| if steers(letter) { ' ' } else { letter }).collect()
}

/// The same of text in lines.
fn lines(text: &str) -> String {
    text.chars().map(|letter| if letter != '\n' && steers(letter) { ' ' } else { letter }).collect()
}

fn steers(letter: char) -> bool {
    letter.is_control() || matches!(letter, '\u{202a}'..='\u{202e}' | '\u{2066}'..='\u{2069}')
}

/// `OUTCOME_NEW_ITEMS` as a person would say it.
pub(crate) fn outcome_words(outcome: wire::Outcome) -> String {
    outcome.as_str_name().trim_start_matches("OUTCOME_").to_ascii_lowercase().replace('_', " ")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_headline_cannot_steer_the_terminal() {
        assert_eq!(one_line("red \u{1b}[31m\r\nalert\u{202e}x"), "red  [31m  alert x");
        assert_eq!(lines("red \u{1b}[31m\r\nalert\u{202e}x"), "red  [31m \nalert x");
    }
}
