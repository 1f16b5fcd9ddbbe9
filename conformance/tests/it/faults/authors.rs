//! Faults against chapter 6 that are about who speaks: outsiders, and those who use another's name.

use super::{
    Fault,
    behaviour::{Act, Behaviour, Seen, on, refuse, without},
    chat::accept,
    stand_ins::StandIns,
    wire::Way,
    world::World,
};

pub(super) const FAULTS: &[Fault] = &[
    Fault {
        name: "not-joined-chat-accepted",
        breaks: &["CHAT-13"],
        about: "A chat in a topic that its connection has not joined is said to those who have.",
        behaviour: || accept_from_outside(|_, _| true),
    },
    Fault {
        name: "not-joined-chat-accepted-from-a-members-user",
        breaks: &["CHAT-13"],
        about: "A chat in a topic that only another connection of the same user has joined is said.",
        behaviour: || {
            accept_from_outside(|world, seen| {
                let user = world.user(seen.connection);
                world.members(seen.topic()).any(|id| world.user(id) == user)
            })
        },
    },
    Fault {
        name: "not-joined-chat-accepted-after-leave",
        breaks: &["CHAT-13"],
        about: "A connection that has left a topic may still speak in it.",
        behaviour: || {
            accept_from_outside(|world, seen| {
                world.connections.get(&seen.connection).is_some_and(|it| it.left.contains(seen.topic()))
            })
        },
    },
    Fault {
        name: "wrong-author-accepted",
        breaks: &["CHAT-14"],
        about: "A chat in another's name is said.",
        behaviour: || accept(has_wrong_author),
    },
    Fault {
        name: "author-compared-without-case",
        breaks: &["CHAT-14"],
        about: "A chat whose author differs from the connection's user in letter case alone is said.",
        behaviour: || {
            accept(|world, seen| {
                let author = seen.chat()["user"].as_str().unwrap_or_default().to_lowercase();
                has_wrong_author(world, seen) && author == world.user(seen.connection).to_lowercase()
            })
        },
    },
    Fault {
        name: "wrong-author-corrected",
        breaks: &["CHAT-14", "CHAT-4"],
        about: "A chat in another's name is said in the connection's own.",
        behaviour: || {
            on(|world, seen| {
                let mut chat = has_wrong_author(world, seen).then(|| seen.chat())?;
                chat["user"] = world.user(seen.connection).into();
                let mut inner = seen.inner.clone();
                inner["chatInfo"] = chat.to_string().into();
                Some(vec![Act::Text(super::behaviour::with_payload(seen, &inner).to_string())])
            })
        },
    },
    Fault {
        name: "author-only-compared",
        breaks: &["CHAT-9"],
        about: "An author who can be no user, for being empty, too long or with control characters, is a wrong author.",
        behaviour: || {
            refuse(403, "wrong_author", |world, seen| {
                let no_user = |user: &str| {
                    !(1..=128).contains(&user.chars().count()) || user.chars().any(char::is_control)
                };
                let chat = seen.chat();
                let whole = chat["content"].is_string() && chat["type"].is_string();
                seen.asks(2) && world.at_home(seen) && whole && chat["user"].as_str().is_some_and(no_user)
            })
        },
    },
    Fault {
        name: "author-before-the-rest-of-the-chat",
        breaks: &["ERR-6"],
        about: "A wrong author is refused before the type of the chat is looked at.",
        behaviour: || {
            refuse(403, "wrong_author", |world, seen| {
                let known = ["message", "question", "answer"];
                let odd = seen.chat()["type"].as_str().is_some_and(|kind| !known.contains(&kind));
                seen.asks(2) && world.at_home(seen) && odd && has_wrong_author(world, seen)
            })
        },
    },
    Fault {
        name: "refused-chat-delivered",
        breaks: &["ERR-7", "CHAT-14"],
        about: "A chat in another's name is refused, and said to the others all the same.",
        behaviour: deliver_refused,
    },
];

fn has_wrong_author(world: &World, seen: &Seen<'_>) -> bool {
    let chat = seen.chat();
    let author = chat["user"].as_str().filter(|_| seen.asks(2) && world.may_speak(seen));
    author.is_some_and(|author| author != speaker(world, seen)) && chat["content"].is_string()
}

/// The user of a connection, from its first frame on.
fn speaker<'a>(world: &'a World, seen: &'a Seen<'_>) -> &'a str {
    let settled = world.connections.get(&seen.connection).is_some_and(|connection| connection.accepted);
    if settled { world.user(seen.connection) } else { world.speaker(seen) }
}

/// Chats of connections that have not joined their topic are said by way of one that has; their sender hears nothing.
fn accept_from_outside(filter: fn(&World, &Seen<'_>) -> bool) -> Behaviour {
    let mut stand_ins = StandIns::default();
    on(move |world, seen| {
        if seen.way == Way::Down {
            return stand_ins.give(seen).map(|(json, _)| vec![Act::Text(json.to_string())]);
        }
        let outside = seen.asks(2) && world.may_speak(seen) && !world.at_home(seen) && filter(world, seen);
        let sound = outside && seen.chat()["content"].is_string() && !has_wrong_author(world, seen);
        let member = sound.then(|| world.members(seen.topic()).next())??;
        let mut request = stand_ins.take(seen, seen.topic(), world.user(member));
        request["token"] = world.connections.get(&member)?.token.0.as_str().into();
        Some(vec![Act::ToServer(member, request.to_string())])
    })
}

fn deliver_refused() -> Behaviour {
    let mut stand_ins = StandIns::default();
    on(move |world, seen| {
        if seen.way == Way::Up {
            let mut request = (has_wrong_author(world, seen) && world.at_home(seen))
                .then(|| stand_ins.take(seen, seen.topic(), world.user(seen.connection)))?;
            // The id is spent on the refusal.
            without(&mut request, "id");
            return Some(vec![Act::Forward, Act::Text(request.to_string())]);
        }
        let (json, is_echo) = stand_ins.give(seen)?;
        Some(if is_echo { Vec::new() } else { vec![Act::Text(json.to_string())] })
    })
}
