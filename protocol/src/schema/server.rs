//! What servers send: envelopes, and the data that are no plain structure.

use schemars::{Schema, SchemaGenerator};
use serde_json::{Value, json};

use super::chat_info::ChatInfoDelivered;
use super::{ChatSeq, define, described, json_in_a_string, object, of, written};
use crate::code::{FrameKind, Profile, Reason};
use crate::id::{RequestId, Seq, Timestamp, Topic, User};
use crate::limits::INTEGER_MAX;
use crate::server::{ErrorData, Joined, Left, Member, NoticeAccepted, NoticeDelivery, UserChange, UserList};

/// Any envelope that a client must bear.
pub(super) struct ServerEnvelope;

/// A frame that a server of this version may send.
pub(super) struct ServerFrame;

written! {
    ServerEnvelope = "ServerEnvelope", |generator| {
        let properties = members(generator, json!({
            "type": {"type": "integer", "description": "What the frame is about, known or not."},
            "code": {"type": "integer", "description": "What happened, known or not."},
            "data": {"type": "string", "description": "JSON text, or an empty string."},
        }));
        object(
            "What a client must be able to read of any server's frame, also of a later version's: it ignores a pair \
             of type and code that it does not know (GROW-4).",
            properties,
            REQUIRED,
        )
    };
    ServerFrame = "ServerFrame", |generator| {
        let mut variants: Vec<_> = FrameKind::ALL.iter().map(|kind| pair(generator, *kind)).collect();
        variants.push(error(generator));
        json!({
            "description": "A frame as a server of this version may send it; `type` and `code` say which of these it \
                is (ENV-11).",
            "oneOf": variants,
        })
    };
    NoticeDelivery = "NoticeData", |generator| {
        let topic = of::<Topic>(generator);
        let data = json!({"description": "What: any JSON value, null included."});
        let from_user = object(
            "A notice from a user of the topic (NOTE-2).",
            json!({
                "topic": described(topic.clone(), "Where."),
                "from": described(of::<User>(generator), "From whom."),
                "data": data,
            }),
            &["topic", "from", "data"],
        );
        let from_server = object(
            "The server's own word: one that drains says `{\"reconnectAfterMs\":2000}` (LIMIT-18, NOTE-13).",
            json!({"topic": described(topic, "Where, unless it concerns the whole connection."), "from": false, "data": data}),
            &["data"],
        );
        let variants = [define(generator, "NoticeFromUser", from_user), define(generator, "NoticeFromServer", from_server)];
        json!({"description": "Data of a 203: a notice, or the server's own word, which has no `from`.", "oneOf": variants})
    };
    UserChange = "UserChangeData", |generator| {
        let variants = [
            change(generator, "UsersJoined", "They are on the list now.", "joined", "left"),
            change(generator, "UsersLeft", "They are not on the list any more.", "left", "joined"),
        ];
        json!({"description": "Data of a 206: who came to a topic or went, exactly one of the two (PRES-14).", "oneOf": variants})
    };
    ErrorData = "ErrorData", |generator| {
        let variants = [
            error_data(generator, "RateLimited", "Too much at once: it always says when to try again (ERR-14).", &[Reason::RateLimited]),
            error_data(
                generator,
                "Refused",
                "Why a frame was refused.",
                &Reason::ALL.iter().copied().filter(|reason| *reason != Reason::RateLimited).collect::<Vec<_>>(),
            ),
        ];
        json!({"description": "Data of an error: one of the reasons of this version (ERR-5).", "oneOf": variants})
    };
}

const REQUIRED: &[&str] = &["type", "code", "data"];

/// The members that may stand beside any `data`, with those given in their place.
fn members(generator: &mut SchemaGenerator, given: Value) -> Value {
    let mut properties = json!({
        "id": described(of::<RequestId>(generator), "The id of the request that it answers."),
        "topic": described(of::<Topic>(generator), "On a 200 and on errors: the topic."),
        "seq": described(of::<Seq>(generator), "On a 200: its place in the topic's order."),
        "at": described(of::<Timestamp>(generator), "On a 200: when the server took it."),
    });
    if let (Value::Object(properties), Value::Object(given)) = (&mut properties, given) {
        properties.extend(given);
    }
    properties
}

fn pair(generator: &mut SchemaGenerator, kind: FrameKind) -> Value {
    let (name, description, inner) = match kind {
        FrameKind::HeartbeatAck => {
            ("HeartbeatAckFrame", "A heartbeat's ack: all that came before it has been handled.", None)
        }
        FrameKind::Delivery => (
            "ChatDeliveryFrame",
            "A chat, to everybody in its topic. 200 is this and nothing else, forever (CHAT-7).",
            Some(of::<ChatInfoDelivered>(generator)),
        ),
        FrameKind::Joined => ("JoinedFrame", "Joined.", Some(of::<Joined>(generator))),
        FrameKind::NoticeAccepted => {
            ("NoticeAcceptedFrame", "A notice is on its way.", Some(of::<NoticeAccepted>(generator)))
        }
        FrameKind::Notice => (
            "NoticeDeliveryFrame",
            "A notice, or the server's own word; it answers no request of its receiver.",
            Some(of::<NoticeDelivery>(generator)),
        ),
        FrameKind::UserList => ("UserListFrame", "Everybody in a topic.", Some(of::<UserList>(generator))),
        FrameKind::UserChange => {
            ("UserChangeFrame", "Who came or went; it answers no request.", Some(of::<UserChange>(generator)))
        }
        FrameKind::Left => {
            ("LeftFrame", "Left, or not there in the first place.", Some(of::<Left>(generator)))
        }
    };
    let data = match inner {
        Some(inner) => described(json_in_a_string(&inner), "What there is to know, as JSON in a string."),
        None => json!({"const": "", "description": "Always empty."}),
    };
    let mut given = json!({
        "type": {"const": kind.frame_type().number(), "description": "What the frame is about."},
        "code": {"const": kind.code(), "description": "What happened."},
        "data": data,
    });
    let mut required = REQUIRED.to_vec();
    if !kind.answers() {
        given["id"] = json!(false);
    }
    if kind == FrameKind::Delivery {
        given["id"] = described(of::<RequestId>(generator), "What its sender calls it; it is on every copy.");
        given["topic"] = described(of::<Topic>(generator), "Where it was said.");
        given["seq"] = described(of::<ChatSeq>(generator), "Its place in the topic's order.");
        required.extend(["topic", "seq", "at"]);
    }
    let properties = members(generator, given);
    define(generator, name, object(description, properties, &required))
}

fn error(generator: &mut SchemaGenerator) -> Value {
    let codes: std::collections::BTreeSet<_> = Reason::ALL.iter().map(|reason| reason.code()).collect();
    let data = of::<ErrorData>(generator);
    let given = json!({
        "type": {"type": "integer", "description": "The type of the request, 0 where it has none (ERR-3)."},
        "code": {"enum": codes, "description": "What is wrong."},
        "data": described(json_in_a_string(&data), "Why, as JSON in a string."),
    });
    let properties = members(generator, given);
    define(generator, "ErrorFrame", object("A request was refused.", properties, REQUIRED))
}

fn error_data(generator: &mut SchemaGenerator, name: &str, description: &str, reasons: &[Reason]) -> Value {
    let names: Vec<_> = reasons.iter().map(|reason| reason.name()).collect();
    let (reason, required) = match names.as_slice() {
        [only] => (json!({"const": only}), vec!["reason", "retryAfterMs"]),
        _ => (json!({"enum": names}), vec!["reason"]),
    };
    let retry_after = json!({
        "type": "integer",
        "minimum": 0,
        "maximum": INTEGER_MAX,
        "description": "When another try makes sense, in milliseconds from now.",
    });
    let properties = json!({
        "reason": described(reason, "Why, in one word."),
        "message": {"type": "string", "description": "What exactly, for whoever reads it."},
        "retryAfterMs": retry_after,
    });
    define(generator, name, object(description, properties, &required))
}

fn change(generator: &mut SchemaGenerator, name: &str, description: &str, this: &str, other: &str) -> Value {
    let member = of::<Member>(generator);
    let mut properties = json!({
        "topic": described(of::<Topic>(generator), "Which topic."),
        "count": {
            "type": "integer",
            "minimum": 0,
            "maximum": INTEGER_MAX,
            "description": "How many users there are now.",
        },
    });
    properties[this] = json!({"type": "array", "items": member, "minItems": 1, "description": description});
    properties[other] = json!(false);
    define(generator, name, object(description, properties, &["topic", "count", this]))
}

/// A 201 has the limits of presence with presence (PRES-3), and `recovered` with resume alone (ROOM-14).
pub(crate) fn with_profiles(schema: &mut Schema) {
    let claims = |profile: Profile| json!({"properties": {"profiles": {"type": "array", "contains": {"const": profile.name()}}}});
    let presence_limits = ["presenceGraceMs", "rosterMax"];
    schema.insert(
        "allOf".to_owned(),
        json!([
            {
                "$comment": "PRES-3",
                "if": claims(Profile::Presence),
                "then": {"properties": {"limits": {
                    "type": "object",
                    "properties": presence_limits.map(|name| (name, true)).into_iter().collect::<std::collections::BTreeMap<_, _>>(),
                    "required": presence_limits,
                }}},
            },
            {"$comment": "ROOM-14", "if": claims(Profile::Resume), "else": {"properties": {"recovered": false}}},
        ]),
    );
}
