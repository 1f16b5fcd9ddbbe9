//! Integration tests of the runner.

mod cli;
mod report;
