//! What a client sends: messages as they are encoded, messages in odd shapes, and bytes that are no message at all.

use std::sync::PoisonError;
use std::sync::atomic::Ordering;
use std::time::{Duration, Instant};

use super::shape;
use super::{Line, Play, SentNotice, Why};
use crate::client::wire;
use crate::encode::{Context, encode};
use crate::memory::Memory;
use crate::program::{
    Addressee, Change, Edit, Expect, Framing, Id, Layer, MARK, Message, Payload, Piece, RawFrame, Request,
    Step, WireFrame, close_body, opcode,
};
use crate::transcript::{Purpose, What};

impl Play<'_> {
    pub(super) fn context<'b>(
        &'b self,
        client: usize,
        mark: usize,
        id: Option<&'b str>,
        memory: &'b Memory,
    ) -> Context<'b> {
        let max_message_bytes = self.stage.declared.max_message_bytes();
        Context { program: self.program, names: &self.names, client, mark, id, max_message_bytes, memory }
    }

    /// Sends a message, and returns the number of its mark.
    pub(super) async fn send_marked(
        &self,
        line: &mut Line,
        message: &Message,
        id: Option<&str>,
        why: Why<'_>,
    ) -> usize {
        let mark = self.marks.fetch_add(1, Ordering::Relaxed);
        let encoded = encode(message, self.context(line.client, mark, id, &line.memory));
        if message.kind() == 1 {
            line.heartbeats += 1;
        }
        let sent = What::Sent {
            text: encoded.shown,
            purpose: why.purpose,
            expect: why.step.map_or(Expect::Derived, |step| step.expect.clone()),
            focus: why.step.is_some_and(|step| step.focus),
        };
        self.admit(line).await;
        self.record(Some(line.number), sent);
        if message.fragments.is_none() && message.framing == Framing::default() {
            line.connection.send_text(&encoded.wire).await;
        } else {
            self.send_shaped(line, message, &encoded.wire).await;
        }
        if why.purpose != Purpose::Step {
            line.connection.flush().await;
        }
        self.note_blocked(line);
        mark
    }

    /// Waits until one more message may be sent, where there is a limit to how many may be in a second.
    pub(super) async fn admit(&self, line: &mut Line) {
        if self.stage.pace.is_limited() {
            self.flush(line).await;
            self.stage.pace.admit().await;
        }
    }

    /// Sees to it that what was sent goes out, and takes note of it where the server does not let it.
    pub(super) async fn flush(&self, line: &mut Line) {
        line.connection.flush().await;
        self.note_blocked(line);
    }

    /// Takes it down at once: the connection may be over before anything else is sent on it.
    fn note_blocked(&self, line: &mut Line) {
        let blocked = line.connection.take_blocked();
        if blocked > self.stage.pace.doubt() {
            let blocked_ms = u64::try_from(blocked.as_millis()).unwrap_or(u64::MAX);
            self.record(Some(line.number), What::Blocked { blocked_ms });
        }
        // What it does not take, it does not answer.
        line.given_up |= line.connection.is_stuck();
    }

    pub(super) async fn send(&self, line: &mut Line, message: &Message, step: &Step) {
        let id = match message.id {
            Id::None => None,
            Id::Fresh => Some(self.fresh_id("R")),
            Id::Shared(number) => Some(self.names.shared_id(number)),
        };
        let why = Why { purpose: Purpose::Step, step: Some(step) };
        let sent_at = Instant::now();
        let mark = self.send_marked(line, message, id.as_deref(), why).await;
        if matches!(message.request, Request::Notice(..)) && step.expect != Expect::Derived {
            line.doomed_notices += 1;
        }
        if let (Request::Notice(topic, notice), Expect::Derived) = (&message.request, &step.expect)
            && let Addressee::UserOf(client) = notice.to
            && notice.data.contains(MARK)
            && message.edits.iter().all(keeps_its_way)
            && let Some(client) = self.program.clients.get(client)
        {
            let (topic, sender) = (self.names.topic(*topic), line.number);
            let notice = SentNotice { mark, sender, sent_at, user: client.user, topic };
            self.notices.lock().unwrap_or_else(PoisonError::into_inner).push(notice);
        }
    }

    /// Sends a heartbeat with an id, and returns the id.
    pub(super) async fn send_heartbeat(&self, line: &mut Line, purpose: Purpose) -> String {
        let id = self.fresh_id("F");
        let heartbeat = Message::new(Request::Heartbeat);
        self.send_marked(line, &heartbeat, Some(&id), Why { purpose, step: None }).await;
        id
    }

    /// An id that nothing else of the try has. Those of the program's requests and those of fences are counted apart,
    /// so that the first are the same however long a phase takes to settle.
    pub(super) fn fresh_id(&self, kind: &str) -> String {
        let counter = if kind == "R" { &self.request_ids } else { &self.ids };
        format!("{kind}{}", counter.fetch_add(1, Ordering::Relaxed))
    }

    /// Sends a message in a shape that a library would not give it. Where pings stand in it, the pong to the last of
    /// them is waited for: an endpoint may answer only the last of those that it had not answered yet.
    pub(super) async fn send_shaped(&self, line: &mut Line, message: &Message, wire: &str) {
        let framing = message.framing;
        let ping = self.fresh_id("between ");
        let deflates = line.connection.deflates();
        let segments = shape::shape_message(wire, message.fragments, framing, (deflates, &ping));
        let pauses = u32::try_from(segments.len().saturating_sub(1)).unwrap_or(u32::MAX);
        let pause = if framing.slowly { self.slowly() / pauses.max(1) } else { Duration::ZERO };
        // A message that is short enough comes whole, and nothing stands between its fragments.
        let is_cut = framing.empty_fragments || message.fragments.is_some_and(|bytes| wire.len() > bytes);
        let pings = framing.pings && is_cut;
        if pings {
            let what = "pings between the fragments of the message".into();
            self.record(Some(line.number), What::SentRaw { what, expect: Expect::Pong, focus: false });
        }
        line.connection.send_segments(segments, pause, (false, false)).await;
        if pings {
            // Boxed, since what is waited for may take another message.
            Box::pin(self.await_pong(line, ping.as_bytes())).await;
        }
    }

    /// How long a message takes that comes slowly: never so long that it could be taken for silence.
    pub(super) fn slowly(&self) -> Duration {
        self.longest_silence().min(Duration::from_millis(600))
    }

    pub(super) async fn send_close(&self, line: &mut Line, code: Option<u16>) {
        let body = code.map(|code| close_body(code, b"")).unwrap_or_default();
        line.connection.send_frame(opcode::CLOSE, &body).await;
    }

    pub(super) async fn send_raw(&self, line: &mut Line, frame: &RawFrame, step: &Step) {
        self.admit(line).await;
        let sent =
            What::SentRaw { what: self.describe(frame), expect: step.expect.clone(), focus: step.focus };
        self.record(Some(line.number), sent);
        let wrong = |frame: WireFrame| vec![Piece::Frame(frame)];
        let pieces = match frame {
            RawFrame::Ping(payload) => {
                line.connection.send_frame(opcode::PING, payload.as_bytes()).await;
                if step.expect == Expect::Pong {
                    self.await_pong(line, payload.as_bytes()).await;
                }
                return;
            }
            RawFrame::Pong(payload) => {
                return line.connection.send_frame(opcode::PONG, payload.as_bytes()).await;
            }
            RawFrame::Binary(bytes) => return line.connection.send_frame(opcode::BINARY, bytes).await,
            RawFrame::TextBytes(bytes) => return line.connection.send_frame(opcode::TEXT, bytes).await,
            RawFrame::Oversize(over) => {
                let bytes = self.stage.declared.max_message_bytes() + over;
                return line.connection.send_frame(opcode::TEXT, &vec![b' '; bytes]).await;
            }
            RawFrame::OversizeDeflated(over) => {
                let message = vec![b' '; self.stage.declared.max_message_bytes() + over];
                if !line.connection.deflates() {
                    return line.connection.send_frame(opcode::TEXT, &message).await;
                }
                let payload = Payload::Bytes(wire::deflate(&message));
                wrong(WireFrame::new(opcode::TEXT, payload).reserved(4))
            }
            RawFrame::ReservedBit => wrong(WireFrame::text("{}").reserved(4)),
            RawFrame::ReservedOpcode => wrong(WireFrame { opcode: 3, ..WireFrame::text("{}") }),
            RawFrame::StrayContinuation => wrong(WireFrame::more("{}")),
            RawFrame::Wire(pieces) => pieces.clone(),
        };
        line.in_the_middle |= step.expect != Expect::Pong;
        let shaped = shape::shape(&pieces, self.stage.declared.max_message_bytes());
        let ends = (shaped.closes, shaped.fin);
        line.connection.send_segments(shaped.segments, Duration::ZERO, ends).await;
        if let (Expect::Pong, Some(payload)) = (&step.expect, last_ping(&pieces)) {
            self.await_pong(line, payload).await;
        }
        if step.expect == Expect::Survived {
            // The server may take what comes next for the rest of what came before: no fence can be seen to pass.
            line.given_up = true;
        }
    }

    pub(super) fn describe(&self, frame: &RawFrame) -> String {
        match frame {
            RawFrame::Oversize(over) => {
                let bytes = self.stage.declared.max_message_bytes() + over;
                format!("a text message of {bytes} bytes, {over} over the limit")
            }
            frame => frame.to_string(),
        }
    }
}

/// The payload of the last ping among these pieces.
fn last_ping(pieces: &[Piece]) -> Option<&[u8]> {
    pieces.iter().rev().find_map(|piece| match piece {
        Piece::Frame(WireFrame { opcode: opcode::PING, payload: Payload::Bytes(bytes), .. }) => {
            Some(&bytes[..])
        }
        Piece::Frame(WireFrame { opcode: opcode::PING, payload: Payload::Text(text), .. }) => {
            Some(text.as_bytes())
        }
        _ => None,
    })
}

/// Whether a notice with this edit comes to whom it was for, with the data that it had.
fn keeps_its_way(edit: &Edit) -> bool {
    match (edit.layer, &edit.change) {
        (Layer::Payload, Change::Set(member, _) | Change::Remove(member)) => {
            !matches!(member.as_str(), "topic" | "to" | "data")
        }
        (Layer::Envelope, Change::Set(member, _) | Change::Remove(member)) => member == "id",
        _ => false,
    }
}
