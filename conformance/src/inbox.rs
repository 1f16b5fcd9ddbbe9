//! What a connection's reader has seen so far, for those who wait: fences, markers, ends.
//!
//! It decides nothing about right or wrong. It reads frames as leniently as it can, so that a subject that
//! spells something wrongly is judged by the checks and not by a wait that never ends.

use std::collections::{BTreeSet, HashMap, HashSet};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Instant;

use serde_json::Value;
use tokio::sync::Notify;

use crate::client::Incoming;
use crate::memory::Memory;
use crate::names::Names;
use crate::reading::Reading;
use crate::transcript::{Recorder, What};

/// How long to wait, in milliseconds, where a server that says that this is not the time does not say it.
pub(crate) const NOT_NOW_MS: u64 = 500;
/// The close code of a server that takes no more connections (LIMIT-21).
const AT_CAPACITY: u16 = 4102;

/// What one connection has received, as far as waits need it.
#[derive(Debug, Default)]
pub(crate) struct Inbox {
    seen: Mutex<Seen>,
    /// Told of everything that comes in.
    pub(crate) changed: Notify,
    /// What its device remembers of topics, beyond this connection.
    memory: Memory,
}

/// The state behind an [`Inbox`].
#[derive(Debug, Default)]
pub(crate) struct Seen {
    /// Text messages, whatever they are.
    pub(crate) frames: usize,
    /// The same without acks of heartbeats: while this grows, the server is still busy with what was asked of it.
    pub(crate) progress: usize,
    /// Heartbeat acks without an id.
    pub(crate) acks_without_id: usize,
    /// Ids of answers of any kind.
    pub(crate) ids: HashSet<String>,
    /// Numbers of the marks of this try that were delivered.
    pub(crate) marks: HashSet<usize>,
    /// Topics whose 201 has come, and no 204 since, and when it came first.
    pub(crate) joined: HashMap<String, Instant>,
    /// The user list of each topic: the last 205 with all later 206s; none where it is cut.
    pub(crate) rosters: HashMap<String, Option<BTreeSet<String>>>,
    /// Payloads of pongs.
    pub(crate) pongs: HashSet<String>,
    /// What the server has said by a 203 of its own.
    pub(crate) own_words: usize,
    /// Notices that were refused.
    pub(crate) refused_notices: usize,
    /// Milliseconds to wait before another try, where a 429 or a 503 said that this is not the time.
    pub(crate) not_now: Option<u64>,
    /// Whether the stream has ended.
    pub(crate) ended: bool,
    /// The code of the server's close frame.
    pub(crate) close_code: Option<u16>,
}

impl Inbox {
    /// An empty one, of a device that remembers this.
    pub(crate) fn new(memory: Memory) -> Self {
        Self { memory, ..Self::default() }
    }

    /// The state; the guard is never held across an await.
    pub(crate) fn seen(&self) -> MutexGuard<'_, Seen> {
        self.seen.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// A handler of what comes in: records it and takes note of it.
    pub(crate) fn listen(
        self: &Arc<Self>,
        connection: usize,
        recorder: &Arc<Recorder>,
        names: &Arc<Names>,
    ) -> impl FnMut(Incoming) + Send + 'static {
        let (inbox, recorder, names) = (Arc::clone(self), Arc::clone(recorder), Arc::clone(names));
        move |incoming| {
            let what = match incoming {
                Incoming::Text(text) => {
                    let hidden = names.redact(&text);
                    // What has a token in it is not kept.
                    let reading = match &hidden {
                        None => recorder.read(&text),
                        Some(_) => Arc::new(Reading::of(&text)),
                    };
                    // Noted after it is recorded: what a waiter sees, the transcript has.
                    recorder.record(Some(connection), What::Received { text: hidden.unwrap_or(text) });
                    inbox.note_frame(&reading, &names);
                    inbox.changed.notify_waiters();
                    return;
                }
                Incoming::Binary(bytes) => What::ReceivedBinary { bytes: bytes.len() },
                Incoming::Pong(payload) => What::Pong { payload },
                Incoming::CloseFrame { code, reason } => {
                    What::CloseFrame { code, reason: names.redact(&reason).unwrap_or(reason) }
                }
                Incoming::Ended(how) => What::Ended { how },
            };
            recorder.record(Some(connection), what.clone());
            let mut seen = inbox.seen();
            match what {
                What::Pong { payload } => drop(seen.pongs.insert(payload)),
                What::CloseFrame { code, .. } => {
                    seen.close_code = Some(code);
                    if code == AT_CAPACITY {
                        seen.ask_later(NOT_NOW_MS);
                    }
                }
                What::Ended { .. } => seen.ended = true,
                _ => {}
            }
            drop(seen);
            inbox.changed.notify_waiters();
        }
    }

    fn note_frame(&self, reading: &Reading, names: &Names) {
        let Reading { json: frame, data, .. } = reading;
        let mut seen = self.seen();
        seen.frames += 1;
        if frame.is_null() {
            return;
        }
        seen.progress += usize::from(reading.code != Some(100));
        if let Some(id) = &reading.id {
            seen.ids.insert(id.clone());
        }
        let mark = reading.mark.as_ref().filter(|mark| mark.id == *names.id());
        let topic = reading.data_topic.as_deref();
        match (reading.kind, reading.code) {
            (Some(1), Some(100)) if frame["id"].is_null() => seen.acks_without_id += 1,
            (_, Some(200)) => {
                if let (Some(topic), Some(seq)) = (&reading.topic, reading.seq) {
                    self.memory.hear(topic, seq);
                }
                seen.marks.extend(mark.map(|mark| mark.number));
            }
            (_, Some(201)) => {
                if let Some(topic) = topic {
                    seen.joined.entry(topic.to_owned()).or_insert_with(Instant::now);
                    if let (Some(epoch), Some(seq)) = (data["epoch"].as_str(), data["seq"].as_i64()) {
                        self.memory.join(topic, epoch, seq, data["recovered"] == true);
                    }
                }
            }
            (_, Some(203)) => {
                seen.own_words += usize::from(data.get("from").is_none());
                seen.marks.extend(mark.map(|mark| mark.number));
            }
            (_, Some(205 | 206)) => seen.note_list(data, reading.code == Some(205)),
            (_, Some(204)) => {
                if let Some(topic) = topic {
                    seen.joined.remove(topic);
                }
            }
            (_, Some(429 | 503)) => {
                let wait = data["retryAfterMs"].as_u64().unwrap_or(NOT_NOW_MS);
                seen.ask_later(wait);
            }
            (Some(4), Some(400..)) => seen.refused_notices += 1,
            _ => {}
        }
    }
}

impl Seen {
    /// The server has said that this is not the time, and another one may be in so many milliseconds.
    fn ask_later(&mut self, wait_ms: u64) {
        self.not_now = Some(self.not_now.unwrap_or(0).max(wait_ms));
    }

    fn note_list(&mut self, data: &Value, whole: bool) {
        let Some(topic) = data["topic"].as_str() else { return };
        let users = |member: &str| {
            let list = data[member].as_array().into_iter().flatten();
            list.filter_map(|entry| Some(entry["user"].as_str()?.to_owned())).collect::<Vec<_>>()
        };
        if whole {
            let shown = users("users").into_iter().collect();
            let cut = data["truncated"] == true;
            self.rosters.insert(topic.to_owned(), (!cut).then_some(shown));
        } else if let Some(Some(roster)) = self.rosters.get_mut(topic) {
            roster.extend(users("joined"));
            for user in users("left") {
                roster.remove(&user);
            }
        }
    }
}
