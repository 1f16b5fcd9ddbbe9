//! How a case went, compared with its golden transcript.

use std::sync::Arc;

use super::{Court, Outcome, Tally};
use crate::catalog;
use crate::client::Target;
use crate::driver::{self, Stage};
use crate::event::Event;
use crate::names::{Names, TryId};
use crate::snapshots::{self, Drift, Snapshots, UNSTEADY};

/// How often a case is played again before it is said to have drifted: what differs from try to try anyway is
/// no news, and no golden transcript either.
const MORE_TRIES: usize = 2;
/// The number of the first of those tries, behind all that a trial makes.
const FIRST_TRY: usize = 1000;

impl Court<'_> {
    /// Takes note of where a case, which went like this, has drifted to.
    pub(super) async fn compare(&self, outcome: &mut Outcome, target: &Target) {
        let Some((snapshots, normal)) = self.settings.snapshots.as_ref().zip(outcome.normal.take()) else {
            return;
        };
        let id = self.cases[outcome.index].id;
        if snapshots.agrees(id, &normal) {
            return;
        }
        let mut steady = true;
        for attempt in 0..MORE_TRIES {
            let Some(again) = self.play_again(outcome.index, FIRST_TRY + attempt, target).await else {
                return;
            };
            if snapshots.agrees(id, &again) {
                return;
            }
            steady &= again == normal;
        }
        // What is unsteady gets a snapshot that says so, and is not looked at again.
        let normal = if steady { normal.as_str() } else { UNSTEADY };
        if steady || !snapshots.knows(id) {
            outcome.drift = Some(drift(snapshots, id, normal));
        }
    }

    async fn play_again(&self, index: usize, attempt: usize, target: &Target) -> Option<String> {
        let program = &self.cases[index].program;
        let id = TryId { run: Arc::clone(self.run_id), case: index, attempt };
        let names = Names::new(id, program, &self.settings.users, &self.settings.topic_prefix).ok()?;
        let stage = Stage::new(target, self.pace, self.known.declared());
        let played = driver::play(stage, program, names).await;
        let judged = played.unreachable.is_none() && played.not_now.is_none();
        judged.then(|| snapshots::body(&played.transcript))
    }

    /// Tells of golden transcripts of cases that are no more.
    pub(super) fn tell_obsolete(&self, report: &mut dyn FnMut(&Event)) {
        let Some(snapshots) = &self.settings.snapshots else { return };
        let cases = catalog::cases();
        for id in snapshots.obsolete(|id| cases.iter().any(|case| case.id == id)) {
            let accepted = snapshots.is_update();
            report(&Event::CaseDrifted { id, drift: Drift::Obsolete, diff: String::new(), accepted });
        }
    }
}

/// Tells of a case, and counts it.
pub(super) fn tell(outcome: Outcome, tally: &mut Tally, report: &mut dyn FnMut(&Event)) {
    if let Some(drift) = &outcome.drift {
        tally.drifted |= is_news(drift);
        report(drift);
    }
    tally.settle(outcome.index, &outcome.finished);
    report(&Event::CaseFinished(outcome.finished));
}

fn drift(snapshots: &Snapshots, id: &str, normal: &str) -> Event {
    let (drift, diff) = snapshots.drifted(id, normal);
    Event::CaseDrifted { id: id.into(), drift, diff, accepted: snapshots.is_update() }
}

/// Whether it is another thing than was accepted before. That there is a new case is not.
fn is_news(drift: &Event) -> bool {
    matches!(drift, Event::CaseDrifted { drift: Drift::Changed, accepted: false, .. })
}
