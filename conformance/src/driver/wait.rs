//! What a client waits for beside fences: pongs, ends, and the passing of a limit that the server declares.

use std::sync::Arc;
use std::time::{Duration, Instant};

use roomwire_protocol::code::Reason;

use super::{Device, Line, Play};
use crate::client;
use crate::program::{
    Action, Chat, Expect, Layer, Life, Message, RawFrame, Request, Step, TimeLimit, Upgrade, opcode,
};
use crate::transcript::{Wait, What};

/// How long at least lies between two of many frames by which a client does no more than show that it is there.
const SHORTEST_PAUSE: Duration = Duration::from_millis(50);
/// How long a server that was told to end is seen out at most. How long draining takes, the spec leaves open.
const LONGEST_DRAIN: Duration = Duration::from_secs(10);

impl Play<'_> {
    /// Begins an upgrade request that never ends, and waits until the server has had enough of it.
    pub(super) async fn connect_halfway(&self, device: &mut Device, number: usize, upgrade: &Upgrade) {
        let limit = self.stage.declared.time_limit(TimeLimit::Auth) + crate::subject::TIME_LIMIT_GRACE;
        let start = Instant::now();
        match client::is_abandoned(self.stage.target, upgrade, limit + self.patience()).await {
            Ok(true) => {
                let why = format!("the server ended it after {} ms", start.elapsed().as_millis());
                self.record(Some(number), What::Refused { why, status: None });
            }
            Ok(false) => self.miss(number, Wait::End, start.elapsed()),
            Err(error) => {
                self.record(Some(number), What::Refused { why: error.to_string(), status: None });
                device.unreachable = Some(error);
            }
        }
    }

    pub(super) async fn await_pong(&self, line: &mut Line, payload: &[u8]) {
        self.flush(line).await;
        let payload = client::shown(payload);
        let inbox = Arc::clone(&line.inbox);
        let mut waited = Duration::ZERO;
        let mut patience = self.slices();
        while let Some(slice) = patience.slice() {
            let heard = || inbox.seen().pongs.contains(&payload) || inbox.seen().ended;
            match self.stage.pace.wait(slice, &inbox.changed, heard).await {
                Ok(()) => return,
                Err(time) => waited += time,
            }
            self.show_life(line).await;
        }
        self.miss(line.number, Wait::Pong, waited);
    }

    pub(super) async fn stay_silent(&self, line: &mut Line, limit: TimeLimit, expect: &Expect) {
        self.flush(line).await;
        // A server may send pings of its own, and a pong would break the silence (LIMIT-3).
        line.connection.keep_quiet();
        let limit = self.stage.declared.time_limit(limit);
        let limit_ms = u64::try_from(limit.as_millis()).unwrap_or(u64::MAX);
        self.record(Some(line.number), What::Silent { limit_ms, expect: expect.clone() });
        let patience = limit + crate::subject::TIME_LIMIT_GRACE + self.patience();
        let ended = || line.inbox.seen().ended;
        if let Err(waited) = self.stage.pace.wait(patience, &line.inbox.changed, ended).await {
            line.given_up = true;
            self.miss(line.number, Wait::End, waited);
        }
    }

    /// Sends pings and frames that are refused until the server has ended the connection, for as long as it may take
    /// for that.
    pub(super) async fn knock(&self, line: &mut Line, step: &Step) {
        let limit = self.stage.declared.time_limit(TimeLimit::Auth);
        let limit_ms = u64::try_from(limit.as_millis()).unwrap_or(u64::MAX);
        self.record(Some(line.number), What::Knocks { limit_ms, expect: step.expect.clone() });
        let heartbeat = || Message::new(Request::Heartbeat);
        // Refused one by one for another reason, since a server may close for a row of frames that are malformed.
        let of_unknown_type = (heartbeat().set(Layer::Envelope, "type", "99"), Reason::UnknownType, 99);
        let of_nobody = (heartbeat().set(Layer::Envelope, "token", "\"\""), Reason::Unauthenticated, 1);
        let mut refused = [of_unknown_type, of_nobody].into_iter().cycle();
        let inbox = Arc::clone(&line.inbox);
        let (start, patience) = (Instant::now(), limit + crate::subject::TIME_LIMIT_GRACE + self.patience());
        while start.elapsed() < patience
            && let Some((message, reason, answer_type)) = refused.next()
        {
            let expect = Expect::Refused { code: reason.code(), reason: reason.name().into(), answer_type };
            let refused = Step { client: step.client, action: Action::Knock, expect, focus: false };
            self.send(line, &message, &refused).await;
            line.connection.send_frame(opcode::PING, b"knock").await;
            self.flush(line).await;
            // Often enough that the limit never passes without one, and no flood where it is short.
            let pause = (limit / 4).max(SHORTEST_PAUSE);
            if self.stage.pace.wait(pause, &inbox.changed, || inbox.seen().ended).await.is_ok() {
                return;
            }
        }
        line.given_up = true;
        self.miss(line.number, Wait::End, start.elapsed());
    }

    /// Lets a declared limit pass, and sends heartbeats meanwhile.
    pub(super) async fn let_pass(&self, line: &mut Line, limit: TimeLimit, focus: bool) {
        self.flush(line).await;
        let limit = self.stage.declared.time_limit(limit);
        let limit_ms = u64::try_from(limit.as_millis()).unwrap_or(u64::MAX);
        self.record(Some(line.number), What::Waits { limit_ms, focus });
        let inbox = Arc::clone(&line.inbox);
        let mut left = limit;
        while left > Duration::ZERO {
            let slice = left.min(self.longest_silence());
            // That the time passes is what is waited for; only the end of the connection makes it idle.
            if self.stage.pace.wait(slice, &inbox.changed, || inbox.seen().ended).await.is_ok() {
                return;
            }
            self.show_life(line).await;
            left = left.saturating_sub(slice);
        }
    }

    /// Shows signs of life of one kind only, for one and a half times the heartbeat limit at least.
    pub(super) async fn persist(&self, line: &mut Line, life: Life, step: &Step) {
        let limit = self.stage.declared.time_limit(TimeLimit::Heartbeat);
        let (every, times) = match life {
            Life::LateHeartbeats => (limit * 3 / 5, 3),
            Life::Chats => {
                let every = (limit / 4).max(SHORTEST_PAUSE);
                let lasting = limit * 3 / 2 + crate::subject::TIME_LIMIT_GRACE;
                (every, lasting.as_millis().div_ceil(every.as_millis().max(1)))
            }
            _ => (limit / 4, 6),
        };
        for _ in 0..times {
            match life {
                Life::LateHeartbeats => self.send(line, &Message::new(Request::Heartbeat), step).await,
                Life::Pings => self.send_raw(line, &RawFrame::Ping("alive".into()), step).await,
                Life::EmptyPings => self.send_raw(line, &RawFrame::Ping(String::new()), step).await,
                Life::Pongs => self.send_raw(line, &RawFrame::Pong("alive".into()), step).await,
                Life::EmptyPongs => self.send_raw(line, &RawFrame::Pong(String::new()), step).await,
                Life::RefusedFrames => {
                    let refused = Message::new(Request::Heartbeat).set(Layer::Envelope, "type", "99");
                    self.send(line, &refused, step).await;
                }
                Life::MalformedFrames => {
                    let refused = Message::new(Request::Heartbeat).without(Layer::Envelope, "payLoad");
                    self.send(line, &refused, step).await;
                }
                Life::Chats => {
                    let chat = Chat { text: "on and on".into(), ..Chat::default() };
                    self.send(line, &Message::new(Request::Chat(0, chat)), step).await;
                }
            }
            self.flush(line).await;
            let inbox = Arc::clone(&line.inbox);
            // That nothing ends the connection for so long is what is waited for.
            if self.stage.pace.wait(every, &inbox.changed, || inbox.seen().ended).await.is_ok() {
                return;
            }
        }
    }

    /// Says these things over and over, until the server has ended the connection: once more as soon as it says that it
    /// is on its way out, and then now and then.
    pub(super) async fn see_out(&self, line: &mut Line, messages: &[Message], step: &Step) {
        let inbox = Arc::clone(&line.inbox);
        let mut patience = self.slices_of(LONGEST_DRAIN);
        let mut is_news = true;
        while let Some(slice) = patience.slice() {
            for message in messages {
                self.send(line, message, step).await;
            }
            self.flush(line).await;
            let told = || inbox.seen().own_words > 0 || inbox.seen().not_now.is_some();
            let heard = || inbox.seen().ended || (is_news && told());
            let _ = self.stage.pace.wait(slice, &inbox.changed, heard).await;
            if !line.is_open() {
                // After its close frame the server has a moment for the end of the stream.
                return self.await_end(line).await;
            }
            is_news &= !told();
        }
    }

    /// Waits until the server has ended the connection, and shows life meanwhile: an end that comes for silence is not
    /// the one that is waited for.
    pub(super) async fn await_end(&self, line: &mut Line) {
        let inbox = Arc::clone(&line.inbox);
        let mut waited = Duration::ZERO;
        let mut patience = self.slices();
        while let Some(slice) = patience.slice() {
            let ended = || inbox.seen().ended;
            match self.stage.pace.wait(slice, &inbox.changed, ended).await {
                Ok(()) => return,
                Err(time) => waited += time,
            }
            if line.is_open() && line.in_the_middle {
                // A control frame may stand anywhere.
                line.connection.send_frame(opcode::PING, b"alive").await;
                self.flush(line).await;
            } else if line.is_open() {
                self.show_life(line).await;
            }
        }
        line.given_up = true;
        self.miss(line.number, Wait::End, waited);
    }
}
