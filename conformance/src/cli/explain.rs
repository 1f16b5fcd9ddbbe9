//! `roomwire explain`: what a case does, step by step, and what a requirement says.

use std::fmt::Write;

use super::list::{citing, coverage};
use super::{Usage, nearest, story};
use crate::case::Case;
use crate::catalog;
use crate::generate::{self, Kind, Scope};
use crate::requirements::{Binds, REQUIREMENTS, Requirement, requirement};
use crate::subject::Declared;

/// What is explained.
#[derive(clap::Args)]
pub(super) struct ExplainArgs {
    /// A case, like rooms/join-twice-is-idempotent, or a requirement, like ROOM-3
    id: String,
}

/// The explanation.
pub(super) fn explain(args: &ExplainArgs) -> Result<String, Usage> {
    let cases = catalog::all();
    let kinds = Kind::ALL.map(Kind::case);
    let id = args.id.trim();
    let mut text = String::new();
    let written = match (cases.iter().chain(&kinds).find(|case| case.id == id), requirement(id)) {
        (Some(case), _) => explain_case(&mut text, case),
        (None, Some(requirement)) => explain_requirement(&mut text, requirement, &cases),
        (None, None) => {
            let known = cases.iter().chain(&kinds).map(|case| case.id);
            let known = known.chain(REQUIREMENTS.iter().map(|requirement| requirement.id));
            let hint = nearest::hint(id, known);
            return Err(Usage::new(format!(
                "there is no case and no requirement {id:?}{hint} `roomwire list` and `roomwire list --requirements` \
                 show all of them"
            )));
        }
    };
    // Writing to a string does not fail.
    let _ = written;
    Ok(text)
}

fn explain_case(text: &mut String, case: &Case) -> std::fmt::Result {
    writeln!(text, "{}\n  {}\n", case.id, case.title)?;
    writeln!(text, "level    {}\nprofile  {}", case.level(), case.profile())?;
    let cited = case.requirements.iter().filter_map(|id| requirement(id));
    for requirement in cited {
        writeln!(text)?;
        quote(text, requirement)?;
    }
    match Kind::of_id(case.id) {
        None => {
            writeln!(text, "\nwhat it does (» marks what it is about)")?;
            story::tell(text, case)?;
        }
        Some(kind) => {
            writeln!(
                text,
                "\nit stands for programs that are generated, each another one (docs/generated-programs.md)"
            )?;
            // A marathon tells the same thing hundreds of times.
            if kind != Kind::Marathon {
                let scope = Scope { declared: Declared::default(), users: None };
                writeln!(text, "\nwhat one of them does, for example")?;
                story::tell(text, &kind.case_of(generate::program(kind, 0, 0, &scope)))?;
            }
        }
    }
    writeln!(text, "\nrun it   roomwire run --case {} URL", case.id)
}

fn explain_requirement(text: &mut String, requirement: &Requirement, cases: &[Case]) -> std::fmt::Result {
    quote(text, requirement)?;
    writeln!(text, "\nlevel    {}\nprofile  {}", requirement.level, requirement.profile)?;
    writeln!(text, "chapter  {}", requirement.chapter)?;
    let binds = match requirement.binds {
        Binds::Server => "servers",
        Binds::Client => "clients",
    };
    writeln!(text, "binds    {binds}")?;
    let citing = citing(requirement, cases);
    if citing.is_empty() {
        return writeln!(text, "cases    none {}", coverage(requirement, cases));
    }
    let width = citing.iter().map(|case| case.id.chars().count()).max().unwrap_or(0);
    for (number, case) in citing.iter().enumerate() {
        let label = if number == 0 { "cases" } else { "" };
        writeln!(text, "{label:9}{:width$}  {}", case.id, case.title)?;
    }
    writeln!(text, "\nrun them roomwire run --requirement {} URL", requirement.id)
}

/// The sentence itself, and where it stands.
fn quote(text: &mut String, requirement: &Requirement) -> std::fmt::Result {
    let Requirement { id, text: sentence, file, .. } = requirement;
    writeln!(text, "{id}  docs/spec/{file}\n  “{sentence}”")
}
