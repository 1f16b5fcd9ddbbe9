//! Many of everything. What takes a server to itself is played alone, and what takes long is left to `--load full`.

use crate::case::Case;
use crate::check::Property;
use crate::program::{Action, Expect, TopicName};
use crate::script::{Script, Topic, Who, beat, case, join, say};

pub(super) fn cases() -> Vec<Case> {
    vec![
        crowd(
            "limits/a-crowd-of-a-hundred-and-forty",
            "A hundred and forty connections in one room hear one another",
            140,
            Script::light,
        ),
        crowd(
            "limits/a-crowd-of-five-hundred",
            "Five hundred connections in one room hear one another",
            500,
            Script::heavy,
        ),
        bursts(
            "limits/a-thousand-chats",
            "A thousand chats of two members arrive in full, in order",
            2,
            Script::alone,
        ),
        bursts(
            "limits/ten-thousand-chats",
            "Ten thousand chats of two members arrive in full, in order",
            20,
            Script::heavy,
        ),
        topics(
            "limits/a-hundred-topics",
            "A hundred topics on five connections stay apart",
            5,
            20,
            Script::light,
        ),
        topics(
            "limits/a-thousand-topics",
            "A thousand topics on twenty connections stay apart",
            20,
            50,
            Script::heavy,
        ),
        storm(
            "limits/a-storm",
            "Two hundred connections that join and are lost, five times over, leave the others as they were",
            200,
            5,
            Script::heavy,
        ),
    ]
}

/// So many devices of four users in one room: the first hears all, and all hear the first.
fn crowd(id: &'static str, title: &'static str, size: usize, demand: fn(&mut Script)) -> Case {
    case(id, title, &["CHAT-1", "ISO-7"], |s| {
        demand(s);
        s.about(Property::Delivery);
        s.about(Property::Order);
        let (room, members) = s.room::<4>();
        let devices: Vec<Who> = (4..size).map(|number| s.second_device_of(members[number % 4])).collect();
        for &device in &devices {
            s.expect(device, Action::Connect, Expect::Derived);
            s.send(device, join(room));
        }
        s.then();
        s.focus(members[0], say(room, "can you all hear me?"));
        for &device in devices.iter().take(16) {
            s.send(device, say(room, "yes"));
        }
    })
}

/// So many times 500 chats, with a fence after each, so that nobody falls behind who reads.
fn bursts(id: &'static str, title: &'static str, times: usize, demand: fn(&mut Script)) -> Case {
    case(id, title, &["ORD-2", "CHAT-1", "LIMIT-13"], |s| {
        demand(s);
        s.about(Property::Delivery);
        s.about(Property::Seq);
        let (room, [ann, ben, _cat]) = s.room();
        for _ in 0..times {
            s.act(ann, Action::Burst(say(room, "one of many"), 250));
            s.act(ben, Action::Burst(say(room, "many more"), 250));
            s.then();
        }
        s.focus(ann, say(room, "that is all"));
    })
}

/// Each connection is in topics of its own, and the last one in the first of each.
fn topics(id: &'static str, title: &'static str, who: usize, each: usize, demand: fn(&mut Script)) -> Case {
    case(id, title, &["ISO-1", "ORD-1", "ISO-4"], |s| {
        demand(s);
        s.about(Property::Isolation);
        s.about(Property::Seq);
        let (_, [_ann, ben]) = s.room();
        let mut own: Vec<(Who, Vec<Topic>)> = Vec::new();
        for _ in 0..who {
            let device = s.second_device_of(ben);
            s.connect(device);
            let topics: Vec<Topic> = (0..each).map(|_| s.topic(TopicName::Fresh)).collect();
            for &topic in &topics {
                s.send(device, join(topic));
            }
            s.send(ben, join(topics[0]));
            own.push((device, topics));
        }
        s.then();
        for (device, topics) in &own {
            for &topic in topics {
                s.send(*device, say(topic, "just here"));
            }
        }
        s.then();
        s.focus(ben, beat());
    })
}

fn storm(id: &'static str, title: &'static str, size: usize, rounds: usize, demand: fn(&mut Script)) -> Case {
    case(id, title, &["ISO-6", "CHAT-1"], |s| {
        demand(s);
        s.about(Property::Delivery);
        let (room, [ann, ben]) = s.room();
        let first = s.client();
        let devices: Vec<Who> =
            (0..size).map(|number| if number == 0 { first } else { s.second_device_of(first) }).collect();
        for round in 0..rounds {
            for (number, &device) in devices.iter().enumerate() {
                s.connect(device);
                s.send(device, join(room));
                // So that it is known to have been there.
                s.act(device, Action::Fence);
                s.act(device, Action::Drop { reset: (number + round) % 2 == 0 });
            }
            s.act(ann, Action::Burst(say(room, "what a storm"), 50));
            s.then();
        }
        s.focus(ben, say(room, "it is over"));
    })
}
