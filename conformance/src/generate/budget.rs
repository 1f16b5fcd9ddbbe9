//! How much a program may say between two fences: never so much that a member who reads could be behind by the declared
//! queue, for a server may end the connection of such a one.

use super::Scope;
use super::attack::{MOST_MALFORMED, is_malformed};
use crate::extent::Extent;
use crate::program::{Action, Chat, Message, Phase, Program, Request, Step};

/// What a small chat takes on the wire, with room for its envelope and its marks.
const CHAT_BYTES: usize = 700;
/// The same for an answer: a 201 is the largest of them.
const ANSWER_BYTES: usize = 600;
/// The share of the declared queue that a phase may fill.
const SHARE: usize = 4;

/// What a phase may say in bytes.
pub(super) fn of_a_phase(scope: &Scope) -> usize {
    scope.declared.max_queue_bytes() / SHARE
}

/// What a step makes every member receive, in bytes.
fn cost(step: &Step, scope: &Scope) -> usize {
    let message = |message: &Message| match &message.request {
        Request::Chat(_, Chat { short_of_limit: Some(_), .. }) => 2 * scope.declared.max_message_bytes(),
        Request::Chat(_, Chat { text, .. }) => CHAT_BYTES + 6 * text.len(),
        _ => ANSWER_BYTES,
    };
    match &step.action {
        Action::Send(sent) => message(sent),
        Action::Burst(sent, times) => message(sent) * times,
        // An answer and a list each.
        Action::JoinToLimit => 2 * ANSWER_BYTES * scope.declared.max_topics(),
        Action::Http(_) => CHAT_BYTES,
        _ => ANSWER_BYTES,
    }
}

/// Leaves out steps that would say too much in a phase or in one message, and malformed frames beyond what a
/// connection must bear.
pub(super) fn keep(program: &mut Program, scope: &Scope) {
    let whole = program.clone();
    let extent = Extent::new(&whole, &scope.declared);
    let mut malformed = vec![0; program.clients.len()];
    for Phase { steps } in &mut program.phases {
        let mut left = of_a_phase(scope);
        steps.retain(|step| {
            let cost = cost(step, scope);
            if cost > left || extent.too_long(step).is_some() {
                return false;
            }
            left -= cost;
            malformed[step.client] += usize::from(is_malformed(&step.expect));
            malformed[step.client] <= MOST_MALFORMED || !is_malformed(&step.expect)
        });
    }
}
