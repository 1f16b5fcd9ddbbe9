//! The words in which the tables are written.

use super::{Direction, Refused, Vector};
use crate::layers::Layer::{self, Body, ChatInfo, Content, Data, Envelope, Payload};

/// The layers of a frame that holds nothing.
pub(super) const BARE: &[Layer] = &[Envelope];
/// The layers of a request with a payLoad.
pub(super) const ASKED: &[Layer] = &[Envelope, Payload];
/// The layers of a chat.
pub(super) const SAID: &[Layer] = &[Envelope, Payload, ChatInfo];
/// The layers of a chat that is a question or an answer.
pub(super) const TOLD: &[Layer] = &[Envelope, Payload, ChatInfo, Content];
/// The layers of an answer with data.
pub(super) const ANSWERED: &[Layer] = &[Envelope, Data];
/// The layers of a 200.
pub(super) const HEARD: &[Layer] = &[Envelope, ChatInfo];
/// The layers of a 200 that is a question or an answer.
pub(super) const LEARNT: &[Layer] = &[Envelope, ChatInfo, Content];

/// A client's frame.
pub(super) fn client(
    id: &'static str,
    title: &'static str,
    cites: &'static str,
    frame: impl Into<String>,
) -> Vector {
    vector(id, title, cites, Direction::Client, frame.into())
}

/// A server's frame.
pub(super) fn server(
    id: &'static str,
    title: &'static str,
    cites: &'static str,
    frame: impl Into<String>,
) -> Vector {
    vector(id, title, cites, Direction::Server, frame.into())
}

/// A body of this schema.
pub(super) fn http(
    schema: &'static str,
    id: &'static str,
    title: &'static str,
    cites: &'static str,
    body: impl Into<String>,
) -> Vector {
    Vector { schema: Some(schema), ..vector(id, title, cites, Direction::Http, body.into()) }
}

fn vector(
    id: &'static str,
    title: &'static str,
    cites: &'static str,
    direction: Direction,
    frame: String,
) -> Vector {
    let requirements = cites.split(' ').collect();
    Vector {
        id,
        title,
        requirements,
        direction,
        schema: None,
        frame,
        layers: vec![],
        refused: None,
        open: None,
    }
}

impl Vector {
    /// Valid in all these layers.
    pub(super) fn valid(mut self, layers: &[Layer]) -> Self {
        self.layers = layers.iter().map(|layer| (*layer, true)).collect();
        self
    }

    /// Invalid in the last of these layers, and valid in those around it.
    pub(super) fn invalid(self, layers: &[Layer]) -> Self {
        let mut vector = self.valid(layers);
        if let Some(last) = vector.layers.last_mut() {
            last.1 = false;
        }
        vector
    }

    /// A valid body.
    pub(super) fn valid_body(self) -> Self {
        self.valid(&[Body])
    }

    /// An invalid body.
    pub(super) fn invalid_body(self) -> Self {
        self.invalid(&[Body])
    }

    /// Refused with 400, by an answer of this type.
    pub(super) fn malformed(self, r#type: i64) -> Self {
        self.invalid(BARE).refused(400, "malformed_envelope", r#type)
    }

    /// Refused with 401, by an answer of this type.
    pub(super) fn unauthenticated(self, r#type: i64) -> Self {
        self.invalid(BARE).refused(401, "unauthenticated", r#type)
    }

    /// Refused with 501, by an answer of this type.
    pub(super) fn unknown(self, r#type: i64) -> Self {
        self.invalid(BARE).refused(501, "unknown_type", r#type)
    }

    /// Refused with 422 for the last of these layers, by an answer of this type.
    pub(super) fn wrong(self, layers: &[Layer], r#type: i64) -> Self {
        self.invalid(layers).refused(422, "invalid_payload", r#type)
    }

    /// The refusal has this id.
    pub(super) fn with_id(mut self, id: &'static str) -> Self {
        self.refused.as_mut().expect("a refusal has an id").id = Some(id);
        self
    }

    /// The refusal names this topic.
    pub(super) fn in_topic(mut self, topic: &'static str) -> Self {
        self.refused.as_mut().expect("a refusal has a topic").topic = Some(topic);
        self
    }

    /// The spec leaves open what it is.
    pub(super) fn open(mut self, rule: &'static str) -> Self {
        self.open = Some(rule);
        self
    }

    fn refused(mut self, code: u16, reason: &'static str, r#type: i64) -> Self {
        self.refused = Some(Refused { code, reason, r#type, id: None, topic: None });
        self
    }
}

/// A text as a JSON string.
pub(super) fn quoted(text: &str) -> String {
    serde_json::Value::from(text).to_string()
}

/// A frame of Ann's of this type with this payLoad.
pub(super) fn request(r#type: i64, payload: &str) -> String {
    format!(r#"{{"token":"t-ann","type":{type},"payLoad":{}}}"#, quoted(payload))
}

/// A chat of Ann's in 8017 with this chatInfo.
pub(super) fn chat(chat_info: &str) -> String {
    request(2, &format!(r#"{{"topic":"8017","chatInfo":{}}}"#, quoted(chat_info)))
}

/// A chatInfo of Ann's of this type with this content.
pub(super) fn info(kind: &str, content: &str) -> String {
    format!(r#"{{"user":"ann","content":{},"type":"{kind}"}}"#, quoted(content))
}

/// A server's frame of this pair with these data.
pub(super) fn answer(r#type: i64, code: i64, data: &str) -> String {
    format!(r#"{{"type":{type},"code":{code},"data":{}}}"#, quoted(data))
}

/// A 200 with this chatInfo.
pub(super) fn delivery(chat_info: &str) -> String {
    format!(
        r#"{{"type":2,"code":200,"data":{},"topic":"8017","seq":42,"at":1539009001250}}"#,
        quoted(chat_info)
    )
}

/// The same as [`request`], with an id.
pub(super) fn request_as(id: &str, r#type: i64, payload: &str) -> String {
    format!(r#"{{"token":"t-ann","type":{type},"payLoad":{},"id":{}}}"#, quoted(payload), quoted(id))
}

/// An object that is nested so many levels deep.
pub(super) fn nested(levels: usize) -> String {
    format!("{}1{}", r#"{"x":"#.repeat(levels), "}".repeat(levels))
}

/// A 200 with its seq in this spelling.
pub(super) fn beside_seq(seq: &str) -> String {
    format!(
        r#"{{"type":2,"code":200,"data":{},"topic":"8017","seq":{seq},"at":1}}"#,
        quoted(&info("message", "hi"))
    )
}
