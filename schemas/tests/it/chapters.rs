//! The chapters of the spec: their examples are what they are said to be, and their capitals are requirements.

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};

use roomwire_protocol::code::Reason;
use roomwire_schemas::Judge;
use roomwire_schemas::generate::examples::{self, Direction, Example, Refused};
use roomwire_schemas::generate::{decoder, spec};

fn folder() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../docs/spec")
}

fn all_examples() -> Vec<Example> {
    examples::read(&folder().join("examples")).unwrap()
}

/// The name of a chapter and its text.
fn chapters() -> Vec<(String, String)> {
    let mut chapters: Vec<_> = std::fs::read_dir(folder())
        .unwrap()
        .map(|entry| entry.unwrap().path())
        .filter(|path| path.extension().is_some_and(|extension| extension == "md"))
        .map(|path| {
            (
                path.file_name().unwrap().to_string_lossy().into_owned(),
                std::fs::read_to_string(&path).unwrap(),
            )
        })
        .collect();
    chapters.sort();
    chapters
}

/// The schemas that a body may be an instance of.
fn schemas_of(direction: Direction) -> &'static [&'static str] {
    match direction {
        Direction::HttpRequest => &["question-request"],
        Direction::HttpResponse => &["history-response", "question-response"],
        Direction::Client | Direction::Server => &[],
    }
}

#[test]
fn what_an_example_shows_as_valid_is_valid_to_schemas_and_decoder() {
    let judge = Judge::new();
    for Example { path, file } in all_examples() {
        let (valid, decoded) = match file.direction {
            Direction::Client => (judge.client(&file.frame).is_valid(), decoder::client(&file.frame).layers),
            Direction::Server => (judge.server(&file.frame).is_valid(), decoder::server(&file.frame).layers),
            http => {
                let fits = |name: &&&str| judge.document(name, &file.frame).unwrap().is_valid();
                let name = schemas_of(http).iter().find(fits);
                (name.is_some(), decoder::body(name.unwrap_or(&schemas_of(http)[0]), &file.frame).layers)
            }
        };
        let decoded = decoded.iter().all(|(_, valid)| *valid);
        assert_eq!(valid, decoded, "{}", path.display());
        assert!(valid || file.refused.is_some(), "{} is not valid", path.display());
    }
}

#[test]
fn what_an_example_shows_as_refused_is_refused_for_that_reason() {
    // What a frame alone does not tell.
    let state = [
        Reason::WrongUser,
        Reason::TooManyTopics,
        Reason::NotJoined,
        Reason::WrongAuthor,
        Reason::NoSuchMember,
    ];
    let mut refusals = 0;
    for Example { path, file } in all_examples() {
        let Some(refused) = file.refused else { continue };
        let at = path.display();
        refusals += 1;
        let reason = Reason::from_name(&refused.reason).unwrap_or_else(|| panic!("{at}: no such reason"));
        assert_eq!(reason.code(), refused.code, "{at}");
        let said = match file.direction {
            Direction::Client => decoder::client(&file.frame).refusal.map(|refusal| refusal.reason()),
            Direction::HttpRequest => {
                let valid =
                    decoder::body("question-request", &file.frame).layers.iter().all(|(_, valid)| *valid);
                (!valid).then_some(Reason::InvalidPayload)
            }
            Direction::Server | Direction::HttpResponse => panic!("{at}: a server's frame is not refused"),
        };
        match said {
            Some(said) => assert_eq!(said, reason, "{at}"),
            None => assert!(state.contains(&reason), "{at} is valid, and nothing in it is {reason}"),
        }
    }
    assert!(refusals > 10);
}

/// An example as a chapter quotes it.
struct Quote {
    path: PathBuf,
    direction: Direction,
    refused: Option<Refused>,
    title: String,
    frame: String,
}

/// Reads a line such as `Example [name](examples/…), client: Title.`, and the frame behind it.
fn read_quote(paragraph: &str, next: &str) -> Quote {
    let line = paragraph.split_whitespace().collect::<Vec<_>>().join(" ");
    let wrong = |what: &str| -> ! { panic!("{what}: {line}") };
    let Some((name, rest)) = line.strip_prefix("Example [").and_then(|rest| rest.split_once("](examples/"))
    else {
        wrong("an example begins with a link")
    };
    let Some((path, rest)) = rest.split_once("), ") else { wrong("an example says its direction") };
    let Some((head, title)) = rest.split_once(": ") else { wrong("an example has a title") };
    assert!(path.ends_with(&format!("/{name}.json")), "the link is named otherwise: {line}");
    let (direction, refused) = match head.split_once(", refused with ") {
        Some((direction, refused)) => {
            let Some((code, reason)) = refused.split_once(" `") else {
                wrong("a refusal has a code and a reason")
            };
            let reason = reason.trim_end_matches('`').to_owned();
            (direction, Some(Refused { code: code.parse().unwrap(), reason }))
        }
        None => (head, None),
    };
    let direction = match direction {
        "client" => Direction::Client,
        "server" => Direction::Server,
        "http-request" => Direction::HttpRequest,
        "http-response" => Direction::HttpResponse,
        _ => wrong("no such direction"),
    };
    let Some(frame) = next.strip_prefix("```json\n").and_then(|next| next.strip_suffix("\n```")) else {
        wrong("no frame follows")
    };
    Quote { path: path.into(), direction, refused, title: title.to_owned(), frame: frame.to_owned() }
}

#[test]
fn each_example_is_quoted_once_in_its_chapter_as_its_file_has_it() {
    let mut examples = all_examples();
    for (chapter, text) in chapters() {
        let paragraphs: Vec<_> = text.split("\n\n").map(str::trim).collect();
        for pair in paragraphs.windows(2).filter(|pair| pair[0].starts_with("Example [")) {
            let quote = read_quote(pair[0], pair[1]);
            let at = quote.path.display();
            assert_eq!(quote.path.parent().unwrap(), Path::new(chapter.strip_suffix(".md").unwrap()), "{at}");
            let place = examples.iter().position(|example| example.path == quote.path);
            let place = place.unwrap_or_else(|| panic!("{at} is not there, or quoted twice"));
            let Example { file, .. } = examples.swap_remove(place);
            assert_eq!(quote.frame, file.frame, "{at}");
            // A title in a file is plain text; a chapter may mark it up.
            assert_eq!(quote.title.replace('`', ""), file.title, "{at}");
            assert_eq!(quote.direction, file.direction, "{at}");
            assert_eq!(quote.refused, file.refused, "{at}");
        }
    }
    let left: Vec<_> = examples.iter().map(|example| &example.path).collect();
    assert!(left.is_empty(), "no chapter quotes {left:?}");
}

#[test]
fn keywords_in_capitals_stand_in_requirements_alone() {
    const WORDS: [&str; 8] =
        ["MUST", "SHOULD", "MAY", "SHALL", "REQUIRED", "RECOMMENDED", "OPTIONAL", "MUSTN"];
    for (chapter, text) in chapters() {
        if chapter == "00-introduction.md" {
            continue;
        }
        for paragraph in text.split("\n\n").map(str::trim).filter(|paragraph| !paragraph.starts_with("**[")) {
            let mut words = paragraph.split(|character: char| !character.is_ascii_alphanumeric());
            assert_eq!(words.find(|word| WORDS.contains(word)), None, "{chapter}: {paragraph}");
        }
    }
}

#[test]
fn every_requirement_that_a_chapter_mentions_is_there_and_where_its_link_says() {
    let requirements = spec::read(&folder()).unwrap();
    let prefixes: BTreeSet<_> = requirements.iter().filter_map(|r| Some(r.id.split_once('-')?.0)).collect();
    for (chapter, text) in chapters() {
        if chapter == "00-introduction.md" {
            continue;
        }
        let bounds = |character: char| !character.is_ascii_alphanumeric() && character != '-';
        for word in text.split(bounds) {
            let Some((prefix, number)) = word.split_once('-') else { continue };
            if prefixes.contains(prefix) && number.parse::<u32>().is_ok() {
                let requirement = requirements.iter().find(|requirement| requirement.id == word);
                let requirement =
                    requirement.unwrap_or_else(|| panic!("{chapter} mentions {word}, which is not there"));
                let link = format!("[{word}](");
                for (_, rest) in text.match_indices(&link).map(|(at, _)| text.split_at(at + link.len())) {
                    let file = rest.split(')').next().unwrap();
                    assert_eq!(file, requirement.file, "{chapter} links {word} elsewhere");
                }
            }
        }
    }
}
