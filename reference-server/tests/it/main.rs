//! The reference server over real sockets.

#![allow(clippy::unwrap_used, reason = "a test fails by panicking, in its harness too")]

mod client;
mod closing;
mod crowd;
mod disk;
mod drain;
mod errors;
mod files;
mod flags;
mod guide;
mod handshake;
mod history;
mod identity;
mod isolation;
mod journeys;
mod limits;
mod notices;
mod operator;
mod order;
mod presence;
mod program;
mod raw;
mod resume;
mod slow;
mod timeouts;
mod tls;
