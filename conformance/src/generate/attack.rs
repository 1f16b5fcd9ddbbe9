//! Frames that must be refused or that must end the connection, whatever came before them: so a program that lost some
//! of its steps still expects what is right.

use proptest::prelude::*;

use super::Scope;
use crate::program::{
    Action, Change, Expect, Id, Layer, Message, Payload, Piece, RawFrame, Request, Value, WireFrame,
};
use crate::script::{Reason, beat, join, leave, say};

/// A step's action and what must come of it.
pub(super) type Attack = (Action, Expect);

/// The most frames in a row with a malformed envelope that a connection must bear (ERR-19), and a margin: a program
/// never sends so many over one connection.
pub(super) const MOST_MALFORMED: usize = 24;

/// A text message that is refused, in a topic or with one.
pub(super) fn refused(topic: usize, scope: &Scope) -> impl Strategy<Value = Attack> + use<> {
    let mut all = malformed(topic);
    all.extend(of_nobody(topic));
    all.extend(unknown_types(topic, scope));
    all.extend(invalid(topic));
    (proptest::sample::select(all), any::<bool>()).prop_map(
        |((mut message, reason, answer_type), with_id)| {
            // An id would stand in the way of edits that replace the whole message, and do no harm to others.
            if with_id && !message.edits.iter().any(|edit| edit.layer == Layer::Envelope) {
                message.id = Id::Fresh;
            }
            let expect = Expect::Refused { code: reason.code(), reason: reason.name().into(), answer_type };
            (Action::Send(message), expect)
        },
    )
}

/// A chat in the name of another client's user, who may be the client's own: which error it gets depends on where it
/// is, and whether it gets one on who that is, so that one name stands for all: the user in capitals, who is nobody.
pub(super) fn posing(topic: usize, other: usize) -> Attack {
    let author = Change::Set("user".into(), Value::UserInCapitals(other));
    (Action::Send(say(topic, "not me").edit(Layer::ChatInfo, author)), Expect::RefusedSomehow)
}

/// A frame after which the server must end the connection.
pub(super) fn breach(scope: &Scope) -> impl Strategy<Value = Attack> + use<> {
    const OVERSIZE_IS_FINE_BELOW: usize = 4 << 20;
    let ends = |codes: &[u16], by_close_frame| Expect::Ends { codes: codes.into(), by_close_frame };
    let mut all = vec![
        (RawFrame::Binary(b"{}".to_vec()), ends(&[1003], true)),
        (RawFrame::Binary(Vec::new()), ends(&[1003], true)),
        (RawFrame::TextBytes(vec![b'{', 0xC3, 0x28, b'}']), ends(&[], false)),
        (RawFrame::TextBytes(vec![0xED, 0xA0, 0x80]), ends(&[], false)),
        (RawFrame::ReservedBit, ends(&[], false)),
        (RawFrame::ReservedOpcode, ends(&[], false)),
        (RawFrame::StrayContinuation, ends(&[], false)),
    ];
    all.extend(broken_frames().map(|frames| {
        let pieces = frames.into_iter().map(Piece::Frame).collect();
        (RawFrame::Wire(pieces), ends(&[], false))
    }));
    if scope.declared.max_message_bytes() < OVERSIZE_IS_FINE_BELOW {
        all.push((RawFrame::Oversize(1), ends(&[1009], true)));
    }
    proptest::sample::select(all).prop_map(|(frame, expect)| (Action::Raw(frame), expect))
}

/// Frames against RFC 6455.
fn broken_frames() -> [Vec<WireFrame>; 7] {
    let text = || WireFrame::text("{}");
    let ping = |payload| WireFrame::ping(payload);
    [
        vec![text().unmasked()],
        vec![text().reserved(2)],
        vec![text().unfinished(), text()],
        vec![text().unfinished(), WireFrame::more(" ").unmasked()],
        vec![ping(Payload::Text("{}".into())).unfinished(), WireFrame::more("{}")],
        vec![ping(Payload::Spaces(126))],
        vec![WireFrame::more("{").unfinished(), WireFrame::more("}")],
    ]
}

/// Whether this is refused for its envelope; such frames are counted.
pub(super) fn is_malformed(expect: &Expect) -> bool {
    matches!(expect, Expect::Refused { reason, .. } if reason == Reason::MalformedEnvelope.name())
}

type Refusal = (Message, Reason, i64);

fn malformed(topic: usize) -> Vec<Refusal> {
    let replaced =
        ["", " ", "{", "[]", "7", "null", "\"text\"", "{}{}", "{\"token\":\"t\",\"type\":}", "nonsense"];
    let replace = |text: &str| beat().edit(Layer::Envelope, Change::Replace(text.into()));
    let mut all: Vec<_> = replaced.iter().map(|text| (replace(text), Reason::MalformedEnvelope, 0)).collect();
    for (member, json, answer_type) in [
        ("type", "\"2\"", 0),
        ("type", "2.5", 0),
        ("type", "null", 0),
        ("type", "[2]", 0),
        ("token", "7", 2),
        ("token", "null", 2),
        ("payLoad", "{}", 2),
        ("payLoad", "null", 2),
        ("id", "\"\"", 2),
        ("id", "7", 2),
        ("id", "null", 2),
    ] {
        let message = say(topic, "malformed").set(Layer::Envelope, member, json);
        all.push((message, Reason::MalformedEnvelope, answer_type));
    }
    for (length, with) in [(65, 'x'), (65, 'é')] {
        let id = Change::Set("id".into(), Value::Repeated(with, length));
        all.push((beat().edit(Layer::Envelope, id), Reason::MalformedEnvelope, 1));
    }
    for (member, answer_type) in [("type", 0), ("token", 3), ("payLoad", 3)] {
        all.push((join(topic).without(Layer::Envelope, member), Reason::MalformedEnvelope, answer_type));
    }
    all
}

fn of_nobody(topic: usize) -> Vec<Refusal> {
    let with = |message: Message, value| message.edit(Layer::Envelope, Change::Set("token".into(), value));
    let empty = || Value::Json("\"\"".into());
    let kinds = [beat(), say(topic, "nobody"), join(topic), leave(topic)];
    let mut all: Vec<Refusal> = Vec::new();
    for message in kinds {
        let kind = message.kind();
        all.push((with(message.clone(), empty()), Reason::Unauthenticated, kind));
        all.push((with(message.clone(), Value::UnknownToken), Reason::Unauthenticated, kind));
        all.push((with(message, Value::Repeated('t', 4097)), Reason::Unauthenticated, kind));
    }
    all
}

fn unknown_types(topic: usize, scope: &Scope) -> Vec<Refusal> {
    let mut types = vec![0, -1, 7, 99, 2_147_483_647];
    types.extend(
        [(4, "notice"), (5, "presence")].iter().filter(|(_, p)| !scope.declared.names(p)).map(|(t, _)| t),
    );
    let message = |kind: i64| say(topic, "unknown").set(Layer::Envelope, "type", &kind.to_string());
    types.into_iter().map(|kind| (message(kind), Reason::UnknownType, kind)).collect()
}

fn invalid(topic: usize) -> Vec<Refusal> {
    let mut all: Vec<Refusal> = Vec::new();
    let mut push = |message: Message| {
        let kind = message.kind();
        all.push((message, Reason::InvalidPayload, kind));
    };
    for text in ["", "nonsense", "[]", "7", "null", "{", "{}"] {
        for message in [join(topic), leave(topic), say(topic, "invalid")] {
            push(message.edit(Layer::Payload, Change::Replace(text.into())));
        }
        push(say(topic, "invalid").edit(Layer::ChatInfo, Change::Replace(text.into())));
    }
    for json in ["7", "null", "\"\"", "[\"a\"]", "\"a\\u0000b\"", "\"a\\u0085b\""] {
        for message in [join(topic), leave(topic), say(topic, "invalid")] {
            push(message.set(Layer::Payload, "topic", json));
        }
        push(say(topic, "invalid").set(Layer::ChatInfo, "user", json));
    }
    for member in ["user", "content", "type"] {
        push(say(topic, "invalid").without(Layer::ChatInfo, member));
    }
    for json in ["\"shout\"", "\"Message\"", "2", "null"] {
        push(say(topic, "invalid").set(Layer::ChatInfo, "type", json));
    }
    push(Message::new(Request::Chat(topic, crate::program::Chat::default())).set(
        Layer::ChatInfo,
        "type",
        "\"question\"",
    ));
    all
}
