//! The examples of the spec, as files under `docs/spec/examples`.

use std::path::{Path, PathBuf};

use serde::Deserialize;

use super::Error;

/// One example.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Example {
    /// Its path below the folder of examples: `05-rooms/join.json`.
    pub path: PathBuf,
    /// What its file holds.
    pub file: File,
}

/// The file of an example.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct File {
    /// Who sends it.
    pub direction: Direction,
    /// What it shows.
    pub title: String,
    /// The exact text of the frame, or the exact body of the HTTP message.
    pub frame: String,
    /// Only for what a server refuses: the answer.
    pub refused: Option<Refused>,
}

/// Who sends a frame or a body.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Direction {
    /// A client, over the socket.
    Client,
    /// A server, over the socket.
    Server,
    /// A client, over HTTP.
    HttpRequest,
    /// A server, over HTTP.
    HttpResponse,
}

/// What a refusal says.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Refused {
    /// The code of the answer.
    pub code: u16,
    /// Its reason.
    pub reason: String,
}

/// Reads every example below a folder, in the order of their paths.
///
/// # Errors
/// Where a file cannot be read or is no example.
pub fn read(folder: &Path) -> Result<Vec<Example>, Error> {
    let mut examples = Vec::new();
    for chapter in entries(folder)? {
        for path in entries(&chapter)? {
            let text =
                std::fs::read_to_string(&path).map_err(|error| Error::Read { path: path.clone(), error })?;
            let file = serde_json::from_str(&text)
                .map_err(|error| Error::Spec { path: path.clone(), what: error.to_string() })?;
            let path = path.strip_prefix(folder).unwrap_or(&path).to_owned();
            examples.push(Example { path, file });
        }
    }
    Ok(examples)
}

fn entries(folder: &Path) -> Result<Vec<PathBuf>, Error> {
    let read = || -> std::io::Result<Vec<PathBuf>> {
        std::fs::read_dir(folder)?.map(|entry| entry.map(|entry| entry.path())).collect()
    };
    let mut paths = read().map_err(|error| Error::Read { path: folder.to_owned(), error })?;
    paths.sort();
    Ok(paths)
}
