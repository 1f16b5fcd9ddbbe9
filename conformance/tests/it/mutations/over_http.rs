//! Something else is answered over HTTP, or nothing at all.

use std::cell::RefCell;

use roomwire_conformance::transcript::{Transcript, What};
use serde_json::{Value, json};

use super::{Mutant, data_of, frame_of};

pub(super) fn mutate(right: &Transcript, tick: usize, all: &mut Vec<Mutant>) {
    let What::HttpAnswered { exchange, client, status, headers, body } = &right.events[tick].what else {
        return;
    };
    let (exchange, client, status) = (*exchange, *client, *status);
    let of = format!("an HTTP answer {status} at tick {tick}");
    let all = RefCell::new(all);
    let put = |what: &str, event: What| {
        let spoil = |events: &mut Vec<_>| {
            let events: &mut Vec<roomwire_conformance::transcript::Event> = events;
            events[tick].what = event.clone();
        };
        all.borrow_mut().push(Mutant::of(right, what, of.clone(), &spoil));
    };
    let answer = |status, headers: &[(String, String)], body: &Value| What::HttpAnswered {
        exchange,
        client,
        status,
        headers: headers.to_vec(),
        body: body.to_string(),
    };
    let json: Value = serde_json::from_str(body).unwrap();
    put("no answer", What::HttpFailed { exchange, client, why: "the connection was closed".into() });
    put("no content type", answer(status, &[], &json));
    put("another status", answer(201, headers, &json));
    let spoil = |what: &str, change: &dyn Fn(&mut Value)| {
        let mut json = json.clone();
        change(&mut json);
        put(what, answer(status, headers, &json));
    };
    spoil("another code in the body", &|json| json["code"] = json!(299));
    spoil("no code", &|json| drop(json.as_object_mut().unwrap().remove("code")));
    spoil("data that is no object", &|json| json["data"] = json!("{}"));
    let data = &json["data"];
    if status != 200 {
        spoil("another reason in an error", &|json| json["data"]["reason"] = json!("wrong_user"));
        spoil("no reason in an error", &|json| json["data"] = json!({}));
        let accepted = json!({"code": 200, "data": {"topic": right.topics[0], "seq": 99}});
        put("an acceptance of what is wrong", answer(200, headers, &accepted));
        return;
    }
    let refusal = json!({"code": 422, "data": {"reason": "invalid_payload"}});
    if data["items"].is_array() {
        put("a refusal of what is right", answer(422, headers, &refusal));
        let items = |change: &dyn Fn(&mut Vec<Value>)| {
            let mut json = json.clone();
            change(json["data"]["items"].as_array_mut().unwrap());
            json
        };
        mutate_page(data, &spoil);
        mutate_items(data["items"].as_array().unwrap(), &|what, change| {
            put(what, answer(status, headers, &items(change)));
        });
        if let Some(others) = other_end(right, tick, data) {
            put(
                "the other end of the stream",
                answer(status, headers, &items(&|items| items.clone_from(&others))),
            );
        }
        for (what, stranger) in strangers(right, tick, data) {
            spoil(what, &|json| {
                json["data"]["total"] = json!(json["data"]["total"].as_i64().unwrap() + 1);
                json["data"]["items"].as_array_mut().unwrap().push(stranger.clone());
            });
        }
    } else {
        for (member, value) in
            [("seq", json!(data["seq"].as_i64().unwrap() + 1)), ("topic", json!("elsewhere"))]
        {
            spoil(&format!("another {member} of a question"), &|json| json["data"][member] = value.clone());
            spoil(&format!("no {member} of a question"), &|json| {
                json["data"].as_object_mut().unwrap().remove(member);
            });
        }
    }
}

/// Takes what is done to a value, under a name.
type Spoil<'a, T> = &'a dyn Fn(&str, &dyn Fn(&mut T));

fn mutate_page(data: &Value, spoil: Spoil<'_, Value>) {
    for (member, more) in [("total", 1), ("total", -1), ("page", 6), ("resultsPerPage", 1)] {
        let number = data[member].as_i64().unwrap();
        let what = format!("{} {member}", if more > 0 { "a higher" } else { "a lower" });
        if number + more >= 0 {
            spoil(&what, &|json| json["data"][member] = json!(number + more));
        }
        spoil(&format!("no {member}"), &|json| drop(json["data"].as_object_mut().unwrap().remove(member)));
    }
    spoil("no items", &|json| json["data"]["items"] = json!({}));
}

fn mutate_items(items: &[Value], spoil: Spoil<'_, Vec<Value>>) {
    let Some(first) = items.first() else { return };
    spoil("an item less", &|items| drop(items.remove(0)));
    spoil("an item twice", &|items| items.insert(0, items[0].clone()));
    spoil("an item in the place of the next", &|items| {
        let last = items.len() - 1;
        items[last] = items[0].clone();
        if last == 0 {
            items.push(items[0].clone());
        }
    });
    if items.len() > 1 {
        spoil("the other way round", &|items| items.reverse());
        spoil("two items in the wrong order", &|items| items.swap(0, 1));
    }
    for (member, value) in [
        ("stream", json!("other")),
        ("content", json!("x")),
        ("content", json!(first["content"].as_str().unwrap().replace("] ", "] well, "))),
        ("user", json!("somebody")),
        ("topic", json!("elsewhere")),
        ("seq", json!(99)),
        ("at", json!(5)),
        ("type", json!(if first["type"] == "answer" { "question" } else { "answer" })),
    ] {
        spoil(&format!("another {member} in an item"), &|items| items[0][member] = value.clone());
        spoil(&format!("no {member} in an item"), &|items| {
            items[0].as_object_mut().unwrap().remove(member);
        });
    }
}

/// Items that have no place on a page: a chat of another stream under its own name and under that of the page, one that
/// was refused, and the items of the other end of the stream.
fn strangers(right: &Transcript, tick: usize, page: &Value) -> Vec<(&'static str, Value)> {
    let mut all = Vec::new();
    let Some(first) = page["items"].get(0) else { return all };
    let chats = right.events[..tick].iter().filter_map(frame_of).filter(|frame| frame["code"] == 200);
    let mut others = chats.filter_map(|frame| {
        let mut item = data_of(&frame)?;
        for member in ["topic", "seq", "at"] {
            item[member] = frame[member].clone();
        }
        (item["stream"] != first["stream"] && item["stream"].is_string()).then_some(item)
    });
    if let Some(mut other) = others.next_back() {
        all.push(("a chat of another stream", other.clone()));
        other["stream"] = first["stream"].clone();
        all.push(("a chat of another stream under another name", other));
    }
    let refused = right.events.iter().find_map(|event| match &event.what {
        What::Sent { text, focus: true, .. } => {
            let payload: Value =
                serde_json::from_str(serde_json::from_str::<Value>(text).ok()?["payLoad"].as_str()?).ok()?;
            serde_json::from_str::<Value>(payload["chatInfo"].as_str()?).ok()
        }
        _ => None,
    });
    if let Some(mut refused) = refused.filter(|refused| refused["stream"] == first["stream"]) {
        for member in ["topic", "at"] {
            refused[member] = first[member].clone();
        }
        refused["seq"] = json!(99);
        all.push(("a chat that was refused", refused));
    }
    all
}

/// As many items as the page has from the other end of the stream, where some page shows all of it.
fn other_end(right: &Transcript, tick: usize, page: &Value) -> Option<Vec<Value>> {
    let items = page["items"].as_array()?;
    let whole = right.events[..=tick].iter().find_map(|event| {
        let What::HttpAnswered { body, .. } = &event.what else { return None };
        let data = serde_json::from_str::<Value>(body).ok()?["data"].take();
        let all = data["items"].as_array()?.clone();
        let alike = data["total"] == page["total"] && data["total"] == all.len();
        (alike && all.len() > items.len() && all.first()?["stream"] == items.first()?["stream"])
            .then_some(all)
    })?;
    let others = if whole.starts_with(items) {
        whole[whole.len() - items.len()..].to_vec()
    } else {
        whole[..items.len()].to_vec()
    };
    Some(others)
}
