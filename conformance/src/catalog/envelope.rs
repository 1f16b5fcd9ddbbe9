//! Chapter 2: the envelope, its members, the id of a request.

use crate::case::Case;
use crate::check::Property;
use crate::program::{Change, ChatKind, Edit, Layer, Message, Value};
use crate::script::{accepted, beat, case, join, leave, put, replace, say, say_as, without};

mod open;

pub(super) fn cases() -> Vec<Case> {
    let mut cases = accepted_spellings();
    cases.extend(ids());
    cases.push(case(
        "envelope/frames-have-their-members",
        "Each frame is a known pair of type and code with data that fits it, and without nulls",
        &["ENV-8", "ENV-9", "ENV-10", "ENV-11"],
        |s| {
            let (room, [ann, ben]) = s.room();
            s.about(Property::Shape);
            s.send(ann, beat());
            s.send(ann, say(room, "a frame of each kind"));
            s.send(ben, leave(room));
            s.then();
            s.refused(ben, say(room, "and an error"), crate::script::Reason::NotJoined);
        },
    ));
    cases.extend(open::cases());
    cases
}

/// JSON arrays in one another, this many.
fn nested(levels: usize) -> String {
    "[".repeat(levels) + &"]".repeat(levels)
}

fn accepted_spellings() -> Vec<Case> {
    let unknown = || (r"x-more", r#"{"a":[1,null,"é"],"type":9}"#);
    vec![
        accepted(
            "envelope/unknown-members-are-ignored",
            "Members that nobody knows are ignored in an envelope and a payLoad",
            &["ENV-3"],
            |room| {
                let (name, value) = unknown();
                vec![
                    beat().set(Layer::Envelope, name, value),
                    join(room).set(Layer::Payload, name, value).set(Layer::Envelope, name, value),
                    say(room, "with more").set(Layer::Payload, name, value).set(Layer::Envelope, name, value),
                    // Members that frames of a server have are none that a client's need not have.
                    beat().set(Layer::Envelope, "code", "200").set(Layer::Envelope, "data", "7"),
                    say(room, "with a server's members")
                        .set(Layer::Envelope, "seq", "null")
                        .set(Layer::Envelope, "at", "\"now\"")
                        .set(Layer::Payload, "to", "\"nobody\"")
                        .set(Layer::ChatInfo, "to", "\"nobody\"")
                        .set(Layer::ChatInfo, "topic", "\"nowhere\""),
                    leave(room).set(Layer::Payload, name, value),
                ]
            },
        ),
        case(
            "envelope/members-come-in-any-order",
            "The members of an envelope and of a payLoad come in any order",
            &["ENV-4"],
            |s| {
                let (room, [ann, _ben]) = s.room();
                let to_the_end = |mut message: Message, layer, member: &str, value: Value| {
                    message.edits.push(without(layer, member));
                    message.edits.push(put(layer, member, value));
                    message
                };
                let two = Value::Json("2".into());
                let message = to_the_end(say(room, "type last"), Layer::Envelope, "type", two);
                s.focus(ann, message);
                let message = to_the_end(beat(), Layer::Envelope, "token", Value::TokenOf(ann));
                s.focus(ann, message);
                let message =
                    to_the_end(say(room, "topic last"), Layer::Payload, "topic", Value::Topic(room));
                s.focus(ann, message);
                let message = to_the_end(say(room, "user last"), Layer::ChatInfo, "user", Value::UserOf(ann));
                s.focus(ann, message);
            },
        ),
        accepted(
            "envelope/white-space-is-json",
            "White space where JSON allows it changes nothing",
            &["ENV-4"],
            |room| {
                let mut spaced = join(room);
                spaced.edits.push(Edit {
                    layer: Layer::Payload,
                    change: Change::Surround(" \t\r\n".into(), "\n ".into()),
                });
                spaced.edits.push(Edit {
                    layer: Layer::Envelope,
                    change: Change::Surround("\n\n  ".into(), "\t ".into()),
                });
                spaced.edits.push(Edit {
                    layer: Layer::Envelope,
                    change: Change::Respell("\"type\":3".into(), "\"type\" : \n3 ".into()),
                });
                vec![spaced]
            },
        ),
        accepted(
            "envelope/nesting-to-32-levels-is-read",
            "JSON nested to 32 levels is read, in every layer",
            &["ENV-6"],
            |room| {
                let deep = nested(31);
                vec![
                    beat().set(Layer::Envelope, "deep", &deep),
                    join(room).set(Layer::Payload, "deep", &deep),
                    say(room, "deep inside").set(Layer::ChatInfo, "deep", &deep),
                    say_as(room, ChatKind::Question, "how deep?").set(Layer::Content, "deep", &deep),
                    say_as(room, ChatKind::Answer, "so deep").set(Layer::Content, "deep", &deep),
                ]
            },
        ),
        case(
            "envelope/characters-are-code-points",
            "Limits count code points: 64 emoji are a good id, 65 are none",
            &["ENV-5", "ENV-2", "ENV-12"],
            |s| {
                let (_, [ann, _ben]) = s.room();
                let id = |times| put(Layer::Envelope, "id", Value::Repeated('🦜', times));
                for times in [1, 64] {
                    let mut message = beat();
                    message.edits.push(id(times));
                    s.focus(ann, message);
                }
                let mut message = beat();
                message.edits.push(id(65));
                s.refused(ann, message, crate::script::Reason::MalformedEnvelope);
            },
        ),
    ]
}

fn ids() -> Vec<Case> {
    vec![
        case("envelope/id-is-given-back", "The id of a request is on its answer", &["ENV-12"], |s| {
            let (room, [ann, _ben]) = s.room();
            s.focus(ann, beat().with_id());
            s.focus(ann, join(room).with_id());
            s.focus(ann, say(room, "with an id").with_id());
            s.focus(ann, leave(room).with_id());
        }),
        case(
            "envelope/without-id-none-is-given-back",
            "An answer to a request without id has none",
            &["ENV-13"],
            |s| {
                let (room, [ann, _ben]) = s.room();
                s.focus(ann, beat());
                s.focus(ann, join(room));
                s.focus(ann, say(room, "without an id"));
                s.focus(ann, leave(room));
            },
        ),
        case(
            "envelope/any-text-is-an-id",
            "An id is any string of 1 to 64 characters, given back to the letter",
            &["ENV-2", "ENV-12", "TEXT-4"],
            |s| {
                let (_, [ann, _ben]) = s.room();
                for id in [r#"" ""#, r#""\"\\/\b\u0000""#, r#""编号-7 é 🦜""#, r#""null""#, r#""0""#] {
                    s.focus(ann, beat().set(Layer::Envelope, "id", id));
                }
            },
        ),
        case(
            "envelope/payload-of-a-heartbeat-may-hold-anything",
            "What an envelope holds besides its members is not looked at for a heartbeat",
            &["ENV-2", "BEAT-3"],
            |s| {
                let (_, [ann, _ben]) = s.room();
                let mut message = beat();
                message.edits.push(replace(Layer::Payload, "{\"topic\":7}"));
                s.focus(ann, message.with_id());
                let mut long = beat();
                long.edits.push(replace(Layer::Payload, &"no JSON, and long ".repeat(200)));
                s.focus(ann, long.with_id());
            },
        ),
    ]
}
