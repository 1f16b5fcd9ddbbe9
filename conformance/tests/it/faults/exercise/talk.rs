//! What they do: a little of everything.

use std::time::{Duration, Instant};

use futures_util::{SinkExt, StreamExt};
use serde_json::{Value, json};
use tokio::time::timeout;
use tokio_tungstenite::tungstenite::Message;

use super::{super::behaviour::parse as parse_json, stage::Stage};

pub(super) async fn talk(stage: &mut Stage) {
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
    // What is told of her coming must not be taken for what is told of her going.
    stage.everybody_reads().await;
    stage.sockets.remove("eve");
    // Whoever reads what is told of it knows that the server has seen the end.
    let socket = stage.sockets.get_mut("ann").unwrap();
    let told = timeout(Duration::from_secs(5), socket.next()).await;
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
    let long = format!("stream~{}", "x".repeat(1100));
    for end in ["a", "b"] {
        let stream = format!("{}{end}", long.replace('~', &stage.mark));
        let chat = json!({ "user": stage.name("bob"), "type": "message", "content": end, "stream": stream });
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
    stage.http("ann", &format!("{get}{long}a&page=1&resultsPerPage=5&type="), "").await;
    stage.http("ann", "GET /api/message/chatmsg?page=1", "").await;
    stage.http("", "GET /api/message/chatmsg?page=x", "").await;
    stage.join("dan.50", json!({})).await;
    let since = stage.last_joined();
    let post = "POST /api/question/add";
    for body in [
        r#"{"content":"Why?","streamId":"stream~","topic":"room~"}"#,
        r#"{"content":"ééééééééééé","streamId":"stream~","topic":"room~"}"#,
    ] {
        stage.http_in_chunks("bob", post, body).await;
        stage.everybody_reads().await;
    }
    stage.join("dan.51", json!({ "since": since })).await;
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

pub(super) async fn fall_silent(stage: &mut Stage) {
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
