//! What a room has to do by the clock: tell news that were gathered, take somebody off a list, forget what is too old.

use std::sync::Arc;

use tokio::time::Instant;

use super::{Hub, Live, LiveRoom};

impl Hub {
    /// Tells the news that are due, and sees to it that what is due later will be done.
    ///
    /// A room has one appointment at a time: what is due sooner takes its place.
    pub(super) fn settle(&self, live: &mut Live, shared: &LiveRoom, now: Instant) {
        live.tell_due(now);
        if let Some(due) = live.room.next_due(now)
            && live.appointment.is_none_or(|(appointment, _)| due < appointment)
        {
            live.appointment = Some(self.agenda.add(due, Arc::downgrade(shared), live.appointment));
        }
    }

    /// Does what has to be done by the clock, for as long as the server runs.
    pub(crate) async fn keep_appointments(&self) {
        loop {
            for (appointment, room) in self.agenda.next().await {
                let Some(shared) = room.upgrade() else { continue };
                let mut live = shared.lock();
                // It may have got another one since this was taken from the agenda.
                if live.appointment != Some(appointment) {
                    continue;
                }
                let now = Instant::now();
                live.appointment = None;
                live.tell_before_leaving(now);
                live.room.expire(now);
                if live.room.was_left() && !live.room.is_worth_keeping(now) {
                    self.close(live, &shared);
                } else {
                    self.settle(&mut live, &shared, now);
                }
            }
            tokio::task::yield_now().await;
        }
    }
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use roomwire_protocol::code::Profiles;
    use roomwire_protocol::{Limits, Topic, User};

    use super::*;
    use crate::hub::Newcomer;
    use crate::room::recent::TAIL_AGE;
    use crate::room::roster::Names;
    use crate::session::Rules;
    use crate::tokens::Tokens;

    /// A crowd is told of comings and goings by the clock, and what was said in it goes by the clock, too.
    #[tokio::test(start_paused = true)]
    async fn a_crowd_that_comes_and_goes_leaves_no_appointments_behind() {
        let rules = Rules { tokens: Tokens::NameTheirUser, profiles: Profiles::ALL, max_topics: 64 };
        let hub = Arc::new(Hub::new(rules, Limits::default(), 2000, 1 << 20, None).unwrap());
        let keeper = Arc::clone(&hub);
        tokio::spawn(async move { keeper.keep_appointments().await });
        let topic = Topic::parse("t").unwrap();
        let join = |number: u32| {
            let (peer, user) = (hub.admit(Arc::default()), User::parse(&format!("u{number}")).unwrap());
            let newcomer = Newcomer { peer: &peer, user: &user, names: Names::default(), since: None };
            let room = hub.join(&topic, newcomer, |_, _, _| crate::frame::Frame::text("")).unwrap();
            peer.take();
            (room, peer)
        };
        let crowd: Vec<_> = (0..50).map(join).collect();
        let room = &crowd[0].0;
        {
            let (mut live, now) = (room.lock(), Instant::now());
            live.room.note(None, crate::frame::Frame::text("said"), now, &hub.budget);
            hub.settle(&mut live, room, now);
        }
        for number in 50..150 {
            let (room, peer) = join(number);
            tokio::time::advance(Duration::from_millis(150)).await;
            tokio::task::yield_now().await;
            hub.leave(&room, &peer);
            tokio::time::advance(Duration::from_millis(150)).await;
            tokio::task::yield_now().await;
            // The clients read.
            crowd.iter().for_each(|(_, peer)| drop(peer.take()));
        }
        assert_eq!(hub.agenda.len(), 1);
        tokio::time::advance(2 * TAIL_AGE).await;
        tokio::task::yield_now().await;
        assert_eq!((hub.agenda.len(), room.lock().appointment), (0, None), "all is done");
    }
}
