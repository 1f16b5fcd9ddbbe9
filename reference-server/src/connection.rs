//! What becomes of one connection's frames: the session decides, and here it is done.
//!
//! It knows texts and close codes, but no WebSocket.

use std::ops::ControlFlow;
use std::sync::Arc;

use bytes::Bytes;
use roomwire_protocol::client::Join;
use roomwire_protocol::code::{CloseCode, Reason};
use roomwire_protocol::server::{Joined, Left, NoticeDelivery};
use roomwire_protocol::{Envelope, Refusal, RequestId, RequestIdRef, ServerFrame, User};

use crate::hub::{self, Hub, LiveRoom};
use crate::peer::Peer;
use crate::session::{Accepted, Session};

/// The ack of a heartbeat without an `id`, which nearly all are.
const ACK: &str = r#"{"type":1,"code":100,"data":""}"#;

/// One connection, from its handshake to its end. Dropped, it leaves all its rooms.
#[derive(Debug)]
pub(crate) struct Connection {
    hub: Arc<Hub>,
    peer: Peer,
    session: Session<LiveRoom>,
    /// Whether this connection has been told that the server drains.
    announced: bool,
    pub(crate) tally: Tally,
}

/// What is counted of a connection, for the line that is logged at its end.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct Tally {
    pub(crate) received: u64,
    pub(crate) refused: u64,
    pub(crate) chats: u64,
}

impl Connection {
    pub(crate) fn new(hub: Arc<Hub>) -> Self {
        let peer = hub.admit();
        let session = Session::new(hub.rules);
        Self { hub, peer, session, announced: false, tally: Tally::default() }
    }

    pub(crate) fn hub(&self) -> &Hub {
        &self.hub
    }

    pub(crate) fn peer(&self) -> &Peer {
        &self.peer
    }

    /// Whether a frame of this connection has been accepted.
    pub(crate) fn is_authenticated(&self) -> bool {
        self.session.is_authenticated()
    }

    /// Tells the client once that the server drains: as soon as it does, and never before it is known who listens.
    pub(crate) fn announce_drain(&mut self) {
        if !self.announced && self.hub.is_draining() && self.session.is_authenticated() {
            self.announced = true;
            let announcement = NoticeDelivery::reconnect_after(self.hub.reconnect_after_ms);
            self.send(&ServerFrame::Notice(announcement));
        }
    }

    /// Handles one frame. All that it makes this connection receive is in the outbox when this returns, so that
    /// whatever is answered later comes behind it.
    pub(crate) fn receive(&mut self, text: &str) -> ControlFlow<CloseCode> {
        self.tally.received += 1;
        // Before the frame is decided about, so that the announcement comes before the first 503.
        let draining = self.hub.is_draining();
        if draining {
            self.announce_drain();
        }
        let envelope = match Envelope::decode(text) {
            Ok(envelope) => envelope,
            Err(refusal) => {
                self.refuse(&refusal);
                return if self.session.bear_malformed() {
                    ControlFlow::Break(CloseCode::TooManyMalformed)
                } else {
                    ControlFlow::Continue(())
                };
            }
        };
        match self.session.decide(&envelope, draining) {
            Ok(accepted) => self.perform(accepted, &envelope),
            Err(refusal) => self.refuse(&refusal),
        }
        ControlFlow::Continue(())
    }

    fn perform(&mut self, accepted: Accepted<'_, LiveRoom>, envelope: &Envelope<'_>) {
        let id = envelope.id();
        match accepted {
            Accepted::Heartbeat => match owned(id) {
                None => self.peer.push(Bytes::from_static(ACK.as_bytes())),
                id => self.send(&ServerFrame::HeartbeatAck { id }),
            },
            Accepted::Chat(chat, room) => {
                self.tally.chats += 1;
                if !hub::say(&room, &chat, id) {
                    self.refuse(
                        &envelope.refuse(Reason::Unavailable).because("the topic has no numbers left"),
                    );
                }
            }
            Accepted::Join(join, user) => self.join(join, user, owned(id)),
            Accepted::Leave(leave, room) => {
                if let Some(room) = room {
                    self.hub.leave(&room, &self.peer);
                }
                self.send(&ServerFrame::Left { id: owned(id), data: Left { topic: leave.topic } });
            }
        }
    }

    fn join(&mut self, join: Join, user: User, id: Option<RequestId>) {
        let (profiles, limits) = (self.hub.profiles(), self.hub.limits);
        let topic = join.topic.clone();
        let room = self.hub.join(&topic, &self.peer, |epoch, seq| {
            let data = Joined::new(join.topic, user, epoch.clone(), seq, profiles, limits);
            Bytes::from(ServerFrame::Joined { id, data }.encode())
        });
        self.session.enter(topic, room);
    }

    /// Leaves every room, as the end of a connection does.
    pub(crate) fn leave_all(&mut self) {
        for room in self.session.leave_all() {
            self.hub.leave(&room, &self.peer);
        }
    }

    fn refuse(&mut self, refusal: &Refusal) {
        self.tally.refused += 1;
        self.send(&refusal.frame());
    }

    fn send(&self, frame: &ServerFrame<'_>) {
        self.peer.push(Bytes::from(frame.encode()));
    }
}

impl Drop for Connection {
    fn drop(&mut self) {
        self.leave_all();
        self.hub.dismiss(&self.peer);
    }
}

fn owned(id: Option<RequestIdRef<'_>>) -> Option<RequestId> {
    id.map(|id| id.to_shared())
}
