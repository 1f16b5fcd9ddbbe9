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
    fn words_are_quoted_for_a_shell_where_they_need_it() {
        let line = command_line(["--case", "a/b", "", "two words", "it's", "{port}", "…"]);
        assert_eq!(line, r"--case a/b '' 'two words' 'it'\''s' '{port}' '…'");
    }
}
