//! The program around the server: runtime, signals, log, and all that is printed.

use std::io::{self, IsTerminal, Write};
use std::num::NonZero;
use std::process::ExitCode;

use tokio::runtime::Runtime;
use tracing_subscriber::EnvFilter;

use crate::args::{Args, LogFormat};
use crate::config::Config;
use crate::crew::{self, Crew};
use crate::descriptors;
use crate::server::Server;

/// The flags cannot be meant like that: as `clap` has it.
const USAGE: u8 = 2;

/// Runs a server until it is told to stop: by SIGINT or SIGTERM in order, by a second one at once.
///
/// Prints one line with the server's URL to stdout once it is ready, and what goes wrong to stderr. The exit code is 0
/// after an end in order, 2 where the flags cannot be served, and 1 for anything else. Must not be called from within
/// a tokio runtime, for it brings its own.
#[must_use]
pub fn run(args: &Args) -> ExitCode {
    match prepare(args).and_then(|(config, runtime)| runtime.block_on(serve(config, threads(args)))) {
        Ok(()) => ExitCode::SUCCESS,
        Err(Failure { code, message }) => {
            // Where stderr is closed, there is nobody to tell.
            let _ = writeln!(io::stderr(), "error: {message}");
            ExitCode::from(code)
        }
    }
}

struct Failure {
    code: u8,
    message: String,
}

impl Failure {
    fn usage(message: impl Into<String>) -> Self {
        Self { code: USAGE, message: message.into() }
    }

    fn other(message: impl Into<String>) -> Self {
        Self { code: 1, message: message.into() }
    }
}

fn prepare(args: &Args) -> Result<(Config, Runtime), Failure> {
    let config = Config::try_from(args).map_err(|error| Failure::usage(error.to_string()))?;
    let filter =
        args.flags.log.parse::<EnvFilter>().map_err(|error| Failure::usage(format!("--log: {error}")))?;
    let subscriber = tracing_subscriber::fmt().with_env_filter(filter).with_writer(io::stderr);
    // Set directly, and not by `init`, which would also take in the `log` records of the WebSocket library: at trace
    // level those quote frames, and with them tokens. Where the program has a subscriber already, that one stays.
    let _ = match args.flags.log_format {
        LogFormat::Text => {
            let ansi = io::stderr().is_terminal();
            tracing::subscriber::set_global_default(subscriber.with_ansi(ansi).finish())
        }
        LogFormat::Json => {
            let subscriber =
                subscriber.json().flatten_event(true).with_current_span(false).with_span_list(false);
            tracing::subscriber::set_global_default(subscriber.finish())
        }
    };
    // Each connection is a file. Where the system allows no more than it does, some will be refused, and that is logged.
    let _ = descriptors::make_room(config.max_connections);
    let runtime = crew::runtime().map_err(|error| Failure::other(format!("cannot start: {error}")))?;
    Ok((config, runtime))
}

/// On how many threads connections are served.
fn threads(args: &Args) -> usize {
    match args.flags.threads {
        0 => std::thread::available_parallelism().map_or(1, NonZero::get),
        some => some,
    }
}

async fn serve(config: Config, threads: usize) -> Result<(), Failure> {
    let mut signals =
        Signals::new().map_err(|error| Failure::other(format!("cannot watch signals: {error}")))?;
    // One thread needs nobody beside it; of several, this one just lets connections in.
    let crew = if threads == 1 { Ok(Crew::here()) } else { Crew::of(threads) };
    let crew = crew.map_err(|error| Failure::other(format!("cannot start {threads} threads: {error}")))?;
    let server = Server::bind_with(config, crew).await.map_err(|error| match error.kind() {
        io::ErrorKind::InvalidInput => Failure::usage(error.to_string()),
        _ => Failure::other(error.to_string()),
    })?;
    // Where stdout is closed, nobody waits for the line.
    let _ = writeln!(io::stdout(), "roomwire-server listening on {}", server.url());
    if let Some(address) = server.admin_addr() {
        let _ = writeln!(io::stdout(), "roomwire-server listening for the operator on http://{address}");
    }
    let _ = io::stdout().flush();
    while signals.next().await == Told::Reload {
        reload(&server);
    }
    tokio::select! {
        () = server.shutdown() => {}
        () = signals.stop() => tracing::warn!("told to stop a second time: ending at once"),
    }
    Ok(())
}

/// What a signal says.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Told {
    Stop,
    Reload,
}

fn reload(server: &Server) {
    match server.reload() {
        Ok(()) => tracing::info!("read tokens, keys and certificate again"),
        Err(errors) => {
            for error in errors {
                tracing::error!(%error, "not read again: what was read before stays in use");
            }
        }
    }
}

#[cfg(unix)]
struct Signals {
    interrupt: tokio::signal::unix::Signal,
    terminate: tokio::signal::unix::Signal,
    hangup: tokio::signal::unix::Signal,
}

#[cfg(unix)]
impl Signals {
    fn new() -> io::Result<Self> {
        use tokio::signal::unix::{SignalKind, signal};
        Ok(Self {
            interrupt: signal(SignalKind::interrupt())?,
            terminate: signal(SignalKind::terminate())?,
            hangup: signal(SignalKind::hangup())?,
        })
    }

    async fn next(&mut self) -> Told {
        tokio::select! {
            _ = self.interrupt.recv() => Told::Stop,
            _ = self.terminate.recv() => Told::Stop,
            _ = self.hangup.recv() => Told::Reload,
        }
    }
}

impl Signals {
    /// Waits until told to stop. While the server ends, there is nothing to read again.
    async fn stop(&mut self) {
        while self.next().await != Told::Stop {}
    }
}

#[cfg(not(unix))]
struct Signals;

#[cfg(not(unix))]
impl Signals {
    #[allow(clippy::unnecessary_wraps, reason = "the same as where there is something to set up")]
    fn new() -> io::Result<Self> {
        Ok(Self)
    }

    async fn next(&mut self) -> Told {
        // Where Ctrl-C cannot be watched, the process just ends by it.
        match tokio::signal::ctrl_c().await {
            Ok(()) => Told::Stop,
            Err(_) => std::future::pending().await,
        }
    }
}
