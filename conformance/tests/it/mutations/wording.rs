//! Something else stands in a frame.

use roomwire_conformance::transcript::{Event, Transcript, What};
use serde_json::{Value, json};

use super::place::has_losses;
use super::{Mutant, data_of, frame_of, place_of, received};

pub(super) fn mutate(right: &Transcript, tick: usize, frame: &Value, all: &mut Vec<Mutant>) {
    let mut spoil = |what: &str, spoilt: Value| {
        if !is_open(right, tick, frame, what) {
            all.push(Mutant::of(right, what, place_of(tick, frame), &|events| {
                events[tick].what = received(&spoilt);
            }));
        }
    };
    let with = |member: &str, value: Value| {
        let mut frame = frame.clone();
        frame[member] = value;
        frame
    };
    let without = |member: &str| {
        let mut frame = frame.clone();
        frame.as_object_mut().unwrap().remove(member);
        frame
    };
    spoil("another type", with("type", json!(9)));
    spoil("a type that is text", with("type", json!("1")));
    spoil("another code", with("code", json!(299)));
    spoil("data that is no text", with("data", json!({})));
    spoil("another id", with("id", json!("nobody's")));
    if frame.get("id").is_some() {
        spoil("no id", without("id"));
    }
    if frame["code"] == 200 {
        for (member, value) in [("seq", 1), ("seq", -1), ("at", 1)] {
            let number = frame[member].as_i64().unwrap();
            spoil(&format!("another {member}"), with(member, json!(number + value)));
            spoil(&format!("no {member}"), without(member));
        }
        spoil("another topic", with("topic", json!("elsewhere")));
        let data = frame["data"].as_str().unwrap();
        spoil("other words", with("data", json!(data.replace("] ", "] well, "))));
        spoil("another spelling", with("data", json!(data.replace("\"user\":", "\"user\": "))));
        spoil("words of nobody", with("data", json!(data.replace("[rw.", "[rx."))));
        return;
    }
    let Some(data) = data_of(frame) else {
        return spoil("data of its own", with("data", json!("{}")));
    };
    inside(&data, &mut |what, data| spoil(what, with("data", json!(data.to_string()))));
}

/// Whether nobody can say that this is wrong: what is said of numbers while all come at once, and what one alone has
/// heard of the time of a chat or of an epoch.
fn is_open(right: &Transcript, tick: usize, frame: &Value, what: &str) -> bool {
    let is_settled = |event: &Event| matches!(event.what, What::Settled { .. });
    let first_settled = right.events.iter().position(is_settled).unwrap();
    let frames = || right.events.iter().filter_map(frame_of);
    match what {
        "a higher count" => frame["code"] == 206 && (tick < first_settled || has_losses(right)),
        "another at" => frames().filter(|other| other["data"] == frame["data"]).count() == 1,
        "another epoch" => {
            let topic = data_of(frame).unwrap()["topic"].clone();
            let joined = |other: &Value| other["code"] == 201 && data_of(other).unwrap()["topic"] == topic;
            frames().filter(joined).count() == 1
        }
        _ => false,
    }
}

/// What may be wrong within the data of a frame that is no chat.
fn inside(data: &Value, spoil: &mut dyn FnMut(&str, Value)) {
    let mut spoil = |what: &str, change: &dyn Fn(&mut Value)| {
        let mut data = data.clone();
        change(&mut data);
        spoil(what, data);
    };
    let has = |member: &str| data.get(member).is_some();
    if has("topic") {
        spoil("another topic inside", &|data| data["topic"] = json!("elsewhere"));
    }
    if has("limits") {
        joined(data, &mut spoil);
    } else if has("users") {
        list(&mut spoil);
    } else if has("count") {
        change(&mut spoil);
    } else if has("reason") {
        spoil("another reason", &|data| data["reason"] = json!("wrong_user"));
        spoil("no reason", &|data| remove(data, "reason"));
    } else if has("from") {
        spoil("another sender", &|data| data["from"] = json!("somebody"));
        spoil("another value", &|data| {
            let text = data["data"].to_string().replace("list", "last").replace("to me", "for me");
            data["data"] = serde_json::from_str(&text).unwrap();
        });
    } else if has("to") {
        spoil("another target", &|data| data["to"] = json!("somebody"));
    }
}

fn remove(data: &mut Value, member: &str) {
    data.as_object_mut().unwrap().remove(member);
}

type Spoil<'a> = dyn FnMut(&str, &dyn Fn(&mut Value)) + 'a;

fn joined(data: &Value, spoil: &mut Spoil<'_>) {
    spoil("another user", &|data| data["user"] = json!("somebody"));
    spoil("a higher seq", &|data| data["seq"] = json!(data["seq"].as_i64().unwrap() + 1));
    spoil("another version", &|data| data["version"] = json!(2));
    spoil("no core", &|data| data["profiles"] = json!(["presence"]));
    spoil("no limit", &|data| data["limits"]["maxTopics"] = json!(0));
    spoil("no epoch", &|data| remove(data, "epoch"));
    spoil("another epoch", &|data| data["epoch"] = json!("another"));
    if let Some(recovered) = data["recovered"].as_bool() {
        spoil("the other recovered", &|data| data["recovered"] = json!(!recovered));
        spoil("recovered in words", &|data| data["recovered"] = json!(recovered.to_string()));
        spoil("no recovered", &|data| remove(data, "recovered"));
    }
}

fn list(spoil: &mut Spoil<'_>) {
    spoil("a higher count", &|data| data["count"] = json!(data["count"].as_i64().unwrap() + 1));
    spoil("one user less", &|data| drop(data["users"].as_array_mut().unwrap().pop()));
    spoil("a stranger", &|data| data["users"][0] = json!({"user": "a stranger"}));
    spoil("a user twice", &|data| {
        let users = data["users"].as_array_mut().unwrap();
        users.push(users[0].clone());
    });
    spoil("truncated", &|data| data["truncated"] = json!(true));
}

fn change(spoil: &mut Spoil<'_>) {
    spoil("a higher count", &|data| data["count"] = json!(data["count"].as_i64().unwrap() + 1));
    spoil("both at once", &|data| {
        data["joined"] = json!([{"user": "x"}]);
        data["left"] = json!([{"user": "x"}]);
    });
    spoil("somebody else", &|data| {
        let member = if data["joined"].is_array() { "joined" } else { "left" };
        data[member] = json!([{"user": "a stranger"}]);
    });
}
