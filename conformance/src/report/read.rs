//! Reading an NDJSON report back.

use crate::event::{Event, REPORT_SCHEMA, REPORT_VERSION};

use super::record::Record;

/// Why a text is no report.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum ReadError {
    /// There is nothing in it.
    #[error("it is empty; a report begins with a run-started")]
    Empty,
    /// A line is none of a report.
    #[error("line {line} is no event of a report: {why}")]
    Line {
        /// The line, counted from 1.
        line: usize,
        /// What is wrong with it.
        why: String,
    },
    /// It begins with another event than `run-started`, or has a second one.
    #[error(
        "line {line}: a report has one run-started, as its first event; is this a part of one, or several?"
    )]
    Start {
        /// The line, counted from 1.
        line: usize,
    },
    /// Its version is another one.
    #[error(
        "it is of the form {schema:?} in version {version}; this program reads {REPORT_SCHEMA:?} in version {REPORT_VERSION}"
    )]
    Version {
        /// The name of its form.
        schema: String,
        /// The version of that.
        version: u32,
    },
}

/// Reads a report. One whose last line is missing, or torn, is cut off: it is read as far as it goes.
///
/// # Errors
/// Where it is no report, or of another version.
pub fn read(text: &str) -> Result<Record, ReadError> {
    let mut record = Record::default();
    let mut lines = text.lines().enumerate().filter(|(_, line)| !line.trim().is_empty()).peekable();
    if lines.peek().is_none() {
        return Err(ReadError::Empty);
    }
    let (mut first, mut complete) = (true, false);
    while let Some((number, line)) = lines.next() {
        let number = number + 1;
        let torn = lines.peek().is_none() && !text.ends_with('\n');
        let event: Event = match serde_json::from_str(line) {
            Ok(event) => event,
            Err(_) if torn && !first => break,
            Err(error) => return Err(ReadError::Line { line: number, why: error.to_string() }),
        };
        match &event {
            Event::RunStarted { .. } if !first => return Err(ReadError::Start { line: number }),
            Event::RunStarted { schema, report_version, .. }
                if schema != REPORT_SCHEMA || *report_version != REPORT_VERSION =>
            {
                return Err(ReadError::Version { schema: schema.clone(), version: *report_version });
            }
            Event::RunStarted { .. } => {}
            _ if first => return Err(ReadError::Start { line: number }),
            _ if complete => {
                let why = "it stands behind the run-finished".into();
                return Err(ReadError::Line { line: number, why });
            }
            _ => {}
        }
        first = false;
        complete |= record.take_in(&event);
    }
    if !complete {
        record.cut_off();
    }
    Ok(record)
}
