//! Everything that this server does by the clock. No other module waits for a time to come.

use std::future::Future;
use std::pin::Pin;
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

/// How long a connection may go on as it does.
///
/// Until its first accepted frame the clock of authentication runs, which nothing stops; from then on that of
/// silence, which every sign of life sets back. The timer is not set anew with each sign: when it goes off too
/// early, it is set to what is left.
#[derive(Debug)]
pub(crate) struct Lifeline {
    timer: Pin<Box<Sleep>>,
    opened: Instant,
    heard: Instant,
    auth: Duration,
    silence: Duration,
    looking: bool,
}

impl Lifeline {
    pub(crate) fn new(limits: &Limits) -> Self {
        let now = Instant::now();
        let (auth, silence) = (limits.auth_timeout(), limits.heartbeat_timeout());
        let timer = Box::pin(tokio::time::sleep_until(now + auth));
        Self { timer, opened: now, heard: now, auth, silence, looking: false }
    }

    /// The client has given a sign of life.
    pub(crate) fn hear(&mut self) {
        self.heard = Instant::now();
        self.looking = false;
    }

    /// With which code the connection ends for want of time, once that time has come.
    ///
    /// It is called behind all reading. A task that was late may find the timer gone off before it could read what
    /// had come in time; so it gets one more turn to look.
    pub(crate) fn poll_over(&mut self, cx: &mut Context<'_>, authenticated: bool) -> Poll<CloseCode> {
        let (due, code) = if authenticated {
            (self.heard + self.silence, CloseCode::HeartbeatTimeout)
        } else {
            (self.opened + self.auth, CloseCode::NotAuthenticated)
        };
        if self.timer.deadline() > due {
            self.timer.as_mut().reset(due);
        }
        while self.timer.as_mut().poll(cx).is_ready() {
            if Instant::now() < due {
                self.timer.as_mut().reset(due);
            } else if self.looking {
                return Poll::Ready(code);
            } else {
                self.looking = true;
                cx.waker().wake_by_ref();
                return Poll::Pending;
            }
        }
        Poll::Pending
    }
}
