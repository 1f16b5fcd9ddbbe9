//! A page in the making: styles, indentation, and prose that is wrapped.

use std::fmt::{self, Write};

use anstyle::{AnsiColor, Style};

use crate::picture::text::{self, Charset};
use crate::picture::{Picture, Weight};
use crate::report::text::printable;

/// What is emphasised.
pub(super) const STRONG: Style = Style::new().bold();
/// What is only to be found by those who look for it.
pub(super) const FAINT: Style = Style::new().dimmed();
/// What is right.
pub(super) const GOOD: Style = AnsiColor::Green.on_default().bold();
/// What is wrong.
pub(super) const BAD: Style = AnsiColor::Red.on_default().bold();
/// What might be better.
pub(super) const WARY: Style = AnsiColor::Yellow.on_default().bold();

/// How wide a picture is where nobody says how much room there is.
const PICTURE_WIDTH: usize = 100;
/// How wide the column of labels is.
const LABEL: usize = 10;

/// Text with ANSI escapes.
#[derive(Debug)]
pub(super) struct Page {
    text: String,
    width: Option<usize>,
    charset: Charset,
}

impl Page {
    /// An empty one, whose prose is wrapped at so many columns.
    pub(super) fn new(width: Option<usize>, charset: Charset) -> Self {
        Self { text: String::new(), width, charset }
    }

    /// A picture, where there is room for it.
    pub(super) fn picture(&mut self, picture: &Picture) -> fmt::Result {
        let width = self.width.unwrap_or(PICTURE_WIDTH);
        for line in text::render(picture, width, self.charset).unwrap_or_default() {
            let style = match line.weight {
                Weight::Context => FAINT,
                Weight::Evidence => Style::new(),
                Weight::Violation => BAD,
            };
            self.line(style, &line.text)?;
        }
        Ok(())
    }

    /// All that was written.
    pub(super) fn text(&self) -> &str {
        &self.text
    }

    /// A line in a style, of text that may be a stranger's.
    pub(super) fn line(&mut self, style: Style, text: &str) -> fmt::Result {
        writeln!(self, "{style}{}{style:#}", printable(text))
    }

    /// Prose behind a label: `expected  ann is answered …`.
    pub(super) fn labelled(&mut self, label: &str, text: &str) -> fmt::Result {
        let text = printable(text);
        let first = format!("  {FAINT}{label:LABEL$}{FAINT:#}");
        self.prose(&first, 2 + LABEL, &text)
    }

    /// Prose with so many spaces before each line.
    pub(super) fn indented(&mut self, indent: usize, text: &str) -> fmt::Result {
        let text = printable(text);
        self.prose(&" ".repeat(indent), indent, &text)
    }

    /// A line that is never wrapped: something to be copied, or something that was on the wire.
    pub(super) fn verbatim(&mut self, label: &str, text: &str) -> fmt::Result {
        writeln!(self, "  {FAINT}{label:LABEL$}{FAINT:#}{}", printable(text))
    }

    fn prose(&mut self, first: &str, indent: usize, text: &str) -> fmt::Result {
        // A terminal that is too narrow for the indentation wraps by itself.
        let room = self.width.map(|width| width.saturating_sub(indent)).filter(|room| *room >= 20);
        let Some(room) = room else { return writeln!(self, "{first}{text}") };
        let options = textwrap::Options::new(room).break_words(false);
        let margin = " ".repeat(indent);
        for (number, line) in textwrap::wrap(text, options).iter().enumerate() {
            writeln!(self, "{}{line}", if number == 0 { first } else { &margin })?;
        }
        Ok(())
    }
}

impl Write for Page {
    fn write_str(&mut self, text: &str) -> fmt::Result {
        self.text.push_str(text);
        Ok(())
    }
}
