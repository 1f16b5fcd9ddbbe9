//! Being told to stop: by Ctrl-C (SIGINT) or by whoever ends processes (SIGTERM).

use std::io;

use tokio::signal::unix::{Signal, SignalKind, signal};

/// Requests to stop.
pub(super) struct Interrupts {
    interrupt: Signal,
    terminate: Signal,
}

impl Interrupts {
    /// From now on, being told to stop does not end the process by itself.
    pub(super) fn watch() -> io::Result<Self> {
        Ok(Self { interrupt: signal(SignalKind::interrupt())?, terminate: signal(SignalKind::terminate())? })
    }

    /// Waits for the next request.
    pub(super) async fn next(&mut self) {
        tokio::select! {
            _ = self.interrupt.recv() => {}
            _ = self.terminate.recv() => {}
        }
    }
}
