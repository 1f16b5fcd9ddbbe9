//! What a topic is, and which two are one.

use super::{
    Case, InvalidPayload, NotJoined, Payload, Property, Script, TopicName, Value, case, join, leave, put,
    refusal, say,
};

pub(super) fn cases() -> Vec<Case> {
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
                    ("ten", "ten\u{A0}"),
                    ("seven", "seven/7"),
                    ("*", "eight"),
                    ("É", "é"),
                    ("ß", "ss"),
                    ("ﬁ", "fi"),
                    ("１", "1"),
                    ("%41", "A"),
                    // Alike to a hash that multiplies by 31, as many do.
                    ("Aa", "BB"),
                    ("#", "nine"),
                    ("01", "1.0"),
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
            "rooms/topics-that-begin-otherwise",
            "A sign or a space before the name of a topic makes another topic",
            &["ROOM-2", "ISO-1", "ROOM-1"],
            |s| {
                let (room, [ann, _ben]) = s.room();
                s.about(Property::Isolation);
                let cat = s.client();
                s.connect(cat);
                let topics = ["#", "/", " ", "\u{A0}", "\u{FEFF}", "0", "@", "_"]
                    .map(|sign| s.topic(TopicName::Around(room, sign.into(), String::new())));
                for topic in topics {
                    s.focus(cat, join(topic));
                }
                s.then();
                s.focus(ann, say(room, "in the one"));
                for topic in topics {
                    s.focus(cat, say(topic, "in another"));
                }
            },
        ),
        case(
            "rooms/one-of-very-many",
            "A room stays what it is while three hundred others come and go",
            &["ROOM-9", "CHAT-1"],
            |s| {
                let (room, [ann, ben]) = s.room();
                let [cat, dan] = [s.client(), s.client()];
                s.connect(cat);
                s.connect(dan);
                s.send(ann, say(room, "one"));
                s.then();
                for _ in 0..10 {
                    for _ in 0..30 {
                        let other = s.topic(TopicName::Fresh);
                        s.send(cat, join(other));
                        s.send(cat, leave(other));
                    }
                    s.then();
                }
                s.focus(dan, join(room));
                s.then();
                s.focus(ann, say(room, "two"));
                s.send(ben, say(room, "three"));
            },
        ),
        case(
            "rooms/topics-of-odd-characters",
            "Whatever is no control character may stand in a topic",
            &["ROOM-1", "ROOM-2"],
            |s| {
                let (room, [ann, ben]) = s.room();
                let ends = [
                    "/",
                    "\\",
                    "\"",
                    "<b>'",
                    "%00",
                    "?#",
                    "+*",
                    ".:$",
                    "\u{AD}",
                    "\u{2028}",
                    "\u{2029}",
                    "\u{202E}",
                    "\u{FEFF}",
                    "\u{E000}\u{FFFF}",
                    "\u{10FFFF}",
                    "__proto__",
                ];
                let topics = ends.map(|end| s.topic(TopicName::Around(room, String::new(), end.into())));
                for batch in topics.chunks(8) {
                    for &topic in batch {
                        s.focus(ann, join(topic).with_id());
                        s.send(ben, join(topic));
                    }
                    s.then();
                    for &topic in batch {
                        s.focus(ben, say(topic, "is this a topic?"));
                    }
                    s.then();
                    for &topic in batch {
                        s.focus(ann, leave(topic));
                        s.send(ben, leave(topic));
                    }
                    s.then();
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

fn bad_topic(id: &'static str, title: &'static str, value: Value) -> Case {
    refusal(id, title, &["ROOM-3"], (InvalidPayload, None), join, &[put(Payload, "topic", value)])
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
