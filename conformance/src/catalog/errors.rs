//! Chapter 3: refusals, one fault at a time and in their order of precedence.

use crate::case::Case;
use crate::program::{Action, Change, ChatKind, Edit, Expect, Layer, TopicName, Value};
use crate::script::{
    Reason, Topic, beat, case, join, leave, put, refusal, replace, say, say_as, set, without,
};

use Layer::{ChatInfo, Envelope, Payload};
use Reason::{
    InvalidPayload, MalformedEnvelope, NotJoined, TooManyTopics, Unauthenticated, UnknownType, WrongAuthor,
    WrongUser,
};

mod effects;
mod identity;
pub(super) mod json;

pub(super) fn cases() -> Vec<Case> {
    let mut cases = malformed();
    cases.extend(identity::cases());
    cases.extend(types());
    cases.extend(payloads());
    cases.extend(precedence());
    cases.extend(effects::cases());
    cases.extend(json::cases());
    cases
}

fn hello(topic: Topic) -> crate::program::Message {
    say(topic, "hello")
}

fn malformed_case(id: &'static str, title: &'static str, answer_type: i64, edits: &[Edit]) -> Case {
    refusal(
        id,
        title,
        &["ERR-8", "ERR-3", "ERR-4", "ERR-18"],
        (MalformedEnvelope, Some(answer_type)),
        hello,
        edits,
    )
}

fn malformed() -> Vec<Case> {
    let whole = |text| [replace(Envelope, text)];
    let mut cases = vec![
        malformed_case("errors/not-json", "Text that is not JSON is malformed", 0, &whole("hello")),
        malformed_case(
            "errors/cut-off-json",
            "JSON that is cut off is malformed",
            0,
            &whole("{\"token\":\"t\","),
        ),
        malformed_case("errors/two-documents", "Two objects in a row are malformed", 0, &whole("{} {}")),
        malformed_case("errors/array", "An array is malformed", 0, &whole("[1]")),
        malformed_case("errors/number", "A bare number is malformed", 0, &whole("1")),
        malformed_case("errors/null", "null is malformed", 0, &whole("null")),
        malformed_case("errors/empty-message", "An empty message is malformed", 0, &whole("")),
        malformed_case("errors/empty-object", "An object without members is malformed", 0, &whole("{}")),
        malformed_case(
            "errors/token-missing",
            "An envelope without token is malformed",
            2,
            &[without(Envelope, "token")],
        ),
        malformed_case(
            "errors/token-is-a-number",
            "A token that is a number is malformed",
            2,
            &[set(Envelope, "token", "7")],
        ),
        malformed_case(
            "errors/type-missing",
            "An envelope without type is malformed",
            0,
            &[without(Envelope, "type")],
        ),
        malformed_case(
            "errors/type-is-a-string",
            "A type that is a string is malformed",
            0,
            &[set(Envelope, "type", "\"2\"")],
        ),
        malformed_case(
            "errors/type-is-a-fraction",
            "A type that is a fraction is malformed",
            0,
            &[set(Envelope, "type", "2.5")],
        ),
        malformed_case(
            "errors/payload-missing",
            "An envelope without payLoad is malformed",
            2,
            &[without(Envelope, "payLoad")],
        ),
        malformed_case(
            "errors/payload-is-an-object",
            "A payLoad that is an object and not its text is malformed",
            2,
            &[set(Envelope, "payLoad", "{\"topic\":\"t\"}")],
        ),
        malformed_case(
            "errors/payload-is-null",
            "A payLoad that is null is malformed",
            2,
            &[set(Envelope, "payLoad", "null")],
        ),
        malformed_case(
            "errors/id-is-null",
            "An id that is null is malformed",
            2,
            &[set(Envelope, "id", "null")],
        ),
        malformed_case(
            "errors/id-is-empty",
            "An id that is empty is malformed",
            2,
            &[set(Envelope, "id", "\"\"")],
        ),
        malformed_case(
            "errors/id-is-a-number",
            "An id that is a number is malformed",
            2,
            &[set(Envelope, "id", "7")],
        ),
        malformed_case(
            "errors/id-is-too-long",
            "An id of 65 characters is malformed",
            2,
            &[put(Envelope, "id", Value::Repeated('x', 65))],
        ),
    ];
    let around = |before: &str, behind: &str| Edit {
        layer: Envelope,
        change: Change::Surround(before.into(), behind.into()),
    };
    cases.extend([
        malformed_case(
            "errors/array-around",
            "A good envelope in an array is malformed",
            0,
            &[around("[", "]")],
        ),
        malformed_case(
            "errors/text-behind",
            "A good envelope with text behind it is malformed",
            0,
            &[around("", " x")],
        ),
        malformed_case(
            "errors/envelope-behind",
            "A good envelope with another one behind it is malformed",
            0,
            &[around("", "{}")],
        ),
        malformed_case(
            "errors/comma-behind",
            "A good envelope with a comma before its end is malformed",
            0,
            &[Edit { layer: Envelope, change: Change::Respell("\"token\"".into(), ",\"token\"".into()) }],
        ),
    ]);
    cases.push(case(
        "errors/malformed-keeps-its-id",
        "The answer to a malformed envelope has the id where that is a good one, and one answer it is",
        &["ERR-4", "ERR-1", "ERR-5", "ERR-8"],
        |s| {
            let (_, [ann, _ben]) = s.room();
            s.refused(ann, beat().with_id().without(Envelope, "payLoad"), MalformedEnvelope);
            s.refused_as(ann, beat().with_id().without(Envelope, "type"), MalformedEnvelope, 0);
            s.refused(ann, beat().with_id().set(Envelope, "token", "[]"), MalformedEnvelope);
        },
    ));
    cases.push(case(
        "errors/malformed-frames-are-counted-in-a-row",
        "A frame that is accepted, or refused for another reason, ends a row of malformed ones",
        &["ERR-19", "ERR-2"],
        |s| {
            let (room, [ann, _ben]) = s.room();
            let mut attack = beat();
            attack.edits.push(replace(Envelope, "not JSON"));
            let expect = Expect::Refused { code: 400, reason: "malformed_envelope".into(), answer_type: 0 };
            for _ in 0..2 {
                s.expect(ann, Action::Burst(attack.clone(), 31), expect.clone());
                s.focus(ann, beat());
                s.expect(ann, Action::Burst(attack.clone(), 31), expect.clone());
                s.refused_as(ann, beat().set(Envelope, "type", "99"), UnknownType, 99);
            }
            s.then();
            s.focus(ann, say(room, "and I am still here"));
        },
    ));
    cases.push(case(
        "errors/31-malformed-frames-close-nothing",
        "31 malformed frames in a row do not close the connection",
        &["ERR-19", "ERR-2"],
        |s| {
            let (room, [ann, _ben]) = s.room();
            let mut attack = beat();
            attack.edits.push(replace(Envelope, "not JSON"));
            let expect = Expect::Refused { code: 400, reason: "malformed_envelope".into(), answer_type: 0 };
            s.expect(ann, Action::Burst(attack, 31), expect);
            s.send(ann, say(room, "and I am still here"));
        },
    ));
    cases
}

fn types() -> Vec<Case> {
    let unknown = |id, title, json: &'static str, answer_type| {
        refusal(
            id,
            title,
            &["ERR-11", "ERR-3"],
            (UnknownType, Some(answer_type)),
            hello,
            &[set(Envelope, "type", json)],
        )
    };
    vec![
        unknown("errors/type-0", "Type 0 is unknown", "0", 0),
        unknown("errors/type-7", "Type 7 is unknown", "7", 7),
        unknown("errors/type-negative", "A negative type is unknown", "-1", -1),
        unknown("errors/type-large", "A large type is unknown", "2147483648", 2_147_483_648),
    ]
}

fn payloads() -> Vec<Case> {
    let invalid =
        |id, title, edits: &[Edit]| refusal(id, title, &["ERR-12"], (InvalidPayload, None), hello, edits);
    let invalid_join =
        |id, title, edits: &[Edit]| refusal(id, title, &["ERR-12"], (InvalidPayload, None), join, edits);
    vec![
        invalid(
            "errors/chat-payload-empty",
            "A chat with an empty payLoad is invalid",
            &[replace(Payload, "")],
        ),
        invalid(
            "errors/chat-payload-not-json",
            "A chat whose payLoad is not JSON is invalid",
            &[replace(Payload, "{topic")],
        ),
        invalid(
            "errors/chat-payload-array",
            "A chat whose payLoad is an array is invalid",
            &[replace(Payload, "[]")],
        ),
        invalid_join(
            "errors/join-payload-empty",
            "A join with an empty payLoad is invalid",
            &[replace(Payload, "")],
        ),
        invalid_join(
            "errors/join-payload-null",
            "A join whose payLoad is null is invalid",
            &[replace(Payload, "null")],
        ),
        refusal(
            "errors/leave-payload-not-an-object",
            "A leave whose payLoad is a string is invalid",
            &["ERR-12"],
            (InvalidPayload, None),
            leave_elsewhere,
            &[replace(Payload, "\"8017\"")],
        ),
    ]
}

/// A leave of a topic that nobody is in: accepted, and it changes nothing.
fn leave_elsewhere(_: Topic) -> crate::program::Message {
    leave(99)
}

fn precedence() -> Vec<Case> {
    let order = |id, title, (reason, answer_type), edits: &[Edit]| {
        refusal(id, title, &["ERR-6"], (reason, answer_type), hello, edits)
    };
    vec![
        order(
            "errors/malformed-before-unauthenticated",
            "Malformed comes before unauthenticated",
            (MalformedEnvelope, Some(2)),
            &[set(Envelope, "token", "\"\""), set(Envelope, "id", "null")],
        ),
        order(
            "errors/missing-payload-before-unauthenticated",
            "A missing payLoad comes before unauthenticated",
            (MalformedEnvelope, Some(2)),
            &[set(Envelope, "token", "\"\""), without(Envelope, "payLoad")],
        ),
        order(
            "errors/missing-type-before-wrong-user",
            "A missing type comes before the wrong user",
            (MalformedEnvelope, Some(0)),
            &[put(Envelope, "token", Value::TokenOf(1)), without(Envelope, "type")],
        ),
        order(
            "errors/unauthenticated-before-unknown-type",
            "Unauthenticated comes before an unknown type",
            (Unauthenticated, Some(99)),
            &[set(Envelope, "token", "\"\""), set(Envelope, "type", "99")],
        ),
        order(
            "errors/unauthenticated-before-invalid-payload",
            "Unauthenticated comes before an invalid payLoad",
            (Unauthenticated, None),
            &[set(Envelope, "token", "\"\""), replace(Payload, "{")],
        ),
        order(
            "errors/wrong-user-before-unknown-type",
            "The wrong user comes before an unknown type",
            (WrongUser, Some(99)),
            &[put(Envelope, "token", Value::TokenOf(1)), set(Envelope, "type", "99")],
        ),
        order(
            "errors/wrong-user-before-invalid-payload",
            "The wrong user comes before an invalid payLoad",
            (WrongUser, None),
            &[put(Envelope, "token", Value::TokenOf(1)), replace(Payload, "")],
        ),
        order(
            "errors/unknown-type-before-invalid-payload",
            "An unknown type comes before an invalid payLoad",
            (UnknownType, Some(99)),
            &[set(Envelope, "type", "99"), replace(Payload, "{")],
        ),
        order(
            "errors/invalid-payload-before-not-joined",
            "An invalid payLoad comes before a topic that was not joined",
            (InvalidPayload, None),
            &[put(Payload, "topic", Value::Topic(99)), without(ChatInfo, "content")],
        ),
        order(
            "errors/invalid-payload-before-wrong-author",
            "An invalid payLoad comes before a wrong author",
            (InvalidPayload, None),
            &[put(ChatInfo, "user", Value::UserOf(1)), set(ChatInfo, "type", "\"shout\"")],
        ),
        refusal(
            "errors/user-of-128-emoji",
            "A user of 128 emoji is a valid one, and no author here",
            &["ENV-5", "CHAT-14", "ERR-6"],
            (WrongAuthor, None),
            hello,
            &[put(ChatInfo, "user", Value::Repeated('🦜', 128))],
        ),
        refusal(
            "errors/invalid-question-before-not-joined",
            "A question whose content is invalid comes before a topic that was not joined",
            &["ERR-6", "CHAT-12"],
            (InvalidPayload, None),
            |room| say_as(room, ChatKind::Question, "why?"),
            &[put(Payload, "topic", Value::Topic(99)), replace(Layer::Content, "why?")],
        ),
        order(
            "errors/not-joined-before-wrong-author",
            "A topic that was not joined comes before a wrong author",
            (NotJoined, None),
            &[put(Payload, "topic", Value::Topic(99)), put(ChatInfo, "user", Value::UserOf(1))],
        ),
    ]
}
