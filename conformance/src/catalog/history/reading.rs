//! `GET /api/message/chatmsg`: what was said in a stream.

use super::{
    Case, ChatKind, HttpRequest, Property, Reason, TopicName, Value, case, join, leave, read_stream,
    room_with_stream, say, say_as, say_in_stream, say_with_shared_id, text,
};
use crate::program::{Action, Layer};
use crate::script::{Topic, put};

pub(super) fn cases() -> Vec<Case> {
    let mut cases = pages();
    cases.extend(items());
    cases.extend(readers());
    cases.extend(refusals());
    cases
}

fn pages() -> Vec<Case> {
    vec![
        case(
            "history/one-page",
            "A page has its items, and page, resultsPerPage and total beside them",
            &["HIST-6", "HIST-12"],
            |s| {
                s.about(Property::History);
                let (_, [ann, ben]) = room_with_stream(s, 3);
                s.http(ann, read_stream(0, 1, 50));
                s.http(ben, read_stream(0, 1, 3));
                s.http(ben, read_stream(0, 1, 1000));
            },
        ),
        case(
            "history/newest-first-page",
            "Page 1 has the newest chats, each page in the order of saying, without gap or overlap",
            &["HIST-10", "HIST-11", "HIST-12"],
            |s| {
                s.about(Property::History);
                let (_, [ann, _ben]) = room_with_stream(s, 7);
                for page in 1..=4 {
                    s.http(ann, read_stream(0, page, 3));
                }
                for page in 1..=7 {
                    s.http(ann, read_stream(0, page, 1));
                }
                s.http(ann, read_stream(0, 1, 7));
                s.http(ann, read_stream(0, 2, 6));
            },
        ),
        case(
            "history/a-query-encoded-throughout",
            "A query in which every byte is percent-encoded, in small letters, asks for the same",
            &["HIST-16", "HIST-12"],
            |s| {
                s.about(Property::History);
                let (_, [ann, _ben]) = room_with_stream(s, 3);
                s.http(ann, read_stream(0, 1, 2).all_encoded());
                s.http(ann, read_stream(0, 2, 2).query("type", text("message")).all_encoded());
            },
        ),
        case(
            "history/beyond-the-last-page",
            "A page beyond the last is empty, and no error",
            &["HIST-13", "HIST-6"],
            |s| {
                s.about(Property::History);
                let (_, [ann, _ben]) = room_with_stream(s, 4);
                s.http(ann, read_stream(0, 2, 4));
                s.http(ann, read_stream(0, 3, 2));
                s.http(ann, read_stream(0, 9, 50));
                s.http(ann, read_stream(0, 1_000_000, 1000));
                // The last page that every client can name.
                s.http(ann, read_stream(0, 1, 1000).query("page", text("9007199254740991")));
            },
        ),
        case(
            "history/a-stream-that-nobody-has-used",
            "A stream in which nothing was said has an empty page 1",
            &["HIST-6", "HIST-8"],
            |s| {
                s.about(Property::History);
                let (_, [ann, _ben]) = room_with_stream(s, 2);
                s.http(ann, read_stream(1, 1, 50));
            },
        ),
        case(
            "history/up-to-date",
            "A chat that has been delivered is in the answers to later requests",
            &["HIST-16", "HIST-12"],
            |s| {
                s.about(Property::History);
                let (room, [ann, ben]) = s.room();
                for _ in 0..6 {
                    s.send(ann, say_in_stream(room, 0, ChatKind::Message, "news"));
                    s.then();
                    s.http(ben, read_stream(0, 1, 50));
                    s.http(ann, read_stream(0, 1, 2));
                    s.then();
                }
            },
        ),
        case(
            "history/a-hundred-are-kept",
            "The newest hundred chats of a stream are kept while their topic has members",
            &["HIST-17"],
            |s| {
                s.about(Property::History);
                let (room, [ann, ben]) = s.room();
                s.act(ann, Action::Burst(say_in_stream(room, 0, ChatKind::Message, "many"), 110));
                s.then();
                s.http(ben, read_stream(0, 1, 100));
                s.http(ben, read_stream(0, 1, 1000));
                s.http(ben, read_stream(0, 4, 25));
            },
        ),
        case(
            "history/unknown-parameters",
            "Parameters that the spec does not name are ignored",
            &["HIST-27", "HIST-6"],
            |s| {
                s.about(Property::History);
                let (_, [ann, _ben]) = room_with_stream(s, 3);
                let request =
                    read_stream(0, 1, 50).query("sort", text("asc")).query("Page", text("nonsense"));
                s.http(ann, request.query("x-y", text("é&=+ %")));
            },
        ),
    ]
}

fn items() -> Vec<Case> {
    vec![
        case(
            "history/all-members-of-the-chatinfo",
            "An item has all members of the chatInfo, known or not, and topic, seq and at beside them",
            &["HIST-7"],
            |s| {
                s.about(Property::History);
                let (room, [ann, ben]) = s.room();
                let rich = say_in_stream(room, 0, ChatKind::Message, "«mit» 😀 \u{0} \"everything\"")
                    .set(Layer::ChatInfo, "displayName", "\"Ann \\ud83e\\udd8a\"")
                    .set(Layer::ChatInfo, "avatarurl", "\"ann.png\"")
                    .set(Layer::ChatInfo, "createdat", "\"2018-10-8 14:30\"")
                    .set(Layer::ChatInfo, "x-own", "{\"n\":[1,2.5,null,true,\"\\u00e9\"],\"empty\":{}}");
                s.send(ann, rich);
                s.send(ann, say_in_stream(room, 0, ChatKind::Question, "why?"));
                s.send(ann, say_in_stream(room, 0, ChatKind::Answer, "why not?"));
                s.then();
                s.http(ben, read_stream(0, 1, 50));
            },
        ),
        case(
            "history/members-named-like-the-chats-own",
            "Where a chatInfo has a topic, seq or at of its own, the chat's take their place",
            &["HIST-7"],
            |s| {
                s.about(Property::History);
                let (room, [ann, ben]) = s.room();
                let posing = say_in_stream(room, 0, ChatKind::Message, "posing")
                    .set(Layer::ChatInfo, "topic", "\"elsewhere\"")
                    .set(Layer::ChatInfo, "seq", "\"first\"")
                    .set(Layer::ChatInfo, "at", "0");
                s.send(ann, posing);
                s.then();
                s.http(ben, read_stream(0, 1, 50));
            },
        ),
        case(
            "history/one-stream-alone",
            "A page shows the chats of its stream, code point by code point, and no others",
            &["HIST-8"],
            |s| {
                s.about(Property::History);
                let (room, [ann, ben]) = s.room();
                s.send(ann, say_in_stream(room, 0, ChatKind::Message, "in the one"));
                s.send(ben, say_in_stream(room, 1, ChatKind::Message, "in the other"));
                s.send(ben, say_in_stream(room, 10, ChatKind::Message, "in one whose name begins alike"));
                s.send(ann, say(room, "in none"));
                s.then();
                s.http(ann, read_stream(0, 1, 50));
                s.http(ben, read_stream(1, 1, 50));
            },
        ),
        case(
            "history/streams-named-alike",
            "Streams whose names differ in letter case, in white space or in signs are as many streams",
            &["HIST-8", "HIST-12", "HIST-16"],
            |s| {
                s.about(Property::History);
                let (room, [ann, ben]) = s.room();
                let names = [
                    TopicName::Capitals(room),
                    TopicName::Around(room, String::new(), " ".into()),
                    TopicName::Around(room, "é %20".into(), "&+".into()),
                ];
                // A stream may have the name of a topic, and has nothing else to do with it.
                let alike: Vec<Topic> = names.into_iter().map(|name| s.topic(name)).collect();
                for &name in &alike {
                    let stream = put(Layer::ChatInfo, "stream", Value::Topic(name)).change;
                    s.send(ann, say(room, "in which?").edit(Layer::ChatInfo, stream));
                }
                s.then();
                for name in alike.into_iter().chain([room]) {
                    s.http(ben, read_stream(0, 1, 50).query("stream", Value::Topic(name)));
                }
            },
        ),
        case(
            "history/streams-that-look-alike",
            "A stream that looks like another by its white space, its marks or its form is another one",
            &["HIST-8", "HIST-12"],
            |s| {
                s.about(Property::History);
                let (room, [ann, ben]) = s.room();
                let mut alike = Value::Stream(0).lookalikes();
                alike.push(Value::Stream(0));
                for name in &alike {
                    let stream = put(Layer::ChatInfo, "stream", name.clone()).change;
                    s.send(ann, say(room, "in which?").edit(Layer::ChatInfo, stream));
                }
                s.then();
                for name in alike {
                    s.http(ben, read_stream(0, 1, 50).query("stream", name));
                }
            },
        ),
        case(
            "history/streams-with-long-names",
            "Streams whose names differ only behind tens, hundreds or thousands of characters are as many streams",
            &["HIST-8", "HIST-12", "HIST-16"],
            |s| {
                s.about(Property::History);
                let (room, [ann, ben]) = s.room();
                // The spec limits no stream; but a request line of 8000 bytes is the longest that RFC 9112 asks for.
                let stems = [64, 100, 128, 255, 1000, 4000];
                let stems = stems.map(|length| s.topic(TopicName::Filled('x', length)));
                let longer = stems.map(|stem| {
                    ["a", "b"].map(|end| s.topic(TopicName::Around(stem, String::new(), end.into())))
                });
                let names: Vec<Topic> = longer.into_iter().flatten().chain(stems).collect();
                for &name in &names {
                    let stream = put(Layer::ChatInfo, "stream", Value::Topic(name)).change;
                    s.send(ann, say(room, "at last").edit(Layer::ChatInfo, stream));
                }
                s.then();
                for name in names {
                    s.http(ben, read_stream(0, 1, 50).query("stream", Value::Topic(name)));
                }
            },
        ),
        case(
            "history/streams-of-odd-names",
            "A stream's name is compared code point by code point, whatever stands in it",
            &["HIST-8"],
            |s| {
                s.about(Property::History);
                let (room, [ann, ben]) = s.room();
                let names =
                    ["a b", "a+b", "a%20b", "É", "E\u{301}", "%", "s'; --", "\u{1f98a}&page=2", "_", "%_"];
                let named = |name: &str| Value::Marked(format!(" {name}"));
                for name in names {
                    // The mark within makes the name fresh, and is the text's at the same time.
                    s.send(
                        ann,
                        say(room, "odd")
                            .edit(Layer::ChatInfo, put(Layer::ChatInfo, "stream", named(name)).change),
                    );
                }
                s.send(ann, say_in_stream(room, 0, ChatKind::Message, "plain"));
                s.then();
                s.http(ben, read_stream(0, 1, 50));
            },
        ),
        case(
            "history/one-type-alone",
            "Where a type is asked for, a page shows chats of that type, and counts those",
            &["HIST-9", "HIST-12"],
            |s| {
                s.about(Property::History);
                let (room, [ann, ben]) = s.room();
                for kind in [ChatKind::Message, ChatKind::Question, ChatKind::Answer, ChatKind::Message] {
                    s.send(ann, say_in_stream(room, 0, kind, "of a type"));
                }
                s.then();
                for kind in ["message", "question", "answer", ""] {
                    s.http(ben, read_stream(0, 1, 50).query("type", text(kind)));
                }
                s.http(ben, read_stream(0, 2, 1).query("type", text("message")));
            },
        ),
        case(
            "history/no-refused-chat",
            "A chat that was refused is in no history",
            &["HIST-8", "ERR-7"],
            |s| {
                s.about(Property::History);
                let (room, [ann, ben]) = s.room();
                s.send(ann, say_in_stream(room, 0, ChatKind::Message, "said"));
                let refused = say_in_stream(room, 0, ChatKind::Message, "unsaid");
                s.refused(ann, refused.clone().without(Layer::ChatInfo, "content"), Reason::InvalidPayload);
                let posing = put(Layer::ChatInfo, "user", Value::UserOf(ben)).change;
                s.refused(ann, refused.edit(Layer::ChatInfo, posing), Reason::WrongAuthor);
                s.then();
                s.http(ben, read_stream(0, 1, 50));
            },
        ),
        case(
            "history/a-repeat-is-there-once",
            "A chat that was sent again under its id is there once, as it was said, and is counted once",
            &["HIST-12", "HIST-8", "RES-12"],
            |s| {
                s.about(Property::History);
                s.about(Property::Repeats);
                let (room, [ann, ben]) = s.room();
                let said = |text: &str| {
                    let stream = put(Layer::ChatInfo, "stream", Value::Stream(0)).change;
                    say_with_shared_id(room, text, 1).edit(Layer::ChatInfo, stream)
                };
                s.send(ann, said("once"));
                s.send(ben, say_in_stream(room, 0, ChatKind::Message, "in between"));
                s.then();
                s.send(ann, said("once"));
                s.send(ann, said("in other words"));
                s.then();
                s.http(ben, read_stream(0, 1, 50));
                s.http(ann, read_stream(0, 2, 1));
            },
        ),
        case(
            "history/in-the-order-of-time",
            "A page has the chats of several topics in the order in which they were said, whatever their numbers",
            &["HIST-11", "HIST-10"],
            |s| {
                s.about(Property::History);
                let (room, [ann, ben]) = s.room();
                let other = s.topic(TopicName::Fresh);
                s.send(ann, join(other));
                s.then();
                for place in [room, room, room, other, room, other] {
                    s.send(ann, say_in_stream(place, 0, ChatKind::Message, "one by one"));
                    s.then();
                }
                s.http(ben, read_stream(0, 1, 50));
                s.http(ben, read_stream(0, 1, 3));
                s.http(ben, read_stream(0, 2, 3));
            },
        ),
        case(
            "history/several-topics",
            "A stream that several topics talk about shows them all, each chat with its own topic",
            &["HIST-7", "HIST-11", "HIST-12", "HIST-16"],
            |s| {
                s.about(Property::History);
                let (room, [ann, ben]) = s.room();
                let other = s.topic(TopicName::Fresh);
                s.send(ann, join(other));
                s.then();
                for _ in 0..3 {
                    s.send(ann, say_in_stream(room, 0, ChatKind::Message, "here"));
                    s.send(ann, say_in_stream(other, 0, ChatKind::Message, "there"));
                    s.then();
                    s.send(ben, say_in_stream(room, 0, ChatKind::Message, "here, too"));
                    s.then();
                }
                s.then();
                s.http(ben, read_stream(0, 1, 50));
                s.http(ben, read_stream(0, 2, 2));
            },
        ),
    ]
}

fn readers() -> Vec<Case> {
    vec![
        case(
            "history/any-user-may-read",
            "Every user with a token may read every stream, in a topic of it or not, connected or not",
            &["HIST-15"],
            |s| {
                s.about(Property::History);
                let (room, [_ann, ben]) = room_with_stream(s, 2);
                let [stranger, absent] = [s.client(), s.client()];
                s.connect(stranger);
                s.then();
                s.http(stranger, read_stream(0, 1, 50));
                s.http(absent, read_stream(0, 1, 50));
                s.send(ben, leave(room));
                s.then();
                s.http(ben, read_stream(0, 1, 50));
            },
        ),
        case(
            "history/reading-changes-nothing",
            "Reading says nothing, joins nothing and numbers nothing",
            &["HIST-15", "ORD-1"],
            |s| {
                s.about(Property::Seq);
                let (room, [ann, ben]) = room_with_stream(s, 2);
                let cat = s.client();
                s.http(cat, read_stream(0, 1, 50));
                s.then();
                s.focus(ann, say(room, "the next one"));
                s.focus(ben, say_as(room, ChatKind::Question, "and the one behind?"));
            },
        ),
    ]
}

/// The id of a case, its title, and the requests that are to be refused in it.
type Refusal = (&'static str, &'static str, fn() -> Vec<HttpRequest>);

fn refusals() -> Vec<Case> {
    let rows: [Refusal; 4] = [
        ("history/no-stream", "A request without a stream is refused", || {
            vec![read_stream(0, 1, 50).without_query("stream")]
        }),
        ("history/page-out-of-range", "A page that is no integer from 1 is refused", || {
            let pages = [
                "0",
                "-1",
                "1.5",
                "one",
                "",
                "1e0",
                "0x1",
                "+1",
                " 1",
                "1 ",
                "1_0",
                "\u{ff11}",
                "99999999999999999999999x",
            ];
            pages.map(|page| read_stream(0, 1, 50).query("page", text(page))).into()
        }),
        (
            "history/results-out-of-range",
            "A resultsPerPage that is no integer from 1 to 1000 is refused",
            || {
                let sizes = ["0", "1001", "-1", "50.5", "many", "", "+50", "5 0", "4294967297"];
                sizes.map(|size| read_stream(0, 1, 50).query("resultsPerPage", text(size))).into()
            },
        ),
        ("history/unknown-type", "A type that is none is refused", || {
            ["Message", "messages", "2", "answer,question"]
                .map(|kind| read_stream(0, 1, 50).query("type", text(kind)))
                .into()
        }),
    ];
    rows.into_iter()
        .map(|(id, title, requests)| {
            case(id, title, &["HIST-14"], |s| {
                s.about(Property::History);
                let (_, [ann, _ben]) = room_with_stream(s, 2);
                s.http(ann, read_stream(0, 1, 50));
                s.then();
                for request in requests() {
                    s.http_refused(ann, request, Reason::InvalidPayload);
                }
                s.then();
                s.http(ann, read_stream(0, 1, 50));
            })
        })
        .collect()
}
