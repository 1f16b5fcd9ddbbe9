//! The words by which a run can be made again, for reports: whoever reads one may not be who has called it.

use super::run::RunArgs;
use super::subject::Given;
use crate::invocation::Invocation;

/// What stands for a secret.
const SECRET: &str = "…";

impl RunArgs {
    /// How the run was called. Tokens and the values of headers are left out.
    pub(super) fn invocation(&self, given: &Given) -> Invocation {
        Invocation { words: self.words(given), selection: self.selection.words() }
    }

    fn words(&self, given: &Given) -> Vec<String> {
        let mut words: Vec<String> = Vec::new();
        let mut flag = |name: &str, value: String| words.extend([name.to_owned(), value]);
        if !self.profile.is_empty() {
            flag("--profile", self.profile.join(","));
        }
        for identity in &self.token {
            flag("--token", format!("{}={SECRET}", identity.user));
        }
        if let Some(path) = &self.tokens {
            flag("--tokens", path.display().to_string());
        }
        for (name, _) in &self.header {
            flag("--header", format!("{name}: {SECRET}"));
        }
        if let Some(name) = &self.subprotocol {
            flag("--subprotocol", name.clone());
        }
        if let Some(path) = &self.trust.ca {
            flag("--ca", path.display().to_string());
        }
        if let Some(prefix) = &self.topic_prefix {
            flag("--topic-prefix", prefix.clone());
        }
        if let Some(path) = &self.known_failures {
            flag("--known-failures", path.display().to_string());
        }
        for (name, value, default) in [
            ("--connect-timeout", self.connect_timeout, super::run::CONNECT_TIMEOUT_MS),
            ("--start-timeout", self.start_timeout, super::run::START_TIMEOUT_S),
            ("--patience", self.patience, super::run::PATIENCE_S),
        ] {
            if value != default {
                flag(name, value.to_string());
            }
        }
        if self.selection.is_full() {
            flag("--load", "full".into());
        }
        for (name, value) in [
            ("--max-connections", self.max_connections.map(|most| most.to_string())),
            ("--max-rate", self.max_rate.map(|most| most.to_string())),
        ] {
            if let Some(value) = value {
                flag(name, value);
            }
        }
        if let Some(count) = self.histories {
            flag("--histories", count.to_string());
        }
        if let Some(seconds) = self.time {
            flag("--time", seconds.to_string());
        }
        if self.seed != 0 {
            flag("--seed", self.seed.to_string());
        }
        if self.trust.insecure {
            words.push("--insecure".into());
        }
        if self.strict {
            words.push("--strict".into());
        }
        match given {
            Given::Url(address) => words.push(address.words.clone()),
            Given::Command(command) => {
                words.push("--".into());
                words.extend(command.iter().cloned());
            }
            Given::Nothing => {}
        }
        words
    }
}
