//! Stage one: the envelope around every request, without a look at its payLoad.

use std::borrow::Cow;
use std::fmt;

use crate::client::Request;
use crate::code::{FrameType, Profiles, Reason};
use crate::codec::{Found, Member, Raw, Read, object, object_to_depth};
use crate::fault::Fault;
use crate::id::{RequestIdRef, TextError, TokenRef, Topic};
use crate::limits::DEPTH_READ;
use crate::refusal::Refusal;

/// A request's envelope: `token`, `type`, `payLoad` and maybe `id`, borrowed from the text (ENV-1).
///
/// ```
/// use roomwire_protocol::{Envelope, Request};
/// let envelope = Envelope::decode(r#"{"token":"u1","type":1,"payLoad":""}"#).unwrap();
/// assert_eq!(envelope.token().unwrap().expose(), "u1");
/// assert!(matches!(envelope.request(), Ok(Request::Heartbeat)));
/// ```
#[derive(Clone)]
pub struct Envelope<'a> {
    token: Cow<'a, str>,
    type_number: i64,
    payload: Cow<'a, str>,
    id: Option<RequestIdRef<'a>>,
}

impl<'a> Envelope<'a> {
    /// Reads an envelope.
    ///
    /// # Errors
    /// A refusal with [`Reason::MalformedEnvelope`] (ERR-8), which carries the type, the id and the topic as
    /// far as they could be read (ERR-3, ERR-4).
    pub fn decode(text: &'a str) -> Result<Self, Refusal> {
        members(text).and_then(Self::of).map_err(|fault| refusal_of(text, fault))
    }

    fn of([token, type_number, payload, id]: [Member<'a>; 4]) -> Result<Self, Fault> {
        let token = token.required()?;
        let type_number = type_number.required()?;
        let payload = if type_number == FrameType::Heartbeat.number() {
            payload.required::<Unread>().map(|Unread| Cow::Borrowed(""))?
        } else {
            payload.required()?
        };
        let id = id.optional()?;
        Ok(Self { token, type_number, payload, id })
    }

    /// The token, to be looked up.
    ///
    /// # Errors
    /// A refusal with [`Reason::Unauthenticated`] where it is empty or longer than any token: nobody has it
    /// (ERR-9). Whether somebody has any other is the server's to say.
    pub fn token(&self) -> Result<TokenRef<'_>, Refusal> {
        TokenRef::parse(&*self.token).map_err(|error| {
            let words = match error {
                TextError::Empty => "token: it is empty",
                _ => "token: no token is as long",
            };
            self.refuse(Reason::Unauthenticated).because(words)
        })
    }

    /// The `type`, known or not.
    #[must_use]
    pub fn type_number(&self) -> i64 {
        self.type_number
    }

    /// The type, where a server with these profiles knows it.
    ///
    /// # Errors
    /// A refusal with [`Reason::UnknownType`] (ERR-11).
    pub fn frame_type(&self, profiles: Profiles) -> Result<FrameType, Refusal> {
        match FrameType::from_number(self.type_number) {
            Some(known) if profiles.contains(known.profile()) => Ok(known),
            Some(known) => Err(self.refuse(Reason::UnknownType).because(format!(
                "type: {} needs profile {}, which is not served",
                known.name(),
                known.profile()
            ))),
            None => Err(self.refuse(Reason::UnknownType).because("type: this version knows 1 to 6")),
        }
    }

    /// What the client calls the request.
    #[must_use]
    pub fn id(&self) -> Option<RequestIdRef<'_>> {
        self.id.as_ref().map(RequestIdRef::reborrow)
    }

    /// The payLoad as text. It is empty for a heartbeat, whatever was sent: a heartbeat's is never read
    /// (BEAT-3).
    #[must_use]
    pub fn payload(&self) -> &str {
        &self.payload
    }

    /// Stage two: the request, as a server with every profile reads it.
    ///
    /// # Errors
    /// As [`Envelope::request_for`].
    pub fn request(&self) -> Result<Request<'_>, Refusal> {
        self.request_for(Profiles::ALL)
    }

    /// Stage two: the request, as a server with these profiles reads it. Without profile resume, a join's
    /// `since` is a member like any unknown one (ROOM-14).
    ///
    /// # Errors
    /// A refusal with [`Reason::UnknownType`] (ERR-11) or [`Reason::InvalidPayload`] (ERR-12).
    pub fn request_for(&self, profiles: Profiles) -> Result<Request<'_>, Refusal> {
        let frame_type = self.frame_type(profiles)?;
        Request::read(frame_type, &self.payload, profiles)
            .map_err(|fault| self.refuse(Reason::InvalidPayload).with_fault(fault))
    }

    /// Refuses this request, with its type, its id, and the topic that its payLoad names (ERR-3, ERR-4,
    /// ERR-16).
    #[must_use]
    pub fn refuse(&self, reason: Reason) -> Refusal {
        Refusal::new(self.type_number, reason).with_id(self.id()).in_topic(topic_named_in(&self.payload))
    }
}

/// The token is left out: it is a secret. So is the payLoad: it is a stranger's and may be long.
impl fmt::Debug for Envelope<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Envelope")
            .field("type", &self.type_number)
            .field("id", &self.id)
            .field("payload_bytes", &self.payload.len())
            .finish_non_exhaustive()
    }
}

fn members(text: &str) -> Result<[Member<'_>; 4], Fault> {
    object(text, "", ["token", "type", "payLoad", "id"])
}

/// What can be said about a malformed envelope.
fn refusal_of(text: &str, fault: Fault) -> Refusal {
    let Ok([_, type_number, payload, id]) = members(text) else {
        return Refusal::new(0, Reason::MalformedEnvelope).with_fault(fault);
    };
    let type_number = type_number.optional::<i64>().ok().flatten().unwrap_or(0);
    let topic = if type_number == FrameType::Heartbeat.number() {
        None
    } else {
        payload.optional::<Cow<'_, str>>().ok().flatten().and_then(|payload| topic_named_in(&payload))
    };
    Refusal::new(type_number, Reason::MalformedEnvelope)
        .with_id(id.optional().ok().flatten())
        .in_topic(topic)
        .with_fault(fault)
}

/// The topic that a payLoad names, whatever else is wrong with it (ERR-16). One that is nested too deeply for
/// every server to read names none.
fn topic_named_in(payload: &str) -> Option<Topic> {
    let [topic] = object_to_depth(payload, DEPTH_READ, "payLoad", ["topic"]).ok()?;
    topic.optional().ok().flatten()
}

/// A string that is there and is not looked into.
struct Unread;

impl<'a> Read<'a> for Unread {
    const EXPECTED: &'static str = "a string";

    fn read(raw: Raw<'a>) -> Result<Self, Found> {
        if raw.json.starts_with('"') { Ok(Self) } else { Err(Found::kind(raw.json)) }
    }
}
