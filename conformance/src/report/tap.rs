//! TAP 14: a test point a case, with what is wrong in YAML below it.

use std::fmt::Write as _;

use super::human;
use super::record::Record;
use crate::event::CaseFinished;
use crate::known_failures::{Standing, standing};
use crate::requirements::Level;
use crate::verdict::Verdict;

/// How many findings of a case are told: what comes behind them mostly follows from them.
const MOST_FINDINGS: usize = 5;

/// Renders a run.
pub(super) fn render(record: &Record) -> String {
    let cases = record.sorted();
    let mut text = format!("TAP version 14\n1..{}\n", cases.len());
    // Writing to a string does not fail.
    let _ = writeln!(text, "# roomwire {}: {}", record.tool_version, one_line(&record.subject));
    for (number, case) in cases.into_iter().enumerate() {
        write_point(&mut text, record, number + 1, case);
    }
    for sentence in human::sentences(record) {
        let _ = writeln!(text, "# {}", one_line(&sentence));
    }
    if let Some(reason) = &record.footer.reason {
        let _ = writeln!(text, "Bail out! {}", one_line(reason));
    }
    text
}

fn write_point(text: &mut String, record: &Record, number: usize, case: &CaseFinished) {
    let verdict = record.verdict(case);
    let known = case.known_failure.as_ref().map(|known| (standing(verdict), known.reason.as_deref()));
    let reason = one_line(case.reason.as_deref().unwrap_or_default());
    let (is_ok, directive) = match (verdict, known) {
        (_, Some((Standing::Holds, why))) => {
            (false, format!(" # TODO known failure: {}", one_line(why.unwrap_or("no reason is given"))))
        }
        (_, Some((Standing::Mended, _))) => (false, String::new()),
        (Verdict::Pass, _) => (true, String::new()),
        (Verdict::Warn, _) => (!record.is_strict(), String::new()),
        (Verdict::NotApplicable, _) => (true, format!(" # SKIP not applicable: {reason}")),
        (Verdict::Inconclusive, _) if case.level != Level::Must => {
            (true, format!(" # SKIP not judged: {reason}"))
        }
        (Verdict::Fail | Verdict::Inconclusive | Verdict::Error, _) => (false, String::new()),
    };
    let word = if is_ok { "ok" } else { "not ok" };
    let title = escape(&format!("{}: {}", case.id, case.title));
    let _ = writeln!(text, "{word} {number} - {title}{directive}");
    if verdict == Verdict::Pass && known.is_none() || verdict == Verdict::NotApplicable {
        return;
    }
    text.push_str("  ---\n");
    let mut member = |name: &str, value: &str| {
        let _ = writeln!(text, "  {name}: {}", quote(value));
    };
    member("verdict", verdict.word());
    if let Some((Standing::Mended, _)) = known {
        member("message", "it is on the list of known failures, and passes: take it off the list");
    } else if let Some(reason) = &case.reason {
        member("message", reason);
    }
    member("requirements", &case.requirements.join(" "));
    if !matches!(verdict, Verdict::Pass) {
        member("repeat", &record.invocation.repeat([case.id.as_str()]));
    }
    let findings = record.findings(case);
    if !findings.is_empty() {
        text.push_str("  findings:\n");
    }
    for shown in findings.into_iter().take(MOST_FINDINGS) {
        let finding = shown.finding;
        let _ = writeln!(text, "    - requirement: {}", quote(&finding.requirement));
        let _ = writeln!(text, "      expected: {}", quote(&finding.expected));
        let _ = writeln!(text, "      got: {}", quote(&finding.got));
        if let Some(seen_in) = shown.seen_in {
            let _ = writeln!(text, "      seenIn: {}", quote(seen_in));
        }
    }
    text.push_str("  ...\n");
}

/// A scalar in double quotes, which YAML takes from JSON as it is.
fn quote(text: &str) -> String {
    serde_json::Value::from(text).to_string()
}

/// A description, in which `#` would begin a directive.
fn escape(text: &str) -> String {
    one_line(text).replace('\\', "\\\\").replace('#', "\\#")
}

fn one_line(text: &str) -> String {
    text.split(['\n', '\r']).collect::<Vec<_>>().join(" ")
}
