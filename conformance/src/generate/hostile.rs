//! Hostile frames beside canaries: attackers send whatever must be refused or must end their connection, while others
//! talk on as if nothing were.

use proptest::prelude::*;

use super::{Dice, Scope, attack, budget, speech, twin};
use crate::program::{Action, Client, Expect, PROGRAM_VERSION, Phase, Program, Step, TopicName, Upgrade};
use crate::script::{join, say};

const ROOM: usize = 0;
const DECOY: usize = 1;
/// The canaries of the room, the bystander of the decoy, and the first attacker.
const CANARIES: [usize; 2] = [0, 1];
const BYSTANDER: usize = 2;
const ATTACKER: usize = 3;

pub(super) fn program(dice: &mut Dice, scope: &Scope) -> Program {
    let attackers = dice.draw(1..=2_usize);
    let known = scope.users.unwrap_or(usize::MAX).max(1);
    let clients: Vec<_> = (0..ATTACKER + attackers)
        .map(|user| Client { user: user % known, upgrade: Upgrade::default() })
        .collect();
    let topics = vec![TopicName::Fresh, TopicName::Fresh];
    let mut phases = vec![opening()];
    let (breaches, joins) = (dice.chance(50), dice.chance(70));
    for _ in 0..dice.draw(1..=3_usize) {
        let mut steps = Vec::new();
        for attacker in ATTACKER..ATTACKER + attackers {
            steps.push(step(attacker, Action::Connect));
            if joins {
                steps.push(step(attacker, Action::Send(join(ROOM))));
            }
            for _ in 0..dice.draw(1..=8_usize) {
                let (action, expect) = dice.draw(attack::refused(ROOM, scope));
                steps.push(Step { client: attacker, action, expect, focus: false });
            }
            if breaches {
                let (action, expect) = dice.draw(attack::breach(scope));
                steps.push(Step { client: attacker, action, expect, focus: false });
            } else if dice.chance(30) {
                let reset = dice.draw(any::<bool>());
                steps.push(step(attacker, Action::Drop { reset }));
            }
        }
        for canary in CANARIES {
            let words = dice.draw(proptest::collection::vec(speech::plain(ROOM), 1..=3));
            steps.extend(words.into_iter().map(|message| step(canary, Action::Send(message))));
        }
        steps.push(step(BYSTANDER, Action::Send(say(DECOY, "all quiet here"))));
        phases.push(Phase { steps });
    }
    phases.push(aftermath(attackers));
    let mut program = Program { version: PROGRAM_VERSION, clients, topics, phases, twins: Vec::new() };
    budget::keep(&mut program, scope);
    twin::put_before(&mut program, known);
    program
}

fn step(client: usize, action: Action) -> Step {
    Step { client, action, expect: Expect::Derived, focus: false }
}

fn opening() -> Phase {
    let mut steps = Vec::new();
    for (client, room) in [(CANARIES[0], ROOM), (CANARIES[1], ROOM), (BYSTANDER, DECOY)] {
        steps.extend([step(client, Action::Connect), step(client, Action::Send(join(room)))]);
    }
    Phase { steps }
}

/// After all that, everybody is served: the attackers too, who come back as good clients.
fn aftermath(attackers: usize) -> Phase {
    let mut steps = Vec::new();
    for attacker in ATTACKER..ATTACKER + attackers {
        steps.extend(
            [Action::Connect, Action::Send(join(ROOM)), Action::Send(say(ROOM, "sorry"))]
                .map(|action| step(attacker, action)),
        );
    }
    steps.extend(CANARIES.map(|canary| step(canary, Action::Send(say(ROOM, "still here")))));
    Phase { steps }
}
