//! `roomwire list`: all cases, or all requirements, by the chapters of the spec.

use std::fmt::Write;

use crate::case::Case;
use crate::catalog;
use crate::generate::Kind;
use crate::requirements::{Binds, Level, REQUIREMENTS, Requirement, UNOBSERVED};

/// What is listed.
#[derive(clap::Args)]
pub(super) struct ListArgs {
    /// List the requirements instead of the cases
    #[arg(long)]
    requirements: bool,
}

/// How wide the column of cited requirements is; where a case cites more, its title begins later.
const CITED: usize = 16;

/// The list.
pub(super) fn list(args: &ListArgs) -> String {
    let cases = catalog::all();
    let mut text = String::new();
    // Writing to a string does not fail.
    let _ = if args.requirements {
        write_requirements(&mut text, &cases)
    } else {
        write_cases(&mut text, &cases)
    };
    text
}

fn write_cases(text: &mut String, cases: &[Case]) -> std::fmt::Result {
    let width = |column: fn(&Case) -> usize| cases.iter().map(column).max().unwrap_or(0);
    let (ids, profiles) = (width(|case| case.id.chars().count()), width(|case| case.profile().len()));
    for chapter in cases.chunk_by(|one, other| chapter(one) == chapter(other)) {
        write_chapter(text, chapter[0].requirement())?;
        for case in chapter {
            let (level, profile) = (case.level().to_string(), case.profile());
            let (requirements, title) = (case.requirements.join(", "), case.title);
            writeln!(
                text,
                "  {:ids$}  {level:6}  {profile:profiles$}  {requirements:CITED$}  {title}",
                case.id
            )?;
        }
    }
    writeln!(text, "\nGenerated programs (docs/generated-programs.md)")?;
    for kind in Kind::ALL {
        let (case, requirements) = (kind.case(), kind.requirements().join(", "));
        let (level, profile) = (case.level().to_string(), case.profile());
        writeln!(
            text,
            "  {:ids$}  {level:6}  {profile:profiles$}  {requirements:CITED$}  {}",
            case.id, case.title
        )?;
    }
    writeln!(
        text,
        "\n{} cases, and {} that stand for generated programs; `roomwire explain ID` tells what one does, step by step",
        cases.len(),
        Kind::ALL.len()
    )
}

fn write_requirements(text: &mut String, cases: &[Case]) -> std::fmt::Result {
    for chapter in REQUIREMENTS.chunk_by(|one, other| one.file == other.file) {
        write_chapter(text, &chapter[0])?;
        for requirement in chapter {
            let Requirement { id, profile, .. } = requirement;
            let level = requirement.level.to_string();
            writeln!(text, "  {id:9}  {level:6}  {profile:8}  {}", coverage(requirement, cases))?;
        }
    }
    let cited = |requirement: &&Requirement| !citing(requirement, cases).is_empty();
    let servers = || REQUIREMENTS.iter().filter(|requirement| requirement.binds == Binds::Server);
    let (cited, all) = (servers().filter(cited).count(), servers().count());
    writeln!(
        text,
        "\ncases cite {cited} of the {all} requirements that bind servers; `roomwire explain ID` quotes one"
    )
}

fn write_chapter(text: &mut String, requirement: &Requirement) -> std::fmt::Result {
    let gap = if text.is_empty() { "" } else { "\n" };
    writeln!(text, "{gap}{} (docs/spec/{})", requirement.chapter, requirement.file)
}

/// The chapter that a case is about, as its id has it.
fn chapter(case: &Case) -> &str {
    case.id.split('/').next().unwrap_or_default()
}

/// The cases that cite a requirement.
pub(super) fn citing<'a>(requirement: &Requirement, cases: &'a [Case]) -> Vec<&'a Case> {
    cases.iter().filter(|case| case.requirements.contains(&requirement.id)).collect()
}

/// The cases that put a requirement to the test, or why none does.
pub(super) fn coverage(requirement: &Requirement, cases: &[Case]) -> String {
    let citing = citing(requirement, cases);
    if !citing.is_empty() {
        return citing.iter().map(|case| case.id).collect::<Vec<_>>().join(", ");
    }
    if requirement.binds == Binds::Client {
        return "(binds clients, which are not judged)".into();
    }
    if requirement.level == Level::May {
        return "(leaves servers free, so that nothing can break it)".into();
    }
    let unobserved = UNOBSERVED.iter().find(|unobserved| unobserved.id == requirement.id);
    unobserved
        .map_or_else(|| "(no case yet)".into(), |unobserved| format!("(not observed: {})", unobserved.reason))
}
