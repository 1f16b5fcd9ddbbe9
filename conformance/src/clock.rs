//! Deadlines and pacing: the one module that waits.
//!
//! A deadline here never says that something is true; it says how long the runner goes on listening before
//! it stops and reports what it was waiting for. It scales with the round trip as measured, and a stall of
//! the runner itself is never held against the subject.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicU32, AtomicU64, Ordering};
use std::time::{Duration, Instant, SystemTime, UNIX_EPOCH};

use tokio::sync::Notify;
use tokio::task::AbortHandle;

/// How long a subject may take nothing of what is written to it until nothing more is.
pub const STUCK_AFTER: Duration = Duration::from_secs(5);
/// How long a subject that answers at all is given for one answer, where its round trip asks for no more.
const FLOOR: Duration = Duration::from_secs(3);
/// The same while a program is made smaller whose failure is known, and is looked for once more.
const FLOOR_IN_HASTE: Duration = Duration::from_secs(1);
/// The same for one that has left many waits in a row unanswered: it has shown what it does.
const FLOOR_WHEN_UNRESPONSIVE: Duration = Duration::from_millis(300);
/// The longest that any subject is given for one answer, however slow it has been.
const CEILING: Duration = Duration::from_secs(15);
/// How much slower than twice the slowest a round trip may be to be taken for one: what took longer was held up, and says
/// nothing about those to come.
const RISE: Duration = Duration::from_millis(50);
/// How many times its patience one that is busy, as what comes in shows, is given on top at most.
const MOST_LENGTHENING: u32 = 8;
/// How many unanswered waits in a row make a subject unresponsive.
const UNRESPONSIVE_AFTER: u32 = 6;
/// After how many unanswered waits in all a subject is waited for in haste: that it leaves things out is known by then.
const HASTE_AFTER: u32 = 40;
/// The watchdog's period; a wake-up later than twice this counts as a stall.
const WATCH_EVERY: Duration = Duration::from_millis(20);

/// What is known of the subject's speed and of the runner's own.
#[derive(Debug)]
pub struct Pace {
    round_trip_us: AtomicU64,
    missed_in_a_row: AtomicU32,
    missed: AtomicU32,
    in_haste: AtomicBool,
    stalled_us: Arc<AtomicU64>,
    watchdog: AbortHandle,
    /// How long after one message the next may be sent at the earliest.
    interval: Option<Duration>,
    started: Instant,
    /// When the next message may be sent, in microseconds since the start.
    next_us: AtomicU64,
}

impl Pace {
    /// Starts measuring.
    ///
    /// # Panics
    /// Outside a tokio runtime.
    #[must_use]
    pub fn start() -> Self {
        let stalled_us = Arc::new(AtomicU64::new(0));
        let stalled = Arc::clone(&stalled_us);
        let watchdog = tokio::spawn(async move {
            let mut ticks = tokio::time::interval(WATCH_EVERY);
            ticks.set_missed_tick_behavior(tokio::time::MissedTickBehavior::Delay);
            let mut last = ticks.tick().await;
            loop {
                let now = ticks.tick().await;
                let late = now.duration_since(last).saturating_sub(WATCH_EVERY);
                if late > WATCH_EVERY {
                    stalled.fetch_add(micros(late), Ordering::Relaxed);
                }
                last = now;
            }
        })
        .abort_handle();
        Self {
            round_trip_us: AtomicU64::new(0),
            missed_in_a_row: AtomicU32::new(0),
            missed: AtomicU32::new(0),
            in_haste: AtomicBool::new(false),
            stalled_us,
            watchdog,
            interval: None,
            started: Instant::now(),
            next_us: AtomicU64::new(0),
        }
    }

    /// The same, with so many messages a second at most, all connections together.
    #[must_use]
    pub fn limited(mut self, most: Option<u32>) -> Self {
        self.interval = most.map(|most| Duration::from_secs(1) / most.max(1));
        self
    }

    /// Whether messages have to wait until they may be sent.
    #[must_use]
    pub fn is_limited(&self) -> bool {
        self.interval.is_some()
    }

    /// Waits until one more message may be sent.
    pub async fn admit(&self) {
        let Some(interval) = self.interval else { return };
        let now = micros(self.started.elapsed());
        let slot = self.next_us.fetch_update(Ordering::Relaxed, Ordering::Relaxed, |next| {
            Some(next.max(now).saturating_add(micros(interval)))
        });
        let slot = slot.unwrap_or_default();
        if slot > now {
            back_off(Duration::from_micros(slot - now)).await;
        }
    }

    /// Takes note of a round trip. The estimate follows the slow ones within a few and the fast ones slowly.
    pub fn observe(&self, round_trip: Duration) {
        self.missed_in_a_row.store(0, Ordering::Relaxed);
        let sample = micros(round_trip);
        let _ = self.round_trip_us.fetch_update(Ordering::Relaxed, Ordering::Relaxed, |old| {
            Some(sample.min(2 * old + micros(RISE)).max(old - old / 64))
        });
    }

    /// The round trip, as far as it is known: close to the slowest of the last ones.
    #[must_use]
    pub fn round_trip(&self) -> Duration {
        Duration::from_micros(self.round_trip_us.load(Ordering::Relaxed))
    }

    /// How long to wait for an answer.
    #[must_use]
    pub fn patience(&self) -> Duration {
        let unresponsive = self.missed_in_a_row.load(Ordering::Relaxed) >= UNRESPONSIVE_AFTER;
        let in_haste =
            self.in_haste.load(Ordering::Relaxed) || self.missed.load(Ordering::Relaxed) >= HASTE_AFTER;
        let floor = match (unresponsive, in_haste) {
            (true, _) => FLOOR_WHEN_UNRESPONSIVE,
            (false, true) => FLOOR_IN_HASTE,
            (false, false) => FLOOR,
        };
        floor.max(20 * self.round_trip()).min(CEILING)
    }

    /// From here on what does not come is waited for less long, or as long as ever: why a failing program fails is known
    /// when it is made smaller.
    pub fn hasten(&self, haste: bool) {
        self.in_haste.store(haste, Ordering::Relaxed);
    }

    /// How long to wait before asking again, by a second marker, whether the first was lost.
    #[must_use]
    pub fn doubt(&self) -> Duration {
        Duration::from_millis(60).max(4 * self.round_trip())
    }

    /// Waits until `check` says so, looking again at each `change`, for at most `patience` of time in which
    /// the runner itself was awake.
    ///
    /// # Errors
    /// The time waited, where `check` never said so.
    pub async fn wait(
        &self,
        patience: Duration,
        change: &Notify,
        mut check: impl FnMut() -> bool,
    ) -> Result<(), Duration> {
        let start = Instant::now();
        let stalled_before = self.stalled();
        loop {
            let changed = change.notified();
            tokio::pin!(changed);
            changed.as_mut().enable();
            if check() {
                return Ok(());
            }
            let deadline = start + patience + self.stalled().saturating_sub(stalled_before);
            if tokio::time::timeout_at(deadline.into(), changed).await.is_err() {
                let deadline = start + patience + self.stalled().saturating_sub(stalled_before);
                if deadline <= Instant::now() {
                    return if check() { Ok(()) } else { Err(start.elapsed()) };
                }
            }
        }
    }

    /// Takes note that a wait of full patience was in vain.
    pub fn missed(&self) {
        self.missed_in_a_row.fetch_add(1, Ordering::Relaxed);
        self.missed.fetch_add(1, Ordering::Relaxed);
    }

    /// The time for which this process has been kept from running, as far as it could tell.
    #[must_use]
    pub fn stalled(&self) -> Duration {
        Duration::from_micros(self.stalled_us.load(Ordering::Relaxed))
    }
}

/// Patience that is spent in slices, which grow from the first doubt and stay short enough to show signs of life in
/// between.
#[derive(Debug)]
pub struct Patience {
    next: Duration,
    longest: Duration,
    left: Duration,
    extra: Duration,
}

impl Patience {
    /// So much patience in all, in slices that grow from the first to the longest.
    #[must_use]
    pub fn new(patience: Duration, first: Duration, longest: Duration) -> Self {
        Self { next: first, longest, left: patience, extra: patience * MOST_LENGTHENING }
    }

    /// The same for a server that has let something be missed already: that other things come in is no excuse any more.
    #[must_use]
    pub fn firm(self) -> Self {
        Self { extra: Duration::ZERO, ..self }
    }

    /// How long to wait next; none where all patience is spent.
    pub fn slice(&mut self) -> Option<Duration> {
        let slice = self.next.min(self.longest).min(self.left);
        (self.left, self.next) = (self.left.saturating_sub(slice), self.next.saturating_mul(2));
        (slice > Duration::ZERO).then_some(slice)
    }

    /// Takes a slice for not spent: what was waited for did not come, but something else did, so the server is busy.
    /// That has an end, too.
    pub fn take_back(&mut self, slice: Duration) {
        let slice = slice.min(self.extra);
        (self.left, self.extra) = (self.left + slice, self.extra.saturating_sub(slice));
    }
}

impl Drop for Pace {
    fn drop(&mut self) {
        self.watchdog.abort();
    }
}

/// Runs a future for at most `limit`.
///
/// # Errors
/// [`Elapsed`], where it had not ended by then.
pub async fn within<T>(limit: Duration, future: impl Future<Output = T>) -> Result<T, Elapsed> {
    tokio::time::timeout(limit, future).await.map_err(|_| Elapsed)
}

/// A future did not end within its limit.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("it took too long")]
pub struct Elapsed;

/// Gives way for a moment before something that failed is tried again; never used to let something settle.
pub async fn back_off(before: Duration) {
    let _ = tokio::time::timeout(before, std::future::pending::<()>()).await;
}

/// The wall clock, in milliseconds since the epoch.
#[must_use]
pub fn wall_ms() -> i64 {
    let since = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default();
    i64::try_from(since.as_millis()).unwrap_or(i64::MAX)
}

fn micros(duration: Duration) -> u64 {
    u64::try_from(duration.as_micros()).unwrap_or(u64::MAX)
}

#[cfg(test)]
mod tests {
    use super::*;

    const FULL: Duration = Duration::from_secs(1);

    fn patience() -> Patience {
        Patience::new(FULL, Duration::from_millis(60), Duration::from_millis(300))
    }

    #[test]
    fn patience_is_spent_in_slices_that_grow_and_stay_short() {
        let mut patience = patience();
        let slices: Vec<_> = std::iter::from_fn(|| patience.slice()).map(|slice| slice.as_millis()).collect();
        assert_eq!(slices, [60, 120, 240, 300, 280]);
    }

    #[test]
    fn patience_lasts_longer_with_a_server_that_is_busy_but_not_for_ever() {
        let mut patience = patience();
        let mut waited = Duration::ZERO;
        while let Some(slice) = patience.slice() {
            waited += slice;
            patience.take_back(slice);
        }
        assert_eq!(waited, FULL * (1 + MOST_LENGTHENING));
    }

    #[tokio::test]
    async fn what_leaves_much_out_is_waited_for_less_long_though_it_answers_in_between() {
        let pace = Pace::start();
        for _ in 1..HASTE_AFTER {
            pace.missed();
            pace.observe(Duration::from_millis(1));
        }
        assert_eq!(pace.patience(), FLOOR);
        pace.missed();
        assert_eq!(pace.patience(), FLOOR_IN_HASTE);
    }

    #[test]
    fn firm_patience_is_not_lengthened() {
        let mut patience = patience().firm();
        let mut waited = Duration::ZERO;
        while let Some(slice) = patience.slice() {
            waited += slice;
            patience.take_back(slice);
        }
        assert_eq!(waited, FULL);
    }

    #[tokio::test]
    async fn what_is_far_away_is_waited_for_longer_and_what_is_known_for_less_long() {
        let pace = Pace::start();
        assert_eq!(pace.patience(), FLOOR);
        pace.hasten(true);
        assert_eq!(pace.patience(), FLOOR_IN_HASTE);
        for _ in 0..3 {
            pace.observe(Duration::from_millis(300));
        }
        assert_eq!(pace.patience(), Duration::from_secs(6));
    }

    #[tokio::test]
    async fn one_answer_that_was_held_up_makes_nobody_wait_for_minutes() {
        let pace = Pace::start();
        pace.observe(Duration::from_millis(1));
        pace.observe(Duration::from_mins(1));
        assert_eq!(pace.patience(), FLOOR);
        for _ in 0..20 {
            pace.observe(Duration::from_mins(1));
        }
        assert_eq!(pace.patience(), CEILING);
    }
}
