//! The report for people: what is wrong, by which sentence of the spec, what happened, and how to see it
//! again.
//!
//! It is one document, written when the run is over, since what matters most can only then be put first:
//! failures are grouped by what broke, and each group shows the case that shows it in the fewest steps.

use std::fmt::{self, Write as _};
use std::io::{self, Write};

use super::record::Record;
use super::{Reporter, groups};
use crate::event::Event;
use crate::picture::{self, text::Charset};

mod aside;
mod page;
mod sections;
mod summary;

use page::Page;

/// Writes the report for people.
///
/// It is written with colours, as ANSI escapes; whoever gives `out` strips them where nobody wants them.
#[derive(Debug)]
pub struct Human<W> {
    out: W,
    width: Option<usize>,
    charset: Charset,
    record: Record,
}

impl<W: Write> Human<W> {
    /// A report that goes to `out`, with prose wrapped at so many columns where they are known. What was
    /// sent and received is never wrapped, so that it can be copied.
    pub fn new(out: W, width: Option<usize>) -> Self {
        Self { out, width, charset: Charset::Unicode, record: Record::default() }
    }

    /// The same in other characters.
    #[must_use]
    pub fn in_charset(mut self, charset: Charset) -> Self {
        self.charset = charset;
        self
    }
}

impl<W: Write> Reporter for Human<W> {
    fn event(&mut self, event: &Event) -> io::Result<()> {
        if self.record.take_in(event) {
            let text = render(&self.record, self.width, self.charset).map_err(io::Error::other)?;
            self.out.write_all(text.as_bytes())?;
            self.out.flush()?;
        }
        Ok(())
    }
}

/// The whole report, with ANSI escapes.
pub(super) fn render(record: &Record, width: Option<usize>, charset: Charset) -> Result<String, fmt::Error> {
    let mut page = Page::new(width, charset);
    write_report(&mut page, record)?;
    Ok(match charset {
        Charset::Unicode => page.text().to_owned(),
        Charset::Ascii => picture::text::ascii(page.text()),
    })
}

/// The whole report.
#[must_use]
pub fn text(record: &Record, width: Option<usize>, charset: Charset) -> String {
    // Writing to a string does not fail.
    render(record, width, charset).unwrap_or_default()
}

/// What came out, in plain words: the first sentence is the result, the others say what to do next.
pub(super) fn sentences(record: &Record) -> Vec<String> {
    let (violations, warnings) = groups::find(record);
    summary::sentence(record, &violations, &warnings).1
}

fn write_report(page: &mut Page, record: &Record) -> fmt::Result {
    summary::write_headline(page, record)?;
    let (violations, warnings) = groups::find(record);
    sections::write_violations(page, record, &violations)?;
    sections::write_warnings(page, record, &warnings)?;
    sections::write_unjudged(page, record)?;
    aside::write_known_failures(page, record)?;
    aside::write_drifts(page, record)?;
    summary::write_summary(page, record, &violations, &warnings)?;
    writeln!(page)
}
