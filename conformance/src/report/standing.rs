//! How a run stands: the verdicts so far, as the events tell them.

use std::collections::{BTreeMap, BTreeSet};
use std::time::Duration;

use crate::event::Event;
use crate::exit_code::Exit;
use crate::known_failures;
use crate::verdict::Verdict;

/// The verdicts so far.
#[derive(Debug, Clone, Default)]
pub struct Standing {
    /// How many cases were selected.
    pub cases: usize,
    /// Cases that are being tried, in the order in which they were begun.
    pub under_way: Vec<String>,
    /// Whether the run has begun to tell anything.
    pub started: bool,
    verdicts: BTreeMap<String, Verdict>,
    known: BTreeSet<String>,
    by_clock: usize,
}

impl Standing {
    /// Takes note of an event.
    pub fn event(&mut self, event: &Event) {
        match event {
            Event::RunStarted { cases, .. } => (self.started, self.cases) = (true, *cases),
            Event::CaseStarted { id } => {
                self.under_way.push(id.clone());
            }
            Event::CaseFinished(finished) => {
                self.under_way.retain(|id| *id != finished.id);
                self.verdicts.insert(finished.id.clone(), finished.verdict);
                if finished.known_failure.is_some() {
                    self.known.insert(finished.id.clone());
                }
                self.by_clock += usize::from(finished.findings.iter().any(|finding| finding.by_clock));
            }
            Event::CaseAmended { id, verdict, .. } => {
                self.verdicts.insert(id.clone(), *verdict);
            }
            Event::FencesQualified { .. } | Event::CaseDrifted { .. } | Event::CaseProgress { .. } => {}
            Event::RunFinished { .. } => self.under_way.clear(),
        }
    }

    /// How many cases have a verdict.
    #[must_use]
    pub fn judged(&self) -> usize {
        self.verdicts.len()
    }

    /// How many cases have this verdict.
    #[must_use]
    pub fn count(&self, verdict: Verdict) -> usize {
        self.verdicts.values().filter(|is| **is == verdict).count()
    }

    /// The exit code of a run that ends here: what was found stays found, and what is missing makes the rest
    /// incomplete.
    #[must_use]
    pub fn exit(&self, strict: bool) -> Exit {
        let is_wrong = |(id, verdict): (&String, &Verdict)| {
            let breaks = *verdict == Verdict::Fail || (strict && *verdict == Verdict::Warn);
            breaks && !self.known.contains(id)
        };
        if self.count(Verdict::Error) > 0 {
            Exit::Internal
        } else if self.verdicts.iter().any(is_wrong) || self.known(known_failures::Standing::Mended) > 0 {
            Exit::Violations
        } else {
            Exit::Incomplete
        }
    }

    /// How many cases of the list of known failures have a verdict that means this.
    fn known(&self, meaning: known_failures::Standing) -> usize {
        let verdicts = self.known.iter().filter_map(|id| self.verdicts.get(id));
        verdicts.filter(|verdict| known_failures::standing(**verdict) == meaning).count()
    }

    /// The last line of a run that ends here, for this reason.
    #[must_use]
    pub fn footer(&self, exit: Exit, reason: &str, duration: Duration) -> Event {
        let count = |verdict: Verdict| (verdict.word().to_owned(), self.count(verdict));
        Event::RunFinished {
            exit_code: exit.code(),
            counts: Verdict::ALL.into_iter().map(count).collect(),
            not_run: self.cases.saturating_sub(self.judged()),
            by_clock: self.by_clock,
            known_failures: self.known(known_failures::Standing::Holds),
            duration_ms: u64::try_from(duration.as_millis()).unwrap_or(u64::MAX),
            operations: 0,
            checking_ms: 0,
            reason: Some(reason.to_owned()),
            subject_output: Vec::new(),
        }
    }
}
