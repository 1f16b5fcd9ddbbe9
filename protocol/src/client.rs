//! What clients send: one request a type.

use std::borrow::Cow;

use serde::{Deserialize, Serialize};

use crate::chat_info::VerbatimChatInfo;
use crate::code::{FrameType, Profile, Profiles};
use crate::codec::{Found, Member, ObjectWriter, Raw, Read, object, present, to_json};
use crate::fault::Fault;
use crate::id::{AvatarUrl, DisplayName, Epoch, RequestId, Seq, Token, Topic, TopicRef, User};
use crate::json_string::{RawJson, RawString};

/// A request, read from its envelope or about to be sent.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Request<'a> {
    /// Type 1: answered by 100.
    Heartbeat,
    /// Type 2: answered, and heard by everybody in the topic, as 200.
    Chat(Chat<'a>),
    /// Type 3: answered by 201, then 205.
    Join(Join),
    /// Type 4: answered by 202, heard by its target as 203.
    Notice(Notice),
    /// Type 5: answered by 205.
    UserList(ListUsers),
    /// Type 6: answered by 204.
    Leave(Leave),
}

/// Something to be said in a topic.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Chat<'a> {
    /// Where.
    pub topic: TopicRef<'a>,
    /// What, as the very string that was sent.
    pub chat_info: VerbatimChatInfo<'a>,
}

/// The wish to enter a topic.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schemars", derive(schemars::JsonSchema), schemars(rename = "JoinPayload"))]
#[serde(rename_all = "camelCase")]
pub struct Join {
    /// Which one.
    pub topic: Topic,
    /// What the user is called on the list.
    #[serde(default, skip_serializing_if = "Option::is_none", deserialize_with = "present")]
    pub display_name: Option<DisplayName>,
    /// Where the user's picture is.
    #[serde(
        rename = "avatarurl",
        default,
        skip_serializing_if = "Option::is_none",
        deserialize_with = "present"
    )]
    pub avatar_url: Option<AvatarUrl>,
    /// The last chat that the client has, for what it missed (profile resume).
    #[serde(default, skip_serializing_if = "Option::is_none", deserialize_with = "present")]
    pub since: Option<Since>,
}

/// A place in one unbroken history of a topic (RES-8).
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schemars", derive(schemars::JsonSchema))]
pub struct Since {
    /// Which history.
    pub epoch: Epoch,
    /// The last chat of it that is known; 0 for none.
    pub seq: Seq,
}

/// A private word to one user of a topic (profile notice, NOTE-3).
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schemars", derive(schemars::JsonSchema), schemars(rename = "NoticePayload"))]
pub struct Notice {
    /// Where.
    pub topic: Topic,
    /// To whom.
    pub to: User,
    /// What: any JSON value, null included.
    pub data: RawJson,
}

/// The question who is in a topic (profile presence).
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct ListUsers {
    /// Which one.
    pub topic: Topic,
}

/// The wish to leave a topic.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Leave {
    /// Which one.
    pub topic: Topic,
}

impl<'a> Request<'a> {
    /// The type of the frame.
    #[must_use]
    pub fn frame_type(&self) -> FrameType {
        match self {
            Self::Heartbeat => FrameType::Heartbeat,
            Self::Chat(_) => FrameType::Chat,
            Self::Join(_) => FrameType::Join,
            Self::Notice(_) => FrameType::Notice,
            Self::UserList(_) => FrameType::UserList,
            Self::Leave(_) => FrameType::Leave,
        }
    }

    /// The topic that the request is about; a heartbeat is about none.
    #[must_use]
    pub fn topic(&self) -> Option<TopicRef<'_>> {
        match self {
            Self::Heartbeat => None,
            Self::Chat(chat) => Some(chat.topic.reborrow()),
            Self::Join(join) => Some(join.topic.borrowed()),
            Self::Notice(notice) => Some(notice.topic.borrowed()),
            Self::UserList(list) => Some(list.topic.borrowed()),
            Self::Leave(leave) => Some(leave.topic.borrowed()),
        }
    }

    /// The `payLoad` text: JSON, or empty for a heartbeat.
    #[must_use]
    pub fn payload(&self) -> String {
        match self {
            Self::Heartbeat => String::new(),
            Self::Chat(Chat { topic, chat_info }) => {
                ObjectWriter::with_capacity(chat_info.text().len() + 128)
                    .string("topic", topic.as_str())
                    .json("chatInfo", chat_info.token().token())
                    .finish()
            }
            Self::Join(join) => to_json(join),
            Self::Notice(notice) => to_json(notice),
            Self::UserList(list) => to_json(list),
            Self::Leave(leave) => to_json(leave),
        }
    }

    /// Reads the payLoad of a frame of this type.
    pub(crate) fn read(frame_type: FrameType, payload: &'a str, profiles: Profiles) -> Result<Self, Fault> {
        const AT: &str = "payLoad";
        Ok(match frame_type {
            FrameType::Heartbeat => Self::Heartbeat,
            FrameType::Chat => {
                let [topic, chat_info] = object(payload, AT, ["topic", "chatInfo"])?;
                let topic = topic.required()?;
                let Verbatim { token, text } = chat_info.required()?;
                Self::Chat(Chat { topic, chat_info: VerbatimChatInfo::check(token, text)? })
            }
            FrameType::Join => {
                let [topic, display_name, avatar_url, since] =
                    object(payload, AT, ["topic", "displayName", "avatarurl", "since"])?;
                Self::Join(Join {
                    topic: topic.required()?,
                    display_name: display_name.optional()?,
                    avatar_url: avatar_url.optional()?,
                    since: if profiles.contains(Profile::Resume) { read_since(since)? } else { None },
                })
            }
            FrameType::Notice => {
                let [topic, to, data] = object(payload, AT, ["topic", "to", "data"])?;
                Self::Notice(Notice { topic: topic.required()?, to: to.required()?, data: data.required()? })
            }
            FrameType::UserList => {
                let [topic] = object(payload, AT, ["topic"])?;
                Self::UserList(ListUsers { topic: topic.required()? })
            }
            FrameType::Leave => {
                let [topic] = object(payload, AT, ["topic"])?;
                Self::Leave(Leave { topic: topic.required()? })
            }
        })
    }
}

fn read_since(member: Member<'_>) -> Result<Option<Since>, Fault> {
    let Some(RawObject(raw)) = member.optional()? else { return Ok(None) };
    let [epoch, seq] = object(raw, "payLoad.since", ["epoch", "seq"])?;
    Ok(Some(Since { epoch: epoch.required()?, seq: seq.required()? }))
}

/// A request in its envelope, about to be sent.
///
/// ```
/// use roomwire_protocol::{ClientFrame, Request, Token, Topic, client::Leave};
/// let frame = ClientFrame {
///     token: Token::parse("u1").unwrap(),
///     id: None,
///     request: Request::Leave(Leave { topic: Topic::parse("8017").unwrap() }),
/// };
/// assert_eq!(frame.encode(), r#"{"token":"u1","type":6,"payLoad":"{\"topic\":\"8017\"}"}"#);
/// ```
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ClientFrame<'a> {
    /// Who asks.
    pub token: Token,
    /// What the client calls the request.
    pub id: Option<RequestId>,
    /// What is asked.
    pub request: Request<'a>,
}

impl ClientFrame<'_> {
    /// The frame as text.
    #[must_use]
    pub fn encode(&self) -> String {
        let payload = self.request.payload();
        ObjectWriter::with_capacity(payload.len() + payload.len() / 4 + 128)
            .string("token", self.token.expose())
            .integer("type", self.request.frame_type().number())
            .string("payLoad", &payload)
            .optional("id", self.id.as_ref())
            .finish()
    }
}

/// A JSON string both as text and as the token that it was written as.
struct Verbatim<'a> {
    token: RawString<'a>,
    text: Cow<'a, str>,
}

impl<'a> Read<'a> for Verbatim<'a> {
    const EXPECTED: &'static str = "a string";

    fn read(raw: Raw<'a>) -> Result<Self, Found> {
        Ok(Self { token: RawString::trusted(raw.json), text: raw.string()? })
    }
}

/// The raw text of an object.
struct RawObject<'a>(&'a str);

impl<'a> Read<'a> for RawObject<'a> {
    const EXPECTED: &'static str = "a JSON object";

    fn read(raw: Raw<'a>) -> Result<Self, Found> {
        if raw.json.starts_with('{') { Ok(Self(raw.json)) } else { Err(Found::kind(raw.json)) }
    }
}
