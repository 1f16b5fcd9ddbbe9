//! Topics of every wrong type, and names that an object may have already.

use super::super::errors::json::{each_refused, refusals, values};
use crate::case::Case;
use crate::program::{Layer, Message};
use crate::script::{Reason, case, join, leave, say};

use Layer::{Envelope, Payload};
use Reason::InvalidPayload;

pub(super) fn cases() -> Vec<Case> {
    let controls = ["\\u0000", "\\u0001", "\\t", "\\r", "\\u001f", "\\u007f", "\\u0080", "\\u009f"]
        .map(|escape| format!("\"a{escape}b\""));
    let controls = controls.each_ref().map(String::as_str);
    vec![
        refusals(
            "rooms/topics-of-every-wrong-type",
            "A topic that is no string is invalid in every request",
            &["ROOM-3"],
            |s, room, ann| {
                for value in ["null", "true", "8017", "80.17", "[\"8017\"]", "{\"topic\":\"8017\"}"] {
                    for attack in [join(room), leave(room), say(room, "x")] {
                        s.refused(ann, attack.set(Payload, "topic", value), InvalidPayload);
                    }
                }
            },
        ),
        each_refused(
            "rooms/topics-with-any-control-character",
            "A topic with a control character is invalid, NUL and DEL included",
            &["ROOM-3"],
            (InvalidPayload, None),
            join,
            values(Payload, &["topic"], &controls),
        ),
        case(
            "rooms/topics-named-like-properties",
            "Topics with the names of an object's own properties are topics",
            &["ROOM-1", "TEXT-4"],
            |s| {
                let (room, [ann, _ben]) = s.room();
                for name in ["__proto__", "constructor", "toString", "hasOwnProperty", "length", "null", "0"]
                {
                    let named = |message: Message| message.set(Payload, "topic", &format!("\"{name}\""));
                    s.focus(ann, named(join(room)).with_id());
                    s.focus(ann, named(leave(room)).with_id());
                }
            },
        ),
        case(
            "rooms/names-like-properties-in-ids",
            "Names of an object's own properties are good ids, and members that nobody knows",
            &["ENV-2", "ENV-12", "ENV-3"],
            |s| {
                let (room, [ann, _ben]) = s.room();
                for name in ["__proto__", "constructor", "prototype", "toString", "hasOwnProperty"] {
                    let mut message = join(room).set(Envelope, "id", &format!("\"{name}\""));
                    for layer in [Envelope, Payload] {
                        message = message.set(layer, name, "{\"topic\":7}");
                    }
                    s.focus(ann, message);
                }
            },
        ),
    ]
}
