//! The plain case, quickly: objects whose members are strings and short integers, as `JSON.stringify` writes them, and
//! strings with the short escapes. That is nearly all that clients send, and a chat is an object in a string in an
//! object in a string, so that every quote comes with up to three escapes before it.
//!
//! What is not plain is no fault: it is left to the library, which has the say about what is JSON. Where something is
//! plain, the library would have read the same; a test holds the two together. A string with escapes is read as text in
//! the same pass in which it is found, since the pass costs more than the copy.

use std::borrow::Cow;

use super::object::Member;
use super::scalar::Raw;

/// The members of a plain object; `None` where it is not one.
pub(super) fn members<'a, const N: usize>(
    json: &'a str,
    mut members: [Member<'a>; N],
) -> Option<[Member<'a>; N]> {
    let bytes = json.as_bytes();
    let mut at = expect(bytes, 0, b'{')?;
    loop {
        let name = at;
        at = string(bytes, at)?;
        let member = members.iter_mut().find(|member| member.is_called(&json[name + 1..at - 1]));
        at = expect(bytes, at, b':')?;
        let start = at;
        let mut text = None;
        at = match bytes.get(at)? {
            // One that comes twice is refused anyway.
            b'"' if member.as_ref().is_some_and(|member| !member.is_found()) => {
                let (behind, unescaped) = string_with_text(bytes, at)?;
                text = Some(unescaped.map_or(Cow::Borrowed(&json[at + 1..behind - 1]), Cow::Owned));
                behind
            }
            b'"' => string(bytes, at)?,
            b'1'..=b'9' => at + bytes[at..].iter().take(15).take_while(|byte| byte.is_ascii_digit()).count(),
            _ => return None,
        };
        match member {
            Some(member) => member.put(Raw { json: &json[start..at], text }),
            // A name with an escape may be one of those that are looked for.
            None if json[name..start].contains('\\') => return None,
            None => {}
        }
        match bytes.get(at)? {
            b',' => at = skip_space(bytes, at + 1),
            b'}' => return (at + 1 == bytes.len()).then_some(members),
            _ => return None,
        }
    }
}

/// The text of a string that is well-formed and has escapes. `None` where it holds other than the short ones.
pub(super) fn unescape(quoted: &str) -> Option<String> {
    string_with_text(quoted.as_bytes(), 0)?.1
}

/// The place behind a string that begins here.
fn string(bytes: &[u8], at: usize) -> Option<usize> {
    let mut at = expect_exactly(bytes, at, b'"')?;
    loop {
        at += ordinary(&bytes[at..]);
        match bytes.get(at)? {
            b'"' => return Some(at + 1),
            b'\\' => at += short_escape(*bytes.get(at + 1)?).map(|_| 2)?,
            _ => return None,
        }
    }
}

/// The same, with the text of the string where it has escapes.
fn string_with_text(bytes: &[u8], at: usize) -> Option<(usize, Option<String>)> {
    let begun = expect_exactly(bytes, at, b'"')?;
    let (written, mut length) = (&bytes[begun..], ordinary(&bytes[begun..]));
    if written.get(length) == Some(&b'"') {
        return Some((begun + length + 1, None));
    }
    let mut text = vec![0; written.len()];
    text[..length].copy_from_slice(&written[..length]);
    let mut rest = written[length..].iter();
    for place in &mut text[length..] {
        *place = match *rest.next()? {
            byte if ORDINARY[usize::from(byte)] => byte,
            b'\\' => short_escape(*rest.next()?)?,
            b'"' => {
                text.truncate(length);
                return Some((bytes.len() - rest.len(), Some(String::from_utf8(text).ok()?)));
            }
            _ => return None,
        };
        length += 1;
    }
    None
}

/// How many bytes from here stand for themselves inside a string.
fn ordinary(bytes: &[u8]) -> usize {
    bytes.iter().take_while(|byte| ORDINARY[usize::from(**byte)]).count()
}

static ORDINARY: [bool; 256] = {
    let mut table = [true; 256];
    let mut byte = 0;
    while byte < 0x20 {
        table[byte] = false;
        byte += 1;
    }
    table[b'"' as usize] = false;
    table[b'\\' as usize] = false;
    table
};

/// What a byte stands for behind a backslash.
fn short_escape(byte: u8) -> Option<u8> {
    match SHORT_ESCAPES[usize::from(byte)] {
        0 => None,
        stands_for => Some(stands_for),
    }
}

static SHORT_ESCAPES: [u8; 256] = {
    let mut table = [0; 256];
    let pairs = *b"\"\"\\\\//b\x08f\x0cn\nr\rt\t";
    let mut at = 0;
    while at < pairs.len() {
        table[pairs[at] as usize] = pairs[at + 1];
        at += 2;
    }
    table
};

fn expect_exactly(bytes: &[u8], at: usize, byte: u8) -> Option<usize> {
    (*bytes.get(at)? == byte).then_some(at + 1)
}

fn expect(bytes: &[u8], at: usize, byte: u8) -> Option<usize> {
    Some(skip_space(bytes, expect_exactly(bytes, at, byte)?))
}

fn skip_space(bytes: &[u8], at: usize) -> usize {
    at + usize::from(bytes.get(at) == Some(&b' '))
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;
    use serde_json::Value;

    use super::*;
    use crate::codec::object::unread;

    fn read(text: &str) -> Option<[Option<&str>; 3]> {
        members(text, unread("", ["a", "bb", "user"])).map(|found| found.each_ref().map(Member::raw))
    }

    #[test]
    fn what_clients_write_is_plain() {
        for (text, expected) in [
            (r#"{"a":"x","bb":12,"c":"\"\\\n"}"#, [Some(r#""x""#), Some("12"), None]),
            (r#"{"user": "ü", "a": "0123456789"}"#, [Some(r#""0123456789""#), None, Some("\"ü\"")]),
            (r#"{"bb":""}"#, [None, Some(r#""""#), None]),
        ] {
            assert_eq!(read(text), Some(expected), "{text}");
        }
    }

    #[test]
    fn what_is_not_plain_is_left_to_the_library() {
        for text in [
            "",
            "{",
            "{}",
            "[]",
            " {}",
            r#"{"a"}"#,
            r#"{"a":}"#,
            r#"{"a":"x}"#,
            r#"{"a":"x",}"#,
            r#"{"a":"x"} "#,
            r#"{"a":01}"#,
            r#"{"a":1.5}"#,
            r#"{"a":-1}"#,
            r#"{"a":1e3}"#,
            r#"{"a":1234567890123456}"#,
            r#"{"a":{}}"#,
            r#"{"a":[1]}"#,
            r#"{"a":true}"#,
            r#"{"a":null}"#,
            r#"{"a":"\u0041"}"#,
            r#"{"\u0061":"x"}"#,
            r#"{"\/":"x"}"#,
            r#"{"a":"\x"}"#,
            "{\"a\":\"\n\"}",
            "{\"a\":\"\0\"}",
            "{\"a\":\"0123456\x1f\"}",
            r#"{"a":"x"}}"#,
            r#"{"a":"x\"}"#,
            r#"{"a"  :"x"}"#,
        ] {
            assert_eq!(read(text), None, "{text}");
        }
    }

    #[test]
    fn short_escapes_are_undone_and_long_ones_left() {
        for (quoted, text) in [
            (r"\\", "\\"),
            (r#"\"\\\/\b\f\n\r\t"#, "\"\\/\u{8}\u{c}\n\r\t"),
            (r"0123456\n", "0123456\n"),
            (r"01234567\n89", "01234567\n89"),
            (r"ü\\\\ü", "ü\\\\ü"),
        ] {
            assert_eq!(unescape(&format!("\"{quoted}\"")).as_deref(), Some(text), "{quoted}");
        }
        assert_eq!(unescape(r#""0123\u0041""#), None);
    }

    proptest! {
        #[test]
        fn the_library_reads_the_same(
            pairs in proptest::collection::vec(("[a-d]{1,2}|user|[\"\\\\/]", "[ -~ü\n\t\u{1}]{0,20}"), 1..5),
            numbers in any::<u32>(),
            damage in proptest::option::of((any::<usize>(), "[\"\\\\{},: a1\n]")),
        ) {
            let mut members: Vec<_> = pairs
                .iter()
                .map(|(name, value)| format!("{}:{}", Value::from(name.as_str()), Value::from(value.as_str())))
                .collect();
            members.push(format!("\"n\":{numbers}"));
            let mut text = format!("{{{}}}", members.join(","));
            if let Some((place, with)) = damage {
                let place = place % text.len();
                if text.is_char_boundary(place) && text.is_char_boundary(place + 1) {
                    text.replace_range(place..=place, &with);
                }
            }
            if let Some(found) = read(&text) {
                let read: Value = serde_json::from_str(&text).expect("what is plain is JSON");
                for (name, raw) in ["a", "bb", "user"].into_iter().zip(found) {
                    // Of one that comes twice the last counts, with both.
                    let value = raw.map(|raw| serde_json::from_str::<Value>(raw).unwrap());
                    prop_assert_eq!(value.as_ref(), read.get(name));
                }
                for member in super::members(&text, unread("", ["a", "bb", "user"])).into_iter().flatten() {
                    let value = member.raw().map(|raw| serde_json::from_str::<Value>(raw).unwrap());
                    // One that comes twice has none.
                    if let Ok(Some(said)) = member.optional::<String>() {
                        prop_assert_eq!(value, Some(Value::String(said)));
                    }
                }
            }
        }

        #[test]
        fn the_library_undoes_the_same(text in "[ -~ü\n\t\u{1}]{0,40}") {
            let token = Value::from(text.as_str()).to_string();
            let undone = unescape(&token);
            prop_assert!(undone.is_none_or(|undone| undone == text));
        }
    }
}
