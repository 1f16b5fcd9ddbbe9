//! The program `roomwire`: see `--help`.

use std::process::ExitCode;

fn main() -> ExitCode {
    roomwire_conformance::cli::main(std::env::args_os())
}
