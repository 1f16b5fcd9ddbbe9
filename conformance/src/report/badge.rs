//! A badge: one line about a run, as SVG, for a readme.

use maud::html;

use super::record::Record;
use crate::exit_code::Exit;
use crate::verdict::Verdict;

/// What the left half says.
const NAME: &str = "roomwire";
/// The width of a character, about; the text is fitted into what that makes.
const CHARACTER: usize = 7;
const PADDING: usize = 7;

/// Renders the badge of a run.
#[must_use]
pub fn render(record: &Record) -> String {
    let (words, colour) = said(record);
    let (left, right) = (width(NAME), width(&words));
    let all = left + right;
    let label = format!("{NAME}: {words}");
    let text = |x: usize, words: &str| {
        html! { text x=(x) y="14" textLength=(CHARACTER * words.chars().count()) { (words) } }
    };
    html! {
        svg xmlns="http://www.w3.org/2000/svg" width=(all) height="20" role="img" aria-label=(label) {
            title { (label) }
            clipPath id="round" { rect width=(all) height="20" rx="3" {} }
            g clip-path="url(#round)" {
                rect width=(left) height="20" fill="#3b4148" {}
                rect x=(left) width=(right) height="20" fill=(colour) {}
            }
            g fill="#fff" font-family="Verdana,DejaVu Sans,sans-serif" font-size="11" {
                (text(PADDING, NAME))
                (text(left + PADDING, &words))
            }
        }
    }
    .into_string()
        + "\n"
}

fn said(record: &Record) -> (String, &'static str) {
    const GOOD: &str = "#1a7f37";
    const BAD: &str = "#c21d2b";
    const WARY: &str = "#8a5a00";
    const FAINT: &str = "#5b636c";
    let known = record.footer.known_failures;
    if record.ended_with(Exit::Conforms) && known == 0 {
        (record.profiles.join(", "), GOOD)
    } else if record.ended_with(Exit::Conforms) {
        (format!("{known} known failures"), WARY)
    } else if record.ended_with(Exit::Violations) {
        (format!("{} of {} cases fail", record.count(Verdict::Fail), record.selected), BAD)
    } else if record.ended_with(Exit::Incomplete) {
        ("incomplete".into(), WARY)
    } else if record.ended_with(Exit::Unreachable) {
        ("unreachable".into(), FAINT)
    } else {
        ("error".into(), FAINT)
    }
}

fn width(text: &str) -> usize {
    CHARACTER * text.chars().count() + 2 * PADDING
}
