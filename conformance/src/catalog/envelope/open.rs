//! JSON of which the spec leaves open what it means, or whether it is taken: a server answers it, and lives.

use crate::case::Case;
use crate::check::Property;
use crate::program::{Action, Change, ChatKind, Edit, Expect, Layer, Message};
use crate::script::{beat, case, leave, replace, say, say_as, set};

use Layer::{ChatInfo, Content, Envelope, Payload};

/// Each message is answered once, with whatever; then the same connection and the bystander are as before.
fn answered(id: &'static str, title: &'static str, messages: impl FnOnce(usize) -> Vec<Message>) -> Case {
    case(id, title, &["ERR-1", "ISO-6"], |s| {
        s.about(Property::Delivery);
        let (room, [ann, ben]) = s.room();
        for message in messages(room) {
            s.expect(ann, Action::Send(message), Expect::Answered);
            s.then();
        }
        s.focus(ann, beat());
        s.focus(ben, say(room, "and you?"));
        s.focus(ann, say(room, "alive and well"));
    })
}

fn with(mut message: Message, edits: impl IntoIterator<Item = Edit>) -> Message {
    message.edits.extend(edits);
    message
}

fn respell(layer: Layer, from: &str, to: &str) -> Edit {
    Edit { layer, change: Change::Respell(from.into(), to.into()) }
}

fn around(layer: Layer, before: &str, behind: &str) -> Edit {
    Edit { layer, change: Change::Surround(before.into(), behind.into()) }
}

/// Objects in one another, so many.
fn objects(levels: usize) -> String {
    format!("{}1{}", "{\"a\":".repeat(levels), "}".repeat(levels))
}

/// Arrays in one another, so many.
fn arrays(levels: usize) -> String {
    format!("{}{}", "[".repeat(levels), "]".repeat(levels))
}

pub(super) fn cases() -> Vec<Case> {
    vec![
        answered(
            "envelope/members-that-come-twice",
            "Members that come twice are answered, in every layer",
            |room| {
                vec![
                    with(beat(), [respell(Envelope, "\"type\":1", "\"type\":1,\"type\":1")]),
                    with(beat(), [respell(Envelope, "\"type\":1", "\"type\":99,\"type\":1")]),
                    with(
                        say(room, "twice"),
                        [respell(Payload, "{\"topic\"", "{\"topic\":\"elsewhere\",\"topic\"")],
                    ),
                    with(leave(99), [respell(Payload, "{\"topic\"", "{\"topic\":7,\"topic\"")]),
                    with(
                        beat(),
                        [respell(Envelope, "\"payLoad\":\"\"", "\"payLoad\":null,\"payLoad\":\"\"")],
                    ),
                ]
            },
        ),
        answered(
            "envelope/numbers-that-no-double-holds",
            "Numbers that are too large or too small for a double are answered, in every layer",
            |_| {
                let mut messages = Vec::new();
                for number in
                    ["1e400", "-1e400", "1e-400", "123456789012345678901234567890", "9007199254740993"]
                {
                    messages.push(with(beat(), [set(Envelope, "x-number", number)]));
                    messages.push(with(leave(99), [set(Payload, "x-number", number)]));
                }
                messages
            },
        ),
        answered(
            "envelope/types-that-may-be-integers",
            "A type of 1.0, 1e0, 10e-1 or -0 is answered, whether it counts as an integer or not",
            |_| {
                ["1.0", "1e0", "10e-1", "0.1e1", "-0", "-0.0"]
                    .map(|kind| with(beat(), [set(Envelope, "type", kind)]))
                    .into()
            },
        ),
        answered(
            "envelope/types-beyond-all-integers",
            "A type beyond 53, 64 and 128 bits is answered",
            |_| {
                [
                    "9007199254740993",
                    "9223372036854775808",
                    "-9223372036854775809",
                    "18446744073709551616",
                    "1e400",
                    "340282366920938463463374607431768211456",
                ]
                .map(|kind| with(beat(), [set(Envelope, "type", kind)]))
                .into()
            },
        ),
        answered(
            "envelope/lone-surrogates",
            "Lone surrogates are answered, high or low, in the envelope and in a payLoad",
            |_| {
                ["\"\\ud800\"", "\"\\udc00\"", "\"\\udc00\\ud800\"", "\"a\\ud83e\""]
                    .into_iter()
                    .flat_map(|text| {
                        [
                            with(beat(), [set(Envelope, "payLoad", text)]),
                            with(beat(), [set(Envelope, "x-half", text)]),
                            with(leave(99), [set(Payload, "x-half", text)]),
                        ]
                    })
                    .collect()
            },
        ),
        answered(
            "envelope/byte-order-mark",
            "A byte order mark before the envelope or before a payLoad is answered",
            |_| {
                let mark = "\u{FEFF}";
                vec![with(beat(), [around(Envelope, mark, "")]), with(leave(99), [around(Payload, mark, "")])]
            },
        ),
        answered(
            "envelope/nesting-of-33-levels",
            "JSON nested to 33 levels is taken or refused, in every layer",
            |room| {
                let deep = objects(32);
                vec![
                    with(beat(), [set(Envelope, "deep", &deep)]),
                    with(leave(99), [set(Payload, "deep", &deep)]),
                    with(say(room, "deep"), [set(ChatInfo, "deep", &deep)]),
                    with(say_as(room, ChatKind::Question, "deep?"), [set(Content, "deep", &deep)]),
                ]
            },
        ),
        answered(
            "envelope/nesting-of-a-thousand-levels",
            "JSON nested to a thousand levels is taken or refused, in every layer",
            |_| {
                let (mut messages, room) = (Vec::new(), 99);
                for deep in [objects(1000), arrays(1000)] {
                    messages.push(with(beat(), [set(Envelope, "deep", &deep)]));
                    messages.push(with(leave(room), [set(Payload, "deep", &deep)]));
                    messages.push(with(say(room, "deep"), [set(ChatInfo, "deep", &deep)]));
                    messages
                        .push(with(say_as(room, ChatKind::Question, "deep?"), [set(Content, "deep", &deep)]));
                }
                messages
            },
        ),
        answered(
            "envelope/nesting-as-deep-as-a-message-goes",
            "JSON nested as deep as it fits into a message is taken or refused, in every layer",
            |_| {
                let (deep, room) = (arrays(30_000), 99);
                vec![
                    with(beat(), [set(Envelope, "deep", &deep)]),
                    with(leave(room), [set(Payload, "deep", &deep)]),
                    with(say(room, "deep"), [set(ChatInfo, "deep", &deep)]),
                    with(say_as(room, ChatKind::Question, "deep?"), [set(Content, "deep", &deep)]),
                    with(beat(), [set(Envelope, "deep", &objects(10_000))]),
                ]
            },
        ),
        answered(
            "envelope/brackets-that-never-close",
            "Brackets that never close, as many as fit into a message, are answered, in every layer",
            |_| {
                let room = 99;
                let endless = ["[".repeat(60_000), "{\"a\":".repeat(6000), "[{\"a\":".repeat(5000)];
                let mut messages: Vec<_> =
                    endless.iter().map(|text| with(beat(), [replace(Envelope, text)])).collect();
                for text in &endless[..1] {
                    messages.push(with(leave(room), [replace(Payload, text)]));
                    messages.push(with(say(room, "x"), [replace(ChatInfo, text)]));
                    messages.push(with(say_as(room, ChatKind::Question, "x"), [replace(Content, text)]));
                }
                messages
            },
        ),
        answered(
            "envelope/thousands-of-members",
            "An object of thousands of members is answered, also where their names are all alike",
            |_| {
                let (mut different, mut alike) = (String::new(), String::new());
                for number in 0..4000 {
                    different.extend(["\"m", &number.to_string(), "\":0,"]);
                    alike += "\"m\":0,";
                }
                [different, alike]
                    .map(|members| {
                        with(beat(), [respell(Envelope, "{\"token\"", &format!("{{{members}\"token\""))])
                    })
                    .into()
            },
        ),
    ]
}
