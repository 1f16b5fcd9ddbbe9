//! The text messages of a program: what they ask for, and how they are spoilt.

use serde::{Deserialize, Serialize};

use super::Framing;

/// A text message, by what it asks for; [edits](Edit) then make it into whatever a case needs.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Message {
    /// What it asks for.
    pub request: Request,
    /// Whether it carries an `id`, and which.
    #[serde(default, skip_serializing_if = "Id::is_none")]
    pub id: Id,
    /// Changes to its documents, innermost layer first.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub edits: Vec<Edit>,
    /// Cut the encoded message into WebSocket frames of so many bytes.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub fragments: Option<usize>,
    /// In what other ways its shape on the wire is unusual.
    #[serde(default, skip_serializing_if = "Framing::is_plain")]
    pub framing: Framing,
}

/// What a well-formed message asks for.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Request {
    /// Type 1.
    Heartbeat,
    /// Type 2: say something in a topic.
    Chat(usize, Chat),
    /// Type 3.
    Join(usize, Joining),
    /// Type 6.
    Leave(usize),
    /// Type 4: a private word to one user of a topic.
    Notice(usize, Notice),
    /// Type 5: who is in a topic.
    UserList(usize),
}

/// The `id` of a message.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Id {
    /// It has none.
    #[default]
    None,
    /// One that no other message of the try has.
    Fresh,
    /// The one of this number: all messages that share it have the very same id. A chat that its user sends
    /// to the same topic once more under it is a repeat, and its own mark must never be heard.
    Shared(usize),
}

impl Id {
    fn is_none(&self) -> bool {
        *self == Self::None
    }
}

/// What a join says besides the topic.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Joining {
    /// `displayName`
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub display_name: Option<String>,
    /// `avatarurl`
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub avatarurl: Option<String>,
    /// `since`
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub since: Option<Since>,
}

/// What a join claims to have seen of the topic already. A client that has never been in the topic knows no
/// epoch of it, and names one that the topic never had.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Since {
    /// Name an epoch that the topic never had, in place of the one that the client knows.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub other_epoch: bool,
    /// `since.seq`
    #[serde(default)]
    pub seq: SinceSeq,
}

/// The `seq` of a `since`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum SinceSeq {
    /// So much more (or, where negative, less, though never below 0) than the last that the client has seen:
    /// 0 is what a well-meaning client sends.
    Seen(i64),
    /// This number, whatever the client has seen.
    Exactly(i64),
}

impl Default for SinceSeq {
    fn default() -> Self {
        Self::Seen(0)
    }
}

/// What a notice says, and to whom.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Notice {
    /// `to`
    pub to: Addressee,
    /// `data`, as JSON text, in which each [`MARK`] stands for the mark of the notice. One without a mark is told
    /// apart from others by its value alone.
    pub data: String,
}

/// What stands for the mark in the `data` of a [`Notice`].
pub const MARK: &str = "{mark}";

/// To whom a notice goes.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Addressee {
    /// The user of this client.
    UserOf(usize),
    /// A user of whom the server has never heard.
    Stranger,
}

/// What a chat says.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Chat {
    /// What stands behind the mark.
    pub text: String,
    /// `message`, `question` or `answer`.
    #[serde(default)]
    pub kind: ChatKind,
    /// Fill the text up until the encoded message has `limits.maxMessageBytes` bytes, less this many.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub short_of_limit: Option<usize>,
}

/// The `type` of a chatInfo.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum ChatKind {
    /// Plain content.
    #[default]
    Message,
    /// Content that is JSON: `{"content"}`.
    Question,
    /// Content that is JSON: `{"orgLogo","orgName","question","answer"}`.
    Answer,
}

/// A change to one document of a message.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Edit {
    /// The document.
    pub layer: Layer,
    /// The change.
    pub change: Change,
}

/// The documents that stand in one another, each as JSON in a string of the one around it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Layer {
    /// A question's or answer's content.
    Content,
    /// `chatInfo`.
    ChatInfo,
    /// `payLoad`.
    Payload,
    /// The message itself.
    Envelope,
}

/// A change to a document.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Change {
    /// The member gets this value, in its place where it is there, else at the end.
    Set(String, Value),
    /// The member goes.
    Remove(String),
    /// The whole document becomes this text.
    Replace(String),
    /// The text of the document gets this before it and that after it.
    Surround(String, String),
    /// The document's text, after encoding, has each occurrence of the first text replaced by the second.
    Respell(String, String),
}

/// A member's value in an edit.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Value {
    /// JSON text, as it stands; it need not be valid.
    Json(String),
    /// A string of so many code points: the character, repeated.
    Repeated(char, usize),
    /// The user of this client.
    UserOf(usize),
    /// The user of this client in capitals, who is somebody else.
    UserInCapitals(usize),
    /// Another string that a careless eye takes for this one.
    Alike(Box<Value>, Likeness),
    /// The token of this client.
    TokenOf(usize),
    /// The other token of this client's user, where one is known.
    OtherTokenOf(usize),
    /// A token that nobody has.
    UnknownToken,
    /// The name of this topic.
    Topic(usize),
    /// The mark of this message's text, for texts that leave no place for it.
    Mark,
    /// A string that begins with the mark and goes on with this text.
    Marked(String),
    /// The name of this stream: a fresh one for each number and try.
    Stream(usize),
    /// The user of whom the server has never heard.
    Stranger,
    /// The epoch that the client last saw of this topic.
    Epoch(usize),
    /// The last seq that the client saw of this topic, and so many more.
    Seq(usize, i64),
    /// An object of these members.
    Object(Vec<(String, Value)>),
}

/// How a string differs from one that it looks like.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Likeness {
    /// There is text before it and behind it.
    Around(String, String),
    /// Its ASCII characters have become their full-width forms, which compatibility normalisation takes back.
    FullWidth,
    /// Its last character is not there.
    CutShort,
}

impl Value {
    /// Strings that look like this one, and are others to all that neither trims, nor normalises, nor compares a part.
    #[must_use]
    pub fn lookalikes(&self) -> Vec<Self> {
        let alike = |likeness| Self::Alike(Box::new(self.clone()), likeness);
        Likeness::some().into_iter().map(alike).collect()
    }
}

impl Likeness {
    fn some() -> Vec<Self> {
        let around =
            [("", " "), (" ", ""), ("", "\u{200B}"), ("\u{FEFF}", ""), ("", "\u{301}"), ("", "\u{FE0F}")];
        let around = around.map(|(before, behind)| Self::Around(before.into(), behind.into()));
        around.into_iter().chain([Self::FullWidth, Self::CutShort]).collect()
    }

    /// The string that looks like `text`.
    #[must_use]
    pub fn of(&self, text: &str) -> String {
        match self {
            Self::Around(before, behind) => format!("{before}{text}{behind}"),
            Self::FullWidth => text.chars().map(full_width).collect(),
            Self::CutShort => {
                let mut characters = text.chars();
                characters.next_back();
                characters.as_str().to_owned()
            }
        }
    }
}

fn full_width(character: char) -> char {
    match character {
        '!'..='~' => char::from_u32(u32::from(character) - 0x21 + 0xFF01).unwrap_or(character),
        _ => character,
    }
}

impl Message {
    /// A message that asks for `request`, without an id and without edits.
    #[must_use]
    pub fn new(request: Request) -> Self {
        Self { request, id: Id::None, edits: Vec::new(), fragments: None, framing: Framing::default() }
    }

    /// The same message with an id of its own.
    #[must_use]
    pub fn with_id(mut self) -> Self {
        self.id = Id::Fresh;
        self
    }

    /// The same message with the id of this number, which other messages may have as well.
    #[must_use]
    pub fn with_shared_id(mut self, number: usize) -> Self {
        self.id = Id::Shared(number);
        self
    }

    /// The same message, where it is a join, with this `avatarurl`.
    #[must_use]
    pub fn with_avatar(mut self, address: &str) -> Self {
        if let Request::Join(_, joining) = &mut self.request {
            joining.avatarurl = Some(address.into());
        }
        self
    }

    /// The same message with one more edit.
    #[must_use]
    pub fn edit(mut self, layer: Layer, change: Change) -> Self {
        self.edits.push(Edit { layer, change });
        self
    }

    /// The same message with a member set to JSON text.
    #[must_use]
    pub fn set(self, layer: Layer, member: &str, json: &str) -> Self {
        self.edit(layer, Change::Set(member.into(), Value::Json(json.into())))
    }

    /// The same message without a member.
    #[must_use]
    pub fn without(self, layer: Layer, member: &str) -> Self {
        self.edit(layer, Change::Remove(member.into()))
    }

    /// The `type` of the request that it was made from.
    #[must_use]
    pub fn kind(&self) -> i64 {
        match self.request {
            Request::Heartbeat => 1,
            Request::Chat(..) => 2,
            Request::Join(..) => 3,
            Request::Notice(..) => 4,
            Request::UserList(_) => 5,
            Request::Leave(_) => 6,
        }
    }

    /// The number of the topic that it names, if it names one.
    #[must_use]
    pub fn topic(&self) -> Option<usize> {
        match self.request {
            Request::Heartbeat => None,
            Request::Chat(topic, _)
            | Request::Join(topic, _)
            | Request::Notice(topic, _)
            | Request::UserList(topic)
            | Request::Leave(topic) => Some(topic),
        }
    }
}
