//! The transcript of each case that does not pass, as a file of its own.
//!
//! The files are records of tries ([`record_file`](crate::record_file)), as `roomwire replay` reads them.

use std::fs;
use std::io;
use std::path::{Path, PathBuf};

use super::Reporter;
use crate::event::Event;
use crate::record_file::Record;

/// Writes transcripts into a folder.
#[derive(Debug)]
pub struct Transcripts {
    folder: PathBuf,
    subject: String,
}

impl Transcripts {
    /// Into this folder, which is made where it is missing.
    ///
    /// # Errors
    /// Where it cannot be made.
    pub fn new(folder: &Path) -> io::Result<Self> {
        fs::create_dir_all(folder)?;
        Ok(Self { folder: folder.to_owned(), subject: String::new() })
    }
}

impl Reporter for Transcripts {
    fn event(&mut self, event: &Event) -> io::Result<()> {
        match event {
            Event::RunStarted { subject, .. } => self.subject.clone_from(subject),
            Event::CaseFinished(finished) => {
                if let Some(record) = Record::of_case(finished, &[], &self.subject) {
                    record.save(&self.folder, "")?;
                }
            }
            _ => {}
        }
        Ok(())
    }
}
