//! A word to some of a room: a notice of one user to another, and the server's own announcement.

use roomwire_protocol::client::Notice;
use roomwire_protocol::server::{NoticeAccepted, NoticeDelivery};
use roomwire_protocol::{RawJson, RequestId, ServerFrame, Topic, User};

use super::{Hub, Live, LiveRoom};
use crate::frame::Frame;
use crate::peer::Peer;

/// What has become of a notice.
#[derive(Debug)]
pub(crate) enum Notified {
    /// It has been accepted, and is in the outbox of each connection of its target.
    Yes,
    /// Not yet: this member needs a turn first. Try again when it is not behind any more.
    NotYet(Peer),
    /// Its target is not in the room.
    Nobody,
}

/// Hands a notice on: first the 202 to the sender, then the 203 to each connection of the target, which may be the
/// sender once more.
pub(crate) fn notify(
    live: &LiveRoom,
    sender: &Peer,
    from: User,
    notice: Notice,
    id: Option<RequestId>,
) -> Notified {
    let mut live = live.lock();
    if !live.room.is_member(&notice.to) {
        return Notified::Nobody;
    }
    if let Some(member) = live.who_is_behind() {
        return Notified::NotYet(member);
    }
    let Live { room, behind, .. } = &mut *live;
    let Notice { topic, to, data } = notice;
    let accepted = NoticeAccepted { topic: topic.clone(), to: to.clone() };
    sender.push(Frame::text(&ServerFrame::NoticeAccepted { id, data: accepted }.encode()));
    let delivery = ServerFrame::Notice(NoticeDelivery::new(topic, from, data));
    let text = Frame::text(&delivery.encode());
    for member in room.members_of(&to) {
        if member.push(text.clone()) {
            *behind = Some(member.clone());
        }
    }
    Notified::Yes
}

impl Hub {
    /// Says the server's own word to everybody in a topic, or without one to everybody who is known. Returns to how many
    /// connections.
    pub(crate) fn announce(&self, topic: Option<Topic>, data: RawJson) -> usize {
        let room = match &topic {
            Some(topic) => match self.rooms.lock().get(topic) {
                Some(room) => Some(std::sync::Arc::clone(room)),
                None => return 0,
            },
            None => None,
        };
        let text = Frame::text(&ServerFrame::Notice(NoticeDelivery::announcement(topic, data)).encode());
        if let Some(room) = room {
            let mut live = room.lock();
            live.push_to_all(&text);
            return live.room.members().count();
        }
        let known: Vec<_> = self.everybody().into_iter().filter(Peer::is_known).collect();
        for peer in &known {
            peer.push(text.clone());
        }
        known.len()
    }
}
