//! The same once more, and nothing hostile: what a program with hostile clients is compared with.

use crate::program::{Action, Client, Expect, Phase, Program, Step};
use crate::shrink::candidates::{clients_named, topics_named};

/// Puts the same clients before a program, in rooms of their own, who do all that is not hostile and then go. Users
/// are taken from as many as there are.
pub(super) fn put_before(program: &mut Program, users: usize) {
    let (clients, topics) = (program.clients.len(), program.topics.len());
    let mut calm = Program { phases: program.phases.iter().map(calmed).collect(), ..program.clone() };
    for client in clients_named(&mut calm) {
        *client += clients;
    }
    for topic in topics_named(&mut calm) {
        *topic += topics;
    }
    for step in calm.phases.iter_mut().flat_map(|phase| &mut phase.steps) {
        step.client += clients;
    }
    // They are gone when the others come, so that no more connections are open than before.
    let goodbye =
        |client| Step { client, action: Action::Close(Some(1000)), expect: Expect::Derived, focus: false };
    calm.phases.push(Phase { steps: (clients..2 * clients).map(goodbye).collect() });
    let others = program.clients.iter();
    let others: Vec<Client> =
        others.map(|client| Client { user: (client.user + clients) % users, ..client.clone() }).collect();
    program.clients.extend(others);
    program.topics.extend(calm.topics);
    program.phases.splice(0..0, calm.phases);
    program.twins = (0..clients).map(|client| (client, client + clients)).collect();
}

/// A phase without what is hostile in it; who would be thrown out for it drops the connection.
fn calmed(phase: &Phase) -> Phase {
    let steps = phase.steps.iter().filter_map(|step| match step.expect {
        Expect::Derived => Some(step.clone()),
        Expect::Ends { .. } => {
            Some(Step { action: Action::Drop { reset: false }, expect: Expect::Derived, ..step.clone() })
        }
        _ => None,
    });
    Phase { steps: steps.collect() }
}
