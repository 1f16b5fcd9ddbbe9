//! Which frame answers which request, and why each chat was delivered.
//!
//! The matching is lenient: where a server forgets an id or mixes up an order, the frame still finds the
//! request that it was most likely meant for, so that the checks can say what is wrong with it.

use std::collections::{HashMap, HashSet};

use super::repeats::Repeats;
use super::{Frame, Sent, View, integer};

/// Why a 200 came.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub(crate) enum Role {
    /// It was said while the connection was a member; or nothing explains it.
    #[default]
    Live,
    /// It was missed, and is replayed behind a 201 that says so.
    Replay,
    /// Its sender sent it once more under the same id.
    Repeat,
}

/// Ties the frames that are answers to their requests.
pub(super) fn match_answers(view: &mut View<'_>) {
    let repeats = Repeats::new(view);
    for line in 0..view.lines.len() {
        // Everything before this has been answered: keeps the search short on long connections.
        let mut first_open = 0;
        let mut rooms = Rooms::default();
        for position in 0..view.lines[line].frames.len() {
            let frame = view.lines[line].frames[position];
            let requests = &view.lines[line].requests;
            while first_open < requests.len() && !view.requests[requests[first_open]].answers.is_empty() {
                first_open += 1;
            }
            if rooms.takes_list(&view.frames[frame]) {
                view.frames[frame].of_join = true;
                continue;
            }
            let role = rooms.role(&view.frames[frame]);
            let found = find(view, &repeats, line, &view.frames[frame], role, first_open);
            let Some((request, role)) = found else {
                // One more copy that nobody asked for is no answer to a repeat.
                view.frames[frame].role = if role == Role::Repeat { Role::Live } else { role };
                continue;
            };
            rooms.note(&view.frames[frame], &view.requests[request]);
            view.frames[frame].role = role;
            view.frames[frame].answers = Some(request);
            view.requests[request].answers.push(frame);
        }
    }
    view.repeats = repeats;
}

/// What one connection has been told of its topics so far.
#[derive(Default)]
struct Rooms {
    stays: HashMap<String, Stay>,
}

#[derive(Default)]
struct Stay {
    /// `seq` of the 201.
    seq: i64,
    /// The first `seq` that is to be replayed, where any is.
    replayed_from: Option<i64>,
    /// Those that have come.
    heard: HashSet<i64>,
    /// The 205 that the join brings has not come yet.
    list_due: bool,
}

impl Rooms {
    fn note(&mut self, frame: &Frame<'_>, request: &Sent<'_>) {
        let Some(topic) = frame.data_topic() else { return };
        match frame.code() {
            Some(201) => {
                let seq = integer(&frame.data["seq"]).unwrap_or(0);
                let since = integer(&request.payload["since"]["seq"]);
                let replayed_from = since.filter(|_| frame.data["recovered"] == true).map(|seq| seq + 1);
                if let Some(stay) = self.stays.get_mut(topic) {
                    stay.list_due = true;
                } else {
                    let stay = Stay { seq, replayed_from, heard: HashSet::new(), list_due: true };
                    self.stays.insert(topic.to_owned(), stay);
                }
            }
            Some(204) => drop(self.stays.remove(topic)),
            _ => {}
        }
    }

    /// Whether a frame is the 205 that a join brings, which is no answer of its own.
    fn takes_list(&mut self, frame: &Frame<'_>) -> bool {
        if frame.code() != Some(205) || frame.id().is_some() {
            return false;
        }
        let stay = frame.data_topic().and_then(|topic| self.stays.get_mut(topic));
        stay.is_some_and(|stay| std::mem::take(&mut stay.list_due))
    }

    /// Why a chat seems to come, as far as its number tells; one that came before may be the answer to a repeat.
    fn role(&mut self, frame: &Frame<'_>) -> Role {
        let stay = frame.topic().filter(|_| frame.is_chat()).and_then(|topic| self.stays.get_mut(topic));
        let (Some(stay), Some(seq)) = (stay, frame.seq()) else { return Role::Live };
        let first = stay.heard.insert(seq);
        if first && seq <= stay.seq && stay.replayed_from.is_some_and(|from| from <= seq) {
            return Role::Replay;
        }
        if first && seq > stay.seq { Role::Live } else { Role::Repeat }
    }
}

/// The request that a frame answers, and why it came where it is a chat.
fn find(
    view: &View<'_>,
    repeats: &Repeats,
    line: usize,
    frame: &Frame<'_>,
    role: Role,
    first_open: usize,
) -> Option<(usize, Role)> {
    let sent_before = |request: &&usize| view.requests[**request].tick < frame.tick;
    let open = || {
        view.lines[line].requests[first_open..]
            .iter()
            .take_while(sent_before)
            .copied()
            .filter(|&request| view.requests[request].answers.is_empty())
    };
    match frame.code() {
        Some(200) => {
            // The sender's own copy of a chat is the answer to it; everybody else's is a delivery. A chat that
            // was heard already is one once more only for a sender who has sent it once more.
            let origin = view.origin(frame.mark.as_ref()?)?;
            let own = view.requests[origin].line == line;
            if own && role != Role::Repeat && view.requests[origin].answers.is_empty() {
                return Some((origin, role));
            }
            let repeated = |request: &usize| *request != origin && repeats.same(*request, origin);
            if role == Role::Repeat
                && let Some(request) = open().find(repeated)
            {
                return Some((request, Role::Repeat));
            }
            return own.then_some((origin, Role::Live));
        }
        Some(203 | 206) | None => return None,
        Some(_) => {}
    }
    let role = Role::Live;
    if let Some(id) = frame.id() {
        let same_id = |request: &usize| view.requests[*request].id.as_deref() == Some(id);
        // A second answer with the same id belongs to the same request, and is one too many.
        let all = || view.lines[line].requests.iter().take_while(sent_before).copied();
        let fits = |request: &usize| same_id(request) && view.requests[*request].kind == frame.kind();
        if let Some(found) =
            open().find(fits).or_else(|| open().find(same_id)).or_else(|| all().find(same_id))
        {
            return Some((found, role));
        }
    }
    let open_end = |sent: &Sent<'_>| *sent.expect == crate::program::Expect::Answered;
    // A list of another topic is one that nobody has asked for, which a server may push.
    let of_its_topic = |sent: &Sent<'_>| {
        let listed = frame.data_topic().filter(|_| frame.code() == Some(205));
        listed.is_none_or(|listed| sent.topic.as_deref() == Some(listed))
    };
    let fits = |sent: &Sent<'_>| {
        (sent.kind == frame.kind() && of_its_topic(sent)) || frame.kind() == Some(0) || open_end(sent)
    };
    let without_id = |request: &usize| view.requests[*request].id.is_none();
    let same_kind = |request: &usize| fits(&view.requests[*request]);
    open()
        .find(|request| same_kind(request) && without_id(request))
        .or_else(|| open().find(same_kind))
        .or_else(|| if frame.is_error() { open().next() } else { None })
        .map(|request| (request, role))
}
