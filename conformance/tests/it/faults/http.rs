//! Plain HTTP beside the WebSocket, for faults that are about it: one request and its answer a connection, each read
//! as a whole before a fault may alter it. Without such a fault plain HTTP passes unread.

use serde_json::Value;

use super::world::World;

/// A request or an answer.
#[derive(Clone, Debug, Default)]
pub(crate) struct Message {
    /// The request line or the status line.
    pub(crate) start: String,
    pub(crate) headers: Vec<(String, String)>,
    pub(crate) body: Vec<u8>,
}

/// What passes.
#[derive(Debug)]
pub(crate) enum Passing<'a> {
    Request(&'a mut Message),
    /// With the request as it came from the client.
    Answer(&'a Message, &'a mut Message),
}

/// What is asked about every request and every answer of plain HTTP.
pub(crate) type HttpHook = Box<dyn FnMut(&World, Passing<'_>) + Send>;

impl Message {
    /// A message, once all its bytes are there. What has neither a length nor chunks ends with the connection.
    pub(crate) fn parse(bytes: &[u8], ended: bool) -> Option<Self> {
        let head_end = bytes.windows(4).position(|four| four == b"\r\n\r\n")?;
        let head = String::from_utf8_lossy(&bytes[..head_end]).into_owned();
        let rest = &bytes[head_end + 4..];
        let mut lines = head.split("\r\n");
        let start = lines.next()?.to_owned();
        let header =
            |line: &str| line.split_once(':').map(|(name, it)| (name.to_owned(), it.trim().to_owned()));
        let mut message = Self { start, headers: lines.filter_map(header).collect(), body: Vec::new() };
        if message.header("transfer-encoding").is_some_and(|it| it.eq_ignore_ascii_case("chunked")) {
            message.body = unchunk(rest)?;
            return Some(message);
        }
        let is_answer = message.start.starts_with("HTTP/");
        let length = message.header("content-length").and_then(|it| it.parse().ok());
        let length: usize = match length {
            Some(length) => length,
            None if is_answer => ended.then_some(rest.len())?,
            None => 0,
        };
        message.body = rest.get(..length)?.to_vec();
        Some(message)
    }

    /// The bytes, for a connection that has no other message behind it. What came in chunks goes on in one piece.
    pub(crate) fn encode(&self) -> Vec<u8> {
        const OWN: [&str; 3] = ["content-length", "transfer-encoding", "connection"];
        let mut text = format!("{}\r\n", self.start);
        for (name, value) in &self.headers {
            if !OWN.contains(&name.to_ascii_lowercase().as_str()) {
                text.extend([name, ": ", value, "\r\n"]);
            }
        }
        let length = self.body.len().to_string();
        text.extend(["Content-Length: ", &length, "\r\nConnection: close\r\n\r\n"]);
        [text.as_bytes(), &self.body].concat()
    }

    pub(crate) fn header(&self, name: &str) -> Option<&str> {
        self.headers.iter().find(|(it, _)| it.eq_ignore_ascii_case(name)).map(|(_, value)| value.as_str())
    }

    pub(crate) fn set_header(&mut self, name: &str, value: Option<&str>) {
        self.headers.retain(|(it, _)| !it.eq_ignore_ascii_case(name));
        self.headers.extend(value.map(|value| (name.to_owned(), value.to_owned())));
    }

    /// Whether this is a request of that method and path.
    pub(crate) fn asks(&self, method: &str, path: &str) -> bool {
        let mut words = self.start.split(' ');
        words.next() == Some(method)
            && words.next().is_some_and(|target| target.split('?').next() == Some(path))
    }

    /// The parameters of a request's query, as they are spelled.
    pub(crate) fn query(&self) -> Vec<(String, String)> {
        let target = self.start.split(' ').nth(1).unwrap_or_default();
        let query = target.split_once('?').map_or("", |(_, query)| query);
        let pair = |part: &str| {
            let (name, value) = part.split_once('=').unwrap_or((part, ""));
            (name.to_owned(), value.to_owned())
        };
        query.split('&').filter(|part| !part.is_empty()).map(pair).collect()
    }

    pub(crate) fn set_query(&mut self, query: &[(String, String)]) {
        let words: Vec<_> = self.start.split(' ').map(str::to_owned).collect();
        let [method, target, version] = words.as_slice() else { return };
        let path = target.split('?').next().unwrap_or_default();
        let query: Vec<_> = query.iter().map(|(name, value)| format!("{name}={value}")).collect();
        self.start = format!("{method} {path}?{} {version}", query.join("&"));
    }

    /// An answer's status; 0 for a request.
    pub(crate) fn status(&self) -> u16 {
        let status = self.start.strip_prefix("HTTP/1.1 ").and_then(|it| it.get(..3));
        status.and_then(|it| it.parse().ok()).unwrap_or_default()
    }

    pub(crate) fn set_status(&mut self, status: u16) {
        self.start = format!("HTTP/1.1 {status} Altered");
    }

    /// The body as JSON, or null.
    pub(crate) fn json(&self) -> Value {
        serde_json::from_slice(&self.body).unwrap_or_default()
    }

    pub(crate) fn set_json(&mut self, json: &Value) {
        self.body = json.to_string().into_bytes();
    }
}

/// The body, once its last chunk is there.
fn unchunk(mut bytes: &[u8]) -> Option<Vec<u8>> {
    let mut body = Vec::new();
    loop {
        let end = bytes.windows(2).position(|two| two == b"\r\n")?;
        let size = String::from_utf8_lossy(&bytes[..end]);
        let size = usize::from_str_radix(size.split(';').next()?.trim(), 16).ok()?;
        let chunk = bytes.get(end + 2..end + 2 + size)?;
        if size == 0 {
            return Some(body);
        }
        body.extend_from_slice(chunk);
        bytes = bytes.get(end + 4 + size..)?;
    }
}

/// A parameter of a query without its percent signs.
pub(crate) fn percent_decoded(text: &str) -> String {
    let bytes = text.as_bytes();
    let mut decoded = Vec::new();
    let mut at = 0;
    while at < bytes.len() {
        let code = text.get(at + 1..at + 3).filter(|_| bytes[at] == b'%');
        if let Some(byte) = code.and_then(|code| u8::from_str_radix(code, 16).ok()) {
            decoded.push(byte);
            at += 3;
        } else {
            decoded.push(bytes[at]);
            at += 1;
        }
    }
    String::from_utf8_lossy(&decoded).into_owned()
}

#[cfg(test)]
mod tests {
    use super::{Message, percent_decoded};

    #[test]
    fn a_message_is_whole_with_its_last_byte() {
        for (bytes, body) in [
            (&b"POST /a?b=c HTTP/1.1\r\nContent-Length: 3\r\n\r\nabc"[..], &b"abc"[..]),
            (
                b"POST /a HTTP/1.1\r\nTransfer-Encoding: chunked\r\n\r\n3;x=y\r\nabc\r\n1\r\nd\r\n0\r\n\r\n",
                b"abcd",
            ),
            (b"GET /a HTTP/1.1\r\nHost: x\r\n\r\n", b""),
        ] {
            let message = Message::parse(bytes, false).unwrap();
            assert_eq!(message.body, body);
            let tail = if message.header("content-length").is_none() && !body.is_empty() { 4 } else { 1 };
            assert!(Message::parse(&bytes[..bytes.len() - tail], false).is_none(), "{message:?}");
            assert_eq!(Message::parse(&message.encode(), false).unwrap().body, body);
        }
    }

    #[test]
    fn an_answer_without_a_length_ends_with_its_connection() {
        let bytes = b"HTTP/1.1 422 No\r\nX: y\r\n\r\n{}";
        assert!(Message::parse(bytes, false).is_none());
        let answer = Message::parse(bytes, true).unwrap();
        assert_eq!((answer.status(), answer.json()), (422, serde_json::json!({})));
    }

    #[test]
    fn a_query_is_read_and_written() {
        let mut message = Message::parse(b"GET /a?b=%C3%A9+&c HTTP/1.1\r\n\r\n", false).unwrap();
        let mut query = message.query();
        assert_eq!(percent_decoded(&query[0].1), "é+");
        query[1].1 = "1".into();
        message.set_query(&query);
        assert!(message.asks("GET", "/a"));
        assert_eq!(message.start, "GET /a?b=%C3%A9+&c=1 HTTP/1.1");
    }
}
