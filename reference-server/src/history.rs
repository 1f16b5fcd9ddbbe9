//! What was said, kept for those who ask later, and over a restart.
//!
//! The hot path puts each chat into a queue, with the bytes that are shared with all outboxes, and goes on. One thread,
//! the clerk, takes what has come together, writes it into the [`Store`] in one go, and then answers who asks: so an
//! answer shows whatever was delivered before the question came. While the store refuses to write, as on a full disk, and
//! where the queue, which is bounded by bytes, is full, a chat is refused: what is accepted is kept. Or, as the settings
//! have it, chats are said all the same; they wait in the queue, and what finds no room there is not kept, and counted.

pub(crate) mod memory;
mod page;
pub(crate) mod sqlite;
#[cfg(test)]
mod tests;

use std::mem;
use std::sync::atomic::{AtomicBool, AtomicU64, AtomicUsize, Ordering};
use std::sync::{Arc, Condvar};
use std::time::{Duration, Instant};

use roomwire_protocol::history::HistoryQuery;
use roomwire_protocol::{ChatKind, Epoch, RequestId, Seq, Timestamp, Topic, User};
use tokio::sync::oneshot;

use crate::deadline;
use crate::frame::Frame;
use crate::lock::Lock;

/// How long chats are gathered before they are written.
const GATHER: Duration = Duration::from_millis(20);

/// How long the clerk waits before it tries a store again that has refused.
const RETRY: Duration = Duration::from_secs(1);

/// How often what is too old is thrown away, at least.
const PRUNE: Duration = Duration::from_mins(1);

/// How many questions may wait for an answer.
const ASKED_MAX: usize = 256;

/// How many bytes of chats may wait to be written.
const WAITING_MAX: usize = 64 << 20;

/// What a record costs beside its bytes, about.
const RECORD: usize = 200;

/// A chat, as it is kept.
#[derive(Clone, Debug)]
pub(crate) struct Record {
    pub(crate) topic: Topic,
    pub(crate) epoch: Epoch,
    pub(crate) seq: Seq,
    pub(crate) at: Timestamp,
    pub(crate) user: User,
    pub(crate) id: Option<RequestId>,
    pub(crate) kind: ChatKind,
    pub(crate) stream: Option<Box<str>>,
    /// Its delivery.
    pub(crate) frame: Frame,
}

/// Where a life of a topic stands.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Standing {
    pub(crate) topic: Topic,
    pub(crate) epoch: Epoch,
    pub(crate) seq: Seq,
    pub(crate) at: Timestamp,
}

/// A room that goes on where the server before left it.
#[derive(Debug)]
pub(crate) struct Revived {
    pub(crate) standing: Standing,
    /// Its last chats without a gap, up to the last one, with all that bear an id which must not be said again.
    pub(crate) chats: Vec<Record>,
}

/// How much is kept.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Retention {
    /// So many chats at most.
    pub(crate) chats: u64,
    /// None older than this.
    pub(crate) age: Option<Duration>,
}

/// The clerk's shelf.
pub(crate) trait Store: Send {
    /// Keeps these, all or none.
    fn append(&mut self, records: &[Arc<Record>]) -> Result<(), StoreError>;
    /// Reads a page: the body of the answer.
    fn page(&mut self, query: &HistoryQuery) -> Result<String, StoreError>;
    /// Throws away what is too much or too old.
    fn prune(&mut self, retention: Retention, now: Timestamp) -> Result<(), StoreError>;
    /// Remembers where every room stands, and that the end was in order.
    fn close(&mut self, standings: &[Standing]) -> Result<(), StoreError>;
}

/// What a store says where it cannot.
#[derive(Debug, thiserror::Error)]
#[error("{0}")]
pub(crate) struct StoreError(pub(crate) String);

/// The store is away, or has too much to do.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Away;

/// What waits to be written.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) struct Backlog {
    pub(crate) bytes: usize,
    /// The store refuses to write.
    pub(crate) away: bool,
}

/// The way to the clerk.
#[derive(Debug)]
pub(crate) struct History {
    shared: Arc<Shared>,
    /// Chats that cannot be kept are said all the same.
    chat_without: bool,
}

#[derive(Debug, Default)]
struct Shared {
    desk: Lock<Desk>,
    bell: Condvar,
    /// Bytes that were handed in and are not yet kept.
    waiting: AtomicUsize,
    away: AtomicBool,
    /// Chats that were said and not kept.
    unkept: AtomicU64,
}

#[derive(Debug, Default)]
struct Desk {
    /// Each in a place of its own, which it keeps where the store is in memory: what is written behind one another here
    /// would have to be copied from there, twice.
    records: Vec<Arc<Record>>,
    asked: Vec<Question>,
    closing: Option<Closing>,
}

#[derive(Debug)]
struct Question {
    query: HistoryQuery,
    answer: oneshot::Sender<Result<String, Away>>,
}

#[derive(Debug)]
struct Closing {
    standings: Vec<Standing>,
    done: oneshot::Sender<bool>,
}

impl History {
    /// Sets the clerk to work.
    ///
    /// # Errors
    /// Where the system has no thread to give.
    pub(crate) fn open(
        store: Box<dyn Store>,
        retention: Retention,
        chat_without: bool,
    ) -> std::io::Result<Self> {
        let shared = Arc::new(Shared::default());
        let clerk = Clerk {
            shared: Arc::clone(&shared),
            store,
            retention,
            chat_without,
            backlog: Vec::new(),
            pruned: Instant::now(),
            written: 0,
        };
        std::thread::Builder::new().name("history".into()).spawn(move || clerk.work())?;
        Ok(Self { shared, chat_without })
    }

    /// Whether the next chat may be said: as far as is known it can be kept, or it may go unkept.
    pub(crate) fn allows_chat(&self) -> bool {
        self.chat_without || (self.has_room() && !self.shared.away.load(Ordering::Relaxed))
    }

    fn has_room(&self) -> bool {
        self.shared.waiting.load(Ordering::Relaxed) < WAITING_MAX
    }

    /// What waits to be written.
    pub(crate) fn backlog(&self) -> Backlog {
        let Shared { waiting, away, .. } = &*self.shared;
        Backlog { bytes: waiting.load(Ordering::Relaxed), away: away.load(Ordering::Relaxed) }
    }

    /// Hands a chat in. In a room, chats come in their order.
    pub(crate) fn record(&self, record: Record) {
        if !self.has_room() {
            self.shared.unkept.fetch_add(1, Ordering::Relaxed);
            return;
        }
        self.shared.waiting.fetch_add(weight(&record), Ordering::Relaxed);
        let record = Arc::new(record);
        let mut desk = self.shared.desk.lock();
        desk.records.push(record);
        let first = desk.records.len() == 1;
        drop(desk);
        if first {
            self.shared.bell.notify_one();
        }
    }

    /// Reads a page: the body of the answer.
    pub(crate) async fn page(&self, query: HistoryQuery) -> Result<String, Away> {
        let (answer, answered) = oneshot::channel();
        {
            let mut desk = self.shared.desk.lock();
            if desk.asked.len() >= ASKED_MAX || desk.closing.is_some() {
                return Err(Away);
            }
            desk.asked.push(Question { query, answer });
        }
        self.shared.bell.notify_one();
        answered.await.unwrap_or(Err(Away))
    }

    /// Writes what is left and where every room stands, and sends the clerk home. Says whether all was kept.
    pub(crate) async fn close(&self, standings: Vec<Standing>) -> bool {
        let (done, kept) = oneshot::channel();
        self.shared.desk.lock().closing = Some(Closing { standings, done });
        self.shared.bell.notify_one();
        kept.await.unwrap_or(false)
    }
}

/// Without a goodbye the clerk writes what it has, and ends.
impl Drop for History {
    fn drop(&mut self) {
        let mut desk = self.shared.desk.lock();
        if desk.closing.is_none() {
            desk.closing = Some(Closing { standings: Vec::new(), done: oneshot::channel().0 });
        }
        drop(desk);
        self.shared.bell.notify_one();
    }
}

struct Clerk {
    shared: Arc<Shared>,
    store: Box<dyn Store>,
    retention: Retention,
    chat_without: bool,
    /// What could not be written yet.
    backlog: Vec<Arc<Record>>,
    pruned: Instant,
    /// How many chats have been written since then.
    written: u64,
}

impl Clerk {
    fn work(mut self) {
        loop {
            let Desk { records, asked, closing } = self.next_desk();
            self.backlog.extend(records);
            self.write();
            self.prune();
            for Question { query, answer } in asked {
                let page = if self.backlog.is_empty() {
                    self.store.page(&query)
                } else {
                    Err(StoreError("away".into()))
                };
                // Whoever asked may have gone.
                let _ = answer.send(page.map_err(|_| Away));
            }
            if let Some(Closing { standings, done }) = closing {
                let lost = self.backlog.len();
                let kept = lost == 0 && self.store.close(&standings).inspect_err(not_closed).is_ok();
                let unkept = self.shared.unkept.load(Ordering::Relaxed);
                if lost > 0 || unkept > 0 {
                    tracing::error!(lost, unkept, "history: the last chats could not be kept");
                }
                // Whoever waits for this may open the same file next.
                drop(self.store);
                let _ = done.send(kept);
                return;
            }
        }
    }

    /// Throws away what is too much or too old, now and then: by then there may be an eighth more of it than asked for.
    fn prune(&mut self) {
        let Retention { chats, age } = self.retention;
        if self.pruned.elapsed() < prune_pace(age) && self.written < (chats / 8).max(1) {
            return;
        }
        (self.pruned, self.written) = (Instant::now(), 0);
        // Also where nothing can be written: it may make room. But that has been said then.
        if let Err(error) = self.store.prune(self.retention, crate::hub::now())
            && !self.shared.away.load(Ordering::Relaxed)
        {
            tracing::warn!(%error, "history: cannot throw away what is too much or too old, trying again later");
        }
    }

    /// Waits for work, and until more of it has come together.
    fn next_desk(&self) -> Desk {
        let Shared { desk, bell, .. } = &*self.shared;
        let mut guard = desk.lock();
        let until = Instant::now() + prune_pace(self.retention.age);
        while guard.records.is_empty() && guard.asked.is_empty() && guard.closing.is_none() {
            let patience =
                if self.backlog.is_empty() { until.saturating_duration_since(Instant::now()) } else { RETRY };
            let (after, rang) = deadline::for_bell(bell, guard, patience);
            guard = after;
            if !rang {
                break;
            }
        }
        let gather = if self.backlog.is_empty() { GATHER } else { RETRY };
        let until = Instant::now() + gather;
        while guard.asked.is_empty() && guard.closing.is_none() && !guard.records.is_empty() {
            let left = until.saturating_duration_since(Instant::now());
            if left.is_zero() {
                break;
            }
            guard = deadline::for_bell(bell, guard, left).0;
        }
        mem::take(&mut *guard)
    }

    fn write(&mut self) {
        if self.backlog.is_empty() {
            return;
        }
        match self.store.append(&self.backlog) {
            Ok(()) => {
                let written = self.backlog.iter().map(|record| weight(record)).sum();
                self.written += self.backlog.len() as u64;
                self.shared.waiting.fetch_sub(written, Ordering::Relaxed);
                self.backlog.clear();
                self.backlog.shrink_to(1024);
                let unkept = self.shared.unkept.swap(0, Ordering::Relaxed);
                if self.shared.away.swap(false, Ordering::Relaxed) {
                    tracing::info!(unkept, "history: the store is back");
                } else if unkept > 0 {
                    tracing::warn!(unkept, "history: chats came in faster than they could be kept");
                }
            }
            Err(error) => {
                if !self.shared.away.swap(true, Ordering::Relaxed) {
                    let chats = if self.chat_without { "said all the same" } else { "refused with 503" };
                    tracing::error!(
                        %error,
                        chats,
                        "history: cannot write, trying again each second; meanwhile pages are answered 503"
                    );
                }
            }
        }
    }
}

/// How long it may be from one pruning to the next.
fn prune_pace(age: Option<Duration>) -> Duration {
    age.map_or(PRUNE, |age| (age / 8).clamp(GATHER, PRUNE))
}

fn weight(record: &Record) -> usize {
    record.frame.bytes().len() + RECORD
}

fn not_closed(error: &StoreError) {
    tracing::error!(%error, "history: cannot note where the rooms stand: they begin anew with the next start");
}
