//! Every mutation of one member of a valid frame is refused for what it is, about that member.

use proptest::prelude::*;
use roomwire_protocol::{ClientFrame, Request, arbitrary, code::Reason};
use serde_json::{Map, Value, json};

use crate::refusal;

/// Where a member stands: the objects on the way to it, each in a string or plain, and its name.
struct Place {
    way: &'static [Step],
    name: &'static str,
    needed: bool,
    wants: Wants,
}

#[derive(Clone, Copy)]
enum Step {
    Text(&'static str),
    Plain(&'static str),
}

#[derive(Clone, Copy, PartialEq)]
enum Wants {
    Text { min: usize, max: usize, control: bool },
    Integer,
    Object,
    Anything,
}

const ANY_TEXT: Wants = Wants::Text { min: 0, max: usize::MAX, control: true };
const NAME: Wants = Wants::Text { min: 1, max: 128, control: false };
const DISPLAY_NAME: Wants = Wants::Text { min: 0, max: 64, control: true };
const AVATAR: Wants = Wants::Text { min: 0, max: 512, control: true };
const PAYLOAD: &[Step] = &[Step::Text("payLoad")];
const SINCE: &[Step] = &[Step::Text("payLoad"), Step::Plain("since")];
const CHAT_INFO: &[Step] = &[Step::Text("payLoad"), Step::Text("chatInfo")];
const CONTENT: &[Step] = &[Step::Text("payLoad"), Step::Text("chatInfo"), Step::Text("content")];

const fn needed(way: &'static [Step], name: &'static str, wants: Wants) -> Place {
    Place { way, name, needed: true, wants }
}

const fn optional(way: &'static [Step], name: &'static str, wants: Wants) -> Place {
    Place { way, name, needed: false, wants }
}

/// The members that a request has a say about.
fn places(request: &Request<'_>) -> Vec<Place> {
    let mut places = vec![
        needed(&[], "token", ANY_TEXT),
        needed(&[], "type", Wants::Integer),
        needed(&[], "payLoad", ANY_TEXT),
        optional(&[], "id", Wants::Text { min: 1, max: 64, control: true }),
    ];
    if request.topic().is_some() {
        places.push(needed(PAYLOAD, "topic", NAME));
    }
    match request {
        Request::Chat(chat) => {
            places.extend([
                needed(PAYLOAD, "chatInfo", ANY_TEXT),
                needed(CHAT_INFO, "user", NAME),
                needed(CHAT_INFO, "content", ANY_TEXT),
                needed(CHAT_INFO, "type", ANY_TEXT),
                optional(CHAT_INFO, "displayName", DISPLAY_NAME),
                optional(CHAT_INFO, "avatarurl", AVATAR),
                optional(CHAT_INFO, "stream", ANY_TEXT),
                optional(CHAT_INFO, "createdat", ANY_TEXT),
            ]);
            match chat.chat_info.kind().name() {
                "question" => places.push(needed(CONTENT, "content", ANY_TEXT)),
                "answer" => places.extend([
                    needed(CONTENT, "question", ANY_TEXT),
                    needed(CONTENT, "answer", ANY_TEXT),
                    optional(CONTENT, "orgLogo", ANY_TEXT),
                    optional(CONTENT, "orgName", ANY_TEXT),
                ]),
                _ => {}
            }
        }
        Request::Join(join) => {
            places.extend([
                optional(PAYLOAD, "displayName", DISPLAY_NAME),
                optional(PAYLOAD, "avatarurl", AVATAR),
                optional(PAYLOAD, "since", Wants::Object),
            ]);
            if join.since.is_some() {
                places.extend([needed(SINCE, "epoch", ANY_TEXT), needed(SINCE, "seq", Wants::Integer)]);
            }
        }
        Request::Notice(_) => {
            places.extend([needed(PAYLOAD, "to", NAME), needed(PAYLOAD, "data", Wants::Anything)]);
        }
        _ => {}
    }
    places
}

/// What the member must not be; `None` removes it.
fn bad_values(place: &Place) -> Vec<Option<Value>> {
    let mut values = vec![];
    if place.needed {
        values.push(None);
    }
    if place.wants != Wants::Anything {
        values.extend([json!(null), json!(true), json!([]), json!(1.5)].map(Some));
    }
    match place.wants {
        Wants::Text { min, max, control } => {
            values.extend([json!(1), json!({})].map(Some));
            if min > 0 {
                values.push(Some(json!("")));
            }
            if max < usize::MAX {
                values.push(Some(json!("😀".repeat(max + 1))));
            }
            if !control {
                values.push(Some(json!("a\u{85}")));
            }
        }
        Wants::Integer => values.extend([json!("1"), json!({})].map(Some)),
        Wants::Object => values.extend([json!("{}"), json!(1)].map(Some)),
        Wants::Anything => {}
    }
    values
}

/// Puts a value in a place of a frame, or takes the member away.
fn put(object: &mut Map<String, Value>, way: &[Step], name: &str, value: Option<&Value>) {
    match way {
        [] => match value {
            Some(value) => drop(object.insert(name.to_owned(), value.clone())),
            None => drop(object.remove(name)),
        },
        [Step::Plain(step), rest @ ..] => {
            put(object[*step].as_object_mut().unwrap(), rest, name, value);
        }
        [Step::Text(step), rest @ ..] => {
            let mut inner = serde_json::from_str(object[*step].as_str().unwrap()).unwrap();
            put(&mut inner, rest, name, value);
            object[*step] = Value::from(Value::Object(inner).to_string());
        }
    }
}

/// The member as a fault names it.
fn path(place: &Place) -> String {
    let way = place.way.iter().map(|step| match step {
        Step::Text(name) | Step::Plain(name) => *name,
    });
    // A chatInfo is named by itself, wherever it stands.
    let way: Vec<_> = way.collect();
    let from = way.iter().position(|name| *name == "chatInfo").unwrap_or(0);
    way[from..].iter().copied().chain([place.name]).collect::<Vec<_>>().join(".")
}

fn check(frame: &ClientFrame<'_>, object: &Map<String, Value>, place: &Place, value: Option<&Value>) {
    let mut object = object.clone();
    put(&mut object, place.way, place.name, value);
    let text = Value::Object(object).to_string();
    let refusal = refusal(&text);
    let envelope = place.way.is_empty();
    let reason = if envelope { Reason::MalformedEnvelope } else { Reason::InvalidPayload };
    assert_eq!(refusal.reason(), reason, "{text}");
    assert_eq!(refusal.fault().unwrap().member(), path(place), "{text}");
    let number = frame.request.frame_type().number();
    assert_eq!(refusal.type_number(), if envelope && place.name == "type" { 0 } else { number }, "{text}");
    let id = frame.id.as_ref().filter(|_| !(envelope && place.name == "id"));
    assert_eq!(refusal.id(), id, "{text}");
    let topic = frame.request.topic().map(|topic| topic.to_shared());
    let unnamed = place.name == "topic" || place.name == "payLoad";
    assert_eq!(refusal.topic(), topic.as_ref().filter(|_| !unnamed), "{text}");
}

proptest! {
    #[test]
    fn every_mutation_of_one_member_is_refused_about_that_member(frame in arbitrary::client_frame()) {
        let object: Map<String, Value> = serde_json::from_str(&frame.encode()).unwrap();
        for place in places(&frame.request) {
            for value in bad_values(&place) {
                check(&frame, &object, &place, value.as_ref());
            }
        }
    }
}
