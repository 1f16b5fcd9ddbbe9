//! Integration tests of the runner.

mod catalog;
mod cli;
mod faults;
mod golden;
mod peers;
mod report;
mod sensitivity;
mod stubs;
mod suite;
