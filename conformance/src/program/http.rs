//! The HTTP requests of a program: history, and questions that are asked without a socket.

use serde::{Deserialize, Serialize};

use super::Value;

/// A request over HTTP/1.1, to the host and the port of the subject's URL.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct HttpRequest {
    /// The method: `GET`, `POST`.
    pub method: String,
    /// The path, as it stands in the request line; it may end with a query of its own making.
    pub path: String,
    /// Members of the query, each value as the text of its string, or its JSON text where it is no string; both
    /// sides percent-encoded as UTF-8.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub query: Vec<(String, Value)>,
    /// Whether every byte of the query's values is percent-encoded, though it need not be, and in small letters.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub all_encoded: bool,
    /// Whose token it carries in `Authorization`.
    #[serde(default)]
    pub token: HttpToken,
    /// Further headers.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub headers: Vec<(String, String)>,
    /// What it carries.
    #[serde(default, skip_serializing_if = "HttpBody::is_none")]
    pub body: HttpBody,
}

/// The `Authorization` of an HTTP request.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum HttpToken {
    /// The token of the client that sends it.
    #[default]
    Own,
    /// The same with spaces and a tab around it.
    Padded,
    /// The token of this client.
    Of(usize),
    /// A token that nobody has.
    Unknown,
    /// The header is there, and is empty.
    Empty,
    /// There is no such header.
    None,
}

/// The body of an HTTP request.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum HttpBody {
    /// It has none.
    #[default]
    None,
    /// A JSON object of these members, with its `Content-Type`.
    Json(Vec<(String, Value)>),
    /// This text, with the `Content-Type` of JSON.
    Text(String),
}

impl HttpBody {
    fn is_none(&self) -> bool {
        *self == Self::None
    }
}

impl HttpRequest {
    /// A request of this method and path with the sender's own token, and nothing else.
    #[must_use]
    pub fn new(method: &str, path: &str) -> Self {
        Self {
            method: method.into(),
            path: path.into(),
            query: Vec::new(),
            all_encoded: false,
            token: HttpToken::Own,
            headers: Vec::new(),
            body: HttpBody::None,
        }
    }

    /// The same with one more member of the query, or with another value for it.
    #[must_use]
    pub fn query(mut self, name: &str, value: Value) -> Self {
        self.query.retain(|(known, _)| known != name);
        self.query.push((name.into(), value));
        self
    }

    /// The same without a member of the query.
    #[must_use]
    pub fn without_query(mut self, name: &str) -> Self {
        self.query.retain(|(known, _)| known != name);
        self
    }

    /// The same with every byte of the query's values percent-encoded.
    #[must_use]
    pub fn all_encoded(mut self) -> Self {
        self.all_encoded = true;
        self
    }

    /// The same with another token.
    #[must_use]
    pub fn token(mut self, token: HttpToken) -> Self {
        self.token = token;
        self
    }

    /// The same with one more header.
    #[must_use]
    pub fn header(mut self, name: &str, value: &str) -> Self {
        self.headers.push((name.into(), value.into()));
        self
    }

    /// The same with one more member in the JSON of its body, or with another value for it. A body that is no
    /// JSON object becomes one.
    #[must_use]
    pub fn member(mut self, name: &str, value: Value) -> Self {
        let mut members = if let HttpBody::Json(members) = self.body { members } else { Vec::new() };
        members.retain(|(known, _)| known != name);
        members.push((name.into(), value));
        self.body = HttpBody::Json(members);
        self
    }

    /// The same without a member in the JSON of its body.
    #[must_use]
    pub fn without_member(mut self, name: &str) -> Self {
        if let HttpBody::Json(members) = &mut self.body {
            members.retain(|(known, _)| known != name);
        }
        self
    }

    /// The same with this text as its body.
    #[must_use]
    pub fn body(mut self, text: &str) -> Self {
        self.body = HttpBody::Text(text.into());
        self
    }
}
