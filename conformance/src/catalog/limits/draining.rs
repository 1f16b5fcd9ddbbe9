//! A server that is told to end, by whoever runs it, and drains.
//!
//! All of it is one case, though it is about several sentences: each takes a server's end, and the start of another one.

use crate::case::Case;
use crate::check::Property;
use crate::program::{Action, Message, TopicName};
use crate::script::{Script, Topic, Who, beat, case, join, leave, say};

pub(super) fn cases() -> Vec<Case> {
    vec![case(
        "limits/draining",
        "A server that drains says so, refuses what is new, answers heartbeats and leaves, and closes with 4202",
        &["LIMIT-19", "LIMIT-17", "LIMIT-18", "LIMIT-20", "CHAT-1"],
        |s| {
            s.without("notice");
            drain(s, |_, _| Vec::new());
        },
    )]
}

/// The server is told to end while one client says this and that, another only listens, and a third is in no room.
pub(in crate::catalog) fn drain(s: &mut Script, more: fn(Topic, Who) -> Vec<Message>) {
    s.about(Property::Draining);
    s.last_of_all();
    let (room, [ann, ben]) = s.room();
    let other = s.topic(TopicName::Fresh);
    let cat = s.client();
    s.connect(cat);
    s.send(cat, beat());
    s.then();
    s.act(ann, Action::Burst(say(room, "accepted"), 30));
    s.fence(ann);
    s.act(ann, Action::Burst(say(room, "under way"), 30));
    s.act(ann, Action::TellToEnd);
    let mut talk = vec![say(room, "one word more"), beat().with_id(), join(other), leave(other)];
    talk.extend(more(room, ben));
    talk.push(beat());
    s.see_out(ann, talk);
    s.see_out(ben, vec![beat()]);
    s.see_out(cat, vec![beat()]);
}
