//! The first lines of the report and the last: what was judged, and what came out.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt::{self, Write};

use anstyle::Style;

use super::page::{BAD, FAINT, GOOD, Page, STRONG, WARY};
use crate::exit_code::Exit;
use crate::invocation::command_line;
use crate::known_failures::Standing;
use crate::report::groups::Group;
use crate::report::record::{Drifted, Record};
use crate::report::text::{count, duration};
use crate::requirements::Level;
use crate::snapshots::Drift;
use crate::verdict::Verdict;

/// How many of a subject's last lines are shown.
const LAST_OUTPUT: usize = 20;

/// What was judged, and against what.
pub(super) fn write_headline(page: &mut Page, record: &Record) -> fmt::Result {
    let subject = &record.subject;
    let title = format!("roomwire {}: {subject}", record.tool_version);
    page.line(STRONG, &title)?;
    let url = record.url.trim_end_matches('/');
    if !url.is_empty() && url != subject.trim_end_matches('/') {
        page.line(FAINT, &format!("at {}", record.url))?;
    }
    // Where nothing was judged, the profiles would be those that the spec presumes.
    if record.cases.is_empty() {
        return Ok(());
    }
    let cases = count(record.selected, "case", "cases");
    let aside = match record.count(Verdict::NotApplicable) {
        0 => String::new(),
        number => format!(", {number} of them not applicable"),
    };
    let profiles = if record.profiles.len() == 1 { "profile" } else { "profiles" };
    page.indented(0, &format!("judged by {profiles} {}: {cases}{aside}", record.profiles.join(", ")))?;
    if !record.invocation.selection.is_empty() {
        page.indented(
            0,
            &format!("selected by {}", command_line(record.invocation.selection.iter().map(String::as_str))),
        )?;
    }
    Ok(())
}

/// The counts, and one sentence that says what they mean.
pub(super) fn write_summary(
    page: &mut Page,
    record: &Record,
    violations: &[Group<'_>],
    warnings: &[Group<'_>],
) -> fmt::Result {
    writeln!(page)?;
    write_counts(page, record)?;
    write_not_applicable(page, record)?;
    let footer = &record.footer;
    if footer.by_clock > 0 {
        let verdicts = count(footer.by_clock, "verdict rests", "verdicts rest");
        page.indented(
            0,
            &format!("{verdicts} on a clock: on how long something took, or on what had not come in time"),
        )?;
    }
    if let Some(unfenced) = record.unfenced {
        page.indented(0, &unfenced.sentence())?;
    }
    write_subject_output(page, record)?;
    let (style, sentence) = sentence(record, violations, warnings);
    writeln!(page)?;
    for (number, part) in sentence.iter().enumerate() {
        page.line(if number == 0 { style } else { Style::new() }, part)?;
    }
    Ok(())
}

/// `81 pass, 2 fail, 1 warn, 3 not-applicable, in 2.3 s with seed 0`
fn write_counts(page: &mut Page, record: &Record) -> fmt::Result {
    let footer = &record.footer;
    let mut counts = Vec::new();
    for verdict in Verdict::ALL {
        let number = record.count(verdict);
        let style = match verdict {
            _ if number == 0 => continue,
            Verdict::Pass => GOOD,
            Verdict::Fail | Verdict::Error => BAD,
            Verdict::Warn | Verdict::Inconclusive => WARY,
            Verdict::NotApplicable => FAINT,
        };
        counts.push(format!("{style}{number} {verdict}{style:#}"));
    }
    if footer.not_run > 0 {
        counts.push(format!("{WARY}{} not run{WARY:#}", footer.not_run));
    }
    let time = duration(footer.duration_ms);
    writeln!(page, "{}{FAINT}  in {time}, seed {}{FAINT:#}", counts.join(", "), record.seed)?;
    let generated = record.cases.iter().filter_map(|case| case.programs);
    let (kinds, programs) = generated.fold((0, 0), |(kinds, all), programs| (kinds + 1, all + programs));
    match kinds {
        0 => Ok(()),
        1 => page.indented(0, &format!("one of the cases stands for {programs} generated programs")),
        _ => page.indented(0, &format!("{kinds} of the cases stand for {programs} generated programs")),
    }
}

fn write_not_applicable(page: &mut Page, record: &Record) -> fmt::Result {
    let mut profiles: BTreeMap<&str, usize> = BTreeMap::new();
    for case in record.with(Verdict::NotApplicable) {
        *profiles.entry(&case.profile).or_default() += 1;
    }
    if profiles.is_empty() {
        return Ok(());
    }
    let profiles: Vec<_> =
        profiles.iter().map(|(profile, number)| format!("{number} of {profile}")).collect();
    page.indented(
        0,
        &format!("not applicable, by what the subject claims in its 201: {}", profiles.join(", ")),
    )
}

fn write_subject_output(page: &mut Page, record: &Record) -> fmt::Result {
    let output = &record.footer.subject_output;
    if output.is_empty() {
        return Ok(());
    }
    writeln!(page)?;
    page.line(STRONG, "the last that the subject printed")?;
    for line in &output[output.len().saturating_sub(LAST_OUTPUT)..] {
        page.line(Style::new(), &format!("  | {line}"))?;
    }
    Ok(())
}

/// What came out, in plain words: the first is the result, the others say what to do next.
pub(super) fn sentence(
    record: &Record,
    violations: &[Group<'_>],
    warnings: &[Group<'_>],
) -> (Style, Vec<String>) {
    let footer = &record.footer;
    let reason = footer.reason.as_deref();
    let is = |exit: Exit| footer.exit_code == exit.code();
    if is(Exit::Conforms) {
        return (GOOD, vec![conforms(record, warnings)]);
    }
    if is(Exit::Violations) {
        let sentence = broken(record, violations, warnings);
        return (BAD, std::iter::once(sentence).chain(cut_short(record)).collect());
    }
    if is(Exit::Unreachable) {
        let mut sentences =
            vec![format!("could not be judged to the end: {}", reason.unwrap_or("it went away"))];
        if record.cases.is_empty() {
            sentences[0] = format!("could not be judged: {}", reason.unwrap_or("it could not be reached"));
        }
        if !violations.is_empty() {
            sentences.push(format!("until then it {}", broken(record, violations, warnings)));
        }
        sentences.push(next_step(record));
        return (BAD, sentences);
    }
    if is(Exit::Incomplete) {
        return (WARY, incomplete(record));
    }
    let errors = count(record.count(Verdict::Error), "case", "cases");
    let sentence =
        format!("the runner itself failed in {errors}: that is a bug of roomwire, and worth a report");
    (BAD, std::iter::once(sentence).chain(cut_short(record)).collect())
}

fn conforms(record: &Record, warnings: &[Group<'_>]) -> String {
    let cases = count(record.count(Verdict::Pass) + record.count(Verdict::Warn), "case", "cases");
    let scope =
        if record.invocation.selection.is_empty() { "" } else { ", as far as the selected cases tell" };
    let but = match requirements(warnings).len() {
        0 => String::new(),
        number => format!("; {} not followed", count(number, "recommendation is", "recommendations are")),
    };
    match record.footer.known_failures {
        0 => format!("conforms{scope}: nothing is wrong in {cases}{but}"),
        number => {
            let known = count(number, "known failure", "known failures");
            format!("conforms{scope}, but for {known}: nothing else is wrong in {cases}{but}")
        }
    }
}

/// `does not conform: 2 requirements broken in 3 cases`
fn broken(record: &Record, violations: &[Group<'_>], warnings: &[Group<'_>]) -> String {
    let mended = record.known(Standing::Mended).len();
    if mended > 0 && mended + record.footer.known_failures >= record.count(Verdict::Fail) + mended {
        return count(
            mended,
            "known failure passes, and has to leave the list",
            "known failures pass, and have to leave the list",
        );
    }
    if record.count(Verdict::Fail) == 0 && record.count(Verdict::Warn) == 0 {
        let changed = |drifted: &&Drifted| drifted.drift == Drift::Changed && !drifted.accepted;
        let cases = count(record.drifts.iter().filter(changed).count(), "case", "cases");
        return format!("fails, by --strict: {cases} went another way than the snapshots say");
    }
    if record.count(Verdict::Fail) == 0 {
        let number = count(requirements(warnings).len(), "recommendation", "recommendations");
        let cases = count(record.count(Verdict::Warn), "case", "cases");
        return format!("does not conform, by --strict: {number} not followed in {cases}");
    }
    let number = count(requirements(violations).len(), "requirement", "requirements");
    let cases = count(record.count(Verdict::Fail), "case", "cases");
    format!("does not conform: {number} broken in {cases}")
}

fn requirements<'a>(groups: &[Group<'a>]) -> BTreeSet<&'a str> {
    groups.iter().map(|group| group.requirement).collect()
}

fn incomplete(record: &Record) -> Vec<String> {
    let open = record.with(Verdict::Inconclusive).iter().filter(|case| case.level == Level::Must).count();
    let mut sentences = Vec::new();
    if open > 0 {
        let cases = count(open, "case of level MUST", "cases of level MUST");
        sentences.push(format!("incomplete: nothing failed, but {cases} could not be judged"));
    } else if record.footer.reason.is_none() {
        sentences.push("incomplete: no case that was selected applies, so nothing was judged".into());
    } else {
        sentences.push("incomplete: nothing failed, but not everything was judged".into());
    }
    sentences.extend(cut_short(record));
    sentences
}

/// What ended the run before its time, and how much that left open.
fn cut_short(record: &Record) -> Option<String> {
    let (reason, not_run) = (record.footer.reason.as_deref(), record.footer.not_run);
    let cases = count(not_run, "case was not run", "cases were not run");
    match (reason, not_run) {
        (None, 0) => None,
        (Some(reason), 0) => Some(reason.to_owned()),
        (None, _) => Some(cases),
        (Some(reason), _) => Some(format!("{reason}: {cases}")),
    }
}

fn next_step(record: &Record) -> String {
    let is_command = record.invocation.words.iter().any(|word| word == "--");
    let see = match (is_command, record.cases.is_empty(), record.footer.subject_output.is_empty()) {
        (true, true, true) => "try the command by itself; it printed nothing",
        (true, true, false) => "see what the command printed, above, and try it by itself",
        (true, false, _) => "see what the command printed, above, and run the cases shown here one by one",
        (false, true, _) => {
            let url = &record.url;
            return format!(
                "next: see that a server listens at {url}, and takes WebSocket connections there"
            );
        }
        (false, false, _) => {
            "see in the server's own log why it went away, and run the cases shown here one by one"
        }
    };
    let port = if is_command && record.cases.is_empty() {
        ". It is given a free port, as PORT in its environment and in place of {port} in its arguments"
    } else {
        ""
    };
    format!("next: {see}{port}")
}
