//! What is wrong, where, and by which requirement. No value is quoted: it may be a token.

use std::collections::BTreeSet;
use std::fmt;

use jsonschema::Validator;
use jsonschema::error::{TypeKind, ValidationError, ValidationErrorKind};
use serde_json::Value;

use crate::layers::Layer;

/// One thing that is wrong.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct Fault {
    /// In which layer.
    pub layer: Layer,
    /// By which schema.
    pub schema: &'static str,
    /// The way to the layer through the strings around it: `payLoad > chatInfo`; empty for the outermost.
    pub path: &'static str,
    /// The JSON pointer within the layer.
    pub pointer: String,
    /// What is wrong, in words.
    pub message: String,
    /// The requirements that say so.
    pub requirements: Vec<String>,
}

impl fmt::Display for Fault {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if !self.path.is_empty() {
            write!(f, "{} > ", self.path)?;
        }
        let pointer = if self.pointer.is_empty() { "(root)" } else { &self.pointer };
        write!(f, "{pointer}: {}", self.message)?;
        if self.requirements.is_empty() { Ok(()) } else { write!(f, " [{}]", self.requirements.join(", ")) }
    }
}

/// Where a layer stands.
#[derive(Clone, Copy)]
pub(super) struct Place {
    pub(super) layer: Layer,
    pub(super) schema: &'static str,
    pub(super) path: &'static str,
}

/// A text that is no JSON.
pub(super) fn not_json(at: Place, schema: &Value, text: &str, error: &serde_json::Error) -> Fault {
    let words = error.to_string();
    let message = if text.is_empty() {
        "an empty text is no JSON".to_owned()
    } else if words.starts_with("recursion limit") {
        "nested deeper than this program reads; 32 levels are what every server reads".to_owned()
    } else {
        format!("not JSON: {words}")
    };
    Fault {
        layer: at.layer,
        schema: at.schema,
        path: at.path,
        pointer: String::new(),
        message,
        requirements: cited(&schema["$comment"]),
    }
}

/// All that a schema finds wrong with a value.
pub(super) fn of(at: Place, schema: &Value, validator: &Validator, value: &Value) -> Vec<Fault> {
    if validator.is_valid(value) {
        return Vec::new();
    }
    let mut found = BTreeSet::new();
    for error in validator.iter_errors(value) {
        narrow(&error, &mut |error| {
            found.insert(Fault {
                layer: at.layer,
                schema: at.schema,
                path: at.path,
                pointer: error.instance_path().to_string(),
                message: message(error),
                requirements: requirements(schema, error),
            });
        });
    }
    found.into_iter().collect()
}

/// Looks for the one of several variants that was meant, and for what is wrong with that.
fn narrow(error: &ValidationError<'_>, tell: &mut dyn FnMut(&ValidationError<'_>)) {
    let ValidationErrorKind::OneOfNotValid { context } = error.kind() else { return tell(error) };
    let forbidden = |error: &&ValidationError<'_>| matches!(error.kind(), ValidationErrorKind::FalseSchema);
    let strangeness = |errors: &&Vec<ValidationError<'_>>| {
        let foreign = errors.iter().filter(|error| is_foreign(error)).count();
        (foreign, errors.iter().filter(forbidden).count(), errors.len())
    };
    match context.iter().min_by_key(strangeness) {
        Some(meant) if !meant.iter().any(is_foreign) => meant.iter().for_each(|error| narrow(error, tell)),
        // None was meant. Where all are told by one member, that is what is wrong.
        _ => {
            let mut foreign = context.iter().flatten().filter(|error| is_foreign(error));
            match foreign.next() {
                Some(first) if foreign.all(|other| other.instance_path() == first.instance_path()) => {
                    tell(first);
                }
                _ => tell(error),
            }
        }
    }
}

/// Whether an error says that another variant was meant: one of the members by which they are told differs.
fn is_foreign(error: &ValidationError<'_>) -> bool {
    let told =
        matches!(error.kind(), ValidationErrorKind::Constant { .. } | ValidationErrorKind::Enum { .. });
    let path = error.instance_path().to_string();
    told && ["type", "code", "reason"].iter().any(|name| path.ends_with(&format!("/{name}")))
}

fn message(error: &ValidationError<'_>) -> String {
    match error.kind() {
        ValidationErrorKind::FalseSchema => "this member must not be here".to_owned(),
        ValidationErrorKind::Required { property } => {
            format!("the member {} is missing", property.as_str().unwrap_or_default())
        }
        ValidationErrorKind::Type { kind: TypeKind::Single(kind) } => format!("must be of type {kind}"),
        ValidationErrorKind::Pattern { .. } => "contains a control character".to_owned(),
        ValidationErrorKind::Constant { .. } | ValidationErrorKind::Enum { .. } if is_foreign(error) => {
            "is none of those that this version knows".to_owned()
        }
        ValidationErrorKind::OneOfNotValid { .. } => "is none of those that this version knows".to_owned(),
        _ => error.masked_with("the value").to_string(),
    }
}

/// The requirements that the nearest schema around an error cites.
fn requirements(schema: &Value, error: &ValidationError<'_>) -> Vec<String> {
    let path = error.evaluation_path().to_string();
    let (mut here, mut comment) = (schema, nearest(schema, error).unwrap_or(&Value::Null));
    for segment in path.split('/').skip(1) {
        let segment = segment.replace("~1", "/").replace("~0", "~");
        let next = match here {
            Value::Array(items) => segment.parse().ok().and_then(|index: usize| items.get(index)),
            _ => here.get(&segment),
        };
        let Some(next) = next else { break };
        here = match next.as_str().and_then(|reference| reference.strip_prefix('#')) {
            Some(pointer) if segment == "$ref" => schema.pointer(pointer).unwrap_or(next),
            _ => next,
        };
        comment = nearest(here, error).unwrap_or(comment);
    }
    cited(comment)
}

/// What a schema itself cites for an error; what is missing is told by what is said of it.
fn nearest<'a>(schema: &'a Value, error: &ValidationError<'_>) -> Option<&'a Value> {
    let missing = match error.kind() {
        ValidationErrorKind::Required { property } => property.as_str(),
        _ => None,
    };
    let of_missing = missing.and_then(|name| schema.get("properties")?.get(name)?.get("$comment"));
    of_missing.or_else(|| schema.get("$comment"))
}

/// The ids in a comment: capitals, a hyphen, and a number.
fn cited(comment: &Value) -> Vec<String> {
    let is_id = |word: &&str| {
        word.split_once('-').is_some_and(|(prefix, number)| {
            !prefix.is_empty()
                && prefix.bytes().all(|byte| byte.is_ascii_uppercase())
                && number.parse::<u16>().is_ok()
        })
    };
    let words = comment.as_str().unwrap_or_default().split([' ', ',', '.', ';']);
    words.filter(is_id).map(str::to_owned).collect()
}
