//! What is run, in which order, and what is not run and why.

use std::collections::HashSet;

use globset::{Glob, GlobSet, GlobSetBuilder};

use crate::case::{Case, Condition, Demand};
use crate::extent::Extent;
use crate::names::Users;
use crate::program::{
    Action, Chat, Expect, HttpBody, HttpRequest, Message, Payload, Piece, RawFrame, Request, TimeLimit,
    WireFrame,
};
use crate::requirements::{Level, requirement};
use crate::subject::Declared;

/// What a user selects. Within one kind, any match counts; the kinds narrow each other down.
#[derive(Debug, Clone, Default)]
pub struct Selection {
    /// Globs over case ids.
    pub cases: Vec<String>,
    /// Ids of requirements.
    pub requirements: Vec<String>,
    /// Levels.
    pub levels: Vec<Level>,
    /// Whether cases are taken that ask for much of a server.
    pub heavy: bool,
}

/// Why a selection cannot be taken.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum SelectionError {
    /// A glob is malformed.
    #[error("--case {glob}: {why}")]
    BadGlob {
        /// The glob.
        glob: String,
        /// What is wrong with it.
        why: String,
    },
    /// A pattern matches nothing.
    #[error("{0} matches no case; `roomwire list` shows all of them")]
    Nothing(String),
    /// A pattern matches only cases that ask for much of a server.
    #[error("{0} matches only cases that ask for much of a server; --load full runs them as well")]
    OnlyHeavy(String),
    /// A requirement does not exist.
    #[error(
        "--requirement {0}: there is no such requirement; `roomwire list --requirements` shows all of them"
    )]
    NoRequirement(String),
}

/// The cases that a selection takes, in the order of the catalog.
///
/// # Errors
/// Where a pattern is malformed or matches nothing.
pub fn select(cases: Vec<Case>, selection: &Selection) -> Result<Vec<Case>, SelectionError> {
    let globs = selection.cases.iter().map(|glob| compile(glob)).collect::<Result<Vec<_>, _>>()?;
    let taken = |case: &Case| selection.heavy || case.demand != Demand::Heavy;
    for (glob, text) in globs.iter().zip(&selection.cases) {
        let mut matching = cases.iter().filter(|case| glob.is_match(case.id)).peekable();
        if matching.peek().is_none() {
            return Err(SelectionError::Nothing(format!("--case {text}")));
        }
        if !matching.any(taken) {
            return Err(SelectionError::OnlyHeavy(format!("--case {text}")));
        }
    }
    for id in &selection.requirements {
        let known = requirement(id).ok_or_else(|| SelectionError::NoRequirement(id.clone()))?;
        if !cases.iter().any(|case| case.requirements.contains(&known.id)) {
            return Err(SelectionError::Nothing(format!("--requirement {}", known.id)));
        }
    }
    let selected: Vec<Case> = cases
        .into_iter()
        .filter(taken)
        .filter(|case| globs.is_empty() || globs.iter().any(|glob| glob.is_match(case.id)))
        .filter(|case| {
            let cites = |id: &String| case.requirements.iter().any(|cited| cited.eq_ignore_ascii_case(id));
            selection.requirements.is_empty() || selection.requirements.iter().any(cites)
        })
        .filter(|case| selection.levels.is_empty() || selection.levels.contains(&case.level()))
        .collect();
    if selected.is_empty() {
        return Err(SelectionError::Nothing("what was selected, taken together,".into()));
    }
    Ok(selected)
}

fn compile(glob: &str) -> Result<GlobSet, SelectionError> {
    let build = || GlobSetBuilder::new().add(Glob::new(glob)?).build();
    build().map_err(|error| SelectionError::BadGlob { glob: glob.into(), why: error.kind().to_string() })
}

/// What becomes of a case.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Fate {
    /// It is run.
    Run,
    /// The subject does not claim its profile; the text is the evidence.
    NotApplicable(String),
    /// It is left out, and so what it is about is not judged; the text says why.
    LeftOut(String),
}

/// Decides what becomes of a case.
#[must_use]
pub fn fate(case: &Case, declared: &Declared, users: &Users, patience: std::time::Duration) -> Fate {
    let claimed = || declared.profiles().join(", ");
    if let Some(missing) = case.profiles().into_iter().find(|profile| !declared.claims(profile)) {
        return Fate::NotApplicable(format!("the 201 claims the profiles {}, not {missing}", claimed()));
    }
    let there = |profile: &&&str| declared.claims(profile) || declared.names(profile);
    if let Some(there) = case.without.iter().find(there) {
        return Fate::NotApplicable(format!("it is about servers without the profile {there}"));
    }
    if let Some(why) = case.conditions.iter().find_map(|condition| unmet(*condition, declared, users)) {
        return Fate::NotApplicable(why);
    }
    if let Some(why) = too_small(case, declared) {
        return Fate::NotApplicable(why);
    }
    if let Some(why) = beyond_bounds(case, declared) {
        return Fate::LeftOut(why);
    }
    match waits_for(case) {
        Some(limit) if declared.time_limit(limit) > patience => {
            let (needed, patience) = (declared.time_limit(limit).as_secs(), patience.as_secs());
            Fate::LeftOut(format!(
                "it waits for a declared limit of {needed} s, and --patience is {patience} s"
            ))
        }
        _ => Fate::Run,
    }
}

/// Why a condition does not hold, if it does not.
fn unmet(condition: Condition, declared: &Declared, users: &Users) -> Option<String> {
    match condition {
        Condition::Grace if declared.presence_grace_ms() == 0 => {
            Some("its presenceGraceMs is 0, so nobody is ever in grace".into())
        }
        Condition::RosterBelow(users) if declared.roster_max() >= users => {
            let shown = declared.roster_max();
            Some(format!("its rosterMax is {shown}, and the case has no more than {users} users"))
        }
        Condition::KnownUsers if matches!(users, Users::Fresh) => {
            Some("no --token or --tokens is given, so the server takes any token".into())
        }
        Condition::TwoTokens if !have_two_tokens(users) => {
            Some("no user is given two tokens by --token or --tokens".into())
        }
        Condition::Grace | Condition::RosterBelow(_) | Condition::KnownUsers | Condition::TwoTokens => None,
    }
}

/// Whether there is a user with two tokens; it is the first one then.
fn have_two_tokens(users: &Users) -> bool {
    matches!(users, Users::Known(known) if known.first().is_some_and(|first| first.other_token.is_some()))
}

/// The most topics that one connection is made to join.
const MOST_TOPICS: usize = 1000;
/// The largest message that is sent.
const MOST_MESSAGE_BYTES: usize = 16 << 20;
/// The largest queue that is filled.
const MOST_QUEUE_BYTES: usize = 64 << 20;

/// Why a declared limit is too small for what the case does, which a right server then need not bear.
fn too_small(case: &Case, declared: &Declared) -> Option<String> {
    let extent = Extent::new(&case.program, declared);
    let steps = || case.program.phases.iter().flat_map(|phase| &phase.steps);
    if let Some(bytes) = steps().find_map(|step| extent.too_long(step)) {
        let most = declared.max_message_bytes();
        return Some(format!("it sends a message of {bytes} bytes, and its maxMessageBytes is {most}"));
    }
    let queue = declared.max_queue_bytes();
    if let Some(bytes) = case.program.phases.iter().find_map(|phase| extent.too_much(phase)) {
        return Some(format!("up to {bytes} bytes are said at once, and its maxQueueBytes is {queue}"));
    }
    let most = (0..case.program.clients.len()).map(|client| topics_joined(case, client)).max().unwrap_or(0);
    let limit = declared.max_topics();
    (most > limit)
        .then(|| format!("a connection is in {most} topics at a time, and its maxTopics is {limit}"))
}

/// How many topics a client asks to be in at the same time.
fn topics_joined(case: &Case, client: usize) -> usize {
    let steps = case.program.phases.iter().flat_map(|phase| &phase.steps);
    let mut joined = HashSet::new();
    let mut most = 0;
    for step in steps.filter(|step| step.client == client) {
        match &step.action {
            Action::Send(Message { request: Request::Join(topic, _), .. }) => drop(joined.insert(*topic)),
            Action::Send(Message { request: Request::Leave(topic), .. }) => drop(joined.remove(topic)),
            _ => {}
        }
        most = most.max(joined.len());
    }
    most
}

/// Why a declared limit is too large to be reached.
fn beyond_bounds(case: &Case, declared: &Declared) -> Option<String> {
    let steps = || case.program.phases.iter().flat_map(|phase| &phase.steps).map(|step| &step.action);
    if steps().any(|action| matches!(action, Action::FillQueue(_)))
        && declared.max_queue_bytes() > MOST_QUEUE_BYTES
    {
        let bytes = declared.max_queue_bytes();
        return Some(format!("the declared queue of {bytes} bytes is too large to be filled"));
    }
    if steps().any(|action| *action == Action::JoinToLimit) && declared.max_topics() > MOST_TOPICS {
        return Some(format!(
            "the declared limit of {} topics is too large to be tried",
            declared.max_topics()
        ));
    }
    let to_limit = |action: &Action| match action {
        Action::Raw(RawFrame::Oversize(_) | RawFrame::OversizeDeflated(_)) => true,
        Action::Raw(RawFrame::Wire(pieces)) => pieces.iter().any(|piece| {
            matches!(
                piece,
                Piece::Frame(WireFrame {
                    payload: Payload::SpacesToLimit(_) | Payload::FilledToLimit(..),
                    ..
                })
            )
        }),
        _ => action.message().is_some_and(|message| {
            matches!(&message.request, Request::Chat(_, Chat { short_of_limit: Some(_), .. }))
        }),
    };
    if steps().any(to_limit) && declared.max_message_bytes() > MOST_MESSAGE_BYTES {
        let bytes = declared.max_message_bytes();
        return Some(format!("the declared limit of {bytes} bytes a message is too large to be tried"));
    }
    None
}

/// How many connections a case has open at the same time at most.
#[must_use]
pub fn connections(case: &Case) -> usize {
    case.program.clients.len()
}

/// Whether what a case must see depends on all the topics that its users are in: it asks a question without a topic.
#[must_use]
pub fn is_about_all_topics_of_a_user(case: &Case) -> bool {
    let mut steps = case.program.phases.iter().flat_map(|phase| &phase.steps);
    steps.any(|step| match &step.action {
        Action::Http(HttpRequest { method, body: HttpBody::Json(members), .. }) => {
            method == "POST" && !members.iter().any(|(name, _)| name == "topic")
        }
        _ => false,
    })
}

/// The time limit that a case waits for, if it waits for one.
#[must_use]
pub fn waits_for(case: &Case) -> Option<TimeLimit> {
    let mut steps = case.program.phases.iter().flat_map(|phase| &phase.steps);
    steps.find_map(|step| match step.action {
        Action::Silence(limit) | Action::Wait(limit) => Some(limit),
        Action::Persist(_) => Some(TimeLimit::Heartbeat),
        Action::Knock => Some(TimeLimit::Auth),
        Action::Connect if step.expect == Expect::UpgradeAbandoned => Some(TimeLimit::Auth),
        _ => None,
    })
}

/// The order in which cases are run: those that wait come first, since the others fit beside them; apart
/// from that the seed decides, for no verdict may depend on the order.
#[must_use]
pub fn order(cases: &[Case], seed: u64) -> Vec<usize> {
    let mut order: Vec<usize> = (0..cases.len()).collect();
    order.sort_by_key(|&index| (waits_for(&cases[index]).is_none(), scramble(seed ^ scramble(index as u64))));
    order
}

/// A permutation of the 64-bit numbers without visible pattern (the finaliser of `SplitMix64`).
pub(crate) fn scramble(number: u64) -> u64 {
    let number = number.wrapping_add(0x9E37_79B9_7F4A_7C15);
    let number = (number ^ (number >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
    let number = (number ^ (number >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
    number ^ (number >> 31)
}
