//! What becomes of one connection's frames: the session decides, and here it is done.
//!
//! It knows texts and close codes, but no WebSocket.

use std::fmt;
use std::mem;
use std::ops::ControlFlow;
use std::sync::{Arc, LazyLock};
use std::time::{Duration, Instant};

use roomwire_protocol::client::Join;
use roomwire_protocol::code::{CloseCode, Reason};
use roomwire_protocol::server::{Joined, Left, NoticeDelivery};
use roomwire_protocol::{Envelope, Refusal, RequestId, RequestIdRef, ServerFrame, User};

use crate::config::milliseconds;
use crate::courier::Courier;
use crate::door::Pass;
use crate::frame::Frame;
use crate::hub::{self, Hub, LiveRoom, Newcomer, Notified, Said};
use crate::pace::Allowance;
use crate::peer::Peer;
use crate::room::roster::Names;
use crate::session::{Accepted, Session};

/// The ack of a heartbeat without an `id`, which nearly all are.
static ACK: LazyLock<Frame> = LazyLock::new(|| Frame::text(&ServerFrame::HeartbeatAck { id: None }.encode()));

/// When to try again to say a chat that could not be kept.
const HISTORY_PAUSE: Duration = Duration::from_secs(1);

/// When to try again to say a chat with an id, where there is no room for ids.
const ID_PAUSE: Duration = Duration::from_secs(5);

/// One connection, from its handshake to its end. Dropped, it leaves all its rooms.
#[derive(Debug)]
pub(crate) struct Connection {
    hub: Arc<Hub>,
    peer: Peer,
    courier: Arc<Courier>,
    session: Session<LiveRoom>,
    /// Where its last chats were said, as long as they may not be in the outboxes yet.
    said_in: Option<LiveRoom>,
    /// Whether this connection has been told that the server drains.
    announced: bool,
    /// Who has to have a turn before the last frame can be handled.
    waits_for: Option<Peer>,
    allowance: Allowance,
    /// The next frame has been handed in before, and was paid for then.
    paid: bool,
    /// What let it in. A test needs nothing of the kind.
    pass: Option<Pass>,
    began: Instant,
    tally: Tally,
}

/// What has become of a frame.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Receipt {
    /// It has been answered, one way or another.
    Handled,
    /// It has to be handed in again, before any other, once [`Connection::must_wait`] says no more.
    NotYet,
}

/// What is counted of a connection, for the line that is logged at its end.
#[derive(Clone, Copy, Debug, Default)]
struct Tally {
    accepted: u64,
    refused: u64,
    /// Those of the accepted frames that were chats.
    chats: u64,
}

impl Connection {
    /// A connection that is written to by this courier.
    pub(crate) fn new(hub: Arc<Hub>, courier: Arc<Courier>) -> Self {
        let peer = hub.admit(Arc::clone(&courier));
        let session = Session::new(hub.rules.clone());
        let allowance = hub.pace.allowance();
        Self {
            hub,
            peer,
            courier,
            session,
            said_in: None,
            announced: false,
            waits_for: None,
            allowance,
            paid: false,
            pass: None,
            began: Instant::now(),
            tally: Tally::default(),
        }
    }

    /// Gives it what it has to give back when it ends.
    pub(crate) fn let_in_by(mut self, pass: Pass) -> Self {
        self.hub.metrics.opened.inc();
        self.pass = Some(pass);
        self
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
            let announcement = NoticeDelivery::reconnect_after(self.hub.reconnect_after_ms(&self.peer));
            self.send(&ServerFrame::Notice(announcement));
        }
    }

    /// Handles one frame. All that it makes this connection receive is in the outbox when this returns, so that
    /// whatever is answered later comes behind it.
    pub(crate) fn receive(&mut self, text: &str) -> ControlFlow<CloseCode, Receipt> {
        // Before the frame is decided about, so that the announcement comes before the first 503.
        let draining = self.hub.is_draining();
        if draining {
            self.announce_drain();
        }
        let envelope = match Envelope::decode(text) {
            Ok(envelope) => envelope,
            Err(refusal) => {
                // It is paid for as any other, and answered as ever: with too many of them the connection ends anyway.
                let _ = self.hub.pace.pay(&mut self.allowance);
                self.refuse(&refusal);
                return if self.session.bear_malformed() {
                    ControlFlow::Break(CloseCode::TooManyMalformed)
                } else {
                    ControlFlow::Continue(Receipt::Handled)
                };
            }
        };
        if !mem::take(&mut self.paid)
            && let Err(wait) = self.hub.pace.pay(&mut self.allowance)
        {
            let refusal = envelope.refuse(Reason::RateLimited).because("too many frames in too short a time");
            self.refuse(&refusal.retry_after(in_whole_milliseconds(wait)));
            return ControlFlow::Continue(Receipt::Handled);
        }
        let accepted = match self.session.decide(&envelope, draining) {
            Ok(accepted) => accepted,
            Err(mut refusal) => {
                if refusal.reason() == Reason::Unavailable {
                    refusal = refusal.retry_after(Duration::from_millis(self.hub.reconnect_after_ms));
                }
                self.refuse(&refusal);
                return ControlFlow::Continue(Receipt::Handled);
            }
        };
        let receipt = self.perform(accepted, &envelope);
        match receipt {
            Receipt::Handled => self.count_accepted(),
            Receipt::NotYet => self.paid = true,
        }
        ControlFlow::Continue(receipt)
    }

    fn count_accepted(&mut self) {
        self.tally.accepted += 1;
        if self.tally.accepted == 1
            && let Some(user) = self.session.user()
        {
            self.peer.introduce();
            self.hub.pace.belongs(&mut self.allowance, user);
            if let Some(pass) = &mut self.pass {
                pass.unknown = None;
            }
        }
    }

    /// Says in the log, and to those who count, that it ends, how, and what it was.
    pub(crate) fn report_end(&self, ending: &dyn fmt::Debug, code: Option<CloseCode>) {
        if let Some(code) = code {
            self.hub.metrics.closed(code);
        }
        // A user whose name is a token is a secret.
        let user = self.session.user().filter(|_| !self.hub.rules.tokens.name_their_user());
        tracing::info!(
            connection = self.peer.id(),
            address = self.pass.as_ref().map(|pass| tracing::field::display(pass.address)),
            user = user.map(|user| tracing::field::debug(user.as_str())),
            ?ending,
            ms = milliseconds(self.began.elapsed()),
            accepted = self.tally.accepted,
            refused = self.tally.refused,
            chats = self.tally.chats,
            "a connection ends"
        );
    }

    /// Whether somebody has to have a turn before the last frame can be handled.
    pub(crate) fn must_wait(&mut self) -> bool {
        self.waits_for.take_if(|peer| !peer.is_behind());
        self.waits_for.is_some()
    }

    fn perform(&mut self, accepted: Accepted<'_, LiveRoom>, envelope: &Envelope<'_>) -> Receipt {
        let id = envelope.id();
        if !matches!(&accepted, Accepted::Chat(_, room) if self.has_said_nothing_but_in(room)) {
            self.hand_out();
        }
        match accepted {
            Accepted::Heartbeat => match owned(id) {
                None => {
                    self.peer.push(ACK.clone());
                }
                id => self.send(&ServerFrame::HeartbeatAck { id }),
            },
            Accepted::Chat(chat, room) => match self.hub.say(&room, &self.peer, &chat, id, &self.courier) {
                Said::ToAll(_) => {
                    self.tally.chats += 1;
                    self.said_in = Some(room);
                }
                Said::NotYet(peer) => {
                    self.waits_for = Some(peer);
                    return Receipt::NotYet;
                }
                Said::Repeat => {}
                Said::Unkept => {
                    let refusal = envelope.refuse(Reason::Unavailable).retry_after(HISTORY_PAUSE);
                    self.refuse(&refusal.because("it cannot be kept at the moment"));
                }
                Said::NoRoom => {
                    let refusal = envelope.refuse(Reason::Unavailable).retry_after(ID_PAUSE);
                    self.refuse(&refusal.because("more ids are remembered than there is room for"));
                }
                Said::Never => {
                    self.refuse(
                        &envelope.refuse(Reason::Unavailable).because("the topic has no numbers left"),
                    );
                }
            },
            Accepted::Join(join, user) => return self.join(join, &user, owned(id)),
            Accepted::Notice(notice, from, room) => {
                match hub::notify(&room, &self.peer, from, notice, owned(id)) {
                    Notified::Yes => {}
                    Notified::NotYet(peer) => {
                        self.waits_for = Some(peer);
                        return Receipt::NotYet;
                    }
                    Notified::Nobody => {
                        self.refuse(
                            &envelope.refuse(Reason::NoSuchMember).because("to: nobody of that name is here"),
                        );
                    }
                }
            }
            Accepted::UserList(room) => self.hub.list(&room, &self.peer, owned(id)),
            Accepted::Leave(leave, room) => {
                if let Some(room) = room {
                    self.hub.leave(&room, &self.peer);
                }
                self.send(&ServerFrame::Left { id: owned(id), data: Left { topic: leave.topic } });
            }
        }
        Receipt::Handled
    }

    fn join(&mut self, join: Join, user: &User, id: Option<RequestId>) -> Receipt {
        let (profiles, limits) = (self.hub.profiles(), self.hub.limits);
        let (topic, names) = (join.topic.clone(), Names::of(&join));
        let newcomer = Newcomer { peer: &self.peer, user, names, since: join.since.clone() };
        let entered = self.hub.join(&topic, newcomer, |epoch, seq, recovered| {
            let mut data = Joined::new(join.topic, user.clone(), epoch.clone(), seq, profiles, limits);
            data.recovered = recovered;
            Frame::text(&ServerFrame::Joined { id, data }.encode())
        });
        match entered {
            Ok(room) => {
                self.session.enter(topic, room);
                Receipt::Handled
            }
            Err(peer) => {
                self.waits_for = Some(peer);
                Receipt::NotYet
            }
        }
    }

    /// Leaves every room. What waits in the outbox may still be taken; nothing more comes in, and nobody waits for this
    /// peer's turn any longer.
    pub(crate) fn retire(&mut self) {
        for room in self.session.leave_all() {
            self.hub.lose(&room, &self.peer);
        }
        self.said_in = None;
        self.peer.shut();
    }

    fn has_said_nothing_but_in(&self, room: &LiveRoom) -> bool {
        self.said_in.as_ref().is_none_or(|last| Arc::ptr_eq(last, room))
    }

    /// Sees to it that what was said is in the outboxes, so that what is answered next comes behind it.
    fn hand_out(&mut self) {
        if let Some(room) = self.said_in.take() {
            room.hand_out();
        }
    }

    fn refuse(&mut self, refusal: &Refusal) {
        self.tally.refused += 1;
        self.hub.metrics.refused(refusal.reason());
        self.send(&refusal.frame());
    }

    fn send(&mut self, frame: &ServerFrame<'_>) {
        self.hand_out();
        self.peer.push(Frame::text(&frame.encode()));
    }
}

impl Drop for Connection {
    fn drop(&mut self) {
        self.retire();
        self.hub.dismiss(&self.peer);
        self.peer.hang_up();
    }
}

/// Rounded up, so that whoever waits as told is not told to wait once more.
fn in_whole_milliseconds(wait: Duration) -> Duration {
    Duration::from_millis(milliseconds(wait + Duration::from_nanos(999_999)))
}

fn owned(id: Option<RequestIdRef<'_>>) -> Option<RequestId> {
    id.map(|id| id.to_shared())
}

#[cfg(test)]
mod tests {
    use roomwire_protocol::Limits;
    use roomwire_protocol::code::Profiles;
    use serde_json::{Value, json};

    use super::*;
    use crate::session::Rules;
    use crate::tokens::Tokens;

    fn hub() -> Arc<Hub> {
        let rules = Rules { tokens: Tokens::NameTheirUser, profiles: Profiles::CORE, max_topics: 64 };
        Arc::new(Hub::new(rules, Limits::default(), 2000, 1 << 20, None).unwrap())
    }

    /// How many rooms and connections there are.
    fn census(hub: &Hub) -> (usize, usize) {
        let census = hub.census();
        (census.rooms, census.connections)
    }

    fn receive(connection: &mut Connection, user: &str, number: i64, payload: &Value) -> Receipt {
        let text = json!({ "token": user, "type": number, "payLoad": payload.to_string() }).to_string();
        match connection.receive(&text) {
            ControlFlow::Continue(receipt) => receipt,
            ControlFlow::Break(code) => panic!("closed with {code:?}"),
        }
    }

    fn chat(user: &str, topic: &str, words: &str) -> Value {
        let info = json!({ "user": user, "content": words, "type": "message" }).to_string();
        json!({ "topic": topic, "chatInfo": info })
    }

    /// The codes of the frames in the outbox, which is empty afterwards.
    fn codes(connection: &Connection) -> Vec<i64> {
        let batch = connection.peer().take();
        let frames = batch.iter().map(|frame| serde_json::from_slice::<Value>(frame.payload()).unwrap());
        frames.map(|frame| frame["code"].as_i64().unwrap()).collect()
    }

    #[test]
    fn rooms_and_peers_are_forgotten_with_the_connections_that_they_were_for() {
        let hub = hub();
        let mut ann = Connection::new(Arc::clone(&hub), Arc::default());
        let mut bob = Connection::new(Arc::clone(&hub), Arc::default());
        for topic in ["a", "b", "c"] {
            receive(&mut ann, "ann", 3, &json!({ "topic": topic }));
        }
        receive(&mut bob, "bob", 3, &json!({ "topic": "a" }));
        assert_eq!(census(&hub), (3, 2));
        receive(&mut ann, "ann", 6, &json!({ "topic": "c" }));
        assert_eq!(census(&hub), (2, 2), "left");
        drop(ann);
        assert_eq!(census(&hub), (1, 1), "dropped: bob is still in a");
        bob.retire();
        assert_eq!(census(&hub), (0, 1), "on its way out");
        drop(bob);
        assert_eq!(census(&hub), (0, 0));
    }

    #[test]
    fn a_draining_server_announces_it_before_the_first_503() {
        let hub = hub();
        let mut ann = Connection::new(Arc::clone(&hub), Arc::default());
        receive(&mut ann, "ann", 3, &json!({ "topic": "t" }));
        hub.drain();
        receive(&mut ann, "ann", 2, &chat("ann", "t", "x"));
        receive(&mut ann, "ann", 2, &chat("ann", "t", "x"));
        assert_eq!(codes(&ann), [201, 203, 503, 503]);
    }

    #[test]
    fn a_chat_waits_for_a_member_whose_task_is_behind_and_for_no_other() {
        let hub = hub();
        let mut ann = Connection::new(Arc::clone(&hub), Arc::default());
        let mut bob = Connection::new(Arc::clone(&hub), Arc::default());
        for (connection, user) in [(&mut ann, "ann"), (&mut bob, "bob")] {
            receive(connection, user, 3, &json!({ "topic": "t" }));
        }
        let long = chat("ann", "t", &"x".repeat(60_000));
        // The task of ann has its turns; that of bob has none.
        let mut turns = 0;
        while receive(&mut ann, "ann", 2, &long) == Receipt::Handled {
            turns += 1;
            ann.peer().deliver_by(|bytes| Ok(bytes.len()));
        }
        assert_eq!(turns, 9, "half a MiB in pieces of 60 kB, and one more to see it");
        assert!(ann.must_wait());
        // When it has had one, it turns out that it is the client of bob that does not read.
        bob.peer().deliver_by(|_| Err(std::io::ErrorKind::WouldBlock.into()));
        assert!(!ann.must_wait());
        assert_eq!(receive(&mut ann, "ann", 2, &long), Receipt::Handled);
        assert_eq!(codes(&ann), [200]);
    }
}
