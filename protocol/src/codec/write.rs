//! Writing: an object member by member, straight into the text that is sent.

use serde::Serialize;

/// Writes one object. Members come in the order in which they are put.
pub(crate) struct ObjectWriter(String);

impl ObjectWriter {
    pub(crate) fn with_capacity(bytes: usize) -> Self {
        let mut text = String::with_capacity(bytes);
        text.push('{');
        Self(text)
    }

    /// Puts a member whose value is JSON already.
    pub(crate) fn json(mut self, name: &str, json: &str) -> Self {
        self.name(name);
        self.0.push_str(json);
        self
    }

    /// Puts a string.
    pub(crate) fn string(mut self, name: &str, text: &str) -> Self {
        self.name(name);
        push_string(&mut self.0, text);
        self
    }

    /// Puts a string where there is one.
    pub(crate) fn optional(self, name: &str, text: Option<impl AsRef<str>>) -> Self {
        match text {
            Some(text) => self.string(name, text.as_ref()),
            None => self,
        }
    }

    /// Puts an integer.
    pub(crate) fn integer(mut self, name: &str, number: impl itoa::Integer) -> Self {
        self.name(name);
        self.0.push_str(itoa::Buffer::new().format(number));
        self
    }

    pub(crate) fn finish(mut self) -> String {
        self.0.push('}');
        self.0
    }

    /// Names are this crate's own and need no escapes.
    fn name(&mut self, name: &str) {
        if self.0.len() > 1 {
            self.0.push(',');
        }
        self.0.push('"');
        self.0.push_str(name);
        self.0.push_str("\":");
    }
}

/// Writes a text as a JSON string.
pub(crate) fn push_string(out: &mut String, text: &str) {
    if text.bytes().any(|byte| byte < 0x20 || byte == b'"' || byte == b'\\') {
        out.push_str(&to_json(text));
    } else {
        out.push('"');
        out.push_str(text);
        out.push('"');
    }
}

/// Writes a value of this crate as JSON.
pub(crate) fn to_json<T: Serialize + ?Sized>(value: &T) -> String {
    serde_json::to_string(value)
        .expect("the wire's own types have string keys and serializers that cannot fail")
}
