//! The command line: every setting is a flag, and has a twin in the environment.

mod history;
mod profiles;

use std::net::{SocketAddr, ToSocketAddrs};
use std::time::Duration;

use clap::builder::FalseyValueParser;
use roomwire_protocol::Limits;

use crate::config::{Config, ConfigError};

/// The flags of a server, to be flattened into a program's own.
#[derive(Clone, Debug, clap::Args)]
pub struct Args {
    /// Address to listen on, as HOST:PORT; port 0 takes a free one
    #[arg(long, env = "ROOMWIRE_LISTEN", value_name = "HOST:PORT", default_value = "127.0.0.1:8017", value_parser = resolve)]
    listen: SocketAddr,

    /// Take any token for its user also on an address that others can reach: anybody may then speak in any name
    #[arg(long, env = "ROOMWIRE_ALLOW_ANY_TOKEN", value_parser = FalseyValueParser::new())]
    allow_any_token: bool,

    /// Close a connection that has been silent for so many milliseconds; under 15000 for tests only
    #[arg(long, env = "ROOMWIRE_HEARTBEAT_TIMEOUT_MS", value_name = "MS", default_value_t = Limits::default().heartbeat_timeout_ms)]
    heartbeat_timeout_ms: u64,

    /// Close a new connection that has had no frame accepted after so many milliseconds
    #[arg(long, env = "ROOMWIRE_AUTH_TIMEOUT_MS", value_name = "MS", default_value_t = Limits::default().auth_timeout_ms)]
    auth_timeout_ms: u64,

    /// Longest message that a client may send, in bytes
    #[arg(long, env = "ROOMWIRE_MAX_MESSAGE_BYTES", value_name = "BYTES", default_value_t = Limits::default().max_message_bytes)]
    max_message_bytes: u64,

    /// How many topics one connection may be in
    #[arg(long, env = "ROOMWIRE_MAX_TOPICS", value_name = "N", default_value_t = Limits::default().max_topics)]
    max_topics: u64,

    /// How much may wait for one connection that does not read, in bytes; past that it is closed
    #[arg(long, env = "ROOMWIRE_MAX_QUEUE_BYTES", value_name = "BYTES", default_value_t = Limits::default().max_queue_bytes)]
    max_queue_bytes: u64,

    #[command(flatten)]
    profiles: profiles::ProfileArgs,

    #[command(flatten)]
    history: history::HistoryArgs,

    /// How many connections may be open; one more is refused with HTTP status 503
    #[arg(long, env = "ROOMWIRE_MAX_CONNECTIONS", value_name = "N", default_value_t = Config::default().max_connections)]
    max_connections: usize,

    /// When told to stop, wait so many milliseconds between the announcement and closing what is still open
    #[arg(long, env = "ROOMWIRE_DRAIN_MS", value_name = "MS", default_value_t = 1000)]
    drain_ms: u64,

    /// When told to stop, tell clients to come back after so many milliseconds
    #[arg(long, env = "ROOMWIRE_RECONNECT_AFTER_MS", value_name = "MS", default_value_t = 2000)]
    reconnect_after_ms: u64,

    /// Threads to run on; 0 takes as many as there are processors
    #[arg(long, env = "ROOMWIRE_THREADS", value_name = "N", default_value_t = 0)]
    pub(crate) threads: usize,

    /// What is logged to stderr: off, error, warn, info, debug or trace, or a filter like `roomwire_server=debug`
    #[arg(long, env = "ROOMWIRE_LOG", value_name = "FILTER", default_value = "info")]
    pub(crate) log: String,
}

impl TryFrom<&Args> for Config {
    type Error = ConfigError;

    fn try_from(args: &Args) -> Result<Self, ConfigError> {
        let mut limits = Limits::default();
        limits.heartbeat_timeout_ms = args.heartbeat_timeout_ms;
        limits.auth_timeout_ms = args.auth_timeout_ms;
        limits.max_message_bytes = args.max_message_bytes;
        limits.max_topics = args.max_topics;
        limits.max_queue_bytes = args.max_queue_bytes;
        args.profiles.limit(&mut limits);
        let config = Self {
            profiles: args.profiles.served(),
            recent_bytes: args.profiles.recent_bytes,
            history: args.history.config(),
            admin: args.profiles.admin,
            listen: args.listen,
            limits,
            max_connections: args.max_connections,
            allow_any_token: args.allow_any_token,
            drain: Duration::from_millis(args.drain_ms),
            reconnect_after: Duration::from_millis(args.reconnect_after_ms),
        };
        config.check()?;
        Ok(config)
    }
}

fn resolve(text: &str) -> Result<SocketAddr, String> {
    let mut found = text
        .to_socket_addrs()
        .map_err(|error| format!("{error}; expected HOST:PORT, like 127.0.0.1:8017"))?;
    found.next().ok_or_else(|| "the name has no address".to_owned())
}
