//! JSON Schemas (2020-12) of every frame, and of the JSON inside it (feature `schemars`).
//!
//! They are made of the types, so that they cannot disagree with them, and of the registry. Each document
//! stands by itself. A frame's document says of its `payLoad` or `data` that it is JSON in a string and what
//! that holds (`contentSchema`); since a validator does not look into strings, that is a document of its own,
//! too. Members that nobody knows are allowed everywhere, as the wire asks; a member that may be absent is
//! never null.

mod frames;
mod leaves;

use schemars::JsonSchema;
use schemars::generate::SchemaSettings;
use serde_json::{Map, Value};

pub(crate) use leaves::{Described, text};

use crate::chat_info::{Answer, ChatInfo, Question};
use crate::client::{Join, Leave, ListUsers, Notice};
use crate::history::{HistoryPage, HttpAnswer, QuestionAdded, QuestionRequest};
use crate::server::{
    ErrorData, Joined, Left, NoticeAccepted, NoticeDelivery, ReconnectAfter, UserChange, UserList,
};

/// One schema.
#[derive(Clone, Debug, PartialEq)]
#[non_exhaustive]
pub struct Document {
    /// What it describes, like a path: `server/joined` is a frame, `server/joined.data` what its data holds.
    pub name: String,
    /// The schema.
    pub schema: Value,
}

/// Every schema, sorted by its side: what clients send, what servers send, what is said, and the HTTP beside
/// it.
///
/// ```
/// use roomwire_protocol::schema;
/// let documents = schema::documents();
/// let leave = documents.iter().find(|document| document.name == "client/leave").unwrap();
/// assert_eq!(leave.schema["properties"]["type"]["const"], 6);
/// assert!(documents.iter().any(|document| document.name == "server/joined.data"));
/// ```
#[must_use]
pub fn documents() -> Vec<Document> {
    let mut documents = vec![];
    let mut add = |name: &str, schema: Value| documents.push(Document { name: name.to_owned(), schema });

    for (name, schema) in frames::client(&payload) {
        add(&name, schema);
    }
    for (name, schema) in frames::server(&data) {
        add(&name, schema);
    }
    add("server/notice-delivery.reconnect-after", of::<ReconnectAfter>());
    add("chat-info", of::<ChatInfo>());
    add("chat-info/question.content", of::<Question>());
    add("chat-info/answer.content", of::<Answer>());
    add("history/page", of::<HttpAnswer<HistoryPage>>());
    add("history/question", of::<QuestionRequest>());
    add("history/question-added", of::<HttpAnswer<QuestionAdded>>());
    add("history/error", of::<HttpAnswer<ErrorData>>());
    documents
}

/// What the payLoad of a client's frame holds; `None` where it is never parsed.
fn payload(frame_type: crate::code::FrameType) -> Option<Value> {
    use crate::code::FrameType;
    Some(match frame_type {
        FrameType::Heartbeat => return None,
        FrameType::Chat => frames::chat_payload(),
        FrameType::Join => of::<Join>(),
        FrameType::Notice => of::<Notice>(),
        FrameType::UserList => of::<ListUsers>(),
        FrameType::Leave => of::<Leave>(),
    })
}

/// What the data of a server's frame holds; `None` for the kind where it is empty, an error for no kind.
fn data(kind: Option<crate::code::FrameKind>) -> Option<Value> {
    use crate::code::FrameKind;
    Some(match kind {
        Some(FrameKind::HeartbeatAck) => return None,
        Some(FrameKind::Delivery) => of::<ChatInfo>(),
        Some(FrameKind::Joined) => of::<Joined>(),
        Some(FrameKind::NoticeAccepted) => of::<NoticeAccepted>(),
        Some(FrameKind::Notice) => of::<NoticeDelivery>(),
        Some(FrameKind::UserList) => of::<UserList>(),
        Some(FrameKind::UserChange) => of::<UserChange>(),
        Some(FrameKind::Left) => of::<Left>(),
        None => of::<ErrorData>(),
    })
}

/// The schema of a type, with nothing that points elsewhere.
pub(crate) fn of<T: JsonSchema>() -> Value {
    let settings = SchemaSettings::draft2020_12().with(|settings| settings.inline_subschemas = true);
    let mut schema = settings.into_generator().into_root_schema_for::<T>().to_value();
    tidy(&mut schema);
    schema
}

/// Makes of Rust's idea of a type the wire's: an optional member is never null, a description is one paragraph,
/// and the width of an integer is nobody's business.
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
    }
    if let Some(Value::String(description)) = members.get_mut("description") {
        let paragraph = description.split("\n\n").next().unwrap_or_default();
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
