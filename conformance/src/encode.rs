//! Writing a message: from what it asks for and its edits to the text that goes over the wire.
//!
//! Documents are kept as members with raw JSON text, never as parsed values, so that an edit can put
//! anything into them: `1e400`, a duplicate member, an unpaired quote.

use crate::http::Outgoing;
use crate::memory::{Memory, Seen};
use crate::names::Names;
use crate::program::{
    Addressee, Change, Chat, ChatKind, HttpBody, HttpRequest, HttpToken, Joining, Layer, MARK, Message,
    Notice, Program, Request, Since, SinceSeq, Value,
};

/// A message as it is sent and as it is shown.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Encoded {
    /// What goes over the wire.
    pub wire: String,
    /// The same with every token replaced by the words whose token it is.
    pub shown: String,
}

/// Facts of a try that a message is made from.
#[derive(Debug, Clone, Copy)]
pub struct Context<'a> {
    /// The program: whose client belongs to which user.
    pub program: &'a Program,
    /// The names.
    pub names: &'a Names,
    /// The sending client.
    pub client: usize,
    /// The number of this text's mark.
    pub mark: usize,
    /// The `id`, where the message has one.
    pub id: Option<&'a str>,
    /// `limits.maxMessageBytes`.
    pub max_message_bytes: usize,
    /// What the sending client has seen of its topics.
    pub memory: &'a Memory,
}

/// Encodes a message.
#[must_use]
pub fn encode(message: &Message, context: Context<'_>) -> Encoded {
    let fill = fill(message, context);
    Encoded {
        wire: Writer { context, shown: false, fill }.envelope(message),
        shown: Writer { context, shown: true, fill }.envelope(message),
    }
}

/// How many bytes a message has as it is sent.
#[must_use]
pub fn encoded_len(message: &Message, context: Context<'_>) -> usize {
    Writer { context, shown: false, fill: fill(message, context) }.envelope(message).len()
}

/// How many characters its text lacks to be as long as the message asks for.
fn fill(message: &Message, context: Context<'_>) -> usize {
    match &message.request {
        Request::Chat(_, Chat { short_of_limit: Some(short), .. }) => {
            let bare = Writer { context, shown: false, fill: 0 }.envelope(message).len();
            context.max_message_bytes.saturating_sub(bare + short)
        }
        _ => 0,
    }
}

/// An HTTP request as it is sent, and as it is shown: the second has every token replaced.
#[must_use]
pub fn encode_http(request: &HttpRequest, context: Context<'_>) -> (Outgoing, Outgoing) {
    let write = |shown| Writer { context, shown, fill: 0 }.http(request);
    (write(false), write(true))
}

struct Writer<'a> {
    context: Context<'a>,
    shown: bool,
    fill: usize,
}

impl Writer<'_> {
    fn envelope(&self, message: &Message) -> String {
        let token = self.token_of(self.context.client);
        let mut members = vec![
            ("token".into(), quote(&token)),
            ("type".into(), message.kind().to_string()),
            ("payLoad".into(), quote(&self.payload(message))),
        ];
        if let Some(id) = self.context.id {
            members.push(("id".into(), quote(id)));
        }
        self.document(message, Layer::Envelope, members)
    }

    fn payload(&self, message: &Message) -> String {
        let members = match &message.request {
            Request::Heartbeat => return Self::text(message, Layer::Payload, String::new()),
            Request::Join(topic, joining) => self.join(*topic, joining),
            Request::Leave(topic) | Request::UserList(topic) => self.topic(*topic),
            Request::Notice(topic, notice) => self.notice(*topic, notice),
            Request::Chat(topic, chat) => {
                let mut members = self.topic(*topic);
                members.push(("chatInfo".into(), quote(&self.chat_info(message, chat))));
                members
            }
        };
        self.document(message, Layer::Payload, members)
    }

    fn topic(&self, topic: usize) -> Vec<(String, String)> {
        vec![("topic".into(), quote(&self.context.names.topic(topic)))]
    }

    fn join(&self, topic: usize, joining: &Joining) -> Vec<(String, String)> {
        let mut members = self.topic(topic);
        let name = joining.display_name.as_deref().map(|name| ("displayName", quote(name)));
        let picture = joining.avatarurl.as_deref().map(|address| ("avatarurl", quote(address)));
        let since = joining.since.map(|since| ("since", self.since(topic, since)));
        let given = [name, picture, since].into_iter().flatten();
        members.extend(given.map(|(member, value)| (member.to_owned(), value)));
        members
    }

    fn since(&self, topic: usize, since: Since) -> String {
        let seen = self.seen(topic);
        let epoch = if since.other_epoch { self.context.names.other_epoch() } else { seen.epoch };
        let seq = match since.seq {
            SinceSeq::Seen(more) => seen.seq.saturating_add(more).max(0),
            SinceSeq::Exactly(seq) => seq,
        };
        format!("{{\"epoch\":{},\"seq\":{seq}}}", quote(&epoch))
    }

    fn seen(&self, topic: usize) -> Seen {
        let Context { names, memory, .. } = self.context;
        memory.of(&names.topic(topic)).unwrap_or_else(|| Seen { epoch: names.other_epoch(), seq: 0 })
    }

    fn notice(&self, topic: usize, notice: &Notice) -> Vec<(String, String)> {
        let to = match notice.to {
            Addressee::UserOf(client) => self.user_of(client).to_owned(),
            Addressee::Stranger => self.context.names.stranger(),
        };
        let mut members = self.topic(topic);
        members.push(("to".into(), quote(&to)));
        members.push(("data".into(), notice.data.replace(MARK, &self.mark())));
        members
    }

    fn http(&self, request: &HttpRequest) -> Outgoing {
        let names = self.context.names;
        let mut target = request.path.clone();
        for (number, (name, value)) in request.query.iter().enumerate() {
            target.push(if number == 0 { '?' } else { '&' });
            target.push_str(&percent_encode(name));
            target.push('=');
            let value = self.value(value);
            let text = serde_json::from_str::<String>(&value).unwrap_or(value);
            if request.all_encoded {
                target.extend(text.bytes().map(|byte| format!("%{byte:02x}")));
            } else {
                target.push_str(&percent_encode(&text));
            }
        }
        let own = || self.token_of(self.context.client);
        let token = match request.token {
            HttpToken::Own => Some(own()),
            HttpToken::Padded => Some(format!(" \t{}  ", own())),
            HttpToken::Of(client) => Some(self.token_of(client)),
            HttpToken::Unknown => Some(names.unknown_token()),
            HttpToken::Empty => Some(String::new()),
            HttpToken::None => None,
        };
        let mut headers: Vec<_> =
            token.map(|token| ("Authorization".to_owned(), token)).into_iter().collect();
        let body = match &request.body {
            HttpBody::None => String::new(),
            HttpBody::Json(members) => self.object(members),
            HttpBody::Text(text) => text.replace(MARK, &self.mark()),
        };
        let has_type = request.headers.iter().any(|(name, _)| name.eq_ignore_ascii_case("content-type"));
        if request.body != HttpBody::None && !has_type {
            headers.push(("Content-Type".into(), "application/json".into()));
        }
        headers.extend(request.headers.iter().cloned());
        Outgoing { method: request.method.clone(), target, headers, body }
    }

    fn object(&self, members: &[(String, Value)]) -> String {
        let members: Vec<_> =
            members.iter().map(|(name, value)| format!("{}:{}", quote(name), self.value(value))).collect();
        format!("{{{}}}", members.join(","))
    }

    fn chat_info(&self, message: &Message, chat: &Chat) -> String {
        let (kind, content) = match chat.kind {
            ChatKind::Message => ("message", self.words(chat)),
            ChatKind::Question => ("question", self.content(message, vec![("content", self.words(chat))])),
            ChatKind::Answer => {
                let members = vec![
                    ("orgLogo", "https://example.com/logo.png".into()),
                    ("orgName", "Org".into()),
                    ("question", "?".into()),
                    ("answer", self.words(chat)),
                ];
                ("answer", self.content(message, members))
            }
        };
        let user = self.user_of(self.context.client);
        let members = [("user", user), ("stream", "s1"), ("content", &content), ("type", kind)];
        let members = members.map(|(name, value)| (name.into(), quote(value)));
        self.document(message, Layer::ChatInfo, members.into())
    }

    fn content(&self, message: &Message, members: Vec<(&str, String)>) -> String {
        let members = members.into_iter().map(|(name, value)| (name.into(), quote(&value))).collect();
        self.document(message, Layer::Content, members)
    }

    fn words(&self, chat: &Chat) -> String {
        format!("{} {}{}", self.mark(), chat.text, "x".repeat(self.fill))
    }

    fn document(&self, message: &Message, layer: Layer, mut members: Vec<(String, String)>) -> String {
        for edit in message.edits.iter().filter(|edit| edit.layer == layer) {
            match &edit.change {
                Change::Set(name, value) => {
                    let value = self.value(value);
                    match members.iter_mut().find(|(member, _)| member == name) {
                        Some((_, old)) => *old = value,
                        None => members.push((name.clone(), value)),
                    }
                }
                Change::Remove(name) => members.retain(|(member, _)| member != name),
                Change::Replace(_) | Change::Surround(..) | Change::Respell(..) => {}
            }
        }
        let members: Vec<_> =
            members.into_iter().map(|(name, value)| format!("{}:{value}", quote(&name))).collect();
        Self::text(message, layer, format!("{{{}}}", members.join(",")))
    }

    fn text(message: &Message, layer: Layer, mut text: String) -> String {
        for edit in message.edits.iter().filter(|edit| edit.layer == layer) {
            match &edit.change {
                Change::Replace(with) => text.clone_from(with),
                Change::Surround(before, after) => text = format!("{before}{text}{after}"),
                Change::Respell(from, to) => text = text.replace(from, to),
                Change::Set(..) | Change::Remove(_) => {}
            }
        }
        text
    }

    fn value(&self, value: &Value) -> String {
        match value {
            Value::Json(text) => text.clone(),
            Value::Repeated(character, times) => quote(&character.to_string().repeat(*times)),
            Value::UserOf(client) => quote(self.user_of(*client)),
            Value::UserInCapitals(client) => quote(&self.user_of(*client).to_uppercase()),
            Value::Alike(value, likeness) => {
                let value = self.value(value);
                quote(&likeness.of(&serde_json::from_str::<String>(&value).unwrap_or(value)))
            }
            Value::TokenOf(client) => quote(&self.token_of(*client)),
            Value::OtherTokenOf(client) => quote(&self.other_token_of(*client)),
            Value::UnknownToken => quote(&self.context.names.unknown_token()),
            Value::Topic(topic) => quote(&self.context.names.topic(*topic)),
            Value::Mark => quote(&self.mark()),
            Value::Marked(text) => quote(&format!("{} {text}", self.mark())),
            Value::Stream(number) => quote(&self.context.names.stream(*number)),
            Value::Stranger => quote(&self.context.names.stranger()),
            Value::Epoch(topic) => quote(&self.seen(*topic).epoch),
            Value::Seq(topic, more) => self.seen(*topic).seq.saturating_add(*more).to_string(),
            Value::Object(members) => self.object(members),
        }
    }

    fn mark(&self) -> String {
        self.context.names.mark(self.context.mark).to_string()
    }

    fn user_of(&self, client: usize) -> &str {
        &self.context.names.identity(self.context.program.clients[client].user).user
    }

    fn token_of(&self, client: usize) -> String {
        let identity = self.context.names.identity(self.context.program.clients[client].user);
        if self.shown { format!("<token of {}>", identity.user) } else { identity.token.clone() }
    }

    fn other_token_of(&self, client: usize) -> String {
        let identity = self.context.names.identity(self.context.program.clients[client].user);
        let other = identity.other_token.clone().filter(|_| !self.shown);
        other.unwrap_or_else(|| self.token_of(client))
    }
}

fn quote(text: &str) -> String {
    // A string is always written.
    serde_json::to_string(text).unwrap_or_default()
}

/// Percent-encodes everything but the unreserved characters, as UTF-8.
fn percent_encode(text: &str) -> String {
    use std::fmt::Write as _;
    let mut encoded = String::with_capacity(text.len());
    for byte in text.bytes() {
        if byte.is_ascii_alphanumeric() || b"-._~".contains(&byte) {
            encoded.push(char::from(byte));
        } else {
            // Writing to a string does not fail.
            let _ = write!(encoded, "%{byte:02X}");
        }
    }
    encoded
}
