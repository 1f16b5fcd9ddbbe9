//! Integration tests of the runner.

mod faults;
mod stubs;
