//! Who has come to a room or gone since the members were told.
//!
//! Where nobody has come or gone lately, everybody is told at once. Where several come or go behind one another, one 206
//! has as many users as come together within a [`pace`]: a frame for every member and every change would be a flood
//! that grows with the square of the crowd, and with ten in a room already costs more than all the rest of their joins.
//! It is always news of one kind, either of comings or of goings, so that the count of each 206 is that of the list; what
//! is of the other kind is told before.

use std::time::Duration;

use roomwire_protocol::User;
use tokio::time::Instant;

use crate::peer::PeerId;

/// How long news are gathered in the largest rooms. The protocol allows a second.
pub(crate) const PACE: Duration = Duration::from_millis(250);

/// How long for each that has to be told: so a room never has more than 500 frames of news a second, of whatever size it
/// is, and two who talk to each other notice nothing.
const PACE_PER_MEMBER: Duration = Duration::from_millis(2);

/// How long news are gathered in a room of so many members, where some were told just before.
fn pace(members: usize) -> Duration {
    u32::try_from(members).map_or(PACE, |members| PACE_PER_MEMBER.saturating_mul(members)).min(PACE)
}

/// What is to be told.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum News {
    /// They have come, in this order, each by the join of a connection, which is not told of itself.
    Joined(Vec<(PeerId, User)>),
    /// They have gone.
    Left(Vec<User>),
}

/// The news of a room.
#[derive(Debug)]
pub(crate) struct Newsroom {
    /// With so many users there is no waiting for more: a 206 has to fit into every outbox.
    most: usize,
    untold: Option<News>,
    told_at: Option<Instant>,
}

impl Newsroom {
    pub(crate) fn new(most: usize) -> Self {
        Self { most, untold: None, told_at: None }
    }

    /// Takes a coming down. News of goings have been [taken](Self::take) before.
    pub(crate) fn note_joined(&mut self, id: PeerId, user: User) {
        match &mut self.untold {
            Some(News::Joined(comings)) => comings.push((id, user)),
            other => *other = Some(News::Joined(vec![(id, user)])),
        }
    }

    /// Takes a going down. News of comings have been [taken](Self::take) before.
    pub(crate) fn note_left(&mut self, user: User) {
        match &mut self.untold {
            Some(News::Left(goings)) => goings.push(user),
            other => *other = Some(News::Left(vec![user])),
        }
    }

    pub(crate) fn has_joined(&self) -> bool {
        matches!(self.untold, Some(News::Joined(_)))
    }

    pub(crate) fn has_left(&self) -> bool {
        matches!(self.untold, Some(News::Left(_)))
    }

    /// When the news are to be told to so many members, if there are any: `now` at once.
    pub(crate) fn due(&self, members: usize, now: Instant) -> Option<Instant> {
        let untold = match self.untold.as_ref()? {
            News::Joined(comings) => comings.len(),
            News::Left(goings) => goings.len(),
        };
        if untold >= self.most {
            return Some(now);
        }
        Some(self.told_at.map_or(now, |told| (told + pace(members)).max(now)))
    }

    /// Takes the news, to be told now.
    pub(crate) fn take(&mut self, now: Instant) -> Option<News> {
        let news = self.untold.take()?;
        self.told_at = Some(now);
        Some(news)
    }
}

#[cfg(test)]
mod tests {
    use roomwire_protocol::User;

    use super::*;

    #[tokio::test(start_paused = true)]
    async fn few_are_told_soon_and_a_crowd_four_times_a_second() {
        let (mut newsroom, now) = (Newsroom::new(1000), Instant::now());
        let ann = || User::parse("ann").unwrap();
        newsroom.note_left(ann());
        assert_eq!(newsroom.due(1000, now), Some(now), "nobody has come or gone lately");
        newsroom.take(now);
        newsroom.note_left(ann());
        for (members, ms) in [(0, 0), (3, 6), (100, 200), (1000, 250), (usize::MAX, 250)] {
            assert_eq!(newsroom.due(members, now), Some(now + Duration::from_millis(ms)), "{members}");
        }
    }
}
