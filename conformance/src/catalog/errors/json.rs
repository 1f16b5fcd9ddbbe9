//! Text that is nearly JSON, and values of every wrong type, layer by layer: each has one right refusal.
//!
//! Here are those of the envelope and of payLoads as such, and the words in which the chapters on rooms and chats tell
//! theirs.

use crate::case::Case;
use crate::program::{Change, Edit, Layer, Message};
use crate::script::{Reason, Script, Topic, Who, beat, case, join, leave, replace, say, set};

use Layer::{Envelope, Payload};
use Reason::{InvalidPayload, MalformedEnvelope};

/// What people, and lenient parsers, take for the JSON of a value.
const NEARLY_VALUES: [&str; 22] = [
    "01",
    "+1",
    "0x1",
    "1.",
    ".5",
    "1e",
    "1_000",
    "NaN",
    "-Infinity",
    "undefined",
    "True",
    "'x'",
    "`x`",
    "\"\\x41\"",
    "\"\\u12\"",
    "\"\\u{41}\"",
    "\"a\nb\"",
    "[1,]",
    "{\"a\":1,}",
    "{a:1}",
    "/* x */ 1",
    "[1 2]",
];

/// What may stand around a document for a lenient parser, and not for JSON.
const NEARLY_AROUND: [(&str, &str); 10] = [
    ("", "\0"),
    ("", "x"),
    ("", "}"),
    ("", ","),
    ("", " {}"),
    ("\u{A0}", ""),
    ("\u{B}", ""),
    ("", "\u{C}"),
    ("\u{2028}", ""),
    ("// x\n", ""),
];

pub(super) fn cases() -> Vec<Case> {
    let mut cases = envelopes();
    cases.extend(payloads());
    cases
}

fn envelopes() -> Vec<Case> {
    let malformed = (MalformedEnvelope, None);
    let unreadable = (MalformedEnvelope, Some(0));
    vec![
        each_refused(
            "errors/nearly-json",
            "A value that is nearly JSON makes the envelope malformed",
            &["ERR-8"],
            unreadable,
            |room| say(room, "x"),
            nearly(Envelope),
        ),
        each_refused(
            "errors/nearly-json-around",
            "What JSON does not allow around an object makes the envelope malformed, a NUL included",
            &["ERR-8"],
            unreadable,
            |_| beat(),
            nearly_around(Envelope),
        ),
        refusals(
            "errors/white-space-alone",
            "White space alone is no envelope and no payLoad",
            &["ERR-8", "ERR-12"],
            |s, room, ann| {
                for text in [" ", "\n\n", "\t \r\n"] {
                    s.refused_as(ann, edited(beat(), replace(Envelope, text)), MalformedEnvelope, 0);
                    s.refused(ann, edited(join(room), replace(Payload, text)), InvalidPayload);
                }
            },
        ),
        each_refused(
            "errors/tokens-of-every-wrong-type",
            "A token that is no string is malformed",
            &["ERR-8", "ERR-4"],
            malformed,
            |_| beat().with_id(),
            values(Envelope, &["token"], &["null", "true", "7", "[\"t\"]", "{\"t\":1}"]),
        ),
        each_refused(
            "errors/types-of-every-wrong-type",
            "A type that is no integer is malformed",
            &["ERR-8", "ERR-3"],
            unreadable,
            |_| beat().with_id(),
            values(Envelope, &["type"], &["null", "true", "\"1\"", "[1]", "{}", "1.5", "1e-1"]),
        ),
        each_refused(
            "errors/payloads-of-every-wrong-type",
            "A payLoad that is no string is malformed",
            &["ERR-8", "ERR-3"],
            malformed,
            |room| join(room).with_id(),
            values(
                Envelope,
                &["payLoad"],
                &["null", "false", "8017", "-0.5", "[]", "{}", "{\"topic\":\"8017\"}"],
            ),
        ),
        each_refused(
            "errors/ids-of-every-wrong-type",
            "An id that is no string is malformed, and not given back",
            &["ERR-4", "ERR-8"],
            malformed,
            |_| beat(),
            values(Envelope, &["id"], &["null", "true", "0", "[\"a\"]", "{\"id\":\"a\"}"]),
        ),
        refusals(
            "errors/members-of-a-prototype",
            "Members that only a prototype has are not there",
            &["ERR-8", "ERR-12"],
            |s, room, ann| {
                let envelope = r#"{"__proto__":{"token":"t","type":1,"payLoad":""}}"#;
                s.refused_as(ann, edited(beat(), replace(Envelope, envelope)), MalformedEnvelope, 0);
                let payload = r#"{"__proto__":{"topic":"8017"},"constructor":{"topic":"8017"}}"#;
                s.refused(ann, edited(leave(room), replace(Payload, payload)), InvalidPayload);
            },
        ),
    ]
}

fn payloads() -> Vec<Case> {
    let invalid = (InvalidPayload, None);
    vec![
        each_refused(
            "errors/nearly-json-in-a-payload",
            "A value that is nearly JSON makes the payLoad invalid",
            &["ERR-12"],
            invalid,
            leave,
            nearly(Payload),
        ),
        each_refused(
            "errors/nearly-json-around-a-payload",
            "What JSON does not allow around an object makes the payLoad invalid",
            &["ERR-12"],
            invalid,
            join,
            nearly_around(Payload),
        ),
        refusals(
            "errors/payload-quoted-once-more",
            "A payLoad that is a string of JSON in JSON is invalid",
            &["ERR-12"],
            |s, room, ann| {
                for text in ["\"{}\"", "\"\\\"{}\\\"\"", "[{}]", "null", "8017", "true"] {
                    for message in [join(room), leave(room), say(room, "x")] {
                        s.refused(ann, edited(message, replace(Payload, text)), InvalidPayload);
                    }
                }
            },
        ),
    ]
}

/// Messages that must be refused, each just so, between two that are accepted.
pub(in crate::catalog) fn refusals(
    id: &'static str,
    title: &'static str,
    requirements: &'static [&'static str],
    attacks: impl FnOnce(&mut Script, Topic, Who),
) -> Case {
    case(id, title, requirements, |s| {
        let (room, [ann, ben]) = s.room();
        s.send(ann, say(room, "a good one"));
        s.then();
        attacks(s, room, ann);
        s.then();
        s.send(ann, say(room, "still here"));
        s.send(ben, say(room, "and so am I"));
    })
}

/// The same for a good message with one of these edits at a time. The refusals have the message's `type`, or another.
pub(in crate::catalog) fn each_refused(
    id: &'static str,
    title: &'static str,
    requirements: &'static [&'static str],
    (reason, answer_type): (Reason, Option<i64>),
    twin: fn(Topic) -> Message,
    edits: Vec<Edit>,
) -> Case {
    refusals(id, title, requirements, |s, room, ann| {
        for edit in edits {
            let attack = edited(twin(room), edit);
            let answer_type = answer_type.unwrap_or_else(|| attack.kind());
            s.refused_as(ann, attack, reason, answer_type);
        }
    })
}

pub(in crate::catalog) fn edited(mut message: Message, edit: Edit) -> Message {
    message.edits.push(edit);
    message
}

/// A member that nobody knows, with each value that is nearly JSON.
pub(in crate::catalog) fn nearly(layer: Layer) -> Vec<Edit> {
    values(layer, &["x-odd"], &NEARLY_VALUES)
}

/// Something around the document that JSON does not allow there.
pub(in crate::catalog) fn nearly_around(layer: Layer) -> Vec<Edit> {
    let around = |(before, behind): (&str, &str)| Change::Surround(before.into(), behind.into());
    NEARLY_AROUND.map(|texts| Edit { layer, change: around(texts) }).into()
}

/// Each of these members with each of these values.
pub(in crate::catalog) fn values(layer: Layer, members: &[&str], values: &[&str]) -> Vec<Edit> {
    members.iter().flat_map(|member| values.iter().map(move |value| set(layer, member, value))).collect()
}

/// The whole document replaced by each of these texts.
pub(in crate::catalog) fn texts(layer: Layer, texts: &[&str]) -> Vec<Edit> {
    texts.iter().map(|text| replace(layer, text)).collect()
}
