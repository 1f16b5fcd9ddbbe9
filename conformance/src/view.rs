//! A transcript as the checks read it: connections, frames parsed as raw JSON, requests with their answers,
//! memberships.
//!
//! Nothing here goes through the protocol crate's types: what a frame says is read from its JSON alone, so
//! that a mistake in those types cannot hide the same mistake in a server that uses them.

use std::collections::HashMap;
use std::ops::Deref;
use std::sync::Arc;

use serde_json::Value;

use crate::names::Mark;
use crate::program::Expect;
use crate::transcript::{End, Leaving, Purpose, Transcript, Wait, What};

mod answers;
mod draining;
mod exchange;
mod membership;
mod repeats;

pub(crate) use answers::Role;
pub(crate) use draining::DRAINING;
pub(crate) use exchange::{Answer, Exchange};
pub(crate) use membership::Membership;
pub(crate) use repeats::Repeats;

pub(crate) use crate::reading::{Reading, integer};

/// A tick: the place of an event in its transcript.
pub(crate) type Tick = usize;

/// A transcript, indexed.
#[derive(Debug)]
pub(crate) struct View<'a> {
    pub(crate) transcript: &'a Transcript,
    pub(crate) lines: Vec<Line<'a>>,
    pub(crate) frames: Vec<Frame<'a>>,
    pub(crate) requests: Vec<Sent<'a>>,
    pub(crate) exchanges: Vec<Exchange<'a>>,
    /// Ticks at which everything had settled.
    pub(crate) settled: Vec<Tick>,
    /// When the subject was told to end.
    pub(crate) told_to_end: Option<Tick>,
    /// Chats that were sent more than once under one id.
    pub(crate) repeats: Repeats,
    /// The requests that said something, by the number of their mark.
    by_mark: HashMap<usize, usize>,
}

/// One connection.
#[derive(Debug, Default)]
pub(crate) struct Line<'a> {
    pub(crate) client: usize,
    pub(crate) user: &'a str,
    pub(crate) opening: Tick,
    pub(crate) opened: Option<Tick>,
    /// Whether the server did not take it, and how it said so.
    pub(crate) refused: Option<(Tick, &'a str, Option<u16>)>,
    pub(crate) subprotocol: Option<&'a str>,
    pub(crate) open_expect: Option<(&'a Expect, bool)>,
    /// Indices of [`View::frames`].
    pub(crate) frames: Vec<usize>,
    /// Indices of [`View::requests`].
    pub(crate) requests: Vec<usize>,
    pub(crate) raw: Vec<Raw<'a>>,
    pub(crate) silent: Option<(Tick, u64, &'a Expect)>,
    /// When the server did not take what the client sent, and for how many milliseconds.
    pub(crate) blocked: Vec<(Tick, u64)>,
    /// When it stopped reading, and when it read on.
    pub(crate) stopped_reading: Option<Tick>,
    pub(crate) reads_on: Option<(Tick, &'a Expect)>,
    /// When it first heard that the subject, which was told to end, drains.
    pub(crate) drains: Option<Tick>,
    /// When it began to let a limit pass.
    pub(crate) waits: Vec<Tick>,
    pub(crate) pongs: Vec<(Tick, &'a str)>,
    pub(crate) binaries: Vec<Tick>,
    pub(crate) leaving: Option<(Tick, Leaving, bool)>,
    pub(crate) close: Option<(Tick, u16, &'a str)>,
    pub(crate) ended: Option<(Tick, &'a End)>,
    /// When the driver gave the connection up at the end of the try.
    pub(crate) abandoned: Option<Tick>,
    pub(crate) missed: Vec<(Tick, &'a Wait, u64)>,
    pub(crate) memberships: Vec<Membership>,
    /// The chats that came during each of the memberships: indices of [`View::frames`].
    pub(crate) chats_of_stay: Vec<Vec<usize>>,
    /// Stays that there may have been besides: joins that were never answered.
    pub(crate) attempts: Vec<Membership>,
}

/// A frame sent that is no text message.
#[derive(Debug)]
pub(crate) struct Raw<'a> {
    pub(crate) tick: Tick,
    pub(crate) what: &'a str,
    pub(crate) expect: &'a Expect,
    pub(crate) focus: bool,
}

/// A text message that the server sent. What it says stands in its [`Reading`].
#[derive(Debug)]
pub(crate) struct Frame<'a> {
    pub(crate) tick: Tick,
    pub(crate) line: usize,
    pub(crate) text: &'a str,
    reading: Arc<Reading>,
    /// The request that it answers: an index of [`View::requests`].
    pub(crate) answers: Option<usize>,
    /// Why it came, where it is a chat.
    pub(crate) role: Role,
    /// Whether it is the 205 that a join brings.
    pub(crate) of_join: bool,
    /// The stay in its topic during which it came: an index of the memberships of its line.
    pub(crate) stay: Option<usize>,
}

/// A text message that a client sent. What it says stands in its [`Said`].
#[derive(Debug)]
pub(crate) struct Sent<'a> {
    pub(crate) tick: Tick,
    pub(crate) line: usize,
    pub(crate) text: &'a str,
    pub(crate) purpose: Purpose,
    pub(crate) expect: &'a Expect,
    pub(crate) focus: bool,
    said: Arc<Said>,
    /// Its answers, in the order of their coming: indices of [`View::frames`].
    pub(crate) answers: Vec<usize>,
}

/// What a text of a client says, as raw JSON.
#[derive(Debug)]
pub(crate) struct Said {
    /// The JSON of its payLoad, `null` where it is none.
    pub(crate) payload: Value,
    /// Its token, as it is shown: hidden where it stands for a user.
    pub(crate) token: Option<String>,
    pub(crate) kind: Option<i64>,
    pub(crate) id: Option<String>,
    /// The topic that its payLoad names, where that is a valid one.
    pub(crate) topic: Option<String>,
    /// What its payLoad has in the place of the topic, where that is a string, valid or not.
    pub(crate) raw_topic: Option<String>,
    /// The very string of its chatInfo.
    pub(crate) chat_info: Option<String>,
    /// The mark of its text.
    pub(crate) mark: Option<Mark>,
}

impl<'a> View<'a> {
    /// Indexes a transcript.
    pub(crate) fn new(transcript: &'a Transcript) -> Self {
        let mut view = Self {
            transcript,
            lines: Vec::new(),
            frames: Vec::new(),
            requests: Vec::new(),
            exchanges: Vec::new(),
            settled: Vec::new(),
            told_to_end: None,
            repeats: Repeats::default(),
            by_mark: HashMap::new(),
        };
        let known = transcript.readings.known();
        let mut more = HashMap::new();
        let mut read = |text: &'a str| match known.get(text) {
            Some(reading) => Arc::clone(reading),
            None => Arc::clone(more.entry(text).or_insert_with(|| Arc::new(Reading::of(text)))),
        };
        for (tick, event) in transcript.events.iter().enumerate() {
            match event.connection {
                Some(line) => view.index(tick, line, &event.what, &mut read),
                None if matches!(event.what, What::Settled { .. }) => view.settled.push(tick),
                None if matches!(event.what, What::ToldToEnd) => view.told_to_end = Some(tick),
                None => Exchange::index(&mut view.exchanges, tick, &event.what),
            }
        }
        answers::match_answers(&mut view);
        membership::derive(&mut view);
        membership::place_frames(&mut view);
        draining::derive(&mut view);
        view
    }

    fn index(
        &mut self,
        tick: Tick,
        number: usize,
        what: &'a What,
        read: &mut dyn FnMut(&'a str) -> Arc<Reading>,
    ) {
        if self.lines.len() <= number {
            self.lines.resize_with(number + 1, Line::default);
        }
        let line = &mut self.lines[number];
        match what {
            What::Opening { client, expect, focus } => {
                (line.client, line.opening) = (*client, tick);
                line.open_expect = Some((expect, *focus));
                let program = &self.transcript.program;
                let user = program.clients.get(*client).and_then(|c| self.transcript.users.get(c.user));
                line.user = user.map_or("", String::as_str);
            }
            What::Opened { subprotocol } => {
                line.opened = Some(tick);
                line.subprotocol = subprotocol.as_deref();
            }
            What::Refused { why, status } => line.refused = Some((tick, why, *status)),
            What::Sent { text, purpose, expect, focus } => {
                let (purpose, focus) = (*purpose, *focus);
                // A burst says the same over and over: one look serves all of it.
                let before = line.requests.last().map(|&last| &self.requests[last]);
                let said = match before.filter(|before| before.text == text) {
                    Some(before) => Arc::clone(&before.said),
                    None => Arc::new(Said::of(text)),
                };
                let sent =
                    Sent { tick, line: number, text, purpose, expect, focus, said, answers: Vec::new() };
                line.requests.push(self.requests.len());
                if let Some(mark) = &sent.mark {
                    self.by_mark.insert(mark.number, self.requests.len());
                }
                self.requests.push(sent);
            }
            What::SentRaw { what, expect, focus } => {
                line.raw.push(Raw { tick, what, expect, focus: *focus });
            }
            What::Received { text } => {
                line.frames.push(self.frames.len());
                self.frames.push(Frame::new(tick, number, text, read(text)));
            }
            What::ReceivedBinary { .. } => line.binaries.push(tick),
            What::Pong { payload } => line.pongs.push((tick, payload)),
            What::Leaving { how, focus } => line.leaving = Some((tick, *how, *focus)),
            What::Silent { limit_ms, expect } | What::Knocks { limit_ms, expect } => {
                line.silent = Some((tick, *limit_ms, expect));
            }
            What::Blocked { blocked_ms } => line.blocked.push((tick, *blocked_ms)),
            What::StoppedReading => line.stopped_reading = Some(tick),
            What::ReadsOn { expect } => line.reads_on = Some((tick, expect)),
            What::CloseFrame { code, reason } => line.close = line.close.or(Some((tick, *code, reason))),
            What::Ended { how } => line.ended = line.ended.or(Some((tick, how))),
            What::Abandoned => line.abandoned = Some(tick),
            What::Missed { wait, waited_ms } => line.missed.push((tick, wait, *waited_ms)),
            What::Waits { .. } => line.waits.push(tick),
            What::Settled { .. }
            | What::ToldToEnd
            | What::HttpSent { .. }
            | What::HttpAnswered { .. }
            | What::HttpFailed { .. } => {}
        }
    }

    /// The request whose text carries this mark, if this try sent it.
    pub(crate) fn origin(&self, mark: &Mark) -> Option<usize> {
        let request = *self.by_mark.get(&mark.number)?;
        (self.requests[request].mark.as_ref() == Some(mark)).then_some(request)
    }

    /// The first tick behind this one at which everything had settled.
    pub(crate) fn settled_after(&self, tick: Tick) -> Option<Tick> {
        self.settled.get(self.settled.partition_point(|settled| *settled <= tick)).copied()
    }

    /// The exchange over HTTP whose question carries this mark.
    pub(crate) fn question(&self, mark: &Mark) -> Option<&Exchange<'a>> {
        self.exchanges.iter().find(|exchange| exchange.mark.as_ref() == Some(mark))
    }

    /// When an event happened, in microseconds since the try began.
    pub(crate) fn at_us(&self, tick: Tick) -> u64 {
        self.transcript.events[tick].at_us
    }
}

impl Line<'_> {
    /// The first tick at which the connection is known to be over, or to be given up.
    pub(crate) fn over(&self) -> Option<Tick> {
        let ticks = [self.close.map(|c| c.0), self.ended.map(|e| e.0), self.abandoned];
        ticks.into_iter().flatten().min()
    }

    /// The stay in a topic that had begun last before a tick: the only one that the tick may lie in.
    pub(crate) fn stay_before(&self, topic: &str, tick: Tick) -> Option<&Membership> {
        let begun = self.memberships.partition_point(|stay| stay.joined < tick);
        self.memberships[..begun].iter().rev().find(|stay| stay.topic == topic)
    }

    /// Whether the program means this connection to be ended by the server.
    pub(crate) fn may_be_ended(&self, requests: &[Sent<'_>]) -> bool {
        let ends = |expect: &Expect| matches!(expect, Expect::Ends { .. });
        self.raw.iter().any(|raw| ends(raw.expect))
            || self.silent.is_some_and(|(_, _, expect)| ends(expect))
            || self.reads_on.is_some_and(|(_, expect)| ends(expect))
            || self.requests.iter().any(|&request| ends(requests[request].expect))
    }
}

impl Line<'_> {
    /// When something was sent on this connection first for which the server has to end it.
    pub(crate) fn provoked(&self, requests: &[Sent<'_>]) -> Option<Tick> {
        let ends = |expect: &Expect| matches!(expect, Expect::Ends { .. });
        let raw = self.raw.iter().filter(|raw| ends(raw.expect)).map(|raw| raw.tick);
        let sent = self.requests.iter().map(|&request| &requests[request]);
        raw.chain(sent.filter(|sent| ends(sent.expect)).map(|sent| sent.tick)).min()
    }

    /// Whether something was sent on this connection, or asked for it, of which the spec leaves open what comes, its end
    /// included.
    pub(crate) fn is_left_open(&self, requests: &[Sent<'_>]) -> bool {
        self.left_open_since(requests).is_some()
    }

    /// When that was sent first.
    pub(crate) fn left_open_since(&self, requests: &[Sent<'_>]) -> Option<Tick> {
        let open = |expect: &Expect| *expect == Expect::Survived;
        let opening = self.open_expect.filter(|(expect, _)| open(expect)).map(|_| self.opening);
        let raw = self.raw.iter().filter(|raw| open(raw.expect)).map(|raw| raw.tick);
        let sent = self.requests.iter().map(|&request| &requests[request]);
        opening
            .into_iter()
            .chain(raw)
            .chain(sent.filter(|sent| open(sent.expect)).map(|sent| sent.tick))
            .min()
    }
}

impl Deref for Frame<'_> {
    type Target = Reading;

    fn deref(&self) -> &Reading {
        &self.reading
    }
}

impl<'a> Frame<'a> {
    fn new(tick: Tick, line: usize, text: &'a str, reading: Arc<Reading>) -> Self {
        Self { tick, line, text, reading, answers: None, role: Role::Live, of_join: false, stay: None }
    }

    /// What it says, which its copies share.
    pub(crate) fn reading(&self) -> &Arc<Reading> {
        &self.reading
    }

    /// `type`, where it is an integer.
    pub(crate) fn kind(&self) -> Option<i64> {
        self.kind
    }

    /// `code`, where it is an integer.
    pub(crate) fn code(&self) -> Option<i64> {
        self.code
    }

    /// `id`, where it is a string.
    pub(crate) fn id(&self) -> Option<&str> {
        self.id.as_deref()
    }

    /// `seq`, where it is an integer.
    pub(crate) fn seq(&self) -> Option<i64> {
        self.seq
    }

    /// `topic`, beside `data`, where it is a string.
    pub(crate) fn topic(&self) -> Option<&str> {
        self.topic.as_deref()
    }

    /// `topic` within `data`, where it is a string.
    pub(crate) fn data_topic(&self) -> Option<&str> {
        self.data_topic.as_deref()
    }

    /// The topic that it is a frame of: that of a 200, a 203, a 205 or a 206.
    pub(crate) fn of_topic(&self) -> Option<&str> {
        match self.code() {
            Some(200) => self.topic(),
            Some(203 | 205 | 206) => self.data_topic(),
            _ => None,
        }
    }

    /// Whether it is an error frame.
    pub(crate) fn is_error(&self) -> bool {
        self.code().is_some_and(|code| (400..600).contains(&code))
    }

    /// Whether it says that the server could not take the request at this time: this may stand in the place
    /// of every answer.
    pub(crate) fn is_not_now(&self) -> bool {
        matches!(self.code(), Some(429 | 503))
    }

    /// Whether it delivers a chat.
    pub(crate) fn is_chat(&self) -> bool {
        self.code() == Some(200)
    }
}

impl Said {
    fn of(text: &str) -> Self {
        let json: Value = serde_json::from_str(text).unwrap_or_default();
        let payload = json["payLoad"].as_str().unwrap_or_default();
        let payload: Value = serde_json::from_str(payload).unwrap_or_default();
        let id = json["id"].as_str().filter(|id| (1..=64).contains(&id.chars().count()));
        let topic = payload["topic"].as_str().filter(|topic| is_topic(topic));
        Self {
            token: json["token"].as_str().map(str::to_owned),
            kind: integer(&json["type"]),
            id: id.map(str::to_owned),
            topic: topic.map(str::to_owned),
            raw_topic: payload["topic"].as_str().map(str::to_owned),
            chat_info: payload["chatInfo"].as_str().map(str::to_owned),
            mark: Mark::find(text),
            payload,
        }
    }
}

impl Deref for Sent<'_> {
    type Target = Said;

    fn deref(&self) -> &Said {
        &self.said
    }
}

impl<'a> Sent<'a> {
    /// The frame that answered it first.
    pub(crate) fn answer<'v>(&self, view: &'v View<'a>) -> Option<&'v Frame<'a>> {
        self.answers.first().map(|&frame| &view.frames[frame])
    }
}

/// Whether a JSON number is whole, however large: an error may give back a `type` that no client can count with.
pub(crate) fn is_whole(value: &Value) -> bool {
    value.is_i64() || value.is_u64() || value.as_f64().is_some_and(|float| float.fract() == 0.0)
}

/// Whether a text may be a topic or a user.
pub(crate) fn is_topic(text: &str) -> bool {
    (1..=128).contains(&text.chars().count()) && !text.chars().any(char::is_control)
}
