//! A chat that is sent once more under its id is said once.

use super::{
    Case, Layer, Property, Reason, TopicName, Value, beat, case, join, leave, say, say_with_shared_id,
};
use crate::program::{Action, Change, ChatKind, TimeLimit};
use crate::script::{put, say_as};

pub(super) fn cases() -> Vec<Case> {
    let mut cases = said_once();
    cases.extend(said_anyway());
    cases
}

fn said_once() -> Vec<Case> {
    vec![
        case(
            "resume/a-repeat-of-every-kind",
            "Questions and answers are said once like any chat",
            &["RES-12", "RES-13", "RES-14"],
            |s| {
                s.about(Property::Repeats);
                let (room, [ann, ben]) = s.room();
                for (id, kind) in [(1, ChatKind::Question), (2, ChatKind::Answer), (3, ChatKind::Message)] {
                    for _ in 0..2 {
                        s.focus(ann, say_as(room, kind, "once").with_shared_id(id));
                        s.then();
                    }
                }
                s.send(ben, say(room, "three have come"));
            },
        ),
        case(
            "resume/a-repeat-behind-a-thousand",
            "A repeat is one however many chats with ids of their own were said in between",
            &["RES-12", "RES-13"],
            |s| {
                s.about(Property::Repeats);
                let (room, [ann, _ben]) = s.room();
                s.focus(ann, say_with_shared_id(room, "long ago", 1));
                s.then();
                for _ in 0..11 {
                    s.act(ann, Action::Burst(say(room, "in between").with_id(), 100));
                    s.then();
                }
                s.focus(ann, say_with_shared_id(room, "long ago, again", 1));
            },
        ),
        case(
            "resume/a-repeat-after-a-while-of-nobody",
            "A repeat is one also when its chat was said a while ago, and nobody has been in the topic since",
            &["RES-12", "RES-17"],
            |s| {
                s.about(Property::Repeats);
                let (room, [ann, ben]) = s.room();
                let other = s.topic(TopicName::Fresh);
                s.send(ann, join(other));
                s.send(ben, join(other));
                s.then();
                for topic in [room, other] {
                    s.focus(ann, say_with_shared_id(topic, "a while ago", 1));
                }
                s.then();
                s.send(ann, leave(room));
                s.send(ben, leave(room));
                s.then();
                s.wait(ann, TimeLimit::Heartbeat);
                s.wait(ben, TimeLimit::Heartbeat);
                s.then();
                s.send(ann, join(room));
                for topic in [room, other] {
                    s.focus(ann, say_with_shared_id(topic, "and again", 1));
                }
            },
        ),
        case(
            "resume/a-repeat-is-not-said-again",
            "A chat whose id its user has given before is answered with the first delivery, and not said again",
            &["RES-12", "RES-13", "RES-14"],
            |s| {
                s.about(Property::Repeats);
                let (room, [ann, ben]) = s.room();
                s.focus(ann, say_with_shared_id(room, "once", 1));
                s.then();
                s.focus(ann, say_with_shared_id(room, "twice", 1));
                s.then();
                s.focus(ann, say_with_shared_id(room, "thrice", 1));
                s.send(ben, say(room, "I have heard you"));
            },
        ),
        case(
            "resume/a-repeat-takes-its-place-among-the-answers",
            "The answer to a repeat stands where answers stand, and has the number of the first delivery",
            &["RES-13"],
            |s| {
                s.about(Property::Repeats);
                let (room, [ann, ben]) = s.room();
                s.focus(ann, say_with_shared_id(room, "the first", 1));
                s.send(ben, say(room, "in between"));
                s.then();
                s.focus(ann, beat().with_id());
                s.focus(ann, say_with_shared_id(room, "the first, again", 1));
                s.focus(ann, beat().with_id());
                s.focus(ann, say(room, "another"));
            },
        ),
        case(
            "resume/a-repeat-right-behind",
            "A repeat is one also when it comes right behind the chat",
            &["RES-12", "RES-13"],
            |s| {
                s.about(Property::Repeats);
                let (room, [ann, _ben]) = s.room();
                for id in 1..=5 {
                    s.focus(ann, say_with_shared_id(room, "impatient", id));
                    s.focus(ann, say_with_shared_id(room, "impatient", id));
                }
            },
        ),
        case(
            "resume/a-repeat-over-another-connection",
            "A repeat is one over whichever connection of the user it comes",
            &["RES-17", "RES-12", "RES-13", "RES-14"],
            |s| {
                s.about(Property::Repeats);
                let (room, [ann, _ben]) = s.room();
                let tablet = s.second_device_of(ann);
                s.connect(tablet);
                s.send(tablet, join(room));
                s.then();
                s.focus(ann, say_with_shared_id(room, "from the phone", 1));
                s.then();
                s.focus(tablet, say_with_shared_id(room, "from the tablet", 1));
                s.then();
                s.reconnect(ann);
                s.send(ann, join(room));
                s.focus(ann, say_with_shared_id(room, "from the phone, later", 1));
            },
        ),
        case(
            "resume/a-repeat-after-an-empty-room",
            "A repeat is one also when the room was empty in between, if the epoch is the same",
            &["RES-17", "RES-15"],
            |s| {
                s.about(Property::Repeats);
                let (room, [ann, ben]) = s.room();
                s.focus(ann, say_with_shared_id(room, "before", 1));
                s.then();
                s.send(ann, leave(room));
                s.send(ben, leave(room));
                s.then();
                s.send(ann, join(room));
                s.then();
                s.focus(ann, say_with_shared_id(room, "after", 1));
                s.then();
                s.send(ben, join(room));
                s.then();
                s.focus(ann, say_with_shared_id(room, "later", 1));
            },
        ),
        case(
            "resume/a-repeat-is-checked-like-any-chat",
            "A repeat that breaks a rule is refused for that",
            &["RES-13", "CHAT-9", "CHAT-13"],
            |s| {
                s.about(Property::Repeats);
                let (room, [ann, _ben]) = s.room();
                s.focus(ann, say_with_shared_id(room, "rightly", 1));
                s.then();
                s.refused(
                    ann,
                    say_with_shared_id(room, "wrongly", 1).without(Layer::ChatInfo, "content"),
                    Reason::InvalidPayload,
                );
                s.then();
                s.send(ann, leave(room));
                s.refused(ann, say_with_shared_id(room, "from outside", 1), Reason::NotJoined);
                s.then();
                s.send(ann, join(room));
                s.focus(ann, say_with_shared_id(room, "rightly again", 1));
            },
        ),
        case(
            "resume/a-repeat-in-the-name-of-another",
            "A repeat whose chatInfo names another user is refused for that",
            &["RES-13", "CHAT-11"],
            |s| {
                s.about(Property::Repeats);
                let (room, [ann, ben]) = s.room();
                s.focus(ann, say_with_shared_id(room, "rightly", 1));
                s.then();
                let of_ben = Change::Set("user".into(), Value::UserOf(ben));
                let wrongly = say_with_shared_id(room, "wrongly", 1).edit(Layer::ChatInfo, of_ben);
                s.refused(ann, wrongly, Reason::WrongAuthor);
                s.then();
                s.focus(ann, say_with_shared_id(room, "rightly again", 1));
            },
        ),
        case(
            "resume/a-repeat-behind-many-chats",
            "A repeat is one also when hundreds of chats with ids have been said in between",
            &["RES-12", "RES-13"],
            |s| {
                s.about(Property::Repeats);
                let (room, [ann, ben]) = s.room();
                s.focus(ann, say_with_shared_id(room, "long ago", 1));
                s.then();
                for _ in 0..4 {
                    s.act(ben, Action::Burst(say(room, "on and on").with_id(), 100));
                    s.act(ann, Action::Burst(say(room, "and on").with_id(), 100));
                    s.then();
                }
                s.focus(ann, say_with_shared_id(room, "was it said?", 1));
            },
        ),
        case(
            "resume/a-repeat-after-a-while",
            "A repeat is one also some time later",
            &["RES-12", "RES-13"],
            |s| {
                s.about(Property::Repeats);
                let (room, [ann, _ben]) = s.room();
                s.focus(ann, say_with_shared_id(room, "a while ago", 1));
                s.then();
                s.wait(ann, TimeLimit::Heartbeat);
                s.wait(ann, TimeLimit::Auth);
                s.then();
                s.focus(ann, say_with_shared_id(room, "was it said?", 1));
            },
        ),
        case(
            "resume/many-repeats",
            "A client that sends its last chats again, all of them, is answered for each",
            &["RES-13", "RES-12"],
            |s| {
                s.about(Property::Repeats);
                let (room, [ann, ben]) = s.room();
                for id in 1..=30 {
                    s.send(ann, say_with_shared_id(room, "said", id));
                    s.send(ben, say(room, "meanwhile"));
                }
                s.then();
                s.reconnect(ann);
                s.send(ann, join(room));
                for id in 1..=30 {
                    s.focus(ann, say_with_shared_id(room, "said?", id));
                }
            },
        ),
    ]
}

fn said_anyway() -> Vec<Case> {
    vec![
        case(
            "resume/ids-that-look-alike",
            "Ids are compared character by character: chats whose ids only look alike are all said",
            &["RES-15", "TEXT-4"],
            |s| {
                s.about(Property::Delivery);
                let (room, [ann, ben]) = s.room();
                let ids = [
                    "a",
                    "A",
                    " a",
                    "a ",
                    "\u{e9}",
                    "e\u{301}",
                    "1",
                    "01",
                    "1.0",
                    "a\u{200B}",
                    "ａ",
                    "null",
                    "a:1",
                ];
                for id in ids {
                    s.focus(
                        ann,
                        say(room, "under one of them").set(Layer::Envelope, "id", &format!("\"{id}\"")),
                    );
                }
                s.send(ben, say(room, "all of them have come"));
            },
        ),
        case(
            "resume/keys-that-run-together",
            "Where topic and id run together to the same text, in whatever way they are joined, the chats are two",
            &["RES-15"],
            |s| {
                s.about(Property::Delivery);
                let (room, [ann, ben]) = s.room();
                for sign in ["", ":", "/", "-", "_", ".", "|", ",", " ", "#"] {
                    let other = s.topic(TopicName::Around(room, String::new(), format!("{sign}x")));
                    s.send(ann, join(other));
                    s.send(ben, join(other));
                    s.then();
                    let id = |id: String| format!("\"{id}\"");
                    let one = id(format!("x{sign}1"));
                    s.focus(ann, say(room, "in the one").set(Layer::Envelope, "id", &one));
                    s.focus(ann, say(other, "in the other").set(Layer::Envelope, "id", &id("1".into())));
                    s.then();
                    s.send(ann, leave(other));
                    s.send(ben, leave(other));
                    s.then();
                }
            },
        ),
        case(
            "resume/an-id-of-a-chat-that-was-refused",
            "A chat is said whose id was given before to one that was refused, for whatever reason",
            &["RES-15", "ERR-7"],
            |s| {
                s.about(Property::Repeats);
                let (room, [ann, ben]) = s.room();
                let posing = put(Layer::ChatInfo, "user", Value::UserOf(ben)).change;
                let forged = say_with_shared_id(room, "not by me", 1).edit(Layer::ChatInfo, posing);
                s.refused(ann, forged, Reason::WrongAuthor);
                let bare = say_with_shared_id(room, "no type", 2).without(Layer::ChatInfo, "type");
                s.refused(ann, bare, Reason::InvalidPayload);
                let stolen = put(Layer::Envelope, "token", Value::TokenOf(ben)).change;
                let other = say_with_shared_id(room, "not mine", 3).edit(Layer::Envelope, stolen);
                s.refused(ann, other, Reason::WrongUser);
                s.then();
                for id in 1..=3 {
                    s.focus(ann, say_with_shared_id(room, "rightly", id));
                }
            },
        ),
        case(
            "resume/the-id-of-another-user",
            "An id that another user gave before is as good as new",
            &["RES-15"],
            |s| {
                s.about(Property::Delivery);
                let (room, [ann, ben]) = s.room();
                s.focus(ann, say_with_shared_id(room, "mine", 1));
                s.then();
                s.focus(ben, say_with_shared_id(room, "mine, too", 1));
            },
        ),
        case(
            "resume/the-id-of-users-alike",
            "An id is as good as new for a user whose name begins with that of the one who gave it",
            &["RES-15"],
            |s| {
                s.about(Property::Delivery);
                // The users of a try are numbered: the name of the eleventh begins with that of the second.
                let (room, members) = s.room::<11>();
                s.focus(members[1], say_with_shared_id(room, "mine", 1));
                s.focus(members[1], say(room, "mine").set(Layer::Envelope, "id", "\"0x\""));
                s.then();
                s.focus(members[10], say_with_shared_id(room, "mine, too", 1));
                s.focus(members[10], say(room, "mine, too").set(Layer::Envelope, "id", "\"x\""));
            },
        ),
        case(
            "resume/ids-that-nearly-agree",
            "Two ids of the greatest length that differ in their last character are two",
            &["RES-15"],
            |s| {
                s.about(Property::Delivery);
                let (room, [ann, _ben]) = s.room();
                for last in ["a", "b", "A"] {
                    let id = format!("\"{}{last}\"", "long-".repeat(12) + "id-");
                    s.focus(ann, say(room, "nearly the same").set(Layer::Envelope, "id", &id));
                    s.then();
                }
            },
        ),
        case(
            "resume/the-id-in-another-topic",
            "An id that was given in another topic is as good as new",
            &["RES-15"],
            |s| {
                s.about(Property::Delivery);
                let (room, [ann, ben]) = s.room();
                let other = s.topic(TopicName::Capitals(room));
                s.send(ann, join(other));
                s.send(ben, join(other));
                s.then();
                s.focus(ann, say_with_shared_id(room, "here", 1));
                s.then();
                s.focus(ann, say_with_shared_id(other, "and there", 1));
            },
        ),
        case(
            "resume/the-id-of-a-refused-chat",
            "An id that only refused chats had is as good as new",
            &["RES-15"],
            |s| {
                s.about(Property::Delivery);
                let (room, [ann, _ben]) = s.room();
                s.refused(
                    ann,
                    say_with_shared_id(room, "wrong", 1).without(Layer::ChatInfo, "type"),
                    Reason::InvalidPayload,
                );
                s.then();
                s.focus(ann, say_with_shared_id(room, "right", 1));
            },
        ),
        case(
            "resume/the-id-of-a-chat-in-another-name",
            "An id that only a chat had that was refused for its author is as good as new",
            &["RES-15"],
            |s| {
                s.about(Property::Delivery);
                let (room, [ann, ben]) = s.room();
                let of_ben = Change::Set("user".into(), Value::UserOf(ben));
                let wrongly = say_with_shared_id(room, "wrong", 1).edit(Layer::ChatInfo, of_ben);
                s.refused(ann, wrongly, Reason::WrongAuthor);
                s.then();
                s.focus(ann, say_with_shared_id(room, "right", 1));
            },
        ),
        case(
            "resume/the-id-of-another-frame",
            "An id that only frames of other types had is as good as new",
            &["RES-15"],
            |s| {
                s.about(Property::Delivery);
                let (room, [ann, _ben]) = s.room();
                s.send(ann, beat().with_shared_id(1));
                s.send(ann, join(room).with_shared_id(1));
                s.then();
                s.focus(ann, say_with_shared_id(room, "a chat at last", 1));
            },
        ),
        case(
            "resume/the-id-in-other-letters",
            "An id that differs in letter case is another id",
            &["RES-15"],
            |s| {
                s.about(Property::Delivery);
                let (room, [ann, _ben]) = s.room();
                s.focus(ann, say(room, "small").set(Layer::Envelope, "id", "\"abc-def\""));
                s.then();
                s.focus(ann, say(room, "large").set(Layer::Envelope, "id", "\"ABC-DEF\""));
                s.focus(ann, say(room, "spaced").set(Layer::Envelope, "id", "\" abc-def\""));
            },
        ),
        case(
            "resume/alike-without-an-id",
            "Chats without an id are all said, however alike",
            &["RES-16"],
            |s| {
                s.about(Property::Delivery);
                let (room, [ann, _ben]) = s.room();
                // The mark stands beside the content, so that all of these say the very same.
                let alike = |_| {
                    let mark = Change::Set("x-mark".into(), Value::Mark);
                    say(room, "").set(Layer::ChatInfo, "content", "\"ok\"").edit(Layer::ChatInfo, mark)
                };
                (0..5).map(alike).for_each(|message| s.focus(ann, message));
                s.then();
                s.focus(ann, alike(0));
            },
        ),
    ]
}
