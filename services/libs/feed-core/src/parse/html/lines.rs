//! Plain text made line by line, white space collapsed as it is written.

/// The plain text so far.
#[derive(Default)]
pub(crate) struct Lines {
    out: String,
    gap: Gap,
}

/// What separates the next word from the last.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Gap {
    #[default]
    None,
    Space,
    Line,
}

/// What becomes of a letter.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Letter {
    Shown,
    Hidden,
    Space,
    Break,
}

impl Lines {
    /// Lines for a text of about `bytes`.
    pub(crate) fn for_text_of(bytes: usize) -> Self {
        Self { out: String::with_capacity(bytes), gap: Gap::None }
    }

    /// Adds text, its line breaks kept or taken for white space.
    pub(crate) fn text(&mut self, text: &str, keep_lines: bool) {
        let mut shown_from = None;
        for (at, letter) in text.char_indices() {
            let kind = kind_of(letter);
            if kind == Letter::Shown {
                shown_from.get_or_insert(at);
                continue;
            }
            if let Some(from) = shown_from.take() {
                self.word(text.get(from..at).unwrap_or_default());
            }
            match kind {
                Letter::Break if keep_lines => self.widen(Gap::Line),
                Letter::Break | Letter::Space => self.widen(Gap::Space),
                Letter::Hidden | Letter::Shown => {}
            }
        }
        if let Some(from) = shown_from {
            self.word(text.get(from..).unwrap_or_default());
        }
    }

    /// Separates what follows by at least `gap`.
    pub(crate) fn widen(&mut self, gap: Gap) {
        self.gap = self.gap.max(gap);
    }

    /// The text.
    pub(crate) fn finish(self) -> String {
        self.out
    }

    fn word(&mut self, word: &str) {
        if !self.out.is_empty() {
            match self.gap {
                Gap::None => {}
                Gap::Space => self.out.push(' '),
                Gap::Line => self.out.push('\n'),
            }
        }
        self.gap = Gap::None;
        self.out.push_str(word);
    }
}

fn kind_of(letter: char) -> Letter {
    match letter {
        '!'..='~' => Letter::Shown,
        '\n' | '\u{2028}' | '\u{2029}' => Letter::Break,
        // Control characters, byte order marks and soft hyphens show nothing and hide words from a search.
        '\u{feff}' | '\u{ad}' | '\u{200b}' => Letter::Hidden,
        _ if letter.is_whitespace() => Letter::Space,
        _ if letter.is_control() => Letter::Hidden,
        _ => Letter::Shown,
    }
}
