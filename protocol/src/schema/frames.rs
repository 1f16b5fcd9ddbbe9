//! The envelopes, one a type or a pair, around what they hold.

use serde_json::{Map, Value, json};

use super::leaves::Described as _;
use crate::chat_info::ChatInfo;
use crate::code::{FrameKind, FrameType, Reason};
use crate::id::{RequestId, Seq, Timestamp, Token, Topic};

/// A client's frames, and what their payLoads hold.
pub(super) fn client(payload: &dyn Fn(FrameType) -> Option<Value>) -> Vec<(String, Value)> {
    let mut documents = vec![];
    for frame_type in FrameType::ALL {
        let (name, inner) = (frame_type.name(), payload(*frame_type));
        let described = match &inner {
            Some(inner) => json_in_a_string(inner),
            None => json!({"type": "string", "description": "Never parsed."}),
        };
        let schema = frame(
            format!("A client's frame: {name}."),
            json!({
                "token": Token::describe(),
                "type": {"const": frame_type.number()},
                "payLoad": described,
                "id": RequestId::describe(),
            }),
            &["token", "type", "payLoad"],
        );
        documents.push((format!("client/{name}"), schema));
        documents.extend(inner.map(|inner| (format!("client/{name}.payload"), inner)));
    }
    documents
}

/// What a chat's payLoad holds.
pub(super) fn chat_payload() -> Value {
    frame(
        "Something to be said in a topic.".to_owned(),
        json!({"topic": Topic::describe(), "chatInfo": json_in_a_string(&super::of::<ChatInfo>())}),
        &["topic", "chatInfo"],
    )
}

/// A server's frames, and what their data hold.
pub(super) fn server(data: &dyn Fn(Option<FrameKind>) -> Option<Value>) -> Vec<(String, Value)> {
    let mut documents = vec![];
    for kind in FrameKind::ALL {
        let inner = data(Some(*kind));
        documents.push((format!("server/{}", kind.name()), pair(*kind, inner.as_ref())));
        // What a 200 holds is a chatInfo, which has a document of its own.
        if *kind != FrameKind::Delivery {
            documents.extend(inner.map(|inner| (format!("server/{}.data", kind.name()), inner)));
        }
    }
    let data = error_data(data(None).unwrap_or_default());
    documents.push(("server/error".to_owned(), error(&data)));
    documents.push(("server/error.data".to_owned(), data));
    documents
}

/// What an error's data hold: a reason of this version, and with a 429 when to try again (ERR-5, ERR-14).
fn error_data(mut schema: Value) -> Value {
    schema["properties"]["reason"]["enum"] = Reason::ALL.iter().map(|reason| reason.name()).collect();
    schema["if"] = json!({"properties": {"reason": {"const": Reason::RateLimited.name()}}});
    schema["then"] = json!({"required": ["retryAfterMs"]});
    schema
}

fn pair(kind: FrameKind, inner: Option<&Value>) -> Value {
    let mut properties = json!({
        "type": {"const": kind.frame_type().number()},
        "code": {"const": kind.code()},
        "data": inner.map_or_else(|| json!({"const": ""}), json_in_a_string),
    });
    let mut required = vec!["type", "code", "data"];
    properties["id"] = if kind.answers() { RequestId::describe() } else { json!(false) };
    if kind == FrameKind::Delivery {
        properties["topic"] = Topic::describe();
        properties["seq"] = Seq::describe();
        properties["seq"]["minimum"] = json!(1);
        properties["at"] = Timestamp::describe();
        required.extend(["topic", "seq", "at"]);
    }
    frame(format!("A server's frame: {}.", kind.name()), properties, &required)
}

fn error(data: &Value) -> Value {
    let codes: std::collections::BTreeSet<_> = Reason::ALL.iter().map(|reason| reason.code()).collect();
    frame(
        "A server's frame: error.".to_owned(),
        json!({
            "type": {"type": "integer"},
            "code": {"enum": codes},
            "data": json_in_a_string(data),
            "id": RequestId::describe(),
            "topic": Topic::describe(),
        }),
        &["type", "code", "data"],
    )
}

fn frame(description: String, properties: Value, required: &[&str]) -> Value {
    let mut schema = Map::new();
    schema.insert("$schema".to_owned(), json!("https://json-schema.org/draft/2020-12/schema"));
    schema.insert("description".to_owned(), description.into());
    schema.insert("type".to_owned(), json!("object"));
    schema.insert("properties".to_owned(), properties);
    schema.insert("required".to_owned(), json!(required));
    schema.into()
}

/// A string that holds JSON of this schema.
pub(super) fn json_in_a_string(inner: &Value) -> Value {
    let mut inner = inner.clone();
    if let Some(members) = inner.as_object_mut() {
        members.remove("$schema");
    }
    json!({"type": "string", "contentMediaType": "application/json", "contentSchema": inner})
}
