//! Faults against chapter 9: what becomes of text on its way.

use serde_json::Value;

use super::{
    Fault,
    behaviour::{Act, alter_chat_text, alter_data, on, parse},
    rooms::with_escapes_kept,
};

pub(super) const FAULTS: &[Fault] = &[
    Fault {
        name: "chat-info-written-anew",
        breaks: &["TEXT-1", "CHAT-4"],
        about: "A chatInfo is parsed and written again: other white space, escapes and order, equal in value.",
        behaviour: || {
            alter_chat_text(|data| match parse(data) {
                Value::Null => data.to_owned(),
                json => json.to_string(),
            })
        },
    },
    Fault {
        name: "what-is-empty-closed-up",
        breaks: &["TEXT-1"],
        about: "Objects and arrays with nothing in them lose the space in them.",
        behaviour: || alter_chat_text(|data| data.replace("{ }", "{}").replace("[ ]", "[]")),
    },
    Fault {
        name: "chat-info-trimmed",
        breaks: &["TEXT-1"],
        about: "White space around a chatInfo's object is taken off.",
        behaviour: || alter_chat_text(|data| data.trim().to_owned()),
    },
    Fault {
        name: "chat-info-compacted",
        breaks: &["TEXT-1"],
        about: "White space between a chatInfo's members is taken off.",
        behaviour: || alter_chat_text(compact),
    },
    Fault {
        name: "letters-unescaped",
        breaks: &["TEXT-1"],
        about: "An escape of a letter in a chatInfo is replaced by the letter.",
        behaviour: || alter_chat_text(unescape_letters),
    },
    Fault {
        name: "slashes-unescaped",
        breaks: &["TEXT-1"],
        about: "An escaped slash in a chatInfo loses its backslash.",
        behaviour: || alter_chat_text(|data| data.replace("\\/", "/")),
    },
    Fault {
        name: "letters-escaped",
        breaks: &["TEXT-1"],
        about: "Letters beyond ASCII in a chatInfo are replaced by escapes.",
        behaviour: || alter_chat_text(escape_letters),
    },
    Fault {
        name: "numbers-shortened",
        breaks: &["TEXT-1"],
        about: "A number such as 1.0 in a chatInfo becomes 1.",
        behaviour: || alter_chat_text(|data| data.replace("1.0", "1")),
    },
    Fault {
        name: "composed",
        breaks: &["TEXT-1", "TEXT-3"],
        about: "A letter and its combining accent in a chatInfo become one.",
        behaviour: || alter_chat_text(compose),
    },
    Fault {
        name: "markup-escaped",
        breaks: &["TEXT-1"],
        about: "The characters & < > in a chatInfo are written as HTML entities.",
        behaviour: || {
            alter_chat_text(|data| data.replace('&', "&amp;").replace('<', "&lt;").replace('>', "&gt;"))
        },
    },
    Fault {
        name: "line-ends-unified",
        breaks: &["TEXT-1"],
        about: "A carriage return before a line feed in a chatInfo is lost.",
        behaviour: || alter_chat_text(|data| data.replace("\\r\\n", "\\n")),
    },
    Fault {
        name: "unknown-members-dropped",
        breaks: &["TEXT-2", "CHAT-4"],
        about: "Members of a chatInfo that the server does not know are lost.",
        behaviour: || {
            alter_chat_text(|data| {
                let known = ["user", "content", "type", "displayName", "avatarurl", "stream", "createdat"];
                let mut json = parse(data);
                let Some(members) = json.as_object_mut() else { return data.to_owned() };
                let before = members.len();
                members.retain(|member, _| known.contains(&member.as_str()));
                if members.len() == before { data.to_owned() } else { json.to_string() }
            })
        },
    },
    Fault {
        name: "astral-mangled",
        breaks: &["TEXT-3"],
        about: "A character beyond U+FFFF in a chatInfo becomes U+FFFD.",
        behaviour: || alter_chat_text(|data| data.replace(|it| it > '\u{ffff}', "\u{fffd}")),
    },
    Fault {
        name: "astral-halved",
        breaks: &["TEXT-3"],
        about: "A character beyond U+FFFF in a chatInfo becomes two question marks.",
        behaviour: || alter_chat_text(|data| data.replace(|it| it > '\u{ffff}', "??")),
    },
    Fault {
        name: "control-characters-stripped",
        breaks: &["TEXT-3"],
        about: "Escaped control characters in a chatInfo are lost.",
        behaviour: || {
            alter_chat_text(|data| {
                (0..0x20).fold(data.to_owned(), |data, it| {
                    data.replace(&format!("\\u{it:04x}"), "").replace(&format!("\\u{it:04X}"), "")
                })
            })
        },
    },
    Fault {
        name: "nul-ends-the-text",
        breaks: &["TEXT-3"],
        about: "The content of a chat ends at its first NUL.",
        behaviour: || {
            alter_chat_text(|data| {
                let mut json = parse(data);
                let content = json["content"].as_str().and_then(|it| it.split_once('\0'));
                let Some(before) = content.map(|(before, _)| before.to_owned()) else {
                    return data.to_owned();
                };
                json["content"] = before.into();
                json.to_string()
            })
        },
    },
    Fault {
        name: "joiners-stripped",
        breaks: &["TEXT-3"],
        about: "Joiners, direction marks and byte order marks in a chatInfo are lost.",
        behaviour: || {
            alter_chat_text(|data| {
                data.replace(|it| matches!(it, '\u{200b}'..='\u{200f}' | '\u{202a}'..='\u{202e}' | '\u{2060}'..='\u{2069}' | '\u{feff}'), "")
            })
        },
    },
    Fault {
        name: "noncharacters-replaced",
        breaks: &["TEXT-3"],
        about: "Noncharacters in a chatInfo become U+FFFD.",
        behaviour: || {
            alter_chat_text(|data| {
                data.replace(
                    |it| u32::from(it) & 0xfffe == 0xfffe || ('\u{fdd0}'..='\u{fdef}').contains(&it),
                    "\u{fffd}",
                )
            })
        },
    },
    Fault {
        name: "long-text-cut",
        breaks: &["TEXT-1", "CHAT-4"],
        about: "The content of a chat is cut to 1000 characters.",
        behaviour: || {
            alter_chat_text(|data| {
                let mut json = parse(data);
                let content = json["content"].as_str().unwrap_or_default();
                if content.chars().count() <= 1000 {
                    return data.to_owned();
                }
                json["content"] = content.chars().take(1000).collect::<String>().into();
                json.to_string()
            })
        },
    },
    Fault {
        name: "topic-handed-back-in-lower-case",
        breaks: &["TEXT-4"],
        about: "The 204 names its topic in lower case.",
        behaviour: || {
            alter_data(
                |_, seen| seen.says(204),
                |data| data["topic"] = data["topic"].as_str().unwrap_or_default().to_lowercase().into(),
            )
        },
    },
    Fault {
        name: "topic-handed-back-composed",
        breaks: &["TEXT-4"],
        about: "A 200 names its topic with accents composed.",
        behaviour: || {
            super::behaviour::alter(
                |_, seen| seen.says(200),
                |_, seen, json| json["topic"] = compose(seen.topic()).into(),
            )
        },
    },
    Fault {
        name: "id-handed-back-in-lower-case",
        breaks: &["TEXT-4", "ENV-12"],
        about: "An id is carried in lower case.",
        behaviour: || {
            super::behaviour::alter(
                |_, seen| seen.code() > 0 && seen.json["id"].is_string(),
                |_, seen, json| {
                    json["id"] = seen.json["id"].as_str().unwrap_or_default().to_lowercase().into();
                },
            )
        },
    },
    Fault {
        name: "escapes-taken-literally",
        breaks: &["TEXT-5"],
        about: "A \\u escape in the topic of a join or a leave is taken for a backslash and letters.",
        behaviour: || on(|_, seen| with_escapes_kept(seen).map(|text| vec![Act::Text(text)])),
    },
    Fault {
        name: "escaped-names-unknown",
        breaks: &["TEXT-5", "ERR-8"],
        about: "A member of the envelope whose name came with an escape is not known by it.",
        behaviour: || {
            on(|world, seen| {
                let escaped = seen.json["payLoad"].is_string() && !seen.text.contains("\"payLoad\"");
                (escaped && seen.is_sound() && world.may_speak(seen)).then(|| {
                    vec![Act::Answer(vec![super::behaviour::refusal(seen, 400, "malformed_envelope")])]
                })
            })
        },
    },
    Fault {
        name: "escaped-pairs-torn",
        breaks: &["TEXT-5", "TEXT-3"],
        about: "Two escapes that make one character are taken for two that are none.",
        behaviour: || {
            on(|_, seen| {
                let torn = seen.asks(2).then(|| without_pairs(seen.text))?;
                (torn != seen.text).then(|| vec![Act::Text(torn)])
            })
        },
    },
];

/// Escapes of surrogates as a careless reader hands them on. Those of an inner layer stand behind two backslashes.
fn without_pairs(text: &str) -> String {
    let mut parts = text.split("\\u");
    let mut torn = parts.next().unwrap_or_default().to_owned();
    for part in parts {
        let unit = part.get(..4).and_then(|digits| u32::from_str_radix(digits, 16).ok());
        let surrogate = unit.is_some_and(|unit| (0xD800..0xE000).contains(&unit)) && !torn.ends_with('\\');
        torn.push_str("\\u");
        torn.push_str(if surrogate { "fffd" } else { part.get(..4).unwrap_or_default() });
        torn.push_str(part.get(4..).unwrap_or_default());
    }
    torn
}

/// Composes the most usual accents, as normalising would.
pub(super) fn compose(text: &str) -> String {
    let pairs = [
        ("e\u{301}", "é"),
        ("a\u{301}", "á"),
        ("o\u{301}", "ó"),
        ("u\u{308}", "ü"),
        ("o\u{308}", "ö"),
        ("a\u{308}", "ä"),
        ("n\u{303}", "ñ"),
        ("e\u{300}", "è"),
        ("A\u{30a}", "Å"),
        ("\u{212b}", "Å"),
    ];
    pairs.iter().fold(text.to_owned(), |text, (apart, composed)| text.replace(apart, composed))
}

/// Takes off the white space that is outside strings.
fn compact(data: &str) -> String {
    let (mut quoted, mut escaped) = (false, false);
    data.chars()
        .filter(|it| {
            if !escaped && *it == '"' {
                quoted = !quoted;
            }
            escaped = quoted && !escaped && *it == '\\';
            quoted || !it.is_ascii_whitespace()
        })
        .collect()
}

fn unescape_letters(data: &str) -> String {
    let mut parts = data.split("\\u");
    let mut text = parts.next().unwrap_or_default().to_owned();
    for part in parts {
        let letter =
            part.get(..4).and_then(|digits| u32::from_str_radix(digits, 16).ok()).and_then(char::from_u32);
        // Behind a backslash the escape is none, and control characters have to stay escaped.
        match letter.filter(|it| it.is_alphanumeric() && !text.ends_with('\\')) {
            Some(letter) => text.extend([letter.to_string().as_str(), &part[4..]]),
            None => text.extend(["\\u", part]),
        }
    }
    text
}

fn escape_letters(data: &str) -> String {
    let escape = |letter: char| match u16::try_from(u32::from(letter)) {
        Ok(0..=0x7f) => letter.to_string(),
        Ok(unit) => format!("\\u{unit:04x}"),
        Err(_) => {
            let mut units = [0; 2];
            letter.encode_utf16(&mut units);
            format!("\\u{:04x}\\u{:04x}", units[0], units[1])
        }
    };
    data.chars().map(escape).collect()
}
