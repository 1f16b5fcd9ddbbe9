//! Text that is nearly JSON, and values of every wrong type, layer by layer: each has one right refusal.

use crate::case::Case;
use crate::program::{Change, ChatKind, Edit, Layer, Message};
use crate::script::{Reason, Script, Topic, Who, beat, case, join, leave, put, replace, say, say_as, set};

use Layer::{ChatInfo, Content, Envelope, Payload};
use Reason::{InvalidPayload, MalformedEnvelope};

/// What people, and lenient parsers, take for the JSON of a value.
pub(in crate::catalog) const NEARLY_VALUES: [&str; 22] = [
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
pub(in crate::catalog) const NEARLY_AROUND: [(&str, &str); 10] = [
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
    vec![
        refusals(
            "errors/nearly-json",
            "A value that is nearly JSON makes the envelope malformed",
            &["ERR-8"],
            |s, room, ann| {
                for value in NEARLY_VALUES {
                    s.refused_as(ann, say(room, "x").set(Envelope, "x-odd", value), MalformedEnvelope, 0);
                }
            },
        ),
        refusals(
            "errors/nearly-json-around",
            "What JSON does not allow around an object makes the envelope malformed, a NUL included",
            &["ERR-8"],
            |s, _, ann| {
                for (before, behind) in NEARLY_AROUND {
                    s.refused_as(ann, around(beat(), Envelope, before, behind), MalformedEnvelope, 0);
                }
            },
        ),
        refusals(
            "errors/white-space-alone",
            "White space alone is no envelope and no payLoad",
            &["ERR-8", "ERR-12"],
            |s, room, ann| {
                for text in [" ", "\n\n", "\t \r\n"] {
                    let blank = |mut message: Message, layer| {
                        message.edits.push(replace(layer, text));
                        message
                    };
                    s.refused_as(ann, blank(beat(), Envelope), MalformedEnvelope, 0);
                    s.refused(ann, blank(join(room), Payload), InvalidPayload);
                }
            },
        ),
        refusals(
            "errors/tokens-of-every-wrong-type",
            "A token that is no string is malformed",
            &["ERR-8", "ERR-4"],
            |s, _, ann| {
                for value in ["null", "true", "7", "[\"t\"]", "{\"t\":1}"] {
                    s.refused(ann, beat().with_id().set(Envelope, "token", value), MalformedEnvelope);
                }
            },
        ),
        refusals(
            "errors/types-of-every-wrong-type",
            "A type that is no integer is malformed",
            &["ERR-8", "ERR-3"],
            |s, _, ann| {
                for value in ["null", "true", "\"1\"", "[1]", "{}", "1.5", "1e-1"] {
                    s.refused_as(ann, beat().with_id().set(Envelope, "type", value), MalformedEnvelope, 0);
                }
            },
        ),
        refusals(
            "errors/payloads-of-every-wrong-type",
            "A payLoad that is no string is malformed",
            &["ERR-8", "ERR-3"],
            |s, room, ann| {
                for value in ["null", "false", "8017", "-0.5", "[]", "{}", "{\"topic\":\"8017\"}"] {
                    s.refused(ann, join(room).with_id().set(Envelope, "payLoad", value), MalformedEnvelope);
                }
            },
        ),
        refusals(
            "errors/ids-of-every-wrong-type",
            "An id that is no string is malformed, and not given back",
            &["ERR-4", "ERR-8"],
            |s, _, ann| {
                for value in ["null", "true", "0", "[\"a\"]", "{\"id\":\"a\"}"] {
                    s.refused(ann, beat().set(Envelope, "id", value), MalformedEnvelope);
                }
            },
        ),
        refusals(
            "errors/members-of-a-prototype",
            "Members that only a prototype has are not there",
            &["ERR-8", "ERR-12"],
            |s, room, ann| {
                let envelope = r#"{"__proto__":{"token":"t","type":1,"payLoad":""}}"#;
                let mut attack = beat();
                attack.edits.push(replace(Envelope, envelope));
                s.refused_as(ann, attack, MalformedEnvelope, 0);
                let mut attack = leave(room);
                attack.edits.push(replace(
                    Payload,
                    r#"{"__proto__":{"topic":"8017"},"constructor":{"topic":"8017"}}"#,
                ));
                s.refused(ann, attack, InvalidPayload);
            },
        ),
        refusals(
            "errors/nearly-json-in-a-payload",
            "A value that is nearly JSON makes the payLoad invalid",
            &["ERR-12"],
            |s, room, ann| {
                for value in NEARLY_VALUES {
                    s.refused(ann, leave(room).set(Payload, "x-odd", value), InvalidPayload);
                }
            },
        ),
        refusals(
            "errors/nearly-json-around-a-payload",
            "What JSON does not allow around an object makes the payLoad invalid",
            &["ERR-12"],
            |s, room, ann| {
                for (before, behind) in NEARLY_AROUND {
                    s.refused(ann, around(join(room), Payload, before, behind), InvalidPayload);
                }
            },
        ),
        refusals(
            "errors/payload-quoted-once-more",
            "A payLoad that is a string of JSON in JSON is invalid",
            &["ERR-12"],
            |s, room, ann| {
                for text in ["\"{}\"", "\"\\\"{}\\\"\"", "[{}]", "null", "8017", "true"] {
                    for mut attack in [join(room), leave(room), say(room, "x")] {
                        attack.edits.push(replace(Payload, text));
                        s.refused(ann, attack, InvalidPayload);
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

pub(in crate::catalog) fn around(mut message: Message, layer: Layer, before: &str, behind: &str) -> Message {
    message.edits.push(Edit { layer, change: Change::Surround(before.into(), behind.into()) });
    message
}

/// The same refusals for what stands inside a payLoad: for the catalog's chapter on chats.
pub(in crate::catalog) fn of_chats() -> Vec<Case> {
    let ask = |room| say_as(room, ChatKind::Question, "why?");
    vec![
        refusals(
            "chat/nearly-json",
            "A value that is nearly JSON makes the chatInfo invalid",
            &["CHAT-8"],
            |s, room, ann| {
                for value in NEARLY_VALUES {
                    s.refused(ann, say(room, "x").set(ChatInfo, "x-odd", value), InvalidPayload);
                }
            },
        ),
        refusals(
            "chat/nearly-json-around",
            "What JSON does not allow around an object makes the chatInfo invalid",
            &["CHAT-8"],
            |s, room, ann| {
                for (before, behind) in NEARLY_AROUND {
                    s.refused(ann, around(say(room, "x"), ChatInfo, before, behind), InvalidPayload);
                }
            },
        ),
        refusals(
            "chat/chat-info-of-every-wrong-type",
            "A chatInfo that is no string is invalid",
            &["CHAT-8"],
            |s, room, ann| {
                for value in [
                    "null",
                    "true",
                    "7",
                    "[]",
                    "{}",
                    "{\"user\":\"u\",\"content\":\"c\",\"type\":\"message\"}",
                ] {
                    s.refused(ann, say(room, "x").set(Payload, "chatInfo", value), InvalidPayload);
                }
            },
        ),
        refusals(
            "chat/chat-info-that-is-no-object",
            "A chatInfo that holds JSON but no object is invalid",
            &["CHAT-8"],
            |s, room, ann| {
                for text in ["", " ", "null", "true", "7", "\"x\"", "[]", "[{}]", "\"{}\""] {
                    let mut attack = say(room, "x");
                    attack.edits.push(replace(ChatInfo, text));
                    s.refused(ann, attack, InvalidPayload);
                }
            },
        ),
        refusals(
            "chat/members-of-every-wrong-type",
            "user, content and type of a chatInfo are strings",
            &["CHAT-9"],
            |s, room, ann| {
                for member in ["user", "content", "type"] {
                    for value in ["null", "true", "7", "[\"x\"]", "{\"x\":\"y\"}"] {
                        s.refused(ann, say(room, "x").set(ChatInfo, member, value), InvalidPayload);
                    }
                }
            },
        ),
        refusals(
            "chat/optional-members-of-every-wrong-type",
            "displayName, avatarurl, stream and createdat of a chatInfo are strings where they are there",
            &["CHAT-11"],
            |s, room, ann| {
                for member in ["displayName", "avatarurl", "stream", "createdat"] {
                    for value in ["null", "false", "20181008", "[]", "{}"] {
                        s.refused(ann, say(room, "x").set(ChatInfo, member, value), InvalidPayload);
                    }
                }
            },
        ),
        refusals(
            "chat/types-that-are-nearly-right",
            "The type of a chatInfo is one of three words to the letter",
            &["CHAT-10"],
            |s, room, ann| {
                for kind in [
                    "",
                    " message",
                    "message ",
                    "Message",
                    "messages",
                    "message\\u0000",
                    "notice",
                    "__proto__",
                    "toString",
                ] {
                    s.refused(
                        ann,
                        say(room, "x").set(ChatInfo, "type", &format!("\"{kind}\"")),
                        InvalidPayload,
                    );
                }
            },
        ),
        refusals(
            "chat/content-nearly-json",
            "A value that is nearly JSON makes the content of a question invalid",
            &["CHAT-12"],
            move |s, room, ann| {
                for value in NEARLY_VALUES {
                    s.refused(ann, ask(room).set(Content, "x-odd", value), InvalidPayload);
                }
            },
        ),
        refusals(
            "chat/content-nearly-json-around",
            "What JSON does not allow around an object makes the content of a question invalid",
            &["CHAT-12"],
            move |s, room, ann| {
                for (before, behind) in NEARLY_AROUND {
                    s.refused(ann, around(ask(room), Content, before, behind), InvalidPayload);
                }
            },
        ),
        refusals(
            "chat/content-that-is-no-object",
            "The content of a question or an answer that is JSON but no object is invalid",
            &["CHAT-12"],
            |s, room, ann| {
                for kind in [ChatKind::Question, ChatKind::Answer] {
                    for text in ["", "null", "7", "\"x\"", "[]", "[{\"content\":\"x\"}]", "{}"] {
                        let mut attack = say_as(room, kind, "x");
                        attack.edits.push(replace(Content, text));
                        s.refused(ann, attack, InvalidPayload);
                    }
                }
            },
        ),
        refusals(
            "chat/content-members-of-every-wrong-type",
            "content of a question, question and answer of an answer are strings",
            &["CHAT-12"],
            |s, room, ann| {
                for (kind, member) in [
                    (ChatKind::Question, "content"),
                    (ChatKind::Answer, "question"),
                    (ChatKind::Answer, "answer"),
                ] {
                    for value in ["null", "true", "42", "[]", "{}"] {
                        let mut attack = say_as(room, kind, "x");
                        attack.edits.push(set(Content, member, value));
                        s.refused(ann, attack, InvalidPayload);
                    }
                }
            },
        ),
        refusals(
            "chat/user-only-in-a-prototype",
            "Members of a chatInfo that only a prototype has are not there",
            &["CHAT-9"],
            |s, room, ann| {
                let mut attack = say(room, "x");
                attack
                    .edits
                    .push(replace(ChatInfo, r#"{"__proto__":{"user":"u","content":"c","type":"message"}}"#));
                s.refused(ann, attack, InvalidPayload);
                let mut attack = ask(room);
                attack.edits.push(replace(Content, r#"{"__proto__":{"content":"c"}}"#));
                s.refused(ann, attack, InvalidPayload);
            },
        ),
    ]
}

/// And for the chapter on rooms.
pub(in crate::catalog) fn of_rooms() -> Vec<Case> {
    vec![
        refusals(
            "rooms/topics-of-every-wrong-type",
            "A topic that is no string is invalid in every request",
            &["ROOM-3"],
            |s, room, ann| {
                for value in ["null", "true", "8017", "80.17", "[\"8017\"]", "{\"topic\":\"8017\"}"] {
                    for attack in [join(room), leave(room), say(room, "x")] {
                        s.refused(ann, attack.set(Payload, "topic", value), InvalidPayload);
                    }
                }
            },
        ),
        refusals(
            "rooms/topics-with-any-control-character",
            "A topic with a control character is invalid, NUL and DEL included",
            &["ROOM-3"],
            |s, room, ann| {
                for escape in ["\\u0000", "\\u0001", "\\t", "\\r", "\\u001f", "\\u007f", "\\u0080", "\\u009f"]
                {
                    s.refused(
                        ann,
                        join(room).set(Payload, "topic", &format!("\"a{escape}b\"")),
                        InvalidPayload,
                    );
                }
            },
        ),
        case(
            "rooms/topics-named-like-properties",
            "Topics with the names of an object's own properties are topics",
            &["ROOM-1", "TEXT-4"],
            |s| {
                let (room, [ann, _ben]) = s.room();
                for name in ["__proto__", "constructor", "toString", "hasOwnProperty", "length", "null", "0"]
                {
                    let named = |message: Message| message.set(Payload, "topic", &format!("\"{name}\""));
                    s.focus(ann, named(join(room)).with_id());
                    s.focus(ann, named(leave(room)).with_id());
                }
            },
        ),
        case(
            "rooms/names-like-properties-in-ids",
            "Names of an object's own properties are good ids, and members that nobody knows",
            &["ENV-2", "ENV-12", "ENV-3"],
            |s| {
                let (room, [ann, _ben]) = s.room();
                for name in ["__proto__", "constructor", "prototype", "toString", "hasOwnProperty"] {
                    let mut message = join(room).set(Envelope, "id", &format!("\"{name}\""));
                    for layer in [Envelope, Payload] {
                        message.edits.push(put(
                            layer,
                            name,
                            crate::program::Value::Json("{\"topic\":7}".into()),
                        ));
                    }
                    s.focus(ann, message);
                }
            },
        ),
    ]
}
