//! The command line: every setting is a flag, has a twin in the environment, and may stand in a file.

use std::fmt;
use std::net::{SocketAddr, ToSocketAddrs};
use std::path::PathBuf;
use std::time::Duration;

use clap::builder::FalseyValueParser;
use clap::{ArgMatches, Command, FromArgMatches};
use ipnet::IpNet;
use roomwire_protocol::Limits;

use crate::config::{Config, ConfigError, Identity, JwtAlgorithm, JwtSettings, Rate, TlsFiles, milliseconds};

mod file;
mod history;
mod profiles;

/// The settings of a server as a program is told them, to be flattened into its own flags.
///
/// A flag wins over its twin in the environment, that over the file which `--config` names, and that over the
/// default. The keys of the file are the names of the flags.
#[derive(Clone, Debug)]
pub struct Args {
    pub(crate) flags: Flags,
    /// Where in the file those settings stand that come from there.
    places: file::Places,
}

#[derive(Clone, Debug, clap::Args)]
pub(crate) struct Flags {
    /// Read settings from this TOML file; its keys are the names of these flags, like `max-topics = 10`
    #[arg(long, env = "ROOMWIRE_CONFIG", value_name = "FILE")]
    config: Option<PathBuf>,

    /// Address to listen on, as HOST:PORT; port 0 takes a free one
    #[arg(long, env = "ROOMWIRE_LISTEN", value_name = "HOST:PORT", default_value = "127.0.0.1:8017", value_parser = resolve)]
    listen: SocketAddr,

    /// Listen for the operator on this address, which has to be a loopback one: GET /healthz, GET /metrics, POST /announce
    /// {"topic"?, "data"}
    #[arg(long, env = "ROOMWIRE_ADMIN", value_name = "HOST:PORT", value_parser = resolve)]
    admin: Option<SocketAddr>,

    /// Answer /metrics on the address for clients as well, where anybody can read them
    #[arg(long, env = "ROOMWIRE_PUBLIC_METRICS", value_parser = FalseyValueParser::new())]
    public_metrics: bool,

    /// Speak TLS, with this certificate and those that vouch for it, as PEM; read again on SIGHUP
    #[arg(long, env = "ROOMWIRE_TLS_CERT", value_name = "FILE")]
    tls_cert: Option<PathBuf>,

    /// The private key of the certificate, as PEM; read again on SIGHUP
    #[arg(long, env = "ROOMWIRE_TLS_KEY", value_name = "FILE")]
    tls_key: Option<PathBuf>,

    /// Believe X-Forwarded-For where it comes from these addresses, like 10.0.0.0/8
    #[arg(long, env = "ROOMWIRE_TRUSTED_PROXY", value_name = "CIDR", value_delimiter = ',', value_parser = network)]
    trusted_proxy: Vec<IpNet>,

    /// Take any token for its user also on an address that others can reach: anybody may then speak in any name
    #[arg(long, env = "ROOMWIRE_ALLOW_ANY_TOKEN", value_parser = FalseyValueParser::new())]
    allow_any_token: bool,

    /// Know these tokens alone: JSON, token → user or {user, displayName?, avatarurl?}; read again on SIGHUP
    #[arg(long, env = "ROOMWIRE_TOKENS", value_name = "FILE")]
    tokens: Option<PathBuf>,

    /// Take JSON Web Tokens that one of these keys has signed: a secret for HS256, else a public key as PEM; read
    /// again on SIGHUP
    #[arg(long, env = "ROOMWIRE_JWT_KEY", value_name = "FILE", value_delimiter = ',')]
    jwt_key: Vec<PathBuf>,

    /// How JSON Web Tokens are signed
    #[arg(long, env = "ROOMWIRE_JWT_ALGORITHM", value_name = "NAME", value_enum, ignore_case = true, default_value_t = JwtAlgorithm::Hs256)]
    jwt_algorithm: JwtAlgorithm,

    /// Take JSON Web Tokens for this audience alone; without it, those that name none
    #[arg(long, env = "ROOMWIRE_JWT_AUDIENCE", value_name = "TEXT")]
    jwt_audience: Option<String>,

    /// How long after its expiry a JSON Web Token is still taken, in milliseconds, since clocks differ
    #[arg(long, env = "ROOMWIRE_JWT_LEEWAY_MS", value_name = "MS", default_value_t = 30_000)]
    jwt_leeway_ms: u64,

    /// The claim of a JSON Web Token that names its user
    #[arg(long, env = "ROOMWIRE_JWT_USER_CLAIM", value_name = "CLAIM", default_value = "sub")]
    jwt_user_claim: String,

    /// The claim with what its user is called where a join does not say it
    #[arg(long, env = "ROOMWIRE_JWT_NAME_CLAIM", value_name = "CLAIM")]
    jwt_name_claim: Option<String>,

    /// The claim with the address of its user's picture where a join does not say it
    #[arg(long, env = "ROOMWIRE_JWT_PICTURE_CLAIM", value_name = "CLAIM")]
    jwt_picture_claim: Option<String>,

    /// Refuse an upgrade with HTTP status 401 unless its header Authorization holds a token that is known
    #[arg(long, env = "ROOMWIRE_REQUIRE_HEADER", value_parser = FalseyValueParser::new())]
    require_header: bool,

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

    /// How many of them may come from one address (of IPv6: one /64); 0 for any number
    #[arg(long, env = "ROOMWIRE_MAX_CONNECTIONS_PER_ADDRESS", value_name = "N", default_value_t = 0)]
    max_connections_per_address: usize,

    /// How many of them may have had no frame accepted yet; one more is refused with HTTP status 503
    #[arg(long, env = "ROOMWIRE_MAX_UNAUTHENTICATED", value_name = "N", default_value_t = Config::default().max_unauthenticated)]
    max_unauthenticated: usize,

    /// How many frames a connection may send in a second, in the long run; 0 for any number
    #[arg(long, env = "ROOMWIRE_RATE_PER_CONNECTION", value_name = "N", default_value_t = 0)]
    rate_per_connection: u32,

    /// How many of them may come at once; 0 for twice the rate
    #[arg(long, env = "ROOMWIRE_BURST_PER_CONNECTION", value_name = "N", default_value_t = 0)]
    burst_per_connection: u32,

    /// How many frames all connections of a user may send in a second, in the long run; 0 for any number
    #[arg(long, env = "ROOMWIRE_RATE_PER_USER", value_name = "N", default_value_t = 0)]
    rate_per_user: u32,

    /// How many of them may come at once; 0 for twice the rate
    #[arg(long, env = "ROOMWIRE_BURST_PER_USER", value_name = "N", default_value_t = 0)]
    burst_per_user: u32,

    /// When told to stop, wait so many milliseconds between the announcement and closing what is still open, and no
    /// longer than three quarters of --drain-limit-ms
    #[arg(long, env = "ROOMWIRE_DRAIN_MS", value_name = "MS", default_value_t = milliseconds(Config::default().drain))]
    drain_ms: u64,

    /// When told to stop, have ended after so many milliseconds, whatever is still open or to be written
    #[arg(long, env = "ROOMWIRE_DRAIN_LIMIT_MS", value_name = "MS", default_value_t = milliseconds(Config::default().drain_limit))]
    drain_limit_ms: u64,

    /// When told to stop, tell clients to come back after so many milliseconds
    #[arg(long, env = "ROOMWIRE_RECONNECT_AFTER_MS", value_name = "MS", default_value_t = milliseconds(Config::default().reconnect_after))]
    reconnect_after_ms: u64,

    /// Add up to so many milliseconds to that, for each client others, so that they do not all come at once
    #[arg(long, env = "ROOMWIRE_RECONNECT_SPREAD_MS", value_name = "MS", default_value_t = milliseconds(Config::default().reconnect_spread))]
    reconnect_spread_ms: u64,

    /// Threads to run on; 0 takes as many as there are processors
    #[arg(long, env = "ROOMWIRE_THREADS", value_name = "N", default_value_t = 0)]
    pub(crate) threads: usize,

    /// What is logged to stderr: off, error, warn, info, debug or trace, or a filter like `roomwire_server=debug`
    #[arg(long, env = "ROOMWIRE_LOG", value_name = "FILTER", default_value = "info")]
    pub(crate) log: String,

    /// How it is logged
    #[arg(long, env = "ROOMWIRE_LOG_FORMAT", value_name = "FORMAT", value_enum, default_value_t = LogFormat::Text)]
    pub(crate) log_format: LogFormat,
}

/// How a line of the log looks.
#[derive(Clone, Copy, Debug, PartialEq, Eq, clap::ValueEnum)]
pub(crate) enum LogFormat {
    /// For people, with colours on a terminal
    Text,
    /// One JSON object a line
    Json,
}

impl clap::Args for Args {
    fn augment_args(command: Command) -> Command {
        Flags::augment_args(command)
    }

    fn augment_args_for_update(command: Command) -> Command {
        Flags::augment_args_for_update(command)
    }
}

impl FromArgMatches for Args {
    fn from_arg_matches(matches: &ArgMatches) -> Result<Self, clap::Error> {
        let flags = Flags::from_arg_matches(matches)?;
        let Some(path) = &flags.config else { return Ok(Self { flags, places: file::Places::default() }) };
        let wrong = |why: &dyn fmt::Display| {
            clap::Error::raw(clap::error::ErrorKind::ValueValidation, format!("{why}\n"))
        };
        let (settings, places) = file::read(path).map_err(|why| wrong(&why))?;
        let command = flags_alone();
        let words = file::merge(&command, matches, settings);
        let matches = command.try_get_matches_from(words)?;
        Ok(Self { flags: Flags::from_arg_matches(&matches)?, places })
    }

    fn update_from_arg_matches(&mut self, matches: &ArgMatches) -> Result<(), clap::Error> {
        *self = Self::from_arg_matches(matches)?;
        Ok(())
    }
}

/// The flags without the program around them.
fn flags_alone() -> Command {
    <Flags as clap::Args>::augment_args(Command::new("settings").no_binary_name(true).disable_help_flag(true))
}

impl TryFrom<&Args> for Config {
    type Error = ConfigError;

    fn try_from(args: &Args) -> Result<Self, ConfigError> {
        let config = args.flags.to_config().and_then(|config| {
            config.check()?;
            Ok(config)
        });
        config.map_err(|error| match error.setting().and_then(|name| args.places.get(name)) {
            Some(place) => ConfigError::At { place: place.clone(), error: Box::new(error) },
            None => error,
        })
    }
}

impl Flags {
    fn to_config(&self) -> Result<Config, ConfigError> {
        let mut limits = Limits::default();
        limits.heartbeat_timeout_ms = self.heartbeat_timeout_ms;
        limits.auth_timeout_ms = self.auth_timeout_ms;
        limits.max_message_bytes = self.max_message_bytes;
        limits.max_topics = self.max_topics;
        limits.max_queue_bytes = self.max_queue_bytes;
        self.profiles.limit(&mut limits);
        Ok(Config {
            listen: self.listen,
            admin: self.admin,
            recent_bytes: self.history.recent_bytes,
            history: self.history.config(),
            public_metrics: self.public_metrics,
            tls: self.tls()?,
            trusted_proxies: self.trusted_proxy.clone(),
            identity: self.identity()?,
            allow_any_token: self.allow_any_token,
            require_header: self.require_header,
            profiles: self.profiles.served(),
            limits,
            max_connections: self.max_connections,
            max_connections_per_address: self.max_connections_per_address,
            max_unauthenticated: self.max_unauthenticated,
            rate_per_connection: Rate::of(self.rate_per_connection, self.burst_per_connection),
            rate_per_user: Rate::of(self.rate_per_user, self.burst_per_user),
            drain: Duration::from_millis(self.drain_ms),
            drain_limit: Duration::from_millis(self.drain_limit_ms),
            reconnect_after: Duration::from_millis(self.reconnect_after_ms),
            reconnect_spread: Duration::from_millis(self.reconnect_spread_ms),
        })
    }

    fn tls(&self) -> Result<Option<TlsFiles>, ConfigError> {
        match (&self.tls_cert, &self.tls_key) {
            (Some(cert), Some(key)) => Ok(Some(TlsFiles { cert: cert.clone(), key: key.clone() })),
            (None, None) => Ok(None),
            (Some(_), None) => Err(ConfigError::Alone { name: "tls-cert", lacks: "tls-key" }),
            (None, Some(_)) => Err(ConfigError::Alone { name: "tls-key", lacks: "tls-cert" }),
        }
    }

    fn identity(&self) -> Result<Identity, ConfigError> {
        match (&self.tokens, self.jwt_key.as_slice()) {
            (None, []) => match &self.jwt_audience {
                Some(_) => Err(ConfigError::Alone { name: "jwt-audience", lacks: "jwt-key" }),
                None => Ok(Identity::AnyToken),
            },
            (Some(path), []) => Ok(Identity::Tokens(path.clone())),
            (None, keys) => Ok(Identity::Jwt(JwtSettings {
                keys: keys.to_vec(),
                algorithm: self.jwt_algorithm,
                audience: self.jwt_audience.clone(),
                leeway: Duration::from_millis(self.jwt_leeway_ms),
                user_claim: self.jwt_user_claim.clone(),
                name_claim: self.jwt_name_claim.clone(),
                picture_claim: self.jwt_picture_claim.clone(),
            })),
            (Some(_), _) => Err(ConfigError::Both { name: "tokens", other: "jwt-key" }),
        }
    }
}

fn resolve(text: &str) -> Result<SocketAddr, String> {
    let mut found = text
        .to_socket_addrs()
        .map_err(|error| format!("{error}; expected HOST:PORT, like 127.0.0.1:8017"))?;
    found.next().ok_or_else(|| "the name has no address".to_owned())
}

/// Reads `10.0.0.0/8`, or one address alone.
fn network(text: &str) -> Result<IpNet, String> {
    let text = text.trim();
    text.parse()
        .or_else(|_| text.parse().map(|one: std::net::IpAddr| IpNet::from(one)))
        .map_err(|_| "expected an address or a block of them, like 10.0.0.1 or 10.0.0.0/8".to_owned())
}
