//! The program `roomwire-server`: see `--help`.

use std::process::ExitCode;

use clap::Parser;
use mimalloc::MiMalloc;
use roomwire_server::Args;

/// Each chat is some pieces of memory that are let go much later, in part by another thread. The system's own allocator
/// takes five to ten hundredths more time for that.
#[global_allocator]
static ALLOCATOR: MiMalloc = MiMalloc;

/// Chat rooms over WebSocket: the reference server of the Roomwire protocol.
///
/// Without --tokens or --jwt-key it takes any token and reads its text as the user's name. That is for development, so it
/// then listens on the loopback interface alone, unless it is told otherwise. Once it is ready, it prints one line with
/// its URL to stdout. SIGTERM ends it in order, SIGHUP makes it read its files again.
#[derive(Parser)]
#[command(version)]
struct Cli {
    #[command(flatten)]
    args: Args,
}

fn main() -> ExitCode {
    roomwire_server::run(&Cli::parse().args)
}
