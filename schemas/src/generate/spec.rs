//! Reading requirements out of the chapters of the spec.
//!
//! A requirement is a paragraph that begins `**[ROOM-3]** ` (or `**[ROOM-3]** *(client)* ` where it binds the
//! client) and is one sentence with one keyword. A chapter says its profile in a line `Profile: core`.

use std::collections::HashSet;
use std::path::{Path, PathBuf};

use super::Error;

/// A requirement as the spec states it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Requirement {
    /// `ROOM-3`
    pub id: String,
    /// The keyword: `MUST`, `SHOULD` or `MAY`.
    pub level: &'static str,
    /// The profile of its chapter.
    pub profile: String,
    /// Whether it binds the client instead of the server.
    pub client: bool,
    /// The sentence, on one line.
    pub text: String,
    /// The file of its chapter.
    pub file: String,
    /// The title of its chapter.
    pub chapter: String,
}

const PROFILES: [&str; 5] = ["core", "presence", "notice", "resume", "history"];

/// Reads all chapters in a folder, in the order of their names.
///
/// # Errors
/// Where a chapter cannot be read or breaks the form.
pub fn read(folder: &Path) -> Result<Vec<Requirement>, Error> {
    let at = |path: &Path| {
        let path = path.to_owned();
        move |error| Error::Read { path, error }
    };
    let mut files: Vec<PathBuf> = std::fs::read_dir(folder)
        .and_then(|entries| entries.map(|entry| entry.map(|entry| entry.path())).collect())
        .map_err(at(folder))?;
    files.retain(|path| path.extension().is_some_and(|extension| extension == "md"));
    files.sort();
    let mut requirements = Vec::new();
    let mut ids = HashSet::new();
    for path in files {
        let name = path.file_name().unwrap_or_default().to_string_lossy().into_owned();
        let text = std::fs::read_to_string(&path).map_err(at(&path))?;
        let found = read_chapter(&name, &text).map_err(|what| Error::Spec { path: path.clone(), what })?;
        if let Some(twice) = found.iter().find(|requirement| !ids.insert(requirement.id.clone())) {
            return Err(Error::Spec { path, what: format!("{} is there twice", twice.id) });
        }
        requirements.extend(found);
    }
    Ok(requirements)
}

/// Reads the requirements of one chapter.
///
/// # Errors
/// What breaks the form, and where.
pub fn read_chapter(file: &str, text: &str) -> Result<Vec<Requirement>, String> {
    let text = text.replace("\r\n", "\n");
    let paragraphs = text.split("\n\n").map(str::trim).filter(|paragraph| paragraph.starts_with("**["));
    let mut paragraphs = paragraphs.peekable();
    if paragraphs.peek().is_none() {
        return Ok(Vec::new());
    }
    let title = text.lines().find_map(|line| line.strip_prefix("# ")).ok_or("there is no title")?;
    let chapter = title.split_once(". ").map_or(title, |(_, title)| title);
    let profile =
        text.lines().find_map(|line| line.strip_prefix("Profile: ")).ok_or("no line says its profile")?;
    let profile = profile.trim().trim_matches('`');
    if !PROFILES.contains(&profile) {
        return Err(format!("{profile:?} is no profile"));
    }
    paragraphs.map(|paragraph| read_requirement(file, chapter, profile, paragraph)).collect()
}

fn read_requirement(
    file: &str,
    chapter: &str,
    profile: &str,
    paragraph: &str,
) -> Result<Requirement, String> {
    let first_line = paragraph.lines().next().unwrap_or_default();
    let wrong = |what: &str| format!("{what}: {first_line}");
    let rest = paragraph.strip_prefix("**[").unwrap_or(paragraph);
    let (id, rest) = rest.split_once("]** ").ok_or_else(|| wrong("a requirement begins **[ID]**"))?;
    let named = id.split_once('-').is_some_and(|(prefix, number)| {
        !prefix.is_empty()
            && prefix.bytes().all(|byte| byte.is_ascii_uppercase())
            && number.parse::<u32>().is_ok()
    });
    if !named {
        return Err(wrong("an id is capitals, a hyphen and a number"));
    }
    let (client, sentence) = rest.strip_prefix("*(client)* ").map_or((false, rest), |rest| (true, rest));
    let text = sentence.split_whitespace().collect::<Vec<_>>().join(" ");
    let keywords: Vec<&'static str> = text
        .split(|character: char| !character.is_ascii_alphabetic())
        .filter_map(|word| ["MUST", "SHOULD", "MAY"].into_iter().find(|keyword| *keyword == word))
        .collect();
    let [level] = keywords[..] else { return Err(wrong("a requirement has one keyword")) };
    if !text.ends_with('.') || text.contains(". ") {
        return Err(wrong("a requirement is one sentence"));
    }
    Ok(Requirement {
        id: id.to_owned(),
        level,
        profile: profile.to_owned(),
        client,
        text,
        file: file.to_owned(),
        chapter: chapter.to_owned(),
    })
}
