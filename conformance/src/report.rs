//! Reports: what a run tells, rendered for people and for machines.
//!
//! The run emits [events](crate::event), reporters render them, and nothing else prints. A reporter knows
//! nothing but the events; whether it can write does not change what the run finds.

use std::io;

use crate::event::Event;

mod badge;
mod diff;
mod github;
mod groups;
mod html;
mod human;
mod json;
mod junit;
mod kind;
mod markdown;
mod matrix;
mod progress;
mod read;
mod record;
mod scene;
mod standing;
mod symptom;
mod tap;
mod text;
mod transcripts;

pub use badge::render as render_badge;
pub use diff::{Diff, diff};
pub use github::summary as github_summary;
pub use human::Human;
/// The report for people, as wide as this, in these characters.
pub use human::text as render_human;
pub use json::Json;
pub use kind::{Kind, Whole};
pub use matrix::{By, Matrix};
pub use progress::{Progress, ProgressMode};
pub use read::{ReadError, read};
pub use record::Record;
pub use standing::Standing;
pub use transcripts::Transcripts;

/// Renders events, one after the other.
pub trait Reporter {
    /// Renders one event.
    ///
    /// # Errors
    /// Where what it writes cannot be written. It gets no event after that.
    fn event(&mut self, event: &Event) -> io::Result<()>;
}

impl Reporter for Box<dyn Reporter> {
    fn event(&mut self, event: &Event) -> io::Result<()> {
        (**self).event(event)
    }
}

/// All reporters of a run.
#[derive(Default)]
pub struct Reporters {
    all: Vec<(String, Box<dyn Reporter>)>,
    failures: Vec<Failure>,
}

/// A report that could not be written to its end.
#[derive(Debug, thiserror::Error)]
#[error("cannot write {destination}: {error}")]
pub struct Failure {
    /// What was written, and where to.
    pub destination: String,
    /// Why it could not be.
    pub error: io::Error,
}

impl Reporters {
    /// Adds a reporter; `destination` names in errors what it writes and where to.
    pub fn add(&mut self, destination: impl Into<String>, reporter: impl Reporter + 'static) {
        self.all.push((destination.into(), Box::new(reporter)));
    }

    /// Has every reporter render the event. One that cannot write is left out from then on, and the run goes
    /// on for the others.
    pub fn event(&mut self, event: &Event) {
        let failures = &mut self.failures;
        self.all.retain_mut(|(destination, reporter)| {
            let Err(error) = reporter.event(event) else { return true };
            // A reader that has gone, as `head` does, has seen what it wanted to see.
            if error.kind() != io::ErrorKind::BrokenPipe {
                failures.push(Failure { destination: destination.clone(), error });
            }
            false
        });
    }

    /// What could not be written.
    #[must_use]
    pub fn failures(&self) -> &[Failure] {
        &self.failures
    }
}

impl std::fmt::Debug for Reporters {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let destinations: Vec<_> = self.all.iter().map(|(destination, _)| destination).collect();
        f.debug_struct("Reporters").field("all", &destinations).field("failures", &self.failures).finish()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    struct Broken(io::ErrorKind, usize);

    impl Reporter for Broken {
        fn event(&mut self, _: &Event) -> io::Result<()> {
            assert_eq!(self.1, 0, "it gets no event after an error");
            self.1 += 1;
            Err(self.0.into())
        }
    }

    #[test]
    fn a_report_that_cannot_be_written_is_named_once_and_a_reader_that_has_gone_is_no_failure() {
        let mut reporters = Reporters::default();
        reporters.add("report full.ndjson", Broken(io::ErrorKind::StorageFull, 0));
        reporters.add("report to stdout", Broken(io::ErrorKind::BrokenPipe, 0));
        for id in ["a/b", "a/c"] {
            reporters.event(&Event::CaseStarted { id: id.into() });
        }
        let failures: Vec<_> =
            reporters.failures().iter().map(|failure| failure.destination.as_str()).collect();
        assert_eq!(failures, ["report full.ndjson"]);
    }
}
