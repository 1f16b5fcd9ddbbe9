//! Marathons: one connection and many thousand operations, so that what goes wrong every so often, or only after a
//! while, has the time to.

use proptest::prelude::*;

use super::{Dice, Scope, budget, speech};
use crate::program::{Action, Client, Expect, PROGRAM_VERSION, Phase, Program, Step, TopicName, Upgrade};
use crate::script::{beat, join, leave, say};

/// How many operations a marathon has, about.
const OPERATIONS: std::ops::RangeInclusive<usize> = 10_000..=20_000;
const ROOM: usize = 0;
const DECOY: usize = 1;
const RUNNER: usize = 0;
const LISTENER: usize = 1;
const BYSTANDER: usize = 2;

pub(super) fn program(dice: &mut Dice, scope: &Scope) -> Program {
    let known = scope.users.unwrap_or(usize::MAX).max(1);
    let clients: Vec<_> =
        (0..=BYSTANDER).map(|user| Client { user: user % known, upgrade: Upgrade::default() }).collect();
    let topics = vec![TopicName::Fresh, TopicName::Fresh];
    let mut opening = Vec::new();
    for (client, room) in [(RUNNER, ROOM), (LISTENER, ROOM), (BYSTANDER, DECOY)] {
        opening.extend([step(client, Action::Connect), step(client, Action::Send(join(room)))]);
    }
    let mut phases = vec![Phase { steps: opening }];
    let mut left = dice.draw(OPERATIONS);
    // So many answers of 100 bytes, and so many chats, between two fences.
    let beats = (budget::of_a_phase(scope) / 2 / 600).clamp(10, 400);
    let chats = (budget::of_a_phase(scope) / 2 / 900).clamp(1, 100);
    while left > 0 {
        let mut steps = Vec::new();
        let many = dice.draw(beats / 2..=beats);
        let with_id = dice.draw(any::<bool>());
        let beat = if with_id { beat().with_id() } else { beat() };
        steps.push(step(RUNNER, Action::Burst(beat, many)));
        left = left.saturating_sub(many);
        if dice.chance(60) {
            let many = dice.draw(1..=chats);
            let message = dice.draw(speech::plain(ROOM));
            steps.push(step(RUNNER, Action::Burst(message, many)));
            // Said, and heard by two.
            left = left.saturating_sub(3 * many);
        }
        if dice.chance(30) {
            steps.extend(
                [Action::Send(leave(ROOM)), Action::Send(join(ROOM))].map(|action| step(RUNNER, action)),
            );
        }
        if dice.chance(20) {
            steps.push(step(BYSTANDER, Action::Send(say(DECOY, "all quiet here"))));
        }
        phases.push(Phase { steps });
    }
    let mut program = Program { version: PROGRAM_VERSION, clients, topics, phases, twins: Vec::new() };
    budget::keep(&mut program, scope);
    program
}

fn step(client: usize, action: Action) -> Step {
    Step { client, action, expect: Expect::Derived, focus: false }
}
