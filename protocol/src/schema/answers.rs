//! What HTTP answers.

use schemars::{JsonSchema, SchemaGenerator};
use serde_json::{Value, json};

use super::{define, described, object, of, written};
use crate::code::Reason;
use crate::history::{HistoryPage, QuestionAdded};
use crate::limits::INTEGER_MAX;

/// What a stream's reader gets.
pub(super) struct HistoryResponse;

/// What somebody who asks gets.
pub(super) struct QuestionResponse;

written! {
    HistoryResponse = "HistoryResponse", |generator| answers::<HistoryPage>(
        generator,
        "What is answered to who reads a stream (HIST-3, HIST-6).",
        "HistoryPageAnswer",
    );
    QuestionResponse = "QuestionResponse", |generator| answers::<QuestionAdded>(
        generator,
        "What is answered to who asks a question (HIST-3, HIST-21).",
        "QuestionAddedAnswer",
    );
}

/// The reasons that HTTP knows, in the order of the spec (HIST-4).
const REASONS: [(&str, Reason); 5] = [
    ("UnauthenticatedAnswer", Reason::Unauthenticated),
    ("InvalidRequestAnswer", Reason::InvalidPayload),
    ("NotJoinedAnswer", Reason::NotJoined),
    ("RateLimitedAnswer", Reason::RateLimited),
    ("UnavailableAnswer", Reason::Unavailable),
];

fn answers<T: JsonSchema>(generator: &mut SchemaGenerator, description: &str, name: &str) -> Value {
    let data = described(of::<T>(generator), "What was asked for.");
    let ok = answer("Done.", json!({"const": 200}), &data);
    let mut variants = vec![define(generator, name, ok)];
    for (name, reason) in REASONS {
        let data = object(
            "Why not.",
            json!({
                "reason": {"const": reason.name(), "description": "Why, in one word."},
                "message": {"type": "string", "description": "What exactly, for whoever reads it."},
                "retryAfterMs": {
                    "type": "integer",
                    "minimum": 0,
                    "maximum": INTEGER_MAX,
                    "description": "When another try makes sense, in milliseconds from now.",
                },
            }),
            &["reason"],
        );
        let refused = answer("Refused.", json!({"const": reason.code()}), &data);
        variants.push(define(generator, name, refused));
    }
    let codes = REASONS.map(|(_, reason)| reason.code());
    let code = json!({"type": "integer", "minimum": 400, "maximum": 599, "not": {"enum": codes}});
    let other = answer("Refused for what this version has no word for.", code, &json!({"type": "object"}));
    variants.push(define(generator, "OtherAnswer", other));
    json!({"description": description, "oneOf": variants})
}

fn answer(description: &str, code: Value, data: &Value) -> Value {
    let code = described(code, "The HTTP status once more.");
    object(description, json!({"code": code, "data": data}), &["code", "data"])
}
