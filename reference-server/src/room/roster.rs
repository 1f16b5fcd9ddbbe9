//! Who is on the list of a room: users, however many connections each of them has.
//!
//! Pure: it is told what time it is. A user whose last connection was lost may stay on the list for a while; such a
//! user is in grace, listed and no member.

use std::collections::BTreeMap;
use std::time::Duration;

use roomwire_protocol::client::Join;
use roomwire_protocol::server::Member;
use roomwire_protocol::{AvatarUrl, DisplayName, User};
use tokio::time::Instant;

/// The users of a room.
#[derive(Debug, Default)]
pub(crate) struct Roster {
    users: BTreeMap<User, Listed>,
    /// Users without a connection, and when they go off the list. Few at any time, most often none.
    in_grace: Vec<(Instant, User)>,
}

#[derive(Debug)]
struct Listed {
    /// How many connections are joined; 0 in grace.
    connections: u32,
    /// Most users of most rooms give none.
    names: Option<Box<Names>>,
}

/// What a user likes to be called and shown as.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct Names {
    pub(crate) display_name: Option<DisplayName>,
    pub(crate) avatar_url: Option<AvatarUrl>,
}

impl Roster {
    /// Another connection of this user has joined. Says whether the user has come onto the list by that.
    pub(crate) fn join(&mut self, user: &User, names: Names) -> bool {
        let known = self.users.get_mut(user);
        let is_new = known.is_none();
        match known {
            Some(listed) => {
                listed.connections += 1;
                if listed.connections == 1 {
                    self.in_grace.retain(|(_, other)| other != user);
                }
            }
            None => {
                self.users.insert(user.clone(), Listed { connections: 1, names: None });
            }
        }
        self.rename(user, names);
        is_new
    }

    /// A user has joined once more with these names. What was not said this time stays as it was.
    pub(crate) fn rename(&mut self, user: &User, names: Names) {
        if names == Names::default() {
            return;
        }
        if let Some(listed) = self.users.get_mut(user) {
            let shown = listed.names.get_or_insert_default();
            shown.display_name = names.display_name.or_else(|| shown.display_name.take());
            shown.avatar_url = names.avatar_url.or_else(|| shown.avatar_url.take());
        }
    }

    /// A connection of this user has left, or was lost and has its user stay on the list until `grace` is over. Says
    /// whether the user has gone off the list.
    pub(crate) fn part(&mut self, user: &User, grace: Option<Instant>) -> bool {
        let Some(listed) = self.users.get_mut(user) else { return false };
        listed.connections = listed.connections.saturating_sub(1);
        if listed.connections > 0 {
            return false;
        }
        if let Some(until) = grace {
            self.in_grace.push((until, user.clone()));
            return false;
        }
        let was_listed = self.users.remove(user).is_some();
        self.give_back();
        was_listed
    }

    /// Takes those off the list whose grace is over, and returns them.
    pub(crate) fn expire(&mut self, now: Instant) -> Vec<User> {
        let gone: Vec<_> =
            self.in_grace.extract_if(.., |(until, _)| *until <= now).map(|(_, user)| user).collect();
        for user in &gone {
            self.users.remove(user);
        }
        self.give_back();
        gone
    }

    /// A list that nobody is on takes no place.
    fn give_back(&mut self) {
        if self.users.is_empty() {
            *self = Self::default();
        }
    }

    /// When the next grace is over.
    pub(crate) fn next_expiry(&self) -> Option<Instant> {
        self.in_grace.iter().map(|(until, _)| *until).min()
    }

    /// How many users are on the list.
    pub(crate) fn count(&self) -> u64 {
        self.users.len() as u64
    }

    /// Whether a user has a connection here. One in grace has none.
    pub(crate) fn is_member(&self, user: &User) -> bool {
        self.users.get(user).is_some_and(|listed| listed.connections > 0)
    }

    /// The first `max` users, as a list shows them.
    pub(crate) fn shown(&self, max: usize) -> Vec<Member> {
        self.users.iter().take(max).map(|(user, listed)| listed.shown(user)).collect()
    }

    /// One user, as a list shows it.
    pub(crate) fn entry(&self, user: &User) -> Member {
        match self.users.get(user) {
            Some(listed) => listed.shown(user),
            None => Member::new(user.clone(), None, None),
        }
    }
}

impl Listed {
    fn shown(&self, user: &User) -> Member {
        let names = self.names.as_deref().cloned().unwrap_or_default();
        Member::new(user.clone(), names.display_name, names.avatar_url)
    }
}

impl Names {
    /// Those that a join gives.
    pub(crate) fn of(join: &Join) -> Self {
        Self { display_name: join.display_name.clone(), avatar_url: join.avatar_url.clone() }
    }
}

/// When a grace of this length is over; `None` where there is none.
pub(crate) fn until(now: Instant, grace: Duration) -> Option<Instant> {
    (!grace.is_zero()).then(|| now + grace)
}
