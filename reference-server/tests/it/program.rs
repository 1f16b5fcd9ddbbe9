//! The program: its flags, its one line, its signals and its exit codes.

use std::process::Stdio;

use futures_util::{SinkExt, StreamExt};
use tokio::io::{AsyncBufReadExt, AsyncReadExt, BufReader, Lines};
use tokio::process::{Child, ChildStderr, Command};
use tokio_tungstenite::tungstenite::Message;

use crate::client::in_time;
use crate::files::Folder;

pub(crate) fn program(flags: &[&str]) -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_roomwire-server"));
    command.args(flags).stdin(Stdio::null()).stdout(Stdio::piped()).stderr(Stdio::piped()).kill_on_drop(true);
    command.env_clear();
    command
}

/// Starts the program and returns it with its URL.
pub(crate) async fn start(mut command: Command) -> (Child, String) {
    let mut child = command.spawn().unwrap();
    let mut lines = BufReader::new(child.stdout.take().unwrap()).lines();
    let line = in_time("the line", lines.next_line()).await.unwrap().expect("a line on stdout");
    let url = line
        .split(' ')
        .find(|word| word.starts_with("ws://127.0.0.1:") || word.starts_with("wss://127.0.0.1:"))
        .expect("a URL in the line");
    (child, url.to_owned())
}

/// What a program logs, line by line.
pub(crate) struct Log {
    lines: Lines<BufReader<ChildStderr>>,
    read: String,
}

impl Log {
    pub(crate) fn of(child: &mut Child) -> Self {
        let lines = BufReader::new(child.stderr.take().unwrap()).lines();
        Self { lines, read: String::new() }
    }

    /// Reads up to a line with these words.
    pub(crate) async fn wait_for(&mut self, words: &str) -> String {
        loop {
            let line = in_time("a line of the log", self.lines.next_line()).await.unwrap();
            let line = line.unwrap_or_else(|| panic!("no line with {words:?} in\n{}", self.read));
            self.read.push_str(&line);
            self.read.push('\n');
            if line.contains(words) {
                return line;
            }
        }
    }

    /// Reads up to the end, and returns all of it.
    pub(crate) async fn whole(mut self) -> String {
        while let Some(line) = in_time("the end of the log", self.lines.next_line()).await.unwrap() {
            self.read.push_str(&line);
            self.read.push('\n');
        }
        self.read
    }
}

/// Runs a program that ends by itself: its exit code and what it says on stderr.
pub(crate) async fn outcome(mut command: Command) -> (i32, String) {
    let output = in_time("the end", command.output()).await.unwrap();
    (output.status.code().unwrap(), String::from_utf8(output.stderr).unwrap())
}

#[tokio::test]
async fn bad_flags_are_explained_and_exit_with_2() {
    for (flags, words) in [
        (&["--listen", "nowhere"][..], "expected HOST:PORT"),
        (&["--max-topics", "0"], "max-topics is 0: expected 1 to"),
        (&["--max-topics", "many"], "--max-topics"),
        (&["--max-queue-bytes", "1000"], "one long message"),
        (&["--listen", "0.0.0.0:0"], "--allow-any-token"),
        (&["--admin", "0.0.0.0:0"], "expected an address like 127.0.0.1:8018"),
        (&["--profiles", "presents"], "expected core, presence"),
        (&["--roster-max", "0"], "roster-max is 0"),
        (&["--log", "=x="], "--log"),
        (&["--nonsense"], "--nonsense"),
        (&["--tls-cert", "x"], "--tls-cert is there, and --tls-key is not: give both or none"),
        (&["--tokens", "x", "--jwt-key", "y"], "--tokens and --jwt-key are both there"),
        (&["--tokens", "/nowhere"], "--tokens /nowhere: No such file"),
        (&["--jwt-algorithm", "none"], "[possible values: HS256, RS256, ES256]"),
        (&["--trusted-proxy", "ten"], "an address or a block of them"),
        (&["--rate-per-user", "5000000"], "rate-per-user is 5000000: expected 1 to 1000000"),
        (
            &["--drain-ms", "2000", "--drain-limit-ms", "1000"],
            "drain-limit-ms is 1000: it has to be 2000 at least",
        ),
        (&["--config", "/nowhere"], "--config /nowhere: No such file"),
        (&["--config", "/"], "--config /: Is a directory"),
        (&["--config", env!("CARGO_BIN_EXE_roomwire-server")], "stream did not contain valid UTF-8"),
        (&["--tokens", "/"], "--tokens /: Is a directory"),
        (&["--tokens", env!("CARGO_BIN_EXE_roomwire-server")], "stream did not contain valid UTF-8"),
        (&["--jwt-key", "/"], "--jwt-key /: Is a directory"),
        (&["--tls-cert", "/", "--tls-key", "/"], "--tls-cert /: Is a directory"),
    ] {
        let (code, stderr) = outcome(program(flags)).await;
        assert_eq!(code, 2, "{flags:?}: {stderr}");
        assert!(stderr.contains(words), "{flags:?}: {stderr}");
    }
}

/// Otherwise the system makes it while they come, and lets them wait for that.
#[cfg(target_os = "linux")]
#[tokio::test]
async fn there_is_room_for_the_files_of_all_connections_before_the_first_comes() {
    let (child, _) = start(program(&["--listen", "127.0.0.1:0", "--max-connections", "777"])).await;
    let status = std::fs::read_to_string(format!("/proc/{}/status", child.id().unwrap())).unwrap();
    let size = status.lines().find_map(|line| line.strip_prefix("FDSize:")).unwrap();
    assert!(size.trim().parse::<u32>().unwrap() >= 777, "{size}");
}

#[tokio::test]
async fn a_port_in_use_is_explained_and_exits_with_1() {
    let taken = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
    let address = taken.local_addr().unwrap().to_string();
    let (code, stderr) = outcome(program(&["--listen", &address])).await;
    assert_eq!(code, 1);
    assert!(
        stderr.contains(&address) && stderr.contains("in use") && stderr.contains("choose another address"),
        "{stderr}"
    );
}

#[tokio::test]
async fn a_file_of_settings_that_is_wrong_is_explained_with_the_place() {
    let folder = Folder::new();
    for (text, words) in [
        (
            "max-topics = 3\nmax-topic = 3",
            "line 2, column 1: there is no setting `max-topic`: did you mean `max-topics`?",
        ),
        ("max-topics = 0", "line 1, column 14: max-topics is 0: expected 1 to 1048576"),
        (
            "max-topics = \"many\"",
            "line 1, column 14: max-topics: invalid value 'many' for '--max-topics <N>'",
        ),
        ("\nmax-topics == 3", "line 2, column 13: "),
        ("tls-key = \"x\"", "line 1, column 11: --tls-key is there, and --tls-cert is not"),
        ("listen = \"0.0.0.0:0\"", "line 1, column 10: 0.0.0.0:0 can be reached from outside"),
    ] {
        let path = folder.file("roomwire.toml", text);
        let (code, stderr) = outcome(program(&["--config", path.to_str().unwrap()])).await;
        assert_eq!(code, 2, "{text}: {stderr}");
        let expected = format!("error: {}, {words}", path.display());
        assert!(stderr.starts_with(&expected), "{text}:\n{stderr}\n{expected}");
    }
}

/// The limits that a program declares which was started like this.
async fn limits(command: Command) -> serde_json::Value {
    let (_child, url) = start(command).await;
    let stream = tokio::net::TcpStream::connect(url.trim_start_matches("ws://")).await.unwrap();
    let (mut ws, _) = tokio_tungstenite::client_async(&url, stream).await.unwrap();
    let join = crate::raw::HEARTBEAT.replace(":1,", ":3,").replace("\"\"", r#""{\"topic\":\"t\"}""#);
    ws.send(Message::text(join)).await.unwrap();
    let answer = in_time("a 201", ws.next()).await.unwrap().unwrap().into_text().unwrap();
    let answer: serde_json::Value = serde_json::from_str(&answer).unwrap();
    let data: serde_json::Value = serde_json::from_str(answer["data"].as_str().unwrap()).unwrap();
    data["limits"].clone()
}

#[tokio::test]
async fn a_flag_wins_over_the_environment_and_that_over_the_file_and_that_over_the_default() {
    let folder = Folder::new();
    let text =
        "listen = \"127.0.0.1:0\"\nmax-topics = 10\nauth-timeout-ms = 1000\nheartbeat-timeout-ms = 1_000";
    let path = folder.file("roomwire.toml", text);
    let mut command = program(&["--max-topics", "30"]);
    command
        .env("ROOMWIRE_CONFIG", &path)
        .env("ROOMWIRE_MAX_TOPICS", "20")
        .env("ROOMWIRE_AUTH_TIMEOUT_MS", "2000");
    let limits = limits(command).await;
    assert_eq!(
        (
            &limits["maxTopics"],
            &limits["authTimeoutMs"],
            &limits["heartbeatTimeoutMs"],
            &limits["maxMessageBytes"]
        ),
        (&30.into(), &2000.into(), &1000.into(), &65536.into()),
        "{limits}"
    );
}

#[tokio::test]
async fn a_folder_that_cannot_be_had_is_explained_and_exits_with_1() {
    let file = env!("CARGO_BIN_EXE_roomwire-server");
    let (code, stderr) = outcome(program(&["--listen", "127.0.0.1:0", "--data", file])).await;
    assert_eq!(code, 1);
    assert!(stderr.contains(file) && stderr.contains("--data"), "{stderr}");
}

#[cfg(unix)]
pub(crate) fn signal(child: &Child, name: &str) {
    let id = child.id().unwrap().to_string();
    assert!(std::process::Command::new("/bin/kill").args(["-s", name, &id]).status().unwrap().success());
}

#[cfg(unix)]
mod with_signals {
    use super::*;

    async fn connect(url: &str) -> tokio_tungstenite::WebSocketStream<tokio::net::TcpStream> {
        let stream = tokio::net::TcpStream::connect(url.trim_start_matches("ws://")).await.unwrap();
        tokio_tungstenite::client_async(url, stream).await.unwrap().0
    }

    /// Sends a text and returns the one that comes next.
    async fn ask(
        ws: &mut tokio_tungstenite::WebSocketStream<tokio::net::TcpStream>,
        text: &str,
    ) -> serde_json::Value {
        ws.send(Message::text(text)).await.unwrap();
        let answer = in_time("an answer", ws.next()).await.unwrap().unwrap();
        serde_json::from_str(&answer.into_text().unwrap()).unwrap()
    }

    #[tokio::test]
    async fn both_signals_end_it_in_order_with_0() {
        for name in ["TERM", "INT"] {
            let (mut child, url) = start(program(&["--listen", "127.0.0.1:0", "--drain-ms", "50"])).await;
            let mut ws = connect(&url).await;
            ask(&mut ws, crate::raw::HEARTBEAT).await;
            signal(&child, name);
            let mut close = None;
            while let Some(Ok(message)) = in_time("the close", ws.next()).await {
                if let Message::Close(Some(frame)) = message {
                    close = Some(u16::from(frame.code));
                }
            }
            assert_eq!(close, Some(4202), "{name}");
            assert_eq!(in_time("the end", child.wait()).await.unwrap().code(), Some(0), "{name}");
        }
    }

    #[tokio::test]
    async fn a_second_signal_ends_it_at_once() {
        let (mut child, url) = start(program(&[
            "--listen",
            "127.0.0.1:0",
            "--drain-ms",
            "3600000",
            "--drain-limit-ms",
            "3600000",
        ]))
        .await;
        let mut ws = connect(&url).await;
        ask(&mut ws, crate::raw::HEARTBEAT).await;
        signal(&child, "TERM");
        let announced = in_time("the announcement", ws.next()).await.unwrap().unwrap();
        assert!(announced.to_text().unwrap().contains("reconnectAfterMs"));
        signal(&child, "INT");
        in_time("the end", child.wait()).await.unwrap();
    }

    #[tokio::test]
    async fn the_environment_sets_what_flags_set_and_the_log_holds_no_token() {
        let mut command = program(&["--listen", "127.0.0.1:0", "--log", "trace", "--drain-ms", "0"]);
        command.env("ROOMWIRE_HEARTBEAT_TIMEOUT_MS", "1500").env("ROOMWIRE_AUTH_TIMEOUT_MS", "2500");
        let (mut child, url) = start(command).await;
        let mut ws = connect(&url).await;
        let token = "a-token-to-be-kept-secret";
        let join = crate::raw::HEARTBEAT
            .replace("u1", token)
            .replace(":1,", ":3,")
            .replace("\"\"", r#""{\"topic\":\"t\"}""#);
        let joined = ask(&mut ws, &join).await;
        let data: serde_json::Value = serde_json::from_str(joined["data"].as_str().unwrap()).unwrap();
        assert_eq!(
            (&data["limits"]["heartbeatTimeoutMs"], &data["limits"]["authTimeoutMs"]),
            (&1500.into(), &2500.into())
        );
        ask(&mut ws, &join.replace(token, "another-token-kept-secret")).await;
        signal(&child, "TERM");
        let mut stderr = child.stderr.take().unwrap();
        let mut log = String::new();
        in_time("the log", stderr.read_to_string(&mut log)).await.unwrap();
        in_time("the end", child.wait()).await.unwrap();
        assert!(log.contains("a connection ends"), "{log}");
        assert!(!log.contains("kept-secret") && !log.contains("kept\\-secret"), "{log}");
    }

    #[tokio::test]
    async fn a_hangup_makes_it_read_its_tokens_again_and_a_broken_file_keeps_the_old_ones() {
        let folder = Folder::new();
        let path = folder.file("tokens.json", r#"{"kept-secret-1": "ann"}"#);
        let flags = ["--listen", "127.0.0.1:0", "--tokens", path.to_str().unwrap(), "--drain-ms", "0"];
        let (mut child, url) = start(program(&flags)).await;
        let mut log = Log::of(&mut child);
        let mut ws = connect(&url).await;
        let heartbeat = |token: &str| crate::raw::HEARTBEAT.replace("u1", token);
        assert_eq!(ask(&mut ws, &heartbeat("kept-secret-1")).await["code"], 100);

        folder.file("tokens.json", r#"{"kept-secret-1": "ann", "kept-secret-2": }"#);
        signal(&child, "HUP");
        let line = log.wait_for("not read again").await;
        assert!(
            line.contains("ERROR")
                && line.contains("tokens.json: line 1, column 43: here it stops being JSON"),
            "{line}"
        );
        assert_eq!(ask(&mut ws, &heartbeat("kept-secret-1")).await["code"], 100);

        folder.file("tokens.json", r#"{"kept-secret-2": "ann"}"#);
        signal(&child, "HUP");
        log.wait_for("read tokens, keys and certificate again").await;
        assert_eq!(ask(&mut ws, &heartbeat("kept-secret-1")).await["code"], 401);
        assert_eq!(ask(&mut ws, &heartbeat("kept-secret-2")).await["code"], 100);
    }

    #[tokio::test]
    async fn a_connection_is_one_line_of_the_log_which_may_be_json() {
        let folder = Folder::new();
        let path = folder.file("tokens.json", r#"{"kept-secret": "ann"}"#);
        let flags = [
            "--listen",
            "127.0.0.1:0",
            "--tokens",
            path.to_str().unwrap(),
            "--log-format",
            "json",
            "--drain-ms",
            "0",
        ];
        let (mut child, url) = start(program(&flags)).await;
        let mut ws = connect(&url).await;
        let heartbeat = crate::raw::HEARTBEAT.replace("u1", "kept-secret");
        for _ in 0..3 {
            ask(&mut ws, &heartbeat).await;
        }
        ask(&mut ws, &heartbeat.replace(":1,", ":9,")).await;
        ws.close(None).await.unwrap();
        while let Some(Ok(_)) = in_time("the end", ws.next()).await {}
        signal(&child, "TERM");
        let mut log = String::new();
        in_time("the log", child.stderr.take().unwrap().read_to_string(&mut log)).await.unwrap();
        let lines: Vec<serde_json::Value> =
            log.lines().map(|line| serde_json::from_str(line).unwrap()).collect();
        let ends: Vec<_> = lines.iter().filter(|line| line["message"] == "a connection ends").collect();
        assert_eq!(ends.len(), 1, "{log}");
        let end = ends[0];
        assert_eq!(
            (&end["level"], &end["accepted"], &end["refused"], &end["chats"]),
            (&"INFO".into(), &3.into(), &1.into(), &0.into()),
            "{log}"
        );
        assert_eq!((&end["address"], &end["user"]), (&"127.0.0.1".into(), &r#""ann""#.into()), "{log}");
        assert!(lines.len() < 6, "nothing a message: {log}");
        assert!(!log.contains("kept-secret"), "{log}");
    }

    #[tokio::test]
    async fn a_server_without_files_left_says_so_and_goes_on() {
        let mut command = Command::new("/bin/sh");
        let line =
            format!("ulimit -n 24; exec '{}' --listen 127.0.0.1:0", env!("CARGO_BIN_EXE_roomwire-server"));
        command.args(["-c", &line]).stdin(Stdio::null()).stdout(Stdio::piped()).stderr(Stdio::piped());
        command.kill_on_drop(true).env_clear();
        let (mut child, url) = start(command).await;
        let address = url.trim_start_matches("ws://").to_owned();
        let mut first = connect(&url).await;
        let mut crowd = Vec::new();
        for _ in 0..40 {
            crowd.push(tokio::net::TcpStream::connect(&address).await.unwrap());
        }
        let line = Log::of(&mut child).wait_for("cannot accept a connection").await;
        assert!(line.contains("WARN") && line.contains("ulimit -n"), "{line}");
        assert_eq!(ask(&mut first, crate::raw::HEARTBEAT).await["code"], 100, "who is in stays in");
        drop(crowd);
        let mut last = in_time("a place", connect(&url)).await;
        assert_eq!(ask(&mut last, crate::raw::HEARTBEAT).await["code"], 100);
    }
}
