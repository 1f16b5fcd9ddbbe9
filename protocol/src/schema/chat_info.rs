//! What is said, by kind.

use schemars::{JsonSchema, SchemaGenerator};
use serde_json::{Value, json};

use super::{ChatSeq, define, described, json_in_a_string, object, of, written};
use crate::chat_info::{Answer, ChatInfo, ChatKind, Question};
use crate::history::HistoryItem;
use crate::id::{AvatarUrl, DisplayName, Timestamp, Topic, User};

/// A chatInfo as it may be delivered.
pub(super) struct ChatInfoDelivered;

/// An answer's content as it may be delivered.
pub(super) struct AnswerContentDelivered;

written! {
    ChatInfo = "ChatInfo", |generator| kinds::<Answer>(
        generator,
        "What is said, and by whom: what a server must accept as a chat's `chatInfo` (CHAT-8 to CHAT-12).",
        "ChatInfo",
        &message,
    );
    ChatInfoDelivered = "ChatInfoDelivered", |generator| kinds::<AnswerContentDelivered>(
        generator,
        "What was said, and by whom: the data of a 200. It differs from what must be accepted in what a server may \
         have let pass besides (an answer's `orgLogo` and `orgName`).",
        "ChatInfoDelivered",
        &message,
    );
    HistoryItem = "HistoryItem", |generator| kinds::<AnswerContentDelivered>(
        generator,
        "What was said, and its place: all members of the chatInfo, and beside them those of the chat (HIST-7).",
        "HistoryItem",
        &item,
    );
    AnswerContentDelivered = "AnswerContentDelivered", |generator| {
        let mut schema = <Answer as JsonSchema>::json_schema(generator).to_value();
        schema["description"] = json!("An answer's content as it may be delivered: whether an `orgLogo` or an `orgName` that is no \
            string is refused is left open.");
        for open in ["orgLogo", "orgName"] {
            schema["properties"][open] = json!({"description": "Usually a string."});
        }
        schema
    };
}

/// The three kinds of a chatInfo, told by their `type`; `write` says what they have in common.
fn kinds<A: JsonSchema>(
    generator: &mut SchemaGenerator,
    description: &str,
    name: &str,
    write: &dyn Fn(&mut SchemaGenerator) -> Value,
) -> Value {
    let variants: Vec<_> = ChatKind::ALL
        .iter()
        .map(|kind| {
            let mut schema = write(generator);
            let (prefix, content) = match kind {
                ChatKind::Message => ("Message", json!({"type": "string", "description": "The text."})),
                ChatKind::Question => {
                    let inner = of::<Question>(generator);
                    ("Question", described(json_in_a_string(&inner), "The question, as JSON in a string."))
                }
                ChatKind::Answer => {
                    let inner = of::<A>(generator);
                    ("Answer", described(json_in_a_string(&inner), "The answer, as JSON in a string."))
                }
            };
            schema["properties"]["content"] = content;
            schema["properties"]["type"] =
                json!({"const": kind.name(), "description": "What kind of thing it is."});
            define(generator, &format!("{prefix}{name}"), schema)
        })
        .collect();
    json!({"description": description, "oneOf": variants})
}

fn message(generator: &mut SchemaGenerator) -> Value {
    object(
        "One kind of what is said.",
        json!({
            "user": described(of::<User>(generator), "Who says it."),
            "displayName": described(of::<DisplayName>(generator), "What the user is called."),
            "avatarurl": described(of::<AvatarUrl>(generator), "Where the user's picture is."),
            "stream": {"type": "string", "description": "The stream that it is about; history is read by it."},
            "createdat": {"type": "string", "description": "When, in the client's own words."},
        }),
        &["user", "content", "type"],
    )
}

fn item(generator: &mut SchemaGenerator) -> Value {
    let mut schema = message(generator);
    schema["description"] = json!("One kind of what was said, and its place.");
    schema["properties"]["topic"] = described(of::<Topic>(generator), "Where it was said.");
    schema["properties"]["seq"] = described(of::<ChatSeq>(generator), "Its place in the topic's order.");
    schema["properties"]["at"] = described(of::<Timestamp>(generator), "When the server took it.");
    schema["required"] = json!(["user", "content", "type", "topic", "seq", "at"]);
    schema
}
