//! The types whose schema is written by hand: names, numbers, and JSON in a string.

use std::borrow::Cow;

use schemars::{JsonSchema, Schema, SchemaGenerator, json_schema};
use serde_json::{Value, json};

use super::frames::json_in_a_string;
use crate::chat_info::{Answer, ChatInfo, ChatKind, Question};
use crate::code::{Profile, Profiles};
use crate::history::HistoryItem;
use crate::id::{AvatarUrl, DisplayName, Epoch, RequestId, Seq, Timestamp, Token, Topic, User};
use crate::json_string::{JsonString, RawJson};
use crate::server::{Member, UserChange};

/// A type that says itself what its JSON is.
pub(crate) trait Described {
    fn describe() -> Value;
}

macro_rules! described {
    ($($name:ident),*) => {$(
        impl JsonSchema for $name {
            fn inline_schema() -> bool {
                true
            }

            fn schema_name() -> Cow<'static, str> {
                stringify!($name).into()
            }

            fn json_schema(_: &mut SchemaGenerator) -> Schema {
                let description = <Self as Described>::describe();
                Schema::try_from(description).expect("a description is an object")
            }
        }
    )*};
}

described!(AvatarUrl, DisplayName, Epoch, RequestId, Seq, Timestamp, Token, Topic, User);
described!(Profiles, RawJson, ChatInfo, HistoryItem);

/// A string of so many characters, which JSON Schema counts in code points, too.
pub(crate) fn text(min: usize, max: usize, control: bool) -> Value {
    let mut schema = json!({"type": "string"});
    if min > 0 {
        schema["minLength"] = json!(min);
    }
    if max < usize::MAX {
        schema["maxLength"] = json!(max);
    }
    if !control {
        schema["pattern"] = json!(r"^[^\u0000-\u001f\u007f-\u009f]*$");
    }
    schema
}

impl Described for Profiles {
    fn describe() -> Value {
        // A later version may name more; a reader passes over what it does not know.
        json!({
            "type": "array",
            "items": {"type": "string"},
            "contains": {"const": Profile::Core.name()},
            "uniqueItems": true,
        })
    }
}

impl Described for RawJson {
    fn describe() -> Value {
        json!({})
    }
}

impl Described for ChatInfo {
    fn describe() -> Value {
        let content_of = |kind: ChatKind, content: Value| {
            json!({
                "if": {"properties": {"type": {"const": kind.name()}}},
                "then": {"properties": {"content": json_in_a_string(&content)}},
            })
        };
        json!({
            "title": "ChatInfo",
            "description": "Who says what.",
            "type": "object",
            "properties": {
                "user": User::describe(),
                "displayName": DisplayName::describe(),
                "avatarurl": AvatarUrl::describe(),
                "stream": {"type": "string"},
                "content": {"type": "string"},
                "type": {"enum": ChatKind::ALL.iter().map(|kind| kind.name()).collect::<Vec<_>>()},
                "createdat": {"type": "string"},
            },
            "required": ["user", "content", "type"],
            "allOf": [
                content_of(ChatKind::Question, super::of::<Question>()),
                content_of(ChatKind::Answer, super::of::<Answer>()),
            ],
        })
    }
}

impl Described for HistoryItem {
    fn describe() -> Value {
        let mut schema = ChatInfo::describe();
        schema["title"] = json!("HistoryItem");
        schema["description"] = json!("What was said, and its place.");
        schema["properties"]["topic"] = Topic::describe();
        schema["properties"]["seq"] = Seq::describe();
        schema["properties"]["at"] = Timestamp::describe();
        schema["required"] = json!(["user", "content", "type", "topic", "seq", "at"]);
        schema
    }
}

impl JsonSchema for UserChange {
    fn schema_name() -> Cow<'static, str> {
        "UserChange".into()
    }

    fn json_schema(generator: &mut SchemaGenerator) -> Schema {
        let users = json!({"type": "array", "items": generator.subschema_for::<Member>(), "minItems": 1});
        json_schema!({
            "description": "Data of a 206: who came to a topic or went.",
            "type": "object",
            "properties": {
                "topic": Topic::describe(),
                "count": {"type": "integer", "minimum": 0},
                "joined": users,
                "left": users,
            },
            "required": ["topic", "count"],
            "oneOf": [{"required": ["joined"]}, {"required": ["left"]}],
        })
    }
}

/// JSON in a string, and what it holds.
impl<T: JsonSchema> JsonSchema for JsonString<T> {
    fn inline_schema() -> bool {
        true
    }

    fn schema_name() -> Cow<'static, str> {
        format!("JsonString_of_{}", T::schema_name()).into()
    }

    fn json_schema(generator: &mut SchemaGenerator) -> Schema {
        json_schema!({
            "type": "string",
            "contentMediaType": "application/json",
            "contentSchema": generator.subschema_for::<T>(),
        })
    }
}
