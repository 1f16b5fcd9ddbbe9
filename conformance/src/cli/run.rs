//! `roomwire run`: judges a server and gives the exit code that says what came out.

use std::time::Instant;

use tokio::runtime::Runtime;

use super::interrupt::Interrupts;
use super::subject::Given;
use super::{Usage, complain};
use crate::case::Case;
use crate::catalog;
use crate::client::Target;
use crate::event::{Event, REPORT_SCHEMA, REPORT_VERSION};
use crate::exit_code::Exit;
use crate::report::{Reporters, Standing};
use crate::run::{self, Settings};
use crate::subject::Subject;

mod args;
mod outputs;
mod selection;

pub(super) use args::{
    CONNECT_TIMEOUT_MS, EXAMPLES, PATIENCE_S, RunArgs, START_TIMEOUT_S, parse_subprotocol,
};
pub(super) use outputs::{ReportTo, charset, open as open_reports, width};

/// A run that is about to be made.
struct Job {
    given: Given,
    cases: Vec<Case>,
    settings: Settings,
    /// How the subject is reached, but for its URL.
    target: Target,
    subject: Subject,
}

/// Does what the flags say.
pub(super) fn run(args: &RunArgs) -> Result<Exit, Usage> {
    let job = args.job()?;
    // The files of the reports are made last, so that a run that is refused leaves no empty ones.
    let mut reporters = outputs::open(&args.report, args.transcripts.as_deref(), args.progress)?;
    let snapshots = job.settings.snapshots.clone();
    let runtime = match Runtime::new() {
        Ok(runtime) => runtime,
        Err(error) => {
            complain(&format!("cannot start: {error}"));
            return Ok(Exit::Internal);
        }
    };
    let exit = runtime.block_on(judge(job, &mut reporters));
    // Connections that are still open have nothing to say any more.
    runtime.shutdown_background();
    let cases = catalog::cases();
    let accepted =
        snapshots.map_or(Ok(()), |snapshots| snapshots.write(|id| cases.iter().any(|case| case.id == id)));
    if let Err((path, error)) = &accepted {
        complain(&format!("cannot write the snapshot {}: {error}", path.display()));
    }
    for failure in reporters.failures() {
        complain(&format!("{failure}. It is cut off there, and the exit code is 5 for that reason"));
    }
    Ok(if reporters.failures().is_empty() && accepted.is_ok() { exit } else { exit.min(Exit::Internal) })
}

/// Starts the subject, judges it, and stops it again, unless it is told to stop before: then what is known so
/// far is told. Told so a second time, it ends at once.
async fn judge(mut job: Job, reporters: &mut Reporters) -> Exit {
    let start = Instant::now();
    let mut interrupts = match Interrupts::watch() {
        Ok(interrupts) => interrupts,
        Err(error) => {
            complain(&format!("cannot watch for signals: {error}"));
            return Exit::Internal;
        }
    };
    let mut standing = Standing::default();
    let mut tell = |event: &Event| {
        standing.event(event);
        reporters.event(event);
    };
    let exit = tokio::select! {
        exit = play(&mut job, start, &mut tell) => Some(exit),
        () = interrupts.next() => None,
    };
    let exit = exit.unwrap_or_else(|| {
        if !standing.started {
            reporters.event(&job.opening());
            standing.event(&job.opening());
        }
        let exit = standing.exit(job.settings.strict);
        reporters.event(&standing.footer(exit, "the run was interrupted", start.elapsed()));
        exit
    });
    tokio::select! {
        () = job.subject.stop() => {}
        () = interrupts.next() => {}
    }
    exit
}

async fn play(job: &mut Job, start: Instant, tell: &mut dyn FnMut(&Event)) -> Exit {
    match job.given.start(&mut job.subject).await {
        Ok(started) => {
            let target = Target { url: started.url.clone(), ..job.target.clone() };
            let name = job.given.name();
            run::run(&mut job.subject, target, &name, &job.cases, &job.settings, tell).await
        }
        Err(why) => {
            let opening = job.opening();
            let mut standing = Standing::default();
            standing.event(&opening);
            tell(&opening);
            let mut footer = standing.footer(Exit::Unreachable, &why, start.elapsed());
            if let Event::RunFinished { subject_output, .. } = &mut footer {
                *subject_output = job.subject.output();
            }
            tell(&footer);
            Exit::Unreachable
        }
    }
}

impl Job {
    /// The first line of a run that got no further.
    fn opening(&self) -> Event {
        Event::RunStarted {
            schema: REPORT_SCHEMA.into(),
            report_version: REPORT_VERSION,
            tool_version: env!("CARGO_PKG_VERSION").into(),
            run: String::new(),
            seed: self.settings.seed,
            subject: self.given.name(),
            url: match &self.given {
                Given::Url(address) => address.url.to_string(),
                Given::Command(_) | Given::Nothing => String::new(),
            },
            profiles: Vec::new(),
            limits: serde_json::Value::Null,
            cases: self.cases.len()
                + self.settings.histories.as_ref().map_or(0, |histories| histories.kinds.len()),
            invocation: self.settings.invocation.clone(),
        }
    }
}
