//! Whatever a stranger sends is read or refused, and nothing panics.

use proptest::prelude::*;
use roomwire_protocol::{ChatInfo, Envelope, RawString, ServerEnvelope, arbitrary, history::QuestionRequest};

/// Puts a text through every reader.
fn survive(text: &str) {
    match Envelope::decode(text) {
        Ok(envelope) => {
            let _ = format!("{envelope:?} {:?} {:?}", envelope.token(), envelope.request());
        }
        Err(refusal) => {
            let answer = refusal.frame().encode();
            let read = ServerEnvelope::decode(&answer).unwrap();
            assert_eq!(read.frame().unwrap(), Some(refusal.frame()));
            assert_eq!(read.code, 400);
        }
    }
    if let Ok(envelope) = ServerEnvelope::decode(text) {
        let _ = format!("{:?}", envelope.frame());
    }
    let _ = (ChatInfo::parse(text), RawString::parse(text), QuestionRequest::parse(text));
}

proptest! {
    #[test]
    fn any_text_is_survived(text: String) {
        survive(&text);
        survive(&crate::frame(2, &text));
        survive(&crate::chat(&text));
    }

    #[test]
    fn any_bytes_are_survived(bytes in proptest::collection::vec(any::<u8>(), 0..256)) {
        survive(&String::from_utf8_lossy(&bytes));
    }

    #[test]
    fn any_json_is_survived_in_every_layer(text in arbitrary::json_text(), type_number in 0_i64..8) {
        survive(&text);
        survive(&crate::frame(type_number, &text));
        survive(&crate::chat(&text));
        survive(&format!(r#"{{"type":{type_number},"code":20{type_number},"data":{}}}"#, RawString::of(&text).token()));
    }

    #[test]
    fn a_frame_that_was_cut_or_bent_is_survived(
        frame in arbitrary::client_frame(),
        at: prop::sample::Index,
        byte in prop::sample::select(br#"{}[]",:\u0x1e9n "#.as_slice()),
    ) {
        let text = frame.encode();
        let mut bytes = text.clone().into_bytes();
        let at = at.index(bytes.len());
        survive(&String::from_utf8_lossy(&bytes[..at]));
        bytes[at] = byte;
        survive(&String::from_utf8_lossy(&bytes));
    }

    #[test]
    fn a_server_frame_that_was_cut_or_bent_is_survived(
        frame in arbitrary::server_frame(),
        at: prop::sample::Index,
        byte in prop::sample::select(br#"{}[]",:\u0x1e9n "#.as_slice()),
    ) {
        let mut bytes = frame.encode().into_bytes();
        let at = at.index(bytes.len());
        bytes[at] = byte;
        survive(&String::from_utf8_lossy(&bytes));
    }
}

#[test]
fn lone_surrogates_numbers_beyond_doubles_and_doubled_members_are_survived() {
    for text in [
        r#"{"token":"\ud800","type":1,"payLoad":""}"#,
        r#"{"token":"t","type":1,"payLoad":"\udc00"}"#,
        r#"{"token":"t","type":2,"payLoad":"\udc00"}"#,
        r#"{"token":"t","type":1e999,"payLoad":""}"#,
        r#"{"token":"t","type":123456789012345678901234567890,"payLoad":""}"#,
        r#"{"token":"t","type":-0,"payLoad":""}"#,
        r#"{"\ud800":"t","type":1,"payLoad":""}"#,
        "\u{feff}{}",
    ] {
        survive(text);
    }
    survive(&crate::chat(r#"{"user":"u1","content":"\ud800","type":"message"}"#));
    survive(&crate::frame(2, r#"{"topic":"t","chatInfo":"\ud800"}"#));
    survive(&crate::frame(4, r#"{"topic":"t","topic":"t","to":"u","data":"\ud800"}"#));
}
