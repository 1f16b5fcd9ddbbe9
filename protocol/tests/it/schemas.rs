//! The schemas say of each document what the readers enforce. Whether they agree on every frame is tested where
//! there is a validator, in `roomwire-schemas`.

use roomwire_protocol::{JsonString, code::FrameKind, schema};
use serde_json::{Value, json};

/// The document of this name.
fn document(name: &str) -> Value {
    schema::documents().into_iter().find(|document| document.name == name).expect(name).schema
}

/// A definition in the document of this name.
fn definition(name: &str, title: &str) -> Value {
    document(name)["$defs"][title].clone()
}

#[test]
fn both_directions_and_every_json_text_inside_have_a_document() {
    let names: Vec<_> = schema::documents().into_iter().map(|document| document.name).collect();
    assert_eq!(
        names,
        [
            "client-envelope",
            "client-frame",
            "chat-payload",
            "join-payload",
            "join-payload-without-resume",
            "notice-payload",
            "topic-payload",
            "chat-info",
            "chat-info-delivered",
            "question-content",
            "answer-content",
            "answer-content-delivered",
            "server-envelope",
            "server-frame",
            "joined-data",
            "notice-accepted-data",
            "notice-data",
            "reconnect-after",
            "user-list-data",
            "user-change-data",
            "left-data",
            "error-data",
            "history-response",
            "question-request",
            "question-response",
        ]
    );
}

#[test]
fn a_document_stands_by_itself_and_knows_no_null() {
    for document in schema::documents() {
        let text = document.schema.to_string();
        assert_eq!(text.matches("$schema").count(), 1, "{}", document.name);
        for never in ["\"null\"", "uint", "```", "additionalProperties", "[`", "`]"] {
            assert!(!text.contains(never), "{} has {never}", document.name);
        }
        each_reference(&document.schema, &mut |reference| {
            let title = reference.strip_prefix("#/$defs/").expect(reference);
            assert!(document.schema["$defs"].get(title).is_some(), "{} lacks {title}", document.name);
        });
    }
}

fn each_reference(value: &Value, see: &mut dyn FnMut(&str)) {
    match value {
        Value::Object(members) => {
            if let Some(Value::String(reference)) = members.get("$ref") {
                see(reference);
            }
            members.values().for_each(|member| each_reference(member, see));
        }
        Value::Array(items) => items.iter().for_each(|item| each_reference(item, see)),
        _ => {}
    }
}

#[test]
fn a_type_is_the_same_in_every_document() {
    let mut seen = std::collections::BTreeMap::new();
    for document in schema::documents() {
        let mut root = document.schema.clone();
        let definitions = root.as_object_mut().unwrap().remove("$defs").unwrap_or_default();
        root.as_object_mut().unwrap().remove("$schema");
        let title = root["title"].as_str().unwrap().to_owned();
        let definitions = definitions.as_object().cloned().unwrap_or_default();
        for (name, mut schema) in definitions.into_iter().chain([(title, root)]) {
            schema.as_object_mut().unwrap().remove("title");
            let first = seen.entry(name.clone()).or_insert_with(|| schema.clone());
            assert_eq!(*first, schema, "{name} in {}", document.name);
        }
    }
}

#[test]
fn limits_of_the_wire_are_in_the_schemas() {
    let name = "client-frame";
    assert_eq!(definition(name, "Token")["maxLength"], 4096);
    let id = definition(name, "RequestId");
    assert_eq!((&id["minLength"], &id["maxLength"]), (&json!(1), &json!(64)));
    assert_eq!(definition(name, "JoinRequest")["required"], json!(["token", "type", "payLoad"]));
    assert_eq!(definition(name, "DisplayName")["maxLength"], 64);
    assert_eq!(definition(name, "AvatarUrl")["maxLength"], 512);
    assert_eq!(definition(name, "Topic")["maxLength"], 128);
    assert_eq!(definition(name, "HeartbeatRequest")["properties"]["payLoad"]["type"], "string");
    assert_eq!(document("join-payload")["required"], json!(["topic"]));
    let name = "server-frame";
    let delivery = definition(name, "ChatDeliveryFrame");
    assert_eq!(delivery["required"], json!(["type", "code", "data", "topic", "seq", "at"]));
    assert_eq!(definition(name, "ChatSeq")["minimum"], 1);
    assert_eq!(definition(name, "ChatSeq")["maximum"], 9_007_199_254_740_991_u64);
    assert_eq!(definition(name, "HeartbeatAckFrame")["properties"]["data"]["const"], "");
    assert_eq!(document("joined-data")["properties"]["version"]["const"], 1);
    assert_eq!(document("user-list-data")["properties"]["truncated"]["const"], true);
    assert_eq!(definition("error-data", "RateLimited")["required"], json!(["reason", "retryAfterMs"]));
}

#[test]
fn a_text_without_a_limit_has_none_in_its_schema() {
    let epoch = definition("join-payload", "Epoch");
    assert_eq!(epoch.as_object().unwrap().keys().collect::<Vec<_>>(), ["description", "title", "type"]);
    assert_eq!(definition("user-list-data", "DisplayName")["minLength"], Value::Null);
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
    let frame = document("server-frame");
    for kind in FrameKind::ALL {
        let (number, code) = (kind.frame_type().number(), kind.code());
        let variants = frame["$defs"].as_object().unwrap().values().map(|schema| &schema["properties"]);
        let variant = variants
            .filter(|members| members["type"]["const"] == number && members["code"]["const"] == code)
            .collect::<Vec<_>>();
        let [members] = variant[..] else { panic!("{kind:?}") };
        let pushed = matches!(code, 203 | 206);
        assert_eq!(kind.answers(), !pushed, "{kind:?}");
        assert_eq!(members["id"] == json!(false), pushed, "{kind:?}");
    }
}
