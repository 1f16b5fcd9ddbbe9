//! What clients send: envelopes, and the payLoads that are no type.

use schemars::SchemaGenerator;
use serde_json::{Value, json};

use super::{define, described, json_in_a_string, object, of, written};
use crate::chat_info::ChatInfo;
use crate::client::{Join, Notice};
use crate::code::FrameType;
use crate::id::{AvatarUrl, DisplayName, RequestId, Token, Topic};

/// Any envelope that is not malformed.
pub(super) struct ClientEnvelope;

/// A frame that every server with all profiles must accept, as far as it can be seen from outside.
pub(super) struct ClientFrame;

/// What a chat's payLoad holds.
pub(super) struct ChatPayload;

/// What a join's payLoad holds for a server that does not look at `since`.
pub(super) struct JoinPayloadWithoutResume;

/// What a user-list's and a leave's payLoad hold.
pub(super) struct TopicPayload;

written! {
    ClientEnvelope = "ClientEnvelope", |generator| object(
        "What a server must be able to read of any client's frame: anything else is answered with 400 \
         `malformed_envelope` (ERR-8).",
        json!({
            "token": {"type": "string", "description": "Who is speaking; one that is empty or too long is answered with 401."},
            "type": {"type": "integer", "description": "What is asked for; one that is not known is answered with 501."},
            "payLoad": {"type": "string", "description": "JSON text, which is looked at once the type is known."},
            "id": described(of::<RequestId>(generator), "What the client calls the request."),
        }),
        REQUIRED,
    );
    ClientFrame = "ClientFrame", client_frame;
    ChatPayload = "ChatPayload", |generator| {
        let chat_info = of::<ChatInfo>(generator);
        object(
            "Something to be said in a topic.",
            json!({
                "topic": described(of::<Topic>(generator), "Where."),
                "chatInfo": described(json_in_a_string(&chat_info), "What: a JSON text, which is handed on as it is."),
            }),
            &["topic", "chatInfo"],
        )
    };
    JoinPayloadWithoutResume = "JoinPayloadWithoutResume", |generator| object(
        "The wish to enter a topic, as a server without profile resume must accept it: `since` may be anything, \
         and is ignored (ROOM-14).",
        json!({
            "topic": described(of::<Topic>(generator), "Which one."),
            "displayName": described(of::<DisplayName>(generator), "What the user is called on the list."),
            "avatarurl": described(of::<AvatarUrl>(generator), "Where the user's picture is."),
        }),
        &["topic"],
    );
    TopicPayload = "TopicPayload", |generator| object(
        "What a user-list and a leave are about.",
        json!({"topic": described(of::<Topic>(generator), "Which one.")}),
        &["topic"],
    );
}

const REQUIRED: &[&str] = &["token", "type", "payLoad"];

fn client_frame(generator: &mut SchemaGenerator) -> Value {
    let variants: Vec<_> = FrameType::ALL.iter().map(|frame_type| request(generator, *frame_type)).collect();
    json!({
        "description": "A frame as a client sends it, and as a server with all profiles must accept it; `type` says \
            which of these it is.",
        "oneOf": variants,
    })
}

fn request(generator: &mut SchemaGenerator, frame_type: FrameType) -> Value {
    let (name, description, inner) = match frame_type {
        FrameType::Heartbeat => ("HeartbeatRequest", "A sign of life, and a fence: answered by 100.", None),
        FrameType::Chat => (
            "ChatRequest",
            "Something said in a topic: answered, and heard by everybody in it, as 200.",
            Some(of::<ChatPayload>(generator)),
        ),
        FrameType::Join => ("JoinRequest", "Entering a topic: answered by 201.", Some(of::<Join>(generator))),
        FrameType::Notice => (
            "NoticeRequest",
            "A private word to one user of a topic: answered by 202, heard by its target as 203.",
            Some(of::<Notice>(generator)),
        ),
        FrameType::UserList => {
            ("UserListRequest", "Who is in a topic: answered by 205.", Some(of::<TopicPayload>(generator)))
        }
        FrameType::Leave => {
            ("LeaveRequest", "Leaving a topic: answered by 204.", Some(of::<TopicPayload>(generator)))
        }
    };
    let payload = match inner {
        Some(inner) => described(json_in_a_string(&inner), "What is asked, as JSON in a string."),
        None => json!({"type": "string", "description": "Never parsed; usually empty."}),
    };
    let schema = object(
        description,
        json!({
            "token": described(of::<Token>(generator), "Who is speaking."),
            "type": {"const": frame_type.number(), "description": "What is asked for."},
            "payLoad": payload,
            "id": described(of::<RequestId>(generator), "What the client calls the request; its answer has it, too."),
        }),
        REQUIRED,
    );
    define(generator, name, schema)
}
