//! Nesting: 32 levels are read everywhere, and nothing overflows the stack.

use roomwire_protocol::{
    Envelope,
    limits::{DEPTH_READ, DEPTH_REFUSED_PAST},
};

use crate::{accepted, chat, frame, refusal};

/// An unknown member that brings its object to so many levels.
fn nested(levels: usize) -> String {
    let inner = levels - 1;
    format!(r#""x":{}{}"#, "[".repeat(inner), "]".repeat(inner))
}

/// A frame that is nested so deeply in each of its layers in turn.
fn layers(levels: usize) -> [String; 4] {
    let x = nested(levels);
    let content = format!(r#"{{"content":"why",{x}}}"#);
    let question = serde_json::json!({"user": "u1", "type": "question", "content": content});
    [
        format!(r#"{{"token":"u1","type":1,"payLoad":"",{x}}}"#),
        frame(3, &format!(r#"{{"topic":"t",{x}}}"#)),
        chat(&format!(r#"{{"user":"u1","content":"hi","type":"message",{x}}}"#)),
        chat(&question.to_string()),
    ]
}

#[test]
fn thirty_two_levels_are_read_in_every_layer() {
    for frame in layers(DEPTH_READ) {
        accepted(&frame);
    }
}

#[test]
fn what_is_refused_begins_at_one_level_in_every_layer() {
    for (frame, deeper) in layers(DEPTH_REFUSED_PAST).iter().zip(layers(DEPTH_REFUSED_PAST + 1)) {
        accepted(frame);
        let refusal = refusal(&deeper);
        let found = refusal.fault().unwrap().found();
        assert_eq!(found, "JSON nested more than 64 levels deep");
    }
}

#[test]
fn brackets_in_strings_are_no_levels() {
    let brackets = "[{\\\"".repeat(500);
    accepted(&frame(3, &format!(r#"{{"topic":"t","x":"{brackets}"}}"#)));
    accepted(&frame(3, &format!(r#"{{"topic":"t","x":[{}0]}}"#, "[],{},".repeat(500))));
}

#[test]
fn a_hundred_thousand_levels_are_refused_in_every_layer_and_overflow_nothing() {
    for frame in layers(100_000) {
        refusal(&frame);
    }
    let [envelope, payload, ..] = layers(100_000);
    assert_eq!(refusal(&envelope).reason().code(), 400);
    assert_eq!(refusal(&payload).reason().code(), 422);
    refusal(&"[".repeat(1_000_000));
    refusal(&r#"{"a":"#.repeat(100_000));
}

#[test]
fn a_heartbeat_may_carry_anything() {
    for payload in ["not JSON", "{", "\u{0}", &"[".repeat(50_000)] {
        accepted(&frame(1, payload));
    }
    assert_eq!(Envelope::decode(&frame(1, "{not JSON")).unwrap().payload(), "");
}

#[test]
fn a_payload_too_deep_for_every_server_to_read_names_no_topic() {
    let of = |levels| refusal(&frame(2, &format!(r#"{{"topic":"t",{}}}"#, nested(levels)))).topic().cloned();
    assert_eq!(of(DEPTH_READ).unwrap(), "t");
    assert_eq!(of(DEPTH_READ + 1), None);
}
