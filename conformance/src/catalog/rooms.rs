//! Chapter 5: topics, join, leave.

use crate::case::Case;
use crate::check::Property;
use crate::program::{Action, Expect, Layer, TimeLimit, TopicName, Value};
use crate::script::{Reason, Script, case, join, leave, put, refusal, say, set};

use Layer::Payload;
use Reason::{InvalidPayload, NotJoined, TooManyTopics};

mod json;
mod topics;

pub(super) fn cases() -> Vec<Case> {
    let mut cases = topics::cases();
    cases.extend(joins());
    cases.extend(invalid_joins());
    cases.extend(leaves());
    cases.extend(json::cases());
    cases
}

fn joins() -> Vec<Case> {
    vec![
        case(
            "rooms/joined-says-it-all",
            "A 201 has topic, user, epoch, seq, version, profiles and limits",
            &["ROOM-4", "ROOM-5", "ROOM-6", "ROOM-7", "ROOM-8"],
            |s| {
                s.about(Property::Shape);
                s.about(Property::Seq);
                let (room, [ann, _ben]) = s.room();
                s.send(ann, say(room, "so that the next one does not begin at 0"));
                s.then();
                let cat = s.client();
                s.connect(cat);
                s.focus(cat, join(room));
                s.then();
                s.send(ann, say(room, "welcome"));
            },
        ),
        case(
            "rooms/seq-counts-what-was-said",
            "The seq of a 201 is the number of the last chat",
            &["ROOM-8", "ORD-3"],
            |s| {
                s.about(Property::Seq);
                let (room, [ann, ben]) = s.room();
                s.act(ann, Action::Burst(say(room, "one of five"), 5));
                s.then();
                let cat = s.client();
                s.connect(cat);
                s.focus(cat, join(room));
                s.then();
                s.act(ben, Action::Burst(say(room, "one of three"), 3));
            },
        ),
        case(
            "rooms/epoch-stays-while-somebody-is-there",
            "The epoch is the same for all who join while the room lives",
            &["ROOM-9"],
            |s| {
                s.about(Property::Seq);
                let (room, [ann, ben]) = s.room();
                s.send(ben, leave(room));
                s.then();
                s.focus(ben, join(room));
                s.then();
                s.send(ann, leave(room));
                s.then();
                s.focus(ann, join(room));
                s.then();
                s.focus(ann, join(room));
                s.then();
                s.send(ann, say(room, "the same room as ever"));
            },
        ),
        case(
            "rooms/own-members-say-so",
            "What a 201 and other frames have besides the members of the spec is named with x-",
            &["GROW-2"],
            |s| {
                s.about(Property::Shape);
                let (room, [ann, ben]) = s.room();
                s.focus(ann, join(room));
                s.focus(ben, leave(room));
            },
        ),
        case(
            "rooms/epoch-changes-when-numbers-start-again",
            "Numbers start again only under a new epoch",
            &["ROOM-9"],
            |s| {
                s.about(Property::Seq);
                let (room, [ann, ben]) = s.room();
                s.send(ann, leave(room));
                s.send(ben, leave(room));
                s.then();
                s.focus(ann, join(room));
                s.send(ben, join(room));
                s.then();
                s.send(ann, say(room, "the first or the third"));
            },
        ),
        case(
            "rooms/several-topics-at-once",
            "A connection is in several topics at once",
            &["ROOM-10"],
            |s| {
                let (room, [ann, ben]) = s.room();
                let rooms: [usize; 3] = std::array::from_fn(|_| s.topic(TopicName::Fresh));
                for other in rooms {
                    s.focus(ann, join(other));
                    s.send(ben, join(other));
                }
                s.then();
                for other in rooms {
                    s.focus(ben, say(other, "in one of them"));
                }
                s.focus(ben, say(room, "and in the first"));
            },
        ),
        case(
            "rooms/topics-up-to-the-limit",
            "A connection joins up to maxTopics topics and not one more",
            &["ROOM-11", "ROOM-10"],
            |s| {
                let (room, [ann, ben]) = s.room();
                s.expect(ann, Action::JoinToLimit, Expect::Derived);
                s.then();
                let more = s.topic(TopicName::Fresh);
                s.refused(ann, join(more), TooManyTopics);
                s.focus(ann, join(room));
                s.then();
                s.send(ann, leave(room));
                s.then();
                let another = s.topic(TopicName::Fresh);
                s.focus(ann, join(another));
                s.send(ben, join(another));
                s.then();
                s.send(ben, say(another, "room for one"));
            },
        ),
        case(
            "rooms/a-leave-of-another-topic-frees-no-place",
            "Who leaves topics that it was never in has no more places than before",
            &["ROOM-11", "ROOM-17"],
            |s| {
                let (_, [ann, _ben]) = s.room();
                s.expect(ann, Action::JoinToLimit, Expect::Derived);
                s.then();
                let (strange, more) = (s.topic(TopicName::Fresh), s.topic(TopicName::Fresh));
                s.send(ann, leave(strange));
                s.send(ann, leave(strange));
                s.refused(ann, join(more), TooManyTopics);
            },
        ),
        case(
            "rooms/a-new-epoch-begins-at-nothing",
            "Where a topic that everybody has left begins anew, its numbering does so as well",
            &["ROOM-9", "ROOM-8", "ORD-1"],
            |s| {
                s.about(Property::Seq);
                let (room, [ann, ben]) = s.room();
                s.act(ann, Action::Burst(say(room, "before"), 5));
                s.then();
                s.send(ann, leave(room));
                s.send(ben, leave(room));
                s.then();
                s.focus(ben, join(room));
                s.then();
                s.focus(ben, say(room, "is it the same room?"));
            },
        ),
        case(
            "rooms/empty-for-a-while",
            "A topic that nobody was in for a while keeps its numbers, or begins anew under another epoch",
            &["ROOM-9", "ORD-1"],
            |s| {
                s.about(Property::Seq);
                let (room, [ann, ben]) = s.room();
                let other = s.topic(TopicName::Fresh);
                s.act(ann, Action::Burst(say(room, "before"), 5));
                s.then();
                s.send(ann, leave(room));
                s.send(ben, leave(room));
                s.send(ann, join(other));
                s.then();
                s.wait(ann, TimeLimit::Heartbeat);
                s.wait(ben, TimeLimit::Heartbeat);
                s.then();
                s.focus(ben, join(room));
                s.then();
                s.focus(ben, say(room, "is it the same room?"));
            },
        ),
        case(
            "rooms/join-twice-is-idempotent",
            "A second join is answered with a 201, and a chat still comes once",
            &["ROOM-13"],
            |s| {
                let (room, [ann, ben]) = s.room();
                s.focus(ann, join(room));
                s.focus(ann, join(room));
                s.then();
                s.send(ben, say(room, "once, please"));
                s.then();
                s.send(ann, leave(room));
                s.then();
                s.send(ben, say(room, "and not at all any more"));
            },
        ),
        case(
            "rooms/since-does-no-harm",
            "A join that asks to resume is accepted",
            &["ROOM-14", "ROOM-15"],
            |s| {
                s.about(Property::Shape);
                let (room, [_ann, ben]) = s.room();
                let cat = s.client();
                s.connect(cat);
                s.focus(cat, join(room).set(Payload, "since", r#"{"epoch":"of another life","seq":7}"#));
                s.then();
                s.send(ben, say(room, "welcome back"));
            },
        ),
        good_names(
            "rooms/names-in-a-join",
            "A join may bring a displayName of 64 and an avatarurl of 512 characters",
        ),
    ]
}

fn good_names(id: &'static str, title: &'static str) -> Case {
    case(id, title, &["ROOM-12", "ENV-5"], |s: &mut Script| {
        let (room, [ann, _ben]) = s.room();
        let mut message = join(room);
        message.edits.push(put(Payload, "displayName", Value::Repeated('🦜', 64)));
        message.edits.push(put(Payload, "avatarurl", Value::Repeated('🦜', 512)));
        s.focus(ann, message);
        s.focus(ann, join(room).set(Payload, "displayName", "\"\"").set(Payload, "avatarurl", "\"\""));
        // Nothing is said of which characters, or of what a URL is.
        let odd = join(room).set(Payload, "displayName", r#""a\tb\u0000c\u202e""#);
        s.focus(ann, odd.set(Payload, "avatarurl", r#""no URL: <b>\u0007""#));
    })
}

fn invalid_joins() -> Vec<Case> {
    let invalid = |id, title, edit| refusal(id, title, &["ROOM-12"], (InvalidPayload, None), join, &[edit]);
    vec![
        invalid(
            "rooms/display-name-number",
            "A displayName that is a number is invalid",
            set(Payload, "displayName", "7"),
        ),
        invalid(
            "rooms/display-name-null",
            "A displayName that is null is invalid",
            set(Payload, "displayName", "null"),
        ),
        invalid(
            "rooms/display-name-too-long",
            "A displayName of 65 characters is invalid",
            put(Payload, "displayName", Value::Repeated('安', 65)),
        ),
        invalid(
            "rooms/avatarurl-too-long",
            "An avatarurl of 513 characters is invalid",
            put(Payload, "avatarurl", Value::Repeated('x', 513)),
        ),
        invalid(
            "rooms/avatarurl-object",
            "An avatarurl that is an object is invalid",
            set(Payload, "avatarurl", "{}"),
        ),
    ]
}

fn leaves() -> Vec<Case> {
    vec![
        case(
            "rooms/leave-is-answered",
            "A leave is answered with a 204 that names the topic",
            &["ROOM-16"],
            |s| {
                let (room, [ann, ben]) = s.room();
                s.focus(ann, leave(room));
                s.then();
                s.send(ben, say(room, "she is gone"));
                s.then();
                s.refused(ann, say(room, "I am not there any more"), NotJoined);
            },
        ),
        case(
            "rooms/leave-of-a-topic-not-joined",
            "A leave of a topic that was not joined is answered with a 204",
            &["ROOM-17"],
            |s| {
                let (room, [ann, _ben]) = s.room();
                s.focus(ann, leave(99));
                s.then();
                s.send(ann, say(room, "I am still in this one"));
            },
        ),
        case(
            "rooms/leave-leaves-one-topic",
            "A leave leaves one topic and no other",
            &["ROOM-16", "ROOM-10"],
            |s| {
                let (room, [ann, ben]) = s.room();
                let other = s.topic(TopicName::Fresh);
                s.send(ann, join(other));
                s.send(ben, join(other));
                s.then();
                s.focus(ann, leave(other));
                s.then();
                s.send(ben, say(room, "here she is"));
                s.send(ben, say(other, "and here she is not"));
            },
        ),
        case(
            "rooms/left-again-and-again",
            "Who leaves a topic for the third time is as much outside as at the first",
            &["ROOM-16", "ISO-3"],
            |s| {
                s.about(Property::Isolation);
                let (room, [ann, ben]) = s.room();
                for _ in 0..3 {
                    s.focus(ben, leave(room));
                    s.then();
                    s.send(ann, say(room, "is he gone?"));
                    s.then();
                    s.send(ben, join(room));
                    s.then();
                }
                s.send(ann, say(room, "he is back"));
            },
        ),
        case("rooms/join-after-leave", "A topic that was left can be joined again", &["ROOM-18"], |s| {
            let (room, [ann, ben]) = s.room();
            s.send(ann, leave(room));
            s.then();
            s.send(ben, say(room, "while she was away"));
            s.then();
            s.focus(ann, join(room));
            s.then();
            s.send(ben, say(room, "welcome back"));
        }),
    ]
}
