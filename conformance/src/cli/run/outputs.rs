//! Where the reports of a run go.

use std::fs::File;
use std::io::{self, IsTerminal};
use std::os::fd::AsFd;
use std::path::PathBuf;
use std::str::FromStr;

use anstream::AutoStream;

use crate::cli::Usage;
use crate::report::{Human, Json, Progress, ProgressMode, Reporters};

/// The kinds of reports there are, besides the one for people.
const KINDS: &str = "json";

/// A report and where it goes.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(in crate::cli) struct ReportTo {
    /// A file; none for stdout.
    path: Option<PathBuf>,
}

impl FromStr for ReportTo {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        let (kind, path) =
            text.split_once('=').ok_or("expected KIND=PATH, as in json=report.ndjson or json=-")?;
        if kind != "json" {
            return Err(format!("there is no report of the kind {kind:?}; the kinds are: {KINDS}"));
        }
        match path {
            "" => Err("the path is missing, as in json=report.ndjson, or json=- for stdout".into()),
            "-" => Ok(Self { path: None }),
            path => Ok(Self { path: Some(path.into()) }),
        }
    }
}

/// Opens all outputs of a run.
pub(in crate::cli) fn open(reports: &[ReportTo], progress: ProgressMode) -> Result<Reporters, Usage> {
    for (index, report) in reports.iter().enumerate() {
        if reports[..index].contains(report) {
            let path = report.path.as_ref().map_or("stdout".into(), |path| path.display().to_string());
            return Err(Usage::new(format!("two reports are to go to {path}")));
        }
    }
    let mut reporters = Reporters::default();
    // Progress comes first, since its bar has to go before the report for people comes.
    reporters.add("progress to stderr", Progress::on_stderr(progress));
    for report in reports {
        match &report.path {
            None => reporters.add("the report to stdout", Json::new(io::stdout())),
            Some(path) => {
                let file = File::create(path).map_err(|error| {
                    Usage::new(format!("cannot create the report {}: {error}", path.display()))
                })?;
                reporters.add(format!("the report {}", path.display()), Json::new(file));
            }
        }
    }
    if reports.iter().any(|report| report.path.is_none()) {
        let width = width(&io::stderr());
        reporters.add("the report to stderr", Human::new(AutoStream::auto(io::stderr()), width));
    } else {
        let width = width(&io::stdout());
        reporters.add("the report to stdout", Human::new(AutoStream::auto(io::stdout()), width));
    }
    Ok(reporters)
}

/// How many columns there are, where somebody looks at it.
fn width(stream: &(impl IsTerminal + AsFd)) -> Option<usize> {
    if !stream.is_terminal() {
        return None;
    }
    terminal_size::terminal_size_of(stream).map(|(width, _)| usize::from(width.0))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_report_is_a_kind_and_a_path() {
        assert_eq!("json=a=b.ndjson".parse(), Ok(ReportTo { path: Some("a=b.ndjson".into()) }));
        assert_eq!("json=-".parse(), Ok(ReportTo { path: None }));
        for (text, why) in [("json", "KIND=PATH"), ("json=", "path"), ("xml=a", "the kinds are: json")] {
            assert!(text.parse::<ReportTo>().unwrap_err().contains(why), "{text}");
        }
    }
}
