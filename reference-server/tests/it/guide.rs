//! The guide for operators says what is true: its table is that of the flags, its example can be run.

use std::path::PathBuf;
use std::process::Stdio;

use clap::{Arg, ArgAction, Command};
use roomwire_server::Args;

use crate::client::in_time;
use crate::files::Folder;

const BEGIN: &str = "<!-- flags: begin";
const END: &str = "<!-- flags: end -->";

fn guide() -> (PathBuf, String) {
    let path = PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("../docs/run-the-server.md");
    let text = std::fs::read_to_string(&path).unwrap();
    (path, text)
}

fn row(flag: &Arg) -> String {
    let name = flag.get_long().unwrap();
    let value = match flag.get_action() {
        ArgAction::SetTrue => String::new(),
        _ => format!(" {}", flag.get_value_names().unwrap().first().unwrap()),
    };
    let defaults: Vec<_> = flag.get_default_values().iter().map(|value| value.to_str().unwrap()).collect();
    let default = match defaults.as_slice() {
        _ if matches!(flag.get_action(), ArgAction::SetTrue) => "no".to_owned(),
        [] => String::new(),
        some => format!("`{}`", some.join(",")),
    };
    let env = flag.get_env().expect("each flag has a twin in the environment").to_str().unwrap();
    let choices: Vec<_> = match flag.get_action() {
        ArgAction::SetTrue => Vec::new(),
        _ => flag.get_possible_values().iter().map(|value| value.get_name().to_owned()).collect(),
    };
    let choices = if choices.is_empty() { String::new() } else { format!(": {}", choices.join(", ")) };
    let help = flag.get_help().unwrap().to_string().replace('|', "\\|");
    format!("| `--{name}{value}` | `{env}` | {default} | {help}{choices} |\n")
}

#[test]
fn the_table_of_flags_is_that_of_the_program() {
    let command = <Args as clap::Args>::augment_args(Command::new("roomwire-server"));
    let mut table = String::from("\n| flag | environment | default | meaning |\n|---|---|---|---|\n");
    table.extend(command.get_arguments().map(row));
    table.push('\n');
    let (path, text) = guide();
    let begin = text.find(BEGIN).unwrap();
    let begin = begin + text[begin..].find('\n').unwrap() + 1;
    let end = text.find(END).unwrap();
    if text[begin..end] == table {
        return;
    }
    if std::env::var_os("ROOMWIRE_WRITE_GUIDE").is_some() {
        std::fs::write(&path, format!("{}{table}{}", &text[..begin], &text[end..])).unwrap();
        return;
    }
    panic!(
        "the flags have changed, and {} has not: ROOMWIRE_WRITE_GUIDE=1 cargo test -p roomwire-server --test it guide",
        path.display()
    );
}

#[tokio::test]
async fn the_example_of_a_file_of_settings_can_be_run() {
    let (_, text) = guide();
    let example = text.split("```toml\n").nth(1).unwrap().split("```").next().unwrap();
    let ports = example.replace(":8017", ":0").replace(":8018", ":0");
    let certificate = rcgen::generate_simple_self_signed(["localhost".to_owned()]).unwrap();
    let folder = Folder::new();
    let config = folder.file("roomwire.toml", &ports);
    folder.file("tokens.json", r#"{"secret": "ann"}"#);
    folder.file("cert.pem", &certificate.cert.pem());
    folder.file("key.pem", &certificate.signing_key.serialize_pem());
    let mut child = tokio::process::Command::new(env!("CARGO_BIN_EXE_roomwire-server"))
        .args(["--config", "roomwire.toml"])
        .current_dir(config.parent().unwrap())
        .env_clear()
        .stdout(Stdio::piped())
        .stderr(Stdio::inherit())
        .kill_on_drop(true)
        .spawn()
        .unwrap();
    let mut lines =
        tokio::io::AsyncBufReadExt::lines(tokio::io::BufReader::new(child.stdout.take().unwrap()));
    let line = in_time("the line", lines.next_line()).await.unwrap().expect("it runs");
    assert!(line.starts_with("roomwire-server listening on wss://"), "{line}");
}
