//! Notices that are refused, each for its first fault.

use super::{
    Action, Case, Expect, Layer, Property, Reason, Value, WAVE, case, notice, notice_to_stranger, put,
    refusal, say, set, to_oneself, without,
};

pub(super) fn cases() -> Vec<Case> {
    let to = |value: Value| [put(Layer::Payload, "to", value)];
    let json = |text: &str| Value::Json(text.into());
    let invalid = (Reason::InvalidPayload, None);
    vec![
        refusal(
            "notices/to-missing",
            "A notice without `to` is refused",
            &["NOTE-3"],
            invalid,
            to_oneself,
            &[without(Layer::Payload, "to")],
        ),
        refusal(
            "notices/to-not-a-string",
            "A `to` that is no string is refused",
            &["NOTE-3"],
            invalid,
            to_oneself,
            &to(json("7")),
        ),
        refusal(
            "notices/to-null",
            "A `to` of null is refused",
            &["NOTE-3"],
            invalid,
            to_oneself,
            &to(json("null")),
        ),
        refusal(
            "notices/to-several",
            "A `to` that is a list is refused",
            &["NOTE-3"],
            invalid,
            to_oneself,
            &to(json("[\"ann\"]")),
        ),
        refusal(
            "notices/to-empty",
            "An empty `to` is refused",
            &["NOTE-3"],
            invalid,
            to_oneself,
            &to(json("\"\"")),
        ),
        refusal(
            "notices/to-too-long",
            "A `to` of 129 characters is refused",
            &["NOTE-3"],
            invalid,
            to_oneself,
            &to(Value::Repeated('\u{1f98a}', 129)),
        ),
        refusal(
            "notices/to-with-control-character",
            "A `to` with a control character is refused",
            &["NOTE-3"],
            invalid,
            to_oneself,
            &to(json("\"an\\u0085n\"")),
        ),
        refusal(
            "notices/data-missing",
            "A notice without `data` is refused",
            &["NOTE-3"],
            invalid,
            to_oneself,
            &[without(Layer::Payload, "data")],
        ),
        refusal(
            "notices/topic-missing",
            "A notice without a topic is refused",
            &["ERR-12", "NOTE-1"],
            invalid,
            to_oneself,
            &[without(Layer::Payload, "topic")],
        ),
        refusal(
            "notices/topic-not-a-string",
            "A notice whose topic is no string is refused",
            &["ERR-12", "NOTE-1"],
            invalid,
            to_oneself,
            &[set(Layer::Payload, "topic", "{}")],
        ),
        refusal(
            "notices/to-a-stranger",
            "A notice to a user who is nowhere is refused",
            &["NOTE-5", "ERR-16"],
            (Reason::NoSuchMember, None),
            to_oneself,
            &to(Value::Stranger),
        ),
        refusal(
            "notices/to-as-long-as-may-be",
            "A `to` of 128 characters, astral ones, is valid, and nobody",
            &["NOTE-5", "NOTE-3"],
            (Reason::NoSuchMember, None),
            to_oneself,
            &to(Value::Repeated('\u{1f98a}', 128)),
        ),
        refusal(
            "notices/to-in-other-letters",
            "A user in capitals is another user",
            &["NOTE-5", "NOTE-6"],
            (Reason::NoSuchMember, None),
            to_oneself,
            &to(Value::UserInCapitals(1)),
        ),
        case(
            "notices/targets-that-look-alike",
            "The user of a notice is compared character by character: nothing is trimmed, and nothing normalised",
            &["NOTE-5", "NOTE-6"],
            |s| {
                s.about(Property::Notices);
                let (room, [ann, ben]) = s.room();
                s.focus(ann, notice(room, ben, WAVE));
                for target in Value::UserOf(ben).lookalikes() {
                    let to = put(Layer::Payload, "to", target).change;
                    s.refused(ann, notice(room, ben, WAVE).edit(Layer::Payload, to), Reason::NoSuchMember);
                }
                s.then();
                s.focus(ann, notice(room, ben, WAVE));
            },
        ),
        case(
            "notices/the-first-fault-is-the-answer",
            "What is missing comes before where it goes, and where it goes before to whom",
            &["ERR-6", "NOTE-3", "NOTE-4", "NOTE-5"],
            |s| {
                let (room, [ann, ben]) = s.room();
                s.focus(ann, notice(room, ben, WAVE));
                let elsewhere = || notice(99, ben, WAVE);
                s.refused(ann, elsewhere().without(Layer::Payload, "data"), Reason::InvalidPayload);
                s.refused(ann, elsewhere().without(Layer::Payload, "to"), Reason::InvalidPayload);
                s.refused(ann, elsewhere().set(Layer::Payload, "to", "\"\""), Reason::InvalidPayload);
                s.refused(ann, elsewhere().set(Layer::Payload, "to", "[]"), Reason::InvalidPayload);
                s.refused(ann, notice_to_stranger(99, WAVE), Reason::NotJoined);
                let stranger = || notice_to_stranger(room, WAVE);
                s.refused(ann, stranger().without(Layer::Payload, "data"), Reason::InvalidPayload);
                s.refused(ann, stranger(), Reason::NoSuchMember);
                s.then();
                s.focus(ann, notice(room, ben, WAVE));
            },
        ),
        case(
            "notices/without-the-profile",
            "A server without notices answers them with 501",
            &["ERR-11"],
            |s| {
                s.without("notice");
                let (room, [ann, ben]) = s.room();
                let not_known = Expect::Refused { code: 501, reason: "unknown_type".into(), answer_type: 4 };
                s.expect(ann, Action::Send(notice(room, ben, WAVE).with_id()), not_known);
                s.then();
                s.send(ben, say(room, "nothing has come"));
            },
        ),
    ]
}
