//! Writes every generated file of the repository: `cargo run -p roomwire-schemas`. Prints frames by the thousand for
//! whoever compares readers: `cargo run -p roomwire-schemas -- frames --count 20000 --seed 1`.

use std::io::{self, BufWriter, Write as _};
use std::path::Path;
use std::process::ExitCode;

use clap::{Parser, Subcommand};
use roomwire_schemas::generate;

/// Writes every generated file of the repository
#[derive(Parser)]
#[command(name = "roomwire-schemas", version)]
struct Cli {
    #[command(subcommand)]
    command: Option<Command>,
}

#[derive(Subcommand)]
enum Command {
    /// Print frames, valid ones and mutated ones in turn, each as a line of JSON with the decoder's verdict
    Frames {
        /// How many
        #[arg(long, default_value_t = 20_000)]
        count: usize,
        /// Another number gives other frames; the same one the same
        #[arg(long, default_value_t = 1)]
        seed: u64,
    },
}

fn main() -> ExitCode {
    let done = match Cli::parse().command {
        None => write(),
        Some(Command::Frames { count, seed }) => print(count, seed),
    };
    match done {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            #[expect(clippy::print_stderr, reason = "this is the program's one message")]
            {
                eprintln!("roomwire-schemas: {error}");
            }
            ExitCode::FAILURE
        }
    }
}

fn write() -> Result<(), String> {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("..");
    let outputs = generate::outputs(&root).map_err(|error| error.to_string())?;
    outputs.iter().try_for_each(|output| {
        let path = root.join(&output.path);
        if let Some(folder) = path.parent() {
            std::fs::create_dir_all(folder).map_err(|e| format!("cannot make {}: {e}", folder.display()))?;
        }
        std::fs::write(&path, &output.content).map_err(|e| format!("cannot write {}: {e}", path.display()))
    })
}

fn print(count: usize, seed: u64) -> Result<(), String> {
    let mut out = BufWriter::new(io::stdout().lock());
    let printed = generate::frames::frames(seed)
        .take(count)
        .try_for_each(|frame| writeln!(out, "{}", frame.line()))
        .and_then(|()| out.flush());
    match printed {
        // A reader that has gone, as `head` does, has what it wanted.
        Err(error) if error.kind() != io::ErrorKind::BrokenPipe => {
            Err(format!("cannot write to stdout: {error}"))
        }
        _ => Ok(()),
    }
}
