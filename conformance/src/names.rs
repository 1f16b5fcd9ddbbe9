//! Names of one try: fresh users, tokens, topics, ids and marks for the symbols of a program.

use std::fmt;
use std::sync::Arc;

use serde_json::Value;

use crate::program::{Program, TopicName};

/// How long the token of nobody is: longer than a user, and shorter than a token may be.
const UNKNOWN_TOKEN_CHARACTERS: usize = 200;

/// Where the users of a run come from.
#[derive(Debug, Clone, Default)]
pub enum Users {
    /// The subject takes any token: each try makes up its own users, whose tokens are their names.
    #[default]
    Fresh,
    /// The subject knows these only; tries share them, and tell themselves apart by topic.
    Known(Arc<[Identity]>),
}

/// A user and the tokens that stand for it.
#[derive(Clone, PartialEq, Eq)]
pub struct Identity {
    /// The user, as it appears on the wire.
    pub user: String,
    /// The token; never logged, never reported.
    pub token: String,
    /// Another token of the same user, where one is known; no more told than the first.
    pub other_token: Option<String>,
}

impl Identity {
    /// A user with one token.
    #[must_use]
    pub fn new(user: String, token: String) -> Self {
        Self { user, token, other_token: None }
    }
}

impl fmt::Debug for Identity {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Identity").field("user", &self.user).finish_non_exhaustive()
    }
}

/// What the fresh names of a try are made from.
#[derive(Debug, Clone, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct TryId {
    /// The run: a few letters and digits.
    pub run: Arc<str>,
    /// The number of the case in its run.
    pub case: usize,
    /// The number of the try of that case.
    pub attempt: usize,
}

/// The resolved names of one try.
#[derive(Debug, Clone)]
pub struct Names {
    id: TryId,
    identities: Vec<Identity>,
    topics: Vec<String>,
}

impl Names {
    /// Makes the names of one try.
    ///
    /// # Errors
    /// The number of users that the program needs, where the subject's known users are fewer.
    pub fn new(
        id: TryId,
        program: &Program,
        users: &Users,
        topic_prefix: &str,
    ) -> Result<Self, MissingUsers> {
        let needed = program.clients.iter().map(|client| client.user + 1).max().unwrap_or(0);
        let stem = format!("{}.{}.{}", id.run, id.case, id.attempt);
        let identities = match users {
            Users::Fresh => (0..needed)
                .map(|user| fresh_user(&stem, user))
                .map(|user| Identity::new(user.clone(), user))
                .collect(),
            Users::Known(known) if known.len() < needed => {
                return Err(MissingUsers { needed, known: known.len() });
            }
            Users::Known(known) => known[..needed].to_vec(),
        };
        let mut topics = Vec::with_capacity(program.topics.len());
        for (index, name) in program.topics.iter().enumerate() {
            let fresh = format!("{topic_prefix}Roomwire-{stem}.{index}");
            topics.push(match name {
                TopicName::Fresh => fresh,
                TopicName::Capitals(of) => topics.get(*of).map_or(fresh, |t: &String| t.to_uppercase()),
                TopicName::Around(of, before, after) => {
                    topics.get(*of).map_or(fresh, |t| format!("{before}{t}{after}"))
                }
                TopicName::Filled(with, length) => {
                    let missing = length.saturating_sub(fresh.chars().count());
                    fresh.chars().chain(std::iter::repeat_n(*with, missing)).collect()
                }
                TopicName::Suffixed(text) => fresh + text,
            });
        }
        Ok(Self { id, identities, topics })
    }

    /// The try that these names belong to.
    #[must_use]
    pub fn id(&self) -> &TryId {
        &self.id
    }

    /// The identity of a user.
    #[must_use]
    pub fn identity(&self, user: usize) -> &Identity {
        &self.identities[user]
    }

    /// The names of the users, in the order of their numbers.
    pub fn users(&self) -> impl Iterator<Item = &str> {
        self.identities.iter().map(|identity| identity.user.as_str())
    }

    /// The name of a topic; one that the program does not have gets a name that nothing else uses.
    #[must_use]
    pub fn topic(&self, index: usize) -> String {
        self.topics.get(index).cloned().unwrap_or_else(|| {
            format!("Roomwire-{}.{}.{}.none{index}", self.id.run, self.id.case, self.id.attempt)
        })
    }

    /// The names of all topics.
    #[must_use]
    pub fn topics(&self) -> &[String] {
        &self.topics
    }

    /// The name of the stream of this number.
    #[must_use]
    pub fn stream(&self, number: usize) -> String {
        format!("stream-{}.{}.{}.{number}", self.id.run, self.id.case, self.id.attempt)
    }

    /// The id of this number, which several messages share.
    #[must_use]
    pub fn shared_id(&self, number: usize) -> String {
        format!("S{}.{}.{}.{number}", self.id.run, self.id.case, self.id.attempt)
    }

    /// A user of whom the subject has never heard.
    #[must_use]
    pub fn stranger(&self) -> String {
        format!("Stranger-{}.{}.{}", self.id.run, self.id.case, self.id.attempt)
    }

    /// An epoch that no topic has.
    #[must_use]
    pub fn other_epoch(&self) -> String {
        format!("no-epoch-{}.{}.{}", self.id.run, self.id.case, self.id.attempt)
    }

    /// A token that no user has: one that is too long for a user, so that a server that takes any user's name for
    /// its token does not know it either.
    #[must_use]
    pub fn unknown_token(&self) -> String {
        let start = format!("nobody-{}.{}.{}-", self.id.run, self.id.case, self.id.attempt);
        let missing = UNKNOWN_TOKEN_CHARACTERS.saturating_sub(start.chars().count());
        start + &"x".repeat(missing)
    }

    /// The mark of the `number`th text of this try.
    #[must_use]
    pub fn mark(&self, number: usize) -> Mark {
        Mark { id: self.id.clone(), number }
    }

    /// A text received from the subject with every token in it that is not itself a user's name hidden.
    #[must_use]
    pub fn redact(&self, text: &str) -> Option<String> {
        let mut redacted = None;
        for identity in &self.identities {
            for token in [Some(&identity.token), identity.other_token.as_ref()].into_iter().flatten() {
                let current = redacted.as_deref().unwrap_or(text);
                if *token != identity.user && current.contains(token.as_str()) {
                    redacted = Some(current.replace(token, &format!("<token of {}>", identity.user)));
                }
            }
        }
        redacted
    }
}

/// The name of a fresh user. Two and two differ in the case of their first letter alone, and the name of the eleventh
/// begins with that of the second: they are different people, though a careless server may not see it.
fn fresh_user(stem: &str, number: usize) -> String {
    if number == 10 {
        fresh_user(stem, 1) + "0"
    } else if number.is_multiple_of(2) {
        format!("User-{stem}.{number}")
    } else {
        format!("user-{stem}.{}", number - 1)
    }
}

/// The subject's known users are fewer than a program needs.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct MissingUsers {
    /// How many the program needs.
    pub needed: usize,
    /// How many are known.
    pub known: usize,
}

impl TryId {
    /// All tries that a text names, by a mark or by the name of a topic or a user.
    pub fn all_in(text: &str) -> impl Iterator<Item = Self> {
        const BEFORE: [&str; 4] = ["[rw.", "Roomwire-", "ROOMWIRE-", "User-"];
        let places = BEFORE.into_iter().flat_map(|before| text.match_indices(before));
        places.filter_map(|(at, before)| {
            let mut parts = text[at + before.len()..].splitn(4, '.');
            let run = parts.next().filter(|run| run.chars().all(|c| c.is_ascii_alphanumeric()))?;
            let (case, attempt) = (parts.next()?.parse().ok()?, parts.next()?.parse().ok()?);
            // The last part is that of the name itself.
            parts.next()?;
            Some(Self { run: run.to_ascii_lowercase().into(), case, attempt })
        })
    }
}

/// What every text sent carries, so that a delivery leads back to its origin, however late or astray it is.
#[derive(Debug, Clone, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct Mark {
    /// The try that sent it.
    pub id: TryId,
    /// The text's number in its try.
    pub number: usize,
}

impl fmt::Display for Mark {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let TryId { run, case, attempt } = &self.id;
        write!(f, "[rw.{run}.{case}.{attempt}.{}]", self.number)
    }
}

impl Mark {
    /// Finds a mark in what a JSON value says, also where it is spelled with escapes: in its strings, and in what they
    /// hold where that is JSON once more.
    #[must_use]
    pub fn within(value: &Value) -> Option<Self> {
        match value {
            Value::String(text) => Self::find(text).or_else(|| {
                let held: Value = serde_json::from_str(text).ok()?;
                Self::within(&held)
            }),
            Value::Array(items) => items.iter().find_map(Self::within),
            Value::Object(members) => members.values().find_map(Self::within),
            _ => None,
        }
    }

    /// Finds the first mark in a text.
    #[must_use]
    pub fn find(text: &str) -> Option<Self> {
        text.match_indices("[rw.").find_map(|(at, open)| {
            let (inside, _) = text[at + open.len()..].split_once(']')?;
            let mut parts = inside.split('.');
            let run = parts.next()?.into();
            let mut number = || parts.next()?.parse().ok();
            let mark = Self { id: TryId { run, case: number()?, attempt: number()? }, number: number()? };
            parts.next().is_none().then_some(mark)
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_try_is_known_by_whatever_has_its_name() {
        let found = |text: &str| TryId::all_in(text).map(|id| (id.case, id.attempt)).collect::<Vec<_>>();
        assert_eq!(found("{\"topic\":\"x-Roomwire-a1.7.2.0\",\"user\":\"User-a1.8.0.3\"}"), [(7, 2), (8, 0)]);
        assert_eq!(found("ROOMWIRE-A1.7.2.0"), [(7, 2)]);
        assert_eq!(TryId::all_in("ROOMWIRE-A1.7.2.0").next().map(|id| id.run), Some("a1".into()));
        assert_eq!(found("[rw.a1.9.1.31]"), [(9, 1)]);
        assert_eq!(found("Roomwire-conformance and User-x.y"), []);
    }

    #[test]
    fn a_mark_is_found_in_any_text_around_it() {
        let mark = Mark { id: TryId { run: "a1b2".into(), case: 7, attempt: 2 }, number: 31 };
        assert_eq!(Mark::find(&format!("[rw.x] \"{mark} hi\" [rw.q.1.1.1]")), Some(mark));
        assert_eq!(Mark::find("[rw.a.1.2] [rw.a.1.2.3.4] [rw.a.b.c.d] [rw."), None);
    }

    #[test]
    fn a_mark_is_found_however_it_is_spelled_and_however_deep() {
        let spelled = r#"{"content":"\u005brw.q.1.2.3]"}"#;
        assert_eq!(Mark::find(spelled), None);
        let said = serde_json::json!({"type": "question", "content": spelled});
        assert_eq!(Mark::within(&said).map(|mark| mark.number), Some(3));
        assert_eq!(Mark::within(&serde_json::json!(["{", 7, null, {"a": "[rw.q.1.2]"}])), None);
    }
}
