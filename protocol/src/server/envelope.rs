//! Stage one for clients: the envelope around every server frame.

use std::borrow::Cow;

use serde::de::DeserializeOwned;

use super::{Delivery, ErrorFrame, ServerFrame};
use crate::code::{FrameKind, is_error};
use crate::codec::{Found, Raw, Read, from_object, object};
use crate::fault::Fault;
use crate::id::{RequestIdRef, Seq, Timestamp, TopicRef};
use crate::json_string::RawString;

/// A server frame's envelope, borrowed from the text (ENV-8). Members that nobody knows are passed over
/// (GROW-3).
///
/// ```
/// use roomwire_protocol::{ServerEnvelope, ServerFrame};
/// let envelope = ServerEnvelope::decode(r#"{"type":1,"code":100,"data":"","id":"a"}"#).unwrap();
/// let frame = envelope.frame().unwrap();
/// assert!(matches!(frame, Some(ServerFrame::HeartbeatAck { id: Some(id) }) if id == "a"));
///
/// // A pair that this version does not know is no fault: it is passed over.
/// let later = ServerEnvelope::decode(r#"{"type":9,"code":299,"data":"{}"}"#).unwrap();
/// assert_eq!(later.frame(), Ok(None));
/// ```
#[derive(Clone, Debug)]
#[non_exhaustive]
pub struct ServerEnvelope<'a> {
    /// What the frame is about, known or not.
    pub type_number: i64,
    /// What happened, known or not.
    pub code: i64,
    /// JSON in a string, or an empty string.
    pub data: RawString<'a>,
    /// The id of the request that it answers.
    pub id: Option<RequestIdRef<'a>>,
    /// On a delivery and on errors: the topic.
    pub topic: Option<TopicRef<'a>>,
    /// On a delivery: its place in the topic's order.
    pub seq: Option<Seq>,
    /// On a delivery: when the server took it.
    pub at: Option<Timestamp>,
}

impl<'a> ServerEnvelope<'a> {
    /// Reads an envelope.
    ///
    /// # Errors
    /// A [`Fault`] about the first member that is not as it should be.
    pub fn decode(text: &'a str) -> Result<Self, Fault> {
        let [type_number, code, data, id, topic, seq, at] =
            object(text, "", ["type", "code", "data", "id", "topic", "seq", "at"])?;
        Ok(Self {
            type_number: type_number.required()?,
            code: code.required()?,
            data: data.required()?,
            id: id.optional()?,
            topic: topic.optional()?,
            seq: seq.optional()?,
            at: at.optional()?,
        })
    }

    /// Stage two: the frame; `None` where this version does not know the pair, which a client then ignores.
    ///
    /// # Errors
    /// A [`Fault`] where the frame lacks what its pair needs.
    pub fn frame(&self) -> Result<Option<ServerFrame<'_>>, Fault> {
        let id = self.id.as_ref().map(RequestIdRef::to_shared);
        let kind = match FrameKind::from_pair(self.type_number, self.code) {
            Some(kind) => kind,
            None if is_error(self.code) => return self.error().map(|error| Some(ServerFrame::Error(error))),
            None => return Ok(None),
        };
        Ok(Some(match kind {
            FrameKind::HeartbeatAck => ServerFrame::HeartbeatAck { id },
            FrameKind::Delivery => ServerFrame::Delivery(self.delivery()?),
            FrameKind::Joined => ServerFrame::Joined { id, data: self.data()? },
            FrameKind::NoticeAccepted => ServerFrame::NoticeAccepted { id, data: self.data()? },
            FrameKind::Notice => ServerFrame::Notice(self.data()?),
            FrameKind::UserList => ServerFrame::UserList { id, data: self.data()? },
            FrameKind::UserChange => ServerFrame::UserChange(self.data()?),
            FrameKind::Left => ServerFrame::Left { id, data: self.data()? },
        }))
    }

    fn delivery(&self) -> Result<Delivery<'_>, Fault> {
        let missing = |name, expected| Fault::new("", name, expected, "nothing");
        Ok(Delivery {
            topic: self.topic.as_ref().ok_or_else(|| missing("topic", TopicRef::EXPECTED))?.reborrow(),
            seq: self.seq.ok_or_else(|| missing("seq", Seq::EXPECTED))?,
            at: self.at.ok_or_else(|| missing("at", Timestamp::EXPECTED))?,
            id: self.id.as_ref().map(RequestIdRef::reborrow),
            data: self.data.reborrow(),
        })
    }

    fn error(&self) -> Result<ErrorFrame, Fault> {
        Ok(ErrorFrame {
            type_number: self.type_number,
            code: u16::try_from(self.code)
                .map_err(|_| Fault::new("", "code", "an integer from 400 to 599", self.code.to_string()))?,
            id: self.id.as_ref().map(RequestIdRef::to_shared),
            topic: self.topic.as_ref().map(TopicRef::to_shared),
            data: self.data()?,
        })
    }

    pub(super) fn data<T: DeserializeOwned>(&self) -> Result<T, Fault> {
        let text: Cow<'_, str> = self.data.text();
        from_object(&text).map_err(|error| {
            Fault::new("data", "", "the JSON of this type and code", format!("a fault: {error}"))
        })
    }
}

impl<'a> Read<'a> for RawString<'a> {
    const EXPECTED: &'static str = "a string";

    fn read(raw: Raw<'a>) -> Result<Self, Found> {
        let token = Self::trusted(raw.json);
        raw.string().map(|_| token)
    }
}
