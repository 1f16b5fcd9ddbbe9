//! The transcript of each case that does not pass, as a file of its own.
//!
//! The files are records of tries ([`record_file`](crate::record_file)), as `roomwire replay` reads them.

use std::fs;
use std::io;
use std::path::{Path, PathBuf};

use serde_json::Value;

use super::Reporter;
use crate::event::Event;
use crate::record_file::{Footer, Header, RECORD_SCHEMA, RECORD_VERSION, Record};

/// Writes transcripts into a folder.
#[derive(Debug)]
pub struct Transcripts {
    folder: PathBuf,
    subject: String,
    profiles: Vec<String>,
    limits: Value,
}

impl Transcripts {
    /// Into this folder, which is made where it is missing.
    ///
    /// # Errors
    /// Where it cannot be made.
    pub fn new(folder: &Path) -> io::Result<Self> {
        fs::create_dir_all(folder)?;
        let (subject, profiles, limits) = (String::new(), Vec::new(), Value::Null);
        Ok(Self { folder: folder.to_owned(), subject, profiles, limits })
    }
}

impl Reporter for Transcripts {
    fn event(&mut self, event: &Event) -> io::Result<()> {
        match event {
            Event::RunStarted { subject, profiles, limits, .. } => {
                self.subject.clone_from(subject);
                self.profiles.clone_from(profiles);
                self.limits.clone_from(limits);
            }
            Event::CaseFinished(finished) => {
                let Some(transcript) = &finished.transcript else { return Ok(()) };
                let record = Record {
                    header: Header {
                        schema: RECORD_SCHEMA.into(),
                        record_version: RECORD_VERSION,
                        tool_version: env!("CARGO_PKG_VERSION").into(),
                        case: finished.id.clone(),
                        title: finished.title.clone(),
                        requirements: finished.requirements.clone(),
                        about: Vec::new(),
                        subject: self.subject.clone(),
                        profiles: self.profiles.clone(),
                        limits: self.limits.clone(),
                    },
                    transcript: transcript.clone(),
                    footer: Footer {
                        events: transcript.events.len(),
                        verdict: finished.verdict,
                        reason: finished.reason.clone(),
                        findings: finished.findings.clone(),
                        rate: finished.rate,
                    },
                };
                record.save(&self.folder, 0)?;
            }
            _ => {}
        }
        Ok(())
    }
}
