//! The program `roomwire-server`: see `--help`.

use std::process::ExitCode;

use clap::Parser;
use roomwire_server::Args;

/// Chat rooms over WebSocket: the reference server of the Roomwire protocol.
///
/// It takes any token and reads its text as the user's name. That is for development, so it listens on the loopback
/// interface alone, unless it is told otherwise. Once it is ready, it prints one line with its URL to stdout.
#[derive(Parser)]
#[command(version)]
struct Cli {
    #[command(flatten)]
    args: Args,
}

fn main() -> ExitCode {
    roomwire_server::run(&Cli::parse().args)
}
