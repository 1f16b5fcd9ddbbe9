//! The Roomwire reference server: chat rooms over WebSocket, right, fast and small enough to learn from.
//!
//! It serves every profile of the protocol. As a library it is a [`Server`] that is bound and shut down; [`Args`] and [`run()`] are
//! the program, to be had under another name too.
//!
//! # The way of a chat
//! `server` accepts a connection and `upgrade` answers its handshake; `socket` reads a text, and hands it to its
//! `connection`; the `session` decides whether it is accepted; the `room` gives it its number and says who hears it;
//! each member's `peer` takes the same bytes into its outbox; each member's `socket` writes them.

mod admin;
mod agenda;
mod args;
mod bucket;
mod config;
mod connection;
mod courier;
mod crew;
mod deadline;
mod descriptors;
mod door;
mod frame;
mod history;
mod http;
mod hub;
mod linger;
mod lock;
mod metrics;
mod pace;
mod parcel;
mod peer;
mod room;
mod run;
mod server;
mod session;
mod socket;
mod tls;
mod tokens;
mod transport;
mod upgrade;
mod visitors;
mod wire;

pub use args::Args;
pub use config::{
    Config, ConfigError, DEFAULT_PORT, HistoryConfig, Identity, IpNet, JwtAlgorithm, JwtSettings, Rate,
    TlsFiles,
};
pub use room::recent::KEPT_IN_MEMORY;
pub use run::run;
pub use server::Server;
