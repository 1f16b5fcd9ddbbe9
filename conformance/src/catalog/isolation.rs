//! Chapter 7: nobody hears what was not said to them, and nobody suffers for what another does.

use crate::case::Case;
use crate::check::Property;
use crate::program::{Action, Expect, Layer, RawFrame, TopicName};
use crate::script::{Reason, beat, case, join, leave, replace, say};

mod oddities;

pub(super) fn cases() -> Vec<Case> {
    let mut cases = strangers();
    cases.extend(devices());
    cases.extend(hostile());
    cases.extend(oddities::cases());
    cases
}

fn strangers() -> Vec<Case> {
    vec![
        case("isolation/those-who-never-joined", "Nothing reaches those who never joined", &["ISO-1"], |s| {
            s.about(Property::Isolation);
            let (room, [ann, ben]) = s.room();
            let other = s.topic(TopicName::Fresh);
            let [elsewhere, nowhere] = [s.client(), s.client()];
            s.connect(elsewhere);
            s.send(elsewhere, join(other));
            s.connect(nowhere);
            s.send(nowhere, beat());
            s.then();
            s.focus(ann, say(room, "among us"));
            s.focus(ben, say(room, "just so"));
            s.focus(elsewhere, say(other, "I hear nothing"));
        }),
        case(
            "isolation/bystander-of-the-run",
            "Who sits in rooms of its own for as long as the run lasts hears nothing of what others do meanwhile",
            &["ISO-1"],
            |s| {
                s.throughout();
                let (room, [ann]) = s.room();
                let other = s.topic(TopicName::Fresh);
                s.send(ann, join(other));
                s.then();
                s.focus(ann, say(room, "nobody else is here"));
            },
        ),
        case(
            "isolation/before-the-201",
            "Nothing reaches a member before its 201",
            &["ISO-2", "ORD-3"],
            |s| {
                s.about(Property::Seq);
                let (room, [ann, _ben]) = s.room();
                let late: [usize; 4] = std::array::from_fn(|_| s.client());
                for who in late {
                    s.connect(who);
                    s.send(who, beat());
                }
                s.then();
                // Joins in the middle of a stream of chats.
                s.act(ann, Action::Burst(say(room, "talking on"), 100));
                for who in late {
                    s.focus(who, join(room));
                }
            },
        ),
        case(
            "isolation/after-the-204",
            "Nothing reaches one who has left, once it has its 204",
            &["ISO-3"],
            |s| {
                s.about(Property::Isolation);
                let (room, [ann, ben, cat]) = s.room();
                s.act(ann, Action::Burst(say(room, "talking on"), 100));
                s.focus(ben, leave(room));
                s.then();
                s.focus(cat, leave(room));
                s.then();
                s.focus(ann, say(room, "are you still there?"));
            },
        ),
        case(
            "isolation/rooms-side-by-side",
            "Chats of rooms side by side do not mix",
            &["ISO-4", "ISO-1"],
            |s| {
                s.about(Property::Isolation);
                let (room, [ann, ben]) = s.room();
                let other = s.topic(TopicName::Fresh);
                let third = s.topic(TopicName::Fresh);
                let [cat, dan] = [s.client(), s.client()];
                for who in [cat, dan] {
                    s.connect(who);
                    s.send(who, join(other));
                }
                s.send(ben, join(other));
                s.send(ann, join(third));
                s.then();
                for (who, topic) in
                    [(ann, room), (ben, room), (ben, other), (cat, other), (dan, other), (ann, third)]
                {
                    s.expect(who, Action::Burst(say(topic, "in here"), 20), Expect::Derived);
                }
            },
        ),
    ]
}

fn devices() -> Vec<Case> {
    vec![
        case(
            "isolation/answers-go-to-the-sender",
            "Answers go to the connection that asked, and not to the user's others",
            &["ISO-5"],
            |s| {
                s.about(Property::Answers);
                let (room, [ann, _ben]) = s.room();
                let second = s.second_device_of(ann);
                s.connect(second);
                s.send(second, beat());
                s.then();
                s.focus(ann, join(room).with_id());
                s.focus(ann, beat().with_id());
                s.refused(ann, say(99, "nowhere").with_id(), Reason::NotJoined);
                let bare = say(room, "a word").without(Layer::ChatInfo, "type");
                s.refused(ann, bare.with_id(), Reason::InvalidPayload);
                s.focus(ann, leave(room).with_id());
                s.send(second, beat());
            },
        ),
        case("isolation/one-user-on-many-devices", "A user may have several connections", &["ISO-7"], |s| {
            let (room, [ann, ben]) = s.room();
            let devices: [usize; 3] = std::array::from_fn(|_| s.second_device_of(ann));
            for device in devices {
                s.expect(device, Action::Connect, Expect::Derived);
                s.focus(device, join(room));
            }
            s.then();
            s.send(ben, say(room, "to all of yours"));
            s.then();
            s.focus(ann, beat());
        }),
        case(
            "isolation/devices-join-and-leave-alone",
            "What one connection of a user joins or leaves, the others do not",
            &["ISO-8"],
            |s| {
                s.about(Property::Isolation);
                let (room, [ann, ben]) = s.room();
                let other = s.topic(TopicName::Fresh);
                let second = s.second_device_of(ann);
                s.connect(second);
                s.send(second, join(room));
                s.send(ben, join(other));
                s.then();
                s.focus(second, join(other));
                s.then();
                s.send(ben, say(other, "for the second alone"));
                s.then();
                s.focus(second, leave(room));
                s.then();
                s.send(ben, say(room, "for the first alone"));
                s.then();
                s.focus(second, join(room));
                s.then();
                s.act(second, Action::Drop { reset: false });
                s.then();
                s.focus(ann, say(room, "and I am still in here"));
            },
        ),
    ]
}

fn hostile() -> Vec<Case> {
    let hostile = |id, title, attack: fn(&mut crate::script::Script, usize)| {
        case(id, title, &["ISO-6"], |s| {
            s.about(Property::Delivery);
            s.about(Property::Ending);
            let (room, [ann, ben]) = s.room();
            let mallory = s.client();
            // Whoever is hostile on one connection may be anybody on another.
            let sibling = s.second_device_of(mallory);
            for who in [mallory, sibling] {
                s.connect(who);
                s.send(who, join(room));
            }
            s.then();
            attack(s, mallory);
            s.act(ann, Action::Burst(say(room, "we go on"), 10));
            s.act(ben, Action::Burst(say(room, "so do we"), 10));
            s.then();
            s.focus(ann, say(room, "nothing has happened"));
            s.focus(sibling, say(room, "nor to me"));
        })
    };
    vec![
        hostile(
            "isolation/malformed-frames-harm-nobody",
            "Malformed frames of one harm nobody else",
            |s, mallory| {
                for text in ["", "{", "[[[[", "\u{0}", "{\"token\":", "nul", "\"\\ud800\""] {
                    let mut attack = beat();
                    attack.edits.push(replace(Layer::Envelope, text));
                    s.refused_as(mallory, attack, Reason::MalformedEnvelope, 0);
                }
            },
        ),
        hostile(
            "isolation/broken-frames-harm-nobody",
            "Bytes that are no WebSocket harm nobody else",
            |s, mallory| {
                s.ends(mallory, RawFrame::ReservedOpcode, &[], false);
            },
        ),
        hostile("isolation/reserved-bits-harm-nobody", "A reserved bit harms nobody else", |s, mallory| {
            s.ends(mallory, RawFrame::ReservedBit, &[], false);
        }),
        hostile(
            "isolation/binary-messages-harm-nobody",
            "A binary message harms nobody else",
            |s, mallory| {
                s.ends(mallory, RawFrame::Binary(vec![0, 159, 146, 150]), &[], false);
            },
        ),
        hostile(
            "isolation/invalid-utf8-harms-nobody",
            "Text that is not UTF-8 harms nobody else",
            |s, mallory| {
                s.ends(mallory, RawFrame::TextBytes(vec![0xC3, 0x28]), &[], false);
            },
        ),
        hostile(
            "isolation/oversize-messages-harm-nobody",
            "A message that is too large harms nobody else",
            |s, mallory| s.ends(mallory, RawFrame::Oversize(1), &[], false),
        ),
        hostile(
            "isolation/lost-connections-harm-nobody",
            "A connection that is reset harms nobody else",
            |s, mallory| {
                s.act(mallory, Action::Drop { reset: true });
            },
        ),
        hostile(
            "isolation/endless-nesting-harms-nobody",
            "JSON of endless depth harms nobody else",
            |s, mallory| {
                let mut attack = beat();
                attack.edits.push(replace(Layer::Envelope, &"[".repeat(60_000)));
                s.refused_as(mallory, attack, Reason::MalformedEnvelope, 0);
            },
        ),
        hostile(
            "isolation/what-the-spec-leaves-open-harms-nobody",
            "Doubled members, odd numbers and lone surrogates are survived",
            |s, mallory| {
                for text in [
                    r#"{"token":"t","token":"t","type":1,"type":1,"payLoad":"","payLoad":""}"#,
                    r#"{"token":"t","type":1.0,"payLoad":""}"#,
                    r#"{"token":"t","type":1e400,"payLoad":""}"#,
                    r#"{"token":"t","type":-0,"payLoad":""}"#,
                    r#"{"token":"t","type":123456789012345678901234567890,"payLoad":""}"#,
                    r#"{"token":"\ud800","type":1,"payLoad":"\udc00"}"#,
                    "\u{FEFF}{}",
                ] {
                    let mut attack = beat();
                    attack.edits.push(replace(Layer::Envelope, text));
                    s.expect(mallory, Action::Send(attack), Expect::Answered);
                }
            },
        ),
    ]
}
