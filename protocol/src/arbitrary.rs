//! Strategies that generate every frame of the wire, for property tests (feature `arbitrary`).
//!
//! They keep to the ranges of the wire and like its edges: texts are often full of what has to be escaped, or
//! as long as they may be.
//!
//! ```
//! use proptest::{strategy::{Strategy, ValueTree}, test_runner::TestRunner};
//! use roomwire_protocol::{Envelope, arbitrary};
//!
//! let frame = arbitrary::client_frame().new_tree(&mut TestRunner::deterministic()).unwrap().current();
//! assert!(Envelope::decode(&frame.encode()).is_ok());
//! ```

#![allow(
    clippy::missing_panics_doc,
    reason = "what is generated is in range, which the expectations only say"
)]

mod client;
mod server;
mod text;

pub use client::{answer, chat_info, client_frame, content, question, request};
pub use server::{error_frame, history_item, limits, profiles, server_frame};
pub use text::{
    avatar_url, chat_seq, display_name, epoch, json, json_text, raw_json, request_id, seq, text, timestamp,
    token, topic, user,
};
