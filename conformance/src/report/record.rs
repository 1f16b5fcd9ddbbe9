//! What the events of a run have told, kept until a report is written that needs all of it.

use std::collections::BTreeMap;
use std::time::Duration;

use super::standing::Standing;
use crate::check::Finding;
use crate::event::{CaseFinished, Event, Fences};
use crate::exit_code::Exit;
use crate::invocation::Invocation;
use crate::known_failures::{self, KnownFailure, standing};
use crate::snapshots::Drift;
use crate::transcript::Transcript;
use crate::verdict::Verdict;

/// Everything that a report is written from.
#[derive(Debug, Default)]
pub struct Record {
    pub(in crate::report) tool_version: String,
    pub(in crate::report) run: String,
    pub(in crate::report) seed: u64,
    pub(in crate::report) subject: String,
    pub(in crate::report) url: String,
    pub(in crate::report) profiles: Vec<String>,
    pub(in crate::report) selected: usize,
    pub(in crate::report) unfenced: Option<Unfenced>,
    pub(in crate::report) invocation: Invocation,
    pub(in crate::report) cases: Vec<CaseFinished>,
    pub(in crate::report) amendments: Vec<Amendment>,
    pub(in crate::report) drifts: Vec<Drifted>,
    pub(in crate::report) footer: Footer,
    pub(in crate::report) cut_off: bool,
    standing: Standing,
}

/// Acks that overtook what was due before them, so that none was rested on.
#[derive(Debug, Clone, Copy)]
pub(in crate::report) struct Unfenced {
    acks: usize,
    overtaking: usize,
    late: bool,
}

impl Unfenced {
    /// What there is to say of it.
    pub(in crate::report) fn sentence(self) -> String {
        let Self { acks, overtaking, late } = self;
        let since = if late { "from then on " } else { "" };
        format!(
            "{overtaking} of {acks} acks of heartbeats overtook an answer that was due before them (ORD-7), so {since}no \
             verdict rests on an ack: each answer was waited for"
        )
    }
}

/// What a case did to another one.
#[derive(Debug)]
pub(in crate::report) struct Amendment {
    pub(in crate::report) case: String,
    pub(in crate::report) verdict: Verdict,
    pub(in crate::report) finding: Finding,
    pub(in crate::report) seen_in: String,
    transcript: Option<Transcript>,
}

/// A case that went otherwise than its golden transcript says.
#[derive(Debug)]
pub(in crate::report) struct Drifted {
    pub(in crate::report) case: String,
    pub(in crate::report) drift: Drift,
    pub(in crate::report) diff: String,
    pub(in crate::report) accepted: bool,
}

/// The last line of a report.
#[derive(Debug, Default)]
pub(in crate::report) struct Footer {
    pub(in crate::report) exit_code: u8,
    pub(in crate::report) counts: BTreeMap<String, usize>,
    pub(in crate::report) not_run: usize,
    pub(in crate::report) by_clock: usize,
    pub(in crate::report) known_failures: usize,
    pub(in crate::report) duration_ms: u64,
    pub(in crate::report) reason: Option<String>,
    pub(in crate::report) subject_output: Vec<String>,
}

impl Record {
    /// Takes an event in, and says whether it was the last one.
    pub fn take_in(&mut self, event: &Event) -> bool {
        self.standing.event(event);
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
            Event::FencesQualified { fences: Fences::Answers, acks, overtaking, late } => {
                self.unfenced = Some(Unfenced { acks: *acks, overtaking: *overtaking, late: *late });
            }
            Event::FencesQualified { .. } | Event::CaseStarted { .. } | Event::CaseProgress { .. } => {}
            Event::CaseFinished(finished) => self.cases.push(finished.clone()),
            Event::CaseAmended { id, verdict, finding, seen_in, transcript } => {
                self.amendments.push(Amendment {
                    case: id.clone(),
                    verdict: *verdict,
                    finding: finding.clone(),
                    seen_in: seen_in.clone(),
                    transcript: transcript.clone(),
                });
            }
            Event::CaseDrifted { id, drift, diff, accepted } => self.drifts.push(Drifted {
                case: id.clone(),
                drift: *drift,
                diff: diff.clone(),
                accepted: *accepted,
            }),
            Event::RunFinished {
                exit_code,
                counts,
                not_run,
                by_clock,
                known_failures,
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
                    known_failures: *known_failures,
                    duration_ms: *duration_ms,
                    reason: reason.clone(),
                    subject_output: subject_output.clone(),
                };
                return true;
            }
        }
        false
    }

    /// Ends a record whose last event never came: what is missing makes it incomplete, and is said.
    pub fn cut_off(&mut self) {
        self.cut_off = true;
        let exit = self.standing.exit(self.is_strict());
        let reason =
            "the report is cut off: its last line is missing, so the run was killed or is still going on";
        let footer = self.standing.footer(exit, reason, Duration::ZERO);
        self.take_in(&footer);
    }

    /// Whether the last line was missing.
    #[must_use]
    pub fn is_cut_off(&self) -> bool {
        self.cut_off
    }

    /// The exit code of the run.
    #[must_use]
    pub fn exit(&self) -> Exit {
        Exit::of_code(self.footer.exit_code)
    }

    /// Whether the run ended with this.
    pub(in crate::report) fn ended_with(&self, exit: Exit) -> bool {
        self.footer.exit_code == exit.code()
    }

    /// Whether a SHOULD that is not followed fails the run.
    pub(in crate::report) fn is_strict(&self) -> bool {
        // Behind -- stands what belongs to the subject.
        self.invocation.words.iter().take_while(|word| *word != "--").any(|word| word == "--strict")
    }

    /// All cases, in the order of their ids: the order of a run is chance.
    pub(in crate::report) fn sorted(&self) -> Vec<&CaseFinished> {
        let mut cases: Vec<_> = self.cases.iter().collect();
        cases.sort_unstable_by(|one, other| one.id.cmp(&other.id));
        cases
    }

    /// The cases with this verdict, in the order of their ids.
    pub(in crate::report) fn with(&self, verdict: Verdict) -> Vec<&CaseFinished> {
        let mut cases = self.sorted();
        cases.retain(|case| self.verdict(case) == verdict);
        cases
    }

    /// The verdict on a case, with all that was seen later.
    pub(in crate::report) fn verdict(&self, case: &CaseFinished) -> Verdict {
        let amendment = self.amendments.iter().rev().find(|amendment| amendment.case == case.id);
        amendment.map_or(case.verdict, |amendment| amendment.verdict)
    }

    /// What is wrong with a case, with all that was seen later, each with what shows it.
    pub(in crate::report) fn findings<'a>(&'a self, case: &'a CaseFinished) -> Vec<Shown<'a>> {
        let own = case.findings.iter().map(|finding| Shown {
            finding,
            transcript: case.transcript.as_ref(),
            seen_in: None,
        });
        let later = self.amendments.iter().filter(|amendment| amendment.case == case.id);
        let later = later.map(|amendment| Shown {
            finding: &amendment.finding,
            transcript: amendment.transcript(self),
            seen_in: Some(&amendment.seen_in),
        });
        own.chain(later).collect()
    }

    /// A case by its id.
    pub(in crate::report) fn case(&self, id: &str) -> Option<&CaseFinished> {
        self.cases.iter().find(|case| case.id == id)
    }

    /// The cases of the list of known failures for which that means this.
    pub(in crate::report) fn known(
        &self,
        meaning: known_failures::Standing,
    ) -> Vec<(&CaseFinished, &KnownFailure)> {
        let known = self.sorted().into_iter().filter_map(|case| Some((case, case.known_failure.as_ref()?)));
        known.filter(|(case, _)| standing(self.verdict(case)) == meaning).collect()
    }

    /// How many cases have a verdict of this word.
    pub(in crate::report) fn count(&self, verdict: Verdict) -> usize {
        self.footer.counts.get(verdict.word()).copied().unwrap_or(0)
    }
}

/// A finding, and what shows it.
#[derive(Debug, Clone, Copy)]
pub(in crate::report) struct Shown<'a> {
    pub(in crate::report) finding: &'a Finding,
    pub(in crate::report) transcript: Option<&'a Transcript>,
    /// The case in whose transcript it was seen, where that is another one.
    pub(in crate::report) seen_in: Option<&'a str>,
}

impl Amendment {
    /// What was done and seen where it was seen, if that was kept.
    pub(in crate::report) fn transcript<'a>(&'a self, record: &'a Record) -> Option<&'a Transcript> {
        let told_before = || {
            let mut same = record.amendments.iter().filter(|other| other.seen_in == self.seen_in);
            same.find_map(|other| other.transcript.as_ref())
        };
        self.transcript
            .as_ref()
            .or_else(|| record.case(&self.seen_in)?.transcript.as_ref())
            .or_else(told_before)
    }
}
