//! A frame that is refused, and the error frame that says so.

use std::borrow::Cow;
use std::fmt;
use std::time::Duration;

use crate::code::Reason;
use crate::fault::Fault;
use crate::id::{RequestId, RequestIdRef, Topic};
use crate::server::{ErrorFrame, ServerFrame};

/// Why a frame is refused, with all that its error frame repeats of it.
///
/// [`Refusal::frame`] is the one way from any fault to the wire.
///
/// ```
/// use roomwire_protocol::{Refusal, code::Reason};
/// let refusal = Refusal::new(2, Reason::RateLimited).retry_after(std::time::Duration::from_secs(1));
/// assert_eq!(
///     refusal.frame().encode(),
///     r#"{"type":2,"code":429,"data":"{\"reason\":\"rate_limited\",\"retryAfterMs\":1000}"}"#,
/// );
/// ```
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Refusal {
    type_number: i64,
    id: Option<RequestId>,
    topic: Option<Topic>,
    reason: Reason,
    cause: Option<Cause>,
    retry_after_ms: Option<u64>,
}

/// Boxed, so that a `Result` with a refusal stays small.
#[derive(Clone, Debug, PartialEq, Eq)]
enum Cause {
    Fault(Box<Fault>),
    Words(Box<str>),
}

impl Refusal {
    /// Refuses a frame of this type, which is 0 where it has none.
    ///
    /// Where there is an [`Envelope`](crate::Envelope), its `refuse` fills in id and topic, too.
    #[must_use]
    pub fn new(type_number: i64, reason: Reason) -> Self {
        Self { type_number, id: None, topic: None, reason, cause: None, retry_after_ms: None }
    }

    /// The same, with the id of the request.
    #[must_use]
    pub fn with_id(mut self, id: Option<RequestIdRef<'_>>) -> Self {
        self.id = id.map(|id| id.to_shared());
        self
    }

    /// The same, about a topic.
    #[must_use]
    pub fn in_topic(mut self, topic: Option<Topic>) -> Self {
        self.topic = topic;
        self
    }

    /// The same, with a sentence for whoever reads the error. It must not quote a token.
    #[must_use]
    pub fn because(mut self, message: impl Into<Cow<'static, str>>) -> Self {
        self.cause = Some(Cause::Words(message.into().into()));
        self
    }

    /// The same, with the time after which another try makes sense.
    #[must_use]
    pub fn retry_after(mut self, wait: Duration) -> Self {
        self.retry_after_ms = Some(u64::try_from(wait.as_millis()).unwrap_or(u64::MAX));
        self
    }

    pub(crate) fn with_fault(mut self, fault: Fault) -> Self {
        self.cause = Some(Cause::Fault(Box::new(fault)));
        self
    }

    /// Why, in the wire's word.
    #[must_use]
    pub fn reason(&self) -> Reason {
        self.reason
    }

    /// What exactly is wrong, where the frame could not be read.
    #[must_use]
    pub fn fault(&self) -> Option<&Fault> {
        match &self.cause {
            Some(Cause::Fault(fault)) => Some(fault),
            _ => None,
        }
    }

    /// The `type` of the frame, 0 where it has none.
    #[must_use]
    pub fn type_number(&self) -> i64 {
        self.type_number
    }

    /// The id of the request, where it has a valid one.
    #[must_use]
    pub fn id(&self) -> Option<&RequestId> {
        self.id.as_ref()
    }

    /// The topic that the payLoad named.
    #[must_use]
    pub fn topic(&self) -> Option<&Topic> {
        self.topic.as_ref()
    }

    /// The error frame that answers the request.
    #[must_use]
    pub fn frame(&self) -> ServerFrame<'static> {
        let mut frame = ErrorFrame::new(self.type_number, self.reason);
        frame.id.clone_from(&self.id);
        frame.topic.clone_from(&self.topic);
        frame.data.message = self.cause.as_ref().map(ToString::to_string);
        frame.data.retry_after_ms = self.retry_after_ms.or(frame.data.retry_after_ms);
        ServerFrame::Error(frame)
    }
}

impl fmt::Display for Cause {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Fault(fault) => fault.fmt(f),
            Self::Words(words) => f.write_str(words),
        }
    }
}

impl fmt::Display for Refusal {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} {}", self.reason.code(), self.reason)?;
        match &self.cause {
            Some(cause) => write!(f, ": {cause}"),
            None => Ok(()),
        }
    }
}

impl std::error::Error for Refusal {}
