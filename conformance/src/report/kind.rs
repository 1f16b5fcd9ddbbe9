//! The kinds of reports that are written from a whole run.

use std::io::{self, Write};

use super::record::Record;
use super::{Reporter, github, html, human, junit, markdown, tap};
use crate::event::Event;
use crate::picture::text::Charset;

/// A kind of report.
#[derive(Debug, Clone, Copy, PartialEq, Eq, clap::ValueEnum)]
pub enum Kind {
    /// The report for people, as text
    Human,
    /// `JUnit` XML, for CI systems
    #[value(help = "JUnit XML, for CI systems")]
    Junit,
    /// TAP 14, the Test Anything Protocol
    Tap,
    /// One HTML page that needs nothing else
    Html,
    /// Markdown, with Mermaid diagrams
    Markdown,
    /// Annotations for GitHub Actions
    Github,
}

impl Kind {
    /// Renders a run.
    #[must_use]
    pub fn render(self, record: &Record) -> String {
        match self {
            Self::Human => human::text(record, None, Charset::Unicode),
            Self::Junit => junit::render(record),
            Self::Tap => tap::render(record),
            Self::Html => html::render(record),
            Self::Markdown => markdown::render(record),
            Self::Github => github::render(record),
        }
    }
}

/// Writes a report of a kind when the run is over.
#[derive(Debug)]
pub struct Whole<W> {
    out: W,
    kind: Kind,
    is_step_summary: bool,
    record: Record,
}

impl<W: Write> Whole<W> {
    /// A report that goes to `out`.
    pub fn new(out: W, kind: Kind) -> Self {
        Self { out, kind, is_step_summary: false, record: Record::default() }
    }

    /// The same for the summary of a GitHub step, which takes so much and no more.
    #[must_use]
    pub fn as_step_summary(mut self) -> Self {
        self.is_step_summary = true;
        self
    }
}

impl<W: Write> Reporter for Whole<W> {
    fn event(&mut self, event: &Event) -> io::Result<()> {
        if self.record.take_in(event) {
            let text = self.kind.render(&self.record);
            let text = if self.is_step_summary { github::summary(&text) } else { text };
            self.out.write_all(text.as_bytes())?;
            self.out.flush()?;
        }
        Ok(())
    }
}
