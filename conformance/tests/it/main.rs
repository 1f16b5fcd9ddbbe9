//! Integration tests of the runner.

mod faults;
mod peers;
mod sensitivity;
mod stubs;
mod suite;
