//! What was done and what was seen, in the one order in which this process did and saw it.

use std::collections::{HashMap, HashSet};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Duration, Instant};

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::program::{Expect, Program};
use crate::reading::{Reading, Readings};
use crate::subject::Declared;

mod normal;

pub use normal::normalise;

/// For how long, in milliseconds, a client that reads may be kept from sending by one that does not.
pub(crate) const DEAF_MS: u64 = 1000;

/// Everything that one try of a program did and saw.
#[derive(Debug, Clone, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct Transcript {
    /// The program; its form has a version of its own.
    #[schemars(with = "serde_json::Value")]
    pub program: Program,
    /// The names of the users, by their number in the program.
    pub users: Vec<String>,
    /// The names of the topics, by their number in the program.
    pub topics: Vec<String>,
    /// What the subject declared of itself before the run, and which profiles are judged.
    #[serde(default)]
    #[schemars(with = "serde_json::Value")]
    pub declared: Declared,
    /// The wall clock when the try began, in milliseconds since the epoch, where the subject runs on this
    /// machine and so has the same one.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub clock_ms: Option<i64>,
    /// What happened. An event's place in this list is its tick: the only clock that checks use.
    pub events: Vec<Event>,
    /// What the texts in it say, as far as they were read while they came in.
    #[serde(skip)]
    pub(crate) readings: Readings,
}

/// One thing that happened.
#[derive(Debug, Clone, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct Event {
    /// Microseconds since the try began; shown, and never judged by.
    pub at_us: u64,
    /// The connection, numbered in the order of their opening; events of none belong to the driver.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub connection: Option<usize>,
    /// What.
    #[serde(flatten)]
    pub what: What,
}

/// What can happen.
#[derive(Debug, Clone, Serialize, Deserialize, JsonSchema)]
#[serde(tag = "event", rename_all = "kebab-case", rename_all_fields = "camelCase")]
pub enum What {
    /// A client begins to open a connection.
    Opening {
        /// The client.
        client: usize,
        /// What must come of it.
        #[serde(default, skip_serializing_if = "is_derived")]
        #[schemars(with = "serde_json::Value")]
        expect: Expect,
        /// Whether the case is about it.
        #[serde(default, skip_serializing_if = "std::ops::Not::not")]
        focus: bool,
    },
    /// The upgrade was answered with 101.
    Opened {
        /// The subprotocol that the server selected.
        #[serde(skip_serializing_if = "Option::is_none")]
        subprotocol: Option<String>,
    },
    /// The connection could not be opened.
    Refused {
        /// How it failed.
        why: String,
        /// The status of the answer, where there was one.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        status: Option<u16>,
    },
    /// A text message goes out; recorded before its first byte does.
    Sent {
        /// The text, tokens hidden.
        text: String,
        /// Why it was sent.
        purpose: Purpose,
        /// What must come of it.
        #[serde(default, skip_serializing_if = "is_derived")]
        #[schemars(with = "serde_json::Value")]
        expect: Expect,
        /// Whether the case is about it.
        #[serde(default, skip_serializing_if = "std::ops::Not::not")]
        focus: bool,
    },
    /// A frame that is no text message goes out.
    SentRaw {
        /// What it is.
        what: String,
        /// What must come of it.
        #[serde(default, skip_serializing_if = "is_derived")]
        #[schemars(with = "serde_json::Value")]
        expect: Expect,
        /// Whether the case is about it.
        #[serde(default, skip_serializing_if = "std::ops::Not::not")]
        focus: bool,
    },
    /// A text message came in.
    Received {
        /// The text, tokens hidden.
        text: String,
    },
    /// A binary message came in.
    ReceivedBinary {
        /// Its length in bytes.
        bytes: usize,
    },
    /// A pong came in.
    Pong {
        /// Its payload, as text.
        payload: String,
    },
    /// The client begins to end the connection.
    Leaving {
        /// By what.
        how: Leaving,
        /// Whether the case is about it.
        #[serde(default, skip_serializing_if = "std::ops::Not::not")]
        focus: bool,
    },
    /// The client begins a silence, which the server must end.
    Silent {
        /// For how many milliseconds at least the server must bear it.
        limit_ms: u64,
        /// What must come of it.
        #[serde(default, skip_serializing_if = "is_derived")]
        #[schemars(with = "serde_json::Value")]
        expect: Expect,
    },
    /// The client begins to send nothing but frames that are refused, which the server must end.
    Knocks {
        /// For how many milliseconds at least the server must bear it.
        limit_ms: u64,
        /// What must come of it.
        #[serde(default, skip_serializing_if = "is_derived")]
        #[schemars(with = "serde_json::Value")]
        expect: Expect,
    },
    /// What was sent could not be written for so long, since the server did not take it.
    Blocked {
        /// For how many milliseconds.
        blocked_ms: u64,
    },
    /// The client stops reading.
    StoppedReading,
    /// The client reads on, and the server must end the connection.
    ReadsOn {
        /// What must come of it.
        #[serde(default, skip_serializing_if = "is_derived")]
        #[schemars(with = "serde_json::Value")]
        expect: Expect,
    },
    /// The server sent a close frame.
    CloseFrame {
        /// Its code, 1005 where it has none.
        code: u16,
        /// Its reason.
        reason: String,
    },
    /// An HTTP request goes out; recorded before its first byte does.
    HttpSent {
        /// The exchange, numbered in the order of their beginning.
        exchange: usize,
        /// The client.
        client: usize,
        /// The method.
        method: String,
        /// The path and the query.
        target: String,
        /// The headers that the program asks for, tokens hidden.
        headers: Vec<(String, String)>,
        /// The body.
        #[serde(default, skip_serializing_if = "String::is_empty")]
        body: String,
        /// What must come of it.
        #[serde(default, skip_serializing_if = "is_derived")]
        #[schemars(with = "serde_json::Value")]
        expect: Expect,
        /// Whether the case is about it.
        #[serde(default, skip_serializing_if = "std::ops::Not::not")]
        focus: bool,
    },
    /// The answer to an HTTP request came in, whole.
    HttpAnswered {
        /// The exchange.
        exchange: usize,
        /// The client.
        client: usize,
        /// The status.
        status: u16,
        /// The headers, their names in small letters.
        headers: Vec<(String, String)>,
        /// The body, tokens hidden.
        body: String,
    },
    /// An HTTP request got no whole answer.
    HttpFailed {
        /// The exchange.
        exchange: usize,
        /// The client.
        client: usize,
        /// How it failed.
        why: String,
    },
    /// The client begins to let a limit pass, alive all the while.
    Waits {
        /// For how many milliseconds.
        limit_ms: u64,
        /// Whether the case is about it.
        #[serde(default, skip_serializing_if = "std::ops::Not::not")]
        focus: bool,
    },
    /// The subject was told to end, by whoever runs it.
    ToldToEnd,
    /// The stream has ended: nothing more can come.
    Ended {
        /// How.
        how: End,
    },
    /// The connection was still open when the try was over, and was given up.
    Abandoned,
    /// Something that the driver waited for did not come while it waited.
    Missed {
        /// What it waited for.
        wait: Wait,
        /// For how long, in milliseconds.
        waited_ms: u64,
    },
    /// All that a phase did has been handled, and what it caused has arrived, as far as fences can tell.
    Settled {
        /// The phase.
        phase: usize,
    },
}

fn is_derived(expect: &Expect) -> bool {
    *expect == Expect::Derived
}

/// Why a message was sent.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum Purpose {
    /// The program says so.
    Step,
    /// A heartbeat whose ack proves that what came before it has been handled.
    Fence,
    /// A chat whose arrival proves that what the topic ordered before it has arrived.
    Marker,
    /// A heartbeat that keeps a waiting connection alive.
    KeepAlive,
}

/// How a client ends its connection.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum Leaving {
    /// By a close frame.
    Close,
    /// By ending the stream.
    Fin,
    /// By resetting it.
    Reset,
}

/// How a stream ended.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum End {
    /// By the end of the stream.
    Fin,
    /// By a reset.
    Reset,
    /// The server broke RFC 6455, so that reading on made no sense; this is what was wrong.
    Broken(String),
    /// The client itself dropped it.
    Dropped,
}

/// What the driver waits for.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum Wait {
    /// The ack of a fence.
    Fence,
    /// The answers to requests, on a server whose acks are no fences.
    Answers,
    /// The arrival of a marker in the topic of this number.
    Marker(usize),
    /// The server's end of the connection.
    End,
    /// A pong.
    Pong,
    /// A user list of the topic of this number that shows who is there.
    Roster(usize),
    /// A notice.
    Notice,
}

/// Collects the events of one try.
#[derive(Debug)]
pub struct Recorder {
    start: Instant,
    events: Mutex<Vec<Event>>,
    readings: Readings,
}

impl Recorder {
    /// An empty one, whose clock starts now.
    #[must_use]
    pub fn new() -> Self {
        Self { start: Instant::now(), events: Mutex::default(), readings: Readings::default() }
    }

    /// Adds an event at the end, which is what gives it its tick.
    pub fn record(&self, connection: Option<usize>, what: What) {
        let mut events = self.events.lock().unwrap_or_else(PoisonError::into_inner);
        let at_us = u64::try_from(self.start.elapsed().as_micros()).unwrap_or(u64::MAX);
        events.push(Event { at_us, connection, what });
    }

    /// What has been recorded of one connection so far, and what all others have sent.
    #[must_use]
    pub(crate) fn of(&self, connection: usize) -> Vec<Event> {
        let events = self.events.lock().unwrap_or_else(PoisonError::into_inner);
        let own = |event: &&Event| {
            event.connection == Some(connection)
                || event.connection.is_some()
                    && matches!(event.what, What::Opening { .. } | What::Sent { .. })
        };
        events.iter().filter(own).cloned().collect()
    }

    /// Reads a text of the server, in which tokens are hidden: once, for all who get it.
    pub(crate) fn read(&self, text: &str) -> Arc<Reading> {
        self.readings.read(text)
    }

    /// What has been read.
    pub(crate) fn readings(&self) -> Readings {
        self.readings.clone()
    }

    /// Takes what has been recorded.
    #[must_use]
    pub fn take(&self) -> Vec<Event> {
        std::mem::take(&mut self.events.lock().unwrap_or_else(PoisonError::into_inner))
    }
}

impl Default for Recorder {
    fn default() -> Self {
        Self::new()
    }
}

impl Transcript {
    /// One of these events, whose texts nobody has read yet.
    #[must_use]
    pub fn new(
        program: Program,
        (users, topics): (Vec<String>, Vec<String>),
        declared: Declared,
        clock_ms: Option<i64>,
        events: Vec<Event>,
    ) -> Self {
        Self { program, users, topics, declared, clock_ms, events, readings: Readings::default() }
    }

    /// Whether a connection sent nothing for so long, though the program did not mean it to be silent, that a
    /// server may have ended it for that: before its first frame for the time limit `auth`, after it for
    /// `heartbeat`. Gives how long that was. Where a server took nothing for `DEAF_MS` while somebody did not read, it
    /// brought the silence about itself, which is what LIMIT-9 is about.
    #[must_use]
    pub fn overslept(&self, heartbeat: Duration, auth: Duration) -> Option<Duration> {
        let mut since: HashMap<usize, (u64, Duration)> = HashMap::new();
        let mut meant: HashSet<usize> = HashSet::new();
        let mut longest = None;
        let mut somebody_does_not_read = false;
        for event in &self.events {
            let Some(connection) = event.connection else { continue };
            somebody_does_not_read |= matches!(event.what, What::StoppedReading);
            let ends = |expect: &Expect| matches!(expect, Expect::Ends { .. });
            let next = match &event.what {
                What::Opening { expect, .. } => {
                    // Where it is open, or meant, that the server takes no connection, it may take its time.
                    if *expect != Expect::Derived {
                        meant.insert(connection);
                    }
                    Some(auth)
                }
                What::Silent { .. } | What::Knocks { .. } | What::StoppedReading | What::Leaving { .. } => {
                    meant.insert(connection);
                    None
                }
                What::Sent { expect, .. } | What::SentRaw { expect, .. } => {
                    // After a message that must end the connection, the client only listens for the end.
                    if ends(expect) {
                        meant.insert(connection);
                    }
                    Some(heartbeat)
                }
                What::Blocked { blocked_ms } if somebody_does_not_read && *blocked_ms > DEAF_MS => {
                    return None;
                }
                What::Refused { .. } | What::Ended { .. } | What::Abandoned | What::CloseFrame { .. } => None,
                _ => continue,
            };
            let before = match next {
                Some(limit) => since.insert(connection, (event.at_us, limit)),
                None => since.remove(&connection),
            };
            if let Some((from, limit)) = before
                && !meant.contains(&connection)
            {
                let silence = Duration::from_micros(event.at_us - from);
                longest = longest.max(Some(silence).filter(|silence| *silence >= limit));
            }
        }
        longest
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::program::PROGRAM_VERSION;

    const LIMIT: Duration = Duration::from_millis(1500);

    /// A connection is opened, says something, and is closed for its silence 1.9 s later, after `between`.
    fn closed_for_silence(between: What) -> Transcript {
        let close = What::CloseFrame { code: 4201, reason: String::new() };
        let sent = What::SentRaw { what: "a ping".into(), expect: Expect::Pong, focus: false };
        let event = |at_ms: u64, what| Event { at_us: at_ms * 1000, connection: Some(0), what };
        let events = vec![event(300, sent), event(900, between), event(2200, close)];
        let program = Program {
            version: PROGRAM_VERSION,
            clients: vec![],
            topics: vec![],
            phases: vec![],
            twins: vec![],
        };
        let (users, topics, declared) = (vec![], vec![], Declared::default());
        Transcript::new(program, (users, topics), declared, None, events)
    }

    #[test]
    fn whoever_was_kept_from_sending_for_long_enough_has_overslept() {
        let short = closed_for_silence(What::Blocked { blocked_ms: 400 });
        assert_eq!(short.overslept(LIMIT, LIMIT), Some(Duration::from_millis(1900)));
        let nobody_stopped = closed_for_silence(What::Blocked { blocked_ms: 1200 });
        assert!(nobody_stopped.overslept(LIMIT, LIMIT).is_some());
        let mut deaf = closed_for_silence(What::Blocked { blocked_ms: 1200 });
        deaf.events.insert(0, Event { at_us: 0, connection: Some(1), what: What::StoppedReading });
        assert_eq!(deaf.overslept(LIMIT, LIMIT), None, "it is the server that did not listen");
    }
}
