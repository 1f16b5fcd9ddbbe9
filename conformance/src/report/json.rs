//! The NDJSON report: every event as one line of JSON, written when it happens.
//!
//! It is what all other reports can be rendered from again. A report whose last line is not `run-finished`
//! was cut off.

use std::io::{self, Write};

use super::Reporter;
use crate::event::Event;

/// Writes events as NDJSON.
#[derive(Debug)]
pub struct Json<W> {
    out: W,
}

impl<W: Write> Json<W> {
    /// A report that goes to `out`; each line is written in one piece, and flushed.
    pub fn new(out: W) -> Self {
        Self { out }
    }
}

impl<W: Write> Reporter for Json<W> {
    fn event(&mut self, event: &Event) -> io::Result<()> {
        let mut line = serde_json::to_vec(event)?;
        line.push(b'\n');
        self.out.write_all(&line)?;
        self.out.flush()
    }
}
