//! Writing a message: from what it asks for and its edits to the text that goes over the wire.
//!
//! Documents are kept as members with raw JSON text, never as parsed values, so that an edit can put
//! anything into them: `1e400`, a duplicate member, an unpaired quote.

use serde_json::Value as Json;

use crate::names::Names;
use crate::program::{Change, Chat, ChatKind, Layer, Message, Program, Request, Value};

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
}

/// Encodes a message.
#[must_use]
pub fn encode(message: &Message, context: Context<'_>) -> Encoded {
    let fill = match &message.request {
        Request::Chat(_, Chat { short_of_limit: Some(short), .. }) => {
            let bare = Writer { context, shown: false, fill: 0 }.envelope(message).len();
            context.max_message_bytes.saturating_sub(bare + short)
        }
        _ => 0,
    };
    Encoded {
        wire: Writer { context, shown: false, fill }.envelope(message),
        shown: Writer { context, shown: true, fill }.envelope(message),
    }
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
            Request::Join(topic) | Request::Leave(topic) => self.topic(*topic),
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
        let mark = self.context.names.mark(self.context.mark);
        format!("{mark} {}{}", chat.text, "x".repeat(self.fill))
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
            Value::TokenOf(client) => quote(&self.token_of(*client)),
            Value::UnknownToken => quote(&self.context.names.unknown_token()),
            Value::Topic(topic) => quote(&self.context.names.topic(*topic)),
            Value::Mark => quote(&self.context.names.mark(self.context.mark).to_string()),
        }
    }

    fn user_of(&self, client: usize) -> &str {
        &self.context.names.identity(self.context.program.clients[client].user).user
    }

    fn token_of(&self, client: usize) -> String {
        let identity = self.context.names.identity(self.context.program.clients[client].user);
        if self.shown { format!("<token of {}>", identity.user) } else { identity.token.clone() }
    }
}

fn quote(text: &str) -> String {
    Json::from(text).to_string()
}
