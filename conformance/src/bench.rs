//! A small measure of load: how fast a server of profile core takes joins, and delivers to a room.
//!
//! It is bounded, and honest: every delivery is verified (the very text, once, in its order), every chat is waited for
//! by everybody, and what the runner itself needs is a part of what it measures. It compares a server with itself on
//! one machine; a number of it says little of another one.

use std::io;
use std::sync::atomic::{AtomicBool, AtomicU64, AtomicUsize, Ordering};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Duration, Instant};

use futures_util::future::join_all;
use futures_util::stream::{self, StreamExt};
use serde::Serialize;
use serde_json::{Value, json};
use tokio::sync::Notify;

use crate::client::{self, Connection, Incoming, OpenError, Target};
use crate::clock;
use crate::names::{Identity, Users};
use crate::program::{TimeLimit, Upgrade};
use crate::run::fresh_run_id;
use crate::subject::Declared;

/// The most members of the room.
pub const MOST_MEMBERS: usize = 1000;
/// The most chats in each of the two parts.
pub const MOST_CHATS: usize = 100_000;
/// The most chats that may be under way at the same time.
pub const MOST_WINDOW: usize = 256;
/// The most bytes of a text.
pub const MOST_TEXT_BYTES: usize = 16 << 10;
/// The most deliveries in all: a bound on what a mistyped number can do.
pub const MOST_DELIVERIES: usize = 5_000_000;
/// The opcode of a close frame.
const CLOSE: u8 = 8;
/// After so long without a delivery that is due, it is lost: heartbeats were sent and answered meanwhile.
const STUCK: Duration = Duration::from_secs(5);
/// How many connections are opened at the same time.
const OPENING: usize = 32;

/// What is measured.
#[derive(Debug, Clone)]
pub struct Plan {
    /// How many members the room has.
    pub members: usize,
    /// How many chats are said in each of the two parts.
    pub chats: usize,
    /// How many of them may be under way at the same time, in the second part.
    pub window: usize,
    /// How long each text is, in bytes.
    pub text_bytes: usize,
    /// How long all of it may take.
    pub limit: Duration,
    /// Who speaks; where users are known, the members share them.
    pub users: Users,
    /// What the name of the topic begins with.
    pub topic_prefix: String,
}

/// What came out.
#[derive(Debug, Clone, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Measured {
    /// How many members the room had.
    pub members: usize,
    /// The bytes of each text.
    pub text_bytes: usize,
    /// Connections opened and joined a second, each with its handshake.
    pub joins_per_second: f64,
    /// One chat at a time: what a quiet room is like.
    pub quiet: Part,
    /// As many under way as were allowed: what a busy one is like.
    pub busy: Part,
}

/// One part of it.
#[derive(Debug, Clone, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Part {
    /// How many chats could be under way at the same time.
    pub window: usize,
    /// Chats said.
    pub chats: usize,
    /// Deliveries, all of them verified.
    pub deliveries: usize,
    /// Wall time, in milliseconds.
    pub duration_ms: f64,
    /// Deliveries a second.
    pub deliveries_per_second: f64,
    /// From the sending to each delivery: the median, in microseconds.
    pub p50_us: u64,
    /// The time within which 99 of 100 deliveries came.
    pub p99_us: u64,
    /// The longest.
    pub max_us: u64,
}

/// Why nothing was measured.
#[derive(Debug, thiserror::Error)]
pub enum BenchError {
    /// A connection could not be opened.
    #[error("member {member}: {error}; see that a server listens there, and takes WebSocket connections")]
    Open {
        /// Which member it was, from 1.
        member: usize,
        /// Why.
        error: OpenError,
    },
    /// The server did something that a right one does not, or said that it would not go on.
    #[error("{0}")]
    Wrong(String),
    /// It took too long.
    #[error("it took longer than {} s, and was given up while {doing}", .limit.as_secs())]
    TooLong {
        /// The limit.
        limit: Duration,
        /// What was being done.
        doing: &'static str,
    },
}

/// Measures a server.
///
/// # Errors
/// Where it cannot be reached, does something wrong, or takes too long.
pub async fn measure(target: &Target, plan: &Plan) -> Result<Measured, BenchError> {
    let end = Instant::now() + plan.limit;
    let within = async |doing, work: &mut (dyn Future<Output = Result<(), BenchError>> + Unpin)| {
        let left = end.saturating_duration_since(Instant::now());
        clock::within(left, work).await.unwrap_or(Err(BenchError::TooLong { limit: plan.limit, doing }))
    };
    let room = Arc::new(Room::new(plan));
    let mut members: Vec<Member> = Vec::new();
    let start = Instant::now();
    let mut open = Box::pin(async {
        let opened: Vec<_> = stream::iter(0..plan.members)
            .map(|number| enter(target, plan, &room, number))
            .buffered(OPENING)
            .collect()
            .await;
        members = opened.into_iter().collect::<Result<_, _>>()?;
        room.wait(|room| room.joined.load(Ordering::Acquire) == room.members).await
    });
    within("connecting and joining", &mut open).await?;
    drop(open);
    let joins = per_second(plan.members, start.elapsed());
    let mut parts = Vec::new();
    for window in [1, plan.window] {
        let mut part = None;
        let mut work = Box::pin(async {
            part = Some(speak(&mut members, &room, plan.chats, window).await?);
            Ok(())
        });
        within("chats were said", &mut work).await?;
        drop(work);
        parts.extend(part);
    }
    join_all(members.into_iter().map(|mut member| async move {
        member.connection.send_frame(CLOSE, &1000_u16.to_be_bytes()).await;
        member.connection.flush().await;
        member.connection.drop_socket(false).await;
    }))
    .await;
    let (Some(busy), Some(quiet)) = (parts.pop(), parts.pop()) else {
        return Err(BenchError::Wrong("nothing was measured".into()));
    };
    Ok(Measured { members: plan.members, text_bytes: plan.text_bytes, joins_per_second: joins, quiet, busy })
}

/// What all members share.
struct Room {
    topic: String,
    text_bytes: usize,
    members: usize,
    /// What was said, and when, in the order of saying.
    said: Mutex<Vec<(String, Instant)>>,
    /// From saying to delivery, of the part that is measured.
    latencies: Mutex<Vec<u64>>,
    /// Joins that were answered.
    joined: AtomicUsize,
    /// How often members give a sign of life, in milliseconds: thrice in the declared limit.
    beat_ms: AtomicU64,
    /// Deliveries since the beginning.
    delivered: AtomicUsize,
    wrong: Mutex<Option<String>>,
    is_wrong: AtomicBool,
    changed: Notify,
}

impl Room {
    fn new(plan: &Plan) -> Self {
        Self {
            topic: format!("{}Roomwire-bench-{}", plan.topic_prefix, fresh_run_id()),
            text_bytes: plan.text_bytes,
            members: plan.members,
            said: Mutex::default(),
            latencies: Mutex::default(),
            joined: AtomicUsize::new(0),
            beat_ms: AtomicU64::new(u64::MAX),
            delivered: AtomicUsize::new(0),
            wrong: Mutex::default(),
            is_wrong: AtomicBool::new(false),
            changed: Notify::new(),
        }
    }

    /// Takes note of the first thing that was wrong.
    fn complain(&self, what: String) {
        lock(&self.wrong).get_or_insert(what);
        self.is_wrong.store(true, Ordering::Release);
        self.changed.notify_one();
    }

    /// Waits until there is news.
    async fn wait(&self, done: impl Fn(&Self) -> bool) -> Result<(), BenchError> {
        loop {
            let changed = self.changed.notified();
            if self.is_wrong.load(Ordering::Acquire) {
                let wrong = lock(&self.wrong).clone().unwrap_or_default();
                return Err(BenchError::Wrong(wrong));
            }
            if done(self) {
                return Ok(());
            }
            changed.await;
        }
    }

    /// Looks at what has come to a member, which has heard so many chats before.
    fn hear(&self, number: usize, heard: &mut usize, incoming: &Incoming) {
        let now = Instant::now();
        let text = match incoming {
            Incoming::Text(text) => text,
            Incoming::Pong(_) => return,
            Incoming::Ended(_) | Incoming::CloseFrame { .. } if self.is_over() => return,
            other => return self.complain(format!("member {number}: instead of a frame came {other:?}")),
        };
        let frame: Value = serde_json::from_str(text).unwrap_or_default();
        match frame["code"].as_i64() {
            Some(100 | 205 | 206) => {}
            Some(201) => {
                let data = frame["data"].as_str().and_then(|data| serde_json::from_str(data).ok());
                let limit = Declared::read(&data.unwrap_or_default()).time_limit(TimeLimit::Heartbeat);
                let beat_ms = u64::try_from(limit.as_millis() / 3).unwrap_or(u64::MAX).max(1);
                self.beat_ms.fetch_min(beat_ms, Ordering::AcqRel);
                self.joined.fetch_add(1, Ordering::AcqRel);
                self.changed.notify_one();
            }
            Some(200) => {
                let said = lock(&self.said);
                let Some((info, at)) = said.get(*heard) else {
                    drop(said);
                    return self.complain(format!("member {number} got a chat too many"));
                };
                let latency = now.saturating_duration_since(*at);
                if frame["data"].as_str() != Some(info) {
                    drop(said);
                    let place = *heard + 1;
                    return self.complain(format!(
                        "member {number} got another chat in place {place} than was said there: one is lost, \
                         doubled, altered or out of order; `roomwire run` says which"
                    ));
                }
                drop(said);
                *heard += 1;
                lock(&self.latencies).push(u64::try_from(latency.as_micros()).unwrap_or(u64::MAX));
                self.delivered.fetch_add(1, Ordering::AcqRel);
                self.changed.notify_one();
            }
            Some(429) => {
                self.complain("the server answers 429: it limits the rate, and so what is measured".into());
            }
            _ => self.complain(format!(
                "member {number} got an unexpected frame: {}",
                crate::check::excerpt(text)
            )),
        }
    }

    fn is_over(&self) -> bool {
        self.delivered.load(Ordering::Acquire) >= lock(&self.said).len() * self.members
    }
}

/// A member of the room.
struct Member {
    connection: Connection,
    identity: Identity,
}

async fn enter(target: &Target, plan: &Plan, room: &Arc<Room>, number: usize) -> Result<Member, BenchError> {
    let identity = match &plan.users {
        Users::Fresh => {
            let user = format!("User-{}.{number}", room.topic.rsplit('-').next().unwrap_or_default());
            Identity::new(user.clone(), user)
        }
        Users::Known(known) => known[number % known.len()].clone(),
    };
    let opened = client::open(target, &Upgrade::default())
        .await
        .map_err(|error| BenchError::Open { member: number + 1, error })?;
    let (hearing, mut heard) = (Arc::clone(room), 0);
    let mut connection = opened.start(move |incoming| hearing.hear(number + 1, &mut heard, &incoming));
    let payload = json!({"topic": room.topic}).to_string();
    let join = json!({"token": identity.token, "type": 3, "payLoad": payload}).to_string();
    connection.send_text(&join).await;
    connection.flush().await;
    Ok(Member { connection, identity })
}

/// Says chats, with so many under way at the same time, until all have been delivered to all.
async fn speak(
    members: &mut [Member],
    room: &Arc<Room>,
    chats: usize,
    window: usize,
) -> Result<Part, BenchError> {
    lock(&room.latencies).clear();
    let before = room.delivered.load(Ordering::Acquire);
    let start = Instant::now();
    let mut last_beat = start;
    for number in 0..chats {
        let least = before + (number + 1).saturating_sub(window) * room.members;
        if room.delivered.load(Ordering::Acquire) < least {
            members[0].connection.flush().await;
        }
        await_deliveries(members, room, least, &mut last_beat).await?;
        let speaker = &mut members[0];
        let content = format!("{number:0width$}", width = room.text_bytes);
        let info =
            json!({"user": speaker.identity.user, "stream": "s1", "content": content, "type": "message"});
        let info = info.to_string();
        let payload = json!({"topic": room.topic, "chatInfo": info}).to_string();
        let frame = json!({"token": speaker.identity.token, "type": 2, "payLoad": payload}).to_string();
        lock(&room.said).push((info, Instant::now()));
        speaker.connection.send_text(&frame).await;
        if window == 1 {
            speaker.connection.flush().await;
        }
    }
    members[0].connection.flush().await;
    await_deliveries(members, room, before + chats * room.members, &mut last_beat).await?;
    let duration = start.elapsed();
    let mut latencies = std::mem::take(&mut *lock(&room.latencies));
    latencies.sort_unstable();
    let quantile = |percent: usize| {
        let rank = (latencies.len() * percent).div_ceil(100).max(1) - 1;
        latencies.get(rank).copied().unwrap_or(0)
    };
    Ok(Part {
        window,
        chats,
        deliveries: latencies.len(),
        duration_ms: duration.as_secs_f64() * 1000.0,
        deliveries_per_second: per_second(latencies.len(), duration),
        p50_us: quantile(50),
        p99_us: quantile(99),
        max_us: latencies.last().copied().unwrap_or(0),
    })
}

/// Waits until there are so many deliveries. Members that have nothing to say give signs of life meanwhile.
async fn await_deliveries(
    members: &mut [Member],
    room: &Room,
    least: usize,
    last_beat: &mut Instant,
) -> Result<(), BenchError> {
    let interval = Duration::from_millis(room.beat_ms.load(Ordering::Acquire));
    let began = Instant::now();
    loop {
        if last_beat.elapsed() >= interval {
            *last_beat = Instant::now();
            for member in &mut *members {
                let beat = json!({"token": member.identity.token, "type": 1, "payLoad": ""}).to_string();
                member.connection.send_text(&beat).await;
                member.connection.flush().await;
            }
        }
        let left = interval.saturating_sub(last_beat.elapsed()).min(STUCK);
        let done = room.wait(|room| room.delivered.load(Ordering::Acquire) >= least);
        match clock::within(left, done).await {
            Ok(done) => return done,
            Err(_) if began.elapsed() < STUCK => {}
            Err(_) => {
                let missing = least - room.delivered.load(Ordering::Acquire).min(least);
                return Err(BenchError::Wrong(format!(
                    "{missing} deliveries are lost: they had not come after {} s; `roomwire run` says which",
                    STUCK.as_secs()
                )));
            }
        }
    }
}

#[expect(clippy::cast_precision_loss, reason = "counts are far below what a float holds exactly")]
fn per_second(number: usize, duration: Duration) -> f64 {
    number as f64 / duration.as_secs_f64().max(1e-9)
}

fn lock<T>(mutex: &Mutex<T>) -> std::sync::MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

/// How many files the process may have open has to be enough for the members.
///
/// # Errors
/// Where the system cannot be asked.
pub fn raise_file_limit(members: usize) -> io::Result<bool> {
    let needed = u64::try_from(members).unwrap_or(u64::MAX).saturating_add(64);
    Ok(rlimit::increase_nofile_limit(needed)? >= needed)
}
