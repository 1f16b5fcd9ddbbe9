//! The catalog holds together: ids, requirements, coverage, chapters.

use std::collections::HashSet;
use std::path::Path;

use roomwire_conformance::catalog::{CHAPTERS, cases};
use roomwire_conformance::requirements::{Binds, Level, REQUIREMENTS, UNOBSERVED, requirement};

#[test]
fn every_case_has_an_id_of_its_own_in_its_chapter() {
    let mut seen = HashSet::new();
    for (chapter, cases) in CHAPTERS {
        for case in cases() {
            assert!(seen.insert(case.id), "{} is there twice", case.id);
            let name =
                case.id.strip_prefix(chapter).and_then(|rest| rest.strip_prefix('/')).unwrap_or_default();
            let kebab = |c: char| c.is_ascii_lowercase() || c.is_ascii_digit() || c == '-';
            assert!(!name.is_empty() && name.chars().all(kebab), "{} is no path in {chapter}", case.id);
        }
    }
    assert!(seen.len() >= 60, "only {} cases", seen.len());
}

#[test]
fn every_requirement_that_a_case_cites_exists_and_binds_the_server() {
    for case in cases() {
        assert!(!case.requirements.is_empty(), "{} cites nothing", case.id);
        for id in case.requirements {
            let known =
                requirement(id).unwrap_or_else(|| panic!("{} cites {id}, which does not exist", case.id));
            assert_eq!(known.binds, Binds::Server, "{} cites {id}", case.id);
        }
    }
}

#[test]
fn every_must_and_should_is_cited_by_a_case_or_has_a_reason_why_it_cannot_be_seen() {
    let cited: HashSet<&str> = cases().iter().flat_map(|case| case.requirements).copied().collect();
    let excused: HashSet<&str> = UNOBSERVED.iter().map(|unobserved| unobserved.id).collect();
    let binding =
        REQUIREMENTS.iter().filter(|known| known.level != Level::May && known.binds == Binds::Server);
    let missing: Vec<_> =
        binding.map(|known| known.id).filter(|id| !cited.contains(id) && !excused.contains(id)).collect();
    assert!(missing.is_empty(), "neither cited nor excused: {missing:?}");
    for unobserved in UNOBSERVED {
        assert!(requirement(unobserved.id).is_some(), "{} does not exist", unobserved.id);
        assert!(!cited.contains(unobserved.id), "{} is excused, and yet cited by a case", unobserved.id);
        assert!(unobserved.reason.len() > 20, "{} has no reason", unobserved.id);
    }
}

#[test]
fn every_case_is_about_something_that_must_be_judged() {
    for case in cases() {
        let steps = case.program.phases.iter().flat_map(|phase| &phase.steps);
        let focused = steps.filter(|step| step.focus).count();
        assert!(
            focused > 0 || !case.about.is_empty(),
            "{} could pass without having judged anything",
            case.id
        );
    }
}

#[test]
fn the_chapters_of_the_catalog_are_those_of_the_spec_in_its_order() {
    let mut files: Vec<String> = REQUIREMENTS
        .iter()
        .map(|known| {
            known.file.trim_end_matches(".md").split_once('-').map_or("", |(_, name)| name).to_owned()
        })
        .collect();
    files.dedup();
    let source = Path::new(env!("CARGO_MANIFEST_DIR")).join("src/catalog");
    // Chapters that bind nobody to anything that is tested yet have no file.
    files.retain(|name| source.join(format!("{name}.rs")).exists());
    let chapters: Vec<&str> = CHAPTERS.iter().map(|(name, _)| *name).collect();
    assert_eq!(chapters, files);
}

#[test]
fn a_program_is_the_same_after_it_was_written_and_read() {
    for case in cases() {
        let text = serde_json::to_string(&case.program).unwrap();
        assert_eq!(
            serde_json::from_str::<roomwire_conformance::program::Program>(&text).unwrap(),
            case.program
        );
    }
}
