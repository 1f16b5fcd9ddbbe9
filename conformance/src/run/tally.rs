//! What has come out of a run so far, and the exit code that it makes.

use std::collections::{BTreeMap, BTreeSet};

use super::Settings;
use crate::case::Case;
use crate::event::CaseFinished;
use crate::exit_code::Exit;
use crate::known_failures::{Standing, standing};
use crate::requirements::Level;
use crate::verdict::Verdict;

/// What has come out so far.
#[derive(Default)]
pub(super) struct Tally {
    pub(super) results: BTreeMap<usize, Verdict>,
    pub(super) by_clock: usize,
    /// Which results are of cases on the list of known failures.
    pub(super) known: BTreeSet<usize>,
    /// Whether a golden transcript says another thing than what was seen.
    pub(super) drifted: bool,
    /// What ended the run before its time.
    pub(super) reason: Option<String>,
}

impl Tally {
    pub(super) fn settle(&mut self, index: usize, finished: &CaseFinished) {
        self.results.insert(index, finished.verdict);
        if finished.known_failure.is_some() {
            self.known.insert(index);
        }
        self.by_clock += usize::from(finished.findings.iter().any(|finding| finding.by_clock));
    }

    /// Whether a case has failed that is not known to.
    pub(super) fn has_failed(&self) -> bool {
        let mut results = self.results.iter();
        results.any(|(index, verdict)| *verdict == Verdict::Fail && !self.known.contains(index))
    }

    /// How many cases failed that are known to.
    pub(super) fn known_failures(&self) -> usize {
        self.known(Standing::Holds)
    }

    fn known(&self, meaning: Standing) -> usize {
        let verdicts = self.known.iter().filter_map(|index| self.results.get(index));
        verdicts.filter(|verdict| standing(**verdict) == meaning).count()
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
        let is_wrong = |verdict| verdict == Verdict::Fail || (settings.strict && verdict == Verdict::Warn);
        let mut unknown = self.results.iter().filter(|(index, _)| !self.known.contains(index));
        let violation = unknown.any(|(_, verdict)| is_wrong(*verdict));
        if violation || self.known(Standing::Mended) > 0 || (settings.strict && self.drifted) {
            holds.insert(Exit::Violations);
        }
        let judged = has(Verdict::Pass) || has(Verdict::Warn) || has(Verdict::Fail);
        if self.results.iter().any(open) || !judged {
            holds.insert(Exit::Incomplete);
        }
        holds.pop_first().unwrap_or(Exit::Internal)
    }
}
