//! Everything that this server does by the clock. No other module waits for a time to come.

use std::future::Future;
use std::pin::Pin;
use std::sync::{Condvar, MutexGuard, PoisonError};
use std::task::{Context, Poll};
use std::time::Duration;

use roomwire_protocol::Limits;
use roomwire_protocol::code::CloseCode;
use tokio::time::{Instant, Sleep};

/// Waits for something, but not longer than this. `None` where it took too long.
pub(crate) async fn within<F: Future>(limit: Duration, future: F) -> Option<F::Output> {
    tokio::time::timeout(limit, future).await.ok()
}

/// Lets a short time pass, where trying again at once would only burn the processor.
pub(crate) async fn pause(length: Duration) {
    tokio::time::sleep_until(Instant::now() + length).await;
}

/// Waits until a time has come, or something else has happened. `None` never comes.
pub(crate) async fn until(time: Option<Instant>, other: impl Future<Output = ()>) {
    match time {
        // That it has come is all there is to know.
        Some(time) => drop(tokio::time::timeout_at(time, other).await),
        None => other.await,
    }
}

/// Waits in a thread until a bell rings, but not longer than this. Says whether it rang.
pub(crate) fn for_bell<'a, T>(
    bell: &Condvar,
    guard: MutexGuard<'a, T>,
    limit: Duration,
) -> (MutexGuard<'a, T>, bool) {
    let (guard, timeout) = bell.wait_timeout(guard, limit).unwrap_or_else(PoisonError::into_inner);
    (guard, !timeout.timed_out())
}

/// How long after a connection's time is over it is looked at for the last time.
const LAST_LOOK: Duration = Duration::from_millis(20);

/// How long a connection may go on as it does.
///
/// Until its first accepted frame the clock of authentication runs, which nothing stops; from then on that of
/// silence, which every sign of life sets back. The timer is not set anew with each sign: when it goes off too
/// early, it is set to what is left.
#[derive(Debug)]
pub(crate) struct Lifeline {
    timer: Pin<Box<Sleep>>,
    /// Whether the task is going to be woken when the timer goes off.
    armed: bool,
    opened: Instant,
    heard: Instant,
    auth: Duration,
    silence: Duration,
    /// The time that has come, for which one last look is taken.
    overdue: Option<Instant>,
}

impl Lifeline {
    pub(crate) fn new(limits: &Limits) -> Self {
        let now = Instant::now();
        let (auth, silence) = (limits.auth_timeout(), limits.heartbeat_timeout());
        let timer = Box::pin(tokio::time::sleep_until(now + auth));
        Self { timer, armed: false, opened: now, heard: now, auth, silence, overdue: None }
    }

    /// The client has given a sign of life.
    pub(crate) fn hear(&mut self) {
        self.heard = Instant::now();
    }

    /// With which code the connection ends for want of time, once that time has come.
    ///
    /// It is called behind all reading. A task that was late may find the timer gone off before it could read what
    /// had come in time; so it looks once more for each such time, a little later: in a turn of its own, but not before
    /// the runtime has asked the system what has come.
    pub(crate) fn poll_over(&mut self, cx: &mut Context<'_>, authenticated: bool) -> Poll<CloseCode> {
        let (due, code) = if authenticated {
            (self.heard + self.silence, CloseCode::HeartbeatTimeout)
        } else {
            (self.opened + self.auth, CloseCode::NotAuthenticated)
        };
        if self.timer.deadline() > due && self.overdue != Some(due) {
            self.timer.as_mut().reset(due);
            self.armed = false;
        }
        // The task of a connection stays the same, so it need not be told to the timer in each turn.
        if self.armed && !self.timer.is_elapsed() {
            return Poll::Pending;
        }
        while self.timer.as_mut().poll(cx).is_ready() {
            if Instant::now() < due {
                self.timer.as_mut().reset(due);
            } else if self.overdue == Some(due) {
                return Poll::Ready(code);
            } else {
                self.overdue = Some(due);
                self.timer.as_mut().reset(Instant::now() + LAST_LOOK);
            }
        }
        self.armed = true;
        Poll::Pending
    }
}

#[cfg(test)]
mod tests {
    use std::future::poll_fn;

    use super::*;

    fn lifeline(auth_timeout_ms: u64, heartbeat_timeout_ms: u64) -> Lifeline {
        let mut limits = Limits::default();
        limits.auth_timeout_ms = auth_timeout_ms;
        limits.heartbeat_timeout_ms = heartbeat_timeout_ms;
        Lifeline::new(&limits)
    }

    /// Polls like a task whose client sends nothing, for so long. `None` where it is not over by then.
    async fn over(lifeline: &mut Lifeline, authenticated: bool, patience: Duration) -> Option<CloseCode> {
        within(patience, poll_fn(|cx| lifeline.poll_over(cx, authenticated))).await
    }

    #[tokio::test(start_paused = true)]
    async fn nobody_is_closed_before_the_time_nor_long_after() {
        for (authenticated, code) in
            [(false, CloseCode::NotAuthenticated), (true, CloseCode::HeartbeatTimeout)]
        {
            let just_before = Duration::from_millis(9_999);
            let mut lifeline = lifeline(10_000, 10_000);
            assert_eq!(over(&mut lifeline, authenticated, just_before).await, None);
            assert_eq!(over(&mut lifeline, authenticated, Duration::from_millis(30)).await, Some(code));
        }
    }

    #[tokio::test(start_paused = true)]
    async fn a_sign_of_life_sets_silence_back_and_not_authentication() {
        let second = Duration::from_secs(1);
        let mut silent = lifeline(10_000, 10_000);
        let mut unknown = lifeline(10_000, 10_000);
        tokio::time::advance(9 * second).await;
        silent.hear();
        unknown.hear();
        assert_eq!(over(&mut unknown, false, 2 * second).await, Some(CloseCode::NotAuthenticated));
        assert_eq!(over(&mut silent, true, 8 * second).await, None);
        assert_eq!(over(&mut silent, true, 2 * second).await, Some(CloseCode::HeartbeatTimeout));
    }

    #[tokio::test(start_paused = true)]
    async fn the_clock_of_silence_may_be_shorter_or_longer_than_that_of_authentication() {
        let second = Duration::from_secs(1);
        let mut short = lifeline(60_000, 1_000);
        assert_eq!(over(&mut short, false, 30 * second).await, None);
        short.hear();
        assert_eq!(over(&mut short, true, 2 * second).await, Some(CloseCode::HeartbeatTimeout));
        let mut long = lifeline(1_000, 60_000);
        assert_eq!(over(&mut long, true, 50 * second).await, None);
    }

    #[tokio::test(start_paused = true)]
    async fn who_is_late_looks_once_more_before_it_is_over() {
        let mut lifeline = lifeline(10_000, 10_000);
        tokio::time::advance(Duration::from_mins(1)).await;
        let first = poll_fn(|cx| Poll::Ready(lifeline.poll_over(cx, true))).await;
        assert_eq!(first, Poll::Pending, "what has come in time may be unread");
        let at_once = poll_fn(|cx| Poll::Ready(lifeline.poll_over(cx, true))).await;
        assert_eq!(at_once, Poll::Pending, "nor has the system been asked for it in the same turn");
        lifeline.hear();
        assert_eq!(over(&mut lifeline, true, Duration::from_secs(9)).await, None);
        assert_eq!(
            over(&mut lifeline, true, Duration::from_secs(2)).await,
            Some(CloseCode::HeartbeatTimeout)
        );
    }
}
