//! Chapter 12: private words to one user of a topic.

use super::limits::drain;
use crate::case::Case;
use crate::check::Property;
use crate::program::{Action, ChatKind, Expect, Layer, Message, SinceSeq, Value};
use crate::script::{
    Reason, Script, Topic, Who, beat, case, join, join_since_seq, leave, notice, notice_to_stranger, put,
    read_stream, refusal, say, say_in_stream, set, user_list, without,
};

mod refusals;
mod strangers;

pub(super) fn cases() -> Vec<Case> {
    let mut cases = deliveries();
    cases.extend(values());
    cases.extend(refusals::cases());
    cases.extend(strangers::cases());
    cases.extend(not_a_chat());
    cases.push(draining());
    cases
}

/// The case of chapter 10 for servers that have notices, and so more to say and to refuse.
fn draining() -> Case {
    case(
        "notices/draining",
        "A server that drains sends everybody a notice of its own first, refuses what is new, and closes with 4202",
        &["NOTE-13", "LIMIT-19", "LIMIT-17", "LIMIT-20", "CHAT-1"],
        |s| drain(s, |room, to| vec![notice(room, to, WAVE)]),
    )
}

/// The data of most notices: a mark in it shows where it came from.
const WAVE: &str = r#"{"kind":"wave","n":"{mark}"}"#;

/// A notice by the first member of a room to itself, as the valid twin of refused ones.
fn to_oneself(room: Topic) -> Message {
    notice(room, 0, WAVE)
}

/// A client connects and joins.
fn enter(s: &mut Script, who: Who, room: Topic) {
    s.connect(who);
    s.send(who, join(room));
}

fn deliveries() -> Vec<Case> {
    vec![
        case(
            "notices/accepted-and-delivered",
            "A notice is answered with a 202, and reaches its user as a 203",
            &["NOTE-1", "NOTE-2", "NOTE-8", "ENV-11", "ENV-12", "ENV-13"],
            |s| {
                s.about(Property::Notices);
                let (room, [ann, ben]) = s.room();
                s.focus(ann, notice(room, ben, WAVE).with_id());
                s.then();
                s.focus(ben, notice(room, ann, WAVE));
            },
        ),
        case(
            "notices/users-with-names-alike",
            "A notice reaches nobody whose name only begins with that of its user",
            &["NOTE-2", "ISO-5"],
            |s| {
                s.about(Property::Notices);
                // The users of a try are numbered: the name of the eleventh begins with that of the second.
                let (room, members) = s.room::<11>();
                s.focus(members[0], notice(room, members[1], WAVE));
                s.then();
                s.send(members[1], leave(room));
                s.then();
                s.refused(members[0], notice(room, members[1], WAVE), Reason::NoSuchMember);
                s.focus(members[0], notice(room, members[10], WAVE));
            },
        ),
        case(
            "notices/every-device-of-the-user",
            "A notice reaches each connection of its user in the topic once, and no other connection",
            &["NOTE-2", "NOTE-6"],
            |s| {
                s.about(Property::Notices);
                let (room, [ann, ben, _cat]) = s.room();
                let [tablet, watch] = [s.second_device_of(ben), s.second_device_of(ben)];
                enter(s, tablet, room);
                enter(s, watch, room);
                // One device of the user has left the topic, one was never in it.
                let [gone, aside] = [s.second_device_of(ben), s.second_device_of(ben)];
                enter(s, gone, room);
                s.send(gone, leave(room));
                s.connect(aside);
                s.send(aside, beat());
                s.then();
                s.focus(ann, notice(room, ben, WAVE).with_id());
                s.focus(tablet, notice(room, ann, WAVE).with_id());
            },
        ),
        case(
            "notices/joined-twice-hears-once",
            "A connection that has joined twice gets a notice once",
            &["NOTE-2"],
            |s| {
                s.about(Property::Notices);
                let (room, [ann, ben]) = s.room();
                s.send(ben, join(room));
                s.then();
                s.focus(ann, notice(room, ben, WAVE).with_id());
            },
        ),
        case(
            "notices/to-oneself",
            "A notice to oneself is answered first, and then delivered",
            &["NOTE-9", "NOTE-2"],
            |s| {
                s.about(Property::Notices);
                let (room, [ann, _ben]) = s.room();
                let tablet = s.second_device_of(ann);
                enter(s, tablet, room);
                s.then();
                s.focus(ann, notice(room, ann, WAVE).with_id());
                s.focus(ann, notice(room, ann, WAVE));
                s.focus(ann, beat().with_id());
            },
        ),
        case(
            "notices/in-the-order-of-sending",
            "The notices of one connection to one user arrive in the order in which they were sent",
            &["NOTE-12", "NOTE-2"],
            |s| {
                s.about(Property::Notices);
                let (room, [ann, ben]) = s.room();
                s.expect(ann, Action::Burst(notice(room, ben, WAVE), 40), Expect::Derived);
            },
        ),
        case(
            "notices/five-devices-of-the-user",
            "A notice comes to each of five connections of its user",
            &["NOTE-2"],
            |s| {
                s.about(Property::Notices);
                let (room, [ann, ben]) = s.room();
                for _ in 0..4 {
                    let device = s.second_device_of(ben);
                    s.connect(device);
                    s.send(device, join(room));
                }
                s.then();
                s.focus(ann, notice(room, ben, WAVE));
                s.then();
                s.focus(ann, notice(room, ben, WAVE).with_id());
            },
        ),
        case(
            "notices/large-ones",
            "A notice of tens of thousands of bytes comes as it was sent, and before the small ones behind it",
            &["NOTE-2", "NOTE-7", "NOTE-12"],
            |s| {
                s.about(Property::Notices);
                let (room, [ann, ben]) = s.room();
                for (words, times) in [("一个字, ", 1_000), ("a word, ", 3_000), ("a word, ", 6_000)] {
                    let long = words.repeat(times);
                    s.focus(ann, notice(room, ben, &format!(r#"{{"n":"{{mark}}","long":"{long}"}}"#)));
                    s.focus(ann, notice(room, ben, WAVE));
                    s.then();
                }
            },
        ),
        case(
            "notices/an-id-twice",
            "An id makes no repeat of a notice: both are delivered",
            &["NOTE-2"],
            |s| {
                s.about(Property::Notices);
                let (room, [ann, ben]) = s.room();
                for _ in 0..2 {
                    s.focus(ann, notice(room, ben, WAVE).set(Layer::Envelope, "id", "\"twice\""));
                }
            },
        ),
        case(
            "notices/from-is-the-sender",
            "`from` is the sender's user, whatever the payLoad says",
            &["NOTE-8"],
            |s| {
                s.about(Property::Notices);
                let (room, [ann, ben, cat]) = s.room();
                let posing = notice(room, ben, WAVE).with_id();
                s.focus(
                    ann,
                    posing
                        .clone()
                        .edit(Layer::Payload, put(Layer::Payload, "from", Value::UserOf(cat)).change),
                );
                s.then();
                s.focus(ann, posing.set(Layer::Payload, "from", "null"));
            },
        ),
        case(
            "notices/no-notice-poses-as-the-server",
            "A client cannot make a word of the server: what it sends has a `from`",
            &["NOTE-8"],
            |s| {
                s.about(Property::Notices);
                let (room, [ann, ben]) = s.room();
                s.focus(ann, notice(room, ben, r#"{"reconnectAfterMs":0,"n":"{mark}"}"#).with_id());
            },
        ),
    ]
}

fn values() -> Vec<Case> {
    let rows: [(&str, &str, &[&str]); 7] = [
        (
            "notices/any-json-value",
            "Any JSON value is good data, null among them",
            &["null", "true", "false", "0", "-1.5", "\"\"", "\"{mark}\"", "[]", "{}"],
        ),
        (
            "notices/numbers-by-their-value",
            "Numbers arrive with their value",
            &[
                r#"{"n":"{mark}","v":[0,1,-7,0.5,0.30000000000000004,1e3,2.5e-3,9007199254740991,-9007199254740991]}"#,
                r#"{"n":"{mark}","v":[5e-324,1e-300,1.7976931348623157e308,0.1,123456789.12345679,1e21,1e-7,4.35]}"#,
            ],
        ),
        (
            "notices/strings-by-their-code-points",
            "Strings arrive code point by code point",
            &[
                r#"{"n":"{mark}","v":"\u0000 \b\f\n\r\t \" \\ \/ \u2028\u2029 é e\u0301 😀 \ud83d\ude00"}"#,
                r#"{"n":"{mark}","v":["  around  ","<b>&amp;</b> & so on"]}"#,
                concat!(
                    r#"{"n":"{mark}","v":"a long word: "#,
                    "0123456789012345678901234567890123456789012345678901234567890123456789012345678901234567",
                    "0123456789012345678901234567890123456789012345678901234567890123456789012345678901234567",
                    "0123456789012345678901234567890123456789012345678901234567890123456789012345678901234567",
                    r#""}"#
                ),
                r#"{"n":"{mark}","é":1,"e\u0301":2,"":3," ":4}"#,
                r#"{"n":"{mark}","v":["2018-10-08T14:30:00.000Z","2018-10-08T14:30:00Z","2018-10-08","1e3"]}"#,
            ],
        ),
        (
            "notices/nested-values",
            "Nested arrays and objects arrive as they are, empty ones and nulls included",
            &[
                r#"{"n":"{mark}","v":[[],[[1,[2,[3,[]]]]],{"a":{"b":{"c":[null,{},[]]}}}],"empty":{},"none":null}"#,
            ],
        ),
        (
            "notices/members-that-mean-something-elsewhere",
            "Members whose names mean something elsewhere are data like any other",
            &[
                r#"{"n":"{mark}","type":2,"code":200,"data":"{}","topic":"t","from":"f","seq":1,"token":"x"}"#,
                r#"{"n":"{mark}","__proto__":{"a":1},"constructor":null,"toString":"s"}"#,
            ],
        ),
        (
            "notices/deep-values",
            "Arrays in arrays arrive as they are, down to where all servers read",
            &[r#"{"n":"{mark}","v":[[[[[[[[[[[[[[[[[[[[[[[[[[[[[["deep"]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]}"#],
        ),
        (
            "notices/json-within-a-string",
            "A string that holds JSON stays a string",
            &[r#"["{mark}","{\"a\":1}","[1,2]","null","1.0"]"#],
        ),
    ];
    rows.into_iter()
        .map(|(id, title, values)| {
            case(id, title, &["NOTE-7", "NOTE-2", "NOTE-3"], |s| {
                s.about(Property::Notices);
                let (room, [ann, ben]) = s.room();
                for data in values {
                    s.focus(ann, notice(room, ben, data).with_id());
                    s.then();
                }
                s.focus(ben, notice(room, ann, WAVE));
            })
        })
        .collect()
}

fn not_a_chat() -> Vec<Case> {
    vec![
        case(
            "notices/no-number-of-their-own",
            "Notices take no seq: the chats around them follow one another without a gap",
            &["NOTE-10"],
            |s| {
                s.about(Property::Seq);
                let (room, [ann, ben]) = s.room();
                s.focus(ann, say(room, "one"));
                s.send(ann, notice(room, ben, WAVE));
                s.send(ann, notice(room, ann, WAVE));
                s.focus(ann, say(room, "two"));
                s.then();
                let cat = s.client();
                s.connect(cat);
                s.focus(cat, join(room));
                s.then();
                s.focus(ben, say(room, "three"));
            },
        ),
        case("notices/not-replayed", "No replay shows a notice", &["NOTE-10"], |s| {
            s.about(Property::Resume);
            s.needs("resume");
            let (room, [ann, ben]) = s.room();
            s.act(ben, Action::Drop { reset: true });
            s.then();
            let tablet = s.second_device_of(ben);
            enter(s, tablet, room);
            s.then();
            s.send(ann, say(room, "missed"));
            s.send(ann, notice(room, tablet, WAVE));
            s.send(ann, say(room, "missed, too"));
            s.then();
            s.connect(ben);
            s.focus(ben, join_since_seq(room, SinceSeq::Seen(0)));
        }),
        case("notices/not-in-the-history", "No history shows a notice", &["NOTE-10"], |s| {
            s.about(Property::History);
            s.needs("history");
            let (room, [ann, ben]) = s.room();
            s.send(ann, say_in_stream(room, 0, ChatKind::Message, "for the record"));
            s.send(
                ann,
                notice(room, ben, r#"{"user":"u","content":"{mark}","type":"message","stream":"s"}"#),
            );
            s.then();
            s.http(ben, read_stream(0, 1, 50));
        }),
        case(
            "notices/not-a-chat-to-anybody",
            "Data that looks like a chatInfo is a notice all the same",
            &["NOTE-6", "CHAT-1"],
            |s| {
                s.about(Property::Notices);
                let (room, [ann, ben, _cat]) = s.room();
                s.focus(ann, notice(room, ben, r#"{"user":"u","content":"{mark}","type":"message"}"#));
                s.then();
                s.send(ben, say(room, "a chat"));
            },
        ),
        case("notices/with-presence", "Notices leave the list as it is", &["PRES-5", "NOTE-2"], |s| {
            s.about(Property::Presence);
            let (room, [ann, ben]) = s.room();
            s.send(ann, notice(room, ben, WAVE));
            s.then();
            s.focus(ann, user_list(room));
        }),
    ]
}
