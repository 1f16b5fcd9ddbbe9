//! The people who try a server out, and what they are told.

use std::{
    collections::BTreeMap,
    time::{Duration, Instant},
};

use futures_util::{SinkExt, StreamExt};
use serde_json::{Value, json};
use tokio::{
    io::{AsyncReadExt, AsyncWriteExt},
    net::TcpStream,
    time::timeout,
};
use tokio_tungstenite::{MaybeTlsStream, WebSocketStream, connect_async, tungstenite::Message};

use super::super::behaviour::parse as parse_json;

type Socket = WebSocketStream<MaybeTlsStream<TcpStream>>;

/// The people, by the names of their connections. What is before a dot is the user.
pub(super) struct Stage {
    url: String,
    /// Behind each name, so that nobody meets the people of another run.
    pub(super) mark: String,
    pub(super) sockets: BTreeMap<String, Socket>,
    pub(super) log: Vec<(String, String)>,
}

impl Stage {
    pub(super) fn new(url: &str) -> Self {
        static RUNS: std::sync::atomic::AtomicU64 = std::sync::atomic::AtomicU64::new(0);
        let run = RUNS.fetch_add(1, std::sync::atomic::Ordering::Relaxed);
        Self { url: url.to_owned(), mark: format!("~{run:05}"), sockets: BTreeMap::new(), log: Vec::new() }
    }

    pub(super) fn name(&self, name: &str) -> String {
        format!("{}{}", name.split('.').next().unwrap_or_default(), self.mark)
    }

    pub(super) fn frame(&self, who: &str, kind: i64, payload: &Value, id: &str) -> String {
        let mut frame = json!({ "token": self.name(who), "type": kind, "payLoad": payload.to_string() });
        if !id.is_empty() {
            frame["id"] = id.into();
        }
        frame.to_string()
    }

    pub(super) async fn send(&mut self, who: &str, kind: i64, payload: Value, id: &str) {
        let frame = self.frame(who, kind, &payload, id);
        if !self.sockets.contains_key(who) {
            let (socket, _) = connect_async(&self.url).await.unwrap();
            self.sockets.insert(who.to_owned(), socket);
        }
        let _ = self.sockets.get_mut(who).unwrap().send(Message::text(frame)).await;
    }

    /// Reads up to the answer to a heartbeat.
    pub(super) async fn fence(&mut self, who: &str) {
        self.send(who, 1, json!({}), "fence").await;
        let until = Instant::now() + Duration::from_secs(2);
        loop {
            let socket = self.sockets.get_mut(who).unwrap();
            let text = match timeout(until.saturating_duration_since(Instant::now()), socket.next()).await {
                Ok(Some(Ok(Message::Text(text)))) => text.to_string(),
                other => format!("{other:?}"),
            };
            if text.contains("\"fence\"") && text.contains("100") {
                return;
            }
            let is_frame = text.starts_with('{');
            self.log.push((who.to_owned(), text));
            if !is_frame {
                return;
            }
        }
    }

    pub(super) async fn ask(&mut self, who: &str, kind: i64, payload: Value, id: &str) {
        self.send(who, kind, payload, id).await;
        self.fence(who).await;
    }

    pub(super) async fn join(&mut self, who: &str, more: Value) {
        let mut payload = more;
        payload["topic"] = self.name("room").into();
        self.ask(who, 3, payload, "join").await;
    }

    pub(super) async fn leave(&mut self, who: &str) {
        self.ask(who, 6, json!({ "topic": self.name("room") }), "").await;
    }

    pub(super) async fn list(&mut self, who: &str) {
        self.ask(who, 5, json!({ "topic": self.name("room") }), "list").await;
    }

    pub(super) async fn notify(&mut self, who: &str, more: Value) {
        let mut payload = more;
        payload["topic"] = self.name("room").into();
        self.ask(who, 4, payload, "notice").await;
    }

    pub(super) async fn say(&mut self, who: &str, text: &str, id: &str) {
        let chat = json!({ "user": self.name(who), "content": text, "type": "message", "x-n": 1.5,
            "stream": self.name("stream"), "topic": "own", "seq": -1 });
        // White space and an order that nobody would write anew.
        let chat = chat.to_string().replace(":1.5", ": 1.50 ");
        self.ask(who, 2, json!({ "topic": self.name("room"), "chatInfo": chat }), id).await;
    }

    pub(super) async fn http(&mut self, who: &str, request: &str, body: &str) {
        let body = body.replace('~', &self.mark);
        let length = format!("Content-Length: {}", body.len());
        self.exchange(who, request, &length, body.as_bytes()).await;
    }

    /// The same with a body in chunks that cut characters.
    pub(super) async fn http_in_chunks(&mut self, who: &str, request: &str, body: &str) {
        let body = body.replace('~', &self.mark);
        let mut chunks = Vec::new();
        for chunk in body.as_bytes().chunks(5) {
            chunks.extend_from_slice(format!("{:x}\r\n", chunk.len()).as_bytes());
            chunks.extend_from_slice(chunk);
            chunks.extend_from_slice(b"\r\n");
        }
        chunks.extend_from_slice(b"0\r\n\r\n");
        self.exchange(who, request, "Transfer-Encoding: chunked", &chunks).await;
    }

    async fn exchange(&mut self, who: &str, request: &str, framing: &str, body: &[u8]) {
        let address = self.url.trim_start_matches("ws://").trim_end_matches('/').to_owned();
        let mut socket = TcpStream::connect(address).await.unwrap();
        let token =
            if who.is_empty() { String::new() } else { format!("Authorization: {}\r\n", self.name(who)) };
        let request = request.replace('~', &self.mark);
        let head = format!("{request} HTTP/1.1\r\nHost: x\r\n{token}{framing}\r\n\r\n");
        socket.write_all(&[head.as_bytes(), body].concat()).await.unwrap();
        let mut answer = Vec::new();
        let read = timeout(Duration::from_secs(2), socket.read_to_end(&mut answer)).await;
        let answer = String::from_utf8_lossy(&answer).into_owned();
        let kept: Vec<_> = answer.lines().filter(|line| !line.to_lowercase().starts_with("date")).collect();
        let (status, rest) = kept.split_first().unwrap_or((&"", &[]));
        let html = answer.contains("text/html");
        let status = status.get(..12);
        self.log.push(("http".into(), format!("{} {status:?} {html} {:?}", read.is_ok(), rest.last())));
    }

    /// The one that was told last.
    pub(super) fn epoch(&self) -> String {
        let told = |(_, text): &(String, String)| {
            parse_json(parse_json(text)["data"].as_str()?)["epoch"].as_str().map(str::to_owned)
        };
        self.log.iter().rev().find_map(told).unwrap_or_default()
    }

    /// Where the topic that was joined last stood then, as a since.
    pub(super) fn last_joined(&self) -> Value {
        let joined = |(_, text): &(String, String)| {
            let json = parse_json(text);
            let data = parse_json(json["data"].as_str().filter(|_| json["code"] == 201)?);
            Some(json!({ "epoch": data["epoch"], "seq": data["seq"] }))
        };
        self.log.iter().rev().find_map(joined).unwrap_or_default()
    }

    pub(super) async fn everybody_reads(&mut self) {
        let names: Vec<_> = self.sockets.keys().cloned().collect();
        for name in names {
            self.fence(&name).await;
        }
    }

    /// The log, without what differs from run to run: the mark, epochs, and times but for whether they agree.
    pub(super) fn told(self) -> Vec<String> {
        let mut times = BTreeMap::new();
        let mut epochs = Vec::new();
        let tell = |(who, text): (String, String)| {
            let mut json = parse_json(&text);
            let mut data = parse_json(json["data"].as_str().unwrap_or_default());
            if let Some(epoch) = data["epoch"].as_str().map(str::to_owned) {
                let known = epochs.iter().position(|it| *it == epoch).unwrap_or(epochs.len());
                epochs.resize(epochs.len().max(known + 1), epoch);
                data["epoch"] = known.into();
                json["data"] = data.to_string().into();
            }
            if json.get("at").is_some() {
                let at = json["at"].to_string();
                let key = (json["topic"].to_string(), json["seq"].to_string());
                json["at"] = (*times.entry(key).or_insert_with(|| at.clone()) == at).into();
            }
            let text = if json.is_object() { json.to_string() } else { without_times(&text) };
            format!("{who}: {}", text.replace(&self.mark, "~"))
        };
        self.log.into_iter().map(tell).collect()
    }
}

/// The times of items, as whether they are in milliseconds.
fn without_times(text: &str) -> String {
    let mut parts = text.split("\\\"at\\\": ");
    let first = parts.next().unwrap_or_default().to_owned();
    parts.fold(first, |told, part| {
        let digits = part.chars().take_while(char::is_ascii_digit).count();
        format!("{told}at{digits} {}", &part[digits..])
    })
}
