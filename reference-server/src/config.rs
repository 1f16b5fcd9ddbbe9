//! What a server can be told, with its defaults.

use std::net::{Ipv4Addr, SocketAddr};
use std::path::PathBuf;
use std::time::Duration;

pub use ipnet::IpNet;
use roomwire_protocol::Limits;
use roomwire_protocol::code::Profiles;

pub use self::history::HistoryConfig;

pub use self::error::ConfigError;

mod error;
mod history;

/// The port of the default address.
pub const DEFAULT_PORT: u16 = 8017;

/// Longer than anybody waits; it keeps the arithmetic of time from overflowing.
const TIME_MAX_MS: u64 = 7 * 24 * 60 * 60 * 1000;

/// One message is held in memory as a whole.
const BYTES_MAX: u64 = 1 << 30;

/// Beside the chatInfo, a 200 has a topic, an id and some numbers: with every character escaped, no more than this.
const DELIVERY_EXTRA: u64 = 4096;

/// A user on a list, with the longest names there are, and what stands around them: 128 characters of 4 bytes at most,
/// and 64 and 512 that may be `\\u0000` in JSON within JSON.
const LISTED_MAX: u64 = 128 * 4 + (64 + 512) * 7 + 128;

/// The settings of a server.
///
/// ```
/// use roomwire_server::{Config, Rate};
/// let mut config = Config { listen: ([127, 0, 0, 1], 0).into(), ..Config::default() };
/// config.limits.heartbeat_timeout_ms = 1500;
/// config.rate_per_connection = Some(Rate { per_second: 20, burst: 40 });
/// assert!(config.check().is_ok());
/// ```
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Config {
    /// Where to listen. Port 0 takes a free one. Default: 127.0.0.1:8017.
    pub listen: SocketAddr,
    /// Answer `/metrics` where clients connect as well. Default: no.
    pub public_metrics: bool,
    /// Certificate and key, where the server speaks TLS. Default: it does not.
    pub tls: Option<TlsFiles>,
    /// From where `X-Forwarded-For` is believed. Default: from nowhere.
    pub trusted_proxies: Vec<IpNet>,
    /// Who speaks. Default: any token is the name of its user.
    pub identity: Identity,
    /// Take any token for its user also on an address that others can reach. On a loopback address, where one
    /// develops, that is done anyway. Default: no.
    pub allow_any_token: bool,
    /// Refuse an upgrade whose header `Authorization` holds no token that is known. Default: no.
    pub require_header: bool,
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
    /// Where to listen for the operator, with `/healthz`, `/metrics` and `/announce`: a loopback address, and port 0 for
    /// a free one. Default: nowhere.
    pub admin: Option<SocketAddr>,
    /// How many connections may be open. One more is refused with HTTP status 503. Default: 50,000.
    pub max_connections: usize,
    /// How many of them may come from one address (of IPv6: one /64). Default: 0, for any number.
    pub max_connections_per_address: usize,
    /// How many of them may have had no frame accepted yet. One more is refused with HTTP status 503. Default: 20,000.
    pub max_unauthenticated: usize,
    /// How much one connection may send. Default: any amount.
    pub rate_per_connection: Option<Rate>,
    /// How much all connections of one user may send. Default: any amount.
    pub rate_per_user: Option<Rate>,
    /// How long a server that stops waits between announcing it and closing what is still open; no longer than
    /// three quarters of [`Config::drain_limit`]. Default: 1 s.
    pub drain: Duration,
    /// How long a server that stops takes at most, until everything has ended and is written. Default: 10 s.
    pub drain_limit: Duration,
    /// When clients are told to come back, counted from the announcement. Default: 2 s.
    pub reconnect_after: Duration,
    /// What is added to that at most, for each client something else. Default: 3 s.
    pub reconnect_spread: Duration,
}

/// Where the certificate of a server is.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct TlsFiles {
    /// The certificate, and behind it those that vouch for it, as PEM.
    pub cert: PathBuf,
    /// Its private key, as PEM.
    pub key: PathBuf,
}

/// By what a server knows who speaks.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub enum Identity {
    /// Any text is the token of the user of that name: for development.
    #[default]
    AnyToken,
    /// A JSON file of tokens, each with its user or with `{user, displayName?, avatarurl?}`.
    Tokens(PathBuf),
    /// JSON Web Tokens.
    Jwt(JwtSettings),
}

/// Which JSON Web Tokens are taken, and what is read in them.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct JwtSettings {
    /// Files with a key each; a token is good when one of them has signed it. For HS256 the secret, of which line ends
    /// behind it are no part; otherwise a public key as PEM.
    pub keys: Vec<PathBuf>,
    /// How they sign.
    pub algorithm: JwtAlgorithm,
    /// The audience that a token has to name. Without it, a token that names one is refused.
    pub audience: Option<String>,
    /// How long after its expiry, and before its begin, a token is taken.
    pub leeway: Duration,
    /// The claim that names the user.
    pub user_claim: String,
    /// The claim with what the user is called where a join does not say it.
    pub name_claim: Option<String>,
    /// The claim with the address of the user's picture where a join does not say it.
    pub picture_claim: Option<String>,
}

/// How a JSON Web Token is signed.
#[derive(Clone, Copy, Debug, PartialEq, Eq, clap::ValueEnum)]
pub enum JwtAlgorithm {
    /// HMAC with SHA-256: whoever can check a token can also make one.
    #[value(name = "HS256")]
    Hs256,
    /// RSA with SHA-256.
    #[value(name = "RS256")]
    Rs256,
    /// ECDSA on P-256 with SHA-256.
    #[value(name = "ES256")]
    Es256,
}

/// How much may come in.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Rate {
    /// Frames a second, in the long run; 1 at least.
    pub per_second: u32,
    /// How many may come at once; 1 at least.
    pub burst: u32,
}

impl Rate {
    /// As the flags have it: a rate of 0 is none, a burst of 0 is twice the rate.
    pub(crate) fn of(per_second: u32, burst: u32) -> Option<Self> {
        let burst = if burst == 0 { per_second.saturating_mul(2) } else { burst };
        (per_second > 0).then_some(Self { per_second, burst })
    }
}

impl Default for Config {
    fn default() -> Self {
        Self {
            listen: (Ipv4Addr::LOCALHOST, DEFAULT_PORT).into(),
            public_metrics: false,
            tls: None,
            trusted_proxies: Vec::new(),
            identity: Identity::default(),
            allow_any_token: false,
            require_header: false,
            limits: Limits::default(),
            profiles: Profiles::ALL,
            recent_bytes: 256 << 20,
            history: HistoryConfig::default(),
            admin: None,
            max_connections: 50_000,
            max_connections_per_address: 0,
            max_unauthenticated: 20_000,
            rate_per_connection: None,
            rate_per_user: None,
            drain: Duration::from_secs(1),
            drain_limit: Duration::from_secs(10),
            reconnect_after: Duration::from_secs(2),
            reconnect_spread: Duration::from_secs(3),
        }
    }
}

impl Config {
    /// The defaults, on a free port of the loopback interface: a server to test with.
    #[must_use]
    pub fn on_free_port() -> Self {
        Self { listen: (Ipv4Addr::LOCALHOST, 0).into(), ..Self::default() }
    }

    /// The limits that are declared: a list never shows more users than fit into what may wait for a connection,
    /// whatever they are called. Otherwise to join would be to be ended as a slow consumer.
    pub(crate) fn kept_limits(&self) -> Limits {
        let mut limits = self.limits;
        let room = limits.max_queue_bytes.saturating_sub(crate::hub::ANSWER_MAX as u64);
        let fit = (room / LISTED_MAX).max(1);
        limits.roster_max = limits.roster_max.map(|asked| asked.min(fit));
        if limits.roster_max != self.limits.roster_max {
            tracing::info!(
                roster_max = fit,
                "lists show fewer users than --roster-max says: more would not fit into --max-queue-bytes"
            );
        }
        limits
    }

    /// Looks for settings with which no server can run, or none should. It opens no file.
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
        in_range("max-connections-per-address", self.max_connections_per_address as u64, 0, 1 << 24)?;
        in_range("max-unauthenticated", self.max_unauthenticated as u64, 1, 1 << 24)?;
        for (name, burst_name, rate) in [
            ("rate-per-connection", "burst-per-connection", self.rate_per_connection),
            ("rate-per-user", "burst-per-user", self.rate_per_user),
        ] {
            let Some(rate) = rate else { continue };
            in_range(name, rate.per_second.into(), 1, 1_000_000)?;
            in_range(burst_name, rate.burst.into(), 1, 2_000_000)?;
        }
        if let Identity::Jwt(jwt) = &self.identity {
            in_range("jwt-leeway-ms", milliseconds(jwt.leeway), 0, TIME_MAX_MS)?;
        }
        in_range("drain-ms", milliseconds(self.drain), 0, TIME_MAX_MS)?;
        in_range("drain-limit-ms", milliseconds(self.drain_limit), 0, 2 * TIME_MAX_MS)?;
        in_range("reconnect-after-ms", milliseconds(self.reconnect_after), 0, TIME_MAX_MS)?;
        in_range("reconnect-spread-ms", milliseconds(self.reconnect_spread), 0, TIME_MAX_MS)?;
        if self.drain_limit < self.drain {
            let (limit, drain) = (milliseconds(self.drain_limit), milliseconds(self.drain));
            return Err(ConfigError::DrainTooShort { limit, drain });
        }
        let least = limits.max_message_bytes + DELIVERY_EXTRA;
        if limits.max_queue_bytes < least {
            return Err(ConfigError::QueueTooSmall { queue: limits.max_queue_bytes, least });
        }
        if let Some(admin) = self.admin.filter(|admin| !admin.ip().is_loopback()) {
            return Err(ConfigError::AdminOpenToOthers { admin });
        }
        let anybody = self.identity == Identity::AnyToken && !self.allow_any_token;
        if !self.listen.ip().is_loopback() && anybody {
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
