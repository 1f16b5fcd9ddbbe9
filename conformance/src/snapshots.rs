//! Golden transcripts of a user's own server: how each case went when somebody last looked, as plain text in
//! that user's repository.
//!
//! They hold what the specification leaves to a server as well: a snapshot that drifts is no violation, it is
//! news. They are read before a run and written behind it, and only where that was asked for.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::sync::{Mutex, PoisonError};
use std::{fs, io};

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use similar::TextDiff;

use crate::transcript::{Transcript, normalise};

/// What every snapshot begins with; a file that does not is not ours, and is let alone.
const HEAD: &str = "# How this case goes, as `roomwire run --snapshots` saw it: ";
/// The ending of their names.
const ENDING: &str = "txt";
/// How many lines around a change are shown.
const CONTEXT: usize = 3;

/// What stands in the snapshot of a case that goes another way each time, as cases do whose clients race.
pub const UNSTEADY: &str = "It goes another way each time: there is nothing to compare.\n";

/// What of a transcript goes into a snapshot: its normal form without the lists of users and their changes, which say
/// who was quicker where several come and go at the same time.
#[must_use]
pub fn body(transcript: &Transcript) -> String {
    let is_list = |line: &str| {
        let frame = line.trim_start().strip_prefix("← {\"code\":20");
        frame.is_some_and(|rest| rest.starts_with("5,") || rest.starts_with("6,"))
    };
    let normal = normalise(transcript);
    normal.lines().filter(|line| !is_list(line)).flat_map(|line| [line, "\n"]).collect()
}

/// How a case differs from its golden transcript.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum Drift {
    /// There is none yet.
    New,
    /// It goes another way.
    Changed,
    /// There is no such case any more.
    Obsolete,
}

/// The golden transcripts of a folder.
#[derive(Debug)]
pub struct Snapshots {
    folder: PathBuf,
    update: bool,
    golden: BTreeMap<String, String>,
    seen: Mutex<BTreeMap<String, String>>,
}

impl Snapshots {
    /// Reads a folder. Where `update` is set it need not be there, and what drifts will be accepted.
    ///
    /// # Errors
    /// Where it cannot be read.
    pub fn open(folder: &Path, update: bool) -> io::Result<Self> {
        let mut golden = BTreeMap::new();
        match fs::read_dir(folder) {
            Err(error) if update && error.kind() == io::ErrorKind::NotFound => {}
            Err(error) => return Err(error),
            Ok(chapters) => {
                for chapter in chapters {
                    let chapter = chapter?;
                    if chapter.file_type()?.is_dir() {
                        read_chapter(&chapter.path(), &mut golden)?;
                    }
                }
            }
        }
        Ok(Self { folder: folder.to_owned(), update, golden, seen: Mutex::default() })
    }

    /// Whether what drifts is accepted.
    #[must_use]
    pub fn is_update(&self) -> bool {
        self.update
    }

    /// Whether a case went as its golden transcript says.
    #[must_use]
    pub fn agrees(&self, id: &str, normal: &str) -> bool {
        self.golden.get(id).is_some_and(|golden| golden == normal || golden == UNSTEADY)
    }

    /// Whether there is a golden transcript of a case.
    #[must_use]
    pub fn knows(&self, id: &str) -> bool {
        self.golden.contains_key(id)
    }

    /// Takes note of how a case went, which is otherwise than its golden transcript says. Gives how, and the
    /// difference.
    pub fn drifted(&self, id: &str, normal: &str) -> (Drift, String) {
        self.seen.lock().unwrap_or_else(PoisonError::into_inner).insert(id.into(), normal.into());
        match self.golden.get(id) {
            None => (Drift::New, String::new()),
            Some(golden) => (Drift::Changed, diff(golden, normal)),
        }
    }

    /// The snapshots of cases that there are none of.
    pub fn obsolete(&self, is_case: impl Fn(&str) -> bool) -> Vec<String> {
        self.golden.keys().filter(|id| !is_case(id)).cloned().collect()
    }

    /// Makes the folder say what was seen, where that was asked for: writes what has drifted, removes what is
    /// obsolete. Nothing else in it is touched.
    ///
    /// # Errors
    /// The file that could not be written or removed, and why.
    pub fn write(&self, is_case: impl Fn(&str) -> bool) -> Result<(), (PathBuf, io::Error)> {
        if !self.update {
            return Ok(());
        }
        for (id, normal) in self.seen.lock().unwrap_or_else(PoisonError::into_inner).iter() {
            let path = self.path(id);
            let folder = path.parent().unwrap_or(&self.folder);
            let written = fs::create_dir_all(folder).and_then(|()| fs::write(&path, text(id, normal)));
            written.map_err(|error| (path, error))?;
        }
        for id in self.obsolete(is_case) {
            let path = self.path(&id);
            fs::remove_file(&path).map_err(|error| (path, error))?;
        }
        Ok(())
    }

    fn path(&self, id: &str) -> PathBuf {
        self.folder.join(format!("{id}.{ENDING}"))
    }
}

fn read_chapter(folder: &Path, golden: &mut BTreeMap<String, String>) -> io::Result<()> {
    for entry in fs::read_dir(folder)? {
        let path = entry?.path();
        if path.extension().is_none_or(|ending| ending != ENDING) {
            continue;
        }
        // A checkout may have changed the ends of lines.
        let text = fs::read_to_string(&path)?.replace("\r\n", "\n");
        let Some((id, normal)) = text.strip_prefix(HEAD).and_then(|rest| rest.split_once("\n\n")) else {
            continue;
        };
        let stem = path.file_stem().and_then(|stem| stem.to_str()).unwrap_or_default();
        let chapter = folder.file_name().and_then(|name| name.to_str()).unwrap_or_default();
        if id == format!("{chapter}/{stem}") {
            golden.insert(id.to_owned(), normal.to_owned());
        }
    }
    Ok(())
}

fn text(id: &str, normal: &str) -> String {
    format!("{HEAD}{id}\n\n{normal}")
}

fn diff(golden: &str, normal: &str) -> String {
    TextDiff::from_lines(golden, normal)
        .unified_diff()
        .context_radius(CONTEXT)
        .header("accepted", "this run")
        .to_string()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_diff_says_what_was_accepted_and_what_is_new() {
        let diff = diff("a\nb\nc\n", "a\nB\nc\n");
        assert_eq!(diff, "--- accepted\n+++ this run\n@@ -1,3 +1,3 @@\n a\n-b\n+B\n c\n");
    }
}
