//! Faults against chapter 14: what stands on a page of a stream, and in which order.

use serde_json::{Value, json};

use super::{
    Fault,
    behaviour::{Behaviour, on_http, without},
    history::{Ask, READ, answer_error, data, edit_answer, items, of_ask, page, reread},
    http::{Message, Passing},
};

pub(super) const FAULTS: &[Fault] = &[
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
];

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

fn is_beyond(request: &Message, answer: &Message) -> bool {
    request.asks("GET", READ) && answer.status() == 200 && answer.json()["data"]["items"] == json!([])
}

/// Pages that overlap by one, or have a gap of one between them.
fn shifted(kept: &[Value], ask: &Ask, by: isize) -> Value {
    let found = of_ask(kept, ask);
    let before = (ask.page - 1).saturating_mul(ask.per_page);
    let moved = if ask.page > 1 { before.saturating_add_signed(-by) } else { before };
    let end = found.len().saturating_sub(moved);
    data(&found[end.saturating_sub(ask.per_page)..end], ask, found.len())
}
