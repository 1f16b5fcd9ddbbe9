//! The schemas say of each document what the readers enforce.

use proptest::prelude::*;
use roomwire_protocol::{JsonString, arbitrary, code::FrameKind, schema};
use serde_json::{Value, json};

/// The document of this name.
fn document(name: &str) -> Value {
    schema::documents().into_iter().find(|document| document.name == name).expect(name).schema
}

#[test]
fn every_frame_and_what_is_inside_it_has_a_document() {
    let names: Vec<_> = schema::documents().into_iter().map(|document| document.name).collect();
    assert_eq!(
        names,
        [
            "client/heartbeat",
            "client/chat",
            "client/chat.payload",
            "client/join",
            "client/join.payload",
            "client/notice",
            "client/notice.payload",
            "client/user-list",
            "client/user-list.payload",
            "client/leave",
            "client/leave.payload",
            "server/heartbeat-ack",
            "server/chat-delivery",
            "server/joined",
            "server/joined.data",
            "server/notice-accepted",
            "server/notice-accepted.data",
            "server/notice-delivery",
            "server/notice-delivery.data",
            "server/user-list",
            "server/user-list.data",
            "server/user-change",
            "server/user-change.data",
            "server/left",
            "server/left.data",
            "server/error",
            "server/error.data",
            "server/notice-delivery.reconnect-after",
            "chat-info",
            "chat-info/question.content",
            "chat-info/answer.content",
            "history/page",
            "history/question",
            "history/question-added",
            "history/error",
        ]
    );
}

#[test]
fn a_document_stands_by_itself_and_knows_no_null() {
    for document in schema::documents() {
        let text = document.schema.to_string();
        assert_eq!(text.matches("$schema").count(), 1, "{}", document.name);
        for never in ["$ref", "$defs", "\"null\"", "uint", "```", "additionalProperties"] {
            assert!(!text.contains(never), "{} has {never}", document.name);
        }
    }
}

#[test]
fn limits_of_the_wire_are_in_the_schemas() {
    let join = document("client/join");
    assert_eq!(join["properties"]["token"]["maxLength"], 4096);
    assert_eq!(join["properties"]["id"], json!({"type": "string", "minLength": 1, "maxLength": 64}));
    assert_eq!(join["required"], json!(["token", "type", "payLoad"]));
    let payload = &join["properties"]["payLoad"]["contentSchema"];
    assert_eq!(payload["properties"]["displayName"]["maxLength"], 64);
    assert_eq!(payload["properties"]["avatarurl"]["maxLength"], 512);
    assert_eq!(payload["properties"]["topic"]["maxLength"], 128);
    assert_eq!(payload["required"], json!(["topic"]));
    let delivery = document("server/chat-delivery");
    assert_eq!(delivery["properties"]["seq"]["minimum"], 1);
    assert_eq!(delivery["required"], json!(["type", "code", "data", "topic", "seq", "at"]));
    assert_eq!(document("server/joined.data")["properties"]["version"]["const"], 1);
    assert_eq!(document("server/user-list.data")["properties"]["truncated"]["const"], true);
    assert_eq!(document("server/error.data")["then"]["required"], json!(["retryAfterMs"]));
    assert_eq!(document("client/heartbeat")["properties"]["payLoad"]["type"], "string");
    assert_eq!(document("server/heartbeat-ack")["properties"]["data"]["const"], "");
}

#[test]
fn a_text_without_a_limit_has_none_in_its_schema() {
    let since = &document("client/join.payload")["properties"]["since"]["properties"];
    assert_eq!(since["epoch"].as_object().unwrap().keys().collect::<Vec<_>>(), ["description", "type"]);
    let name =
        &document("server/user-list.data")["properties"]["users"]["items"]["properties"]["displayName"];
    assert_eq!(name["minLength"], Value::Null);
}

#[test]
fn json_in_a_string_says_what_it_holds() {
    let schema = schemars::schema_for!(JsonString<u8>).to_value();
    assert_eq!(schema["type"], "string");
    assert_eq!(schema["contentMediaType"], "application/json");
    assert_eq!(schema["contentSchema"]["maximum"], 255);
}

#[test]
fn an_id_is_only_on_what_may_be_an_answer() {
    for kind in FrameKind::ALL {
        let schema = document(&format!("server/{}", kind.name()));
        let pushed = matches!(kind.code(), 203 | 206);
        assert_eq!(kind.answers(), !pushed, "{kind:?}");
        assert_eq!(schema["properties"]["id"] == json!(false), pushed, "{kind:?}");
    }
}

proptest! {
    #[test]
    fn every_frame_has_the_members_that_its_document_requires_and_no_other(frame in arbitrary::server_frame()) {
        let name = frame.kind().map_or("error", FrameKind::name);
        let schema = document(&format!("server/{name}"));
        let text = frame.encode();
        let frame: Value = serde_json::from_str(&text).unwrap();
        same_members(&frame, &schema, &text);
        let data = frame["data"].as_str().unwrap();
        if !data.is_empty() {
            let data: Value = serde_json::from_str(data).unwrap();
            same_members(&data, &schema["properties"]["data"]["contentSchema"], &text);
        }
    }

    #[test]
    fn every_request_has_the_members_that_its_document_requires_and_no_other(frame in arbitrary::client_frame()) {
        let schema = document(&format!("client/{}", frame.request.frame_type().name()));
        let text = frame.encode();
        let frame: Value = serde_json::from_str(&text).unwrap();
        same_members(&frame, &schema, &text);
        let payload = frame["payLoad"].as_str().unwrap();
        if !payload.is_empty() {
            let payload: Value = serde_json::from_str(payload).unwrap();
            same_members(&payload, &schema["properties"]["payLoad"]["contentSchema"], &text);
        }
    }
}

#[track_caller]
fn same_members(object: &Value, schema: &Value, text: &str) {
    let known = schema["properties"].as_object().unwrap();
    for name in object.as_object().unwrap().keys() {
        assert!(
            known.get(name).is_some_and(|member| *member != json!(false)),
            "{name} is not in the schema of {text}"
        );
    }
    for name in schema["required"].as_array().unwrap() {
        assert!(object.get(name.as_str().unwrap()).is_some(), "{name} is missing in {text}");
    }
}
