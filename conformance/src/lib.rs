//! Roomwire's conformance runner: says what a chat-room server gets wrong, and by which sentence of the spec.
//!
//! The way of a case: the [`catalog`] holds it as data ([`case`], [`program`]); the [`plan`] says whether it is
//! run; the [`driver`] plays its program against the [`subject`] with fresh [`names`], and records a
//! [`transcript`]; the [`check`]s judge that; the [`verdict`] becomes an [`event`], and [`report`] renders
//! events for people and for machines.

pub mod bench;
pub mod case;
pub mod catalog;
pub mod check;
pub mod cli;
pub mod client;
pub mod clock;
pub mod driver;
pub mod encode;
pub mod event;
pub mod exit_code;
pub mod generate;
pub mod http;
pub mod invocation;
pub mod known_failures;
pub mod memory;
pub mod names;
pub mod picture;
pub mod plan;
pub mod program;
pub mod record_file;
pub mod report;
pub mod requirements;
pub mod run;
pub mod schema;
pub mod script;
pub mod shrink;
pub mod snapshots;
pub mod subject;
pub mod transcript;
pub mod trial;
pub mod validate;
pub mod verdict;

mod extent;
mod inbox;
mod reading;
mod view;
