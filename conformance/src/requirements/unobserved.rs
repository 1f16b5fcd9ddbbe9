//! Requirements that no case can see broken from outside, each with the reason.

/// A requirement that is not put to the test, and why.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Unobserved {
    /// The requirement.
    pub id: &'static str,
    /// Why it cannot be seen from outside.
    pub reason: &'static str,
}

/// All of them.
pub static UNOBSERVED: &[Unobserved] = &[];
