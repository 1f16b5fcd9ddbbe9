//! The last cases of a run: those in which the subject is told to end.
//!
//! All others are over then, the bystander and the generated programs included, so that nobody suffers. That it ends is
//! what these cases ask for, and is not held against it; what it does until then is.

use super::{Court, Outcome, Tally};
use crate::case::Demand;
use crate::client::Target;
use crate::event::Event;
use crate::plan::Fate;
use crate::subject::Subject;
use crate::verdict::Verdict;

/// How often such a case is played at most until it can be judged: each time takes a server of its own.
const MOST_TRIES: usize = 3;

/// Why such a case is not played where there is only a URL.
pub(super) const NOT_OURS: &str = "it tells the server to end, and only whoever runs a server may: give the command that starts it, behind --";

impl Court<'_> {
    /// Whether a case tells the subject to end.
    pub(super) fn is_last(&self, index: usize) -> bool {
        self.cases.get(index).is_some_and(|case| case.demand == Demand::Last)
    }

    /// Plays the cases that tell the subject to end, one by one. Each begins with one that is up, and the last of them
    /// leaves it ended.
    pub(super) async fn see_out(
        &self,
        subject: &mut Subject,
        target: &mut Target,
        tally: &mut Tally,
        report: &mut dyn FnMut(&Event),
    ) {
        if tally.reason.is_some() {
            return;
        }
        let mut is_up = true;
        for index in (0..self.cases.len()).filter(|index| self.is_last(*index)) {
            let runs = self.fate(index) == Fate::Run && self.too_many_connections(index).is_none();
            if !runs || (self.settings.fail_fast && tally.has_failed()) {
                continue;
            }
            report(&Event::CaseStarted { id: self.cases[index].id.into() });
            match self.end(index, &mut is_up, subject, target).await {
                Ok(mut outcome) => {
                    let astray = outcome.take_astray();
                    self.tell(outcome, tally, report);
                    self.amend(astray, tally, report);
                }
                Err(why) => self.set_aside(index, Verdict::Inconclusive, why, tally, report),
            }
        }
    }

    /// Plays one until it can be judged.
    async fn end(
        &self,
        index: usize,
        is_up: &mut bool,
        subject: &mut Subject,
        target: &mut Target,
    ) -> Result<Outcome, String> {
        let mut last = Err("the subject was not there".to_owned());
        for attempt in 0..MOST_TRIES {
            if !*is_up && let Err(why) = subject.revive(target).await {
                return last.map_err(|last| format!("{last}: {why}"));
            }
            *is_up = false;
            let ending = subject.ending();
            let mut outcome = self.play_case(index, (attempt, ending.as_ref()), target).await;
            outcome.finished.tries = attempt + 1;
            if outcome.finished.verdict != Verdict::Inconclusive {
                return Ok(outcome);
            }
            last = Ok(outcome);
        }
        last
    }
}
