//! Chapter 15: what tokens are kept from.

use crate::case::Case;
use crate::program::{Action, Expect, Layer, Value};
use crate::script::{beat, case, join, put, say};

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
    cases.extend(identity::cases());
    cases
}
