//! Which cases are run.

use clap::ValueEnum;

use crate::case::Case;
use crate::catalog;
use crate::cli::{Usage, nearest};
use crate::generate::Kind;
use crate::plan::{self, Selection, SelectionError};
use crate::requirements::{Level, REQUIREMENTS};

/// What selects cases.
#[derive(clap::Args)]
#[command(next_help_heading = "Selection")]
pub(in crate::cli) struct SelectionArgs {
    /// Run the cases whose ids match, like 'rooms/*'; may be given several times
    #[arg(long, value_name = "GLOB")]
    case: Vec<String>,

    /// Run the cases that cite this requirement, like ROOM-3; may be given several times
    #[arg(long, value_name = "ID")]
    requirement: Vec<String>,

    /// Run the cases of this level; may be given several times
    #[arg(long, value_name = "LEVEL", value_enum)]
    level: Vec<Level>,

    /// How much is asked of the server: with full, also hundreds of connections and thousands of chats and topics
    ///
    /// Those cases are played one by one when all others are done, and a daily run leaves them out.
    #[arg(long, value_name = "LOAD", value_enum, default_value_t)]
    load: Load,
}

/// How much is asked of a server.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, ValueEnum)]
enum Load {
    /// What a server takes in passing.
    #[default]
    Daily,
    /// All that there is.
    Full,
}

impl SelectionArgs {
    /// The selected cases, and the selected kinds of generated programs. Those are many programs each, so they are run
    /// where everything is or where they are named, and not for a requirement that cases of the catalog cite.
    pub(super) fn cases(&self) -> Result<(Vec<Case>, Vec<Kind>), Usage> {
        let selection = Selection {
            cases: self.case.clone(),
            requirements: self.requirement.clone(),
            levels: self.level.clone(),
            heavy: self.is_full(),
        };
        let selected = plan::select(all(), &selection)
            .map_err(|error| Usage::new(format!("{error}{}", hint(&error))))?;
        let kinds = selected.iter().filter_map(|case| Kind::of_id(case.id));
        let kinds = if self.requirement.is_empty() { kinds.collect() } else { Vec::new() };
        let cases = selected.into_iter().filter(|case| Kind::of_id(case.id).is_none()).collect();
        Ok((cases, kinds))
    }

    /// Whether cases are taken that ask for much of a server.
    pub(in crate::cli) fn is_full(&self) -> bool {
        self.load == Load::Full
    }

    /// The words that make this selection.
    pub(in crate::cli) fn words(&self) -> Vec<String> {
        let level = |level: &Level| level.to_possible_value().map(|value| value.get_name().to_owned());
        let flags = (self.case.iter().map(|case| ("--case", case.clone())))
            .chain(self.requirement.iter().map(|id| ("--requirement", id.clone())))
            .chain(self.level.iter().filter_map(level).map(|level| ("--level", level)));
        flags.flat_map(|(flag, value)| [flag.to_owned(), value]).collect()
    }
}

/// The cases of the catalog, and one for each kind of generated programs.
fn all() -> Vec<Case> {
    let mut all = catalog::all();
    all.extend(Kind::ALL.map(Kind::case));
    all
}

/// What may have been meant, or where to learn more.
fn hint(error: &SelectionError) -> String {
    match error {
        SelectionError::NoRequirement(id) => {
            nearest::hint(id, REQUIREMENTS.iter().map(|requirement| requirement.id))
        }
        SelectionError::Nothing(what) => match what.split_once(' ') {
            Some(("--case", glob)) => nearest::hint(glob, all().iter().map(|case| case.id)),
            Some(("--requirement", id)) => format!("; `roomwire explain {id}` says why"),
            _ => String::new(),
        },
        SelectionError::BadGlob { .. } | SelectionError::OnlyHeavy(_) => String::new(),
    }
}
