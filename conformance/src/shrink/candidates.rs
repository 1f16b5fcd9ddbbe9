//! What can be left out of a program: pure, and without an opinion on what is worth trying.
//!
//! Every candidate is smaller than the program that it was made from, by one of a few measures that can only fall, so
//! that making it smaller again and again comes to an end.

use crate::program::{
    Action, Addressee, Change, Chat, ChatKind, Client, Expect, Framing, HttpBody, HttpToken, Id, Joining,
    Layer, Message, Notice, Phase, Program, Request, Step, TopicName, Upgrade, Value,
};

/// A way of leaving something out.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Pass {
    /// All that a client does.
    Clients,
    /// A phase.
    Phases,
    /// A run of steps: half of them, a quarter, and so on down to one.
    Steps,
    /// The pause between two phases.
    Merges,
    /// A part of a burst.
    Bursts,
    /// What is said, and how.
    Texts,
    /// Names of topics that are out of the ordinary.
    Names,
    /// A user that two clients share.
    Users,
    /// Clients, topics and phases that nothing happens with any more.
    Rests,
}

impl Pass {
    /// All of them, those that leave out the most first.
    pub const ALL: [Self; 9] = [
        Self::Clients,
        Self::Phases,
        Self::Steps,
        Self::Merges,
        Self::Bursts,
        Self::Texts,
        Self::Names,
        Self::Users,
        Self::Rests,
    ];
}

/// All programs that a pass makes out of this one.
#[must_use]
pub fn of(program: &Program, pass: Pass) -> Vec<Program> {
    match pass {
        Pass::Clients => without_clients(program),
        Pass::Phases => without_phases(program),
        Pass::Steps => without_steps(program),
        Pass::Merges => merged(program),
        Pass::Bursts => edit_each(program, shorter),
        Pass::Texts => edit_each(program, plainer),
        Pass::Names => with_plain_names(program),
        Pass::Users => unshared(program),
        Pass::Rests => tidied(program),
    }
}

/// How many steps a program has.
#[must_use]
pub fn length(program: &Program) -> usize {
    program.phases.iter().map(|phase| phase.steps.len()).sum()
}

fn with_phases(program: &Program, phases: Vec<Phase>) -> Program {
    Program { phases, ..program.clone() }
}

fn without_clients(program: &Program) -> Vec<Program> {
    let steps = || program.phases.iter().flat_map(|phase| &phase.steps);
    let mut all = untwinned(program);
    let busy = (0..program.clients.len()).filter(|client| steps().any(|step| step.client == *client));
    all.extend(busy.map(|client| without_steps_of(program, &[client])));
    all
}

fn without_steps_of(program: &Program, clients: &[usize]) -> Program {
    let keep = |phase: &Phase| Phase {
        steps: phase.steps.iter().filter(|step| !clients.contains(&step.client)).cloned().collect(),
    };
    with_phases(program, program.phases.iter().map(keep).collect())
}

/// Without those who do once more what others do; and without two of a pair.
fn untwinned(program: &Program) -> Vec<Program> {
    if program.twins.is_empty() {
        return Vec::new();
    }
    let twins: Vec<usize> = program.twins.iter().map(|(_, twin)| *twin).collect();
    let alone = Program { twins: Vec::new(), ..without_steps_of(program, &twins) };
    let busy = |client: usize| steps_of(program).any(|step| step.client == client);
    let pairs = program.twins.iter().filter(|(one, twin)| busy(*one) || busy(*twin));
    let pairs = pairs.map(|&(one, twin)| without_steps_of(program, &[one, twin]));
    std::iter::once(alone).chain(pairs).collect()
}

/// Without a step of one client and the same of its twin, so that both still do the same.
fn without_twin_steps(program: &Program) -> Vec<Program> {
    let places = |client: usize| {
        let phases = program.phases.iter().enumerate();
        let steps = phases.flat_map(|(phase, steps)| {
            steps.steps.iter().enumerate().map(move |(place, step)| (phase, place, step))
        });
        let own = steps.filter(move |(.., step)| step.client == client && step.expect == Expect::Derived);
        own.map(|(phase, place, step)| (phase, place, std::mem::discriminant(&step.action)))
    };
    let both = program.twins.iter().flat_map(|&(one, twin)| places(one).zip(places(twin)));
    let same = both.filter(|((.., one), (.., other))| one == other);
    same.map(|(one, other)| {
        let mut candidate = program.clone();
        // The later one first, so that the place of the other stays.
        for (phase, place, _) in if (one.0, one.1) > (other.0, other.1) { [one, other] } else { [other, one] }
        {
            candidate.phases[phase].steps.remove(place);
        }
        candidate
    })
    .collect()
}

fn without_phases(program: &Program) -> Vec<Program> {
    let without = |gone| {
        let others = program.phases.iter().enumerate().filter(|(index, _)| *index != gone);
        with_phases(program, others.map(|(_, phase)| phase.clone()).collect())
    };
    (0..program.phases.len()).map(without).collect()
}

fn without_steps(program: &Program) -> Vec<Program> {
    let length = length(program);
    let mut all = Vec::new();
    let mut size = length / 2;
    while size > 0 {
        let mut from = 0;
        while from < length {
            all.push(without_range(program, from, from + size));
            from += size;
        }
        size /= 2;
    }
    all.extend(without_twin_steps(program));
    all
}

fn without_range(program: &Program, from: usize, to: usize) -> Program {
    let mut place = 0;
    let keep = |phase: &Phase| {
        let steps = phase.steps.iter().filter(|_| {
            place += 1;
            !(from..to).contains(&(place - 1))
        });
        Phase { steps: steps.cloned().collect() }
    };
    with_phases(program, program.phases.iter().map(keep).collect())
}

fn merged(program: &Program) -> Vec<Program> {
    let merge = |first: usize| {
        let mut phases = program.phases.clone();
        let second = phases.remove(first + 1);
        phases[first].steps.extend(second.steps);
        with_phases(program, phases)
    };
    (0..program.phases.len().saturating_sub(1)).map(merge).collect()
}

/// One candidate for each simpler form of each step.
fn edit_each(program: &Program, simpler: fn(&Step) -> Vec<Step>) -> Vec<Program> {
    let mut all = Vec::new();
    for (phase, steps) in program.phases.iter().enumerate() {
        for (place, step) in steps.steps.iter().enumerate() {
            for simple in simpler(step) {
                let mut candidate = program.clone();
                candidate.phases[phase].steps[place] = simple;
                all.push(candidate);
            }
        }
    }
    all
}

fn shorter(step: &Step) -> Vec<Step> {
    let Action::Burst(message, times) = &step.action else { return Vec::new() };
    let with = |action| Step { action, ..step.clone() };
    match times {
        0..=2 => vec![with(Action::Send(message.clone()))],
        _ => vec![
            with(Action::Send(message.clone())),
            with(Action::Burst(message.clone(), times / 2)),
            with(Action::Burst(message.clone(), times - 1)),
        ],
    }
}

fn plainer(step: &Step) -> Vec<Step> {
    let message = match &step.action {
        Action::Send(message) | Action::Burst(message, _) | Action::FillQueue(message) => message,
        Action::Drop { reset: true } => {
            return vec![Step { action: Action::Drop { reset: false }, ..step.clone() }];
        }
        Action::Close(Some(code)) if *code != 1000 => {
            return vec![Step { action: Action::Close(Some(1000)), ..step.clone() }];
        }
        _ => return Vec::new(),
    };
    let mut simpler: Vec<Message> = Vec::new();
    if let Request::Chat(topic, chat) = &message.request {
        // What must be refused may be refused for what only this kind has: edits of a content that is JSON would change
        // nothing about a message, and then it would have to be taken.
        let must_keep_kind =
            step.expect != Expect::Derived || message.edits.iter().any(|edit| edit.layer == Layer::Content);
        let plain =
            if must_keep_kind { Chat { kind: chat.kind, ..Chat::default() } } else { Chat::default() };
        let with = |chat| Message { request: Request::Chat(*topic, chat), ..message.clone() };
        if *chat != plain {
            simpler.push(with(plain));
        }
        if !chat.text.is_empty() {
            let half = chat.text.chars().count() / 2;
            simpler.push(with(Chat { text: chat.text.chars().take(half).collect(), ..chat.clone() }));
        }
        if chat.kind != ChatKind::Message && !must_keep_kind {
            simpler.push(with(Chat { kind: ChatKind::Message, ..chat.clone() }));
        }
    }
    if message.id != Id::None {
        simpler.push(Message { id: Id::None, ..message.clone() });
    }
    if let Request::Join(topic, joining) = &message.request
        && *joining != Joining::default()
    {
        let plain = [
            Joining::default(),
            Joining { since: None, ..joining.clone() },
            Joining { since: joining.since, ..Joining::default() },
        ];
        let smaller = plain.into_iter().filter(|plain| plain != joining);
        simpler.extend(
            smaller.map(|joining| Message { request: Request::Join(*topic, joining), ..message.clone() }),
        );
    }
    if message.fragments.is_some() {
        simpler.push(Message { fragments: None, ..message.clone() });
    }
    if message.framing != Framing::default() {
        simpler.push(Message { framing: Framing::default(), ..message.clone() });
    }
    // What must be refused is refused for its edits: without them it would have to be taken.
    if step.expect == Expect::Derived {
        for gone in 0..message.edits.len() {
            let mut edits = message.edits.clone();
            edits.remove(gone);
            simpler.push(Message { edits, ..message.clone() });
        }
    }
    let same_kind = |message| match &step.action {
        Action::Burst(_, times) => Action::Burst(message, *times),
        Action::FillQueue(_) => Action::FillQueue(message),
        _ => Action::Send(message),
    };
    simpler.into_iter().map(|message| Step { action: same_kind(message), ..step.clone() }).collect()
}

fn with_plain_names(program: &Program) -> Vec<Program> {
    let odd = program.topics.iter().enumerate().filter(|(_, name)| **name != TopicName::Fresh);
    let mut all: Vec<Program> = odd
        .map(|(index, _)| {
            let mut candidate = program.clone();
            candidate.topics[index] = TopicName::Fresh;
            candidate
        })
        .collect();
    let upgraded =
        program.clients.iter().enumerate().filter(|(_, client)| client.upgrade != Upgrade::default());
    all.extend(upgraded.map(|(index, _)| {
        let mut candidate = program.clone();
        candidate.clients[index].upgrade = Upgrade::default();
        candidate
    }));
    all
}

/// Each client with a user of its own.
fn unshared(program: &Program) -> Vec<Program> {
    let own: Vec<Client> =
        program.clients.iter().enumerate().map(|(user, client)| Client { user, ..client.clone() }).collect();
    let mut users: Vec<usize> = program.clients.iter().map(|client| client.user).collect();
    users.sort_unstable();
    users.dedup();
    let shared = users.len() < program.clients.len();
    if shared { vec![Program { clients: own, ..program.clone() }] } else { Vec::new() }
}

/// Without clients, topics and phases that nothing happens with.
fn tidied(program: &Program) -> Vec<Program> {
    let mut tidy = program.clone();
    tidy.phases.retain(|phase| !phase.steps.is_empty());
    drop_idle_clients(&mut tidy);
    drop_idle_topics(&mut tidy);
    if tidy == *program { Vec::new() } else { vec![tidy] }
}

fn steps_of(program: &Program) -> impl Iterator<Item = &Step> {
    program.phases.iter().flat_map(|phase| &phase.steps)
}

/// All places in a program that name a client by its number, besides the steps themselves.
pub(crate) fn clients_named(program: &mut Program) -> Vec<&mut usize> {
    let mut found = Vec::new();
    for step in program.phases.iter_mut().flat_map(|phase| &mut phase.steps) {
        match &mut step.action {
            Action::Send(message) | Action::Burst(message, _) | Action::FillQueue(message) => {
                if let Request::Notice(_, Notice { to: Addressee::UserOf(client), .. }) = &mut message.request
                {
                    found.push(client);
                }
                for edit in &mut message.edits {
                    if let Change::Set(_, value) = &mut edit.change {
                        clients_in(value, &mut found);
                    }
                }
            }
            Action::Http(request) => {
                if let HttpToken::Of(client) = &mut request.token {
                    found.push(client);
                }
                for (_, value) in &mut request.query {
                    clients_in(value, &mut found);
                }
                if let HttpBody::Json(members) = &mut request.body {
                    for (_, value) in members {
                        clients_in(value, &mut found);
                    }
                }
            }
            _ => {}
        }
    }
    found
}

fn clients_in<'a>(value: &'a mut Value, found: &mut Vec<&'a mut usize>) {
    match value {
        Value::Object(members) => members.iter_mut().for_each(|(_, value)| clients_in(value, found)),
        Value::Alike(value, _) => clients_in(value, found),
        Value::UserOf(client) | Value::UserInCapitals(client) | Value::TokenOf(client) => found.push(client),
        _ => {}
    }
}

/// All places in a program that name a topic by its number, but for names of topics.
pub(crate) fn topics_named(program: &mut Program) -> Vec<&mut usize> {
    let mut found = Vec::new();
    for step in program.phases.iter_mut().flat_map(|phase| &mut phase.steps) {
        match &mut step.action {
            Action::Send(message) | Action::Burst(message, _) | Action::FillQueue(message) => {
                if let Request::Chat(topic, _)
                | Request::Join(topic, _)
                | Request::Leave(topic)
                | Request::Notice(topic, _)
                | Request::UserList(topic) = &mut message.request
                {
                    found.push(topic);
                }
                for edit in &mut message.edits {
                    if let Change::Set(_, value) = &mut edit.change {
                        topics_in(value, &mut found);
                    }
                }
            }
            Action::Http(request) => {
                for (_, value) in &mut request.query {
                    topics_in(value, &mut found);
                }
                if let HttpBody::Json(members) = &mut request.body {
                    for (_, value) in members {
                        topics_in(value, &mut found);
                    }
                }
            }
            _ => {}
        }
    }
    found
}

fn topics_in<'a>(value: &'a mut Value, found: &mut Vec<&'a mut usize>) {
    match value {
        Value::Object(members) => members.iter_mut().for_each(|(_, value)| topics_in(value, found)),
        Value::Alike(value, _) => topics_in(value, found),
        Value::Topic(topic) | Value::Epoch(topic) | Value::Seq(topic, _) => found.push(topic),
        _ => {}
    }
}

fn drop_idle_clients(program: &mut Program) {
    let mut used: Vec<bool> = (0..program.clients.len())
        .map(|client| steps_of(program).any(|step| step.client == client))
        .collect();
    for client in clients_named(program) {
        used[*client] = true;
    }
    let place = places(&used);
    for step in program.phases.iter_mut().flat_map(|phase| &mut phase.steps) {
        step.client = place[step.client];
    }
    for client in clients_named(program) {
        *client = place[*client];
    }
    program.twins.retain(|(one, other)| used.get(*one) == Some(&true) && used.get(*other) == Some(&true));
    for (one, other) in &mut program.twins {
        (*one, *other) = (place[*one], place[*other]);
    }
    let mut kept = used.iter();
    program.clients.retain(|_| *kept.next().unwrap_or(&false));
    // Users get the lowest numbers in the order of their clients; who shared one goes on sharing it.
    let mut known: Vec<usize> = Vec::new();
    for client in &mut program.clients {
        let user = known.iter().position(|user| *user == client.user).unwrap_or_else(|| {
            known.push(client.user);
            known.len() - 1
        });
        client.user = user;
    }
}

fn drop_idle_topics(program: &mut Program) {
    let count = program.topics.len();
    let mut used = vec![false; count];
    for topic in topics_named(program) {
        // Topics beyond those of the program have names by their numbers, which must stay as they are.
        let Some(used) = used.get_mut(*topic) else { return };
        *used = true;
    }
    for index in (0..count).rev() {
        if let TopicName::Capitals(of) | TopicName::Around(of, ..) = &program.topics[index]
            && used[index]
            && *of < count
        {
            used[*of] = true;
        }
    }
    let place = places(&used);
    for topic in topics_named(program) {
        *topic = place[*topic];
    }
    for name in &mut program.topics {
        if let TopicName::Capitals(of) | TopicName::Around(of, ..) = name
            && *of < count
        {
            *of = place[*of];
        }
    }
    let mut kept = used.iter();
    program.topics.retain(|_| *kept.next().unwrap_or(&false));
}

/// The new place of each that is kept.
fn places(used: &[bool]) -> Vec<usize> {
    let mut next = 0;
    used.iter()
        .map(|used| {
            let place = next;
            next += usize::from(*used);
            place
        })
        .collect()
}
