//! The server under test: how it is reached, what it declares, and what becomes of it.

use std::fmt;
use std::sync::Arc;
use std::time::{Duration, Instant};

use serde::{Deserialize, Serialize};
use serde_json::Value;

use crate::client::{self, OpenError, Target};
use crate::clock;
use crate::program::{TimeLimit, Upgrade};
use crate::view::integer;

mod spawned;

pub use spawned::{Spawned, StartError};

/// How much later than a declared time limit a server may act on it (LIMIT-2, LIMIT-5).
pub const TIME_LIMIT_GRACE: Duration = Duration::from_secs(5);

/// How many milliseconds a server has for telling of a change to a user list (PRES-12, PRES-13, PRES-19).
pub const PRESENCE_MS: u64 = 1000;
/// How much later than due a list may still show who is gone before it counts: what was asked for, and what came, are
/// seen a little later than they were.
pub const PRESENCE_SLACK_MS: u64 = 500;

/// The heartbeat limit, in milliseconds, that a server is started with for a run: as short as it can be
/// without a busy machine coming near it.
pub const SHORT_HEARTBEAT_TIMEOUT_MS: u64 = 1500;
/// The authentication limit, in milliseconds, that a server is started with for a run.
pub const SHORT_AUTH_TIMEOUT_MS: u64 = 1000;

/// How long between two looks at whether a server is up.
const LOOK_AGAIN: Duration = Duration::from_millis(20);

/// A server under test.
#[derive(Debug)]
pub enum Subject {
    /// One that runs already, and that the runner has no hold on.
    Running,
    /// One that runs in this process, and that the runner may tell to end; then it is gone for good.
    Kept(Ending),
    /// One that the runner has started, and starts again if it dies.
    Spawned(Box<Spawned>),
}

/// How a subject is told to end, as whoever runs it does that.
#[derive(Clone)]
pub struct Ending(Arc<dyn Fn() + Send + Sync>);

impl Ending {
    /// One that does this.
    #[must_use]
    pub fn new(tell: impl Fn() + Send + Sync + 'static) -> Self {
        Self(Arc::new(tell))
    }

    /// Tells it.
    pub fn tell(&self) {
        (self.0)();
    }
}

impl fmt::Debug for Ending {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Ending").finish_non_exhaustive()
    }
}

impl Subject {
    /// Whether it is known to have died, and what is known of that.
    pub fn death(&mut self) -> Option<String> {
        match self {
            Self::Running | Self::Kept(_) => None,
            Self::Spawned(spawned) => spawned.death(),
        }
    }

    /// Whether it answers an upgrade, now. Something that takes connections and answers none of them is given
    /// time to make up its mind: a process that is ending looks like that, and so does a server that is busy.
    pub async fn lives(&mut self, target: &Target) -> bool {
        let deadline = Instant::now() + target.connect_timeout;
        loop {
            match client::open(target, &Upgrade::default()).await {
                Ok(_) | Err(OpenError::Status(_)) => return true,
                Err(OpenError::Unreachable(_)) => return false,
                // What it does to an upgrade then is for the cases to judge.
                Err(OpenError::Handshake(_)) if Instant::now() >= deadline => return true,
                Err(OpenError::Handshake(_)) => {}
            }
            if self.death().is_some() {
                return false;
            }
            clock::back_off(LOOK_AGAIN).await;
        }
    }

    /// What is known of the death of one that is gone; a process that is ending is waited for, for a while.
    pub async fn await_death(&mut self) -> Option<String> {
        match self {
            Self::Running | Self::Kept(_) => None,
            Self::Spawned(spawned) => spawned.await_death().await,
        }
    }

    /// Brings it back, or waits for it to come back by itself.
    ///
    /// # Errors
    /// What keeps it away.
    pub async fn revive(&mut self, target: &mut Target) -> Result<(), String> {
        match self {
            Self::Running | Self::Kept(_) => spawned::wait_until_up(target, target.connect_timeout, || None)
                .await
                .map_err(|why| why.to_string()),
            Self::Spawned(spawned) => {
                target.url = spawned.start().await.map_err(|error| error.to_string())?;
                Ok(())
            }
        }
    }

    /// The last lines that it printed, where the runner has started it.
    #[must_use]
    pub fn output(&self) -> Vec<String> {
        match self {
            Self::Running | Self::Kept(_) => Vec::new(),
            Self::Spawned(spawned) => spawned.output(),
        }
    }

    /// How it is told to end as it now runs, where the runner may do that.
    #[must_use]
    pub fn ending(&self) -> Option<Ending> {
        match self {
            Self::Running => None,
            Self::Kept(ending) => Some(ending.clone()),
            Self::Spawned(spawned) => spawned.ending(),
        }
    }

    /// Ends it, where the runner has started it.
    pub async fn stop(&mut self) {
        if let Self::Spawned(spawned) = self {
            spawned.stop().await;
        }
    }
}

/// What a server says of itself in a 201, and the defaults of the spec where it says nothing; and what has been found
/// out about its acks, since all that is done and judged later rests on that.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Declared {
    /// The profiles that are judged.
    profiles: Vec<String>,
    /// Those that the 201 names, where others are judged.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    claimed: Option<Vec<String>>,
    limits: Value,
    /// Whether acks have been seen to overtake what was due before them.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    acks_overtake: bool,
}

impl Default for Declared {
    fn default() -> Self {
        Self { profiles: vec!["core".into()], claimed: None, limits: Value::Null, acks_overtake: false }
    }
}

impl Declared {
    /// Reads what the `data` of a 201 declares.
    #[must_use]
    pub fn read(data: &Value) -> Self {
        let mut profiles: Vec<String> = vec!["core".into()];
        for profile in data["profiles"].as_array().into_iter().flatten().filter_map(Value::as_str) {
            if !profiles.iter().any(|known| known == profile) {
                profiles.push(profile.to_owned());
            }
        }
        Self { profiles, claimed: None, limits: data["limits"].clone(), acks_overtake: false }
    }

    /// The same, with other profiles to be judged than those that it claims.
    #[must_use]
    pub fn with_profiles(mut self, profiles: &[String]) -> Self {
        if !profiles.is_empty() {
            self.claimed = Some(std::mem::replace(&mut self.profiles, vec!["core".into()]));
            self.profiles.extend(profiles.iter().filter(|profile| *profile != "core").cloned());
        }
        self
    }

    /// The same of a server whose acks overtake what is due before them (ORD-7).
    #[must_use]
    pub fn with_overtaking_acks(mut self) -> Self {
        self.acks_overtake = true;
        self
    }

    /// Whether a heartbeat's ack proves that what came before the heartbeat has been handled, as ORD-7 asks for.
    #[must_use]
    pub fn acks_are_fences(&self) -> bool {
        !self.acks_overtake
    }

    /// The profiles that are judged. `core` cannot be disclaimed.
    #[must_use]
    pub fn profiles(&self) -> &[String] {
        &self.profiles
    }

    /// Whether this profile is judged.
    #[must_use]
    pub fn claims(&self, profile: &str) -> bool {
        self.profiles.iter().any(|claimed| claimed == profile)
    }

    /// Whether the 201 names this profile, judged or not.
    #[must_use]
    pub fn names(&self, profile: &str) -> bool {
        self.claimed.as_ref().unwrap_or(&self.profiles).iter().any(|claimed| claimed == profile)
    }

    /// The limits, as they stand in the 201.
    #[must_use]
    pub fn limits(&self) -> &Value {
        &self.limits
    }

    /// A time limit.
    #[must_use]
    pub fn time_limit(&self, limit: TimeLimit) -> Duration {
        Duration::from_millis(match limit {
            TimeLimit::Heartbeat => self.limit("heartbeatTimeoutMs", 15_000),
            TimeLimit::Auth => self.limit("authTimeoutMs", 10_000),
            TimeLimit::PresenceGrace => self.presence_grace_ms() + PRESENCE_MS + PRESENCE_SLACK_MS,
        })
    }

    /// `limits.presenceGraceMs`
    #[must_use]
    pub fn presence_grace_ms(&self) -> u64 {
        self.limit("presenceGraceMs", 0)
    }

    /// `limits.rosterMax`
    #[must_use]
    pub fn roster_max(&self) -> usize {
        usize::try_from(self.limit("rosterMax", 200)).unwrap_or(usize::MAX)
    }

    /// `limits.maxMessageBytes`
    #[must_use]
    pub fn max_message_bytes(&self) -> usize {
        usize::try_from(self.limit("maxMessageBytes", 65_536)).unwrap_or(usize::MAX)
    }

    /// `limits.maxTopics`
    #[must_use]
    pub fn max_topics(&self) -> usize {
        usize::try_from(self.limit("maxTopics", 64)).unwrap_or(usize::MAX)
    }

    /// `limits.maxQueueBytes`
    #[must_use]
    pub fn max_queue_bytes(&self) -> usize {
        usize::try_from(self.limit("maxQueueBytes", 1 << 20)).unwrap_or(usize::MAX)
    }

    fn limit(&self, name: &str, default: u64) -> u64 {
        let declared = integer(&self.limits[name]).and_then(|limit| u64::try_from(limit).ok());
        declared.filter(|limit| *limit > 0).unwrap_or(default)
    }
}
