//! What is asked over HTTP: a page of history, and a question to be said.

use std::sync::Arc;
use std::time::Duration;

use roomwire_protocol::code::Reason;
use roomwire_protocol::history::{HistoryQuery, QuestionAdded, QuestionRequest};
use roomwire_protocol::{ChatInfo, Topic, User, VerbatimChatInfo};

use super::{Hub, LiveRoom, Said};
use crate::deadline;
use crate::history::Away;

/// How long it is tried to say a question in a room where somebody is behind.
const PATIENCE: Duration = Duration::from_secs(2);

/// How long a member that is behind is left alone before it is tried again.
const PAUSE: Duration = Duration::from_millis(5);

/// Why a question is not said.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Unsaid {
    pub(crate) reason: Reason,
    pub(crate) message: &'static str,
}

const fn unsaid(reason: Reason, message: &'static str) -> Unsaid {
    Unsaid { reason, message }
}

impl Hub {
    /// Reads a page of history: the body of the answer.
    pub(crate) async fn page(&self, query: HistoryQuery) -> Result<String, Away> {
        match &self.history {
            Some(history) => history.page(query).await,
            None => Err(Away),
        }
    }

    /// Says a question in a room that its user is in.
    pub(crate) async fn ask(&self, user: &User, question: &QuestionRequest) -> Result<QuestionAdded, Unsaid> {
        if self.is_draining() {
            return Err(unsaid(Reason::Unavailable, "the server is about to stop"));
        }
        let room = match &question.topic {
            Some(topic) => self.room_with(topic, user),
            None => self.only_room_with(user)?,
        };
        let room = room.ok_or(unsaid(Reason::NotJoined, "you are not in that room: join it first"))?;
        let said = deadline::within(PATIENCE, async {
            loop {
                match self.try_ask(&room, user, question)? {
                    Some(added) => return Ok(added),
                    None => deadline::pause(PAUSE).await,
                }
            }
        });
        said.await.unwrap_or(Err(unsaid(Reason::Unavailable, "the room has too much to do")))
    }

    /// `None` where a member is behind, and needs a turn first.
    fn try_ask(
        &self,
        shared: &LiveRoom,
        user: &User,
        question: &QuestionRequest,
    ) -> Result<Option<QuestionAdded>, Unsaid> {
        let mut live = shared.lock();
        if !live.room.is_member(user) {
            return Err(unsaid(Reason::NotJoined, "you are not in that room: join it first"));
        }
        if live.who_is_behind().is_some() {
            return Ok(None);
        }
        let shown = live.room.entry(user);
        let mut info: ChatInfo = question.chat_info(user.clone());
        (info.display_name, info.avatar_url) = (shown.display_name, shown.avatar_url);
        let chat_info = VerbatimChatInfo::from(&info);
        if chat_info.token().token().len() as u64 > self.limits.max_message_bytes {
            return Err(unsaid(
                Reason::InvalidPayload,
                "content: with its escapes it is longer than a message may be",
            ));
        }
        match self.say_in(&mut live, shared, &chat_info, None, None, None) {
            Said::ToAll(seq) => Ok(Some(QuestionAdded { topic: live.room.topic().clone(), seq })),
            Said::NotYet(_) => Ok(None),
            _ => Err(unsaid(Reason::Unavailable, "it cannot be kept at the moment")),
        }
    }

    fn room_with(&self, topic: &Topic, user: &User) -> Option<LiveRoom> {
        let room = self.rooms.lock().get(topic).map(Arc::clone)?;
        let is_in = room.lock().room.is_member(user);
        is_in.then_some(room)
    }

    fn only_room_with(&self, user: &User) -> Result<Option<LiveRoom>, Unsaid> {
        let rooms: Vec<_> = self.rooms.lock().values().cloned().collect();
        let mut with = rooms.into_iter().filter(|room| room.lock().room.is_member(user));
        match (with.next(), with.next()) {
            (_, Some(_)) => Err(unsaid(Reason::InvalidPayload, "topic: you are in several rooms, name one")),
            (only, None) => Ok(only),
        }
    }
}
