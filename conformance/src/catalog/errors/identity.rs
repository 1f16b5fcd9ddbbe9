//! Whose frame it is: tokens that are nobody's, and the user of a connection.

use super::hello;
use crate::case::Case;
use crate::program::{Action, Change, Expect, Layer, Value};
use crate::script::{Reason, beat, case, join, put, refusal, say, set};

use Layer::{Envelope, Payload};
use Reason::{InvalidPayload, NotJoined, Unauthenticated, WrongUser};

pub(super) fn cases() -> Vec<Case> {
    vec![
        refusal(
            "errors/token-empty",
            "An empty token is nobody's",
            &["ERR-9"],
            (Unauthenticated, None),
            hello,
            &[set(Envelope, "token", "\"\"")],
        ),
        case(
            "errors/token-unknown",
            "A token that nobody has is refused, on a new connection and on one that is known",
            &["ERR-9"],
            |s| {
                s.needs_known_users();
                let (room, [ann, ben]) = s.room();
                let stranger = s.second_device_of(ben);
                s.connect(stranger);
                let unknown = put(Envelope, "token", Value::UnknownToken);
                for who in [ann, stranger] {
                    let mut attack = hello(room).with_id();
                    attack.edits.push(unknown.clone());
                    s.refused(who, attack, Unauthenticated);
                }
                s.then();
                s.focus(ann, hello(room));
                s.focus(stranger, join(room));
            },
        ),
        case("errors/token-too-long", "A token of 4097 characters is refused", &["ERR-9"], |s| {
            let (room, [ann, _ben]) = s.room();
            let mut attack = hello(room);
            attack.edits.push(put(Envelope, "token", Value::Repeated('k', 4097)));
            // Where any token is taken, it may as well be refused as that of somebody else.
            s.expect(ann, Action::Send(attack), Expect::RefusedSomehow);
            s.then();
            s.focus(ann, hello(room));
        }),
        refusal(
            "errors/token-of-another-user",
            "The token of another user is refused",
            &["ERR-10"],
            (WrongUser, None),
            hello,
            &[put(Envelope, "token", Value::TokenOf(1))],
        ),
        refusal(
            "errors/heartbeat-of-another-user",
            "A heartbeat with the token of another user is refused as well",
            &["ERR-10"],
            (WrongUser, None),
            |_| beat(),
            &[put(Envelope, "token", Value::TokenOf(1))],
        ),
        case(
            "errors/refused-frame-settles-no-user",
            "A frame that was refused does not settle the user of the connection",
            &["ERR-7", "ERR-10"],
            |s| {
                let (room, [_ann, ben]) = s.room();
                let cat = s.client();
                s.connect(cat);
                let mut attack = join(room);
                attack.edits.push(put(Envelope, "token", Value::TokenOf(ben)));
                attack.edits.push(set(Payload, "topic", "7"));
                s.refused(cat, attack, InvalidPayload);
                s.focus(cat, join(room));
                s.then();
                s.send(cat, say(room, "I am who I am"));
            },
        ),
        case(
            "errors/frame-out-of-place-settles-no-user",
            "A first frame that is refused for the topic that it names settles no user",
            &["ERR-7", "ERR-10"],
            |s| {
                let (room, [_ann, ben]) = s.room();
                let cat = s.client();
                s.connect(cat);
                let of_ben = Change::Set("token".into(), Value::TokenOf(ben));
                s.refused(cat, say(room, "from outside").edit(Envelope, of_ben), NotJoined);
                s.focus(cat, join(room));
                s.then();
                s.send(cat, say(room, "I am who I am"));
            },
        ),
    ]
}
