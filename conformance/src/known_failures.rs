//! The list of known failures: cases that a server's owner knows to fail, and that fail no run for that.
//!
//! It is plain text, a case a line, so that a change of it is read like any other change. A case on it has to
//! fail: one that passes has been mended, and has to leave the list, or the list would hide its next failure.

use std::collections::BTreeMap;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::verdict::Verdict;

/// Beside the verdict on a case: it is on the list.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct KnownFailure {
    /// Why, as the list has it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub reason: Option<String>,
}

/// The list: cases by their ids.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct KnownFailures {
    cases: BTreeMap<String, KnownFailure>,
}

/// Why a list cannot be taken.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum KnownFailuresError {
    /// There is something behind the id that is no comment.
    #[error("line {line}: a line is the id of a case, and a reason behind a #, as in `rooms/a # issue 12`")]
    Malformed {
        /// The line, counted from 1.
        line: usize,
    },
    /// No case has this id.
    #[error("line {line}: there is no case {id:?}")]
    Unknown {
        /// The line, counted from 1.
        line: usize,
        /// What stands there.
        id: String,
    },
    /// A case is there twice.
    #[error("line {line}: {id} is there already")]
    Twice {
        /// The line, counted from 1.
        line: usize,
        /// The case.
        id: String,
    },
}

impl KnownFailures {
    /// Reads a list: in each line the id of a case and, behind a `#`, why it fails. Empty lines, and those that
    /// begin with a `#`, are for whoever reads it.
    ///
    /// # Errors
    /// The first line that cannot be meant like that; `is_case` says which ids there are.
    pub fn parse(text: &str, is_case: impl Fn(&str) -> bool) -> Result<Self, KnownFailuresError> {
        let mut cases = BTreeMap::new();
        for (number, text) in text.trim_start_matches('\u{feff}').lines().enumerate() {
            let line = number + 1;
            let (id, reason) = text.split_once('#').unwrap_or((text, ""));
            let (id, reason) = (id.trim(), reason.trim());
            if id.is_empty() {
                continue;
            }
            if id.contains(char::is_whitespace) {
                return Err(KnownFailuresError::Malformed { line });
            }
            if !is_case(id) {
                return Err(KnownFailuresError::Unknown { line, id: id.into() });
            }
            let reason = (!reason.is_empty()).then(|| reason.to_owned());
            if cases.insert(id.to_owned(), KnownFailure { reason }).is_some() {
                return Err(KnownFailuresError::Twice { line, id: id.into() });
            }
        }
        Ok(Self { cases })
    }

    /// What the list says of a case, where it is on it.
    #[must_use]
    pub fn get(&self, id: &str) -> Option<&KnownFailure> {
        self.cases.get(id)
    }

    /// Whether a case is on the list.
    #[must_use]
    pub fn contains(&self, id: &str) -> bool {
        self.cases.contains_key(id)
    }
}

/// What a verdict on a case of the list means.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Standing {
    /// It fails, as it must: no failure of the run.
    Holds,
    /// It passes: it has to leave the list, and fails the run until then.
    Mended,
    /// It was not judged.
    Open,
}

/// What this verdict on a case of the list means. A list may be meant for `--strict`, so that a warning will do.
#[must_use]
pub fn standing(verdict: Verdict) -> Standing {
    match verdict {
        Verdict::Fail | Verdict::Warn => Standing::Holds,
        Verdict::Pass => Standing::Mended,
        Verdict::NotApplicable | Verdict::Inconclusive | Verdict::Error => Standing::Open,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn parse(text: &str) -> Result<KnownFailures, KnownFailuresError> {
        KnownFailures::parse(text, |id| id.starts_with("rooms/"))
    }

    #[test]
    fn a_list_has_a_case_a_line_with_a_reason_or_without() {
        let list = parse("\u{feff}# ours\n\nrooms/a # issue 12 # soon\r\n  rooms/b\nrooms/c#\n").unwrap();
        assert_eq!(list.get("rooms/a").unwrap().reason.as_deref(), Some("issue 12 # soon"));
        assert_eq!(list.get("rooms/b"), Some(&KnownFailure::default()));
        assert_eq!(list.get("rooms/c"), Some(&KnownFailure::default()));
        assert!(!list.contains("rooms/d") && !list.contains("# ours"));
        assert_eq!(parse(""), Ok(KnownFailures::default()));
    }

    #[test]
    fn a_line_that_cannot_be_meant_is_named() {
        use KnownFailuresError::{Malformed, Twice, Unknown};
        assert_eq!(parse("rooms/a issue 12"), Err(Malformed { line: 1 }));
        assert_eq!(parse("\nroms/a"), Err(Unknown { line: 2, id: "roms/a".into() }));
        assert_eq!(parse("rooms/a\nrooms/a # again"), Err(Twice { line: 2, id: "rooms/a".into() }));
    }
}
