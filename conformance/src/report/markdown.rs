//! The report as Markdown, with a Mermaid diagram for each violation: for the summary of a CI job, or a page that
//! somebody else reads.

use std::fmt::{self, Write as _};

use super::groups::{self, Group};
use super::human;
use super::record::{Drifted, Record};
use super::scene::Short;
use super::text::{a_few, count, cut, duration, place};
use crate::known_failures::Standing;
use crate::picture::{self, mermaid};
use crate::requirements::Level;
use crate::verdict::Verdict;

/// How many violations are shown in full.
const MOST_IN_FULL: usize = 20;
/// How many names of cases are given.
const A_FEW: usize = 8;

/// Renders a run.
pub(super) fn render(record: &Record) -> String {
    let mut text = String::new();
    // Writing to a string does not fail.
    let _ = write_report(&mut text, record);
    text
}

fn write_report(text: &mut String, record: &Record) -> fmt::Result {
    writeln!(text, "# roomwire: {}\n", escape(&record.subject))?;
    for (number, sentence) in human::sentences(record).iter().enumerate() {
        let emphasis = if number == 0 { "**" } else { "" };
        writeln!(text, "{emphasis}{}{emphasis}\n", escape(sentence))?;
    }
    write_counts(text, record)?;
    let (violations, warnings) = groups::find(record);
    write_section(text, record, "What is wrong", &violations)?;
    write_section(text, record, "What might be better", &warnings)?;
    write_known(text, record)?;
    write_drifts(text, &record.drifts)?;
    write_unjudged(text, record)
}

fn write_counts(text: &mut String, record: &Record) -> fmt::Result {
    let counted: Vec<_> = Verdict::ALL.into_iter().filter(|verdict| record.count(*verdict) > 0).collect();
    if !counted.is_empty() {
        let heads: Vec<_> = counted.iter().map(|verdict| verdict.word()).collect();
        writeln!(text, "| {} |", heads.join(" | "))?;
        writeln!(text, "|{}", "---:|".repeat(counted.len()))?;
        let counts: Vec<_> = counted.iter().map(|verdict| record.count(*verdict).to_string()).collect();
        writeln!(text, "| {} |\n", counts.join(" | "))?;
    }
    let footer = &record.footer;
    let mut facts = Vec::new();
    if !record.profiles.is_empty() {
        facts.push(format!("profiles {}", record.profiles.join(", ")));
    }
    facts.push(format!(
        "roomwire {}, seed {}, {}",
        record.tool_version,
        record.seed,
        duration(footer.duration_ms)
    ));
    if footer.not_run > 0 {
        facts.push(count(footer.not_run, "case not run", "cases not run"));
    }
    if footer.by_clock > 0 {
        facts.push(count(footer.by_clock, "verdict rests on a clock", "verdicts rest on a clock"));
    }
    writeln!(text, "{}", escape(&facts.join("; ")))
}

fn write_section(text: &mut String, record: &Record, title: &str, groups: &[Group<'_>]) -> fmt::Result {
    if groups.is_empty() {
        return Ok(());
    }
    writeln!(text, "\n## {title}")?;
    for group in groups.iter().take(MOST_IN_FULL) {
        write_lesson(text, record, group)?;
    }
    let more = groups.iter().skip(MOST_IN_FULL);
    let more: Vec<_> = more.map(|group| group.requirement).collect();
    if !more.is_empty() {
        writeln!(text, "\n…and {}: {}", count(more.len(), "more", "more"), escape(&more.join(", ")))?;
    }
    Ok(())
}

fn write_lesson(text: &mut String, record: &Record, group: &Group<'_>) -> fmt::Result {
    let shown = group.shown();
    let cases = group.cases();
    let level = group.known().map_or(Level::Must, |requirement| requirement.level);
    let number = count(cases.len(), "case", "cases");
    writeln!(text, "\n### {} ({level}), in {number}\n", escape(group.requirement))?;
    if let Some(requirement) = group.known() {
        writeln!(text, "> {}\n>\n> {}, {}\n", requirement.text, place(requirement), requirement.id)?;
    }
    let short = Short::of(shown.transcript, &record.run);
    writeln!(text, "`{}`: {}\n", shown.case, escape(shown.title))?;
    writeln!(text, "- expected: {}", code(&short.text(&shown.finding.expected)))?;
    writeln!(text, "- got: {}", code(&short.text(&shown.finding.got)))?;
    if let Some(seen_in) = shown.seen_in {
        writeln!(text, "- seen in: `{seen_in}`, where it went astray or came late")?;
    }
    if shown.finding.by_clock {
        writeln!(text, "- this rests on a clock")?;
    }
    if let Some(transcript) = shown.transcript {
        let picture = picture::draw(transcript, &shown.finding.evidence);
        if !picture.rows.is_empty() {
            writeln!(text, "\n```mermaid\n{}```", mermaid::render(&picture))?;
        }
    }
    writeln!(text, "\nRepeat:\n\n{}", block("sh", &record.invocation.repeat(shown.cases())))?;
    if cases.len() > 1 {
        writeln!(text, "\nAlso in {}", a_few(cases[1..].iter().copied(), A_FEW))?;
    }
    Ok(())
}

fn write_known(text: &mut String, record: &Record) -> fmt::Result {
    for (meaning, title) in [
        (Standing::Mended, "Known failures that pass, and have to leave the list"),
        (Standing::Holds, "Known failures"),
    ] {
        let cases = record.known(meaning);
        if cases.is_empty() {
            continue;
        }
        writeln!(text, "\n## {title}\n")?;
        for (case, known) in cases {
            let reason = known.reason.as_deref().map_or(String::new(), |why| format!(": {}", escape(why)));
            writeln!(text, "- `{}`{reason}", case.id)?;
        }
    }
    Ok(())
}

fn write_drifts(text: &mut String, drifts: &[Drifted]) -> fmt::Result {
    if drifts.is_empty() {
        return Ok(());
    }
    writeln!(text, "\n## What goes otherwise than the snapshots say\n")?;
    for drifted in drifts {
        let accepted = if drifted.accepted { ", accepted" } else { "" };
        let drift = format!("{:?}", drifted.drift).to_lowercase();
        writeln!(text, "- `{}` ({drift}{accepted})", drifted.case)?;
        if !drifted.diff.is_empty() {
            writeln!(text, "\n{}\n", block("diff", &drifted.diff))?;
        }
    }
    Ok(())
}

fn write_unjudged(text: &mut String, record: &Record) -> fmt::Result {
    for (verdict, title) in
        [(Verdict::Error, "Errors of the runner itself"), (Verdict::Inconclusive, "Not judged")]
    {
        let cases = record.with(verdict);
        if cases.is_empty() {
            continue;
        }
        writeln!(text, "\n## {title}\n")?;
        for case in cases {
            let reason = case.reason.as_deref().unwrap_or("no reason is given");
            writeln!(text, "- `{}`: {}", case.id, escape(reason))?;
        }
    }
    Ok(())
}

/// Text that means nothing to Markdown.
fn escape(text: &str) -> String {
    let mut safe = String::with_capacity(text.len());
    for character in text.chars() {
        match character {
            '\\' | '`' | '*' | '_' | '[' | ']' | '<' | '>' | '|' | '#' | '~' | '!' => {
                safe.push('\\');
                safe.push(character);
            }
            '&' => safe.push_str("&amp;"),
            character if character.is_control() => safe.push(' '),
            character => safe.push(character),
        }
    }
    safe
}

/// Text in a span of code, whatever it holds.
fn code(text: &str) -> String {
    let text = cut(text);
    let text: String = text.chars().map(|c| if c.is_control() { ' ' } else { c }).collect();
    let fence = "`".repeat(longest_run(&text) + 1);
    format!("{fence} {text} {fence}")
}

/// Text in a block of code, whatever it holds.
fn block(language: &str, text: &str) -> String {
    let fence = "`".repeat(longest_run(text).max(2) + 1);
    format!("{fence}{language}\n{}\n{fence}", text.trim_end())
}

/// The most backticks in a row.
fn longest_run(text: &str) -> usize {
    text.split(|c| c != '`').map(str::len).max().unwrap_or(0)
}
