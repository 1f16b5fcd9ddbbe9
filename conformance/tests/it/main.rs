//! Integration tests of the runner.

mod faults;
mod sensitivity;
mod stubs;
mod suite;
