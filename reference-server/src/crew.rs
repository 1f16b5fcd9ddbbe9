//! The threads that connections are served on, and the courier of each.
//!
//! A connection stays on one thread for its life: its task reads there and its courier writes there, with a reactor
//! and timers that no other thread touches. What is said is put into outboxes on other threads directly, and wakes
//! the courier there, once for a whole round. So threads share the rooms' and outboxes' locks, which are held for a
//! moment, and nothing else.

use std::io;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::thread;

use tokio::net::TcpStream;
use tokio::runtime::{Builder, Handle, Runtime};
use tokio::sync::oneshot;
use tokio::task::AbortHandle;

use crate::courier::Courier;

/// For how many tasks a thread does not look for news from the system, at most. The runtime's own 61 are for tasks that
/// take longer than handling a frame does.
const TASKS_BETWEEN_EVENTS: u32 = 256;

/// Where connections are served. Dropped, it stops serving.
#[derive(Debug)]
pub(crate) struct Crew {
    seats: Vec<Arc<Seat>>,
    next: AtomicUsize,
}

/// One thread of them, or the runtime that the server was bound on.
#[derive(Debug)]
pub(crate) struct Seat {
    pub(crate) handle: Handle,
    pub(crate) courier: Arc<Courier>,
    rounds: AbortHandle,
    /// Its own thread, which ends when this is dropped.
    thread: Option<oneshot::Sender<()>>,
}

/// A new connection on its way to the thread that is going to serve it.
#[derive(Debug)]
pub(crate) enum Traveller {
    There(TcpStream),
    Between(std::net::TcpStream),
}

impl Crew {
    /// Everything on the runtime that this is called on.
    pub(crate) fn here() -> Self {
        Self { seats: vec![Arc::new(Seat::new(Handle::current(), None))], next: AtomicUsize::new(0) }
    }

    /// So many threads, each with a runtime of its own.
    pub(crate) fn of(threads: usize) -> io::Result<Self> {
        let seats =
            (0..threads).map(|number| seat_of_its_own(number).map(Arc::new)).collect::<Result<_, _>>()?;
        Ok(Self { seats, next: AtomicUsize::new(0) })
    }

    /// How many frames have been delivered in all.
    pub(crate) fn delivered(&self) -> u64 {
        self.seats.iter().map(|seat| seat.courier.delivered()).sum()
    }

    /// The seat for the next connection: each in turn.
    pub(crate) fn seat(&self) -> &Arc<Seat> {
        let turn = self.next.fetch_add(1, Ordering::Relaxed);
        &self.seats[turn % self.seats.len()]
    }
}

/// A runtime for one thread, as connections want it.
pub(crate) fn runtime() -> io::Result<Runtime> {
    Builder::new_current_thread().enable_all().event_interval(TASKS_BETWEEN_EVENTS).build()
}

fn seat_of_its_own(number: usize) -> io::Result<Seat> {
    let runtime = runtime()?;
    let handle = runtime.handle().clone();
    let (end, ended) = oneshot::channel();
    thread::Builder::new().name(format!("connections-{number}")).spawn(move || {
        // It is never sent: that the sender has gone is the word.
        let _ = runtime.block_on(ended);
        // Whoever still talks is cut off; nobody waits for them.
        runtime.shutdown_background();
    })?;
    Ok(Seat::new(handle, Some(end)))
}

impl Seat {
    fn new(handle: Handle, thread: Option<oneshot::Sender<()>>) -> Self {
        let courier = Arc::new(Courier::default());
        let rounds = handle
            .spawn({
                let courier = Arc::clone(&courier);
                async move { courier.run().await }
            })
            .abort_handle();
        Self { handle, courier, rounds, thread }
    }

    /// Sends a new connection here.
    pub(crate) fn invite(&self, stream: TcpStream) -> io::Result<Traveller> {
        if self.thread.is_some() {
            stream.into_std().map(Traveller::Between)
        } else {
            Ok(Traveller::There(stream))
        }
    }
}

impl Traveller {
    /// Comes in: from here on the reactor of the thread that this is called on looks after the connection.
    pub(crate) fn arrive(self) -> io::Result<TcpStream> {
        match self {
            Self::There(stream) => Ok(stream),
            Self::Between(stream) => TcpStream::from_std(stream),
        }
    }
}

impl Drop for Seat {
    fn drop(&mut self) {
        self.rounds.abort();
    }
}
