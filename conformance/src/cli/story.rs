//! A program told in plain words, for people who want to know what a case does before they believe it.

use std::fmt::Write;

use crate::case::Case;
use crate::check::client_name;
use crate::program::{
    Action, Addressee, Change, Chat, ChatKind, Expect, Framing, HeadEdit, HttpBody, HttpRequest, HttpToken,
    Id, Joining, Layer, LengthForm, Life, Likeness, Message, Program, RawFrame, Request, SinceSeq, Step,
    TimeLimit, TopicName, Upgrade, Value,
};

/// The most characters of a text that are told.
const MOST_TEXT: usize = 80;

/// Tells what a case does.
pub(super) fn tell(text: &mut String, case: &Case) -> std::fmt::Result {
    let program = &case.program;
    for (number, client) in program.clients.iter().enumerate() {
        if let Some(aside) = client_aside(program, number, client.user, &client.upgrade) {
            writeln!(text, "  {} {aside}", client_name(number))?;
        }
    }
    for (number, name) in program.topics.iter().enumerate() {
        if let Some(aside) = topic_aside(name) {
            writeln!(text, "  {} is {aside}", topic(number))?;
        }
    }
    let phases = program.phases.iter().map(|phase| told_steps(&phase.steps)).filter(|told| !told.is_empty());
    // Each phase once, with how often it comes in a row.
    let mut told: Vec<(String, usize)> = Vec::new();
    for steps in phases {
        match told.last_mut() {
            Some((before, times)) if *before == steps => *times += 1,
            _ => told.push((steps, 1)),
        }
    }
    for (number, (steps, times)) in told.iter().enumerate() {
        let then = if number == 0 { "first" } else { "then, when all that has settled" };
        match times {
            1 => writeln!(text, "  {then}")?,
            times => writeln!(text, "  {then}, {times} times in a row")?,
        }
        text.push_str(steps);
    }
    if !case.about.is_empty() {
        let properties: Vec<_> =
            case.about.iter().map(|property| format!("{property:?}").to_lowercase()).collect();
        writeln!(text, "  all of which must have put to the test: {}", properties.join(", "))?;
    }
    Ok(())
}

/// A line for each step.
fn told_steps(steps: &[Step]) -> String {
    steps.iter().fold(String::new(), |text, step| {
        let mark = if step.focus { "»" } else { " " };
        text + &format!("   {mark} {}{}\n", deed(step), outcome(step))
    })
}

fn client_aside(program: &Program, number: usize, user: usize, upgrade: &Upgrade) -> Option<String> {
    let mut asides = Vec::new();
    if let Some(first) = program.clients[..number].iter().position(|other| other.user == user) {
        asides.push(format!("is another device of the user of {}", client_name(first)));
    }
    if let Some(path) = &upgrade.path {
        asides.push(format!("connects to the path {path:?}"));
    }
    if !upgrade.subprotocols.is_empty() {
        asides.push(format!("offers the subprotocols {}", upgrade.subprotocols.join(", ")));
    }
    asides.extend(upgrade.head.iter().map(head_edit));
    if upgrade.small_buffer {
        asides.push("takes a receive buffer that is as small as can be".into());
    }
    (!asides.is_empty()).then(|| asides.join(", and "))
}

fn head_edit(edit: &HeadEdit) -> String {
    match edit {
        HeadEdit::Method(method) => format!("asks for the upgrade with the method {method}"),
        HeadEdit::Version(version) => format!("asks for the upgrade by {version}"),
        HeadEdit::Without(name) => format!("leaves {name} out of its upgrade request"),
        HeadEdit::Set(name, value) => format!("sets {name} in its upgrade request to {}", text(value)),
        HeadEdit::Add(name, value) => format!("adds {name}: {} to its upgrade request", shorten(value)),
        HeadEdit::Filler(name, bytes) => {
            format!("adds the header {name} with {bytes} bytes to its upgrade request")
        }
        HeadEdit::Shout => "writes the names of its headers in capitals".into(),
        HeadEdit::Segments(bytes) => format!("sends its upgrade request in segments of {bytes} bytes"),
        HeadEdit::CutAt(bytes) => format!("sends the first {bytes} bytes of its upgrade request and no more"),
    }
}

fn topic_aside(name: &TopicName) -> Option<String> {
    Some(match name {
        TopicName::Fresh => return None,
        TopicName::Capitals(of) => format!("the name of {} in capitals", topic(*of)),
        TopicName::Around(of, before, after) => {
            format!("the name of {} between {before:?} and {after:?}", topic(*of))
        }
        TopicName::Filled(with, length) => format!("filled up with {with:?} to {length} characters"),
        TopicName::Suffixed(end) => format!("a fresh name with {} behind it", text(end)),
    })
}

/// `room A`, `room B` and so on.
fn topic(number: usize) -> String {
    match u8::try_from(number).ok().filter(|number| *number < 26) {
        Some(number) => format!("room {}", char::from(b'A' + number)),
        None => format!("room {number}"),
    }
}

fn deed(step: &Step) -> String {
    let who = client_name(step.client);
    match &step.action {
        Action::Connect => format!("{who} connects"),
        Action::Send(message) => format!("{who} {}", sending(message)),
        Action::Burst(message, times) => format!("{who}, {times} times over, {}", sending(message)),
        Action::FillQueue(message) => {
            format!("{who}, so often that it fills its share of limits.maxQueueBytes, {}", sending(message))
        }
        Action::Raw(frame) => format!("{who} sends {}", raw(frame)),
        Action::Fence => format!("{who} waits until all that has been handled"),
        Action::Http(request) => format!("{who} {}", http(request)),
        Action::Wait(limit) => format!("{who} lets {} pass, alive all the while", limit_name(*limit)),
        Action::Close(None) => format!("{who} closes by a close frame without a code"),
        Action::Close(Some(code)) => format!("{who} closes by a close frame with code {code}"),
        Action::Drop { reset: false } => format!("{who} drops the connection without a word"),
        Action::Drop { reset: true } => format!("{who} resets the connection"),
        Action::Silence(limit) => format!("{who} stays silent for as long as {} allows", limit_name(*limit)),
        Action::Knock => {
            let limit = limit_name(TimeLimit::Auth);
            format!(
                "{who} sends nothing but pings and frames that are refused, for as long as {limit} allows"
            )
        }
        Action::Persist(life) => {
            let what = match life {
                Life::Pings => "WebSocket pings",
                Life::EmptyPings => "WebSocket pings without payload",
                Life::Pongs => "unsolicited pongs",
                Life::EmptyPongs => "unsolicited pongs without payload",
                Life::RefusedFrames => "frames that are refused",
                Life::MalformedFrames => "frames that are malformed",
                Life::LateHeartbeats => "heartbeats that come only just in time",
                Life::Chats => "chats",
            };
            format!(
                "{who} sends nothing but {what} for longer than {} allows",
                limit_name(TimeLimit::Heartbeat)
            )
        }
        Action::JoinToLimit => format!("{who} joins rooms until it is in limits.maxTopics of them"),
        Action::TellToEnd => "the server is told to end".into(),
        Action::SeeOut(messages) => {
            let messages: Vec<_> = messages.iter().map(sending).collect();
            format!("{who}, over and over until the server has ended the connection, {}", messages.join(", "))
        }
        Action::StopReading => format!("{who} stops reading"),
        Action::ReadOn => format!("{who} reads on"),
    }
}

fn limit_name(limit: TimeLimit) -> &'static str {
    match limit {
        TimeLimit::Heartbeat => "limits.heartbeatTimeoutMs",
        TimeLimit::Auth => "limits.authTimeoutMs",
        TimeLimit::PresenceGrace => "limits.presenceGraceMs and a second and a half more",
    }
}

fn sending(message: &Message) -> String {
    let mut told = match &message.request {
        Request::Heartbeat => "sends a heartbeat".to_owned(),
        Request::Join(room, joining) => joins(*room, joining),
        Request::Leave(room) => format!("leaves {}", topic(*room)),
        Request::Chat(room, chat) => format!("{} in {}", saying(chat), topic(*room)),
        Request::Notice(room, notice) => {
            let to = match notice.to {
                Addressee::UserOf(client) => format!("the user of {}", client_name(client)),
                Addressee::Stranger => "a user who never was there".into(),
            };
            format!("sends {to} in {} the notice {}", topic(*room), shorten(&notice.data))
        }
        Request::UserList(room) => format!("asks who is in {}", topic(*room)),
    };
    match message.id {
        Id::None => {}
        Id::Fresh => told += ", with an id",
        // Writing to a string does not fail.
        Id::Shared(number) => drop(write!(told, ", with the shared id {number}")),
    }
    if let Some(size) = message.fragments {
        let _ = write!(told, ", in WebSocket frames of {size} bytes");
    }
    told.push_str(&framing(message.framing));
    for edit in &message.edits {
        let _ = write!(told, ", {}", change(edit.layer, &edit.change));
    }
    told
}

fn framing(framing: Framing) -> String {
    let mut told = String::new();
    if framing.pings {
        told += ", with pings between its fragments";
    }
    if framing.empty_fragments {
        told += ", with empty fragments before, between and behind the others";
    }
    if let Some(bytes) = framing.segments {
        let _ = write!(told, ", in TCP segments of {bytes} bytes");
    }
    if framing.slowly {
        told += ", with a pause before each segment but the first";
    }
    match framing.length {
        LengthForm::Shortest => {}
        LengthForm::Sixteen => told += ", with its length in 16 bits",
        _ => told += ", with its length in 64 bits",
    }
    if framing.deflated {
        told += ", compressed where the server has agreed to that";
    }
    told
}

fn joins(room: usize, joining: &Joining) -> String {
    let mut told = format!("joins {}", topic(room));
    let named = [("displayName", &joining.display_name), ("avatarurl", &joining.avatarurl)];
    for (member, value) in named {
        if let Some(value) = value {
            let _ = write!(told, ", with the {member} {}", text(value));
        }
    }
    if let Some(since) = joining.since {
        let seq = match since.seq {
            SinceSeq::Seen(0) => "the last chat that it has seen".to_owned(),
            SinceSeq::Seen(more @ 1..) => format!("{more} behind the last chat that it has seen"),
            SinceSeq::Seen(less) => format!("{} before the last chat that it has seen", less.unsigned_abs()),
            SinceSeq::Exactly(seq) => format!("seq {seq}"),
        };
        let _ = write!(told, ", since {seq}");
        told += if since.other_epoch { " of an epoch that never was" } else { "" };
    }
    told
}

fn http(request: &HttpRequest) -> String {
    let mut told = format!("asks by HTTP, {} {}", request.method, text(&request.path));
    let members = |members: &[(String, Value)]| {
        let members = members.iter().map(|(name, with)| format!("{name} = {}", value(with)));
        members.collect::<Vec<_>>().join(", ")
    };
    if !request.query.is_empty() {
        let _ = write!(told, " for {}", members(&request.query));
    }
    match &request.body {
        HttpBody::None => {}
        HttpBody::Json(body) => drop(write!(told, " with {}", members(body))),
        HttpBody::Text(body) => drop(write!(told, " with the body {}", text(body))),
    }
    let token = match request.token {
        HttpToken::Own => String::new(),
        HttpToken::Padded => ", its token between blanks".into(),
        HttpToken::Of(client) => format!(", with the token of {}", client_name(client)),
        HttpToken::Unknown => ", with a token that nobody has".into(),
        HttpToken::Empty => ", with an empty token".into(),
        HttpToken::None => ", without a token".into(),
    };
    told.push_str(&token);
    for (name, with) in &request.headers {
        let _ = write!(told, ", with {name}: {}", shorten(with));
    }
    told
}

fn saying(chat: &Chat) -> String {
    let kind = match chat.kind {
        ChatKind::Message => "says",
        ChatKind::Question => "asks",
        ChatKind::Answer => "answers",
    };
    match chat.short_of_limit {
        None => format!("{kind} {}", text(&chat.text)),
        Some(0) => {
            format!("{kind} {} and so much more that limits.maxMessageBytes is reached", text(&chat.text))
        }
        Some(short) => {
            format!(
                "{kind} {} and more, up to {short} bytes short of limits.maxMessageBytes",
                text(&chat.text)
            )
        }
    }
}

fn change(layer: Layer, change: &Change) -> String {
    let layer = match layer {
        Layer::Content => "the content",
        Layer::ChatInfo => "chatInfo",
        Layer::Payload => "payLoad",
        Layer::Envelope => "the envelope",
    };
    match change {
        Change::Set(member, with) => format!("with {member:?} in {layer} set to {}", value(with)),
        Change::Remove(member) => format!("without {member:?} in {layer}"),
        Change::Replace(with) if with.is_empty() => format!("with nothing in place of {layer}"),
        Change::Replace(with) => format!("with {} in place of {layer}", text(with)),
        Change::Surround(before, after) => {
            format!("with {} before and {} behind {layer}", text(before), text(after))
        }
        Change::Respell(from, to) => format!("with {} spelt {} in {layer}", text(from), text(to)),
    }
}

fn value(told: &Value) -> String {
    match told {
        Value::Json(json) => shorten(json),
        Value::Repeated(character, times) => format!("a string of {times} times {character:?}"),
        Value::UserOf(client) => format!("the user of {}", client_name(*client)),
        Value::UserInCapitals(client) => format!("the user of {}, in capitals", client_name(*client)),
        Value::Alike(original, likeness) => match likeness {
            Likeness::Around(before, behind) => {
                format!("{} between {before:?} and {behind:?}", value(original))
            }
            Likeness::FullWidth => format!("{} in full-width characters", value(original)),
            Likeness::CutShort => format!("{} without its last character", value(original)),
        },
        Value::Mark => "its mark".into(),
        Value::TokenOf(client) => format!("the token of {}", client_name(*client)),
        Value::OtherTokenOf(client) => format!("the other token of {}", client_name(*client)),
        Value::UnknownToken => "a token that nobody has".into(),
        Value::Topic(number) => format!("the name of {}", topic(*number)),
        Value::Marked(said) => text(said),
        Value::Stream(number) => format!("stream {number}"),
        Value::Stranger => "a user who never was there".into(),
        Value::Epoch(room) => format!("the epoch of {}", topic(*room)),
        Value::Seq(room, 0) => format!("the last seq of {}", topic(*room)),
        Value::Seq(room, more) => format!("the last seq of {} and {more}", topic(*room)),
        Value::Object(members) => {
            let members = members.iter().map(|(name, with)| format!("{name}: {}", value(with)));
            format!("{{{}}}", members.collect::<Vec<_>>().join(", "))
        }
    }
}

fn raw(frame: &RawFrame) -> String {
    match frame {
        RawFrame::Ping(payload) => format!("a ping with {}", text(payload)),
        RawFrame::Pong(payload) => format!("an unsolicited pong with {}", text(payload)),
        RawFrame::Binary(bytes) => format!("a binary message of {} bytes", bytes.len()),
        RawFrame::TextBytes(bytes) => format!("a text message of the bytes {bytes:02x?}"),
        RawFrame::ReservedBit => "a text frame with the first reserved bit set".into(),
        RawFrame::ReservedOpcode => "a frame with a reserved opcode".into(),
        RawFrame::StrayContinuation => "a continuation of a message that was never begun".into(),
        RawFrame::Oversize(_) | RawFrame::OversizeDeflated(_) | RawFrame::Wire(_) => frame.to_string(),
    }
}

/// What must come of a step.
fn outcome(step: &Step) -> String {
    let told = match &step.expect {
        Expect::Derived if !step.focus => return String::new(),
        Expect::Derived => match &step.action {
            Action::Connect => "the server must take the connection".to_owned(),
            Action::Send(_) | Action::Burst(..) | Action::FillQueue(_) | Action::JoinToLimit => {
                "it must be accepted".into()
            }
            Action::Close(_) => "the server must answer with a close frame and end the connection".into(),
            _ => "the connection must stay as it is".into(),
        },
        Expect::Refused { code, reason, answer_type } => {
            format!("it must be refused: type {answer_type}, code {code}, reason {reason}")
        }
        Expect::RefusedSomehow => "it must be refused, by whatever error".into(),
        Expect::Answered => "it must be answered, whatever the answer is".into(),
        Expect::Ends { codes, by_close_frame } => {
            let codes: Vec<_> = codes.iter().map(u16::to_string).collect();
            match (codes.is_empty(), by_close_frame) {
                (true, false) => "the server must end the connection".into(),
                (true, true) => "the server must end the connection by a close frame".into(),
                (false, true) => {
                    format!(
                        "the server must end the connection by a close frame with code {}",
                        codes.join(" or ")
                    )
                }
                (false, false) => format!(
                    "the server must end the connection, with code {} where it sends a close frame",
                    codes.join(" or ")
                ),
            }
        }
        Expect::Pong => "the pong must come, with the same payload".into(),
        Expect::Subprotocol(Some(name)) => format!("the server must select the subprotocol {name}"),
        Expect::Subprotocol(None) => "the server must select no subprotocol".into(),
        Expect::Http { status, reason } => {
            let reason = reason.as_ref().map(|reason| format!(" and the reason {reason}"));
            format!("it must be answered with the status {status}{}", reason.unwrap_or_default())
        }
        Expect::UpgradeRefused => "the upgrade must be refused with a status from 400 to 499".into(),
        Expect::UpgradeAbandoned => {
            "the server must end the connection within limits.authTimeoutMs and 5 seconds more".into()
        }
        Expect::Survived => "whatever comes of it, nobody else may notice".into(),
    };
    format!(": {told}")
}

/// Text in quotes, cut where it is long.
fn text(text: &str) -> String {
    format!("{:?}", shorten(text))
}

fn shorten(text: &str) -> String {
    let characters = text.chars().count();
    if characters <= MOST_TEXT {
        return text.to_owned();
    }
    let head: String = text.chars().take(MOST_TEXT / 2).collect();
    format!("{head}… ({characters} characters)")
}
