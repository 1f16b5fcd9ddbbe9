//! Chapter 13: coming back, and saying once.

use crate::case::Case;
use crate::check::Property;
use crate::program::{Action, ChatKind, Edit, Expect, Layer, Message, SinceSeq, TopicName, Value};
use crate::script::{
    Reason, Script, Topic, Who, ask_in, beat, case, join, join_since, join_since_elsewhere, join_since_seq,
    leave, put, refusal, say, say_as, say_with_shared_id, set, user_list,
};

mod repeats;

pub(super) fn cases() -> Vec<Case> {
    let mut cases = missed();
    cases.extend(not_recovered());
    cases.extend(while_joined());
    cases.extend(refusals());
    cases.extend(repeats::cases());
    cases
}

/// A client loses its connection, is away while another says so many chats, and has a new connection.
fn lose(s: &mut Script, who: Who, room: Topic, speaker: Who, chats: usize) {
    s.act(who, Action::Drop { reset: true });
    s.then();
    if chats > 0 {
        s.act(speaker, Action::Burst(say(room, "while you were away"), chats));
        s.then();
    }
    s.connect(who);
}

fn missed() -> Vec<Case> {
    vec![
        case(
            "resume/what-was-missed",
            "Who comes back in time gets every chat that was missed, once each and in order",
            &["RES-2", "RES-1", "RES-11", "RES-4"],
            |s| {
                s.about(Property::Resume);
                let (room, [ann, ben]) = s.room();
                lose(s, ben, room, ann, 5);
                s.focus(ben, join_since(room).with_id());
                s.then();
                s.send(ann, say(room, "live again"));
                s.send(ben, say(room, "so it is"));
            },
        ),
        case(
            "resume/as-it-was-first-delivered",
            "A missed chat has the data, topic, seq, at and id of its first delivery",
            &["RES-3"],
            |s| {
                s.about(Property::Resume);
                let (room, [ann, ben, _cat]) = s.room();
                s.act(ben, Action::Drop { reset: true });
                s.then();
                s.send(ann, say(room, "with an id").with_id());
                s.send(ann, say(room, "without one"));
                s.send(ann, say_as(room, ChatKind::Question, "why?").with_id());
                s.send(ann, say(room, "a \u{0} in it, «кавычки», 😀 and \"quotes\""));
                let spelled =
                    say(room, "spelled oddly").set(Layer::ChatInfo, "x-odd", "[1.0, 1e2, \"\\u00e9\"]");
                s.send(ann, spelled.with_id());
                s.then();
                s.connect(ben);
                s.focus(ben, join_since(room));
            },
        ),
        case(
            "resume/for-the-one-who-came-back-alone",
            "Nobody else hears what is replayed",
            &["RES-2"],
            |s| {
                s.about(Property::Resume);
                let (room, [ann, ben, cat]) = s.room();
                let tablet = s.second_device_of(ben);
                s.connect(tablet);
                s.send(tablet, join(room));
                s.then();
                lose(s, ben, room, ann, 4);
                s.focus(ben, join_since(room));
                s.then();
                s.send(cat, say(room, "we have heard it once"));
            },
        ),
        case(
            "resume/large-ones-missed",
            "Missed chats are replayed whole and all of them, large ones as well, and many of them",
            &["RES-2", "RES-11", "RES-3"],
            |s| {
                s.about(Property::Resume);
                let (room, [ann, ben]) = s.room();
                for (times, chats) in [(2_000, 1), (600, 12), (100, 60)] {
                    s.act(ben, Action::Drop { reset: true });
                    s.then();
                    s.act(ann, Action::Burst(say(room, &"large, ".repeat(times)), chats));
                    s.then();
                    s.connect(ben);
                    s.focus(ben, join_since(room));
                    s.then();
                }
                s.send(ann, say(room, "live again"));
            },
        ),
        case(
            "resume/many-bytes-missed",
            "Missed chats of hundreds of kilobytes are replayed all of them, or none is",
            &["RES-2", "RES-11"],
            |s| {
                s.about(Property::Resume);
                let (room, [ann, ben]) = s.room();
                s.act(ben, Action::Drop { reset: true });
                s.then();
                for _ in 0..3 {
                    s.act(ann, Action::Burst(say(room, &"much, ".repeat(900)), 20));
                    s.then();
                }
                s.connect(ben);
                s.focus(ben, join_since(room));
            },
        ),
        case(
            "resume/missed-before-live",
            "The missed chats come before the live ones, while others talk on",
            &["RES-9"],
            |s| {
                s.about(Property::Resume);
                let (room, [ann, ben]) = s.room();
                lose(s, ben, room, ann, 20);
                s.act(ann, Action::Burst(say(room, "talking on"), 100));
                s.focus(ben, join_since(room).with_id());
                s.send(ben, say(room, "where were we?"));
            },
        ),
        case(
            "resume/behind-the-list",
            "The missed chats come behind the list that stands behind the 201",
            &["RES-9", "PRES-2"],
            |s| {
                s.about(Property::Resume);
                let (room, [ann, ben]) = s.room();
                lose(s, ben, room, ann, 3);
                s.focus(ben, join_since(room).with_id());
                s.focus(ben, user_list(room));
            },
        ),
        case(
            "resume/ones-own-words",
            "What the user said itself meanwhile, over another connection, was missed as well",
            &["RES-2", "RES-11"],
            |s| {
                s.about(Property::Resume);
                let (room, [ann, _ben]) = s.room();
                let tablet = s.second_device_of(ann);
                s.connect(tablet);
                s.send(tablet, join(room));
                s.then();
                lose(s, ann, room, tablet, 3);
                s.focus(ann, join_since(room).with_id());
            },
        ),
        case(
            "resume/a-question-asked-meanwhile",
            "A question that was asked over HTTP meanwhile was missed like any chat",
            &["RES-2", "RES-3", "HIST-19"],
            |s| {
                s.about(Property::Resume);
                let (room, [ann, ben, _cat]) = s.room();
                s.act(ben, Action::Drop { reset: true });
                s.then();
                s.http(ann, ask_in(room, 0, "who will tell him?"));
                s.send(ann, say(room, "I will").with_id());
                s.then();
                s.http(ann, ask_in(room, 0, "and of this?"));
                s.then();
                s.connect(ben);
                s.focus(ben, join_since(room));
            },
        ),
        case("resume/nothing-missed", "Who has missed nothing is told so", &["RES-7", "RES-1"], |s| {
            s.about(Property::Resume);
            let (room, [ann, ben]) = s.room();
            lose(s, ben, room, ann, 0);
            s.focus(ben, join_since(room));
            s.then();
            s.send(ann, say(room, "nothing has happened"));
        }),
        case(
            "resume/from-further-back",
            "`since` says from where, also where that is before what the client has seen",
            &["RES-2", "RES-11"],
            |s| {
                s.about(Property::Resume);
                let (room, [ann, ben]) = s.room();
                s.act(ann, Action::Burst(say(room, "you have heard this"), 6));
                s.then();
                lose(s, ben, room, ann, 2);
                s.focus(ben, join_since_seq(room, SinceSeq::Seen(-4)));
                s.then();
                s.act(ben, Action::Drop { reset: true });
                s.then();
                s.connect(ben);
                s.focus(ben, join_since_seq(room, SinceSeq::Exactly(0)));
            },
        ),
        case("resume/after-leaving", "`since` serves who has left, too", &["RES-2", "RES-11"], |s| {
            s.about(Property::Resume);
            let (room, [ann, ben]) = s.room();
            s.send(ben, leave(room));
            s.then();
            s.act(ann, Action::Burst(say(room, "behind your back"), 3));
            s.then();
            s.focus(ben, join_since(room));
        }),
        case(
            "resume/a-hundred-missed",
            "A hundred missed chats are replayed to who comes back at once",
            &["RES-11", "RES-2"],
            |s| {
                s.about(Property::Resume);
                let (room, [ann, ben]) = s.room();
                // The fence behind them is a chat as well.
                lose(s, ben, room, ann, 99);
                s.focus(ben, join_since(room));
            },
        ),
        case(
            "resume/all-or-nothing",
            "However many were missed: all of them come, or none does and the 201 says so",
            &["RES-6", "RES-4"],
            |s| {
                s.about(Property::Resume);
                let (room, [ann, ben]) = s.room();
                s.act(ben, Action::Drop { reset: true });
                s.then();
                for _ in 0..4 {
                    s.act(ann, Action::Burst(say(room, "on and on"), 500));
                    s.then();
                }
                s.connect(ben);
                s.focus(ben, join_since(room));
                s.then();
                s.send(ann, say(room, "and on"));
            },
        ),
        case(
            "resume/another-user-may",
            "`since` is about the topic, and not about who was there",
            &["RES-2", "RES-11"],
            |s| {
                s.about(Property::Resume);
                let (room, [ann, ben]) = s.room();
                let tablet = s.second_device_of(ben);
                s.connect(tablet);
                s.send(tablet, join(room));
                s.then();
                s.act(tablet, Action::Drop { reset: true });
                s.act(ann, Action::Burst(say(room, "to the phone"), 3));
                s.then();
                s.connect(tablet);
                s.focus(tablet, join_since(room));
            },
        ),
    ]
}

fn not_recovered() -> Vec<Case> {
    vec![
        case(
            "resume/another-epoch",
            "A `since` of another epoch is not recovered, and nothing is replayed",
            &["RES-5", "RES-4", "RES-1"],
            |s| {
                s.about(Property::Resume);
                let (room, [ann, ben]) = s.room();
                lose(s, ben, room, ann, 3);
                s.focus(ben, join_since_elsewhere(room, SinceSeq::Seen(0)));
                s.then();
                s.send(ann, say(room, "anew"));
                for epoch in ["", " "] {
                    let cat = s.client();
                    s.connect(cat);
                    let since = format!(r#"{{"epoch":"{epoch}","seq":0}}"#);
                    s.focus(cat, join(room).set(Layer::Payload, "since", &since));
                }
            },
        ),
        case(
            "resume/the-epoch-of-another-topic",
            "The epoch of one topic is none of another",
            &["RES-5", "RES-4"],
            |s| {
                s.about(Property::Resume);
                let (room, [ann, ben]) = s.room();
                let other = s.topic(TopicName::Capitals(room));
                s.send(ann, join(other));
                s.send(ben, join(other));
                s.then();
                s.send(ann, say(other, "over here"));
                s.then();
                s.send(ben, leave(room));
                s.then();
                s.act(ann, Action::Burst(say(room, "over there"), 3));
                s.then();
                let since = Value::Object(vec![
                    ("epoch".into(), Value::Epoch(other)),
                    ("seq".into(), Value::Seq(other, 0)),
                ]);
                s.focus(ben, join(room).edit(Layer::Payload, put(Layer::Payload, "since", since).change));
            },
        ),
        case(
            "resume/epochs-that-look-alike",
            "An epoch is compared character by character: one that only looks like the topic's is not recovered",
            &["RES-5", "RES-4"],
            |s| {
                s.about(Property::Resume);
                let (room, [ann, ben]) = s.room();
                s.act(ann, Action::Burst(say(room, "heard"), 3));
                s.then();
                let alike = Value::Epoch(room).lookalikes();
                for epoch in alike.into_iter().chain([Value::Json("\"\"".into())]) {
                    s.send(ben, leave(room));
                    let since =
                        Value::Object(vec![("epoch".into(), epoch), ("seq".into(), Value::Seq(room, -2))]);
                    s.focus(ben, join(room).edit(Layer::Payload, put(Layer::Payload, "since", since).change));
                    s.then();
                }
                s.send(ann, say(room, "live"));
            },
        ),
        case(
            "resume/a-since-with-more-in-it",
            "Members of a `since` that nobody knows are ignored, and its seq may be as large as an integer is",
            &["RES-2", "ENV-3", "RES-5"],
            |s| {
                s.about(Property::Resume);
                let (room, [ann, ben]) = s.room();
                lose(s, ben, room, ann, 2);
                let since = |seq| {
                    let members = [
                        ("epoch", Value::Epoch(room)),
                        ("seq", seq),
                        ("x-more", Value::Json("[null]".into())),
                        ("at", Value::Json("0".into())),
                    ];
                    let since = Value::Object(members.map(|(name, value)| (name.into(), value)).into());
                    join(room).edit(Layer::Payload, put(Layer::Payload, "since", since).change)
                };
                s.focus(ben, since(Value::Seq(room, 0)));
                s.then();
                for large in ["2147483648", "4294967296", "9007199254740991"] {
                    s.send(ben, leave(room));
                    s.focus(ben, since(Value::Json(large.into())));
                    s.then();
                }
                s.send(ann, say(room, "live"));
            },
        ),
        case(
            "resume/one-topic-too-many",
            "A join with `since` past maxTopics is refused, and one that is also wrong is refused for that",
            &["ROOM-11", "ERR-6", "RES-8"],
            |s| {
                let (_, [ann, _ben]) = s.room();
                s.expect(ann, Action::JoinToLimit, Expect::Derived);
                s.then();
                let more = s.topic(TopicName::Fresh);
                s.refused(ann, join_since(more), Reason::TooManyTopics);
                let wrong = "{\"epoch\":\"e\",\"seq\":-1}";
                s.refused(ann, join(more).set(Layer::Payload, "since", wrong), Reason::InvalidPayload);
            },
        ),
        case(
            "resume/from-the-future",
            "A `since` past the topic's last chat is not recovered",
            &["RES-5"],
            |s| {
                s.about(Property::Resume);
                let (room, [ann, ben]) = s.room();
                lose(s, ben, room, ann, 0);
                s.focus(ben, join_since_seq(room, SinceSeq::Seen(1)));
                s.then();
                s.act(ben, Action::Drop { reset: true });
                s.then();
                s.connect(ben);
                s.focus(ben, join_since_seq(room, SinceSeq::Seen(1_000_000)));
                s.then();
                s.send(ann, say(room, "we are not there yet"));
            },
        ),
        case("resume/without-since", "A join without `since` is replayed nothing", &["RES-4"], |s| {
            s.about(Property::Seq);
            let (room, [ann, ben]) = s.room();
            lose(s, ben, room, ann, 3);
            s.focus(ben, join(room));
            s.then();
            s.focus(ann, say(room, "from here on"));
        }),
    ]
}

fn while_joined() -> Vec<Case> {
    vec![
        case(
            "resume/while-joined",
            "A `since` of a topic that is joined already is not recovered, and replays nothing",
            &["RES-10", "RES-4"],
            |s| {
                s.about(Property::Resume);
                let (room, [ann, ben]) = s.room();
                s.act(ann, Action::Burst(say(room, "heard"), 3));
                s.then();
                s.focus(ben, join_since_seq(room, SinceSeq::Seen(-2)).with_id());
                s.focus(ben, join_since(room));
                s.then();
                s.send(ann, say(room, "once"));
            },
        ),
        case(
            "resume/twice-in-a-row",
            "Of two joins with `since` right behind one another, the second replays nothing",
            &["RES-10", "RES-2"],
            |s| {
                s.about(Property::Resume);
                let (room, [ann, ben]) = s.room();
                lose(s, ben, room, ann, 3);
                s.focus(ben, join_since(room).with_id());
                s.focus(ben, join_since(room).with_id());
                s.focus(ben, beat().with_id());
            },
        ),
    ]
}

/// The valid twin of refused joins.
fn join_from_the_start(room: Topic) -> Message {
    join_since_seq(room, SinceSeq::Exactly(0))
}

fn refusals() -> Vec<Case> {
    let since = |json: &str| [set(Layer::Payload, "since", json)];
    let rows: [(&str, &str, [Edit; 1]); 9] = [
        ("resume/since-not-an-object", "A `since` that is a string is refused", since("\"e1\"")),
        ("resume/since-a-list", "A `since` that is a list is refused", since("[\"e1\",1]")),
        ("resume/since-null", "A `since` of null is refused", since("null")),
        ("resume/since-without-epoch", "A `since` without an epoch is refused", since("{\"seq\":1}")),
        ("resume/since-without-seq", "A `since` without a seq is refused", since("{\"epoch\":\"e1\"}")),
        (
            "resume/epoch-not-a-string",
            "An epoch that is no string is refused",
            since("{\"epoch\":1,\"seq\":1}"),
        ),
        ("resume/seq-negative", "A seq below 0 is refused", since("{\"epoch\":\"e1\",\"seq\":-1}")),
        (
            "resume/seq-a-string",
            "A seq that is a string is refused",
            since("{\"epoch\":\"e1\",\"seq\":\"1\"}"),
        ),
        (
            "resume/seq-a-fraction",
            "A seq that is no integer is refused",
            since("{\"epoch\":\"e1\",\"seq\":1.5}"),
        ),
    ];
    let mut cases: Vec<Case> = rows
        .into_iter()
        .map(|(id, title, edits)| {
            refusal(id, title, &["RES-8"], (Reason::InvalidPayload, None), join_from_the_start, &edits)
        })
        .collect();
    cases.push(case(
        "resume/a-refused-since-joins-nothing",
        "A join that is refused for its `since` is no join",
        &["RES-8", "ERR-7"],
        |s| {
            let (room, [ann, ben]) = s.room();
            let cat = s.client();
            s.connect(cat);
            s.send(cat, beat());
            s.then();
            s.refused(
                cat,
                join(room).set(Layer::Payload, "since", "{\"epoch\":\"e\",\"seq\":null}"),
                Reason::InvalidPayload,
            );
            s.then();
            s.send(ann, say(room, "not for you"));
            let expect = Expect::Refused { code: 403, reason: "not_joined".into(), answer_type: 2 };
            s.expect(cat, Action::Send(say(room, "nor from me")), expect);
            s.then();
            s.send(ben, say(room, "nor for you"));
        },
    ));
    cases
}
