//! A file of tokens: a JSON object, each token with its user, or with `{user, displayName?, avatarurl?}`.
//!
//! What is wrong with it is said with line and column, and never in the words of the file, which are secrets.

use std::collections::HashMap;
use std::fmt;
use std::path::Path;

use roomwire_protocol::{AvatarUrl, DisplayName, Token, User};
use serde::de::{Error, IgnoredAny, MapAccess, Visitor};
use serde::{Deserialize, Deserializer};

use super::Person;

const EXPECTED: &str = r#"expected a JSON object of tokens and their users, like {"token of ann": "ann", "token of ben": {"user": "ben"}}"#;
const NOBODY: &str = "there are no users in it";
const TOKEN: &str = "the token before this is not 1 to 4096 characters long";
const TWICE: &str = "the token before this is there twice";
const USER: &str = "expected a user of 1 to 128 characters without control characters";
const NO_USER: &str = r#"expected "user" among the members"#;
const NAME: &str = "expected a displayName of at most 64 characters";
const PICTURE: &str = "expected an avatarurl of at most 512 characters";

/// All that is said about a file. What else a parser says may quote it.
const WORDS: [&str; 8] = [EXPECTED, NOBODY, TOKEN, TWICE, USER, NO_USER, NAME, PICTURE];

/// Tokens with their users.
pub(super) struct List(HashMap<Box<str>, Person>);

impl List {
    pub(super) fn read(path: &Path) -> Result<Self, String> {
        let text = std::fs::read_to_string(path).map_err(|error| error.to_string())?;
        Self::parse(&text)
    }

    fn parse(text: &str) -> Result<Self, String> {
        serde_json::from_str(text).map_err(|error| {
            let said = error.to_string();
            let words = match error.classify() {
                serde_json::error::Category::Data => {
                    WORDS.into_iter().find(|words| said.starts_with(words)).unwrap_or(EXPECTED)
                }
                _ => "here it stops being JSON",
            };
            format!("line {}, column {}: {words}", error.line(), error.column())
        })
    }

    pub(super) fn person(&self, token: &str) -> Option<&Person> {
        self.0.get(token)
    }
}

impl<'de> Deserialize<'de> for List {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_map(Entries)
    }
}

struct Entries;

impl<'de> Visitor<'de> for Entries {
    type Value = List;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(EXPECTED)
    }

    fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<List, A::Error> {
        let mut list = HashMap::new();
        while let Some(token) = map.next_key::<String>()? {
            let token = Token::parse(&token).map_err(|_| A::Error::custom(TOKEN))?;
            let person = map.next_value::<Person>()?;
            if list.insert(token.expose().into(), person).is_some() {
                return Err(A::Error::custom(TWICE));
            }
        }
        if list.is_empty() { Err(A::Error::custom(NOBODY)) } else { Ok(List(list)) }
    }
}

impl<'de> Deserialize<'de> for Person {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_any(Entry)
    }
}

struct Entry;

impl<'de> Visitor<'de> for Entry {
    type Value = Person;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(EXPECTED)
    }

    fn visit_str<E: Error>(self, user: &str) -> Result<Person, E> {
        let user = User::parse(user).map_err(|_| E::custom(USER))?;
        Ok(Person { user, display_name: None, avatar_url: None })
    }

    fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Person, A::Error> {
        let (mut user, mut display_name, mut avatar_url) = (None, None, None);
        while let Some(member) = map.next_key::<String>()? {
            match member.as_str() {
                "user" => {
                    let text = map.next_value::<String>().map_err(|_| A::Error::custom(USER))?;
                    user = Some(User::parse(&text).map_err(|_| A::Error::custom(USER))?);
                }
                "displayName" => {
                    let text = map.next_value::<String>().map_err(|_| A::Error::custom(NAME))?;
                    display_name = Some(DisplayName::parse(&text).map_err(|_| A::Error::custom(NAME))?);
                }
                "avatarurl" => {
                    let text = map.next_value::<String>().map_err(|_| A::Error::custom(PICTURE))?;
                    avatar_url = Some(AvatarUrl::parse(&text).map_err(|_| A::Error::custom(PICTURE))?);
                }
                _ => {
                    map.next_value::<IgnoredAny>()?;
                }
            }
        }
        let user = user.ok_or_else(|| A::Error::custom(NO_USER))?;
        Ok(Person { user, display_name, avatar_url })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_token_stands_for_a_user_who_may_have_a_name_and_a_picture() {
        let text = r#"{"t1": "ann", "t2": {"displayName": "Ben", "user": "ben", "avatarurl": "b.png", "since": [1]}, "t3": "ann"}"#;
        let list = List::parse(text).unwrap();
        assert_eq!(list.person("t1"), list.person("t3"));
        assert_eq!(list.person("t1").unwrap().user, *"ann");
        let ben = list.person("t2").unwrap();
        assert_eq!(ben.display_name.as_ref().unwrap().as_str(), "Ben");
        assert_eq!(ben.avatar_url.as_ref().unwrap().as_str(), "b.png");
        assert_eq!(list.person("t4"), None);
        assert_eq!(list.person(""), None);
    }

    #[test]
    fn what_is_wrong_is_said_with_its_place_and_never_quoted() {
        let mut wrong = Vec::new();
        for (text, expected) in [
            ("{\n  \"hunter2\": 5}", format!("line 2, column 14: {EXPECTED}")),
            ("{\n  \"hunter2\": \"\"}", format!("line 2, column 15: {USER}")),
            ("{\"hunter2\": {\"name\": \"hunter2\"}}", format!("line 1, column 31: {NO_USER}")),
            ("{\"hunter2\": {\"user\": 5}}", format!("line 1, column 23: {USER}")),
            (
                "{\"hunter2\": {\"user\": \"hunter2\", \"displayName\": null}}",
                format!("line 1, column 52: {NAME}"),
            ),
            ("{\"hunter2\": \"a\",\n\"hunter2\": \"b\"}", format!("line 2, column 15: {TWICE}")),
            ("{\"\": \"hunter2\"}", format!("line 1, column 3: {TOKEN}")),
            ("{\"hunter2\": \"ann\",\n}", "line 2, column 1: here it stops being JSON".to_owned()),
            ("\"hunter2\"", format!("line 1, column 9: {EXPECTED}")),
            ("{}", format!("line 1, column 2: {NOBODY}")),
            ("", "line 1, column 0: here it stops being JSON".to_owned()),
        ] {
            let said = List::parse(text).err().unwrap();
            assert!(!said.contains("hunter2"), "{said}");
            wrong.extend((said != expected).then(|| format!("{text}: {said}, expected {expected}")));
        }
        assert!(wrong.is_empty(), "{wrong:#?}");
    }
}
