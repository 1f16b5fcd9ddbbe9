//! Faults against chapter 14: asking questions over HTTP.

use serde_json::{Value, json};

use super::{
    Fault,
    behaviour::{Act, Behaviour, Seen, every, lose, on, parse},
    history::{ASK, answer_error, edit_answer, edit_request},
    http::Message,
    world::World,
};

pub(super) const FAULTS: &[Fault] = &[
    Fault {
        name: "question-unsaid",
        breaks: &["HIST-19"],
        about: "A question is answered with 200, and nobody hears it.",
        behaviour: || lose(is_asked),
    },
    Fault {
        name: "question-said-to-others-only",
        breaks: &["HIST-19"],
        about: "A question does not come to the connections of the user who asked it.",
        behaviour: || {
            lose(|world, seen| is_asked(world, seen) && seen.inner["user"] == world.user(seen.connection))
        },
    },
    Fault {
        name: "question-doubled",
        breaks: &["HIST-19", "CHAT-3"],
        about: "A question comes twice.",
        behaviour: || every(1, is_asked, |_| vec![Act::Forward, Act::Forward]),
    },
    Fault {
        name: "question-with-an-id",
        breaks: &["HIST-19"],
        about: "A question that came over HTTP has an id.",
        behaviour: || edit_asked(|json, _| json["id"] = "question-1".into()),
    },
    Fault {
        name: "question-without-a-number",
        breaks: &["HIST-19", "CHAT-6"],
        about: "A question that came over HTTP has the number 0.",
        behaviour: || edit_asked(|json, _| json["seq"] = 0.into()),
    },
    Fault {
        name: "question-of-nobody",
        breaks: &["HIST-20"],
        about: "The user of a question that came over HTTP is the server.",
        behaviour: || edit_asked(|_, chat| chat["user"] = "server".into()),
    },
    Fault {
        name: "question-as-a-message",
        breaks: &["HIST-20"],
        about: "The type of a question that came over HTTP is message.",
        behaviour: || edit_asked(|_, chat| chat["type"] = "message".into()),
    },
    Fault {
        name: "question-without-its-stream",
        breaks: &["HIST-20"],
        about: "A question that came over HTTP has no stream.",
        behaviour: || {
            edit_asked(|_, chat| {
                chat.as_object_mut().and_then(|chat| chat.remove("stream"));
            })
        },
    },
    Fault {
        name: "question-with-a-stream-id",
        breaks: &["HIST-20"],
        about: "A question that came over HTTP names its stream as streamId.",
        behaviour: || {
            edit_asked(|_, chat| {
                chat["streamId"] = chat["stream"].take();
                chat.as_object_mut().and_then(|chat| chat.remove("stream"));
            })
        },
    },
    Fault {
        name: "question-as-plain-text",
        breaks: &["HIST-20"],
        about: "The content of a question that came over HTTP is its text, and no JSON.",
        behaviour: || {
            edit_asked(|_, chat| {
                chat["content"] = parse(chat["content"].as_str().unwrap_or_default())["content"].take();
            })
        },
    },
    Fault {
        name: "question-trimmed",
        breaks: &["HIST-20"],
        about: "A question that came over HTTP loses the white space around it.",
        behaviour: || {
            edit_asked(|_, chat| {
                let mut content = parse(chat["content"].as_str().unwrap_or_default());
                content["content"] = content["content"].as_str().unwrap_or_default().trim().into();
                chat["content"] = content.to_string().into();
            })
        },
    },
    Fault {
        name: "question-escaped",
        breaks: &["HIST-20"],
        about: "A question that came over HTTP is escaped as for a page.",
        behaviour: || {
            edit_asked(|_, chat| {
                let text = chat["content"].as_str().unwrap_or_default();
                chat["content"] = text.replace('&', "&amp;").replace('<', "&lt;").into();
            })
        },
    },
    Fault {
        name: "question-answered-without-seq",
        breaks: &["HIST-21"],
        about: "The answer to a question has no seq.",
        behaviour: || {
            edit_accepted(|data| {
                data.as_object_mut().and_then(|data| data.remove("seq"));
            })
        },
    },
    Fault {
        name: "question-answered-without-topic",
        breaks: &["HIST-21"],
        about: "The answer to a question does not name the topic.",
        behaviour: || {
            edit_accepted(|data| {
                data.as_object_mut().and_then(|data| data.remove("topic"));
            })
        },
    },
    Fault {
        name: "question-answered-with-another-seq",
        breaks: &["HIST-21"],
        about: "The answer to a question has the number of the chat before.",
        behaviour: || {
            edit_accepted(|data| {
                data["seq"] = data["seq"].as_u64().unwrap_or_default().saturating_sub(1).into();
            })
        },
    },
    Fault {
        name: "question-created",
        breaks: &["HIST-21"],
        about: "The answer to a question has the status and the code 201.",
        behaviour: || {
            edit_answer(|_, request, answer| {
                if request.asks("POST", ASK) && answer.status() == 200 {
                    let mut json = answer.json();
                    json["code"] = 201.into();
                    answer.set_json(&json);
                    answer.set_status(201);
                }
            })
        },
    },
    Fault {
        name: "question-needs-a-topic",
        breaks: &["HIST-22"],
        about: "A question that names no topic is refused, though the user is in one alone.",
        behaviour: || edit_body(|_, _, body| default(body, "topic", 0)),
    },
    Fault {
        name: "question-of-somebody-in-several-rooms-said",
        breaks: &["HIST-24"],
        about: "A question that names no topic is said in one of the user's topics.",
        behaviour: || {
            edit_body(|world, user, body| {
                let topics = world.connections_of(user).flat_map(|id| world.connections[&id].topics.iter());
                if let Some(topic) = topics.min() {
                    default(body, "topic", topic.as_str());
                }
            })
        },
    },
    Fault {
        name: "question-of-somebody-in-several-rooms-forbidden",
        breaks: &["HIST-24"],
        about: "A question that names no topic is answered with 403 while the user is in several.",
        behaviour: || {
            edit_answer(|world, request, answer| {
                let user = request.header("authorization").unwrap_or_default();
                let rooms =
                    world.connections_of(user).map(|id| world.connections[&id].topics.len()).sum::<usize>();
                if answer.status() == 422 && request.json().get("topic").is_none() && rooms > 1 {
                    answer_error(answer, 403, "not_joined");
                }
            })
        },
    },
    Fault {
        name: "question-of-outsiders-accepted",
        breaks: &["HIST-23"],
        about: "A question in a topic that the user is not in is answered with 200.",
        behaviour: || {
            edit_answer(|_, request, answer| {
                if request.asks("POST", ASK) && answer.status() == 403 {
                    let topic = request.json()["topic"].as_str().unwrap_or("8017").to_owned();
                    answer.set_status(200);
                    answer.set_json(&json!({ "code": 200, "data": { "topic": topic, "seq": 1 } }));
                }
            })
        },
    },
    Fault {
        name: "question-of-outsiders-not-found",
        breaks: &["HIST-23"],
        about: "A question in a topic that the user is not in is answered with 404.",
        behaviour: || {
            edit_answer(|_, _, answer| {
                if answer.status() == 403 {
                    answer_error(answer, 404, "no_such_member");
                }
            })
        },
    },
    Fault {
        name: "question-of-somebody-in-no-room-invalid",
        breaks: &["HIST-23"],
        about: "A question that names no topic is answered with 422 while the user is in none.",
        behaviour: || {
            edit_answer(|_, request, answer| {
                if answer.status() == 403 && request.json().get("topic").is_none() {
                    answer_error(answer, 422, "invalid_payload");
                }
            })
        },
    },
    Fault {
        name: "question-in-any-room-of-anybody",
        breaks: &["HIST-23", "HIST-26"],
        about: "A question in a topic that the user is not in is said there, as a member's.",
        behaviour: || {
            edit_request(|world, request| {
                let user = request.header("authorization").unwrap_or_default().to_owned();
                let body = request.json();
                let Some(topic) = body["topic"].as_str() else { return };
                let is_in = world.members(topic).any(|id| world.user(id) == user);
                let member = world.members(topic).next().map(|id| world.user(id).to_owned());
                if let Some(member) =
                    member.filter(|_| !is_in && !user.is_empty() && request.asks("POST", ASK))
                {
                    request.set_header("Authorization", Some(&member));
                }
            })
        },
    },
    Fault {
        name: "question-without-content-said",
        breaks: &["HIST-25", "HIST-26"],
        about: "A question without a content is said with an empty one.",
        behaviour: || edit_body(|_, _, body| default(body, "content", "")),
    },
    Fault {
        name: "question-of-a-number-said",
        breaks: &["HIST-25", "HIST-26"],
        about: "A question whose content is no string is said with its JSON.",
        behaviour: || {
            edit_body(|_, _, body| {
                if body.get("content").is_some_and(|it| !it.is_string()) {
                    body["content"] = body["content"].to_string().into();
                }
            })
        },
    },
    Fault {
        name: "question-without-stream-said",
        breaks: &["HIST-25", "HIST-26"],
        about: "A question without a streamId is said with an empty one.",
        behaviour: || edit_body(|_, _, body| default(body, "streamId", "")),
    },
    Fault {
        name: "question-with-an-odd-topic-said",
        breaks: &["HIST-25", "HIST-26"],
        about: "The topic of a question is ignored where it is no valid topic.",
        behaviour: || {
            edit_body(|_, _, body| {
                let valid = |it: &str| {
                    !it.is_empty() && it.chars().count() <= 128 && !it.chars().any(char::is_control)
                };
                if body.get("topic").is_some_and(|it| !it.as_str().is_some_and(valid)) {
                    body.as_object_mut().and_then(|body| body.remove("topic"));
                }
            })
        },
    },
    Fault {
        name: "question-that-is-no-object-forbidden",
        breaks: &["HIST-25"],
        about: "A body that is not a JSON object is answered with 403.",
        behaviour: || {
            edit_answer(|_, request, answer| {
                if answer.status() == 422 && request.asks("POST", ASK) && !request.json().is_object() {
                    answer_error(answer, 403, "not_joined");
                }
            })
        },
    },
    Fault {
        name: "question-that-is-no-json-bad",
        breaks: &["HIST-25"],
        about: "A body that is not JSON is answered with 400.",
        behaviour: || {
            edit_answer(|_, request, answer| {
                if answer.status() == 422 && request.asks("POST", ASK) && request.json().is_null() {
                    answer_error(answer, 400, "malformed_envelope");
                }
            })
        },
    },
    Fault {
        name: "question-said-and-refused",
        breaks: &["HIST-26", "HIST-21"],
        about: "A question is said, and answered with 503.",
        behaviour: || {
            edit_answer(|_, request, answer| {
                if answer.status() == 200 && request.asks("POST", ASK) {
                    answer_error(answer, 503, "unavailable");
                }
            })
        },
    },
    Fault {
        name: "unknown-members-of-a-question-refused",
        breaks: &["HIST-27"],
        about: "A question with a member that the server does not know is refused with 422.",
        behaviour: || {
            edit_body(|_, _, body| {
                let known = |name: &String| ["content", "streamId", "topic"].contains(&name.as_str());
                if body.as_object().is_some_and(|body| !body.keys().all(known)) {
                    body["content"] = Value::Null;
                }
            })
        },
    },
    Fault {
        name: "question-needs-a-content-type",
        breaks: &["HIST-19", "HIST-21"],
        about: "A question whose content type is not exactly application/json is refused with 422.",
        behaviour: || {
            edit_answer(|_, request, answer| {
                let exact = request.header("content-type") == Some("application/json");
                if answer.status() == 200 && request.asks("POST", ASK) && !exact {
                    answer_error(answer, 422, "invalid_payload");
                }
            })
        },
    },
    Fault {
        name: "question-in-chunks-empty",
        breaks: &["HIST-28"],
        about: "The body of a question counts as empty that has no Content-Length.",
        behaviour: || {
            edit_request(|_, request| {
                if is_chunked(request) {
                    request.body.clear();
                }
            })
        },
    },
    Fault {
        name: "question-in-chunks-refused",
        breaks: &["HIST-28"],
        about: "A question without a Content-Length is refused with 411.",
        behaviour: || {
            edit_answer(|_, request, answer| {
                if is_chunked(request) {
                    answer_error(answer, 411, "invalid_payload");
                }
            })
        },
    },
    Fault {
        name: "question-in-chunks-decoded-one-by-one",
        breaks: &["HIST-28", "HIST-20"],
        about: "Each chunk of a question is decoded by itself: a character that two of them share is lost.",
        behaviour: || {
            edit_request(|_, request| {
                if is_chunked(request) {
                    // Where the chunks ended nobody knows any more; that some characters are cut is enough.
                    let pieces = request.body.chunks(5).map(String::from_utf8_lossy);
                    request.body = pieces.collect::<String>().into_bytes();
                }
            })
        },
    },
];

fn is_chunked(request: &Message) -> bool {
    request.header("transfer-encoding").is_some_and(|it| it.eq_ignore_ascii_case("chunked"))
}

/// Whether this is a question that came over HTTP: no connection has said it.
pub(super) fn is_asked(world: &World, seen: &Seen<'_>) -> bool {
    let text = seen.json["data"].as_str().unwrap_or_default();
    let said = || world.connections.keys().any(|id| world.said(*id, text));
    seen.says(200) && seen.inner["type"] == "question" && seen.json.get("id").is_none() && !said()
}

/// Questions that came over HTTP are altered: the frame, and the chatInfo in it.
fn edit_asked(edit: fn(&mut Value, &mut Value)) -> Behaviour {
    on(move |world, seen| {
        is_asked(world, seen).then(|| {
            let (mut json, mut chat) = (seen.json.clone(), seen.inner.clone());
            edit(&mut json, &mut chat);
            json["data"] = chat.to_string().into();
            vec![Act::Text(json.to_string())]
        })
    })
}

/// The data of the answer to a question that was said is altered.
fn edit_accepted(edit: fn(&mut Value)) -> Behaviour {
    super::behaviour::on_http(move |_, passing| {
        if let super::http::Passing::Answer(request, answer) = passing
            && request.asks("POST", ASK)
            && answer.status() == 200
        {
            let mut json = answer.json();
            edit(&mut json["data"]);
            answer.set_json(&json);
        }
    })
}

/// The body of a question is altered on its way, with the user who asks.
fn edit_body(edit: fn(&World, &str, &mut Value)) -> Behaviour {
    super::behaviour::on_http(move |world, passing| {
        if let super::http::Passing::Request(request) = passing
            && request.asks("POST", ASK)
            && request.json().is_object()
        {
            let mut body = request.json();
            edit(world, request.header("authorization").unwrap_or_default(), &mut body);
            set_body(request, &body);
        }
    })
}

fn set_body(request: &mut Message, body: &Value) {
    if request.json() != *body {
        request.set_json(body);
    }
}

/// A member that is missing gets that value.
fn default(body: &mut Value, name: &str, value: impl Into<Value>) {
    if body.get(name).is_none() {
        body[name] = value.into();
    }
}
