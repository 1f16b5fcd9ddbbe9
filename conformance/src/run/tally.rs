//! What has come out of a run so far, and the exit code that it makes.

use std::collections::{BTreeMap, BTreeSet};

use super::Settings;
use crate::case::Case;
use crate::event::CaseFinished;
use crate::exit_code::Exit;
use crate::requirements::Level;
use crate::verdict::Verdict;

/// What has come out so far.
#[derive(Default)]
pub(super) struct Tally {
    pub(super) results: BTreeMap<usize, Verdict>,
    pub(super) by_clock: usize,
    /// What ended the run before its time.
    pub(super) reason: Option<String>,
}

impl Tally {
    pub(super) fn settle(&mut self, index: usize, finished: &CaseFinished) {
        self.results.insert(index, finished.verdict);
        self.by_clock += usize::from(finished.findings.iter().any(|finding| finding.by_clock));
    }

    pub(super) fn counts(&self) -> BTreeMap<String, usize> {
        let count = |verdict| self.results.values().filter(|result| **result == verdict).count();
        Verdict::ALL.into_iter().map(|verdict| (verdict.word().to_owned(), count(verdict))).collect()
    }

    pub(super) fn exit(&self, cases: &[Case], settings: &Settings) -> Exit {
        let has = |verdict| self.results.values().any(|result| *result == verdict);
        let open = |(index, result): (&usize, &Verdict)| {
            *result == Verdict::Inconclusive
                && cases.get(*index).is_none_or(|case| case.level() == Level::Must)
        };
        let mut holds = BTreeSet::from([Exit::Conforms]);
        if has(Verdict::Error) {
            holds.insert(Exit::Internal);
        }
        if self.reason.is_some() {
            holds.insert(Exit::Unreachable);
        }
        if has(Verdict::Fail) || (settings.strict && has(Verdict::Warn)) {
            holds.insert(Exit::Violations);
        }
        let judged = has(Verdict::Pass) || has(Verdict::Warn);
        if self.results.iter().any(open) || !judged {
            holds.insert(Exit::Incomplete);
        }
        holds.pop_first().unwrap_or(Exit::Internal)
    }
}
