//! What a server claims to serve beyond the core.

use std::fmt;

use serde::de::{Deserialize, Deserializer, SeqAccess, Visitor};
use serde::ser::{Serialize, Serializer};

/// A named part of the protocol that a server claims in each 201 (ROOM-6).
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
#[non_exhaustive]
pub enum Profile {
    /// Transport, envelope, heartbeat, join, leave and chat. It cannot be disclaimed.
    Core,
    /// The user list: 205 and 206.
    Presence,
    /// Notices from user to user: 202 and 203.
    Notice,
    /// Missed chats on a join with `since`, and chats with an `id` said once.
    Resume,
    /// The HTTP beside the socket.
    History,
}

impl Profile {
    /// Every profile, in the order of the spec.
    pub const ALL: &'static [Self] = &[Self::Core, Self::Presence, Self::Notice, Self::Resume, Self::History];

    /// The word on the wire.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Core => "core",
            Self::Presence => "presence",
            Self::Notice => "notice",
            Self::Resume => "resume",
            Self::History => "history",
        }
    }

    /// The profile of this name, or `None` where this version knows none.
    #[must_use]
    pub fn from_name(name: &str) -> Option<Self> {
        Self::ALL.iter().copied().find(|profile| profile.name() == name)
    }

    const fn bit(self) -> u8 {
        1 << self as u8
    }
}

impl fmt::Display for Profile {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())
    }
}

/// A set of profiles. It always holds [`Profile::Core`].
///
/// On the wire it is an array of names; names that this version does not know are passed over (GROW-6).
///
/// ```
/// use roomwire_protocol::code::{Profile, Profiles};
/// let claimed = Profiles::CORE.with(Profile::Notice);
/// assert!(claimed.contains(Profile::Core) && claimed.contains(Profile::Notice));
/// assert_eq!(claimed.iter().count(), 2);
/// ```
#[derive(Clone, Copy, PartialEq, Eq, Hash)]
pub struct Profiles(u8);

impl Profiles {
    /// The core alone.
    pub const CORE: Self = Self(Profile::Core.bit());

    /// Everything that this version knows.
    pub const ALL: Self =
        Self::CORE.with(Profile::Presence).with(Profile::Notice).with(Profile::Resume).with(Profile::History);

    /// This set and one more.
    #[must_use]
    pub const fn with(self, profile: Profile) -> Self {
        Self(self.0 | profile.bit())
    }

    /// This set without one; the core stays, for it cannot be disclaimed.
    #[must_use]
    pub const fn without(self, profile: Profile) -> Self {
        Self(self.0 & !profile.bit() | Self::CORE.0)
    }

    /// Whether the profile is in the set.
    #[must_use]
    pub const fn contains(self, profile: Profile) -> bool {
        self.0 & profile.bit() != 0
    }

    /// The profiles of the set, in the order of the spec.
    pub fn iter(self) -> impl Iterator<Item = Profile> {
        Profile::ALL.iter().copied().filter(move |profile| self.contains(*profile))
    }
}

impl Default for Profiles {
    fn default() -> Self {
        Self::CORE
    }
}

impl FromIterator<Profile> for Profiles {
    fn from_iter<I: IntoIterator<Item = Profile>>(profiles: I) -> Self {
        profiles.into_iter().fold(Self::CORE, Self::with)
    }
}

impl fmt::Debug for Profiles {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_set().entries(self.iter().map(Profile::name)).finish()
    }
}

impl Serialize for Profiles {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_seq(self.iter().map(Profile::name))
    }
}

impl<'de> Deserialize<'de> for Profiles {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct Names;

        impl<'de> Visitor<'de> for Names {
            type Value = Profiles;

            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("an array of profile names")
            }

            fn visit_seq<A: SeqAccess<'de>>(self, mut names: A) -> Result<Profiles, A::Error> {
                let mut profiles = Profiles::CORE;
                while let Some(name) = names.next_element::<String>()? {
                    if let Some(profile) = Profile::from_name(&name) {
                        profiles = profiles.with(profile);
                    }
                }
                Ok(profiles)
            }
        }

        deserializer.deserialize_seq(Names)
    }
}
