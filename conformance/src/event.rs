//! What a run tells, as it goes: the one stream that every report is rendered from.

use std::collections::BTreeMap;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::check::Finding;
use crate::invocation::Invocation;
use crate::known_failures::KnownFailure;
use crate::record_file::Rate;
use crate::requirements::Level;
use crate::snapshots::Drift;
use crate::transcript::Transcript;
use crate::verdict::Verdict;

/// The name of the report's form.
pub const REPORT_SCHEMA: &str = "roomwire-report";
/// Its version: a reader refuses another one.
pub const REPORT_VERSION: u32 = 1;

/// The JSON Schema of a line of the report, draft 2020-12.
#[must_use]
pub fn schema() -> serde_json::Value {
    let mut schema = schemars::schema_for!(Event);
    schema.insert("title".into(), "An event of a Roomwire report".into());
    schema.insert("$comment".into(), format!("{REPORT_SCHEMA}, version {REPORT_VERSION}").into());
    schema.to_value()
}

/// One line of the report.
#[derive(Debug, Clone, Serialize, Deserialize, JsonSchema)]
#[serde(tag = "event", rename_all = "kebab-case", rename_all_fields = "camelCase")]
pub enum Event {
    /// The first line.
    RunStarted {
        /// [`REPORT_SCHEMA`]
        schema: String,
        /// [`REPORT_VERSION`]
        report_version: u32,
        /// The version of the runner.
        tool_version: String,
        /// What all names of this run begin with.
        run: String,
        /// The seed.
        seed: u64,
        /// The subject, in the words by which it was given.
        subject: String,
        /// Its URL.
        url: String,
        /// The profiles that are judged, and what that rests on.
        profiles: Vec<String>,
        /// The limits that the subject declares, as they stand in its 201.
        limits: serde_json::Value,
        /// How many cases were selected.
        cases: usize,
        /// How the run was called.
        #[serde(default)]
        invocation: Invocation,
    },
    /// Whether a heartbeat's ack proves on this server that what came before the heartbeat has been handled; told at the
    /// start of the run, and again where a later case shows that it does not.
    FencesQualified {
        /// What the runner waits for.
        fences: Fences,
        /// How many acks were looked at.
        acks: usize,
        /// How many of them came before an answer that was due before them.
        overtaking: usize,
        /// Whether it was found out in the midst of the run: verdicts told before rest on acks.
        #[serde(default, skip_serializing_if = "std::ops::Not::not")]
        late: bool,
    },
    /// A case is being tried.
    CaseStarted {
        /// The case.
        id: String,
    },
    /// The verdict on a case.
    CaseFinished(CaseFinished),
    /// How far a case is that stands for many programs.
    CaseProgress {
        /// The case.
        id: String,
        /// How many programs were run.
        done: usize,
        /// How many are to be run, where that is known.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        of: Option<usize>,
        /// Whether a failing program is being made smaller.
        #[serde(default, skip_serializing_if = "std::ops::Not::not")]
        shrinking: bool,
    },
    /// A frame that came late or astray changes the verdict on the case that it came from.
    CaseAmended {
        /// The case that caused it.
        id: String,
        /// Its verdict now.
        verdict: Verdict,
        /// What was seen.
        finding: Finding,
        /// The case in whose transcript it was seen.
        seen_in: String,
        /// That transcript, where no event before this one has it.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        transcript: Option<Transcript>,
    },
    /// A case went otherwise than its golden transcript says; told before its `case-finished`.
    CaseDrifted {
        /// The case.
        id: String,
        /// How.
        drift: Drift,
        /// What is different, as a unified diff from what was accepted to what was seen.
        #[serde(default, skip_serializing_if = "String::is_empty")]
        diff: String,
        /// Whether it was accepted, so that the golden transcript now says the same.
        accepted: bool,
    },
    /// The last line; a report without it was cut off.
    RunFinished {
        /// The exit code of the process.
        exit_code: u8,
        /// How many cases got which verdict; all verdict words are there.
        counts: BTreeMap<String, usize>,
        /// How many selected cases were not run.
        not_run: usize,
        /// How many verdicts rested on a clock.
        by_clock: usize,
        /// How many cases failed that are on the list of known failures, and so fail no run.
        #[serde(default, skip_serializing_if = "is_none_at_all")]
        known_failures: usize,
        /// Wall time.
        duration_ms: u64,
        /// How many messages and frames were sent and received.
        #[serde(default, skip_serializing_if = "is_zero")]
        operations: u64,
        /// The time that was spent in checks, of all cores together.
        #[serde(default, skip_serializing_if = "is_zero")]
        checking_ms: u64,
        /// What ended the run before its time, if anything did.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        reason: Option<String>,
        /// The last lines that a spawned subject printed, where the run ended because of it.
        #[serde(default, skip_serializing_if = "Vec::is_empty")]
        subject_output: Vec<String>,
    },
}

#[expect(clippy::trivially_copy_pass_by_ref, reason = "serde hands on references")]
fn is_none_at_all(number: &usize) -> bool {
    *number == 0
}

/// What the runner waits for before it says that what was sent has been handled.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum Fences {
    /// The ack of a heartbeat behind it, as ORD-7 has it.
    Acks,
    /// The answer to each request itself, since acks have overtaken such answers.
    Answers,
}

/// The verdict on a case, with all that is needed to understand it.
#[derive(Debug, Clone, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct CaseFinished {
    /// The case.
    pub id: String,
    /// What it shows.
    pub title: String,
    /// Its level.
    pub level: Level,
    /// Its profile.
    pub profile: String,
    /// The requirements that it proves.
    pub requirements: Vec<String>,
    /// The verdict.
    pub verdict: Verdict,
    /// Where the case is on the list of known failures. Such a case must fail: one that passes fails the run.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub known_failure: Option<KnownFailure>,
    /// Why, where the findings do not say it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub reason: Option<String>,
    /// What was wrong.
    pub findings: Vec<Finding>,
    /// How often it was played until there was a verdict.
    pub tries: usize,
    /// Wall time of the last try.
    pub duration_ms: u64,
    /// How many programs were run, where the case stands for generated ones.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub programs: Option<usize>,
    /// How often the program of the transcript failed, where that was measured.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub rate: Option<Rate>,
    /// The files that the run has saved failing programs in, each for `roomwire replay`.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub saved: Vec<String>,
    /// What was done and seen, where the verdict is not a pass.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub transcript: Option<Transcript>,
}

#[expect(clippy::trivially_copy_pass_by_ref, reason = "serde calls it like that")]
fn is_zero(number: &u64) -> bool {
    *number == 0
}
