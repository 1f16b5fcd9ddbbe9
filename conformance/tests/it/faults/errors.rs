//! Faults against chapter 3: what is refused, with which error, and what a refusal leaves behind.

use std::collections::HashMap;

use serde_json::json;

use super::{
    Fault,
    behaviour::{Act, Behaviour, alter, alter_data, lose, on, refusal, refuse, without},
    wire::{Kind, Way},
};

pub(super) const FAULTS: &[Fault] = &[
    Fault {
        name: "refused-twice",
        breaks: &["ERR-1"],
        about: "A refused frame gets its error frame twice.",
        behaviour: || on(|_, seen| seen.refuses().then(|| vec![Act::Forward, Act::Forward])),
    },
    Fault {
        name: "refused-in-silence",
        breaks: &["ERR-1"],
        about: "A frame that is refused with 403 gets no answer.",
        behaviour: || lose(|_, seen| seen.code() == 403),
    },
    Fault {
        name: "malformed-in-silence",
        breaks: &["ERR-8", "ERR-1"],
        about: "A malformed frame gets no answer.",
        behaviour: || lose(|_, seen| seen.code() == 400),
    },
    Fault {
        name: "error-closes",
        breaks: &["ERR-2"],
        about: "An error frame is followed by a close.",
        behaviour: || {
            on(|_, seen| seen.refuses().then(|| vec![Act::Forward, Act::Close(seen.connection, 1000)]))
        },
    },
    Fault {
        name: "malformed-json-closes",
        breaks: &["ERR-2", "ERR-8"],
        about: "Text that is no JSON object closes the connection in place of an error frame.",
        behaviour: || {
            on(|_, seen| {
                let broken = seen.way == Way::Up && seen.kind == Kind::Text && seen.json.is_null();
                broken.then(|| vec![Act::Close(seen.connection, 1007)])
            })
        },
    },
    Fault {
        name: "error-without-type",
        breaks: &["ERR-3", "ENV-8"],
        about: "An error frame has no type.",
        behaviour: || alter(|_, seen| seen.refuses(), |_, _, json| without(json, "type")),
    },
    Fault {
        name: "error-of-type-0",
        breaks: &["ERR-3"],
        about: "Every error frame has the type 0.",
        behaviour: || alter(|_, seen| seen.refuses(), |_, _, json| json["type"] = 0.into()),
    },
    Fault {
        name: "malformed-of-type-0",
        breaks: &["ERR-3"],
        about: "A malformed envelope is answered with type 0 even where it had a type.",
        behaviour: || alter(|_, seen| seen.code() == 400, |_, _, json| json["type"] = 0.into()),
    },
    Fault {
        name: "malformed-of-the-last-type",
        breaks: &["ERR-3"],
        about: "Text that is no JSON object is answered with the type of the frame before it.",
        behaviour: || {
            let mut types = HashMap::new();
            on(move |_, seen| {
                if seen.code() == 400 && seen.json["type"] == 0 {
                    let mut json = seen.json.clone();
                    json["type"] = types.get(&seen.connection).cloned()?;
                    return Some(vec![Act::Text(json.to_string())]);
                }
                if seen.way == Way::Down && seen.json["type"].is_i64() {
                    types.insert(seen.connection, seen.json["type"].clone());
                }
                None
            })
        },
    },
    Fault {
        name: "error-without-id",
        breaks: &["ERR-4", "ENV-12"],
        about: "An error frame does not carry the id of the request.",
        behaviour: || alter(|_, seen| seen.refuses(), |_, _, json| without(json, "id")),
    },
    Fault {
        name: "malformed-without-id",
        breaks: &["ERR-4"],
        about: "A malformed envelope is answered without its id.",
        behaviour: || alter(|_, seen| seen.code() == 400, |_, _, json| without(json, "id")),
    },
    Fault {
        name: "error-without-data",
        breaks: &["ERR-5", "ENV-9"],
        about: "The data of an error frame is empty.",
        behaviour: || alter(|_, seen| seen.refuses(), |_, _, json| json["data"] = "".into()),
    },
    Fault {
        name: "error-without-reason",
        breaks: &["ERR-5"],
        about: "An error frame says a message and no reason.",
        behaviour: || alter_data(|_, seen| seen.refuses(), |data| *data = json!({ "message": "refused" })),
    },
    Fault {
        name: "error-reason-unknown",
        breaks: &["ERR-5"],
        about: "Every error frame has the reason bad_request.",
        behaviour: || alter_data(|_, seen| seen.refuses(), |data| data["reason"] = "bad_request".into()),
    },
    Fault {
        name: "error-reason-of-another-row",
        breaks: &["ERR-5", "ERR-12"],
        about: "A 422 has the reason malformed_envelope.",
        behaviour: || {
            alter_data(|_, seen| seen.code() == 422, |data| data["reason"] = "malformed_envelope".into())
        },
    },
    Fault {
        name: "forbidden-for-one-reason",
        breaks: &["CHAT-14", "ERR-10"],
        about: "Every 403 has the reason not_joined.",
        behaviour: || alter_data(|_, seen| seen.code() == 403, |data| data["reason"] = "not_joined".into()),
    },
    Fault {
        name: "every-error-is-400",
        breaks: &["ERR-5"],
        about: "Every error frame has the code 400, and the reason that it should have.",
        behaviour: || alter(|_, seen| seen.refuses(), |_, _, json| json["code"] = 400.into()),
    },
    Fault {
        name: "invalid-payload-as-malformed",
        breaks: &["ERR-12"],
        about: "An invalid payLoad is answered as a malformed envelope.",
        behaviour: || rename(422, 400, "malformed_envelope"),
    },
    Fault {
        name: "malformed-as-invalid-payload",
        breaks: &["ERR-8"],
        about: "A malformed envelope is answered as an invalid payLoad.",
        behaviour: || rename(400, 422, "invalid_payload"),
    },
    Fault {
        name: "unknown-type-as-malformed",
        breaks: &["ERR-11"],
        about: "An unknown type is answered as a malformed envelope.",
        behaviour: || rename(501, 400, "malformed_envelope"),
    },
    Fault {
        name: "unknown-type-ignored",
        breaks: &["ERR-11"],
        about: "A frame of an unknown type gets no answer.",
        behaviour: || lose(|_, seen| seen.code() == 501),
    },
    Fault {
        name: "negative-type-malformed",
        breaks: &["ERR-11", "ERR-8"],
        about: "A type below 1 is refused as malformed.",
        behaviour: || {
            refuse(400, "malformed_envelope", |_, seen| seen.json["type"].as_i64().is_some_and(|it| it < 1))
        },
    },
    Fault {
        name: "unauthenticated-as-403",
        breaks: &["ERR-9"],
        about: "A frame without a good token is refused with 403.",
        behaviour: || rename(401, 403, "wrong_user"),
    },
    Fault {
        name: "rate-limit-without-time",
        breaks: &["ERR-14"],
        about: "Every fourth heartbeat of a connection is refused with a 429 that says no retryAfterMs.",
        behaviour: || {
            super::behaviour::every(
                4,
                |_, seen| seen.asks(1),
                |seen| vec![Act::Answer(vec![refusal(seen, 429, "rate_limited")])],
            )
        },
    },
    Fault {
        name: "rate-limit-without-topic",
        breaks: &["ERR-17"],
        about: "Every fourth chat of a connection is refused with a 429 that does not carry the chat's topic.",
        behaviour: || {
            super::behaviour::every(
                4,
                |_, seen| seen.asks(2),
                |seen| {
                    let mut refusal = refusal(seen, 429, "rate_limited");
                    refusal["data"] =
                        json!({ "reason": "rate_limited", "retryAfterMs": 1 }).to_string().into();
                    without(&mut refusal, "topic");
                    vec![Act::Answer(vec![refusal])]
                },
            )
        },
    },
    Fault {
        name: "error-without-topic",
        breaks: &["ERR-16"],
        about: "An error frame does not carry the topic that the refused frame named.",
        behaviour: || alter(|_, seen| seen.refuses(), |_, _, json| without(json, "topic")),
    },
    Fault {
        name: "invalid-payload-without-topic",
        breaks: &["ERR-16"],
        about: "A 422 does not carry the topic that the refused frame named.",
        behaviour: || alter(|_, seen| seen.code() == 422, |_, _, json| without(json, "topic")),
    },
    Fault {
        name: "error-with-a-topic-made-up",
        breaks: &["ERR-18"],
        about: "An error frame without a topic carries an empty one.",
        behaviour: || {
            alter(
                |_, seen| seen.refuses() && seen.json["topic"].is_null(),
                |_, _, json| json["topic"] = "".into(),
            )
        },
    },
    Fault {
        name: "malformed-row-closed-early",
        breaks: &["ERR-19"],
        about: "The 8th malformed frame in a row closes the connection with 4002.",
        behaviour: || close_after_malformed(8, true),
    },
    Fault {
        name: "malformed-frames-summed",
        breaks: &["ERR-19"],
        about: "The 32nd malformed frame of a connection closes it with 4002, whatever came between them.",
        behaviour: || close_after_malformed(32, false),
    },
];

/// All errors of one code are given as another.
fn rename(from: i64, to: i64, reason: &'static str) -> Behaviour {
    on(move |_, seen| {
        let mut json = (seen.code() == from).then(|| seen.json.clone())?;
        json["code"] = to.into();
        json["data"] = json!({ "reason": reason }).to_string().into();
        Some(vec![Act::Text(json.to_string())])
    })
}

fn close_after_malformed(limit: u64, in_a_row: bool) -> Behaviour {
    let mut counts = HashMap::<_, u64>::new();
    on(move |_, seen| {
        let count = counts.entry(seen.connection).or_default();
        match seen.code() {
            400 => *count += 1,
            100..=599 if in_a_row => *count = 0,
            _ => {}
        }
        let full = seen.code() == 400 && *count == limit;
        full.then(|| vec![Act::Forward, Act::Close(seen.connection, 4002)])
    })
}
