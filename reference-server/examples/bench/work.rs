//! The kinds of work, and what is found out about each.

/// A kind of work: rooms of members, some of whom send.
#[derive(Clone, Debug)]
pub(crate) struct Work {
    pub(crate) name: &'static str,
    pub(crate) about: &'static str,
    pub(crate) rooms: usize,
    pub(crate) members: usize,
    /// Of each room; without any, everybody sends heartbeats alone.
    pub(crate) senders: usize,
    pub(crate) pace: Pace,
    /// How many bytes a chat has beyond the usual 200.
    pub(crate) padding: usize,
}

/// When a sender sends the next chat.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Pace {
    /// As soon as one of so many has come back to it.
    InFlight(u32),
    /// So many chats a second from all senders together.
    PerSecond(f64),
}

/// What is found out: a figure that was not looked for is no number.
#[derive(Clone, Debug)]
pub(crate) struct Figures {
    /// Deliveries a second.
    pub(crate) deliveries: f64,
    /// From sending to delivery, in microseconds.
    pub(crate) p50: f64,
    pub(crate) p99: f64,
    /// Of the server's processor, in microseconds a delivery.
    pub(crate) cost: f64,
    /// Connections opened and joined a second.
    pub(crate) joins: f64,
    /// Of the server's processor, in microseconds a connection that was opened and joined.
    pub(crate) join_cost: f64,
    /// Of memory a connection, in KiB.
    pub(crate) memory: f64,
}

type Value = fn(&Figures) -> f64;

/// What is drawn: a title, a unit, the work at each count, and which figure counts.
type Growth = (&'static str, &'static str, Vec<(usize, Work)>, Value);

impl Figures {
    pub(crate) const NAMES: [(&'static str, Value); 7] = [
        ("deliveries/s", |figures| figures.deliveries),
        ("p50 µs", |figures| figures.p50),
        ("p99 µs", |figures| figures.p99),
        ("server µs a delivery", |figures| figures.cost),
        ("joins/s", |figures| figures.joins),
        ("server µs a join", |figures| figures.join_cost),
        ("KiB a connection", |figures| figures.memory),
    ];

    pub(crate) fn median(runs: &[Self]) -> Self {
        let median = |value: Value| {
            let mut values: Vec<_> = runs.iter().map(value).collect();
            values.sort_by(f64::total_cmp);
            values[values.len() / 2]
        };
        let [deliveries, p50, p99, cost, joins, join_cost, memory] =
            Self::NAMES.map(|(_, value)| median(value));
        Self { deliveries, p50, p99, cost, joins, join_cost, memory }
    }
}

const fn work(
    name: &'static str,
    about: &'static str,
    [rooms, members, senders]: [usize; 3],
    pace: Pace,
) -> Work {
    Work { name, about, rooms, members, senders, pace, padding: 0 }
}

/// What the server has much to do with, and the load little: so that a second thread of the server finds a processor.
const LONG: Work = Work {
    padding: 30_000,
    ..work("long", "40 rooms of one, two chats of 30,000 bytes in flight", [40, 1, 1], Pace::InFlight(2))
};

pub(crate) const ALL: [Work; 8] = [
    work("fan100", "a room of 100, one chat in flight", [1, 100, 1], Pace::InFlight(1)),
    work("fan100w16", "a room of 100, 16 chats in flight", [1, 100, 1], Pace::InFlight(16)),
    work("rooms", "100 rooms of 10, all sending", [100, 10, 10], Pace::InFlight(1)),
    work("fan1000", "a room of 1,000, one chat in flight", [1, 1000, 1], Pace::InFlight(1)),
    work("rate20k", "20,000 deliveries a second in a room of 100", [1, 100, 10], Pace::PerSecond(200.0)),
    work("joins", "5,000 connections opened and joined", [500, 10, 0], Pace::PerSecond(0.0)),
    work("idle", "10,000 joined connections, a heartbeat every 5 s", [1000, 10, 0], Pace::PerSecond(2000.0)),
    LONG,
];

/// What the reference server's cost is drawn against.
pub(crate) fn growth() -> Vec<Growth> {
    let of = |counts: &[usize], shape: fn(usize) -> [usize; 3], pace| {
        counts.iter().map(|count| (*count, work("growth", "", shape(*count), pace))).collect()
    };
    vec![
        (
            "members of one room",
            "server µs a delivery",
            of(&[3, 10, 30, 100, 300, 1000, 3000], |members| [1, members, 1], Pace::InFlight(1)),
            |figures| figures.cost,
        ),
        (
            "rooms of 10, all sending",
            "server µs a delivery",
            of(&[1, 3, 10, 30, 100, 300], |rooms| [rooms, 10, 10], Pace::InFlight(1)),
            |figures| figures.cost,
        ),
        (
            "idle connections in rooms of 10",
            "KiB a connection",
            of(
                &[100, 300, 1000, 3000, 10_000],
                |connections| [connections / 10, 10, 0],
                Pace::PerSecond(0.0),
            ),
            |figures| figures.memory,
        ),
    ]
}
