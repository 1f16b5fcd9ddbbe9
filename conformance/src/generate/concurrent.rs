//! Concurrent histories: two to four clients who come, talk, go, get lost and come back, in several rooms.

use proptest::prelude::*;
use proptest::strategy::{BoxedStrategy, Union};

use super::{Dice, Scope, attack, budget, speech};
use crate::program::{
    Action, Client, Expect, Id, Message, PROGRAM_VERSION, Phase, Program, RawFrame, Request, SinceSeq, Step,
    TopicName, Upgrade,
};
use crate::script::{
    beat, join, join_as, join_since_elsewhere, join_since_seq, leave, notice, say, say_with_shared_id,
    user_list,
};

/// The topics, by their place in each program.
const ROOM: usize = 0;
const TWIN: usize = 1;
const ODD: usize = 2;
const DECOY: usize = 3;

/// How often in a hundred a client shares the user of the one before it.
const SHARED_USER_PERCENT: u32 = 15;

/// What can be turned on and off. Each program turns a random half of it on, so that some do a lot of little.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Feature {
    OddTexts,
    Structured,
    LargeTexts,
    Bursts,
    Leaves,
    Losses,
    Closes,
    Beats,
    BadFrames,
    Pings,
    Fragments,
    OtherRooms,
    Rejoins,
    Outsiders,
    Names,
    Notices,
    Lists,
    Resumes,
    Repeats,
}

const FEATURES: [Feature; 19] = [
    Feature::OddTexts,
    Feature::Structured,
    Feature::LargeTexts,
    Feature::Bursts,
    Feature::Leaves,
    Feature::Losses,
    Feature::Closes,
    Feature::Beats,
    Feature::BadFrames,
    Feature::Pings,
    Feature::Fragments,
    Feature::OtherRooms,
    Feature::Rejoins,
    Feature::Outsiders,
    Feature::Names,
    Feature::Notices,
    Feature::Lists,
    Feature::Resumes,
    Feature::Repeats,
];

impl Feature {
    /// Whether the subject claims the profile that the feature belongs to.
    fn is_claimed(self, scope: &Scope) -> bool {
        match self {
            Self::Notices => scope.declared.claims("notice"),
            Self::Lists => scope.declared.claims("presence"),
            Self::Resumes | Self::Repeats => scope.declared.claims("resume"),
            _ => true,
        }
    }
}

/// What one client does in a row: a few actions that make sense behind one another.
type Deed = Vec<(Action, Expect)>;

pub(super) fn program(dice: &mut Dice, scope: &Scope) -> Program {
    let drawn = FEATURES.into_iter().filter(|_| dice.chance(50));
    let on: Vec<Feature> = drawn.filter(|feature| feature.is_claimed(scope)).collect();
    let active = dice.draw(2..=4_usize);
    let (clients, bystander) = clients(dice, active, scope);
    let topics = vec![
        TopicName::Fresh,
        TopicName::Capitals(ROOM),
        TopicName::Suffixed(" é e\u{301} ß İ \u{202e}房间 🧩".into()),
        TopicName::Fresh,
    ];
    let mut phases = vec![opening(dice, active, bystander)];
    let deeds = Union::new_weighted(deeds(&on, active, scope));
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
        last.steps.push(step(ROOM, Action::Send(say(ROOM, "and here"))));
    }
    let mut program = Program { version: PROGRAM_VERSION, clients, topics, phases, twins: Vec::new() };
    budget::keep(&mut program, scope);
    program
}

fn step(client: usize, action: Action) -> Step {
    Step { client, action, expect: Expect::Derived, focus: false }
}

/// The clients and the bystander, who is the last of them and has a user of its own.
fn clients(dice: &mut Dice, active: usize, scope: &Scope) -> (Vec<Client>, usize) {
    let mut clients: Vec<Client> = Vec::new();
    let mut users = 0;
    for client in 0..=active {
        let shares = client > 0 && client < active && dice.chance(SHARED_USER_PERCENT);
        users += usize::from(!shares);
        let user = (users - 1) % scope.users.unwrap_or(usize::MAX).max(1);
        clients.push(Client { user, upgrade: Upgrade::default() });
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

fn alone(message: Message) -> Deed {
    vec![(Action::Send(message), Expect::Derived)]
}

fn derived(actions: Vec<Action>) -> Deed {
    actions.into_iter().map(|action| (action, Expect::Derived)).collect()
}

/// Everything that a client of a program with these features may do, by how often.
#[allow(
    clippy::too_many_lines,
    reason = "a table: one deed behind the other, each with its feature and its weight"
)]
fn deeds(on: &[Feature], active: usize, scope: &Scope) -> Vec<(u32, BoxedStrategy<Deed>)> {
    let has = |feature| on.contains(&feature);
    let max_topics = scope.declared.max_topics();
    // The rooms that a client may join: never more than it may be in at once.
    let mut rooms = vec![ROOM, ROOM, ROOM];
    if has(Feature::OtherRooms) {
        rooms.extend([TWIN, ODD].into_iter().take(max_topics.saturating_sub(1)));
    }
    let rooms = proptest::sample::select(rooms);
    let texts = |room: usize| {
        let mut kinds = vec![(4, speech::plain(room).boxed())];
        if has(Feature::OddTexts) {
            kinds.push((4, speech::odd(room).boxed()));
        }
        if has(Feature::Structured) {
            kinds.push((2, speech::structured(room).boxed()));
        }
        if has(Feature::LargeTexts) {
            kinds.push((1, speech::large(room).boxed()));
        }
        Union::new_weighted(kinds)
    };
    let by_room: Vec<_> = [ROOM, TWIN, ODD].map(texts).into();
    let fragments = has(Feature::Fragments);
    let said = (rooms.clone(), any::<bool>(), 0..6_usize).prop_flat_map(move |(room, with_id, cut)| {
        by_room[room].clone().prop_map(move |mut message| {
            message.id = if with_id { Id::Fresh } else { Id::None };
            let is_large =
                matches!(&message.request, Request::Chat(_, chat) if chat.short_of_limit.is_some());
            message.fragments = (fragments && cut == 0 && !is_large).then_some(17);
            message
        })
    });
    let come = |rooms: proptest::sample::Select<usize>| {
        rooms.prop_map(|room| derived(vec![Action::Connect, Action::Send(join(room))]))
    };
    let mut all: Vec<(u32, BoxedStrategy<Deed>)> =
        vec![(10, said.clone().prop_map(alone).boxed()), (2, come(rooms.clone()).boxed())];
    let mut add = |feature, weight, deed: BoxedStrategy<Deed>| {
        if has(feature) {
            all.push((weight, deed));
        }
    };
    let is_small = |message: &Message| !matches!(&message.request, Request::Chat(_, chat) if chat.short_of_limit.is_some());
    let burst = (said, 2..=60_usize).prop_map(move |(mut message, times)| {
        message.fragments = None;
        if is_small(&message) { derived(vec![Action::Burst(message, times)]) } else { alone(message) }
    });
    add(Feature::Bursts, 3, burst.boxed());
    let leaves = (rooms.clone(), any::<bool>()).prop_map(|(room, back)| {
        let mut deed = alone(leave(room));
        deed.extend(back.then(|| (Action::Send(join(room)), Expect::Derived)));
        deed
    });
    add(Feature::Leaves, 3, leaves.boxed());
    let again = |actions: Vec<Action>, room: usize, back: bool| {
        let mut actions = actions;
        if back {
            actions.extend([Action::Connect, Action::Send(join(room))]);
        }
        derived(actions)
    };
    let lost = (rooms.clone(), any::<bool>(), proptest::bool::weighted(0.8))
        .prop_map(move |(room, reset, back)| again(vec![Action::Drop { reset }], room, back));
    add(Feature::Losses, 3, lost.boxed());
    let codes = proptest::sample::select(vec![None, Some(1000), Some(1001), Some(4000)]);
    let closed = (rooms.clone(), codes, proptest::bool::weighted(0.8))
        .prop_map(move |(room, code, back)| again(vec![Action::Close(code)], room, back));
    add(Feature::Closes, 2, closed.boxed());
    let beats = (1..=5_usize, any::<bool>()).prop_map(|(times, with_id)| {
        let beat = if with_id { beat().with_id() } else { beat() };
        derived(vec![Action::Burst(beat, times)])
    });
    add(Feature::Beats, 3, beats.boxed());
    let bad = attack::refused(ROOM, scope).prop_map(|attack| vec![attack]);
    add(Feature::BadFrames, 4, bad.boxed());
    let pings = prop_oneof![
        "[ -~]{0,125}".prop_map(|text| vec![(Action::Raw(RawFrame::Ping(text)), Expect::Pong)]),
        "[ -~]{0,125}".prop_map(|text| vec![(Action::Raw(RawFrame::Pong(text)), Expect::Derived)]),
    ];
    add(Feature::Pings, 1, pings.boxed());
    let named = (rooms.clone(), 0..3_usize).prop_map(|(room, name)| {
        alone(join_as(room, ["Ann", "", "名前 é"][name]).with_avatar(["ann.png", "", "x"][name]))
    });
    add(Feature::Names, 2, named.boxed());
    let notices = (rooms.clone(), 0..active, any::<bool>()).prop_map(|(room, to, with_id)| {
        let message = notice(room, to, r#"{"kind":"wave","n":"{mark}"}"#);
        alone(if with_id { message.with_id() } else { message })
    });
    add(Feature::Notices, 3, notices.boxed());
    let lists = rooms.clone().prop_map(|room| alone(user_list(room)));
    add(Feature::Lists, 3, lists.boxed());
    // Lost, perhaps away for a while, and back with the last chat that was seen.
    let resumes = (rooms.clone(), any::<bool>(), 0..4_i64, 0..12_u32).prop_map(|(room, reset, more, odd)| {
        let back = if odd == 0 {
            join_since_elsewhere(room, SinceSeq::Seen(0))
        } else {
            join_since_seq(room, SinceSeq::Seen(-more))
        };
        derived(vec![Action::Drop { reset }, Action::Connect, Action::Send(back)])
    });
    add(Feature::Resumes, 4, resumes.boxed());
    let repeats = (rooms.clone(), 0..3_usize, 1..=2_usize).prop_map(|(room, id, times)| {
        let said = say_with_shared_id(room, "once only", id);
        derived(vec![Action::Send(said); times])
    });
    add(Feature::Repeats, 3, repeats.boxed());
    let rejoins = (rooms, any::<bool>())
        .prop_map(|(room, with_id)| alone(if with_id { join(room).with_id() } else { join(room) }));
    add(Feature::Rejoins, 3, rejoins.boxed());
    // Nobody but the bystander is ever in the decoy: what is said there from outside must be refused.
    let outside = Just(alone(say(DECOY, "let me in"))).boxed();
    add(Feature::Outsiders, 1, outside);
    all
}
