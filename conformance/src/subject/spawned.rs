//! A server that the runner starts: given a port, waited for, its output kept, ended when the run is over.

use std::collections::VecDeque;
use std::hash::{BuildHasher, RandomState};
use std::io;
use std::net::{Ipv4Addr, TcpListener};
use std::ops::Range;
use std::process::Stdio;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Duration, Instant};

use futures_util::future::join_all;
use nix::sys::signal::{Signal, killpg};
use nix::unistd::Pid;
use tokio::io::{AsyncBufReadExt, AsyncRead, BufReader};
use tokio::net::TcpStream;
use tokio::process::{Child, Command};
use tokio::task::JoinHandle;
use tokio_tungstenite::tungstenite::http::Uri;

use super::{Ending, LOOK_AGAIN, SHORT_AUTH_TIMEOUT_MS, SHORT_HEARTBEAT_TIMEOUT_MS};
use crate::client::Target;
use crate::clock;

/// How many of the last lines of output are kept, and how long each may be.
const KEPT_LINES: usize = 200;
const KEPT_LINE_BYTES: usize = 2000;
/// How long a server has to end by itself when it is told to.
const STOP_PATIENCE: Duration = Duration::from_secs(5);
/// How long the output of a server that has ended is waited for.
const LAST_WORDS: Duration = Duration::from_millis(500);
/// How often a server that dies is started again in one run.
const MOST_RESTARTS: usize = 20;

/// Ports that systems neither reserve nor hand out to those who ask for any: Linux begins with 32768, others later.
const NOT_HANDED_OUT: Range<u16> = 15_000..32_000;
/// How many of them are tried.
const PORTS_TRIED: u32 = 100;

/// A server that was started for the run.
#[derive(Debug)]
pub struct Spawned {
    command: Vec<String>,
    start_timeout: Duration,
    child: Option<Child>,
    starts: usize,
    output: Arc<Mutex<VecDeque<String>>>,
    /// What reads its output; each ends with the stream that it reads.
    readers: Vec<JoinHandle<()>>,
}

/// Why a server did not start.
#[derive(Debug, thiserror::Error)]
pub enum StartError {
    /// The command could not be run.
    #[error("cannot run {command:?}: {error}")]
    NotRun {
        /// The program.
        command: String,
        /// Why not.
        error: io::Error,
    },
    /// It ended before it listened.
    #[error("the command ended ({0}) before it listened on its port")]
    Ended(String),
    /// It did not listen in time.
    #[error(
        "the command did not listen on 127.0.0.1:{port} within {seconds} s; does it take the port from {{port}} \
         or from PORT?"
    )]
    Silent {
        /// The port that it was given.
        port: u16,
        /// The time that it had.
        seconds: u64,
    },
    /// It died too often.
    #[error("the command died {0} times, and is not started again")]
    TooOften(usize),
}

impl Spawned {
    /// A server by the command that starts it; `{port}` in an argument stands for the port.
    #[must_use]
    pub fn new(command: Vec<String>, start_timeout: Duration) -> Self {
        Self { command, start_timeout, child: None, starts: 0, output: Arc::default(), readers: Vec::new() }
    }

    /// Starts it on a free port and waits until it listens.
    ///
    /// # Errors
    /// [`StartError`]
    pub async fn start(&mut self) -> Result<Uri, StartError> {
        self.stop().await;
        self.readers.clear();
        if self.starts > MOST_RESTARTS {
            return Err(StartError::TooOften(self.starts));
        }
        self.starts += 1;
        let program = self.command.first().cloned().unwrap_or_default();
        let not_run = |error| StartError::NotRun { command: program.clone(), error };
        let port = free_port().map_err(not_run)?;
        let arguments =
            self.command[1..].iter().map(|argument| argument.replace("{port}", &port.to_string()));
        let child = Command::new(&program)
            .args(arguments)
            .env("PORT", port.to_string())
            .env("ROOMWIRE_HEARTBEAT_TIMEOUT_MS", SHORT_HEARTBEAT_TIMEOUT_MS.to_string())
            .env("ROOMWIRE_AUTH_TIMEOUT_MS", SHORT_AUTH_TIMEOUT_MS.to_string())
            .stdin(Stdio::null())
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .process_group(0)
            .kill_on_drop(true)
            .spawn()
            .map_err(not_run)?;
        // Kept from here on, so that it is ended also where nobody waits any more for it to be up.
        let child = self.child.insert(child);
        if let Some(stdout) = child.stdout.take() {
            self.readers.push(tokio::spawn(keep_lines(stdout, Arc::clone(&self.output))));
        }
        if let Some(stderr) = child.stderr.take() {
            self.readers.push(tokio::spawn(keep_lines(stderr, Arc::clone(&self.output))));
        }
        let url =
            Uri::builder().scheme("ws").authority(format!("127.0.0.1:{port}")).path_and_query("/").build();
        let url = url.map_err(|error| not_run(io::Error::other(error)))?;
        let ended = || child.try_wait().ok().flatten().map(|status| status.to_string());
        let up = wait_until_up(&Target::new(url.clone()), self.start_timeout, ended).await;
        match up {
            Ok(()) => Ok(url),
            Err(NotUp::Ended(status)) => {
                // Its last words may still be under way; what it has started itself may hold the stream open.
                let _ = clock::within(LAST_WORDS, join_all(self.readers.drain(..))).await;
                Err(StartError::Ended(status))
            }
            Err(NotUp::Refused(_)) => Err(StartError::Silent { port, seconds: self.start_timeout.as_secs() }),
        }
    }

    /// Whether it has ended without being told to, and how.
    pub fn death(&mut self) -> Option<String> {
        let status = self.child.as_mut()?.try_wait().ok()??;
        Some(format!("the server process ended ({status})"))
    }

    /// The same for one that takes no connections any more: it is waited for, as long as one that was told to end.
    pub(super) async fn await_death(&mut self) -> Option<String> {
        let child = self.child.as_mut()?;
        // Where it does not end, it is gone all the same, only not dead.
        let _ = clock::within(STOP_PATIENCE, child.wait()).await;
        self.death()
    }

    /// The last lines that it printed.
    #[must_use]
    pub fn output(&self) -> Vec<String> {
        self.output.lock().unwrap_or_else(PoisonError::into_inner).iter().cloned().collect()
    }

    /// How it is told to end, while it runs: by SIGTERM to it and all that it started.
    #[must_use]
    pub fn ending(&self) -> Option<Ending> {
        let group = group(self.child.as_ref()?)?;
        Some(Ending::new(move || {
            // An error means that the group is gone already.
            let _ = killpg(group, Signal::SIGTERM);
        }))
    }

    /// Ends it: by SIGTERM to it and all that it started, and by SIGKILL where that was not enough.
    pub async fn stop(&mut self) {
        // It stays in its place until it has ended, so that it is killed where nobody waits for that any more.
        let Some(child) = &mut self.child else { return };
        let group = group(child);
        if let Some(group) = group {
            // An error means that the group is gone already.
            let _ = killpg(group, Signal::SIGTERM);
        }
        if clock::within(STOP_PATIENCE, child.wait()).await.is_err() {
            if let Some(group) = group {
                let _ = killpg(group, Signal::SIGKILL);
            }
            let _ = clock::within(STOP_PATIENCE, child.wait()).await;
        }
        self.child = None;
    }
}

impl Drop for Spawned {
    /// The process itself is ended by its handle; this is for all that it has started.
    fn drop(&mut self) {
        if let Some(group) = self.child.as_ref().and_then(group) {
            let _ = killpg(group, Signal::SIGKILL);
        }
    }
}

/// The process group that a server leads for as long as it has not been waited for.
fn group(child: &Child) -> Option<Pid> {
    child.id().and_then(|id| i32::try_from(id).ok()).map(Pid::from_raw)
}

/// Why a server is not up.
#[derive(Debug, thiserror::Error)]
pub(super) enum NotUp {
    /// Its process has ended.
    #[error("the process ended ({0})")]
    Ended(String),
    /// It took no connection in time.
    #[error("{0}")]
    Refused(String),
}

/// Waits until something takes connections.
pub(super) async fn wait_until_up(
    target: &Target,
    limit: Duration,
    mut ended: impl FnMut() -> Option<String>,
) -> Result<(), NotUp> {
    let deadline = Instant::now() + limit;
    loop {
        let connect = async { TcpStream::connect(target.address().await?).await };
        let error = match clock::within(limit, connect).await {
            Ok(Ok(_)) => return Ok(()),
            Ok(Err(error)) => error.to_string(),
            Err(elapsed) => elapsed.to_string(),
        };
        if let Some(status) = ended() {
            return Err(NotUp::Ended(status));
        }
        if Instant::now() >= deadline {
            let waited = limit.as_secs();
            return Err(NotUp::Refused(format!(
                "no connection to {} within {waited} s: {error}",
                target.url
            )));
        }
        clock::back_off(LOOK_AGAIN).await;
    }
}

/// A port that nothing listens on. Between this look at it and the server's own, a port that the system hands
/// out of itself could go to anybody, and then a stranger would be judged; so it is one that it does not hand out.
fn free_port() -> io::Result<u16> {
    let chance = RandomState::new();
    let mut candidates = (0..PORTS_TRIED).map(|attempt| {
        let offset = chance.hash_one(attempt) % u64::from(NOT_HANDED_OUT.end - NOT_HANDED_OUT.start);
        NOT_HANDED_OUT.start + u16::try_from(offset).unwrap_or_default()
    });
    let is_free = |port: &u16| TcpListener::bind((Ipv4Addr::LOCALHOST, *port)).is_ok();
    match candidates.find(is_free) {
        Some(port) => Ok(port),
        None => Ok(TcpListener::bind((Ipv4Addr::LOCALHOST, 0))?.local_addr()?.port()),
    }
}

async fn keep_lines(stream: impl AsyncRead + Unpin, kept: Arc<Mutex<VecDeque<String>>>) {
    let mut reader = BufReader::new(stream);
    let mut line = Vec::new();
    loop {
        line.clear();
        // A line without end is kept in pieces, so that it cannot grow without bound.
        let mut limited = tokio::io::AsyncReadExt::take(&mut reader, KEPT_LINE_BYTES as u64);
        match limited.read_until(b'\n', &mut line).await {
            Ok(0) | Err(_) => return,
            Ok(_) => {
                let text = String::from_utf8_lossy(&line).trim_end().to_owned();
                let mut kept = kept.lock().unwrap_or_else(PoisonError::into_inner);
                if kept.len() == KEPT_LINES {
                    kept.pop_front();
                }
                kept.push_back(text);
            }
        }
    }
}
