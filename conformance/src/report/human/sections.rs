//! The sections of the report: what is broken, what might be better, what could not be judged.

use std::collections::BTreeMap;
use std::fmt::{self, Write};

use super::groups::{Group, Sighting};
use super::page::{BAD, FAINT, Page, STRONG, WARY};
use super::record::Record;
use super::scene::{self, Short};
use super::text::{a_few, count, place};
use crate::requirements::Level;
use crate::verdict::Verdict;

/// How many groups are shown in full; of what comes behind them, less is new.
const MOST_IN_FULL: usize = 12;
/// How many names of further cases are given.
const A_FEW: usize = 4;

/// Every violation: a lesson each, as far as there is room.
pub(super) fn write_violations(page: &mut Page, record: &Record, groups: &[Group<'_>]) -> fmt::Result {
    for (number, group) in groups.iter().enumerate() {
        if number < MOST_IN_FULL {
            write_heading(page, "FAIL", group)?;
            write_requirement(page, group)?;
            write_lesson(page, record, group)?;
            continue;
        }
        if number == MOST_IN_FULL {
            writeln!(page)?;
            let rest = count(groups.len() - number, "more requirement", "more requirements");
            page.line(STRONG, &format!("{rest} broken, in brief; --requirement ID shows one in full"))?;
        }
        write_brief(page, record, "FAIL", group)?;
    }
    Ok(())
}

/// Every SHOULD that was not followed.
pub(super) fn write_warnings(page: &mut Page, record: &Record, groups: &[Group<'_>]) -> fmt::Result {
    for group in groups {
        write_brief(page, record, "WARN", group)?;
    }
    Ok(())
}

/// `FAIL  CHAT-3 (MUST) in 3 cases · delivery`
fn write_heading(page: &mut Page, word: &str, group: &Group<'_>) -> fmt::Result {
    let style = if word == "FAIL" { BAD } else { WARY };
    let level = group.known().map_or(Level::Must, |requirement| requirement.level);
    let cases = count(group.cases().len(), "case", "cases");
    let property = property_word(group);
    let requirement = group.requirement;
    writeln!(page)?;
    write!(page, "{style}{word}{style:#}  {STRONG}{requirement}{STRONG:#} ({level}) broken in {cases}")?;
    writeln!(page, "{FAINT} · {property}{FAINT:#}")
}

/// The sentence, and where it stands.
fn write_requirement(page: &mut Page, group: &Group<'_>) -> fmt::Result {
    match group.known() {
        Some(requirement) => {
            page.indented(2, &format!("“{}”", requirement.text))?;
            page.line(FAINT, &format!("  {}, {}", place(requirement), requirement.id))
        }
        None => page.indented(2, "This version of roomwire does not know the sentence of this requirement."),
    }
}

fn write_lesson(page: &mut Page, record: &Record, group: &Group<'_>) -> fmt::Result {
    let shown = group.shown();
    writeln!(page)?;
    page.labelled("case", &format!("{}: {}", shown.case, shown.title))?;
    write_difference(page, record, shown)?;
    write_scene(page, record, shown)?;
    page.verbatim("repeat", &record.invocation.repeat(shown.cases()))?;
    write_others(page, group)
}

fn write_difference(page: &mut Page, record: &Record, shown: &Sighting<'_>) -> fmt::Result {
    let short = Short::of(shown.transcript, &record.run);
    page.labelled("expected", &short.text(&shown.finding.expected))?;
    page.labelled("got", &short.text(&shown.finding.got))?;
    if let Some(seen_in) = shown.seen_in {
        page.labelled("seen in", &format!("{seen_in}, where it went astray or came late"))?;
    }
    if shown.finding.by_clock {
        page.labelled("", "(this rests on a clock: the runner stopped waiting)")?;
    }
    Ok(())
}

fn write_scene(page: &mut Page, record: &Record, shown: &Sighting<'_>) -> fmt::Result {
    let Some(transcript) = shown.transcript else { return Ok(()) };
    let short = Short::of(Some(transcript), &record.run);
    let scene = scene::tell(transcript, &shown.finding.evidence, &short);
    if scene.lines.is_empty() {
        return Ok(());
    }
    let title = if shown.finding.evidence.is_empty() { "the last steps" } else { "what happened" };
    writeln!(page)?;
    page.line(FAINT, &format!("  {title}"))?;
    for line in scene.lines {
        let at = line.at_ms.map_or(String::new(), |ms| format!("{ms} ms"));
        let text = super::text::printable(&line.text);
        let style = if line.evidence { anstyle::Style::new() } else { FAINT };
        writeln!(page, "  {FAINT}{at:>9}{FAINT:#}  {style}{text}{style:#}")?;
    }
    if let Some(names) = scene.names {
        page.line(FAINT, &format!("  {:9}  {names}", ""))?;
    }
    writeln!(page)
}

fn write_others(page: &mut Page, group: &Group<'_>) -> fmt::Result {
    let cases = group.cases();
    if cases.len() > 1 {
        page.labelled("also in", &a_few(cases[1..].iter().copied(), A_FEW))?;
    }
    Ok(())
}

fn write_brief(page: &mut Page, record: &Record, word: &str, group: &Group<'_>) -> fmt::Result {
    let shown = group.shown();
    write_heading(page, word, group)?;
    write_requirement(page, group)?;
    write_difference(page, record, shown)?;
    page.verbatim("repeat", &record.invocation.repeat(shown.cases()))?;
    write_others(page, group)
}

fn property_word(group: &Group<'_>) -> String {
    let word = serde_json::to_value(group.property).ok();
    word.and_then(|word| word.as_str().map(str::to_owned)).unwrap_or_default()
}

/// Cases without a verdict that says something about the subject, by the reasons for that.
pub(super) fn write_unjudged(page: &mut Page, record: &Record) -> fmt::Result {
    for (verdict, title) in
        [(Verdict::Error, "ERROR in the runner itself"), (Verdict::Inconclusive, "NOT JUDGED")]
    {
        let mut reasons: BTreeMap<&str, Vec<&str>> = BTreeMap::new();
        for case in record.with(verdict) {
            reasons.entry(case.reason.as_deref().unwrap_or("no reason is given")).or_default().push(&case.id);
        }
        if reasons.is_empty() {
            continue;
        }
        writeln!(page)?;
        let style = if verdict == Verdict::Error { BAD } else { WARY };
        page.line(style, title)?;
        for (reason, cases) in reasons {
            page.indented(2, &format!("{}: {reason}", a_few(cases.iter().copied(), A_FEW)))?;
        }
    }
    Ok(())
}
