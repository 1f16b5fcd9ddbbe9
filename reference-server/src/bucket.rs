//! How much may come in: a bucket of tokens, which fills up as time passes, and from which each frame takes one.
//!
//! Pure: it is told the time. What is kept is not how full the bucket is, but when it will be full again, which is one
//! number, and exact.

use std::time::Duration;

use crate::config::Rate;

/// A bucket, full at first.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Bucket {
    /// How long it takes to get one token back.
    each: Duration,
    /// How long it takes to get all of them back.
    all: Duration,
    /// When it will be full, on the clock of whoever asks.
    full_at: Duration,
}

impl Bucket {
    pub(crate) fn new(rate: Rate) -> Self {
        let each = Duration::from_secs(1) / rate.per_second.max(1);
        Self { each, all: each * rate.burst.max(1), full_at: Duration::ZERO }
    }

    /// Takes a token, or says how long it is until there is one again. `now` is a time that never goes back.
    pub(crate) fn take(&mut self, now: Duration) -> Result<(), Duration> {
        let full_at = self.full_at.max(now) + self.each;
        let latest = now + self.all;
        if full_at > latest {
            return Err(full_at.saturating_sub(latest));
        }
        self.full_at = full_at;
        Ok(())
    }

    /// Whether it is full, so that nothing is lost where it is forgotten.
    pub(crate) fn is_full(&self, now: Duration) -> bool {
        self.full_at <= now
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const fn ms(ms: u64) -> Duration {
        Duration::from_millis(ms)
    }

    fn bucket(per_second: u32, burst: u32) -> Bucket {
        Bucket::new(Rate { per_second, burst })
    }

    #[test]
    fn a_burst_is_taken_at_once_and_the_next_one_told_how_long_to_wait() {
        let mut bucket = bucket(10, 3);
        let now = ms(5000);
        for _ in 0..3 {
            assert_eq!(bucket.take(now), Ok(()));
        }
        assert_eq!(bucket.take(now), Err(ms(100)));
        assert_eq!(bucket.take(now + ms(40)), Err(ms(60)));
        assert_eq!(bucket.take(now + ms(100)), Ok(()), "who waits as told gets in");
        assert_eq!(bucket.take(now + ms(100)), Err(ms(100)));
    }

    #[test]
    fn in_the_long_run_it_is_the_rate_and_a_long_silence_saves_up_no_more_than_a_burst() {
        let mut bucket = bucket(10, 3);
        let taken = (0..10_000).filter(|at| bucket.take(ms(*at)).is_ok()).count();
        assert_eq!(taken, 3 + 99, "a burst, and ten in each of ten seconds");
        let later = ms(1_000_000);
        assert!(bucket.is_full(later));
        assert_eq!((0..100).filter(|_| bucket.take(later).is_ok()).count(), 3);
        assert!(!bucket.is_full(later));
    }

    #[test]
    fn a_refusal_takes_nothing() {
        let mut bucket = bucket(1, 1);
        bucket.take(ms(0)).unwrap();
        for _ in 0..1000 {
            assert_eq!(bucket.take(ms(0)), Err(ms(1000)));
        }
        assert_eq!(bucket.take(ms(1000)), Ok(()));
    }
}
