//! One try of a program in a file of its own, so that it can be judged again, played again, and sent to others.
//!
//! The file is NDJSON: a header with the tool's version, the profiles and the limits; the program; the names of the
//! try; what happened, an event a line, in the order of the ticks; and a footer with the verdict, without which a file
//! counts as cut off. It holds no token, for neither does a transcript.

use std::io::{self, Write};
use std::path::{Path, PathBuf};

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::check::{self, Finding, Judgement, Property};
use crate::event::CaseFinished;
use crate::program::{PROGRAM_VERSION, Program};
use crate::subject::Declared;
use crate::transcript::{Event, Transcript};
use crate::verdict::{self, Verdict};

mod soundness;

/// The name of the file's form.
pub const RECORD_SCHEMA: &str = "roomwire-record";
/// Its version: a reader refuses another one.
pub const RECORD_VERSION: u32 = 1;

/// One try: what it was for, what was done and seen, and what came of it.
#[derive(Debug, Clone)]
pub struct Record {
    /// What it was for.
    pub header: Header,
    /// What was done and seen; the program stands in it.
    pub transcript: Transcript,
    /// What came of it.
    pub footer: Footer,
}

/// The first line.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Header {
    /// [`RECORD_SCHEMA`]
    pub schema: String,
    /// [`RECORD_VERSION`]
    pub record_version: u32,
    /// The version of the runner that wrote it.
    pub tool_version: String,
    /// The case: of the catalog, or the kind of generated programs.
    pub case: String,
    /// What it shows.
    pub title: String,
    /// The requirements that it proves; the first is the one that what goes wrong is held against.
    pub requirements: Vec<String>,
    /// Properties that must have been exercised.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub about: Vec<Property>,
    /// The subject, in the words by which it was given.
    #[serde(default)]
    pub subject: String,
    /// The profiles that were judged and the limits that the subject declared, as they stood in its 201.
    #[serde(flatten)]
    pub declared: Declared,
}

/// The last line.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Footer {
    /// How many events stand before it.
    pub events: usize,
    /// The verdict.
    pub verdict: Verdict,
    /// Why, where the findings do not say it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub reason: Option<String>,
    /// What was wrong.
    pub findings: Vec<Finding>,
    /// How often the program failed in this way, where that was measured.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub rate: Option<Rate>,
}

/// How often a program fails: so many times of so many tries.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct Rate {
    /// Tries that failed in the same way.
    pub failed: usize,
    /// All tries.
    pub tries: usize,
}

/// The names of the try.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
struct TryNames {
    users: Vec<String>,
    topics: Vec<String>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    clock_ms: Option<i64>,
}

/// One line of the file.
#[derive(Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
enum Line {
    Header(Header),
    Program(Program),
    Names(TryNames),
    Event(Event),
    Footer(Footer),
}

/// Why a file is not taken.
#[derive(Debug, thiserror::Error)]
pub enum RecordError {
    /// It cannot be read.
    #[error("it cannot be read: {1}")]
    Unreadable(PathBuf, io::Error),
    /// It is something else.
    #[error(
        "this is no recorded try: its first line is not a {RECORD_SCHEMA} header. `roomwire run` saves a failing \
         program as such a file, and says where"
    )]
    Foreign,
    /// It is of another version.
    #[error(
        "it is of version {found}, written by roomwire {tool}, and this is roomwire {}, which reads version {known}; \
         use the roomwire that wrote it, or run the case again", env!("CARGO_PKG_VERSION")
    )]
    Version {
        /// The file's version, of its form or of its program's.
        found: String,
        /// The version that is read.
        known: u32,
        /// The tool that wrote it.
        tool: String,
    },
    /// A line is not what it should be.
    #[error("line {line}: {why}; the file was changed or damaged after it was written")]
    Broken {
        /// The line, from 1.
        line: usize,
        /// What is wrong with it.
        why: String,
    },
    /// The footer is missing.
    #[error(
        "it is cut off behind line {0}: the footer is missing, so what it says may not be all that happened"
    )]
    CutOff(usize),
}

impl Record {
    /// Makes a record of a case that has just been judged; `None` where there is no transcript of it.
    #[must_use]
    pub fn of_case(finished: &CaseFinished, about: &[Property], subject: &str) -> Option<Self> {
        let transcript = finished.transcript.clone()?;
        Some(Self {
            header: Header {
                schema: RECORD_SCHEMA.into(),
                record_version: RECORD_VERSION,
                tool_version: env!("CARGO_PKG_VERSION").into(),
                case: finished.id.clone(),
                title: finished.title.clone(),
                requirements: finished.requirements.clone(),
                about: about.to_vec(),
                subject: subject.into(),
                declared: transcript.declared.clone(),
            },
            footer: Footer {
                events: transcript.events.len(),
                verdict: finished.verdict,
                reason: finished.reason.clone(),
                findings: finished.findings.clone(),
                rate: finished.rate,
            },
            transcript,
        })
    }

    /// The requirement that what goes wrong with the program's focused steps is held against.
    #[must_use]
    pub fn requirement(&self) -> &str {
        self.header.requirements.first().map_or("", String::as_str)
    }

    /// Runs the checks of this version on what was recorded. Needs no network.
    #[must_use]
    pub fn judge(&self) -> (Judgement, Verdict, Option<String>) {
        let judgement = check::judge(&self.transcript, self.requirement());
        let (verdict, reason) = verdict::verdict(&self.header.about, &judgement);
        (judgement, verdict, reason)
    }

    /// Writes it.
    ///
    /// # Errors
    /// Where `out` cannot be written.
    pub fn write(&self, mut out: impl Write) -> io::Result<()> {
        let Transcript { program, users, topics, clock_ms, events, .. } = &self.transcript;
        let names = TryNames { users: users.clone(), topics: topics.clone(), clock_ms: *clock_ms };
        let mut line = |line: &Line| {
            serde_json::to_writer(&mut out, line)?;
            out.write_all(b"\n")
        };
        line(&Line::Header(self.header.clone()))?;
        line(&Line::Program(program.clone()))?;
        line(&Line::Names(names))?;
        for event in events {
            line(&Line::Event(event.clone()))?;
        }
        line(&Line::Footer(self.footer.clone()))?;
        out.flush()
    }

    /// Writes it as a file of a folder, which is made where it is missing, and gives the file's path. The file is named
    /// by its case, and by `suffix` where that is not empty.
    ///
    /// # Errors
    /// Where the folder or the file cannot be written.
    pub fn save(&self, folder: &Path, suffix: &str) -> io::Result<PathBuf> {
        std::fs::create_dir_all(folder)?;
        let stem = self.header.case.replace('/', "-");
        let gap = if suffix.is_empty() { "" } else { "-" };
        let name = format!("{stem}{gap}{suffix}.ndjson");
        let path = folder.join(name);
        let mut bytes = Vec::new();
        self.write(&mut bytes)?;
        // In one piece, so that a file that is there is whole or says that it is not.
        std::fs::write(&path, bytes)?;
        Ok(path)
    }

    /// Reads a file.
    ///
    /// # Errors
    /// [`RecordError`]
    pub fn load(path: &Path) -> Result<Self, RecordError> {
        let bytes = std::fs::read(path).map_err(|error| RecordError::Unreadable(path.into(), error))?;
        Self::read(&String::from_utf8_lossy(&bytes))
    }

    /// Reads the text of a file.
    ///
    /// # Errors
    /// [`RecordError`]
    pub fn read(text: &str) -> Result<Self, RecordError> {
        let mut lines = text.lines().enumerate().map(|(index, line)| (index + 1, line));
        let (_, first) = lines.next().ok_or(RecordError::Foreign)?;
        let header = read_header(first)?;
        let mut last = 1;
        let mut program = None;
        let mut names = None;
        let mut events: Vec<Event> = Vec::new();
        while let Some((number, line)) = lines.next() {
            let broken = |why: String| RecordError::Broken { line: number, why };
            // A line that is half there is where the file was cut off.
            if !text.ends_with('\n') && lines.clone().next().is_none() {
                return Err(RecordError::CutOff(last));
            }
            check_program_version(line, &header)?;
            match serde_json::from_str(line).map_err(|error| broken(error.to_string()))? {
                Line::Program(found) if program.is_none() => program = Some(found),
                Line::Names(found) if program.is_some() && names.is_none() => names = Some(found),
                Line::Event(event) if names.is_some() => events.push(event),
                Line::Footer(footer) => {
                    let (Some(program), Some(names)) = (program, names) else {
                        return Err(broken("a footer stands before the program and its names".into()));
                    };
                    if footer.events != events.len() {
                        let (says, has) = (footer.events, events.len());
                        return Err(broken(format!("the footer counts {says} events, and there are {has}")));
                    }
                    if lines.next().is_some() {
                        return Err(RecordError::Broken {
                            line: number + 1,
                            why: "there is something behind the footer".into(),
                        });
                    }
                    let TryNames { users, topics, clock_ms } = names;
                    let declared = header.declared.clone();
                    let transcript = Transcript::new(program, (users, topics), declared, clock_ms, events);
                    let record = Self { header, transcript, footer };
                    soundness::check(&record)?;
                    return Ok(record);
                }
                _ => return Err(broken("it does not belong at this place".into())),
            }
            last = number;
        }
        Err(RecordError::CutOff(last))
    }
}

fn read_header(line: &str) -> Result<Header, RecordError> {
    let json: serde_json::Value = serde_json::from_str(line).map_err(|_| RecordError::Foreign)?;
    let header = &json["header"];
    if header["schema"] != RECORD_SCHEMA {
        return Err(RecordError::Foreign);
    }
    if header["recordVersion"] != RECORD_VERSION {
        return Err(RecordError::Version {
            found: header["recordVersion"].to_string(),
            known: RECORD_VERSION,
            tool: header["toolVersion"].as_str().unwrap_or("(unknown)").into(),
        });
    }
    serde_json::from_value(header.clone())
        .map_err(|error| RecordError::Broken { line: 1, why: error.to_string() })
}

/// A program of another version may have steps that this one cannot read: the version is looked at first.
fn check_program_version(line: &str, header: &Header) -> Result<(), RecordError> {
    if !line.starts_with("{\"program\"") {
        return Ok(());
    }
    let json: serde_json::Value = serde_json::from_str(line).unwrap_or_default();
    let version = &json["program"]["version"];
    if version.is_u64() && *version != PROGRAM_VERSION {
        let found = format!("{version} of programs");
        return Err(RecordError::Version {
            found,
            known: PROGRAM_VERSION,
            tool: header.tool_version.clone(),
        });
    }
    Ok(())
}
