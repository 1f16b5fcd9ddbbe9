//! `roomwire report`: what can be made of a report when the run is over, also on another machine.

use std::io::Read;
use std::path::{Path, PathBuf};

use super::run::{charset, width};
use super::{Usage, complain, print};
use crate::exit_code::Exit;
use crate::report::{self, By, Kind, Matrix, Record};

/// What the exit codes of `roomwire report` are.
pub(super) const EXIT_CODES: &str = "\
Exit codes:
  0  done; for diff: and nothing is worse
  1  for diff: something is worse. Of a report that is cut off: it has failures
  2  the command line cannot be meant like that, or a file is no report
  3  a report is cut off: its last line is missing, so that it does not say all that came out
  5  roomwire itself failed, or could not write";

/// What is made of reports.
#[derive(clap::Subcommand)]
pub(super) enum ReportCommand {
    /// Render an NDJSON report as another kind
    ///
    /// Gives what `roomwire run --report KIND=-` would have given. The exit code says whether that was done, and nothing of
    /// the server: that is what the run's own was for.
    #[command(after_help = EXIT_CODES)]
    Render {
        /// The kind
        kind: Kind,
        /// The NDJSON report, or - for stdin
        file: PathBuf,
    },
    /// Show what has changed in verdicts from one run to another
    ///
    /// Cases that got worse come first. The exit code is 1 where there are any, so that a job can hold that nothing gets worse
    /// while not everything is right yet.
    #[command(after_help = EXIT_CODES)]
    Diff {
        /// The NDJSON report of the earlier run
        before: PathBuf,
        /// The one of the later run
        after: PathBuf,
    },
    /// Put servers side by side: a column a report
    #[command(after_help = EXIT_CODES)]
    Matrix {
        /// NDJSON reports
        #[arg(required = true)]
        files: Vec<PathBuf>,
        /// What the rows are
        #[arg(long, value_enum, default_value_t)]
        by: By,
        /// How it is written
        #[arg(long, value_enum, default_value_t)]
        format: Format,
    },
    /// Make a badge of a run, as SVG
    #[command(after_help = EXIT_CODES)]
    Badge {
        /// The NDJSON report, or - for stdin
        file: PathBuf,
    },
}

/// How a matrix is written.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, clap::ValueEnum)]
pub(super) enum Format {
    /// A table in Markdown
    #[default]
    Markdown,
    /// One HTML page that needs nothing else
    Html,
}

/// Does what the command line says.
pub(super) fn report(command: &ReportCommand) -> Result<Exit, Usage> {
    match command {
        ReportCommand::Render { kind, file } => {
            let record = read(file)?;
            let text = match kind {
                Kind::Human => report::render_human(&record, width(&std::io::stdout()), charset()),
                kind => kind.render(&record),
            };
            Ok(print(&text).min(complete([(file.as_path(), &record)])))
        }
        ReportCommand::Diff { before, after } => {
            let (old, new) = (read(before)?, read(after)?);
            let diff = report::diff(&old, &new);
            let worse = if diff.worse() > 0 { Exit::Violations } else { Exit::Conforms };
            let complete = match complete([(before.as_path(), &old), (after.as_path(), &new)]) {
                Exit::Conforms => Exit::Conforms,
                _ => Exit::Incomplete,
            };
            Ok(print(diff.text()).min(worse).min(complete))
        }
        ReportCommand::Matrix { files, by, format } => {
            let records = files.iter().map(|file| read(file)).collect::<Result<Vec<_>, _>>()?;
            let matrix = Matrix::new(&records, *by);
            let text = match format {
                Format::Markdown => matrix.markdown(),
                Format::Html => matrix.html(),
            };
            let paths = files.iter().map(PathBuf::as_path);
            Ok(print(&text).min(complete(paths.zip(&records))))
        }
        ReportCommand::Badge { file } => {
            let record = read(file)?;
            Ok(print(&report::render_badge(&record)).min(complete([(file.as_path(), &record)])))
        }
    }
}

fn read(file: &Path) -> Result<Record, Usage> {
    let wrong = |why: &dyn std::fmt::Display| Usage::new(format!("{}: {why}", file.display()));
    let text = if file == Path::new("-") {
        let mut text = String::new();
        std::io::stdin().read_to_string(&mut text).map(|_| text)
    } else {
        std::fs::read_to_string(file)
    };
    let text = text.map_err(|error| wrong(&error))?;
    report::read(&text).map_err(|error| {
        let hint = "; `roomwire run --report json=FILE` writes one that is";
        wrong(&format!("this is no NDJSON report: {error}{hint}"))
    })
}

/// Says which reports are cut off, and gives the exit code for that.
fn complete<'a>(records: impl IntoIterator<Item = (&'a Path, &'a Record)>) -> Exit {
    let mut exit = Exit::Conforms;
    for (path, record) in records.into_iter().filter(|(_, record)| record.is_cut_off()) {
        complain(&format!(
            "{} is cut off: its last line is missing, so the run was killed or is still going on",
            path.display()
        ));
        exit = exit.min(record.exit());
    }
    exit
}
