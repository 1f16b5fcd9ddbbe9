//! What the clients of a concurrent history may do: a few actions in a row that make sense behind one another.
//!
//! What is not here has to wait for a declared time limit (silence, late signs of life), or to fill a declared queue: a
//! program that does so takes as long as hundreds of others, and one that has lost some of its steps would mean something
//! else. Those are left to the cases of the catalog.

use proptest::prelude::*;
use proptest::strategy::{BoxedStrategy, Union};

use super::concurrent::{DECOY, ODD, ROOM, TWIN};
use super::{Scope, attack, reading, speech};
use crate::program::{Action, Expect, Framing, Id, Message, RawFrame, Request, SinceSeq};
use crate::script::{
    beat, join, join_as, join_since, join_since_elsewhere, join_since_seq, leave, notice, say,
    say_with_shared_id, user_list,
};

/// What can be turned on and off. Each program turns a random part of it on, so that some do a lot of little.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Feature {
    /// Texts that are easily altered.
    OddTexts,
    /// Questions and answers.
    Structured,
    /// Texts that fill the size limit.
    LargeTexts,
    /// The same kind of chat many times in a row.
    Bursts,
    Leaves,
    /// Sockets that are dropped.
    Losses,
    Closes,
    Beats,
    /// Frames that must be refused, between good ones.
    BadFrames,
    Pings,
    /// Messages in fragments and segments, with pings between them, compressed.
    Shapes,
    OtherRooms,
    /// Joins of what is joined.
    Rejoins,
    /// Chats from outside.
    Outsiders,
    /// Joins under a name.
    Names,
    /// Members that no spec knows.
    Growth,
    /// Documents that are spelled otherwise than a library would.
    Spellings,
    /// Waits of one client for what it has sent.
    Fences,
    /// Clients that stop reading, and are gone.
    Stalls,
    /// As many topics as a connection may be in, and one more.
    ManyTopics,
    Notices,
    Lists,
    /// Losses, and a join with `since`.
    Resumes,
    /// Chats that are sent once more under their id.
    Repeats,
    /// Chats in streams, pages of them, and questions over HTTP.
    Streams,
}

/// The most topics that a generated client joins.
const MOST_TOPICS: usize = 100;

impl Feature {
    pub(super) const ALL: [Self; 25] = [
        Self::OddTexts,
        Self::Structured,
        Self::LargeTexts,
        Self::Bursts,
        Self::Leaves,
        Self::Losses,
        Self::Closes,
        Self::Beats,
        Self::BadFrames,
        Self::Pings,
        Self::Shapes,
        Self::OtherRooms,
        Self::Rejoins,
        Self::Outsiders,
        Self::Names,
        Self::Growth,
        Self::Spellings,
        Self::Fences,
        Self::Stalls,
        Self::ManyTopics,
        Self::Notices,
        Self::Lists,
        Self::Resumes,
        Self::Repeats,
        Self::Streams,
    ];

    /// In how many programs of a hundred it is turned on.
    pub(super) fn percent(self) -> u32 {
        match self {
            // These cost much, or leave little else to be seen.
            Self::ManyTopics => 8,
            Self::Stalls => 15,
            Self::Shapes | Self::Growth | Self::Spellings | Self::Fences => 30,
            _ => 50,
        }
    }

    /// Whether the subject claims the profile that the feature belongs to, and its limits are no larger than can be
    /// tried.
    pub(super) fn is_possible(self, scope: &Scope) -> bool {
        match self {
            Self::Notices => scope.declared.claims("notice"),
            Self::Lists => scope.declared.claims("presence"),
            Self::Resumes | Self::Repeats => scope.declared.claims("resume"),
            Self::Streams => scope.declared.claims("history"),
            // Lists of topics that no step names nobody waits for, and what is said of them would rest on luck.
            Self::ManyTopics => {
                scope.declared.max_topics() <= MOST_TOPICS && !scope.declared.claims("presence")
            }
            _ => true,
        }
    }
}

/// A few actions in a row, and what must come of each.
pub(super) type Deed = Vec<(Action, Expect)>;
/// Deeds, each with how often it is done.
type Weighted = Vec<(u32, BoxedStrategy<Deed>)>;

/// What deeds are made for.
pub(super) struct Setting<'a> {
    /// What is turned on.
    pub(super) on: &'a [Feature],
    /// How many clients there are besides the bystander.
    pub(super) active: usize,
    pub(super) scope: &'a Scope,
}

type Rooms = proptest::sample::Select<usize>;

/// Everything that a client of a program with these features may do, by how often.
pub(super) fn all(setting: &Setting<'_>) -> Weighted {
    let rooms = setting.rooms();
    let come = rooms.clone().prop_map(|room| derived(vec![Action::Connect, Action::Send(join(room))]));
    let mut all: Weighted = vec![(10, setting.said().prop_map(alone).boxed()), (2, come.boxed())];
    for feature in setting.on {
        all.extend(setting.deeds(*feature, &rooms));
    }
    all
}

fn alone(message: Message) -> Deed {
    vec![(Action::Send(message), Expect::Derived)]
}

fn derived(actions: Vec<Action>) -> Deed {
    actions.into_iter().map(|action| (action, Expect::Derived)).collect()
}

/// What was begun, and perhaps a way back.
fn again(mut actions: Vec<Action>, room: usize, back: bool) -> Deed {
    if back {
        actions.extend([Action::Connect, Action::Send(join(room))]);
    }
    derived(actions)
}

fn is_small(message: &Message) -> bool {
    !matches!(&message.request, Request::Chat(_, chat) if chat.short_of_limit.is_some())
}

impl Setting<'_> {
    fn has(&self, feature: Feature) -> bool {
        self.on.contains(&feature)
    }

    /// The rooms that a client may join: never more than it may be in at once.
    fn rooms(&self) -> Rooms {
        let mut rooms = vec![ROOM, ROOM, ROOM];
        if self.has(Feature::OtherRooms) {
            rooms.extend([TWIN, ODD].into_iter().take(self.scope.declared.max_topics().saturating_sub(1)));
        }
        proptest::sample::select(rooms)
    }

    /// What is said in a room.
    fn texts(&self, room: usize) -> Union<BoxedStrategy<Message>> {
        let mut kinds = vec![(4, speech::plain(room).boxed())];
        if self.has(Feature::OddTexts) {
            kinds.push((4, speech::odd(room).boxed()));
        }
        if self.has(Feature::Structured) {
            kinds.push((2, speech::structured(room).boxed()));
        }
        if self.has(Feature::LargeTexts) {
            kinds.push((1, speech::large(room).boxed()));
        }
        if self.has(Feature::Growth) {
            kinds.push((2, speech::grown(room).boxed()));
        }
        if self.has(Feature::Spellings) {
            kinds.push((2, speech::spelled(room).boxed()));
        }
        if self.has(Feature::Streams) {
            kinds.push((4, speech::in_stream(room).boxed()));
        }
        Union::new_weighted(kinds)
    }

    /// A chat in any room, with an id or without, in one of the shapes that there are.
    fn said(&self) -> BoxedStrategy<Message> {
        let by_room: Vec<_> = [ROOM, TWIN, ODD].map(|room| self.texts(room)).into();
        let shapes = self.has(Feature::Shapes);
        (self.rooms(), any::<bool>(), shape())
            .prop_flat_map(move |(room, with_id, (fragments, framing))| {
                by_room[room].clone().prop_map(move |mut message| {
                    message.id = if with_id { Id::Fresh } else { Id::None };
                    if shapes && is_small(&message) {
                        (message.fragments, message.framing) = (fragments, framing);
                    }
                    message
                })
            })
            .boxed()
    }

    fn deeds(&self, feature: Feature, rooms: &Rooms) -> Weighted {
        let rooms = rooms.clone();
        let one = |weight, deed: BoxedStrategy<Deed>| vec![(weight, deed)];
        match feature {
            Feature::Bursts => one(3, self.burst()),
            Feature::Leaves => one(3, leaves(rooms)),
            Feature::Losses => one(3, losses(rooms)),
            Feature::Closes => one(2, closes(rooms)),
            Feature::Beats => one(3, beats()),
            Feature::BadFrames => {
                vec![
                    (4, attack::refused(ROOM, self.scope).prop_map(|attack| vec![attack]).boxed()),
                    (1, posing(self.active)),
                ]
            }
            Feature::Pings => one(1, pings()),
            Feature::Names => one(2, named(rooms)),
            Feature::Rejoins => one(3, rejoins(rooms)),
            // Nobody but the bystander is ever in the decoy: what is said there from outside must be refused.
            Feature::Outsiders => one(1, Just(alone(say(DECOY, "let me in"))).boxed()),
            Feature::Fences => one(2, Just(derived(vec![Action::Fence])).boxed()),
            Feature::Stalls => one(1, stalls(rooms)),
            Feature::ManyTopics => one(2, many_topics()),
            Feature::Notices => one(3, notices(rooms, self.active)),
            Feature::Lists => one(3, rooms.prop_map(|room| alone(user_list(room))).boxed()),
            Feature::Resumes => one(4, resumes(rooms)),
            Feature::Repeats => vec![(3, repeats(rooms.clone())), (2, retries(rooms))],
            Feature::Streams => {
                vec![
                    (3, reading::page().boxed()),
                    (2, reading::question(rooms).boxed()),
                    (1, reading::refused().boxed()),
                ]
            }
            // These are ways of saying something, or places to say it.
            Feature::OddTexts
            | Feature::Structured
            | Feature::LargeTexts
            | Feature::Shapes
            | Feature::OtherRooms
            | Feature::Growth
            | Feature::Spellings => Vec::new(),
        }
    }

    fn burst(&self) -> BoxedStrategy<Deed> {
        let burst = (self.said(), 2..=60_usize).prop_map(|(mut message, times)| {
            (message.fragments, message.framing) = (None, Framing::default());
            if is_small(&message) { derived(vec![Action::Burst(message, times)]) } else { alone(message) }
        });
        burst.boxed()
    }
}

/// In how many bytes a message is cut, and what else is unusual about it.
fn shape() -> impl Strategy<Value = (Option<usize>, Framing)> {
    let fragments = proptest::sample::select(vec![None, None, None, Some(1), Some(17), Some(100)]);
    let framing = (proptest::bool::weighted(0.2), proptest::bool::weighted(0.2), 0..4_u8);
    (fragments, framing, any::<bool>()).prop_map(
        |(fragments, (pings, empty_fragments, segments), deflated)| {
            let segments = (segments == 0).then_some(60);
            // Between fragments only is there a place for pings; a compressed message may be a single one.
            let pings = pings && fragments == Some(17) && !deflated;
            (fragments, Framing { pings, empty_fragments, segments, deflated, ..Framing::default() })
        },
    )
}

fn leaves(rooms: Rooms) -> BoxedStrategy<Deed> {
    let leaves = (rooms, any::<bool>()).prop_map(|(room, back)| {
        let mut deed = alone(leave(room));
        deed.extend(back.then(|| (Action::Send(join(room)), Expect::Derived)));
        deed
    });
    leaves.boxed()
}

fn losses(rooms: Rooms) -> BoxedStrategy<Deed> {
    let lost = (rooms, any::<bool>(), proptest::bool::weighted(0.8));
    lost.prop_map(|(room, reset, back)| again(vec![Action::Drop { reset }], room, back)).boxed()
}

fn closes(rooms: Rooms) -> BoxedStrategy<Deed> {
    let codes = proptest::sample::select(vec![None, Some(1000), Some(1001), Some(4000)]);
    let closed = (rooms, codes, proptest::bool::weighted(0.8));
    closed.prop_map(|(room, code, back)| again(vec![Action::Close(code)], room, back)).boxed()
}

fn beats() -> BoxedStrategy<Deed> {
    let beats = (1..=5_usize, any::<bool>()).prop_map(|(times, with_id)| {
        let beat = if with_id { beat().with_id() } else { beat() };
        derived(vec![Action::Burst(beat, times)])
    });
    beats.boxed()
}

/// A chat in another's name, which is refused for that, or for where it is said.
fn posing(active: usize) -> BoxedStrategy<Deed> {
    (0..active).prop_map(|other| vec![attack::posing(ROOM, other)]).boxed()
}

fn pings() -> BoxedStrategy<Deed> {
    let pings = prop_oneof![
        "[ -~]{0,125}".prop_map(|text| vec![(Action::Raw(RawFrame::Ping(text)), Expect::Pong)]),
        "[ -~]{0,125}".prop_map(|text| vec![(Action::Raw(RawFrame::Pong(text)), Expect::Derived)]),
    ];
    pings.boxed()
}

fn named(rooms: Rooms) -> BoxedStrategy<Deed> {
    let named = (rooms, 0..3_usize).prop_map(|(room, name)| {
        alone(join_as(room, ["Ann", "", "名前 é"][name]).with_avatar(["ann.png", "", "x"][name]))
    });
    named.boxed()
}

fn rejoins(rooms: Rooms) -> BoxedStrategy<Deed> {
    let rejoins = (rooms, any::<bool>());
    rejoins.prop_map(|(room, with_id)| alone(if with_id { join(room).with_id() } else { join(room) })).boxed()
}

/// Who does not read for a moment and is gone then, owed nothing, and in nobody's way.
fn stalls(rooms: Rooms) -> BoxedStrategy<Deed> {
    let stalled = (rooms, any::<bool>(), any::<bool>()).prop_map(|(room, reset, back)| {
        again(
            vec![Action::StopReading, Action::Send(say(room, "not listening")), Action::Drop { reset }],
            room,
            back,
        )
    });
    stalled.boxed()
}

/// A connection that is in as many topics as it may be in is refused one more, and may come back to those that it is in.
fn many_topics() -> BoxedStrategy<Deed> {
    let more = proptest::sample::select(vec![ROOM, TWIN, ODD]).prop_map(|room| {
        derived(vec![
            Action::Fence,
            Action::JoinToLimit,
            Action::Send(join(room)),
            Action::Send(say(room, "in?")),
        ])
    });
    more.boxed()
}

fn notices(rooms: Rooms, active: usize) -> BoxedStrategy<Deed> {
    let notices = (rooms, 0..active, any::<bool>()).prop_map(|(room, to, with_id)| {
        let message = notice(room, to, r#"{"kind":"wave","n":"{mark}"}"#);
        alone(if with_id { message.with_id() } else { message })
    });
    notices.boxed()
}

/// Lost, perhaps away for a while, and back with the last chat that was seen.
fn resumes(rooms: Rooms) -> BoxedStrategy<Deed> {
    let resumes = (rooms, any::<bool>(), 0..4_i64, 0..12_u32).prop_map(|(room, reset, more, odd)| {
        let back = match odd {
            0 => join_since_elsewhere(room, SinceSeq::Seen(0)),
            1 => join_since_seq(room, SinceSeq::Seen(more + 1)),
            2 => join_since_seq(room, SinceSeq::Exactly(0)),
            _ => join_since_seq(room, SinceSeq::Seen(-more)),
        };
        derived(vec![Action::Drop { reset }, Action::Connect, Action::Send(back)])
    });
    resumes.boxed()
}

/// The same chat right behind itself.
fn repeats(rooms: Rooms) -> BoxedStrategy<Deed> {
    let repeats = (rooms, 0..3_usize, 1..=2_usize).prop_map(|(room, id, times)| {
        let said = say_with_shared_id(room, "once only", id);
        derived(vec![Action::Send(said); times])
    });
    repeats.boxed()
}

/// What a client does that does not know whether its chat was taken: it comes back, and sends it again.
fn retries(rooms: Rooms) -> BoxedStrategy<Deed> {
    let retries = (rooms, 0..6_usize, any::<bool>()).prop_map(|(room, id, reset)| {
        let said = say_with_shared_id(room, "did you get this?", id);
        derived(vec![
            Action::Send(said.clone()),
            Action::Drop { reset },
            Action::Connect,
            Action::Send(join_since(room)),
            Action::Send(said),
        ])
    });
    retries.boxed()
}
