//! What clients ask over HTTP: pages of streams and questions, right ones and such as must be refused whatever came
//! before them.

use proptest::prelude::*;

use super::deeds::Deed;
use crate::program::{Action, Expect, HttpRequest, HttpToken, Value};
use crate::script::{Reason, ask, ask_in, read_stream};

/// How many streams a program knows; the last of them nobody ever says anything in.
const STREAMS: usize = 3;
/// The streams that something is said in.
pub(super) const SPOKEN: usize = STREAMS - 1;

fn asked(request: HttpRequest) -> Deed {
    vec![(Action::Http(request), Expect::Derived)]
}

/// A page of a stream.
pub(super) fn page() -> impl Strategy<Value = Deed> {
    let sizes = proptest::sample::select(vec![1, 2, 3, 10, 50, 1000]);
    let kinds = proptest::sample::select(vec!["", "", "", "message", "question", "answer"]);
    (0..STREAMS, 1..=4_usize, sizes, kinds).prop_map(|(stream, page, size, kind)| {
        asked(read_stream(stream, page, size).query("type", Value::Json(format!("\"{kind}\""))))
    })
}

/// A question, in a room or without the name of one.
pub(super) fn question(rooms: impl Strategy<Value = usize>) -> impl Strategy<Value = Deed> {
    (rooms, 0..SPOKEN, 0..4_u8).prop_map(|(room, stream, bare)| {
        asked(if bare == 0 { ask(stream, "anybody?") } else { ask_in(room, stream, "why?") })
    })
}

/// What is refused, whoever asks.
pub(super) fn refused() -> impl Strategy<Value = Deed> {
    let text = |text: &str| Value::Json(format!("\"{text}\""));
    let page = || read_stream(0, 1, 50);
    let (nobody, invalid) = (Reason::Unauthenticated, Reason::InvalidPayload);
    let mut all: Vec<(HttpRequest, Reason)> = Vec::new();
    for token in [HttpToken::None, HttpToken::Unknown] {
        all.push((page().token(token), nobody));
        all.push((ask_in(0, 0, "who am I?").token(token), nobody));
        all.push((page().token(token).query("page", text("0")), nobody));
    }
    all.push((page().without_query("stream"), invalid));
    for number in ["0", "-1", "1.5", "one"] {
        all.push((page().query("page", text(number)), invalid));
    }
    for size in ["0", "1001", "many"] {
        all.push((page().query("resultsPerPage", text(size)), invalid));
    }
    all.push((page().query("type", text("Message")), invalid));
    for body in ["", "[]", "nonsense", "{\"content\":\"c\"}", "{\"streamId\":\"s\"}"] {
        all.push((ask(0, "what?").body(body), invalid));
    }
    all.push((ask(0, "where?").member("topic", text("")), invalid));
    all.push((ask(0, "where?").member("topic", Value::Json("7".into())), invalid));
    proptest::sample::select(all).prop_map(|(request, reason)| {
        let expect = Expect::Http { status: reason.code(), reason: Some(reason.name().into()) };
        vec![(Action::Http(request), expect)]
    })
}
