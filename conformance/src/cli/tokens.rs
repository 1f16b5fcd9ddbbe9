//! The users of a server that does not take any token: `--token` and `--tokens`.

use std::fmt;
use std::path::Path;

use serde::de::{MapAccess, Visitor};
use serde::{Deserialize, Deserializer};
use serde_json::Value;

use super::Usage;
use crate::names::{Identity, Users};
use crate::view::is_topic as is_user;

/// The most characters that a token has.
const MOST_TOKEN_CHARACTERS: usize = 4096;

/// The users of a run: those of the file, those given one by one, or any that are made up.
pub(super) fn users(given: &[Identity], file: Option<&Path>) -> Result<Users, Usage> {
    if let Some(path) = file {
        return Ok(Users::Known(read(path)?.into()));
    }
    Ok(if given.is_empty() { Users::Fresh } else { Users::Known(gathered(given.to_vec()).into()) })
}

/// Each user once, in the order in which they came, but those first of whom two tokens are known: they can do what
/// it takes two for. More than two tokens of a user are of no use.
fn gathered(given: Vec<Identity>) -> Vec<Identity> {
    let mut users: Vec<Identity> = Vec::new();
    for identity in given {
        match users.iter_mut().find(|known| known.user == identity.user) {
            Some(known) if known.token == identity.token => {}
            Some(known) => {
                known.other_token.get_or_insert(identity.token);
            }
            None => users.push(identity),
        }
    }
    users.sort_by_key(|identity| identity.other_token.is_none());
    users
}

/// Reads `USER=TOKEN`. No message quotes the token.
pub(super) fn parse(text: &str) -> Result<Identity, String> {
    let (user, token) = text.split_once('=').ok_or("expected USER=TOKEN, as in ann=secret-of-ann")?;
    identity(user, token)
}

fn identity(user: &str, token: &str) -> Result<Identity, String> {
    if !is_user(user) {
        return Err("a user is 1 to 128 characters without control characters".into());
    }
    if token.is_empty() || token.chars().count() > MOST_TOKEN_CHARACTERS {
        return Err(format!("the token of {user:?} is not 1 to {MOST_TOKEN_CHARACTERS} characters"));
    }
    Ok(Identity::new(user.into(), token.into()))
}

/// Reads a file of tokens: a JSON object, each token with its user, or with `{"user"}` and what else the server
/// wants to know.
pub(super) fn read(path: &Path) -> Result<Vec<Identity>, Usage> {
    let wrong = |why: &dyn fmt::Display| Usage::new(format!("--tokens {}: {why}", path.display()));
    let text = std::fs::read_to_string(path).map_err(|error| wrong(&error))?;
    parse_file(&text).map_err(|why| wrong(&why))
}

fn parse_file(text: &str) -> Result<Vec<Identity>, String> {
    let Entries(entries) = serde_json::from_str(text)
        .map_err(|error| format!("line {}, column {}: expected {EXPECTED}", error.line(), error.column()))?;
    let mut identities: Vec<Identity> = Vec::new();
    for (number, (token, entry)) in entries.iter().enumerate() {
        let user = entry.as_str().or_else(|| entry["user"].as_str());
        let number = number + 1;
        let user = user.ok_or_else(|| format!("entry {number} has no user: expected {EXPECTED}"))?;
        identities.push(identity(user, token).map_err(|why| format!("entry {number}: {why}"))?);
    }
    if identities.is_empty() {
        return Err(format!("it has no users: expected {EXPECTED}"));
    }
    Ok(gathered(identities))
}

const EXPECTED: &str = r#"a JSON object of tokens and their users, like {"token of ann": "ann", "token of ben": {"user": "ben"}}"#;

/// The entries of the file in their order, which serde's own map would lose.
struct Entries(Vec<(String, Value)>);

impl<'de> Deserialize<'de> for Entries {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_map(InOrder)
    }
}

struct InOrder;

impl<'de> Visitor<'de> for InOrder {
    type Value = Entries;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(EXPECTED)
    }

    fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Entries, A::Error> {
        let mut entries = Vec::new();
        while let Some(entry) = map.next_entry()? {
            entries.push(entry);
        }
        Ok(Entries(entries))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_file_gives_each_user_once_and_those_with_two_tokens_first() {
        let file = r#"{"t1": {"user": "ann", "displayName": "Ann"}, "t2": "ben", "t0": "cat", "t3": "ben", "t4": "ben"}"#;
        let users = parse_file(file).unwrap();
        let tokens = |one: &Identity| (one.user.clone(), one.token.clone(), one.other_token.clone());
        let users: Vec<_> = users.iter().map(tokens).collect();
        let expected = [("ben", "t2", Some("t3")), ("ann", "t1", None), ("cat", "t0", None)];
        assert_eq!(
            users,
            expected.map(|(user, token, other)| (user.into(), token.into(), other.map(Into::into)))
        );
    }

    #[test]
    fn no_message_quotes_a_token() {
        for file in [
            r#"{"hunter2": 5}"#,
            r#"{"hunter2": {"name": "ann"}}"#,
            r#"{"hunter2": ""}"#,
            r#"{"hunter2": "ann",}"#,
            r#"{"hunter2" "ann"}"#,
            r#"["hunter2"]"#,
            r#""hunter2""#,
            "{}",
        ] {
            let message = parse_file(file).unwrap_err();
            assert!(message.contains("expected") || message.contains("characters"), "{message}");
            assert!(!message.contains("hunter2"), "{message}");
        }
        assert!(!parse("hunter2").unwrap_err().contains("hunter2"));
        assert!(!parse("=hunter2").unwrap_err().contains("hunter2"));
        assert_eq!(parse("ann=a=b").unwrap().token, "a=b");
    }
}
