//! `roomwire validate`: captured frames, from a file or from stdin.

use std::fs::File;
use std::io::{self, BufReader, BufWriter, Read, Write as _};
use std::path::PathBuf;

use super::{Usage, complain, schema};
use crate::exit_code::Exit;
use crate::validate::{Direction, Error, Taken, Tally, validate as check};

pub(super) const EXIT_CODES: &str = "\
Exit codes:
  0  all frames are valid
  1  something is not, or cannot be read as a line of text
  2  the command line cannot be meant like that: a bad flag, a file that is not there, or nothing in it";

/// Which frames are checked.
#[derive(clap::Args)]
pub(super) struct ValidateArgs {
    /// The file; - or nothing for stdin
    file: Option<PathBuf>,
    /// Who sent the frames that do not say it themselves; without it, they are recognised
    #[arg(long, value_enum)]
    direction: Option<Direction>,
    /// Take each line for JSON of this schema, such as history-response, instead of a frame
    #[arg(long, conflicts_with = "direction", value_name = "NAME")]
    schema: Option<String>,
}

/// Checks them, and tells what is wrong.
pub(super) fn validate(args: &ValidateArgs) -> Result<Exit, Usage> {
    let taken = match (&args.direction, &args.schema) {
        (_, Some(name)) if !crate::schema::names().any(|known| known == name) => {
            return Err(schema::unknown(name));
        }
        (_, Some(name)) => Taken::As(name.clone()),
        (Some(direction), None) => Taken::From(*direction),
        (None, None) => Taken::AsTheyLook,
    };
    let (input, name): (Box<dyn Read>, _) = match args.file.as_deref() {
        Some(path) if path.as_os_str() != "-" => {
            let file =
                File::open(path).map_err(|error| Usage::new(format!("{}: {error}", path.display())))?;
            (Box::new(file), path.display().to_string())
        }
        _ => (Box::new(io::stdin().lock()), "stdin".to_owned()),
    };
    let mut out = BufWriter::new(anstream::stdout());
    let checked = check(&mut BufReader::new(input), &taken, &mut out);
    let checked = checked.and_then(|tally| {
        if tally.lines > 0 {
            writeln!(out, "{tally}").map_err(Error::Write)?;
        }
        out.flush().map_err(Error::Write)?;
        Ok(tally)
    });
    match checked {
        Ok(Tally { lines: 0, .. }) => {
            Err(Usage::new(format!("{name}: there is nothing in it, so nothing was checked")))
        }
        Ok(Tally { invalid: 0, .. }) => Ok(Exit::Conforms),
        Ok(_) => Ok(Exit::Violations),
        Err(Error::Read(error)) => Err(Usage::new(format!("{name}: {error}"))),
        // A reader that has gone, as `head` does, has seen that something is wrong.
        Err(Error::Write(error)) if error.kind() == io::ErrorKind::BrokenPipe => Ok(Exit::Violations),
        Err(Error::Write(error)) => {
            complain(&format!("cannot write to stdout: {error}"));
            Ok(Exit::Internal)
        }
    }
}
