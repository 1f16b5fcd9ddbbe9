//! Playing cases: side by side, each until something can be said of it.

use std::panic::AssertUnwindSafe;

use futures_util::FutureExt;
use futures_util::stream::{FuturesUnordered, StreamExt};

use super::doubts::Doubts;
use super::{Court, Outcome, Tally};
use crate::client::Target;
use crate::driver::Stage;
use crate::event::Event;
use crate::subject::{Ending, Subject};
use crate::trial::{self, Ground, TrialOutcome};
use crate::verdict::Verdict;

impl Court<'_> {
    /// Plays cases side by side until all are done, or until one shows that the subject is gone. Gives what
    /// came of them that is not told yet, and the cases that were not begun.
    pub(super) async fn play_batch(
        &self,
        batch: &[usize],
        target: &Target,
        subject: &mut Subject,
        tally: &mut Tally,
        report: &mut dyn FnMut(&Event),
    ) -> (Vec<Outcome>, Vec<usize>) {
        let mut next = batch.iter().copied().peekable();
        let mut connections = 0;
        let mut jobs = 0;
        let mut under_way = FuturesUnordered::new();
        let mut doubts = Doubts::default();
        let mut begun = 0;
        let mut stop = false;
        loop {
            loop {
                let begins = |index: &usize| {
                    !stop && self.has_hands(jobs, *index) && self.has_room(connections, *index)
                };
                let Some(index) = next.next_if(begins) else { break };
                if let Some(case) = self.cases.get(index) {
                    report(&Event::CaseStarted { id: case.id.into() });
                } else if self.search.is_some_and(|search| search.is_over(index - self.cases.len())) {
                    continue;
                }
                connections += self.connections(index);
                jobs += self.hands(index);
                let number = begun;
                under_way
                    .push(self.play_case(index, (0, None), target).map(move |outcome| (number, outcome)));
                begun += 1;
            }
            let Some((number, outcome)) = under_way.next().await else { break };
            connections -= self.connections(outcome.index);
            jobs -= self.hands(outcome.index);
            let passed = outcome.finished.verdict == Verdict::Pass;
            stop |= outcome.unreachable || (!passed && subject.death().is_some());
            let finished = &outcome.finished;
            stop |= self.settings.fail_fast
                && finished.verdict == Verdict::Fail
                && finished.known_failure.is_none();
            let certain = if passed && outcome.astray.is_empty() {
                let mut certain = doubts.dispel(number);
                certain.push(outcome);
                certain
            } else {
                doubts.hold(begun, outcome);
                Vec::new()
            };
            for outcome in certain {
                self.tell(outcome, tally, report);
            }
        }
        (doubts.into_outcomes(), next.collect())
    }

    /// Plays a case, from a try of this number on, with this to tell the subject to end by.
    pub(super) async fn play_case(
        &self,
        index: usize,
        last: (usize, Option<&Ending>),
        target: &Target,
    ) -> Outcome {
        let play = AssertUnwindSafe(self.try_case(index, last, target)).catch_unwind();
        match play.await {
            Ok(mut outcome) => {
                self.compare(&mut outcome, target).await;
                outcome
            }
            Err(panic) => {
                let said = panic.downcast_ref::<&str>().map(ToString::to_string);
                let said = said.or_else(|| panic.downcast_ref::<String>().cloned()).unwrap_or_default();
                let reason = Some(format!("the runner itself failed, which is a bug of its own: {said}"));
                self.outcome(index, Verdict::Error, reason)
            }
        }
    }

    /// Plays a case until a try of it can be judged.
    async fn try_case(
        &self,
        index: usize,
        (first, ending): (usize, Option<&Ending>),
        target: &Target,
    ) -> Outcome {
        let case = self.case(index);
        let stage = Stage { ending, ..Stage::new(target, self.pace, self.known.declared()) };
        let until = (self.bystander == Some(index)).then(|| self.until.clone());
        let ground = Ground { until, ..self.ground() };
        let trial = trial::hold(&ground, stage, (index, first), &case.program, case.requirements[0]).await;
        match trial.outcome {
            TrialOutcome::Judged(mut judgement, mut transcript) => {
                self.mind_acks(&mut transcript, &mut judgement, case.requirements[0]);
                self.conclude(&case, index, (trial.tries, trial.duration), judgement, *transcript)
            }
            TrialOutcome::Unjudged(reason) => self.outcome(index, Verdict::Inconclusive, Some(reason)),
            TrialOutcome::Unreachable(error) => {
                let mut outcome = self.outcome(index, Verdict::Inconclusive, Some(error));
                outcome.unreachable = true;
                outcome
            }
        }
    }
}
