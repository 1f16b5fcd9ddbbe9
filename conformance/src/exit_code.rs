//! What the process says of a run by its exit code.

use std::process::ExitCode;

/// The exit codes, in the order in which they are told where several hold.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Exit {
    /// 2: a bad flag, or a pattern that matches nothing.
    Usage,
    /// 5: the runner's own fault.
    Internal,
    /// 4: the subject could not be reached, or went away and did not come back.
    Unreachable,
    /// 1: violations.
    Violations,
    /// 3: nothing failed, but something that counts could not be judged, or nothing was run.
    Incomplete,
    /// 0: the subject conforms.
    Conforms,
}

impl Exit {
    /// The one with this number; what no version of this program gives is its own fault.
    #[must_use]
    pub fn of_code(code: u8) -> Self {
        let all = [Self::Conforms, Self::Violations, Self::Usage, Self::Incomplete, Self::Unreachable];
        all.into_iter().find(|exit| exit.code() == code).unwrap_or(Self::Internal)
    }

    /// The number.
    #[must_use]
    pub fn code(self) -> u8 {
        match self {
            Self::Conforms => 0,
            Self::Violations => 1,
            Self::Usage => 2,
            Self::Incomplete => 3,
            Self::Unreachable => 4,
            Self::Internal => 5,
        }
    }
}

impl From<Exit> for ExitCode {
    fn from(exit: Exit) -> Self {
        Self::from(exit.code())
    }
}
