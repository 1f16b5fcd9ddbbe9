//! The wire, as this crate reads and writes it.

#![allow(clippy::unwrap_used, reason = "a test that meets what it does not expect has failed")]

mod codes;
mod depth;
mod envelopes;
mod history;
mod legacy;
mod mutations;
mod names;
mod payloads;
mod round_trips;
mod schemas;
mod server_frames;
mod strangers;

use roomwire_protocol::{Envelope, Refusal, code::Reason};

/// Reads a frame through both stages and gives the refusal, which there must be.
#[track_caller]
fn refusal(frame: &str) -> Refusal {
    let refusal = Envelope::decode(frame)
        .and_then(|envelope| envelope.token().map(drop).and_then(|()| envelope.request().map(drop)));
    refusal.expect_err(frame)
}

/// Reads a frame through both stages, which must succeed.
#[track_caller]
fn accepted(frame: &str) {
    let read = Envelope::decode(frame)
        .and_then(|envelope| envelope.token().map(drop).and_then(|()| envelope.request().map(drop)));
    assert_eq!(read.err().map(|refusal| refusal.to_string()), None, "{frame}");
}

/// A frame of user u1 with this type and payLoad.
fn frame(type_number: i64, payload: &str) -> String {
    let payload = serde_json::to_string(payload).unwrap();
    format!(r#"{{"token":"u1","type":{type_number},"payLoad":{payload}}}"#)
}

/// A chat of user u1 in topic t with this chatInfo.
fn chat(chat_info: &str) -> String {
    frame(2, &serde_json::json!({"topic": "t", "chatInfo": chat_info}).to_string())
}

/// The payLoad is refused, and the fault is about this member.
#[track_caller]
fn invalid(frame: &str, member: &str) -> Refusal {
    let refusal = refusal(frame);
    assert_eq!(refusal.reason(), Reason::InvalidPayload, "{frame}: {refusal}");
    assert_eq!(refusal.fault().unwrap().member(), member, "{frame}: {refusal}");
    refusal
}
