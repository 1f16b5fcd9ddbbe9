//! Faults against chapter 14: reading streams over HTTP. Those about questions are in [`super::questions`].

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
            edit_request(|_, request| {
                if request.header("authorization").is_some_and(|it| it.len() > 128) {
                    request.set_header("Authorization", Some("nobody in particular"));
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
        name: "page-without-items",
        breaks: &["HIST-6"],
        about: "An empty page has no items.",
        behaviour: || {
            edit_pages(|_, data| {
                if data["items"] == json!([]) {
                    without(data, "items");
                }
            })
        },
    },
    Fault {
        name: "page-without-total",
        breaks: &["HIST-6"],
        about: "A page has no total.",
        behaviour: || edit_pages(|_, data| without(data, "total")),
    },
    Fault {
        name: "page-number-as-text",
        breaks: &["HIST-6"],
        about: "The page and the resultsPerPage of an answer are the strings of the query.",
        behaviour: || {
            edit_pages(|_, data| {
                for name in ["page", "resultsPerPage"] {
                    data[name] = data[name].to_string().into();
                }
            })
        },
    },
    Fault {
        name: "page-number-from-0",
        breaks: &["HIST-6"],
        about: "The page of an answer is counted from 0.",
        behaviour: || {
            edit_pages(|_, data| {
                data["page"] = (data["page"].as_u64().unwrap_or_default().saturating_sub(1)).into();
            })
        },
    },
    Fault {
        name: "page-size-as-found",
        breaks: &["HIST-6"],
        about: "The resultsPerPage of an answer is the number of its items.",
        behaviour: || edit_pages(|_, data| data["resultsPerPage"] = items(data).len().into()),
    },
    Fault {
        name: "page-size-capped",
        breaks: &["HIST-6", "HIST-10"],
        about: "A page has two items at most, whatever was asked for.",
        behaviour: || reread(|kept, ask| page(kept, &Ask { per_page: ask.per_page.min(2), ..ask.clone() })),
    },
    Fault {
        name: "items-as-text",
        breaks: &["HIST-7"],
        about: "The items of a page are the texts of the chats.",
        behaviour: || edit_items(|item| *item = item.to_string().into()),
    },
    Fault {
        name: "items-without-unknown-members",
        breaks: &["HIST-7"],
        about: "The items of a page have only the members that the server knows.",
        behaviour: || {
            edit_items(|item| {
                const KNOWN: [&str; 10] = [
                    "user",
                    "content",
                    "type",
                    "displayName",
                    "avatarurl",
                    "stream",
                    "createdat",
                    "topic",
                    "seq",
                    "at",
                ];
                if let Some(members) = item.as_object_mut() {
                    members.retain(|name, _| KNOWN.contains(&name.as_str()));
                }
            })
        },
    },
    Fault {
        name: "items-without-topic",
        breaks: &["HIST-7"],
        about: "The items of a page do not name their topic.",
        behaviour: || edit_items(|item| without(item, "topic")),
    },
    Fault {
        name: "items-without-seq",
        breaks: &["HIST-7"],
        about: "The items of a page have no seq.",
        behaviour: || edit_items(|item| without(item, "seq")),
    },
    Fault {
        name: "items-at-another-time",
        breaks: &["HIST-7"],
        about: "The at of an item is in seconds.",
        behaviour: || edit_items(|item| item["at"] = (item["at"].as_i64().unwrap_or_default() / 1000).into()),
    },
    Fault {
        name: "items-with-content-read",
        breaks: &["HIST-7"],
        about: "The content of a question or an answer is an object in place of its text.",
        behaviour: || {
            edit_items(|item| {
                if item["type"] != "message" {
                    item["content"] = super::behaviour::parse(item["content"].as_str().unwrap_or_default());
                }
            })
        },
    },
    Fault {
        name: "items-with-null-members",
        breaks: &["HIST-7"],
        about: "An item without a displayName has one that is null.",
        behaviour: || {
            edit_items(|item| {
                if item.get("displayName").is_none() {
                    item["displayName"] = Value::Null;
                }
            })
        },
    },
    Fault {
        name: "items-with-the-members-of-the-chat-first",
        breaks: &["HIST-7"],
        about: "Where a chatInfo has a topic, a seq or an at of its own, an item has that.",
        behaviour: || {
            reread(|kept, ask| {
                let own = |item: &Value| {
                    let mut item = item.clone();
                    for name in ["topic", "seq", "at"] {
                        if let Some(own) = item["x-own-of-fault"].get(name).cloned() {
                            item[name] = own;
                        }
                    }
                    item
                };
                let kept: Vec<_> = kept.iter().map(own).collect();
                page(&kept, ask)
            })
        },
    },
    Fault {
        name: "all-streams-in-one",
        breaks: &["HIST-8"],
        about: "A page shows the chats of all streams.",
        behaviour: || reread(|kept, ask| page_of(kept, ask, of_type)),
    },
    Fault {
        name: "streams-in-lower-case",
        breaks: &["HIST-8"],
        about: "Streams that differ in their case alone are one.",
        behaviour: || {
            reread(|kept, ask| {
                page_of(kept, ask, |item, ask| {
                    of_type(item, ask) && stream(item).to_lowercase() == ask.stream.to_lowercase()
                })
            })
        },
    },
    Fault {
        name: "streams-by-their-beginning",
        breaks: &["HIST-8"],
        about: "A page shows also the chats of streams that begin with the name asked for.",
        behaviour: || {
            reread(|kept, ask| {
                page_of(kept, ask, |item, ask| of_type(item, ask) && stream(item).starts_with(&ask.stream))
            })
        },
    },
    Fault {
        name: "streams-trimmed",
        breaks: &["HIST-8"],
        about: "Streams that differ in the white space around them are one.",
        behaviour: || {
            reread(|kept, ask| {
                page_of(kept, ask, |item, ask| of_type(item, ask) && stream(item).trim() == ask.stream.trim())
            })
        },
    },
    Fault {
        name: "stream-not-decoded",
        breaks: &["HIST-16", "HIST-12"],
        about: "The stream of a query is looked for with its percent signs.",
        behaviour: || {
            edit_request(|_, request| {
                let mut query = request.query();
                for (_, value) in query.iter_mut().filter(|(name, _)| name == "stream") {
                    *value = value.replace('%', "%25");
                }
                request.set_query(&query);
            })
        },
    },
    Fault {
        name: "topic-for-the-stream",
        breaks: &["HIST-8"],
        about: "A page shows also the chats of the topic that has the name asked for.",
        behaviour: || {
            reread(|kept, ask| {
                page_of(kept, ask, |item, ask| {
                    of_type(item, ask) && (stream(item) == ask.stream || item["topic"] == ask.stream.as_str())
                })
            })
        },
    },
    Fault {
        name: "type-not-looked-at",
        breaks: &["HIST-9"],
        about: "A page shows chats of all types whatever was asked for.",
        behaviour: || reread(|kept, ask| page(kept, &Ask { kind: String::new(), ..ask.clone() })),
    },
    Fault {
        name: "empty-type-is-message",
        breaks: &["HIST-12", "HIST-10"],
        about: "The empty type is taken for message.",
        behaviour: || {
            reread(|kept, ask| {
                let kind = if ask.kind.is_empty() { "message".to_owned() } else { ask.kind.clone() };
                page(kept, &Ask { kind, ..ask.clone() })
            })
        },
    },
    Fault {
        name: "pages-from-the-oldest",
        breaks: &["HIST-10"],
        about: "Page 1 has the oldest chats.",
        behaviour: || {
            reread(|kept, ask| {
                let found = of_ask(kept, ask);
                let from = ((ask.page - 1).saturating_mul(ask.per_page)).min(found.len());
                let to = from.saturating_add(ask.per_page).min(found.len());
                data(&found[from..to], ask, found.len())
            })
        },
    },
    Fault {
        name: "pages-filled-up",
        breaks: &["HIST-10", "HIST-13"],
        about: "The last page is filled up with chats of the page before.",
        behaviour: || {
            reread(|kept, ask| {
                let found = of_ask(kept, ask);
                let end = found
                    .len()
                    .saturating_sub((ask.page - 1).saturating_mul(ask.per_page))
                    .max(ask.per_page.min(found.len()));
                data(&found[end.saturating_sub(ask.per_page)..end], ask, found.len())
            })
        },
    },
    Fault {
        name: "pages-overlap",
        breaks: &["HIST-10"],
        about: "A page begins with the last chat of the one before.",
        behaviour: || reread(|kept, ask| shifted(kept, ask, 1)),
    },
    Fault {
        name: "pages-with-a-gap",
        breaks: &["HIST-10"],
        about: "Between two pages a chat is left out.",
        behaviour: || reread(|kept, ask| shifted(kept, ask, -1)),
    },
    Fault {
        name: "newest-first",
        breaks: &["HIST-11"],
        about: "The chats on a page go from the newest to the oldest.",
        behaviour: || {
            edit_pages(|_, data| {
                if let Some(items) = data["items"].as_array_mut() {
                    items.reverse();
                }
            })
        },
    },
    Fault {
        name: "items-by-their-user",
        breaks: &["HIST-11"],
        about: "The chats on a page are sorted by their users.",
        behaviour: || {
            edit_pages(|_, data| {
                if let Some(items) = data["items"].as_array_mut() {
                    items.sort_by_key(|item| item["user"].to_string());
                }
            })
        },
    },
    Fault {
        name: "total-of-the-page",
        breaks: &["HIST-12"],
        about: "The total is the number of chats on the page.",
        behaviour: || edit_pages(|_, data| data["total"] = items(data).len().into()),
    },
    Fault {
        name: "total-of-pages",
        breaks: &["HIST-12"],
        about: "The total is the number of pages.",
        behaviour: || {
            edit_pages(|_, data| {
                let size = data["resultsPerPage"].as_u64().unwrap_or(1).max(1);
                data["total"] = data["total"].as_u64().unwrap_or_default().div_ceil(size).into();
            })
        },
    },
    Fault {
        name: "total-of-all-types",
        breaks: &["HIST-12"],
        about: "The total counts chats of all types.",
        behaviour: || {
            reread(|kept, ask| {
                let total = of_ask(kept, &Ask { kind: String::new(), ..ask.clone() }).len();
                let mut page = page(kept, ask);
                page["total"] = total.into();
                page
            })
        },
    },
    Fault {
        name: "page-beyond-the-last-not-found",
        breaks: &["HIST-13"],
        about: "A page beyond the last is answered with 404.",
        behaviour: || {
            edit_answer(|_, request, answer| {
                if is_beyond(request, answer) {
                    answer_error(answer, 404, "not_found");
                }
            })
        },
    },
    Fault {
        name: "page-beyond-the-last-invalid",
        breaks: &["HIST-13"],
        about: "A page beyond the last is answered with 422.",
        behaviour: || {
            edit_answer(|_, request, answer| {
                if is_beyond(request, answer) {
                    answer_error(answer, 422, "invalid_payload");
                }
            })
        },
    },
    Fault {
        name: "page-beyond-the-last-is-the-last",
        breaks: &["HIST-13"],
        about: "A page beyond the last shows the last one.",
        behaviour: || {
            reread(|kept, ask| {
                let last = of_ask(kept, ask).len().div_ceil(ask.per_page).max(1);
                let mut data = page(kept, &Ask { page: ask.page.min(last), ..ask.clone() });
                data["page"] = ask.page.into();
                data
            })
        },
    },
    Fault {
        name: "no-stream-is-the-empty-one",
        breaks: &["HIST-14"],
        about: "A request without a stream is answered with an empty page.",
        behaviour: || {
            edit_request(|_, request| {
                set_default(request, "stream", |query| query.is_none(), "no-such-stream");
            })
        },
    },
    Fault {
        name: "page-0-is-page-1",
        breaks: &["HIST-14"],
        about: "Page 0 and pages below it are page 1.",
        behaviour: || {
            edit_request(|_, request| {
                set_default(
                    request,
                    "page",
                    |it| it.is_some_and(|it| it.parse::<i64>().is_ok_and(|it| it < 1)),
                    "1",
                );
            })
        },
    },
    Fault {
        name: "page-in-words-is-page-1",
        breaks: &["HIST-14"],
        about: "A page that is no number is page 1.",
        behaviour: || {
            edit_request(|_, request| {
                set_default(request, "page", |it| it.is_some_and(|it| it.parse::<f64>().is_err()), "1");
            })
        },
    },
    Fault {
        name: "half-a-page-is-a-page",
        breaks: &["HIST-14"],
        about: "A page of 1.5 is page 1.",
        behaviour: || {
            edit_request(|_, request| {
                set_default(request, "page", |it| it.is_some_and(|it| it.contains('.')), "1");
            })
        },
    },
    Fault {
        name: "page-size-0-is-the-usual-one",
        breaks: &["HIST-14"],
        about: "A resultsPerPage below 1 is taken for 50.",
        behaviour: || {
            edit_request(|_, request| {
                let below = |it: Option<&str>| it.is_some_and(|it| it.parse::<i64>().is_ok_and(|it| it < 1));
                set_default(request, "resultsPerPage", below, "50");
            })
        },
    },
    Fault {
        name: "page-size-beyond-1000-is-1000",
        breaks: &["HIST-14"],
        about: "A resultsPerPage beyond 1000 is taken for 1000.",
        behaviour: || {
            edit_request(|_, request| {
                let above =
                    |it: Option<&str>| it.is_some_and(|it| it.parse::<u64>().is_ok_and(|it| it > 1000));
                set_default(request, "resultsPerPage", above, "1000");
            })
        },
    },
    Fault {
        name: "page-size-1000-refused",
        breaks: &["HIST-6"],
        about: "A resultsPerPage of 1000 is refused.",
        behaviour: || {
            edit_request(|_, request| {
                set_default(request, "resultsPerPage", |it| it == Some("1000"), "1001");
            })
        },
    },
    Fault {
        name: "unknown-type-is-all",
        breaks: &["HIST-14"],
        about: "A type that there is not is taken for the empty one.",
        behaviour: || {
            edit_request(|_, request| {
                let odd = |it: Option<&str>| {
                    it.is_some_and(|it| !["", "message", "question", "answer"].contains(&it))
                };
                set_default(request, "type", odd, "");
            })
        },
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

/// The data of pages is altered.
fn edit_pages(edit: fn(&Message, &mut Value)) -> Behaviour {
    on_http(move |_, passing| match passing {
        Passing::Answer(request, answer) if request.asks("GET", READ) && answer.status() == 200 => {
            let mut json = answer.json();
            edit(request, &mut json["data"]);
            answer.set_json(&json);
        }
        _ => {}
    })
}

/// Each item of each page is altered.
fn edit_items(edit: fn(&mut Value)) -> Behaviour {
    on_http(move |_, passing| match passing {
        Passing::Answer(request, answer) if request.asks("GET", READ) && answer.status() == 200 => {
            let mut json = answer.json();
            json["data"]["items"].as_array_mut().into_iter().flatten().for_each(edit);
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

/// Where the filter takes a parameter of the query, or the want of it, that value stands in its place.
fn set_default(request: &mut Message, name: &str, filter: fn(Option<&str>) -> bool, value: &str) {
    let mut query = request.query();
    let now = query.iter().find(|(it, _)| it == name).map(|(_, value)| percent_decoded(value));
    if request.asks("GET", READ) && filter(now.as_deref()) {
        query.retain(|(it, _)| it != name);
        query.push((name.to_owned(), value.to_owned()));
        request.set_query(&query);
    }
}

fn is_beyond(request: &Message, answer: &Message) -> bool {
    request.asks("GET", READ) && answer.status() == 200 && answer.json()["data"]["items"] == json!([])
}

/// What a good request asks for.
#[derive(Clone)]
struct Ask {
    stream: String,
    kind: String,
    page: usize,
    per_page: usize,
}

/// Pages are made anew, of all that has passed as a chat with a stream, by a wrong rule.
fn reread(rule: fn(&[Value], &Ask) -> Value) -> Behaviour {
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

fn stream(item: &Value) -> &str {
    item["stream"].as_str().unwrap_or_default()
}

fn of_type(item: &Value, ask: &Ask) -> bool {
    ask.kind.is_empty() || item["type"] == ask.kind.as_str()
}

fn of_ask(kept: &[Value], ask: &Ask) -> Vec<Value> {
    kept.iter().filter(|item| of_type(item, ask) && stream(item) == ask.stream).cloned().collect()
}

fn page(kept: &[Value], ask: &Ask) -> Value {
    page_of(kept, ask, |item, ask| of_type(item, ask) && stream(item) == ask.stream)
}

/// The page of what the filter takes.
fn page_of(kept: &[Value], ask: &Ask, filter: fn(&Value, &Ask) -> bool) -> Value {
    let found: Vec<_> = kept.iter().filter(|item| filter(item, ask)).cloned().collect();
    let end = found.len().saturating_sub((ask.page - 1).saturating_mul(ask.per_page));
    data(&found[end.saturating_sub(ask.per_page)..end], ask, found.len())
}

/// Pages that overlap by one, or have a gap of one between them.
fn shifted(kept: &[Value], ask: &Ask, by: isize) -> Value {
    let found = of_ask(kept, ask);
    let before = (ask.page - 1).saturating_mul(ask.per_page);
    let moved = if ask.page > 1 { before.saturating_add_signed(-by) } else { before };
    let end = found.len().saturating_sub(moved);
    data(&found[end.saturating_sub(ask.per_page)..end], ask, found.len())
}

fn data(items: &[Value], ask: &Ask, total: usize) -> Value {
    json!({ "items": items, "page": ask.page, "resultsPerPage": ask.per_page, "total": total })
}

fn items(data: &Value) -> &[Value] {
    data["items"].as_array().map_or(&[], Vec::as_slice)
}
