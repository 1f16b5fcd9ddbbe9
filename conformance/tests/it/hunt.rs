//! The search for one fault by generated programs: how many it takes until one is caught for what it breaks, and how
//! small that one becomes.

use std::sync::Arc;
use std::time::{Duration, Instant};

use futures_util::{StreamExt, stream};
use roomwire_conformance::check::Finding;
use roomwire_conformance::client::Target;
use roomwire_conformance::clock::Pace;
use roomwire_conformance::driver::{Stage, play};
use roomwire_conformance::generate::{self, Kind, Scope};
use roomwire_conformance::names::{Names, TryId, Users};
use roomwire_conformance::program::Program;
use roomwire_conformance::record_file::Rate;
use roomwire_conformance::shrink::{Budget, Lab, Signature, candidates};
use roomwire_conformance::subject::Declared;
use roomwire_conformance::transcript::{Transcript, What};
use roomwire_conformance::trial::{self, Effort, Ground, TrialOutcome};
use serde_json::Value;

use crate::faults::{self, Fault};
use crate::suite::reference_server;

/// How many programs of one search are under way at the same time.
const SIDE_BY_SIDE: usize = 8;

/// What generated programs are run against a fault.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Hunt {
    pub(crate) seed: u64,
    /// How many programs at most.
    pub(crate) programs: usize,
    /// For how long at most.
    pub(crate) time: Duration,
    /// What the making smaller may cost.
    pub(crate) budget: Budget,
}

/// What came of it.
#[derive(Debug, Clone)]
pub(crate) struct Caught {
    /// How many programs it took, the one that failed included.
    pub(crate) after: usize,
    /// How many steps the smallest program has that was found.
    pub(crate) steps: usize,
    pub(crate) kind: Kind,
    /// A failing try of it, the finding that it is kept for first.
    pub(crate) transcript: Transcript,
    pub(crate) findings: Vec<Finding>,
    pub(crate) rate: Option<Rate>,
}

/// Puts a finding in front that names what the fault breaks; none of another try counts. A fault that is seen only by
/// what it does besides is not caught.
pub(crate) fn for_its_own_sake(fault: &Fault, mut findings: Vec<Finding>) -> Option<Vec<Finding>> {
    findings.retain(|finding| finding.origin.is_none());
    let own = |finding: &Finding| fault.breaks.contains(&finding.requirement.as_str());
    let place = findings.iter().position(own)?;
    findings[..=place].rotate_right(1);
    Some(findings)
}

impl Hunt {
    /// Runs generated programs against a server with the fault until one is caught.
    pub(crate) async fn search(&self, fault: &'static Fault) -> Option<Caught> {
        let server = reference_server().await;
        let proxy = faults::start(Some(fault), server.local_addr()).await.unwrap();
        let (target, pace) = (Target::new(proxy.url().parse().unwrap()), Pace::start());
        let declared = declared(&target, &pace).await;
        let scope = Scope { declared: declared.clone(), users: None };
        let run_id = Arc::from("hunt");
        let effort = Effort::default();
        let users = Users::Fresh;
        let ground =
            Ground { users: &users, topic_prefix: "", run_id: &run_id, effort: &effort, until: None };
        let stage = Stage::new(&target, &pace, &declared);
        let until = Instant::now() + self.time;
        let programs = (0..self.programs).map(|number| {
            let kind = generate::kind_of(number, &Kind::ALL);
            let program = generate::program(kind, self.seed, number, &scope);
            (number, kind, program)
        });
        let ground = &ground;
        let tries = programs.map(|(number, kind, program)| async move {
            if Instant::now() >= until {
                return None;
            }
            let requirement = kind.requirements()[0];
            let trial = trial::hold(ground, stage, (number, 0), &program, requirement).await;
            let TrialOutcome::Judged(judgement, transcript) = trial.outcome else { return None };
            let findings = for_its_own_sake(fault, judgement.findings)?;
            Some((number, kind, program, *transcript, findings))
        });
        // In the order of their numbers, so that chance has no part in how many it takes.
        let mut failing =
            stream::iter(tries).buffered(SIDE_BY_SIDE).filter_map(async |tried| tried).boxed_local();
        let (number, kind, program, transcript, findings) = failing.next().await?;
        drop(failing);
        let caught = Caught {
            after: number + 1,
            steps: candidates::length(&program),
            kind,
            transcript,
            findings,
            rate: None,
        };
        Some(self.shrink(ground, stage, &program, caught).await)
    }

    async fn shrink(
        &self,
        ground: &Ground<'_>,
        stage: Stage<'_>,
        program: &Program,
        caught: Caught,
    ) -> Caught {
        if self.budget.tries == 0 {
            return caught;
        }
        let requirement = caught.kind.requirements()[0];
        let lab = Lab { ground, stage, requirement, jobs: SIDE_BY_SIDE, budget: self.budget };
        let mut number = self.programs;
        let shrunk = lab.shrink(program, &Signature::of(&caught.findings[0]), &mut number).await;
        let Some(smallest) = shrunk.smallest else { return caught };
        Caught {
            steps: candidates::length(&smallest.transcript.program),
            transcript: smallest.transcript,
            findings: smallest.findings,
            rate: Some(smallest.rate),
            ..caught
        }
    }
}

/// What a server says of itself in a 201; one that says nothing is taken for one of the core.
async fn declared(target: &Target, pace: &Pace) -> Declared {
    let declared = Declared::default();
    let scope = Scope { declared: declared.clone(), users: None };
    let program = generate::program(Kind::Boundary, 0, 0, &scope);
    let id = TryId { run: Arc::from("hunt"), case: usize::MAX, attempt: 0 };
    let names = Names::new(id, &program, &Users::Fresh, "").unwrap();
    let played = play(Stage::new(target, pace, &declared), &program, names).await;
    let said = played.transcript.events.iter().find_map(|event| {
        let What::Received { text } = &event.what else { return None };
        let frame: Value = serde_json::from_str(text).ok()?;
        if frame["code"] != 201 {
            return None;
        }
        serde_json::from_str::<Value>(frame["data"].as_str()?).ok()
    });
    said.map(|data| Declared::read(&data)).unwrap_or_default()
}
