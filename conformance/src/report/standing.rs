//! How a run stands: the verdicts so far, as the events tell them.

use std::collections::BTreeMap;

use crate::event::Event;
use crate::exit_code::Exit;
use crate::verdict::Verdict;

/// The verdicts so far.
#[derive(Debug, Clone, Default)]
pub struct Standing {
    /// How many cases were selected.
    pub cases: usize,
    /// Cases that are being tried, in the order in which they were begun.
    pub under_way: Vec<String>,
    verdicts: BTreeMap<String, Verdict>,
    by_clock: usize,
}

impl Standing {
    /// Takes note of an event.
    pub fn event(&mut self, event: &Event) {
        match event {
            Event::RunStarted { cases, .. } => self.cases = *cases,
            Event::CaseStarted { id } => {
                self.under_way.push(id.clone());
            }
            Event::CaseFinished(finished) => {
                self.under_way.retain(|id| *id != finished.id);
                self.verdicts.insert(finished.id.clone(), finished.verdict);
                self.by_clock += usize::from(finished.findings.iter().any(|finding| finding.by_clock));
            }
            Event::CaseAmended { id, verdict, .. } => {
                self.verdicts.insert(id.clone(), *verdict);
            }
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

    /// The footer of a run that ends here, for this reason, and the exit code that goes with it: what was
    /// found stays found, and what is missing makes the rest incomplete.
    #[must_use]
    pub fn cut_short(&self, reason: &str, strict: bool, duration_ms: u64) -> (Event, Exit) {
        let has = |verdict| self.count(verdict) > 0;
        let exit = if has(Verdict::Error) {
            Exit::Internal
        } else if has(Verdict::Fail) || (strict && has(Verdict::Warn)) {
            Exit::Violations
        } else {
            Exit::Incomplete
        };
        let count = |verdict: Verdict| (verdict.word().to_owned(), self.count(verdict));
        let finished = Event::RunFinished {
            exit_code: exit.code(),
            counts: Verdict::ALL.into_iter().map(count).collect(),
            not_run: self.cases.saturating_sub(self.judged()),
            by_clock: self.by_clock,
            duration_ms,
            reason: Some(reason.to_owned()),
            subject_output: Vec::new(),
        };
        (finished, exit)
    }
}
