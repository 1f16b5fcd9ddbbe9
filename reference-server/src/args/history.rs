//! The flags of the history.

use std::path::PathBuf;
use std::time::Duration;

use clap::builder::FalseyValueParser;

use crate::config::HistoryConfig;

#[derive(Clone, Debug, clap::Args)]
pub(super) struct HistoryArgs {
    /// Keep what was said in this folder; without it, in memory for as long as the server runs
    #[arg(long, env = "ROOMWIRE_DATA", value_name = "DIR")]
    data: Option<PathBuf>,

    /// How many chats the history keeps
    #[arg(long, env = "ROOMWIRE_HISTORY_CHATS", value_name = "N", default_value_t = HistoryConfig::default().chats)]
    history_chats: u64,

    /// How many seconds the history keeps a chat; without it, as long as there is room
    #[arg(long, env = "ROOMWIRE_HISTORY_SECONDS", value_name = "S")]
    history_seconds: Option<u64>,

    /// Say chats also while they cannot be kept, as when the disk is full, instead of refusing them with 503
    #[arg(long, env = "ROOMWIRE_CHAT_WITHOUT_HISTORY", value_parser = FalseyValueParser::new())]
    chat_without_history: bool,

    /// How many bytes of what was said lately are kept in memory, for those who come back, and so that no chat is said twice
    #[arg(long, env = "ROOMWIRE_RECENT_BYTES", value_name = "BYTES", default_value_t = 256 << 20)]
    pub(super) recent_bytes: usize,

    /// Origins whose web pages may read the HTTP beside the socket, separated by commas; * for any
    #[arg(long, env = "ROOMWIRE_CORS", value_name = "ORIGIN,…", value_delimiter = ',')]
    cors: Vec<String>,
}

impl HistoryArgs {
    pub(super) fn config(&self) -> HistoryConfig {
        HistoryConfig {
            data: self.data.clone(),
            chats: self.history_chats,
            age: self.history_seconds.map(Duration::from_secs),
            chat_without: self.chat_without_history,
            cors: self.cors.clone(),
        }
    }
}
