//! What exactly is wrong with a text: which member, what it should be, and what it is.

use std::borrow::Cow;
use std::fmt;

/// One fault in what was received.
///
/// It names the member, the expectation and what was found, and never quotes a string that was sent: it may be
/// a token.
///
/// ```
/// use roomwire_protocol::Envelope;
/// let refusal = Envelope::decode(r#"{"token":"t","type":"1","payLoad":""}"#).unwrap_err();
/// let fault = refusal.fault().unwrap();
/// assert_eq!(fault.member(), "type");
/// assert_eq!(fault.to_string(), "type: expected an integer, found a string");
/// ```
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{}: expected {expected}, found {found}", Path { path, name })]
pub struct Fault {
    path: &'static str,
    name: &'static str,
    expected: &'static str,
    found: Cow<'static, str>,
}

impl Fault {
    pub(crate) fn new(
        path: &'static str,
        name: &'static str,
        expected: &'static str,
        found: impl Into<Cow<'static, str>>,
    ) -> Self {
        Self { path, name, expected, found: found.into() }
    }

    /// The member, with the way to it: `payLoad.chatInfo.user`. Empty where the frame as a whole is meant.
    #[must_use]
    pub fn member(&self) -> String {
        match (self.path, self.name) {
            ("", name) => name.to_owned(),
            (path, "") => path.to_owned(),
            (path, name) => format!("{path}.{name}"),
        }
    }

    /// What was expected, in words.
    #[must_use]
    pub fn expected(&self) -> &str {
        self.expected
    }

    /// What was found, in words.
    #[must_use]
    pub fn found(&self) -> &str {
        &self.found
    }
}

struct Path<'a> {
    path: &'a str,
    name: &'a str,
}

impl fmt::Display for Path<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match (self.path, self.name) {
            ("", "") => f.write_str("the frame"),
            ("", only) | (only, "") => f.write_str(only),
            (path, name) => write!(f, "{path}.{name}"),
        }
    }
}
