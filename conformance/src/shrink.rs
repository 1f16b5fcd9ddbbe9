//! Making a failing program smaller, on the live server.
//!
//! A candidate is a program with something less in it; it counts if it fails in the same way: the same property, against
//! the same requirement. Servers are not alone with the program, so chance has a part in whether it fails: how often it
//! does is measured first, and a candidate gets as many tries as it takes to see the failure with 95 % certainty.
//! [`candidates`] says what there is to try; here is the loop.

use std::time::{Duration, Instant};

use futures_util::StreamExt;
use futures_util::stream;

use crate::check::{Finding, Property};
use crate::driver::Stage;
use crate::program::Program;
use crate::record_file::Rate;
use crate::transcript::Transcript;
use crate::trial::{self, Ground, TrialOutcome};

pub mod candidates;

use candidates::Pass;

/// How often a program is played to see how often it fails.
const MEASURED: usize = 20;
/// A program that fails at least so often, in a hundred tries, is reliable.
const RELIABLE_PERCENT: usize = 90;
/// The most tries that a candidate gets.
const MOST_TRIES: usize = 30;
/// 19 of 20 are 95 %: what binary fractions add to a quotient must not make that two tries.
const ROUNDING: f64 = 1e-9;

/// By what a failure is recognised.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct Signature {
    /// The property that does not hold.
    pub property: Property,
    /// The requirement that it breaks.
    pub requirement: String,
}

impl Signature {
    /// That of a finding.
    #[must_use]
    pub fn of(finding: &Finding) -> Self {
        Self { property: finding.property, requirement: finding.requirement.clone() }
    }
}

/// What making one program smaller may cost.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Budget {
    /// How many tries; 0: it is left as it is.
    pub tries: usize,
    /// For how long; what is under way then is still awaited.
    pub time: Duration,
}

impl Default for Budget {
    fn default() -> Self {
        Self { tries: 600, time: Duration::from_secs(20) }
    }
}

/// Where programs are made smaller.
#[derive(Debug)]
pub struct Lab<'a> {
    /// Where they are tried.
    pub ground: &'a Ground<'a>,
    /// The subject.
    pub stage: Stage<'a>,
    /// The requirement that what no check names is held against.
    pub requirement: &'a str,
    /// How many tries are under way at the same time.
    pub jobs: usize,
    /// What it may cost.
    pub budget: Budget,
}

/// A program with a try of it that failed.
#[derive(Debug, Clone)]
pub struct Specimen {
    /// What was done and seen, the program included.
    pub transcript: Transcript,
    /// What was wrong, that which the program was kept for first.
    pub findings: Vec<Finding>,
    /// How often it fails.
    pub rate: Rate,
}

/// What has come of it.
#[derive(Debug)]
pub struct Shrunk {
    /// The smallest program that fails; none where the failure never came back.
    pub smallest: Option<Specimen>,
    /// The smallest one that fails nearly always, where the smallest does not.
    pub reliable: Option<Specimen>,
    /// How many tries it took.
    pub tries: usize,
}

/// A failing try of a program.
type Failing = (Transcript, Vec<Finding>);

/// A search under way.
struct Hunt<'a> {
    lab: &'a Lab<'a>,
    signature: &'a Signature,
    until: Instant,
    tries: usize,
    unreachable: bool,
}

impl Lab<'_> {
    /// Makes a program smaller for as long as it fails in the same way. Numbers for names are taken from `number` on.
    pub async fn shrink(&self, program: &Program, signature: &Signature, number: &mut usize) -> Shrunk {
        let until = Instant::now() + self.budget.time;
        let mut hunt = Hunt { lab: self, signature, until, tries: 0, unreachable: false };
        let (rate, failing) = hunt.measure(program, number).await;
        let Some(mut best) = failing else {
            return Shrunk { smallest: None, reliable: None, tries: hunt.tries };
        };
        let mut chance = rate;
        // What does not come is known by now, and need not be waited for as long as at first.
        self.stage.pace.hasten(true);
        let mut accepted = vec![program.clone()];
        let mut progress = true;
        while progress && !hunt.is_over() {
            progress = false;
            for pass in Pass::ALL {
                while let Some((smaller, failing)) = hunt.step(&best.0.program, pass, chance, number).await {
                    best = failing;
                    accepted.push(smaller);
                    progress = true;
                    if hunt.is_over() {
                        break;
                    }
                }
            }
            // A smaller program may fail more or less often than the one before it.
            if progress && chance.failed < chance.tries && !hunt.is_over() {
                let (rate, _) = hunt.measure(&best.0.program, number).await;
                chance = if rate.failed > 0 { rate } else { chance };
            }
        }
        self.stage.pace.hasten(false);
        let smallest = hunt.specimen(best, number).await;
        let reliable = if is_reliable(smallest.rate) { None } else { hunt.reliable(&accepted, number).await };
        Shrunk { smallest: Some(smallest), reliable, tries: hunt.tries }
    }
}

impl Hunt<'_> {
    fn is_over(&self) -> bool {
        self.unreachable || self.tries >= self.lab.budget.tries || Instant::now() >= self.until
    }

    /// Plays a program so often that its rate of failing can be told.
    async fn measure(&mut self, program: &Program, number: &mut usize) -> (Rate, Option<Failing>) {
        let name = take(number);
        let tries =
            stream::iter((0..MEASURED).map(|attempt| self.lab.fails(program, name, attempt, self.signature)));
        let outcomes: Vec<Result<Option<Failing>, ()>> = tries.buffered(self.lab.jobs.max(1)).collect().await;
        self.tries += MEASURED;
        self.unreachable |= outcomes.iter().any(Result::is_err);
        let mut failing: Vec<Failing> =
            outcomes.into_iter().filter_map(|outcome| outcome.ok().flatten()).collect();
        (Rate { failed: failing.len(), tries: MEASURED }, failing.pop())
    }

    /// Finds the first candidate of a pass that fails, several at the same time.
    async fn step(
        &mut self,
        program: &Program,
        pass: Pass,
        chance: Rate,
        number: &mut usize,
    ) -> Option<(Program, Failing)> {
        let needed = tries_for(chance);
        let side_by_side = (self.lab.jobs / needed).max(1);
        let candidates = candidates::of(program, pass);
        for group in candidates.chunks(side_by_side) {
            if self.is_over() {
                return None;
            }
            let base = *number;
            *number += group.len();
            let all = group.iter().enumerate();
            let tries = all.flat_map(|(place, candidate)| {
                (0..needed).map(move |attempt| (place, base + place, attempt, candidate))
            });
            let lab = self.lab;
            let signature = self.signature;
            let mut outcomes = stream::iter(tries.map(|(place, name, attempt, candidate)| async move {
                (place, lab.fails(candidate, name, attempt, signature).await)
            }))
            .buffered(lab.jobs.max(1));
            let mut found = None;
            while let Some((place, outcome)) = outcomes.next().await {
                self.tries += 1;
                match outcome {
                    Ok(Some(failing)) => {
                        found = Some((group[place].clone(), failing));
                        // The others of the group are as good or worse, and are left.
                        break;
                    }
                    Ok(None) => {}
                    Err(()) => self.unreachable = true,
                }
            }
            if found.is_some() {
                return found;
            }
        }
        None
    }

    /// The smallest accepted program that fails nearly always.
    async fn reliable(&mut self, accepted: &[Program], number: &mut usize) -> Option<Specimen> {
        for program in accepted.iter().rev().skip(1) {
            if self.is_over() {
                return None;
            }
            let (rate, failing) = self.measure(program, number).await;
            if is_reliable(rate)
                && let Some((transcript, findings)) = failing
            {
                return Some(Specimen { transcript, findings, rate });
            }
        }
        None
    }

    async fn specimen(&mut self, (transcript, findings): Failing, number: &mut usize) -> Specimen {
        let program = transcript.program.clone();
        let (rate, failing) = self.measure(&program, number).await;
        let (transcript, findings) = failing.unwrap_or((transcript, findings));
        Specimen { transcript, findings, rate }
    }
}

impl Lab<'_> {
    /// Plays a program once, and gives the try if it failed in the same way; an error where the subject is not there.
    async fn fails(
        &self,
        program: &Program,
        number: usize,
        attempt: usize,
        signature: &Signature,
    ) -> Result<Option<Failing>, ()> {
        // A try that could not be judged is tried again with the next numbers.
        let first = attempt * 100;
        let trial = trial::hold(self.ground, self.stage, (number, first), program, self.requirement).await;
        match trial.outcome {
            TrialOutcome::Judged(judgement, transcript) => {
                let mut findings = judgement.findings;
                findings.retain(|finding| finding.origin.is_none());
                let Some(place) = findings.iter().position(|finding| Signature::of(finding) == *signature)
                else {
                    return Ok(None);
                };
                findings[..=place].rotate_right(1);
                Ok(Some((*transcript, findings)))
            }
            TrialOutcome::Unjudged(_) => Ok(None),
            TrialOutcome::Unreachable(_) => Err(()),
        }
    }
}

fn take(number: &mut usize) -> usize {
    *number += 1;
    *number - 1
}

fn is_reliable(rate: Rate) -> bool {
    rate.failed * 100 >= rate.tries * RELIABLE_PERCENT
}

/// How many tries show a failure of this rate with 95 % certainty: `ln 0.05 / ln (1 - p)`, rounded up.
#[expect(clippy::cast_precision_loss, reason = "counts of tries are small")]
#[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "the quotient is clamped before")]
fn tries_for(rate: Rate) -> usize {
    if rate.failed >= rate.tries {
        return 1;
    }
    let chance = rate.failed.max(1) as f64 / rate.tries as f64;
    (0.05_f64.ln() / (1.0 - chance).ln() - ROUNDING).ceil().clamp(1.0, MOST_TRIES as f64) as usize
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_rarer_a_failure_the_more_tries_a_candidate_gets() {
        let tries = |failed| tries_for(Rate { failed, tries: 20 });
        assert_eq!([20, 19, 10, 5, 1].map(tries), [1, 1, 5, 11, 30]);
    }
}
