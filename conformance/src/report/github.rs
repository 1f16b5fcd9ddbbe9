//! Annotations for GitHub Actions: lines that its runner reads from a step's output.

use std::fmt::Write as _;

use super::groups::{self, Group};
use super::human;
use super::junit::details;
use super::record::Record;
use crate::exit_code::Exit;
use crate::known_failures::Standing;
use crate::requirements::Level;

/// GitHub shows ten annotations of a kind a step; the last one says how many more there are.
const MOST: usize = 9;
/// The most bytes of a summary that GitHub takes.
const MOST_SUMMARY_BYTES: usize = 1 << 20;

/// Renders a run.
pub(super) fn render(record: &Record) -> String {
    let (violations, warnings) = groups::find(record);
    let mut text = String::new();
    write_groups(&mut text, record, "error", &violations);
    write_groups(&mut text, record, "warning", &warnings);
    for (case, _) in record.known(Standing::Mended).into_iter().take(MOST) {
        let message = "it is on the list of known failures, and passes: take it off the list";
        command(&mut text, "error", &case.id, message);
    }
    let kind = if record.ended_with(Exit::Conforms) { "notice" } else { "error" };
    command(&mut text, kind, &format!("roomwire: {}", record.subject), &human::sentences(record).join("\n"));
    text
}

/// A Markdown report that a step summary takes.
#[must_use]
pub fn summary(markdown: &str) -> String {
    const CUT: &str = "\n\n…the rest is too long for this summary; it is in the other reports.\n";
    if markdown.len() <= MOST_SUMMARY_BYTES {
        return markdown.to_owned();
    }
    let mut end = MOST_SUMMARY_BYTES - CUT.len() - 4;
    while !markdown.is_char_boundary(end) {
        end -= 1;
    }
    // A block of code that is cut must be closed, or the last words would be a part of it.
    let open = markdown[..end].lines().filter(|line| line.starts_with("```")).count() % 2 == 1;
    format!("{}{}{CUT}", &markdown[..end], if open { "\n```" } else { "" })
}

fn write_groups(text: &mut String, record: &Record, kind: &str, groups: &[Group<'_>]) {
    for group in groups.iter().take(MOST) {
        let level = group.known().map_or(Level::Must, |requirement| requirement.level);
        let case = record.case(group.shown().case);
        let message = case.map_or_else(String::new, |case| details(record, case));
        let title = format!(
            "{} ({level}) in {} cases, as in {}",
            group.requirement,
            group.cases().len(),
            group.shown().case
        );
        command(text, kind, &title, message.trim_end());
    }
    if let Some(more) = groups.len().checked_sub(MOST).filter(|more| *more > 0) {
        command(
            text,
            kind,
            "roomwire",
            &format!("{more} more requirements; see the summary or the other reports"),
        );
    }
}

/// `::error title=…::…`
fn command(text: &mut String, kind: &str, title: &str, message: &str) {
    let data = |text: &str| text.replace('%', "%25").replace('\r', "%0D").replace('\n', "%0A");
    let title = data(title).replace(':', "%3A").replace(',', "%2C");
    // Writing to a string does not fail.
    let _ = writeln!(text, "::{kind} title={title}::{}", data(message));
}
