//! What a server can be told about its history.

use std::path::PathBuf;
use std::time::Duration;

/// Where what was said is kept, and how much of it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct HistoryConfig {
    /// The folder of the file in which it is kept. It is made where it is not there. Without one it is kept in memory, and
    /// ends with the server. Default: none.
    pub data: Option<PathBuf>,
    /// How many chats are kept at most. Default: 1,000,000; in memory no more than fit into 256 MiB.
    pub chats: u64,
    /// How long they are kept at most. Default: for ever.
    pub age: Option<Duration>,
    /// Say chats also while they cannot be kept, as when the disk is full; otherwise they are refused with 503.
    /// Default: no.
    pub chat_without: bool,
    /// The origins whose web pages may read the HTTP beside the socket, like `https://rooms.example`; `*` is any.
    /// Default: none.
    pub cors: Vec<String>,
}

impl Default for HistoryConfig {
    fn default() -> Self {
        Self { data: None, chats: 1_000_000, age: None, chat_without: false, cors: Vec::new() }
    }
}
