//! Rooms that outlive their server: where they stand at its end, and how they go on.

use std::sync::Arc;
use std::sync::atomic::Ordering;

use tokio::time::Instant;

use super::{EMPTY_MAX, Hall, Hub, Live, now};
use crate::history::{Revived, Standing};
use crate::room::Room;

impl Hub {
    /// Lets rooms go on, before anybody comes. Where there is no room for all of a room's ids, it begins anew instead.
    pub(crate) fn revive(&self, rooms: Vec<Revived>) {
        let mut revived = 0;
        for Revived { standing: Standing { topic, epoch, seq, at }, chats } in rooms {
            let (wall, clock) = (now().get(), Instant::now());
            let mut room = Room::new(topic.clone(), epoch, self.news_max());
            let mut complete = true;
            for chat in chats {
                let age = std::time::Duration::from_millis(wall.saturating_sub(chat.at.get()));
                let said = clock.checked_sub(age).unwrap_or(clock);
                let name = chat.id.map(|id| (chat.user, id));
                room.note(name, chat.frame, said, &self.budget);
                complete &= room.has_room_for_ids();
            }
            if !complete || self.empty.load(Ordering::Relaxed) >= EMPTY_MAX {
                continue;
            }
            room.resume_at(seq, at, clock);
            let shared = Arc::new(Hall::new(Live::new(room)));
            self.settle(&mut shared.lock(), &shared, clock);
            self.rooms.lock().insert(topic, shared);
            self.empty.fetch_add(1, Ordering::Relaxed);
            revived += 1;
        }
        if revived > 0 {
            tracing::info!(rooms = revived, "rooms go on where they stood");
        }
    }

    /// Writes all that is to be kept, and where every room stands. It is called when nobody says anything any more.
    pub(crate) async fn close_history(&self) {
        let Some(history) = &self.history else { return };
        let rooms: Vec<_> = self.rooms.lock().values().cloned().collect();
        let standing = |live: &Live| Standing {
            topic: live.room.topic().clone(),
            epoch: live.room.epoch().clone(),
            seq: live.room.seq(),
            at: live.room.at(),
        };
        let standings = rooms
            .iter()
            .map(|shared| shared.lock())
            .filter(|live| live.room.seq().get() > 0 && !live.room.is_forgotten())
            .map(|live| standing(&live))
            .collect();
        if history.close(standings).await {
            tracing::info!("history: everything is kept");
        }
    }
}
