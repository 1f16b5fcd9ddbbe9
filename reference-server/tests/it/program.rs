//! The program: its flags, its one line, its signals and its exit codes.

use std::process::Stdio;

use tokio::io::{AsyncBufReadExt, AsyncReadExt, BufReader};
use tokio::process::{Child, Command};

use crate::client::in_time;

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
    let url = line.split(' ').find(|word| word.starts_with("ws://127.0.0.1:")).expect("a URL in the line");
    (child, url.to_owned())
}

/// Runs a program that ends by itself: its exit code and what it says on stderr.
async fn outcome(mut command: Command) -> (i32, String) {
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
    ] {
        let (code, stderr) = outcome(program(flags)).await;
        assert_eq!(code, 2, "{flags:?}: {stderr}");
        assert!(stderr.contains(words), "{flags:?}: {stderr}");
    }
}

#[tokio::test]
async fn a_port_in_use_is_explained_and_exits_with_1() {
    let taken = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
    let address = taken.local_addr().unwrap().to_string();
    let (code, stderr) = outcome(program(&["--listen", &address])).await;
    assert_eq!(code, 1);
    assert!(
        stderr.contains(&address) && stderr.contains("in use") && stderr.contains("--listen"),
        "{stderr}"
    );
}

#[cfg(unix)]
pub(crate) fn signal(child: &Child, name: &str) {
    let id = child.id().unwrap().to_string();
    assert!(std::process::Command::new("/bin/kill").args(["-s", name, &id]).status().unwrap().success());
}

#[cfg(unix)]
mod with_signals {
    use futures_util::{SinkExt, StreamExt};
    use tokio_tungstenite::tungstenite::Message;

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
        let (mut child, url) = start(program(&["--listen", "127.0.0.1:0", "--drain-ms", "3600000"])).await;
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
}
