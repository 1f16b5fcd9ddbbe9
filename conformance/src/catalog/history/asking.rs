//! `POST /api/question/add`: a question without a socket.

use super::{
    Case, HttpRequest, Property, Reason, TopicName, Value, ask, ask_in, case, join, leave, read_stream,
    refused, say, text,
};
use crate::program::{Action, HttpBody};

pub(super) fn cases() -> Vec<Case> {
    let mut cases = said();
    cases.extend(where_it_is_said());
    cases.extend(refusals());
    cases
}

fn said() -> Vec<Case> {
    vec![
        case(
            "history/a-question-is-said",
            "A question is said in its topic as a chat of type question, numbered like any other, without an id",
            &["HIST-19", "HIST-20", "HIST-21"],
            |s| {
                s.about(Property::History);
                let (room, [ann, ben]) = s.room();
                s.http(ben, ask_in(room, 0, "why?"));
                s.then();
                s.send(ann, say(room, "because"));
                s.then();
                s.http(ann, ask_in(room, 0, "and why is that? «é» 😀 \"quoted\" \\ \u{1} <b>&amp;</b>  "));
            },
        ),
        case(
            "history/a-question-among-chats",
            "Questions take their numbers among the chats that are said meanwhile",
            &["HIST-21", "HIST-19", "ORD-1"],
            |s| {
                s.about(Property::Seq);
                let (room, [ann, ben]) = s.room();
                s.act(ann, Action::Burst(say(room, "talking on"), 60));
                for _ in 0..5 {
                    s.http(ben, ask_in(room, 0, "may I ask?"));
                }
                s.then();
                s.focus(ann, say(room, "any more questions?"));
            },
        ),
        case(
            "history/a-question-in-the-history",
            "A question is in its stream like any chat",
            &["HIST-16", "HIST-20"],
            |s| {
                s.about(Property::History);
                let (room, [ann, ben]) = s.room();
                s.http(ann, ask_in(room, 0, "for the record?"));
                s.then();
                s.http(ben, read_stream(0, 1, 50));
                s.http(ben, read_stream(0, 1, 50).query("type", text("question")));
                s.http(ben, read_stream(0, 1, 50).query("type", text("message")));
            },
        ),
        case(
            "history/unknown-members-of-a-question",
            "Members of a question that the spec does not name are ignored, `user` among them",
            &["HIST-27", "HIST-20"],
            |s| {
                s.about(Property::History);
                let (room, [ann, ben]) = s.room();
                let request = ask_in(room, 0, "who asks?").member("user", Value::UserOf(ben));
                s.http(ann, request.member("type", text("\"message\"")).member("x", text("[null]")));
            },
        ),
        case(
            "history/contents-of-any-length",
            "A question may be longer than a thousand characters",
            &["HIST-19", "HIST-20"],
            |s| {
                s.about(Property::History);
                let (room, [ann, ben]) = s.room();
                s.http(ben, ask_in(room, 0, &"why, oh why? 为什么? ".repeat(80)));
                s.then();
                s.send(ann, say(room, "I do not know"));
            },
        ),
        case(
            "history/a-question-has-no-id",
            "A question is said without an id, though its request has a member of that name",
            &["HIST-19", "HIST-27"],
            |s| {
                s.about(Property::History);
                let (room, [ann, ben]) = s.room();
                for _ in 0..2 {
                    let request = ask_in(room, 0, "which one?").member("id", text("\"q-1\""));
                    s.http(ben, request.member("seq", text("7")));
                    s.then();
                }
                s.send(ann, say(room, "both of them"));
            },
        ),
        case(
            "history/the-first-fault-of-a-question",
            "A question that lacks something is refused for that, also in a topic that its user is not in",
            &["HIST-25", "HIST-26", "HIST-23"],
            |s| {
                s.about(Property::History);
                let (room, [ann, ben]) = s.room();
                let other = s.topic(TopicName::Fresh);
                s.http(ann, ask_in(room, 0, "here?"));
                s.then();
                let wrong = ask_in(other, 0, "x").member("content", text("7"));
                s.http_refused(ann, wrong, Reason::InvalidPayload);
                s.http_refused(ann, ask_in(other, 0, "x").without_member("streamId"), Reason::InvalidPayload);
                s.http_refused(ann, ask_in(other, 0, "x"), Reason::NotJoined);
                s.then();
                s.send(ben, say(room, "one question came"));
            },
        ),
        case(
            "history/a-question-in-chunks",
            "A question whose body comes in chunks is said as it is, wherever a chunk ends",
            &["HIST-28", "HIST-20"],
            |s| {
                s.about(Property::History);
                let (room, [ann, ben]) = s.room();
                let chunked = |text: &str| ask_in(room, 0, text).header("Transfer-Encoding", "chunked");
                s.http(ben, chunked("in pieces?"));
                // Pieces are of a few bytes, so that some of these characters are cut.
                s.http(ben, chunked("«in pieces», 😀😀😀 in pieces, in pièces, à la pièce?"));
                s.then();
                s.http(ann, ask_in(room, 0, "as this one, which is whole?"));
            },
        ),
        case(
            "history/a-content-type-with-a-charset",
            "A question is said whose Content-Type names a charset, or is written in other letters",
            &["HIST-19", "HIST-21"],
            |s| {
                s.about(Property::History);
                let (room, [ann, ben]) = s.room();
                let typed = |kind: &str| ask_in(room, 0, "in which letters?").header("Content-Type", kind);
                s.http(ben, typed("application/json; charset=utf-8"));
                s.http(ben, typed("Application/JSON;charset=UTF-8"));
                s.then();
                s.send(ann, say(room, "in these"));
            },
        ),
    ]
}

fn where_it_is_said() -> Vec<Case> {
    vec![
        case(
            "history/the-one-topic",
            "A question without a topic is said in the one that its user is in",
            &["HIST-22"],
            |s| {
                s.about(Property::History);
                let (_, [ann, ben]) = s.room();
                let tablet = s.second_device_of(ann);
                s.connect(tablet);
                s.then();
                s.http(ben, ask(0, "here?"));
                s.http(ann, ask(0, "and here?"));
            },
        ),
        case(
            "history/the-one-topic-of-two-devices",
            "A user whose devices are all in one topic is in one topic",
            &["HIST-22"],
            |s| {
                s.about(Property::History);
                let (room, [ann, _ben]) = s.room();
                let tablet = s.second_device_of(ann);
                s.connect(tablet);
                s.send(tablet, join(room));
                s.then();
                s.http(ann, ask(0, "in the one?"));
            },
        ),
        case(
            "history/several-topics-without-a-name",
            "A question without a topic by a user who is in several is refused",
            &["HIST-24", "HIST-26"],
            |s| {
                s.about(Property::History);
                let (room, [ann, ben]) = s.room();
                let other = s.topic(TopicName::Fresh);
                // The second topic is one of another device: it is the user who is in several.
                let tablet = s.second_device_of(ann);
                s.connect(tablet);
                s.send(tablet, join(other));
                s.then();
                s.http_refused(ann, ask(0, "where?"), Reason::InvalidPayload);
                s.then();
                s.http(ann, ask_in(room, 0, "here?"));
                s.http(ann, ask_in(other, 0, "or there?"));
                s.send(ben, say(room, "one question came"));
                s.then();
                s.send(tablet, leave(other));
                s.then();
                s.http(ann, ask(0, "now in the one?"));
            },
        ),
        case(
            "history/a-topic-not-joined",
            "A question in a topic that its user is not in is refused, and said nowhere",
            &["HIST-23", "HIST-26"],
            |s| {
                s.about(Property::History);
                let (room, [ann, ben]) = s.room();
                let capitals = s.topic(TopicName::Capitals(room));
                s.send(ben, join(capitals));
                s.then();
                s.http(ann, ask_in(room, 0, "here?"));
                s.http_refused(ann, ask_in(capitals, 0, "or there?"), Reason::NotJoined);
                s.then();
                s.send(ben, say(capitals, "nobody asked"));
                s.http(ann, read_stream(0, 1, 50));
            },
        ),
        case(
            "history/in-no-topic",
            "A question by a user who is in no topic is refused",
            &["HIST-23", "HIST-26"],
            |s| {
                s.about(Property::History);
                let (room, [ann, ben]) = s.room();
                let [cat, absent] = [s.client(), s.client()];
                s.connect(cat);
                s.then();
                s.http(ann, ask(0, "anybody?"));
                for who in [cat, absent] {
                    s.http_refused(who, ask(0, "anybody?"), Reason::NotJoined);
                    s.http_refused(who, ask_in(room, 0, "anybody?"), Reason::NotJoined);
                }
                s.then();
                s.send(ben, say(room, "one question came"));
            },
        ),
        case(
            "history/after-leaving",
            "A user who has left is a member no more",
            &["HIST-23", "HIST-26"],
            |s| {
                s.about(Property::History);
                let (room, [ann, ben]) = s.room();
                s.http(ann, ask(0, "still here?"));
                s.then();
                s.send(ann, leave(room));
                s.then();
                s.http_refused(ann, ask(0, "still here?"), Reason::NotJoined);
                s.http_refused(ann, ask_in(room, 0, "still here?"), Reason::NotJoined);
                s.then();
                s.send(ben, say(room, "no"));
            },
        ),
    ]
}

/// A request whose body is this text.
fn with_body(body: &str) -> HttpRequest {
    HttpRequest { body: HttpBody::Text(body.into()), ..HttpRequest::new("POST", "/api/question/add") }
}

fn refusals() -> Vec<Case> {
    vec![
        refused(
            "history/a-body-that-is-no-object",
            "A question whose body is no JSON object is refused",
            &["HIST-25", "HIST-26"],
            Reason::InvalidPayload,
            |_, _| {
                let bodies = [
                    "",
                    "null",
                    "[]",
                    "\"why?\"",
                    "7",
                    "{",
                    "{\"content\":\"a\"",
                    "content=a&streamId=s",
                    "{}{}",
                ];
                bodies.map(with_body).into()
            },
        ),
        refused(
            "history/a-question-without-content",
            "A question without a string `content` is refused",
            &["HIST-25", "HIST-26"],
            Reason::InvalidPayload,
            |room, _| {
                let stream =
                    || HttpRequest::new("POST", "/api/question/add").member("streamId", Value::Stream(0));
                let asked = |value: &str| ask_in(room, 0, "").member("content", text(value));
                vec![
                    stream().member("topic", Value::Topic(room)),
                    asked("7"),
                    asked("null"),
                    asked("{\"content\":\"a\"}"),
                    asked("[\"a\"]"),
                ]
            },
        ),
        refused(
            "history/a-question-without-a-stream",
            "A question without a string `streamId` is refused",
            &["HIST-25", "HIST-26"],
            Reason::InvalidPayload,
            |room, _| {
                let plain = HttpRequest::new("POST", "/api/question/add").member("topic", Value::Topic(room));
                let asked = |value: &str| ask_in(room, 0, "in which?").member("streamId", text(value));
                vec![plain.member("content", text("\"in which?\"")), asked("7"), asked("null"), asked("[]")]
            },
        ),
        refused(
            "history/a-question-in-no-valid-topic",
            "A question whose `topic` is no valid topic is refused",
            &["HIST-25", "HIST-26"],
            Reason::InvalidPayload,
            |room, _| {
                let asked = |value: Value| ask_in(room, 0, "where?").member("topic", value);
                vec![
                    asked(text("7")),
                    asked(text("null")),
                    asked(text("\"\"")),
                    asked(text("\"a\\u0000b\"")),
                    asked(Value::Repeated('t', 129)),
                ]
            },
        ),
    ]
}
