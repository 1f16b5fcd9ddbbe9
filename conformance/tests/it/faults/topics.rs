//! Faults against chapter 5: which topics there are, and which of them are one.

use std::collections::HashMap;

use super::{
    Fault,
    behaviour::{Act, Behaviour, on, refuse, with_payload},
    wire::Way,
    world::ConnectionId,
};

pub(super) const FAULTS: &[Fault] = &[
    Fault {
        name: "topic-of-one-kind-of-letters",
        breaks: &["ROOM-1"],
        about: "A topic with anything but ASCII letters, digits and -_.:/ is refused.",
        behaviour: || {
            refuse(422, "invalid_payload", |_, seen| {
                let plain = |it: char| it.is_ascii_alphanumeric() || "-_.:/".contains(it);
                !seen.topic().is_empty() && !seen.topic().chars().all(plain)
            })
        },
    },
    Fault {
        name: "topic-of-100-characters-at-most",
        breaks: &["ROOM-1"],
        about: "A topic of more than 100 characters is refused.",
        behaviour: || {
            refuse(422, "invalid_payload", |_, seen| (101..=128).contains(&seen.topic().chars().count()))
        },
    },
    Fault {
        name: "topics-fold-case",
        breaks: &["ROOM-2"],
        about: "Topics that differ in letter case alone are one.",
        behaviour: || fold_topics(str::to_lowercase),
    },
    Fault {
        name: "topics-trimmed",
        breaks: &["ROOM-2"],
        about: "Topics that differ in white space at their ends alone are one.",
        behaviour: || {
            fold_topics(|topic| if topic.trim().is_empty() { topic } else { topic.trim() }.to_owned())
        },
    },
    Fault {
        name: "topics-normalised",
        breaks: &["ROOM-2"],
        about: "Topics that differ in how an accented letter is composed are one.",
        behaviour: || fold_topics(super::text::compose),
    },
    Fault {
        name: "topics-cut",
        breaks: &["ROOM-2"],
        about: "Topics that share their first 64 characters are one.",
        behaviour: || fold_topics(|topic| topic.chars().take(64).collect()),
    },
    Fault {
        name: "long-topic-accepted",
        breaks: &["ROOM-3"],
        about: "A topic of more than 128 characters is accepted.",
        behaviour: || fold_topics(|topic| topic.chars().take(128).collect()),
    },
    Fault {
        name: "control-characters-in-topic-accepted",
        breaks: &["ROOM-3"],
        about: "A topic with control characters is accepted.",
        behaviour: || fold_topics(|topic| topic.replace(char::is_control, "·")),
    },
    Fault {
        name: "delete-in-topic-accepted",
        breaks: &["ROOM-3"],
        about: "A topic with a control character above U+001F is accepted.",
        behaviour: || fold_topics(|topic| topic.replace(|it: char| it > '\u{1f}' && it.is_control(), "·")),
    },
    Fault {
        name: "empty-topic-accepted",
        breaks: &["ROOM-3"],
        about: "The empty topic is accepted.",
        behaviour: || fold_topics(|topic| if topic.is_empty() { "·" } else { topic }.to_owned()),
    },
    Fault {
        name: "numeric-topic-accepted",
        breaks: &["ROOM-3"],
        about: "A topic that is a number is taken for its digits.",
        behaviour: || {
            on(|_, seen| {
                let mut inner = (seen.way == Way::Up).then(|| seen.inner.clone())?;
                inner["topic"] = inner.get("topic").filter(|it| it.is_number())?.to_string().into();
                Some(vec![Act::Text(with_payload(seen, &inner).to_string())])
            })
        },
    },
];

/// Topics that fold to the same text are one; each connection hears of them in its own latest spelling.
fn fold_topics(fold: fn(&str) -> String) -> Behaviour {
    let mut spellings = HashMap::<(ConnectionId, String), String>::new();
    on(move |_, seen| {
        let spoken = match seen.way {
            Way::Up => seen.inner["topic"].as_str()?,
            Way::Down => seen.topic(),
        };
        if seen.way == Way::Up {
            let folded = fold(spoken);
            spellings.insert((seen.connection, folded.clone()), spoken.to_owned());
            let mut inner = (folded != spoken).then(|| seen.inner.clone())?;
            inner["topic"] = folded.into();
            return Some(vec![Act::Text(with_payload(seen, &inner).to_string())]);
        }
        let spelling = spellings.get(&(seen.connection, spoken.to_owned())).filter(|it| *it != spoken)?;
        let mut json = seen.json.clone();
        if json["topic"].is_string() {
            json["topic"] = spelling.as_str().into();
        } else {
            let mut inner = seen.inner.clone();
            inner["topic"] = spelling.as_str().into();
            json["data"] = inner.to_string().into();
        }
        Some(vec![Act::Text(json.to_string())])
    })
}
