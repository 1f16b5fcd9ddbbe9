//! What is as good as the right run, and must not be flagged.

use roomwire_conformance::transcript::{Event, Transcript, What};
use serde_json::{Value, json};

use super::{data_of, frame_of, received};

/// Transcripts that no check may object to, and what was done to each.
pub(super) fn mutants(right: &Transcript) -> Vec<(String, Transcript)> {
    let mut all = Vec::new();
    for transcript in swapped_for_everybody(right) {
        all.push(("two chats swapped for everybody".to_owned(), transcript));
    }
    // Of what came in on two connections at a time nobody can say which was sent first.
    for tick in 1..right.events.len() {
        let [one, other] = [tick - 1, tick].map(|tick| &right.events[tick]);
        if comes_in(one) && comes_in(other) && one.connection != other.connection {
            let mut transcript = right.clone();
            transcript.events.swap(tick - 1, tick);
            all.push((format!("the arrivals at ticks {} and {tick} swapped", tick - 1), transcript));
        }
    }
    let of_all = |change: &dyn Fn(&mut Event)| {
        let mut transcript = right.clone();
        transcript.events.iter_mut().for_each(change);
        transcript
    };
    all.push(("members of the server's own in every object".to_owned(), of_all(&grow)));
    all.push(("every document spelled otherwise".to_owned(), of_all(&respell)));
    all.push(("every list the other way round".to_owned(), of_all(&turn_lists)));
    all
}

fn comes_in(event: &Event) -> bool {
    matches!(event.what, What::Received { .. } | What::HttpAnswered { .. })
}

/// Changes the documents of what a server sends: the frame, what is in its data where it is no chat, and the body of
/// an answer over HTTP.
fn rewrite(event: &mut Event, write: &dyn Fn(&Value) -> String, change: &dyn Fn(&mut Value)) {
    if let Some(mut frame) = frame_of(event) {
        if let Some(mut data) = data_of(&frame).filter(|_| frame["code"] != 200) {
            change(&mut data);
            frame["data"] = json!(write(&data));
        }
        change(&mut frame);
        event.what = What::Received { text: write(&frame) };
    }
    if let What::HttpAnswered { body, .. } = &mut event.what {
        let mut json: Value = serde_json::from_str(body).unwrap();
        change(&mut json);
        *body = write(&json);
    }
}

/// A server may add members of its own to any object that it writes (GROW-1).
fn grow(event: &mut Event) {
    fn add(value: &mut Value) {
        match value {
            Value::Object(members) => {
                members.values_mut().for_each(add);
                members.insert("x-node".into(), json!({"b": [1, null]}));
            }
            Value::Array(values) => values.iter_mut().for_each(add),
            _ => {}
        }
    }
    // What a notice carries is its sender's.
    if frame_of(event).is_none_or(|frame| frame["code"] != 203) {
        rewrite(event, &Value::to_string, &add);
    }
}

/// White space between members means nothing, and neither does their order, which is that of the alphabet here.
fn respell(event: &mut Event) {
    rewrite(event, &|value| format!(" \n{value:#}\t\r\n"), &|_| ());
}

/// Users on a list, and those who came and went at once, have no order.
fn turn_lists(event: &mut Event) {
    rewrite(event, &Value::to_string, &|value| {
        for member in ["users", "joined", "left"] {
            if let Some(users) = value.get_mut(member).and_then(Value::as_array_mut) {
                users.reverse();
            }
        }
    });
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
            let data = data_of(&frame_of(&right.events[tick]).unwrap()).unwrap();
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
            a < b && !right.events[a + 1..*b].iter().any(|e| e.connection == line && frame_of(e).is_some())
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
            transcript.events[*a].what = received(&other);
            transcript.events[*b].what = received(&one);
        }
        all.push(transcript);
    }
    all
}
