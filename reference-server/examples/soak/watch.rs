//! How much memory the server has, over time.

use std::time::Instant;

use crate::record::Record;

pub(crate) const HEADER: &str =
    "  time | MiB   | deliveries/s | joins/s | recovered | not | missed got | too slow | faults";

/// Growth of the mean below this is none.
const GROWTH_MAX: f64 = 1.05;

/// In seconds: longer than the five minutes for which ids are remembered. Memory of a run that is not twice as long is not judged.
const WARM_UP: usize = 360;

pub(crate) struct Watch {
    process: u32,
    started: Instant,
    /// One a second, in KiB.
    memory: Vec<f64>,
    before: (f64, u64, u64),
}

impl Watch {
    pub(crate) fn of(process: u32) -> Self {
        Self { process, started: Instant::now(), memory: Vec::new(), before: (0.0, 0, 0) }
    }

    /// Looks once; says how often it has looked by now.
    pub(crate) fn look(&mut self) -> usize {
        let status = std::fs::read_to_string(format!("/proc/{}/status", self.process)).unwrap_or_default();
        let line = status.lines().find_map(|line| line.strip_prefix("VmRSS:"));
        let memory = line.and_then(|line| line.split_whitespace().next()?.parse().ok());
        self.memory.push(memory.unwrap_or(f64::NAN));
        self.memory.len()
    }

    pub(crate) fn line(&mut self, record: &Record) -> String {
        let now = self.started.elapsed().as_secs_f64();
        let (then, deliveries, joins) =
            std::mem::replace(&mut self.before, (now, record.deliveries, record.joins));
        let a_second = |count: u64| count as f64 / (now - then).max(0.001);
        format!(
            "{:>5.0}s | {:>5.1} | {:>12.0} | {:>7.1} | {:>9} | {:>3} | {:>10} | {:>8} | {}",
            now,
            self.memory.last().copied().unwrap_or(f64::NAN) / 1024.0,
            a_second(record.deliveries - deliveries),
            a_second(record.joins - joins),
            record.recovered,
            record.not_recovered,
            record.missed,
            record.slow,
            record.faults,
        )
    }

    /// Whether memory is flat: the mean of the last third of the time after the warm-up against that of the first third.
    pub(crate) fn verdict(&self) -> (bool, String) {
        if self.memory.len() < 2 * WARM_UP {
            return (true, format!("Memory is judged in runs of {} minutes at least.", 2 * WARM_UP / 60));
        }
        let warm = &self.memory[WARM_UP..];
        let third = warm.len() / 3;
        let mean = |part: &[f64]| part.iter().sum::<f64>() / part.len() as f64 / 1024.0;
        let (first, last) = (mean(&warm[..third]), mean(&warm[warm.len() - third..]));
        let most = self.memory.iter().copied().fold(0.0, f64::max) / 1024.0;
        let flat = last <= first * GROWTH_MAX;
        let word = if flat { "Memory is flat" } else { "MEMORY GROWS" };
        let words = format!(
            "{word}: {first:.2} MiB in the first third after the warm-up, {last:.2} MiB in the last ({:+.1} %), never more \
             than {most:.2} MiB, in {:.1} minutes.",
            (last / first - 1.0) * 100.0,
            self.started.elapsed().as_secs_f64() / 60.0,
        );
        (flat, words)
    }
}
