//! What a file must keep to, so that whatever a stranger wrote into it costs a message and no more.

use super::{Record, RecordError};
use crate::program::{Action, Change, Program, TopicName, Value};
use crate::shrink::candidates::clients_named;
use crate::transcript::What;

/// The most clients that a program may have, and the most topics.
const MOST: usize = 1000;
/// The most messages that one step may send.
const MOST_IN_A_BURST: usize = 1_000_000;
/// The most characters that a name may be filled up to, and a value repeated.
const MOST_CHARACTERS: usize = 1 << 24;

/// Checks that all that is named by number is there.
pub(super) fn check(record: &Record) -> Result<(), RecordError> {
    let transcript = &record.transcript;
    let program = &transcript.program;
    check_program(program).map_err(|why| RecordError::Broken { line: 2, why })?;
    let names = |why: &str| RecordError::Broken { line: 3, why: why.into() };
    if program.clients.iter().any(|client| client.user >= transcript.users.len()) {
        return Err(names("a user of the program has no name"));
    }
    if transcript.topics.len() != program.topics.len() {
        return Err(names("the program has another number of topics"));
    }
    let mut connections = 0;
    for (tick, event) in transcript.events.iter().enumerate() {
        let broken = |why: &str| RecordError::Broken { line: tick + 4, why: why.into() };
        let exchange = match event.what {
            What::HttpSent { exchange, .. }
            | What::HttpAnswered { exchange, .. }
            | What::HttpFailed { exchange, .. } => exchange,
            _ => 0,
        };
        if exchange > transcript.events.len() {
            return Err(broken("it is of an exchange without a number that can be"));
        }
        if let What::Opening { client, .. } = event.what {
            if client >= program.clients.len() {
                return Err(broken("it names a client that the program does not have"));
            }
            if event.connection.is_none_or(|number| number > transcript.events.len()) {
                return Err(broken("it opens a connection without a number that can be"));
            }
            connections = connections.max(event.connection.map_or(0, |number| number + 1));
        } else if event.connection.is_some_and(|number| number >= connections) {
            return Err(broken("it happens on a connection that was not opened"));
        }
    }
    let ticks = transcript.events.len();
    if record.footer.findings.iter().flat_map(|finding| &finding.evidence).any(|tick| *tick >= ticks) {
        let line = ticks + 4;
        return Err(RecordError::Broken { line, why: "a finding names an event that is not there".into() });
    }
    Ok(())
}

/// Checks that a program can be played.
fn check_program(program: &Program) -> Result<(), String> {
    if program.clients.len() > MOST || program.topics.len() > MOST {
        return Err(format!("more than {MOST} clients or topics"));
    }
    if program.clients.iter().any(|client| client.user >= MOST) {
        return Err(format!("a user's number is {MOST} or more"));
    }
    let filled = |name: &TopicName| matches!(name, TopicName::Filled(_, length) if *length > MOST_CHARACTERS);
    if program.topics.iter().any(filled) {
        return Err(format!("the name of a topic is to have more than {MOST_CHARACTERS} characters"));
    }
    for step in program.phases.iter().flat_map(|phase| &phase.steps) {
        if step.client >= program.clients.len() {
            return Err(format!("a step of client {}, of whom there is none", step.client));
        }
        if let Action::Burst(_, times) = &step.action
            && *times > MOST_IN_A_BURST
        {
            return Err(format!("a burst of {times} messages, where {MOST_IN_A_BURST} are the most"));
        }
        let Some(message) = step.action.message() else { continue };
        let filled = message.edits.iter().find_map(|edit| match &edit.change {
            Change::Set(_, Value::Repeated(_, times)) if *times > MOST_CHARACTERS => Some(times),
            _ => None,
        });
        if let Some(times) = filled {
            return Err(format!("a text of {times} characters, where {MOST_CHARACTERS} are the most"));
        }
    }
    let mut copy = program.clone();
    if let Some(client) =
        clients_named(&mut copy).into_iter().find(|client| **client >= program.clients.len())
    {
        return Err(format!("a step names client {client}, of whom there is none"));
    }
    Ok(())
}
