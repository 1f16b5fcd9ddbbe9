//! The command line, by the program itself.

use std::io::{BufRead, BufReader, Read, Write};
use std::net::{Ipv4Addr, TcpListener};
use std::path::PathBuf;
use std::process::{Child, Command, Output, Stdio};
use std::time::{Duration, Instant};

use nix::sys::signal::{Signal, kill};
use nix::unistd::Pid;
use roomwire_conformance::catalog;
use roomwire_conformance::generate::Kind;
use roomwire_conformance::requirements::{Binds, REQUIREMENTS, UNOBSERVED};
use roomwire_conformance::subject::{SHORT_AUTH_TIMEOUT_MS, SHORT_HEARTBEAT_TIMEOUT_MS};
use serde_json::Value;

fn roomwire(words: &[&str]) -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_roomwire"));
    command.args(words).stdin(Stdio::null()).env_remove("RUST_BACKTRACE").env_remove("CLICOLOR_FORCE");
    command
}

/// What came of a call: exit code, stdout, stderr.
pub(crate) fn call(words: &[&str]) -> (i32, String, String) {
    let Output { status, stdout, stderr } = roomwire(words).output().unwrap();
    let text = |bytes| String::from_utf8(bytes).unwrap();
    (status.code().unwrap(), text(stdout), text(stderr))
}

/// A file of this test run, named after the test.
pub(crate) fn scratch(name: &str) -> PathBuf {
    PathBuf::from(env!("CARGO_TARGET_TMPDIR")).join(name)
}

/// The lines of an NDJSON report.
fn lines(text: &str) -> Vec<Value> {
    text.lines().map(|line| serde_json::from_str(line).unwrap()).collect()
}

#[test]
fn what_cannot_be_meant_ends_with_2_and_says_what_is_wrong() {
    let tokens = scratch("tokens-without-users.json");
    std::fs::write(&tokens, r#"{"hunter2": 1}"#).unwrap();
    let tokens = tokens.to_str().unwrap();
    for (words, why) in [
        (&["run", "127.0.0.1:8017"][..], "did you mean ws://127.0.0.1:8017?"),
        (&["run", "node", "server.js"], "unexpected argument"),
        (&["run", "node"], "`roomwire run -- node`"),
        (&["run", "ws://127.0.0.1:1", "--", "node"], "cannot be used with"),
        (&["run", "--"], "there is no command behind --"),
        (&["run", "--case", "rooms/jion-twice"], "did you mean rooms/join-twice"),
        (&["run", "--case", "["], "--case ["),
        (&["run", "--requirement", "ROOM-99"], "there is no such requirement"),
        (&["run", "--requirement", "ENV-1"], "`roomwire explain ENV-1` says why"),
        (&["run", "--case", "rooms/*", "--level", "may"], "matches no case"),
        (&["run", "--level", "shall"], "possible values: may, should, must"),
        (&["run", "--profile", "core,presense"], "presence"),
        (&["run", "--jobs", "0"], "1..=1024"),
        (&["run", "--report", "xml=a"], "the kinds are: json, junit"),
        (&["run", "--report", "json=-", "--report", "json=-"], "two reports are to go to stdout"),
        (&["run", "--report", "json=/nowhere/at/all"], "cannot create the report /nowhere/at/all"),
        (&["run", "--header", "Host: x"], "host is set by roomwire itself"),
        (&["run", "--token", "ann=1", "--token", "ann=1"], "the user \"ann\" the same token twice"),
        (&["run", "--token", "ann=1", "--tokens", "x"], "cannot be used with"),
        (&["run", "--tokens", "/nowhere"], "--tokens /nowhere: No such file"),
        (&["run", "--tokens", tokens], "entry 1 has no user"),
        (&["run", "--topic-prefix", "a\nb"], "no control characters"),
        (&["explain", "room-jion"], "did you mean"),
        (&["explain", "xyzzy"], "`roomwire list`"),
        (&["frobnicate"], "unrecognized subcommand"),
        (&[], "Usage: roomwire"),
    ] {
        let (code, out, err) = call(words);
        assert_eq!((code, out.as_str()), (2, ""), "{words:?}: {err}");
        assert!(err.contains(why), "{words:?}: {err}");
        assert!(!err.contains("hunter2"), "{err}");
    }
}

#[test]
fn every_case_is_listed_and_can_be_explained() {
    let (code, list, _) = call(&["list"]);
    assert_eq!(code, 0);
    for case in catalog::cases() {
        let line = list.lines().find(|line| line.split_whitespace().next() == Some(case.id)).unwrap();
        assert!(line.contains(&case.level().to_string()) && line.contains(case.requirements[0]), "{line}");
        assert!(line.ends_with(case.title), "{line}");
    }
    let (code, told, _) = call(&["explain", "transport/binary-is-closed-1003"]);
    assert_eq!(code, 0);
    insta::assert_snapshot!("explain_case", told);
    let (_, told, _) = call(&["explain", "limits/a-client-that-does-not-read"]);
    assert!(told.contains("then, when all that has settled, 47 times in a row\n"), "{told}");
    assert_eq!(told.matches("fills its share of limits.maxQueueBytes").count(), 2, "{told}");
}

#[test]
fn every_kind_of_generated_programs_is_listed_and_can_be_explained() {
    let (_, list, _) = call(&["list"]);
    for kind in Kind::ALL {
        let line = list.lines().find(|line| line.split_whitespace().next() == Some(kind.id())).unwrap();
        assert!(line.ends_with(kind.title()), "{line}");
        let (code, told, _) = call(&["explain", kind.id()]);
        assert_eq!(code, 0);
        assert!(told.contains(kind.title()) && told.contains("programs that are generated"), "{told}");
        assert_eq!(told.contains("what one of them does"), kind != Kind::Marathon, "{told}");
    }
}

#[test]
fn every_requirement_is_listed_with_its_cases_or_why_it_has_none() {
    let (code, list, _) = call(&["list", "--requirements"]);
    assert_eq!(code, 0);
    for requirement in REQUIREMENTS {
        let line = list.lines().find(|line| line.split_whitespace().next() == Some(requirement.id)).unwrap();
        assert!(
            line.contains(&requirement.level.to_string()) && line.contains(requirement.profile),
            "{line}"
        );
        assert!(line.contains('/') || line.ends_with(')'), "{line}");
        assert_eq!(line.contains("binds clients"), requirement.binds == Binds::Client, "{line}");
        if let Some(unobserved) = UNOBSERVED.iter().find(|unobserved| unobserved.id == requirement.id) {
            assert!(line.contains(unobserved.reason), "{line}");
        }
    }
    let (code, told, _) = call(&["explain", "ws-9"]);
    assert_eq!(code, 0);
    insta::assert_snapshot!("explain_requirement", told);
}

#[test]
fn the_embedded_server_conforms_and_the_report_for_machines_says_so() {
    let (code, out, err) = call(&["run", "--case", "heartbeat/*", "--report", "json=-", "--seed", "7"]);
    assert_eq!(code, 0, "{out}{err}");
    let events = lines(&out);
    let (first, last) = (&events[0], &events[events.len() - 1]);
    assert_eq!((&first["event"], &first["seed"]), (&"run-started".into(), &7.into()));
    assert_eq!(first["subject"], "the embedded reference server");
    assert_eq!(first["limits"]["heartbeatTimeoutMs"], SHORT_HEARTBEAT_TIMEOUT_MS);
    assert_eq!(first["limits"]["authTimeoutMs"], SHORT_AUTH_TIMEOUT_MS);
    let cases = catalog::cases().iter().filter(|case| case.id.starts_with("heartbeat/")).count();
    assert_eq!((&last["event"], &last["exitCode"]), (&"run-finished".into(), &0.into()));
    assert_eq!(last["counts"]["pass"], cases);
    let finished = events.iter().filter(|event| event["event"] == "case-finished");
    assert!(finished.clone().all(|event| event["verdict"] == "pass"), "{out}");
    assert_eq!(finished.count(), cases);
    // The report for people gives way to stderr.
    assert!(err.contains("conforms, as far as the selected cases tell"), "{err}");
}

#[test]
fn a_command_is_given_a_port_and_stopped_again() {
    let bin = env!("CARGO_BIN_EXE_roomwire");
    let listen = "127.0.0.1:{port}";
    let report = scratch("spawned.ndjson");
    let report_flag = format!("json={}", report.display());
    let words =
        ["run", "--case", "heartbeat/*", "--report", &report_flag, "--", bin, "serve", "--listen", listen];
    let (code, out, err) = call(&words);
    assert_eq!(code, 0, "{out}{err}");
    assert!(out.starts_with("roomwire ") && out.contains("serve --listen '127.0.0.1:{port}'\n"), "{out}");
    let events = lines(&std::fs::read_to_string(report).unwrap());
    // It follows the short time limits that it is given.
    assert_eq!(events[0]["limits"]["heartbeatTimeoutMs"], SHORT_HEARTBEAT_TIMEOUT_MS);
    let address =
        events[0]["url"].as_str().unwrap().trim_start_matches("ws://").trim_end_matches('/').to_owned();
    assert!(std::net::TcpStream::connect(&address).is_err(), "{address} is still served");
}

#[test]
fn a_command_that_ends_is_told_with_its_last_words() {
    let (code, out, _) = call(&["run", "--", "sh", "-c", "echo one; echo two >&2; exit 7"]);
    assert_eq!(code, 4, "{out}");
    assert!(out.contains("  | one\n") && out.contains("  | two\n"), "{out}");
    assert!(out.contains("the command ended (exit status: 7) before it listened"), "{out}");
}

#[test]
fn where_nothing_listens_the_exit_code_is_4() {
    let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).unwrap();
    let url = format!("ws://{}", listener.local_addr().unwrap());
    drop(listener);
    let (code, out, _) = call(&["run", &url]);
    assert_eq!(code, 4, "{out}");
    assert!(out.contains("could not be judged: could not connect") && out.contains(&url), "{out}");
}

#[test]
fn a_server_that_speaks_no_websocket_cannot_be_judged() {
    let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).unwrap();
    let url = format!("ws://{}", listener.local_addr().unwrap());
    let server = std::thread::spawn(move || {
        let (mut stream, _) = listener.accept().unwrap();
        let mut head = BufReader::new(stream.try_clone().unwrap()).lines();
        while head.next().is_some_and(|line| !line.unwrap().is_empty()) {}
        stream.write_all(b"HTTP/1.1 200 OK\r\nContent-Length: 0\r\nConnection: close\r\n\r\n").unwrap();
    });
    let (code, out, _) = call(&["run", "--report", "json=-", &url]);
    server.join().unwrap();
    let events = lines(&out);
    assert_eq!((code, events.len()), (4, 2), "{out}");
    assert_eq!(events[1]["exitCode"], 4);
    assert_eq!(events[1]["reason"], "the upgrade was answered with HTTP status 200");
}

#[test]
fn tokens_are_in_no_report() {
    // The reference server takes a token for its user, so that it is wrong about one of these.
    let words = ["run", "--case", "rooms/joined-says-it-all", "--report", "json=-", "--token", "ann=ann"];
    let more = ["--token", "ben=ben", "--token", "cat=hunter2", "--header", "Authorization: hunter3"];
    let (code, out, err) = call(&[&words[..], &more].concat());
    assert_eq!(code, 1, "{err}");
    assert!(out.contains("<token of cat>") && err.contains("--token 'cat=…'"), "{err}");
    assert!(err.contains("--header 'authorization: …'"), "{err}");
    assert!(!out.contains("hunter") && !err.contains("hunter"), "{err}");
    let (code, _, err) = call(&words);
    assert_eq!(code, 3, "{err}");
    assert!(err.contains("users, and 1 are given by --token or --tokens"), "{err}");
}

#[test]
fn a_reader_that_goes_early_is_no_failure() {
    for words in [&["list"][..], &["completions", "bash"], &["run", "--case", "heartbeat/*"]] {
        let mut child = roomwire(words).stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().unwrap();
        drop(child.stdout.take());
        let output = child.wait_with_output().unwrap();
        let err = String::from_utf8(output.stderr).unwrap();
        assert_eq!((output.status.code(), err.as_str()), (Some(0), ""), "{words:?}");
    }
}

#[test]
fn a_report_that_cannot_be_written_ends_with_5_and_says_which() {
    let (code, out, err) = call(&["run", "--case", "heartbeat/*", "--report", "json=/dev/full"]);
    assert_eq!(code, 5, "{out}{err}");
    assert!(err.contains("cannot write the report /dev/full: No space left"), "{err}");
    // The others are not worse for it.
    assert!(out.contains("conforms"), "{out}");
}

#[test]
fn progress_is_told_in_lines_where_nobody_watches_and_only_when_asked_for() {
    let (_, out, err) = call(&["run", "--case", "heartbeat/*"]);
    assert_eq!(err, "");
    assert!(!out.contains('\u{1b}'), "{out}");
    let (_, _, err) = call(&["run", "--case", "heartbeat/*", "--progress", "always"]);
    let last = err.lines().last().unwrap();
    let cases = catalog::cases().iter().filter(|case| case.id.starts_with("heartbeat/")).count();
    assert_eq!(last, format!("roomwire: {cases} of {cases} cases: {cases} pass"), "{err}");
}

#[test]
fn colours_are_there_when_they_are_asked_for() {
    let mut command = roomwire(&["run", "--case", "heartbeat/*"]);
    let output = command.env("CLICOLOR_FORCE", "1").env_remove("NO_COLOR").output().unwrap();
    assert!(output.stdout.contains(&0x1b));
}

#[test]
fn an_interrupted_run_ends_with_a_footer() {
    let mut run = Running::start(&[]);
    run.read_until("case-finished");
    run.interrupt();
    let rest = run.read_until("run-finished");
    assert_eq!((&rest["reason"], &rest["exitCode"]), (&"the run was interrupted".into(), &3.into()));
    assert!(rest["notRun"].as_u64().unwrap() > 0, "{rest}");
    let (code, err) = run.end();
    assert_eq!(code, 3, "{err}");
    assert!(err.contains("the run was interrupted: "), "{err}");
}

#[test]
fn told_twice_it_does_not_wait_for_a_server_that_does_not_stop() {
    let (bin, pid) = (env!("CARGO_BIN_EXE_roomwire"), scratch("stubborn.pid"));
    let script = format!(
        "trap '' TERM; sleep 60 & echo $! > '{}'; {bin} serve --listen 127.0.0.1:$PORT & wait",
        pid.display()
    );
    let mut run = Running::start(&["--", "sh", "-c", &script]);
    run.read_until("case-started");
    run.interrupt();
    run.read_until("run-finished");
    let told = Instant::now();
    run.interrupt();
    let (code, err) = run.end();
    assert_eq!(code, 3, "{err}");
    assert!(told.elapsed() < Duration::from_secs(4), "{:?}", told.elapsed());
    // Nothing that it has started is left behind.
    let pid = std::fs::read_to_string(pid).unwrap();
    while is_running(pid.trim()) {
        assert!(told.elapsed() < Duration::from_secs(4), "process {pid} is still there");
        std::thread::yield_now();
    }
}

/// Whether a process is there and has not ended; it is for others to wait for it.
fn is_running(pid: &str) -> bool {
    let ps = Command::new("ps").args(["-o", "stat=", "-p", pid]).output().unwrap();
    let state = String::from_utf8(ps.stdout).unwrap();
    !state.trim().is_empty() && !state.trim().starts_with('Z')
}

/// A run whose report for machines is read while it goes on.
struct Running {
    child: Child,
    out: BufReader<std::process::ChildStdout>,
}

impl Running {
    fn start(subject: &[&str]) -> Self {
        let words = [&["run", "--report", "json=-"][..], subject].concat();
        let mut child = roomwire(&words).stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().unwrap();
        let out = BufReader::new(child.stdout.take().unwrap());
        Self { child, out }
    }

    /// Reads until an event of this name has come.
    fn read_until(&mut self, name: &str) -> Value {
        loop {
            let mut line = String::new();
            assert!(self.out.read_line(&mut line).unwrap() > 0, "it ended before {name}");
            let event: Value = serde_json::from_str(&line).unwrap();
            if event["event"] == name {
                return event;
            }
        }
    }

    fn interrupt(&self) {
        kill(Pid::from_raw(self.child.id().try_into().unwrap()), Signal::SIGINT).unwrap();
    }

    /// The exit code and what stderr said.
    fn end(mut self) -> (i32, String) {
        let mut rest = String::new();
        self.out.read_to_string(&mut rest).unwrap();
        assert_eq!(rest, "");
        let output = self.child.wait_with_output().unwrap();
        (output.status.code().unwrap(), String::from_utf8(output.stderr).unwrap())
    }
}
