//! Faults against chapter 14: what a reader asks for, and whether that is what is given.

use serde_json::Value;

use super::{
    Fault,
    history::{Ask, READ, edit_request, of_type, page, page_of, reread, stream},
    http::{Message, percent_decoded},
};

pub(super) const FAULTS: &[Fault] = &[
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
        name: "streams-cut-at-64-characters",
        breaks: &["HIST-8"],
        about: "Streams that agree in their first 64 characters are one.",
        behaviour: || reread(|kept, ask| page_of(kept, ask, |item, ask| agree(item, ask, 64))),
    },
    Fault {
        name: "streams-cut-at-255-characters",
        breaks: &["HIST-8"],
        about: "Streams that agree in their first 255 characters are one.",
        behaviour: || reread(|kept, ask| page_of(kept, ask, |item, ask| agree(item, ask, 255))),
    },
    Fault {
        name: "streams-cut-at-1024-characters",
        breaks: &["HIST-8"],
        about: "Streams that agree in their first 1024 characters are one.",
        behaviour: || reread(|kept, ask| page_of(kept, ask, |item, ask| agree(item, ask, 1024))),
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
        name: "small-percent-signs-not-decoded",
        breaks: &["HIST-16", "HIST-12"],
        about: "In the stream of a query, what is percent-encoded in small letters is not decoded.",
        behaviour: || {
            edit_request(|_, request| {
                let mut query = request.query();
                for (_, value) in query.iter_mut().filter(|(name, _)| name == "stream") {
                    let mut parts = value.split('%');
                    let mut kept = parts.next().unwrap_or_default().to_owned();
                    for part in parts {
                        let small = part.bytes().take(2).any(|digit| digit.is_ascii_lowercase());
                        kept.push_str(if small { "%25" } else { "%" });
                        kept.push_str(part);
                    }
                    *value = kept;
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
];

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

/// Whether a chat is of the type asked for, and its stream agrees with that asked for in so many characters.
fn agree(item: &Value, ask: &Ask, characters: usize) -> bool {
    of_type(item, ask) && stream(item).chars().take(characters).eq(ask.stream.chars().take(characters))
}
