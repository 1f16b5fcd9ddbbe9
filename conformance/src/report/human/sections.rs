//! The sections of the report: what is broken, what might be better, what could not be judged.

use std::collections::BTreeMap;
use std::fmt::{self, Write};

use super::page::{BAD, FAINT, Page, STRONG, WARY};
use crate::picture;
use crate::report::groups::{Group, Sighting};
use crate::report::record::Record;
use crate::report::scene::{self, Short};
use crate::report::text::{a_few, count, place, printable};
use crate::requirements::Level;
use crate::verdict::Verdict;

/// How many groups are shown in full, and how many more with their sentence. After that, less is new.
const MOST_IN_FULL: usize = 12;
const MOST_IN_BRIEF: usize = 12;
/// How many names of further cases are given.
const A_FEW: usize = 4;
/// How many names of further requirements are given.
const MANY: usize = 16;

/// Every violation: a lesson each for those that may be causes, and for the rest as much as there is room.
pub(super) fn write_violations(page: &mut Page, record: &Record, groups: &[Group<'_>]) -> fmt::Result {
    let in_full = groups.iter().take_while(|group| group.leads() > 0).count().min(MOST_IN_FULL);
    let (in_full, rest) = groups.split_at(in_full);
    let (in_brief, named) = rest.split_at(rest.len().min(MOST_IN_BRIEF));
    for group in in_full {
        write_heading(page, "FAIL", group)?;
        write_requirement(page, group)?;
        write_lesson(page, record, group)?;
    }
    if !rest.is_empty() {
        let rest = count(rest.len(), "more finding", "more findings");
        writeln!(page)?;
        page.line(STRONG, &format!("{rest}, which may follow from those above"))?;
    }
    for group in in_brief {
        write_brief(page, record, "FAIL", group)?;
    }
    if !named.is_empty() {
        writeln!(page)?;
    }
    for group in named {
        write_title(page, "FAIL", group)?;
        writeln!(page, ": {}", a_few(group.cases(), A_FEW))?;
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

fn write_heading(page: &mut Page, word: &str, group: &Group<'_>) -> fmt::Result {
    writeln!(page)?;
    write_title(page, word, group)?;
    writeln!(page, "{FAINT} · {}{FAINT:#}", property_word(group))
}

/// `FAIL  CHAT-3 (MUST) broken in 3 cases`
fn write_title(page: &mut Page, word: &str, group: &Group<'_>) -> fmt::Result {
    let style = if word == "FAIL" { BAD } else { WARY };
    let level = group.known().map_or(Level::Must, |requirement| requirement.level);
    let broken = if word == "FAIL" { "broken" } else { "not followed" };
    let cases = count(group.cases().len(), "case", "cases");
    let requirement = printable(group.requirement);
    write!(page, "{style}{word}{style:#}  {STRONG}{requirement}{STRONG:#} ({level}) {broken} in {cases}")
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
    if let Some(known) = record.case(shown.case).and_then(|case| case.known_failure.as_ref()) {
        let reason = known.reason.as_deref().map_or(String::new(), |reason| format!(": {reason}"));
        page.labelled("", &format!("(it is on the list of known failures{reason})"))?;
    }
    write_difference(page, record, shown)?;
    write_scene(page, record, shown)?;
    write_repeat(page, record, shown)?;
    write_others(page, group)
}

/// How to see it again: by the saved program where there is one, for a generated one is not in any catalog.
fn write_repeat(page: &mut Page, record: &Record, shown: &Sighting<'_>) -> fmt::Result {
    let finished = record.cases.iter().find(|finished| finished.id == shown.case);
    if let Some(rate) = finished.and_then(|finished| finished.rate) {
        page.labelled("fails", &format!("in {} of {} tries", rate.failed, rate.tries))?;
    }
    match finished.map(|finished| finished.saved.as_slice()) {
        Some([first, others @ ..]) => {
            page.verbatim("repeat", &record.invocation.replay(first))?;
            others.iter().try_for_each(|other| page.verbatim("", &record.invocation.replay(other)))
        }
        _ => page.verbatim("repeat", &record.invocation.repeat(shown.cases())),
    }
}

fn write_difference(page: &mut Page, record: &Record, shown: &Sighting<'_>) -> fmt::Result {
    let short = Short::of(shown.transcript, &record.run);
    page.labelled("expected", &short.text(&shown.finding.expected))?;
    page.labelled("got", &short.text(&shown.finding.got))?;
    if let Some(seen_in) = shown.seen_in {
        page.labelled("seen in", &format!("{seen_in}, where it went astray or came late"))?;
    }
    if shown.finding.by_clock {
        page.labelled("", "(this rests on a clock)")?;
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
    page.picture(&picture::draw(transcript, &shown.finding.evidence))?;
    writeln!(page)?;
    for line in scene.lines {
        let at = line.at_ms.map_or(String::new(), |ms| format!("{ms} ms"));
        let text = printable(&line.text);
        let style = if line.evidence { anstyle::Style::new() } else { FAINT };
        writeln!(page, "  {FAINT}{at:>9}{FAINT:#}  {style}{text}{style:#}")?;
    }
    for note in scene.notes {
        page.line(FAINT, &format!("  {:9}  {note}", ""))?;
    }
    writeln!(page)
}

fn write_others(page: &mut Page, group: &Group<'_>) -> fmt::Result {
    let cases = group.cases();
    if cases.len() > 1 {
        page.labelled("also in", &a_few(cases[1..].iter().copied(), A_FEW))?;
    }
    if !group.besides.is_empty() {
        let besides = group.besides.iter().map(|(requirement, cases)| match cases {
            1 => (*requirement).to_owned(),
            cases => format!("{requirement} ({cases})"),
        });
        let besides: Vec<_> = besides.collect();
        let besides = a_few(besides.iter().map(String::as_str), MANY);
        page.labelled("besides", &format!("the same shows in cases about {besides}"))?;
    }
    Ok(())
}

fn write_brief(page: &mut Page, record: &Record, word: &str, group: &Group<'_>) -> fmt::Result {
    let shown = group.shown();
    write_heading(page, word, group)?;
    write_requirement(page, group)?;
    write_difference(page, record, shown)?;
    write_repeat(page, record, shown)?;
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
