//! Requirements that no case can see broken from outside, each with the reason.

/// A requirement that is not put to the test, and why.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Unobserved {
    /// The requirement.
    pub id: &'static str,
    /// Why it cannot be seen from outside.
    pub reason: &'static str,
}

const LOGS: &str = "the logs of a server are not on the wire";

/// All of them.
pub static UNOBSERVED: &[Unobserved] = &[
    Unobserved {
        id: "LIMIT-4",
        reason: "a server that is tested may be given short limits for the tests, as the sentence itself allows",
    },
    Unobserved {
        id: "LIMIT-12",
        reason: "a close frame behind all that nobody read may never get through, and looks like one never sent",
    },
    Unobserved { id: "SEC-3", reason: LOGS },
    Unobserved { id: "SEC-4", reason: LOGS },
];
