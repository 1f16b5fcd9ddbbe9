//! `roomwire schema`: one schema, or which there are.

use super::{Usage, nearest};
use crate::event;
use crate::schema::{self, Draft};

/// The name of the schema that is not of the wire.
const REPORT: &str = "report";

/// Which schema is printed.
#[derive(clap::Args)]
pub(super) struct SchemaArgs {
    /// Its name, such as client-frame; without one, all are listed
    name: Option<String>,
    /// The draft of JSON Schema that it is written in
    #[arg(long, value_enum, default_value_t)]
    draft: Draft,
}

/// The schema, or the list.
pub(super) fn schema(args: &SchemaArgs) -> Result<String, Usage> {
    let Some(name) = &args.name else {
        return Ok(format!("{}\n{REPORT}  a line of the NDJSON report of `roomwire run`\n", schema::list()));
    };
    if name == REPORT {
        let schema = serde_json::to_string_pretty(&event::schema());
        return Ok(schema.unwrap_or_default() + "\n");
    }
    // A name is often taken from a file.
    let bare = name.strip_suffix(".schema.json").unwrap_or(name);
    schema::text(bare, args.draft).map(str::to_owned).ok_or_else(|| unknown(name))
}

/// There is no schema of this name.
pub(super) fn unknown(name: &str) -> Usage {
    let hint = nearest::hint(name, schema::names());
    Usage::new(format!("there is no schema {name:?}; `roomwire schema` lists them{hint}"))
}
