//! Whole stories that are wrong from one point on: more than one frame has to be changed to tell them.

use roomwire_conformance::transcript::{Event, Transcript, What};
use serde_json::{Value, json};

use super::{Mutant, data_of, end, frame_of, place_of, received};

pub(super) fn mutate(right: &Transcript, all: &mut Vec<Mutant>) {
    for tick in 0..end(right) {
        if let Some(frame) = frame_of(&right.events[tick]) {
            if frame["code"] == 201 {
                mutate_replay(right, tick, &frame, all);
            } else if frame["code"] == 200 && heard_before(right, tick, &frame) {
                mutate_repeat(right, tick, &frame, all);
            }
        }
        if let What::HttpAnswered { status: 200, body, .. } = &right.events[tick].what {
            mutate_question(right, tick, body, all);
        }
    }
}

/// The chats of a topic that a connection gets behind this tick: their ticks, and their numbers.
fn chats_behind(right: &Transcript, tick: usize, topic: &Value) -> Vec<(usize, i64)> {
    let connection = right.events[tick].connection;
    let behind = (tick + 1..right.events.len()).filter(|at| right.events[*at].connection == connection);
    behind
        .filter_map(|at| {
            let frame = frame_of(&right.events[at])?;
            (frame["code"] == 200 && frame["topic"] == *topic).then(|| (at, frame["seq"].as_i64().unwrap()))
        })
        .collect()
}

/// What is replayed is not what the 201 says, or comes where it must not.
fn mutate_replay(right: &Transcript, tick: usize, frame: &Value, all: &mut Vec<Mutant>) {
    let data = data_of(frame).unwrap();
    let (topic, last) = (&data["topic"], data["seq"].as_i64().unwrap());
    let behind = chats_behind(right, tick, topic);
    let missed: Vec<(usize, i64)> = behind.iter().copied().take_while(|(_, seq)| *seq <= last).collect();
    let live = behind.iter().map(|(at, _)| *at).nth(missed.len());
    let mut spoil = |what: &str, spoil: &dyn Fn(&mut Vec<Event>)| {
        all.push(Mutant::of(right, what, place_of(tick, frame), spoil));
    };
    let first = missed.first().map_or(last, |(_, seq)| seq - 1);
    let older = right.events[..tick].iter().find(|event| {
        let chat = frame_of(event).filter(|chat| chat["code"] == 200 && chat["topic"] == *topic);
        chat.is_some_and(|chat| chat["seq"] == first)
    });
    if let Some(older) = older {
        let what = match data["recovered"].as_bool() {
            Some(true) => "the replay of a chat too many",
            _ => "a replay that was not announced",
        };
        let at = missed.first().map_or(tick + 1, |(at, _)| *at);
        spoil(what, &|events| {
            let connection = events[tick].connection;
            events.insert(at, Event { connection, ..older.clone() });
        });
    }
    let Some(((start, _), (stop, _))) = missed.first().copied().zip(missed.last().copied()) else { return };
    spoil("the loss of all that was missed", &|events| {
        for (at, _) in missed.iter().rev() {
            events.remove(*at);
        }
    });
    if missed.len() > 1 {
        spoil("the loss of all but the first of what was missed", &|events| {
            for (at, _) in missed[1..].iter().rev() {
                events.remove(*at);
            }
        });
    }
    spoil("the replay before the 201", &|events| {
        let chat = events.remove(start);
        events.insert(tick, chat);
    });
    if let Some(live) = live {
        spoil("the replay behind a live chat", &|events| {
            let chat = events.remove(stop);
            events.insert(live, chat);
        });
    }
    let strangers =
        members(right, tick, topic).into_iter().find(|other| Some(*other) != right.events[tick].connection);
    if let Some(other) = strangers {
        spoil("the replay to another member", &|events| {
            events.insert(start, Event { connection: Some(other), ..events[start].clone() });
        });
    }
}

/// Whether a chat is the answer to a repeat: it had been said before all settled last, and its sender has sent its id
/// since.
fn heard_before(right: &Transcript, tick: usize, frame: &Value) -> bool {
    let Some(id) = frame["id"].as_str() else { return false };
    let is_settled = |event: &Event| matches!(event.what, What::Settled { .. });
    let settled = right.events[..tick].iter().rposition(is_settled).unwrap_or(0);
    let said = right.events[..settled].iter().filter_map(frame_of);
    let connection = right.events[tick].connection;
    let sent = right.events[settled..tick].iter().filter(|event| event.connection == connection);
    said.into_iter().any(|other| other["code"] == 200 && other["data"] == frame["data"])
        && sent.into_iter().any(|event| matches!(&event.what, What::Sent { text, .. } if text.contains(id)))
}

/// The connections that are in a topic at a tick.
fn members(right: &Transcript, tick: usize, topic: &Value) -> Vec<usize> {
    let mut members = Vec::new();
    for event in &right.events[..tick] {
        let Some(connection) = event.connection else { continue };
        let of_topic =
            frame_of(event).filter(|frame| data_of(frame).is_some_and(|data| data["topic"] == *topic));
        match of_topic.and_then(|frame| frame["code"].as_i64()) {
            Some(201) if !members.contains(&connection) => members.push(connection),
            Some(204) => members.retain(|member| *member != connection),
            _ if matches!(event.what, What::Ended { .. } | What::Leaving { .. }) => {
                members.retain(|member| *member != connection);
            }
            _ => {}
        }
    }
    members
}

/// A chat that was sent once more is said again, or told to others, or refused.
fn mutate_repeat(right: &Transcript, tick: usize, frame: &Value, all: &mut Vec<Mutant>) {
    let connection = right.events[tick].connection;
    let id = frame["id"].as_str().unwrap();
    let sent = right.events[..tick].iter().rev().find_map(|event| match &event.what {
        What::Sent { text, .. } if event.connection == connection && text.contains(id) => Some(text),
        _ => None,
    });
    let Some(sent) = sent else { return };
    let payload: Value =
        serde_json::from_str(serde_json::from_str::<Value>(sent).unwrap()["payLoad"].as_str().unwrap())
            .unwrap();
    let topic = &frame["topic"];
    let others = members(right, tick, topic).into_iter().filter(|member| Some(*member) != connection);
    let others: Vec<usize> = others.collect();
    let mut spoil = |what: &str, spoil: &dyn Fn(&mut Vec<Event>)| {
        all.push(Mutant::of(right, what, place_of(tick, frame), spoil));
    };
    spoil("a repeat that the others hear as well", &|events| {
        let copy = events[tick].clone();
        for other in &others {
            events.insert(tick + 1, Event { connection: Some(*other), ..copy.clone() });
        }
    });
    spoil("a repeat that one other hears as well", &|events| {
        events.insert(tick + 1, Event { connection: Some(others[0]), ..events[tick].clone() });
    });
    let refusal = json!({"type": 2, "code": 422, "id": id, "topic": topic,
        "data": json!({"reason": "invalid_payload"}).to_string()});
    spoil("a repeat that is refused", &|events| events[tick].what = received(&refusal));
    let mut own_words = frame.clone();
    own_words["data"] = payload["chatInfo"].clone();
    spoil("a repeat that is answered with its own words", &|events| events[tick].what = received(&own_words));
    let last = right.events[..tick].iter().filter_map(frame_of).filter(|chat| chat["topic"] == *topic);
    let last = last.filter_map(|chat| chat["seq"].as_i64()).max().unwrap();
    let said_again = |text: &Value| {
        let mut again = frame.clone();
        (again["data"], again["seq"]) = (text.clone(), json!(last + 1));
        let others = &others;
        move |events: &mut Vec<Event>| {
            renumber(&mut events[tick + 1..], topic, last, 1);
            events[tick].what = received(&again);
            let copy = events[tick].clone();
            for other in others {
                events.insert(tick + 1, Event { connection: Some(*other), ..copy.clone() });
            }
        }
    };
    spoil("a repeat that is said again", &said_again(&payload["chatInfo"]));
    spoil("a repeat whose first text is said again", &said_again(&frame["data"]));
}

/// All numbers of a topic above this one become so much higher.
fn renumber(events: &mut [Event], topic: &Value, above: i64, by: i64) {
    let raise = |value: &mut Value, least: i64| {
        if let Some(seq) = value.as_i64().filter(|seq| *seq >= least) {
            *value = json!(seq + by);
        }
    };
    for event in events {
        if let Some(mut frame) = frame_of(event) {
            if frame["code"] == 200 && frame["topic"] == *topic {
                raise(&mut frame["seq"], above + 1);
            } else if frame["code"] == 201 {
                let mut data = data_of(&frame).unwrap();
                if data["topic"] == *topic {
                    raise(&mut data["seq"], above);
                    frame["data"] = json!(data.to_string());
                }
            }
            event.what = received(&frame);
        }
        if let What::HttpAnswered { body, .. } = &mut event.what {
            let mut json: Value = serde_json::from_str(body).unwrap();
            let items = json["data"]["items"].as_array_mut().into_iter().flatten();
            for item in items.filter(|item| item["topic"] == *topic) {
                raise(&mut item["seq"], above + 1);
            }
            if json["data"]["topic"] == *topic {
                raise(&mut json["data"]["seq"], above + 1);
            }
            *body = json.to_string();
        }
    }
}

/// A question is answered and not said, or said and refused.
fn mutate_question(right: &Transcript, tick: usize, body: &str, all: &mut Vec<Mutant>) {
    let answer: Value = serde_json::from_str(body).unwrap();
    let (topic, Some(seq)) = (&answer["data"]["topic"], answer["data"]["seq"].as_i64()) else { return };
    let is_copy = |event: &Event| {
        frame_of(event)
            .is_some_and(|chat| chat["code"] == 200 && chat["topic"] == *topic && chat["seq"] == seq)
    };
    let of = format!("the question with seq {seq}");
    all.push(Mutant::of(right, "a question that is said to nobody", of.clone(), &|events| {
        let first = events.iter().position(is_copy).unwrap();
        events.retain(|event| !is_copy(event));
        renumber(&mut events[first..], topic, seq, -1);
        for event in events {
            let What::HttpAnswered { body, .. } = &mut event.what else { continue };
            let mut json: Value = serde_json::from_str(body).unwrap();
            let Some(items) = json["data"]["items"].as_array_mut() else { continue };
            let count = items.len();
            items.retain(|item| item["seq"] != seq || item["topic"] != *topic);
            if items.len() < count {
                json["data"]["total"] = json!(json["data"]["total"].as_i64().unwrap() - 1);
            }
            *body = json.to_string();
        }
    }));
    all.push(Mutant::of(right, "a question that is refused and said", of.clone(), &|events| {
        if let What::HttpAnswered { status, body, .. } = &mut events[tick].what {
            let refusal = json!({"code": 503, "data": {"reason": "unavailable"}});
            (*status, *body) = (503, refusal.to_string());
        }
    }));
    let mut reword = |what: &str, change: &dyn Fn(&mut Value)| {
        all.push(Mutant::of(right, what, of.clone(), &|events| {
            for event in events.iter_mut().filter(|event| is_copy(event)) {
                let mut chat = frame_of(event).unwrap();
                let mut data = data_of(&chat).unwrap();
                change(&mut data);
                chat["data"] = json!(data.to_string());
                event.what = received(&chat);
            }
        }));
    };
    reword("a question of another user", &|data| data["user"] = json!("somebody"));
    reword("a question in another stream", &|data| data["stream"] = json!("elsewhere"));
    reword("a question as a message", &|data| data["type"] = json!("message"));
    reword("a question in other words", &|data| {
        data["content"] = json!(data["content"].as_str().unwrap().replace("] ", "] well, "));
    });
    reword("a question that is no JSON", &|data| {
        let content: Value = serde_json::from_str(data["content"].as_str().unwrap()).unwrap();
        data["content"] = content["content"].clone();
    });
    all.push(Mutant::of(right, "a question with an id", of, &|events| {
        for event in events.iter_mut().filter(|event| is_copy(event)) {
            let mut chat = frame_of(event).unwrap();
            chat["id"] = json!("q-1");
            event.what = received(&chat);
        }
    }));
}
