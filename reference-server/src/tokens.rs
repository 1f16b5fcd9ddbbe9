//! Who speaks: what a token stands for.

use roomwire_protocol::{TokenRef, User};

/// The tokens that a server knows.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Tokens {
    /// For development: any text is the token of the user of that name. A text that is no user is unknown.
    NameTheirUser,
}

impl Tokens {
    /// The user for whom a token stands, or `None` where it is unknown.
    pub(crate) fn user_of(self, token: &TokenRef<'_>) -> Option<User> {
        match self {
            Self::NameTheirUser => User::parse(token.expose()).ok(),
        }
    }

    /// Whether a token stands for this user: what is asked about every frame but the first.
    pub(crate) fn stands_for(self, token: &TokenRef<'_>, user: &User) -> bool {
        match self {
            Self::NameTheirUser => *user == *token.expose(),
        }
    }
}
