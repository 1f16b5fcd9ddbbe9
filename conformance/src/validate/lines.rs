//! Lines of a file that anybody may have written: bounded, and each by itself.

use std::io::{self, BufRead, Read as _};

/// The longest line that is read, in bytes: many times what any server takes.
pub const LONGEST_LINE: usize = 16 * 1024 * 1024;

/// A line, without its end.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Line {
    /// Text.
    Text(String),
    /// Bytes that are none.
    NotUtf8 {
        /// The first of them, counted from 1.
        at: usize,
    },
    /// More than is read. The rest of it was passed over.
    TooLong,
}

/// Reads the next line; none at the end.
pub(super) fn next(input: &mut impl BufRead) -> io::Result<Option<Line>> {
    let mut bytes = Vec::new();
    // One byte more than the longest line and its end tell that there are too many.
    let limit = LONGEST_LINE as u64 + 2;
    if input.by_ref().take(limit).read_until(b'\n', &mut bytes)? == 0 {
        return Ok(None);
    }
    let whole = bytes.last() == Some(&b'\n');
    if !whole && bytes.len() as u64 == limit {
        input.skip_until(b'\n')?;
        return Ok(Some(Line::TooLong));
    }
    for end in [b'\n', b'\r'] {
        if bytes.last() == Some(&end) {
            bytes.pop();
        }
    }
    if bytes.len() > LONGEST_LINE {
        return Ok(Some(Line::TooLong));
    }
    Ok(Some(match String::from_utf8(bytes) {
        Ok(text) => Line::Text(text),
        Err(error) => Line::NotUtf8 { at: error.utf8_error().valid_up_to() + 1 },
    }))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn lines(bytes: &[u8]) -> Vec<Line> {
        let mut input = bytes;
        std::iter::from_fn(|| next(&mut input).unwrap()).collect()
    }

    fn text(text: &str) -> Line {
        Line::Text(text.to_owned())
    }

    #[test]
    fn a_line_ends_with_or_without_a_carriage_return_and_the_last_one_with_nothing() {
        assert_eq!(lines(b"a\r\nb\n\nc"), [text("a"), text("b"), text(""), text("c")]);
        assert_eq!(lines(b"a\n"), [text("a")]);
        assert_eq!(lines(b""), []);
    }

    #[test]
    fn bytes_that_are_no_text_are_told_by_their_place_and_the_rest_is_read() {
        assert_eq!(lines(b"a\nab\xffc\nb"), [text("a"), Line::NotUtf8 { at: 3 }, text("b")]);
    }

    #[test]
    fn a_line_that_is_too_long_is_passed_over_and_the_rest_is_read() {
        let longest = "x".repeat(LONGEST_LINE);
        for (more, fits) in [("", true), ("x", false), ("xx", false), ("xxx", false)] {
            for end in ["\n", "\r\n"] {
                let found = lines(format!("{longest}{more}{end}b").as_bytes());
                assert_eq!(found.len(), 2, "{more:?} {end:?}");
                assert_eq!(found[0] == Line::TooLong, !fits, "{more:?} {end:?}");
                assert_eq!(found[1], text("b"));
            }
        }
    }
}
