//! Chapter 5: topics, join, leave.

use crate::case::Case;
use crate::check::Property;
use crate::program::{Action, Expect, Layer, TopicName, Value};
use crate::script::{Reason, Script, case, join, leave, put, refusal, say, set};

use Layer::Payload;
use Reason::{InvalidPayload, NotJoined, TooManyTopics};

mod json;

pub(super) fn cases() -> Vec<Case> {
    let mut cases = topics();
    cases.extend(joins());
    cases.extend(invalid_joins());
    cases.extend(leaves());
    cases.extend(json::cases());
    cases
}

/// A topic with such a name is a room like any other.
fn good_topic(id: &'static str, title: &'static str, name: TopicName) -> Case {
    case(id, title, &["ROOM-1", "TEXT-4"], |s| {
        let (_, [ann, ben]) = s.room();
        let odd = s.topic(name);
        s.focus(ann, join(odd));
        s.send(ben, join(odd));
        s.then();
        s.focus(ben, say(odd, "an odd place"));
        s.then();
        s.focus(ben, leave(odd));
    })
}

/// Two topics that a careless server takes for one.
fn twin_topics(id: &'static str, title: &'static str, twin: fn(usize) -> TopicName) -> Case {
    case(id, title, &["ROOM-2", "ISO-1"], |s| {
        let (room, [ann, ben]) = s.room();
        s.about(Property::Isolation);
        let other = s.topic(twin(room));
        let cat = s.client();
        s.connect(cat);
        s.send(cat, join(other));
        s.then();
        s.focus(cat, say(other, "in the one"));
        s.focus(ann, say(room, "in the other"));
        s.then();
        s.refused(ben, say(other, "I am not in there"), NotJoined);
    })
}

fn bad_topic(id: &'static str, title: &'static str, value: Value) -> Case {
    refusal(id, title, &["ROOM-3"], (InvalidPayload, None), join, &[put(Payload, "topic", value)])
}

fn topics() -> Vec<Case> {
    let json = |text: &str| Value::Json(text.into());
    vec![
        good_topic(
            "rooms/topic-of-128-characters",
            "128 characters are a topic",
            TopicName::Filled('x', 128),
        ),
        good_topic(
            "rooms/topic-of-128-emoji",
            "128 characters are a topic, emoji too",
            TopicName::Filled('🦜', 128),
        ),
        good_topic(
            "rooms/topic-of-any-characters",
            "A topic holds quotes, backslashes, spaces and any script",
            TopicName::Suffixed(" \"'\\/<>&{}[]%00 房间 غرفة e\u{301}\u{200D}".into()),
        ),
        twin_topics(
            "rooms/topics-differ-by-case",
            "Topics that differ in letter case are two",
            TopicName::Capitals,
        ),
        twin_topics("rooms/topics-differ-by-space", "Topics that differ in a space are two", |of| {
            TopicName::Around(of, " ".into(), String::new())
        }),
        twin_topics(
            "rooms/topics-differ-by-trailing-space",
            "A space at the end makes another topic",
            |of| TopicName::Around(of, String::new(), " ".into()),
        ),
        case(
            "rooms/long-topics-differ-at-their-end",
            "Topics of 128 characters that differ in the last are two",
            &["ROOM-2", "ISO-1"],
            |s| {
                let (_, [ann, ben]) = s.room();
                s.about(Property::Isolation);
                let pairs = ['x', '🦜'].map(|with| {
                    let stem = s.topic(TopicName::Filled(with, 127));
                    ["a", "b"].map(|end| s.topic(TopicName::Around(stem, String::new(), end.into())))
                });
                for [one, other] in pairs {
                    s.send(ann, join(one));
                    s.send(ben, join(other));
                }
                s.then();
                for [one, other] in pairs {
                    s.focus(ann, say(one, "in the one"));
                    s.focus(ben, say(other, "in the other"));
                }
            },
        ),
        case(
            "rooms/topics-that-look-alike",
            "Topics that a kind server would take for one, by their look or by their words, are two",
            &["ROOM-2", "ISO-1"],
            |s| {
                let (room, [ann, ben]) = s.room();
                s.about(Property::Isolation);
                let pairs = [
                    ("one", "one\u{200B}"),
                    ("two", "two\u{FE0F}"),
                    ("three ", "three\u{A0}"),
                    ("fo ur", "fo  ur"),
                    ("five", "five."),
                    ("six", "six/"),
                    ("seven", "seven/7"),
                    ("*", "eight"),
                    ("É", "é"),
                    ("ß", "ss"),
                    ("ﬁ", "fi"),
                    ("１", "1"),
                    ("%41", "A"),
                ];
                let named = |s: &mut Script, end: &str| {
                    s.topic(TopicName::Around(room, String::new(), format!(" {end}")))
                };
                let pairs = pairs.map(|(one, other)| (named(s, one), named(s, other)));
                for (one, other) in pairs {
                    s.send(ann, join(one));
                    s.send(ben, join(other));
                }
                s.then();
                for (one, other) in pairs {
                    s.focus(ann, say(one, "in the one"));
                    s.focus(ben, say(other, "in the other"));
                }
            },
        ),
        case(
            "rooms/topics-differ-by-normalisation",
            "The composed and the decomposed spelling of a letter are two topics",
            &["ROOM-2", "ISO-1"],
            |s| {
                let (room, [ann, ben]) = s.room();
                s.about(Property::Isolation);
                let composed = s.topic(TopicName::Around(room, String::new(), "é".into()));
                let decomposed = s.topic(TopicName::Around(room, String::new(), "e\u{301}".into()));
                s.send(ann, join(composed));
                s.send(ben, join(decomposed));
                s.then();
                s.focus(ann, say(composed, "composed"));
                s.focus(ben, say(decomposed, "decomposed"));
            },
        ),
        bad_topic("rooms/topic-empty", "An empty topic is invalid", json("\"\"")),
        bad_topic("rooms/topic-number", "A topic that is a number is invalid", json("8017")),
        bad_topic("rooms/topic-null", "A topic that is null is invalid", json("null")),
        bad_topic("rooms/topic-of-129-characters", "129 characters are no topic", Value::Repeated('x', 129)),
        bad_topic("rooms/topic-with-newline", "A topic with a line feed is invalid", json("\"a\\nb\"")),
        bad_topic(
            "rooms/topic-with-c1-control",
            "A topic with a C1 control character is invalid",
            json("\"a\\u0085b\""),
        ),
    ]
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
