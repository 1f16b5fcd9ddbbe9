//! Speaking in another's name: by another's token, another's user, or a connection that was another's.

use crate::case::Case;
use crate::check::Property;
use crate::program::{Change, Edit, Layer, Message, Upgrade, Value};
use crate::script::{Reason, Who, beat, case, join, leave, put, say};

use Layer::{ChatInfo, Envelope};

pub(super) fn cases() -> Vec<Case> {
    vec![
        case(
            "security/users-are-not-switched",
            "On a connection of one user no kind of frame is accepted with the token of another, and none has an effect",
            &["ERR-10", "ERR-7"],
            |s| {
                s.about(Property::Delivery);
                let (room, [ann, ben]) = s.room();
                for attack in
                    [beat(), join(room), say(room, "I am Ben"), leave(room), say(99, "and here too")]
                {
                    s.refused(ann, as_of(attack, ben).with_id(), Reason::WrongUser);
                }
                s.then();
                s.send(ben, say(room, "I am Ben"));
                s.focus(ann, say(room, "and I am still in here as myself"));
            },
        ),
        case(
            "security/a-name-of-ones-own-does-not-help",
            "The token of another is refused also where the chat is in the name of the connection's user",
            &["ERR-10"],
            |s| {
                let (room, [ann, ben]) = s.room();
                let attack = say(room, "with a borrowed token");
                s.refused(ann, as_of(attack, ben), Reason::WrongUser);
                let mut attack = as_of(say(room, "with all that is his"), ben);
                attack.edits.push(put(ChatInfo, "user", Value::UserOf(ben)));
                s.refused(ann, attack, Reason::WrongUser);
                s.then();
                s.send(ben, say(room, "that was not me"));
                s.send(ann, say(room, "nor me"));
            },
        ),
        case(
            "security/another-token-of-the-user",
            "A connection goes on with another token of its user, and comes back to the first",
            &["SEC-2", "ERR-10"],
            |s| {
                s.about(Property::Delivery);
                s.needs_two_tokens();
                let (room, [ann, ben]) = s.room();
                let renewed = |mut message: Message| {
                    message.edits.push(put(Envelope, "token", Value::OtherTokenOf(ann)));
                    message
                };
                for message in [beat(), join(room), say(room, "my token was about to expire")] {
                    s.focus(ann, renewed(message).with_id());
                }
                s.then();
                s.focus(ann, say(room, "and is not yet"));
                s.send(ben, say(room, "you are who you were"));
                s.refused(ben, renewed(say(room, "whose is this?")).with_id(), Reason::WrongUser);
            },
        ),
        case(
            "security/a-path-is-no-token",
            "What stands in the path and the headers of an upgrade makes nobody's connection",
            &["ERR-10", "BEAT-4"],
            |s| {
                let (room, [ann, ben]) = s.room();
                let path = Some("/?token=nobody&user=nobody&access_token=nobody".into());
                let device = s.device_with(ben, Upgrade { path, ..Upgrade::default() });
                s.connect(device);
                s.focus(device, beat());
                s.focus(device, join(room));
                s.then();
                s.send(ann, say(room, "whoever you are"));
                s.focus(device, say(room, "I am who my token says"));
            },
        ),
        spoofed(
            "security/author-with-a-blank",
            "A user with a blank behind it is another user",
            "\",\"stream\"",
            " \",\"stream\"",
        ),
        spoofed(
            "security/author-with-what-is-not-seen",
            "A user with a character behind it that is not seen is another user",
            "\",\"stream\"",
            "\\u200b\",\"stream\"",
        ),
        spoofed(
            "security/author-with-a-letter-of-another-script",
            "A user with a letter of another script before it is another user",
            "{\"user\":\"",
            "{\"user\":\"\u{455}",
        ),
    ]
}

/// The message with the token of another.
fn as_of(mut message: Message, other: Who) -> Message {
    message.edits.push(put(Envelope, "token", Value::TokenOf(other)));
    message
}

/// A chat whose user has this behind it, or what the first text is replaced by where there is one.
fn spoofed(id: &'static str, title: &'static str, from: &'static str, to: &'static str) -> Case {
    case(id, title, &["CHAT-14"], |s| {
        let (room, [ann, ben]) = s.room();
        let change = Change::Respell(from.into(), to.into());
        let mut attack = say(room, "hello");
        attack.edits.push(Edit { layer: ChatInfo, change });
        s.refused(ann, attack, Reason::WrongAuthor);
        s.then();
        s.send(ann, say(room, "in my own name"));
        s.send(ben, say(room, "and in mine"));
    })
}
