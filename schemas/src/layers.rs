//! The layers of a frame, and which schema each of them is judged by.

use std::fmt;

/// One layer of JSON; each inner one is a string in the one around it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Layer {
    /// The frame itself.
    Envelope,
    /// What a client's `payLoad` holds.
    Payload,
    /// What a server's `data` holds, a chatInfo excepted.
    Data,
    /// What a chat's `chatInfo` holds, or the `data` of a 200.
    ChatInfo,
    /// What the `content` of a question or an answer holds.
    Content,
    /// The body of an HTTP message.
    Body,
}

impl Layer {
    /// Every layer, from the outside in.
    pub const ALL: [Self; 6] =
        [Self::Envelope, Self::Payload, Self::Data, Self::ChatInfo, Self::Content, Self::Body];

    /// The word for it in vectors and reports.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Envelope => "envelope",
            Self::Payload => "payload",
            Self::Data => "data",
            Self::ChatInfo => "chatInfo",
            Self::Content => "content",
            Self::Body => "body",
        }
    }
}

impl fmt::Display for Layer {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())
    }
}

/// What a client's payLoad is judged by, by its type; none where it is never parsed.
pub const PAYLOADS: [(i64, Option<&str>); 6] = [
    (1, None),
    (2, Some("chat-payload")),
    (3, Some("join-payload")),
    (4, Some("notice-payload")),
    (5, Some("topic-payload")),
    (6, Some("topic-payload")),
];

/// What a server's data are judged by, by type and code; none where they are empty.
pub const DATA: [(i64, i64, Option<&str>); 8] = [
    (1, 100, None),
    (2, 200, Some("chat-info-delivered")),
    (3, 201, Some("joined-data")),
    (4, 202, Some("notice-accepted-data")),
    (4, 203, Some("notice-data")),
    (5, 205, Some("user-list-data")),
    (5, 206, Some("user-change-data")),
    (6, 204, Some("left-data")),
];

/// What the data of any error are judged by.
pub const ERROR_DATA: &str = "error-data";

/// What a chat's `chatInfo` is judged by.
pub const CHAT_INFO: &str = "chat-info";

/// What the content of a chatInfo is judged by, by the chatInfo's type: in a client's frame, and in a server's.
pub const CONTENTS: [(&str, &str, &str); 2] = [
    ("question", "question-content", "question-content"),
    ("answer", "answer-content", "answer-content-delivered"),
];
