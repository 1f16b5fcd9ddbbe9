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
    behaviour::Head,
    switchboard::{Parcel, Step, Switchboard},
    wire::{Decoder, Frame, Piece, Way},
    world::ConnectionId,
};

/// What both directions of a connection must know of each other.
#[derive(Debug, Default)]
pub(crate) struct Upgrade {
    /// The server did not upgrade: what follows is plain HTTP, and passes unread.
    plain: AtomicBool,
    request: std::sync::Mutex<Vec<u8>>,
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
    /// The rest of an oversize frame goes where its begin went.
    passing: bool,
    /// The end was told already: what still comes goes nowhere.
    muted: bool,
}

impl<'a> Flow<'a> {
    pub(crate) fn new(
        board: &'a Switchboard,
        upgrade: &'a Upgrade,
        (id, way): (ConnectionId, Way),
        (read, write): (ReadHalf<'a>, WriteHalf<'a>),
        parcels: mpsc::Receiver<Parcel>,
    ) -> Self {
        let decoder = Decoder::new(way, way == Way::Down || board.handshake.is_some());
        let held = VecDeque::new();
        Self { board, upgrade, id, way, decoder, read, write, parcels, held, passing: true, muted: false }
    }

    /// Runs until the direction's FIN went on.
    ///
    /// # Errors
    /// When either end was reset: the caller then resets the other one.
    pub(crate) async fn run(mut self) -> io::Result<()> {
        let mut buffer = vec![0; 16 * 1024];
        let mut ticks = interval(Duration::from_millis(50));
        let ticking = self.board.ticks && self.way == Way::Down;
        loop {
            let expiry = self.held.front().map_or_else(Instant::now, |(_, until)| *until);
            tokio::select! {
                // What comes from elsewhere goes first: a close that was decided on is not overtaken.
                biased;
                Some(parcel) = self.parcels.recv() => {
                    if self.take_parcel(parcel).await? {
                        return Ok(());
                    }
                }
                read = self.read.read(&mut buffer) => {
                    let length = read?;
                    if length == 0 {
                        return self.end().await;
                    }
                    self.decoder.push(&buffer[..length]);
                    if self.take_pieces().await? {
                        return Ok(());
                    }
                }
                () = sleep_until(expiry), if !self.held.is_empty() => {
                    if let Some((bytes, _)) = self.held.pop_front() {
                        self.put(&bytes).await?;
                    }
                }
                _ = ticks.tick(), if ticking => self.board.tick(self.id),
            }
        }
    }

    /// Sends on what can be sent of what was read; true when the direction is over.
    async fn take_pieces(&mut self) -> io::Result<bool> {
        if self.upgrade.plain.load(Ordering::SeqCst) {
            self.decoder.become_opaque();
        }
        while let Some(piece) = self.decoder.next(self.board.max_message_bytes()) {
            match piece {
                Piece::Head { whole, passed } => {
                    let Some(head) = self.take_head(&whole) else {
                        self.write.shutdown().await?;
                        return Ok(true);
                    };
                    // With a head that may be altered nothing was passed before.
                    self.put(&head[passed..]).await?;
                }
                Piece::Frame(frame) => {
                    let steps = self.board.decide(self.id, self.way, &frame);
                    self.take_steps(&frame, steps).await?;
                }
                Piece::Rest(bytes) if !self.passing => drop(bytes),
                Piece::Rest(bytes) | Piece::Raw(bytes) => self.put(&bytes).await?,
            }
        }
        Ok(false)
    }

    fn take_head(&mut self, head: &[u8]) -> Option<Vec<u8>> {
        let mut request = self.upgrade.request.lock().ok()?;
        if self.way == Way::Up {
            *request = head.to_vec();
            if !String::from_utf8_lossy(head).to_ascii_lowercase().contains("\nupgrade:") {
                self.speak_plainly();
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

    fn speak_plainly(&mut self) {
        self.upgrade.plain.store(true, Ordering::SeqCst);
        self.decoder.become_opaque();
    }

    async fn take_steps(&mut self, frame: &Frame, steps: Vec<Step>) -> io::Result<()> {
        self.passing = steps.iter().any(|step| matches!(step, Step::Pass));
        for step in steps {
            match step {
                Step::Pass => self.put(&frame.bytes).await?,
                Step::Write(bytes) => self.put(&bytes).await?,
                Step::Hold(time) => self.held.push_back((frame.bytes.clone(), Instant::now() + time)),
                Step::Discard => self.held.clear(),
                Step::Release => self.release().await?,
                Step::Last(bytes) => {
                    self.put(&bytes).await?;
                    self.muted = true;
                }
                Step::Replace(_) if self.held.is_empty() => self.put(&frame.bytes).await?,
                Step::Replace(bytes) => {
                    self.held.clear();
                    self.put(&bytes).await?;
                }
            }
        }
        Ok(())
    }

    async fn take_parcel(&mut self, parcel: Parcel) -> io::Result<bool> {
        match parcel {
            Parcel::Bytes(bytes) => self.put(&bytes).await?,
            Parcel::Last(bytes) => {
                self.put(&bytes).await?;
                self.muted = true;
            }
            Parcel::Finish(bytes) => {
                self.put(&bytes).await?;
                self.write.shutdown().await?;
                return Ok(true);
            }
            Parcel::Reset => return Err(io::ErrorKind::ConnectionReset.into()),
        }
        Ok(false)
    }

    async fn release(&mut self) -> io::Result<()> {
        while let Some((bytes, _)) = self.held.pop_front() {
            self.put(&bytes).await?;
        }
        Ok(())
    }

    /// The FIN goes on, behind everything that came before it.
    async fn end(&mut self) -> io::Result<()> {
        let frame = Frame::end();
        let steps = self.board.decide(self.id, self.way, &frame);
        let passes = steps.iter().any(|step| matches!(step, Step::Pass));
        self.release().await?;
        self.take_steps(&frame, steps).await?;
        let remainder = self.decoder.remainder();
        self.put(&remainder).await?;
        if passes { self.write.shutdown().await } else { Ok(()) }
    }

    async fn put(&mut self, bytes: &[u8]) -> io::Result<()> {
        if self.muted || bytes.is_empty() {
            return Ok(());
        }
        self.write.write_all(bytes).await
    }
}
