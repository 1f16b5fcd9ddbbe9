//! Where the reports of a run go.

use std::fs::File;
use std::io::{self, IsTerminal, Write};
use std::os::fd::AsFd;
use std::path::{Path, PathBuf};
use std::str::FromStr;

use anstream::AutoStream;

use crate::cli::Usage;
use crate::picture::text::Charset;
use crate::report::{Human, Json, Kind, Progress, ProgressMode, Reporter, Reporters, Transcripts, Whole};

/// The kinds of reports there are, besides the one for people.
const KINDS: &str = "json, junit, tap, html, markdown and github";

/// Where GitHub Actions takes the summary of a step.
const STEP_SUMMARY: &str = "GITHUB_STEP_SUMMARY";

/// A report and where it goes.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(in crate::cli) struct ReportTo {
    /// Its kind; none for the events themselves.
    kind: Option<Kind>,
    /// A file; none for stdout.
    path: Option<PathBuf>,
}

impl FromStr for ReportTo {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        let (kind, path) =
            text.split_once('=').ok_or("expected KIND=PATH, as in json=report.ndjson or json=-")?;
        let kind = match kind {
            "json" => None,
            "junit" => Some(Kind::Junit),
            "tap" => Some(Kind::Tap),
            "html" => Some(Kind::Html),
            "markdown" => Some(Kind::Markdown),
            "github" => Some(Kind::Github),
            _ => return Err(format!("there is no report of the kind {kind:?}; the kinds are: {KINDS}")),
        };
        match path {
            "" => Err("the path is missing, as in json=report.ndjson, or json=- for stdout".into()),
            "-" => Ok(Self { kind, path: None }),
            path => Ok(Self { kind, path: Some(path.into()) }),
        }
    }
}

impl ReportTo {
    /// The reporter that writes it.
    fn reporter(&self, out: impl Write + 'static) -> Box<dyn Reporter> {
        match self.kind {
            None => Box::new(Json::new(out)),
            Some(kind) => Box::new(Whole::new(out, kind)),
        }
    }
}

/// Opens all outputs of a run.
pub(in crate::cli) fn open(
    reports: &[ReportTo],
    transcripts: Option<&Path>,
    progress: ProgressMode,
) -> Result<Reporters, Usage> {
    for (index, report) in reports.iter().enumerate() {
        if reports[..index].iter().any(|other| other.path == report.path) {
            let path = report.path.as_ref().map_or("stdout".into(), |path| path.display().to_string());
            return Err(Usage::new(format!("two reports are to go to {path}")));
        }
    }
    let mut reporters = Reporters::default();
    // Progress comes first, since its bar has to go before the report for people comes.
    reporters.add("progress to stderr", Progress::on_stderr(progress));
    for report in reports {
        match &report.path {
            None => reporters.add("the report to stdout", report.reporter(io::stdout())),
            Some(path) => {
                let file = File::create(path).map_err(|error| {
                    Usage::new(format!("cannot create the report {}: {error}", path.display()))
                })?;
                reporters.add(format!("the report {}", path.display()), report.reporter(file));
            }
        }
    }
    if reports.iter().any(|report| report.kind == Some(Kind::Github))
        && let Some(path) = std::env::var_os(STEP_SUMMARY).filter(|path| !path.is_empty())
    {
        let file = File::options().append(true).create(true).open(&path);
        let file = file.map_err(|error| {
            Usage::new(format!("cannot write the step summary {}: {error}", Path::new(&path).display()))
        })?;
        reporters.add("the step summary", Whole::new(file, Kind::Markdown).as_step_summary());
    }
    if let Some(folder) = transcripts {
        let transcripts = Transcripts::new(folder).map_err(|error| {
            Usage::new(format!("cannot make the folder {} for transcripts: {error}", folder.display()))
        })?;
        reporters.add(format!("the transcripts in {}", folder.display()), transcripts);
    }
    if reports.iter().any(|report| report.path.is_none()) {
        let width = width(&io::stderr());
        let human = Human::new(AutoStream::auto(io::stderr()), width).in_charset(charset());
        reporters.add("the report to stderr", human);
    } else {
        let width = width(&io::stdout());
        let human = Human::new(AutoStream::auto(io::stdout()), width).in_charset(charset());
        reporters.add("the report to stdout", human);
    }
    Ok(reporters)
}

/// The characters that the reader's locale has. Where none is set, as in most logs, that is all of Unicode.
pub(in crate::cli) fn charset() -> Charset {
    let set = |name| std::env::var(name).ok().filter(|value| !value.is_empty());
    let locale = set("LC_ALL").or_else(|| set("LC_CTYPE")).or_else(|| set("LANG"));
    let is_utf_8 = |locale: String| {
        let locale = locale.to_ascii_lowercase();
        locale.contains("utf-8") || locale.contains("utf8")
    };
    if locale.is_none_or(is_utf_8) { Charset::Unicode } else { Charset::Ascii }
}

/// How many columns there are, where somebody looks at it.
pub(in crate::cli) fn width(stream: &(impl IsTerminal + AsFd)) -> Option<usize> {
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
        assert_eq!("json=a=b.ndjson".parse(), Ok(ReportTo { kind: None, path: Some("a=b.ndjson".into()) }));
        assert_eq!("json=-".parse(), Ok(ReportTo { kind: None, path: None }));
        assert_eq!("tap=-".parse(), Ok(ReportTo { kind: Some(Kind::Tap), path: None }));
        for (text, why) in [("json", "KIND=PATH"), ("json=", "path"), ("xml=a", "the kinds are: json")] {
            assert!(text.parse::<ReportTo>().unwrap_err().contains(why), "{text}");
        }
    }
}
