//! Integration tests of the runner.

mod catalog;
mod faults;
mod golden;
mod peers;
mod sensitivity;
mod stubs;
mod suite;
