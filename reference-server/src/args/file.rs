//! Settings in a file: TOML, whose keys are the names of the flags.
//!
//! It knows no setting by name. A value is given to the flag of its key, as if it stood on the command line, so a
//! file can say what flags can say, and is held to the same.

use std::collections::HashMap;
use std::ffi::OsString;
use std::path::Path;

use clap::parser::ValueSource;
use clap::{Arg, ArgAction, ArgMatches, Command};
use toml::Spanned;
use toml::de::{DeTable, DeValue};

use super::flags_alone;

/// Where each setting stands: `roomwire.toml, line 3, column 1`.
pub(super) type Places = HashMap<String, String>;

/// The words for each key, as they would stand on a command line.
pub(super) type Settings = Vec<(String, Vec<OsString>)>;

/// Reads a file of settings and looks at each of them. The error says what is wrong, and where.
pub(super) fn read(path: &Path) -> Result<(Settings, Places), String> {
    let name = path.display().to_string();
    let text = std::fs::read_to_string(path).map_err(|error| format!("--config {name}: {error}"))?;
    parse(&name, &text)
}

fn parse(name: &str, text: &str) -> Result<(Settings, Places), String> {
    let at = |offset: usize| {
        let (line, column) = line_and_column(text, offset);
        format!("{name}, line {line}, column {column}")
    };
    let table = DeTable::parse(text).map_err(|error| {
        let offset = error.span().map_or(text.len(), |span| span.start);
        format!("{}: {}", at(offset), error.message())
    })?;
    let command = flags_alone();
    let (mut settings, mut places) = (Settings::new(), Places::new());
    for (key, value) in table.get_ref() {
        let place = at(key.span().start);
        let key = key.get_ref().as_ref();
        let flag = flag_of(&command, key).map_err(|why| format!("{place}: {why}"))?;
        let place = at(value.span().start);
        let words = words_of(flag, value).map_err(|why| format!("{place}: {key}: {why}"))?;
        if let Err(error) = command.clone().try_get_matches_from(&words) {
            return Err(format!("{place}: {key}: {}", reason_of(&error)));
        }
        settings.push((key.to_owned(), words));
        places.insert(key.to_owned(), place);
    }
    Ok((settings, places))
}

/// The words of flags and environment, and those of the file for what these leave open.
pub(super) fn merge(command: &Command, matches: &ArgMatches, settings: Settings) -> Vec<OsString> {
    let mut words = Vec::new();
    let mut given = Vec::new();
    for flag in command.get_arguments() {
        let id = flag.get_id().as_str();
        let source = matches.value_source(id);
        let Some(name) = flag.get_long() else { continue };
        if !matches!(source, Some(ValueSource::CommandLine | ValueSource::EnvVariable)) {
            continue;
        }
        given.push(name);
        if is_switch(flag) {
            if matches.get_flag(id) {
                words.push(format!("--{name}").into());
            }
            continue;
        }
        for value in matches.get_raw(id).into_iter().flatten() {
            words.push(word(name, value));
        }
    }
    let rest = settings.into_iter().filter(|(key, _)| !given.contains(&key.as_str()));
    words.extend(rest.flat_map(|(_, words)| words));
    words
}

fn flag_of<'a>(command: &'a Command, key: &str) -> Result<&'a Arg, String> {
    let names =
        || command.get_arguments().filter(|flag| flag.get_long().is_some_and(|name| name != "config"));
    if let Some(flag) = names().find(|flag| flag.get_long() == Some(key)) {
        return Ok(flag);
    }
    let near = names()
        .filter_map(Arg::get_long)
        .max_by(|a, b| strsim::jaro_winkler(a, key).total_cmp(&strsim::jaro_winkler(b, key)));
    Err(match near {
        Some(near) if strsim::jaro_winkler(near, key) > 0.7 => {
            format!("there is no setting `{key}`: did you mean `{near}`?")
        }
        _ => format!("there is no setting `{key}`: the keys are the names of the flags, see --help"),
    })
}

fn words_of(flag: &Arg, value: &Spanned<DeValue<'_>>) -> Result<Vec<OsString>, String> {
    let name = flag.get_long().unwrap_or_default();
    if is_switch(flag) {
        return match value.get_ref() {
            DeValue::Boolean(true) => Ok(vec![format!("--{name}").into()]),
            DeValue::Boolean(false) => Ok(Vec::new()),
            _ => Err("expected true or false".to_owned()),
        };
    }
    match value.get_ref() {
        DeValue::Array(values) if matches!(flag.get_action(), ArgAction::Append) => {
            values.iter().map(|value| Ok(word(name, scalar(value)?.as_ref()))).collect()
        }
        _ => Ok(vec![word(name, scalar(value)?.as_ref())]),
    }
}

fn scalar(value: &Spanned<DeValue<'_>>) -> Result<OsString, String> {
    match value.get_ref() {
        DeValue::String(text) => Ok(text.as_ref().into()),
        DeValue::Integer(number) => i128::from_str_radix(number.as_str(), number.radix())
            .map(|number| number.to_string().into())
            .map_err(|_| "the number is too large".to_owned()),
        DeValue::Array(_) => Err("expected one value, found several".to_owned()),
        _ => Err("expected a text or a whole number".to_owned()),
    }
}

fn word(name: &str, value: &std::ffi::OsStr) -> OsString {
    let mut word = OsString::from(format!("--{name}="));
    word.push(value);
    word
}

fn is_switch(flag: &Arg) -> bool {
    matches!(flag.get_action(), ArgAction::SetTrue)
}

/// What clap has to say, without its advice for a command line.
fn reason_of(error: &clap::Error) -> String {
    let text = error.to_string();
    let reason = text.split("\n\n").next().unwrap_or_default();
    reason.trim_start_matches("error: ").lines().map(str::trim).collect::<Vec<_>>().join(" ")
}

/// Both from 1, and a column is a character.
fn line_and_column(text: &str, offset: usize) -> (usize, usize) {
    let before = text.get(..offset).unwrap_or(text);
    let line = before.rsplit('\n').next().unwrap_or_default();
    (before.matches('\n').count() + 1, line.chars().count() + 1)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check(text: &str, expected: &str) {
        assert_eq!(parse("r.toml", text).unwrap_err(), expected, "{text}");
    }

    #[test]
    fn what_is_wrong_is_said_with_its_place() {
        check(
            "max-topics = 10\nmax-topic = 3",
            "r.toml, line 2, column 1: there is no setting `max-topic`: did you mean `max-topics`?",
        );
        check(
            "zzz = 1",
            "r.toml, line 1, column 1: there is no setting `zzz`: the keys are the names of the flags, see --help",
        );
        check(
            "config = \"x\"",
            "r.toml, line 1, column 1: there is no setting `config`: the keys are the names of the flags, see --help",
        );
        check(
            "\n  max-topics = \"many\"",
            "r.toml, line 2, column 16: max-topics: invalid value 'many' for '--max-topics <N>': invalid digit found in string",
        );
        check("require-header = 1", "r.toml, line 1, column 18: require-header: expected true or false");
        check("max-topics = [1]", "r.toml, line 1, column 14: max-topics: expected one value, found several");
        check("max-topics = 1.5", "r.toml, line 1, column 14: max-topics: expected a text or a whole number");
        check(
            "[limits]\nmax-topics = 1",
            "r.toml, line 1, column 2: there is no setting `limits`: the keys are the names of the flags, see --help",
        );
        check("a = 1\na = 2", "r.toml, line 2, column 1: duplicate key");
        check(
            "max-topics = ",
            "r.toml, line 1, column 14: string values must be quoted, expected literal string",
        );
        check(
            "trusted-proxy = [\"10.0.0.0/8\", \"ten\"]",
            "r.toml, line 1, column 17: trusted-proxy: invalid value 'ten' for '--trusted-proxy <CIDR>': expected an address or a block of them, like 10.0.0.1 or 10.0.0.0/8",
        );
    }

    #[test]
    fn a_column_counts_characters() {
        check(
            "\"größe\" = 1",
            "r.toml, line 1, column 1: there is no setting `größe`: the keys are the names of the flags, see --help",
        );
        assert_eq!(line_and_column("ä\nöü=", "ä\nöü".len()), (2, 3));
    }

    fn merged(line: &[&str], file: &str) -> Vec<String> {
        let command = flags_alone();
        let matches = command.clone().try_get_matches_from(line).unwrap();
        let (settings, _) = parse("r.toml", file).unwrap();
        merge(&command, &matches, settings).into_iter().map(|word| word.into_string().unwrap()).collect()
    }

    #[test]
    fn a_flag_wins_over_the_file_and_leaves_the_rest() {
        let file = "max-topics = 10\nmax-connections = 0x10\nrequire-header = true\ntrusted-proxy = [\"10.0.0.1\", \"::1\"]";
        assert_eq!(
            merged(&["--max-topics", "3"], file),
            [
                "--max-topics=3",
                "--max-connections=16",
                "--require-header",
                "--trusted-proxy=10.0.0.1",
                "--trusted-proxy=::1"
            ]
        );
    }
}
