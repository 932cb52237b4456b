//! Runs the tokenizer's patterns, written for Python's `re`, in linear time wherever they can be.
//!
//! A tokenizer's pattern is one long alternation. Its branches are of three kinds: *plain* ones, which neighbours share one automaton with;
//! those with a look-behind at the front or a look-ahead at the end, which an automaton finds as text around a group; and the rest,
//! which a backtracking matcher runs, behind an automaton that knows when they cannot match. The first match is, as in Python, the
//! leftmost, and of those that begin together the one of the first branch.

use fancy_regex::Regex as Backtracking;
use regex::Regex;

/// Steps a backtracking match may take; beyond, it counts as no match, so that no text can make it run on.
const BACKTRACK_LIMIT: usize = 100_000;

/// A pattern that cannot be compiled.
#[derive(Debug, thiserror::Error)]
pub enum PatternError {
    /// Not a pattern that an automaton can run.
    #[error(transparent)]
    Automaton(#[from] regex::Error),
    /// Not a pattern that a backtracking matcher can run.
    #[error(transparent)]
    Backtracking(Box<fancy_regex::Error>),
}

/// A compiled pattern.
#[derive(Debug)]
pub(crate) struct Pattern {
    parts: Vec<Part>,
}

#[derive(Debug)]
enum Part {
    /// Branches without a look at the surroundings.
    Plain(Regex),
    /// A branch whose look-behind matches exactly `behind` characters; group 1 is the match.
    Framed { regex: Regex, behind: usize },
    /// A branch of another kind, and a pattern that matches wherever the branch does.
    Other { regex: Box<Backtracking>, filter: Option<Regex> },
}

impl Pattern {
    /// Compiles a pattern of Python's `re`.
    pub(crate) fn compile(python: &str) -> Result<Self, PatternError> {
        let python = translate(python);
        let mut parts = Vec::new();
        let mut plain: Vec<&str> = Vec::new();
        for branch in branches(&python) {
            if !looks_around(branch) {
                plain.push(branch);
                continue;
            }
            finish_plain(&mut plain, &mut parts)?;
            parts.push(Part::compile(branch)?);
        }
        finish_plain(&mut plain, &mut parts)?;
        Ok(Self { parts })
    }

    /// The first match that begins at byte `from` or later.
    pub(crate) fn find(&self, text: &str, from: usize) -> Option<(usize, usize)> {
        let mut best: Option<(usize, usize)> = None;
        for part in &self.parts {
            let found = part.find(text, from);
            if let Some(found) = found
                && best.is_none_or(|best| found.0 < best.0)
            {
                best = Some(found);
            }
        }
        best
    }

    /// Whether it matches at the start of `text`.
    pub(crate) fn matches_start(&self, text: &str) -> bool {
        self.find(text, 0).is_some_and(|(start, _)| start == 0)
    }
}

impl Part {
    fn compile(branch: &str) -> Result<Self, PatternError> {
        if let Some((behind, core, ahead)) = frame(branch)
            && let Some(width) = fixed_width(behind)
        {
            let regex = Regex::new(&format!("(?:{behind})({core})(?:{ahead})"))?;
            return Ok(Self::Framed { regex, behind: width });
        }
        let regex = fancy_regex::RegexBuilder::new(branch)
            .backtrack_limit(BACKTRACK_LIMIT)
            .build()
            .map_err(|error| PatternError::Backtracking(Box::new(error)))?;
        Ok(Self::Other { regex: Box::new(regex), filter: filter(branch)? })
    }

    fn find(&self, text: &str, from: usize) -> Option<(usize, usize)> {
        match self {
            Self::Plain(regex) => regex.find_at(text, from).map(|found| (found.start(), found.end())),
            Self::Framed { regex, behind } => {
                let start = step_back(text, from, *behind);
                if !regex.is_match_at(text, start) {
                    return None;
                }
                let mut at = start;
                loop {
                    let group = regex.captures_at(text, at)?.get(1)?;
                    if group.start() >= from {
                        return Some((group.start(), group.end()));
                    }
                    at = next_boundary(text, at)?;
                }
            }
            Self::Other { regex, filter } => {
                if filter.as_ref().is_some_and(|filter| !filter.is_match_at(text, from)) {
                    return None;
                }
                let found = regex.find_from_pos(text, from).ok().flatten()?;
                Some((found.start(), found.end()))
            }
        }
    }
}

fn finish_plain(plain: &mut Vec<&str>, parts: &mut Vec<Part>) -> Result<(), PatternError> {
    if !plain.is_empty() {
        parts.push(Part::Plain(Regex::new(&plain.join("|"))?));
        plain.clear();
    }
    Ok(())
}

/// The byte where the character `count` before `from` begins, or the start of `text`.
fn step_back(text: &str, from: usize, count: usize) -> usize {
    let before = text.get(..from).unwrap_or_default();
    match count.checked_sub(1) {
        None => from,
        Some(nth) => before.char_indices().rev().nth(nth).map_or(0, |(at, _)| at),
    }
}

fn next_boundary(text: &str, at: usize) -> Option<usize> {
    let rest = text.get(at..)?;
    rest.chars().next().map(|first| at + first.len_utf8())
}

/// Rewrites what Python reads otherwise than Rust: `\<` and `\>` are plain characters, and in a class `[`, `&&`, `--` and `~~` mean nothing.
fn translate(python: &str) -> String {
    let mut rust = String::with_capacity(python.len());
    let (mut letters, mut in_class, mut last) = (python.chars().peekable(), false, ' ');
    while let Some(letter) = letters.next() {
        if letter == '\\' {
            match letters.next() {
                Some(escaped @ ('<' | '>')) => rust.push(escaped),
                Some(escaped) => rust.extend(['\\', escaped]),
                None => rust.push('\\'),
            }
            last = '\\';
            continue;
        }
        if in_class && (letter == '[' || (letter == last && matches!(letter, '&' | '-' | '~'))) {
            rust.push('\\');
        }
        if !in_class && letter == '[' {
            in_class = true;
            rust.push('[');
            // A bracket that closes at once is a member, behind a negation too.
            if let Some(negation) = letters.next_if_eq(&'^') {
                rust.push(negation);
            }
            if letters.next_if_eq(&']').is_some() {
                rust.push_str("\\]");
            }
            last = '[';
            continue;
        }
        in_class &= letter != ']';
        rust.push(letter);
        last = letter;
    }
    rust
}

/// The branches of the outermost alternation.
fn branches(pattern: &str) -> Vec<&str> {
    let mut branches = Vec::new();
    let mut begin = 0;
    for (at, letter, depth) in outside_classes(pattern) {
        if letter == '|' && depth == 0 {
            branches.extend(pattern.get(begin..at));
            begin = at + 1;
        }
    }
    branches.extend(pattern.get(begin..));
    branches
}

/// The unescaped characters outside classes, each with its place and the number of groups it lies in. A parenthesis counts as inside.
fn outside_classes(pattern: &str) -> Vec<(usize, char, usize)> {
    let (mut found, mut depth, mut in_class) = (Vec::new(), 0_usize, false);
    let mut letters = pattern.char_indices();
    while let Some((at, letter)) = letters.next() {
        match letter {
            '\\' => {
                letters.next();
            }
            ']' => in_class = false,
            _ if in_class => {}
            '[' => in_class = true,
            '(' => {
                depth += 1;
                found.push((at, letter, depth));
            }
            ')' => {
                found.push((at, letter, depth));
                depth = depth.saturating_sub(1);
            }
            _ => found.push((at, letter, depth)),
        }
    }
    found
}

/// Where a look-behind or look-ahead opens.
fn look_arounds(pattern: &str) -> Vec<usize> {
    let opens = outside_classes(pattern).into_iter().filter(|(_, letter, _)| *letter == '(').map(|(at, ..)| at);
    opens.filter(|at| pattern.get(*at..).is_some_and(|rest| LOOKS.iter().any(|look| rest.starts_with(look)))).collect()
}

const LOOKS: [&str; 4] = ["(?<=", "(?<!", "(?=", "(?!"];

fn looks_around(branch: &str) -> bool {
    !look_arounds(branch).is_empty()
}

/// Takes `(?<=behind)core(?=ahead)` apart; either frame may be missing, and nothing else may look around.
fn frame(branch: &str) -> Option<(&str, &str, &str)> {
    let (behind, rest) = match branch.strip_prefix("(?<=") {
        Some(_) => {
            let close = close_of(branch, 0)?;
            (branch.get(4..close)?, branch.get(close + 1..)?)
        }
        None => ("", branch),
    };
    let looks = look_arounds(rest);
    match looks.as_slice() {
        [] => Some((behind, rest, "")),
        [at] if rest.get(*at..)?.starts_with("(?=") && close_of(rest, *at)? + 1 == rest.len() => {
            Some((behind, rest.get(..*at)?, rest.get(at + 3..rest.len() - 1)?))
        }
        _ => None,
    }
}

/// The parenthesis that closes the one at `open`.
fn close_of(pattern: &str, open: usize) -> Option<usize> {
    let marks = outside_classes(pattern);
    let (_, _, depth) = marks.iter().find(|(at, ..)| *at == open)?;
    marks.iter().find(|(at, letter, inner)| *at > open && *letter == ')' && inner == depth).map(|(at, ..)| *at)
}

/// How many characters a look-behind spans: those of its classes and single characters; `None` for anything with groups or repeats.
fn fixed_width(behind: &str) -> Option<usize> {
    let (mut width, mut in_class) = (0, false);
    let mut letters = behind.chars();
    while let Some(letter) = letters.next() {
        match letter {
            '\\' => {
                let escaped = letters.next()?;
                if in_class {
                    continue;
                }
                if escaped.is_ascii_alphanumeric() && !matches!(escaped, 'd' | 'w' | 's' | 'D' | 'W' | 'S') {
                    return None;
                }
                width += 1;
            }
            ']' if in_class => {
                in_class = false;
                width += 1;
            }
            _ if in_class => {}
            '[' => in_class = true,
            '(' | ')' | '|' | '*' | '+' | '?' | '{' | '}' | '.' | '^' | '$' => return None,
            _ => width += 1,
        }
    }
    Some(width)
}

/// An automaton for what `branch` can match when its negative looks are left out; `None` if it looks around otherwise.
fn filter(branch: &str) -> Result<Option<Regex>, PatternError> {
    let mut rest = branch.to_owned();
    while let Some(at) = look_arounds(&rest).first().copied() {
        let negative = rest.get(at..).is_some_and(|look| look.starts_with("(?!") || look.starts_with("(?<!"));
        match close_of(&rest, at) {
            Some(close) if negative => rest.replace_range(at..=close, ""),
            _ => return Ok(None),
        }
    }
    Ok(Some(Regex::new(&rest)?))
}

#[cfg(test)]
mod tests;
