//! Faults against chapter 14 that are about every request over HTTP: tokens, the form of answers, and who may read what
//! and when. Those of pages are in [`super::pages`], those of parameters in [`super::queries`], and those about questions
//! in [`super::questions`].

use std::{
    collections::HashSet,
    sync::{Arc, Mutex, PoisonError},
    time::{Duration, SystemTime, UNIX_EPOCH},
};

use serde_json::{Value, json};

use super::{
    Fault,
    behaviour::{Behaviour, on, on_http, without},
    http::{Message, Passing, percent_decoded},
    world::World,
};

pub(super) const FAULTS: &[Fault] = &[
    Fault {
        name: "history-token-needs-a-scheme",
        breaks: &["HIST-1"],
        about: "A history request needs the word Bearer before its token.",
        behaviour: || {
            edit_request(|_, request| {
                let token = request
                    .header("authorization")
                    .and_then(|it| it.strip_prefix("Bearer "))
                    .map(str::to_owned);
                request.set_header("Authorization", token.as_deref());
            })
        },
    },
    Fault {
        name: "history-token-without-its-first-word",
        breaks: &["HIST-1"],
        about: "Of a token with a space in it only what is behind that is taken.",
        behaviour: || {
            edit_request(|_, request| {
                let token = request
                    .header("authorization")
                    .and_then(|it| it.split_once(' '))
                    .map(|it| it.1.to_owned());
                if let Some(token) = token {
                    request.set_header("Authorization", Some(&token));
                }
            })
        },
    },
    Fault {
        name: "history-for-everybody",
        breaks: &["HIST-2"],
        about: "A history request without a token is answered as one with a good token.",
        behaviour: || {
            edit_request(|_, request| {
                if request.header("authorization").is_none_or(str::is_empty) {
                    request.set_header("Authorization", Some("nobody in particular"));
                }
            })
        },
    },
    Fault {
        name: "history-for-any-token",
        breaks: &["HIST-2"],
        about: "A history request with a token that stands for nobody is answered.",
        behaviour: || {
            edit_request(|world, request| {
                // No user's token is that long.
                let unknown = request.header("authorization").is_some_and(|it| it.len() > 128);
                let member = world.all().find(|(_, connection)| connection.accepted).filter(|_| unknown);
                if let Some((_, member)) = member {
                    request.set_header("Authorization", Some(&member.token.0));
                }
            })
        },
    },
    Fault {
        name: "history-checks-the-query-before-the-token",
        breaks: &["HIST-2"],
        about: "A history request with two faults is answered with 422 though its token is missing.",
        behaviour: || {
            edit_answer(|_, request, answer| {
                let page = request.query().into_iter().find(|(name, _)| name == "page").map(|it| it.1);
                let bad = page.is_some_and(|it| it.parse::<u64>().unwrap_or_default() == 0);
                if answer.status() == 401
                    && (bad || request.start.starts_with("POST") && !request.json().is_object())
                {
                    answer_error(answer, 422, "invalid_payload");
                }
            })
        },
    },
    Fault {
        name: "history-without-a-token-forbidden",
        breaks: &["HIST-2"],
        about: "A history request without a token is answered with 403.",
        behaviour: || {
            edit_answer(|_, _, answer| {
                if answer.status() == 401 {
                    answer_error(answer, 403, "not_joined");
                }
            })
        },
    },
    Fault {
        name: "history-answer-without-code",
        breaks: &["HIST-3"],
        about: "A history answer has no code.",
        behaviour: || edit_json(|_, _, json| without(json, "code")),
    },
    Fault {
        name: "history-code-as-text",
        breaks: &["HIST-3"],
        about: "The code of a history answer is a string.",
        behaviour: || edit_json(|_, _, json| json["code"] = json["code"].to_string().into()),
    },
    Fault {
        name: "history-code-0",
        breaks: &["HIST-3"],
        about: "The code of a history answer with status 200 is 0.",
        behaviour: || {
            edit_json(|_, status, json| {
                if status == 200 {
                    json["code"] = 0.into();
                }
            })
        },
    },
    Fault {
        name: "history-data-as-text",
        breaks: &["HIST-3"],
        about: "The data of a history answer is the text of its JSON, as in a frame.",
        behaviour: || edit_json(|_, _, json| json["data"] = json["data"].to_string().into()),
    },
    Fault {
        name: "history-answer-bare",
        breaks: &["HIST-3"],
        about: "A history answer is what should be its data.",
        behaviour: || edit_json(|_, _, json| *json = json["data"].take()),
    },
    Fault {
        name: "history-status-always-200",
        breaks: &["HIST-3", "HIST-2", "HIST-14"],
        about: "A history answer has the status 200 whatever its code.",
        behaviour: || edit_answer(|_, _, answer| answer.set_status(200)),
    },
    Fault {
        name: "history-error-without-reason",
        breaks: &["HIST-4"],
        about: "A history error has no reason.",
        behaviour: || {
            edit_json(|_, status, json| {
                if status >= 400 {
                    without(&mut json["data"], "reason");
                }
            })
        },
    },
    Fault {
        name: "history-error-in-words",
        breaks: &["HIST-4"],
        about: "The reason of a history error is a sentence.",
        behaviour: || {
            edit_json(|_, status, json| {
                if status >= 400 {
                    json["data"]["reason"] = "Something is not right.".into();
                }
            })
        },
    },
    Fault {
        name: "history-as-html",
        breaks: &["HIST-5"],
        about: "A history answer has the content type text/html.",
        behaviour: || edit_answer(|_, _, answer| answer.set_header("Content-Type", Some("text/html"))),
    },
    Fault {
        name: "history-for-members-only",
        breaks: &["HIST-15"],
        about: "A user who is in no room is answered with 403.",
        behaviour: || {
            edit_answer(|world, request, answer| {
                let user = request.header("authorization").unwrap_or_default();
                let is_in = world.connections_of(user).any(|id| !world.connections[&id].topics.is_empty());
                if answer.status() == 200 && !is_in {
                    answer_error(answer, 403, "not_joined");
                }
            })
        },
    },
    Fault {
        name: "history-of-ones-own",
        breaks: &["HIST-15", "HIST-12"],
        about: "A page shows what its reader has said, and nothing of others.",
        behaviour: || {
            edit_answer(|_, request, answer| {
                let user = request.header("authorization").unwrap_or_default().to_owned();
                let mut json = answer.json();
                let Some(items) = json["data"]["items"].as_array_mut() else { return };
                items.retain(|item| item["user"] == user.as_str());
                json["data"]["total"] = items.len().into();
                answer.set_json(&json);
            })
        },
    },
    Fault {
        name: "history-is-late",
        breaks: &["HIST-16"],
        about: "A chat can be read two seconds after it was said.",
        behaviour: || {
            reread(|kept, ask| {
                let now = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default();
                let limit = now.saturating_sub(Duration::from_secs(2)).as_millis();
                let old = |item: &&Value| item["at"].as_u64().is_some_and(|at| u128::from(at) < limit);
                let kept: Vec<_> = kept.iter().filter(old).cloned().collect();
                page(&kept, ask)
            })
        },
    },
    Fault {
        name: "history-without-what-is-answered",
        breaks: &["HIST-16", "HIST-12"],
        about: "Questions and answers are not kept.",
        behaviour: || {
            reread(|kept, ask| {
                let kept: Vec<_> = kept.iter().filter(|item| item["type"] == "message").cloned().collect();
                page(&kept, ask)
            })
        },
    },
    Fault {
        name: "history-of-one-topic",
        breaks: &["HIST-16", "HIST-12"],
        about: "Of a stream that several topics talk about only the chats of one are kept.",
        behaviour: || {
            reread(|kept, ask| {
                let found = of_ask(kept, ask);
                let topic = found.first().map(|item| item["topic"].clone()).unwrap_or_default();
                let kept: Vec<_> = found.into_iter().filter(|item| item["topic"] == topic).collect();
                page(&kept, ask)
            })
        },
    },
    Fault {
        name: "history-of-twenty",
        breaks: &["HIST-17"],
        about: "Of each stream only twenty chats are kept.",
        behaviour: || {
            reread(|kept, ask| {
                let of_stream = of_ask(kept, &Ask { kind: String::new(), ..ask.clone() });
                page(&of_stream[of_stream.len().saturating_sub(20)..], ask)
            })
        },
    },
    Fault {
        name: "history-with-notices",
        breaks: &["NOTE-10", "HIST-8"],
        about: "The notices of a topic stand in each page as messages.",
        behaviour: || with_notices(),
    },
    Fault {
        name: "unknown-parameters-refused",
        breaks: &["HIST-27"],
        about: "A parameter that the server does not know is refused with 422.",
        behaviour: || {
            edit_answer(|_, request, answer| {
                let known = ["stream", "page", "resultsPerPage", "type"];
                let odd = request.query().iter().any(|(name, _)| !known.contains(&name.as_str()));
                if answer.status() == 200 && odd && request.start.starts_with("GET") {
                    answer_error(answer, 422, "invalid_payload");
                }
            })
        },
    },
];

pub(super) const READ: &str = "/api/message/chatmsg";
pub(super) const ASK: &str = "/api/question/add";

pub(super) fn is_history(request: &Message) -> bool {
    request.asks("GET", READ) || request.asks("POST", ASK)
}

/// History requests are altered on their way to the server.
pub(super) fn edit_request(edit: fn(&World, &mut Message)) -> Behaviour {
    on_http(move |world, passing| match passing {
        Passing::Request(request) if is_history(request) => edit(world, request),
        _ => {}
    })
}

/// History answers are altered; with them is the request as it came.
pub(super) fn edit_answer(edit: fn(&World, &Message, &mut Message)) -> Behaviour {
    on_http(move |world, passing| match passing {
        Passing::Answer(request, answer) if is_history(request) => edit(world, request, answer),
        _ => {}
    })
}

/// The JSON of history answers is altered, by their status.
fn edit_json(edit: fn(&Message, u16, &mut Value)) -> Behaviour {
    on_http(move |_, passing| match passing {
        Passing::Answer(request, answer) if is_history(request) => {
            let mut json = answer.json();
            edit(request, answer.status(), &mut json);
            answer.set_json(&json);
        }
        _ => {}
    })
}

/// Turns an answer into an error.
pub(super) fn answer_error(answer: &mut Message, code: u16, reason: &str) {
    answer.set_status(code);
    answer.set_json(&json!({ "code": code, "data": { "reason": reason } }));
}

/// What a good request asks for.
#[derive(Clone)]
pub(super) struct Ask {
    pub(super) stream: String,
    pub(super) kind: String,
    pub(super) page: usize,
    pub(super) per_page: usize,
}

/// Pages are made anew, of all that has passed as a chat with a stream, by a wrong rule.
pub(super) fn reread(rule: fn(&[Value], &Ask) -> Value) -> Behaviour {
    let store: Arc<Mutex<Vec<Value>>> = Arc::default();
    let kept = Arc::clone(&store);
    let mut seen_before = HashSet::new();
    let read = on_http(move |_, passing| {
        let Passing::Answer(request, answer) = passing else { return };
        if !request.asks("GET", READ) || answer.status() != 200 {
            return;
        }
        let query = request.query();
        let get = |name: &str| {
            let value = query.iter().find(|(it, _)| it == name).map(|(_, value)| value.as_str());
            percent_decoded(value.unwrap_or_default())
        };
        let number = |name: &str, usual| get(name).parse().unwrap_or(usual);
        let ask = Ask {
            stream: get("stream"),
            kind: get("type"),
            page: number("page", 1),
            per_page: number("resultsPerPage", 50),
        };
        let kept = kept.lock().unwrap_or_else(PoisonError::into_inner);
        let mut data = rule(&kept, &ask);
        for item in data["items"].as_array_mut().into_iter().flatten() {
            without(item, "x-own-of-fault");
        }
        answer.set_json(&json!({ "code": 200, "data": data }));
    });
    let listen = on(move |_, seen| {
        let key = (seen.topic().to_owned(), seen.seq(), seen.json["at"].as_u64());
        if seen.says(200) && seen.inner["stream"].is_string() && seen_before.insert(key) {
            let mut item = seen.inner.clone();
            // What a fault may take for the chat's own.
            item["x-own-of-fault"] = seen.inner.clone();
            for name in ["topic", "seq", "at"] {
                item[name] = seen.json[name].clone();
            }
            store.lock().unwrap_or_else(PoisonError::into_inner).push(item);
        }
        None
    });
    Behaviour { http: read.http, ..listen }
}

fn with_notices() -> Behaviour {
    let store: Arc<Mutex<Vec<Value>>> = Arc::default();
    let notices = Arc::clone(&store);
    let read = on_http(move |_, passing| {
        let Passing::Answer(request, answer) = passing else { return };
        let mut json = answer.json();
        let stream =
            request.query().into_iter().find(|(name, _)| name == "stream").map(|it| percent_decoded(&it.1));
        if let (Some(items), Some(stream)) = (json["data"]["items"].as_array_mut(), stream) {
            for notice in notices.lock().unwrap_or_else(PoisonError::into_inner).iter() {
                let content = notice["data"].to_string();
                items.push(json!({
                    "user": notice["from"], "content": content, "type": "message", "stream": stream,
                    "topic": notice["topic"], "seq": 0, "at": 0,
                }));
            }
            json["data"]["total"] = items.len().into();
            answer.set_json(&json);
        }
    });
    let listen = on(move |_, seen| {
        if seen.says(203) && seen.inner["from"].is_string() {
            store.lock().unwrap_or_else(PoisonError::into_inner).push(seen.inner.clone());
        }
        None
    });
    Behaviour { http: read.http, ..listen }
}

pub(super) fn stream(item: &Value) -> &str {
    item["stream"].as_str().unwrap_or_default()
}

pub(super) fn of_type(item: &Value, ask: &Ask) -> bool {
    ask.kind.is_empty() || item["type"] == ask.kind.as_str()
}

pub(super) fn of_ask(kept: &[Value], ask: &Ask) -> Vec<Value> {
    kept.iter().filter(|item| of_type(item, ask) && stream(item) == ask.stream).cloned().collect()
}

pub(super) fn page(kept: &[Value], ask: &Ask) -> Value {
    page_of(kept, ask, |item, ask| of_type(item, ask) && stream(item) == ask.stream)
}

/// The page of what the filter takes.
pub(super) fn page_of(kept: &[Value], ask: &Ask, filter: fn(&Value, &Ask) -> bool) -> Value {
    let found: Vec<_> = kept.iter().filter(|item| filter(item, ask)).cloned().collect();
    let end = found.len().saturating_sub((ask.page - 1).saturating_mul(ask.per_page));
    data(&found[end.saturating_sub(ask.per_page)..end], ask, found.len())
}

pub(super) fn data(items: &[Value], ask: &Ask, total: usize) -> Value {
    json!({ "items": items, "page": ask.page, "resultsPerPage": ask.per_page, "total": total })
}

pub(super) fn items(data: &Value) -> &[Value] {
    data["items"].as_array().map_or(&[], Vec::as_slice)
}
