//! Plays a program against a subject, and records all that it does and sees.
//!
//! The driver knows no right and wrong. It resolves names, sends, waits by fences, and returns a
//! [`Transcript`]; what that means is for the [checks](crate::check) to say.

use std::collections::HashSet;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::sync::{Arc, Mutex};
use std::time::{Duration, Instant};

use futures_util::future::join_all;
use tokio::sync::{Semaphore, watch};

use crate::client::{self, Connection, OpenError, Target};
use crate::clock::{self, Pace};
use crate::extent::times_to_fill;
use crate::inbox::{Inbox, NOT_NOW_MS};
use crate::memory::Memory;
use crate::names::Names;
use crate::program::{Action, Expect, Joining, Message, Program, Request, Step, TimeLimit};
use crate::subject::{Declared, Ending};
use crate::transcript::{Leaving, Purpose, Recorder, Transcript, Wait, What};

mod answered;
mod beside;
mod send;
mod settle;
mod shape;
mod wait;

/// How many connections of one program are being opened at a time.
const MOST_OPENINGS: usize = 32;

/// What a program is played against.
#[derive(Debug, Clone, Copy)]
pub struct Stage<'a> {
    /// Where the subject listens.
    pub target: &'a Target,
    /// How fast it has been so far.
    pub pace: &'a Pace,
    /// What it declares of itself.
    pub declared: &'a Declared,
    /// How it is told to end, where the runner may do that.
    pub ending: Option<&'a Ending>,
}

impl<'a> Stage<'a> {
    /// One on which nobody tells the subject to end.
    #[must_use]
    pub fn new(target: &'a Target, pace: &'a Pace, declared: &'a Declared) -> Self {
        Self { target, pace, declared, ending: None }
    }
}

/// What came of playing a program.
#[derive(Debug)]
pub struct Played {
    /// What was done and seen.
    pub transcript: Transcript,
    /// The subject took no connection.
    pub unreachable: Option<OpenError>,
    /// The subject said that this is not the time, by a 429, a 503 or the close code 4102: how long to wait.
    pub not_now: Option<Duration>,
    /// For how long the runner itself was kept from running meanwhile.
    pub stalled: Duration,
}

/// Plays a program once.
pub async fn play(stage: Stage<'_>, program: &Program, names: Names) -> Played {
    play_until(stage, program, names, None).await
}

/// The same, but before its last phase the program stands still, alive, until `over` becomes true.
pub async fn play_until(
    stage: Stage<'_>,
    program: &Program,
    names: Names,
    over: Option<&watch::Receiver<bool>>,
) -> Played {
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
        openings: Semaphore::new(MOST_OPENINGS),
        connections: AtomicUsize::new(0),
        exchanges: AtomicUsize::new(0),
        notices: Mutex::default(),
        missed_lists: Mutex::default(),
        missed: AtomicBool::new(false),
    };
    let mut devices: Vec<Device> = (0..program.clients.len()).map(Device::new).collect();
    let mut not_now = None;
    for (index, phase) in program.phases.iter().enumerate() {
        if program.ending() == Some(index) {
            // From here on a 503 is nothing that another try would help against.
            not_now = devices.iter().filter_map(Device::not_now).max();
            if not_now.is_some() {
                break;
            }
        }
        if let Some(over) = over.filter(|_| index + 1 == program.phases.len()) {
            play.stand_by(&mut devices, over.clone()).await;
        }
        play.run_phase(&mut devices, &phase.steps).await;
        play.settle(&mut devices, &phase.steps).await;
        play.record(None, What::Settled { phase: index });
    }
    if program.ending().is_none() {
        not_now = devices.iter().filter_map(Device::not_now).max();
    }
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
            readings: play.recorder.readings(),
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
    /// How many more connections may be on their way to being opened: where hundreds are asked for at once, the last
    /// would have been open for too long when the runner gets to its first frame.
    openings: Semaphore,
    connections: AtomicUsize,
    exchanges: AtomicUsize,
    /// Notices of the phase that a program did not mean to be refused.
    notices: Mutex<Vec<SentNotice>>,
    /// User lists that were waited for in vain, by connection.
    missed_lists: Mutex<HashSet<(usize, Wait)>>,
    /// A wait was in vain: the case has failed, and what it still waits for only tells more of how.
    missed: AtomicBool,
}

/// A notice that is to come to somebody.
struct SentNotice {
    mark: usize,
    /// The number of the connection that sent it.
    sender: usize,
    sent_at: Instant,
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
    /// A 429 or a 503 over HTTP, or in place of an upgrade, said that this is not the time.
    not_now: Option<Duration>,
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
    /// Requests whose answers have been waited for in vain.
    written_off: usize,
    /// Notices sent that the program means to be refused.
    doomed_notices: usize,
    /// A wait of full patience was in vain: further fences on it would be too.
    given_up: bool,
    /// The client does not read: no fence can be seen to pass.
    stopped_reading: bool,
    /// The client may have begun a message that it has not ended: another message would be a breach of its own.
    in_the_middle: bool,
}

impl Device {
    fn new(client: usize) -> Self {
        Self { client, line: None, unreachable: None, memory: Memory::default(), not_now: None }
    }

    /// The connection, if it is open as far as is known.
    fn open_line(&mut self) -> Option<&mut Line> {
        self.line.as_mut().filter(|line| line.is_open())
    }

    /// How many frames have come in that are more than signs of life.
    fn progress(&self) -> usize {
        self.line.as_ref().map_or(0, |line| line.inbox.seen().progress)
    }

    fn not_now(&self) -> Option<Duration> {
        let line = self.line.as_ref();
        let on_line = line.and_then(|line| line.inbox.seen().not_now).map(Duration::from_millis);
        on_line.max(self.not_now)
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
        let deed = async |device: &mut Device| {
            let client = device.client;
            for step in steps.iter().filter(|step| step.client == client) {
                self.run_step(device, step).await;
            }
            if let Some(line) = device.open_line() {
                self.flush(line).await;
            }
        };
        self.side_by_side(devices, deed).await;
    }

    /// Does something with all devices at the same time; those that are done show signs of life until all are.
    async fn side_by_side(&self, devices: &mut [Device], deed: impl AsyncFn(&mut Device)) {
        let (busy, _) = watch::channel(devices.len());
        join_all(devices.iter_mut().map(async |device| {
            deed(device).await;
            busy.send_modify(|left| *left -= 1);
            self.keep_alive(device, busy.subscribe()).await;
        }))
        .await;
    }

    /// How long a connection is left without a word at most, where the program does not mean it to be.
    fn longest_silence(&self) -> Duration {
        self.stage.declared.time_limit(TimeLimit::Heartbeat) / 3
    }

    /// Shows signs of life until nobody in the phase is busy any more.
    async fn keep_alive(&self, device: &mut Device, mut busy: watch::Receiver<usize>) {
        while clock::within(self.longest_silence(), busy.wait_for(|left| *left == 0)).await.is_err() {
            let Some(line) = device.open_line() else { return };
            self.show_life(line).await;
        }
    }

    /// Does nothing but show signs of life, until the others are done.
    async fn stand_by(&self, devices: &mut [Device], mut over: watch::Receiver<bool>) {
        // Twice as often as elsewhere: it is for long, and a machine may be busy.
        while clock::within(self.longest_silence() / 2, over.wait_for(|over| *over)).await.is_err() {
            if !devices.iter_mut().any(|device| device.open_line().is_some()) {
                return;
            }
            self.keep_all_alive(devices).await;
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
            Action::FillQueue(message) => {
                let declared = self.stage.declared;
                for _ in 0..times_to_fill(declared.max_queue_bytes(), declared.max_message_bytes()) {
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
            Action::Knock => self.knock(line, step).await,
            Action::Persist(life) => self.persist(line, *life, step).await,
            Action::JoinToLimit => self.join_to_limit(line, step).await,
            Action::TellToEnd => self.tell_to_end(line).await,
            Action::SeeOut(messages) => self.see_out(line, messages, step).await,
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
            && !matches!(step.action, Action::Silence(_) | Action::Knock)
        {
            self.flush(line).await;
            self.await_end(line).await;
        }
    }

    async fn connect(&self, device: &mut Device, step: &Step) {
        if device.open_line().is_some() {
            return;
        }
        let upgrade = &self.program.clients[device.client].upgrade;
        // A request that is never finished is waited for until the server has had enough, and holds up nobody.
        let _opening = if upgrade.is_cut() { None } else { self.openings.acquire().await.ok() };
        let number = self.connections.fetch_add(1, Ordering::Relaxed);
        let opening = What::Opening { client: device.client, expect: step.expect.clone(), focus: step.focus };
        self.record(Some(number), opening);
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
                    written_off: 0,
                    doomed_notices: 0,
                    // The server may take what comes next for the rest of what asked for the upgrade.
                    given_up: step.expect == Expect::Survived,
                    stopped_reading: false,
                    in_the_middle: false,
                });
            }
            Err(error) => {
                let status = if let OpenError::Status(status) = error { Some(status) } else { None };
                self.record(Some(number), What::Refused { why: error.to_string(), status });
                if status == Some(503) && step.expect == Expect::Derived {
                    device.not_now = Some(Duration::from_millis(NOT_NOW_MS));
                }
                if let OpenError::Unreachable(_) = error {
                    device.unreachable = Some(error);
                }
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

    /// Has the subject told to end, when all that this client has said has gone out.
    async fn tell_to_end(&self, line: &mut Line) {
        self.flush(line).await;
        if let Some(ending) = self.stage.ending {
            self.record(None, What::ToldToEnd);
            ending.tell();
        }
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
