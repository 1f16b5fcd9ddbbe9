//! What a refused frame does: it is answered, with its own id and topic, and nothing else comes of it.

use super::{
    Action, Case, ChatInfo, Envelope, Expect, InvalidPayload, MalformedEnvelope, NotJoined, Payload,
    TooManyTopics, TopicName, Unauthenticated, UnknownType, Value, WrongAuthor, WrongUser, beat, case, join,
    leave, put, replace, say,
};

pub(super) fn cases() -> Vec<Case> {
    vec![
        case(
            "errors/invalid-payload-before-too-many-topics",
            "An invalid payLoad comes before a topic too many",
            &["ERR-6", "ROOM-12"],
            |s| {
                let (_, [ann, _ben]) = s.room();
                s.expect(ann, Action::JoinToLimit, Expect::Derived);
                s.then();
                let more = s.topic(TopicName::Fresh);
                s.refused(ann, join(more).set(Payload, "displayName", "7"), InvalidPayload);
                s.refused(ann, join(more), TooManyTopics);
            },
        ),
        case(
            "errors/many-refused-frames-close-nothing",
            "However many frames are refused, where they are well formed the connection stays open",
            &["ERR-2", "ERR-19"],
            |s| {
                let (room, [ann, ben]) = s.room();
                let refused = |code, reason: &str, answer_type| Expect::Refused {
                    code,
                    reason: reason.into(),
                    answer_type,
                };
                let bare = join(room).without(Payload, "topic");
                s.expect(ann, Action::Burst(bare, 70), refused(422, "invalid_payload", 3));
                s.expect(ann, Action::Burst(say(99, "x"), 70), refused(403, "not_joined", 2));
                let unknown = beat().set(Envelope, "type", "99");
                s.expect(ann, Action::Burst(unknown, 70), refused(501, "unknown_type", 99));
                let nobody = beat().set(Envelope, "token", "\"\"");
                s.expect(ann, Action::Burst(nobody, 70), refused(401, "unauthenticated", 1));
                let mut other = beat();
                other.edits.push(put(Envelope, "token", Value::TokenOf(ben)));
                s.expect(ann, Action::Burst(other, 70), refused(403, "wrong_user", 1));
                s.then();
                s.focus(ann, say(room, "and I am still here"));
            },
        ),
        case(
            "errors/the-id-to-the-letter",
            "The id of a refused frame is on its error to the letter, with white space, marks and all",
            &["ERR-4", "TEXT-4"],
            |s| {
                let (room, [ann, _ben]) = s.room();
                for id in
                    [r#"" a ""#, r#""e\u0301""#, r#""\u00e9""#, r#""\t""#, r#""A""#, r#""\u212b""#, r#""01""#]
                {
                    s.refused(ann, say(99, "x").set(Envelope, "id", id), NotJoined);
                    s.refused(
                        ann,
                        join(room).without(Payload, "topic").set(Envelope, "id", id),
                        InvalidPayload,
                    );
                    s.refused(
                        ann,
                        beat().without(Envelope, "payLoad").set(Envelope, "id", id),
                        MalformedEnvelope,
                    );
                }
            },
        ),
        case(
            "errors/for-the-one-connection",
            "An error goes to the connection whose frame it answers, and to no other one of its user",
            &["ISO-5", "ERR-1"],
            |s| {
                s.about(crate::check::Property::Answers);
                let (room, [ann, ben]) = s.room();
                let tablet = s.second_device_of(ann);
                s.connect(tablet);
                s.send(tablet, join(room));
                s.then();
                s.refused(ann, say(99, "x").with_id(), NotJoined);
                s.refused(ann, say(room, "x").without(ChatInfo, "type"), InvalidPayload);
                let mut forged = say(room, "x");
                forged.edits.push(put(ChatInfo, "user", Value::UserOf(ben)));
                s.refused(ann, forged, WrongAuthor);
                s.refused(ann, beat().without(Envelope, "payLoad"), MalformedEnvelope);
                s.refused_as(ann, beat().set(Envelope, "type", "99"), UnknownType, 99);
                s.then();
                s.focus(tablet, beat());
                s.send(ben, say(room, "and no word of it here"));
            },
        ),
        case(
            "errors/the-user-stays-when-all-topics-are-left",
            "Who has left every topic is still the user that the first accepted frame has settled",
            &["ERR-10", "ERR-7"],
            |s| {
                let (room, [ann, ben]) = s.room();
                s.send(ann, leave(room));
                s.then();
                let mut other = join(room);
                other.edits.push(put(Envelope, "token", Value::TokenOf(ben)));
                s.refused(ann, other, WrongUser);
                s.focus(ann, join(room));
                s.then();
                s.focus(ann, say(room, "it is still me"));
            },
        ),
        case(
            "errors/an-unknown-type-settles-no-user",
            "A frame of an unknown type settles nobody's user, as no refused frame does",
            &["ERR-7", "ERR-10"],
            |s| {
                let (room, [ann, _ben]) = s.room();
                let cat = s.client();
                s.connect(cat);
                let mut other = beat().set(Envelope, "type", "99");
                other.edits.push(put(Envelope, "token", Value::TokenOf(ann)));
                s.refused_as(cat, other, UnknownType, 99);
                s.focus(cat, join(room));
                s.then();
                s.focus(cat, say(room, "it is me"));
            },
        ),
        case(
            "errors/refused-frames-change-nothing",
            "Frames that are refused join nobody, say nothing and take nobody out",
            &["ERR-7", "ERR-1"],
            |s| {
                let (room, [ann, ben]) = s.room();
                let cat = s.client();
                s.connect(cat);
                s.send(cat, beat());
                s.then();
                s.refused(cat, join(room).set(Payload, "displayName", "7"), InvalidPayload);
                s.refused(cat, say(room, "I never joined"), NotJoined);
                s.refused(ann, leave(room).set(Payload, "topic", "[]"), InvalidPayload);
                let mut forged = say(room, "I am somebody else");
                forged.edits.push(put(ChatInfo, "user", Value::UserOf(ben)));
                s.refused(ann, forged, WrongAuthor);
                s.then();
                s.send(ann, say(room, "and nothing has changed"));
                s.send(ben, say(room, "for me neither"));
            },
        ),
        case(
            "errors/topic-is-on-the-error",
            "An error about a topic names it, and no other",
            &["ERR-16", "ERR-18"],
            |s| {
                let (room, [ann, _ben]) = s.room();
                s.refused(ann, say(99, "elsewhere"), NotJoined);
                s.refused(ann, say(room, "what?").without(Payload, "chatInfo"), InvalidPayload);
                s.refused(ann, say(room, "what?").without(ChatInfo, "type"), InvalidPayload);
                s.refused(ann, join(room).set(Payload, "avatarurl", "true"), InvalidPayload);
                s.refused(ann, join(room).set(Payload, "topic", "\"\""), InvalidPayload);
                s.refused(ann, join(room).without(Payload, "topic"), InvalidPayload);
                s.refused_as(ann, beat().set(Envelope, "type", "99"), UnknownType, 99);
                s.refused(ann, beat().without(Envelope, "payLoad"), MalformedEnvelope);
            },
        ),
        case(
            "errors/connection-stays-open",
            "The connection stays open after an error of each kind",
            &["ERR-2", "ERR-5"],
            |s| {
                let (room, [ann, ben]) = s.room();
                let mut not_json = beat();
                not_json.edits.push(replace(Envelope, "{"));
                s.refused_as(ann, not_json, MalformedEnvelope, 0);
                s.refused(ann, beat().set(Envelope, "token", "\"\""), Unauthenticated);
                let mut other = beat();
                other.edits.push(put(Envelope, "token", Value::TokenOf(ben)));
                s.refused(ann, other, WrongUser);
                s.refused_as(ann, beat().set(Envelope, "type", "1000"), UnknownType, 1000);
                s.refused(ann, join(room).without(Payload, "topic"), InvalidPayload);
                s.then();
                s.focus(ann, say(room, "and I am still here"));
            },
        ),
        case(
            "errors/retry-after-is-on-a-429",
            "A 429, where there is one, says when to try again",
            &["ERR-14"],
            |s| {
                let (room, [ann, _ben]) = s.room();
                s.about(crate::check::Property::Shape);
                s.act(ann, Action::Burst(say(room, "quickly"), 20));
            },
        ),
        case(
            "errors/topic-is-on-a-429",
            "A 429, where there is one, carries the topic that was named",
            &["ERR-17"],
            |s| {
                let (room, [ann, ben]) = s.room();
                s.about(crate::check::Property::Shape);
                s.act(ann, Action::Burst(say(room, "quickly"), 20));
                s.act(ben, Action::Burst(join(room), 5));
            },
        ),
    ]
}
