//! The HTTP beside the socket (profile history): what is asked, and what is answered.
//!
//! Percent-decoding, headers and status lines are the server's; here are the parameters, the bodies, and what
//! is wrong with them.

mod item;
mod question;

use std::str::FromStr as _;

use serde::de::DeserializeOwned;
use serde::{Deserialize, Serialize};

use crate::chat_info::ChatKind;
use crate::code::Reason;
use crate::codec::{Read as _, an_object, from_object, to_json};
use crate::fault::Fault;
use crate::limits::INTEGER_MAX;
use crate::server::ErrorData;

pub use item::HistoryItem;
pub use question::{QuestionAdded, QuestionRequest};

/// Where a stream is read.
pub const READ_PATH: &str = "/api/message/chatmsg";

/// Where a question is asked.
pub const ASK_PATH: &str = "/api/question/add";

/// How many results there may be on a page.
pub const RESULTS_PER_PAGE_MAX: u64 = 1000;

/// The parameters with which a stream is read (HIST-6, HIST-14).
///
/// ```
/// use roomwire_protocol::{ChatKind, history::HistoryQuery};
/// let query = HistoryQuery::from_pairs([("stream", "s1"), ("page", "2"), ("type", "question")]).unwrap();
/// assert_eq!((query.page, query.results_per_page, query.kind), (2, 50, Some(ChatKind::Question)));
///
/// let fault = HistoryQuery::from_pairs([("stream", "s1"), ("page", "0")]).unwrap_err();
/// assert_eq!(fault.to_string(), "page: expected an integer of at least 1, found 0");
/// ```
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct HistoryQuery {
    /// Which stream.
    pub stream: String,
    /// Which page: 1 is the newest.
    pub page: u64,
    /// How many chats a page has: 1 to 1000.
    pub results_per_page: u64,
    /// Chats of one kind only, or of all.
    pub kind: Option<ChatKind>,
}

impl HistoryQuery {
    /// The newest page of a stream, with 50 chats of all kinds.
    #[must_use]
    pub fn new(stream: impl Into<String>) -> Self {
        Self { stream: stream.into(), page: 1, results_per_page: 50, kind: None }
    }

    /// Reads the decoded parameters of a query.
    ///
    /// `stream` is needed, but may be empty; what else is left out is as in [`HistoryQuery::new`], and a
    /// parameter that nobody knows is passed over.
    ///
    /// # Errors
    /// A [`Fault`] about a parameter that is missing, out of range, or there twice.
    pub fn from_pairs<K: AsRef<str>, V: AsRef<str>>(
        pairs: impl IntoIterator<Item = (K, V)>,
    ) -> Result<Self, Fault> {
        const NAMES: [&str; 4] = ["stream", "page", "resultsPerPage", "type"];
        let mut values: [Option<String>; 4] = Default::default();
        for (name, value) in pairs {
            let Some(index) = NAMES.iter().position(|known| *known == name.as_ref()) else { continue };
            if values[index].replace(value.as_ref().to_owned()).is_some() {
                return Err(Fault::new("", NAMES[index], "one value", "it more than once"));
            }
        }
        let [stream, page, results_per_page, kind] = values;
        let stream = stream.ok_or_else(|| Fault::new("", "stream", "a stream's name", "nothing"))?;
        let mut query = Self::new(stream);
        if let Some(page) = page {
            query.page = integer(&page, INTEGER_MAX)
                .ok_or_else(|| Fault::new("", "page", "an integer of at least 1", shown(&page)))?;
        }
        if let Some(results) = results_per_page {
            query.results_per_page = integer(&results, RESULTS_PER_PAGE_MAX).ok_or_else(|| {
                Fault::new("", "resultsPerPage", "an integer from 1 to 1000", shown(&results))
            })?;
        }
        if let Some(kind) = kind.filter(|kind| !kind.is_empty()) {
            let known = ChatKind::from_name(&kind);
            query.kind =
                Some(known.ok_or_else(|| Fault::new("", "type", ChatKind::EXPECTED, "another string"))?);
        }
        Ok(query)
    }

    /// The parameters as a client sends them, not yet percent-encoded.
    #[must_use]
    pub fn pairs(&self) -> [(&'static str, String); 4] {
        [
            ("stream", self.stream.clone()),
            ("page", self.page.to_string()),
            ("resultsPerPage", self.results_per_page.to_string()),
            ("type", self.kind.map_or("", ChatKind::name).to_owned()),
        ]
    }
}

/// Reads an integer from 1 to `max`, written with digits alone.
fn integer(text: &str, max: u64) -> Option<u64> {
    let digits = text.bytes().all(|byte| byte.is_ascii_digit());
    u64::from_str(text).ok().filter(|number| digits && (1..=max).contains(number))
}

/// What a message repeats of a parameter: a short number, and nothing else.
fn shown(text: &str) -> String {
    let short = text.len() <= 24 && text.bytes().all(|byte| byte.is_ascii_digit() || byte == b'-');
    if short && !text.is_empty() { text.to_owned() } else { "what is none".to_owned() }
}

/// A page of a stream, oldest first (HIST-6, HIST-11).
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schemars", derive(schemars::JsonSchema))]
#[serde(rename_all = "camelCase")]
pub struct HistoryPage {
    /// The chats.
    pub items: Vec<HistoryItem>,
    /// The page that was asked for.
    #[cfg_attr(feature = "schemars", schemars(range(min = 1)))]
    pub page: u64,
    /// How many chats a page was to have.
    #[cfg_attr(feature = "schemars", schemars(range(min = 1, max = RESULTS_PER_PAGE_MAX)))]
    pub results_per_page: u64,
    /// How many chats of the stream and kind are kept.
    pub total: u64,
}

/// The body of every answer. Its code is the HTTP status (HIST-3).
///
/// ```
/// use roomwire_protocol::{code::Reason, history::HttpAnswer};
/// let answer = HttpAnswer::refused(Reason::NotJoined, "you are in no room");
/// assert_eq!(answer.code, 403);
/// assert_eq!(answer.to_json(), r#"{"code":403,"data":{"reason":"not_joined","message":"you are in no room"}}"#);
/// ```
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct HttpAnswer<T> {
    /// The HTTP status once more.
    pub code: u16,
    /// A page, a place, or why not.
    #[serde(deserialize_with = "an_object", bound(deserialize = "T: DeserializeOwned"))]
    pub data: T,
}

impl<T> HttpAnswer<T> {
    /// The answer to what was done: 200.
    #[must_use]
    pub fn ok(data: T) -> Self {
        Self { code: 200, data }
    }
}

impl<T: DeserializeOwned> HttpAnswer<T> {
    /// Reads a body.
    ///
    /// # Errors
    /// A [`Fault`] where it is not the JSON of such an answer.
    pub fn parse(body: &str) -> Result<Self, Fault> {
        from_object(body)
            .map_err(|error| Fault::new("body", "", "the JSON of this answer", format!("a fault: {error}")))
    }
}

impl<T: Serialize> HttpAnswer<T> {
    /// The body.
    #[must_use]
    pub fn to_json(&self) -> String {
        to_json(self)
    }
}

impl HttpAnswer<ErrorData> {
    /// The answer to what was refused, with a sentence for whoever reads it. It must not quote a token.
    #[must_use]
    pub fn refused(reason: Reason, message: impl Into<String>) -> Self {
        let mut data = ErrorData::new(reason);
        data.message = Some(message.into());
        Self { code: reason.code(), data }
    }
}

/// Whatever is wrong with a request's parameters or its body is 422.
impl From<Fault> for HttpAnswer<ErrorData> {
    fn from(fault: Fault) -> Self {
        Self::refused(Reason::InvalidPayload, fault.to_string())
    }
}
