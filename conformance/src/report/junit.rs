//! `JUnit` XML: a test suite a chapter, a test case a case.
//!
//! What `JUnit` has no word for is told by the nearest one: not applicable is skipped; not judged is an error where it
//! counts, and skipped elsewhere; a failure that is known is skipped, with the reason.

use std::collections::BTreeMap;
use std::fmt::Write as _;
use std::time::Duration;

use quick_junit::{NonSuccessKind, Report, TestCase, TestCaseStatus, TestSuite};

use super::human;
use super::record::Record;
use super::text::{count, cut};
use crate::event::CaseFinished;
use crate::exit_code::Exit;
use crate::known_failures::{Standing, standing};
use crate::requirements::{Level, requirement};
use crate::verdict::Verdict;

/// How many findings of a case are told: what comes behind them mostly follows from them.
const MOST_FINDINGS: usize = 5;

/// Renders a run.
pub(super) fn render(record: &Record) -> String {
    let mut report = Report::new(format!("roomwire: {}", record.subject));
    report.set_time(Duration::from_millis(record.footer.duration_ms));
    let mut chapters: BTreeMap<&str, TestSuite> = BTreeMap::new();
    for case in record.sorted() {
        let chapter = case.id.split('/').next().unwrap_or_default();
        let suite = chapters.entry(chapter).or_insert_with(|| TestSuite::new(chapter));
        suite.add_test_case(test_case(record, case));
    }
    report.add_test_suites(chapters.into_values());
    if record.footer.reason.is_some() || record.ended_with(Exit::Incomplete) {
        report.add_test_suite(run(record));
    }
    let mut text = Vec::new();
    // What is kept in memory takes all that it is given, and nothing in it cannot be said in XML.
    let _ = report.serialize(&mut text);
    String::from_utf8_lossy(&text).into_owned()
}

/// What befell the run as a whole.
fn run(record: &Record) -> TestSuite {
    let mut status = TestCaseStatus::non_success(NonSuccessKind::Error);
    status.set_type("incomplete").set_message(human::sentences(record).join("; "));
    let mut case = TestCase::new("the run came to its end", status);
    case.set_classname("run");
    let mut suite = TestSuite::new("run");
    suite.add_test_case(case);
    suite
}

fn test_case(record: &Record, case: &CaseFinished) -> TestCase {
    let mut test = TestCase::new(case.id.clone(), status(record, case));
    test.set_classname(format!("roomwire.{}", case.id.split('/').next().unwrap_or_default()));
    test.set_time(Duration::from_millis(case.duration_ms));
    test.add_property(("title", case.title.as_str()));
    test.add_property(("level", case.level.to_string().as_str()));
    test.add_property(("requirements", case.requirements.join(" ").as_str()));
    test.add_property(("verdict", record.verdict(case).word()));
    if record.verdict(case) == Verdict::Warn && !record.is_strict() {
        test.set_system_out(details(record, case));
    }
    test
}

fn status(record: &Record, case: &CaseFinished) -> TestCaseStatus {
    let verdict = record.verdict(case);
    let reason = case.reason.as_deref().unwrap_or_default();
    if let Some(known) = &case.known_failure {
        let why = known.reason.as_deref().map_or(String::new(), |reason| format!(": {reason}"));
        match standing(verdict) {
            Standing::Holds => return skipped(&format!("known failure{why}")),
            Standing::Mended => {
                let mut status = TestCaseStatus::non_success(NonSuccessKind::Failure);
                status.set_type("known-failure").set_message(format!(
                    "it is on the list of known failures{why}, and passes: take it off the list"
                ));
                return status;
            }
            Standing::Open => {}
        }
    }
    match verdict {
        Verdict::Pass => TestCaseStatus::success(),
        Verdict::Warn if !record.is_strict() => TestCaseStatus::success(),
        Verdict::Fail | Verdict::Warn => {
            let mut status = TestCaseStatus::non_success(NonSuccessKind::Failure);
            if let Some(first) = record.findings(case).first() {
                status.set_type(first.finding.requirement.clone());
                status.set_message(format!("{}: {}", first.finding.requirement, first.finding.expected));
            }
            status.set_description(details(record, case));
            status
        }
        Verdict::NotApplicable => skipped(&format!("not applicable: {reason}")),
        Verdict::Inconclusive if case.level != Level::Must => skipped(&format!("not judged: {reason}")),
        Verdict::Inconclusive | Verdict::Error => {
            let mut status = TestCaseStatus::non_success(NonSuccessKind::Error);
            status.set_type(verdict.word()).set_message(reason);
            status
        }
    }
}

fn skipped(why: &str) -> TestCaseStatus {
    let mut status = TestCaseStatus::skipped();
    status.set_message(why);
    status
}

/// What is wrong, finding by finding, and how to see it again.
pub(super) fn details(record: &Record, case: &CaseFinished) -> String {
    let mut text = String::new();
    // Writing to a string does not fail.
    let findings = record.findings(case);
    for shown in findings.iter().take(MOST_FINDINGS) {
        let finding = shown.finding;
        if let Some(requirement) = requirement(&finding.requirement) {
            let _ = writeln!(text, "{} ({}): “{}”", requirement.id, requirement.level, requirement.text);
        } else {
            let _ = writeln!(text, "{}", finding.requirement);
        }
        let _ = writeln!(text, "expected  {}\ngot       {}", cut(&finding.expected), cut(&finding.got));
        if finding.by_clock {
            let _ = writeln!(text, "          (this rests on a clock)");
        }
        if let Some(seen_in) = shown.seen_in {
            let _ = writeln!(text, "seen in   {seen_in}, where it went astray or came late");
        }
    }
    if let Some(more) = findings.len().checked_sub(MOST_FINDINGS).filter(|more| *more > 0) {
        let _ = writeln!(text, "and {}", count(more, "more finding", "more findings"));
    }
    let _ = writeln!(text, "repeat    {}", record.invocation.repeat([case.id.as_str()]));
    text
}
