//! JSON Schemas (2020-12) of both directions, and of every JSON text inside a frame (feature `schemars`).
//!
//! They are made of the types, so that they cannot disagree with them, and of the registry. A validator does not
//! look into strings, so each layer has a [`Document`] of its own; where a string holds JSON, the outer document
//! says so (`contentMediaType`) and what it holds (`contentSchema`). A document stands by itself: what it refers
//! to is in its `$defs`. Members that nobody knows are allowed everywhere, as the wire asks; a member that may be
//! absent is never null.

mod answers;
mod chat_info;
mod client;
mod leaves;
mod server;

use std::borrow::Cow;

use schemars::generate::SchemaSettings;
use schemars::{JsonSchema, SchemaGenerator};
use serde_json::{Map, Value, json};

pub(crate) use leaves::{ChatSeq, Described, text};
pub(crate) use server::with_profiles;

use crate::chat_info::{Answer, ChatInfo, Question};
use crate::client::{Join, Notice};
use crate::history::QuestionRequest;
use crate::limits::INTEGER_MAX;
use crate::server::{
    ErrorData, Joined, Left, NoticeAccepted, NoticeDelivery, ReconnectAfter, UserChange, UserList,
};

/// One schema.
#[derive(Clone, Debug, PartialEq)]
#[non_exhaustive]
pub struct Document {
    /// What it describes: `client-frame`, `join-payload`.
    pub name: &'static str,
    /// The schema, whose `title` is the name as a type would have it: `JoinPayload`.
    pub schema: Value,
}

/// Every schema: what clients send, what servers send, what is said, and the HTTP beside the socket.
///
/// Where what must be borne differs from what may be sent there are two. An `…-envelope` is what the other side
/// must be able to read, a `…-frame` what may be sent. A `…-delivered` is what may come back where a server took
/// more than it must.
///
/// ```
/// use roomwire_protocol::schema;
/// let documents = schema::documents();
/// let leave = documents.iter().find(|document| document.name == "left-data").unwrap();
/// assert_eq!(leave.schema["title"], "LeftData");
/// assert_eq!(leave.schema["properties"]["topic"]["$ref"], "#/$defs/Topic");
/// ```
#[must_use]
pub fn documents() -> Vec<Document> {
    vec![
        document::<client::ClientEnvelope>("client-envelope"),
        document::<client::ClientFrame>("client-frame"),
        document::<client::ChatPayload>("chat-payload"),
        document::<Join>("join-payload"),
        document::<client::JoinPayloadWithoutResume>("join-payload-without-resume"),
        document::<Notice>("notice-payload"),
        document::<client::TopicPayload>("topic-payload"),
        document::<ChatInfo>("chat-info"),
        document::<chat_info::ChatInfoDelivered>("chat-info-delivered"),
        document::<Question>("question-content"),
        document::<Answer>("answer-content"),
        document::<chat_info::AnswerContentDelivered>("answer-content-delivered"),
        document::<server::ServerEnvelope>("server-envelope"),
        document::<server::ServerFrame>("server-frame"),
        document::<Joined>("joined-data"),
        document::<NoticeAccepted>("notice-accepted-data"),
        document::<NoticeDelivery>("notice-data"),
        document::<ReconnectAfter>("reconnect-after"),
        document::<UserList>("user-list-data"),
        document::<UserChange>("user-change-data"),
        document::<Left>("left-data"),
        document::<ErrorData>("error-data"),
        document::<answers::HistoryResponse>("history-response"),
        document::<QuestionRequest>("question-request"),
        document::<answers::QuestionResponse>("question-response"),
    ]
}

fn document<T: JsonSchema>(name: &'static str) -> Document {
    let generator = SchemaSettings::draft2020_12().into_generator();
    let mut schema = generator.into_root_schema_for::<T>().to_value();
    tidy(&mut schema);
    Document { name, schema }
}

/// A schema that is written by hand, as a type of its own.
macro_rules! written {
    ($($type:ty = $name:literal, $write:expr;)*) => {$(
        impl schemars::JsonSchema for $type {
            fn schema_name() -> std::borrow::Cow<'static, str> {
                $name.into()
            }

            fn json_schema(generator: &mut schemars::SchemaGenerator) -> schemars::Schema {
                let write: fn(&mut schemars::SchemaGenerator) -> serde_json::Value = $write;
                schemars::Schema::try_from(write(generator)).expect("a schema is an object")
            }
        }
    )*};
}
use written;

/// Refers to the schema of a type.
fn of<T: JsonSchema>(generator: &mut SchemaGenerator) -> Value {
    generator.subschema_for::<T>().to_value()
}

/// Refers to a schema that is no type's, and puts it where it is looked for.
fn define(generator: &mut SchemaGenerator, name: &str, mut schema: Value) -> Value {
    schema["title"] = json!(name);
    generator.definitions_mut().insert(name.to_owned(), schema);
    json!({"$ref": format!("#/$defs/{name}")})
}

/// A string that holds JSON of this schema.
fn json_in_a_string(inner: &Value) -> Value {
    json!({"type": "string", "contentMediaType": "application/json", "contentSchema": inner})
}

/// The same, with words for what it is.
fn described(mut schema: Value, description: impl Into<Cow<'static, str>>) -> Value {
    schema["description"] = json!(description.into());
    schema
}

/// An object with these members, of which some are required.
fn object(description: &str, properties: Value, required: &[&str]) -> Value {
    let mut schema = Map::new();
    schema.insert("description".to_owned(), description.into());
    schema.insert("type".to_owned(), json!("object"));
    schema.insert("properties".to_owned(), properties);
    schema.insert("required".to_owned(), json!(required));
    schema.into()
}

/// Makes of Rust's idea of a type the wire's: an optional member is never null, a description is one paragraph,
/// and the width of an integer is nobody's business beyond what every reader has exactly.
fn tidy(schema: &mut Value) {
    match schema {
        Value::Object(members) => {
            tidy_object(members);
            members.values_mut().for_each(tidy);
        }
        Value::Array(items) => items.iter_mut().for_each(tidy),
        _ => {}
    }
}

fn tidy_object(members: &mut Map<String, Value>) {
    if members.get("format").and_then(Value::as_str).is_some_and(|format| format.starts_with("uint")) {
        members.remove("format");
        members.entry("maximum").or_insert(json!(INTEGER_MAX));
    }
    if members.contains_key("const") {
        for bound in ["minimum", "maximum"] {
            members.remove(bound);
        }
    }
    if let Some(Value::String(description)) = members.get_mut("description") {
        let paragraph = description.trim().split("\n\n").next().unwrap_or_default();
        *description = paragraph.split_whitespace().collect::<Vec<_>>().join(" ");
    }
    if let Some(Value::Array(types)) = members.get_mut("type") {
        types.retain(|one| one != "null");
        if let [one] = types.as_slice() {
            let one = one.clone();
            members.insert("type".to_owned(), one);
        }
    }
    if let Some(Value::Array(choices)) = members.get_mut("anyOf") {
        choices.retain(|choice| choice.get("type").is_none_or(|one| one != "null"));
        if let [Value::Object(only)] = choices.as_slice() {
            let only = only.clone();
            members.remove("anyOf");
            for (name, value) in only {
                members.entry(name).or_insert(value);
            }
        }
    }
}
