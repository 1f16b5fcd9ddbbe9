//! A question asked without a socket.

use serde::{Deserialize, Serialize};

use crate::chat_info::{ChatInfo, Content, Question};
use crate::codec::{object, present, to_json};
use crate::fault::Fault;
use crate::id::{Seq, Topic, User};

/// The body of a question (HIST-25).
///
/// ```
/// use roomwire_protocol::{User, history::QuestionRequest};
/// let question = QuestionRequest::parse(r#"{"content":"Why?","streamId":"s1"}"#).unwrap();
/// assert_eq!(
///     question.chat_info(User::parse("bob").unwrap()).to_json(),
///     r#"{"user":"bob","stream":"s1","content":"{\"content\":\"Why?\"}","type":"question"}"#,
/// );
/// let fault = QuestionRequest::parse(r#"{"content":"Why?"}"#).unwrap_err();
/// assert_eq!(fault.to_string(), "body.streamId: expected a string, found nothing");
/// ```
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schemars", derive(schemars::JsonSchema))]
#[serde(rename_all = "camelCase")]
pub struct QuestionRequest {
    /// The question.
    pub content: String,
    /// The stream that it is about.
    pub stream_id: String,
    /// Where it is said; without it, in the one topic that the user is in.
    #[serde(default, skip_serializing_if = "Option::is_none", deserialize_with = "present")]
    pub topic: Option<Topic>,
}

impl QuestionRequest {
    /// Reads a body.
    ///
    /// # Errors
    /// A [`Fault`] about the first member that is not as it should be.
    pub fn parse(body: &str) -> Result<Self, Fault> {
        let [content, stream_id, topic] = object(body, "body", ["content", "streamId", "topic"])?;
        Ok(Self { content: content.required()?, stream_id: stream_id.required()?, topic: topic.optional()? })
    }

    /// The body as JSON text.
    #[must_use]
    pub fn to_json(&self) -> String {
        to_json(self)
    }

    /// The chat that says the question in its user's name (HIST-20).
    #[must_use]
    pub fn chat_info(&self, user: User) -> ChatInfo {
        let question = Content::Question(Question { content: self.content.clone() });
        let mut info = ChatInfo::new(user, question);
        info.stream = Some(self.stream_id.clone());
        info
    }
}

/// Where a question was said (HIST-21).
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schemars", derive(schemars::JsonSchema))]
pub struct QuestionAdded {
    /// The topic.
    pub topic: Topic,
    /// Its place in the topic's order.
    #[cfg_attr(feature = "schemars", schemars(with = "crate::schema::ChatSeq"))]
    pub seq: Seq,
}
