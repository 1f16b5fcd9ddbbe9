//! Writing programs by hand: the words in which the catalog's cases are told.
//!
//! Every script begins with its control: the members of a room hear one another. A server that does nothing,
//! or refuses everything, fails there, and so no case is ever passed by silence.

pub use roomwire_protocol::code::Reason;

use crate::case::{Case, Condition, Demand};
use crate::check::Property;
use crate::program::{
    Action, Addressee, Change, Chat, ChatKind, Client, Edit, Expect, HttpRequest, Joining, Layer, Message,
    Notice, PROGRAM_VERSION, Phase, Program, RawFrame, Request, Since, SinceSeq, Step, TimeLimit, TopicName,
    Upgrade, Value,
};

/// A client of a script.
pub type Who = usize;
/// A topic of a script.
pub type Topic = usize;

/// A program in the making.
#[derive(Debug)]
pub struct Script {
    program: Program,
    about: Vec<Property>,
    needs: Vec<&'static str>,
    without: Vec<&'static str>,
    conditions: Vec<Condition>,
    demand: Demand,
}

/// Makes a case out of a script.
#[must_use]
pub fn case(
    id: &'static str,
    title: &'static str,
    requirements: &'static [&'static str],
    write: impl FnOnce(&mut Script),
) -> Case {
    let mut script = Script {
        program: Program {
            version: PROGRAM_VERSION,
            clients: Vec::new(),
            topics: Vec::new(),
            phases: vec![Phase::default()],
            twins: Vec::new(),
        },
        about: Vec::new(),
        needs: Vec::new(),
        without: Vec::new(),
        conditions: Vec::new(),
        demand: Demand::Light,
    };
    write(&mut script);
    let Script { program, about, needs, without, conditions, demand } = script;
    Case { id, title, requirements, needs, without, conditions, about, demand, program }
}

impl Script {
    /// A room with so many members, each a user of its own, who have all heard a chat of the first: the
    /// control of every case.
    pub fn room<const MEMBERS: usize>(&mut self) -> (Topic, [Who; MEMBERS]) {
        let topic = self.topic(TopicName::Fresh);
        let members = std::array::from_fn(|_| self.client());
        for member in members {
            self.act(member, Action::Connect);
            self.send(member, join(topic));
        }
        self.then();
        self.send(members[0], say(topic, "is this on?"));
        self.then();
        (topic, members)
    }

    /// A new client with a user of its own.
    pub fn client(&mut self) -> Who {
        let user = self.program.clients.iter().map(|client| client.user + 1).max().unwrap_or(0);
        self.device(user, Upgrade::default())
    }

    /// A new client of the same user as another.
    pub fn second_device_of(&mut self, other: Who) -> Who {
        self.device(self.program.clients[other].user, Upgrade::default())
    }

    /// A new client with a user of its own, which asks for its upgrade in a way of its own.
    pub fn client_with(&mut self, upgrade: Upgrade) -> Who {
        let who = self.client();
        self.program.clients[who].upgrade = upgrade;
        who
    }

    /// A new client of the same user as another, which asks for its upgrade in a way of its own.
    pub fn device_with(&mut self, other: Who, upgrade: Upgrade) -> Who {
        self.device(self.program.clients[other].user, upgrade)
    }

    fn device(&mut self, user: usize, upgrade: Upgrade) -> Who {
        self.program.clients.push(Client { user, upgrade });
        self.program.clients.len() - 1
    }

    /// A new topic.
    pub fn topic(&mut self, name: TopicName) -> Topic {
        self.program.topics.push(name);
        self.program.topics.len() - 1
    }

    /// What follows begins when what came before has settled.
    pub fn then(&mut self) {
        self.program.phases.push(Phase::default());
    }

    /// Besides its focused steps, the case is about this property.
    pub fn about(&mut self, property: Property) {
        self.about.push(property);
    }

    /// The case applies to servers of this profile only, besides those of the requirements that it cites.
    pub fn needs(&mut self, profile: &'static str) {
        self.needs.push(profile);
    }

    /// The case applies to servers without this profile only.
    pub fn without(&mut self, profile: &'static str) {
        self.without.push(profile);
    }

    /// The case applies to servers only that keep users who have vanished on the list for a while.
    pub fn needs_grace(&mut self) {
        self.conditions.push(Condition::Grace);
    }

    /// The case applies to servers only that know their users: others take any token.
    pub fn needs_known_users(&mut self) {
        self.conditions.push(Condition::KnownUsers);
    }

    /// The case applies only where a user has two tokens; the first client of the case is that user's.
    pub fn needs_two_tokens(&mut self) {
        self.conditions.push(Condition::TwoTokens);
    }

    /// The case applies to servers only whose lists show fewer than so many users.
    pub fn needs_roster_below(&mut self, users: usize) {
        self.conditions.push(Condition::RosterBelow(users));
    }

    /// The case shares the server with others, as cases do.
    pub fn light(&mut self) {
        self.demand = Demand::Light;
    }

    /// The case has the server to itself.
    pub fn alone(&mut self) {
        self.demand = Demand::Alone;
    }

    /// The case has the server to itself, and is played with `--load full` only.
    pub fn heavy(&mut self) {
        self.demand = Demand::Heavy;
    }

    /// What this case does before its last phase stands from the beginning of a run to its end, and is let alone.
    pub fn throughout(&mut self) {
        self.demand = Demand::Throughout;
    }

    /// The case tells the server to end: it is played last of all, and where the runner may do that.
    pub fn last_of_all(&mut self) {
        self.demand = Demand::Last;
    }

    /// A client says these things over and over, until the server has ended its connection.
    pub fn see_out(&mut self, client: Who, messages: Vec<Message>) {
        self.act(client, Action::SeeOut(messages));
    }

    /// A client does something.
    pub fn act(&mut self, client: Who, action: Action) {
        self.push(Step { client, action, expect: Expect::Derived, focus: false });
    }

    /// A client connects.
    pub fn connect(&mut self, client: Who) {
        self.act(client, Action::Connect);
    }

    /// A client resets its connection if it has one, and opens a new one: what it has seen of its topics it still
    /// knows, for [`join_since`].
    pub fn reconnect(&mut self, client: Who) {
        self.act(client, Action::Drop { reset: true });
        self.act(client, Action::Connect);
    }

    /// A client waits until all that it has sent has been handled; other clients go on meanwhile.
    pub fn fence(&mut self, client: Who) {
        self.act(client, Action::Fence);
    }

    /// A client lets a declared limit pass, alive all the while.
    pub fn wait(&mut self, client: Who, limit: TimeLimit) {
        self.act(client, Action::Wait(limit));
    }

    /// A client asks by HTTP, and gets what the checks derive from the request and from what was said.
    pub fn http(&mut self, client: Who, request: HttpRequest) {
        self.push(Step { client, action: Action::Http(request), expect: Expect::Derived, focus: true });
    }

    /// A client asks by HTTP, and must be refused with this reason.
    pub fn http_refused(&mut self, client: Who, request: HttpRequest, reason: Reason) {
        let expect = Expect::Http { status: reason.code(), reason: Some(reason.name().into()) };
        self.expect(client, Action::Http(request), expect);
    }

    /// A client sends a message, which is answered as the state of its connection says.
    pub fn send(&mut self, client: Who, message: Message) {
        self.act(client, Action::Send(message));
    }

    /// A client sends the message that the case is about; it must be accepted.
    pub fn focus(&mut self, client: Who, message: Message) {
        self.push(Step { client, action: Action::Send(message), expect: Expect::Derived, focus: true });
    }

    /// A client does what the case is about, and this must come of it.
    pub fn expect(&mut self, client: Who, action: Action, expect: Expect) {
        self.push(Step { client, action, expect, focus: true });
    }

    /// A client sends a message that the case is about, and that must be refused.
    pub fn refused(&mut self, client: Who, message: Message, reason: Reason) {
        let answer_type = message.kind();
        self.refused_as(client, message, reason, answer_type);
    }

    /// The same for a message whose refusal has another `type` than the request that it was made from.
    pub fn refused_as(&mut self, client: Who, message: Message, reason: Reason, answer_type: i64) {
        let expect = Expect::Refused { code: reason.code(), reason: reason.name().into(), answer_type };
        self.expect(client, Action::Send(message), expect);
    }

    /// A client sends a frame that is no text message, after which the server must end the connection.
    pub fn ends(&mut self, client: Who, frame: RawFrame, codes: &[u16], by_close_frame: bool) {
        self.expect(client, Action::Raw(frame), Expect::Ends { codes: codes.into(), by_close_frame });
    }

    fn push(&mut self, step: Step) {
        if let Some(phase) = self.program.phases.last_mut() {
            phase.steps.push(step);
        }
    }
}

/// A case about messages that must be accepted, and handed on as they were said where they are chats.
#[must_use]
pub fn accepted(
    id: &'static str,
    title: &'static str,
    requirements: &'static [&'static str],
    messages: impl FnOnce(Topic) -> Vec<Message>,
) -> Case {
    case(id, title, requirements, |script| {
        let (room, [ann, _ben]) = script.room();
        for message in messages(room) {
            script.focus(ann, message);
        }
    })
}

/// A case about one refusal, told as control, attack, observable and sanity: the valid twin of a message is
/// accepted, the message itself is refused as the spec says, and then the valid twin is accepted again, with
/// a bystander in the room who sees the two good ones and nothing else.
#[must_use]
pub fn refusal(
    id: &'static str,
    title: &'static str,
    requirements: &'static [&'static str],
    (reason, answer_type): (Reason, Option<i64>),
    twin: fn(Topic) -> Message,
    edits: &[Edit],
) -> Case {
    case(id, title, requirements, |script| {
        let (room, [ann, ben]) = script.room();
        script.send(ann, twin(room));
        script.then();
        let mut attack = twin(room);
        attack.edits.extend(edits.iter().cloned());
        let answer_type = answer_type.unwrap_or_else(|| attack.kind());
        script.refused_as(ann, attack, reason, answer_type);
        script.then();
        script.send(ann, twin(room));
        script.send(ann, join(room));
        script.then();
        script.send(ben, say(room, "still here"));
        script.send(ann, say(room, "and so am I"));
    })
}

/// A heartbeat.
#[must_use]
pub fn beat() -> Message {
    Message::new(Request::Heartbeat)
}

/// A join.
#[must_use]
pub fn join(topic: Topic) -> Message {
    Message::new(Request::Join(topic, Joining::default()))
}

/// A join under a name: `join_as(room, "Ann").with_avatar("ann.png")`.
#[must_use]
pub fn join_as(topic: Topic, display_name: &str) -> Message {
    let joining = Joining { display_name: Some(display_name.into()), ..Joining::default() };
    Message::new(Request::Join(topic, joining))
}

/// A join by a client that has been there before, and asks for what it has missed since the last chat that it
/// saw, on whatever connection that was. One that has never been there names an epoch that the topic never had.
#[must_use]
pub fn join_since(topic: Topic) -> Message {
    join_since_seq(topic, SinceSeq::Seen(0))
}

/// The same, with another `since.seq` than the last that was seen: `SinceSeq::Seen(-2)` asks for two chats more
/// than were missed, `SinceSeq::Exactly(0)` for all that there are.
#[must_use]
pub fn join_since_seq(topic: Topic, seq: SinceSeq) -> Message {
    let since = Some(Since { other_epoch: false, seq });
    Message::new(Request::Join(topic, Joining { since, ..Joining::default() }))
}

/// The same in an epoch that the topic never had.
#[must_use]
pub fn join_since_elsewhere(topic: Topic, seq: SinceSeq) -> Message {
    let since = Some(Since { other_epoch: true, seq });
    Message::new(Request::Join(topic, Joining { since, ..Joining::default() }))
}

/// A notice to the user of a client. Each `{mark}` in its data, which is JSON text, becomes a mark that nothing
/// else carries: `notice(room, ben, r#"{"kind":"wave","n":"{mark}"}"#)`.
#[must_use]
pub fn notice(topic: Topic, to: Who, data: &str) -> Message {
    Message::new(Request::Notice(topic, Notice { to: Addressee::UserOf(to), data: data.into() }))
}

/// A notice to a user of whom the server has never heard.
#[must_use]
pub fn notice_to_stranger(topic: Topic, data: &str) -> Message {
    Message::new(Request::Notice(topic, Notice { to: Addressee::Stranger, data: data.into() }))
}

/// Asks who is in a topic.
#[must_use]
pub fn user_list(topic: Topic) -> Message {
    Message::new(Request::UserList(topic))
}

/// A chat under an id that other chats may have as well. Said by the same user in the same topic, the second one
/// is a repeat: its own text must never be heard, and its sender gets the first delivery once more. By another
/// user, or in another topic, it is a chat like any other.
#[must_use]
pub fn say_with_shared_id(topic: Topic, text: &str, id: usize) -> Message {
    say(topic, text).with_shared_id(id)
}

/// A chat in a stream, which [`read_stream`] shows.
#[must_use]
pub fn say_in_stream(topic: Topic, stream: usize, kind: ChatKind, text: &str) -> Message {
    let named = Change::Set("stream".into(), Value::Stream(stream));
    say_as(topic, kind, text).edit(Layer::ChatInfo, named)
}

/// `GET /api/message/chatmsg` with all four parameters: a page of a stream, of all types.
#[must_use]
pub fn read_stream(stream: usize, page: usize, results_per_page: usize) -> HttpRequest {
    HttpRequest::new("GET", "/api/message/chatmsg")
        .query("stream", Value::Stream(stream))
        .query("page", Value::Json(page.to_string()))
        .query("resultsPerPage", Value::Json(results_per_page.to_string()))
        .query("type", Value::Json(String::new()))
}

/// `POST /api/question/add` in a topic.
#[must_use]
pub fn ask_in(topic: Topic, stream: usize, text: &str) -> HttpRequest {
    ask(stream, text).member("topic", Value::Topic(topic))
}

/// `POST /api/question/add` without a topic.
#[must_use]
pub fn ask(stream: usize, text: &str) -> HttpRequest {
    HttpRequest::new("POST", "/api/question/add")
        .member("content", Value::Marked(text.into()))
        .member("streamId", Value::Stream(stream))
}

/// A leave.
#[must_use]
pub fn leave(topic: Topic) -> Message {
    Message::new(Request::Leave(topic))
}

/// A chat of type `message`.
#[must_use]
pub fn say(topic: Topic, text: &str) -> Message {
    say_as(topic, ChatKind::Message, text)
}

/// A chat.
#[must_use]
pub fn say_as(topic: Topic, kind: ChatKind, text: &str) -> Message {
    Message::new(Request::Chat(topic, Chat { text: text.into(), kind, short_of_limit: None }))
}

/// A chat that fills the message limit up to so many bytes.
#[must_use]
pub fn say_up_to_limit(topic: Topic, text: &str, short_of_limit: usize) -> Message {
    let chat = Chat { text: text.into(), kind: ChatKind::Message, short_of_limit: Some(short_of_limit) };
    Message::new(Request::Chat(topic, chat))
}

/// An edit: the member gets this JSON text.
#[must_use]
pub fn set(layer: Layer, member: &str, json: &str) -> Edit {
    Edit { layer, change: Change::Set(member.into(), Value::Json(json.into())) }
}

/// An edit: the member gets this value.
#[must_use]
pub fn put(layer: Layer, member: &str, value: Value) -> Edit {
    Edit { layer, change: Change::Set(member.into(), value) }
}

/// An edit: the member goes.
#[must_use]
pub fn without(layer: Layer, member: &str) -> Edit {
    Edit { layer, change: Change::Remove(member.into()) }
}

/// An edit: the whole document becomes this text.
#[must_use]
pub fn replace(layer: Layer, text: &str) -> Edit {
    Edit { layer, change: Change::Replace(text.into()) }
}
