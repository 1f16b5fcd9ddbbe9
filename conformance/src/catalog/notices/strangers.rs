//! Who is no member, or not the one that is meant, and users on several devices.

use super::{WAVE, enter};
use crate::case::Case;
use crate::check::Property;
use crate::program::{Action, Layer, TimeLimit, TopicName, Value};
use crate::script::{Reason, beat, case, join, leave, notice, notice_to_stranger, put};

pub(super) fn cases() -> Vec<Case> {
    vec![
        case(
            "notices/from-outside",
            "A notice in a topic that the sender has not joined is refused, and reaches nobody",
            &["NOTE-4", "NOTE-6"],
            |s| {
                let (room, [ann, ben]) = s.room();
                let cat = s.client();
                let tablet = s.second_device_of(ann);
                for who in [cat, tablet] {
                    s.connect(who);
                    s.send(who, beat());
                }
                s.then();
                s.refused(cat, notice(room, ben, WAVE).with_id(), Reason::NotJoined);
                // That another device of the sender is in the topic does not help; nor is it asked first who is there.
                s.refused(tablet, notice(room, ben, WAVE).with_id(), Reason::NotJoined);
                s.refused(cat, notice_to_stranger(room, WAVE), Reason::NotJoined);
                s.then();
                s.send(cat, join(room));
                s.focus(cat, notice(room, ben, WAVE));
            },
        ),
        case(
            "notices/refused-to-the-sender-alone",
            "That a notice is refused hears who sent it, and no other device of the same user",
            &["ISO-5", "NOTE-5"],
            |s| {
                s.about(Property::Answers);
                let (room, [ann, _ben]) = s.room();
                let tablet = s.second_device_of(ann);
                s.connect(tablet);
                s.send(tablet, join(room));
                s.then();
                s.refused(ann, notice_to_stranger(room, WAVE).with_id(), Reason::NoSuchMember);
                s.refused(tablet, notice_to_stranger(room, WAVE), Reason::NoSuchMember);
                s.then();
                s.focus(tablet, beat());
            },
        ),
        case("notices/after-leaving", "Who has left a topic sends no notices in it", &["NOTE-4"], |s| {
            let (room, [ann, ben]) = s.room();
            s.focus(ann, notice(room, ben, WAVE));
            s.send(ann, leave(room));
            s.refused(ann, notice(room, ben, WAVE).with_id(), Reason::NotJoined);
            s.then();
            s.send(ann, join(room));
            s.focus(ann, notice(room, ben, WAVE));
        }),
        case(
            "notices/to-one-who-has-left",
            "A notice to a user who has left is refused, and to one who is back it is not",
            &["NOTE-5"],
            |s| {
                s.about(Property::Notices);
                let (room, [ann, ben]) = s.room();
                s.focus(ann, notice(room, ben, WAVE));
                s.then();
                s.send(ben, leave(room));
                s.then();
                s.refused(ann, notice(room, ben, WAVE).with_id(), Reason::NoSuchMember);
                s.then();
                s.send(ben, join(room));
                s.then();
                s.focus(ann, notice(room, ben, WAVE));
            },
        ),
        case(
            "notices/to-one-in-another-topic",
            "A user who is in another topic is not in this one",
            &["NOTE-5", "NOTE-6"],
            |s| {
                s.about(Property::Notices);
                let (room, [ann, ben]) = s.room();
                let other = s.topic(TopicName::Capitals(room));
                let cat = s.client();
                enter(s, cat, other);
                s.send(ann, join(other));
                s.then();
                s.refused(ann, notice(room, cat, WAVE).with_id(), Reason::NoSuchMember);
                s.refused(ann, notice(other, ben, WAVE).with_id(), Reason::NoSuchMember);
                s.then();
                s.focus(ann, notice(other, cat, WAVE));
                s.focus(ann, notice(room, ben, WAVE));
            },
        ),
        case(
            "notices/to-the-device-that-is-left",
            "Where one device of a user has left, the notice reaches the other alone",
            &["NOTE-2", "NOTE-6"],
            |s| {
                s.about(Property::Notices);
                let (room, [ann, ben]) = s.room();
                let tablet = s.second_device_of(ben);
                enter(s, tablet, room);
                s.then();
                s.send(ben, leave(room));
                s.then();
                s.focus(ann, notice(room, ben, WAVE).with_id());
            },
        ),
        case(
            "notices/to-one-who-has-vanished",
            "A user whose connection is gone gets no notices, in grace or after it",
            &["NOTE-5"],
            |s| {
                s.about(Property::Notices);
                let (room, [ann, ben]) = s.room();
                s.focus(ann, notice(room, ben, WAVE));
                s.then();
                s.act(ben, Action::Close(Some(1000)));
                s.then();
                s.refused(ann, notice(room, ben, WAVE).with_id(), Reason::NoSuchMember);
                s.then();
                s.wait(ann, TimeLimit::PresenceGrace);
                s.refused(ann, notice(room, ben, WAVE).with_id(), Reason::NoSuchMember);
            },
        ),
        case(
            "notices/not-kept-for-later",
            "A notice does not reach a connection that joins after it was answered",
            &["NOTE-11"],
            |s| {
                s.about(Property::Notices);
                let (room, [ann, ben]) = s.room();
                let tablet = s.second_device_of(ben);
                s.connect(tablet);
                s.send(tablet, beat());
                s.then();
                s.focus(ann, notice(room, ben, WAVE));
                s.then();
                s.focus(tablet, join(room));
                s.then();
                s.focus(ann, notice(room, ben, WAVE));
            },
        ),
        case(
            "notices/refused-ones-reach-nobody",
            "A notice under another's token reaches nobody",
            &["ERR-7", "NOTE-6"],
            |s| {
                s.about(Property::Notices);
                let (room, [ann, ben]) = s.room();
                s.focus(ann, notice(room, ben, WAVE));
                s.then();
                let stolen = notice(room, ben, WAVE)
                    .edit(Layer::Envelope, put(Layer::Envelope, "token", Value::TokenOf(ben)).change);
                s.refused(ann, stolen.with_id(), Reason::WrongUser);
                s.then();
                s.focus(ann, notice(room, ben, WAVE));
            },
        ),
    ]
}
