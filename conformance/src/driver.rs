//! Plays a program against a subject, and records all that it does and sees.
//!
//! The driver knows no right and wrong. It resolves names, sends, waits by fences, and returns a
//! [`Transcript`]; what that means is for the [checks](crate::check) to say.

use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Duration, Instant};

use futures_util::future::join_all;
use tokio::sync::watch;

use crate::client::{self, Connection, OpenError, Target, wire};
use crate::clock::{self, Pace};
use crate::encode::{Context, encode};
use crate::inbox::Inbox;
use crate::memory::Memory;
use crate::names::Names;
use crate::program::{
    Action, Addressee, Expect, Framing, Id, Joining, Layer, Life, MARK, Message, Payload, Piece, Program,
    RawFrame, Request, Step, TimeLimit, Upgrade, WireFrame, close_body, opcode,
};
use crate::subject::Declared;
use crate::transcript::{Leaving, Purpose, Recorder, Transcript, Wait, What};

mod beside;
mod settle;
mod shape;

/// What a program is played against.
#[derive(Debug, Clone, Copy)]
pub struct Stage<'a> {
    /// Where the subject listens.
    pub target: &'a Target,
    /// How fast it has been so far.
    pub pace: &'a Pace,
    /// What it declares of itself.
    pub declared: &'a Declared,
}

/// What came of playing a program.
#[derive(Debug)]
pub struct Played {
    /// What was done and seen.
    pub transcript: Transcript,
    /// The subject took no connection.
    pub unreachable: Option<OpenError>,
    /// The subject said that this is not the time, by a 429 or a 503: how long to wait.
    pub not_now: Option<Duration>,
    /// For how long the runner itself was kept from running meanwhile.
    pub stalled: Duration,
}

/// Plays a program once.
pub async fn play(stage: Stage<'_>, program: &Program, names: Names) -> Played {
    let stalled_before = stage.pace.stalled();
    let clock_ms = stage.target.is_on_this_machine().then(clock::wall_ms);
    let play = Play {
        stage,
        program,
        names: Arc::new(names),
        recorder: Arc::new(Recorder::new()),
        marks: AtomicUsize::new(0),
        ids: AtomicUsize::new(0),
        request_ids: AtomicUsize::new(0),
        connections: AtomicUsize::new(0),
        exchanges: AtomicUsize::new(0),
        notices: Mutex::default(),
        missed: AtomicBool::new(false),
    };
    let mut devices: Vec<Device> = (0..program.clients.len()).map(Device::new).collect();
    for (index, phase) in program.phases.iter().enumerate() {
        play.run_phase(&mut devices, &phase.steps).await;
        play.settle(&mut devices, &phase.steps).await;
        play.record(None, What::Settled { phase: index });
    }
    let not_now = devices.iter().filter_map(Device::not_now).max();
    let unreachable = devices.iter().find_map(|device| device.unreachable.clone());
    join_all(devices.into_iter().filter_map(|device| device.line).map(|line| play.abandon(line))).await;
    Played {
        transcript: Transcript {
            program: program.clone(),
            users: play.names.users().map(str::to_owned).collect(),
            topics: play.names.topics().to_vec(),
            declared: stage.declared.clone(),
            clock_ms,
            events: play.recorder.take(),
        },
        unreachable,
        not_now,
        stalled: stage.pace.stalled().saturating_sub(stalled_before),
    }
}

/// One playing of one program: what all of its clients share.
struct Play<'a> {
    stage: Stage<'a>,
    program: &'a Program,
    names: Arc<Names>,
    recorder: Arc<Recorder>,
    marks: AtomicUsize,
    ids: AtomicUsize,
    request_ids: AtomicUsize,
    connections: AtomicUsize,
    exchanges: AtomicUsize,
    /// Notices of the phase that a program did not mean to be refused.
    notices: Mutex<Vec<SentNotice>>,
    /// A wait was in vain: the case has failed, and what it still waits for only tells more of how.
    missed: AtomicBool,
}

/// A notice that is to come to somebody.
struct SentNotice {
    mark: usize,
    /// The number of the connection that sent it.
    sender: usize,
    user: usize,
    topic: String,
}

/// Why a message is sent: for a fence, or since a step says so.
#[derive(Clone, Copy)]
struct Why<'a> {
    purpose: Purpose,
    step: Option<&'a Step>,
}

/// A client of the program, with the connection that it has, if it has one.
struct Device {
    client: usize,
    line: Option<Line>,
    unreachable: Option<OpenError>,
    /// What it has seen of its topics, on all connections that it has had.
    memory: Memory,
    /// A 429 or a 503 over HTTP said that this is not the time.
    http_not_now: Option<Duration>,
}

/// An open connection.
struct Line {
    number: usize,
    client: usize,
    connection: Connection,
    inbox: Arc<Inbox>,
    memory: Memory,
    /// Heartbeats sent, with an id or without: a subject that answers all of them without ids has not answered
    /// the last one before it has answered so many.
    heartbeats: usize,
    /// A wait of full patience was in vain: further fences on it would be too.
    given_up: bool,
    /// The client does not read: no fence can be seen to pass.
    stopped_reading: bool,
    /// The client may have begun a message that it has not ended: another message would be a breach of its own.
    in_the_middle: bool,
}

impl Device {
    fn new(client: usize) -> Self {
        Self { client, line: None, unreachable: None, memory: Memory::default(), http_not_now: None }
    }

    /// The connection, if it is open as far as is known.
    fn open_line(&mut self) -> Option<&mut Line> {
        self.line.as_mut().filter(|line| line.is_open())
    }

    fn not_now(&self) -> Option<Duration> {
        let line = self.line.as_ref();
        let on_line = line.and_then(|line| line.inbox.seen().not_now).map(Duration::from_millis);
        on_line.max(self.http_not_now)
    }
}

impl Line {
    fn is_open(&self) -> bool {
        let seen = self.inbox.seen();
        !seen.ended && seen.close_code.is_none()
    }
}

impl Play<'_> {
    fn record(&self, connection: Option<usize>, what: What) {
        self.recorder.record(connection, what);
    }

    async fn run_phase(&self, devices: &mut [Device], steps: &[Step]) {
        let (busy, _) = watch::channel(devices.len());
        join_all(devices.iter_mut().map(|device| {
            let busy = busy.clone();
            async move {
                let client = device.client;
                for step in steps.iter().filter(|step| step.client == client) {
                    self.run_step(device, step).await;
                }
                if let Some(line) = device.open_line() {
                    self.flush(line).await;
                }
                busy.send_modify(|left| *left -= 1);
                self.keep_alive(device, busy.subscribe()).await;
            }
        }))
        .await;
    }

    /// How long a connection is left without a word at most, where the program does not mean it to be.
    fn longest_silence(&self) -> Duration {
        self.stage.declared.time_limit(TimeLimit::Heartbeat) / 3
    }

    /// Sends heartbeats until nobody in the phase is busy any more.
    async fn keep_alive(&self, device: &mut Device, mut busy: watch::Receiver<usize>) {
        while clock::within(self.longest_silence(), busy.wait_for(|left| *left == 0)).await.is_err() {
            let Some(line) = device.open_line() else { return };
            self.send_heartbeat(line, Purpose::KeepAlive).await;
        }
    }

    async fn run_step(&self, device: &mut Device, step: &Step) {
        if step.action == Action::Connect {
            return self.connect(device, step).await;
        }
        if let Action::Http(request) = &step.action {
            return self.ask_by_http(device, request, step).await;
        }
        // A step that makes no sense without a connection is left out, so that any subset of a program runs.
        let Some(line) = device.open_line() else { return };
        match &step.action {
            Action::Connect | Action::Http(_) => {}
            Action::Fence => self.fence(line).await,
            Action::Wait(limit) => self.let_pass(line, *limit, step.focus).await,
            Action::Send(message) => self.send(line, message, step).await,
            Action::Burst(message, times) => {
                for _ in 0..*times {
                    self.send(line, message, step).await;
                }
            }
            Action::Raw(frame) => self.send_raw(line, frame, step).await,
            Action::Close(code) => {
                self.record(Some(line.number), What::Leaving { how: Leaving::Close, focus: step.focus });
                self.send_close(line, *code).await;
                self.flush(line).await;
                self.await_end(line).await;
            }
            Action::Drop { reset } => {
                if let Some(mut line) = device.line.take() {
                    self.flush(&mut line).await;
                    self.drop_socket(line, *reset).await;
                }
                return;
            }
            Action::Silence(limit) => self.stay_silent(line, *limit, &step.expect).await,
            Action::Persist(life) => self.persist(line, *life, step).await,
            Action::JoinToLimit => self.join_to_limit(line, step).await,
            Action::StopReading => {
                line.stopped_reading = true;
                self.record(Some(line.number), What::StoppedReading);
                line.connection.pause(true);
            }
            Action::ReadOn => {
                self.record(Some(line.number), What::ReadsOn { expect: step.expect.clone() });
                line.connection.pause(false);
                line.stopped_reading = false;
            }
        }
        if let Expect::Ends { .. } = step.expect
            && !matches!(step.action, Action::Silence(_))
        {
            self.flush(line).await;
            self.await_end(line).await;
        }
    }

    async fn connect(&self, device: &mut Device, step: &Step) {
        if device.open_line().is_some() {
            return;
        }
        let number = self.connections.fetch_add(1, Ordering::Relaxed);
        let opening = What::Opening { client: device.client, expect: step.expect.clone(), focus: step.focus };
        self.record(Some(number), opening);
        let upgrade = &self.program.clients[device.client].upgrade;
        if upgrade.is_cut() {
            return self.connect_halfway(device, number, upgrade).await;
        }
        let bare = Target { subprotocol: None, ..self.stage.target.clone() };
        // What is told to offer one to every server is not told to those cases that are about the offer.
        let target = if matches!(step.expect, Expect::Subprotocol(_)) { &bare } else { self.stage.target };
        match client::open(target, upgrade).await {
            Ok(opened) => {
                let subprotocol = opened.subprotocol.clone();
                self.record(Some(number), What::Opened { subprotocol });
                let inbox = Arc::new(Inbox::new(device.memory.clone()));
                let connection = opened.start(inbox.listen(number, &self.recorder, &self.names));
                let client = device.client;
                device.line = Some(Line {
                    number,
                    client,
                    connection,
                    inbox,
                    memory: device.memory.clone(),
                    heartbeats: 0,
                    given_up: false,
                    stopped_reading: false,
                    in_the_middle: false,
                });
            }
            Err(error) => {
                let status = if let OpenError::Status(status) = error { Some(status) } else { None };
                self.record(Some(number), What::Refused { why: error.to_string(), status });
                if let OpenError::Unreachable(_) = error {
                    device.unreachable = Some(error);
                }
            }
        }
    }

    /// Begins an upgrade request that never ends, and waits until the server has had enough of it.
    async fn connect_halfway(&self, device: &mut Device, number: usize, upgrade: &Upgrade) {
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

    fn context<'b>(
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
    async fn send_marked(&self, line: &mut Line, message: &Message, id: Option<&str>, why: Why<'_>) -> usize {
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
            self.flush(line).await;
        }
        mark
    }

    /// Waits until one more message may be sent, where there is a limit to how many may be in a second.
    async fn admit(&self, line: &mut Line) {
        if self.stage.pace.is_limited() {
            self.flush(line).await;
            self.stage.pace.admit().await;
        }
    }

    /// Sees to it that what was sent goes out, and takes note of it where the server does not let it.
    async fn flush(&self, line: &mut Line) {
        line.connection.flush().await;
        let blocked = line.connection.take_blocked();
        if blocked > self.stage.pace.doubt() {
            let blocked_ms = u64::try_from(blocked.as_millis()).unwrap_or(u64::MAX);
            self.record(Some(line.number), What::Blocked { blocked_ms });
        }
    }

    async fn send(&self, line: &mut Line, message: &Message, step: &Step) {
        let id = match message.id {
            Id::None => None,
            Id::Fresh => Some(self.fresh_id("R")),
            Id::Shared(number) => Some(self.names.shared_id(number)),
        };
        let why = Why { purpose: Purpose::Step, step: Some(step) };
        let mark = self.send_marked(line, message, id.as_deref(), why).await;
        if let (Request::Notice(topic, notice), Expect::Derived) = (&message.request, &step.expect)
            && let Addressee::UserOf(client) = notice.to
            && notice.data.contains(MARK)
            && message.edits.is_empty()
            && let Some(client) = self.program.clients.get(client)
        {
            let (topic, sender) = (self.names.topic(*topic), line.number);
            let notice = SentNotice { mark, sender, user: client.user, topic };
            self.notices.lock().unwrap_or_else(PoisonError::into_inner).push(notice);
        }
    }

    /// Sends a heartbeat with an id, and returns the id.
    async fn send_heartbeat(&self, line: &mut Line, purpose: Purpose) -> String {
        let id = self.fresh_id("F");
        let heartbeat = Message::new(Request::Heartbeat);
        self.send_marked(line, &heartbeat, Some(&id), Why { purpose, step: None }).await;
        id
    }

    /// An id that nothing else of the try has. Those of the program's requests and those of fences are counted apart,
    /// so that the first are the same however long a phase takes to settle.
    fn fresh_id(&self, kind: &str) -> String {
        let counter = if kind == "R" { &self.request_ids } else { &self.ids };
        format!("{kind}{}", counter.fetch_add(1, Ordering::Relaxed))
    }

    /// Sends a message in a shape that a library would not give it. Where pings stand in it, the pong to the last of
    /// them is waited for: an endpoint may answer only the last of those that it had not answered yet.
    async fn send_shaped(&self, line: &mut Line, message: &Message, wire: &str) {
        let framing = message.framing;
        let ping = self.fresh_id("between ");
        let deflates = line.connection.deflates();
        let segments = shape::shape_message(wire, message.fragments, framing, (deflates, &ping));
        let pauses = u32::try_from(segments.len().saturating_sub(1)).unwrap_or(u32::MAX);
        let pause = if framing.slowly { self.slowly() / pauses.max(1) } else { Duration::ZERO };
        if framing.pings {
            let what = "pings between the fragments of the message".into();
            self.record(Some(line.number), What::SentRaw { what, expect: Expect::Pong, focus: false });
        }
        line.connection.send_segments(segments, pause, (false, false)).await;
        if framing.pings {
            // Boxed, since what is waited for may take another message.
            Box::pin(self.await_pong(line, &ping)).await;
        }
    }

    /// How long a message takes that comes slowly: never so long that it could be taken for silence.
    fn slowly(&self) -> Duration {
        self.longest_silence().min(Duration::from_millis(600))
    }

    async fn send_close(&self, line: &mut Line, code: Option<u16>) {
        let body = code.map(|code| close_body(code, b"")).unwrap_or_default();
        line.connection.send_frame(opcode::CLOSE, &body).await;
    }

    async fn send_raw(&self, line: &mut Line, frame: &RawFrame, step: &Step) {
        self.admit(line).await;
        let sent =
            What::SentRaw { what: self.describe(frame), expect: step.expect.clone(), focus: step.focus };
        self.record(Some(line.number), sent);
        let wrong = |frame: WireFrame| vec![Piece::Frame(frame)];
        let pieces = match frame {
            RawFrame::Ping(payload) => {
                line.connection.send_frame(opcode::PING, payload.as_bytes()).await;
                if step.expect == Expect::Pong {
                    self.await_pong(line, payload).await;
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
        line.in_the_middle = true;
        let shaped = shape::shape(&pieces, self.stage.declared.max_message_bytes());
        let ends = (shaped.closes, shaped.fin);
        line.connection.send_segments(shaped.segments, Duration::ZERO, ends).await;
        if step.expect == Expect::Survived {
            // The server may take what comes next for the rest of what came before: no fence can be seen to pass.
            line.given_up = true;
        }
    }

    fn describe(&self, frame: &RawFrame) -> String {
        match frame {
            RawFrame::Oversize(over) => {
                let bytes = self.stage.declared.max_message_bytes() + over;
                format!("a text message of {bytes} bytes, {over} over the limit")
            }
            frame => frame.to_string(),
        }
    }

    async fn await_pong(&self, line: &mut Line, payload: &str) {
        self.flush(line).await;
        let inbox = Arc::clone(&line.inbox);
        let mut waited = Duration::ZERO;
        for slice in self.slices() {
            let heard = || inbox.seen().pongs.contains(payload) || inbox.seen().ended;
            match self.stage.pace.wait(slice, &inbox.changed, heard).await {
                Ok(()) => return,
                Err(time) => waited += time,
            }
            self.send_heartbeat(line, Purpose::KeepAlive).await;
        }
        self.miss(line.number, Wait::Pong, waited);
    }

    async fn stay_silent(&self, line: &mut Line, limit: TimeLimit, expect: &Expect) {
        self.flush(line).await;
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

    /// Lets a declared limit pass, and sends heartbeats meanwhile.
    async fn let_pass(&self, line: &mut Line, limit: TimeLimit, focus: bool) {
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
            self.send_heartbeat(line, Purpose::KeepAlive).await;
            left = left.saturating_sub(slice);
        }
    }

    /// Shows signs of life of one kind only, for one and a half times the heartbeat limit.
    async fn persist(&self, line: &mut Line, life: Life, step: &Step) {
        let limit = self.stage.declared.time_limit(TimeLimit::Heartbeat);
        let (every, times) = match life {
            Life::LateHeartbeats => (limit * 3 / 5, 3),
            Life::Pings | Life::Pongs | Life::RefusedFrames => (limit / 4, 6),
        };
        for _ in 0..times {
            match life {
                Life::LateHeartbeats => self.send(line, &Message::new(Request::Heartbeat), step).await,
                Life::Pings => self.send_raw(line, &RawFrame::Ping("alive".into()), step).await,
                Life::Pongs => self.send_raw(line, &RawFrame::Pong("alive".into()), step).await,
                Life::RefusedFrames => {
                    let refused = Message::new(Request::Heartbeat).set(Layer::Envelope, "type", "99");
                    self.send(line, &refused, step).await;
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

    async fn join_to_limit(&self, line: &mut Line, step: &Step) {
        // Topics beyond those of the program get names of their own.
        let beyond = self.program.topics.len();
        let joined = line.inbox.seen().joined.len();
        for extra in joined..self.stage.declared.max_topics() {
            self.send(line, &Message::new(Request::Join(beyond + extra, Joining::default())), step).await;
        }
    }

    /// Waits until the server has ended the connection, and sends heartbeats meanwhile: an end that comes for
    /// silence is not the one that is waited for.
    async fn await_end(&self, line: &mut Line) {
        let inbox = Arc::clone(&line.inbox);
        let mut waited = Duration::ZERO;
        for slice in self.slices() {
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
                self.send_heartbeat(line, Purpose::KeepAlive).await;
            }
        }
        line.given_up = true;
        self.miss(line.number, Wait::End, waited);
    }

    async fn drop_socket(&self, line: Line, reset: bool) {
        let how = if reset { Leaving::Reset } else { Leaving::Fin };
        self.record(Some(line.number), What::Leaving { how, focus: false });
        line.connection.drop_socket(reset).await;
        self.record(Some(line.number), What::Ended { how: crate::transcript::End::Dropped });
    }

    /// Ends a connection that the program left open, politely and without waiting for the answer.
    async fn abandon(&self, mut line: Line) {
        if line.is_open() {
            self.record(Some(line.number), What::Abandoned);
            self.send_close(&mut line, Some(1000)).await;
            // Nobody waits for a server that does not take it.
            let _ = clock::within(self.stage.pace.doubt(), line.connection.flush()).await;
        }
        line.connection.drop_socket(false).await;
    }

    /// How long to wait for an answer.
    fn patience(&self) -> Duration {
        let patience = self.stage.pace.patience();
        if self.missed.load(Ordering::Relaxed) { patience / 4 } else { patience }
    }

    fn miss(&self, connection: usize, wait: Wait, waited: Duration) {
        self.stage.pace.missed();
        self.missed.store(true, Ordering::Relaxed);
        let waited_ms = u64::try_from(waited.as_millis()).unwrap_or(u64::MAX);
        self.record(Some(connection), What::Missed { wait, waited_ms });
    }
}
