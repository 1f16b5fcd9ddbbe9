//! The Roomwire 1 wire protocol: typed envelopes, payloads, codes and limits.
//!
//! This crate turns text into frames and frames into text. It does no I/O, runs nothing and knows no clock: a
//! server or a client brings those.
//!
//! # A server reads a frame in two stages
//! A bad payLoad is still answered with its frame's type and id, and the errors come in the order of the spec,
//! since the session can look at the token between the stages:
//!
//! ```
//! use roomwire_protocol::{Envelope, Refusal, Request, code::{Profiles, Reason}};
//!
//! fn topic_joined(text: &str) -> Result<String, Refusal> {
//!     let envelope = Envelope::decode(text)?; // 400
//!     if envelope.token()?.expose() != "u1" { // 401
//!         return Err(envelope.refuse(Reason::Unauthenticated).because("this server knows u1 alone"));
//!     }
//!     match envelope.request_for(Profiles::CORE)? { // 501, 422
//!         Request::Join(join) => Ok(join.topic.to_string()),
//!         _ => Err(envelope.refuse(Reason::Unavailable)),
//!     }
//! }
//!
//! assert_eq!(topic_joined(r#"{"token":"u1","type":3,"payLoad":"{\"topic\":\"8017\"}"}"#).unwrap(), "8017");
//!
//! let refusal = topic_joined(r#"{"token":"u1","type":3,"payLoad":"{}","id":"a"}"#).unwrap_err();
//! assert_eq!(
//!     refusal.frame().encode(),
//!     r#"{"type":3,"code":422,"data":"{\"reason\":\"invalid_payload\",\"message\":\"payLoad.topic: expected a string of 1 to 128 characters without control characters, found nothing\"}","id":"a"}"#,
//! );
//! ```
//!
//! # Modules
//! [`envelope`] and [`client`] are what clients send, [`chat_info`] is what is said, [`server`] is what servers
//! send, [`code`] is the registry of numbers and names, [`id`] are the texts and numbers that name things,
//! [`limits`] are the limits that a server declares, and [`history`] is the HTTP beside the socket.
//!
//! # Features
//! `arbitrary` generates frames for property tests; `schemars` describes them in JSON Schema. Neither is on by
//! default.

#[cfg(feature = "arbitrary")]
pub mod arbitrary;
pub mod chat_info;
pub mod client;
pub mod code;
mod codec;
pub mod envelope;
mod fault;
pub mod history;
pub mod id;
mod json_string;
pub mod limits;
mod refusal;
#[cfg(feature = "schemars")]
pub mod schema;
pub mod server;

pub use chat_info::{ChatInfo, ChatKind, Content, VerbatimChatInfo};
pub use client::{ClientFrame, Request};
pub use envelope::Envelope;
pub use fault::Fault;
pub use id::{
    AvatarUrl, DisplayName, Epoch, RequestId, RequestIdRef, Seq, Timestamp, Token, TokenRef, Topic, TopicRef,
    User, UserRef,
};
pub use json_string::{JsonString, RawJson, RawString};
pub use limits::Limits;
pub use refusal::Refusal;
pub use server::{ServerEnvelope, ServerFrame};
