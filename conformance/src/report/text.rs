//! Words and numbers of the report, and strangers' text made fit to be shown.

use std::borrow::Cow;

use crate::requirements::Requirement;

/// The most of a frame that is shown.
const MOST_OF_A_FRAME: usize = 480;

/// The text with everything escaped that would do something to a terminal instead of being seen on it:
/// control characters, and those that turn the direction of writing.
pub(in crate::report) fn printable(text: &str) -> Cow<'_, str> {
    let acts = |c: char| {
        c.is_control()
            || matches!(c, '\u{200E}' | '\u{200F}' | '\u{202A}'..='\u{202E}' | '\u{2066}'..='\u{2069}')
    };
    if !text.contains(acts) {
        return Cow::Borrowed(text);
    }
    let show = |c: char| if acts(c) { c.escape_default().to_string() } else { c.to_string() };
    Cow::Owned(text.chars().map(show).collect())
}

/// A frame's text, cut in its middle where it is long.
pub(in crate::report) fn cut(text: &str) -> Cow<'_, str> {
    let characters = text.chars().count();
    if characters <= MOST_OF_A_FRAME {
        return Cow::Borrowed(text);
    }
    let (head, tail) = (MOST_OF_A_FRAME - 150, 100);
    let head: String = text.chars().take(head).collect();
    let tail: String = text.chars().skip(characters - tail).collect();
    Cow::Owned(format!("{head} …({} bytes in all)… {tail}", text.len()))
}

/// `1 case`, `2 cases`
pub(in crate::report) fn count(number: usize, one: &str, many: &str) -> String {
    format!("{number} {}", if number == 1 { one } else { many })
}

/// A few of the names, and how many more there are.
pub(in crate::report) fn a_few<'a>(names: impl IntoIterator<Item = &'a str>, most: usize) -> String {
    let names: Vec<_> = names.into_iter().collect();
    let shown = names[..names.len().min(most)].join(", ");
    match names.len().saturating_sub(most) {
        0 => shown,
        more => format!("{shown} and {more} more"),
    }
}

/// `850 ms`, `2.3 s`, `4 min 10 s`
pub(in crate::report) fn duration(ms: u64) -> String {
    match ms {
        0..1000 => format!("{ms} ms"),
        1000..60_000 => format!("{}.{} s", ms / 1000, ms % 1000 / 100),
        _ => format!("{} min {} s", ms / 60_000, ms % 60_000 / 1000),
    }
}

/// Where a requirement is to be read.
pub(in crate::report) fn place(requirement: &Requirement) -> String {
    format!("docs/spec/{}", requirement.file)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_would_act_on_a_terminal_is_shown_and_everything_else_stays_as_it_is() {
        assert_eq!(printable("a\u{1b}[2Jb\r\n\u{202E}é🦜\u{9b}"), "a\\u{1b}[2Jb\\r\\n\\u{202e}é🦜\\u{9b}");
        assert!(matches!(printable("plain \"é🦜\\"), Cow::Borrowed(_)));
    }

    #[test]
    fn a_long_frame_keeps_its_ends() {
        let long = format!("{{{}}}", "é".repeat(2000));
        let shown = cut(&long);
        assert!(shown.starts_with("{é") && shown.ends_with("é}") && shown.contains("(4002 bytes in all)"));
        assert!(shown.chars().count() < 700);
    }

    #[test]
    fn durations_have_their_units() {
        let shown: Vec<_> = [0, 999, 1000, 2345, 59_999, 60_000, 250_000].map(duration).into();
        assert_eq!(shown, ["0 ms", "999 ms", "1.0 s", "2.3 s", "59.9 s", "1 min 0 s", "4 min 10 s"]);
    }
}
