//! Fences for servers whose acks prove nothing: each request is waited for until its own answer has come.
//!
//! That takes nothing for granted, neither an order among answers nor one between answers and chats: the echo of a
//! chat is the chat's own, and so is the answer to anything else. It takes a look at all that was recorded, and so it
//! is kept for servers that need it.

use std::sync::Arc;
use std::time::Duration;

use super::{Line, Play};
use crate::program::{Expect, opcode};
use crate::transcript::{Purpose, Transcript, Wait, What};
use crate::view::View;

/// What a ping says that only shows life.
const ALIVE: &str = "alive";

impl Play<'_> {
    /// Waits until every request of this connection has its answer, or for as long as patience lasts.
    pub(super) async fn await_answers(&self, line: &mut Line) {
        let inbox = Arc::clone(&line.inbox);
        let mut waited = Duration::ZERO;
        let mut slices = self.slices();
        loop {
            let (open, frames) = self.open_requests(line);
            if open <= line.written_off {
                return;
            }
            // Each of them takes one frame at least: before those have come there is no need to look again.
            let due = frames + open - line.written_off;
            let Some(slice) = slices.slice() else {
                line.written_off = open;
                return self.miss(line.number, Wait::Answers, waited);
            };
            let came = || inbox.seen().ended || inbox.seen().frames >= due;
            let progress = inbox.seen().progress;
            match self.stage.pace.wait(slice, &inbox.changed, came).await {
                Ok(()) if inbox.seen().ended => return,
                Ok(()) => slices.take_back(slice),
                Err(time) => {
                    waited += time;
                    if inbox.seen().progress > progress {
                        slices.take_back(slice);
                    }
                    if slice >= self.longest_silence() {
                        self.show_life(line).await;
                    }
                }
            }
        }
    }

    /// Shows the server that the client is alive, in a way that disturbs no order.
    pub(super) async fn show_life(&self, line: &mut Line) {
        let acks_prove = self.stage.declared.acks_are_fences();
        if acks_prove || self.open_requests(line).0 <= line.written_off {
            self.send_heartbeat(line, Purpose::KeepAlive).await;
            return;
        }
        // An ack could overtake what is still to come, and that is for the cases about acks to show.
        let what = "a ping, as a sign of life".into();
        self.record(Some(line.number), What::SentRaw { what, expect: Expect::Derived, focus: false });
        line.connection.send_frame(opcode::PING, ALIVE.as_bytes()).await;
        self.flush(line).await;
    }

    /// How many requests of this connection still wait for an answer, and how many frames had come then.
    fn open_requests(&self, line: &Line) -> (usize, usize) {
        let frames = line.inbox.seen().frames;
        let events = self.recorder.of(line.number);
        let users = self.names.users().map(str::to_owned).collect();
        let names = (users, self.names.topics().to_vec());
        let declared = self.stage.declared.clone();
        let transcript = Transcript::new(self.program.clone(), names, declared, None, events);
        let view = View::new(&transcript);
        let Some(known) = view.lines.get(line.number) else { return (0, frames) };
        let owed = |expect: &Expect| !matches!(expect, Expect::Ends { .. } | Expect::Survived);
        let requests = known.requests.iter().map(|&request| &view.requests[request]);
        let open = requests.filter(|sent| sent.answers.is_empty() && owed(sent.expect)).count();
        (open, frames)
    }
}
