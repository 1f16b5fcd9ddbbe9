//! The AsyncAPI document stands by itself, and its schemas say what the others say.

use std::path::Path;

use roomwire_schemas::generate::outputs;
use serde_json::{Value, json};

fn document() -> Value {
    let outputs = outputs(&Path::new(env!("CARGO_MANIFEST_DIR")).join("..")).unwrap();
    let output = outputs.iter().find(|output| output.path.ends_with("asyncapi.json")).unwrap();
    serde_json::from_str(&output.content).unwrap()
}

fn each_reference(value: &Value, see: &mut dyn FnMut(&str)) {
    match value {
        Value::Object(members) => {
            if let Some(reference) = members.get("$ref") {
                see(reference.as_str().unwrap());
            }
            members.values().for_each(|member| each_reference(member, see));
        }
        Value::Array(items) => items.iter().for_each(|item| each_reference(item, see)),
        _ => {}
    }
}

#[test]
fn every_reference_leads_to_something_inside() {
    let document = document();
    let mut references = 0;
    each_reference(&document, &mut |reference| {
        references += 1;
        let pointer = reference.strip_prefix('#').unwrap();
        assert!(document.pointer(pointer).is_some(), "{reference}");
    });
    assert!(references > 100);
}

#[test]
fn every_request_is_received_and_answered_and_every_frame_is_sent() {
    let document = document();
    let operations = document["operations"].as_object().unwrap();
    let of = |action: &str| operations.values().filter(|operation| operation["action"] == action).count();
    assert_eq!((of("receive"), of("send")), (6, 9));
    let replies = |name: &str| {
        let messages = operations[name]["reply"]["messages"].as_array().unwrap();
        messages
            .iter()
            .map(|message| message["$ref"].as_str().unwrap().rsplit('/').next().unwrap())
            .collect::<Vec<_>>()
    };
    assert_eq!(replies("receiveHeartbeatRequest"), ["HeartbeatAckFrame", "ErrorFrame"]);
    // A 203 answers nothing, though it has the type of a notice.
    assert_eq!(replies("receiveNoticeRequest"), ["NoticeAcceptedFrame", "ErrorFrame"]);
    assert_eq!(replies("receiveUserListRequest"), ["UserListFrame", "ErrorFrame"]);
}

#[test]
fn every_message_has_examples_that_are_valid_by_its_schema() {
    let document = document();
    let components =
        document["components"]["schemas"].to_string().replace("#/components/schemas/", "#/definitions/");
    let components: Value = serde_json::from_str(&components).unwrap();
    for (name, message) in document["components"]["messages"].as_object().unwrap() {
        let schema = json!({"$ref": format!("#/definitions/{name}"), "definitions": components});
        let validator = jsonschema::draft7::new(&schema).unwrap();
        let examples = message["examples"].as_array().unwrap();
        assert!(!examples.is_empty(), "{name}");
        for example in examples {
            assert!(validator.is_valid(&example["payload"]), "{name}: {example}");
        }
        assert!(!validator.is_valid(&json!({})), "{name}");
    }
}
