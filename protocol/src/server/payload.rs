//! What the data of a server frame holds.

use std::borrow::Cow;

use serde::{Deserialize, Deserializer, Serialize, Serializer};

use crate::code::{Profiles, Reason, VERSION};
use crate::codec::{an_object, objects, present, present_objects};
use crate::id::{AvatarUrl, DisplayName, Epoch, Seq, Topic, User};
use crate::json_string::RawJson;
use crate::limits::Limits;

/// Data of a 201: where the new member stands, and what the server is (ROOM-4).
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schemars", derive(schemars::JsonSchema), schemars(rename = "JoinedData", transform = crate::schema::with_profiles))]
#[non_exhaustive]
pub struct Joined {
    /// The topic that was joined.
    pub topic: Topic,
    /// Who the server takes the connection for.
    pub user: User,
    /// The topic's unbroken history.
    pub epoch: Epoch,
    /// The last chat before the join: the first live one is the next.
    pub seq: Seq,
    /// Whether the missed chats follow; only as an answer to `since` (profile resume, RES-1).
    #[serde(default, skip_serializing_if = "Option::is_none", deserialize_with = "present")]
    pub recovered: Option<bool>,
    /// The version of the wire.
    #[cfg_attr(feature = "schemars", schemars(extend("const" = VERSION)))]
    pub version: u32,
    /// What the server claims to serve.
    pub profiles: Profiles,
    /// The limits that it declares.
    #[serde(deserialize_with = "an_object")]
    pub limits: Limits,
}

impl Joined {
    /// The data of a 201 of this version, without `recovered`. The limits are cut to those of the profiles.
    #[must_use]
    pub fn new(topic: Topic, user: User, epoch: Epoch, seq: Seq, profiles: Profiles, limits: Limits) -> Self {
        let limits = limits.declared_with(profiles);
        Self { topic, user, epoch, seq, recovered: None, version: VERSION, profiles, limits }
    }
}

/// Data of a 202: which notice was accepted (NOTE-1).
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schemars", derive(schemars::JsonSchema), schemars(rename = "NoticeAcceptedData"))]
pub struct NoticeAccepted {
    /// Where.
    pub topic: Topic,
    /// To whom.
    pub to: User,
}

/// Data of a 203: a notice as its target gets it, or an announcement of the server (NOTE-2).
///
/// ```
/// use roomwire_protocol::server::NoticeDelivery;
/// let announcement = NoticeDelivery::reconnect_after(2000);
/// assert!(announcement.is_announcement());
/// assert_eq!(serde_json::to_string(&announcement).unwrap(), r#"{"data":{"reconnectAfterMs":2000}}"#);
/// ```
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct NoticeDelivery {
    /// Where; an announcement may be about no topic.
    #[serde(default, skip_serializing_if = "Option::is_none", deserialize_with = "present")]
    pub topic: Option<Topic>,
    /// From whom; absent where it is the server's own word.
    #[serde(default, skip_serializing_if = "Option::is_none", deserialize_with = "present")]
    pub from: Option<User>,
    /// What: any JSON value, null included.
    pub data: RawJson,
}

impl NoticeDelivery {
    /// A notice from one user to another.
    #[must_use]
    pub fn new(topic: Topic, from: User, data: RawJson) -> Self {
        Self { topic: Some(topic), from: Some(from), data }
    }

    /// The server's own word, to one topic or to everybody.
    #[must_use]
    pub fn announcement(topic: Option<Topic>, data: RawJson) -> Self {
        Self { topic, from: None, data }
    }

    /// The announcement of a server that is going away: come back after so many milliseconds.
    #[must_use]
    pub fn reconnect_after(ms: u64) -> Self {
        Self::announcement(None, RawJson::written(&ReconnectAfter { reconnect_after_ms: ms }))
    }

    /// Whether it is the server's own word.
    #[must_use]
    pub fn is_announcement(&self) -> bool {
        self.from.is_none()
    }
}

/// What a draining server announces (LIMIT-18, NOTE-13).
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schemars", derive(schemars::JsonSchema))]
#[serde(rename_all = "camelCase")]
pub struct ReconnectAfter {
    /// When to come back, in milliseconds from now.
    pub reconnect_after_ms: u64,
}

/// One user on a list.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schemars", derive(schemars::JsonSchema))]
#[serde(rename_all = "camelCase")]
#[non_exhaustive]
pub struct Member {
    /// Who.
    pub user: User,
    /// What the user is called.
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
}

impl Member {
    /// A user as it shows on a list.
    #[must_use]
    pub fn new(user: User, display_name: Option<DisplayName>, avatar_url: Option<AvatarUrl>) -> Self {
        Self { user, display_name, avatar_url }
    }
}

/// Data of a 205: everybody in a topic (PRES-1).
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schemars", derive(schemars::JsonSchema), schemars(rename = "UserListData"))]
#[non_exhaustive]
pub struct UserList {
    /// Which topic.
    pub topic: Topic,
    /// How many users there are, whether shown or not.
    pub count: u64,
    /// The users, up to `limits.rosterMax`.
    #[serde(deserialize_with = "objects")]
    pub users: Vec<Member>,
    /// Whether the list was cut; absent where it was not.
    #[serde(default, skip_serializing_if = "is_false")]
    #[cfg_attr(feature = "schemars", schemars(extend("const" = true)))]
    pub truncated: bool,
}

impl UserList {
    /// The list of `count` users, some of which are shown; it says so itself where that is not all (PRES-10).
    #[must_use]
    pub fn new(topic: Topic, count: u64, users: Vec<Member>) -> Self {
        let truncated = (users.len() as u64) < count;
        Self { topic, count, users, truncated }
    }
}

#[allow(clippy::trivially_copy_pass_by_ref, reason = "serde passes a reference")]
fn is_false(flag: &bool) -> bool {
    !flag
}

/// Data of a 206: who came to a topic or went (PRES-14).
///
/// ```
/// use roomwire_protocol::{Topic, User, server::{Change, Member, UserChange}};
/// let ann = Member::new(User::parse("ann").unwrap(), None, None);
/// let change = UserChange { topic: Topic::parse("8017").unwrap(), count: 2, change: Change::Joined(vec![ann]) };
/// let text = serde_json::to_string(&change).unwrap();
/// assert_eq!(text, r#"{"topic":"8017","count":2,"joined":[{"user":"ann"}]}"#);
/// assert_eq!(serde_json::from_str::<UserChange>(&text).unwrap(), change);
/// ```
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct UserChange {
    /// Which topic.
    pub topic: Topic,
    /// How many users there are now.
    pub count: u64,
    /// Who came or went.
    pub change: Change,
}

/// Either way through the door.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Change {
    /// They are on the list now.
    Joined(Vec<Member>),
    /// They are not any more.
    Left(Vec<Member>),
}

impl Change {
    /// Who came or went.
    #[must_use]
    pub fn users(&self) -> &[Member] {
        let (Self::Joined(users) | Self::Left(users)) = self;
        users
    }
}

/// A 206's data with both members, of which exactly one is there.
#[derive(Serialize, Deserialize)]
struct UserChangeWire<'a> {
    topic: Cow<'a, Topic>,
    count: u64,
    #[serde(default, skip_serializing_if = "Option::is_none", deserialize_with = "present_objects")]
    joined: Option<Cow<'a, [Member]>>,
    #[serde(default, skip_serializing_if = "Option::is_none", deserialize_with = "present_objects")]
    left: Option<Cow<'a, [Member]>>,
}

impl Serialize for UserChange {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let (joined, left) = match &self.change {
            Change::Joined(users) => (Some(Cow::Borrowed(users.as_slice())), None),
            Change::Left(users) => (None, Some(Cow::Borrowed(users.as_slice()))),
        };
        UserChangeWire { topic: Cow::Borrowed(&self.topic), count: self.count, joined, left }
            .serialize(serializer)
    }
}

impl<'de> Deserialize<'de> for UserChange {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let wire = UserChangeWire::deserialize(deserializer)?;
        let change = match (wire.joined, wire.left) {
            (Some(users), None) => Change::Joined(users.into_owned()),
            (None, Some(users)) => Change::Left(users.into_owned()),
            _ => return Err(serde::de::Error::custom("expected either joined or left")),
        };
        Ok(Self { topic: wire.topic.into_owned(), count: wire.count, change })
    }
}

/// Data of a 204: which topic was left (ROOM-16).
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schemars", derive(schemars::JsonSchema), schemars(rename = "LeftData"))]
pub struct Left {
    /// The topic.
    pub topic: Topic,
}

/// Data of an error (ERR-5).
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
#[non_exhaustive]
pub struct ErrorData {
    /// Why, in one word.
    pub reason: Cow<'static, str>,
    /// What exactly, for whoever reads it.
    #[serde(default, skip_serializing_if = "Option::is_none", deserialize_with = "present")]
    pub message: Option<String>,
    /// When another try makes sense, in milliseconds from now.
    #[serde(default, skip_serializing_if = "Option::is_none", deserialize_with = "present")]
    pub retry_after_ms: Option<u64>,
}

impl ErrorData {
    /// A reason alone.
    #[must_use]
    pub const fn new(reason: Reason) -> Self {
        Self { reason: Cow::Borrowed(reason.name()), message: None, retry_after_ms: None }
    }
}
