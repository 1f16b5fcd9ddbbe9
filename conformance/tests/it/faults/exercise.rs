//! A fault that does nothing proves nothing. So each fault of the profiles beyond core has to make a difference to a
//! few people who do a little of everything, in front of a right server of all profiles (the Python peer). What the
//! cases make of that difference is another matter.

use std::{
    collections::BTreeMap,
    net::SocketAddr,
    process::Stdio,
    time::{Duration, Instant},
};

use futures_util::{SinkExt, StreamExt, stream};
use serde_json::{Value, json};
use tokio::{
    io::{AsyncBufReadExt, AsyncReadExt, AsyncWriteExt, BufReader},
    net::TcpStream,
    process::{Child, Command},
    time::timeout,
};
use tokio_tungstenite::{MaybeTlsStream, WebSocketStream, connect_async, tungstenite::Message};

use super::{FAULTS, Fault, behaviour::parse as parse_json, start};
use crate::peers::python_peer;

/// The files of faults of the profiles beyond core.
const FILES: [&str; 11] = [
    "presence",
    "changes",
    "notice",
    "addressees",
    "resume",
    "since",
    "dedupe",
    "history",
    "pages",
    "queries",
    "questions",
];
/// How many faults are tried at the same time; they wait more than they work.
const SIDE_BY_SIDE: usize = 12;
/// Faults that need what the Python peer does not do, each with the reason.
const ASLEEP: [(&str, &str); 1] = [(
    "ids-outlive-the-epoch",
    "the Python peer remembers an empty topic, so that nothing here ends an epoch",
)];

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn every_fault_of_a_profile_makes_a_difference() {
    let (_patient, patient) = serve("20000").await;
    let (_strict, strict) = serve("1500").await;
    let told = all_told(None, patient, strict).await;
    let again = all_told(None, patient, strict).await;
    let differs = told.iter().zip(&again).find(|(one, two)| one != two);
    assert!(told == again, "two right runs differ: {differs:?}, of {} and {} lines", told.len(), again.len());
    let only = std::env::var("FAULT").unwrap_or_default();
    let files = FAULTS.into_iter().filter(|(file, _)| FILES.contains(file));
    let faults = files.flat_map(|(_, faults)| faults).filter(|fault| fault.name.contains(only.as_str()));
    let idle = stream::iter(faults).map(|fault| async {
        let same = all_told(Some(fault), patient, strict).await == told;
        same.then_some(fault.name)
    });
    let idle: Vec<_> = idle.buffer_unordered(SIDE_BY_SIDE).filter_map(std::future::ready).collect().await;
    let asleep: Vec<_> = ASLEEP.iter().map(|it| it.0).filter(|name| name.contains(only.as_str())).collect();
    let without_effect: Vec<_> = idle.iter().filter(|name| !asleep.contains(name)).collect();
    assert!(without_effect.is_empty(), "{without_effect:?} make no difference");
    let awake: Vec<_> = asleep.iter().filter(|name| !idle.contains(name)).collect();
    assert!(awake.is_empty(), "{awake:?} make a difference, and have to leave the list of those that cannot");
}

async fn serve(heartbeat_timeout_ms: &str) -> (Child, SocketAddr) {
    let mut command = python_peer();
    let port = command.len() - 1;
    command[port] = "0".into();
    let mut child = Command::new(&command[0])
        .args(&command[1..])
        .env("ROOMWIRE_HEARTBEAT_TIMEOUT_MS", heartbeat_timeout_ms)
        .env("PYTHONDONTWRITEBYTECODE", "1")
        .stdout(Stdio::piped())
        .kill_on_drop(true)
        .spawn()
        .unwrap();
    let mut lines = BufReader::new(child.stdout.take().unwrap()).lines();
    let line = lines.next_line().await.unwrap().expect("it says where it listens");
    let port: u16 = line.trim_end_matches('/').rsplit(':').next().unwrap().parse().unwrap();
    (child, SocketAddr::from(([127, 0, 0, 1], port)))
}

/// All that everybody was told.
async fn all_told(fault: Option<&'static Fault>, patient: SocketAddr, strict: SocketAddr) -> Vec<String> {
    let talk = async {
        let proxy = start(fault, patient).await.unwrap();
        let mut stage = Stage::new(&proxy.url());
        talk(&mut stage).await;
        stage.told()
    };
    let silence = async {
        let proxy = start(fault, strict).await.unwrap();
        let mut stage = Stage::new(&proxy.url());
        fall_silent(&mut stage).await;
        stage.told()
    };
    let (one, two) = tokio::join!(talk, silence);
    [one, two].concat()
}

type Socket = WebSocketStream<MaybeTlsStream<TcpStream>>;

/// The people, by the names of their connections. What is before a dot is the user.
struct Stage {
    url: String,
    /// Behind each name, so that nobody meets the people of another run.
    mark: String,
    sockets: BTreeMap<String, Socket>,
    log: Vec<(String, String)>,
}

impl Stage {
    fn new(url: &str) -> Self {
        static RUNS: std::sync::atomic::AtomicU64 = std::sync::atomic::AtomicU64::new(0);
        let run = RUNS.fetch_add(1, std::sync::atomic::Ordering::Relaxed);
        Self { url: url.to_owned(), mark: format!("~{run:05}"), sockets: BTreeMap::new(), log: Vec::new() }
    }

    fn name(&self, name: &str) -> String {
        format!("{}{}", name.split('.').next().unwrap_or_default(), self.mark)
    }

    fn frame(&self, who: &str, kind: i64, payload: &Value, id: &str) -> String {
        let mut frame = json!({ "token": self.name(who), "type": kind, "payLoad": payload.to_string() });
        if !id.is_empty() {
            frame["id"] = id.into();
        }
        frame.to_string()
    }

    async fn send(&mut self, who: &str, kind: i64, payload: Value, id: &str) {
        let frame = self.frame(who, kind, &payload, id);
        if !self.sockets.contains_key(who) {
            let (socket, _) = connect_async(&self.url).await.unwrap();
            self.sockets.insert(who.to_owned(), socket);
        }
        let _ = self.sockets.get_mut(who).unwrap().send(Message::text(frame)).await;
    }

    /// Reads up to the answer to a heartbeat.
    async fn fence(&mut self, who: &str) {
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

    async fn ask(&mut self, who: &str, kind: i64, payload: Value, id: &str) {
        self.send(who, kind, payload, id).await;
        self.fence(who).await;
    }

    async fn join(&mut self, who: &str, more: Value) {
        let mut payload = more;
        payload["topic"] = self.name("room").into();
        self.ask(who, 3, payload, "join").await;
    }

    async fn leave(&mut self, who: &str) {
        self.ask(who, 6, json!({ "topic": self.name("room") }), "").await;
    }

    async fn list(&mut self, who: &str) {
        self.ask(who, 5, json!({ "topic": self.name("room") }), "list").await;
    }

    async fn notify(&mut self, who: &str, more: Value) {
        let mut payload = more;
        payload["topic"] = self.name("room").into();
        self.ask(who, 4, payload, "notice").await;
    }

    async fn say(&mut self, who: &str, text: &str, id: &str) {
        let chat = json!({ "user": self.name(who), "content": text, "type": "message", "x-n": 1.5,
            "stream": self.name("stream"), "topic": "own", "seq": -1 });
        // White space and an order that nobody would write anew.
        let chat = chat.to_string().replace(":1.5", ": 1.50 ");
        self.ask(who, 2, json!({ "topic": self.name("room"), "chatInfo": chat }), id).await;
    }

    async fn http(&mut self, who: &str, request: &str, body: &str) {
        let address = self.url.trim_start_matches("ws://").trim_end_matches('/').to_owned();
        let mut socket = TcpStream::connect(address).await.unwrap();
        let token =
            if who.is_empty() { String::new() } else { format!("Authorization: {}\r\n", self.name(who)) };
        let request = request.replace('~', &self.mark);
        let body = body.replace('~', &self.mark);
        let length = body.len();
        let text = format!("{request} HTTP/1.1\r\nHost: x\r\n{token}Content-Length: {length}\r\n\r\n{body}");
        socket.write_all(text.as_bytes()).await.unwrap();
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
    fn epoch(&self) -> String {
        let told = |(_, text): &(String, String)| {
            parse_json(parse_json(text)["data"].as_str()?)["epoch"].as_str().map(str::to_owned)
        };
        self.log.iter().rev().find_map(told).unwrap_or_default()
    }

    async fn everybody_reads(&mut self) {
        let names: Vec<_> = self.sockets.keys().cloned().collect();
        for name in names {
            self.fence(&name).await;
        }
    }

    /// The log, without what differs from run to run: the mark, epochs, and times but for whether they agree.
    fn told(self) -> Vec<String> {
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

async fn talk(stage: &mut Stage) {
    let bob = stage.name("bob");
    meet(stage, &bob).await;
    whisper(stage, &bob).await;
    come_back(stage).await;
    repeat(stage, &bob).await;
    read_and_ask(stage).await;
    crowd(stage).await;
}

async fn meet(stage: &mut Stage, bob: &str) {
    stage.join("ann", json!({ "displayName": " Ann ", "avatarurl": "ann.png" })).await;
    stage.join("bob", json!({})).await;
    stage.join("bob.2", json!({})).await;
    stage.join("BOB", json!({})).await;
    let next_door = stage.name("next door");
    stage.ask("cid", 3, json!({ "topic": next_door }), "").await;
    stage.fence("bob.3").await;
    for outsider in ["cid", "bob.3"] {
        stage.list(outsider).await;
        stage.notify(outsider, json!({ "to": bob, "data": 1 })).await;
        stage.notify(outsider, json!({ "to": stage.name("nobody"), "data": 1 })).await;
    }
    stage.everybody_reads().await;
    stage.join("ann", json!({ "displayName": "Änn" })).await;
    stage.everybody_reads().await;
    stage.list("bob").await;
    stage.leave("bob").await;
    stage.leave("bob.2").await;
    stage.list("ann").await;
    stage.everybody_reads().await;
    stage.join("eve", json!({})).await;
    stage.sockets.remove("eve");
    // Whoever reads what is told of it knows that the server has seen the end.
    let socket = stage.sockets.get_mut("ann").unwrap();
    let told = timeout(Duration::from_millis(500), socket.next()).await;
    stage.log.push(("ann".into(), format!("{}", told.is_ok())));
    stage.everybody_reads().await;
    stage.list("ann").await;
    stage.join("bob", json!({})).await;
    stage.join("bob.2", json!({})).await;
    stage.everybody_reads().await;
}

async fn whisper(stage: &mut Stage, bob: &str) {
    let long = "x".repeat(300);
    for data in [
        json!({ "n": [3, 1.5, null], "s": " <é😀> ", "o": {}, "a": [], "none": null, "long": long }),
        Value::Null,
        json!(false),
        json!("word"),
        json!([2, 1]),
    ] {
        stage.notify("ann", json!({ "to": bob, "data": data, "from": "cid" })).await;
        stage.everybody_reads().await;
    }
    let (topic, cid, ann) = (stage.name("room"), stage.name("cid"), stage.name("ann"));
    for n in 0..2 {
        stage.send("ann", 4, json!({ "topic": topic, "to": bob, "data": n }), "").await;
    }
    stage.everybody_reads().await;
    stage.leave("BOB").await;
    for to in [json!(ann), json!(cid), json!(stage.name("BOB")), json!(1), json!(""), json!("x".repeat(129))]
    {
        stage.notify("ann", json!({ "to": to, "data": 1 })).await;
        stage.everybody_reads().await;
    }
    stage.notify("ann", json!({ "to": bob })).await;
    stage.notify("ann", json!({ "data": 1 })).await;
    stage.join("BOB", json!({})).await;
    stage.join("bob.4", json!({})).await;
    stage.everybody_reads().await;
}

async fn come_back(stage: &mut Stage) {
    let topic = stage.name("room");
    for n in 1..=12 {
        stage
            .say(
                if n % 3 == 0 { "dan.2" } else { "ann" },
                &format!("n{n}"),
                if n % 2 == 0 { "" } else { "i1" },
            )
            .await;
        if n == 1 {
            stage.join("dan.2", json!({})).await;
        }
    }
    for n in 1..=12 {
        stage.say("ann", &format!("m{n}"), &format!("i{n}")).await;
    }
    stage.everybody_reads().await;
    let epoch = stage.epoch();
    for (n, (epoch, seq)) in [
        (&*epoch, json!(18)),
        (&epoch, json!(3)),
        (&epoch, json!(0)),
        (&epoch, json!(23)),
        (&epoch, json!(99)),
        ("another", json!(18)),
        (&epoch, json!(-1)),
        (&epoch, json!("18")),
        (&epoch, Value::Null),
    ]
    .into_iter()
    .enumerate()
    {
        let who = format!("dan.{}", n + 10);
        let since = json!({ "epoch": epoch, "seq": seq });
        stage.join(&who, json!({ "since": since })).await;
        stage.say("ann", "live", "").await;
        stage.everybody_reads().await;
        stage.join(&who, json!({ "since": { "epoch": epoch, "seq": 20 } })).await;
        stage.everybody_reads().await;
    }
    // The topic's last, whatever that is by now.
    let last = stage.log.iter().filter_map(|(_, text)| parse_json(text)["seq"].as_u64()).max();
    stage.join("dan.20", json!({ "since": { "epoch": epoch, "seq": last } })).await;
    let half = json!({ "epoch": epoch, "seq": 18.5 });
    for since in [Value::Null, json!("x"), json!({ "seq": 1 }), json!({ "epoch": epoch }), half] {
        stage.ask("dan.30", 3, json!({ "topic": topic, "since": since }), "").await;
    }
    // More than the Python peer replays.
    let busy = stage.name("busy");
    stage.ask("ann", 3, json!({ "topic": busy }), "").await;
    let chat = json!({ "user": stage.name("ann"), "content": "", "type": "message" }).to_string();
    for _ in 0..205 {
        stage.send("ann", 2, json!({ "topic": busy, "chatInfo": chat }), "").await;
    }
    stage.fence("ann").await;
    let busy_epoch = stage.epoch();
    let since = json!({ "epoch": busy_epoch, "seq": 1 });
    stage.ask("dan.40", 3, json!({ "topic": busy, "since": since }), "").await;
    stage.join("bob.5", json!({ "since": { "epoch": epoch, "seq": 1 } })).await;
    stage.join("dan.31", json!({})).await;
    stage.everybody_reads().await;
}

async fn repeat(stage: &mut Stage, bob: &str) {
    let (topic, next_door) = (stage.name("room"), stage.name("next door"));
    stage.say("ann", "first", "r1").await;
    stage.say("ann", "second", "r2").await;
    stage.join("ann.2", json!({})).await;
    stage.everybody_reads().await;
    for (who, text, id) in
        [("ann", "first", "r1"), ("ann", "other", "r1"), ("ann.2", "first", "r1"), ("bob", "first", "r1")]
    {
        stage.say(who, text, id).await;
        stage.everybody_reads().await;
    }
    // A repeat right behind its chat, and another frame right behind a repeat.
    let twice = json!({ "user": stage.name("ann"), "content": "twice", "type": "message" }).to_string();
    let frame = stage.frame("ann", 2, &json!({ "topic": topic, "chatInfo": twice }), "r9");
    for _ in 0..2 {
        let _ = stage.sockets.get_mut("ann").unwrap().feed(Message::text(frame.clone())).await;
    }
    stage.fence("ann").await;
    let chat = json!({ "user": stage.name("ann"), "content": "", "type": "message" }).to_string();
    stage.send("ann", 2, json!({ "topic": topic, "chatInfo": chat }), "r2").await;
    stage.list("ann").await;
    for payload in [
        json!({ "topic": topic, "chatInfo": json!({ "user": bob, "content": "", "type": "message" }).to_string() }),
        json!({ "topic": topic, "chatInfo": "{}" }),
        json!({ "topic": next_door, "chatInfo": chat }),
    ] {
        stage.ask("ann", 2, payload, "r1").await;
    }
    stage.ask("ann", 3, json!({ "topic": next_door }), "r5").await;
    stage.ask("ann", 2, json!({ "topic": next_door, "chatInfo": chat }), "r1").await;
    stage.say("ann", "case", "R1").await;
    stage.say("ann", "of another type", "r5").await;
    stage.ask("ann", 2, json!({ "topic": topic, "chatInfo": "{}" }), "r6").await;
    stage.say("ann", "of a refused one", "r6").await;
    for _ in 0..2 {
        stage.say("ann", "the same", "").await;
    }
    stage.leave("ann").await;
    stage.join("ann", json!({})).await;
    stage.say("ann", "first", "r1").await;
    stage.everybody_reads().await;
}

async fn read_and_ask(stage: &mut Stage) {
    let answer = json!({ "question": "Why?", "answer": "<Because> " }).to_string();
    for stream in ["Stream~", "stream~ é", "stream~", " stream~"] {
        let chat = json!({ "user": stage.name("bob"), "type": "answer", "content": answer,
            "stream": stream.replace('~', &stage.mark) });
        stage.ask("bob", 2, json!({ "topic": stage.name("room"), "chatInfo": chat.to_string() }), "").await;
    }
    let next_door = stage.name("next door");
    let chat = json!({ "user": stage.name("cid"), "type": "message", "content": "far", "stream": stage.name("stream") });
    stage.ask("cid", 2, json!({ "topic": next_door, "chatInfo": chat.to_string() }), "").await;
    let get = "GET /api/message/chatmsg?stream=";
    for who in ["ann", "cid", "nobody", "Bearer ann", "", "x".repeat(130).as_str()] {
        stage.http(who, &format!("{get}stream~&page=1&resultsPerPage=5&type="), "").await;
    }
    for query in [
        "stream~&page=2&resultsPerPage=5&type=",
        "stream~&page=1&resultsPerPage=1000&type=",
        "stream~&page=99&resultsPerPage=5&type=",
        "stream~&page=3&resultsPerPage=20&type=",
        "stream~&page=1&resultsPerPage=5&type=answer",
        "stream~&page=1&resultsPerPage=5&type=question",
        "stream~%20%C3%A9&page=1&resultsPerPage=5&type=",
        "room~&page=1&resultsPerPage=5&type=",
        "stream~&page=0&resultsPerPage=5&type=",
        "stream~&page=x&resultsPerPage=5&type=",
        "stream~&page=1.5&resultsPerPage=5&type=",
        "stream~&page=1&resultsPerPage=0&type=",
        "stream~&page=1&resultsPerPage=1001&type=",
        "stream~&page=1&resultsPerPage=5&type=shout",
        "stream~&page=1&resultsPerPage=5&type=&x-more=1",
        "stream~&page=1&resultsPerPage=30&type=message",
    ] {
        stage.http("ann", &format!("{get}{query}"), "").await;
    }
    stage.http("ann", "GET /api/message/chatmsg?page=1", "").await;
    stage.http("", "GET /api/message/chatmsg?page=x", "").await;
    let post = "POST /api/question/add";
    for (who, body) in [
        ("bob", r#"{"content":" <Why?> ","streamId":"stream~","topic":"room~"}"#),
        ("bob", r#"{"content":"Why?","streamId":"stream~"}"#),
        ("ann", r#"{"content":"Why?","streamId":"stream~"}"#),
        ("cid", r#"{"content":"Why?","streamId":"stream~","topic":"room~"}"#),
        ("zoe", r#"{"content":"Why?","streamId":"stream~"}"#),
        ("Bearer bob", r#"{"content":"Why?","streamId":"stream~","topic":"room~"}"#),
        ("bob", r#"{"streamId":"stream~"}"#),
        ("bob", r#"{"content":1,"streamId":"stream~"}"#),
        ("bob", r#"{"content":"Why?"}"#),
        ("bob", r#"{"content":"Why?","streamId":"stream~","topic":1}"#),
        ("bob", r#"{"content":"Why?","streamId":"stream~","topic":"room~","x-more":1}"#),
        ("bob", "[]"),
        ("bob", "no JSON"),
        ("", "no JSON"),
    ] {
        stage.http(who, post, body).await;
        stage.everybody_reads().await;
    }
    stage.http("ann", &format!("{get}stream~&page=1&resultsPerPage=5&type="), "").await;
}

/// More than the Python peer's lists show.
async fn crowd(stage: &mut Stage) {
    for number in 0..26 {
        stage.join(&format!("u{number}"), json!({})).await;
    }
    stage.list("u25").await;
}

async fn fall_silent(stage: &mut Stage) {
    stage.join("ann", json!({})).await;
    stage.join("sid", json!({})).await;
    let begin = Instant::now();
    let mut ticks = tokio::time::interval(Duration::from_millis(200));
    while begin.elapsed() < Duration::from_millis(2200) {
        ticks.tick().await;
        stage.fence("ann").await;
    }
    stage.list("ann").await;
    stage.join("bob", json!({})).await;
    stage.list("bob").await;
}
