//! Chapter 15: what tokens are kept from.

use crate::case::Case;
use crate::check::Property;
use crate::program::{Action, Expect, HttpRequest, HttpToken, Layer, Value};
use crate::script::{ask_in, beat, case, join, put, read_stream, say};

mod identity;

pub(super) fn cases() -> Vec<Case> {
    let mut cases = vec![case(
        "security/tokens-are-not-told-again",
        "No answer holds the token of the request, not even of one that was refused",
        &["SEC-1"],
        |s| {
            let (room, [ann, _ben]) = s.room();
            let token = || put(Layer::Envelope, "token", Value::Repeated('k', 300));
            for mut attack in [beat(), join(room), say(room, "who am I?")] {
                // No user has a name of 300 characters, so no server can take this for one.
                attack.edits.push(token());
                // A server takes it for an unknown token, or for that of somebody else.
                s.expect(ann, Action::Send(attack), Expect::RefusedSomehow);
                s.then();
            }
            s.then();
            s.send(ann, say(room, "I am who I was"));
        },
    )];
    cases.push(case(
        "security/tokens-are-not-told-over-http",
        "No answer over HTTP holds the token of the request, not even of one that was refused",
        &["SEC-1", "HIST-2"],
        |s| {
            s.about(Property::History);
            let (room, [ann, ben]) = s.room();
            let unknown = |request: HttpRequest| request.token(HttpToken::Unknown);
            for request in [ask_in(room, 0, "who am I?"), read_stream(0, 1, 50)] {
                s.http(ann, request.clone());
                // No user has a name of 200 characters. A server that takes such a token even so has not refused it.
                s.expect(ann, Action::Http(unknown(request)), Expect::Survived);
            }
            s.then();
            s.send(ben, say(room, "I am who I was"));
        },
    ));
    cases.extend(identity::cases());
    cases
}
