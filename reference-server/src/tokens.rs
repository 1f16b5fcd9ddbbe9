//! Who speaks: what a token stands for.
//!
//! Tokens come in here and stay here: nothing of this module prints one, in a message, in a log or for debugging.

use std::fmt;
use std::path::PathBuf;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::{Duration, SystemTime, UNIX_EPOCH};

use roomwire_protocol::client::Join;
use roomwire_protocol::{AvatarUrl, DisplayName, TokenRef, User};

use crate::config::{ConfigError, Identity, JwtSettings};
use crate::lock::Lock;

mod jwt;
mod list;
mod signature;

/// The tokens that a server knows: cheap to clone.
#[derive(Clone, Debug)]
pub(crate) enum Tokens {
    /// For development: any text is the token of the user of that name. A text that is no user is unknown.
    NameTheirUser,
    /// Those that are written down, or signed.
    Known(Arc<Registry>),
}

/// Whom a token stands for, and what is known of them.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Person {
    pub(crate) user: User,
    pub(crate) display_name: Option<DisplayName>,
    pub(crate) avatar_url: Option<AvatarUrl>,
}

/// Why a token stands for nobody.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Unknown {
    Nobody,
    Expired,
}

/// The token that was good last on a connection, so that it is not looked up for each frame. It is so for as long as
/// nothing was read anew, and it has not expired.
pub(crate) struct Seen {
    token: Box<str>,
    person: Person,
    edition: u64,
    until: Option<Duration>,
}

/// Tokens that were read from files, and can be read again.
pub(crate) struct Registry {
    source: Source,
    book: Lock<Arc<Book>>,
    /// Counts how often it was read anew.
    edition: AtomicU64,
}

enum Source {
    List(PathBuf),
    Keys(JwtSettings),
}

enum Book {
    List(list::List),
    Keys(Box<jwt::Keys>),
}

impl Tokens {
    /// Reads what is to be read.
    pub(crate) fn read(identity: Identity) -> Result<Self, ConfigError> {
        let source = match identity {
            Identity::AnyToken => return Ok(Self::NameTheirUser),
            Identity::Tokens(path) => Source::List(path),
            Identity::Jwt(settings) => Source::Keys(settings),
        };
        let book = Lock::new(Arc::new(source.read()?));
        Ok(Self::Known(Arc::new(Registry { source, book, edition: AtomicU64::new(0) })))
    }

    /// Reads it again. Where that fails, all stays as it was.
    pub(crate) fn reload(&self) -> Result<(), ConfigError> {
        let Self::Known(registry) = self else { return Ok(()) };
        let book = registry.source.read()?;
        *registry.book.lock() = Arc::new(book);
        registry.edition.fetch_add(1, Ordering::Release);
        Ok(())
    }

    /// Whether users are secrets, since their names are their tokens.
    pub(crate) fn name_their_user(&self) -> bool {
        matches!(self, Self::NameTheirUser)
    }

    /// Whom a token stands for. What is to be remembered of it goes into `seen`.
    pub(crate) fn user_of(&self, token: &TokenRef<'_>, seen: &mut Option<Seen>) -> Result<User, Unknown> {
        match self {
            Self::NameTheirUser => User::parse(token.expose()).map_err(|_| Unknown::Nobody),
            Self::Known(registry) => {
                // Before the look-up: what is read anew meanwhile makes it outdated at once.
                let edition = registry.edition.load(Ordering::Acquire);
                let (person, until) = registry.look_up(token.expose(), now())?;
                let user = person.user.clone();
                *seen = Some(Seen { token: token.expose().into(), person, edition, until });
                Ok(user)
            }
        }
    }

    /// Whether a token certainly stands for this user: what is asked about every frame but the first. Where it is not
    /// certain, [`Tokens::user_of`] knows.
    pub(crate) fn stands_for(&self, token: &TokenRef<'_>, user: &User, seen: Option<&Seen>) -> bool {
        match self {
            Self::NameTheirUser => *user == *token.expose(),
            Self::Known(registry) => seen.is_some_and(|seen| {
                *seen.token == *token.expose()
                    && seen.person.user == *user
                    && seen.edition == registry.edition.load(Ordering::Acquire)
                    && seen.until.is_none_or(|until| now() < until)
            }),
        }
    }

    /// Whether a token stands for anybody at all.
    pub(crate) fn knows(&self, token: &str) -> bool {
        match self {
            Self::NameTheirUser => User::parse(token).is_ok(),
            Self::Known(registry) => registry.look_up(token, now()).is_ok(),
        }
    }
}

impl Seen {
    /// Says in a join what it leaves open and the server knows.
    pub(crate) fn complete(&self, join: &mut Join) {
        let Person { display_name, avatar_url, .. } = &self.person;
        join.display_name = join.display_name.take().or_else(|| display_name.clone());
        join.avatar_url = join.avatar_url.take().or_else(|| avatar_url.clone());
    }
}

impl Registry {
    /// Whom a token stands for, and until when, as the time since 1970.
    fn look_up(&self, token: &str, now: Duration) -> Result<(Person, Option<Duration>), Unknown> {
        let book = Arc::clone(&self.book.lock());
        match &*book {
            Book::List(list) => {
                list.person(token).map(|person| (person.clone(), None)).ok_or(Unknown::Nobody)
            }
            Book::Keys(keys) => keys.person(token, now).map(|(person, until)| (person, Some(until))),
        }
    }
}

impl Source {
    fn read(&self) -> Result<Book, ConfigError> {
        match self {
            Self::List(path) => list::List::read(path).map(Book::List).map_err(|why| ConfigError::File {
                name: "tokens",
                path: path.clone(),
                why,
            }),
            Self::Keys(settings) => jwt::Keys::read(settings).map(|keys| Book::Keys(Box::new(keys))),
        }
    }
}

fn now() -> Duration {
    SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default()
}

impl fmt::Debug for Seen {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Seen").field("person", &self.person).finish_non_exhaustive()
    }
}

impl fmt::Debug for Registry {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Registry").field("edition", &self.edition).finish_non_exhaustive()
    }
}
