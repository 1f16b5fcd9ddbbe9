//! Faults against chapter 14: what becomes of chats in the history that were sent again under their ids.

use std::{
    collections::HashMap,
    sync::{Arc, Mutex, PoisonError},
};

use serde_json::Value;

use super::{
    Fault,
    behaviour::{Behaviour, on, on_http},
    dedupe::Sayings,
    history::READ,
    http::{Passing, percent_decoded},
    world::ConnectionId,
};

pub(super) const FAULTS: &[Fault] = &[
    Fault {
        name: "repeats-recorded-again",
        breaks: &["HIST-12", "HIST-10", "RES-12"],
        about: "A repeat is answered as it must be, and stands in the history as one chat more.",
        behaviour: || {
            with_repeats(|data, repeats| {
                let again = repeats.iter().map(|repeat| repeat.first.clone());
                data["items"].as_array_mut()?.extend(again);
                count(data, repeats.len())
            })
        },
    },
    Fault {
        name: "repeats-recorded-in-their-own-words",
        breaks: &["HIST-8", "RES-12"],
        about: "A repeat takes the place of the first chat in the history, with its own text.",
        behaviour: || {
            with_repeats(|data, repeats| {
                for item in data["items"].as_array_mut()? {
                    let of_item = repeats.iter().rfind(|repeat| repeat.first["seq"] == item["seq"]);
                    *item = of_item.map_or_else(|| item.clone(), |repeat| repeat.in_its_own_words());
                }
                Some(())
            })
        },
    },
    Fault {
        name: "repeats-counted",
        breaks: &["HIST-12"],
        about: "The total counts repeats, though no page shows them.",
        behaviour: || with_repeats(|data, repeats| count(data, repeats.len())),
    },
];

/// A repeat of a chat with a stream.
struct Repeat {
    /// The first chat, as an item of the history.
    first: Value,
    /// The chatInfo of the repeat.
    own: Value,
}

impl Repeat {
    fn in_its_own_words(&self) -> Value {
        let mut item = self.own.clone();
        for name in ["topic", "seq", "at"] {
            item[name] = self.first[name].clone();
        }
        item
    }
}

/// The data of pages is altered, with the repeats that have been answered and are of the stream.
fn with_repeats(edit: fn(&mut Value, &[&Repeat]) -> Option<()>) -> Behaviour {
    let answered: Arc<Mutex<Vec<Repeat>>> = Arc::default();
    let known = Arc::clone(&answered);
    let read = on_http(move |_, passing| {
        let Passing::Answer(request, answer) = passing else { return };
        let mut json = answer.json();
        let stream =
            request.query().into_iter().find(|(name, _)| name == "stream").map(|it| percent_decoded(&it.1));
        if request.asks("GET", READ) && answer.status() == 200 {
            let known = known.lock().unwrap_or_else(PoisonError::into_inner);
            let of_stream = |it: &&Repeat| it.first["stream"].as_str() == stream.as_deref();
            let repeats: Vec<_> = known.iter().filter(of_stream).collect();
            edit(&mut json["data"], &repeats);
            answer.set_json(&json);
        }
    });
    let mut sayings = Sayings::default();
    let mut latest: HashMap<ConnectionId, Value> = HashMap::new();
    let listen = on(move |world, seen| {
        sayings.note(world, seen);
        if seen.asks(2) {
            latest.insert(seen.connection, seen.chat());
        } else if sayings.repeat(seen).is_some() && seen.inner["stream"].is_string() {
            let mut first = seen.inner.clone();
            for name in ["topic", "seq", "at"] {
                first[name] = seen.json[name].clone();
            }
            let own = latest.get(&seen.connection).cloned().unwrap_or_default();
            answered.lock().unwrap_or_else(PoisonError::into_inner).push(Repeat { first, own });
        }
        None
    });
    Behaviour { http: read.http, ..listen }
}

/// Adds to the total of a page.
fn count(data: &mut Value, more: usize) -> Option<()> {
    data["total"] = (data["total"].as_u64()? + u64::try_from(more).ok()?).into();
    Some(())
}
