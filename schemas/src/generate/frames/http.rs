//! Bodies of the HTTP beside the socket.

use proptest::collection::vec;
use proptest::option;
use proptest::prelude::*;
use proptest::sample::select;
use roomwire_protocol::code::Reason;
use roomwire_protocol::history::{HistoryPage, HttpAnswer, QuestionAdded, QuestionRequest};
use roomwire_protocol::limits::INTEGER_MAX;
use roomwire_protocol::server::ErrorData;
use roomwire_protocol::{Topic, arbitrary};

use super::Made;
use crate::generate::vectors::Direction;

/// Any body that is valid.
pub(super) fn bodies() -> impl Strategy<Value = Made> {
    prop_oneof![
        2 => page().prop_map(|body| made("history-response", body)),
        1 => question().prop_map(|body| made("question-request", body)),
        1 => added().prop_map(|body| made("question-response", body)),
        1 => (refused(), any::<bool>()).prop_map(|(body, reading)| {
            made(if reading { "history-response" } else { "question-response" }, body)
        }),
    ]
}

fn made(schema: &'static str, body: String) -> Made {
    (Direction::Http, Some(schema), body)
}

fn page() -> impl Strategy<Value = String> {
    (vec(arbitrary::history_item(), 0..4), 1..=INTEGER_MAX, 1..=1000_u64, 0..=INTEGER_MAX).prop_map(
        |(items, page, results_per_page, total)| {
            HttpAnswer::ok(HistoryPage { items, page, results_per_page, total }).to_json()
        },
    )
}

fn question() -> impl Strategy<Value = String> {
    let topic = option::of(arbitrary::topic());
    (arbitrary::text(0, 64), arbitrary::text(0, 64), topic)
        .prop_map(|(content, stream_id, topic)| QuestionRequest { content, stream_id, topic }.to_json())
}

fn added() -> impl Strategy<Value = String> {
    let place = (arbitrary::topic(), arbitrary::chat_seq());
    place.prop_map(|(topic, seq): (Topic, _)| HttpAnswer::ok(QuestionAdded { topic, seq }).to_json())
}

fn refused() -> impl Strategy<Value = String> {
    let reasons = vec![
        Reason::Unauthenticated,
        Reason::InvalidPayload,
        Reason::NotJoined,
        Reason::RateLimited,
        Reason::Unavailable,
    ];
    (select(reasons), option::of(arbitrary::text(0, 32)), option::of(0..=INTEGER_MAX)).prop_map(
        |(reason, message, retry_after_ms)| {
            let mut data = ErrorData::new(reason);
            data.message = message;
            data.retry_after_ms = retry_after_ms;
            HttpAnswer { code: reason.code(), data }.to_json()
        },
    )
}
