//! Which server is judged: one that runs, one that is started, or the reference server.

use std::time::Duration;

use tokio_tungstenite::tungstenite::http::{HeaderName, HeaderValue, Uri};

use crate::invocation::command_line;
use crate::subject::{Spawned, Subject};

/// Headers that the runner sends by itself, since cases depend on them.
const OWN_HEADERS: [&str; 3] = ["host", "connection", "upgrade"];
const OWN_HEADERS_BEGIN: &str = "sec-websocket-";

/// What was given in place of a server.
#[derive(Debug, Clone)]
pub(super) enum Given {
    /// The URL of a server that runs.
    Url(Address),
    /// The command that starts one.
    Command(Vec<String>),
    /// Neither.
    Nothing,
}

/// A URL and the words by which it was given.
#[derive(Debug, Clone)]
pub(super) struct Address {
    pub(super) words: String,
    pub(super) url: Uri,
}

/// A server that is there, as far as the runner had to see to that.
pub(super) struct Started {
    pub(super) url: Uri,
}

impl Given {
    /// What the report calls it.
    pub(super) fn name(&self) -> String {
        match self {
            Self::Url(address) => address.words.clone(),
            Self::Command(words) => command_line(words.iter().map(String::as_str)),
            Self::Nothing => "the embedded reference server".into(),
        }
    }

    /// The subject that it stands for, which need not be up.
    pub(super) fn subject(&self, start_timeout: Duration) -> Subject {
        match self {
            Self::Command(words) => Subject::Spawned(Box::new(Spawned::new(words.clone(), start_timeout))),
            Self::Url(_) | Self::Nothing => Subject::Running,
        }
    }

    /// Sees to it that the subject is up.
    ///
    /// The error says why it is not.
    pub(super) async fn start(&self, subject: &mut Subject) -> Result<Started, String> {
        match (self, subject) {
            (Self::Url(address), _) => Ok(Started { url: address.url.clone() }),
            (_, Subject::Spawned(spawned)) => {
                let url = spawned.start().await.map_err(|error| error.to_string())?;
                Ok(Started { url })
            }
            #[cfg(feature = "embedded")]
            (_, subject) => start_embedded(subject).await,
            #[cfg(not(feature = "embedded"))]
            (_, _) => Err("there is no server: give a URL, or a command behind --".into()),
        }
    }
}

#[cfg(feature = "embedded")]
async fn start_embedded(subject: &mut Subject) -> Result<Started, String> {
    use std::sync::{Mutex, PoisonError};
    use std::time::Duration;

    use crate::subject::{Ending, SHORT_AUTH_TIMEOUT_MS, SHORT_HEARTBEAT_TIMEOUT_MS};

    /// Long enough for all that is said in a case about draining.
    const DRAIN: Duration = Duration::from_millis(500);

    let mut config = roomwire_server::Config::on_free_port();
    config.limits.heartbeat_timeout_ms = SHORT_HEARTBEAT_TIMEOUT_MS;
    config.limits.auth_timeout_ms = SHORT_AUTH_TIMEOUT_MS;
    config.drain = DRAIN;
    let failed = |why: &dyn std::fmt::Display| format!("the reference server did not start: {why}");
    let server = roomwire_server::Server::bind(config).await.map_err(|error| failed(&error))?;
    let url = server.url().parse().map_err(|error| failed(&error))?;
    // It runs for as long as the subject is kept, or until it is told to end.
    let server = Mutex::new(Some(server));
    *subject = Subject::Kept(Ending::new(move || {
        if let Some(server) = server.lock().unwrap_or_else(PoisonError::into_inner).take() {
            tokio::spawn(server.shutdown());
        }
    }));
    Ok(Started { url })
}

/// Reads a URL.
pub(super) fn parse_url(text: &str) -> Result<Address, String> {
    const EXAMPLE: &str = "expected a URL like ws://127.0.0.1:8017";
    let Some((scheme, rest)) = text.split_once("://") else {
        let may_be_a_host = text.contains(':') && !text.contains(char::is_whitespace);
        return Err(if may_be_a_host {
            format!("{EXAMPLE}; did you mean ws://{text}?")
        } else {
            format!(
                "{EXAMPLE}; a command that starts a server stands behind --, as in `roomwire run -- {text}`"
            )
        });
    };
    match scheme.to_ascii_lowercase().as_str() {
        "ws" | "wss" => {}
        "http" | "https" => return Err(format!("{EXAMPLE}; did you mean ws://{rest}?")),
        _ => return Err(EXAMPLE.into()),
    }
    if rest.contains('#') {
        return Err("the URL of a WebSocket has no fragment, that is no # and what comes behind it".into());
    }
    let scheme = scheme.to_ascii_lowercase();
    let url: Uri = format!("{scheme}://{rest}").parse().map_err(|error| format!("{error}; {EXAMPLE}"))?;
    let authority = url.authority().map_or("", |authority| authority.as_str());
    if authority.contains('@') {
        return Err("the URL holds a user's name; give what the server asks for by --header, as in \
                    --header 'Authorization: …'"
            .into());
    }
    if url.host().is_none_or(str::is_empty) {
        return Err(format!("the URL has no host; {EXAMPLE}"));
    }
    // The host of an IPv6 address is in brackets, and has colons of its own.
    let port = authority.rsplit(']').next().and_then(|end| end.split_once(':')).map(|(_, port)| port);
    if port.is_some_and(|port| port.parse::<u16>().is_ok_and(|port| port > 0).eq(&false)) {
        return Err(format!("the port is not a number from 1 to 65535; {EXAMPLE}"));
    }
    Ok(Address { words: text.to_owned(), url })
}

/// Reads `Name: value`. No message quotes the value, which may be a secret.
pub(super) fn parse_header(text: &str) -> Result<(HeaderName, HeaderValue), String> {
    const EXAMPLE: &str = "expected 'Name: value', as in 'Origin: https://example.com'";
    let (name, value) = text.split_once(':').ok_or(EXAMPLE)?;
    let name: HeaderName = name.trim().parse().map_err(|_| format!("the name is not one; {EXAMPLE}"))?;
    if OWN_HEADERS.contains(&name.as_str()) || name.as_str().starts_with(OWN_HEADERS_BEGIN) {
        return Err(format!("{name} is set by roomwire itself, since cases depend on it"));
    }
    let mut value: HeaderValue =
        value.trim().parse().map_err(|_| format!("the value of {name} is not one of a header; {EXAMPLE}"))?;
    value.set_sensitive(true);
    Ok((name, value))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn good_urls_are_taken_as_they_are() {
        for (text, address) in [
            ("ws://127.0.0.1:8017", "127.0.0.1:8017"),
            ("WS://example.com/chat?room=1", "example.com"),
            ("ws://[::1]:8017/", "[::1]:8017"),
            ("ws://localhost", "localhost"),
            ("wss://example.com:8443/chat", "example.com:8443"),
        ] {
            let parsed = parse_url(text).unwrap();
            assert_eq!(parsed.words, text);
            assert_eq!(parsed.url.authority().unwrap().as_str(), address);
        }
    }

    #[test]
    fn a_url_that_cannot_be_judged_says_what_is_wrong_with_it() {
        for (text, why) in [
            ("localhost:8017", "did you mean ws://localhost:8017?"),
            ("node", "`roomwire run -- node`"),
            ("", "expected a URL"),
            ("http://127.0.0.1:8017/x", "did you mean ws://127.0.0.1:8017/x?"),
            ("ftp://example.com", "expected a URL"),
            ("ws://", "expected a URL"),
            ("ws://:8017", "expected a URL"),
            ("ws://host:99999", "1 to 65535"),
            ("ws://host:0", "1 to 65535"),
            ("ws://host:", "1 to 65535"),
            ("ws://[::1]:99999/", "1 to 65535"),
            ("ws://ann:secret@host", "--header"),
            ("ws://host/a b", "expected a URL"),
            ("ws://host/#x", "fragment"),
        ] {
            let message = parse_url(text).unwrap_err();
            assert!(message.contains(why), "{text}: {message}");
            assert!(!message.contains("secret"), "{message}");
        }
    }

    #[test]
    fn a_header_is_taken_where_no_case_depends_on_it() {
        let (name, value) = parse_header("Authorization:  Bearer hunter2 ").unwrap();
        assert_eq!((name.as_str(), value.to_str().unwrap()), ("authorization", "Bearer hunter2"));
        assert!(!format!("{value:?}").contains("hunter2"));
        for text in
            ["hunter2", "a b: hunter2", "Host: hunter2", "Sec-WebSocket-Key: hunter2", "X: hunter2\nY: z"]
        {
            let message = parse_header(text).unwrap_err();
            assert!(!message.contains("hunter2"), "{message}");
        }
    }
}
