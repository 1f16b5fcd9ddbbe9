//! What shows that a server drains, once it was told to end.

use super::{Frame, View, integer};

/// The close code of a server that drains (LIMIT-19).
pub(crate) const DRAINING: u16 = 4202;

/// Notes for each connection when it first heard that the server drains: by an announcement, a 503, or its close.
pub(super) fn derive(view: &mut View<'_>) {
    let Some(told) = view.told_to_end else { return };
    for line in &mut view.lines {
        let frames = line.frames.iter().map(|&frame| &view.frames[frame]).filter(|frame| frame.tick > told);
        let mut signs = frames.filter(|frame| frame.announces_the_end() || frame.code() == Some(503));
        let close = line.close.filter(|(tick, code, _)| *tick > told && *code == DRAINING);
        line.drains = signs.next().map(|frame| frame.tick).or(close.map(|(tick, ..)| tick));
    }
}

impl Frame<'_> {
    /// Whether it is the word of a server that is about to stop, as LIMIT-18 and NOTE-13 have it.
    pub(crate) fn announces_the_end(&self) -> bool {
        let after = integer(&self.data["data"]["reconnectAfterMs"]);
        self.kind() == Some(4)
            && self.code() == Some(203)
            && self.data.get("from").is_none()
            && after.is_some_and(|after| after >= 0)
    }
}
