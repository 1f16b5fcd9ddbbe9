//! One direction of one connection: reads, asks the switchboard, writes. It reads on only after it has written, so a
//! reader that does not read holds up what comes to it, and nothing else.

use std::{
    collections::VecDeque,
    io,
    sync::atomic::{AtomicBool, Ordering},
    time::Duration,
};

use tokio::{
    io::{AsyncReadExt, AsyncWriteExt},
    net::tcp::{ReadHalf, WriteHalf},
    sync::mpsc,
    time::{Instant, interval, sleep_until},
};

use super::{
    behaviour::{Head, Pressure},
    http::{Message, Passing},
    switchboard::{Parcel, Step, Switchboard},
    wire::{Decoder, Frame, Kind, Piece, Way},
    world::ConnectionId,
};

/// How many bytes may wait to be written before nothing is taken from elsewhere any more.
const ROOM: usize = 1024 * 1024;

/// What both directions of a connection must know of each other.
#[derive(Debug, Default)]
pub(crate) struct Upgrade {
    /// The server did not upgrade: what follows is plain HTTP, and passes unread.
    plain: AtomicBool,
    request: std::sync::Mutex<Vec<u8>>,
    /// The request of plain HTTP as it came, where a fault looks at that.
    exchange: std::sync::Mutex<Option<Message>>,
}

#[derive(Debug, PartialEq)]
enum Course {
    Open,
    /// What is still to be written is followed by a FIN.
    Ended,
    /// It ended, and a fault keeps that from the other end.
    Abandoned,
}

/// See the module.
#[derive(Debug)]
pub(crate) struct Flow<'a> {
    board: &'a Switchboard,
    upgrade: &'a Upgrade,
    id: ConnectionId,
    way: Way,
    decoder: Decoder,
    read: ReadHalf<'a>,
    write: WriteHalf<'a>,
    parcels: mpsc::Receiver<Parcel>,
    held: VecDeque<(Vec<u8>, Instant)>,
    /// What waits to be written.
    out: Vec<u8>,
    /// The rest of an oversize frame goes where its begin went.
    passing: bool,
    /// What came of a message of plain HTTP that a fault may alter, until it is whole.
    http: Option<Vec<u8>>,
    /// The end was told already: what still comes goes nowhere.
    muted: bool,
    course: Course,
}

impl<'a> Flow<'a> {
    pub(crate) fn new(
        board: &'a Switchboard,
        upgrade: &'a Upgrade,
        (id, way): (ConnectionId, Way),
        (read, write): (ReadHalf<'a>, WriteHalf<'a>),
        parcels: mpsc::Receiver<Parcel>,
    ) -> Self {
        let decoder = Decoder::new(way, way == Way::Down || board.handshake.is_some() || board.http);
        Self {
            board,
            upgrade,
            id,
            way,
            decoder,
            read,
            write,
            parcels,
            held: VecDeque::new(),
            out: Vec::new(),
            passing: true,
            http: None,
            muted: false,
            course: Course::Open,
        }
    }

    /// Runs until the direction's FIN went on.
    ///
    /// # Errors
    /// When either end was reset: the caller then resets the other one.
    pub(crate) async fn run(mut self) -> io::Result<()> {
        let mut buffer = vec![0; 16 * 1024];
        let mut ticks = interval(Duration::from_millis(50));
        let ticking = self.board.ticks && self.way == Way::Down;
        while self.course == Course::Open {
            let expiry = self.held.front().map_or_else(Instant::now, |(_, until)| *until);
            let reading = self.is_reading();
            tokio::select! {
                // What comes from elsewhere goes first: a close that was decided on is not overtaken.
                biased;
                Some(parcel) = self.parcels.recv(), if self.out.len() < ROOM => self.take_parcel(parcel)?,
                () = sleep_until(expiry), if !self.held.is_empty() => {
                    if let Some((bytes, _)) = self.held.pop_front() {
                        self.put(&bytes);
                    }
                }
                _ = ticks.tick(), if ticking => self.board.tick(self.id, !self.out.is_empty()),
                written = self.write.write(&self.out), if !self.out.is_empty() => {
                    self.out.drain(..written?);
                }
                read = self.read.read(&mut buffer), if reading => match read? {
                    0 => self.take_end(),
                    length => {
                        self.decoder.push(&buffer[..length]);
                        if self.board.hasty && self.way == Way::Up && self.decoder.has_half_a_head() {
                            self.board.refuse_half_a_request(self.id);
                            self.finish();
                        }
                        self.take_pieces();
                    }
                },
            }
        }
        self.write.write_all(&self.out).await?;
        if self.course == Course::Ended { self.write.shutdown().await } else { Ok(()) }
    }

    /// Nothing is read while something waits to be written: so a server notices that its client does not read.
    fn is_reading(&self) -> bool {
        match self.board.pressure {
            Pressure::Passes => self.out.is_empty(),
            Pressure::Loses => true,
            Pressure::Spreads => self.out.is_empty() && (self.way == Way::Up || !self.board.is_stalled()),
        }
    }

    /// Takes what can be taken of what was read.
    fn take_pieces(&mut self) {
        if self.upgrade.plain.load(Ordering::SeqCst) {
            self.decoder.become_opaque();
            let has_request = || self.upgrade.exchange.lock().is_ok_and(|request| request.is_some());
            if self.way == Way::Down && self.http.is_none() && has_request() {
                self.http = Some(Vec::new());
            }
        }
        while let Some(piece) = self.decoder.next(self.board.max_message_bytes()) {
            match piece {
                Piece::Head { whole, passed } => match self.take_head(&whole) {
                    // Where a head may be altered nothing of it was passed before.
                    Some(head) => self.put(&head[passed..]),
                    None => return self.finish(),
                },
                Piece::Frame(frame) => {
                    let steps = self.board.decide(self.id, self.way, &frame);
                    self.take_steps(&frame, steps);
                }
                Piece::Rest(bytes) if !self.passing => drop(bytes),
                Piece::Rest(bytes) | Piece::Raw(bytes) => match &mut self.http {
                    Some(message) => {
                        message.extend(bytes);
                        self.take_message(false);
                    }
                    None => self.put(&bytes),
                },
            }
        }
    }

    /// A message of plain HTTP goes on when it is whole, as a fault has altered it.
    fn take_message(&mut self, ended: bool) {
        let Some(mut message) = self.http.as_ref().and_then(|bytes| Message::parse(bytes, ended)) else {
            return;
        };
        self.http = None;
        let Ok(mut request) = self.upgrade.exchange.lock() else { return };
        if self.way == Way::Up {
            *request = Some(message.clone());
            self.board.exchange(Passing::Request(&mut message));
        } else if let Some(request) = request.take() {
            self.board.exchange(Passing::Answer(&request, &mut message));
        }
        drop(request);
        self.put(&message.encode());
    }

    fn take_head(&mut self, head: &[u8]) -> Option<Vec<u8>> {
        let mut request = self.upgrade.request.lock().ok()?;
        if self.way == Way::Up {
            *request = head.to_vec();
            if !String::from_utf8_lossy(head).to_ascii_lowercase().contains("\nupgrade:") {
                self.speak_plainly();
                if self.board.http {
                    drop(request);
                    return Some(self.take_plain_head(head));
                }
            }
            return self.board.upgrade(self.id, head);
        }
        if !head.starts_with(b"HTTP/1.1 101") {
            self.speak_plainly();
        }
        let Some(handshake) = self.board.handshake else { return Some(head.to_vec()) };
        let answer = String::from_utf8_lossy(head);
        match handshake(&String::from_utf8_lossy(&request), Some(&answer)) {
            Head::Pass(head) => Some(head.into_bytes()),
            Head::Refuse(_) => None,
        }
    }

    /// The head is the begin of a message that a fault may alter: nothing of it goes on yet.
    fn take_plain_head(&mut self, head: &[u8]) -> Vec<u8> {
        self.http = Some(head.to_vec());
        self.take_message(false);
        Vec::new()
    }

    fn speak_plainly(&mut self) {
        self.upgrade.plain.store(true, Ordering::SeqCst);
        self.decoder.become_opaque();
    }

    fn take_steps(&mut self, frame: &Frame, steps: Vec<Step>) {
        self.passing = steps.iter().any(|step| matches!(step, Step::Pass));
        for step in steps {
            match step {
                Step::Pass if self.is_lost(frame) => {}
                Step::Pass => self.put(&frame.bytes),
                Step::Write(bytes) => self.put(&bytes),
                Step::Hold(time) => self.held.push_back((frame.bytes.clone(), Instant::now() + time)),
                Step::Discard => self.held.clear(),
                Step::Release => self.release(),
                Step::Replace(_) if self.held.is_empty() => self.put(&frame.bytes),
                Step::Replace(bytes) => {
                    self.held.clear();
                    self.put(&bytes);
                }
                Step::Last(bytes) => self.put_last(&bytes),
            }
        }
    }

    fn is_lost(&self, frame: &Frame) -> bool {
        self.board.pressure == Pressure::Loses && frame.kind == Kind::Text && self.out.len() > ROOM
    }

    fn take_parcel(&mut self, parcel: Parcel) -> io::Result<()> {
        match parcel {
            Parcel::Bytes(bytes) => self.put(&bytes),
            Parcel::Last(bytes) => self.put_last(&bytes),
            Parcel::Finish(bytes) => {
                self.put(&bytes);
                self.finish();
            }
            Parcel::Reset => return Err(io::ErrorKind::ConnectionReset.into()),
        }
        Ok(())
    }

    fn release(&mut self) {
        while let Some((bytes, _)) = self.held.pop_front() {
            self.put(&bytes);
        }
    }

    /// The FIN goes on, behind everything that came before it.
    fn take_end(&mut self) {
        self.release();
        let remainder = self.decoder.remainder();
        self.take_message(true);
        let cut_off = self.http.take().unwrap_or_default();
        self.put(&cut_off);
        self.put(&remainder);
        let frame = Frame::end();
        let steps = self.board.decide(self.id, self.way, &frame);
        let passes = steps.iter().any(|step| matches!(step, Step::Pass));
        self.course = if passes { Course::Ended } else { Course::Abandoned };
        self.take_steps(&frame, steps);
    }

    fn finish(&mut self) {
        self.course = Course::Ended;
    }

    fn put(&mut self, bytes: &[u8]) {
        if !self.muted {
            self.out.extend_from_slice(bytes);
        }
    }

    fn put_last(&mut self, bytes: &[u8]) {
        self.put(bytes);
        self.muted = true;
    }
}
