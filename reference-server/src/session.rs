//! What one connection may do: who it is, which topics it has joined, and what is wrong with a frame.
//!
//! Pure: it decides and remembers, and leaves the doing to the connection. `R` is whatever the connection keeps for
//! a joined topic.

use std::collections::HashMap;

use roomwire_protocol::client::{Chat, Join, Leave};
use roomwire_protocol::code::{Profiles, Reason};
use roomwire_protocol::{Envelope, Refusal, Request, Topic, User};

use crate::tokens::Tokens;

/// After so many malformed frames in a row the connection is closed: twice what the protocol makes a server bear.
pub(crate) const MALFORMED_MAX: u32 = 64;

/// What a session needs to know about its server.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Rules {
    pub(crate) tokens: Tokens,
    pub(crate) profiles: Profiles,
    /// `limits.maxTopics`.
    pub(crate) max_topics: u64,
}

/// The state of one connection.
#[derive(Debug)]
pub(crate) struct Session<R> {
    rules: Rules,
    /// Settled by the first accepted frame.
    user: Option<User>,
    joined: HashMap<Topic, R>,
    malformed_in_row: u32,
}

/// A frame that was accepted: what is to be done.
#[derive(Debug)]
pub(crate) enum Accepted<'a, R> {
    Heartbeat,
    /// Say it in the room.
    Chat(Chat<'a>, R),
    /// Enter the room as this user, then tell [`Session::enter`].
    Join(Join, User),
    /// Leave the room, if there is one.
    Leave(Leave, Option<R>),
}

impl<R: Clone> Session<R> {
    pub(crate) fn new(rules: Rules) -> Self {
        Self { rules, user: None, joined: HashMap::new(), malformed_in_row: 0 }
    }

    /// Whether a frame has been accepted, so that it is known who this is.
    pub(crate) fn is_authenticated(&self) -> bool {
        self.user.is_some()
    }

    /// Counts a frame that could not be read. Says whether that is one too many.
    pub(crate) fn bear_malformed(&mut self) -> bool {
        self.malformed_in_row += 1;
        self.malformed_in_row >= MALFORMED_MAX
    }

    /// Decides about a frame; the faults are looked for in the protocol's order of precedence.
    pub(crate) fn decide<'a>(
        &mut self,
        envelope: &'a Envelope<'_>,
        draining: bool,
    ) -> Result<Accepted<'a, R>, Refusal> {
        self.malformed_in_row = 0;
        let user = self.identify(envelope)?;
        let request = envelope.request_for(self.rules.profiles)?;
        let accepted = match request {
            Request::Heartbeat => Accepted::Heartbeat,
            Request::Join(join) => {
                let further = !self.joined.contains_key(&join.topic);
                if further && self.joined.len() as u64 >= self.rules.max_topics {
                    return Err(envelope.refuse(Reason::TooManyTopics).because("leave a topic first"));
                }
                refuse_if(draining, envelope)?;
                Accepted::Join(join, user.clone())
            }
            Request::Chat(chat) => {
                let Some(room) = self.joined.get(chat.topic.as_str()) else {
                    return Err(envelope.refuse(Reason::NotJoined).because("join the topic first"));
                };
                if *chat.chat_info.user() != user {
                    return Err(envelope
                        .refuse(Reason::WrongAuthor)
                        .because("chatInfo.user: expected the user of the connection"));
                }
                refuse_if(draining, envelope)?;
                Accepted::Chat(chat, room.clone())
            }
            Request::Leave(leave) => {
                let room = self.joined.remove(&leave.topic);
                Accepted::Leave(leave, room)
            }
            // The place of the notice (4) and the user list (5). Without their profiles, `request_for` has refused
            // them with 501 already.
            _ => return Err(envelope.refuse(Reason::UnknownType)),
        };
        self.user.get_or_insert(user);
        Ok(accepted)
    }

    /// Remembers that a topic has been joined.
    pub(crate) fn enter(&mut self, topic: Topic, room: R) {
        self.joined.insert(topic, room);
    }

    /// Leaves everything: what was kept for each topic.
    pub(crate) fn leave_all(&mut self) -> impl Iterator<Item = R> {
        std::mem::take(&mut self.joined).into_values()
    }

    /// Who sends this frame, and whether that is who has sent the others.
    fn identify(&self, envelope: &Envelope<'_>) -> Result<User, Refusal> {
        let token = envelope.token()?;
        let tokens = self.rules.tokens;
        if let Some(user) = self.user.as_ref().filter(|user| tokens.stands_for(&token, user)) {
            return Ok(user.clone());
        }
        match (tokens.user_of(&token), &self.user) {
            (None, _) => Err(envelope.refuse(Reason::Unauthenticated).because("token: nobody here has it")),
            (Some(_), Some(_)) => Err(envelope
                .refuse(Reason::WrongUser)
                .because("token: it belongs to another user than this connection")),
            (Some(user), None) => Ok(user),
        }
    }
}

fn refuse_if(draining: bool, envelope: &Envelope<'_>) -> Result<(), Refusal> {
    if draining {
        return Err(envelope
            .refuse(Reason::Unavailable)
            .because("the server is about to stop: reconnect later"));
    }
    Ok(())
}
