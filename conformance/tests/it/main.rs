//! Integration tests of the runner.

#![allow(clippy::unwrap_used, reason = "a test that meets what it does not expect has failed")]

mod catalog;
mod cli;
mod corpus;
mod counted;
mod distance;
mod edges;
mod ending;
mod faults;
mod fences;
mod figures;
mod fuzz;
mod generate;
mod going;
mod golden;
mod hunt;
mod interference;
mod ledger;
mod matrix;
mod mutations;
mod other_limits;
mod peers;
mod record_file;
mod repetition;
mod replay;
mod report;
mod reports;
mod sensitivity;
mod stubs;
mod suite;
mod tls;
mod validate;
mod waits;
