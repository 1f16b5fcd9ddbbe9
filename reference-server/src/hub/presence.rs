//! Lists and news of a room, as they are sent.

use roomwire_protocol::server::{Change, Member, UserChange, UserList};
use roomwire_protocol::{RequestId, ServerFrame};
use tokio::time::Instant;

use super::Live;
use crate::frame::Frame;
use crate::room::news::News;

impl Live {
    /// The list, as an answer to a request with this id.
    pub(super) fn list(&self, id: Option<RequestId>, max: usize) -> Frame {
        let room = &self.room;
        let data = UserList::new(room.topic().clone(), room.count(), room.list(max));
        Frame::text(&ServerFrame::UserList { id, data }.encode())
    }

    pub(super) fn tell_before_entering(&mut self, now: Instant) {
        if let Some(news) = self.room.take_before_entering(now) {
            self.tell(&news);
        }
    }

    pub(super) fn tell_before_leaving(&mut self, now: Instant) {
        if let Some(news) = self.room.take_before_leaving(now) {
            self.tell(&news);
        }
    }

    pub(super) fn tell_due(&mut self, now: Instant) {
        if let Some(news) = self.room.take_due(now) {
            self.tell(&news);
        }
    }

    /// Tells everybody: one text for all, but for those who have come themselves. Each of these has a list that shows
    /// who came before, and hears of those who came later.
    fn tell(&mut self, news: &News) {
        let Self { room, behind, .. } = self;
        let encode = |change| {
            let change = UserChange { topic: room.topic().clone(), count: room.count(), change };
            Frame::text(&ServerFrame::UserChange(change).encode())
        };
        let comings = match news {
            News::Joined(comings) => comings.as_slice(),
            News::Left(_) => &[],
        };
        let entries: Vec<_> = match news {
            News::Joined(comings) => comings.iter().map(|(_, user)| room.entry(user)).collect(),
            News::Left(users) => users.iter().map(|user| Member::new(user.clone(), None, None)).collect(),
        };
        let mut places: Vec<_> = comings.iter().enumerate().map(|(place, (id, _))| (*id, place)).collect();
        places.sort_unstable();
        let mut for_all = None;
        for (id, member) in room.seats() {
            let own = places.binary_search_by_key(&id, |(id, _)| *id).ok().map(|found| places[found].1);
            let text = match own {
                Some(place) if place + 1 == entries.len() => continue,
                Some(place) => encode(Change::Joined(entries[place + 1..].to_vec())),
                None => for_all
                    .get_or_insert_with(|| {
                        encode(match news {
                            News::Joined(_) => Change::Joined(entries.clone()),
                            News::Left(_) => Change::Left(entries.clone()),
                        })
                    })
                    .clone(),
            };
            if member.push(text) {
                *behind = Some(member.clone());
            }
        }
    }
}
