//! Who comes and who goes, and who is told.

use crate::program::RawFrame;

use super::{
    Action, Case, Expect, Property, Script, TimeLimit, Topic, TopicName, Who, ask_all, case, enter, join,
    join_as, leave, say, user_list,
};

pub(super) fn cases() -> Vec<Case> {
    let mut cases = coming_and_leaving();
    cases.extend(devices());
    cases.extend(vanishing());
    cases.extend(grace());
    cases
}

fn coming_and_leaving() -> Vec<Case> {
    vec![
        case(
            "presence/others-are-told-of-who-comes",
            "The others are told of a user who comes, with the new count; the user is not",
            &["PRES-12", "PRES-14", "PRES-22", "PRES-16"],
            |s| {
                s.about(Property::Presence);
                let (room, [ann, _ben]) = s.room();
                let [cat, dan] = [s.client(), s.client()];
                s.connect(cat);
                s.focus(cat, join_as(room, "Cat").with_avatar("cat.png"));
                s.then();
                enter(s, dan, room);
                s.then();
                s.focus(ann, user_list(room));
            },
        ),
        case(
            "presence/others-are-told-of-who-leaves",
            "Those who stay are told of a user who leaves, with the new count",
            &["PRES-13", "PRES-14", "PRES-22"],
            |s| {
                s.about(Property::Presence);
                let (room, [ann, ben, cat]) = s.room();
                let tablet = s.second_device_of(ann);
                enter(s, tablet, room);
                s.then();
                s.focus(cat, leave(room));
                s.then();
                s.focus(ben, leave(room));
                s.then();
                s.focus(ann, user_list(room));
            },
        ),
        case(
            "presence/off-the-list-with-the-204",
            "Who has left by a leave frame is on no list that is asked for after the 204",
            &["PRES-18"],
            |s| {
                s.about(Property::Presence);
                let (room, [ann, ben, cat]) = s.room();
                for _ in 0..3 {
                    s.focus(cat, leave(room));
                    s.then();
                    ask_all(s, room, &[ann, ben]);
                    s.then();
                    s.focus(cat, join(room));
                    s.then();
                    ask_all(s, room, &[ann, ben, cat]);
                    s.then();
                }
            },
        ),
        case(
            "presence/changes-add-up",
            "The last list and the changes behind it give the list that a new one would show",
            &["PRES-17", "PRES-22"],
            |s| {
                s.about(Property::Presence);
                let (room, [ann, ben]) = s.room();
                let crowd: [usize; 8] = std::array::from_fn(|_| s.client());
                for who in crowd {
                    enter(s, who, room);
                }
                s.then();
                for (place, who) in crowd.into_iter().enumerate() {
                    for _ in 0..=place % 3 {
                        s.send(who, leave(room));
                        s.send(who, join(room));
                    }
                    if place % 2 == 0 {
                        s.send(who, leave(room));
                    }
                }
                s.send(ben, user_list(room));
                s.then();
                ask_all(s, room, &[ann, ben]);
            },
        ),
        case(
            "presence/changes-stay-in-their-topic",
            "Only those in a topic are told of its changes, each by its own topic",
            &["PRES-12", "PRES-13", "ISO-1"],
            |s| {
                s.about(Property::Presence);
                let (room, [ann, ben]) = s.room();
                let other = s.topic(TopicName::Fresh);
                let [cat, dan] = [s.client(), s.client()];
                enter(s, cat, other);
                s.focus(ann, join(other));
                s.then();
                enter(s, dan, other);
                s.then();
                s.focus(dan, leave(other));
                s.focus(ann, leave(room));
                s.then();
                s.focus(ben, user_list(room));
                s.focus(cat, user_list(other));
                s.focus(ann, user_list(other));
            },
        ),
        case(
            "presence/leaving-what-was-not-joined-is-no-news",
            "A leave of a topic that was not joined takes nobody off the list",
            &["PRES-5", "PRES-13"],
            |s| {
                s.about(Property::Presence);
                let (room, [ann, ben]) = s.room();
                let [tablet, cat] = [s.second_device_of(ben), s.client()];
                for who in [tablet, cat] {
                    s.connect(who);
                    s.focus(who, leave(room));
                }
                s.then();
                ask_all(s, room, &[ann, ben]);
            },
        ),
    ]
}

/// A room with two members, the second of whom is in it with a tablet as well.
fn room_with_tablet(s: &mut Script) -> (Topic, [Who; 3]) {
    s.about(Property::Presence);
    let (room, [ann, ben]) = s.room();
    let tablet = s.second_device_of(ben);
    enter(s, tablet, room);
    s.then();
    (room, [ann, ben, tablet])
}

fn devices() -> Vec<Case> {
    vec![
        case(
            "presence/a-second-device-is-no-news",
            "Nobody is told when a user who is here joins over another connection, or leaves one of them",
            &["PRES-15", "PRES-6"],
            |s| {
                let (room, [ann, ben, tablet]) = room_with_tablet(s);
                s.focus(ben, leave(room));
                s.then();
                ask_all(s, room, &[ann, tablet]);
                s.then();
                s.focus(ben, join(room));
                s.then();
                s.act(tablet, Action::Close(Some(1000)));
                s.then();
                s.wait(ann, TimeLimit::PresenceGrace);
                s.focus(ann, user_list(room));
                s.focus(ben, user_list(room));
            },
        ),
        case(
            "presence/the-last-device-counts",
            "A user is off the list when the last connection has left, and not before",
            &["PRES-13", "PRES-15", "PRES-18"],
            |s| {
                let (room, [ann, ben, tablet]) = room_with_tablet(s);
                s.focus(tablet, leave(room));
                s.then();
                ask_all(s, room, &[ann, ben]);
                s.then();
                s.focus(ben, leave(room));
                s.then();
                s.focus(ann, user_list(room));
            },
        ),
        case(
            "presence/joining-again-is-no-news",
            "Nobody is told when a member joins again, even under another name",
            &["PRES-15", "PRES-11"],
            |s| {
                s.about(Property::Presence);
                let (room, [ann, ben]) = s.room();
                s.focus(ben, join(room));
                s.then();
                s.focus(ben, join_as(room, "Benjamin").with_avatar("ben.png"));
                s.then();
                s.focus(ann, user_list(room));
            },
        ),
        case(
            "presence/a-lost-device-of-two",
            "A user whose one connection is lost stays on the list by the other",
            &["PRES-15", "PRES-5"],
            |s| {
                let (room, [ann, ben, tablet]) = room_with_tablet(s);
                s.act(ben, Action::Drop { reset: true });
                s.then();
                s.wait(ann, TimeLimit::PresenceGrace);
                s.focus(ann, user_list(room));
                s.focus(tablet, say(room, "I am still here"));
            },
        ),
    ]
}

fn vanishing() -> Vec<Case> {
    let ways = [
        ("presence/off-the-list-by-a-close", "Who closes is off the list in time", Action::Close(Some(1000))),
        (
            "presence/off-the-list-by-a-reset",
            "Who is reset is off the list in time",
            Action::Drop { reset: true },
        ),
        (
            "presence/off-the-list-by-an-end-of-stream",
            "Who ends the stream without a close frame is off the list in time",
            Action::Drop { reset: false },
        ),
    ];
    let gone = ways.into_iter().map(|(id, title, way)| {
        case(id, title, &["PRES-19", "PRES-13"], |s| {
            s.about(Property::Presence);
            let (room, [ann, ben, cat]) = s.room();
            let other = s.topic(TopicName::Fresh);
            s.send(cat, join(other));
            s.send(ben, join(other));
            s.then();
            s.act(cat, way);
            s.then();
            s.wait(ann, TimeLimit::PresenceGrace);
            s.focus(ann, user_list(room));
            s.focus(ben, user_list(other));
        })
    });
    let by_breach = case(
        "presence/off-the-list-by-a-breach",
        "Who was closed for a breach, or closed with a code of its own, is off the list in time",
        &["PRES-19", "PRES-13"],
        |s| {
            s.about(Property::Presence);
            let (room, [ann, ben]) = s.room();
            let [large, binary, reserved, own] = std::array::from_fn(|_| s.client());
            for who in [large, binary, reserved, own] {
                enter(s, who, room);
            }
            s.then();
            s.ends(large, RawFrame::Oversize(1), &[1009], true);
            s.ends(binary, RawFrame::Binary(b"{}".to_vec()), &[1003], true);
            s.ends(reserved, RawFrame::ReservedOpcode, &[], false);
            s.act(own, Action::Close(Some(4321)));
            s.then();
            s.wait(ann, TimeLimit::PresenceGrace);
            ask_all(s, room, &[ann, ben]);
        },
    );
    let counted = case(
        "presence/changes-count-users",
        "A change counts users, however many connections they have",
        &["PRES-22", "PRES-12", "PRES-13"],
        |s| {
            let (room, [ann, ben, tablet]) = room_with_tablet(s);
            let cat = s.client();
            enter(s, cat, room);
            s.then();
            s.focus(cat, leave(room));
            s.then();
            ask_all(s, room, &[ann, ben, tablet]);
        },
    );
    let silent = case(
        "presence/off-the-list-by-silence",
        "Who was closed for silence is off the list in time",
        &["PRES-20", "LIMIT-2"],
        |s| {
            s.about(Property::Presence);
            let (room, [ann, ben, cat]) = s.room();
            let ended = Expect::Ends { codes: vec![4201], by_close_frame: true };
            s.expect(cat, Action::Silence(TimeLimit::Heartbeat), ended);
            s.then();
            s.wait(ann, TimeLimit::PresenceGrace);
            s.focus(ann, user_list(room));
            s.focus(ben, user_list(room));
        },
    );
    gone.chain([by_breach, counted, silent]).collect()
}

fn grace() -> Vec<Case> {
    vec![
        case(
            "presence/back-within-the-grace",
            "Nobody is told of a user whose connection was lost and who is back within the grace",
            &["PRES-21"],
            |s| {
                s.about(Property::Presence);
                s.needs_grace();
                let (room, [ann, ben]) = s.room();
                s.reconnect(ben);
                s.focus(ben, join(room));
                s.then();
                s.wait(ann, TimeLimit::PresenceGrace);
                s.focus(ann, user_list(room));
            },
        ),
        case(
            "presence/back-elsewhere-is-not-back",
            "Who was lost and is back in another topic alone is off the list in time",
            &["PRES-19", "PRES-13"],
            |s| {
                s.about(Property::Presence);
                s.needs_grace();
                let (room, [ann, ben]) = s.room();
                let other = s.topic(TopicName::Fresh);
                s.reconnect(ben);
                s.focus(ben, join(other));
                s.then();
                s.wait(ann, TimeLimit::PresenceGrace);
                s.wait(ben, TimeLimit::PresenceGrace);
                s.focus(ann, user_list(room));
                s.focus(ben, user_list(other));
            },
        ),
        case(
            "presence/lost-once-more",
            "Who was lost, came back within the grace, and is lost once more is off the list in time",
            &["PRES-19", "PRES-13"],
            |s| {
                s.about(Property::Presence);
                s.needs_grace();
                let (room, [ann, ben]) = s.room();
                for _ in 0..2 {
                    s.reconnect(ben);
                    s.focus(ben, join(room));
                    s.then();
                }
                s.act(ben, Action::Drop { reset: true });
                s.then();
                s.wait(ann, TimeLimit::PresenceGrace);
                s.focus(ann, user_list(room));
            },
        ),
        case(
            "presence/no-grace-for-a-leave",
            "A leave knows no grace: the user is off the list at once",
            &["PRES-18"],
            |s| {
                s.about(Property::Presence);
                s.needs_grace();
                let (room, [ann, ben]) = s.room();
                s.focus(ben, leave(room));
                s.then();
                s.focus(ann, user_list(room));
            },
        ),
    ]
}
