//! What one connection may do: who it is, which topics it has joined, and what is wrong with a frame.
//!
//! Pure: it decides and remembers, and leaves the doing to the connection. `R` is whatever the connection keeps for
//! a joined topic.

use std::mem;

use roomwire_protocol::client::{Chat, Join, Leave, Notice};
use roomwire_protocol::code::{Profiles, Reason};
use roomwire_protocol::{Envelope, Refusal, Request, Topic, User};

use crate::tokens::{Seen, Tokens, Unknown};

/// After so many malformed frames in a row the connection is closed: twice what the protocol makes a server bear.
pub(crate) const MALFORMED_MAX: u32 = 64;

/// What a session needs to know about its server.
#[derive(Clone, Debug)]
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
    /// The token that was good last.
    seen: Option<Seen>,
    /// In the order of topics. There is one in most connections, and that is found at once.
    joined: Vec<(Topic, R)>,
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
    /// Hand it on in the room, from this user.
    Notice(Notice, User, R),
    /// Send the list of the room.
    UserList(R),
    /// Leave the room, if there is one.
    Leave(Leave, Option<R>),
}

impl<R: Clone> Session<R> {
    pub(crate) fn new(rules: Rules) -> Self {
        Self { rules, user: None, seen: None, joined: Vec::new(), malformed_in_row: 0 }
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
            Request::Join(mut join) => {
                let further = self.place(join.topic.as_str()).is_err();
                if further && self.joined.len() as u64 >= self.rules.max_topics {
                    return Err(envelope.refuse(Reason::TooManyTopics).because("leave a topic first"));
                }
                refuse_if(draining, envelope)?;
                if let Some(seen) = &self.seen {
                    seen.complete(&mut join);
                }
                Accepted::Join(join, user.clone())
            }
            Request::Chat(chat) => {
                let room = self.room(chat.topic.as_str(), envelope)?;
                if *chat.chat_info.user() != user {
                    return Err(envelope
                        .refuse(Reason::WrongAuthor)
                        .because("chatInfo.user: expected the user of the connection"));
                }
                refuse_if(draining, envelope)?;
                let chat_info = chat.chat_info.sharing(&user);
                Accepted::Chat(Chat { chat_info, ..chat }, room)
            }
            Request::Leave(leave) => {
                let place = self.place(leave.topic.as_str());
                let room = place.ok().map(|place| self.joined.remove(place).1);
                Accepted::Leave(leave, room)
            }
            Request::Notice(notice) => {
                let room = self.room(notice.topic.as_str(), envelope)?;
                refuse_if(draining, envelope)?;
                Accepted::Notice(notice, user.clone(), room)
            }
            Request::UserList(list) => Accepted::UserList(self.room(list.topic.as_str(), envelope)?),
            // Without the profile of a type, `request_for` has refused it with 501 already.
            _ => return Err(envelope.refuse(Reason::UnknownType)),
        };
        self.user.get_or_insert(user);
        Ok(accepted)
    }

    /// Whose connection it is, once a frame has been accepted.
    pub(crate) fn user(&self) -> Option<&User> {
        self.user.as_ref()
    }

    /// Remembers that a topic has been joined.
    pub(crate) fn enter(&mut self, topic: Topic, room: R) {
        match self.place(topic.as_str()) {
            Ok(place) => self.joined[place].1 = room,
            Err(place) => self.joined.insert(place, (topic, room)),
        }
    }

    /// Leaves everything: what was kept for each topic.
    pub(crate) fn leave_all(&mut self) -> impl Iterator<Item = R> {
        mem::take(&mut self.joined).into_iter().map(|(_, room)| room)
    }

    /// What is kept for a topic that has been joined.
    fn room(&self, topic: &str, envelope: &Envelope<'_>) -> Result<R, Refusal> {
        match self.place(topic) {
            Ok(place) => Ok(self.joined[place].1.clone()),
            Err(_) => Err(envelope.refuse(Reason::NotJoined).because("join the topic first")),
        }
    }

    /// Where a topic is among those that have been joined, or where it would be.
    fn place(&self, topic: &str) -> Result<usize, usize> {
        self.joined.binary_search_by(|(joined, _)| joined.as_str().cmp(topic))
    }

    /// Who sends this frame, and whether that is who has sent the others.
    fn identify(&mut self, envelope: &Envelope<'_>) -> Result<User, Refusal> {
        let token = envelope.token()?;
        let tokens = &self.rules.tokens;
        let known = self.user.as_ref();
        if let Some(user) = known.filter(|user| tokens.stands_for(&token, user, self.seen.as_ref())) {
            return Ok(user.clone());
        }
        let refuse = |reason, why: &'static str| Err(envelope.refuse(reason).because(why));
        let mut seen = None;
        match (tokens.user_of(&token, &mut seen), known) {
            (Err(Unknown::Nobody), _) => refuse(Reason::Unauthenticated, "token: nobody here has it"),
            (Err(Unknown::Expired), _) => refuse(Reason::Unauthenticated, "token: it has expired"),
            (Ok(user), Some(known)) if user != *known => {
                refuse(Reason::WrongUser, "token: it belongs to another user than this connection")
            }
            (Ok(user), _) => {
                self.seen = seen;
                Ok(user)
            }
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

#[cfg(test)]
mod tests {
    use super::*;

    /// A session of a server with two topics a connection; what is kept for a topic is a number.
    fn session() -> Session<u8> {
        session_with(Profiles::ALL)
    }

    fn session_with(profiles: Profiles) -> Session<u8> {
        Session::new(Rules { tokens: Tokens::NameTheirUser, profiles, max_topics: 2 })
    }

    fn frame(token: &str, number: i64, payload: &str) -> String {
        serde_json::json!({ "token": token, "type": number, "payLoad": payload }).to_string()
    }

    fn join(token: &str, topic: &str) -> String {
        frame(token, 3, &serde_json::json!({ "topic": topic }).to_string())
    }

    fn chat(token: &str, topic: &str, author: &str) -> String {
        let info = serde_json::json!({ "user": author, "content": "hi", "type": "message" }).to_string();
        frame(token, 2, &serde_json::json!({ "topic": topic, "chatInfo": info }).to_string())
    }

    /// What is decided, in a word: what to do, or the reason of the refusal.
    fn decided(session: &mut Session<u8>, text: &str) -> String {
        decided_while(session, text, false)
    }

    fn decided_while(session: &mut Session<u8>, text: &str, draining: bool) -> String {
        let envelope = Envelope::decode(text).unwrap();
        match session.decide(&envelope, draining) {
            Ok(Accepted::Heartbeat) => "heartbeat".into(),
            Ok(Accepted::Chat(chat, room)) => format!("say in {} ({room})", chat.topic),
            Ok(Accepted::Join(join, user)) => {
                session.enter(join.topic.clone(), u8::try_from(session.joined.len()).unwrap());
                format!("{user} enters {}", join.topic)
            }
            Ok(Accepted::Notice(notice, user, room)) => {
                format!("{user} to {} in {} ({room})", notice.to, notice.topic)
            }
            Ok(Accepted::UserList(room)) => format!("list ({room})"),
            Ok(Accepted::Leave(leave, room)) => format!("leave {} ({room:?})", leave.topic),
            Err(refusal) => refusal.reason().name().into(),
        }
    }

    #[track_caller]
    fn check(session: &mut Session<u8>, text: &str, expected: &str) {
        assert_eq!(decided(session, text), expected, "{text}");
    }

    #[test]
    fn a_day_in_a_topic() {
        let session = &mut session();
        check(session, &frame("ann", 1, "anything"), "heartbeat");
        check(session, &chat("ann", "a", "ann"), "not_joined");
        check(session, &join("ann", "a"), "ann enters a");
        check(session, &chat("ann", "a", "ann"), "say in a (0)");
        check(session, &join("ann", "b"), "ann enters b");
        check(session, &chat("ann", "b", "ann"), "say in b (1)");
        check(session, &frame("ann", 6, r#"{"topic":"a"}"#), "leave a (Some(0))");
        check(session, &frame("ann", 6, r#"{"topic":"a"}"#), "leave a (None)");
        check(session, &chat("ann", "a", "ann"), "not_joined");
        assert_eq!(session.leave_all().collect::<Vec<_>>(), [1]);
        check(session, &chat("ann", "b", "ann"), "not_joined");
    }

    #[test]
    fn notices_and_lists_need_a_topic_that_was_joined_and_a_profile() {
        let notice = |token, topic: &str, to: &str| {
            frame(token, 4, &serde_json::json!({ "topic": topic, "to": to, "data": null }).to_string())
        };
        let list = |topic: &str| frame("ann", 5, &serde_json::json!({ "topic": topic }).to_string());
        let session = &mut session();
        check(session, &notice("ann", "a", "bob"), "not_joined");
        check(session, &list("a"), "not_joined");
        check(session, &join("ann", "a"), "ann enters a");
        check(session, &notice("ann", "a", "bob"), "ann to bob in a (0)");
        check(session, &notice("bob", "a", "bob"), "wrong_user");
        check(session, &notice("ann", "a", ""), "invalid_payload");
        check(session, &list("a"), "list (0)");
        assert_eq!(decided_while(session, &notice("ann", "a", "bob"), true), "unavailable");
        assert_eq!(decided_while(session, &list("a"), true), "list (0)");
        let core = &mut session_with(Profiles::CORE);
        check(core, &join("ann", "a"), "ann enters a");
        check(core, &notice("ann", "a", "bob"), "unknown_type");
        check(core, &list("a"), "unknown_type");
    }

    #[test]
    fn the_user_is_settled_by_the_first_accepted_frame_alone() {
        let session = &mut session();
        check(session, &frame("bob", 99, ""), "unknown_type");
        check(session, &join("bob", ""), "invalid_payload");
        assert!(!session.is_authenticated());
        check(session, &frame("ann", 1, ""), "heartbeat");
        assert!(session.is_authenticated());
        check(session, &join("bob", "a"), "wrong_user");
        check(session, &frame("", 1, ""), "unauthenticated");
        check(session, &frame("\n", 1, ""), "unauthenticated");
        check(session, &chat("ann", "a", "bob"), "not_joined");
        check(session, &join("ann", "a"), "ann enters a");
        check(session, &chat("ann", "a", "bob"), "wrong_author");
    }

    #[test]
    fn max_topics_counts_what_is_joined() {
        let session = &mut session();
        check(session, &join("ann", "a"), "ann enters a");
        check(session, &join("ann", "b"), "ann enters b");
        check(session, &join("ann", "c"), "too_many_topics");
        check(session, &join("ann", "a"), "ann enters a");
        check(session, &frame("ann", 6, r#"{"topic":"b"}"#), "leave b (Some(1))");
        check(session, &join("ann", "c"), "ann enters c");
    }

    #[test]
    fn while_draining_what_would_be_accepted_is_unavailable_and_settles_nobody() {
        let session = &mut session();
        assert_eq!(decided_while(session, &join("ann", "a"), true), "unavailable");
        assert!(!session.is_authenticated());
        check(session, &join("ann", "a"), "ann enters a");
        for (text, expected) in [
            (chat("ann", "a", "ann"), "unavailable"),
            (chat("ann", "a", "bob"), "wrong_author"),
            (chat("ann", "b", "ann"), "not_joined"),
            (join("ann", "b"), "unavailable"),
            (join("ann", ""), "invalid_payload"),
            (frame("ann", 1, ""), "heartbeat"),
            (frame("ann", 6, r#"{"topic":"a"}"#), "leave a (Some(0))"),
        ] {
            assert_eq!(decided_while(session, &text, true), expected, "{text}");
        }
    }

    #[test]
    fn malformed_frames_count_in_a_row() {
        let session = &mut session();
        for _ in 1..MALFORMED_MAX {
            assert!(!session.bear_malformed());
        }
        check(session, &frame("", 1, ""), "unauthenticated");
        for _ in 1..MALFORMED_MAX {
            assert!(!session.bear_malformed());
        }
        assert!(session.bear_malformed());
    }
}
