//! Which cases are run.

use clap::ValueEnum;

use crate::case::Case;
use crate::catalog;
use crate::cli::{Usage, nearest};
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
    /// The selected cases.
    pub(super) fn cases(&self) -> Result<Vec<Case>, Usage> {
        let selection = Selection {
            cases: self.case.clone(),
            requirements: self.requirement.clone(),
            levels: self.level.clone(),
            heavy: self.is_full(),
        };
        plan::select(catalog::all(), &selection)
            .map_err(|error| Usage::new(format!("{error}{}", hint(&error))))
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

/// What may have been meant, or where to learn more.
fn hint(error: &SelectionError) -> String {
    match error {
        SelectionError::NoRequirement(id) => {
            nearest::hint(id, REQUIREMENTS.iter().map(|requirement| requirement.id))
        }
        SelectionError::Nothing(what) => match what.split_once(' ') {
            Some(("--case", glob)) => nearest::hint(glob, catalog::all().iter().map(|case| case.id)),
            Some(("--requirement", id)) => format!("; `roomwire explain {id}` says why"),
            _ => String::new(),
        },
        SelectionError::BadGlob { .. } | SelectionError::OnlyHeavy(_) => String::new(),
    }
}
