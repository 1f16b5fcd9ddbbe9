//! How a run was called, as far as a report has to know it: whoever reads one may not be who has called it.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// What makes a run again, and what it was limited to.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct Invocation {
    /// The words behind `roomwire run` that make such a run again, without those that select cases. Where a
    /// word is a secret, `…` stands for it.
    pub words: Vec<String>,
    /// The words that select cases; empty where all of the catalog were selected.
    pub selection: Vec<String>,
}

impl Invocation {
    /// The command line that tries these cases again in the same way.
    #[must_use]
    pub fn repeat<'a>(&'a self, cases: impl IntoIterator<Item = &'a str>) -> String {
        let cases = cases.into_iter().flat_map(|case| ["--case", case]);
        let words = ["roomwire", "run"].into_iter().chain(cases);
        command_line(words.chain(self.words.iter().map(String::as_str)))
    }
}

impl Invocation {
    /// The command line that plays a saved program again, against the same server.
    #[must_use]
    pub fn replay(&self, file: &str) -> String {
        let behind = self.words.iter().position(|word| word == "--");
        let is_url = |word: &&String| word.contains("://");
        let server = match behind {
            Some(at) => &self.words[at..],
            None => self.words.last().filter(is_url).map_or(&[][..], std::slice::from_ref),
        };
        let words = ["roomwire", "replay", file].into_iter();
        command_line(words.chain(server.iter().map(String::as_str)))
    }
}

/// Words as a POSIX shell reads them back.
#[must_use]
pub fn command_line<'a>(words: impl IntoIterator<Item = &'a str>) -> String {
    words.into_iter().map(quote).collect::<Vec<_>>().join(" ")
}

fn quote(word: &str) -> String {
    let plain = |c: char| c.is_ascii_alphanumeric() || "-_./:=,@%+".contains(c);
    if !word.is_empty() && word.chars().all(plain) {
        return word.to_owned();
    }
    format!("'{}'", word.replace('\'', "'\\''"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_replay_goes_to_the_same_server_as_the_run_did() {
        let replay = |words: &[&str]| {
            let words = words.iter().map(ToString::to_string).collect();
            Invocation { words, selection: Vec::new() }.replay("a.ndjson")
        };
        assert_eq!(replay(&["--strict", "ws://host:1/"]), "roomwire replay a.ndjson ws://host:1/");
        assert_eq!(replay(&["--seed", "7", "--", "node", "x y"]), "roomwire replay a.ndjson -- node 'x y'");
        assert_eq!(replay(&["--strict"]), "roomwire replay a.ndjson");
    }

    #[test]
    fn words_are_quoted_for_a_shell_where_they_need_it() {
        let line = command_line(["--case", "a/b", "", "two words", "it's", "{port}", "…"]);
        assert_eq!(line, r"--case a/b '' 'two words' 'it'\''s' '{port}' '…'");
    }
}
