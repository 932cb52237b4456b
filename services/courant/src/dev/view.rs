//! What a first look shows: a calm list with a footer on a terminal, plain lines in a pipe, JSON where asked for.

use std::{
    collections::HashMap,
    io::{Write, stdout},
    net::SocketAddr,
};

use crossterm::{
    cursor::{MoveToColumn, MoveUp},
    queue,
    style::{Attribute, Color, Print, ResetColor, SetAttribute, SetForegroundColor},
    terminal::{Clear, ClearType, size},
};
use news_model::Feed;
use unicode_width::{UnicodeWidthChar, UnicodeWidthStr};

use super::progress::{Progress, Sighting};
use crate::{
    show,
    tagged::{EntityLine, TaggedLine},
};

/// Most entities named under an item.
const ENTITIES_SHOWN: usize = 8;

/// Lines of the footer.
const FOOTER_LINES: u16 = 3;

/// Where and how a run is shown.
#[derive(Debug)]
pub(super) struct View {
    style: Style,
    titles: HashMap<String, String>,
    admin: SocketAddr,
    footer_drawn: bool,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Style {
    Terminal,
    Plain,
    Json,
}

impl View {
    /// A view of these feeds.
    pub(super) fn new(json: bool, feeds: &[Feed], admin: SocketAddr) -> Self {
        let style = match (json, show::is_terminal()) {
            (true, _) => Style::Json,
            (false, true) => Style::Terminal,
            (false, false) => Style::Plain,
        };
        let title = |feed: &Feed| {
            if feed.title.is_empty() { feed.url.to_string() } else { feed.title.clone() }
        };
        let titles = feeds.iter().map(|feed| (feed.id.to_string(), title(feed))).collect();
        Self { style, titles, admin, footer_drawn: false }
    }

    /// Says what is about to happen. In JSON mode standard output is for items alone.
    pub(super) fn greet(&self, brokers: &str, embedded: bool) {
        let cluster = if embedded {
            format!(
                "Embedded cluster at {brokers}: in memory, for a first look. It promises no delivery guarantee and forgets all at the \
                 end; `--brokers HOST:PORT` uses a real one."
            )
        } else {
            format!("Kafka at {brokers}.")
        };
        let lines = [cluster, format!("{} feeds. Metrics: http://{}/metrics", self.titles.len(), self.admin)];
        for line in lines {
            match self.style {
                Style::Json => show::note(&line),
                Style::Terminal | Style::Plain => show::line(&line),
            }
        }
        if self.style != Style::Json {
            show::line("");
        }
    }

    /// Shows one sighting.
    pub(super) fn show(&mut self, sighting: &Sighting, progress: &Progress) {
        match (self.style, sighting) {
            (_, Sighting::Unreadable(problem)) => show::note(&format!("courant: a record cannot be read: {problem}")),
            (Style::Json, Sighting::Item(item)) => {
                show::line(&serde_json::to_string(item).unwrap_or_default());
            }
            (Style::Json, Sighting::Poll(_) | Sighting::DeadLetter(_)) => {}
            (Style::Terminal | Style::Plain, Sighting::Item(item)) => self.item(item, progress),
            (Style::Terminal | Style::Plain, Sighting::Poll(fetch)) => {
                if !fetch.detail.is_empty() {
                    let words = format!("{}: {}", show::outcome_words(fetch.outcome()), fetch.detail);
                    self.aside(&fetch.feed_id, &words, progress);
                }
            }
            (Style::Terminal | Style::Plain, Sighting::DeadLetter(reason)) => {
                self.aside("dead letter", reason, progress);
            }
        }
    }

    /// Draws the footer anew.
    pub(super) fn refresh(&mut self, progress: &Progress) {
        if self.style == Style::Terminal {
            self.erase_footer();
            self.draw_footer(progress);
        }
    }

    /// The summary at the end.
    pub(super) fn farewell(&mut self, progress: &Progress) {
        if self.style == Style::Terminal {
            self.erase_footer();
        }
        let lines = [
            progress.totals(),
            format!("polls: {}", progress.outcomes()),
            format!("entities: {}", progress.entity_types()),
        ];
        for line in lines {
            match self.style {
                Style::Json => show::note(&line),
                Style::Terminal | Style::Plain => show::line(&line),
            }
        }
    }

    fn item(&mut self, item: &TaggedLine, progress: &Progress) {
        let source = self.titles.get(&item.feed).map_or(item.feed.as_str(), String::as_str);
        let mark = match item.kind {
            "withdrawn" => format!("item {} (withdrawn)", item.id),
            "restored" => " (restored)".to_owned(),
            _ if item.revision > 1 => format!(" (revision {})", item.revision),
            _ => String::new(),
        };
        let names: Vec<_> = item.entities.iter().take(ENTITIES_SHOWN).map(entity_words).collect();
        let more = item.entities.len().saturating_sub(ENTITIES_SHOWN);
        let more = if more > 0 { format!(" and {more} more") } else { String::new() };
        let entities =
            if names.is_empty() { "no known entity".to_owned() } else { format!("{}{more}", names.join(", ")) };
        if self.style == Style::Plain {
            show::line(&format!("{source}: {}{mark}\n    {entities}", show::one_line(&item.title)));
            return;
        }
        let width = terminal_width();
        let head = clip(&format!("{source}  "), width / 3);
        let room = width.saturating_sub(head.width() + mark.width() + 1);
        let title = clip(&show::one_line(&item.title), room);
        self.erase_footer();
        let mut out = stdout().lock();
        let drawn = queue!(
            out,
            SetForegroundColor(Color::DarkGrey),
            Print(head),
            ResetColor,
            SetAttribute(Attribute::Bold),
            Print(title),
            SetAttribute(Attribute::Reset),
            SetForegroundColor(Color::Yellow),
            Print(mark),
            ResetColor,
            Print("\n    "),
            SetForegroundColor(Color::Cyan),
            Print(clip(&entities, width.saturating_sub(5))),
            ResetColor,
            Print("\n"),
        );
        // A terminal that went away ends the view, not the run.
        let _ = drawn.and_then(|()| out.flush());
        drop(out);
        self.draw_footer(progress);
    }

    /// Something that is no item: a failed poll, a dead letter.
    fn aside(&mut self, source: &str, words: &str, progress: &Progress) {
        let source = self.titles.get(source).map_or(source, String::as_str);
        let text = show::one_line(&format!("{source}: {words}"));
        if self.style == Style::Plain {
            show::line(&text);
            return;
        }
        self.erase_footer();
        let mut out = stdout().lock();
        let text = clip(&text, terminal_width());
        let drawn = queue!(out, SetForegroundColor(Color::DarkGrey), Print(text), ResetColor, Print("\n"));
        let _ = drawn.and_then(|()| out.flush());
        drop(out);
        self.draw_footer(progress);
    }

    fn draw_footer(&mut self, progress: &Progress) {
        let width = terminal_width();
        let mut out = stdout().lock();
        let drawn = queue!(
            out,
            SetForegroundColor(Color::DarkGrey),
            Print("─".repeat(width)),
            ResetColor,
            Print("\n"),
            Print(clip(&progress.totals(), width)),
            Print("\n"),
            SetForegroundColor(Color::DarkGrey),
            Print(clip(&format!("metrics http://{}/metrics · Ctrl-C ends", self.admin), width)),
            ResetColor,
        );
        let _ = drawn.and_then(|()| out.flush());
        self.footer_drawn = true;
    }

    fn erase_footer(&mut self) {
        if !std::mem::take(&mut self.footer_drawn) {
            return;
        }
        let mut out = stdout().lock();
        let erased = queue!(out, MoveUp(FOOTER_LINES - 1), MoveToColumn(0), Clear(ClearType::FromCursorDown));
        let _ = erased.and_then(|()| out.flush());
    }
}

fn entity_words(entity: &EntityLine) -> String {
    match &entity.qid {
        Some(qid) => format!("{} {} {qid}", entity.name, entity.entity_type),
        None => format!("{} {}", entity.name, entity.entity_type),
    }
}

/// As much of `text` as fits `width` columns, with an ellipsis where something is missing.
fn clip(text: &str, width: usize) -> String {
    if text.width() <= width {
        return text.to_owned();
    }
    let mut kept = String::new();
    let mut used = 0;
    for letter in text.chars() {
        let columns = letter.width().unwrap_or(0);
        if used + columns + 1 > width {
            break;
        }
        used += columns;
        kept.push(letter);
    }
    kept.push('…');
    kept
}

fn terminal_width() -> usize {
    let (columns, _) = size().unwrap_or((100, 24));
    usize::from(columns).clamp(40, 160)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn clipped_text_fits_its_columns() {
        assert_eq!(clip("short", 10), "short");
        for text in ["a long line of text", "日本経済新聞の見出し", "éèêëéèêëéèêë"] {
            assert!(clip(text, 9).width() <= 9, "{text}");
        }
    }
}
