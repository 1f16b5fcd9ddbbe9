//! The right runs that are spoilt: small phases, so that nearly everything has one right outcome.

use roomwire_conformance::case::Case;
use roomwire_conformance::program::{ChatKind, HttpToken, SinceSeq, TopicName};
use roomwire_conformance::script::{
    Reason, ask, ask_in, beat, case, join, join_as, join_since, join_since_elsewhere, leave, notice,
    read_stream, say, say_in_stream, say_with_shared_id, user_list,
};

/// Everything that the profiles up to notices have.
pub(super) fn talk() -> Case {
    case("mutations/talk", "A talk with lists and notices", &["CHAT-1"], |s| {
        let (room, [ann, ben, cat]) = s.room();
        let other = s.topic(TopicName::Fresh);
        let second = s.second_device_of(ben);
        s.connect(second);
        s.send(second, join_as(room, "Ben").with_id());
        s.then();
        s.send(ann, say(room, "one").with_id());
        s.send(ben, say(room, "two"));
        s.send(ann, say(room, "three"));
        s.send(ben, say(room, "four"));
        s.then();
        s.send(cat, join(other));
        s.send(cat, beat().with_id());
        s.refused(cat, say(99, "nowhere"), Reason::NotJoined);
        s.send(cat, say(other, "alone"));
        s.then();
        s.send(ann, user_list(room).with_id());
        s.send(ann, notice(room, ben, r#"{"n":"{mark}","list":[1,2]}"#).with_id());
        s.then();
        s.send(ann, notice(room, ann, r#""to me {mark}""#));
        s.then();
        let dan = s.client();
        s.connect(dan);
        s.send(dan, join_as(room, "Dan"));
        s.then();
        s.send(cat, say(room, "welcome"));
        s.then();
        s.send(dan, leave(room));
        s.then();
        s.send(ann, say(room, "five"));
        s.then();
        s.send(ann, beat());
        s.send(ben, beat());
    })
}

/// Members who come back, with and without a hole, and chats that are sent once more.
pub(super) fn return_and_repeat() -> Case {
    case("mutations/return", "A return, and repeats", &["RES-2"], |s| {
        let (room, [ann, ben, cat]) = s.room();
        s.send(ann, say(room, "before").with_id());
        s.then();
        s.reconnect(ben);
        s.then();
        s.send(ann, say(room, "missed").with_id());
        s.send(cat, say(room, "missed as well"));
        s.send(ann, say_with_shared_id(room, "once", 0));
        s.then();
        s.send(ben, join_since(room).with_id());
        s.then();
        s.send(cat, say(room, "live"));
        s.then();
        // Who is in already misses nothing, and who knows of another epoch cannot be helped.
        s.send(ben, join_since(room));
        s.then();
        let dan = s.client();
        s.connect(dan);
        s.send(dan, join_since_elsewhere(room, SinceSeq::Exactly(0)));
        s.then();
        // Who has missed nothing is told so.
        s.reconnect(dan);
        s.then();
        s.send(dan, join_since(room));
        s.then();
        // Once more over the same connection, and over another; another user's chat of the same id is its own.
        s.send(ann, say_with_shared_id(room, "and again", 0));
        s.then();
        let tablet = s.second_device_of(ann);
        s.connect(tablet);
        s.send(tablet, join(room));
        s.then();
        s.send(tablet, say_with_shared_id(room, "and again from here", 0));
        s.then();
        s.send(ben, say_with_shared_id(room, "my own", 0));
        s.then();
        s.send(ann, say(room, "five"));
        s.then();
        s.send(ann, beat());
        s.send(ben, beat());
    })
}

/// Streams that are read page by page, and questions that are asked without a socket.
pub(super) fn history() -> Case {
    case("mutations/history", "A look at the history, and questions", &["HIST-6"], |s| {
        let (room, [ann, ben]) = s.room();
        let other = s.topic(TopicName::Fresh);
        let cat = s.client();
        s.connect(cat);
        s.then();
        s.refused(cat, say_in_stream(room, 0, ChatKind::Message, "from outside"), Reason::NotJoined);
        s.then();
        let kinds = [ChatKind::Message, ChatKind::Question, ChatKind::Answer, ChatKind::Message];
        for (who, kind) in [ann, ben, ann, ben].into_iter().zip(kinds) {
            s.send(who, say_in_stream(room, 0, kind, "in the stream"));
            s.then();
        }
        s.send(ann, say_in_stream(room, 1, ChatKind::Message, "in another"));
        s.then();
        s.http(ann, ask_in(room, 0, "why?"));
        s.then();
        s.http(ben, ask(0, "and why here?"));
        s.then();
        s.http_refused(cat, ask_in(room, 0, "may I?"), Reason::NotJoined);
        s.http_refused(ann, ask_in(room, 0, "who am I?").token(HttpToken::None), Reason::Unauthenticated);
        s.http_refused(ann, ask_in(room, 0, "what?").without_member("content"), Reason::InvalidPayload);
        s.then();
        s.send(ann, join(other));
        s.then();
        s.http_refused(ann, ask(0, "where?"), Reason::InvalidPayload);
        s.then();
        for (page, size) in [(1, 50), (1, 2), (2, 2), (3, 2), (2, 4), (9, 50)] {
            s.http(ben, read_stream(0, page, size));
            s.then();
        }
        s.http(ann, read_stream(1, 1, 50));
        s.http(ann, of_questions(read_stream(0, 1, 50)));
        s.http_refused(ann, read_stream(0, 0, 50), Reason::InvalidPayload);
        s.then();
        s.send(ann, say(room, "the end"));
        s.then();
        s.send(ann, beat());
        s.send(ben, beat());
    })
}

fn of_questions(
    page: roomwire_conformance::program::HttpRequest,
) -> roomwire_conformance::program::HttpRequest {
    page.query("type", roomwire_conformance::program::Value::Json("\"question\"".into()))
}
