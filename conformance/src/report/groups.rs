//! What is wrong, grouped by what broke: one group a property and requirement, however many cases show it.

use std::cmp::Reverse;
use std::collections::{BTreeMap, BTreeSet};

use super::record::Record;
use super::symptom;
use crate::check::{Finding, Property};
use crate::event::CaseFinished;
use crate::requirements::{Level, REQUIREMENTS, Requirement, requirement};
use crate::transcript::Transcript;
use crate::verdict::Verdict;
use crate::view::Tick;

/// All sightings of one thing that is wrong.
pub(in crate::report) struct Group<'a> {
    pub(in crate::report) property: Property,
    pub(in crate::report) requirement: &'a str,
    /// The one that is shown comes first.
    pub(in crate::report) sightings: Vec<Sighting<'a>>,
    /// Other requirements that cases about them have seen broken by the very same thing.
    pub(in crate::report) besides: Vec<(&'a str, usize)>,
}

/// One finding in one case.
pub(in crate::report) struct Sighting<'a> {
    pub(in crate::report) case: &'a str,
    pub(in crate::report) title: &'a str,
    pub(in crate::report) finding: &'a Finding,
    pub(in crate::report) transcript: Option<&'a Transcript>,
    /// The case in whose transcript it was seen, where that is another one.
    pub(in crate::report) seen_in: Option<&'a str>,
    /// Whether nothing was wrong in the case before: what comes later may follow from that.
    leads: bool,
    /// Whether it is held against the requirement that the case is first of all about.
    pub(in crate::report) own: bool,
    /// Whether the case proves this very requirement.
    cites: bool,
}

impl<'a> Group<'a> {
    /// The sighting that is shown.
    pub(in crate::report) fn shown(&self) -> &Sighting<'a> {
        &self.sightings[0]
    }

    /// The requirement, where this version knows it.
    pub(in crate::report) fn known(&self) -> Option<&'static Requirement> {
        requirement(self.requirement)
    }

    /// In how many cases nothing was wrong before.
    pub(in crate::report) fn leads(&self) -> usize {
        let leading = self.sightings.iter().filter(|sighting| sighting.leads);
        leading.map(|sighting| sighting.case).collect::<BTreeSet<_>>().len()
    }

    /// The cases, each once, the one that is shown first.
    pub(in crate::report) fn cases(&self) -> Vec<&'a str> {
        let mut known = BTreeSet::new();
        self.sightings.iter().map(|sighting| sighting.case).filter(|case| known.insert(*case)).collect()
    }
}

/// The groups of violations and those of warnings: first what may have caused the rest, and what most cases
/// show.
pub(in crate::report) fn find(record: &Record) -> (Vec<Group<'_>>, Vec<Group<'_>>) {
    let mut violations = BTreeMap::new();
    let mut warnings = BTreeMap::new();
    for case in &record.cases {
        let first = case.findings.iter().map(evident).min();
        for finding in &case.findings {
            let groups = if is_violation(case, finding) { &mut violations } else { &mut warnings };
            let mut sighting = Sighting::new(case, finding, case.transcript.as_ref());
            sighting.leads = first == Some(evident(finding));
            add(groups, sighting);
        }
    }
    for amendment in &record.amendments {
        let Some(case) = record.case(&amendment.case) else { continue };
        let mut sighting = Sighting::new(case, &amendment.finding, amendment.transcript(record));
        sighting.seen_in = Some(&amendment.seen_in);
        add(&mut violations, sighting);
    }
    (sorted(violations), sorted(warnings))
}

/// When a finding had become evident.
fn evident(finding: &Finding) -> Tick {
    finding.evidence.last().copied().unwrap_or(Tick::MAX)
}

impl<'a> Sighting<'a> {
    fn new(case: &'a CaseFinished, finding: &'a Finding, transcript: Option<&'a Transcript>) -> Self {
        Self {
            case: &case.id,
            title: &case.title,
            finding,
            transcript,
            seen_in: None,
            leads: true,
            own: case.requirements.first() == Some(&finding.requirement),
            cites: case.requirements.contains(&finding.requirement),
        }
    }

    /// The cases that it takes.
    pub(in crate::report) fn cases(&self) -> impl Iterator<Item = &'a str> {
        std::iter::once(self.case).chain(self.seen_in)
    }

    /// What makes it easy to understand: that nothing else was wrong before, that the case is about it, few
    /// steps, little evidence.
    fn effort(&self) -> (bool, bool, usize, usize, &str) {
        let steps = self.transcript.map_or(usize::MAX, |transcript| {
            transcript.program.phases.iter().map(|phase| phase.steps.len()).sum()
        });
        (!self.leads, !self.cites, steps, self.finding.evidence.len(), self.case)
    }
}

/// Whether a finding is a violation: it breaks a MUST, or it is what made the case fail all the same.
fn is_violation(case: &CaseFinished, finding: &Finding) -> bool {
    let must = |finding: &Finding| {
        requirement(&finding.requirement).is_none_or(|requirement| requirement.level == Level::Must)
    };
    must(finding) || (case.verdict == Verdict::Fail && !case.findings.iter().any(must))
}

type Groups<'a> = BTreeMap<(Property, &'a str), Vec<Sighting<'a>>>;

fn add<'a>(groups: &mut Groups<'a>, sighting: Sighting<'a>) {
    let key = (sighting.finding.property, sighting.finding.requirement.as_str());
    groups.entry(key).or_default().push(sighting);
}

fn sorted(groups: Groups<'_>) -> Vec<Group<'_>> {
    let mut groups: Vec<_> = groups
        .into_iter()
        .map(|((property, requirement), mut sightings)| {
            sightings.sort_by(|one, other| one.effort().cmp(&other.effort()));
            Group { property, requirement, sightings, besides: Vec::new() }
        })
        .collect();
    let place = |id: &str| REQUIREMENTS.iter().position(|requirement| requirement.id == id);
    groups.sort_by_key(|group| {
        (Reverse(group.leads()), Reverse(group.cases().len()), place(group.requirement).unwrap_or(usize::MAX))
    });
    symptom::fold(groups)
}
