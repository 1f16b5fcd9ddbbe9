//! Chapter 9: fidelity. What is said is text, and it arrives as it was said.

use crate::case::Case;
use crate::program::{Change, Chat, ChatKind, Edit, Layer, Message, Request};
use crate::script::{Topic, accepted, case, join, leave, say, say_as, say_up_to_limit};

pub(super) fn cases() -> Vec<Case> {
    let mut cases = contents();
    cases.extend(spellings());
    cases
}

fn texts(id: &'static str, title: &'static str, texts: &[&str]) -> Case {
    accepted(id, title, &["TEXT-3", "TEXT-1"], |room| texts.iter().map(|text| say(room, text)).collect())
}

fn contents() -> Vec<Case> {
    vec![
        texts(
            "text/emoji",
            "Emoji arrive, with joiners, skin tones and flags",
            &["🙂", "👩‍👩‍👧‍👦 👍🏽 🇨🇳 🏴󠁧󠁢󠁳󠁣󠁴󠁿", "a🦜b🦜c"],
        ),
        texts(
            "text/cjk",
            "Chinese, Japanese and Korean arrive, rare characters too",
            &["你好，世界！", "𠮷野家 𪚥 㐀", "こんにちは ﾊﾝｶｸ 안녕하세요"],
        ),
        texts(
            "text/directions-and-marks",
            "Right-to-left text and combining marks arrive",
            &[
                "שלום, مرحبا \u{202E}drawkcab\u{202C}",
                "e\u{301} é Å Å ﬁ ｆ",
                "Z\u{351}\u{36B}a\u{321}\u{489}l\u{334}",
            ],
        ),
        texts(
            "text/quotes-and-backslashes",
            "Quotes, backslashes and what looks like an escape arrive",
            &[
                r#"she said "hi" and 'ho'"#,
                r"C:\new\table \\server\share \u0041 \n \",
                r#"","type":"admin","x":"#,
                "</script><b>&amp;&#39;%20${x}{{y}}",
            ],
        ),
        texts(
            "text/control-characters",
            "Control characters arrive, NUL included",
            &[
                "\u{0}\u{1}\u{8}\t\n\u{B}\u{C}\r\u{1B}[31m\u{1F}",
                "\u{7F}\u{80}\u{85}\u{9F}",
                "line one\r\nline two\u{2028}three\u{2029}four",
            ],
        ),
        texts(
            "text/noncharacters",
            "Noncharacters, private use and the byte order mark arrive",
            &[
                "\u{FEFF}a\u{FFFE}b\u{FFFF}c\u{FDD0}",
                "\u{E000}\u{F8FF}\u{10FFFF}\u{FFFD}",
                "\u{200B}\u{200D}\u{2060}\u{AD}",
            ],
        ),
        texts(
            "text/white-space",
            "White space arrives, at the edges too",
            &["   ", "\t\t tab \t", "\u{3000}全角\u{3000}"],
        ),
        accepted(
            "text/up-to-the-message-limit",
            "A chat that makes a message of just maxMessageBytes arrives",
            &["LIMIT-7", "TEXT-1"],
            |room| vec![say_up_to_limit(room, "", 0), say_up_to_limit(room, "", 1)],
        ),
        accepted(
            "text/escapes-up-to-the-message-limit",
            "The limit counts the message as it is encoded, escapes and all",
            &["LIMIT-7", "TEXT-1"],
            |room| vec![say_up_to_limit(room, &"\"\\\n🦜".repeat(500), 0)],
        ),
        accepted(
            "text/quotes-in-quotes-up-to-the-message-limit",
            "A question full of quotes and backslashes, quoted three times over, fills a message to its limit",
            &["LIMIT-7", "TEXT-1"],
            |room| {
                let text = "\"\\".repeat(800);
                let chat = Chat { text, kind: ChatKind::Question, short_of_limit: Some(0) };
                vec![Message::new(Request::Chat(room, chat))]
            },
        ),
    ]
}

fn respell(layer: Layer, from: &str, to: &str) -> Edit {
    Edit { layer, change: Change::Respell(from.into(), to.into()) }
}

fn spelled(room: Topic, edits: impl IntoIterator<Item = Edit>) -> Message {
    let mut message = say(room, "naïve");
    message.edits.extend(edits);
    message
}

fn spellings() -> Vec<Case> {
    vec![
        accepted(
            "text/members-of-any-form",
            "Members that the server does not know arrive as they stand: empty ones, names in any order, and numbers in every notation",
            &["TEXT-1"],
            |room| {
                let more = [
                    r#""x-a":{ },"x-b":[ ],"#,
                    r#""x-a":1.0,"x-b":1E2,"x-c":0.10,"#,
                    r#""x-a":{"2":0,"1":0,"__proto__":null},"#,
                ];
                more.map(|more| {
                    spelled(room, [respell(Layer::ChatInfo, "{\"user\"", &format!("{{{more}\"user\""))])
                })
                .into()
            },
        ),
        accepted(
            "text/white-space-of-chat-info",
            "The white space of a chatInfo stays as it is",
            &["TEXT-1"],
            |room| {
                let edge = Change::Surround(" \n".into(), "\t ".into());
                vec![
                    spelled(room, [respell(Layer::ChatInfo, "\",\"", "\" , \n \"")]),
                    spelled(room, [Edit { layer: Layer::ChatInfo, change: edge }]),
                ]
            },
        ),
        accepted(
            "text/escapes-of-chat-info",
            "The escapes of a chatInfo stay as they are",
            &["TEXT-1"],
            |room| {
                vec![
                    spelled(room, [respell(Layer::ChatInfo, "ï", "\\u00ef")]),
                    spelled(room, [respell(Layer::ChatInfo, "naïve", "na\\/\\u0069ve")]),
                ]
            },
        ),
        accepted(
            "text/order-of-members",
            "The order of a chatInfo's members stays as it is",
            &["TEXT-1"],
            |room| {
                vec![say(room, "z before a").set(Layer::ChatInfo, "zz", "1").set(Layer::ChatInfo, "aa", "2")]
            },
        ),
        accepted(
            "text/numbers-of-chat-info",
            "Numbers in a chatInfo stay as they are spelled",
            &["TEXT-1", "TEXT-2"],
            |room| {
                let numbers = "[1.0,1e2,-0,0.10,12345678901234567890,1e-7]";
                vec![say(room, "numbers").set(Layer::ChatInfo, "x-numbers", numbers)]
            },
        ),
        accepted(
            "text/unknown-members-of-chat-info",
            "Members of a chatInfo that nobody knows are handed on",
            &["TEXT-2"],
            |room| {
                let message = say(room, "more").set(Layer::ChatInfo, "x-mood", "{\"joy\":[true,null]}");
                vec![message.set(Layer::ChatInfo, "seq", "-1").set(Layer::ChatInfo, "__proto__", "{}")]
            },
        ),
        accepted(
            "text/spelled-oddly-in-every-kind",
            "A chatInfo stays as it is spelled, be it a question, an answer, long, or with a name in it twice",
            &["TEXT-1", "CHAT-4"],
            |room| {
                let odd = r#"[1.0,1e2,"\u00e9", {} , { "a":1 , "a":2 } ]"#;
                let spell = |message: Message| {
                    let mut message = message.set(Layer::ChatInfo, "x-odd", odd);
                    message.edits.push(respell(Layer::ChatInfo, ",\"x-odd\":", " ,\r\n\t\"x-odd\" : "));
                    message
                };
                let mut twice = say(room, "twice").set(Layer::ChatInfo, "x-odd", odd);
                twice.edits.push(respell(Layer::ChatInfo, "\"x-odd\"", "\"x-odd\":0,\"x-odd\""));
                vec![
                    spell(say_as(room, ChatKind::Question, "why?")),
                    spell(say_as(room, ChatKind::Answer, "since it is")),
                    spell(say(room, &"long, and spelled oddly, ".repeat(100))),
                    twice,
                ]
            },
        ),
        case(
            "text/spelled-oddly-at-length",
            "A chatInfo of tens of thousands of bytes stays as it is spelled",
            &["TEXT-1", "CHAT-4"],
            |s| {
                let (room, [ann, _ben]) = s.room();
                for times in [500, 1_000, 1_500] {
                    let mut message = say(room, &"long, and spelled oddly, ".repeat(times));
                    message.edits.push(respell(Layer::ChatInfo, "\",\"", "\" , \n \""));
                    message.edits.push(respell(Layer::ChatInfo, "and spelled", "\\u0061nd spelled"));
                    s.focus(ann, message);
                }
            },
        ),
        case(
            "text/escapes-in-a-topic",
            "A topic that came with escapes is the same topic",
            &["TEXT-5", "TEXT-4"],
            |s| {
                let (room, [ann, ben]) = s.room();
                let escaped = |mut message: Message| {
                    message.edits.push(respell(Layer::Payload, "Roomwire", "\\u0052oom\\u0077ire"));
                    message
                };
                let cat = s.client();
                s.connect(cat);
                s.focus(cat, escaped(join(room)));
                s.then();
                s.focus(cat, escaped(say(room, "in here")));
                s.send(ann, say(room, "and I am in the same room"));
                s.then();
                s.focus(cat, escaped(leave(room)));
                s.then();
                s.send(ben, say(room, "nobody is left behind"));
            },
        ),
        accepted(
            "text/escapes-mean-what-they-spell",
            "A character that came as an escape is the same character",
            &["TEXT-5"],
            |room| {
                vec![
                    spelled(room, [respell(Layer::Envelope, "ï", "\\u00ef")]),
                    spelled(
                        room,
                        [respell(Layer::Payload, "ï", "\\u00EF"), respell(Layer::Payload, "/", "\\/")],
                    ),
                    {
                        let mut message = say(room, "🦜 / 🦜");
                        message.edits.push(respell(Layer::Envelope, "🦜", "\\ud83e\\udd9c"));
                        message
                    },
                    {
                        let mut message = say(room, "keys too");
                        message.edits.push(respell(Layer::Envelope, "\"payLoad\"", "\"pay\\u004coad\""));
                        message
                    },
                ]
            },
        ),
    ]
}
