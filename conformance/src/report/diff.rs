//! What has changed between two runs: verdicts, case by case.

use std::collections::BTreeMap;
use std::fmt::Write as _;

use super::record::Record;
use super::text::{count, duration};
use crate::verdict::Verdict;

/// How two runs differ.
#[derive(Debug)]
pub struct Diff {
    text: String,
    worse: usize,
}

impl Diff {
    /// The difference, for people.
    #[must_use]
    pub fn text(&self) -> &str {
        &self.text
    }

    /// How many cases got worse: those that were right, or not judged, and are wrong.
    #[must_use]
    pub fn worse(&self) -> usize {
        self.worse
    }
}

/// What has changed from one run to another.
#[must_use]
pub fn diff(before: &Record, after: &Record) -> Diff {
    let verdicts = |record: &Record| -> BTreeMap<String, Verdict> {
        record.cases.iter().map(|case| (case.id.clone(), record.verdict(case))).collect()
    };
    let (old, new) = (verdicts(before), verdicts(after));
    let mut sections: [(&str, Vec<String>); 5] = [
        ("worse", Vec::new()),
        ("better", Vec::new()),
        ("otherwise", Vec::new()),
        ("only in the second", Vec::new()),
        ("only in the first", Vec::new()),
    ];
    let mut same = 0;
    let mut worse = 0;
    for (id, verdict) in &new {
        let (place, line) = match old.get(id) {
            Some(was) if was == verdict => {
                same += 1;
                continue;
            }
            Some(was) => {
                let place = match (weight(*was), weight(*verdict)) {
                    (Some(was), Some(is)) if is > was => 0,
                    (Some(_), Some(_)) => 1,
                    (None, Some(is)) if is > 0 => 0,
                    _ => 2,
                };
                (place, format!("{id}: {was} → {verdict}{}", why(after, id)))
            }
            None => (3, format!("{id}: {verdict}{}", why(after, id))),
        };
        let is_wrong = matches!(verdict, Verdict::Fail | Verdict::Error | Verdict::Warn);
        worse += usize::from(place == 0 || (place == 3 && is_wrong));
        sections[place].1.push(line);
    }
    let gone = old.iter().filter(|(id, _)| !new.contains_key(*id));
    sections[4].1.extend(gone.map(|(id, verdict)| format!("{id}: {verdict}")));
    let mut text = String::new();
    // Writing to a string does not fail.
    for (sign, record) in [('-', before), ('+', after)] {
        let time = duration(record.footer.duration_ms);
        let cut_off = if record.cut_off { "; cut off" } else { "" };
        let cases = count(record.cases.len(), "case", "cases");
        let _ = writeln!(
            text,
            "{sign} {}: roomwire {}, {cases} in {time}, exit code {}{cut_off}",
            record.subject, record.tool_version, record.footer.exit_code
        );
    }
    for (title, lines) in sections.iter().filter(|(_, lines)| !lines.is_empty()) {
        let _ = writeln!(text, "\n{title} ({})", lines.len());
        for line in lines {
            let _ = writeln!(text, "  {line}");
        }
    }
    let _ = writeln!(text, "\nthe same in {}", count(same, "case", "cases"));
    Diff { text, worse }
}

/// How bad a verdict is; none where it does not say.
fn weight(verdict: Verdict) -> Option<u8> {
    match verdict {
        Verdict::Pass => Some(0),
        Verdict::Warn => Some(1),
        Verdict::Fail => Some(2),
        Verdict::Error => Some(3),
        Verdict::NotApplicable | Verdict::Inconclusive => None,
    }
}

/// `, ROOM-3`: by what a case is wrong, or why it was not judged.
fn why(record: &Record, id: &str) -> String {
    let Some(case) = record.case(id) else { return String::new() };
    let mut broken: Vec<&str> =
        record.findings(case).iter().map(|shown| shown.finding.requirement.as_str()).collect();
    broken.dedup();
    match (broken.is_empty(), &case.reason) {
        (false, _) => format!(", {}", broken.join(", ")),
        (true, Some(reason)) => format!(", {reason}"),
        (true, None) => String::new(),
    }
}
