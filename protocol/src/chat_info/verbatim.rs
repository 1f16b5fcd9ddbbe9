//! A chatInfo that arrives as it was sent.

use std::borrow::Cow;
use std::fmt;

use super::{ChatInfo, ChatKind, Members, read_answer, read_question};
use crate::fault::Fault;
use crate::id::User;
use crate::json_string::RawString;

/// A chatInfo that has been checked and is kept as the very string that was sent (CHAT-4, TEXT-1, TEXT-2).
///
/// Its [`token`](Self::token) is the JSON string as it stood in the payLoad: a 200 carries a copy of it.
///
/// ```
/// use roomwire_protocol::{Envelope, Request};
/// let text = r#"{"token":"u1","type":2,"payLoad":"{\"topic\":\"8017\",\"chatInfo\":\"{\\\"user\\\":\\\"u1\\\",\\\"content\\\":\\\"hi\\\",\\\"type\\\":\\\"message\\\"}\"}"}"#;
/// let envelope = Envelope::decode(text).unwrap();
/// let Ok(Request::Chat(chat)) = envelope.request() else { unreachable!() };
/// assert_eq!(chat.chat_info.text(), r#"{"user":"u1","content":"hi","type":"message"}"#);
/// assert_eq!(chat.chat_info.token().token(), r#""{\"user\":\"u1\",\"content\":\"hi\",\"type\":\"message\"}""#);
/// assert_eq!(chat.chat_info.user(), "u1");
/// ```
#[derive(Clone, PartialEq, Eq)]
pub struct VerbatimChatInfo<'a> {
    token: RawString<'a>,
    text: Cow<'a, str>,
    user: User,
    kind: ChatKind,
    stream: Option<Box<str>>,
}

impl<'a> VerbatimChatInfo<'a> {
    /// Checks a chatInfo that was written somewhere else, like in a client's own words.
    ///
    /// # Errors
    /// A [`Fault`] about the first member that is not as it should be.
    pub fn parse(text: impl Into<Cow<'a, str>>) -> Result<Self, Fault> {
        let text = text.into();
        let token = RawString::of(&text);
        Self::check(token, text)
    }

    /// Checks the text that a token stands for.
    pub(crate) fn check(token: RawString<'a>, text: Cow<'a, str>) -> Result<Self, Fault> {
        let members = Members::read(&text)?;
        match members.kind {
            ChatKind::Message => {}
            ChatKind::Question => drop(read_question(&members.content)?),
            ChatKind::Answer => drop(read_answer(&members.content)?),
        }
        let (user, kind) = (members.user.to_shared(), members.kind);
        let stream = members.stream.as_deref().map(Into::into);
        Ok(Self { token, text, user, kind, stream })
    }

    /// The JSON string as it was written, to be copied into a 200.
    #[must_use]
    pub fn token(&self) -> RawString<'_> {
        self.token.reborrow()
    }

    /// The chatInfo as text.
    #[must_use]
    pub fn text(&self) -> &str {
        &self.text
    }

    /// Who says it: to be compared with the connection's user (CHAT-14).
    #[must_use]
    pub fn user(&self) -> &User {
        &self.user
    }

    /// The same, with the name of its user shared where it is this one: what is kept of many chats needs no copy of it
    /// for each.
    #[must_use]
    pub fn sharing(mut self, user: &User) -> Self {
        if self.user == *user {
            self.user = user.clone();
        }
        self
    }

    /// What kind of thing is said.
    #[must_use]
    pub fn kind(&self) -> ChatKind {
        self.kind
    }

    /// The stream that it is about.
    #[must_use]
    pub fn stream(&self) -> Option<&str> {
        self.stream.as_deref()
    }

    /// The same, independent of the frame that it came in.
    #[must_use]
    pub fn into_owned(self) -> VerbatimChatInfo<'static> {
        VerbatimChatInfo {
            token: self.token.into_owned(),
            text: Cow::Owned(self.text.into_owned()),
            user: self.user,
            kind: self.kind,
            stream: self.stream,
        }
    }
}

impl From<&ChatInfo> for VerbatimChatInfo<'static> {
    fn from(info: &ChatInfo) -> Self {
        let text = info.to_json();
        Self {
            token: RawString::of(&text),
            text: Cow::Owned(text),
            user: info.user.clone(),
            kind: info.content.kind(),
            stream: info.stream.as_deref().map(Into::into),
        }
    }
}

impl fmt::Debug for VerbatimChatInfo<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.text)
    }
}
