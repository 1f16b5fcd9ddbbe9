//! Faults: named single defects, each put into a server that is otherwise right, each with the requirement that it
//! breaks. They prove that the suite sees: a fault that no case catches is a hole in the suite.
//!
//! The reference server carries no switches for them. A fault stands outside it, as a man in the middle who knows
//! every frame of every connection ([`start`]), and is one entry of a table here, by chapter of the specification. The
//! faults were written from the specification alone, without a look at what the runner checks.
//!
//! How a frame travels: [`proxy`] accepts and connects, [`flow`] carries one direction, [`wire`] cuts its bytes into
//! frames, [`switchboard`] asks the fault's [`behaviour`] under the one lock there is, and does what it says.
//!
//! To add a fault is to add an entry to the file of its chapter. The less it makes up, the better it stands for a real
//! server: alter an answer; or give the server another request, so that its order and its numbers stay true
//! ([`stand_ins`], [`behaviour::Act::Ask`]); or put a made-up answer in the place of a true one
//! ([`behaviour::Act::Answer`]). What is sent to others out of turn and what is held back comes last.

mod behaviour;
mod flow;
mod http;
mod proxy;
mod switchboard;
mod wire;
mod world;

mod addressees;
mod authors;
mod bytes;
mod changes;
mod chat;
mod dedupe;
mod draining;
mod envelope;
mod errors;
mod goodbyes;
mod growth;
mod handshakes;
mod heartbeat;
mod history;
mod isolation;
mod limits;
mod load;
mod notice;
mod ordering;
mod pages;
mod presence;
mod queries;
mod questions;
mod refusals;
mod repeats;
mod resume;
mod rooms;
mod security;
mod since;
mod text;
mod topics;
mod transport;

mod stand_ins;

#[cfg(test)]
mod exercise;
#[cfg(test)]
mod transparency;

use behaviour::Behaviour;
pub(crate) use ordering::LATE;
pub(crate) use proxy::{Proxy, start};

/// One defect.
#[derive(Debug)]
pub(crate) struct Fault {
    /// Its name, in kebab-case; unique.
    pub(crate) name: &'static str,
    /// The requirements that it breaks, the one that says it best first.
    pub(crate) breaks: &'static [&'static str],
    /// What the server does wrong, in a sentence.
    pub(crate) about: &'static str,
    /// The defect itself, with an empty memory.
    behaviour: fn() -> Behaviour,
}

/// All faults, a file at a time, in the order of the specification's chapters.
pub(crate) const FAULTS: [(&str, &[Fault]); 32] = [
    ("transport", transport::FAULTS),
    ("handshakes", handshakes::FAULTS),
    ("bytes", bytes::FAULTS),
    ("goodbyes", goodbyes::FAULTS),
    ("envelope", envelope::FAULTS),
    ("errors", errors::FAULTS),
    ("refusals", refusals::FAULTS),
    ("heartbeat", heartbeat::FAULTS),
    ("topics", topics::FAULTS),
    ("rooms", rooms::FAULTS),
    ("chat", chat::FAULTS),
    ("authors", authors::FAULTS),
    ("isolation", isolation::FAULTS),
    ("ordering", ordering::FAULTS),
    ("text", text::FAULTS),
    ("limits", limits::FAULTS),
    ("draining", draining::FAULTS),
    ("load", load::FAULTS),
    ("security", security::FAULTS),
    ("growth", growth::FAULTS),
    ("presence", presence::FAULTS),
    ("changes", changes::FAULTS),
    ("notice", notice::FAULTS),
    ("addressees", addressees::FAULTS),
    ("resume", resume::FAULTS),
    ("since", since::FAULTS),
    ("dedupe", dedupe::FAULTS),
    ("history", history::FAULTS),
    ("pages", pages::FAULTS),
    ("repeats", repeats::FAULTS),
    ("queries", queries::FAULTS),
    ("questions", questions::FAULTS),
];

/// Each fault once.
pub(crate) fn all() -> impl Iterator<Item = &'static Fault> {
    FAULTS.into_iter().flat_map(|(_, faults)| faults)
}
