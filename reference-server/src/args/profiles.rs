//! The flags of the profiles: what is served beside the core, and who shows on lists.

use roomwire_protocol::Limits;
use roomwire_protocol::code::{Profile, Profiles};

#[derive(Clone, Debug, clap::Args)]
pub(super) struct ProfileArgs {
    /// Serve these profiles beside the core, separated by commas: presence, notice, resume, history; `core` for no other
    #[arg(long, env = "ROOMWIRE_PROFILES", value_name = "PROFILE,…", value_delimiter = ',', value_parser = profile,
          default_value = "presence,notice,resume,history")]
    profiles: Vec<Profile>,

    /// Keep a user whose connection was lost on the list for so many milliseconds
    #[arg(long, env = "ROOMWIRE_PRESENCE_GRACE_MS", value_name = "MS", default_value_t = 0)]
    presence_grace_ms: u64,

    /// How many users a list shows before it is cut; fewer where lists of the longest names would not fit into
    /// --max-queue-bytes
    #[arg(long, env = "ROOMWIRE_ROSTER_MAX", value_name = "N", default_value_t = 200)]
    roster_max: u64,
}

impl ProfileArgs {
    pub(super) fn served(&self) -> Profiles {
        self.profiles.iter().copied().collect()
    }

    pub(super) fn limit(&self, limits: &mut Limits) {
        limits.presence_grace_ms = Some(self.presence_grace_ms);
        limits.roster_max = Some(self.roster_max);
    }
}

fn profile(name: &str) -> Result<Profile, String> {
    Profile::from_name(name).ok_or_else(|| "expected core, presence, notice, resume or history".to_owned())
}
