//! Requirements that no case can see broken from outside, each with the reason.

/// A requirement that is not put to the test, and why.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Unobserved {
    /// The requirement.
    pub id: &'static str,
    /// Why it cannot be seen from outside.
    pub reason: &'static str,
}

const DRAINING: &str = "only whoever runs a server can tell it to drain; a client that knows its URL cannot";

/// All of them.
pub static UNOBSERVED: &[Unobserved] = &[
    Unobserved { id: "LIMIT-17", reason: DRAINING },
    Unobserved { id: "LIMIT-19", reason: DRAINING },
    Unobserved {
        id: "SEC-2",
        reason: "it takes two tokens of one user, and where a token's text is the user there is one of each",
    },
    Unobserved { id: "SEC-3", reason: "the logs of a server are not on the wire" },
];
