//! The report for people: what is wrong, by which sentence of the spec, what happened, and how to see it
//! again.
//!
//! It is one document, written when the run is over, since what matters most can only then be put first:
//! failures are grouped by what broke, and each group shows the case that shows it in the fewest steps.

use std::fmt::{self, Write as _};
use std::io::{self, Write};

use super::Reporter;
use crate::event::Event;

mod groups;
mod page;
mod record;
mod scene;
mod sections;
mod summary;
mod symptom;
mod text;

use page::Page;
use record::Record;

/// Writes the report for people.
///
/// It is written with colours, as ANSI escapes; whoever gives `out` strips them where nobody wants them.
#[derive(Debug)]
pub struct Human<W> {
    out: W,
    width: Option<usize>,
    record: Record,
}

impl<W: Write> Human<W> {
    /// A report that goes to `out`, with prose wrapped at so many columns where they are known. What was
    /// sent and received is never wrapped, so that it can be copied.
    pub fn new(out: W, width: Option<usize>) -> Self {
        Self { out, width, record: Record::default() }
    }
}

impl<W: Write> Reporter for Human<W> {
    fn event(&mut self, event: &Event) -> io::Result<()> {
        if self.record.take_in(event) {
            let mut page = Page::new(self.width);
            // A page takes all that it is given: it is kept in memory.
            write_report(&mut page, &self.record).map_err(io::Error::other)?;
            self.out.write_all(page.text().as_bytes())?;
            self.out.flush()?;
        }
        Ok(())
    }
}

fn write_report(page: &mut Page, record: &Record) -> fmt::Result {
    summary::write_headline(page, record)?;
    let (violations, warnings) = groups::find(record);
    sections::write_violations(page, record, &violations)?;
    sections::write_warnings(page, record, &warnings)?;
    sections::write_unjudged(page, record)?;
    summary::write_summary(page, record, &violations, &warnings)?;
    writeln!(page)
}
