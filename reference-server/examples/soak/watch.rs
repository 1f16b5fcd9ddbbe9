//! How much memory the server has, over time, and how much of it is what it keeps on purpose.

use std::cell::RefCell;
use std::collections::HashMap;
use std::net::SocketAddr;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::{Duration, Instant};

use roomwire_server::KEPT_IN_MEMORY;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;

use crate::record::Record;

pub(crate) const HEADER: &str = "  time | in use MiB | resident | recent | queue KiB, most | rooms | empty | deliveries/s | joins/s | \
                                 recovered | not | missed got | too slow | faults";

/// How many chats the history keeps.
pub(crate) const HISTORY_CHATS: u64 = 10_000;

/// Growth of the mean below this is none.
const GROWTH_MAX: f64 = 1.05;

/// An operator who gets no answer for so long asks again a second later.
const PATIENCE: Duration = Duration::from_secs(10);

pub(crate) struct Watch {
    pub(crate) process: u32,
    operator: SocketAddr,
    started: Instant,
    /// What it says itself that it has in use, in bytes.
    said: Arc<AtomicUsize>,
    /// The same once a second, in MiB.
    in_use: Vec<f64>,
    /// What the system has given it, once a second, in MiB.
    resident: Vec<f64>,
    /// How many of these there were when all that is kept on purpose had reached its bound.
    warm: Option<usize>,
    /// What the server said of itself the last time.
    numbers: HashMap<String, f64>,
    /// The most that waited for clients since the last line.
    queue: f64,
    before: (f64, u64, u64),
}

impl Watch {
    pub(crate) fn of(process: u32, operator: SocketAddr, said: Arc<AtomicUsize>) -> Self {
        Self {
            process,
            operator,
            started: Instant::now(),
            said,
            in_use: Vec::new(),
            resident: Vec::new(),
            warm: None,
            numbers: HashMap::new(),
            queue: 0.0,
            before: (0.0, 0, 0),
        }
    }

    /// Looks once; says how often it has looked by now.
    pub(crate) async fn look(&mut self, record: &RefCell<Record>) -> usize {
        let status = std::fs::read_to_string(format!("/proc/{}/status", self.process)).unwrap_or_default();
        let line = status.lines().find_map(|line| line.strip_prefix("VmRSS:"));
        let resident: Option<f64> = line.and_then(|line| line.split_whitespace().next()?.parse().ok());
        self.resident.push(resident.unwrap_or(f64::NAN) / 1024.0);
        self.in_use.push(mebibytes(self.said.load(Ordering::Relaxed) as f64));
        if let Ok(Ok(numbers)) = tokio::time::timeout(PATIENCE, ask(self.operator)).await {
            self.numbers = numbers;
        }
        self.queue = self.queue.max(self.number("queue_bytes"));
        // What is bounded by time is as much as it will ever be, and so is the history; the storm was halfway.
        let is_full = self.started.elapsed() > KEPT_IN_MEMORY && record.borrow().kept > HISTORY_CHATS;
        if is_full && self.warm.is_none() {
            self.warm = Some(self.in_use.len());
        }
        self.in_use.len()
    }

    fn number(&self, name: &str) -> f64 {
        self.numbers.get(&format!("roomwire_{name}")).copied().unwrap_or(f64::NAN)
    }

    pub(crate) fn line(&mut self, record: &Record) -> String {
        let now = self.started.elapsed().as_secs_f64();
        let (then, deliveries, joins) =
            std::mem::replace(&mut self.before, (now, record.deliveries, record.joins));
        let a_second = |count: u64| count as f64 / (now - then).max(0.001);
        let line = format!(
            "{:>5.0}s | {:>10.1} | {:>8.1} | {:>6.1} | {:>15.0} | {:>5} | {:>5} | {:>12.0} | {:>7.1} | {:>9} | {:>3} | {:>10} | \
             {:>8} | {}",
            now,
            self.in_use.last().copied().unwrap_or(f64::NAN),
            self.resident.last().copied().unwrap_or(f64::NAN),
            mebibytes(self.number("recent_bytes") + self.number("ids_bytes")),
            self.queue / 1024.0,
            self.number("rooms"),
            self.number("empty_rooms"),
            a_second(record.deliveries - deliveries),
            a_second(record.joins - joins),
            record.recovered,
            record.not_recovered,
            record.missed,
            record.slow,
            record.faults,
        );
        self.queue = 0.0;
        line
    }

    /// Whether memory is flat: the mean of what is in use in the last third of the time after the warm-up against that of
    /// the first third. What the system has given is told beside it: that goes up with each time that a busy machine lets
    /// things pile up, and does not come back, since the allocator keeps what is free again.
    pub(crate) fn verdict(&self) -> (bool, String) {
        let warm = self.warm.unwrap_or(self.in_use.len());
        if self.in_use.len() < 2 * warm.max(1) {
            let least = 2.0 * KEPT_IN_MEMORY.as_secs_f64() / 60.0;
            return (true, format!("Memory is judged in runs of more than {least:.0} minutes."));
        }
        let (first, last) = thirds(&self.in_use[warm..]);
        let flat = last <= first * GROWTH_MAX;
        let word = if flat { "Memory is flat" } else { "MEMORY GROWS" };
        let growth = (last / first - 1.0) * 100.0;
        let resident = thirds(&self.resident[warm..]);
        let words = format!(
            "{word}: {first:.2} MiB in use in the first third after the warm-up, {last:.2} MiB in the last ({growth:+.1} %), \
             never more than {:.2} MiB; resident {:.2} and {:.2} MiB, never more than {:.2}. It took {:.1} minutes, of which \
             {:.1} to warm up.",
            most(&self.in_use),
            resident.0,
            resident.1,
            most(&self.resident),
            self.started.elapsed().as_secs_f64() / 60.0,
            warm as f64 / 60.0,
        );
        (flat, words)
    }
}

/// The means of the first third and of the last.
fn thirds(all: &[f64]) -> (f64, f64) {
    let third = all.len() / 3;
    let mean = |part: &[f64]| part.iter().sum::<f64>() / part.len() as f64;
    (mean(&all[..third]), mean(&all[all.len() - third..]))
}

fn most(all: &[f64]) -> f64 {
    all.iter().copied().fold(0.0, f64::max)
}

fn mebibytes(bytes: f64) -> f64 {
    bytes / 1024.0 / 1024.0
}

/// What the server says of itself to its operator.
async fn ask(operator: SocketAddr) -> std::io::Result<HashMap<String, f64>> {
    let mut stream = TcpStream::connect(operator).await?;
    stream.write_all(b"GET /metrics HTTP/1.1\r\nHost: localhost\r\n\r\n").await?;
    let mut page = String::new();
    stream.read_to_string(&mut page).await?;
    let numbers = page.lines().filter_map(|line| {
        let (name, number) = line.split_once(' ')?;
        Some((name.to_owned(), number.parse().ok()?))
    });
    Ok(numbers.collect())
}
