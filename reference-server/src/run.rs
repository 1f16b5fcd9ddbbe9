//! The program around the server: runtime, signals, log, and all that is printed.

use std::io::{self, IsTerminal, Write};
use std::num::NonZero;
use std::process::ExitCode;

use tokio::runtime::Runtime;
use tracing_subscriber::EnvFilter;

use crate::args::Args;
use crate::config::Config;
use crate::crew::{self, Crew};
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
    let filter = args.log.parse::<EnvFilter>().map_err(|error| Failure::usage(format!("--log: {error}")))?;
    let subscriber = tracing_subscriber::fmt()
        .with_env_filter(filter)
        .with_writer(io::stderr)
        .with_ansi(io::stderr().is_terminal())
        .finish();
    // Set directly, and not by `init`, which would also take in the `log` records of the WebSocket library: at trace
    // level those quote frames, and with them tokens. Where the program has a subscriber already, that one stays.
    let _ = tracing::subscriber::set_global_default(subscriber);
    // Each connection is a file. Where the system allows no more than it does, some will be refused, and that is logged.
    let _ = rlimit::increase_nofile_limit(u64::MAX);
    let runtime = crew::runtime().map_err(|error| Failure::other(format!("cannot start: {error}")))?;
    Ok((config, runtime))
}

/// On how many threads connections are served.
fn threads(args: &Args) -> usize {
    match args.threads {
        0 => std::thread::available_parallelism().map_or(1, NonZero::get),
        some => some,
    }
}

async fn serve(config: Config, threads: usize) -> Result<(), Failure> {
    let listen = config.listen;
    let mut signals =
        Signals::new().map_err(|error| Failure::other(format!("cannot watch signals: {error}")))?;
    // One thread needs nobody beside it; of several, this one just lets connections in.
    let crew = if threads == 1 { Ok(Crew::here()) } else { Crew::of(threads) };
    let crew = crew.map_err(|error| Failure::other(format!("cannot start {threads} threads: {error}")))?;
    let server = Server::bind_with(config, crew).await.map_err(|error| match error.kind() {
        io::ErrorKind::InvalidInput => Failure::usage(error.to_string()),
        io::ErrorKind::AddrInUse => Failure::other(format!(
            "{listen} is in use: another program listens there. Stop it, or choose another with --listen; \
             port 0 takes a free one"
        )),
        _ => Failure::other(format!("cannot listen on {listen}: {error}")),
    })?;
    // Where stdout is closed, nobody waits for the line.
    let _ = writeln!(io::stdout(), "roomwire-server listening on {}", server.url());
    let _ = io::stdout().flush();
    signals.next().await;
    tokio::select! {
        () = server.shutdown() => {}
        () = signals.next() => tracing::warn!("told to stop a second time: ending at once"),
    }
    Ok(())
}

#[cfg(unix)]
struct Signals {
    interrupt: tokio::signal::unix::Signal,
    terminate: tokio::signal::unix::Signal,
}

#[cfg(unix)]
impl Signals {
    fn new() -> io::Result<Self> {
        use tokio::signal::unix::{SignalKind, signal};
        Ok(Self { interrupt: signal(SignalKind::interrupt())?, terminate: signal(SignalKind::terminate())? })
    }

    async fn next(&mut self) {
        tokio::select! {
            _ = self.interrupt.recv() => {}
            _ = self.terminate.recv() => {}
        }
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

    async fn next(&mut self) {
        // Where Ctrl-C cannot be watched, the process just ends by it.
        if tokio::signal::ctrl_c().await.is_err() {
            std::future::pending().await
        }
    }
}
