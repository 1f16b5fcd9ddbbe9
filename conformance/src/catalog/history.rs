//! Chapter 14: the HTTP beside the socket.

use crate::case::Case;
use crate::check::Property;
use crate::program::{Action, ChatKind, Expect, HttpRequest, HttpToken, TopicName, Value};
use crate::script::{
    Reason, Script, Topic, Who, ask, ask_in, beat, case, join, leave, read_stream, say, say_as,
    say_in_stream, say_with_shared_id,
};

mod asking;
mod reading;

pub(super) fn cases() -> Vec<Case> {
    let mut cases = both();
    cases.extend(reading::cases());
    cases.extend(asking::cases());
    cases
}

/// A parameter's value as it stands in a query.
fn text(value: &str) -> Value {
    Value::Json(value.into())
}

/// A room in which the first of two members has said so much in stream 0.
fn room_with_stream(s: &mut Script, chats: usize) -> (Topic, [Who; 2]) {
    let (room, members) = s.room();
    for _ in 0..chats {
        s.send(members[0], say_in_stream(room, 0, ChatKind::Message, "for the record"));
    }
    s.then();
    (room, members)
}

/// A case about requests that must be refused, between two that are not.
fn refused(
    id: &'static str,
    title: &'static str,
    requirements: &'static [&'static str],
    reason: Reason,
    requests: fn(Topic, Who) -> Vec<HttpRequest>,
) -> Case {
    case(id, title, requirements, |s| {
        s.about(Property::History);
        let (room, [ann, ben]) = room_with_stream(s, 2);
        s.http(ann, read_stream(0, 1, 50));
        s.then();
        for request in requests(room, ben) {
            s.http_refused(ann, request, reason);
        }
        s.then();
        s.http(ann, ask_in(room, 0, "and this one is fine?"));
        s.then();
        s.http(ben, read_stream(0, 1, 50));
    })
}

fn both() -> Vec<Case> {
    vec![
        case(
            "history/the-whole-header-is-the-token",
            "The value of Authorization is the token, without white space around it and without a scheme",
            &["HIST-1", "HIST-2"],
            |s| {
                s.about(Property::History);
                let (room, [ann, ben]) = room_with_stream(s, 2);
                s.http(ann, read_stream(0, 1, 50));
                s.http(ann, read_stream(0, 1, 50).token(HttpToken::Padded));
                s.http(ben, ask_in(room, 0, "with room around it?").token(HttpToken::Padded));
            },
        ),
        refused(
            "history/no-token",
            "A request without a token is refused, whatever else is wrong with it",
            &["HIST-2", "HIST-26"],
            Reason::Unauthenticated,
            |room, _| {
                vec![
                    read_stream(0, 1, 50).token(HttpToken::None),
                    read_stream(0, 1, 50).query("page", text("0")).token(HttpToken::None),
                    ask_in(room, 0, "who am I?").token(HttpToken::None),
                    HttpRequest::new("POST", "/api/question/add").token(HttpToken::None),
                ]
            },
        ),
        refused(
            "history/empty-token",
            "A request whose token is empty is refused",
            &["HIST-2", "HIST-26"],
            Reason::Unauthenticated,
            |room, _| {
                vec![
                    read_stream(0, 1, 50).token(HttpToken::Empty),
                    ask_in(room, 0, "nobody?").token(HttpToken::Empty),
                ]
            },
        ),
        case(
            "history/unknown-token",
            "A request with a token that the server does not know is refused",
            &["HIST-2", "HIST-26"],
            |s| {
                s.about(Property::History);
                s.needs_known_users();
                let (room, [ann, _ben]) = room_with_stream(s, 2);
                s.http(ann, read_stream(0, 1, 50));
                s.then();
                s.http_refused(ann, read_stream(0, 1, 50).token(HttpToken::Unknown), Reason::Unauthenticated);
                let stolen = ask_in(room, 0, "who am I?").token(HttpToken::Unknown);
                s.http_refused(ann, stolen, Reason::Unauthenticated);
                s.then();
                s.http(ann, read_stream(0, 1, 50));
            },
        ),
        case(
            "history/the-form-of-the-answers",
            "Every answer is a JSON object whose code is the status, with an object `data`",
            &["HIST-3", "HIST-4"],
            |s| {
                s.about(Property::History);
                let (room, [ann, _ben]) = room_with_stream(s, 1);
                let other = s.topic(TopicName::Fresh);
                s.http(ann, read_stream(0, 1, 50));
                s.http(ann, ask_in(room, 0, "is this right?"));
                s.http_refused(ann, read_stream(0, 1, 50).query("page", text("0")), Reason::InvalidPayload);
                s.http_refused(ann, ask_in(other, 0, "where?"), Reason::NotJoined);
                s.http_refused(ann, read_stream(0, 1, 50).token(HttpToken::None), Reason::Unauthenticated);
            },
        ),
        case("history/content-type", "Answers say that they are JSON", &["HIST-5"], |s| {
            s.about(Property::History);
            let (room, [ann, _ben]) = room_with_stream(s, 1);
            s.http(ann, read_stream(0, 1, 50));
            s.http(ann, ask_in(room, 0, "is this JSON?"));
            s.http_refused(ann, read_stream(0, 1, 50).token(HttpToken::None), Reason::Unauthenticated);
        }),
        case(
            "history/what-is-no-history-request-harms-nobody",
            "Other methods, paths nearby, odd queries and large bodies harm nobody, whatever comes of them",
            &["ISO-6"],
            |s| {
                s.about(Property::Delivery);
                s.needs("history");
                let (room, [ann, ben]) = room_with_stream(s, 2);
                let cat = s.client();
                s.connect(cat);
                for (method, path) in [
                    ("POST", "/api/message/chatmsg"),
                    ("DELETE", "/api/message/chatmsg?stream=s&page=1&resultsPerPage=1&type="),
                    ("OPTIONS", "/api/question/add"),
                    ("HEAD", "/api/message/chatmsg?stream=s&page=1&resultsPerPage=1&type="),
                    ("GET", "/api/question/add"),
                    ("GET", "/api/message/chatmsg/../chatmsg?stream=s"),
                    ("GET", "/api//message/chatmsg?&&=&stream=%ff%fe&stream=%&page=%00"),
                    ("GET", "/API/MESSAGE/CHATMSG"),
                    ("GET", "/favicon.ico"),
                ] {
                    s.expect(cat, Action::Http(HttpRequest::new(method, path)), Expect::Survived);
                }
                let large = "x".repeat(1 << 20);
                s.expect(cat, Action::Http(ask_in(room, 0, &large)), Expect::Survived);
                s.act(ann, Action::Burst(say(room, "undisturbed"), 30));
                s.then();
                s.focus(ben, say(room, "all well"));
                s.http(ben, read_stream(0, 1, 50));
            },
        ),
        case(
            "history/beside-a-busy-socket",
            "History requests and chats do not get into each other's way",
            &["HIST-16", "ISO-6"],
            |s| {
                s.about(Property::History);
                let (room, [ann, ben]) = room_with_stream(s, 3);
                s.send(ben, beat());
                for _ in 0..20 {
                    s.send(ann, say(room, "talking on"));
                }
                for page in 1..=5 {
                    s.http(ben, read_stream(0, page, 1));
                }
                s.then();
                s.send(ben, say(room, "all well"));
            },
        ),
    ]
}
