//! A case: a program, and the requirements that it puts to the test.

use std::collections::BTreeSet;

use crate::check::Property;
use crate::program::Program;
use crate::requirements::{Level, Requirement, requirement};

/// What a case needs of the limits that a server declares, for there to be anything to see.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Condition {
    /// `limits.presenceGraceMs` is not 0.
    Grace,
    /// `limits.rosterMax` is below so many users.
    RosterBelow(usize),
    /// It knows its users, whose tokens the run was given: a server that takes any token has no unknown ones.
    KnownUsers,
    /// Of one of the users that it knows the run was given two tokens.
    TwoTokens,
}

/// One scripted case.
#[derive(Debug, Clone)]
pub struct Case {
    /// Its path in the catalog: `rooms/join-twice-is-idempotent`. Never a position, never used again.
    pub id: &'static str,
    /// What it shows, in one sentence.
    pub title: &'static str,
    /// The requirements that it proves; the first is the one that what goes wrong is held against.
    pub requirements: &'static [&'static str],
    /// Profiles that it needs besides those of its requirements.
    pub needs: Vec<&'static str>,
    /// Profiles that a server must not claim for it to apply.
    pub without: Vec<&'static str>,
    /// What the limits that a server declares must allow for it to apply.
    pub conditions: Vec<Condition>,
    /// Properties that must have been exercised, besides the steps that the program is about.
    pub about: Vec<Property>,
    /// What it asks of the server and of the machine.
    pub demand: Demand,
    /// What it does.
    pub program: Program,
}

/// What a case asks of the server and of the machine.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub enum Demand {
    /// No more than what it shares with others.
    #[default]
    Light,
    /// The server to itself: it is played when all others are done.
    Alone,
    /// To be there beside all others, from the first to the last.
    Throughout,
    /// The server to itself, and its end: it is played last of all, where the runner may tell the server to end.
    Last,
    /// The server to itself, and more time than a daily run has: it is played where that is asked for.
    Heavy,
}

impl Case {
    /// The requirement that it is first of all about.
    ///
    /// # Panics
    /// Where the case cites none that exists, which a test of the catalog rules out.
    #[must_use]
    pub fn requirement(&self) -> &'static Requirement {
        requirement(self.requirements[0])
            .unwrap_or_else(|| panic!("{} cites a requirement that is not there", self.id))
    }

    /// Its level: that of its first requirement.
    #[must_use]
    pub fn level(&self) -> Level {
        self.requirement().level
    }

    /// All profiles that a server must claim for it to apply: those of its requirements, and those that it says
    /// it needs.
    #[must_use]
    pub fn profiles(&self) -> BTreeSet<&'static str> {
        let cited = self.requirements.iter().filter_map(|id| requirement(id));
        cited.map(|requirement| requirement.profile).chain(self.needs.iter().copied()).collect()
    }

    /// The profile that it is first of all about.
    #[must_use]
    pub fn profile(&self) -> &'static str {
        self.requirement().profile
    }
}
