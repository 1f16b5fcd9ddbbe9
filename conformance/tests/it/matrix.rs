//! What proves what, on paper: which cases catch each fault (`docs/sensitivity.md`), and which cases and faults stand
//! behind each requirement (`docs/coverage.md`). Both are made here, by one command, and must not go stale.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt::Write;
use std::path::PathBuf;

use roomwire_conformance::catalog;
use roomwire_conformance::requirements::{Binds, Level, REQUIREMENTS, Requirement, UNOBSERVED};
use sha2::{Digest, Sha256};

use crate::faults::{self, FAULTS};
use crate::sensitivity::UNSEEN;

/// What makes both files anew.
const COMMAND: &str = "MATRIX=write cargo test -p roomwire-conformance --test it -- matrix every_fault";
/// What stands before the hash of what the matrix was made from.
const HASH: &str = "Made from faults and cases with the hash ";

/// Whether the files are to be written rather than held against what they should be.
pub(crate) fn to_be_written() -> bool {
    std::env::var("MATRIX").is_ok_and(|what| what == "write")
}

fn page(name: &str) -> PathBuf {
    PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("../docs").join(name)
}

/// Names the faults with what they break, and the cases with what they cite: another matrix may come of any change.
fn hash() -> String {
    let mut inputs = String::new();
    for fault in faults::all() {
        writeln!(inputs, "{} {:?} {}", fault.name, fault.breaks, is_unseen(fault.name)).unwrap();
    }
    for case in catalog::all() {
        writeln!(inputs, "{} {:?}", case.id, case.requirements).unwrap();
    }
    Sha256::digest(inputs).iter().take(8).fold(String::new(), |text, byte| text + &format!("{byte:02x}"))
}

fn is_unseen(fault: &str) -> bool {
    UNSEEN.iter().any(|(name, _)| *name == fault)
}

fn code<'a>(names: impl IntoIterator<Item = &'a str>) -> String {
    names.into_iter().map(|name| format!("`{name}`")).collect::<Vec<_>>().join(" ")
}

/// The requirements that bind servers to something.
fn binding() -> impl Iterator<Item = &'static Requirement> {
    REQUIREMENTS.iter().filter(|known| known.binds == Binds::Server && known.level != Level::May)
}

fn unobserved(id: &str) -> Option<&'static str> {
    UNOBSERVED.iter().find(|unobserved| unobserved.id == id).map(|unobserved| unobserved.reason)
}

/// Writes the matrix: for each fault, by name, the cases that caught it.
pub(crate) fn write_sensitivity(caught: &BTreeMap<&'static str, Vec<String>>) {
    std::fs::write(page("sensitivity.md"), sensitivity(caught)).unwrap();
}

fn sensitivity(caught: &BTreeMap<&'static str, Vec<String>>) -> String {
    let mut text = String::from("# What the suite sees\n\n");
    let count = faults::all().count();
    let seen = count - UNSEEN.len();
    let proofs: BTreeSet<&str> = caught.values().flatten().map(String::as_str).collect();
    let unproved: Vec<_> = catalog::all().into_iter().filter(|case| !proofs.contains(case.id)).collect();
    let broken: BTreeSet<&str> = faults::all().flat_map(|fault| fault.breaks).copied().collect();
    let unbroken: Vec<_> = binding().filter(|known| !broken.contains(known.id)).collect();
    writeln!(
        text,
        "A fault is one named defect, put into a server that is otherwise right. Each was played against the cases \
         that cite\na requirement which it breaks, and against no others; so this is only a part of what sees it. \
         Cases of `--load full`\nwere played against the faults alone that were written for them.\n\n\
         Of {count} faults {seen} are caught. {} of {} cases caught one.\n\n{HASH}{}.\nTo make this page and \
         [coverage.md](coverage.md) anew:\n\n```sh\n{COMMAND}\n```",
        proofs.len(),
        catalog::all().len(),
        hash()
    )
    .unwrap();
    for (file, faults) in FAULTS {
        let title = format!("{}{}", file[..1].to_uppercase(), &file[1..]);
        writeln!(text, "\n## {title}\n\n| fault | breaks | caught by |\n|---|---|---|").unwrap();
        for fault in faults.iter().filter(|fault| !is_unseen(fault.name)) {
            let by = caught.get(fault.name).into_iter().flatten().map(String::as_str);
            writeln!(text, "| `{}` | {} | {} |", fault.name, fault.breaks.join(" "), code(by)).unwrap();
        }
    }
    text.push_str("\n## Faults that no case about what they break sees\n\n| fault | breaks | because |\n|---|---|---|\n");
    for (name, reason) in UNSEEN {
        let breaks =
            faults::all().find(|fault| fault.name == *name).map_or(String::new(), |it| it.breaks.join(" "));
        writeln!(text, "| `{name}` | {breaks} | {reason} |").unwrap();
    }
    text.push_str("\n## Cases that no fault failed\n\nThey are unproved: none of the faults about what they cite made them fail.\n\n");
    for case in unproved {
        writeln!(text, "- `{}` ({})", case.id, case.requirements.join(" ")).unwrap();
    }
    text.push_str("\n## Requirements without a fault\n\n| requirement | because |\n|---|---|\n");
    for known in unbroken {
        writeln!(text, "| {} | {} |", known.id, unobserved(known.id).unwrap_or("none is written yet"))
            .unwrap();
    }
    text
}

fn coverage() -> String {
    let cases = catalog::all();
    let mut text = String::from("# What is put to the test\n\n");
    writeln!(
        text,
        "Each requirement that binds servers, the cases that cite it, and the faults that break it and are caught \
         ([which by\nwhich](sensitivity.md)). `roomwire list --requirements` prints the cases, `roomwire explain ID` \
         the sentence. To make\nthis page anew:\n\n```sh\n{COMMAND}\n```"
    )
    .unwrap();
    for chapter in REQUIREMENTS.chunk_by(|one, other| one.file == other.file) {
        let Requirement { chapter: title, file, .. } = chapter[0];
        let mut servers = chapter.iter().filter(|known| known.binds == Binds::Server).peekable();
        if servers.peek().is_none() {
            continue;
        }
        writeln!(
            text,
            "\n## [{title}](spec/{file})\n\n| requirement | level | profile | cases | faults |\n|---|---|---|---|---|"
        )
        .unwrap();
        for known in servers {
            let citing = cases.iter().filter(|case| case.requirements.contains(&known.id));
            let cited = match (code(citing.map(|case| case.id)), unobserved(known.id)) {
                (cited, _) if !cited.is_empty() => cited,
                (_, Some(reason)) => format!("not observed: {reason}"),
                _ => "leaves servers free".into(),
            };
            let faults = faults::all().filter(|it| it.breaks.contains(&known.id) && !is_unseen(it.name));
            let faults = code(faults.map(|fault| fault.name));
            writeln!(text, "| {} | {} | {} | {cited} | {faults} |", known.id, known.level, known.profile)
                .unwrap();
        }
    }
    text
}

#[test]
fn the_matrix_on_paper_was_made_from_the_faults_and_cases_that_there_are() {
    if to_be_written() {
        return;
    }
    let written = std::fs::read_to_string(page("sensitivity.md")).unwrap_or_default();
    assert!(written.contains(&format!("{HASH}{}.", hash())), "docs/sensitivity.md is stale; run: {COMMAND}");
}

#[test]
fn the_coverage_on_paper_is_the_one_that_there_is() {
    if to_be_written() {
        std::fs::write(page("coverage.md"), coverage()).unwrap();
    }
    let written = std::fs::read_to_string(page("coverage.md")).unwrap_or_default();
    assert!(written == coverage(), "docs/coverage.md is stale; run: {COMMAND}");
}

#[test]
fn every_must_that_can_be_seen_has_a_fault() {
    let broken: BTreeSet<&str> = faults::all().flat_map(|fault| fault.breaks).copied().collect();
    let must = binding().filter(|known| known.level == Level::Must && unobserved(known.id).is_none());
    let missing: Vec<_> = must.map(|known| known.id).filter(|id| !broken.contains(id)).collect();
    assert!(missing.is_empty(), "no fault breaks {missing:?}");
}
