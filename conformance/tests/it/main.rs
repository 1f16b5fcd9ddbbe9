//! Integration tests of the runner.

#![allow(clippy::unwrap_used, reason = "a test that meets what it does not expect has failed")]

mod catalog;
mod cli;
mod corpus;
mod edges;
mod faults;
mod fences;
mod figures;
mod fuzz;
mod generate;
mod going;
mod golden;
mod hunt;
mod matrix;
mod mutations;
mod peers;
mod record_file;
mod replay;
mod report;
mod reports;
mod sensitivity;
mod stubs;
mod suite;
mod tls;
mod validate;
