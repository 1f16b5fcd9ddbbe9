//! How much memory the server has, over time, and how much of it is what it keeps on purpose.

use std::cell::RefCell;
use std::collections::HashMap;
use std::net::SocketAddr;
use std::time::{Duration, Instant};

use roomwire_server::KEPT_IN_MEMORY;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;

use crate::record::Record;

pub(crate) const HEADER: &str = "  time | MiB   | recent MiB | queue KiB, most | rooms | empty | deliveries/s | joins/s | \
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
    /// One a second, in KiB.
    memory: Vec<f64>,
    /// How many of these there were when all that is kept on purpose had reached its bound.
    warm: Option<usize>,
    /// What the server said of itself the last time.
    numbers: HashMap<String, f64>,
    /// The most that waited for clients since the last line.
    queue: f64,
    before: (f64, u64, u64),
}

impl Watch {
    pub(crate) fn of(process: u32, operator: SocketAddr) -> Self {
        Self {
            process,
            operator,
            started: Instant::now(),
            memory: Vec::new(),
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
        let memory = line.and_then(|line| line.split_whitespace().next()?.parse().ok());
        self.memory.push(memory.unwrap_or(f64::NAN));
        if let Ok(Ok(numbers)) = tokio::time::timeout(PATIENCE, ask(self.operator)).await {
            self.numbers = numbers;
        }
        self.queue = self.queue.max(self.number("queue_bytes"));
        // What is bounded by time is as much as it will ever be, and so is the history; the storm was halfway.
        let is_full = self.started.elapsed() > KEPT_IN_MEMORY && record.borrow().kept > HISTORY_CHATS;
        if is_full && self.warm.is_none() {
            self.warm = Some(self.memory.len());
        }
        self.memory.len()
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
            "{:>5.0}s | {:>5.1} | {:>10.1} | {:>15.0} | {:>5} | {:>5} | {:>12.0} | {:>7.1} | {:>9} | {:>3} | {:>10} | \
             {:>8} | {}",
            now,
            self.memory.last().copied().unwrap_or(f64::NAN) / 1024.0,
            (self.number("recent_bytes") + self.number("ids_bytes")) / 1024.0 / 1024.0,
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

    /// Whether memory is flat: the mean of the last third of the time after the warm-up against that of the first third.
    pub(crate) fn verdict(&self) -> (bool, String) {
        let warm = self.warm.unwrap_or(self.memory.len());
        let judged = &self.memory[warm..];
        if judged.len() < warm.max(1) {
            let least = 2.0 * KEPT_IN_MEMORY.as_secs_f64() / 60.0;
            return (true, format!("Memory is judged in runs of more than {least:.0} minutes."));
        }
        let third = judged.len() / 3;
        let mean = |part: &[f64]| part.iter().sum::<f64>() / part.len() as f64 / 1024.0;
        let (first, last) = (mean(&judged[..third]), mean(&judged[judged.len() - third..]));
        let most = self.memory.iter().copied().fold(0.0, f64::max) / 1024.0;
        let flat = last <= first * GROWTH_MAX;
        let word = if flat { "Memory is flat" } else { "MEMORY GROWS" };
        let words = format!(
            "{word}: after a warm-up of {:.1} minutes {first:.2} MiB in the first third, {last:.2} MiB in the last \
             ({:+.1} %), never more than {most:.2} MiB, in {:.1} minutes.",
            warm as f64 / 60.0,
            (last / first - 1.0) * 100.0,
            self.started.elapsed().as_secs_f64() / 60.0,
        );
        (flat, words)
    }
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
