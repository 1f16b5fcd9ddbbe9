//! What a server can be told, with its defaults.

mod history;

use std::net::{Ipv4Addr, SocketAddr};
use std::time::Duration;

use roomwire_protocol::Limits;
use roomwire_protocol::code::Profiles;

pub use history::HistoryConfig;

/// The port of the default address.
pub const DEFAULT_PORT: u16 = 8017;

/// Longer than anybody waits; it keeps the arithmetic of time from overflowing.
const TIME_MAX_MS: u64 = 7 * 24 * 60 * 60 * 1000;

/// One message is held in memory as a whole.
const BYTES_MAX: u64 = 1 << 30;

/// Beside the chatInfo, a 200 has a topic, an id and some numbers: with every character escaped, no more than this.
const DELIVERY_EXTRA: u64 = 4096;

/// The settings of a server.
///
/// ```
/// use roomwire_server::Config;
/// let mut config = Config { listen: ([127, 0, 0, 1], 0).into(), ..Config::default() };
/// config.limits.heartbeat_timeout_ms = 1500;
/// assert!(config.check().is_ok());
/// ```
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Config {
    /// Where to listen. Port 0 takes a free one. Default: 127.0.0.1:8017.
    pub listen: SocketAddr,
    /// What each 201 declares, and what is kept to. Default: the usual values of the specification. Those of profiles
    /// that are not served are neither declared nor used.
    pub limits: Limits,
    /// What each 201 claims: every profile, or less, as for tests. Default: all.
    pub profiles: Profiles,
    /// How many bytes of what was said lately are kept in memory, for all rooms together, for those who come back and so
    /// that no chat is said twice. Default: 256 MiB.
    pub recent_bytes: usize,
    /// Where what was said is kept.
    pub history: HistoryConfig,
    /// Where the operator announces: a loopback address, and port 0 for a free one. Default: nowhere.
    pub admin: Option<SocketAddr>,
    /// How many connections may be open. One more is refused with HTTP status 503. Default: 50,000.
    pub max_connections: usize,
    /// Take any token for its user also on an address that others can reach. On a loopback address, where one
    /// develops, that is done anyway. Default: no.
    pub allow_any_token: bool,
    /// How long a server that stops waits between announcing it and closing what is still open. Default: 1 s.
    pub drain: Duration,
    /// When clients are told to come back, counted from the announcement. Default: 2 s.
    pub reconnect_after: Duration,
}

impl Default for Config {
    fn default() -> Self {
        Self {
            listen: (Ipv4Addr::LOCALHOST, DEFAULT_PORT).into(),
            limits: Limits::default(),
            profiles: Profiles::ALL,
            recent_bytes: 256 << 20,
            history: HistoryConfig::default(),
            admin: None,
            max_connections: 50_000,
            allow_any_token: false,
            drain: Duration::from_secs(1),
            reconnect_after: Duration::from_secs(2),
        }
    }
}

impl Config {
    /// The defaults, on a free port of the loopback interface: a server to test with.
    #[must_use]
    pub fn on_free_port() -> Self {
        Self { listen: (Ipv4Addr::LOCALHOST, 0).into(), ..Self::default() }
    }

    /// Looks for settings with which no server can run, or none should.
    ///
    /// # Errors
    /// The first one that was found.
    pub fn check(&self) -> Result<(), ConfigError> {
        let limits = &self.limits;
        in_range("heartbeat-timeout-ms", limits.heartbeat_timeout_ms, 1, TIME_MAX_MS)?;
        in_range("auth-timeout-ms", limits.auth_timeout_ms, 1, TIME_MAX_MS)?;
        in_range("max-message-bytes", limits.max_message_bytes, 1, BYTES_MAX)?;
        in_range("max-topics", limits.max_topics, 1, 1 << 20)?;
        in_range("max-queue-bytes", limits.max_queue_bytes, 1, BYTES_MAX)?;
        in_range("presence-grace-ms", limits.presence_grace_ms.unwrap_or(0), 0, TIME_MAX_MS)?;
        in_range("roster-max", limits.roster_max.unwrap_or(1), 1, 1 << 20)?;
        in_range("history-chats", self.history.chats, 1, 1 << 40)?;
        in_range("recent-bytes", self.recent_bytes as u64, 1 << 16, 1 << 40)?;
        in_range("max-connections", self.max_connections as u64, 1, 1 << 24)?;
        in_range("drain-ms", milliseconds(self.drain), 0, TIME_MAX_MS)?;
        in_range("reconnect-after-ms", milliseconds(self.reconnect_after), 0, TIME_MAX_MS)?;
        let least = limits.max_message_bytes + DELIVERY_EXTRA;
        if limits.max_queue_bytes < least {
            return Err(ConfigError::QueueTooSmall { queue: limits.max_queue_bytes, least });
        }
        if let Some(admin) = self.admin.filter(|admin| !admin.ip().is_loopback()) {
            return Err(ConfigError::AdminOpenToOthers { admin });
        }
        if !self.listen.ip().is_loopback() && !self.allow_any_token {
            return Err(ConfigError::OpenToOthers { listen: self.listen });
        }
        Ok(())
    }
}

pub(crate) fn milliseconds(time: Duration) -> u64 {
    u64::try_from(time.as_millis()).unwrap_or(u64::MAX)
}

fn in_range(name: &'static str, value: u64, min: u64, max: u64) -> Result<(), ConfigError> {
    if (min..=max).contains(&value) { Ok(()) } else { Err(ConfigError::OutOfRange { name, value, min, max }) }
}

/// A setting with which a server refuses to start.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum ConfigError {
    /// A number is too small or too large.
    #[error("{name} is {value}: expected {min} to {max}")]
    OutOfRange {
        /// The flag that sets it.
        name: &'static str,
        /// The number.
        value: u64,
        /// The least that may be.
        min: u64,
        /// The most that may be.
        max: u64,
    },
    /// One long message would end everybody who hears it.
    #[error(
        "max-queue-bytes is {queue}: with this max-message-bytes it has to be {least} at least, or one long message \
         ends everybody who hears it"
    )]
    QueueTooSmall {
        /// `limits.maxQueueBytes`.
        queue: u64,
        /// What it has to be at least.
        least: u64,
    },
    /// Anybody could speak in the server's name.
    #[error("admin is {admin}, which can be reached from outside: expected an address like 127.0.0.1:8018")]
    AdminOpenToOthers {
        /// The address.
        admin: SocketAddr,
    },
    /// Anybody could speak in anybody's name.
    #[error(
        "{listen} can be reached from outside, and this server takes any token for its user: whoever reaches it may \
         speak in anybody's name. Listen on 127.0.0.1, or say --allow-any-token if that is meant"
    )]
    OpenToOthers {
        /// The address.
        listen: SocketAddr,
    },
}
