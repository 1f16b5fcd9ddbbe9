//! What a disk does to a server: it is full, or may not be written to, or keeps half of the last words; and what is on it
//! was written by somebody else, or by another clock.
//!
//! The program itself, with real files. A disk that is full is played by the kernel, which lets the files of a process
//! grow no further than its limit: each write beyond that fails, as it does where no block is left.
#![cfg(unix)]

use std::fs::{self, Permissions};
use std::os::unix::fs::PermissionsExt;
use std::path::{Path, PathBuf};
use std::process::Stdio;

use serde_json::{Value, json};
use tokio::process::{Child, Command};

use crate::client::{Client, data, in_time};
use crate::files::Folder;
use crate::history::{contents, in_stream, page, question};
use crate::program::{Log, outcome, program, signal, start};

/// The program with its history in a folder, and these flags.
fn with_data(folder: &Path, flags: &[&str]) -> Command {
    let data = folder.to_str().unwrap();
    let own = ["--listen", "127.0.0.1:0", "--data", data, "--drain-ms", "0", "--log-format", "json"];
    program(&[&own, flags].concat())
}

/// A running program.
struct Running {
    child: Child,
    url: String,
    log: Log,
}

impl Running {
    async fn of(command: Command) -> Self {
        let (mut child, url) = start(command).await;
        let log = Log::of(&mut child);
        Self { child, url, log }
    }

    fn address(&self) -> &str {
        self.url.trim_start_matches("ws://")
    }

    /// How many chats are kept of stream `s`.
    async fn total(&self) -> u64 {
        let (status, page) = page(self.address(), "stream=s").await;
        assert_eq!(status, 200, "{page}");
        page["total"].as_u64().unwrap()
    }

    /// Ends it in order, and returns its log.
    async fn end(mut self) -> String {
        signal(&self.child, "TERM");
        let log = self.log.whole().await;
        assert_eq!(in_time("the end", self.child.wait()).await.unwrap().code(), Some(0), "{log}");
        log
    }

    async fn kill(mut self) {
        self.child.start_kill().unwrap();
        in_time("the end", self.child.wait()).await.unwrap();
    }
}

/// Somebody who says things in stream `s` of topic `t`.
struct Speaker {
    client: Client,
    epoch: String,
}

impl Speaker {
    async fn at(url: &str) -> Self {
        let mut client = Client::to(url, "ann").await;
        let joined = data(&client.join("t").await);
        client.fence().await;
        Self { client, epoch: joined["epoch"].as_str().unwrap().to_owned() }
    }

    /// Says something, and returns the answer: the 200, or a refusal.
    async fn say(&mut self, words: &str) -> Value {
        let mut answers = self.client.answers(in_stream("ann", "t", "s", "message", words)).await;
        assert_eq!(answers.len(), 1, "{answers:?}");
        answers.remove(0)
    }

    /// Says things that are all written when this returns, each by itself.
    async fn say_kept(&mut self, server: &Running, words: impl IntoIterator<Item = u64>) {
        for number in words {
            assert_eq!(self.say(&number.to_string()).await["code"], 200);
            server.total().await;
        }
    }
}

/// Comes back to topic `t` with nothing of this epoch, and returns the 201 and the chats that were missed.
async fn come_back(url: &str, epoch: &str) -> (Value, Vec<u64>) {
    let mut bob = Client::to(url, "bob").await;
    let payload = json!({ "topic": "t", "since": { "epoch": epoch, "seq": 0 } });
    let frames = bob.answers(bob.frame(3, &payload)).await;
    let missed = frames.iter().filter(|frame| frame["code"] == 200);
    (data(&frames[0]), missed.map(|frame| frame["seq"].as_u64().unwrap()).collect())
}

/// The lines of a log in JSON with these words as their message.
fn lines(log: &str, words: &str) -> Vec<Value> {
    let lines = log.lines().map(|line| serde_json::from_str::<Value>(line).unwrap());
    lines.filter(|line| line["message"].as_str().is_some_and(|message| message.contains(words))).collect()
}

#[cfg(target_os = "linux")]
mod full {
    use rlimit::{INFINITY, Resource};

    use super::*;

    /// The same, told apart from a process that dies of a write beyond its limit.
    fn that_outlives(command: &Command) -> Command {
        let command = command.as_std();
        let mut shell = Command::new("/bin/sh");
        shell.args(["-c", "trap '' XFSZ; exec \"$0\" \"$@\""]).arg(command.get_program());
        shell.args(command.get_args()).env_clear().kill_on_drop(true);
        shell.stdin(Stdio::null()).stdout(Stdio::piped()).stderr(Stdio::piped());
        shell
    }

    /// From here on no file of the program grows beyond what the log of its database has now.
    fn fill(server: &Running, folder: &Path) {
        let size = fs::metadata(folder.join("history.sqlite-wal")).unwrap().len();
        limit(server, size);
    }

    fn limit(server: &Running, bytes: u64) {
        let id = server.child.id().unwrap().cast_signed();
        rlimit::prlimit(id, Resource::FSIZE, Some((bytes, INFINITY)), None).unwrap();
    }

    #[tokio::test]
    async fn what_cannot_be_kept_is_refused_and_once_there_is_room_again_nothing_is_lost() {
        let folder = Folder::new();
        let command = that_outlives(&with_data(folder.path(), &["--admin", "127.0.0.1:0"]));
        let mut server = Running::of(command).await;
        let mut ann = Speaker::at(&server.url).await;
        let mut bob = Client::to(&server.url, "bob").await;
        bob.join("t").await;
        ann.client.fence().await;
        ann.say_kept(&server, 1..=5).await;

        fill(&server, folder.path());
        assert_eq!(ann.say("6").await["code"], 200, "nobody knows yet");
        let (status, refusal) = page(server.address(), "stream=s").await;
        assert_eq!((status, &refusal["reason"]), (503, &json!("unavailable")));
        let line = server.log.wait_for("cannot write").await;
        assert!(line.contains("ERROR") && line.contains("refused with 503"), "{line}");
        let refusal = ann.say("not said").await;
        assert_eq!((&refusal["code"], &refusal["topic"]), (&json!(503), &json!("t")), "{refusal}");
        assert!(data(&refusal)["retryAfterMs"].is_u64(), "{refusal}");
        let (status, _) = question(server.address(), "bob", r#"{"content":"?","streamId":"s"}"#).await;
        assert_eq!(status, 503);
        let heard = bob.answers(bob.frame(3, &json!({ "topic": "another" }))).await;
        assert!(heard.iter().any(|frame| frame["code"] == 201), "all else goes on: {heard:?}");
        let chats = heard.iter().filter(|frame| frame["code"] == 200).count();
        assert_eq!(chats, 6, "what is refused is not said: {heard:?}");

        limit(&server, INFINITY);
        let line: Value = serde_json::from_str(&server.log.wait_for("the store is back").await).unwrap();
        assert_eq!(line["unkept"], 0);
        assert_eq!(ann.say("7").await["seq"], 7, "no number is left out");
        assert_eq!(
            contents(&page(server.address(), "stream=s").await.1),
            ["1", "2", "3", "4", "5", "6", "7"]
        );
        let log = server.end().await;
        assert_eq!(lines(&log, "cannot write").len(), 1, "said once: {log}");

        let server = Running::of(with_data(folder.path(), &[])).await;
        let (joined, missed) = come_back(&server.url, &ann.epoch).await;
        assert_eq!((&joined["recovered"], missed), (&json!(true), (1..=7).collect()));
    }

    #[tokio::test]
    async fn where_that_is_meant_chat_goes_on_and_what_found_no_room_to_wait_is_counted() {
        const LONG: usize = 1 << 20;
        let folder = Folder::new();
        let flags =
            ["--chat-without-history", "--max-message-bytes", "2000000", "--max-queue-bytes", "8000000"];
        let mut server = Running::of(that_outlives(&with_data(folder.path(), &flags))).await;
        let mut ann = Speaker::at(&server.url).await;
        ann.say_kept(&server, 1..=3).await;

        fill(&server, folder.path());
        ann.say("4").await;
        assert_eq!(page(server.address(), "stream=s").await.0, 503);
        let line = server.log.wait_for("cannot write").await;
        assert!(line.contains("said all the same"), "{line}");
        for seq in 5..=10 {
            assert_eq!(ann.say("on").await["seq"], seq);
        }
        limit(&server, INFINITY);
        let line: Value = serde_json::from_str(&server.log.wait_for("the store is back").await).unwrap();
        assert_eq!((&line["unkept"], server.total().await), (&json!(0), 10), "all of it has waited");

        limit(&server, fs::metadata(folder.path().join("history.sqlite-wal")).unwrap().len());
        ann.say("11").await;
        assert_eq!(page(server.address(), "stream=s").await.0, 503);
        let long = "x".repeat(LONG);
        for seq in 12..=80 {
            assert_eq!(ann.say(&long).await["seq"], seq);
        }
        limit(&server, INFINITY);
        let line: Value = serde_json::from_str(&server.log.wait_for("the store is back").await).unwrap();
        let unkept = line["unkept"].as_u64().unwrap();
        assert!((5..=10).contains(&unkept), "64 MiB may wait, of 69: {line}");
        assert_eq!(server.total().await, 80 - unkept);
        ann.say("81").await;
        server.end().await;

        let server = Running::of(with_data(folder.path(), &[])).await;
        let (joined, missed) = come_back(&server.url, &ann.epoch).await;
        assert_eq!((&joined["recovered"], missed.len()), (&json!(false), 0), "never a part of it: {joined}");
        assert_ne!(joined["epoch"], *ann.epoch);
    }

    #[tokio::test]
    async fn an_end_on_a_full_disk_is_in_time_and_says_what_is_lost() {
        let folder = Folder::new();
        let mut server = Running::of(that_outlives(&with_data(folder.path(), &[]))).await;
        let mut ann = Speaker::at(&server.url).await;
        ann.say_kept(&server, 1..=3).await;
        fill(&server, folder.path());
        ann.say("4").await;
        server.log.wait_for("cannot write").await;
        let log = server.end().await;
        let lost = lines(&log, "the last chats could not be kept");
        assert_eq!((lost.len(), &lost[0]["lost"]), (1, &json!(1)), "{log}");

        let server = Running::of(with_data(folder.path(), &[])).await;
        assert_eq!(server.total().await, 3);
        let (joined, missed) = come_back(&server.url, &ann.epoch).await;
        assert_eq!((&joined["recovered"], missed.len()), (&json!(false), 0));
        let log = server.end().await;
        let cut = lines(&log, "did not end in order");
        assert_eq!((cut.len(), &cut[0]["seq"]), (1, &json!(3)), "{log}");
    }

    #[tokio::test]
    async fn a_server_does_not_begin_on_a_full_disk() {
        let folder = Folder::new();
        let mut command = that_outlives(&with_data(folder.path(), &[]));
        // The first thing that is set is what the shell sets.
        let mut shell = Command::new("/bin/sh");
        shell.args(["-c", "ulimit -f 1; exec \"$0\" \"$@\""]).arg(command.as_std().get_program());
        shell.args(command.as_std().get_args()).env_clear().stdin(Stdio::null()).kill_on_drop(true);
        std::mem::swap(&mut command, &mut shell);
        let (code, stderr) = outcome(command).await;
        assert_eq!(code, 1, "{stderr}");
        assert!(stderr.contains("history.sqlite") && stderr.contains("Is the disk full"), "{stderr}");
    }
}

/// What may not be written to, and may again when this is dropped.
struct ReadOnly(Vec<(PathBuf, Permissions)>);

impl ReadOnly {
    /// A folder and all that is in it.
    fn folder(path: &Path) -> Self {
        let inside = fs::read_dir(path).unwrap().map(|entry| entry.unwrap().path());
        let paths: Vec<_> = inside.chain([path.to_owned()]).collect();
        let before =
            paths.iter().map(|path| (path.clone(), fs::metadata(path).unwrap().permissions())).collect();
        for path in paths {
            let mode = if path.is_dir() { 0o555 } else { 0o444 };
            fs::set_permissions(path, Permissions::from_mode(mode)).unwrap();
        }
        Self(before)
    }
}

impl Drop for ReadOnly {
    fn drop(&mut self) {
        for (path, permissions) in self.0.drain(..).rev() {
            let _ = fs::set_permissions(path, permissions);
        }
    }
}

/// The program as somebody whom permissions hold back, as they do everybody but root.
fn held_back(command: Command, read_only: &Path) -> Command {
    if fs::File::create(read_only.join("probe")).is_err() {
        return command;
    }
    fs::remove_file(read_only.join("probe")).unwrap();
    let command = command.as_std();
    let mut without = Command::new("setpriv");
    without.args(["--inh-caps", "-dac_override", "--bounding-set", "-dac_override"]);
    without.arg(command.get_program()).args(command.get_args()).env_clear().kill_on_drop(true);
    without.stdin(Stdio::null()).stdout(Stdio::piped()).stderr(Stdio::piped());
    without
}

#[tokio::test]
async fn a_folder_that_is_only_for_reading_is_explained_and_left_as_it_is() {
    let folder = Folder::new();
    let empty = ReadOnly::folder(folder.path());
    let (code, stderr) = outcome(held_back(with_data(folder.path(), &[]), folder.path())).await;
    assert_eq!(code, 1, "{stderr}");
    assert!(stderr.contains("cannot open") && stderr.contains("history.sqlite"), "{stderr}");
    drop(empty);

    let server = Running::of(with_data(folder.path(), &[])).await;
    let mut ann = Speaker::at(&server.url).await;
    ann.say_kept(&server, 1..=3).await;
    server.end().await;
    let before = fs::read(folder.path().join("history.sqlite")).unwrap();
    let kept = ReadOnly::folder(folder.path());
    let (code, stderr) = outcome(held_back(with_data(folder.path(), &[]), folder.path())).await;
    assert_eq!(code, 1, "{stderr}");
    assert!(stderr.contains("may this user not write there"), "{stderr}");
    drop(kept);
    assert_eq!(fs::read(folder.path().join("history.sqlite")).unwrap(), before);

    let server = Running::of(with_data(folder.path(), &[])).await;
    let (joined, missed) = come_back(&server.url, &ann.epoch).await;
    assert_eq!((&joined["recovered"], missed), (&json!(true), vec![1, 2, 3]));
}

#[tokio::test]
async fn a_server_that_cannot_listen_leaves_the_history_as_it_is() {
    let folder = Folder::new();
    let server = Running::of(with_data(folder.path(), &[])).await;
    let mut ann = Speaker::at(&server.url).await;
    ann.say_kept(&server, 1..=3).await;
    server.end().await;
    let taken = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
    let address = taken.local_addr().unwrap().to_string();
    for flag in ["--listen", "--admin"] {
        let mut command = with_data(folder.path(), &[]);
        command.env(format!("ROOMWIRE{}", flag.replace("--", "_").to_uppercase()), &address);
        if flag == "--listen" {
            command = program(&["--data", folder.path().to_str().unwrap(), flag, &address]);
        }
        let (code, stderr) = outcome(command).await;
        assert_eq!(code, 1, "{stderr}");
        assert!(stderr.contains(&address) && stderr.contains("in use"), "{stderr}");
    }
    let server = Running::of(with_data(folder.path(), &[])).await;
    let (joined, missed) = come_back(&server.url, &ann.epoch).await;
    assert_eq!((&joined["recovered"], missed), (&json!(true), vec![1, 2, 3]));
}

/// Chats that are too many go at once, and those that are too old when their time has come.
#[tokio::test]
async fn retention_is_kept_to_on_disk() {
    let folder = Folder::new();
    let flags = ["--history-chats", "5", "--history-seconds", "2"];
    let server = Running::of(with_data(&folder.path().join("made"), &flags)).await;
    let mut ann = Speaker::at(&server.url).await;
    ann.say_kept(&server, 1..=12).await;
    let (_, kept) = page(server.address(), "stream=s").await;
    assert_eq!(
        (contents(&kept), &kept["total"]),
        (["8", "9", "10", "11", "12"].map(str::to_owned).to_vec(), &json!(5))
    );
    let last = kept["items"][4]["at"].as_u64().unwrap();
    in_time("the last chat to be too old", async { while server.total().await > 0 {} }).await;
    let now = std::time::SystemTime::UNIX_EPOCH.elapsed().unwrap().as_millis();
    assert!(now >= u128::from(last) + 2000, "not before its time");
}

#[tokio::test]
async fn a_torn_tail_is_cut_and_named_in_the_log() {
    let folder = Folder::new();
    let server = Running::of(with_data(folder.path(), &[])).await;
    let mut ann = Speaker::at(&server.url).await;
    ann.say_kept(&server, 1..=5).await;
    server.kill().await;
    let journal = fs::File::options().write(true).open(folder.path().join("history.sqlite-wal")).unwrap();
    journal.set_len(journal.metadata().unwrap().len() - 1000).unwrap();

    let server = Running::of(with_data(folder.path(), &[])).await;
    let (status, kept) = page(server.address(), "stream=s").await;
    assert_eq!((status, contents(&kept)), (200, ["1", "2", "3", "4"].map(str::to_owned).to_vec()));
    let (joined, missed) = come_back(&server.url, &ann.epoch).await;
    assert_eq!((&joined["recovered"], &joined["seq"], missed.len()), (&json!(false), &json!(0), 0));
    assert_ne!(joined["epoch"], *ann.epoch);
    let log = server.end().await;
    let cut = lines(&log, "This is the last chat that was kept");
    assert_eq!(cut.len(), 1, "{log}");
    assert_eq!(
        (&cut[0]["level"], &cut[0]["topic"], &cut[0]["epoch"], &cut[0]["seq"]),
        (&json!("WARN"), &json!("t"), &json!(ann.epoch), &json!(4))
    );
}

#[tokio::test]
async fn a_damaged_file_is_named_and_not_made_worse() {
    for in_order in [true, false] {
        let folder = Folder::new();
        let server = Running::of(with_data(folder.path(), &[])).await;
        let mut ann = Speaker::at(&server.url).await;
        ann.say_kept(&server, 1..=3).await;
        server.end().await;
        if !in_order {
            Running::of(with_data(folder.path(), &[])).await.kill().await;
        }
        let file = folder.path().join("history.sqlite");
        let mut bytes = fs::read(&file).unwrap();
        // All but the first page, which says what kind of a file it is.
        bytes[4096..].fill(0xA5);
        fs::write(&file, &bytes).unwrap();
        let (code, stderr) = outcome(with_data(folder.path(), &[])).await;
        assert_eq!(code, 1, "{stderr}");
        assert!(stderr.contains("is damaged") && stderr.contains("Move it away"), "{in_order}: {stderr}");
        // Without an end in order there is a journal, which SQLite brings home.
        assert!(!in_order || fs::read(&file).unwrap() == bytes, "it is left as it was");
    }
}

#[tokio::test]
async fn a_file_of_a_later_version_is_left_to_that() {
    let folder = Folder::new();
    Running::of(with_data(folder.path(), &[])).await.end().await;
    let file = folder.path().join("history.sqlite");
    let later = rusqlite::Connection::open(&file).unwrap();
    later.pragma_update(None, "user_version", 2).unwrap();
    drop(later);
    let before = fs::read(&file).unwrap();
    let (code, stderr) = outcome(with_data(folder.path(), &[])).await;
    assert_eq!(code, 1, "{stderr}");
    assert!(stderr.contains("written by a later version (format 2; this one knows 1)"), "{stderr}");
    assert!(fs::read(&file).unwrap() == before, "it is left as it was");
}

/// What was said by a clock that went a day ahead of the one that the next server has, or behind it.
#[tokio::test]
async fn a_clock_that_has_jumped_between_two_servers_breaks_no_promise() {
    const DAY: i64 = 24 * 60 * 60 * 1000;
    for (ahead, goes_on) in [(DAY, true), (-DAY, false)] {
        let folder = Folder::new();
        let server = Running::of(with_data(folder.path(), &[])).await;
        let mut ann = Speaker::at(&server.url).await;
        ann.say_kept(&server, 1..=3).await;
        server.end().await;
        let file = rusqlite::Connection::open(folder.path().join("history.sqlite")).unwrap();
        for table in ["chats", "rooms"] {
            file.execute(&format!("UPDATE {table} SET at = at + ?1"), [ahead]).unwrap();
        }
        drop(file);

        let server = Running::of(with_data(folder.path(), &[])).await;
        let (joined, missed) = come_back(&server.url, &ann.epoch).await;
        let mut again = Speaker::at(&server.url).await;
        assert_eq!(joined["recovered"], goes_on, "{joined}");
        let said = again.say("on").await;
        if goes_on {
            assert_eq!((missed, &said["seq"]), (vec![1, 2, 3], &json!(4)));
        } else {
            assert_eq!((missed.len(), &said["seq"]), (0, &json!(1)));
            assert_ne!(again.epoch, ann.epoch);
        }
        let (_, kept) = page(server.address(), "stream=s").await;
        let times: Vec<_> =
            kept["items"].as_array().unwrap().iter().map(|item| item["at"].as_i64()).collect();
        assert!(times.len() == 4 && times.is_sorted(), "{times:?}");
    }
}
