//! What the events of a run have told, kept until the report is written.

use std::collections::BTreeMap;

use crate::check::Finding;
use crate::event::{CaseFinished, Event};
use crate::invocation::Invocation;
use crate::transcript::Transcript;
use crate::verdict::Verdict;

/// Everything that the report is written from.
#[derive(Debug, Default)]
pub(super) struct Record {
    pub(super) tool_version: String,
    pub(super) run: String,
    pub(super) seed: u64,
    pub(super) subject: String,
    pub(super) url: String,
    pub(super) profiles: Vec<String>,
    pub(super) selected: usize,
    pub(super) invocation: Invocation,
    pub(super) cases: Vec<CaseFinished>,
    pub(super) amendments: Vec<Amendment>,
    pub(super) footer: Footer,
}

/// What a case did to another one.
#[derive(Debug)]
pub(super) struct Amendment {
    pub(super) case: String,
    pub(super) verdict: Verdict,
    pub(super) finding: Finding,
    pub(super) seen_in: String,
}

/// The last line of a report.
#[derive(Debug, Default)]
pub(super) struct Footer {
    pub(super) exit_code: u8,
    pub(super) counts: BTreeMap<String, usize>,
    pub(super) not_run: usize,
    pub(super) by_clock: usize,
    pub(super) duration_ms: u64,
    pub(super) reason: Option<String>,
    pub(super) subject_output: Vec<String>,
}

impl Record {
    /// Takes an event in, and says whether it was the last one.
    pub(super) fn take_in(&mut self, event: &Event) -> bool {
        match event {
            Event::RunStarted {
                tool_version, run, seed, subject, url, profiles, cases, invocation, ..
            } => {
                (self.seed, self.selected) = (*seed, *cases);
                self.tool_version.clone_from(tool_version);
                self.run.clone_from(run);
                self.subject.clone_from(subject);
                self.url.clone_from(url);
                self.profiles.clone_from(profiles);
                self.invocation.clone_from(invocation);
            }
            Event::CaseStarted { .. } | Event::CaseProgress { .. } => {}
            Event::CaseFinished(finished) => self.cases.push(finished.clone()),
            Event::CaseAmended { id, verdict, finding, seen_in } => {
                self.amendments.push(Amendment {
                    case: id.clone(),
                    verdict: *verdict,
                    finding: finding.clone(),
                    seen_in: seen_in.clone(),
                });
            }
            Event::RunFinished {
                exit_code,
                counts,
                not_run,
                by_clock,
                duration_ms,
                reason,
                subject_output,
                ..
            } => {
                self.footer = Footer {
                    exit_code: *exit_code,
                    counts: counts.clone(),
                    not_run: *not_run,
                    by_clock: *by_clock,
                    duration_ms: *duration_ms,
                    reason: reason.clone(),
                    subject_output: subject_output.clone(),
                };
                return true;
            }
        }
        false
    }

    /// The cases with this verdict, in the order of their ids: the order of a run is chance.
    pub(super) fn with(&self, verdict: Verdict) -> Vec<&CaseFinished> {
        let has = |case: &&CaseFinished| self.verdict(case) == verdict;
        let mut cases: Vec<_> = self.cases.iter().filter(has).collect();
        cases.sort_unstable_by(|one, other| one.id.cmp(&other.id));
        cases
    }

    /// The verdict on a case, with all that was seen later.
    fn verdict(&self, case: &CaseFinished) -> Verdict {
        let amendment = self.amendments.iter().rev().find(|amendment| amendment.case == case.id);
        amendment.map_or(case.verdict, |amendment| amendment.verdict)
    }

    /// A case by its id.
    pub(super) fn case(&self, id: &str) -> Option<&CaseFinished> {
        self.cases.iter().find(|case| case.id == id)
    }

    /// How many cases have a verdict of this word.
    pub(super) fn count(&self, verdict: Verdict) -> usize {
        self.footer.counts.get(verdict.word()).copied().unwrap_or(0)
    }
}

impl Amendment {
    /// What was done and seen where it was seen, if that was kept.
    pub(super) fn transcript<'a>(&self, record: &'a Record) -> Option<&'a Transcript> {
        record.case(&self.seen_in)?.transcript.as_ref()
    }
}
