//! The command line: what can be asked of the program, and its answer as an exit code.
//!
//! It knows how a run is called and what its outcome is worth to a shell; what a run does is
//! [`run`](crate::run)'s affair, and what it says is [`report`](crate::report)'s.

use std::ffi::OsString;
use std::io::{self, Write};
use std::panic::AssertUnwindSafe;
use std::process::ExitCode;
use std::sync::atomic::{AtomicBool, Ordering};

use clap::{CommandFactory, Parser, Subcommand};

use crate::exit_code::Exit;

mod bench;
mod explain;
mod interrupt;
mod invocation;
mod list;
mod nearest;
mod replay;
mod report;
mod run;
mod schema;
mod story;
mod subject;
mod tokens;
mod trust;
mod validate;

const EXIT_CODES: &str = "\
Exit codes:
  0  the subject conforms
  1  it does not: a MUST is broken (with --strict: or a SHOULD)
  2  the command line cannot be meant like that: a bad flag, a pattern that matches nothing
  3  incomplete: nothing failed, but a MUST could not be judged, or the run was interrupted
  4  the subject could not be reached, or went away and did not come back
  5  roomwire itself failed, or could not write a report
Where several hold, the first of 2, 5, 4, 1, 3, 0 is told.";

const EXAMPLES: &str = "\
Examples:
  roomwire run ws://127.0.0.1:8017
      Judges a server that is running.
  roomwire run -- node server.js --port {port}
      Starts a server, judges it, and stops it again.
  roomwire run --case 'rooms/*' --report json=report.ndjson ws://127.0.0.1:8017
      Runs some of the cases, and writes all that happened as NDJSON.
  roomwire explain ROOM-3
      Shows a sentence of the spec, and the cases that put it to the test.
";

/// Says what a chat-room server gets wrong, and by which sentence of the spec.
///
/// Roomwire is a wire for chat rooms: JSON over WebSocket. This program plays the clients: it opens connections, joins
/// rooms, talks, misbehaves, and judges what comes back by the sentences of docs/spec. It needs nothing of a server but
/// its URL.
#[derive(Parser)]
#[command(name = "roomwire", version, after_long_help = format!("{EXAMPLES}\n{EXIT_CODES}"))]
#[command(after_help = "`roomwire help run` says more, with examples and the exit codes.")]
struct Cli {
    #[command(subcommand)]
    command: Command,
}

#[derive(Subcommand)]
enum Command {
    /// Judge a server by the cases of the catalog
    ///
    /// Plays clients against the server, and says what it gets wrong and by which sentence of the spec. A case is a few
    /// clients that connect, join rooms of their own, talk or misbehave; cases run side by side, in any order, and as
    /// often as one likes, also on a server that others use meanwhile.
    ///
    /// The report for people goes to stdout when the run is over, progress to stderr. Ctrl-C ends the run with what is
    /// known so far, a second one at once.
    #[command(after_long_help = format!("{}\n{EXIT_CODES}", run::EXAMPLES))]
    #[command(after_help = "--help says more, with examples and the exit codes.")]
    Run(Box<run::RunArgs>),
    /// List the cases, or the requirements and the cases that cite them
    ///
    /// A line each, under the chapter of the spec that it is about: id, level, profile, requirements and title of a
    /// case; or id, level and profile of a requirement and the cases that cite it, or why there is none.
    List(list::ListArgs),
    /// Explain a case step by step, or quote a requirement
    ///
    /// A case is told as what its clients do and what must come of it; a requirement as the sentence of the spec, where
    /// it stands, and which cases put it to the test.
    Explain(explain::ExplainArgs),
    /// Play a saved program again, or judge again what was recorded with it
    ///
    /// Where a generated program fails, a run makes it smaller and saves it, with all that was done and seen. This plays
    /// it again, with fresh names, until it fails; or with --offline judges what was recorded, without a server.
    #[command(after_help = format!("{}\n{EXIT_CODES}", replay::EXAMPLES))]
    Replay(Box<replay::ReplayArgs>),
    /// Check captured frames by the schemas, one a line
    ///
    /// Each line is a frame as it went over the wire, or a JSON object that says whose it is:
    /// `{"direction":"server","frame":"…"}`. Every layer is checked (the envelope, what its payLoad or data holds, the
    /// chatInfo, the content of a question or an answer), and what is wrong is told with its line, its place and the
    /// requirement.
    #[command(after_help = validate::EXIT_CODES)]
    Validate(validate::ValidateArgs),
    /// Print a JSON Schema, or list them all
    Schema(schema::SchemaArgs),
    /// Measure a server a little: joins, deliveries to a room, how long they take
    ///
    /// One room, one speaker: first one chat at a time, then up to --window of them. Every delivery is verified. It is bounded,
    /// and for a server on this machine unless --remote is given. Compare what it says with what it said before, on the same
    /// machine, and with nothing else.
    #[command(after_help = bench::EXIT_CODES)]
    Bench(Box<bench::BenchArgs>),
    /// Make other reports of an NDJSON report: render it, compare runs, put servers side by side
    #[command(subcommand)]
    Report(report::ReportCommand),
    /// Run the reference server
    ///
    /// The flags are those of `roomwire-server`. It ends with exit code 0 when it was told to stop, with 2 where the
    /// flags cannot be served, and with 1 for anything else.
    #[cfg(feature = "embedded")]
    Serve(Box<roomwire_server::Args>),
    /// Print a script that completes this command line in a shell
    Completions {
        /// The shell
        shell: clap_complete::Shell,
    },
}

/// Why nothing can be run: a flag that cannot be meant like that.
#[derive(Debug)]
struct Usage(String);

impl Usage {
    fn new(message: impl Into<String>) -> Self {
        Self(message.into())
    }
}

/// Whether anything has panicked in this process, wherever it was.
static PANICKED: AtomicBool = AtomicBool::new(false);

/// The whole program: reads the command line, does what it says, and gives the exit code.
///
/// Must not be called from within a tokio runtime, for it brings its own.
#[must_use]
pub fn main(words: impl IntoIterator<Item = OsString>) -> ExitCode {
    let hook = std::panic::take_hook();
    std::panic::set_hook(Box::new(move |panic| {
        PANICKED.store(true, Ordering::Relaxed);
        hook(panic);
    }));
    let words: Vec<OsString> = words.into_iter().collect();
    // What a panic leaves behind is only used to say so.
    let done = std::panic::catch_unwind(AssertUnwindSafe(|| dispatch(words)));
    if !PANICKED.load(Ordering::Relaxed) {
        return done.unwrap_or_else(|_| Exit::Internal.into());
    }
    complain(
        "roomwire itself has failed, which is a bug. Please report it with the lines above and the command line; \
         what the reports say of the cases that ended before still holds",
    );
    Exit::Internal.into()
}

fn dispatch(words: Vec<OsString>) -> ExitCode {
    // A variable that was meant to hold the command and is empty would have another server judged than is meant.
    let ends_open = words.last().is_some_and(|word| word == "--");
    let cli = match Cli::try_parse_from(words) {
        Ok(cli) => cli,
        Err(error) => {
            // Where nobody reads it, there is nobody to tell.
            let _ = error.print();
            return ExitCode::from(u8::try_from(error.exit_code()).unwrap_or(Exit::Usage.code()));
        }
    };
    let done = match cli.command {
        Command::Run(_) if ends_open => {
            Err(Usage::new("there is no command behind --, as in `roomwire run -- node server.js`"))
        }
        Command::Run(args) => run::run(&args),
        Command::Replay(_) if ends_open => {
            Err(Usage::new("there is no command behind --, as in `roomwire replay FILE -- node server.js`"))
        }
        Command::Replay(args) => replay::replay(&args),
        Command::List(args) => Ok(print(&list::list(&args))),
        Command::Explain(args) => explain::explain(&args).map(|text| print(&text)),
        Command::Validate(args) => validate::validate(&args),
        Command::Bench(args) => bench::bench(&args),
        Command::Report(command) => report::report(&command),
        Command::Schema(args) => schema::schema(&args).map(|text| print(&text)),
        #[cfg(feature = "embedded")]
        Command::Serve(args) => return roomwire_server::run(&args),
        Command::Completions { shell } => {
            let mut script = Vec::new();
            clap_complete::generate(shell, &mut Cli::command(), "roomwire", &mut script);
            Ok(print(&String::from_utf8_lossy(&script)))
        }
    };
    let exit = done.unwrap_or_else(|Usage(message)| {
        complain(&format!("{message}\n\nFor more information, try '--help'."));
        Exit::Usage
    });
    exit.into()
}

/// Writes an answer to stdout. A reader that has gone, as `head` does, has what it wanted.
fn print(text: &str) -> Exit {
    let mut out = anstream::stdout();
    let written = out.write_all(text.as_bytes()).and_then(|()| out.flush());
    match written {
        Err(error) if error.kind() != io::ErrorKind::BrokenPipe => {
            complain(&format!("cannot write to stdout: {error}"));
            Exit::Internal
        }
        _ => Exit::Conforms,
    }
}

/// Tells of something that went wrong, on stderr. Where that is closed, there is nobody to tell.
fn complain(message: &str) {
    let _ = writeln!(io::stderr(), "error: {message}");
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_command_line_is_well_formed() {
        Cli::command().debug_assert();
    }
}
