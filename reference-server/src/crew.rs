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
    seats: Vec<Seat>,
    next: AtomicUsize,
}

/// One thread of them, or the runtime that the server was bound on.
#[derive(Debug)]
pub(crate) struct Seat {
    pub(crate) handle: Handle,
    pub(crate) courier: Arc<Courier>,
    rounds: AbortHandle,
    /// Dropped, the thread ends.
    _thread: Option<oneshot::Sender<()>>,
}

impl Crew {
    /// Everything on the runtime that this is called on.
    pub(crate) fn here() -> Self {
        Self { seats: vec![Seat::new(Handle::current(), None)], next: AtomicUsize::new(0) }
    }

    /// So many threads, each with a runtime of its own.
    pub(crate) fn of(threads: usize) -> io::Result<Self> {
        let seats = (0..threads).map(|number| seat_of_its_own(number)).collect::<Result<_, _>>()?;
        Ok(Self { seats, next: AtomicUsize::new(0) })
    }

    /// The seat for the next connection: each in turn.
    pub(crate) fn seat(&self) -> &Seat {
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
        Self { handle, courier, rounds, _thread: thread }
    }

    /// Moves a stream to this thread, whose reactor looks after it from then on. Must be called on it.
    pub(crate) fn welcome(stream: std::net::TcpStream) -> io::Result<TcpStream> {
        TcpStream::from_std(stream)
    }
}

impl Drop for Seat {
    fn drop(&mut self) {
        self.rounds.abort();
    }
}
