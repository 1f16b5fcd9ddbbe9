//! Settings with which a server refuses to start.

use std::net::SocketAddr;
use std::path::PathBuf;

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
    /// Anybody could speak in anybody's name.
    #[error(
        "{listen} can be reached from outside, and this server takes any token for its user: whoever reaches it may \
         speak in anybody's name. Listen on 127.0.0.1, give it --tokens or --jwt-key, or say --allow-any-token if that \
         is meant"
    )]
    OpenToOthers {
        /// The address.
        listen: SocketAddr,
    },
    /// Anybody could speak in the server's name.
    #[error("admin is {admin}, which can be reached from outside: expected an address like 127.0.0.1:8018")]
    AdminOpenToOthers {
        /// The address.
        admin: SocketAddr,
    },
    /// It would be over before it is over.
    #[error("drain-limit-ms is {limit}: it has to be {drain} at least, which is drain-ms")]
    DrainTooShort {
        /// [`Config::drain_limit`](crate::Config::drain_limit), in milliseconds.
        limit: u64,
        /// [`Config::drain`](crate::Config::drain), in milliseconds.
        drain: u64,
    },
    /// One setting makes no sense without another.
    #[error("--{name} is there, and --{lacks} is not: give both or none")]
    Alone {
        /// The flag that is there.
        name: &'static str,
        /// The one that has to stand beside it.
        lacks: &'static str,
    },
    /// Two settings that contradict one another.
    #[error("--{name} and --{other} are both there: a server knows its users in one way only. Leave one out")]
    Both {
        /// One flag.
        name: &'static str,
        /// The other.
        other: &'static str,
    },
    /// A file that is named by a setting cannot be used.
    #[error("--{name} {}: {why}", path.display())]
    File {
        /// The flag that names it.
        name: &'static str,
        /// The file.
        path: PathBuf,
        /// What is wrong with it, and where.
        why: String,
    },
    /// One of these, with its place in the file of settings.
    #[error("{place}: {error}")]
    At {
        /// The file, the line and the column.
        place: String,
        /// What is wrong there.
        error: Box<ConfigError>,
    },
}

impl ConfigError {
    /// The flag that would have to be another, where it is one.
    #[must_use]
    pub fn setting(&self) -> Option<&'static str> {
        match self {
            Self::OutOfRange { name, .. }
            | Self::Alone { name, .. }
            | Self::Both { name, .. }
            | Self::File { name, .. } => Some(name),
            Self::QueueTooSmall { .. } => Some("max-queue-bytes"),
            Self::OpenToOthers { .. } => Some("listen"),
            Self::AdminOpenToOthers { .. } => Some("admin"),
            Self::DrainTooShort { .. } => Some("drain-limit-ms"),
            Self::At { error, .. } => error.setting(),
        }
    }
}
