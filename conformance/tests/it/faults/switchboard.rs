//! Where all connections meet: the world, the fault, and a door to each direction of each connection. One mutex
//! guards it; whoever holds it decides and lets go, and never waits.

use std::{
    collections::{BTreeMap, HashMap, HashSet},
    sync::{
        Mutex, MutexGuard, PoisonError,
        atomic::{AtomicU64, Ordering},
    },
    time::Duration,
};

use serde_json::{Value, json};
use tokio::sync::mpsc;

use super::{
    behaviour::{Act, Behaviour, Handshake, Head, Pressure, Seen},
    http::Passing,
    wire::{self, Frame, Kind, Way},
    world::{ConnectionId, World},
};

/// What one direction is told to do with the frame at hand.
#[derive(Debug)]
pub(crate) enum Step {
    Pass,
    Write(Vec<u8>),
    Hold(Duration),
    Release,
    Discard,
    Replace(Vec<u8>),
    Last(Vec<u8>),
}

/// What comes into a direction from elsewhere.
#[derive(Debug)]
pub(crate) enum Parcel {
    Bytes(Vec<u8>),
    /// These bytes, and nothing of the direction's own behind them.
    Last(Vec<u8>),
    /// These bytes and a FIN.
    Finish(Vec<u8>),
    Reset,
}

/// How many parcels wait for a direction that does not read them; more are lost, and delay nobody.
const PARCELS: usize = 256;
/// Begins the ids of requests that the proxy makes, and is in its pings.
const MARK: &str = "proxy-asks-";

/// The receivers of a connection's two directions.
#[derive(Debug)]
pub(crate) struct Doors {
    pub(crate) up: mpsc::Receiver<Parcel>,
    pub(crate) down: mpsc::Receiver<Parcel>,
}

#[derive(Debug, Default)]
struct State {
    world: World,
    behaviour: Behaviour,
    doors: BTreeMap<ConnectionId, [mpsc::Sender<Parcel>; 2]>,
    opened: u64,
    asked: u64,
    /// What the client gets in the place of the answer to each request that the proxy made.
    pending: HashMap<String, Vec<Value>>,
    /// User lists that come behind a join which the client did not ask for.
    unwanted_lists: HashSet<(ConnectionId, String)>,
    /// Connections whose clients did not take what waits for them.
    stalled: HashSet<ConnectionId>,
}

/// See the module.
#[derive(Debug)]
pub(crate) struct Switchboard {
    state: Mutex<State>,
    max_message_bytes: AtomicU64,
    pub(crate) pressure: Pressure,
    pub(crate) handshake: Option<Handshake>,
    pub(crate) ticks: bool,
    /// See [`Behaviour::hasty`].
    pub(crate) hasty: bool,
    /// Whether the fault looks at plain HTTP.
    pub(crate) http: bool,
}

impl Switchboard {
    pub(crate) fn new(behaviour: Behaviour) -> Self {
        let (handshake, pressure) = (behaviour.handshake, behaviour.pressure);
        let (http, hasty) = (behaviour.http.is_some(), behaviour.hasty);
        let ticks = behaviour.tick.is_some() || pressure == Pressure::Spreads;
        let state = Mutex::new(State { behaviour, ..State::default() });
        Self { state, max_message_bytes: AtomicU64::new(65536), pressure, handshake, ticks, hasty, http }
    }

    pub(crate) fn open(&self) -> (ConnectionId, Doors) {
        let mut state = self.state();
        state.opened += 1;
        let id = ConnectionId(state.opened);
        let (to_up, up) = mpsc::channel(PARCELS);
        let (to_down, down) = mpsc::channel(PARCELS);
        state.doors.insert(id, [to_up, to_down]);
        state.world.open(id);
        (id, Doors { up, down })
    }

    pub(crate) fn close(&self, id: ConnectionId) {
        let mut state = self.state();
        state.doors.remove(&id);
        state.world.close(id);
        state.stalled.remove(&id);
        state.unwanted_lists.retain(|(connection, _)| *connection != id);
    }

    /// What becomes of a frame.
    pub(crate) fn decide(&self, id: ConnectionId, way: Way, frame: &Frame) -> Vec<Step> {
        let seen = Seen::new(id, way, frame);
        let mut state = self.state();
        if let Some(steps) = state.take_answer(&seen) {
            return steps;
        }
        let State { world, behaviour, .. } = &mut *state;
        let acts = behaviour.hook.as_mut().and_then(|hook| hook(world, &seen));
        world.note(&seen);
        self.max_message_bytes.store(world.limit("maxMessageBytes", 65536), Ordering::Relaxed);
        let acts = acts.unwrap_or_else(|| vec![Act::Forward]);
        acts.into_iter().filter_map(|act| state.perform(Some((id, way)), act)).collect()
    }

    /// Lets the fault alter a request or an answer of plain HTTP.
    pub(crate) fn exchange(&self, passing: Passing<'_>) {
        let State { world, behaviour, .. } = &mut *self.state();
        if let Some(http) = behaviour.http.as_mut() {
            http(world, passing);
        }
    }

    /// The longest message that a client may send, in bytes.
    pub(crate) fn max_message_bytes(&self) -> u64 {
        self.max_message_bytes.load(Ordering::Relaxed)
    }

    /// Whether any client does not take what waits for it.
    pub(crate) fn is_stalled(&self) -> bool {
        !self.state().stalled.is_empty()
    }

    /// Lets the fault look at a connection to which nothing happens, and learns whether its client is behind.
    pub(crate) fn tick(&self, id: ConnectionId, stalled: bool) {
        let mut state = self.state();
        if stalled {
            state.stalled.insert(id);
        } else {
            state.stalled.remove(&id);
        }
        let State { world, behaviour, .. } = &mut *state;
        let acts = behaviour.tick.as_mut().map_or_else(Vec::new, |tick| tick(world, id));
        for act in acts {
            state.perform(None, act);
        }
    }

    /// What becomes of an upgrade's request; with a refusal its client is told at once.
    pub(crate) fn upgrade(&self, id: ConnectionId, request: &[u8]) -> Option<Vec<u8>> {
        let Some(handshake) = self.handshake else { return Some(request.to_vec()) };
        match handshake(&String::from_utf8_lossy(request), None) {
            Head::Pass(head) => Some(head.into_bytes()),
            Head::Refuse(answer) => {
                self.state().send(id, Way::Down, Parcel::Finish(answer.into_bytes()));
                None
            }
        }
    }

    /// Ends a connection whose request did not come at one go.
    pub(crate) fn refuse_half_a_request(&self, id: ConnectionId) {
        let answer = "HTTP/1.1 400 Bad Request\r\nConnection: close\r\nContent-Length: 0\r\n\r\n";
        self.state().send(id, Way::Down, Parcel::Finish(answer.into()));
    }

    fn state(&self) -> MutexGuard<'_, State> {
        // A behaviour that panics fails its own connection; what it left is still good enough for the others.
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl State {
    /// The answer to something that the proxy asked is not for the client.
    fn take_answer(&mut self, seen: &Seen<'_>) -> Option<Vec<Step>> {
        if seen.way != Way::Down {
            return None;
        }
        if seen.kind == Kind::Pong && seen.payload == MARK.as_bytes() {
            return Some(Vec::new());
        }
        if seen.says(205) && self.unwanted_lists.remove(&(seen.connection, seen.topic().to_owned())) {
            return Some(Vec::new());
        }
        let answers = self.pending.remove(seen.json["id"].as_str()?)?;
        if seen.says(201) {
            self.unwanted_lists.insert((seen.connection, seen.topic().to_owned()));
        }
        Some(answers.iter().map(|answer| Step::Write(wire::text(Way::Down, &answer.to_string()))).collect())
    }

    /// Does an act, or says what the direction at hand must do for it.
    fn perform(&mut self, at_hand: Option<(ConnectionId, Way)>, act: Act) -> Option<Step> {
        let (to, bytes) = match act {
            Act::Forward => return Some(Step::Pass),
            Act::Hold(time) => return Some(Step::Hold(time)),
            Act::Release => return Some(Step::Release),
            Act::Discard => return Some(Step::Discard),
            Act::Replace(texts) => {
                let way = at_hand?.1;
                return Some(Step::Replace(texts.iter().flat_map(|text| wire::text(way, text)).collect()));
            }
            Act::Text(text) => (at_hand?, wire::text(at_hand?.1, &text)),
            Act::Bytes(bytes) => (at_hand?, bytes),
            Act::Answer(answers) => {
                let request = json!({ "token": "", "type": 1, "payLoad": "" });
                ((at_hand?.0, Way::Up), self.ask(request, answers))
            }
            Act::Ask(id, request) => ((id, Way::Up), self.ask(request, Vec::new())),
            Act::ToClient(id, text) => ((id, Way::Down), wire::text(Way::Down, &text)),
            Act::ToServer(id, text) => ((id, Way::Up), wire::text(Way::Up, &text)),
            Act::Ping(id) => ((id, Way::Up), wire::ping(Way::Up, MARK.as_bytes())),
            Act::Pong(id, payload) => ((id, Way::Down), wire::pong(Way::Down, &payload)),
            Act::Close(id, code) => {
                let other = if at_hand == Some((id, Way::Down)) { Way::Up } else { Way::Down };
                let [one, two] = [other, other.back()].map(|way| (way, wire::close(way, code)));
                self.send(id, one.0, Parcel::Last(one.1));
                if at_hand == Some((id, two.0)) {
                    return Some(Step::Last(two.1));
                }
                self.send(id, two.0, Parcel::Last(two.1));
                return None;
            }
            Act::Reset(id) => {
                self.send(id, Way::Down, Parcel::Reset);
                return None;
            }
        };
        if at_hand == Some(to) {
            return Some(Step::Write(bytes));
        }
        self.send(to.0, to.1, Parcel::Bytes(bytes));
        None
    }

    /// A request with an id by which its answer is known. An empty token is refused before anything else is
    /// looked at, and changes nothing: so the harmless question is one that gets a 401.
    fn ask(&mut self, mut request: Value, answers: Vec<Value>) -> Vec<u8> {
        self.asked += 1;
        let id = format!("{MARK}{}", self.asked);
        request["id"] = id.as_str().into();
        self.pending.insert(id, answers);
        wire::text(Way::Up, &request.to_string())
    }

    fn send(&mut self, id: ConnectionId, way: Way, parcel: Parcel) {
        if let Some(doors) = self.doors.get(&id) {
            // A full door loses the parcel: the fault fails to happen, and nobody waits.
            let _ = doors[way as usize].try_send(parcel);
        }
    }
}

impl Frame {
    /// The end of a direction, as a frame that carries nothing.
    pub(crate) fn end() -> Self {
        Self { kind: Kind::End, bytes: Vec::new(), payload: Vec::new() }
    }
}
