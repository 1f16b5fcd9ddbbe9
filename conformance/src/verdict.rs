//! From what the checks found to the verdict on a case.

use std::fmt;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::check::{Judgement, Property};
use crate::requirements::{Level, requirement};

/// The verdict on a case.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum Verdict {
    /// What the case is about was seen, and nothing was wrong.
    Pass,
    /// A MUST was broken.
    Fail,
    /// A SHOULD was not followed.
    Warn,
    /// The server does not claim the profile.
    NotApplicable,
    /// What the case is about could not be judged.
    Inconclusive,
    /// The runner itself failed.
    Error,
}

impl Verdict {
    /// All verdicts, in the order in which they are counted.
    pub const ALL: [Self; 6] =
        [Self::Pass, Self::Fail, Self::Warn, Self::NotApplicable, Self::Inconclusive, Self::Error];

    /// Its word, as reports have it.
    #[must_use]
    pub fn word(self) -> &'static str {
        match self {
            Self::Pass => "pass",
            Self::Fail => "fail",
            Self::Warn => "warn",
            Self::NotApplicable => "not-applicable",
            Self::Inconclusive => "inconclusive",
            Self::Error => "error",
        }
    }
}

impl fmt::Display for Verdict {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(self.word())
    }
}

/// The verdict that a judgement of a case about these properties makes, and the reason where it is inconclusive.
#[must_use]
pub fn verdict(about: &[Property], judgement: &Judgement) -> (Verdict, Option<String>) {
    let own = || judgement.findings.iter().filter(|finding| finding.origin.is_none());
    let level = |id: &str| requirement(id).map_or(Level::Must, |requirement| requirement.level);
    if own().any(|finding| level(&finding.requirement) == Level::Must) {
        return (Verdict::Fail, None);
    }
    if own().next().is_some() {
        return (Verdict::Warn, None);
    }
    if judgement.moot.is_some() {
        return (Verdict::NotApplicable, judgement.moot.clone());
    }
    if judgement.focused_judged < judgement.focused {
        let missing = judgement.focused - judgement.focused_judged;
        let reason =
            format!("{missing} of the {} steps that the case is about were not judged", judgement.focused);
        return (Verdict::Inconclusive, Some(reason));
    }
    let exercised = |about: &Property| judgement.exercised.get(about).is_some_and(|times| *times > 0);
    match idle(about, exercised) {
        Some(reason) => (Verdict::Inconclusive, Some(reason)),
        None => (Verdict::Pass, None),
    }
}

/// Why nothing can be said of these properties, where one of them was not exercised.
pub(crate) fn idle(about: &[Property], exercised: impl Fn(&Property) -> bool) -> Option<String> {
    let property = about.iter().find(|about| !exercised(about))?;
    Some(format!("nothing put the property {property:?} to the test"))
}
