//! Outcomes that are not told yet: a failure may be the subject's last breath, and then it says nothing about
//! the case in which it was seen.

use super::Outcome;

/// Failures that wait until a case that was begun after them has passed, and so shown that the subject lives.
#[derive(Default)]
pub(super) struct Doubts {
    /// Each with the number of cases that had been begun when it came.
    held: Vec<(usize, Outcome)>,
}

impl Doubts {
    /// Holds an outcome back, when so many cases have been begun.
    pub(super) fn hold(&mut self, begun: usize, outcome: Outcome) {
        self.held.push((begun, outcome));
    }

    /// The case of this number has passed: gives the failures that came before it was begun. Those with
    /// findings against other cases stay until the end.
    pub(super) fn dispel(&mut self, number: usize) -> Vec<Outcome> {
        let certain = |(begun, outcome): &mut (usize, Outcome)| *begun <= number && outcome.astray.is_empty();
        self.held.extract_if(.., certain).map(|(_, outcome)| outcome).collect()
    }

    /// What is still held.
    pub(super) fn into_outcomes(self) -> Vec<Outcome> {
        self.held.into_iter().map(|(_, outcome)| outcome).collect()
    }
}
