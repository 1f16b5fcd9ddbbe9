//! What is said: the chatInfo inside a chat (CHAT-8 to CHAT-11), and the content inside a question or an answer
//! (CHAT-12).

mod verbatim;

use std::borrow::Cow;
use std::fmt;

use serde::{Deserialize, Serialize, Serializer};

use crate::codec::{Found, Raw, Read, object, to_json};
use crate::fault::Fault;
use crate::id::{AvatarUrl, AvatarUrlRef, DisplayName, DisplayNameRef, User, UserRef};

pub use verbatim::VerbatimChatInfo;

/// What kind of thing is said: `type` of a chatInfo.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[cfg_attr(feature = "schemars", derive(schemars::JsonSchema))]
#[serde(rename_all = "lowercase")]
#[non_exhaustive]
pub enum ChatKind {
    /// A plain line.
    Message,
    /// A question; its content is JSON in a string.
    Question,
    /// An answer; its content is JSON in a string.
    Answer,
}

impl ChatKind {
    /// Every kind, in the order of the spec.
    pub const ALL: &'static [Self] = &[Self::Message, Self::Question, Self::Answer];

    /// The word on the wire.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Message => "message",
            Self::Question => "question",
            Self::Answer => "answer",
        }
    }

    /// The kind of this name, or `None` where this version knows none.
    #[must_use]
    pub fn from_name(name: &str) -> Option<Self> {
        Self::ALL.iter().copied().find(|kind| kind.name() == name)
    }
}

impl fmt::Display for ChatKind {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())
    }
}

impl<'a> Read<'a> for ChatKind {
    const EXPECTED: &'static str = "\"message\", \"question\" or \"answer\"";

    fn read(raw: Raw<'a>) -> Result<Self, Found> {
        let name = raw.string()?;
        Self::from_name(&name).ok_or(Found("another string".into()))
    }
}

/// A chatInfo as a client makes it or draws it. Members that this version does not know are not kept: what must
/// arrive as it was sent is a [`VerbatimChatInfo`].
///
/// ```
/// use roomwire_protocol::{ChatInfo, Content, User};
/// let mut info = ChatInfo::new(User::parse("u1").unwrap(), Content::Message("hi".into()));
/// info.stream = Some("s1".into());
/// assert_eq!(info.to_json(), r#"{"user":"u1","stream":"s1","content":"hi","type":"message"}"#);
/// assert_eq!(ChatInfo::parse(&info.to_json()).unwrap(), info);
/// ```
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct ChatInfo {
    /// Who says it.
    pub user: User,
    /// What the user is called.
    pub display_name: Option<DisplayName>,
    /// Where the user's picture is.
    pub avatar_url: Option<AvatarUrl>,
    /// The stream that it is about; history is read by it.
    pub stream: Option<String>,
    /// What is said.
    pub content: Content,
    /// When, in the client's own words.
    pub created_at: Option<String>,
}

/// What is said, by kind.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Content {
    /// A plain line.
    Message(String),
    /// A question.
    Question(Question),
    /// An answer.
    Answer(Answer),
}

/// A question's content.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schemars", derive(schemars::JsonSchema), schemars(rename = "QuestionContent"))]
pub struct Question {
    /// The question.
    pub content: String,
}

/// An answer's content.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schemars", derive(schemars::JsonSchema), schemars(rename = "AnswerContent"))]
#[serde(rename_all = "camelCase")]
pub struct Answer {
    /// The logo of whoever answers.
    #[serde(default, skip_serializing_if = "Option::is_none", deserialize_with = "crate::codec::present")]
    pub org_logo: Option<String>,
    /// The name of whoever answers.
    #[serde(default, skip_serializing_if = "Option::is_none", deserialize_with = "crate::codec::present")]
    pub org_name: Option<String>,
    /// What was asked.
    pub question: String,
    /// What is answered.
    pub answer: String,
}

impl ChatInfo {
    /// A chatInfo with the members that it needs.
    #[must_use]
    pub fn new(user: User, content: Content) -> Self {
        Self { user, display_name: None, avatar_url: None, stream: None, content, created_at: None }
    }

    /// Reads a chatInfo.
    ///
    /// # Errors
    /// A [`Fault`] about the first member that is not as it should be.
    pub fn parse(text: &str) -> Result<Self, Fault> {
        let members = Members::read(text)?;
        let content = match members.kind {
            ChatKind::Message => Content::Message(members.content.into_owned()),
            ChatKind::Question => Content::Question(read_question(&members.content)?),
            ChatKind::Answer => Content::Answer(read_answer(&members.content)?),
        };
        Ok(Self {
            user: members.user.to_shared(),
            display_name: members.display_name.map(Into::into),
            avatar_url: members.avatar_url.map(Into::into),
            stream: members.stream.map(Cow::into_owned),
            content,
            created_at: members.created_at.map(Cow::into_owned),
        })
    }

    /// The chatInfo as JSON text: what a chat carries in a string.
    #[must_use]
    pub fn to_json(&self) -> String {
        to_json(self)
    }
}

impl Content {
    /// The kind.
    #[must_use]
    pub fn kind(&self) -> ChatKind {
        match self {
            Self::Message(_) => ChatKind::Message,
            Self::Question(_) => ChatKind::Question,
            Self::Answer(_) => ChatKind::Answer,
        }
    }

    /// `content` of the chatInfo: the text itself, or JSON text for a question and an answer.
    #[must_use]
    pub fn text(&self) -> Cow<'_, str> {
        match self {
            Self::Message(text) => Cow::Borrowed(text),
            Self::Question(question) => Cow::Owned(to_json(question)),
            Self::Answer(answer) => Cow::Owned(to_json(answer)),
        }
    }
}

impl Serialize for ChatInfo {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        #[derive(Serialize)]
        #[serde(rename_all = "camelCase")]
        struct Wire<'a> {
            user: &'a User,
            #[serde(skip_serializing_if = "Option::is_none")]
            display_name: Option<&'a DisplayName>,
            #[serde(skip_serializing_if = "Option::is_none")]
            avatarurl: Option<&'a AvatarUrl>,
            #[serde(skip_serializing_if = "Option::is_none")]
            stream: Option<&'a str>,
            content: Cow<'a, str>,
            r#type: ChatKind,
            #[serde(skip_serializing_if = "Option::is_none")]
            createdat: Option<&'a str>,
        }
        Wire {
            user: &self.user,
            display_name: self.display_name.as_ref(),
            avatarurl: self.avatar_url.as_ref(),
            stream: self.stream.as_deref(),
            content: self.content.text(),
            r#type: self.content.kind(),
            createdat: self.created_at.as_deref(),
        }
        .serialize(serializer)
    }
}

/// A chatInfo's members, borrowed from its text; the content of a question or an answer is not yet read.
struct Members<'a> {
    user: UserRef<'a>,
    display_name: Option<DisplayNameRef<'a>>,
    avatar_url: Option<AvatarUrlRef<'a>>,
    stream: Option<Cow<'a, str>>,
    content: Cow<'a, str>,
    kind: ChatKind,
    created_at: Option<Cow<'a, str>>,
}

impl<'a> Members<'a> {
    fn read(text: &'a str) -> Result<Self, Fault> {
        let [user, display_name, avatar_url, stream, content, kind, created_at] = object(
            text,
            "chatInfo",
            ["user", "displayName", "avatarurl", "stream", "content", "type", "createdat"],
        )?;
        Ok(Self {
            user: user.required()?,
            display_name: display_name.optional()?,
            avatar_url: avatar_url.optional()?,
            stream: stream.optional()?,
            content: content.required()?,
            kind: kind.required()?,
            created_at: created_at.optional()?,
        })
    }
}

fn read_question(content: &str) -> Result<Question, Fault> {
    let [text] = object(content, "chatInfo.content", ["content"])?;
    Ok(Question { content: text.required()? })
}

fn read_answer(content: &str) -> Result<Answer, Fault> {
    let [org_logo, org_name, question, answer] =
        object(content, "chatInfo.content", ["orgLogo", "orgName", "question", "answer"])?;
    Ok(Answer {
        org_logo: org_logo.optional()?,
        org_name: org_name.optional()?,
        question: question.required()?,
        answer: answer.required()?,
    })
}
