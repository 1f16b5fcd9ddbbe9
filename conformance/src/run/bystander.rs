//! The bystander of a run: one case that stands beside all others, in rooms of its own.
//!
//! What strays to it, early or late, is held against the case that its marks and names lead back to. Other cases see
//! what strays while they last; it sees what comes when its case is long over.

use std::sync::atomic::Ordering;

use super::{Court, Outcome, Tally};
use crate::case::Demand;
use crate::event::Event;
use crate::names::Users;
use crate::plan::{self, Fate};
use crate::verdict::Verdict;

impl Court<'_> {
    /// The case that stands by, if one was selected and there is room for it.
    pub(super) fn find_bystander(&self) -> Option<usize> {
        let index = self.cases.iter().position(|case| case.demand == Demand::Throughout)?;
        let runs = self.fate(index) == Fate::Run && self.leaves_rooms_alone() && self.has_place(index);
        runs.then_some(index)
    }

    /// How many connections it takes of those that there may be.
    pub(super) fn connections_of_bystander(&self) -> usize {
        self.bystander.map_or(0, |index| plan::connections(&self.cases[index]))
    }

    /// Whether a case that is to stand by has no connection for it. One whose rooms would be in the way of cases about
    /// all rooms of a user, whom it shares with them, is played by itself when all others are done.
    pub(super) fn is_crowded_out(&self, index: usize) -> bool {
        self.cases[index].demand == Demand::Throughout && self.leaves_rooms_alone()
    }

    /// Whether its rooms are in nobody's way.
    fn leaves_rooms_alone(&self) -> bool {
        let shares_users = matches!(self.settings.users, Users::Known(_));
        !(shares_users && self.cases.iter().any(plan::is_about_all_topics_of_a_user))
    }

    /// Whether each of the others that can be played at all can be played beside it.
    fn has_place(&self, index: usize) -> bool {
        let Some(most) = self.settings.max_connections else { return true };
        let others = self.cases.iter().filter(|case| case.demand != Demand::Throughout);
        let widest = others.map(plan::connections).filter(|needed| *needed <= most).max().unwrap_or(0);
        widest.max(1) + plan::connections(&self.cases[index]) <= most
    }

    /// Tells what came of it, and what it has seen of others.
    pub(super) fn tell_bystander(
        &self,
        mut outcome: Outcome,
        tally: &mut Tally,
        report: &mut dyn FnMut(&Event),
    ) {
        let gone = self.went_away.load(Ordering::Relaxed) || tally.reason.is_some();
        if gone && outcome.finished.verdict != Verdict::Pass {
            outcome.finished.verdict = Verdict::Inconclusive;
            outcome.finished.reason = Some("the subject went away while it stood by".into());
            outcome.finished.findings.clear();
        }
        let astray = outcome.take_astray();
        self.tell(outcome, tally, report);
        self.amend(astray, tally, report);
    }
}
