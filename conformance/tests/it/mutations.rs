//! The checks are tested themselves: a right run is recorded live, and every way in which a server may spoil it
//! is tried on the record. What a checker claims to see it must see; what is as good must not be flagged.

use std::sync::Arc;

use roomwire_conformance::case::Case;
use roomwire_conformance::check::{self, Judgement};
use roomwire_conformance::client::Target;
use roomwire_conformance::clock::Pace;
use roomwire_conformance::driver::{Stage, play};
use roomwire_conformance::names::{Names, TryId, Users};
use roomwire_conformance::script::{Reason, beat, case, join, join_as, leave, notice, say, user_list};
use roomwire_conformance::subject::Declared;
use roomwire_conformance::transcript::{Event, Transcript, What};
use serde_json::{Value, json};

use crate::suite::reference_server;

/// Everything that the profiles up to notices have, in small phases.
fn talk() -> Case {
    case("mutations/talk", "A talk with lists and notices", &["CHAT-1"], |s| {
        let (room, [ann, ben, cat]) = s.room();
        let other = s.topic(roomwire_conformance::program::TopicName::Fresh);
        let second = s.second_device_of(ben);
        s.connect(second);
        s.send(second, join_as(room, "Ben").with_id());
        s.then();
        s.send(ann, say(room, "one").with_id());
        s.send(ben, say(room, "two"));
        s.send(ann, say(room, "three"));
        s.send(ben, say(room, "four"));
        s.then();
        s.send(cat, join(other));
        s.send(cat, beat().with_id());
        s.refused(cat, say(99, "nowhere"), Reason::NotJoined);
        s.send(cat, say(other, "alone"));
        s.then();
        s.send(ann, user_list(room).with_id());
        s.send(ann, notice(room, ben, r#"{"n":"{mark}","list":[1,2]}"#).with_id());
        s.then();
        s.send(ann, notice(room, ann, r#""to me {mark}""#));
        s.then();
        let dan = s.client();
        s.connect(dan);
        s.send(dan, join_as(room, "Dan"));
        s.then();
        s.send(cat, say(room, "welcome"));
        s.then();
        s.send(dan, leave(room));
        s.then();
        s.send(ann, say(room, "five"));
        s.then();
        s.send(ann, beat());
        s.send(ben, beat());
    })
}

async fn record(url: &str, case: &Case) -> Transcript {
    let (target, pace) = (Target::new(url.parse().unwrap()), Pace::start());
    // What a server declares it says in its 201.
    let mut declared = Declared::default();
    for attempt in 0..2 {
        let id = TryId { run: Arc::from("mutations"), case: 0, attempt };
        let names = Names::new(id, &case.program, &Users::Fresh, "");
        let stage = Stage { target: &target, pace: &pace, declared: &declared };
        let played = play(stage, &case.program, names.unwrap()).await;
        let transcript = played.transcript;
        let joined = transcript.events.iter().find_map(|event| {
            let frame = frame_of(event).filter(|frame| frame["code"] == 201)?;
            serde_json::from_str::<Value>(frame["data"].as_str()?).ok()
        });
        let known = Declared::read(&joined.unwrap());
        if known.profiles() == declared.profiles() {
            return transcript;
        }
        declared = known;
    }
    let id = TryId { run: Arc::from("mutations"), case: 1, attempt: 0 };
    let names = Names::new(id, &case.program, &Users::Fresh, "").unwrap();
    play(Stage { target: &target, pace: &pace, declared: &declared }, &case.program, names).await.transcript
}

fn frame_of(event: &Event) -> Option<Value> {
    let What::Received { text } = &event.what else { return None };
    serde_json::from_str(text).ok()
}

fn judge(transcript: &Transcript) -> Judgement {
    check::judge(transcript, "CHAT-1")
}

/// The tick up to which frames are spoilt: what comes in the last phase nothing comes behind.
fn end(transcript: &Transcript) -> usize {
    let settled = |(tick, event): (usize, &Event)| matches!(event.what, What::Settled { .. }).then_some(tick);
    let settled: Vec<usize> = transcript.events.iter().enumerate().filter_map(settled).collect();
    settled[settled.len() - 2]
}

/// A transcript, and what was done to it.
struct Mutant {
    what: String,
    transcript: Transcript,
}

fn mutants(right: &Transcript) -> Vec<Mutant> {
    let mut all = Vec::new();
    let is_settled = |event: &Event| matches!(event.what, What::Settled { .. });
    let first_settled = right.events.iter().position(is_settled).unwrap();
    for tick in 0..end(right) {
        if let Some(frame) = frame_of(&right.events[tick]) {
            mutate_place(right, tick, &frame, &mut all);
            // What is said of numbers while all come at once, and the time of a chat that one alone has heard, nobody
            // can say is wrong.
            let crowd = tick < first_settled && frame["code"] == 206;
            let alone = frame["code"] == 200 && copies(right, &frame) == 1;
            let open = |what: &str| (crowd && what == "a higher count") || (alone && what == "another at");
            mutate_text(right, tick, &frame, &open, &mut all);
        }
        if let What::HttpAnswered { status, body, .. } = &right.events[tick].what {
            mutate_http(right, tick, *status, body, &mut all);
        }
    }
    all
}

fn copies(right: &Transcript, chat: &Value) -> usize {
    right.events.iter().filter_map(frame_of).filter(|frame| frame["data"] == chat["data"]).count()
}

fn named(tick: usize, frame: &Value, what: &str) -> String {
    format!("{what} of {}/{} at tick {tick}", frame["type"], frame["code"])
}

/// A frame is lost, comes twice, too late, or to somebody else.
fn mutate_place(right: &Transcript, tick: usize, frame: &Value, all: &mut Vec<Mutant>) {
    let mut spoil = |what: &str, spoil: &dyn Fn(&mut Vec<Event>)| {
        let mut transcript = right.clone();
        spoil(&mut transcript.events);
        all.push(Mutant { what: named(tick, frame, what), transcript });
    };
    spoil("the loss", &|events| drop(events.remove(tick)));
    // One more list than was asked for does no harm.
    if frame["code"] != 205 || frame.get("id").is_some() {
        spoil("the doubling", &|events| events.insert(tick + 1, events[tick].clone()));
    }
    let connection = right.events[tick].connection.unwrap();
    let open = |other: usize| {
        let opened = right.events[..tick].iter();
        other != connection
            && opened.clone().any(|e| e.connection == Some(other) && matches!(e.what, What::Opened { .. }))
            && !opened.clone().any(|e| e.connection == Some(other) && matches!(e.what, What::Ended { .. }))
    };
    if let Some(other) = (0..8).find(|other| open(*other)) {
        spoil("the straying", &|events| events[tick].connection = Some(other));
    }
    let behind = (tick + 1..end(right)).find(|&later| {
        right.events[later].connection == Some(connection) && frame_of(&right.events[later]).is_some()
    });
    if let Some(later) = behind
        && must_not_swap(frame, &frame_of(&right.events[later]).unwrap())
    {
        spoil("the swap with the next", &|events| {
            let (one, other) = (events[tick].what.clone(), events[later].what.clone());
            (events[tick].what, events[later].what) = (other, one);
        });
    }
}

/// Whether the order of two frames on a connection is laid down.
fn must_not_swap(one: &Value, other: &Value) -> bool {
    let code = |frame: &Value| frame["code"].as_i64().unwrap();
    let is_answer = |frame: &Value| matches!(code(frame), 100 | 201 | 202 | 204 | 400..);
    match (code(one), code(other)) {
        (200, 200) => one["topic"] == other["topic"],
        (201, 205) => true,
        _ => is_answer(one) && is_answer(other),
    }
}

/// Something else stands in a frame.
fn mutate_text(
    right: &Transcript,
    tick: usize,
    frame: &Value,
    open: &dyn Fn(&str) -> bool,
    all: &mut Vec<Mutant>,
) {
    let mut spoil = |what: &str, spoilt: Value| {
        if open(what) {
            return;
        }
        let mut transcript = right.clone();
        transcript.events[tick].what = What::Received { text: spoilt.to_string() };
        all.push(Mutant { what: named(tick, frame, what), transcript });
    };
    let with = |member: &str, value: Value| {
        let mut frame = frame.clone();
        frame[member] = value;
        frame
    };
    spoil("another type", with("type", json!(9)));
    spoil("a type that is text", with("type", json!("1")));
    spoil("another code", with("code", json!(299)));
    spoil("data that is no text", with("data", json!({})));
    spoil("another id", with("id", json!("nobody's")));
    if frame["code"] == 200 {
        for (member, value) in [("seq", 1), ("at", 1), ("seq", 0)] {
            let number = frame[member].as_i64().unwrap();
            let other = if value == 0 { json!(null) } else { json!(number + value) };
            spoil(&format!("another {member}"), with(member, other));
        }
        spoil("another topic", with("topic", json!("elsewhere")));
        let data = frame["data"].as_str().unwrap();
        spoil("other words", with("data", json!(data.replace("] ", "] well, "))));
        spoil("another spelling", with("data", json!(data.replace("\"user\":", "\"user\": "))));
        spoil("words of nobody", with("data", json!(data.replace("[rw.", "[rx."))));
        return;
    }
    let Some(data) = frame["data"].as_str().and_then(|data| serde_json::from_str::<Value>(data).ok()) else {
        return spoil("data of its own", with("data", json!("{}")));
    };
    let mut inside = |what: &str, change: &dyn Fn(&mut Value)| {
        let mut data = data.clone();
        change(&mut data);
        spoil(what, with("data", json!(data.to_string())));
    };
    let code = frame["code"].as_i64().unwrap();
    if matches!(code, 201..=206) {
        inside("another topic inside", &|data| data["topic"] = json!("elsewhere"));
    }
    match code {
        201 => {
            inside("another user", &|data| data["user"] = json!("somebody"));
            inside("a higher seq", &|data| data["seq"] = json!(data["seq"].as_i64().unwrap() + 1));
            inside("another version", &|data| data["version"] = json!(2));
            inside("no core", &|data| data["profiles"] = json!(["presence"]));
            inside("no limit", &|data| data["limits"]["maxTopics"] = json!(0));
            inside("no epoch", &|data| drop(data.as_object_mut().unwrap().remove("epoch")));
            if data["recovered"].is_boolean() {
                inside("the other recovered", &|data| {
                    data["recovered"] = json!(!data["recovered"].as_bool().unwrap());
                });
                inside("no recovered", &|data| drop(data.as_object_mut().unwrap().remove("recovered")));
            }
        }
        202 => inside("another target", &|data| data["to"] = json!("somebody")),
        203 => {
            inside("another sender", &|data| data["from"] = json!("somebody"));
            inside("another value", &|data| {
                let text = data["data"].to_string().replace("list", "last").replace("to me", "for me");
                data["data"] = serde_json::from_str(&text).unwrap();
            });
        }
        205 => {
            inside("a higher count", &|data| data["count"] = json!(data["count"].as_i64().unwrap() + 1));
            inside("one user less", &|data| drop(data["users"].as_array_mut().unwrap().pop()));
            inside("a stranger", &|data| {
                data["users"].as_array_mut().unwrap()[0] = json!({"user": "a stranger"});
            });
            inside("a user twice", &|data| {
                let users = data["users"].as_array_mut().unwrap();
                users.push(users[0].clone());
            });
            inside("truncated", &|data| data["truncated"] = json!(true));
        }
        206 => {
            inside("a higher count", &|data| data["count"] = json!(data["count"].as_i64().unwrap() + 1));
            inside("both at once", &|data| {
                data["joined"] = json!([{"user": "x"}]);
                data["left"] = json!([{"user": "x"}]);
            });
            inside("somebody else", &|data| {
                let member = if data["joined"].is_array() { "joined" } else { "left" };
                data[member] = json!([{"user": "a stranger"}]);
            });
        }
        400.. => {
            inside("another reason", &|data| data["reason"] = json!("wrong_user"));
            inside("no reason", &|data| drop(data.as_object_mut().unwrap().remove("reason")));
        }
        _ => {}
    }
}

/// Something else stands in an answer over HTTP.
fn mutate_http(right: &Transcript, tick: usize, status: u16, body: &str, all: &mut Vec<Mutant>) {
    let json: Value = serde_json::from_str(body).unwrap();
    let mut spoil = |what: &str, status: u16, body: Value| {
        let mut transcript = right.clone();
        if let What::HttpAnswered { status: old, body: text, .. } = &mut transcript.events[tick].what {
            (*old, *text) = (status, body.to_string());
        }
        all.push(Mutant { what: format!("{what} of an HTTP answer at tick {tick}"), transcript });
    };
    spoil("another status", 201, json.clone());
    let with = |change: &dyn Fn(&mut Value)| {
        let mut json = json.clone();
        change(&mut json["data"]);
        json
    };
    let is_page = json["data"]["items"].is_array();
    if !is_page {
        spoil("a higher seq", status, with(&|data| data["seq"] = json!(data["seq"].as_i64().unwrap() + 1)));
        spoil("no topic", status, with(&|data| drop(data.as_object_mut().unwrap().remove("topic"))));
        return;
    }
    let items = |data: &mut Value| std::mem::take(data["items"].as_array_mut().unwrap());
    spoil("a higher total", status, with(&|data| data["total"] = json!(data["total"].as_i64().unwrap() + 1)));
    spoil("a lower total", status, with(&|data| data["total"] = json!(data["total"].as_i64().unwrap() - 1)));
    spoil("another page", status, with(&|data| data["page"] = json!(7)));
    spoil("an item less", status, with(&|data| data["items"] = items(data).into_iter().skip(1).collect()));
    spoil(
        "an item twice",
        status,
        with(&|data| {
            let mut items = items(data);
            items.insert(0, items[0].clone());
            data["items"] = json!(items);
        }),
    );
    if json["data"]["items"].as_array().unwrap().len() > 1 {
        spoil(
            "the other way round",
            status,
            with(&|data| {
                data["items"] = items(data).into_iter().rev().collect();
            }),
        );
    }
    for (member, value) in
        [("stream", json!("other")), ("content", json!("x")), ("seq", json!(99)), ("at", json!(5))]
    {
        spoil(
            &format!("an item with another {member}"),
            status,
            with(&|data| {
                data["items"][0][member] = value.clone();
            }),
        );
    }
}

/// Two chats that nobody can say the order of, swapped for everybody.
fn swapped_for_everybody(right: &Transcript) -> Vec<Transcript> {
    let chats = |transcript: &Transcript, seq: i64, topic: &str| -> Vec<usize> {
        let is = |tick: &usize| {
            let frame = frame_of(&transcript.events[*tick]);
            frame.is_some_and(|f| f["code"] == 200 && f["seq"] == seq && f["topic"] == topic)
        };
        (0..transcript.events.len()).filter(is).collect()
    };
    let topic = right.topics[0].as_str();
    let mut all = Vec::new();
    for seq in 1..20 {
        let (ones, others) = (chats(right, seq, topic), chats(right, seq + 1, topic));
        let (Some(&first), true) = (ones.first(), ones.len() == others.len()) else { continue };
        let sender = |tick: usize| {
            let data: Value =
                serde_json::from_str(frame_of(&right.events[tick]).unwrap()["data"].as_str().unwrap())
                    .unwrap();
            (data["user"].as_str().unwrap().to_owned(), data["content"].as_str().unwrap().to_owned())
        };
        let (one, other) = (sender(first), sender(others[0]));
        let sent = |content: &str| {
            right
                .events
                .iter()
                .position(|event| matches!(&event.what, What::Sent { text, .. } if text.contains(content)))
        };
        let (Some(one_sent), Some(other_sent)) = (sent(&one.1), sent(&other.1)) else { continue };
        // Both were sent before anybody heard either, nothing stands between them, and they have two senders.
        let between = ones.iter().zip(&others).all(|(a, b)| {
            let line = right.events[*a].connection;
            !right.events[a + 1..*b].iter().any(|e| e.connection == line && frame_of(e).is_some())
        });
        if one.0 == other.0 || one_sent > first || other_sent > first || !between {
            continue;
        }
        let mut transcript = right.clone();
        for (a, b) in ones.iter().zip(&others) {
            let (mut one, mut other) =
                (frame_of(&right.events[*a]).unwrap(), frame_of(&right.events[*b]).unwrap());
            for member in ["seq", "at"] {
                let kept = one[member].take();
                one[member] = other[member].take();
                other[member] = kept;
            }
            transcript.events[*a].what = What::Received { text: other.to_string() };
            transcript.events[*b].what = What::Received { text: one.to_string() };
        }
        all.push(transcript);
    }
    all
}

async fn every_mutant_is_caught(url: &str, case: &Case) {
    let right = record(url, case).await;
    let judgement = judge(&right);
    assert!(judgement.findings.is_empty(), "a right run: {:#?}", judgement.findings);
    let mutants = mutants(&right);
    let escaped: Vec<&str> = mutants
        .iter()
        .filter(|mutant| judge(&mutant.transcript).findings.is_empty())
        .map(|mutant| mutant.what.as_str())
        .collect();
    assert!(escaped.is_empty(), "{} of {} escape: {escaped:#?}", escaped.len(), mutants.len());
    for transcript in swapped_for_everybody(&right) {
        let findings = judge(&transcript).findings;
        assert!(findings.is_empty(), "swapped for everybody: {findings:#?}");
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_may_be_spoilt_in_a_talk_is_seen() {
    let server = reference_server().await;
    every_mutant_is_caught(&server.url(), &talk()).await;
}
