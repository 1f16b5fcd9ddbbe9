//! Chapter 11: who is here.

use crate::case::Case;
use crate::check::Property;
use crate::program::{Action, Expect, Layer, TimeLimit, TopicName};
use crate::script::{
    Reason, Script, Topic, Who, beat, case, join, join_as, leave, refusal, say, set, user_list,
};

mod changes;

pub(super) fn cases() -> Vec<Case> {
    let mut cases = lists();
    cases.extend(refusals());
    cases.extend(changes::cases());
    cases
}

/// Everybody in a room asks for its list, which must show the true members.
fn ask_all(s: &mut Script, room: Topic, members: &[Who]) {
    for &member in members {
        s.focus(member, user_list(room).with_id());
    }
}

/// A client connects and joins.
fn enter(s: &mut Script, who: Who, room: Topic) {
    s.connect(who);
    s.focus(who, join(room));
}

/// More users than most servers show in one list.
const CROWD: usize = 201;

fn lists() -> Vec<Case> {
    vec![
        case(
            "presence/list-on-request",
            "A user-list frame is answered with a 205 to the connection that sent it",
            &["PRES-1", "PRES-5"],
            |s| {
                s.about(Property::Presence);
                let (room, [ann, ben]) = s.room();
                s.focus(ann, user_list(room));
                s.focus(ann, user_list(room).with_id());
                s.focus(ann, beat());
                s.then();
                s.focus(ben, user_list(room).with_id());
            },
        ),
        case(
            "presence/list-behind-the-201",
            "A 205 stands behind each 201, before any chat or change of the topic",
            &["PRES-2", "ENV-13"],
            |s| {
                s.about(Property::Presence);
                let (room, [ann, ben]) = s.room();
                let late: [Who; 3] = std::array::from_fn(|_| s.client());
                for who in late {
                    s.connect(who);
                }
                // They come while others talk, come and go, so that there is something to stand in between.
                s.act(ann, Action::Burst(say(room, "talking on"), 60));
                for _ in 0..5 {
                    s.send(ben, leave(room));
                    s.send(ben, join(room));
                }
                for who in late {
                    s.focus(who, join(room).with_id());
                    s.focus(who, say(room, "here I am"));
                }
                s.then();
                s.focus(ann, join(room).with_id());
            },
        ),
        case("presence/limits-in-the-201", "A 201 gives presenceGraceMs and rosterMax", &["PRES-3"], |s| {
            let (room, [ann, _ben]) = s.room();
            s.focus(ann, join(room).with_id());
        }),
        case(
            "presence/every-member-is-listed",
            "A list shows every member, the one who asks included",
            &["PRES-5", "PRES-8", "PRES-10"],
            |s| {
                s.about(Property::Presence);
                let (room, [ann, ben, cat, dan]) = s.room();
                ask_all(s, room, &[ann, ben, cat, dan]);
                s.then();
                let eve = s.client();
                enter(s, eve, room);
                s.then();
                ask_all(s, room, &[ann, ben, cat, dan, eve]);
            },
        ),
        case(
            "presence/users-not-connections",
            "A user with several connections is on the list once, and counts once",
            &["PRES-6", "PRES-8"],
            |s| {
                s.about(Property::Presence);
                let (room, [ann, ben]) = s.room();
                let tablet = s.second_device_of(ann);
                let watch = s.second_device_of(ann);
                enter(s, tablet, room);
                enter(s, watch, room);
                s.then();
                ask_all(s, room, &[ann, ben, tablet, watch]);
                s.then();
                s.focus(ann, leave(room));
                s.then();
                ask_all(s, room, &[ben, tablet, watch]);
            },
        ),
        case(
            "presence/nobody-who-never-joined",
            "Nobody is listed who is connected, or in another topic, and never joined this one",
            &["PRES-7", "PRES-8"],
            |s| {
                s.about(Property::Presence);
                let (room, [ann, ben]) = s.room();
                let capitals = s.topic(TopicName::Capitals(room));
                let around = s.topic(TopicName::Around(room, String::new(), "/".into()));
                let [elsewhere, beyond, nowhere] = [s.client(), s.client(), s.client()];
                enter(s, elsewhere, capitals);
                enter(s, beyond, around);
                s.connect(nowhere);
                s.focus(nowhere, beat());
                s.then();
                ask_all(s, room, &[ann, ben]);
                s.focus(elsewhere, user_list(capitals).with_id());
                s.focus(beyond, user_list(around).with_id());
            },
        ),
        case(
            "presence/a-refused-join-lists-nobody",
            "A join that was refused puts nobody on the list",
            &["PRES-7", "ERR-7"],
            |s| {
                s.about(Property::Presence);
                let (room, [ann, ben]) = s.room();
                let [cat, dan] = [s.client(), s.client()];
                for who in [cat, dan] {
                    s.connect(who);
                    s.send(who, beat());
                }
                s.then();
                let wrong_name = join(room).set(Layer::Payload, "displayName", "7");
                s.refused(cat, wrong_name, Reason::InvalidPayload);
                let wrong_picture = join(room).set(Layer::Payload, "avatarurl", "[]");
                s.refused(dan, wrong_picture, Reason::InvalidPayload);
                s.then();
                ask_all(s, room, &[ann, ben]);
            },
        ),
        case(
            "presence/names-of-the-latest-join",
            "A list shows the displayName and the avatarurl of each user's latest join",
            &["PRES-11"],
            |s| {
                s.about(Property::Presence);
                let (room, [ann, ben]) = s.room();
                let cat = s.client();
                s.connect(cat);
                s.focus(cat, join_as(room, "Cat").with_avatar("cat.png"));
                s.then();
                ask_all(s, room, &[ann, cat]);
                s.then();
                s.focus(cat, join_as(room, "Catherine \u{1f431} «Большая»").with_avatar("big.png"));
                s.focus(ben, join_as(room, "Ben"));
                s.then();
                ask_all(s, room, &[ann, ben, cat]);
            },
        ),
        case(
            "presence/names-of-another-device",
            "The latest join of a user counts, whichever connection it came over",
            &["PRES-11", "PRES-15"],
            |s| {
                s.about(Property::Presence);
                let (room, [ann, ben]) = s.room();
                let tablet = s.second_device_of(ben);
                s.focus(ben, join_as(room, "Ben on the phone").with_avatar("phone.png"));
                s.then();
                s.connect(tablet);
                s.focus(tablet, join_as(room, "Ben on the tablet").with_avatar("tablet.png"));
                s.then();
                ask_all(s, room, &[ann, ben, tablet]);
            },
        ),
        case(
            "presence/names-belong-to-a-topic",
            "A name that a user goes by in one topic is not shown as that of another user or another topic",
            &["PRES-11"],
            |s| {
                s.about(Property::Presence);
                let (room, [ann, ben]) = s.room();
                let other = s.topic(TopicName::Fresh);
                s.focus(ann, join_as(other, "Ann over there").with_avatar("there.png"));
                s.focus(ben, join_as(other, "Ben over there"));
                s.then();
                s.focus(ann, join_as(room, "Ann over here").with_avatar("here.png"));
                s.focus(ben, join_as(room, "Ben over here"));
                s.then();
                s.focus(ann, user_list(room).with_id());
                s.focus(ben, user_list(other).with_id());
            },
        ),
        case(
            "presence/a-list-that-is-too-long",
            "Past rosterMax a list is cut and says so, and its count stays exact",
            &["PRES-9", "PRES-10", "PRES-8"],
            |s| {
                s.about(Property::Presence);
                s.needs_roster_below(CROWD);
                let (room, [ann, ben]) = s.room();
                for _ in 2..CROWD {
                    let who = s.client();
                    s.connect(who);
                    s.send(who, join(room));
                }
                s.then();
                ask_all(s, room, &[ann, ben]);
                s.then();
                // However many there are, what one says reaches nobody elsewhere.
                let aside = s.client();
                let elsewhere = s.topic(TopicName::Fresh);
                s.connect(aside);
                s.send(aside, join(elsewhere));
                s.then();
                s.send(ann, say(room, "so many of us"));
            },
        ),
        case(
            "presence/lost-in-several-topics",
            "Who is lost is off the list of each topic that it was in",
            &["PRES-19", "PRES-6"],
            |s| {
                s.about(Property::Presence);
                let (room, [ann, ben]) = s.room();
                let others = [s.topic(TopicName::Fresh), s.topic(TopicName::Fresh)];
                for other in others {
                    s.send(ann, join(other));
                    s.send(ben, join(other));
                }
                s.then();
                s.act(ben, Action::Drop { reset: true });
                s.then();
                for place in [room, others[0], others[1]] {
                    s.focus(ann, user_list(place).with_id());
                }
            },
        ),
        case(
            "presence/refused-joins-rename-nobody",
            "A join that is refused for its avatarurl gives nobody its displayName",
            &["PRES-11", "ERR-7"],
            |s| {
                s.about(Property::Presence);
                let (room, [ann, ben]) = s.room();
                s.send(ann, join(room).set(Layer::Payload, "displayName", "\"Ann\""));
                let bad = join(room).set(Layer::Payload, "displayName", "\"Not Ann\"");
                s.refused(ann, bad.set(Layer::Payload, "avatarurl", "7"), Reason::InvalidPayload);
                s.then();
                ask_all(s, room, &[ann, ben]);
            },
        ),
        case(
            "presence/a-topic-too-many-lists-nobody",
            "A join that is refused for being one too many puts nobody on the list, and tells nobody",
            &["PRES-7", "ERR-7"],
            |s| {
                s.about(Property::Presence);
                let (room, [ann, ben]) = s.room();
                let cat = s.client();
                s.connect(cat);
                s.expect(cat, Action::JoinToLimit, Expect::Derived);
                s.then();
                s.refused(cat, join(room), Reason::TooManyTopics);
                s.then();
                ask_all(s, room, &[ann, ben]);
            },
        ),
        case(
            "presence/names-to-the-letter",
            "Names and pictures are listed as they were given, with white space, signs and marks",
            &["PRES-11", "TEXT-4"],
            |s| {
                s.about(Property::Presence);
                let (room, [ann, ben]) = s.room();
                for (name, picture) in [
                    (" <b>Ann</b> & 'co' ", "https://example.com/a.png?a=1&b=\"2\""),
                    ("e\u{301} \u{212B} Ｆｕｌｌ", " data:image/png;base64,AAAA+/== "),
                    ("a\tb\u{0}c\u{202E}", "\u{1F98A}"),
                    ("", ""),
                ] {
                    s.focus(ben, join_as(room, name).with_avatar(picture));
                    s.then();
                    ask_all(s, room, &[ann, ben]);
                    s.then();
                }
            },
        ),
        case(
            "presence/names-stay-when-their-device-leaves",
            "The latest join of a user names it also when the connection that it came over has left",
            &["PRES-11"],
            |s| {
                s.about(Property::Presence);
                let (room, [ann, ben]) = s.room();
                s.focus(ben, join_as(room, "Ben on the phone").with_avatar("phone.png"));
                let tablet = s.second_device_of(ben);
                s.connect(tablet);
                s.then();
                s.focus(tablet, join_as(room, "Ben on the tablet").with_avatar("tablet.png"));
                s.then();
                s.focus(tablet, leave(room));
                s.then();
                ask_all(s, room, &[ann, ben]);
            },
        ),
        case(
            "presence/users-with-names-alike",
            "When a user leaves, nobody is taken off the list whose name only begins with that user's",
            &["PRES-6", "PRES-13", "PRES-18"],
            |s| {
                s.about(Property::Presence);
                // The users of a try are numbered: the name of the eleventh begins with that of the second.
                let (room, members) = s.room::<11>();
                s.send(members[1], leave(room));
                s.then();
                ask_all(s, room, &[members[0], members[10]]);
                s.then();
                s.act(members[10], Action::Drop { reset: false });
                s.send(members[1], join(room));
                s.then();
                ask_all(s, room, &[members[0], members[1]]);
            },
        ),
    ]
}

fn refusals() -> Vec<Case> {
    vec![
        case(
            "presence/list-of-a-topic-not-joined",
            "A user-list frame for a topic that the connection is not in is refused",
            &["PRES-4"],
            |s| {
                let (room, [ann, ben]) = s.room();
                let cat = s.client();
                let tablet = s.second_device_of(ann);
                for who in [cat, tablet] {
                    s.connect(who);
                    s.send(who, beat());
                }
                s.then();
                s.focus(ann, user_list(room));
                s.refused(cat, user_list(room).with_id(), Reason::NotJoined);
                // That another device of the same user is in the topic does not help.
                s.refused(tablet, user_list(room).with_id(), Reason::NotJoined);
                s.then();
                s.send(cat, join(room));
                s.focus(cat, user_list(room));
                s.focus(ben, user_list(room));
            },
        ),
        case(
            "presence/list-after-leaving",
            "Who has left a topic is not shown its list any more",
            &["PRES-4"],
            |s| {
                let (room, [ann, ben]) = s.room();
                s.focus(ann, user_list(room).with_id());
                s.send(ann, leave(room));
                s.refused(ann, user_list(room).with_id(), Reason::NotJoined);
                s.then();
                s.focus(ben, user_list(room));
                s.send(ann, join(room));
                s.focus(ann, user_list(room));
            },
        ),
        refusal(
            "presence/list-without-a-topic",
            "A user-list frame whose topic is no string is refused",
            &["ERR-12", "PRES-1"],
            (Reason::InvalidPayload, None),
            user_list,
            &[set(Layer::Payload, "topic", "7")],
        ),
        case(
            "presence/without-the-profile",
            "A server without presence answers a user-list frame with 501, and sends no lists",
            &["ERR-11"],
            |s| {
                s.without("presence");
                let (room, [ann, _ben]) = s.room();
                let not_known = Expect::Refused { code: 501, reason: "unknown_type".into(), answer_type: 5 };
                s.expect(ann, Action::Send(user_list(room).with_id()), not_known);
                s.then();
                s.focus(ann, join(room));
            },
        ),
    ]
}
