//! Integration tests of the runner.

mod cli;
mod faults;
mod report;
mod sensitivity;
mod stubs;
mod suite;
