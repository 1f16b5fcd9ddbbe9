//! How much a program asks of the limits that a server declares: the longest message, and the most said at once.
//!
//! Messages are measured as they will be written, with names that are as long as those of a try.

use std::sync::Arc;

use crate::encode::{Context, encoded_len};
use crate::memory::Memory;
use crate::names::{Names, TryId, Users};
use crate::program::{Action, Message, Phase, Program, Request, Step};
use crate::subject::Declared;

/// By how many bytes the messages of a try may be longer than those that are measured: its number has more digits,
/// and a prefix may stand before its topics.
const MARGIN: usize = 128;
/// What the operating systems may hold of what is sent to a client that does not read.
const HELD_BY_THE_NETWORK: usize = 10 << 20;
/// In how many phases the queue of a client that does not read is filled: so little in one that whoever reads does
/// not fall behind.
pub(crate) const FILLINGS: usize = 48;

/// The messages of one program, measured.
#[derive(Debug)]
pub(crate) struct Extent<'a> {
    program: &'a Program,
    names: Names,
    memory: Memory,
    most_message_bytes: usize,
    most_queue_bytes: usize,
}

impl<'a> Extent<'a> {
    /// Prepares to measure a program on a server that declares this.
    pub(crate) fn new(program: &'a Program, declared: &Declared) -> Self {
        let id = TryId { run: Arc::from("sixteen-letters."), case: 99_999, attempt: 9 };
        let names = match Names::new(id, program, &Users::Fresh, "") {
            Ok(names) => names,
            Err(missing) => unreachable!("users are made up, and {} are missing", missing.needed),
        };
        Self {
            program,
            names,
            memory: Memory::default(),
            most_message_bytes: declared.max_message_bytes(),
            most_queue_bytes: declared.max_queue_bytes(),
        }
    }

    /// The length in bytes of a message that is longer than the server has to take, though it is not sent for that.
    pub(crate) fn too_long(&self, step: &Step) -> Option<usize> {
        let bytes = self.bytes(step.client, step.action.message()?);
        (bytes > self.most_message_bytes.saturating_sub(MARGIN)).then_some(bytes)
    }

    /// The bytes that whoever reads may have to be sent at once, where that is more than the declared queue holds.
    pub(crate) fn too_much(&self, phase: &Phase) -> Option<usize> {
        let said = phase.steps.iter().map(|step| {
            let Some(message) = step.action.message() else { return 0 };
            let times = self.times(&step.action);
            match message.request {
                Request::Chat(..) | Request::Notice(..) => {
                    self.bytes(step.client, message).saturating_mul(times)
                }
                _ => 0,
            }
        });
        // A delivery says a little more than what it delivers, and other frames come beside it.
        let bytes = said.fold(0, usize::saturating_add).saturating_mul(2);
        (bytes > self.most_queue_bytes).then_some(bytes)
    }

    /// How often an action sends its message.
    pub(crate) fn times(&self, action: &Action) -> usize {
        match action {
            Action::Burst(_, times) => *times,
            Action::FillQueue(_) => times_to_fill(self.most_queue_bytes, self.most_message_bytes),
            _ => 1,
        }
    }

    /// How long a message of this client is, in bytes; where it is filled up to the limit, up to one a margin below it.
    fn bytes(&self, client: usize, message: &Message) -> usize {
        let context = Context {
            program: self.program,
            names: &self.names,
            client,
            mark: 99_999,
            id: Some("R99999"),
            max_message_bytes: self.most_message_bytes.saturating_sub(MARGIN),
            memory: &self.memory,
        };
        encoded_len(message, context)
    }
}

/// How many of the longest messages fill, [`FILLINGS`] times over, a queue of so many bytes and the network before it.
pub(crate) fn times_to_fill(queue_bytes: usize, message_bytes: usize) -> usize {
    let wanted = queue_bytes.saturating_add(HELD_BY_THE_NETWORK).div_ceil(FILLINGS);
    wanted.div_ceil(message_bytes.max(1)).max(1)
}
