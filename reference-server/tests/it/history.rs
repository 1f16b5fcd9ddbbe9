//! What is read and asked over HTTP, and what outlives a server.

use std::collections::BTreeMap;

use roomwire_server::{Config, HistoryConfig, Server};
use serde_json::{Value, json};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::{TcpStream, ToSocketAddrs};

use crate::client::{Client, data, full_server, in_time};
use crate::files::Folder;

fn on_disk(folder: &Folder) -> Config {
    let history = HistoryConfig { data: Some(folder.path().to_owned()), ..HistoryConfig::default() };
    Config { history, drain: std::time::Duration::ZERO, ..Config::on_free_port() }
}

/// Sends one request and returns the status, the head in lower case, and the body.
pub(crate) async fn exchange(address: impl ToSocketAddrs, request: &str) -> (u16, String, Value) {
    let mut stream = TcpStream::connect(address).await.unwrap();
    stream.write_all(request.as_bytes()).await.unwrap();
    let mut answer = String::new();
    in_time("the answer", stream.read_to_string(&mut answer)).await.unwrap();
    let (head, body) = answer.split_once("\r\n\r\n").unwrap();
    let body = if body.is_empty() { Value::Null } else { serde_json::from_str(body).unwrap() };
    let status = head[9..12].parse().unwrap();
    if !body.is_null() {
        assert_eq!(body["code"], status, "{body}");
    }
    (status, head.to_ascii_lowercase(), body)
}

async fn get(server: &Server, query: &str) -> (u16, Value) {
    page(server.local_addr(), query).await
}

/// Asks for a page of history, and returns the status and the data.
pub(crate) async fn page(address: impl ToSocketAddrs, query: &str) -> (u16, Value) {
    let request = format!(
        "GET /api/message/chatmsg?{query} HTTP/1.1\r\nHost: localhost\r\nAuthorization:  reader \r\n\r\n"
    );
    let (status, head, body) = exchange(address, &request).await;
    assert!(head.contains("content-type: application/json"), "{head}");
    (status, body["data"].clone())
}

async fn ask(server: &Server, user: &str, body: &str) -> (u16, Value) {
    question(server.local_addr(), user, body).await
}

/// Asks a question, and returns the status and the data.
pub(crate) async fn question(address: impl ToSocketAddrs, user: &str, body: &str) -> (u16, Value) {
    let request = format!(
        "POST /api/question/add HTTP/1.1\r\nHost: localhost\r\nAuthorization: {user}\r\nContent-Length: {}\r\n\r\n{body}",
        body.len()
    );
    let (status, _, body) = exchange(address, &request).await;
    (status, body["data"].clone())
}

pub(crate) fn in_stream(user: &str, topic: &str, stream: &str, kind: &str, content: &str) -> String {
    let info =
        json!({ "user": user, "stream": stream, "content": content, "type": kind, "x": 1.5, "seq": "mine" });
    let payload = json!({ "topic": topic, "chatInfo": info.to_string() }).to_string();
    json!({ "token": user, "type": 2, "payLoad": payload }).to_string()
}

pub(crate) fn contents(page: &Value) -> Vec<String> {
    page["items"]
        .as_array()
        .unwrap()
        .iter()
        .map(|item| item["content"].as_str().unwrap().to_owned())
        .collect()
}

#[tokio::test]
async fn pages_go_back_from_the_newest_in_memory_and_on_disk() {
    let folder = Folder::new();
    for server in [full_server().await, Server::bind(on_disk(&folder)).await.unwrap()] {
        let mut ann = Client::in_topic(&server, "ann", "t").await;
        for number in 1..=7 {
            ann.text(in_stream("ann", "t", "s & \u{e9}+1", "message", &number.to_string())).await;
        }
        ann.text(in_stream("ann", "t", "s & \u{e9}+1", "question", r#"{"content":"8"}"#)).await;
        ann.text(in_stream("ann", "t", "another", "message", "elsewhere")).await;
        ann.say("t", "in no stream").await;
        ann.fence().await;
        let stream = "stream=s%20%26%20%C3%A9%2B1";
        let (status, page) = get(&server, &format!("{stream}&page=1&resultsPerPage=3&type=")).await;
        assert_eq!(status, 200);
        assert_eq!(contents(&page), ["6", "7", r#"{"content":"8"}"#]);
        assert_eq!(
            (&page["page"], &page["resultsPerPage"], &page["total"]),
            (&json!(1), &json!(3), &json!(8))
        );
        let item = &page["items"][0];
        assert_eq!((&item["topic"], &item["seq"], &item["x"]), (&json!("t"), &json!(6), &json!(1.5)));
        assert!(item["at"].as_u64().unwrap() > 1_500_000_000_000);
        let (_, page) = get(&server, &format!("{stream}&page=3&resultsPerPage=3&type=")).await;
        assert_eq!(contents(&page), ["1", "2"]);
        let (_, page) = get(&server, &format!("{stream}&page=4&resultsPerPage=3&type=")).await;
        assert_eq!((contents(&page).len(), &page["total"]), (0, &json!(8)));
        let (_, page) = get(&server, &format!("{stream}&page=1&resultsPerPage=50&type=question")).await;
        assert_eq!((contents(&page), &page["total"]), (vec![r#"{"content":"8"}"#.to_owned()], &json!(1)));
        let (_, page) = get(&server, &format!("{stream}&page=9007199254740991&resultsPerPage=1000")).await;
        assert_eq!(contents(&page).len(), 0);
        let (_, page) = get(&server, "stream=S%20%26%20%C3%A9%2B1").await;
        assert_eq!(page["total"], 0, "streams are compared code point by code point");
    }
}

#[tokio::test]
async fn what_is_asked_for_wrongly_is_refused_and_says_why() {
    let server = full_server().await;
    for (query, expected) in [
        ("page=1", 422),
        ("stream=s&page=0", 422),
        ("stream=s&page=1.5", 422),
        ("stream=s&resultsPerPage=1001", 422),
        ("stream=s&type=shout", 422),
        ("stream=s&type=answer&unknown=1", 200),
    ] {
        let (status, body) = get(&server, query).await;
        assert_eq!(status, expected, "{query}: {body}");
        assert_eq!(status == 422, body["reason"] == "invalid_payload", "{query}");
    }
    let head = "Host: localhost\r\n";
    for request in [
        format!("GET /api/message/chatmsg?stream=s HTTP/1.1\r\n{head}\r\n"),
        format!("GET /api/message/chatmsg HTTP/1.1\r\n{head}Authorization: \r\n\r\n"),
        format!("POST /api/question/add HTTP/1.1\r\n{head}Content-Length: 1\r\n\r\n?"),
    ] {
        let (status, _, body) = exchange(server.local_addr(), &request).await;
        assert_eq!((status, &body["data"]["reason"]), (401, &json!("unauthenticated")), "{request}");
    }
    let (status, head, _) =
        exchange(server.local_addr(), &format!("DELETE /api/question/add HTTP/1.1\r\n{head}\r\n")).await;
    assert_eq!(status, 405);
    assert!(head.contains("allow: post"), "{head}");
}

#[tokio::test]
async fn a_question_is_said_in_the_room_of_its_user() {
    let server = full_server().await;
    let mut ann = Client::in_topic(&server, "ann", "t").await;
    assert_eq!(ask(&server, "bob", r#"{"content":"?","streamId":"s"}"#).await.1["reason"], "not_joined");
    let mut bob = Client::in_topic(&server, "bob", "t").await;
    for body in [
        r#"{"content":"Why \"?","streamId":"s"}"#,
        r#"{"content":"Why \"?","streamId":"s","topic":"t","x":1}"#,
    ] {
        bob.fence().await;
        ann.fence().await;
        let (status, answer) = ask(&server, "bob", body).await;
        assert_eq!((status, &answer["topic"]), (200, &json!("t")), "{answer}");
        for client in [&mut ann, &mut bob] {
            let mut heard = client.fence().await;
            // Who comes and goes is told in its own time.
            heard.retain(|frame| frame["type"] != 5);
            assert_eq!(heard.len(), 1, "{heard:?}");
            assert_eq!(
                (&heard[0]["code"], &heard[0]["seq"], heard[0].get("id")),
                (&json!(200), &answer["seq"], None)
            );
            let info = data(&heard[0]);
            assert_eq!(
                (&info["user"], &info["type"], &info["stream"]),
                (&json!("bob"), &json!("question"), &json!("s"))
            );
            let content: Value = serde_json::from_str(info["content"].as_str().unwrap()).unwrap();
            assert_eq!(content["content"], "Why \"?");
        }
        assert_eq!(get(&server, "stream=s&type=question").await.1["total"], answer["seq"]);
    }
    let _too = Client::in_topic(&server, "bob", "elsewhere").await;
    for (body, status, reason) in [
        (r#"{"content":"?","streamId":"s"}"#, 422, "invalid_payload"),
        (r#"{"content":"?","streamId":"s","topic":"nowhere"}"#, 403, "not_joined"),
        (r#"{"content":"?","streamId":"s","topic":""}"#, 422, "invalid_payload"),
        (r#"{"content":"?"}"#, 422, "invalid_payload"),
        (r#"{"streamId":"s"}"#, 422, "invalid_payload"),
        ("[]", 422, "invalid_payload"),
        ("", 422, "invalid_payload"),
    ] {
        let (answered, answer) = ask(&server, "bob", body).await;
        assert_eq!((answered, &answer["reason"]), (status, &json!(reason)), "{body}");
    }
    let quotes = format!(r#"{{"content":"{}","streamId":"s","topic":"t"}}"#, "\\\"".repeat(20_000));
    assert_eq!(ask(&server, "bob", &quotes).await.0, 422, "with its escapes it is too long");
    let heard = ann.fence().await;
    assert!(heard.iter().all(|frame| frame["type"] == 5), "what is refused is not said: {heard:?}");
}

#[tokio::test]
async fn web_pages_read_it_where_the_operator_says_so() {
    let cors = vec!["https://rooms.example".to_owned()];
    let history = HistoryConfig { cors, ..HistoryConfig::default() };
    let open = Server::bind(Config { history, ..Config::on_free_port() }).await.unwrap();
    let closed = full_server().await;
    for (server, origin, allowed) in [
        (&open, "https://rooms.example", true),
        (&open, "https://another.example", false),
        (&closed, "https://rooms.example", false),
    ] {
        for (method, status) in [("OPTIONS", 204), ("GET", 401)] {
            let request = format!(
                "{method} /api/message/chatmsg?stream=s HTTP/1.1\r\nHost: localhost\r\nOrigin: {origin}\r\n\r\n"
            );
            let (answered, head, _) = exchange(server.local_addr(), &request).await;
            assert_eq!(answered, status);
            let permission = format!("access-control-allow-origin: {origin}\r\n");
            assert_eq!(head.contains(&permission), allowed, "{head}");
        }
    }
}

#[tokio::test]
async fn a_body_that_does_not_end_is_given_up() {
    let mut config = Config::on_free_port();
    config.limits.auth_timeout_ms = 200;
    let server = Server::bind(config).await.unwrap();
    let mut stream = TcpStream::connect(server.local_addr()).await.unwrap();
    let head = "POST /api/question/add HTTP/1.1\r\nHost: localhost\r\nAuthorization: u\r\nContent-Length: 9\r\n\r\n{";
    stream.write_all(head.as_bytes()).await.unwrap();
    let mut answer = String::new();
    in_time("the end", stream.read_to_string(&mut answer)).await.unwrap();
    assert_eq!(answer, "");
}

#[tokio::test]
async fn after_an_end_in_order_rooms_go_on_and_no_chat_is_said_twice() {
    let folder = Folder::new();
    let server = Server::bind(on_disk(&folder)).await.unwrap();
    let mut ann = Client::connect(&server, "ann").await;
    let first = data(&ann.join("t").await);
    let named = |id: &str| {
        let text = in_stream("ann", "t", "s", "message", id);
        text.replacen('{', &format!(r#"{{"id":"{id}","#), 1)
    };
    for number in 1..=150 {
        ann.text(named(&format!("c-{number}"))).await;
    }
    let said: Vec<_> = ann.fence().await.into_iter().filter(|frame| frame["code"] == 200).collect();
    assert_eq!(said.len(), 150);
    server.shutdown().await;
    let server = Server::bind(on_disk(&folder)).await.unwrap();
    let mut ann = Client::connect(&server, "ann").await;
    let payload = json!({ "topic": "t", "since": { "epoch": first["epoch"], "seq": 20 } });
    let mut frames = ann.answers(ann.frame(3, &payload)).await.into_iter();
    let joined = data(&frames.next().unwrap());
    assert_eq!((&joined["epoch"], &joined["recovered"]), (&first["epoch"], &json!(true)));
    frames.next();
    assert_eq!(frames.collect::<Vec<_>>(), said[20..], "as they were delivered");
    let repeat = ann.answers(named("c-7")).await;
    assert_eq!(repeat, said[6..7]);
    let new = ann.answers(named("c-151")).await;
    assert_eq!(new[0]["seq"], 151);
    assert_eq!(get(&server, "stream=s").await.1["total"], 151);
}

#[tokio::test]
async fn after_any_other_end_every_topic_begins_a_new_epoch_and_history_stays() {
    let folder = Folder::new();
    let server = Server::bind(on_disk(&folder)).await.unwrap();
    let mut ann = Client::connect(&server, "ann").await;
    let first = data(&ann.join("t").await);
    ann.text(in_stream("ann", "t", "s", "message", "kept")).await;
    ann.fence().await;
    // The answer shows that it has been written.
    assert_eq!(get(&server, "stream=s").await.1["total"], 1);
    // What a process leaves behind that is ended at this moment.
    let copy = Folder::new();
    for entry in std::fs::read_dir(folder.path()).unwrap() {
        let entry = entry.unwrap();
        std::fs::copy(entry.path(), copy.path().join(entry.file_name())).unwrap();
    }
    let server = Server::bind(on_disk(&copy)).await.unwrap();
    let mut ann = Client::connect(&server, "ann").await;
    let payload = json!({ "topic": "t", "since": { "epoch": first["epoch"], "seq": 0 } });
    let joined = data(&ann.answers(ann.frame(3, &payload)).await[0]);
    assert_ne!(joined["epoch"], first["epoch"]);
    assert_eq!((&joined["seq"], &joined["recovered"]), (&json!(0), &json!(false)));
    assert_eq!(contents(&get(&server, "stream=s").await.1), ["kept"]);
}

#[tokio::test]
async fn a_file_that_cannot_be_used_is_named_and_left_alone() {
    let folder = Folder::new();
    let file = folder.path().join("history.sqlite");
    let told = async || Server::bind(on_disk(&folder)).await.unwrap_err().to_string();

    std::fs::write(&file, "This is a letter to somebody, and no database at all.".repeat(99)).unwrap();
    assert!(told().await.contains("is not a history of this server"), "{}", told().await);
    std::fs::remove_file(&file).unwrap();

    let server = Server::bind(on_disk(&folder)).await.unwrap();
    assert!(told().await.contains("is in use by another process"), "{}", told().await);
    server.shutdown().await;

    let later = rusqlite::Connection::open(&file).unwrap();
    later.pragma_update(None, "user_version", 2).unwrap();
    drop(later);
    assert!(
        told().await.contains("was written by a later version (format 2; this one knows 1)"),
        "{}",
        told().await
    );
}

#[tokio::test]
async fn retention_by_count_is_kept_to_in_memory() {
    let history = HistoryConfig { chats: 5, ..HistoryConfig::default() };
    let server = Server::bind(Config { history, ..Config::on_free_port() }).await.unwrap();
    let mut ann = Client::in_topic(&server, "ann", "t").await;
    for number in 1..=12 {
        ann.text(in_stream(
            "ann",
            "t",
            if number % 3 == 0 { "a" } else { "b" },
            "message",
            &number.to_string(),
        ))
        .await;
    }
    ann.fence().await;
    assert_eq!(contents(&get(&server, "stream=a").await.1), ["9", "12"]);
    assert_eq!(contents(&get(&server, "stream=b").await.1), ["8", "10", "11"]);
}

/// Rounds of load that end with `kill -9`; `KILL_ROUNDS` for more. After every second one comes one that ends in order.
#[cfg(unix)]
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn no_number_is_given_twice_however_the_server_ends() {
    let mut kills = std::env::var("KILL_ROUNDS").map_or(3, |rounds| rounds.parse().unwrap());
    let folder = Folder::new();
    let mut members: Vec<_> = ["ann", "bob", "cid"].into_iter().map(Returning::new).collect();
    // Every (epoch, seq) that anybody was sent, with what it was.
    let mut seen = BTreeMap::new();
    let mut round = 0;
    while kills > 0 {
        let flags = ["--listen", "127.0.0.1:0", "--data", folder.path().to_str().unwrap(), "--drain-ms", "0"];
        let (mut child, url) = crate::program::start(crate::program::program(&flags)).await;
        let mut clients = Vec::new();
        for member in &mut members {
            clients.push(member.come_back(&url, &mut seen).await);
        }
        let until = 100 + 70 * (round % 5);
        for client in &mut clients {
            for number in 0..until + 20 {
                let chat = in_stream(&client.user, "t", "s", "message", &format!("{round}.{number}"));
                client.buffer(chat).await;
            }
            client.flush().await;
        }
        let mut heard = 0;
        while heard < 3 * until {
            heard += usize::from(members[0].hear(&clients[0].next().await, &mut seen));
        }
        // In the midst of it: there is more under way.
        if round % 3 == 2 {
            crate::program::signal(&child, "TERM");
        } else {
            child.start_kill().unwrap();
            kills -= 1;
        }
        for (member, client) in members.iter_mut().zip(&mut clients) {
            while let Ok(frame) = client.next_or_end().await {
                member.hear(&frame, &mut seen);
            }
        }
        in_time("the end", child.wait()).await.unwrap();
        round += 1;
    }
    assert!(seen.len() >= round * 300);
}

/// Somebody who comes back after each end, with what they have.
#[cfg(unix)]
struct Returning {
    user: &'static str,
    epoch: String,
    seq: u64,
}

#[cfg(unix)]
impl Returning {
    fn new(user: &'static str) -> Self {
        Self { user, epoch: String::new(), seq: 0 }
    }

    async fn come_back(&mut self, url: &str, seen: &mut BTreeMap<(String, u64), Value>) -> Client {
        let mut client = Client::to(url, self.user).await;
        let payload = json!({ "topic": "t", "since": { "epoch": self.epoch, "seq": self.seq } });
        let mut frames = client.answers(client.frame(3, &payload)).await.into_iter();
        let joined = data(&frames.next().unwrap());
        let seq = joined["seq"].as_u64().unwrap();
        let replayed: Vec<_> = frames.filter(|frame| frame["code"] == 200).collect();
        if joined["recovered"] == true {
            assert_eq!(joined["epoch"], *self.epoch, "{joined}");
            assert_eq!(replayed.len() as u64, seq - self.seq, "all or nothing: {joined}");
        } else {
            assert_eq!(replayed.len(), 0, "all or nothing: {joined}");
            (self.epoch, self.seq) = (joined["epoch"].as_str().unwrap().to_owned(), seq);
        }
        for frame in &replayed {
            self.hear(frame, seen);
        }
        client
    }

    /// Takes a chat, which has to be the next one and the same for everybody, and says whether it was one.
    fn hear(&mut self, frame: &Value, seen: &mut BTreeMap<(String, u64), Value>) -> bool {
        if frame["code"] != 200 {
            return false;
        }
        self.seq += 1;
        assert_eq!(frame["seq"], self.seq, "{frame}");
        let key = (self.epoch.clone(), self.seq);
        if let Some(other) = seen.insert(key.clone(), frame["data"].clone()) {
            assert_eq!(other, frame["data"], "{key:?} was given twice");
        }
        true
    }
}
