//! What is not about the specification: the list of known failures, and golden transcripts.

use std::fmt::{self, Write};

use anstyle::Style;

use super::page::{BAD, FAINT, GOOD, Page, WARY};
use crate::known_failures::Standing;
use crate::report::record::{Drifted, Record};
use crate::report::text::{a_few, count};
use crate::snapshots::Drift;

/// The most lines of a difference, and the most differences.
const MOST_LINES: usize = 40;
const MOST_DIFFS: usize = 8;
/// How many names are given.
const A_FEW: usize = 4;

/// Cases of the list that pass, and those that fail as they must.
pub(super) fn write_known_failures(page: &mut Page, record: &Record) -> fmt::Result {
    let mended = record.known(Standing::Mended);
    if !mended.is_empty() {
        writeln!(page)?;
        page.line(
            BAD,
            "FAIL  known failures that pass; take them off the list, which would hide their next failure",
        )?;
        for (case, known) in mended {
            let reason = known.reason.as_deref().map_or(String::new(), |reason| format!("  # {reason}"));
            page.line(Style::new(), &format!("  {}{reason}", case.id))?;
        }
    }
    let holding = record.known(Standing::Holds);
    if !holding.is_empty() {
        writeln!(page)?;
        let ids = a_few(holding.iter().map(|(case, _)| case.id.as_str()), A_FEW);
        let known = count(holding.len(), "known failure fails", "known failures fail");
        page.indented(0, &format!("{known} no run: {ids}"))?;
    }
    Ok(())
}

/// What goes otherwise than golden transcripts say.
pub(super) fn write_drifts(page: &mut Page, record: &Record) -> fmt::Result {
    let of = |kind| move |drifted: &&Drifted| drifted.drift == kind;
    let changed: Vec<_> = record.drifts.iter().filter(of(Drift::Changed)).collect();
    for (number, drifted) in changed.iter().enumerate() {
        writeln!(page)?;
        let accepted = if drifted.accepted { ", which was accepted" } else { "" };
        let title = format!("DRIFT  {} goes another way than its snapshot says{accepted}", drifted.case);
        page.line(if drifted.accepted { FAINT } else { WARY }, &title)?;
        if number < MOST_DIFFS {
            write_diff(page, &drifted.diff)?;
        }
    }
    for (kind, one, many, what) in [
        (Drift::New, "case has", "cases have", "no snapshot yet"),
        (Drift::Obsolete, "snapshot is", "snapshots are", "of no case any more"),
    ] {
        let some: Vec<_> = record.drifts.iter().filter(of(kind)).collect();
        let Some(first) = some.first() else { continue };
        writeln!(page)?;
        let then = match (first.accepted, kind) {
            (true, Drift::Obsolete) => "; removed",
            (true, _) => "; written",
            (false, _) => "; --update-snapshots mends that",
        };
        let ids = a_few(some.iter().map(|drifted| drifted.case.as_str()), A_FEW);
        page.indented(0, &format!("{} {what}{then}: {ids}", count(some.len(), one, many)))?;
    }
    Ok(())
}

fn write_diff(page: &mut Page, diff: &str) -> fmt::Result {
    for line in diff.lines().take(MOST_LINES) {
        let style = match line.as_bytes().first() {
            Some(b'+') => GOOD,
            Some(b'-') => BAD,
            Some(b'@') => FAINT,
            _ => Style::new(),
        };
        page.line(style, &format!("  {line}"))?;
    }
    match diff.lines().count().saturating_sub(MOST_LINES) {
        0 => Ok(()),
        more => page.line(FAINT, &format!("  … {more} more lines")),
    }
}
