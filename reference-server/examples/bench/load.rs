//! The load: many clients in one loop, which never sleeps, so that the server does not pay for waking it.
//!
//! Each chat carries a stamp with its sender and its number. Each delivery is held against it: the right room, and the
//! number that is next from this sender. The first ones are read in full. Whatever is wrong ends the run.

use std::collections::HashMap;
use std::io::{ErrorKind, Read, Write};
use std::net::SocketAddr;
use std::time::{Duration, Instant};

use memchr::memmem::{Finder, find};
use mio::net::TcpStream;
use mio::{Events, Interest, Poll, Token};
use serde_json::{Value, json};

use crate::work::{Figures, Pace, Work};

/// What a stamp begins with; then come six digits of the sender and ten of the number.
pub(crate) const STAMP: &[u8] = b"@stamp";
pub(crate) const STAMP_LENGTH: usize = STAMP.len() + 16;

/// How many connections are being opened at a time.
const OPENING: usize = 64;
/// How many deliveries are read in full.
const READ_IN_FULL: usize = 200;
/// How many send times a sender remembers, more than ever are in flight.
const REMEMBERED: usize = 1 << 12;
const HEARTBEATS: Duration = Duration::from_secs(5);
const PATIENCE: Duration = Duration::from_secs(30);
/// What is not looked at, because things have to settle first.
const WARM_UP: Duration = Duration::from_millis(700);
/// How long the load waits for something to come, at most, where it shares its processor.
const NAP: Duration = Duration::from_millis(1);

struct Client {
    stream: TcpStream,
    room: usize,
    stage: Stage,
    input: Vec<u8>,
    output: Vec<u8>,
    heartbeat: Vec<u8>,
    chat: Chat,
    /// The next number expected from each sender of its room.
    next: HashMap<u32, u64>,
}

#[derive(PartialEq)]
enum Stage {
    Opening,
    Joining,
    Joined,
}

/// The chat of a sender, encoded, and when it was sent.
#[derive(Default)]
struct Chat {
    frame: Vec<u8>,
    stamp: usize,
    info: String,
    sent: u64,
    times: Vec<u64>,
}

struct Load<'a> {
    work: &'a Work,
    /// It has no processor to itself, and leaves its own to the server while it has nothing to do.
    shares: bool,
    poll: Poll,
    clients: Vec<Client>,
    started: Instant,
    joined: usize,
    stamps: Finder<'static>,
    read_in_full: usize,
    delivered: u64,
    measuring: bool,
    sending: bool,
    measured: u64,
    latencies: Vec<u32>,
    acks: u64,
}

/// Puts a server to work, and says what is found. Or what was wrong.
pub(crate) fn run(
    work: &Work,
    address: SocketAddr,
    process: u32,
    length: Duration,
    shares: bool,
) -> Result<Figures, String> {
    let mut load = Load {
        work,
        // At a fixed pace the next chat would be late.
        shares: shares && matches!(work.pace, Pace::InFlight(_)),
        poll: Poll::new().map_err(told)?,
        clients: Vec::new(),
        started: Instant::now(),
        joined: 0,
        stamps: Finder::new(STAMP),
        read_in_full: 0,
        delivered: 0,
        measuring: false,
        sending: false,
        measured: 0,
        latencies: Vec::new(),
        acks: 0,
    };
    let before = memory(process);
    let (joins, join_cost) = load.open(address, process)?;
    let (deliveries, cost) = load.work_for(length, process)?;
    let memory = (memory(process) - before) / load.clients.len() as f64;
    load.latencies.sort_unstable();
    let quantile = |share: f64| {
        let place = (load.latencies.len() as f64 * share) as usize;
        load.latencies.get(place).map_or(f64::NAN, |nanos| f64::from(*nanos) / 1000.0)
    };
    let chats = work.senders > 0;
    Ok(Figures {
        deliveries: if chats { deliveries } else { f64::NAN },
        p50: quantile(0.5),
        p99: quantile(0.99),
        cost: if chats { cost } else { f64::NAN },
        joins,
        join_cost,
        memory,
    })
}

impl Load<'_> {
    /// Opens all connections and joins. Says how many a second, and what each cost the server.
    fn open(&mut self, address: SocketAddr, process: u32) -> Result<(f64, f64), String> {
        let spent = processor_time(process);
        let all = self.work.rooms * self.work.members;
        while self.joined < all {
            while self.clients.len() < all && self.clients.len() - self.joined < OPENING {
                let number = self.clients.len();
                let mut stream = TcpStream::connect(address).map_err(told)?;
                let both = Interest::READABLE | Interest::WRITABLE;
                self.poll.registry().register(&mut stream, Token(number), both).map_err(told)?;
                self.clients.push(Client::new(stream, number, self.work, address));
            }
            self.turn()?;
            self.in_time("opening the connections")?;
        }
        let joins = all as f64 / self.started.elapsed().as_secs_f64();
        Ok((joins, (processor_time(process) - spent) * 1e6 / all as f64))
    }

    /// Lets the senders send, or everybody live quietly. Says how many deliveries a second there were, and what each
    /// cost the server.
    fn work_for(&mut self, length: Duration, process: u32) -> Result<(f64, f64), String> {
        let all = self.clients.len();
        let senders: Vec<_> = (0..all).filter(|number| self.sends(*number)).collect();
        let quiet = senders.is_empty();
        let (window, pace) = match self.work.pace {
            Pace::InFlight(window) => (window, f64::INFINITY),
            Pace::PerSecond(pace) => (0, if quiet { all as f64 / HEARTBEATS.as_secs_f64() } else { pace }),
        };
        let length = match self.work.pace {
            // As long as it takes for everybody to have had a heartbeat.
            Pace::PerSecond(some) if quiet && some > 0.0 => HEARTBEATS + Duration::from_secs(1),
            _ if quiet => Duration::from_millis(100),
            _ => length,
        };
        self.started = Instant::now();
        self.sending = window > 0;
        for sender in &senders {
            for _ in 0..window {
                self.say(*sender, self.now());
            }
        }
        let (mut sent, mut spent, mut from) = (0_u64, 0.0, Instant::now());
        loop {
            let now = self.started.elapsed();
            if !self.measuring && now >= WARM_UP {
                self.measuring = true;
                (spent, from) = (processor_time(process), Instant::now());
            }
            if now >= WARM_UP + length {
                break;
            }
            while pace.is_finite() && (sent as f64) < now.as_secs_f64() * pace {
                let due = (sent as f64 / pace * 1e9) as u64;
                if quiet {
                    let client = &mut self.clients[sent as usize % all];
                    let heartbeat = std::mem::take(&mut client.heartbeat);
                    client.write(&heartbeat)?;
                    client.heartbeat = heartbeat;
                } else {
                    self.say(senders[sent as usize % senders.len()], due);
                }
                sent += 1;
            }
            self.turn()?;
        }
        self.measuring = false;
        self.sending = false;
        let seconds = from.elapsed().as_secs_f64();
        let spent = processor_time(process) - spent;
        let measured = self.measured as f64;
        // What is under way still has to come.
        let said: u64 = self.clients.iter().map(|client| client.chat.sent).sum();
        let expected = if quiet { sent } else { said * self.work.members as u64 };
        self.started = Instant::now();
        while (if quiet { self.acks } else { self.delivered }) < expected {
            self.turn()?;
            self.in_time("what was still under way: something is missing")?;
        }
        Ok((measured / seconds, spent * 1e6 / measured))
    }

    /// The senders sit in the middle of their room.
    fn sends(&self, number: usize) -> bool {
        let place = number / self.work.rooms;
        let first = (self.work.members - self.work.senders) / 2;
        (first..first + self.work.senders).contains(&place)
    }

    fn now(&self) -> u64 {
        u64::try_from(self.started.elapsed().as_nanos()).unwrap()
    }

    fn in_time(&self, what: &str) -> Result<(), String> {
        if self.started.elapsed() > PATIENCE {
            Err(format!("waited {PATIENCE:?} for {what}"))
        } else {
            Ok(())
        }
    }

    fn say(&mut self, number: usize, at: u64) {
        let client = &mut self.clients[number];
        let Chat { frame, stamp, sent, times, .. } = &mut client.chat;
        let digits = format!("{number:06}{sent:010}");
        // The mask is all zeros, which is one.
        frame[*stamp + STAMP.len()..*stamp + STAMP_LENGTH].copy_from_slice(digits.as_bytes());
        times[usize::try_from(*sent).unwrap() % REMEMBERED] = at;
        *sent += 1;
        let frame = std::mem::take(frame);
        // Where it fails, the next read says so.
        let _ = client.write(&frame);
        client.chat.frame = frame;
    }

    /// Looks once at all that has come.
    fn turn(&mut self) -> Result<(), String> {
        thread_local!(static BUFFER: std::cell::RefCell<Vec<u8>> = std::cell::RefCell::new(vec![0; 1 << 18]));
        let mut events = Events::with_capacity(512);
        let patience = if self.shares { NAP } else { Duration::ZERO };
        self.poll.poll(&mut events, Some(patience)).map_err(told)?;
        BUFFER.with_borrow_mut(|buffer| {
            for event in &events {
                let number = event.token().0;
                if event.is_writable() {
                    self.clients[number].write(&[])?;
                }
                while event.is_readable() {
                    let kept = self.clients[number].input.len();
                    buffer[..kept].copy_from_slice(&self.clients[number].input);
                    let read = match self.clients[number].stream.read(&mut buffer[kept..]) {
                        Ok(0) => return Err("the server closed a connection".to_owned()),
                        Ok(read) => read,
                        Err(error) if error.kind() == ErrorKind::WouldBlock => break,
                        Err(error) => return Err(told(error)),
                    };
                    let used = self.handle(number, &buffer[..kept + read])?;
                    let input = &mut self.clients[number].input;
                    input.clear();
                    input.extend_from_slice(&buffer[used..kept + read]);
                    if kept + read < buffer.len() {
                        break;
                    }
                }
            }
            Ok(())
        })
    }

    fn handle(&mut self, number: usize, input: &[u8]) -> Result<usize, String> {
        let mut at = 0;
        if self.clients[number].stage == Stage::Opening {
            let Some(end) = find(input, b"\r\n\r\n") else { return Ok(0) };
            let head = String::from_utf8_lossy(&input[..end]);
            if !head.starts_with("HTTP/1.1 101") || !head.contains("s3pPLMBiTxaQ9kYGzzhZRbK+xOo=") {
                return Err(format!("no opening handshake: {head}"));
            }
            at = end + 4;
            let join = self.clients[number].join(number);
            self.clients[number].stage = Stage::Joining;
            self.clients[number].write(&join)?;
        }
        let now = self.now();
        while let Some((start, end)) = frame_end(&input[at..]) {
            if input[at] != 0x81 {
                return Err(format!("a frame of another kind: {:#04x}", input[at]));
            }
            let payload = &input[at + start..at + end];
            at += end;
            match self.stamps.find(payload) {
                Some(stamp) => self.delivery(number, payload, stamp, now)?,
                None => self.answer(number, payload)?,
            }
        }
        Ok(at)
    }

    fn answer(&mut self, number: usize, payload: &[u8]) -> Result<(), String> {
        let frame: Value = serde_json::from_slice(payload).map_err(|error| error.to_string())?;
        match frame["code"].as_u64() {
            Some(201) if self.clients[number].stage == Stage::Joining => {
                self.clients[number].stage = Stage::Joined;
                self.joined += 1;
            }
            Some(100) => self.acks += 1,
            Some(205 | 206) => {}
            _ => return Err(format!("another answer: {frame}")),
        }
        Ok(())
    }

    fn delivery(&mut self, number: usize, payload: &[u8], stamp: usize, now: u64) -> Result<(), String> {
        let digits = payload.get(stamp + STAMP.len()..stamp + STAMP_LENGTH).and_then(|digits| {
            let digits = std::str::from_utf8(digits).ok()?;
            Some((digits[..6].parse::<u32>().ok()?, digits[6..].parse::<u64>().ok()?))
        });
        let Some((sender, count)) = digits else { return Err("a stamp was changed".to_owned()) };
        let from = sender as usize;
        if from >= self.clients.len() || self.clients[from].room != self.clients[number].room {
            return Err(format!("a chat of {sender} in the room of {number}: it crossed rooms"));
        }
        let next = self.clients[number].next.entry(sender).or_default();
        if count != *next {
            return Err(format!("{number} expected chat {next} of {sender} and got {count}"));
        }
        *next += 1;
        if self.read_in_full < READ_IN_FULL {
            self.read_in_full += 1;
            let frame: Value = serde_json::from_slice(payload).map_err(|error| error.to_string())?;
            let info =
                self.clients[from].chat.info.replace(&"0".repeat(16), &format!("{sender:06}{count:010}"));
            if frame["type"] != 2 || frame["code"] != 200 || frame["data"] != info.as_str() {
                return Err(format!("another chat than was sent: {frame}"));
            }
        }
        self.delivered += 1;
        if self.measuring {
            self.measured += 1;
            let sent = self.clients[from].chat.times[usize::try_from(count).unwrap() % REMEMBERED];
            self.latencies.push(u32::try_from(now.saturating_sub(sent)).unwrap_or(u32::MAX));
        }
        if from == number && self.sending {
            self.say(number, self.now());
        }
        Ok(())
    }
}

impl Client {
    fn new(stream: TcpStream, number: usize, work: &Work, address: SocketAddr) -> Self {
        let request = format!(
            "GET / HTTP/1.1\r\nHost: {address}\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n\
             Sec-WebSocket-Version: 13\r\nSec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n\r\n"
        );
        let room = number % work.rooms;
        let user = format!("u{number}");
        let heartbeat = masked(&json!({ "token": user, "type": 1, "payLoad": "" }).to_string());
        let chat = if work.senders > 0 { Chat::new(&user, room, work.padding) } else { Chat::default() };
        // The request leaves when the connection stands.
        let (input, output, next) = (Vec::new(), request.into_bytes(), HashMap::new());
        Self { stream, room, stage: Stage::Opening, input, output, heartbeat, chat, next }
    }

    fn join(&self, number: usize) -> Vec<u8> {
        let payload = json!({ "topic": format!("r{}", self.room) }).to_string();
        masked(&json!({ "token": format!("u{number}"), "type": 3, "payLoad": payload }).to_string())
    }

    fn write(&mut self, bytes: &[u8]) -> Result<(), String> {
        let waiting = !self.output.is_empty();
        if waiting {
            self.output.extend_from_slice(bytes);
        }
        let all = if waiting { &self.output[..] } else { bytes };
        let written = match self.stream.write(all) {
            Ok(written) => written,
            Err(error) if matches!(error.kind(), ErrorKind::WouldBlock | ErrorKind::NotConnected) => 0,
            Err(error) => return Err(told(error)),
        };
        if waiting {
            self.output.drain(..written);
        } else {
            self.output.extend_from_slice(&bytes[written..]);
        }
        Ok(())
    }
}

impl Chat {
    /// A real one, of about 200 bytes and the padding.
    fn new(user: &str, room: usize, padding: usize) -> Self {
        let stamp = String::from_utf8_lossy(STAMP);
        let info = json!({
            "user": user, "displayName": "Alice", "avatarurl": "https://example.org/a.png", "stream": "s1",
            "content": format!("{stamp}{} {}", "0".repeat(16), words(padding)), "type": "message",
            "createdat": "2018-10-8 14:30",
        })
        .to_string();
        let payload = json!({ "topic": format!("r{room}"), "chatInfo": info }).to_string();
        let frame = masked(&json!({ "token": user, "type": 2, "payLoad": payload }).to_string());
        let stamp = find(&frame, STAMP).unwrap();
        Self { frame, stamp, info, sent: 0, times: vec![0; REMEMBERED] }
    }
}

fn words(padding: usize) -> String {
    const WORDS: &str = "the quick brown fox jumps over the lazy dog";
    WORDS.chars().chain(WORDS.chars().cycle().take(padding)).collect()
}

/// A text message of a client, under a mask of zeros.
fn masked(text: &str) -> Vec<u8> {
    let mut frame = text_frame(text);
    let header = frame.len() - text.len();
    frame[1] |= 0x80;
    frame.splice(header..header, [0; 4]);
    frame
}

/// A text message of a server.
pub(crate) fn text_frame(text: &str) -> Vec<u8> {
    let mut frame = vec![0x81];
    match text.len() {
        short @ 0..=125 => frame.push(u8::try_from(short).unwrap()),
        long => {
            frame.push(126);
            frame.extend(u16::try_from(long).unwrap().to_be_bytes());
        }
    }
    frame.extend_from_slice(text.as_bytes());
    frame
}

/// Where the payload of a frame begins, with its mask where there is one, and where it ends. `None` where it is not
/// all there.
pub(crate) fn frame_end(bytes: &[u8]) -> Option<(usize, usize)> {
    let second = *bytes.get(1)?;
    let mask = if second & 0x80 == 0 { 0 } else { 4 };
    let (start, length) = match second & 0x7f {
        126 => (4, usize::from(u16::from_be_bytes([*bytes.get(2)?, *bytes.get(3)?]))),
        127 => (10, usize::try_from(u64::from_be_bytes(*bytes.get(2..)?.first_chunk()?)).ok()?),
        short => (2, usize::from(short)),
    };
    let end = start + mask + length;
    (bytes.len() >= end).then_some((start, end))
}

/// What a process holds of memory, in KiB; no number where the system does not say.
fn memory(process: u32) -> f64 {
    let status = std::fs::read_to_string(format!("/proc/{process}/status")).unwrap_or_default();
    let line = status.lines().find_map(|line| line.strip_prefix("VmRSS:"));
    line.and_then(|line| line.split_whitespace().next()?.parse().ok()).unwrap_or(f64::NAN)
}

/// What a process has had of the processors, in seconds; no number where the system does not say.
fn processor_time(process: u32) -> f64 {
    let Ok(tasks) = std::fs::read_dir(format!("/proc/{process}/task")) else { return f64::NAN };
    let nanos: u64 = tasks
        .flatten()
        .filter_map(|task| std::fs::read_to_string(task.path().join("schedstat")).ok())
        .filter_map(|stat| stat.split_whitespace().next()?.parse::<u64>().ok())
        .sum();
    nanos as f64 / 1e9
}

#[allow(clippy::needless_pass_by_value, reason = "it is what errors are mapped by")]
fn told(error: std::io::Error) -> String {
    error.to_string()
}
