//! Whom to trust with `wss://`: the same two flags wherever a server is connected to.

use std::path::PathBuf;

use super::Usage;
use crate::client::tls::Trust;

/// Whom to trust.
#[derive(Debug, Clone, Default, clap::Args)]
pub(super) struct TrustArgs {
    /// The authorities to trust with wss://, in a PEM file, in place of those that browsers trust
    #[arg(long, value_name = "FILE", conflicts_with = "insecure", help_heading = "Server")]
    pub(super) ca: Option<PathBuf>,

    /// Trust any certificate with wss://, for a test server: whoever stands between may read and answer
    #[arg(long, help_heading = "Server")]
    pub(super) insecure: bool,
}

impl TrustArgs {
    /// Reads the file, where there is one; none: as browsers do.
    pub(super) fn read(&self) -> Result<Option<Trust>, Usage> {
        match &self.ca {
            Some(path) => Ok(Some(Trust::in_file(path).map_err(|why| Usage::new(format!("--ca: {why}")))?)),
            None if self.insecure => Ok(Some(Trust::anybody().map_err(Usage::new)?)),
            None => Ok(None),
        }
    }
}
