//! Concurrent histories: two to four clients who come, talk, go, get lost and come back, in several rooms.

use proptest::prelude::*;
use proptest::strategy::Union;

use super::deeds::{self, Feature, Setting};
use super::{Dice, Scope, budget};
use crate::program::{
    Action, Client, Expect, HeadEdit, PROGRAM_VERSION, Phase, Program, Step, TopicName, Upgrade,
};
use crate::script::{join, say};

/// The topics, by their place in each program.
pub(super) const ROOM: usize = 0;
pub(super) const TWIN: usize = 1;
pub(super) const ODD: usize = 2;
pub(super) const DECOY: usize = 3;

/// How often in a hundred a client shares the user of the one before it.
const SHARED_USER_PERCENT: u32 = 15;

pub(super) fn program(dice: &mut Dice, scope: &Scope) -> Program {
    let drawn = Feature::ALL.into_iter().filter(|feature| dice.chance(feature.percent()));
    let on: Vec<Feature> = drawn.filter(|feature| feature.is_possible(scope)).collect();
    let active = dice.draw(2..=4_usize);
    let (clients, bystander) = clients(dice, active, &on, scope);
    let topics = vec![
        TopicName::Fresh,
        TopicName::Capitals(ROOM),
        TopicName::Suffixed(" é e\u{301} ß İ \u{202e}房间 🧩".into()),
        TopicName::Fresh,
    ];
    let mut phases = vec![opening(dice, active, bystander)];
    let deeds = Union::new_weighted(deeds::all(&Setting { on: &on, active, scope }));
    for _ in 0..dice.draw(1..=4_usize) {
        let many = 4..=(40 / 2_usize);
        let count = dice.draw(many.prop_map(|n| n / 2));
        let mut steps: Vec<Step> = Vec::new();
        for _ in 0..count {
            let client = dice.draw(0..active);
            let deed = dice.draw(deeds.clone());
            steps.extend(deed.into_iter().map(|(action, expect)| Step {
                client,
                action,
                expect,
                focus: false,
            }));
        }
        phases.push(Phase { steps });
    }
    if let Some(last) = phases.last_mut() {
        last.steps.push(step(bystander, Action::Send(say(DECOY, "all quiet here"))));
        last.steps.push(step(0, Action::Send(say(ROOM, "and here"))));
    }
    let mut program = Program { version: PROGRAM_VERSION, clients, topics, phases, twins: Vec::new() };
    budget::keep(&mut program, scope);
    program
}

fn step(client: usize, action: Action) -> Step {
    Step { client, action, expect: Expect::Derived, focus: false }
}

/// The clients and the bystander, who is the last of them and has a user of its own.
fn clients(dice: &mut Dice, active: usize, on: &[Feature], scope: &Scope) -> (Vec<Client>, usize) {
    let deflate = "permessage-deflate; client_max_window_bits".to_owned();
    let deflate = HeadEdit::Set("Sec-WebSocket-Extensions".into(), deflate);
    let mut clients: Vec<Client> = Vec::new();
    let mut users = 0;
    for client in 0..=active {
        let shares = client > 0 && client < active && dice.chance(SHARED_USER_PERCENT);
        users += usize::from(!shares);
        let user = (users - 1) % scope.users.unwrap_or(usize::MAX).max(1);
        let mut upgrade = Upgrade::default();
        if on.contains(&Feature::Shapes) && dice.chance(50) {
            upgrade.head.push(deflate.clone());
        }
        clients.push(Client { user, upgrade });
    }
    (clients, active)
}

fn opening(dice: &mut Dice, active: usize, bystander: usize) -> Phase {
    let mut steps = vec![step(bystander, Action::Connect), step(bystander, Action::Send(join(DECOY)))];
    for client in 0..active {
        // The first is always there, so that something can be said and heard.
        if client == 0 || dice.chance(85) {
            steps.push(step(client, Action::Connect));
            steps.push(step(client, Action::Send(join(ROOM))));
        }
    }
    Phase { steps }
}
