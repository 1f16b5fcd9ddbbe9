//! What came of a case: its verdict, what is told of it, and whom findings are held against.

use std::collections::HashSet;
use std::time::Duration;

use super::{Court, Search, Tally, millis};
use crate::case::Case;
use crate::check::{Finding, Judgement, Property};
use crate::event::{CaseFinished, Event};
use crate::snapshots;
use crate::transcript::Transcript;
use crate::verdict::{self, Verdict};

/// A finding in one case that another one has caused.
pub(super) struct Stray {
    pub(super) seen_in: usize,
    pub(super) finding: Finding,
    pub(super) transcript: Option<Transcript>,
}

/// What came of a case.
pub(super) struct Outcome {
    pub(super) index: usize,
    pub(super) finished: CaseFinished,
    /// The subject took no connection: the verdict says nothing.
    pub(super) unreachable: bool,
    /// The subject died of it.
    pub(super) killed: bool,
    /// Findings that other cases have caused.
    pub(super) astray: Vec<Finding>,
    /// What shows those, where `finished` does not have it.
    pub(super) shown_by: Option<Transcript>,
    /// The properties that were put to the test.
    pub(super) exercised: Vec<Property>,
    /// How it went, where that is compared with a golden transcript.
    pub(super) normal: Option<String>,
    /// How it differs from that.
    pub(super) drift: Option<Event>,
}

impl Outcome {
    /// The findings that other cases have caused; what shows them comes with the first one.
    pub(super) fn take_astray(&mut self) -> Vec<Stray> {
        let seen_in = self.index;
        let mut shown_by = self.shown_by.take();
        let astray = std::mem::take(&mut self.astray).into_iter();
        astray.map(|finding| Stray { seen_in, finding, transcript: shown_by.take() }).collect()
    }
}

impl Court<'_> {
    pub(super) fn conclude(
        &self,
        case: &Case,
        index: usize,
        (tries, duration): (usize, Duration),
        mut judgement: Judgement,
        transcript: Transcript,
    ) -> Outcome {
        // What comes from no case of the run is nobody's but that of the case which saw it.
        for finding in &mut judgement.findings {
            finding.origin = finding.origin.filter(|origin| self.result_of(*origin).is_some());
        }
        // What one generated program does not put to the test, others do: that is for their kind as a whole to show.
        let about = if index < self.cases.len() { &case.about[..] } else { &[] };
        let (verdict, reason) = verdict::verdict(about, &judgement);
        let mut outcome = self.outcome(index, verdict, reason);
        let exercised = judgement.exercised.iter().filter(|(_, times)| **times > 0);
        outcome.exercised = exercised.map(|(property, _)| *property).collect();
        // How far a server that is told to end gets with what is asked of it, differs from try to try.
        if self.settings.snapshots.is_some()
            && index < self.cases.len()
            && !self.is_last(index)
            && matches!(verdict, Verdict::Pass | Verdict::Warn)
        {
            outcome.normal = Some(snapshots::body(&transcript));
        }
        let (astray, own): (Vec<_>, _) =
            judgement.findings.into_iter().partition(|finding| finding.origin.is_some());
        outcome.shown_by = (verdict == Verdict::Pass && !astray.is_empty()).then(|| transcript.clone());
        outcome.astray = astray;
        outcome.finished.findings = own;
        outcome.finished.tries = tries;
        outcome.finished.duration_ms = millis(duration);
        let is_of_interest = !matches!(verdict, Verdict::Pass | Verdict::NotApplicable);
        outcome.finished.transcript = is_of_interest.then_some(transcript);
        outcome
    }

    pub(super) fn outcome(&self, index: usize, verdict: Verdict, reason: Option<String>) -> Outcome {
        let facts = Self::facts(&self.label(index));
        let known_failure = self.settings.known_failures.get(&facts.id).cloned();
        let finished = CaseFinished { verdict, known_failure, reason, ..facts };
        Outcome {
            index,
            finished,
            unreachable: false,
            killed: false,
            astray: Vec::new(),
            shown_by: None,
            exercised: Vec::new(),
            normal: None,
            drift: None,
        }
    }

    /// What is told of a case whatever comes of it.
    pub(super) fn facts(case: &Case) -> CaseFinished {
        CaseFinished {
            id: case.id.into(),
            title: case.title.into(),
            level: case.level(),
            profile: case.profile().into(),
            requirements: case.requirements.iter().map(ToString::to_string).collect(),
            verdict: Verdict::Inconclusive,
            known_failure: None,
            reason: None,
            findings: Vec::new(),
            tries: 1,
            duration_ms: 0,
            programs: None,
            rate: None,
            saved: Vec::new(),
            transcript: None,
        }
    }

    pub(super) fn set_aside(
        &self,
        index: usize,
        verdict: Verdict,
        why: String,
        tally: &mut Tally,
        report: &mut dyn FnMut(&Event),
    ) {
        let mut finished = self.outcome(index, verdict, Some(why)).finished;
        finished.tries = 0;
        tally.settle(index, &finished);
        report(&Event::CaseFinished(finished));
    }

    /// The subject died while this case alone was played.
    pub(super) fn blame(outcome: &mut Outcome, death: String) {
        outcome.killed = true;
        outcome.finished.verdict = Verdict::Fail;
        outcome.finished.reason = None;
        outcome.finished.findings.insert(
            0,
            Finding {
                property: Property::Ending,
                requirement: outcome.finished.requirements[0].clone(),
                expected: "the server goes on after this case, which was played alone".into(),
                got: death,
                evidence: Vec::new(),
                by_clock: false,
                origin: None,
            },
        );
    }

    /// Where the verdict on the case of this number stands in a tally, if there was such a case.
    fn result_of(&self, index: usize) -> Option<usize> {
        if index < self.cases.len() {
            return Some(index);
        }
        let number = index - self.cases.len();
        self.search.filter(|search| search.has_run(number)).map(|search| Search::result(search.kind(number)))
    }

    /// Frames that went astray count against the cases that they came from.
    pub(super) fn amend(&self, astray: Vec<Stray>, tally: &mut Tally, report: &mut dyn FnMut(&Event)) {
        // Of all that one case made another one hear, the first is enough.
        let mut told: HashSet<(usize, usize, String)> = HashSet::new();
        for Stray { seen_in, finding, transcript } in astray {
            let Some((origin, result)) = finding.origin.and_then(|of| Some((of, self.result_of(of)?))) else {
                continue;
            };
            if !told.insert((result, seen_in, finding.requirement.clone())) {
                continue;
            }
            tally.results.insert(result, Verdict::Fail);
            report(&Event::CaseAmended {
                id: self.label(origin).id.into(),
                verdict: Verdict::Fail,
                finding,
                seen_in: self.label(seen_in).id.into(),
                transcript,
            });
        }
    }
}
