//! Chapter 4: the heartbeat.

use crate::case::Case;
use crate::check::Property;
use crate::program::{Action, Layer, TimeLimit};
use crate::script::{beat, case, join, replace, say};

pub(super) fn cases() -> Vec<Case> {
    vec![
        case("heartbeat/each-is-acked-once", "Each heartbeat is answered with one 100", &["BEAT-1"], |s| {
            let (_, [ann, _ben]) = s.room();
            s.expect(ann, Action::Burst(beat(), 25), crate::program::Expect::Derived);
        }),
        case(
            "heartbeat/ack-goes-to-the-sender-alone",
            "Nobody else gets the ack",
            &["BEAT-2", "ISO-5"],
            |s| {
                let (room, [ann, ben]) = s.room();
                let second = s.second_device_of(ann);
                s.connect(second);
                s.send(second, join(room));
                s.then();
                s.about(Property::Answers);
                s.focus(ann, beat());
                s.send(ben, say(room, "did you hear a beat?"));
            },
        ),
        case("heartbeat/payload-is-never-parsed", "A heartbeat's payLoad is any string", &["BEAT-3"], |s| {
            let (_, [ann, _ben]) = s.room();
            for payload in ["", "ping", "{", "null", "{\"topic\":7}", "\u{1F493} \u{0} \\"] {
                let mut message = beat();
                // As the text of a JSON string, whatever stands in it.
                message.edits.push(replace(Layer::Payload, payload));
                s.focus(ann, message);
            }
        }),
        case("heartbeat/may-be-the-first-frame", "A heartbeat may be the first frame", &["BEAT-4"], |s| {
            let (room, [_ann, ben]) = s.room();
            let cat = s.client();
            s.connect(cat);
            s.focus(cat, beat());
            s.then();
            s.send(cat, join(room));
            s.then();
            s.send(ben, say(room, "welcome"));
        }),
        case(
            "heartbeat/without-ever-joining",
            "A connection that sends nothing but heartbeats is kept, though it is in no topic",
            &["BEAT-4", "LIMIT-1"],
            |s| {
                s.about(Property::Ending);
                let (room, [_ann, ben]) = s.room();
                let cat = s.client();
                s.connect(cat);
                s.focus(cat, beat());
                s.wait(cat, TimeLimit::Auth);
                s.focus(cat, beat());
                s.then();
                s.send(cat, join(room));
                s.then();
                s.send(ben, say(room, "there you are at last"));
            },
        ),
    ]
}
